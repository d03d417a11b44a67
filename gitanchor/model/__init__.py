"""What an anchor is: its texts, its place in the graph, and the failures that all parts share.

`anchor.Anchor` is one handoff record, and `draft.Draft` what a text says of one before it is written.
`graph` and `descent` say which anchor is the parent of which. `errors` lists every expected failure
with its exit status. Nothing here reads or writes a file, starts a process or prints.
"""
