"""Which anchors went on from which, by their ids alone, and what state that gives each of them.

Pure data without input or output. Who wants the anchors themselves takes a `graph`.
"""

from collections.abc import Collection, Mapping, Sequence

from gitanchor.model.anchor import Anchor


class Descent:
    """The parents and children of anchors, of which `recorded` has the parents, the newest anchor first.

    Parents that are not among the anchors are left out, and so is what no history can hold: an
    anchor that is its own parent, or its own ancestor. Of anchors on such a circle, the newer ones
    are taken to have gone on from the older ones.

    `children` has them newest first. `order` has no parent before its child, and lines not mixed, as
    `git log --topo-order`. `rank` counts from 0, which is the newest.
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
        """The children of each anchor. Newest first, as all anchors are."""
        children: dict[str, list[str]] = {anchor_id: [] for anchor_id in self.rank}
        for anchor_id, parents in self.parents.items():
            for parent in parents:
                children[parent].append(anchor_id)
        return children

    def _sorted(self) -> list[str]:
        """The ids in the order of `order`; those of a circle and what is above it are left out."""
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
        """Among the anchors of circles, keep only the parents that are older than their child."""
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
    """The states of anchors among others. `closed` are ids of those whose conditions came true."""

    def __init__(self, descent: Descent, closed: Collection[str] = ()) -> None:
        self._children = descent.children
        self._closed = frozenset(closed)

    def has_children(self, anchor_id: str) -> bool:
        """Whether another anchor went on from one."""
        return bool(self._children[anchor_id])

    def of(self, anchor: Anchor) -> str:
        """`done`, `superseded` (by a child, or because its file says so) or `open`."""
        if anchor.status == "done" or anchor.id in self._closed:
            return "done"
        if anchor.status == "superseded" or self._children[anchor.id]:
            return "superseded"
        return "open"


def _peel(left: set[str], holding: dict[str, list[str]], freed: dict[str, list[str]]) -> None:
    """Take out of a set, again and again, what nothing that is left in it holds there."""
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
