"""This clone's own state below its git directories, apart from the index: journal and marks.

`<git common dir>/gitanchor/` belongs to all worktrees, `<git dir>/gitanchor/` to one. Nothing here
is needed to read an anchor; the journal holds what might otherwise get lost.
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
    """What was done last to an anchor file of this worktree, and can be undone.

    `before` and `after` are the journal's files that keep what the anchor file held, None where
    there was none. `undone` says that undoing it does it again.
    """

    action: str
    path: str
    before: str | None
    after: str | None
    undone: bool = False

    @classmethod
    def read(cls, file: Path) -> "Operation | None":
        """The operation that a file holds; None if it holds none."""
        with contextlib.suppress(OSError, ValueError, TypeError):
            return cls(**json.loads(file.read_bytes()))
        return None


class State:
    """The folders of one worktree's state."""

    def __init__(self, repository: Repository) -> None:
        self.shared = repository.common_dir / "gitanchor"
        self.own = repository.git_dir / "gitanchor"
        self.scratch = self.own / "tmp"
        self.index = self.own / "index.sqlite3"
        self.entries = self.shared / "entries.sqlite3"
        self.blobs = self.shared / "blobs.sqlite3"
        self.branches = self.shared / "branches.sqlite3"
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
        """Keep a text in the journal, under its path; return where it is kept."""
        return self.records.keep(action, name, content).file

    def drop_caches(self) -> None:
        """Remove all caches of this clone, which hold texts of anchors, some of them gone for long.

        What SQLite deletes stays in its files; these are made anew when somebody asks. Raises OSError.
        """
        common = self.shared.parent
        folders = [self.shared, *common.glob("worktrees/*/gitanchor")]
        for file in (file for folder in folders for file in folder.glob("*.sqlite3*")):
            file.unlink(missing_ok=True)

    def new_form(self) -> Path:
        """A file for an editor, of which no other process knows, and that outlives the worktree."""
        return self.shared / f"ANCHOR_EDITMSG.{os.urandom(4).hex()}.md"

    @property
    def forms(self) -> list[Path]:
        """The forms that are there: in an editor now, or what became no anchor."""
        return sorted(  # earlier versions had them in the worktree's own folder
            path
            for folder in dict.fromkeys((self.shared, self.own))
            for path in folder.glob("ANCHOR_EDITMSG.*.md")
        )

    @property
    def texts(self) -> list["Entry"]:
        """All that a person wrote and that became no anchor: texts, newest first, then forms."""
        from gitanchor.storage.journal import FORM, Entry

        forms = (Entry(path, path.name.split(".")[1], FORM) for path in self.forms)
        return [*self.records.texts(), *forms]

    @property
    def resumed(self) -> str | None:
        """The id of the anchor that was resumed here, until the next one is written."""
        return self._resumed_words[0] if self._resumed_words else None

    @property
    def resumed_elsewhere(self) -> bool:
        """Whether that anchor was not in this worktree when it was resumed."""
        return len(self._resumed_words) > 1

    @property
    def _resumed_words(self) -> list[str]:
        with contextlib.suppress(OSError):
            return self._resumed.read_text("ascii", "replace").split()
        return []

    def resume(self, anchor_id: str, *, elsewhere: bool = False) -> None:
        """Note the anchor that was resumed here."""
        line = f"{anchor_id} elsewhere\n" if elsewhere else f"{anchor_id}\n"
        atomic.write(self._resumed, line.encode(), self.scratch)

    def forget_resumed(self) -> None:
        """Note that the next anchor goes on from the branch's newest."""
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
        """A turn at bringing the log up to date; gives whether that is left to do. See `Turns`."""
        return self.turns.for_all("lock", log)

    def absorbing(self, log: str) -> contextlib.AbstractContextManager[None]:
        """Hold the lock for taking in what a hand wrote into the log, which counts once. Raises Busy."""
        return self.turns.alone("absorb.lock", log)

    def replacing(self, path: str) -> contextlib.AbstractContextManager[None]:
        """Hold the lock for comparing what a file holds and replacing it. Raises Busy."""
        return self.turns.alone("replace.lock", path)
