"""The generated log in the worktree: writing it without losing what a hand put into it.

`log_file` writes and compares it. What people changed in it is found by `hand_edits`, and what they or
their tools broke is set right by `mending`. `splice` adds one entry, `log_merge` merges three versions.
"""
