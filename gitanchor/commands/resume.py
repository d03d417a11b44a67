"""`git anchor resume`: the prompt that starts the next chat."""

import click

from gitanchor import selectors, terminal
from gitanchor.commands import (
    JSON,
    SELECTOR,
    json_of,
    open_tracker,
    print_json,
    since_json,
    warn_of_problems,
)


@click.command("resume")
@SELECTOR
@JSON
def command(selector: str, as_json: bool) -> None:
    """Print the prompt that resumes from an anchor, to be pasted into the next chat.

    The next anchor written in this worktree will be the child of this one.
    """
    tracker = open_tracker()
    prompt, since = tracker.resume(selector)
    if as_json:
        print_json({"anchor": json_of(since.stored), **since_json(since), "prompt": prompt})
    else:
        terminal.data(prompt)
    tracker.remember(since.stored)
    name = since.stored.anchor.name
    same = selectors.same_name(tracker.listing.anchors, name)
    if same > 1 and selector == name:
        terminal.note(f"{same} anchors are called '{name}'; this is the newest")
    warn_of_problems(tracker)
