"""The journal of a clone: what was written, replaced or removed, and texts that became no anchor.

Each entry is a file `MOMENT-ACTION-NAME`. Its first line names the action and the path from the top
of the worktree; the text follows byte for byte. `recovery` interprets the entries.

Moments only increase: each is later than that of the entry before, whatever the clock says.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late
from gitanchor.storage import atomic
from gitanchor.storage.locks import Turns

ADD: Final = "add"
"""The content of a new file."""

EDIT: Final = "edit"
"""The old content of a file that was rewritten."""

AFTER: Final = "after"
"""The new content of that file, with the moment of its `edit`. Older journals have only the `edit`."""

DELETE: Final = "delete"
"""The content of a file that was removed."""

PASTE: Final = "paste"
"""A text that became no anchor."""

FORM: Final = "form"
"""A form that an editor left beside the journal, and which therefore has no first line of ours."""

_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_TICK: Final = timedelta(microseconds=1)
_NAME: Final = late(r"(?P<moment>\d{8}T\d{6}\.\d{6}Z)-(?P<action>[a-z]+)-.")


class Text(NamedTuple):
    """The content of an entry: the path that it is about, and the text."""

    path: str
    content: bytes


class Entry(NamedTuple):
    """One entry, by the name of its file. `moment` is in UTC, sorts by time, and names a text."""

    file: Path
    moment: str
    action: str

    def time(self, now: datetime) -> datetime:
        """Return when the entry was written.

        A moment after `now` comes from a clock that was wrong; then the time of the file is taken.
        """
        moment = _time(self.moment)
        if moment <= now:
            return moment
        with contextlib.suppress(OSError, OverflowError):
            return min(moment, datetime.fromtimestamp(self.file.stat().st_mtime, UTC))
        return moment

    def read(self) -> Text:
        """Return its path and text. Raises FileNotFoundError if another process has pruned it."""
        content = self.file.read_bytes()
        if self.action == FORM:
            return Text(self.file.name, content)
        first, _, content = content.partition(b"\n")
        path = first.removeprefix(f"# {self.action} ".encode())
        return Text(path.decode("utf-8", "surrogateescape"), content)


class Journal(NamedTuple):
    """The folder of the entries. `scratch` is a folder for files that are being written.

    Beside `folder` are a file with the newest moment, and the lock for taking the next one.
    """

    folder: Path
    scratch: Path

    def keep(self, action: str, path: str, content: bytes, moment: str | None = None) -> Entry:
        """Keep a text, at a new moment or that of another entry; it is on the disk when this returns."""
        name = Path(path).name
        moment = moment or self._next_moment()
        entry = Entry(self.folder / f"{moment}-{action}-{name}", moment, action)
        header = f"# {action} {path}\n".encode("utf-8", "surrogateescape")
        atomic.keep(entry.file, header + content, self.scratch)
        return entry

    def keep_change(self, path: str, before: bytes, after: bytes) -> tuple[Entry, Entry]:
        """Keep the old and the new content of a file; return the entries in this order."""
        new = self.keep(AFTER, path, after)
        return self.keep(EDIT, path, before, new.moment), new

    def entries(self, ending: str = "") -> list[Entry]:
        """Return the entries whose names end with `ending`, in the order in which they were written."""
        found = [
            Entry(file, match["moment"], match["action"])
            for file in self.folder.glob("*Z-*")
            if file.name.endswith(ending) and (match := _NAME.match(file.name))
        ]
        return sorted(found, key=lambda entry: (entry.moment, entry.action == AFTER, entry.file.name))

    def named(self, file: str) -> Entry | None:
        """Return the entry in the file of that name, or None if it is gone."""
        match = _NAME.match(file)
        path = self.folder / file
        return Entry(path, match["moment"], match["action"]) if match and path.is_file() else None

    def texts(self) -> Iterator[Entry]:
        """Return the texts that became no anchor, newest first."""
        return (entry for entry in reversed(self.entries()) if entry.action == PASTE)

    def _next_moment(self) -> str:
        """Return the time, or just after the newest moment if the clock stands still or was set back.

        No other process gets the same moment. Raises Busy or WriteFailed.
        """
        beside = self.folder.parent
        with Turns(beside).alone("journal.lock", "the journal"):
            newest = self._newest()
            now = datetime.now(UTC)
            moment = f"{now if newest is None else max(now, newest + _TICK):{_STAMP}}"
            atomic.write(beside / "journal.last", f"{moment}\n".encode(), self.scratch)
        return moment

    def _newest(self) -> datetime | None:
        """Return the newest moment that was taken; None in a new journal."""
        with contextlib.suppress(OSError, ValueError):
            return _time((self.folder.parent / "journal.last").read_text("ascii").strip())
        return max((_time(entry.moment) for entry in self.entries()), default=None)


def _time(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)
