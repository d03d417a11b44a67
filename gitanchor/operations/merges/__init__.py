"""Files that a merge left unmerged: settling them from the index or from their conflict markers.

`resolve.resolve` is the entry point of `git anchor resolve`. `stages` knows whose text each version of
a file is, `salvage` takes hand edits of both sides of the log into the anchors, and `unfinished` finds
conflict markers in a commit that is being made.
"""
