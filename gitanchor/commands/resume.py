"""`git anchor resume`: the prompt that starts the next chat."""

import click

from gitanchor import selectors, terminal
from gitanchor.commands import (
    ALL,
    JSON,
    TEXT,
    found_in,
    json_of,
    open_tracker,
    print_json,
    provenance_json,
    select_anywhere,
    since_json,
    warn_of_problems,
)


@click.command("resume")
@click.argument("selector", required=False, type=TEXT)
@ALL
@JSON
def command(selector: str | None, all_places: bool, as_json: bool) -> None:
    """Print the prompt that resumes from an anchor, to be pasted into the next chat.

    Without a SELECTOR that is the newest anchor of this branch that is neither done nor superseded.
    An anchor that only another branch or worktree has is found by its name or id, too. The next
    anchor written in this worktree will be the child of this one.
    """
    tracker = open_tracker()
    if selector is None:
        found = found_in(tracker, all_places, few=True)
        stored = tracker.offered(found if all_places else None)
    else:
        found, stored = select_anywhere(tracker, selector, all_places)
    resumed = tracker.resume(stored, found.first_place(stored.anchor.id))
    if as_json:
        told = {**since_json(resumed.since), **provenance_json(resumed.provenance)}
        checked = [row.as_dict() for row in resumed.since.checked]
        print_json({"anchor": json_of(stored), **told, "checks": checked, "prompt": resumed.prompt})
    else:
        terminal.data(resumed.prompt)
    tracker.remember(stored, elsewhere=bool(found.places.get(stored.anchor.id)))
    name = stored.anchor.name
    same = selectors.same_name(found.anchors, name)
    if same > 1 and selector == name:
        terminal.note(f"{same} anchors are called '{name}'; this is the newest")
    for line in found.way_to(stored.anchor.id):
        terminal.note(f"hint: {line}")
    warn_of_problems(found)
