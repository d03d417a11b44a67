"""Everything that gitanchor asks of git and tells it, in git's own nouns.

`process` is the only module that starts git. `repository.Repository` is one worktree: HEAD, commits,
refs, settings. `ancestry` answers how commits relate, and `file_history` follows one file through them.
What these answers mean for an anchor is for `gitanchor.tracking` to say.
"""
