"""Files with the same anchor: which of them counts. No input or output.

Such files come from people who copy files, and from merges of two imports of the same text.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from gitanchor.model.anchor import FROM_TEXT, TAKEN_IN
from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage.store import FOLDER, StoredAnchor

CLASH: Final = "has the id of "
"""The start of the reason for which a file with the id of another anchor is refused."""


class Copy(NamedTuple):
    """The path of a file, and of another one with the same anchor (`of`) that counts."""

    path: str
    of: str


class Sorted(NamedTuple):
    """The anchors that count, their copies, and files that have the id of a different anchor."""

    anchors: list[StoredAnchor]
    copies: tuple[Copy, ...] = ()
    clashes: tuple[BadAnchorFile, ...] = ()


def sort(found: list[StoredAnchor]) -> Sorted:
    """Find which files with the same id count. If their anchors differ, the first path does."""
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
    """Return whether two files with the same id have the same anchor."""
    if one.facts.digest == other.facts.digest:
        return True
    values = [anchor.as_dict() for anchor in (one.anchor, other.anchor)]
    first, second = (
        {key: value for key, value in each.items() if key not in TAKEN_IN} for each in values
    )
    return first == second and all(each["source"] in FROM_TEXT for each in values)


def to_keep(files: Iterable[StoredAnchor], tracked: Iterable[str]) -> StoredAnchor:
    """Return which of some files with the same anchor to keep: a tracked one if there is one."""
    known = set(tracked)
    return min(files, key=lambda stored: (stored.path not in known, *_rank(stored)))


def _rank(stored: StoredAnchor) -> tuple[int, bool, str]:
    """Return the sort key: the oldest counts, then one whose path fits its anchor, then the first."""
    return stored.facts.moment, stored.path != f"{FOLDER}/{stored.anchor.path}", stored.path
