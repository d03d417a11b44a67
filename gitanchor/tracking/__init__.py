"""Where an anchor's commit is now, and what has happened in the repository since.

`binding` finds the commit, or what a rebase or squash made of it (`tracing`). `offer` holds the
rule that chooses the anchor to resume from. `drift` lists commits, files and branches since then,
and `provenance` by whose commits an anchor came.

How binding and drift work together
-----------------------------------

docs/binding.md describes how an anchor finds its commit. `binding` returns one commit and the evidence
for it, and never looks at what happened since. `drift` starts from that commit: it asks what lies
between it and HEAD, however it was found. So an anchor whose commit was rebased has the drift of the
commit that stands for it now. Only `reader.since` joins the two. `status`, `resume` and their JSON
print what it returns.

Where the time goes:

- Almost all time is spent in git, and most of that on starting processes. So there are few of them, and
  those that do not need each other's answers run at the same time (`process.run_together`).
- `drift.Look` asks everything at once, from the commit that the anchor records: the commits of the
  range, `git status`, the tracked files that the anchor may name, and `diff-tree` from that commit to
  HEAD. For the usual anchor, whose commit HEAD contains, the answer also proves that, and binding asks
  nothing more. Else the rules run, and if the commit was rewritten, `Look` asks again from the commit
  that they found.
- `drift.measure` asks one more question if it may matter: which of the commits touch anchors, the log,
  or a file that the anchor names.
- Patch ids are expensive. They are computed only for likely candidates, those with the nearest times
  first, many in one `git patch-id`. Each is remembered for ever in `<git common
  dir>/gitanchor/patch-ids`, because a commit never changes.
- `list` binds all anchors with as few questions as one; conditions are evaluated only for anchors that
  have some.

None of this is kept in anchor files. What is cached are facts about objects that never change, so it
cannot become wrong, and deleting it costs only time. The rewrite map is no cache: without it, the other
rules may find less.
"""
