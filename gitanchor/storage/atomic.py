"""Writing files whole or not at all: the one place that does it, for anchors, log and state."""

import contextlib
import os  # and neither shutil nor secrets, which take as long to load as to write a file
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from gitanchor.model.errors import WriteFailed
from gitanchor.storage import permissions

_HERE: Final = -100
"""AT_FDCWD: a path is from the current folder (openat(2))."""

_EXCHANGE: Final = 2
"""RENAME_EXCHANGE: both files stay, each under the name of the other (renameat2(2))."""


def write(
    target: Path, content: bytes | Iterable[bytes], scratch: Path, *, durable: bool = False
) -> None:
    """Put a file in place in one step, keeping the mode of the one it replaces.

    `content` may come in pieces, which are written as they come.
    The bytes first go to a file in `scratch`, a folder that git does not look into, unless that is
    on another file system than the target. `durable` waits until the disk has them. Raises
    WriteFailed; then the old file is as it was.
    """
    with _temporary(target, content, scratch, durable=durable) as temporary:
        temporary.replace(target)
        if durable:
            _sync_folder(target.parent)


def keep(target: Path, content: bytes, scratch: Path) -> None:
    """Write a new file that is on the disk when this returns, with the folder that names it.

    It is synced under its own name, so that most file systems write both at once. Raises WriteFailed.
    """
    if os.name == "nt":  # where an open file cannot be renamed
        write(target, content, scratch, durable=True)
        return
    with _temporary(target, content, scratch) as temporary, temporary.open("rb") as file:
        temporary.replace(target)
        os.fsync(file.fileno())
        _sync_folder(target.parent)


def replace(
    target: Path,
    content: bytes | Iterable[bytes],
    scratch: Path,
    *,
    is_expected: Callable[[Path], bool],
    keep: Callable[[bytes], object],
) -> bool:
    """Put a file in place of one that is as expected; false, and no change, for any other.

    What another program saves while this is running counts, be it in the very moment of the change:
    it is given to `keep`, and stays in place. A file that is not there may be expected as well.
    Raises WriteFailed; then the old file is as it was.
    """
    with _temporary(target, content, scratch) as temporary:
        if not is_expected(target):
            return False
        if not target.exists():
            return _put_where_nothing_is(temporary, target)
        own = temporary.stat().st_ino
        if not _exchange(temporary, target):
            return _replace_by_steps(temporary, target, is_expected, keep)
        if is_expected(temporary):
            return True
        keep(temporary.read_bytes())
        _exchange(temporary, target)  # so that who is writing into it still goes on in its place
        if temporary.stat().st_ino != own:  # somebody saved once more in between: that one counts
            _exchange(temporary, target)
        return False


def _put_where_nothing_is(temporary: Path, target: Path) -> bool:
    """Move a file to where nothing is; false if something is there by now."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        temporary.replace(target)
    return True


def _replace_by_steps(
    temporary: Path, target: Path, is_expected: Callable[[Path], bool], keep: Callable[[bytes], object]
) -> bool:
    """Replace a file where two cannot be exchanged; see `replace`."""
    aside = temporary.with_suffix(".old")
    with contextlib.suppress(OSError):  # a file system without links
        os.link(target, aside)
    try:
        if not is_expected(target):
            return False
        temporary.replace(target)
        if aside.exists() and not is_expected(aside):  # saved since, by a program that has it open
            keep(aside.read_bytes())
            aside.replace(target)
            return False
    finally:
        aside.unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def _temporary(
    target: Path, content: bytes | Iterable[bytes], scratch: Path, *, durable: bool = False
) -> Iterator[Path]:
    """A file with a content, and with the mode of the target if that is there; gone after the use."""
    temporary = None
    try:
        _make_folder(target.parent)
        permissions.make_folder(scratch)
        folder = scratch if _same_device(scratch, target.parent) else target.parent
        temporary = folder / f".{target.name[:40]}.{os.urandom(6).hex()}.tmp"
        with temporary.open("xb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        else:
            permissions.settle(temporary, target)
        yield temporary
    except OSError as error:
        raise WriteFailed(f"cannot write '{target}': {error.strerror or error}") from None
    finally:  # an interrupt, too, leaves nothing behind
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """Make a folder, and those above it; what is put into it lasts only if they do."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    permissions.make_folder(folder)
    _sync_folder(folder.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two files in one step; false where the system or the file system cannot."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # another C library
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def _same_device(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


def _sync_folder(folder: Path) -> None:
    """Make a rename in a folder last; where folders cannot be opened (Windows) it need not be."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
