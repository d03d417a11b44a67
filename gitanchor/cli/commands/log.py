"""`git anchor log`: the anchors in full, through the pager."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in, report_problems, worth_telling
from gitanchor.cli.options import ALL, COUNT, JSON, open_workspace
from gitanchor.cli.views import bound_json, in_full, json_in, print_json
from gitanchor.operations import changes, states
from gitanchor.storage.store import StoredAnchor
from gitanchor.tracking.binding import Binding


@click.command("log")
@click.option("-n", "--max-count", metavar="N", type=COUNT, help="At most so many anchors.")
@ALL
@JSON
def command(max_count: int | None, all_places: bool, as_json: bool) -> int:
    """Show the anchors in full, newest first.

    With --all, those that are not in this worktree have behind their ids where they lie.
    """
    workspace = open_workspace()
    found = found_in(workspace, all_places)
    anchors = found.anchors[:max_count]
    bindings, graph = changes.bindings(workspace, anchors), states.graph_of(workspace, found.anchors)
    bound = [(bindings[stored.anchor.id], graph.state(stored.anchor)) for stored in anchors]
    if as_json:
        pairs = zip(anchors, bound, strict=True)
        print_json(
            [json_in(found, stored, all_places) | bound_json(*derived) for stored, derived in pairs]
        )
    else:
        pager = workspace.repository.program("GIT_PAGER") if terminal.is_terminal() else ""
        shown = (
            _in_full(stored, *derived, found.decoration(stored.anchor.id))
            for stored, derived in zip(anchors, bound, strict=True)
        )
        terminal.page("\n".join(shown), pager)
    return report_problems(found.listing)


def _in_full(stored: StoredAnchor, binding: Binding, state: str, places: str) -> str:
    """Return an anchor in full, its places after its id, like `git log --decorate`."""
    first, _, rest = in_full(stored, worth_telling(binding, places), state).partition("\n")
    return f"{first}{places}\n{rest}"
