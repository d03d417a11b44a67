"""`git anchor render`: regenerate the log from the anchor files."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import open_workspace
from gitanchor.model.errors import WrongUsage
from gitanchor.operations import render


@click.command("render")
@click.option("--check", is_flag=True, help="Write nothing; print a diff and fail if it differs.")
def command(check: bool) -> int:
    """Regenerate the log.

    Refuses to overwrite what was written into the log by hand.
    """
    workspace = open_workspace()
    if not check:
        done = render.render(workspace)
        for told in workspace.settings.unknown:
            terminal.warning(told)
        if not workspace.writes_log:
            branch = workspace.repository.head.branch or "a detached HEAD"
            terminal.note(f"{workspace.log.path}: left alone on {branch} (log.mode: default-branch)")
            return 0
        for path in done.paths or [workspace.log.path]:
            terminal.note(f"{path}: {'written' if done.paths else 'up to date'}")
        for told in done.refused:
            terminal.note(f"error: {told}")
        return WrongUsage.exit_code if done.refused else 0
    difference = render.difference(workspace, anew=True)
    terminal.data(difference)
    return 1 if difference else 0
