"""The SQLite files that are only caches: open one, or report that it is unusable.

Each worktree has one (`State.index`) and each clone another (`State.cache`). Both have all tables, and
use those that they need: `cache` owns those of anchors, `text_cache` those of texts. A file that is
damaged, locked, of another version or on a read-only disk is unusable; that costs only time.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gitanchor.storage import permissions

Connection = sqlite3.Connection

_READ_SECONDS: Final = 2.0
_WRITE_SECONDS: Final = 0.2
"""How long to wait for a cache in use. A read is worth more: without it, all files must be read."""

FACTS: Final = 'id, moment, name, branch, "commit", digest, parents, is_open, made'
"""The columns of `store.Facts`."""

_VERSION: Final = 9
_NAMES: Final = ("anchor", "words", "folder", "tracked", "rendered", "everywhere", "maker")
_TABLES: Final = f"""\
BEGIN IMMEDIATE;
{"".join(f"DROP TABLE IF EXISTS {name};" for name in _NAMES)}
CREATE TABLE anchor (key, mark, data, {FACTS}, PRIMARY KEY (key)) WITHOUT ROWID;
CREATE INDEX newest ON anchor (moment DESC, id DESC, {FACTS.replace("id, moment, ", "")}, mark);
CREATE INDEX identity ON anchor (id);
CREATE INDEX branch ON anchor (branch, moment, id);
CREATE TABLE words (key PRIMARY KEY, text);
CREATE TABLE folder (path PRIMARY KEY, changed) WITHOUT ROWID;
CREATE TABLE tracked (digest, apart, head);
CREATE TABLE rendered (key PRIMARY KEY, text, proof);
CREATE TABLE everywhere (key PRIMARY KEY, text, proof);
CREATE TABLE maker (of PRIMARY KEY, name);
PRAGMA user_version = {_VERSION};
COMMIT;
"""
_ANY_ROW: Final = f"SELECT key, mark, data, {FACTS} FROM anchor LIMIT 1"  # noqa: S608 # nosec B608
_EARLIER: Final = ("entries.sqlite3", "blobs.sqlite3", "branches.sqlite3")
"""The files in which earlier versions of gitanchor kept what is in one file now."""


class Unusable(Exception):
    """The cache cannot be used as it is."""


@contextlib.contextmanager
def connected(database: Path, *, writing: bool = False) -> Iterator[Connection]:
    """Connect to a cache, for one transaction. Raises Unusable, also if a query in it fails.

    For `writing`, a cache that is missing or of another version is made anew, and the files of earlier
    versions beside it are deleted. A damaged one is deleted.
    """
    connection = None
    try:
        if writing:
            permissions.make_folder(database.parent)
            permissions.make_file(database)  # whose mode SQLite gives to its journals
        elif not database.exists():
            raise Unusable
        connection = sqlite3.connect(database, timeout=_WRITE_SECONDS if writing else _READ_SECONDS)
        connection.execute("PRAGMA synchronous = OFF")
        if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            if not writing:
                raise Unusable
            connection.executescript(_TABLES)
            for name in _EARLIER:
                database.with_name(name).unlink(missing_ok=True)
        with connection:
            yield connection
    except (sqlite3.DatabaseError, UnicodeEncodeError) as error:
        is_damaged = not isinstance(error, sqlite3.OperationalError) or "no such" in str(error)
        if is_damaged:  # not only locked, or on a read-only disk; the next process builds it anew
            with contextlib.suppress(OSError):
                database.unlink()
        raise Unusable from error
    except OSError as error:
        raise Unusable from error
    finally:
        if connection is not None:
            connection.close()


def damage(database: Path) -> str | None:
    """Return what is wrong with a cache, in SQLite's words; None if nothing is, or if it is in use."""
    if not database.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=_WRITE_SECONDS)) as connection:
            answer: str = connection.execute("PRAGMA quick_check").fetchone()[0]
            if connection.execute("PRAGMA user_version").fetchone() == (_VERSION,):
                connection.execute(_ANY_ROW).fetchone()
    except sqlite3.Error as error:
        return None if "locked" in str(error) else str(error)
    return None if answer == "ok" else answer
