"""Insert a new entry into the log without rendering all others again.

A file beside the index records what the log shows since this worktree last wrote it. If the log is
still that file, and its anchors still say the same, only the part above the oldest new entry has to
be rendered. In any other case nothing is inserted here, and the whole log has to be rendered.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor import __version__
from gitanchor.model.errors import WriteFailed
from gitanchor.rendering import log_entries
from gitanchor.storage import atomic
from gitanchor.storage.atomic import Looks
from gitanchor.storage.index.listing import Listing, states_of
from gitanchor.storage.store import is_exact, signature

_MOST: Final = 200
"""The most entries above the oldest new one; with more, rendering the whole log takes hardly longer."""


class Shown(NamedTuple):
    """The states of the anchors that a log shows, as in `Listing.states`, and the looks of its file."""

    states: str
    file: Looks


def remember(log: Path, shown: Shown, place: Path, scratch: Path) -> None:
    """Record at `place` what a log shows; without a record, the whole log is rendered next time.

    Nothing is recorded if the log is no longer that file, because an editor has saved another.
    """
    with contextlib.suppress(OSError, WriteFailed):
        state = _state(log)
        if atomic.looks(log) == shown.file and _state(log) == state:
            atomic.write(place, f"{state}\n{shown.states}".encode(), scratch)


def shown(log: Path, place: Path) -> Shown | None:
    """Return what a log shows, if it still is the file recorded at `place`."""
    with contextlib.suppress(OSError, ValueError):
        file = atomic.looks(log)
        if not is_exact(log.lstat().st_ctime_ns):  # a second write, by a person, may share this time
            return None
        recorded, _, states = place.read_text("ascii").partition("\n")
        if file is not None and recorded == _state(log):
            return Shown(states, file)
    return None


class Change(NamedTuple):
    """The present beginning of the log, and the one that replaces it; the rest stays."""

    before: bytes
    after: bytes


def change(present: str, wanted: str, listing: Listing, foreword: str) -> Change | None:
    """Return the change that takes a log from the states `present` to the states `wanted`.

    `wanted` are the states of `listing`. Returns None if anything else has happened than that
    anchors were added, or if there are too many entries above the oldest new one.
    """
    if wanted == present:
        return Change(b"", b"")
    number = _count(wanted) - _count(present)
    ends = range(number, _MOST + 1) if number > 0 else ()
    end = next((end for end in ends if _below(wanted, end) == _below(present, end - number)), 0)
    upper, old = _above(wanted, end), _above(present, end - number)
    new = set(upper).difference(old)
    if not end or len(new) != number or [state for state in upper if state not in new] != old:
        return None
    above = listing.newest(limit=end)
    if states_of(above).split("\n") != upper:  # another process has just added one
        return None
    entries = [log_entries.entry(stored.anchor).encode() for stored in above]
    kept = [entry for entry, state in zip(entries, upper, strict=True) if state not in new]
    head = log_entries.header(foreword)
    return Change(_upper(head, kept), _upper(head, entries))


def _above(states: str, end: int) -> list[str]:
    return states.split("\n", end)[:end] if end > 0 else []


def _below(states: str, end: int) -> list[str]:
    return states.split("\n", end)[end:] if states else []


def _count(states: str) -> int:
    return states.count("\n") + 1 if states else 0


def _upper(head: str, entries: Iterable[bytes]) -> bytes:
    """Return the log from its head to the last of some entries."""
    return log_entries.upper(head, entries)


def _state(log: Path) -> str:
    """Return what identifies a state of the log's file, together with the version of gitanchor."""
    return f"{log_entries.fingerprint() or __version__} {signature(log.lstat())}"
