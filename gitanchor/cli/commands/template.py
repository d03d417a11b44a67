"""`git anchor template`: the team's own templates, and trusting them."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import TEXT, open_workspace
from gitanchor.model import escaping
from gitanchor.model.errors import WrongUsage


@click.group("template", short_help="List, show and trust the team's own templates.")
def command() -> None:
    """List, show and trust the team's own templates in .anchors/templates/.

    There, log.html.j2, request.md.j2 and resume.md.j2 replace what web, request and resume print. Such a
    file is run only once its content was trusted in this clone, and then in a sandbox.
    """


@command.command("list")
def list_() -> None:
    """List each template: whether it is built in, or the team's own, and then whether it is trusted."""
    templates = open_workspace().templates
    names = templates.names()
    width = max(map(len, names))
    for name in names:
        try:
            found = templates.find(name)
        except WrongUsage as problem:
            told = f"refused: {escaping.one_line(str(problem))}"
        else:
            told = f"{found.status} ({found.digest[:10]})" if found else "built in"
        terminal.out(f"{name:{width}} {told}")


@command.command("show")
@click.argument("name", type=TEXT)
def show(name: str) -> None:
    """Print the template NAME: the team's own if there is one, else the built-in one."""
    found = open_workspace().templates.find(name)
    if found is None:
        from gitanchor.rendering import jinja_templates

        terminal.data(jinja_templates.source(name))
    else:
        terminal.data(found.text)


@command.command("trust")
@click.argument("name", type=TEXT)
def trust(name: str) -> None:
    """Trust the team's own template NAME in this clone, until its content changes."""
    trusted = open_workspace().templates.trust(name)
    terminal.out(f"trusted {trusted.path} ({trusted.digest[:10]})")
