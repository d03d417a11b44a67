"""`git anchor doctor`: checks of what gitanchor keeps and of what surrounds it, and safe repairs.

`doctor` holds the table of all checks. `data_checks` looks at anchors, refs, log and caches,
`setup_checks` at git, hooks and settings, and `hook_proofs` makes the hooks answer.

How doctor proves
-----------------

A check is a function in the table `doctor.CHECKS`; it yields findings, and changes nothing. A finding
may carry its repair, which `doctor.heal` runs before it checks again. Hooks and merge driver are proven
in `hook_proofs`. A linked worktree would not do: commits there would change the reminder's counters and
the rewrite map, and hooks keep silent on a detached HEAD. So it is a separate repository, whose
`core.hooksPath` is the real folder, with the configured hooks, the driver, the copies of our hooks and
the settings of hook managers. Each hook is put into a situation in which it has to print, write or stage
a name that was made up for it.
"""
