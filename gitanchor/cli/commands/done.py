"""`git anchor done`: close an anchor."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import ALLOW_SECRET, SELECTOR, TEXT, open_workspace
from gitanchor.cli.views import print_troubles
from gitanchor.operations import choose, edit


@click.command("done")
@SELECTOR
@click.option("-m", "--message", metavar="TEXT", type=TEXT, help="Say what came of it.")
@ALLOW_SECRET
def command(selector: str | None, message: str | None) -> None:
    """Close an anchor, so that it is no longer offered to resume from.

    An anchor that another one went on from is superseded without this, and one whose conditions
    (git anchor add --done-when) have come true is done without it.
    """
    workspace = open_workspace()
    stored = choose.chosen(workspace, selector)
    written = edit.close(workspace, stored, message)
    state = "closed" if written.anchors else "already done"
    terminal.out(f"{state}: {stored.anchor.name} ({stored.anchor.id})")
    print_troubles(written)
