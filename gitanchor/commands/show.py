"""`git anchor show`: one anchor in full."""

import click

from gitanchor import selectors, terminal
from gitanchor.commands import (
    JSON,
    SELECTOR,
    in_full,
    json_of,
    open_tracker,
    print_json,
    warn_of_problems,
)
from gitanchor.errors import WrongUsage


@click.command("show")
@SELECTOR
@JSON
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the anchor's file as it is.")
def command(selector: str, as_json: bool, as_yaml: bool) -> None:
    """Show an anchor in full.

    SELECTOR is @ (the newest of this branch), @{N}, BRANCH@{N}, the start of an id, a name, or a
    part of a name that no other name has.
    """
    if as_json and as_yaml:
        raise WrongUsage("--json and --yaml exclude each other")
    tracker = open_tracker()
    stored = tracker.select(selector)
    if as_yaml:
        terminal.data(tracker.store.read_text(stored.path))
    elif as_json:
        print_json(json_of(stored))
    else:
        terminal.data(in_full(stored))
    same = selectors.same_name(tracker.listing.anchors, stored.anchor.name)
    if same > 1 and selector == stored.anchor.name:
        terminal.note(f"{same} anchors are called '{selector}'; this is the newest")
    warn_of_problems(tracker)
