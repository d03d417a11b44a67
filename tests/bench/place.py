"""The throw-away place that a benchmark runs in: a folder, a home and settings of git of its own.

Nothing of the person's settings is seen, and nothing is left behind, also after Ctrl-C.
"""

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

_OWN: Final = {"CI", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PAGER", "COLUMNS"}
"""Variables of the person or the machine that would change what is measured.

An installed package has its bytecode, so that it may be written.
"""


@contextlib.contextmanager
def sealed() -> Iterator[Path]:
    """A folder that is removed at the end, with the environment set up for what runs in it."""
    kept = dict(os.environ)
    handler = signal.signal(signal.SIGTERM, _stop)
    try:
        with tempfile.TemporaryDirectory(prefix="git-anchor-bench-", ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            _set_up(folder)
            yield folder
    finally:
        signal.signal(signal.SIGTERM, handler)
        os.environ.clear()
        os.environ.update(kept)


def _stop(number: int, frame: FrameType | None) -> None:
    """Let a request to end take the way of every other exit, which removes the folder."""
    sys.exit(128 + number)


def _set_up(folder: Path) -> None:
    home = folder / "home"
    (home / "tmp").mkdir(parents=True)
    (home / ".gitconfig").write_text(
        "[user]\n\tname = A U Thor\n\temail = author@example.com\n"
        "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n"
    )
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_")) or name in _OWN]:
        del os.environ[name]
    os.environ.update(
        HOME=str(home),
        TMPDIR=str(home / "tmp"),
        XDG_CONFIG_HOME=str(home / ".config"),
        XDG_CACHE_HOME=str(home / ".cache"),
        XDG_DATA_HOME=str(home / ".local/share"),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_TERMINAL_PROMPT="0",
        LC_ALL="C.UTF-8",
        TZ="UTC",
        USER="author",
        EDITOR="true",
        NO_COLOR="1",
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    )
