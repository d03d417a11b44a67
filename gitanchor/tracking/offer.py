"""Choose the anchor to resume from: the one rule behind resume, status, show, add and the hooks.

It is the newest open anchor of the branch that is checked out, else the newest open one that HEAD
contains. docs/guide.md has the rule as a table. An anchor that only other branches or worktrees
have is never offered.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from gitanchor.git import ancestry
from gitanchor.git.repository import Repository
from gitanchor.storage.index.listing import Listing, is_on
from gitanchor.storage.store import StoredAnchor
from gitanchor.tracking.binding import Binding

_AT_ONCE: Final = 20
"""How many anchors git is asked about at a time, if the newest is not the one. It mostly is."""

_FEW: Final = (1, _AT_ONCE, None)
"""How many anchors are examined first, and next, before all of them are."""

_LOST: Final = frozenset({"unreachable", "missing", "none", "ahead", "elsewhere"})
"""The states of bindings without a commit that HEAD contains."""


class Offer(NamedTuple):
    """An anchor to resume from, and whether it was made on the branch that is checked out."""

    stored: StoredAnchor
    is_own: bool

    @property
    def rule(self) -> str:
        """The part of the rule by which it was chosen: `branch` or `history`."""
        return "branch" if self.is_own else "history"

    @property
    def origin(self) -> str:
        """Where the anchor came from, for people: `from main`; empty for the branch's own."""
        return "" if self.is_own else origin(self.stored)


def origin(stored: StoredAnchor) -> str:
    """Return the branch on which an anchor was made, for people: `from main`."""
    if stored.facts.branch:
        return f"from {stored.facts.branch}"
    if stored.facts.commit:
        return "from a detached HEAD"
    return "imported, no branch" if stored.anchor.source == "import" else "no branch"


class Chooser:
    """Chooses among the anchors of one worktree.

    `is_open` says whether one of these anchors is open; `bindings` gives the bindings of some of
    them, by id.
    """

    def __init__(
        self,
        repository: Repository,
        listing: Listing,
        is_open: Callable[[StoredAnchor], bool],
        bindings: Callable[[Sequence[StoredAnchor]], Mapping[str, Binding]],
    ) -> None:
        self._repository = repository
        self._listing = listing
        self._is_open = is_open
        self._bindings = bindings

    def choose(self) -> Offer | None:
        """Return the anchor to resume from; None if neither the branch nor HEAD has an open one."""
        own = self.own()
        if own is not None:
            return Offer(own, is_own=True)
        found = self.contained()
        return None if found is None else Offer(found, is_on(found, self._repository.head))

    def newest(self) -> StoredAnchor | None:
        """Return the newest open anchor, wherever it was made."""
        return next(self._open_ones(None), None)

    def ahead(self, places: Mapping[str, Sequence[str]]) -> StoredAnchor | None:
        """Return the newest open anchor that lies ahead of HEAD, by its commit or by its file.

        `places` gives the branches, by short name, that have the files which are not in this
        worktree.
        """
        head = self._repository.head.commit
        part = list(islice(self._open_ones(None), _AT_ONCE)) if head else []
        bound = self._bindings(part)
        for stored in part:
            state, away = bound[stored.facts.id].state, places.get(stored.facts.id, ())
            if state == "ahead" or (state == "exact" and self._is_behind(str(head), away)):
                return stored
        return None

    def _is_behind(self, head: str, branches: Sequence[str]) -> bool:
        """Whether HEAD is an ancestor of the first of the branches."""
        return bool(branches and ancestry.is_ancestor(self._repository, head, branches[0]))

    def own(self) -> StoredAnchor | None:
        """Return the newest open anchor of the branch that is checked out. A detached HEAD has none."""
        branch = self._repository.head.branch
        if branch is None:
            return None
        return next(self._open_ones(branch), None)

    def contained(self) -> StoredAnchor | None:
        """Return the newest open anchor that HEAD contains.

        HEAD contains an anchor if it has the anchor's file, or contains the anchor's commit or what
        that commit became. An anchor that records no commit belongs wherever its file is.
        """
        waiting = self._open_ones(None)
        count = 1
        while part := list(islice(waiting, count)):
            if (found := self._first_contained(part)) is not None:
                return found
            count = _AT_ONCE
        return None

    def _open_ones(self, branch: str | None) -> Iterator[StoredAnchor]:
        """Yield the open anchors of a branch, or of all branches, newest first."""
        seen = 0
        for limit in _FEW:  # the first one is mostly open, so the others are not loaded
            for stored in self._listing.newest(branch, limit)[seen:]:
                seen += 1
                if self._is_open(stored):
                    yield stored

    def _first_contained(self, anchors: Sequence[StoredAnchor]) -> StoredAnchor | None:
        """Return the first of some anchors that HEAD contains, trying the cheapest evidence first."""
        head = self._repository.head.commit
        known = [stored.facts.commit in {None, "", head} for stored in anchors]
        if known[0] or head is None:
            return next((stored for stored, sure in zip(anchors, known, strict=True) if sure), None)
        tracked = self._repository.in_tree(head, [stored.path for stored in anchors])
        sure = (known[place] or stored.path in tracked for place, stored in enumerate(anchors))
        last = next((place for place, is_sure in enumerate(sure) if is_sure), len(anchors))
        doubtful = anchors[:last]
        if doubtful:
            bound = self._bindings(doubtful)
            for stored in doubtful:
                binding = bound[stored.facts.id]
                if binding.branch is None and binding.state not in _LOST:
                    return stored
        return anchors[last] if last < len(anchors) else None
