"""A new entry at its place in the log, without rendering the others anew.

A file beside the index says what the log shows since this worktree last wrote it. If the log is still
that file, and its anchors still say the same, only what stands above the oldest new entry has to be
rendered. Where anything is not as it was, nothing is inserted here, and the log has to be rendered.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor import __version__
from gitanchor.model.errors import WriteFailed
from gitanchor.rendering import log_entries
from gitanchor.storage import atomic
from gitanchor.storage.index.listing import Listing, states_of
from gitanchor.storage.store import is_exact, signature

_MOST: Final = 200
"""Entries above the oldest new one; with more of them, a render of all takes hardly longer."""


def remember(log: Path, states: str, place: Path, scratch: Path) -> None:
    """Write down at a place what a log shows that was just written; else the next one is rendered.

    `states` are those of its anchors, as `Listing.states` has them.
    """
    with contextlib.suppress(OSError, WriteFailed):
        atomic.write(place, f"{_state(log)}\n{states}".encode(), scratch)


def shown(log: Path, place: Path) -> str | None:
    """The states of the anchors that a log shows, if it is still what was written down at a place."""
    with contextlib.suppress(OSError, ValueError):
        if not is_exact(log.lstat().st_ctime_ns):  # then it may be of two writes, the second a person's
            return None
        file, _, states = place.read_text("ascii").partition("\n")
        if file == _state(log):
            return states
    return None


class Change(NamedTuple):
    """What the log has above some place now, and what it has to have there instead; the rest stays."""

    before: bytes
    after: bytes


def change(present: str, wanted: str, listing: Listing, foreword: str) -> Change | None:
    """How the log that shows what is `present` comes to show what is `wanted`: states of anchors.

    `wanted` are those of a listing. None if more has changed than that anchors were added, or if there
    is too much above the oldest of these.
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
    if states_of(above).split("\n") != upper:  # as another process has added one just now
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
    """The log from its head to the last of some entries."""
    return log_entries.upper(head, entries)


def _state(log: Path) -> str:
    """What tells a state of the log's file from any other, and from what another version renders."""
    return f"{log_entries.fingerprint() or __version__} {signature(log.lstat())}"
