"""The generated log in the worktree: writing it without losing what a hand put into it.

`log_file` writes and compares it. What people changed in it is found by `hand_edits`, and what they or
their tools broke is set right by `mending`. `splice` adds one entry, `log_merge` merges three versions.

How one entry is added
----------------------

`<git dir>/gitanchor/log-shows` says which anchors, by id and digest, the log shows since this worktree
last wrote it. If the log is still that file, by its signature, and anchors were only added since, `add`
renders what stands above the oldest new entry, makes sure that the log begins with what that was
before, and puts it in before the rest, which is copied without a look. Else, and always for `git anchor
render`, the log is put together from all entries.
"""
