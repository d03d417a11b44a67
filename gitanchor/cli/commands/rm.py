"""`git anchor rm`: remove an anchor from this worktree; it can come back."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import TEXT, open_workspace
from gitanchor.cli.views import print_troubles
from gitanchor.operations import choose


@click.command("rm")
@click.argument("selector", default="@", type=TEXT)
def command(selector: str) -> None:
    """Remove an anchor's file and its entry in the log. Nothing is staged.

    The journal keeps the text: 'git anchor undo' brings it back, and so does 'git anchor recover'.
    """
    from gitanchor.operations import recovery

    workspace = open_workspace()
    stored = choose.select(workspace, selector)
    written = recovery.remove(workspace, stored)
    terminal.out(f"rm '{stored.path}'")
    terminal.hint('Use "git anchor undo" to bring it back.')
    print_troubles(written)
