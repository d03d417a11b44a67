"""`git anchor gc`: remove what the journal need not keep."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import open_workspace
from gitanchor.model.wording import counted


@click.command("gc")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be removed.")
def command(dry_run: bool) -> None:
    """Clear away what the journal need not keep any more.

    That is what is older than 90 days and also in an index or in the history of a branch; then the
    refs of anchors that a branch once had and that are nowhere any more, and temporary files older
    than a day. What is only in a worktree, or nowhere else, stays. The caches are made anew.
    """
    from gitanchor.operations import recovery

    pruned = recovery.gc(open_workspace(), dry_run=dry_run)
    removed = "Would remove" if dry_run else "Removed"
    total = len(pruned.entries) + pruned.kept
    if dry_run:
        for file in (*pruned.entries, *pruned.refs, *pruned.temporary):
            terminal.out(f"{removed} {getattr(file, 'name', file)}")
    terminal.out(f"{removed} {len(pruned.entries)} of {total} journal entries")
    terminal.out(f"{removed} {counted(len(pruned.refs), 'ref')}")
    terminal.out(f"{removed} {counted(len(pruned.temporary), 'temporary file')}")
