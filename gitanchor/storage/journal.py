"""The journal of a clone: what was written, replaced or removed, and texts that became no anchor.

One file an entry, `MOMENT-ACTION-NAME`: its first line names the action and the path from the top
of the worktree, the text follows to the byte. What an entry means is left to `recovery`.

Moments are a sequence: each is later than that of the entry before, whatever the clock says.
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
"""What was written where nothing was."""

EDIT: Final = "edit"
"""What stood in a file before it was written anew."""

AFTER: Final = "after"
"""What that file holds since; of the same moment as its `edit`, which older journals have alone."""

DELETE: Final = "delete"
"""What stood in a file that was removed."""

PASTE: Final = "paste"
"""A text that became no anchor."""

FORM: Final = "form"
"""A form that lies beside the journal, as an editor left it, and so without a first line of ours."""

_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_TICK: Final = timedelta(microseconds=1)
_NAME: Final = late(r"(?P<moment>\d{8}T\d{6}\.\d{6}Z)-(?P<action>[a-z]+)-.")


class Text(NamedTuple):
    """What an entry holds: the path that it was written to, and the text."""

    path: str
    content: bytes


class Entry(NamedTuple):
    """One entry, as its file's name tells it. `moment` is in UTC, sorts by time, and names texts."""

    file: Path
    moment: str
    action: str

    def time(self, now: datetime) -> datetime:
        """When it was written. A moment to come is of a clock that was wrong; its file tells then."""
        moment = _time(self.moment)
        if moment <= now:
            return moment
        with contextlib.suppress(OSError, OverflowError):
            return min(moment, datetime.fromtimestamp(self.file.stat().st_mtime, UTC))
        return moment

    def read(self) -> Text:
        """Its path and text. Raises FileNotFoundError if another process has pruned it."""
        content = self.file.read_bytes()
        if self.action == FORM:
            return Text(self.file.name, content)
        first, _, content = content.partition(b"\n")
        path = first.removeprefix(f"# {self.action} ".encode())
        return Text(path.decode("utf-8", "surrogateescape"), content)


class Journal(NamedTuple):
    """The folder that the entries lie in. `scratch` is a folder for files that are being written.

    Beside it lie the newest moment, and the lock for whoever takes the next one.
    """

    folder: Path
    scratch: Path

    def keep(self, action: str, path: str, content: bytes, moment: str | None = None) -> Entry:
        """Keep a text, at this moment or another entry's; it is on the disk when this returns."""
        name = Path(path).name
        moment = moment or self._next_moment()
        entry = Entry(self.folder / f"{moment}-{action}-{name}", moment, action)
        header = f"# {action} {path}\n".encode("utf-8", "surrogateescape")
        atomic.keep(entry.file, header + content, self.scratch)
        return entry

    def keep_change(self, path: str, before: bytes, after: bytes) -> tuple[Entry, Entry]:
        """Keep what a file holds, and what it is about to hold."""
        new = self.keep(AFTER, path, after)
        return self.keep(EDIT, path, before, new.moment), new

    def entries(self, ending: str = "") -> list[Entry]:
        """All entries, or those whose names end so, in the order in which they were written."""
        found = [
            Entry(file, match["moment"], match["action"])
            for file in self.folder.glob("*Z-*")
            if file.name.endswith(ending) and (match := _NAME.match(file.name))
        ]
        return sorted(found, key=lambda entry: (entry.moment, entry.action == AFTER, entry.file.name))

    def named(self, file: str) -> Entry | None:
        """The entry in the file of that name, if it is still there."""
        match = _NAME.match(file)
        path = self.folder / file
        return Entry(path, match["moment"], match["action"]) if match and path.is_file() else None

    def texts(self) -> Iterator[Entry]:
        """The texts that became no anchor, newest first."""
        return (entry for entry in reversed(self.entries()) if entry.action == PASTE)

    def _next_moment(self) -> str:
        """Now, or just after the newest one, where the clock stands still or was put back.

        No other process gets it. Raises Busy, WriteFailed.
        """
        beside = self.folder.parent
        with Turns(beside).alone("journal.lock", "the journal"):
            newest = self._newest()
            now = datetime.now(UTC)
            moment = f"{now if newest is None else max(now, newest + _TICK):{_STAMP}}"
            atomic.write(beside / "journal.last", f"{moment}\n".encode(), self.scratch)
        return moment

    def _newest(self) -> datetime | None:
        """The newest moment that was taken; None in a new journal."""
        with contextlib.suppress(OSError, ValueError):
            return _time((self.folder.parent / "journal.last").read_text("ascii").strip())
        return max((_time(entry.moment) for entry in self.entries()), default=None)


def _time(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)
