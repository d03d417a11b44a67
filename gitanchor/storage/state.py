"""The state of this clone in its git directories: where journal, caches, locks and notes are.

`<git common dir>/gitanchor/` belongs to all worktrees, `<git dir>/gitanchor/` to one. Nothing here
is needed to read an anchor; only the journal has what would otherwise be lost.
"""

import contextlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gitanchor.git.repository import Repository
from gitanchor.storage import atomic, permissions
from gitanchor.storage.locks import Turns

if TYPE_CHECKING:
    from gitanchor.storage.journal import Entry, Journal


class Operation(NamedTuple):
    """The last change of an anchor file of this worktree that can be undone.

    `before` and `after` are the journal's files with the old and the new content, None if there was no
    anchor file. `undone` says that the change was itself an undo, so that undoing it is a redo.
    """

    action: str
    path: str
    before: str | None
    after: str | None
    undone: bool = False

    @classmethod
    def read(cls, file: Path) -> "Operation | None":
        """Read the operation in a file; None if there is none."""
        with contextlib.suppress(OSError, ValueError, TypeError):
            return cls(**json.loads(file.read_bytes()))
        return None


class State:
    """The files and folders of one worktree's state."""

    def __init__(self, repository: Repository) -> None:
        self.shared = repository.common_dir / "gitanchor"
        self.own = repository.git_dir / "gitanchor"
        self.scratch = self.own / "tmp"
        self.index = self.own / "index.sqlite3"
        self.cache = self.shared / "cache.sqlite3"
        self._resumed = self.own / "resumed"
        self._operation = self.own / "undo"
        folders = (self.shared, self.own, repository.common_dir / "hooks")
        permissions.follow(folders, lambda: repository.shared)

    @cached_property
    def records(self) -> "Journal":
        """The journal of this clone."""
        from gitanchor.storage.journal import Journal

        return Journal(self.shared / "journal", self.scratch)

    def journal(self, action: str, name: str, content: bytes) -> Path:
        """Keep a text in the journal, under its path `name`; return the file of the entry."""
        return self.records.keep(action, name, content).file

    def drop_caches(self) -> None:
        """Remove all caches of this clone, which may still have texts of removed anchors.

        Rows that SQLite deletes stay in its files. Caches are built anew when needed. Raises OSError.
        """
        common = self.shared.parent
        folders = [self.shared, *common.glob("worktrees/*/gitanchor")]
        for file in (file for folder in folders for file in folder.glob("*.sqlite3*")):
            file.unlink(missing_ok=True)

    def new_form(self) -> Path:
        """Return a path for an editor's file that no other process uses, outside of the worktree."""
        return self.shared / f"ANCHOR_EDITMSG.{os.urandom(4).hex()}.md"

    @property
    def forms(self) -> list[Path]:
        """The forms that exist: those in an editor now, and those that became no anchor."""
        return sorted(  # earlier versions kept them in the worktree's own folder
            path
            for folder in dict.fromkeys((self.shared, self.own))
            for path in folder.glob("ANCHOR_EDITMSG.*.md")
        )

    @property
    def texts(self) -> list["Entry"]:
        """All that a person wrote that became no anchor: texts, newest first, then forms."""
        from gitanchor.storage.journal import FORM, Entry

        forms = (Entry(path, path.name.split(".")[1], FORM) for path in self.forms)
        return [*self.records.texts(), *forms]

    @property
    def resumed(self) -> str | None:
        """The id of the anchor that was resumed in this worktree, until the next one is written."""
        return self._resumed_words[0] if self._resumed_words else None

    @property
    def resumed_elsewhere(self) -> bool:
        """Whether the resumed anchor was not in this worktree at that time."""
        return len(self._resumed_words) > 1

    @property
    def _resumed_words(self) -> list[str]:
        with contextlib.suppress(OSError):
            return self._resumed.read_text("ascii", "replace").split()
        return []

    def resume(self, anchor_id: str, *, elsewhere: bool = False) -> None:
        """Record the anchor that was resumed in this worktree."""
        line = f"{anchor_id} elsewhere\n" if elsewhere else f"{anchor_id}\n"
        atomic.write(self._resumed, line.encode(), self.scratch)

    def forget_resumed(self) -> None:
        """Record that the parent of the next anchor is the branch's newest."""
        with contextlib.suppress(OSError):
            self._resumed.unlink()

    @property
    def operation(self) -> Operation | None:
        """What `git anchor undo` would undo in this worktree."""
        return Operation.read(self._operation)

    @operation.setter
    def operation(self, operation: Operation) -> None:
        content = json.dumps(operation._asdict())
        atomic.write(self._operation, f"{content}\n".encode(), self.scratch)

    @property
    def turns(self) -> Turns:
        """The locks of this worktree."""
        return Turns(self.own)

    def log_turn(self, log: str) -> contextlib.AbstractContextManager[bool]:
        """Take a turn at updating the log; give whether that is left to do. See `Turns.for_all`."""
        return self.turns.for_all("lock", log)

    def absorbing(self, log: str) -> contextlib.AbstractContextManager[None]:
        """Hold the lock for absorbing from the log, so that no text is absorbed twice. Raises Busy."""
        return self.turns.alone("absorb.lock", log)

    def replacing(self, path: str) -> contextlib.AbstractContextManager[None]:
        """Hold the lock for comparing an anchor file and replacing it. Raises Busy."""
        return self.turns.alone("replace.lock", path)
