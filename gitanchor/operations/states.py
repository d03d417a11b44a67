"""Whether anchors are open, done or superseded, and their graph of parents."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitanchor.model.anchor import Anchor
from gitanchor.operations import changes
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import StoredAnchor

if TYPE_CHECKING:
    from gitanchor.model.descent import States
    from gitanchor.model.graph import Graph


def is_open_head(stored: StoredAnchor, listing: Listing) -> bool:
    """Whether an anchor is certainly open: no condition can close it, and it is no anchor's parent."""
    return stored.facts.is_open and not listing.has_children(stored.facts.id)


def state_of(workspace: Workspace, stored: StoredAnchor, listing: Listing) -> str:
    """Return whether an anchor is open, done or superseded, given the anchors of a listing."""
    if is_open_head(stored, listing):
        return "open"
    return graph_of(workspace, listing.anchors).state(stored.anchor)


def graph_of(workspace: Workspace, anchors: Sequence[StoredAnchor]) -> "Graph":
    """Return the graph of anchors, given newest first: their parents, and which are closed."""
    from gitanchor.model.graph import Graph

    told = [stored for stored in anchors if not stored.facts.is_open]
    return Graph((stored.anchor for stored in anchors), _closed(workspace, told))


def states_of(workspace: Workspace, listing: Listing) -> "States":
    """Return the states of all anchors of a listing, without the rest of the graph."""
    from gitanchor.model.descent import Descent, States

    anchors = listing.newest()
    recorded = {stored.facts.id: stored.facts.parents.split() for stored in anchors}
    told = [stored for stored in anchors if not stored.facts.is_open]
    return States(Descent(recorded), _closed(workspace, list(listing.in_full(told))))


def _closed(workspace: Workspace, told: Sequence[StoredAnchor]) -> set[str]:
    """Return the ids of those anchors that their conditions close.

    `told` are all anchors whose files say more than that they are open.
    """
    asking = [stored for stored in told if stored.anchor.done_when]
    if not asking:
        return set()
    from gitanchor.tracking import conditions, drift

    def merged(anchor: Anchor, branch: str) -> bool:
        return drift.has_merged(workspace.repository, anchor, bound[anchor.id], branch)

    bound = changes.bindings(workspace, asking)
    return conditions.closed([stored.anchor for stored in told], workspace.repository.root, merged)
