"""A cache of what anchors say, in SQLite: only ever a cache.

One that is damaged, locked, of another version or on a read-only disk is passed by; nothing is lost with
it but time. What makes a row true is left to whoever uses it: `index` for files, `everywhere` for blobs.
"""

import contextlib
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gitanchor.store import Facts

_READ_SECONDS: Final = 2.0
_WRITE_SECONDS: Final = 0.2
"""How long to wait for a cache in use. Without it, all files have to be read; what it lacks may wait."""

_VERSION: Final = 7
_FACTS: Final = 'id, moment, name, branch, "commit", digest, parents, is_open, made'
_TABLES: Final = f"""\
DROP TABLE IF EXISTS anchor;
DROP TABLE IF EXISTS folder;
DROP TABLE IF EXISTS words;
DROP TABLE IF EXISTS tracked;
CREATE TABLE anchor (key, mark, data, {_FACTS}, PRIMARY KEY (key)) WITHOUT ROWID;
CREATE INDEX newest ON anchor (moment DESC, id DESC, {_FACTS.replace("id, moment, ", "")}, mark);
CREATE INDEX identity ON anchor (id);
CREATE INDEX branch ON anchor (branch, moment, id);
CREATE TABLE words (key PRIMARY KEY, text);
CREATE TABLE folder (path PRIMARY KEY, changed) WITHOUT ROWID;
CREATE TABLE tracked (digest, apart, head);
PRAGMA user_version = {_VERSION};
"""
_ORDER: Final = "ORDER BY moment DESC, id DESC"
_SELECT: Final = f"SELECT key, mark, data, {_FACTS} FROM anchor"  # noqa: S608 - made of constants # nosec B608
_BRIEF: Final = f"SELECT key, mark, {_FACTS} FROM anchor"  # noqa: S608 # nosec B608
_INSERT: Final = f"INSERT OR REPLACE INTO anchor VALUES (?{', ?' * (2 + len(Facts._fields))})"  # noqa: S608 # nosec B608


_TEXTS: Final = """\
DROP TABLE IF EXISTS kept;
CREATE TABLE kept (key PRIMARY KEY, text, proof);
PRAGMA user_version = {version};
"""
_MANY: Final = 500
_MOST_UNUSED: Final = 500


class Schema(NamedTuple):
    """The tables of a cache, and the number that tells whether a file has just these."""

    version: int
    tables: str


_ANCHORS: Final = Schema(_VERSION, _TABLES)


class Row(NamedTuple):
    """What is cached of an anchor. `mark` is that of the file that it was read from.

    `words` is what a search looks through; it is written, but not read back.
    """

    mark: str
    facts: Facts
    data: str
    words: str = ""


class Tracked(NamedTuple):
    """What git tracked when all rows were true, as `index` has it; and `head`, of which see there."""

    digest: str
    apart: frozenset[str]
    head: str | None


class Unusable(Exception):
    """A cache that cannot be used as it is."""


@contextlib.contextmanager
def connected(
    database: Path, *, writing: bool = False, schema: Schema = _ANCHORS
) -> Iterator[sqlite3.Connection]:
    """A connection to a cache, and one transaction in it. Raises Unusable, also for what fails in it.

    A cache of another version is made anew if it is for `writing`; a damaged one is dropped.
    """
    connection = None
    try:
        if writing:
            database.parent.mkdir(parents=True, exist_ok=True)
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


# Reading ---------------------------------------------------------------------------------------


def rows(connection: sqlite3.Connection, words: Iterable[str] = ()) -> Iterator[tuple[str, Row]]:
    """The rows of a cache with their keys; if words are given, only those that hold them, newest first.

    The words are such as `texts.compared` makes.
    """
    wanted = tuple(words)
    held = " AND ".join(["instr(text, ?)"] * len(wanted))
    chosen = f"WHERE key IN (SELECT key FROM words WHERE {held}) {_ORDER}" if held else ""  # noqa: S608 # nosec B608
    for key, mark, data, *facts in connection.execute(f"{_SELECT} {chosen}", wanted):
        yield key, Row(mark, Facts(*facts), data)


def brief(
    connection: sqlite3.Connection,
    where: str = "true",
    values: Sequence[str | None] = (),
    limit: int = -1,
) -> Iterator[tuple[str, str, Facts]]:
    """Keys, marks and facts of rows, newest first, without the data, which takes longer to read.

    `where` is one of this program's own conditions on facts, for `values`. A negative limit is none.
    """
    question = f"{_BRIEF} WHERE {where} {_ORDER} LIMIT {limit:d}"
    for key, mark, *facts in connection.execute(question, values):
        yield key, mark, Facts(*facts)


def states(connection: sqlite3.Connection) -> str:
    """A line for each row, newest first: its id and its digest."""
    ordered = f"SELECT id || ' ' || digest AS line FROM anchor {_ORDER}"  # noqa: S608 # nosec B608
    found = connection.execute(f"SELECT group_concat(line, char(10)) FROM ({ordered})").fetchone()  # noqa: S608 # nosec B608
    return found[0] or ""


def facts(
    connection: sqlite3.Connection,
    where: str = "true",
    values: Sequence[str | None] = (),
    limit: int = -1,
) -> list[Facts]:
    """The facts alone; see `brief`."""
    question = f"SELECT {_FACTS} FROM anchor WHERE {where} {_ORDER} LIMIT {limit:d}"  # noqa: S608 # nosec B608
    return list(map(Facts._make, connection.execute(question, values)))


def branches(connection: sqlite3.Connection) -> list[str | None]:
    """The branches of all rows."""
    return [branch for (branch,) in connection.execute("SELECT DISTINCT branch FROM anchor")]


def has_copies(connection: sqlite3.Connection) -> bool:
    """Whether two rows have the same id."""
    copied = "SELECT 1 FROM anchor GROUP BY id HAVING count(*) > 1 LIMIT 1"
    return connection.execute(copied).fetchone() is not None


def marks(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, str]:
    """The marks of some rows, as far as they are there."""
    asked = ((key, connection.execute("SELECT mark FROM anchor WHERE key = ?", (key,))) for key in keys)
    answers = ((key, answer.fetchone()) for key, answer in asked)
    return {key: str(found[0]) for key, found in answers if found}


def marks_below(connection: sqlite3.Connection, folders: Iterable[str]) -> dict[str, str]:
    """The marks of the rows whose keys lie in some folders."""
    found: dict[str, str] = {}
    for folder in folders:  # "0" follows "/" in ASCII
        span = (f"{folder}/", f"{folder}0")
        asked = "SELECT key, mark FROM anchor WHERE key > ? AND key < ?"
        found |= dict(connection.execute(asked, span))
    return found


def row(connection: sqlite3.Connection, key: str) -> Row | None:
    """A row; None if it is not there."""
    found = connection.execute(f"{_SELECT} WHERE key = ?", (key,)).fetchone()
    return found and Row(found[1], Facts(*found[3:]), found[2])


def data(connection: sqlite3.Connection, key: str, mark: str) -> str | None:
    """The data of a row; None if it is not there with that mark."""
    answer = connection.execute("SELECT data FROM anchor WHERE key = ? AND mark = ?", (key, mark))
    found = answer.fetchone()
    return str(found[0]) if found else None


def data_saying(connection: sqlite3.Connection, key: str, digest: str) -> str | None:
    """The data of a row; None if it is not there with that digest."""
    answer = connection.execute("SELECT data FROM anchor WHERE key = ? AND digest = ?", (key, digest))
    found = answer.fetchone()
    return str(found[0]) if found else None


def folders(connection: sqlite3.Connection) -> dict[str, int]:
    """When folders changed last whose files are all in the cache as they are."""
    return dict(connection.execute("SELECT path, changed FROM folder"))


def tracked(connection: sqlite3.Connection) -> Tracked | None:
    """What git tracked when all rows were true."""
    found = connection.execute("SELECT digest, apart, head FROM tracked").fetchone()
    return found and Tracked(found[0], frozenset(filter(None, found[1].split("\0"))), found[2])


def read(database: Path) -> dict[str, Row]:
    """All that a cache holds. Empty if it cannot be used."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        return dict(rows(connection))
    return {}


# Writing ---------------------------------------------------------------------------------------


def write_folders(connection: sqlite3.Connection, changed: Mapping[str, int | None]) -> None:
    """Say that of folders, or take it back with None."""
    connection.executemany("DELETE FROM folder WHERE path = ?", [(path,) for path in changed])
    kept = [item for item in changed.items() if item[1] is not None]
    connection.executemany("INSERT INTO folder VALUES (?, ?)", kept)


def write_tracked(connection: sqlite3.Connection, what: Tracked) -> None:
    """Say what git tracks while all rows are true."""
    connection.execute("DELETE FROM tracked")
    apart = "\0".join(sorted(what.apart))
    connection.execute("INSERT INTO tracked VALUES (?, ?, ?)", (what.digest, apart, what.head))


def write(connection: sqlite3.Connection, fresh: Mapping[str, Row], gone: Iterable[str]) -> None:
    """Put in rows by their keys, and take out those of other keys.

    These are apart from what git tracks from now on, because only their own marks tell if they are true.
    """
    lost = set(gone)
    if known := tracked(connection):
        write_tracked(connection, Tracked(known.digest, known.apart | fresh.keys() | lost, None))
    for table in ("anchor", "words"):
        connection.executemany(f"DELETE FROM {table} WHERE key = ?", [(key,) for key in lost])  # noqa: S608 # nosec B608
    connection.executemany(
        _INSERT, [(key, row.mark, row.data, *row.facts) for key, row in fresh.items()]
    )
    held = [(key, row.words) for key, row in fresh.items()]
    connection.executemany("INSERT OR REPLACE INTO words VALUES (?, ?)", held)


def update(database: Path, fresh: Mapping[str, Row], gone: Iterable[str]) -> None:
    """The same for a cache that nobody has open. If it cannot be written, it stays as it is."""
    with contextlib.suppress(Unusable), connected(database, writing=True) as connection:
        write(connection, fresh, gone)


def damage(database: Path) -> str | None:
    """What is wrong with a cache, in SQLite's words; None if nothing is, or if it is in use."""
    if not database.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=_WRITE_SECONDS)) as connection:
            answer: str = connection.execute("PRAGMA quick_check").fetchone()[0]
            if connection.execute("PRAGMA user_version").fetchone() == (_VERSION,):
                connection.execute(f"{_SELECT} LIMIT 1").fetchone()
    except sqlite3.Error as error:
        return None if "locked" in str(error) else str(error)
    return None if answer == "ok" else answer


# Texts -----------------------------------------------------------------------------------------


class Texts:
    """A cache of texts by their keys, all made by one maker: one made by another is none.

    Each has a checksum, so that neither a fault of a disk nor another's text is given out.
    """

    def __init__(self, database: Path, maker: str) -> None:
        """`maker` tells who makes the texts."""
        self._database = database
        self._maker = maker
        version = zlib.crc32(maker.encode()) >> 1  # as user_version has a sign
        self._schema = Schema(version, _TEXTS.format(version=version))

    def known(self, keys: Collection[str]) -> dict[str, bytes]:
        """The texts of these keys, as far as they are there, in UTF-8."""
        with contextlib.suppress(Unusable), connected(self._database, schema=self._schema) as connection:
            return {
                key: text
                for key, text, proof in _kept(connection, keys)
                if key in keys and isinstance(text, bytes) and proof == self._proof(key, text)
            }
        return {}

    def keep(self, fresh: Mapping[str, bytes], used: Collection[str] | None = None) -> None:
        """Put in texts. If it is known which are `used`, others go once they are more than these."""
        with (
            contextlib.suppress(Unusable),
            connected(self._database, writing=True, schema=self._schema) as connection,
        ):
            rows = ((key, text, self._proof(key, text)) for key, text in fresh.items())
            connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)
            if used is not None:
                _drop_unused(connection, used)

    def _proof(self, key: str, text: bytes) -> int:
        return zlib.crc32(text, zlib.crc32(f"{self._maker} {key}".encode()))


def _drop_unused(connection: sqlite3.Connection, used: Collection[str]) -> None:
    present = {key for (key,) in connection.execute("SELECT key FROM kept")}
    if len(present) > 2 * len(used) + _MOST_UNUSED:
        unused = [(key,) for key in present.difference(used)]
        connection.executemany("DELETE FROM kept WHERE key = ?", unused)


def _kept(connection: sqlite3.Connection, keys: Collection[str]) -> Iterator[tuple[str, Any, Any]]:
    """The rows of some texts; with many keys, those of others as well, as that is faster."""
    if len(keys) > _MANY:
        yield from connection.execute("SELECT key, text, proof FROM kept")
        return
    for key in keys:
        yield from connection.execute("SELECT key, text, proof FROM kept WHERE key = ?", (key,))
