"""Files that hold one and the same anchor: which of them counts. No input or output.

Such files come from hands that copy, and from merges of two imports of one text.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from gitanchor.model.anchor import FROM_TEXT, TAKEN_IN
from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage.store import FOLDER, StoredAnchor

CLASH: Final = "has the id of "
"""How the reason starts for which a file with the id of another anchor is refused."""


class Copy(NamedTuple):
    """A file that says what another one says, by their paths."""

    path: str
    of: str

    def __str__(self) -> str:
        return f"{self.path}: a copy of {self.of}; 'git anchor doctor --fix' removes one of them"


class Sorted(NamedTuple):
    """The anchors that count, the copies of them, and files that bear the id of another anchor."""

    anchors: list[StoredAnchor]
    copies: tuple[Copy, ...] = ()
    clashes: tuple[BadAnchorFile, ...] = ()


def sort(found: list[StoredAnchor]) -> Sorted:
    """Tell which of the files with one id count. Of the files with different anchors, the first does."""
    if len({stored.facts.id for stored in found}) == len(found):
        return Sorted(found)
    by_id: dict[str, list[StoredAnchor]] = {}
    for stored in sorted(found, key=lambda stored: stored.path):
        by_id.setdefault(stored.facts.id, []).append(stored)
    dropped: set[str] = set()
    copies = []
    clashes = []
    for holders in by_id.values():
        same = [holder for holder in holders if is_same(holder, holders[0])]
        kept = min(same, key=_rank)
        copies += [Copy(holder.path, kept.path) for holder in same if holder is not kept]
        for holder in holders:
            if holder not in same:
                reason = f"{CLASH}{kept.path}; give it one of its own, or remove it"
                clashes.append(BadAnchorFile(holder.path, reason))
        dropped |= {holder.path for holder in holders if holder is not kept}
    kept_ones = [stored for stored in found if stored.path not in dropped]
    return Sorted(kept_ones, tuple(copies), tuple(clashes))


def is_same(one: StoredAnchor, other: StoredAnchor) -> bool:
    """Whether two files of one id hold the same anchor."""
    if one.facts.digest == other.facts.digest:
        return True
    values = [anchor.as_dict() for anchor in (one.anchor, other.anchor)]
    first, second = (
        {key: value for key, value in each.items() if key not in TAKEN_IN} for each in values
    )
    return first == second and all(each["source"] in FROM_TEXT for each in values)


def to_keep(files: Iterable[StoredAnchor], tracked: Iterable[str]) -> StoredAnchor:
    """Of files that hold one anchor, the one to keep where the others are removed."""
    known = set(tracked)
    return min(files, key=lambda stored: (stored.path not in known, *_rank(stored)))


def _rank(stored: StoredAnchor) -> tuple[int, bool, str]:
    """The oldest counts, then the one whose path is what its anchor gives, then the first."""
    return stored.facts.moment, stored.path != f"{FOLDER}/{stored.anchor.path}", stored.path
