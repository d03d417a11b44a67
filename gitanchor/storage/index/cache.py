"""The tables of anchors in a cache: their JSON, their facts and their words. See `database`.

Whether a row is valid is for the user of the cache to know: `index` for files, `everywhere` for blobs.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.storage.index.database import FACTS, Connection, Unusable, connected
from gitanchor.storage.store import Facts

_ORDER: Final = "ORDER BY moment DESC, id DESC"
_SELECT: Final = f"SELECT key, mark, data, {FACTS} FROM anchor"  # noqa: S608 - made of constants # nosec B608
_BRIEF: Final = f"SELECT key, mark, {FACTS} FROM anchor"  # noqa: S608 # nosec B608
_INSERT: Final = f"INSERT OR REPLACE INTO anchor VALUES (?{', ?' * (2 + len(Facts._fields))})"  # noqa: S608 # nosec B608


UNSETTLED: Final = ""
"""The mark of a row whose file had just changed when it was read; no file has it."""


class Row(NamedTuple):
    """The cached data of an anchor. `mark` is the signature of the file that it was read from.

    `words` is the text that a search looks through; it is written, but not read back.
    """

    mark: str
    facts: Facts
    data: str
    words: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether a change of the file after it was read would show in its signature."""
        return self.mark != UNSETTLED


class Tracked(NamedTuple):
    """What git tracked when all rows were valid, and the `head` at that time; see `index.note_head`."""

    digest: str
    apart: frozenset[str]
    head: str | None


# Reading ---------------------------------------------------------------------------------------


def rows(connection: Connection, words: Iterable[str] = ()) -> Iterator[tuple[str, Row]]:
    """Yield the rows of a cache with their keys; if words are given, only rows with them, newest first.

    The words have the form that `texts.compared` makes.
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
    """Yield keys, marks and facts of rows, newest first, without the data, which takes longer to read.

    `where` is an SQL condition on facts, never from input, and `values` are its parameters. A negative
    limit means no limit.
    """
    question = f"{_BRIEF} WHERE {where} {_ORDER} LIMIT {limit:d}"
    for key, mark, *facts in connection.execute(question, values):
        yield key, mark, Facts(*facts)


def states(connection: Connection) -> str:
    """Return a line for each row, newest first, with its id and its digest."""
    ordered = f"SELECT id || ' ' || digest AS line FROM anchor {_ORDER}"  # noqa: S608 # nosec B608
    found = connection.execute(f"SELECT group_concat(line, char(10)) FROM ({ordered})").fetchone()  # noqa: S608 # nosec B608
    return found[0] or ""


def facts(
    connection: Connection,
    where: str = "true",
    values: Sequence[str | None] = (),
    limit: int = -1,
) -> list[Facts]:
    """Return only the facts of rows; for the arguments see `brief`."""
    question = f"SELECT {FACTS} FROM anchor WHERE {where} {_ORDER} LIMIT {limit:d}"  # noqa: S608 # nosec B608
    return list(map(Facts._make, connection.execute(question, values)))


def last_keys(connection: Connection, number: int) -> tuple[int, list[str]]:
    """Return how many rows there are, and the last `number` of their keys in byte order."""
    count = connection.execute("SELECT count(*) FROM anchor").fetchone()[0]
    last = connection.execute("SELECT key FROM anchor ORDER BY key DESC LIMIT ?", (number,))
    return int(count), [key for (key,) in last][::-1]


def branches(connection: Connection) -> list[str | None]:
    """Return the branches of all rows."""
    return [branch for (branch,) in connection.execute("SELECT DISTINCT branch FROM anchor")]


def has_copies(connection: Connection) -> bool:
    """Return whether two rows have the same id."""
    copied = "SELECT 1 FROM anchor GROUP BY id HAVING count(*) > 1 LIMIT 1"
    return connection.execute(copied).fetchone() is not None


def marks(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """Return the marks of those of the keys that have a row."""
    asked = ((key, connection.execute("SELECT mark FROM anchor WHERE key = ?", (key,))) for key in keys)
    answers = ((key, answer.fetchone()) for key, answer in asked)
    return {key: str(found[0]) for key, found in answers if found}


def marks_below(connection: Connection, folders: Iterable[str]) -> dict[str, str]:
    """Return the marks of the rows whose keys are below some folders."""
    found: dict[str, str] = {}
    for folder in folders:  # "0" follows "/" in ASCII
        span = (f"{folder}/", f"{folder}0")
        asked = "SELECT key, mark FROM anchor WHERE key > ? AND key < ?"
        found |= dict(connection.execute(asked, span))
    return found


def row(connection: Connection, key: str) -> Row | None:
    """Return the row of a key; None if there is none."""
    found = connection.execute(f"{_SELECT} WHERE key = ?", (key,)).fetchone()
    return found and Row(found[1], Facts(*found[3:]), found[2])


def data(connection: Connection, key: str, mark: str) -> str | None:
    """Return the data of a row; None if there is none with that mark."""
    answer = connection.execute("SELECT data FROM anchor WHERE key = ? AND mark = ?", (key, mark))
    found = answer.fetchone()
    return str(found[0]) if found else None


def data_saying(connection: Connection, key: str, digest: str) -> str | None:
    """Return the data of a row; None if there is none with that digest."""
    answer = connection.execute("SELECT data FROM anchor WHERE key = ? AND digest = ?", (key, digest))
    found = answer.fetchone()
    return str(found[0]) if found else None


def folders(connection: Connection) -> dict[str, int]:
    """Return the times of the folders whose files were all in the cache, unchanged, at that time."""
    return dict(connection.execute("SELECT path, changed FROM folder"))


def tracked(connection: Connection) -> Tracked | None:
    """Return what git tracked when all rows were valid; None if that is not known."""
    found = connection.execute("SELECT digest, apart, head FROM tracked").fetchone()
    return found and Tracked(found[0], frozenset(filter(None, found[1].split("\0"))), found[2])


# Writing ---------------------------------------------------------------------------------------


def write_folders(connection: Connection, changed: Mapping[str, int | None]) -> None:
    """Store such times of folders; None removes one. See `folders`."""
    connection.executemany("DELETE FROM folder WHERE path = ?", [(path,) for path in changed])
    kept = [item for item in changed.items() if item[1] is not None]
    connection.executemany("INSERT INTO folder VALUES (?, ?)", kept)


def write_tracked(connection: Connection, what: Tracked) -> None:
    """Store what git tracks while all rows are valid."""
    connection.execute("DELETE FROM tracked")
    apart = "\0".join(sorted(what.apart))
    connection.execute("INSERT INTO tracked VALUES (?, ?, ?)", (what.digest, apart, what.head))


def write(connection: Connection, fresh: Mapping[str, Row], gone: Iterable[str]) -> None:
    """Write the rows `fresh`, by key, and delete those of the keys `gone`.

    All these keys are apart from now on, because only their own marks tell whether they are valid.
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
    """Open a cache and `write` to it. If it cannot be written, it stays as it is."""
    with contextlib.suppress(Unusable), connected(file, writing=True) as connection:
        write(connection, fresh, gone)
