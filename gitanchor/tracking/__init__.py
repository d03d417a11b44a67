"""Where an anchor's commit is now, and what has happened in the repository since.

`binding` finds the commit, or what a rebase or squash made of it (`tracing`). `offer` holds the
rule that chooses the anchor to resume from. `drift` lists commits, files and branches since then,
and `provenance` by whose commits an anchor came.
"""
