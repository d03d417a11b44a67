"""The caches of what anchors say, in SQLite: only ever caches.

One is of the files of a worktree: a row is believed when size, times and inode of its file are what
they were when it was read, and the file had not just changed then. The other is of blobs, whose ids
say all there is to know. A cache that is damaged, locked, of another version or on a read-only disk
is passed by; nothing is lost with it but time.
"""

import contextlib
import operator
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.errors import BadAnchorFile
from gitanchor.store import Facts, Store, StoredAnchor

_VERSION: Final = 4
_COLUMNS: Final = 'mark, data, id, moment, name, branch, "commit", digest'
_SELECT: Final = f"SELECT key, {_COLUMNS} FROM anchor"  # noqa: S608 - made of constants # nosec B608
_INSERT: Final = "INSERT OR REPLACE INTO anchor VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SETTLED_NS: Final = 100_000_000
"""A file that changed less than this before it was read may change again within one clock tick."""

_rank = operator.attrgetter("rank")


class Row(NamedTuple):
    """What is cached of an anchor. `mark` tells whether it holds for a file; an empty one never does."""

    mark: str
    facts: Facts
    data: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The anchors of a worktree, newest first, and what is wrong with the files left out.

    `rows` has, by their paths, what is cached of those that can be relied on the next time.
    """

    anchors: tuple[StoredAnchor, ...]
    problems: tuple[BadAnchorFile, ...]
    rows: Mapping[str, Row] = field(default_factory=dict, compare=False)


def load(store: Store, database: Path, before: Listing | None = None) -> Listing:
    """Read all anchors of a store, by way of the cache in `database`, which is brought up to date.

    `before` is what was read of the same store before: it spares a look into the cache.
    """
    found: list[StoredAnchor] = []
    problems = store.misplaced()
    fresh: dict[str, Row] = {}
    cached = _read_cache(database) if before is None else before.rows
    rows: dict[str, Row] = {}
    unread = set(cached)
    for file in store.files():
        path, signature, changed_ns = file
        unread.discard(path)
        row = cached.get(path)
        if row is not None and row.mark == signature:
            found.append(StoredAnchor.cached(path, row.facts, row.data))
            rows[path] = row
            continue
        try:
            read_ns = time.time_ns()
            stored = StoredAnchor(store.read(path), path)
        except BadAnchorFile as problem:
            problems.append(problem)
            continue
        found.append(stored)
        if changed_ns + _SETTLED_NS < read_ns:
            rows[path] = fresh[path] = Row(signature, stored.facts, stored.data)
    _refuse_copies(found, problems)
    if fresh or unread:
        _update_cache(database, fresh, unread)
    found.sort(key=_rank, reverse=True)
    return Listing(tuple(found), tuple(problems), rows)


def load_blobs(database: Path) -> dict[str, Row]:
    """The anchors in blobs that are known, by the blobs' ids. Empty if the cache cannot be used."""
    return _read_cache(database)


def keep_blobs(database: Path, fresh: Mapping[str, StoredAnchor], gone: set[str]) -> None:
    """Add blobs to the cache, and drop others. If it cannot be written, it stays as it is."""
    _update_cache(
        database, {blob: Row("", stored.facts, stored.data) for blob, stored in fresh.items()}, gone
    )


def damage(database: Path) -> str | None:
    """What is wrong with a cache, in SQLite's words; None if nothing is, or if it is in use."""
    if not database.exists():
        return None
    try:
        with _connect(database) as connection:
            answer: str = connection.execute("PRAGMA quick_check").fetchone()[0]
            if connection.execute("PRAGMA user_version").fetchone() == (_VERSION,):
                connection.execute(f"{_SELECT} LIMIT 1").fetchone()
    except sqlite3.Error as error:
        return None if "locked" in str(error) else str(error)
    return None if answer == "ok" else answer


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


@contextlib.contextmanager
def _connect(database: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(database, timeout=0.2)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def _read_cache(database: Path) -> dict[str, Row]:
    """What a cache holds. Empty if it cannot be used."""
    if not database.exists():
        return {}
    try:
        with _connect(database) as connection:
            if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                return {}
            return {
                key: Row(mark, Facts(*facts), data)
                for key, mark, data, *facts in connection.execute(_SELECT)
            }
    except (sqlite3.Error, TypeError):
        return {}


def _update_cache(database: Path, fresh: Mapping[str, Row], gone: Iterable[str]) -> None:
    """Write what was read anew; a damaged or outdated cache is replaced, a locked one left alone."""
    rows = [(key, row.mark, row.data, *row.facts) for key, row in fresh.items()]
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        with _connect(database) as connection:
            _prepare(connection)
            connection.executemany("DELETE FROM anchor WHERE key = ?", [(key,) for key in gone])
            connection.executemany(_INSERT, rows)
    except sqlite3.OperationalError:  # locked, or on a read-only disk
        return
    except (sqlite3.DatabaseError, UnicodeEncodeError):  # damaged: the next reader builds it anew
        with contextlib.suppress(OSError):
            database.unlink()
    except OSError:
        return


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
        connection.execute("DROP TABLE IF EXISTS anchor")
        connection.execute(f"CREATE TABLE anchor (key TEXT PRIMARY KEY, {_COLUMNS}) WITHOUT ROWID")
        connection.execute(f"PRAGMA user_version = {_VERSION}")
