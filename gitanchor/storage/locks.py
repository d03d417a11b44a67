"""The locks of one worktree, and work that one process does for all that wait for it.

A process that finds the lock taken leaves a note, an empty file of its own, and waits. The process that
gets the lock lists the notes, does the work, and then removes the notes that it listed. A note that is
gone means that work which began after it was left has succeeded, so its process has nothing left to do.
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
"""Seconds between two attempts: short at first, longer when many processes wait for long."""


class Turns:
    """The locks in a folder, and the notes of the processes that wait for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._notes = folder / "waiting"

    @contextlib.contextmanager
    def alone(self, lock: str, what: str) -> Iterator[None]:
        """Hold the lock of that name. `what` is for messages: what the lock protects.

        Raises Busy after 10 seconds of waiting, or WriteFailed.
        """
        held = self._lock(lock)
        try:
            if not _taken(held):
                _wait(held, None, what)
            yield
        finally:
            held.release()

    @contextlib.contextmanager
    def for_all(self, lock: str, what: str) -> Iterator[bool]:
        """Hold a lock for work that counts for all waiting processes; give whether it is left to do.

        It is not if another process has done it since this was called; then the lock is not held. The
        work has to read its input after it gets the lock. `what` is for messages. Raises Busy after
        10 seconds of waiting, or WriteFailed.
        """
        held = self._lock(lock)
        note = None
        try:
            if not _taken(held):
                note = self._leave_note()
                if not _wait(held, note, what):
                    yield False
                    return
            served = self._left_notes()  # before the work reads its input; see the module docstring
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
        return filelock.FileLock(file, mode=mode)  # without `mode` it would set its own

    def _leave_note(self) -> Path | None:
        """Make the note of this process; return None if that fails, as on a full disk."""
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
    """Take a lock if it is free, and return whether it was. Raises WriteFailed."""
    import filelock

    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return False
    except OSError as error:
        raise WriteFailed(f"cannot use '{lock.lock_file}': {error.strerror}") from None
    return True


def _wait(lock: "filelock.BaseFileLock", note: Path | None, what: str) -> bool:
    """Wait for a lock and take it; return False, without it, once the note is gone. Raises Busy."""
    deadline = time.monotonic() + LOCK_SECONDS
    pause = _FIRST_PAUSE
    while True:
        time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        if note is not None and not note.exists():
            return False
        if _taken(lock):
            return note is None or note.exists()  # removed in between
        if time.monotonic() >= deadline:
            raise Busy(
                f"{what} is being written by another process for more than {LOCK_SECONDS:.0f} s;"
                " try again"
            )


def _remove(note: Path) -> None:
    with contextlib.suppress(OSError):
        note.unlink()
