"""The anchors of a worktree: all of them, or some of them without reading the others."""

import contextlib
import operator
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, TypeVar

from gitanchor.git.names import Head
from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage.index import cache
from gitanchor.storage.index.cache import Row
from gitanchor.storage.index.copies import Copy
from gitanchor.storage.index.database import Connection, Unusable, connected
from gitanchor.storage.store import Facts, StoredAnchor

_T = TypeVar("_T")

_PIECE: Final = 500
"""Anchors that `in_full` reads from a cache at a time."""

_DEPTH: Final = 3
"""The number of slashes in the path of an anchor file: .anchors/YEAR/MONTH/NAME.yaml."""

_LAST: Final = 3
"""How many last paths, with the number of all, identify a set of anchor files."""

_rank: Final = operator.attrgetter("rank")


class Listing:
    """The anchors of a worktree, newest first, and the problems of files that were left out.

    `rows` has the rows of the files that were read, by path; `copies` are files with the same anchor as
    another one.
    """

    def __init__(
        self,
        anchors: Sequence[StoredAnchor] = (),
        problems: Sequence[BadAnchorFile] = (),
        rows: Mapping[str, Row] | None = None,
        copies: Sequence[Copy] = (),
    ) -> None:
        self._anchors: tuple[StoredAnchor, ...] | None = tuple(anchors)
        self.problems = tuple(problems)
        self.rows = rows or {}
        self.copies = tuple(copies)

    @property
    def anchors(self) -> tuple[StoredAnchor, ...]:
        """All anchors, newest first."""
        return self._anchors or ()

    def newest(self, branch: str | None = None, limit: int | None = None) -> Sequence[StoredAnchor]:
        """Return the newest anchors, of a branch or of all. `limit` is the most to return.

        They may come without more than their facts, which is read when it is needed.
        """
        chosen = [item for item in self.anchors if branch is None or item.facts.branch == branch]
        return chosen[:limit]

    def facts(self, branch: str | None = None, limit: int | None = None) -> Sequence[Facts]:
        """Return the facts of the newest anchors, of a branch or of all; see `newest`."""
        return [item.facts for item in self.newest(branch, limit)]

    def in_full(self, chosen: Sequence[StoredAnchor]) -> Iterator[StoredAnchor]:
        """Yield some of these anchors with all their fields, for a caller that keeps none of them."""
        return iter(chosen)

    def first_on(self, head: Head) -> StoredAnchor | None:
        """Return the newest anchor of HEAD's branch, or for a detached HEAD the newest made on one."""
        return next((item for item in self.anchors if is_on(item, head)), None)

    def first_of_each_branch(self) -> Sequence[StoredAnchor]:
        """Return the newest anchor of each branch, in any order."""
        found: dict[str | None, StoredAnchor] = {}
        for item in self.anchors:
            found.setdefault(item.facts.branch, item)
        return list(found.values())

    def has_copies(self) -> bool:
        """Return whether two anchors have the same id."""
        return len({item.facts.id for item in self.anchors}) < len(self.anchors)

    def with_id(self, anchor_id: str) -> StoredAnchor | None:
        """Return the anchor with that id, or None."""
        return next((item for item in self.anchors if item.facts.id == anchor_id), None)

    def states(self) -> str:
        """Return a line for each anchor, newest first, with its id and its digest."""
        return states_of(self.anchors)

    def files(self) -> tuple[int, Sequence[str]]:
        """Return the number of anchor files, readable or not, and the last paths in byte order."""
        lying = (problem.path for problem in self.problems if problem.path.count("/") == _DEPTH)
        paths = sorted({item.path for item in self.anchors}.union(lying), key=os.fsencode)
        return len(paths), paths[-_LAST:]

    def has_children(self, anchor_id: str) -> bool:
        """Return whether another anchor names this one as its parent."""
        return any(anchor_id in item.facts.parents for item in self.anchors)

    def holding(self, words: Sequence[str]) -> Sequence[StoredAnchor]:
        """Return at least all anchors that have the words, which are as from `texts.compared`."""
        del words  # the caller searches each anchor anyway
        return self.anchors


class CachedListing(Listing):
    """A listing that reads a cache, which is known to be valid now, and to have no problems.

    `source` gives the JSON of an anchor by its path and `mark`. If the cache becomes unusable later,
    `otherwise` reads the files.
    """

    def __init__(
        self, database: Path, source: Callable[..., str], otherwise: Callable[[], Listing]
    ) -> None:
        super().__init__()
        self._anchors = None
        self._database = database
        self._source = source
        self._otherwise = otherwise

    @property
    def anchors(self) -> tuple[StoredAnchor, ...]:
        """All anchors, newest first."""
        if self._anchors is None:
            found = self._asked("true")
            self._anchors = tuple(found) if found is not None else self._otherwise().anchors
        return self._anchors

    def newest(self, branch: str | None = None, limit: int | None = None) -> Sequence[StoredAnchor]:
        """See `Listing.newest`."""
        where, values = ("branch = ?", (branch,)) if branch is not None else ("true", ())
        found = None
        if self._anchors is None:
            found = self._asked(where, values, -1 if limit is None else limit)
        return super().newest(branch, limit) if found is None else found

    def facts(self, branch: str | None = None, limit: int | None = None) -> Sequence[Facts]:
        """See `Listing.facts`."""
        where, values = ("branch = ?", (branch,)) if branch is not None else ("true", ())
        ask = partial(cache.facts, where=where, values=values, limit=-1 if limit is None else limit)
        return self._answered(ask, partial(super().facts, branch, limit))

    def first_on(self, head: Head) -> StoredAnchor | None:
        """See `Listing.first_on`."""
        found = None
        if self._anchors is None and head.branch is not None:
            found = self._asked("branch = ?", (head.branch,), 1)
        elif self._anchors is None:
            found = self._asked("coalesce(branch, '') = '' AND coalesce(\"commit\", '') != ''", (), 1)
        return super().first_on(head) if found is None else next(iter(found), None)

    def first_of_each_branch(self) -> Sequence[StoredAnchor]:
        """See `Listing.first_of_each_branch`."""
        with contextlib.suppress(Unusable), connected(self._database) as connection:
            each = [
                cache.brief(connection, "branch IS ?", (name,), 1) for name in cache.branches(connection)
            ]
            return self._stored(chain.from_iterable(each))
        return super().first_of_each_branch()

    def has_copies(self) -> bool:
        """See `Listing.has_copies`."""
        return self._answered(cache.has_copies, super().has_copies)

    def with_id(self, anchor_id: str) -> StoredAnchor | None:
        """See `Listing.with_id`."""
        found = self._asked("id = ?", (anchor_id,), 1) if self._anchors is None else None
        return super().with_id(anchor_id) if found is None else next(iter(found), None)

    def files(self) -> tuple[int, Sequence[str]]:
        """See `Listing.files`."""
        return self._answered(partial(cache.last_keys, number=_LAST), super().files)

    def states(self) -> str:
        """See `Listing.states`."""
        with contextlib.suppress(Unusable), connected(self._database) as connection:
            return cache.states(connection)
        return super().states()

    def has_children(self, anchor_id: str) -> bool:
        """See `Listing.has_children`."""
        found = self._asked("instr(parents, ?)", (anchor_id,), 1) if self._anchors is None else None
        return super().has_children(anchor_id) if found is None else bool(found)

    def _asked(
        self, where: str, values: Sequence[str] = (), limit: int = -1
    ) -> list[StoredAnchor] | None:
        with contextlib.suppress(Unusable), connected(self._database) as connection:
            return self._stored(cache.brief(connection, where, values, limit))
        return None

    def _answered(self, ask: Callable[[Connection], _T], otherwise: Callable[[], _T]) -> _T:
        """Ask the cache, unless all anchors were read from it or it is unusable."""
        if self._anchors is None:
            with contextlib.suppress(Unusable), connected(self._database) as connection:
                return ask(connection)
        return otherwise()

    def _stored(self, found: Iterable[tuple[str, str, Facts]]) -> list[StoredAnchor]:
        return [
            StoredAnchor.cached(path, facts, partial(self._source, mark=mark))
            for path, mark, facts in found
        ]


class WholeListing(CachedListing):
    """A cached listing for callers that need all anchors, or those with certain words, in full."""

    @property
    def anchors(self) -> tuple[StoredAnchor, ...]:
        """All anchors, newest first."""
        if self._anchors is None:
            found = self._whole()
            self._anchors = self._otherwise().anchors if found is None else tuple(in_order(found))
        return self._anchors

    def holding(self, words: Sequence[str]) -> Sequence[StoredAnchor]:
        """See `Listing.holding`."""
        found = self._whole(words)
        return super().holding(words) if found is None else found

    def in_full(self, chosen: Sequence[StoredAnchor]) -> Iterator[StoredAnchor]:
        """See `Listing.in_full`. The cache is read in parts, so that others can write it in between."""
        for start in range(0, len(chosen), _PIECE):
            yield from self._in_full(chosen[start : start + _PIECE])

    def _in_full(self, chosen: Sequence[StoredAnchor]) -> Iterable[StoredAnchor]:
        try:
            with connected(self._database) as connection:
                read = [cache.data_saying(connection, item.path, item.facts.digest) for item in chosen]
        except Unusable:
            return chosen
        return [
            StoredAnchor.cached(item.path, item.facts, data) if data is not None else item
            for item, data in zip(chosen, read, strict=True)
        ]

    def _whole(self, words: Sequence[str] = ()) -> list[StoredAnchor] | None:
        with contextlib.suppress(Unusable), connected(self._database) as connection:
            return stored_from(cache.rows(connection, words))
        return None


class JoinedListing(Listing):
    """The anchors of a worktree, and others that are not in it."""

    def __init__(
        self, here: Listing, others: Sequence[StoredAnchor], problems: Sequence[BadAnchorFile]
    ) -> None:
        super().__init__((), problems, copies=here.copies)
        self._anchors = None
        self._here = here
        self._others = others

    @property
    def anchors(self) -> tuple[StoredAnchor, ...]:
        """All anchors, newest first."""
        if self._anchors is None:
            self._anchors = tuple(in_order([*self._here.anchors, *self._others]))
        return self._anchors

    def holding(self, words: Sequence[str]) -> Sequence[StoredAnchor]:
        """See `Listing.holding`."""
        return in_order([*self._here.holding(words), *self._others])


def states_of(anchors: Iterable[StoredAnchor]) -> str:
    """Return the lines of `Listing.states` for some anchors."""
    return "\n".join(item.facts.state for item in anchors)


def stored_from(rows: Iterable[tuple[str, Row]]) -> list[StoredAnchor]:
    """Make anchors from rows of a cache."""
    return [StoredAnchor.cached(path, row.facts, row.data) for path, row in rows]


def in_order(anchors: Iterable[StoredAnchor]) -> list[StoredAnchor]:
    """Sort anchors, newest first."""
    return sorted(anchors, key=_rank, reverse=True)


def is_on(stored: StoredAnchor, head: Head) -> bool:
    """Return whether an anchor is of HEAD's branch, or for a detached HEAD, was made on one."""
    facts = stored.facts
    if head.branch is not None:
        return facts.branch == head.branch
    return not facts.branch and bool(facts.commit)
