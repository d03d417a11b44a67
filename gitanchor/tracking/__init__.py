"""Where an anchor's commit is now, and what has happened in the repository since.

`binding` finds the commit, or what a rebase or squash made of it (`tracing`). `offer` holds the
rule that chooses the anchor to resume from. `drift` lists commits, files and branches since then,
and `provenance` by whose commits an anchor came.

How binding and drift work together
-----------------------------------

docs/binding.md tells how an anchor finds its commit. `binding` answers with one commit and a reason,
and never looks at what happened since. `drift` takes that commit as its start: it asks what lies
between it and HEAD, and does not care how it was found. So an anchor whose commit was rebased has the
drift of the commit that stands for it now. `reader.since` is the one place that joins the two.
`status`, `resume` and their JSON print what it returns.

Where the time goes:

- Almost all time is git's, and most of that is starting processes. So there are few of them, and those
  that do not need each other's answers run at the same time (`process.run_together`).
- `drift.look` asks all at once, from the commit that the anchor records: the commits of the range, `git
  status`, the tracked files that the anchor may name, and `diff-tree` from the first commit to HEAD.
  For the usual anchor, whose commit is part of HEAD, that also tells that it is, and binding asks
  nothing more. Else the rules run, and where the commit was rewritten, `look` once more from what they
  found.
- `drift.measure` asks one more thing if it may matter: which of the commits touch anchors, the log, or
  a file that the anchor names.
- Patch ids are dear. Only those of commits that may be the one are computed, in one `git patch-id` for
  many, those with the nearest times first, and each is remembered for ever in `<git common
  dir>/gitanchor/patch-ids`: a commit never changes.
- `list` binds all anchors with the same few questions as one; conditions are looked at only where an
  anchor has some.

Nothing of this is kept in anchor files. What is cached are facts about objects that never change, so it
cannot become wrong, and deleting it costs only time. The rewrite map is no cache: without it the other
rules have to find what they can.
"""
