"""How a row of the index stands to its file, and so whether it is believed. No input or output."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from gitanchor.storage.index.cache import UNSETTLED
from gitanchor.storage.store import AnchorFile


class Standing(Enum):
    """How a row stands to its file, by the mark of each: size, times and inode.

    Git checks the same of files that it tracks, so if it has found no change, no mark is compared.
    """

    SAME = "the file is the one that was read"
    CHANGED = "the file is another one, or was written since it was read"
    UNSETTLED = (
        "the file had just changed when it was read; a second change in that moment does not show"
    )
    NEW = "there is a file, and no row"
    GONE = "there is a row, and no file"
    ABSENT = "there is neither a row nor a file"

    @property
    def is_believed(self) -> bool:
        """Whether what the cache says of the path is true."""
        return self in (Standing.SAME, Standing.ABSENT)


def standing(row: str | None, file: str | None) -> Standing:
    """Return the standing for the marks of a row and of a file; None if there is no row, or no file."""
    if row == file:
        return Standing.ABSENT if row is None else Standing.SAME
    if row is None:
        return Standing.NEW
    if file is None:
        return Standing.GONE
    return Standing.UNSETTLED if row == UNSETTLED else Standing.CHANGED


class Compared(NamedTuple):
    """Paths of rows that are believed, files that have to be read, and paths of rows without a file."""

    believed: list[str]
    to_read: list[AnchorFile]
    gone: set[str]


def compared(files: Iterable[AnchorFile], marks: Mapping[str, str]) -> Compared:
    """Compare all files of some folders with the marks of the rows below these, by path."""
    found = Compared([], [], set(marks))
    for file in files:
        found.gone.discard(file.path)
        if standing(marks.get(file.path), file.signature) is Standing.SAME:
            found.believed.append(file.path)
        else:
            found.to_read.append(file)
    return found
