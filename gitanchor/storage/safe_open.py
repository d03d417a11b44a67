"""Open the files of a repository. They may come from anybody, so no other module opens them.

Only regular files of a limited size are read. A clone may contain a link to `/dev/zero`, and an unpacked
archive a pipe that nobody writes to: reading these would fill the memory, or never end.
"""

import errno
import io
import os
import stat
import sys
from pathlib import Path
from typing import Final

MOST: Final = 1 << 20
"""Largest size in bytes of a settings file, an anchor and all other files but the log."""

MOST_OF_LOG: Final = 64 << 20
"""Largest size in bytes of the log, and of a page of older anchors."""

MOST_OF_ANSWER: Final = 2 << 20
"""Largest size in bytes of a chat's answer, which may have several anchors."""

_FLAGS: Final = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY")
)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_PIECE: Final = 1 << 16


class Refused(OSError):
    """The file is not opened, or not read to its end; `strerror` says what it is."""

    def __init__(self, path: str | Path, what: str) -> None:
        super().__init__(errno.EINVAL, what, str(path))


def read(path: str | Path, most: int = MOST) -> bytes:
    """Return the bytes of a regular file. Raises Refused, also for a link, or another OSError.

    `most` is the largest size in bytes.
    """
    return _whole(_opened(path), path, most)


def read_below(root: Path, path: str, most: int = MOST) -> bytes:
    """Read a path from the top of a worktree as `read` does, and refuse links among its folders."""
    refuse_links(root, path)
    return read(root / path, most)


def read_hook(path: str | Path) -> bytes:
    """Return the bytes of a file that git or a hook manager runs. Links are followed, as they do.

    Raises Refused or another OSError.
    """
    return _whole(_opened(path, links=True), path, MOST_OF_LOG)


def start(path: str | Path, most: int) -> bytes:
    """Return the first `most` bytes of a regular file, also through a link. Raises as `read`."""
    with io.FileIO(_opened(path, links=True)) as file:
        return file.read(most) or b""


def given(path: str | None, most: int | None) -> bytes:
    """Return the bytes of a file that a person named, even a pipe, or of standard input without a path.

    `most` is the largest size in bytes, None for no limit. Raises Refused if there is more, or another
    OSError.
    """
    size = -1 if most is None else most + 1
    if path is None:
        content = sys.stdin.buffer.read(size) if sys.stdin is not None else b""
    else:
        with open(path, "rb") as file:  # noqa: PTH123 - that may be a pipe of a shell
            content = file.read(size)
    if most is not None and len(content) > most:
        raise Refused(path or "-", f"larger than {most >> 20} MiB")
    return content


def opened(path: str | Path) -> io.BufferedReader:
    """Open a regular file for reading. Raises Refused or another OSError."""
    return io.BufferedReader(io.FileIO(_opened(path)))


def refuse_links(root: Path, path: str) -> None:
    """Raise Refused if a folder in a path from the top of a worktree is a link."""
    place = str(root)
    for name in path.split("/")[:-1]:
        place = f"{place}/{name}"
        if os.path.islink(place):  # noqa: PTH114 - done for each of many files
            raise Refused(place, _link(place))


def is_below(root: Path, path: str) -> bool:
    """Return whether no folder in a path from the top of a worktree is a link."""
    try:
        refuse_links(root, path)
    except Refused:
        return False
    return True


def _opened(path: str | Path, *, links: bool = False) -> int:
    """Open a regular file and return its descriptor."""
    if not (links or _NO_LINK) and os.path.islink(path):  # noqa: PTH114
        raise Refused(path, _link(path))
    try:
        descriptor = os.open(path, _FLAGS if links else _FLAGS | _NO_LINK)
    except OSError as error:
        if not links and os.path.islink(path):  # noqa: PTH114 - ELOOP, or what else a system says
            raise Refused(path, _link(path)) from None
        if os.path.isdir(path):  # noqa: PTH112 - which Windows does not open
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path)) from None
        if error.errno == errno.ENXIO:  # a socket, see open(2)
            raise Refused(path, _NO_FILE) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise Refused(path, _NO_FILE)


_NO_FILE: Final = "not a regular file"


def _link(path: str | Path) -> str:
    try:
        return f"a symbolic link to '{os.readlink(path)}'"  # noqa: PTH115
    except OSError:  # gone by now
        return "a symbolic link"


def _whole(descriptor: int, path: str | Path, most: int) -> bytes:
    """Read a descriptor to its end and close it. Raises Refused if there are more than `most` bytes."""
    try:
        size = os.fstat(descriptor).st_size
        pieces, left = [], most + 1 if size <= most else 0
        while left and (piece := os.read(descriptor, min(left, max(size, _PIECE)))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(descriptor)
    if not left:
        raise Refused(path, f"larger than {most >> 20} MiB")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
