"""A new entry at its place in the log, without rendering the others anew.

A file beside the index says what the log shows since this worktree last wrote it. If the log is still
that file, and its anchors still say the same, only what stands above the oldest new entry has to be
rendered. Where anything is not as it was, nothing is inserted here, and the log has to be rendered.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor import __version__, atomic, render
from gitanchor.errors import WriteFailed
from gitanchor.store import StoredAnchor, signature

_MOST: Final = 200
"""Entries above the oldest new one; with more of them, a render of all takes hardly longer."""


class Shown(NamedTuple):
    """What a log shows: which state of its file that is, and its anchors, newest first."""

    file: str
    entries: list[str]


def remember(log: Path, anchors: Sequence[StoredAnchor], place: Path, scratch: Path) -> None:
    """Write down at a place what a log shows that was just written; else the next one is rendered."""
    with contextlib.suppress(OSError, WriteFailed):
        lines = [_state(log), *map(_entry, anchors)]
        atomic.write(place, "\n".join(lines).encode(), scratch)


def shown(log: Path, place: Path) -> Shown | None:
    """What a log shows, if it is still what was written down at a place."""
    with contextlib.suppress(OSError, ValueError):
        file, *entries = place.read_text("ascii").split("\n")
        if file == _state(log):
            return Shown(file, entries)
    return None


def inserted(
    content: bytes, present: Shown, anchors: Sequence[StoredAnchor], foreword: str
) -> bytes | None:
    """A log with the entries of new anchors, as a render of all anchors, newest first, would have it.

    `content` is the log that shows what is `present`. None if more has changed than that anchors were
    added, or if there is too much above the oldest of these.
    """
    wanted = list(map(_entry, anchors))
    new = set(wanted).difference(present.entries)
    number = len(wanted) - len(present.entries)
    if number != len(new):
        return None
    if not new:
        return content if wanted == present.entries else None
    end = next((at for at in range(len(wanted), 0, -1) if wanted[at - 1] in new), 0)
    if end > _MOST or wanted[end:] != present.entries[end - number :]:
        return None
    above = anchors[:end]
    before = _upper([item for item in above if _entry(item) not in new], foreword)
    if not content.startswith(before):
        return None
    return _upper(above, foreword) + content[len(before) :]


def _upper(anchors: Sequence[StoredAnchor], foreword: str) -> bytes:
    """The log from its head to the last of some entries."""
    return render.log((stored.anchor for stored in anchors), foreword).rstrip("\n").encode()


def _entry(stored: StoredAnchor) -> str:
    return f"{stored.facts.id} {stored.facts.digest}"


def _state(log: Path) -> str:
    """What tells a state of the log's file from any other, and from what another version renders."""
    return f"{__version__} {signature(log.stat())}"
