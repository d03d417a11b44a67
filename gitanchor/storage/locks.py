"""Taking turns: the locks of one worktree, and work that one process does for all that wait for it.

Who finds the lock taken leaves a note, an empty file of its own, and waits. Who gets the lock reads
which notes are there, does the work, and then removes these. A note that is gone says that work which
began after the note was left has succeeded, so that nothing is left to do for whoever left it.
"""

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitanchor.model.errors import Busy, WriteFailed
from gitanchor.storage import permissions

if TYPE_CHECKING:
    import filelock

LOCK_SECONDS: Final = 10.0
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.25
"""Seconds between two looks at the lock: short at first, and few looks where many wait for long."""


class Turns:
    """The locks in a folder, and the notes of those who wait there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._notes = folder / "waiting"

    @contextlib.contextmanager
    def alone(self, lock: str, what: str) -> Iterator[None]:
        """Hold a lock by its name. Raises Busy after 10 seconds of waiting, WriteFailed."""
        held = self._lock(lock)
        try:
            if not _taken(held):
                _wait(held, None, what)
            yield
        finally:
            held.release()

    @contextlib.contextmanager
    def for_all(self, lock: str, what: str) -> Iterator[bool]:
        """Hold a lock for work that counts for all who wait; gives whether it is left to do.

        It is not if another process has done it since this was called; the lock is not held then. What
        is done has to read anew whatever it is made of. Raises Busy after 10 seconds, WriteFailed.
        """
        held = self._lock(lock)
        note = None
        try:
            if not _taken(held):
                note = self._leave_note()
                if not _wait(held, note, what):
                    yield False
                    return
            served = self._left_notes()  # before the work reads anything: see the head of this module
            yield True
            for path in served:
                _remove(path)
        finally:
            held.release()
            if note is not None:
                _remove(note)

    def _lock(self, name: str) -> "filelock.BaseFileLock":
        import filelock

        try:
            permissions.make_folder(self._folder)
        except OSError as error:
            raise WriteFailed(f"cannot use '{self._folder}': {error.strerror}") from None
        file = self._folder / name
        try:
            permissions.make_file(file)
            mode = stat.S_IMODE(file.stat().st_mode)
        except OSError as error:
            raise WriteFailed(f"cannot use '{file}': {error.strerror}") from None
        return filelock.FileLock(file, mode=mode)  # which gives the file its own mode otherwise

    def _leave_note(self) -> Path | None:
        """A file that says that this process waits; None where none can be made, as on a full disk."""
        note = self._notes / f"{os.getpid()}.{os.urandom(6).hex()}"
        try:
            permissions.make_folder(self._notes)
            permissions.make_file(note)
        except OSError:
            return None
        return note

    def _left_notes(self) -> list[Path]:
        try:
            return list(self._notes.iterdir())
        except OSError:
            return []


def _taken(lock: "filelock.BaseFileLock") -> bool:
    """Take a lock if it is free."""
    import filelock

    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return False
    except OSError as error:
        raise WriteFailed(f"cannot use '{lock.lock_file}': {error.strerror}") from None
    return True


def _wait(lock: "filelock.BaseFileLock", note: Path | None, what: str) -> bool:
    """Wait for a lock, and take it; False, without it, once a note is gone. Raises Busy."""
    deadline = time.monotonic() + LOCK_SECONDS
    pause = _FIRST_PAUSE
    while True:
        time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        if note is not None and not note.exists():
            return False
        if _taken(lock):
            return note is None or note.exists()  # it may have gone in between
        if time.monotonic() >= deadline:
            raise Busy(
                f"{what} is being written by another process for more than {LOCK_SECONDS:.0f} s;"
                " try again"
            )


def _remove(note: Path) -> None:
    with contextlib.suppress(OSError):
        note.unlink()
