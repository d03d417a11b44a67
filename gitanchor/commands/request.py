"""`git anchor request`: the text that asks a chat for an anchor."""

import click

from gitanchor import prompts, terminal
from gitanchor.anchor import checked_name
from gitanchor.commands import JSON, TEXT, open_tracker, print_json


@click.command("request")
@click.argument("name", required=False, type=TEXT)
@JSON
def command(name: str | None, as_json: bool) -> None:
    """Print the text that asks a chat for an anchor, with a suggested name in it."""
    asked = checked_name(name) if name is not None else open_tracker().suggested_name()
    text = prompts.request(asked)
    if as_json:
        print_json({"name": asked, "request": text})
    else:
        terminal.out(text)
