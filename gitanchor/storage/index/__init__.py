"""The anchors of a worktree without reading every file: a cache in SQLite, and what is asked of it.

`index.load` brings the cache up to date and gives a `listing.Listing`; `selectors` finds the anchor
that a person names. The cache can be removed at any time: the files are what counts.
"""
