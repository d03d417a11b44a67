"""What the commands do, one function or method a verb, with no options and no output.

`tracker.Tracker` is the facade and the Python API; `reader.Reader` is its reading half. Larger
operations have modules of their own: `absorb`, `imports`, `recovery`, `resolve`, `initialize` and
`everywhere`.

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
