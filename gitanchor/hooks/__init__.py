"""Git's hooks and the merge driver: putting them in and out, and the state that they read.

`installer` puts the hooks of the folder `hooks/` beside those of other programs, `merge_driver` is what
git runs for anchor files and the log, and `reminder` writes what the shell hooks read without Python.
"""
