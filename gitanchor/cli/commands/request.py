"""`git anchor request`: the text that asks a chat for an anchor."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import JSON, NO_TEMPLATE, TEXT, open_workspace
from gitanchor.cli.views import print_json
from gitanchor.model.anchor import checked_name
from gitanchor.model.errors import GitFailed
from gitanchor.operations import add
from gitanchor.operations.workspace import Workspace
from gitanchor.rendering import request


@click.command("request")
@click.argument("name", required=False, type=TEXT)
@NO_TEMPLATE
@JSON
def command(name: str | None, no_template: bool, as_json: bool) -> None:
    """Print the text that asks a chat for an anchor, with a suggested name in it."""
    asked = checked_name(name) if name is not None else None
    workspace = _workspace(needed=asked is None)
    template = None if no_template or workspace is None else workspace.template("request.md.j2")
    if asked is None and workspace is not None:
        asked = add.suggested_name(workspace)
    text = request.request(asked or "")
    if template is not None:
        text = template.render({"name": asked, "request": text}).removesuffix("\n")
    if as_json:
        print_json({"name": asked, "request": text})
    else:
        terminal.out(text)


def _workspace(*, needed: bool) -> Workspace | None:
    """Return the workspace of the current folder; None outside of a repository, if that is allowed."""
    try:
        return open_workspace()
    except GitFailed:
        if needed:
            raise
        return None
