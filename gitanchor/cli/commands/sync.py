"""`git anchor sync`: share the refs that keep anchored commits, with a remote."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import TEXT, open_workspace
from gitanchor.model.wording import counted


@click.command("sync")
@click.argument("remote", required=False, type=TEXT)
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be pushed and fetched.")
@click.option("--unreachable", is_flag=True, help="Push commits, too, that no branch has.")
def command(remote: str | None, dry_run: bool, unreachable: bool) -> None:
    """Push and fetch refs/anchors/*, so that anchored commits survive on the server.

    Without a REMOTE it is that of the branch, origin, or the only one. Nothing is configured: the
    refs are only ever pushed and fetched by this command. A commit that no branch has, neither here
    nor there, stays here unless --unreachable is given: it may have been purged from the history.
    """
    from gitanchor.tracking import refs

    workspace = open_workspace()
    shared = workspace.state.shared
    outcome = refs.sync(workspace.repository, shared, remote, dry_run=dry_run, unreachable=unreachable)
    would = "would be " if dry_run else ""
    terminal.out(f"{outcome.remote}: {outcome.pushed} {would}pushed, {outcome.fetched} {would}fetched")
    for name in outcome.differing:
        terminal.warning(f"{name} is another commit on {outcome.remote}; both are left as they are")
    if outcome.held:
        terminal.hint(
            f"{counted(len(outcome.held), 'commit')} that no branch has, here or on {outcome.remote},"
            f" stayed here; 'git anchor sync --unreachable {outcome.remote}' pushes all"
        )
