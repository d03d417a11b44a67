"""What the commands do, one function a verb, with no options and no output: the Python API.

A `workspace.Workspace` is one look at a worktree: its repository, settings, anchors, log and state.
Each verb is a function of the module that has its name, and takes the workspace first: `add`, `edit`,
`resume`, `render`, `absorb`, `commit`. `choose` finds the anchor that a selector or nothing names,
`changes` what happened since, `states` what is open. After writing, `render.follow_up` brings log and
hooks up to date. `imports`, `recovery`, `initialize`, `everywhere` and the packages `merges` (unmerged
files) and `doctor` are larger operations.

How lost anchors are found
--------------------------

`recover` reads the journal, and all anchor files that exist anywhere: in the worktrees, in their
indexes, and in the trees of all local and remote branches. Contents are compared by their blob ids. For
each file it follows which text replaced which. A text is lost if no other one replaced it, and it is
nowhere. It is restored only if there is no file, or a text that was replaced: a text that the journal
does not know was written by a person or by another clone, and stays. If some commit on a branch still
has the text, it was removed or replaced by a later commit, so that it is marked, or left out.

The operation that `undo` would undo is recorded in `<git dir>/gitanchor/undo`: the action, the path,
and the journal's files with the text before and after.
"""
