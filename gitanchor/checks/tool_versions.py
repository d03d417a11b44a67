"""Commands on PATH and their versions: the only module that starts a tool, and only a known one.

Nothing of the repository is started, whatever PATH says, and nothing is started in it.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from gitanchor.checks.known_tools import QUIET, TOOLS

Started = dict[str, "subprocess.Popen[bytes] | None"]
"""Tools that run, by their names; None for one that could not be started."""

_MOST: Final = 4096
"""Characters of what a tool prints that are looked at."""


def on_path(name: str, forbidden: Sequence[Path]) -> tuple[Path | None, bool]:
    """The first command of a name on PATH that is in no forbidden folder, and whether one of those is.

    What a link leads to counts as well as the link. Relative folders on PATH are left out.
    """
    endings = os.environ.get("PATHEXT", "").split(os.pathsep) if os.name == "nt" else [""]
    passed_by = False
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if not Path(folder).is_absolute():
            continue
        for ending in endings:
            found = Path(folder) / f"{name}{ending}"
            if not (found.is_file() and os.access(found, os.X_OK)):
                continue
            if any(is_below(place, top) for place in (found, found.resolve()) for top in forbidden):
                passed_by = True
            else:
                return found, passed_by
    return None, passed_by


def is_below(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or below it, with all links of the folders above the path followed."""
    return (path.parent.resolve() / path.name).is_relative_to(folder.resolve())


def start(commands: Iterable[tuple[str, Path]]) -> Started:
    """Start known tools, by their names, so that each prints its version; others are left out.

    All run at once, in the root folder, with nothing to read, until `printed` ends them.
    """
    return {name: _start(path, TOOLS[name].arguments) for name, path in commands if name in TOOLS}


def printed(started: Started, deadline: float) -> dict[str, str | None]:
    """The version of each tool; None where it printed none before the deadline (`time.monotonic`)."""
    found = {}
    for name, process in started.items():
        output = _output(process, deadline) if process else ""
        found[name] = TOOLS[name].version_in(output)
    return found


def _start(path: Path, arguments: Sequence[str]) -> "subprocess.Popen[bytes] | None":
    try:
        return subprocess.Popen(
            [str(path), *arguments],
            cwd=path.anchor,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **QUIET},
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None


def _output(process: "subprocess.Popen[bytes]", deadline: float) -> str:
    """What a process printed until the deadline; then it is ended, with all that it started."""
    try:
        output, _ = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
        return ""
    return output.decode("utf-8", "replace")[:_MOST]
