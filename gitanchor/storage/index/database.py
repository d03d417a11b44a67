"""SQLite files that are only ever caches: opening one, and passing it by where it is of no use.

One that is damaged, locked, of another version or on a read-only disk is passed by; nothing is lost with
it but time.
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
"""How long to wait for a cache in use. Without it, all files have to be read; what it lacks may wait."""


class Schema(NamedTuple):
    """The tables of a cache, and the number that tells whether a file has just these."""

    version: int
    tables: str


class Unusable(Exception):
    """A cache that cannot be used as it is."""


@contextlib.contextmanager
def connected(database: Path, schema: Schema, *, writing: bool = False) -> Iterator[Connection]:
    """A connection to a cache, and one transaction in it. Raises Unusable, also for what fails in it.

    A cache of another version is made anew if it is for `writing`; a damaged one is dropped.
    """
    connection = None
    try:
        if writing:
            permissions.make_folder(database.parent)
            permissions.make_file(database)  # SQLite gives its journals the mode of this
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
        if is_damaged:  # not just locked, or on a read-only disk: the next one builds it anew
            with contextlib.suppress(OSError):
                database.unlink()
        raise Unusable from error
    except OSError as error:
        raise Unusable from error
    finally:
        if connection is not None:
            connection.close()


def damage(database: Path, schema: Schema, question: str) -> str | None:
    """What is wrong with a cache, in SQLite's words; None if nothing is, or if it is in use.

    `question` is one that a cache with these tables can answer.
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
