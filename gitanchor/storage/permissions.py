"""The modes of what is made in git's own folders: those that `core.sharedRepository` has git give it.

Files of a worktree are left to the umask, as by git's checkout. For the setting see git-config(1).
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

Ask = Callable[[], str | None]
"""Asks git for the setting; None if it is not set."""

_WORDS: Final = {
    "group": 0o660,
    "all": 0o664,
    "world": 0o664,
    "everybody": 0o664,
    "true": 0o660,
    "yes": 0o660,
    "on": 0o660,
}
_NUMBERS: Final = {0: 0, 1: 0o660, 2: 0o664}
"""What the numbers that are no modes stand for."""

_LETTERS: Final = {0: "", 2: "w", 4: "rx", 6: "rwx"}
"""What a class of users may do, as symbols; who may read a folder may enter it."""

_shared: Final[dict[str, Ask]] = {}


class Permissions(NamedTuple):
    """What a setting grants for files; `exactly` in the place of what the umask would."""

    bits: int
    exactly: bool = False

    @classmethod
    def of(cls, setting: str | None) -> "Permissions":
        """What git takes a setting for. One that git refuses grants nothing."""
        value = (setting or "").strip().lower()
        if value in _WORDS:
            return cls(_WORDS[value])
        with contextlib.suppress(ValueError):
            number = int(value, 8)
            if number in _NUMBERS:
                return cls(_NUMBERS[number])
            if number & 0o600 == 0o600:
                return cls(number & 0o666, exactly=True)
        return cls(0)

    @property
    def mask(self) -> str:
        """What the `umask` of a shell is to be given for the same modes, in symbols (POSIX)."""
        return ",".join(
            f"{who}{'=' if self.exactly else '+'}{letters}"
            for who, shift in (("u", 6), ("g", 3), ("o", 0))
            for letters in [_LETTERS[self.bits >> shift & 6]]
            if letters or self.exactly
        )

    def applied(self, mode: int) -> int:
        """The mode for a file or folder that was made with another one."""
        if not self.bits:
            return mode
        bits = self.bits if mode & stat.S_IWUSR else self.bits & ~0o222
        if mode & stat.S_IXUSR or stat.S_ISDIR(mode):
            bits |= (bits & 0o444) >> 2
        wanted = (mode & ~0o777) | bits if self.exactly else mode | bits
        has_group = stat.S_ISDIR(mode) and wanted & 0o060
        return wanted | stat.S_ISGID if has_group else wanted


def follow(folders: Iterable[Path], setting: Ask) -> None:
    """Have what is made in some folders follow a setting, which is asked for when it is needed."""
    _shared.update((str(folder), setting) for folder in folders)


def granted_below(folder: Path) -> Permissions:
    """What is granted for what is made in a folder."""
    setting = _setting(folder / "any")
    return Permissions(0) if setting is None else Permissions.of(setting())


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, unless they are there. Raises OSError."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        settle(folder)


def make_file(path: Path) -> None:
    """Make an empty file unless there is one. Raises OSError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        return
    settle(path)


def settle(path: Path, place: Path | None = None) -> None:
    """Give what was just made its mode, in the place that it is for. Raises OSError."""
    setting = _setting(place or path)
    if setting is None:
        return
    mode = path.stat().st_mode
    wanted = Permissions.of(setting()).applied(mode)
    if wanted != mode:
        path.chmod(stat.S_IMODE(wanted))


def _setting(place: Path) -> Ask | None:
    """How to ask what a place follows; None for one that is left to the umask."""
    full = Path(os.path.realpath(place.parent), place.name)
    return next((_shared[str(one)] for one in (full, *full.parents) if str(one) in _shared), None)
