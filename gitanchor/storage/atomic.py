"""Write files completely or not at all. Anchors, log and state are written only here."""

import contextlib
import os  # not shutil or secrets, which take as long to load as writing a file
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.model.errors import WriteFailed
from gitanchor.storage import permissions

_HERE: Final = -100
"""AT_FDCWD: a path is relative to the current folder (openat(2))."""

_EXCHANGE: Final = 2
"""RENAME_EXCHANGE: the two files swap names (renameat2(2))."""


class Looks(NamedTuple):
    """What identifies a state of a file under any name: a rename does not change it, a save does."""

    inode: int
    size: int
    changed_ns: int


def looks(file: Path) -> Looks | None:
    """Return the looks of a file; None if there is none, or none to look at."""
    try:
        status = file.stat()
    except OSError:
        return None
    return Looks(status.st_ino, status.st_size, status.st_mtime_ns)


def write(
    target: Path,
    content: bytes | Iterable[bytes],
    scratch: Path,
    *,
    durable: bool = False,
    executable: bool = False,
) -> None:
    """Put a file in place in one step, with the mode of the file that it replaces.

    `content` may be an iterable of pieces, which are written as they come. The bytes first go to a
    temporary file in `scratch`, a folder that git does not look into, unless that is on another file
    system than the target. `durable` waits until they are on the disk. `executable` lets all who may
    read the file run it. Raises WriteFailed; then the old file is unchanged.
    """
    with _temporary(target, content, scratch, durable=durable) as temporary:
        if executable:
            permissions.make_executable(temporary)
        temporary.replace(target)
        if durable:
            _sync_folder(target.parent)


def keep(target: Path, content: bytes, scratch: Path) -> None:
    """Write a new file that is on the disk, with its folder, when this returns.

    It is synced after the rename, so that most file systems write both at once. Raises WriteFailed.
    """
    if os.name == "nt":  # which cannot rename an open file
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
) -> Looks | None:
    """Replace a file if `is_expected` accepts it; return the looks of the new one, None if it does not.

    If another program saves the file while this runs, even at the moment of the replacement, that is
    given to `keep`, and stays in place. A missing file may be expected as well. Raises WriteFailed;
    then the old file is unchanged.
    """
    with _temporary(target, content, scratch) as temporary:
        if not is_expected(target):
            return None
        own = looks(temporary)
        if not target.exists():
            return own if _put_where_nothing_is(temporary, target) else None
        if not _exchange(temporary, target):
            return own if _replace_by_steps(temporary, target, is_expected, keep) else None
        if is_expected(temporary):
            return own
        keep(temporary.read_bytes())
        _exchange(temporary, target)  # so that a program that still writes into it writes to its place
        if own is not None and temporary.stat().st_ino != own.inode:  # saved once more in between
            _exchange(temporary, target)  # that file is put back
        return None


def _put_where_nothing_is(temporary: Path, target: Path) -> bool:
    """Move a file to a path that is free; return False if something is there by now."""
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
    """Replace a file on a system that cannot exchange two; see `replace`."""
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
    """Give a temporary file with a content and the mode of the target; remove it after the context."""
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
    finally:  # also after an interrupt
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents, and sync them, because a file lasts only if its folders do."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    permissions.make_folder(folder)
    _sync_folder(folder.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two files in one step; return False if the system or the file system cannot."""
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
    """Sync a folder, so that a rename in it lasts. Not where folders cannot be opened (Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
