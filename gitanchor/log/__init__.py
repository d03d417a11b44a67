"""The generated log in the worktree: writing it without losing what a hand put into it.

`log_file` writes and compares it. `scan` tells what each of its lines is, `mending` restores what people
or their tools broke, and `hand_edits` finds what people changed. `splice` adds one entry, `log_merge`
merges three versions.

How one entry is added
----------------------

`<git dir>/gitanchor/log-shows` records which anchors, by id and digest, the log has had since this
worktree last wrote it. If the log is still that file, by its signature, and anchors were only added
since, `add` renders the part down to the oldest new entry. It makes sure that the log begins with what
that part was before, and replaces it; the rest is copied without being parsed. Otherwise, and always
for `git anchor render`, the log is put together from all entries.
"""
