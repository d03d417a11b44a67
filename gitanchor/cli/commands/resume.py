"""`git anchor resume`: the prompt that starts the next chat."""

from typing import Any

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in, warn_of_problems
from gitanchor.cli.options import ALL, JSON, NO_TEMPLATE, TEXT, open_workspace
from gitanchor.cli.selection import came_from, note_ahead, note_same_name, offered_here, select_anywhere
from gitanchor.cli.views import json_of, print_json, provenance_json, since_json
from gitanchor.operations import choose, resume
from gitanchor.operations.resume import Resumed
from gitanchor.storage.index.places import Everywhere


@click.command("resume")
@click.argument("selector", required=False, type=TEXT)
@ALL
@NO_TEMPLATE
@JSON
def command(selector: str | None, all_places: bool, no_template: bool, as_json: bool) -> None:
    """Print the prompt that resumes from an anchor, to be pasted into the next chat.

    Without a SELECTOR that is the newest open anchor of this branch; if it has none, the newest open
    one in the history of HEAD. An anchor that only another branch or worktree has is found by its
    name or id. The next anchor written in this worktree will be the child of this one.
    """
    workspace = open_workspace()
    template = None if no_template else workspace.template("resume.md.j2")
    offer = None
    if selector is None and all_places:
        found = found_in(workspace, all_places)
        newest = choose.newest_open(workspace, found.listing)
        if newest is None:
            raise choose.nothing_offered(workspace, found.listing)
        stored = newest
    elif selector is None:
        offer = offered_here(workspace)
        found, stored = Everywhere(workspace.recent), offer.stored
    else:
        found, stored = select_anywhere(workspace, selector, all_places)
    resumed = resume.resume(workspace, stored, found.first_place(stored.anchor.id))
    prompt = resumed.prompt
    if as_json or template is not None:
        told = {"anchor": json_of(stored), "offered": offer and offer.rule, **_told(resumed)}
        prompt = template.render(told) if template is not None else prompt
        told["prompt"] = prompt
    if as_json:
        print_json(told)
    else:
        terminal.data(prompt)
    if offer is not None and (whence := came_from(offer, resumed.since)):
        branch = workspace.repository.head.branch
        here = f"branch {branch}" if branch else "this detached HEAD"
        terminal.hint(f"{here} has no open anchor of its own; this one is {whence}")
    if selector is None and not all_places:
        note_ahead(workspace, offer)
    resume.remember(workspace, stored, elsewhere=bool(found.places.get(stored.anchor.id)))
    note_same_name(found, stored, selector)
    for line in found.way_to(stored.anchor.id):
        terminal.note(f"hint: {line}")
    warn_of_problems(found.listing)


def _told(resumed: Resumed) -> dict[str, Any]:
    """Return the prompt, and everything that it is made of, as JSON."""
    told = {**since_json(resumed.since), **provenance_json(resumed.provenance)}
    checked = [row.as_dict() for row in resumed.since.checked]
    return {**told, "checks": checked, "prompt": resumed.prompt}
