"""`git anchor doctor`: checks of what gitanchor keeps and of what surrounds it, and safe repairs.

`doctor` holds the table of all checks. `data_checks` looks at anchors, refs, log and caches,
`setup_checks` at git, hooks and settings, and `hook_proofs` makes the hooks answer.

How doctor proves
-----------------

A check is a function in the table of `doctor.CHECKS`; it looks and yields findings, and changes
nothing. A finding may carry its repair, which `doctor.heal` runs before it looks again. Hooks and merge
driver are proven in `hook_proofs`: not in a linked worktree, whose commits would move the reminder's
counters and the rewrite map, and where the hooks keep silent on a detached HEAD, but in a repository of
its own whose `core.hooksPath` is the real folder. It gets the configured hooks, the driver, the copies
of our hooks and the settings of hook managers. Each hook has a situation in which it has to say, write
or stage a name that was made up for it.
"""
