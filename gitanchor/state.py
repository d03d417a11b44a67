"""This clone's own state below its git directories, apart from the index: journal and marks.

`<git common dir>/gitanchor/` belongs to all worktrees, `<git dir>/gitanchor/` to one. Nothing here
is needed to read an anchor; the journal holds what might otherwise get lost.
"""

import contextlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor import atomic
from gitanchor.errors import Busy, WriteFailed
from gitanchor.repository import Repository

LOCK_SECONDS: Final = 10.0


class KeptText(NamedTuple):
    """A text in the journal: the moment it was kept at, which names it, and its file."""

    name: str
    path: Path

    def content(self) -> bytes:
        """The text, to the byte, without the line that the journal put over it."""
        return self.path.read_bytes().split(b"\n", 1)[1]


class State:
    """The folders of one worktree's state."""

    def __init__(self, repository: Repository) -> None:
        self.shared = repository.common_dir / "gitanchor"
        self.own = repository.git_dir / "gitanchor"
        self.scratch = self.own / "tmp"
        self.index = self.own / "index.sqlite3"
        self._resumed = self.own / "resumed"

    def journal(self, action: str, name: str, content: bytes) -> Path:
        """Keep what is about to be written or replaced; return where it is kept.

        The first line says what was done to which path; the content follows, to the byte.
        """
        moment = datetime.now(UTC)
        kept = Path(f"{moment:%Y%m%dT%H%M%S.%fZ}-{action}-{Path(name).name}")
        target = self.shared / "journal" / kept
        atomic.write(target, f"# {action} {name}\n".encode() + content, self.scratch)
        return target

    def new_form(self) -> Path:
        """A file for an editor, of which no other process knows."""
        return self.own / f"ANCHOR_EDITMSG.{secrets.token_hex(4)}.md"

    def kept_texts(self) -> list[KeptText]:
        """The texts in the journal that became no anchor, newest first."""
        found = sorted((self.shared / "journal").glob("*-paste-*"), reverse=True)
        return [KeptText(path.name.split("-")[0], path) for path in found]

    @property
    def resumed(self) -> str | None:
        """The id of the anchor that was resumed here, until the next one is written."""
        with contextlib.suppress(OSError):
            return self._resumed.read_text("ascii", "replace").strip() or None
        return None

    @resumed.setter
    def resumed(self, anchor_id: str | None) -> None:
        if anchor_id is not None:
            atomic.write(self._resumed, f"{anchor_id}\n".encode(), self.scratch)
        else:
            with contextlib.suppress(OSError):
                self._resumed.unlink()

    @contextlib.contextmanager
    def locked(self, what: str) -> Iterator[None]:
        """Hold this worktree's lock. Raises Busy after 10 seconds of waiting."""
        import filelock

        try:
            self.own.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteFailed(f"cannot use '{self.own}': {error.strerror}") from None
        try:
            with filelock.FileLock(self.own / "lock", timeout=LOCK_SECONDS):
                yield
        except filelock.Timeout:
            raise Busy(
                f"{what} is being written by another process for more than {LOCK_SECONDS:.0f} s;"
                " try again"
            ) from None
