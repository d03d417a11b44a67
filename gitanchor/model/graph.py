"""The graph of anchors: parents and children, the heads of lines of work, and the forks between them.

Pure data without input or output. `drawing` draws it as text.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from gitanchor.model.anchor import Anchor, timestamp
from gitanchor.model.descent import Descent, States


class Fork(NamedTuple):
    """An anchor from which several lines of work advanced that are not reconciled.

    `heads` has the newest open head of each line, the newest of all first.
    """

    parent: Anchor
    heads: tuple[Anchor, ...]

    def __str__(self) -> str:
        """Return the message about the fork, with the command that reconciles the lines."""
        number = "two" if len(self.heads) == 2 else str(len(self.heads))
        them = " ".join(f"--parent {head.id}" for head in self.heads)
        return (
            f"{number} anchors advanced from {self.parent.name} ({self.parent.id});"
            f' "git anchor add {them}" reconciles them'
        )


class Graph:
    """Anchors, given newest first, with their parents and children.

    `closed` are the ids of those whose `done_when` conditions are true. As in `Descent`, parents that
    are not among the anchors, or are on a circle, are left out.
    """

    def __init__(self, anchors: Iterable[Anchor], closed: Collection[str] = ()) -> None:
        self._anchors: dict[str, Anchor] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.id, anchor)
        descent = Descent({anchor.id: anchor.parents for anchor in self._anchors.values()})
        self._states = States(descent, closed)
        self._rank = descent.rank
        self._parents = descent.parents
        self._children = descent.children
        self._order = descent.order

    def order(self) -> list[Anchor]:
        """Return all anchors, no parent before its child, lines not mixed (`git log --topo-order`)."""
        return [self._anchors[anchor_id] for anchor_id in self._order]

    def parents(self, anchor: Anchor) -> list[Anchor]:
        """Return the parents of an anchor that are in the graph, in the order of its file."""
        return [self._anchors[parent] for parent in self._parents[anchor.id]]

    def children(self, anchor: Anchor) -> list[Anchor]:
        """Return the children of an anchor, newest first."""
        return [self._anchors[child] for child in self._children[anchor.id]]

    def descendants(self, anchor: Anchor) -> list[Anchor]:
        """Return the children of an anchor, their children, and so on, newest first."""
        found: set[str] = set()
        waiting = [anchor.id]
        while waiting:
            children = set(self._children[waiting.pop()]) - found
            found |= children
            waiting += children
        return [self._anchors[child] for child in sorted(found, key=self._rank.__getitem__)]

    def state(self, anchor: Anchor) -> str:
        """Return the state of an anchor; see `States.of`."""
        return self._states.of(anchor)

    def heads(self) -> list[Anchor]:
        """Return the anchors without children: open ones first, then newest first."""
        heads = [anchor for anchor in self._anchors.values() if not self._children[anchor.id]]
        return sorted(heads, key=lambda anchor: self.state(anchor) != "open")

    def forks(self) -> list[Fork]:
        """Return the anchors from which two or more open lines advanced that are not reconciled.

        An anchor that descends from both reconciles two lines. A line whose heads are all done or
        superseded has ended, and needs no reconciling. The forks are in the order of `order`.
        """
        return list(self._forks)

    def fork_of(self, anchor: Anchor) -> Fork | None:
        """Return the nearest fork that leads to a head, or None."""
        return self._fork_of.get(anchor.id)

    def to_reconcile(self) -> list[Fork]:
        """Return the forks to reconcile first: of several on one line, the one nearest to the heads."""
        found = []
        told: set[str] = set()
        for fork in self._forks:
            heads = {head.id for head in fork.heads}
            if not heads & told:
                found.append(fork)
            told |= heads
        return found

    def decoration(self, anchor: Anchor) -> str:
        """Return what `git log --decorate` would print after the id: ` (open, fork, main)`, or nothing.

        A branch is shown at its newest anchor. `superseded` is left out for an anchor with children,
        because the drawing shows that.
        """
        state = self.state(anchor)
        words = [state] if state != "superseded" or not self._children[anchor.id] else []
        words += ["fork"] if self.fork_of(anchor) else []
        branch = self.branch_at(anchor)
        words += [branch] if branch else []
        return f" ({', '.join(words)})" if words else ""

    def branch_at(self, anchor: Anchor) -> str | None:
        """Return the branch whose newest anchor this is, or None."""
        return anchor.branch if anchor.branch and self._newest[anchor.branch] == anchor.id else None

    def as_dict(self, anchor: Anchor, places: Sequence[str] | None = None) -> dict[str, Any]:
        """Return an anchor's position in the graph as JSON types, with its `places` if given."""
        fork = self.fork_of(anchor)
        return {
            "id": anchor.id,
            "name": anchor.name,
            "parents": list(self._parents[anchor.id]),
            "children": list(self._children[anchor.id]),
            "state": self.state(anchor),
            "fork": fork.parent.id if fork else None,
            "branch": anchor.branch,
            "created": timestamp(anchor.created),
            **({} if places is None else {"places": list(places)}),
        }

    # Lines of work -------------------------------------------------------------------------

    @cached_property
    def _newest(self) -> dict[str | None, str]:
        """The newest anchor of each branch."""
        return {anchor.branch: anchor.id for anchor in reversed(self._anchors.values())}

    @cached_property
    def _fork_of(self) -> dict[str, Fork]:
        return {head.id: fork for fork in reversed(self._forks) for head in fork.heads}

    @cached_property
    def _forks(self) -> list[Fork]:
        anchors = list(self._anchors.values())
        shared = self._heads_below_merges()
        none = len(anchors)  # a rank that no anchor has
        reached: dict[str, int] = {}
        newest: dict[str, int] = {}
        forks = []
        for anchor_id in self._order:
            children = self._children[anchor_id]
            lines = _lines([(reached[child], newest[child]) for child in children])
            if not children:
                newest_head = self._rank[anchor_id]
                is_open = self.state(self._anchors[anchor_id]) == "open"
                lines = [(shared.get(anchor_id, 0), newest_head if is_open else none)]
            heads = sorted(head for _, head in lines if head != none)
            if len(heads) > 1:
                parent = self._anchors[anchor_id]
                forks.append(Fork(parent, tuple(anchors[head] for head in heads)))
            newest[anchor_id] = min(head for _, head in lines)
            reached[anchor_id] = _union(bits for bits, _ in lines)
        return forks

    def _heads_below_merges(self) -> dict[str, int]:
        """Return a bit for each head that two lines can lead to: a merge, or a descendant of one."""
        below: set[str] = set()
        for anchor_id in reversed(self._order):
            parents = self._parents[anchor_id]
            if len(parents) > 1 or not below.isdisjoint(parents):
                below.add(anchor_id)
        heads = [anchor_id for anchor_id in self._order if not self._children[anchor_id]]
        return {head: 1 << bit for bit, head in enumerate(head for head in heads if head in below)}


def _lines(children: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge those of some children, as (heads reached, rank of the newest head), that share a head."""
    lines: list[tuple[int, int]] = []
    alone = []
    for bits, newest in children:
        if not bits:
            alone.append((bits, newest))
            continue
        joined, first = bits, newest
        apart = []
        for line in lines:
            if line[0] & joined:
                joined, first = line[0] | joined, min(line[1], first)
            else:
                apart.append(line)
        lines = [*apart, (joined, first)]
    return alone + lines


def _union(bits: Iterable[int]) -> int:
    union = 0
    for some in bits:
        union = union | some if union else some
    return union
