"""The modes of files in git's own folders, which follow `core.sharedRepository` (git-config(1)).

Files of a worktree follow the umask, as with git's checkout.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

Ask = Callable[[], str | None]
"""Asks git for the setting; returns None if it is not set."""

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
"""The values that are numbers but no modes."""

_LETTERS: Final = {0: "", 2: "w", 4: "rx", 6: "rwx"}
"""Permissions of a class of users as symbols. Users who may read a folder may also enter it."""

_shared: Final[dict[str, Ask]] = {}


class Permissions(NamedTuple):
    """The mode bits that a setting grants for files. If `exactly`, the umask has no effect on them."""

    bits: int
    exactly: bool = False

    @classmethod
    def of(cls, setting: str | None) -> "Permissions":
        """Return what git understands by a setting. One that git refuses grants nothing."""
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
        """The argument of a shell's `umask` for the same modes, in symbols (POSIX)."""
        return ",".join(
            f"{who}{'=' if self.exactly else '+'}{letters}"
            for who, shift in (("u", 6), ("g", 3), ("o", 0))
            for letters in [_LETTERS[self.bits >> shift & 6]]
            if letters or self.exactly
        )

    def applied(self, mode: int) -> int:
        """Return the mode to give a file or folder that was made with `mode`."""
        if not self.bits:
            return mode
        bits = self.bits if mode & stat.S_IWUSR else self.bits & ~0o222
        if mode & stat.S_IXUSR or stat.S_ISDIR(mode):
            bits |= (bits & 0o444) >> 2
        wanted = (mode & ~0o777) | bits if self.exactly else mode | bits
        has_group = stat.S_ISDIR(mode) and wanted & 0o060
        return wanted | stat.S_ISGID if has_group else wanted


def follow(folders: Iterable[Path], setting: Ask) -> None:
    """Let what is made in some folders follow a setting, which is read when it is needed."""
    _shared.update((str(folder), setting) for folder in folders)


def granted_below(folder: Path) -> Permissions:
    """Return the permissions that apply to what is made in a folder."""
    setting = _setting(folder / "any")
    return Permissions(0) if setting is None else Permissions.of(setting())


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, unless they exist. Raises OSError."""
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
    """Make an empty file, unless it exists. Raises OSError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        return
    settle(path)


def make_executable(file: Path) -> None:
    """Make a file executable for all who may read it: to run a script, a shell has to read it."""
    mode = file.stat().st_mode
    file.chmod(mode | 0o100 | (mode & 0o444) >> 2)


def settle(path: Path, place: Path | None = None) -> None:
    """Set the mode of a new file or folder. Raises OSError.

    `place` is where it will be moved to, if not `path`.
    """
    setting = _setting(place or path)
    if setting is None:
        return
    mode = path.stat().st_mode
    wanted = Permissions.of(setting()).applied(mode)
    if wanted != mode:
        path.chmod(stat.S_IMODE(wanted))


def _setting(place: Path) -> Ask | None:
    """Return the function that reads the setting for a place; None if the umask applies there."""
    full = Path(os.path.realpath(place.parent), place.name)
    return next((_shared[str(one)] for one in (full, *full.parents) if str(one) in _shared), None)
