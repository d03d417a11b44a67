"""The journal of a clone: what was written, replaced or removed, and texts that became no anchor.

One file an entry, `MOMENT-ACTION-NAME`: its first line names the action and the path from the top
of the worktree, the text follows to the byte. What an entry means is left to `recovery`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor import atomic
from gitanchor.patterns import late

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

_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
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

    @property
    def time(self) -> datetime:
        """The moment as a time."""
        return datetime.strptime(self.moment, _STAMP).replace(tzinfo=UTC)

    def read(self) -> Text:
        """Its path and text. Raises FileNotFoundError if another process has pruned it."""
        first, _, content = self.file.read_bytes().partition(b"\n")
        path = first.removeprefix(f"# {self.action} ".encode())
        return Text(path.decode("utf-8", "surrogateescape"), content)


class Journal(NamedTuple):
    """The folder that the entries lie in. `scratch` is a folder for files that are being written."""

    folder: Path
    scratch: Path

    def keep(self, action: str, path: str, content: bytes, moment: str | None = None) -> Entry:
        """Keep a text, at this moment or another entry's."""
        name = Path(path).name
        moment = moment or self._unused_moment(action, name)
        entry = Entry(self.folder / f"{moment}-{action}-{name}", moment, action)
        header = f"# {action} {path}\n".encode("utf-8", "surrogateescape")
        atomic.write(entry.file, header + content, self.scratch)
        return entry

    def keep_change(self, path: str, before: bytes, after: bytes) -> tuple[Entry, Entry]:
        """Keep what a file holds, and what it is about to hold."""
        new = self.keep(AFTER, path, after)
        return self.keep(EDIT, path, before, new.moment), new

    def entries(self) -> list[Entry]:
        """All entries in the order in which they were written."""
        found = [
            Entry(file, match["moment"], match["action"])
            for file in self.folder.glob("*Z-*")
            if (match := _NAME.match(file.name))
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

    def _unused_moment(self, action: str, name: str) -> str:
        """Now, or just after it if the clock stands still, so that no entry is overwritten."""
        now = datetime.now(UTC)
        while (self.folder / f"{now:{_STAMP}}-{action}-{name}").exists():
            now += timedelta(microseconds=1)
        return f"{now:{_STAMP}}"
