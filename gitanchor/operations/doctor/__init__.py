"""`git anchor doctor`: checks of what gitanchor keeps and of what surrounds it, and safe repairs.

`doctor` holds the table of all checks. `data_checks` looks at anchors, refs, log and caches,
`setup_checks` at git, hooks and settings, and `hook_proofs` makes the hooks answer.
"""
