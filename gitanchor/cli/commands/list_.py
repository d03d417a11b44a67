"""`git anchor list`: the anchors, newest first."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import (
    found_in,
    refuse_no_branch,
    report_problems,
    warn_of_left_out,
    worth_telling,
)
from gitanchor.cli.options import ALL, COUNT, JSON, TEXT, open_workspace
from gitanchor.cli.views import bound_json, json_in, print_json_items
from gitanchor.operations import changes, states
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index.places import Everywhere
from gitanchor.storage.store import Facts, StoredAnchor

if TYPE_CHECKING:
    from gitanchor.tracking.binding import Binding


@click.command("list")
@click.option("--branch", metavar="BRANCH", type=TEXT, help="Only the anchors of this branch.")
@click.option("-n", "--limit", metavar="N", type=COUNT, help="At most so many anchors.")
@ALL
@JSON
def command(branch: str | None, limit: int | None, all_places: bool, as_json: bool) -> int:
    """List the anchors, newest first.

    Behind a name stands what became of the anchor's commit, where it is not part of what is checked
    out. With --all, those that are not in this worktree have behind their names where they lie: in
    branches, and in the folders of other worktrees.

    A file that cannot be read is named on standard error, and makes the exit status 3.
    """
    workspace = open_workspace()
    found = found_in(workspace, all_places)
    refuse_no_branch(workspace, found, branch)
    if as_json:
        _print_json(workspace, found, found.listing.newest(branch, limit), all_places)
    else:
        if all_places:
            bindings = changes.bindings(workspace, found.listing.newest(branch, limit))
        else:
            bindings = changes.moved(workspace, branch, limit)
        _print(found, found.listing.facts(branch, limit), bindings)
    if (workspace.repository.git_dir / "info/sparse-checkout").exists():
        warn_of_left_out(workspace)
    return report_problems(found.listing)


def _print_json(
    workspace: Workspace, found: Everywhere, anchors: Sequence[StoredAnchor], all_places: bool
) -> None:
    bindings = changes.bindings(workspace, anchors)
    known = states.states_of(workspace, found.listing)
    print_json_items(
        json_in(found, stored, all_places)
        | bound_json(bindings[stored.facts.id], known.of(stored.anchor))
        for stored in found.listing.in_full(anchors)
    )


def _print(found: Everywhere, anchors: Sequence[Facts], bindings: Mapping[str, "Binding"]) -> None:
    where = [facts.place for facts in anchors]
    width = max(map(len, where), default=0)
    yellow, plain = terminal.highlight()
    lines = []
    for facts, place in zip(anchors, where, strict=True):
        bound = bindings.get(facts.id)
        places = found.decoration(facts.id) if found.places else ""
        remark = f" ({bound})" if bound and worth_telling(bound, places) else ""
        lines.append(
            f"{yellow}{facts.id}{plain} {facts.made} {place:{width}} {facts.name}{places}{remark}\n"
        )
    terminal.data("".join(lines))
