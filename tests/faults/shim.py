"""Failing renames, wrong clocks and file times: the library that `shim.c` makes, compiled here."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.faults.script import NotHere

_SOURCE: Final = Path(__file__).with_name("shim.c")
_FLAGS: Final = ("-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror")


class Shim:
    """The compiled library, and the files in a folder by which it is told what to do."""

    def __init__(self, folder: Path) -> None:
        """Compile it. Raises NotHere."""
        if not sys.platform.startswith("linux") or sys.maxsize < 2**32:
            raise NotHere("the shim is for Linux with 64 bits")
        compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
        if compiler is None:
            raise NotHere("there is no C compiler here")
        folder.mkdir(parents=True, exist_ok=True)
        self._library = folder / "shim.so"
        self._clock = folder / "clock"
        self._count = folder / "count"
        made = [compiler, *_FLAGS, "-o", str(self._library), str(_SOURCE), "-ldl"]
        done = subprocess.run(made, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotHere(f"the shim cannot be compiled here: {done.stderr.strip()[:200]}")
        self.set_clock(0)

    @property
    def plain(self) -> dict[str, str]:
        """What has a program run with the library, by the clock of `set_clock`."""
        preload = filter(None, (os.environ.get("LD_PRELOAD"), str(self._library)))
        return {"LD_PRELOAD": ":".join(preload), "FAULTS_CLOCK": str(self._clock)}

    def set_clock(self, seconds: int) -> None:
        """Have the clock of all programs, those that run included, be wrong by so many seconds."""
        self._tell(f"{seconds}")

    def _tell(self, clock: str) -> None:
        changed = self._clock.with_suffix(".new")
        changed.write_text(f"{clock}\n")
        changed.replace(self._clock)

    def stop_clock(self, seconds: float) -> None:
        """Have the clock of all programs stand still, at so many seconds since the epoch."""
        self._tell(f"@{round(seconds * 1000)}")

    def dated(self, seconds: int) -> Mapping[str, str]:
        """The environment in which all files were written at a whole second since the epoch."""
        return {**self.plain, "FAULTS_FILES": str(seconds)}

    def failing(self, number: int, what: str, pattern: str) -> Mapping[str, str]:
        """The environment in which the rename of a number fails, of those whose target matches.

        `what` is ENOSPC, EIO, KILL or KILLED, which ends the process before or after it. 0 fails none.
        """
        self._count.unlink(missing_ok=True)
        plan = {"FAULTS_RENAME": f"{number}:{what}:{pattern}", "FAULTS_COUNT": str(self._count)}
        return {**self.plain, **plan}

    def renames(self) -> list[str]:
        """The targets of those that matched since `failing`."""
        return self._count.read_text().splitlines() if self._count.exists() else []
