"""A cache of texts that take long to make, by key. See `database`."""

import contextlib
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gitanchor.storage.index import database
from gitanchor.storage.index.database import Connection, Schema, Unusable

_TEXTS: Final = """\
DROP TABLE IF EXISTS kept;
CREATE TABLE kept (key PRIMARY KEY, text, proof);
PRAGMA user_version = {version};
"""
_MANY: Final = 500
_MOST_UNUSED: Final = 500


class Texts:
    """A cache of texts by key. A text that was made by another maker does not count.

    Each text has a checksum, so that no text is returned that a disk damaged or another maker made.
    """

    def __init__(self, file: Path, maker: str) -> None:
        """`file` is the cache; `maker` identifies the code that makes the texts."""
        self._file = file
        self._maker = maker
        version = zlib.crc32(maker.encode()) >> 1  # user_version is signed
        self._schema = Schema(version, _TEXTS.format(version=version))

    def known(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return the texts of those of the keys that are in the cache, in UTF-8."""
        with contextlib.suppress(Unusable), database.connected(self._file, self._schema) as connection:
            return {
                key: text
                for key, text, proof in _kept(connection, keys)
                if key in keys and isinstance(text, bytes) and proof == self._proof(key, text)
            }
        return {}

    def keep(self, fresh: Mapping[str, bytes], used: Collection[str] | None = None) -> None:
        """Add texts. If `used` keys are given, the others are deleted once they outnumber these."""
        with (
            contextlib.suppress(Unusable),
            database.connected(self._file, self._schema, writing=True) as connection,
        ):
            rows = ((key, text, self._proof(key, text)) for key, text in fresh.items())
            connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)
            if used is not None:
                _drop_unused(connection, used)

    def _proof(self, key: str, text: bytes) -> int:
        return zlib.crc32(text, zlib.crc32(f"{self._maker} {key}".encode()))


def _drop_unused(connection: Connection, used: Collection[str]) -> None:
    present = {key for (key,) in connection.execute("SELECT key FROM kept")}
    if len(present) > 2 * len(used) + _MOST_UNUSED:
        unused = [(key,) for key in present.difference(used)]
        connection.executemany("DELETE FROM kept WHERE key = ?", unused)


def _kept(connection: Connection, keys: Collection[str]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the rows of some keys; if they are many, all rows, because that is faster."""
    # Not `yield from`, which closes the cursor where an interrupt ends this after the connection.
    if len(keys) > _MANY:
        for row in connection.execute("SELECT key, text, proof FROM kept"):
            yield row
        return
    for key in keys:
        for row in connection.execute("SELECT key, text, proof FROM kept WHERE key = ?", (key,)):
            yield row
