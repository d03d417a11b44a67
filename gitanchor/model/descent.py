"""The parents and children of anchors, by id alone, and the state that they give each anchor.

Pure data without input or output. `graph` does the same with the anchors themselves.
"""

from collections.abc import Collection, Mapping, Sequence

from gitanchor.model.anchor import Anchor


class Descent:
    """The parents and children of anchors. `recorded` maps each id to its parents, newest anchor first.

    Parents that are not among the anchors are left out. So is what no history can have: an anchor
    that is its own parent or ancestor. On such a circle only parents older than their child are kept.

    `children` are listed newest first. In `order` no parent comes before its child, and lines of work
    are not mixed, as in `git log --topo-order`. `rank` is 0 for the newest anchor.
    """

    def __init__(self, recorded: Mapping[str, Sequence[str]]) -> None:
        self.rank = {anchor_id: rank for rank, anchor_id in enumerate(recorded)}
        self.parents = {
            anchor_id: [
                parent
                for parent in dict.fromkeys(parents)
                if parent != anchor_id and parent in self.rank
            ]
            for anchor_id, parents in recorded.items()
        }
        self.children = self._inverted()
        self.order = self._sorted()
        if len(self.order) < len(self.rank):
            self._break_circles()
            self.children = self._inverted()
            self.order = self._sorted()

    def _inverted(self) -> dict[str, list[str]]:
        """Return the children of each anchor, newest first."""
        children: dict[str, list[str]] = {anchor_id: [] for anchor_id in self.rank}
        for anchor_id, parents in self.parents.items():
            for parent in parents:
                children[parent].append(anchor_id)
        return children

    def _sorted(self) -> list[str]:
        """Return the ids in the order of `order`, without those on a circle and their ancestors."""
        waiting = {anchor_id: len(children) for anchor_id, children in self.children.items()}
        ready = [anchor_id for anchor_id in reversed(self.rank) if not waiting[anchor_id]]
        order = []
        while ready:
            anchor_id = ready.pop()
            order.append(anchor_id)
            for parent in self.parents[anchor_id]:
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
        return order

    def _break_circles(self) -> None:
        """Keep, among the anchors on circles, only the parents that are older than their child."""
        circle = set(self.rank)
        _peel(circle, self.children, self.parents)
        _peel(circle, self.parents, self.children)
        for anchor_id in circle:
            self.parents[anchor_id] = [
                parent
                for parent in self.parents[anchor_id]
                if parent not in circle or self.rank[parent] > self.rank[anchor_id]
            ]


class States:
    """The states of anchors. `closed` are the ids of those whose `done_when` conditions are true."""

    def __init__(self, descent: Descent, closed: Collection[str] = ()) -> None:
        self._children = descent.children
        self._closed = frozenset(closed)

    def has_children(self, anchor_id: str) -> bool:
        """Return whether another anchor names this one as its parent."""
        return bool(self._children[anchor_id])

    def of(self, anchor: Anchor) -> str:
        """Return `done`, `superseded` (by a child, or because the file says so) or `open`."""
        if anchor.status == "done" or anchor.id in self._closed:
            return "done"
        if anchor.status == "superseded" or self._children[anchor.id]:
            return "superseded"
        return "open"


def _peel(left: set[str], holding: dict[str, list[str]], freed: dict[str, list[str]]) -> None:
    """Remove from `left`, until nothing changes, each id of whose `holding` ids none is left in it.

    `freed` is the inverse of `holding`.
    """
    holds = {anchor_id: sum(other in left for other in holding[anchor_id]) for anchor_id in left}
    loose = [anchor_id for anchor_id, number in holds.items() if not number]
    while loose:
        anchor_id = loose.pop()
        left.discard(anchor_id)
        for other in freed[anchor_id]:
            if other in left:
                holds[other] -= 1
                if not holds[other]:
                    loose.append(other)
