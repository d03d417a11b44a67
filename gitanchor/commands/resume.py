"""`git anchor resume`: the prompt that starts the next chat."""

from typing import Any

import click

from gitanchor import terminal
from gitanchor.commands import (
    ALL,
    JSON,
    NO_TEMPLATE,
    TEXT,
    found_in,
    json_of,
    note_same_name,
    open_tracker,
    print_json,
    provenance_json,
    select_anywhere,
    since_json,
    warn_of_problems,
)
from gitanchor.reader import Resumed


@click.command("resume")
@click.argument("selector", required=False, type=TEXT)
@ALL
@NO_TEMPLATE
@JSON
def command(selector: str | None, all_places: bool, no_template: bool, as_json: bool) -> None:
    """Print the prompt that resumes from an anchor, to be pasted into the next chat.

    Without a SELECTOR that is the newest anchor of this branch that is neither done nor superseded.
    An anchor that only another branch or worktree has is found by its name or id, too. The next
    anchor written in this worktree will be the child of this one.
    """
    tracker = open_tracker()
    template = None if no_template else tracker.template("resume.md.j2")
    if selector is None:
        found = found_in(tracker, all_places, few=True)
        stored = tracker.offered(found.listing if all_places else None)
    else:
        found, stored = select_anywhere(tracker, selector, all_places)
    resumed = tracker.resume(stored, found.first_place(stored.anchor.id))
    prompt = resumed.prompt
    if as_json or template is not None:
        told = {"anchor": json_of(stored), **_told(resumed)}
        prompt = template.render(told) if template is not None else prompt
        told["prompt"] = prompt
    if as_json:
        print_json(told)
    else:
        terminal.data(prompt)
    tracker.remember(stored, elsewhere=bool(found.places.get(stored.anchor.id)))
    note_same_name(found, stored, selector)
    for line in found.way_to(stored.anchor.id):
        terminal.note(f"hint: {line}")
    warn_of_problems(found.listing)


def _told(resumed: Resumed) -> dict[str, Any]:
    """All that the prompt is made of, and the prompt itself, as JSON."""
    told = {**since_json(resumed.since), **provenance_json(resumed.provenance)}
    checked = [row.as_dict() for row in resumed.since.checked]
    return {**told, "checks": checked, "prompt": resumed.prompt}
