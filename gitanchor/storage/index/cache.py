"""What anchors say, their facts and their words, in a cache: see `database`.

What makes a row true is left to whoever uses it: `index` for files, `everywhere` for blobs.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.storage.index import database
from gitanchor.storage.index.database import Connection, Schema, Unusable
from gitanchor.storage.store import Facts

_VERSION: Final = 8
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


def connected(file: Path, *, writing: bool = False) -> contextlib.AbstractContextManager[Connection]:
    """A connection to a cache, as `database.connected` gives it. Raises Unusable."""
    return database.connected(file, _ANCHORS, writing=writing)


# Reading ---------------------------------------------------------------------------------------


def rows(connection: Connection, words: Iterable[str] = ()) -> Iterator[tuple[str, Row]]:
    """The rows of a cache with their keys; if words are given, only those that hold them, newest first.

    The words are such as `texts.compared` makes.
    """
    wanted = tuple(words)
    held = " AND ".join(["instr(text, ?)"] * len(wanted))
    chosen = f"WHERE key IN (SELECT key FROM words WHERE {held}) {_ORDER}" if held else ""  # noqa: S608 # nosec B608
    for key, mark, data, *facts in connection.execute(f"{_SELECT} {chosen}", wanted):
        yield key, Row(mark, Facts(*facts), data)


def brief(
    connection: Connection,
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


def states(connection: Connection) -> str:
    """A line for each row, newest first: its id and its digest."""
    ordered = f"SELECT id || ' ' || digest AS line FROM anchor {_ORDER}"  # noqa: S608 # nosec B608
    found = connection.execute(f"SELECT group_concat(line, char(10)) FROM ({ordered})").fetchone()  # noqa: S608 # nosec B608
    return found[0] or ""


def facts(
    connection: Connection,
    where: str = "true",
    values: Sequence[str | None] = (),
    limit: int = -1,
) -> list[Facts]:
    """The facts alone; see `brief`."""
    question = f"SELECT {_FACTS} FROM anchor WHERE {where} {_ORDER} LIMIT {limit:d}"  # noqa: S608 # nosec B608
    return list(map(Facts._make, connection.execute(question, values)))


def last_keys(connection: Connection, number: int) -> tuple[int, list[str]]:
    """How many rows there are, and the last of their keys in byte order."""
    count = connection.execute("SELECT count(*) FROM anchor").fetchone()[0]
    last = connection.execute("SELECT key FROM anchor ORDER BY key DESC LIMIT ?", (number,))
    return int(count), [key for (key,) in last][::-1]


def branches(connection: Connection) -> list[str | None]:
    """The branches of all rows."""
    return [branch for (branch,) in connection.execute("SELECT DISTINCT branch FROM anchor")]


def has_copies(connection: Connection) -> bool:
    """Whether two rows have the same id."""
    copied = "SELECT 1 FROM anchor GROUP BY id HAVING count(*) > 1 LIMIT 1"
    return connection.execute(copied).fetchone() is not None


def marks(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """The marks of some rows, as far as they are there."""
    asked = ((key, connection.execute("SELECT mark FROM anchor WHERE key = ?", (key,))) for key in keys)
    answers = ((key, answer.fetchone()) for key, answer in asked)
    return {key: str(found[0]) for key, found in answers if found}


def marks_below(connection: Connection, folders: Iterable[str]) -> dict[str, str]:
    """The marks of the rows whose keys lie in some folders."""
    found: dict[str, str] = {}
    for folder in folders:  # "0" follows "/" in ASCII
        span = (f"{folder}/", f"{folder}0")
        asked = "SELECT key, mark FROM anchor WHERE key > ? AND key < ?"
        found |= dict(connection.execute(asked, span))
    return found


def row(connection: Connection, key: str) -> Row | None:
    """A row; None if it is not there."""
    found = connection.execute(f"{_SELECT} WHERE key = ?", (key,)).fetchone()
    return found and Row(found[1], Facts(*found[3:]), found[2])


def data(connection: Connection, key: str, mark: str) -> str | None:
    """The data of a row; None if it is not there with that mark."""
    answer = connection.execute("SELECT data FROM anchor WHERE key = ? AND mark = ?", (key, mark))
    found = answer.fetchone()
    return str(found[0]) if found else None


def data_saying(connection: Connection, key: str, digest: str) -> str | None:
    """The data of a row; None if it is not there with that digest."""
    answer = connection.execute("SELECT data FROM anchor WHERE key = ? AND digest = ?", (key, digest))
    found = answer.fetchone()
    return str(found[0]) if found else None


def folders(connection: Connection) -> dict[str, int]:
    """When folders changed last whose files are all in the cache as they are."""
    return dict(connection.execute("SELECT path, changed FROM folder"))


def tracked(connection: Connection) -> Tracked | None:
    """What git tracked when all rows were true."""
    found = connection.execute("SELECT digest, apart, head FROM tracked").fetchone()
    return found and Tracked(found[0], frozenset(filter(None, found[1].split("\0"))), found[2])


# Writing ---------------------------------------------------------------------------------------


def write_folders(connection: Connection, changed: Mapping[str, int | None]) -> None:
    """Say that of folders, or take it back with None."""
    connection.executemany("DELETE FROM folder WHERE path = ?", [(path,) for path in changed])
    kept = [item for item in changed.items() if item[1] is not None]
    connection.executemany("INSERT INTO folder VALUES (?, ?)", kept)


def write_tracked(connection: Connection, what: Tracked) -> None:
    """Say what git tracks while all rows are true."""
    connection.execute("DELETE FROM tracked")
    apart = "\0".join(sorted(what.apart))
    connection.execute("INSERT INTO tracked VALUES (?, ?, ?)", (what.digest, apart, what.head))


def write(connection: Connection, fresh: Mapping[str, Row], gone: Iterable[str]) -> None:
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


def update(file: Path, fresh: Mapping[str, Row], gone: Iterable[str]) -> None:
    """The same for a cache that nobody has open. If it cannot be written, it stays as it is."""
    with contextlib.suppress(Unusable), connected(file, writing=True) as connection:
        write(connection, fresh, gone)


def damage(file: Path) -> str | None:
    """What is wrong with a cache, in SQLite's words; None if nothing is, or if it is in use."""
    return database.damage(file, _ANCHORS, f"{_SELECT} LIMIT 1")
