"""`git anchor recover`: texts that were pasted and became no anchor."""

import click

from gitanchor import terminal
from gitanchor.commands import TEXT, open_tracker
from gitanchor.errors import NotFound


@click.command("recover")
@click.argument("name", required=False, type=TEXT)
@click.option("--list", "listing", is_flag=True, help="List what is kept; so without a name.")
def command(name: str | None, listing: bool) -> None:
    """List the texts that became no anchor, or print one as it was.

    A printed text can be given to `git anchor add --yes -F -` again.
    """
    kept = open_tracker().state.kept_texts()
    if name is None or listing:
        for text in kept:
            first = next(iter(text.content().decode("utf-8", "replace").split("\n")), "")
            terminal.out(f"{text.name} {first[:60]}")
        return
    found = [text for text in kept if text.name.startswith(name)]
    if len(found) != 1:
        what = "is ambiguous" if found else "names no text in the journal"
        raise NotFound(f"'{name}' {what}; see 'git anchor recover --list'")
    terminal.raw(found[0].content())
