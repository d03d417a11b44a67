"""Read the files of the log and its pages, and replace each only while it is still what was read.

`log_file` decides what their texts mean and should be.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from gitanchor.log.splice import Change
from gitanchor.model.errors import Overtaken, WriteFailed, WrongUsage
from gitanchor.storage import atomic, safe_open
from gitanchor.storage.atomic import Looks

_PIECE: Final = 1 << 20
"""The bytes of a long log that are copied at a time."""

_WRITING_SECONDS: Final = 1.0
"""The time that an editor gets between emptying a file and writing it."""


class PageFiles:
    """The files of the log below the top of a worktree, by their paths from there.

    `keep` is called with the path and the content that another program saved during a replacement.
    `setting` is the setting with the path, and `advice` what to do about a link, in messages.
    """

    def __init__(
        self,
        root: Path,
        scratch: Path,
        keep: Callable[[str, bytes], object],
        setting: str = "log.path",
        advice: str = "replace it by a file",
    ) -> None:
        self._setting = setting
        self._advice = advice
        self._root = root
        self._scratch = scratch
        self._keep = keep
        self._read: dict[str, bytes | None] = {}
        self._seen: dict[str, Looks | None] = {}

    def content(self, path: str) -> bytes | None:
        """Return the content of a file, None if it does not exist.

        Raises WrongUsage if it cannot be a file of the log.
        """
        try:
            self._read[path] = self._settled(path)
        except IsADirectoryError:
            raise WrongUsage(f"'{path}' is a folder; set another {self._setting}") from None
        except safe_open.Refused as refusal:
            place = Path(refusal.filename).relative_to(self._root).as_posix()
            raise WrongUsage(f"'{place}' is {refusal.strerror}; {self._advice}") from None
        except OSError as error:
            raise WrongUsage(f"'{path}' cannot be read: {error.strerror}") from None
        return self._read[path]

    def _settled(self, path: str) -> bytes | None:
        """Return the content of a file; a program that has just emptied it gets time to write it."""
        safe_open.refuse_links(self._root, path)
        self._seen[path] = atomic.looks(self._root / path)  # before it is read, for it may be saved
        content = _held(self._root / path)
        while content == b"" and _age(self._root / path) < _WRITING_SECONDS:
            time.sleep(_WRITING_SECONDS / 50)
            content = _held(self._root / path)
        return content

    def put(self, path: str, content: bytes) -> None:
        """Replace a file, if it still is as last read. Raises Overtaken if not, WriteFailed."""
        read = self._read.get(path)
        self._replace(path, self._root / path, content, lambda file: _held(file) == read)

    def change(self, path: str, change: Change, seen: Looks) -> bool:
        """Replace the beginning of a file; return false if it does not begin as the change says.

        Raises Overtaken if the file no longer is the one that was `seen`, WriteFailed.
        """
        target = self._root / path
        with safe_open.opened(target) as file:
            if file.read(len(change.before)) != change.before:
                return False
        self._replace(path, target, _pieces(target, change), lambda file: atomic.looks(file) == seen)
        return True

    def seen(self, path: str) -> Looks | None:
        """Return the looks that a file had when it was last read or written here."""
        return self._seen.get(path)

    def drop(self, path: str) -> None:
        """Remove a file, unless it no longer is as last read."""
        try:
            if _held(self._root / path) == self._read.get(path):
                (self._root / path).unlink(missing_ok=True)
        except OSError as error:
            raise WriteFailed(f"cannot remove '{path}': {error.strerror}") from None

    def _replace(
        self,
        path: str,
        target: Path,
        content: bytes | Iterable[bytes],
        is_expected: Callable[[Path], bool],
    ) -> None:
        def keep(text: bytes) -> None:
            self._keep(path, text)

        self._seen[path] = atomic.replace(
            target, content, self._scratch, is_expected=is_expected, keep=keep
        )
        if self._seen[path] is None:
            raise Overtaken(f"'{path}' was saved by another program meanwhile; try again")


def _held(file: Path) -> bytes | None:
    try:
        return safe_open.read(file, safe_open.MOST_OF_LOG)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _age(file: Path) -> float:
    """Return the seconds since a file was last written."""
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return _WRITING_SECONDS


def _pieces(log: Path, change: Change) -> Iterator[bytes]:
    """Yield the bytes of a log after a change."""
    yield change.after
    with safe_open.opened(log) as file:
        file.seek(len(change.before))
        while piece := file.read(_PIECE):
            yield piece
