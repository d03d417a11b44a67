"""`git anchor commits`: the commits of a stretch of work, from an anchor's parent to the anchor."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import JSON, SELECTOR, open_workspace
from gitanchor.cli.views import print_json
from gitanchor.operations import changes, choose


@click.command("commits")
@SELECTOR
@JSON
def command(selector: str | None, as_json: bool) -> None:
    """List the commits of a stretch of work: from the parent of an anchor to the anchor.

    Commits of nothing but anchors and the log are left out. Of an anchor without a parent the list
    begins with the first commit.
    """
    workspace = open_workspace()
    commits = changes.stretch(workspace, choose.chosen(workspace, selector))
    if as_json:
        print_json([commit._asdict() for commit in commits])
    for commit in commits if not as_json else ():
        terminal.out(f"{terminal.highlighted(commit.id[:10])} {commit.subject}")
