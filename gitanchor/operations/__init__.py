"""What the commands do, one function or method a verb, with no options and no output.

`tracker.Tracker` is the facade and the Python API; `reader.Reader` is its reading half. Verbs with a
life of their own have a module: `absorb`, `imports`, `recovery`, `resolve`, `initialize`, `everywhere`.

How lost anchors are found
--------------------------

`recover` reads the journal, and all anchor files that are anywhere: in the worktrees, in their indexes,
and in the trees of all local and remote branches. Contents are compared by the ids that git gives to
blobs. Of each file it follows which text gave way to which. A text is lost if it gave way to no other,
and is nowhere. It is restored only where nothing is, or where a text is that had given way: what the
journal does not know was written by a hand or by another clone, and stays. A text that some commit on a
branch still has was removed or replaced by a later one, so that it is marked, or left out.

What `undo` would undo stands in `<git dir>/gitanchor/undo`: the action, the path, and the journal's
files with the text before and after.
"""
