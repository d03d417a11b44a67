"""The tables of texts in a cache, which take long to make, by key. See `database`."""

import contextlib
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from gitanchor.storage.index.database import Connection, Unusable, connected

_MANY: Final = 500
_MOST_UNUSED: Final = 500


class Texts:
    """A table of texts by key. Texts that were made by another maker do not count.

    Each text has a checksum, so that no text is returned that a disk damaged.
    """

    def __init__(self, file: Path, table: Literal["rendered", "everywhere"], maker: str) -> None:
        """`file` is the cache; `maker` identifies the code that makes the texts of the table."""
        self._file = file
        self._table = table
        self._maker = maker

    def known(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return the texts of those of the keys that are in the table, in UTF-8."""
        with contextlib.suppress(Unusable), connected(self._file) as connection:
            if self._is_ours(connection):
                return {
                    key: text
                    for key, text, proof in self._kept(connection, keys)
                    if key in keys and isinstance(text, bytes) and proof == self._proof(key, text)
                }
        return {}

    def keep(self, fresh: Mapping[str, bytes], used: Collection[str] | None = None) -> None:
        """Add texts. If `used` keys are given, the others are deleted once they outnumber these."""
        with contextlib.suppress(Unusable), connected(self._file, writing=True) as connection:
            if not self._is_ours(connection):
                connection.execute(f"DELETE FROM {self._table}")  # noqa: S608 # nosec B608
                connection.execute("REPLACE INTO maker VALUES (?, ?)", (self._table, self._maker))
            rows = ((key, text, self._proof(key, text)) for key, text in fresh.items())
            added = f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?)"  # noqa: S608 # nosec B608
            connection.executemany(added, rows)
            if used is not None:
                self._drop_unused(connection, used)

    def _is_ours(self, connection: Connection) -> bool:
        asked = connection.execute("SELECT name FROM maker WHERE of = ?", (self._table,))
        return bool(asked.fetchone() == (self._maker,))

    def _proof(self, key: str, text: bytes) -> int:
        return zlib.crc32(text, zlib.crc32(f"{self._maker} {key}".encode()))

    def _drop_unused(self, connection: Connection, used: Collection[str]) -> None:
        present = {key for (key,) in connection.execute(f"SELECT key FROM {self._table}")}  # noqa: S608 # nosec B608
        if len(present) > 2 * len(used) + _MOST_UNUSED:
            unused = [(key,) for key in present.difference(used)]
            connection.executemany(f"DELETE FROM {self._table} WHERE key = ?", unused)  # noqa: S608 # nosec B608

    def _kept(self, connection: Connection, keys: Collection[str]) -> Iterator[tuple[str, Any, Any]]:
        """Yield the rows of some keys; if they are many, all rows, because that is faster."""
        # Not `yield from`, which closes the cursor where an interrupt ends this after the connection.
        every = f"SELECT key, text, proof FROM {self._table}"  # noqa: S608 # nosec B608
        if len(keys) > _MANY:
            for row in connection.execute(every):
                yield row
            return
        for key in keys:
            for row in connection.execute(f"{every} WHERE key = ?", (key,)):
                yield row
