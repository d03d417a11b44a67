"""The anchors of one worktree, by way of a cache of what their files say.

A row is believed when size, times and inode of its file are what they were when it was read, and the
file had not just changed then. `load` looks at each file. `glance` looks at those in folders that have
changed, and later at those of which more than their facts is asked: a file that an editor wrote in
place, where nothing else happened in its folder, may count with the facts that it had before.
"""

import contextlib
import json
import operator
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitanchor import cache
from gitanchor.cache import Row, Unusable
from gitanchor.errors import BadAnchorFile
from gitanchor.store import Store, StoredAnchor, signature

_SETTLED_NS: Final = 100_000_000
"""What changed less than this before it was read may change again within one clock tick."""

_DEPTH: Final = 2
"""The slashes in the path of a folder that files lie in: .anchors/YEAR/MONTH."""

_rank = operator.attrgetter("rank")


@dataclass(frozen=True, slots=True)
class Listing:
    """The anchors of a worktree, newest first, and what is wrong with the files left out.

    `rows` has, by their paths, what is known of the files that were looked at.
    """

    anchors: tuple[StoredAnchor, ...]
    problems: tuple[BadAnchorFile, ...]
    rows: Mapping[str, Row] = field(default_factory=dict, compare=False)


def load(store: Store, database: Path, before: Listing | None = None) -> Listing:
    """Read all anchors of a store, by way of the cache in `database`, which is brought up to date.

    `before` is what was loaded of the same store before: it spares a look into the cache.
    """
    began = time.time_ns()
    folders = store.folders()
    problems = store.misplaced()
    cached, known = (before.rows, None) if before else _read_cache(database)
    rows: dict[str, Row] = {}
    fresh: dict[str, Row] = {}
    gone = set(cached)
    for file in store.files():
        gone.discard(file.path)
        row = cached.get(file.path)
        if row is None or row.mark != file.signature:
            try:
                fresh[file.path] = row = _row(store, *file)
            except BadAnchorFile as problem:
                problems.append(problem)
                continue
        rows[file.path] = row
    found = [StoredAnchor.cached(path, row.facts, row.data) for path, row in rows.items()]
    _refuse_copies(found, problems)
    looked_at = {} if problems else _settled(folders, began, fresh)
    if fresh or gone or (rows and known != looked_at):
        _update(database, fresh, gone, dict.fromkeys(known or (), None) | looked_at)
    found.sort(key=_rank, reverse=True)
    return Listing(tuple(found), tuple(problems), rows)


def glance(store: Store, database: Path) -> Listing | None:
    """The anchors of a store for whoever wants more than the facts of but a few.

    None if that cannot be had without a `load`, as where there is a problem with any file.
    """
    began = time.time_ns()
    folders = store.folders()
    with contextlib.suppress(Unusable, BadAnchorFile):
        with cache.connected(database) as connection:
            known = cache.folders(connection)
            rows = list(cache.brief(connection))
        changed = {path for path, moment in folders.items() if known.get(path) != moment}
        if known.keys() - folders.keys() or any(path.count("/") < _DEPTH for path in changed):
            return None
        marks = {path: mark for path, mark, _ in rows}
        fresh, gone = _changes(store, changed, marks)
        source = _Source(store, database, marks)
        found = [
            StoredAnchor.cached(path, facts, source)
            for path, _, facts in rows
            if path not in fresh and path not in gone
        ]
        if fresh:
            found += (StoredAnchor.cached(path, row.facts, row.data) for path, row in fresh.items())
            found.sort(key=_rank, reverse=True)
        if changed and len({stored.facts.id for stored in found}) < len(found):
            return None
        settled = _settled(folders, began, fresh)
        states = {path: settled.get(path) for path in changed}
        _update(
            database,
            fresh,
            gone,
            {path: state for path, state in states.items() if state != known.get(path)},
        )
        return Listing(tuple(found), ())
    return None


def _changes(
    store: Store, folders: Collection[str], marks: Mapping[str, str]
) -> tuple[dict[str, Row], set[str]]:
    """What files of folders say that have not these marks, and the paths whose files are gone.

    Raises BadAnchorFile.
    """
    fresh: dict[str, Row] = {}
    gone = {path for path in marks if path.rpartition("/")[0] in folders} if folders else set()
    for folder in folders:
        for file in store.files_of(store.root / folder):
            gone.discard(file.path)
            if marks.get(file.path) != file.signature:
                fresh[file.path] = _row(store, *file)
    return fresh, gone


def _update(
    database: Path, fresh: Mapping[str, Row], gone: Collection[str], folders: Mapping[str, int | None]
) -> None:
    """Bring a cache up to date if it is free: whoever reads it next does it else.

    What is not settled would be read anew in any case.
    """
    fresh = {path: row for path, row in fresh.items() if row.mark}
    if not (fresh or gone or folders):
        return
    with contextlib.suppress(Unusable), cache.connected(database, writing=True) as connection:
        cache.write(connection, fresh, gone)
        cache.write_folders(connection, folders)


class _Source:
    """Gives the JSON of anchors by their paths: from a cache where that is true, else from the file."""

    def __init__(self, store: Store, database: Path, marks: Mapping[str, str]) -> None:
        self._store = store
        self._database = database
        self._marks = marks

    def __call__(self, path: str) -> str:
        """The JSON. Raises BadAnchorFile."""
        with contextlib.suppress(OSError):
            if signature((self._store.root / path).stat()) == self._marks[path]:
                data = cache.data(self._database, path, self._marks[path])
                if data is not None:
                    return data
        return json.dumps(self._store.read(path).as_dict())


def _read_cache(database: Path) -> tuple[Mapping[str, Row], Mapping[str, int]]:
    """The rows and folders of a cache; none if it cannot be used."""
    with contextlib.suppress(Unusable), cache.connected(database) as connection:
        return dict(cache.rows(connection)), cache.folders(connection)
    return {}, {}


def _row(store: Store, path: str, mark: str, changed_ns: int) -> Row:
    """What a file says. Raises BadAnchorFile."""
    read_ns = time.time_ns()
    stored = StoredAnchor(store.read(path), path)
    is_settled = changed_ns + _SETTLED_NS < read_ns
    return Row(mark if is_settled else "", stored.facts, stored.data)


def _settled(folders: Mapping[str, int], began: int, fresh: Mapping[str, Row]) -> dict[str, int]:
    """The folders that had not just changed when a look at them began, nor had any file in them."""
    moving = {path.rpartition("/")[0] for path, row in fresh.items() if not row.mark}
    return {
        path: changed
        for path, changed in folders.items()
        if changed + _SETTLED_NS < began and path not in moving
    }


def _refuse_copies(found: list[StoredAnchor], problems: list[BadAnchorFile]) -> None:
    """Take out each anchor whose id another file has, too: nobody could say which one is meant."""
    if len({stored.facts.id for stored in found}) == len(found):
        return
    first: dict[str, str] = {}
    for stored in sorted(found, key=lambda stored: stored.path):
        anchor_id = stored.facts.id
        if anchor_id in first:
            reason = f"has the id of {first[anchor_id]}; give it one of its own, or remove it"
            problems.append(BadAnchorFile(stored.path, reason))
            found.remove(stored)
        else:
            first[anchor_id] = stored.path
