"""`git anchor resolve`: finish a merge that git made without the merge driver."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import open_workspace
from gitanchor.cli.views import print_troubles


@click.command("resolve")
def command() -> int:
    """Settle the conflicts in anchor files and the log, and stage them.

    For clones where 'git anchor init' has not made the merge driver known to git. Merges by field and
    by entry what git could not merge by lines. Names what is left, and fails if there is something.
    """
    from gitanchor.operations.merges.resolve import resolve

    done = resolve(open_workspace())
    for path, how in done.done.items():
        terminal.out(f"{path}: {how}")
    for path, why in done.left.items():
        terminal.out(f"{path}: left: {why}")
    for line in done.told:
        terminal.out(line)
    print_troubles(done.written)
    if not done.done and not done.left:
        terminal.note("nothing to resolve: git has no conflict in the anchors or their log")
    return 1 if done.left else 0
