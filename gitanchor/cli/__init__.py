"""The command line: options, one call into `gitanchor.operations`, and what is printed.

`entry` is what the shell starts, `main` the group of commands and the place where failures become
messages, `terminal` the only module that prints. Each command is a module of `cli.commands`.
"""
