"""`git anchor list`: the anchors, newest first."""

import click

from gitanchor import terminal
from gitanchor.commands import (
    ALL,
    JSON,
    TEXT,
    bound_json,
    found_in,
    json_in,
    open_tracker,
    print_json,
    report_problems,
    warn_of_left_out,
    worth_telling,
)
from gitanchor.store import Facts


@click.command("list")
@click.option("--branch", metavar="BRANCH", type=TEXT, help="Only the anchors of this branch.")
@click.option("-n", "--limit", metavar="N", type=click.IntRange(min=0), help="At most so many anchors.")
@ALL
@JSON
def command(branch: str | None, limit: int | None, all_places: bool, as_json: bool) -> int:
    """List the anchors, newest first.

    Behind a name stands what became of the anchor's commit, where it is not part of what is checked
    out. With --all, those that are not in this worktree have behind their names where they lie: in
    branches, and in the folders of other worktrees.

    A file that cannot be read is named on standard error, and makes the exit status 3.
    """
    tracker = open_tracker()
    found = found_in(tracker, all_places)
    anchors = [stored for stored in found.anchors if branch is None or stored.facts.branch == branch][
        :limit
    ]
    bindings = tracker.bindings(anchors)
    if as_json:
        graph = tracker.graph_of(found.anchors)
        print_json(
            [
                json_in(found, stored, all_places)
                | bound_json(bindings[stored.facts.id], graph.state(stored.anchor))
                for stored in anchors
            ]
        )
    else:
        width = max((len(stored.facts.place) for stored in anchors), default=0)
        for stored in anchors:
            facts, binding = stored.facts, bindings[stored.facts.id]
            places = found.decoration(facts.id)
            bound = f" ({binding})" if worth_telling(binding, places) else ""
            terminal.out(_line(facts, width, places + bound))
    if (tracker.repository.git_dir / "info/sparse-checkout").exists():
        warn_of_left_out(tracker)
    return report_problems(found)


def _line(facts: Facts, width: int, decoration: str) -> str:
    """An anchor on one line; `width` is that of the column of places, `decoration` ends the line."""
    shown = terminal.highlighted(facts.id)
    return f"{shown} {facts.created:%Y-%m-%d %H:%M} {facts.place:{width}} {facts.name}{decoration}"
