"""SQLite files that are only caches: open one, or report that it is unusable.

One that is damaged, locked, of another version or on a read-only disk is unusable; that costs only time.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.storage import permissions

Connection = sqlite3.Connection

_READ_SECONDS: Final = 2.0
_WRITE_SECONDS: Final = 0.2
"""How long to wait for a cache in use. A read is worth more: without it, all files must be read."""


class Schema(NamedTuple):
    """The tables of a cache, and the version number of a file with these tables."""

    version: int
    tables: str


class Unusable(Exception):
    """The cache cannot be used as it is."""


@contextlib.contextmanager
def connected(database: Path, schema: Schema, *, writing: bool = False) -> Iterator[Connection]:
    """Connect to a cache, for one transaction. Raises Unusable, also if a query in it fails.

    For `writing`, a cache that is missing or of another version is made anew. A damaged one is deleted.
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
        if connection.execute("PRAGMA user_version").fetchone() != (schema.version,):
            if not writing:
                raise Unusable
            connection.executescript(schema.tables)
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


def damage(database: Path, schema: Schema, question: str) -> str | None:
    """Return what is wrong with a cache, in SQLite's words; None if nothing is, or if it is in use.

    `question` is a query that works in a cache with the tables of the schema.
    """
    if not database.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=_WRITE_SECONDS)) as connection:
            answer: str = connection.execute("PRAGMA quick_check").fetchone()[0]
            if connection.execute("PRAGMA user_version").fetchone() == (schema.version,):
                connection.execute(question).fetchone()
    except sqlite3.Error as error:
        return None if "locked" in str(error) else str(error)
    return None if answer == "ok" else answer
