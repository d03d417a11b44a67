"""The caches of what anchors say, in SQLite: only ever caches.

One is of the files of a worktree: a row is believed when size, times and inode of its file are what
they were when it was read, and the file had not just changed then. The other is of blobs, whose ids
say all there is to know. A cache that is damaged, locked, of another version or on a read-only disk
is passed by; nothing is lost with it but time.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitanchor.anchor import Anchor
from gitanchor.errors import BadAnchorFile
from gitanchor.store import Store, StoredAnchor

_VERSION: Final = 3
_SETTLED_NS: Final = 100_000_000
"""A file that changed less than this before it was read may change again within one clock tick."""

_Cached = dict[str, tuple[str, str]]
"""Path -> signature and JSON, or id of a blob -> id of the anchor and JSON."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The anchors of a worktree, newest first, and what is wrong with the files left out."""

    anchors: tuple[StoredAnchor, ...]
    problems: tuple[BadAnchorFile, ...]


def load(store: Store, database: Path) -> Listing:
    """Read all anchors of a store, by way of the cache in `database`, which is brought up to date."""
    files = list(store.files())
    found: list[StoredAnchor] = []
    problems = store.misplaced()
    fresh: list[tuple[str, str, str]] = []
    cached = _read_cache(database)
    for file in files:
        signature, data = cached.get(file.path, ("", ""))
        if signature == file.signature:
            found.append(StoredAnchor(Anchor.from_dict(json.loads(data)), file.path))
            continue
        try:
            read_ns = time.time_ns()
            anchor = store.read(file.path)
        except BadAnchorFile as problem:
            problems.append(problem)
            continue
        found.append(StoredAnchor(anchor, file.path))
        if file.changed_ns + _SETTLED_NS < read_ns:
            fresh.append((file.path, file.signature, json.dumps(anchor.as_dict())))
    _refuse_copies(found, problems)
    gone = cached.keys() - {file.path for file in files}
    if fresh or gone:
        _update_cache(database, fresh, gone)
    found.sort(key=lambda stored: (stored.anchor.created, stored.anchor.id), reverse=True)
    return Listing(tuple(found), tuple(problems))


@dataclass(frozen=True, slots=True)
class CachedBlob:
    """An anchor as a blob holds it; what it says is taken apart only when it is wanted."""

    anchor_id: str
    data: str

    @classmethod
    def of(cls, anchor: Anchor) -> "CachedBlob":
        """The blob of an anchor that was just read."""
        return cls(anchor.id, json.dumps(anchor.as_dict()))

    def anchor(self) -> Anchor:
        """The anchor."""
        return Anchor.from_dict(json.loads(self.data))


def load_blobs(database: Path) -> dict[str, CachedBlob]:
    """The blobs that are known, by their ids. Empty if the cache cannot be used."""
    return {blob: CachedBlob(*row) for blob, row in _read_cache(database).items()}


def keep_blobs(database: Path, fresh: Mapping[str, CachedBlob], gone: set[str]) -> None:
    """Add blobs to the cache, and drop others. If it cannot be written, it stays as it is."""
    rows = [(blob, cached.anchor_id, cached.data) for blob, cached in fresh.items()]
    _update_cache(database, rows, gone)


def damage(database: Path) -> str | None:
    """What is wrong with a cache, in SQLite's words; None if nothing is, or if it is in use."""
    if not database.exists():
        return None
    try:
        with _connect(database) as connection:
            answer: str = connection.execute("PRAGMA quick_check").fetchone()[0]
            if connection.execute("PRAGMA user_version").fetchone() == (_VERSION,):
                connection.execute("SELECT key, mark, data FROM anchor LIMIT 1").fetchone()
    except sqlite3.Error as error:
        return None if "locked" in str(error) else str(error)
    return None if answer == "ok" else answer


def _refuse_copies(found: list[StoredAnchor], problems: list[BadAnchorFile]) -> None:
    """Take out each anchor whose id another file has, too: nobody could say which one is meant."""
    first: dict[str, str] = {}
    for stored in sorted(found, key=lambda stored: stored.path):
        if stored.anchor.id in first:
            reason = f"has the id of {first[stored.anchor.id]}; give it one of its own, or remove it"
            problems.append(BadAnchorFile(stored.path, reason))
            found.remove(stored)
        else:
            first[stored.anchor.id] = stored.path


@contextlib.contextmanager
def _connect(database: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(database, timeout=0.2)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def _read_cache(database: Path) -> _Cached:
    """What a cache holds. Empty if it cannot be used."""
    if not database.exists():
        return {}
    try:
        with _connect(database) as connection:
            if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                return {}
            rows = connection.execute("SELECT key, mark, data FROM anchor")
            return {key: (mark, data) for key, mark, data in rows}
    except sqlite3.Error:
        return {}


def _update_cache(database: Path, fresh: list[tuple[str, str, str]], gone: set[str]) -> None:
    """Write what was read anew; a damaged or outdated cache is replaced, a locked one left alone."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        with _connect(database) as connection:
            _prepare(connection)
            connection.executemany("DELETE FROM anchor WHERE key = ?", [(key,) for key in gone])
            connection.executemany("INSERT OR REPLACE INTO anchor VALUES (?, ?, ?)", fresh)
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
        connection.execute(
            "CREATE TABLE anchor (key TEXT PRIMARY KEY, mark TEXT, data TEXT) WITHOUT ROWID"
        )
        connection.execute(f"PRAGMA user_version = {_VERSION}")
