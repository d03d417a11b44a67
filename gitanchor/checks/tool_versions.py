"""Find commands on PATH and their versions. The only module that starts a tool, and only known ones.

Nothing in the repository is started, whatever PATH is, and nothing is started inside of it.
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
"""Running tools, by name; None for one that could not be started."""

_MOST: Final = 4096
"""How many characters of a tool's output are examined."""


def on_path(name: str, forbidden: Sequence[Path]) -> tuple[Path | None, bool]:
    """Return the first command of a name on PATH outside of the forbidden folders.

    The second value says whether one was skipped in a forbidden folder. Both a link and its target
    count. Relative folders on PATH are skipped.
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
    """Whether a path is a folder or below it; links among the path's parent folders are resolved."""
    return (path.parent.resolve() / path.name).is_relative_to(folder.resolve())


def start(commands: Iterable[tuple[str, Path]]) -> Started:
    """Start those of the commands that are known tools, by name, so that each prints its version.

    All run at the same time, in the root folder, without input, until `printed` ends them.
    """
    return {name: _start(path, TOOLS[name].arguments) for name, path in commands if name in TOOLS}


def printed(started: Started, deadline: float) -> dict[str, str | None]:
    """Return the version of each tool; None if it printed none before `deadline` (`time.monotonic`)."""
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
    """Return what a process printed before the deadline; after it, kill it and its children."""
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
