"""`git anchor undo`: undo the last edit, rm or done."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import open_workspace
from gitanchor.cli.views import print_troubles


@click.command("undo")
def command() -> None:
    """Undo the last edit, rm or done in this worktree; a second undo does it again.

    The anchor's file gets the bytes back that it had, unless it was changed since.
    """
    from gitanchor.operations import recovery

    undone = recovery.undo(open_workspace())
    done = "redid" if undone.operation.undone else "undid"
    terminal.out(f"{done} {undone.operation.action} of {undone.anchor.name} ({undone.anchor.id})")
    print_troubles(undone.written)
