"""`git anchor list`: the anchors, newest first."""

from collections.abc import Sequence
from typing import Final

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
from gitanchor.places import Everywhere
from gitanchor.store import Facts, StoredAnchor
from gitanchor.tracker import Tracker

_MANY: Final = 500
"""Anchors from which on it pays to know whether HEAD has the commits of all there are."""


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
    if as_json:
        anchors = [item for item in found.anchors if branch is None or item.facts.branch == branch][
            :limit
        ]
        _print_json(tracker, found, anchors, all_places)
    else:
        _print(tracker, found, found.listing.newest(branch, limit))
    if (tracker.repository.git_dir / "info/sparse-checkout").exists():
        warn_of_left_out(tracker)
    return report_problems(found.listing)


def _print_json(
    tracker: Tracker, found: Everywhere, anchors: Sequence[StoredAnchor], all_places: bool
) -> None:
    bindings = tracker.bindings(anchors)
    graph = tracker.graph_of(found.anchors)
    print_json(
        [
            json_in(found, stored, all_places)
            | bound_json(bindings[stored.facts.id], graph.state(stored.anchor))
            for stored in anchors
        ]
    )


def _print(tracker: Tracker, found: Everywhere, anchors: Sequence[StoredAnchor]) -> None:
    bindings = (
        tracker.bindings(anchors) if found.places or len(anchors) < _MANY else tracker.bindings_of_all()
    )
    width = max((len(stored.facts.place) for stored in anchors), default=0)
    lines = []
    for stored in anchors:
        facts, bound = stored.facts, bindings[stored.facts.id]
        places = found.decoration(facts.id)
        remark = f" ({bound})" if worth_telling(bound, places) else ""
        lines.append(_line(facts, width, places + remark))
    terminal.data("".join(lines))


def _line(facts: Facts, width: int, decoration: str) -> str:
    """An anchor on one line; `width` is that of the column of places, `decoration` ends the line."""
    shown = terminal.highlighted(facts.id)
    return f"{shown} {facts.made} {facts.place:{width}} {facts.name}{decoration}\n"
