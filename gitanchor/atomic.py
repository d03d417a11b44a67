"""Writing files whole or not at all: the one place that does it, for anchors, log and state."""

import contextlib
import os  # and neither shutil nor secrets, which take as long to load as to write a file
from collections.abc import Iterable
from pathlib import Path

from gitanchor.errors import WriteFailed


def write(
    target: Path, content: bytes | Iterable[bytes], scratch: Path, *, durable: bool = False
) -> None:
    """Put a file in place in one step, keeping the mode of the one it replaces.

    `content` may come in pieces, which are written as they come.
    The bytes first go to a file in `scratch`, a folder that git does not look into, unless that is
    on another file system than the target. `durable` waits until the disk has them. Raises
    WriteFailed; then the old file is as it was.
    """
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch.mkdir(parents=True, exist_ok=True)
        folder = scratch if _same_device(scratch, target.parent) else target.parent
        temporary = folder / f".{target.name[:40]}.{os.urandom(6).hex()}.tmp"
        with temporary.open("xb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
        if durable:
            _sync_folder(target.parent)
    except BaseException as error:  # an interrupt, too, leaves nothing behind
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise WriteFailed(f"cannot write '{target}': {error.strerror or error}") from None
        raise


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
