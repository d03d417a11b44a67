"""How long `git anchor list --all` takes with many branches: `python -m tests.bench.branches`.

Makes a repository of 500 branches with 200 anchors each: 199 that all have, and one of its own. Lists
them as a process of its own, first without any cache, then with; prints the medians of both, and what
plain `list` and `python -c "import click"` take on this machine. Exit status 1 if it misses the bar.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gitanchor.model.anchor import Anchor, Dependency
from gitanchor.storage import codec

BRANCHES: Final = 500
ANCHORS: Final = 200
ROUNDS: Final = 5
BAR: Final = 1.5
"""Seconds that `list --all` may take."""

_START: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)


def anchor(number: int) -> Anchor:
    """An anchor as large as those of real logs."""
    return Anchor(
        f"{number:08x}",
        f"Step_{number:05}_Debug",
        _START + timedelta(hours=number),
        "A U Thor <author@example.com>",
        branch=f"branch{number:05}",
        context="The gauge counts a tip twice when it is windy. " * 8,
        milestone="".join(f"✅ Step {item} of {number} is done\n" for item in range(8)),
        next_action=f"Leave gauge {number} beside the old one for a week and compare the totals.",
        dependencies=(Dependency("Tools: PlatformIO"), Dependency("Files: `rain.c`")),
    )


def stream() -> Iterator[str]:
    """The input of `git fast-import`: a commit with what all have, then a commit on each branch."""
    yield from commit("main", 1, [anchor(number) for number in range(ANCHORS - 1)])
    for number in range(BRANCHES):
        yield from commit(f"topic/{number:03}", number + 2, [anchor(ANCHORS + number)], start=":1")


def commit(branch: str, mark: int, anchors: list[Anchor], start: str = "") -> Iterator[str]:
    """One commit that adds anchors."""
    who = f"A U Thor <author@example.com> {1_767_268_800 + mark} +0000"
    yield f"commit refs/heads/{branch}\nmark :{mark}\ncommitter {who}\ndata 1\nx\n"
    yield f"from {start}\n" if start else ""
    for item in anchors:
        text = codec.dump(item)
        yield f"M 100644 inline .anchors/{item.path}\ndata {len(text.encode())}\n{text}\n"


def make(root: Path) -> None:
    """Make the repository, with main checked out."""
    commands = (("init", "-q", "-b", "main", "."), ("fast-import", "--quiet"), ("reset", "-q", "--hard"))
    for command in commands:
        content = "".join(stream()).encode() if command[0] == "fast-import" else b""
        subprocess.run(["git", *command], cwd=root, input=content, check=True)


def timed(root: Path, *command: str) -> tuple[float, int]:
    """Seconds that a command takes, and how many lines it prints."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *command], cwd=root, capture_output=True, check=True)
    return time.perf_counter() - start, done.stdout.count(b"\n")


def forget(root: Path) -> None:
    """Remove the caches."""
    for database in (root / ".git/gitanchor").glob("*.sqlite3"):
        database.unlink()


def main() -> int:
    """Measure and print."""
    listing = ("-m", "gitanchor", "list")
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make(root)
        for _ in range(ROUNDS):
            forget(root)
            for name, command, lines in (
                ("list --all, cold", (*listing, "--all"), ANCHORS - 1 + BRANCHES),
                ("list --all, warm", (*listing, "--all"), ANCHORS - 1 + BRANCHES),
                ("list", listing, ANCHORS - 1),
                ("import click", ("-c", "import click"), 0),
            ):
                seconds, printed = timed(root, *command)
                assert printed == lines, (name, printed)
                times.setdefault(name, []).append(seconds)
    for name, measured in times.items():
        print(f"{name:16} {statistics.median(measured):6.2f} s")
    slowest = max(statistics.median(times[f"list --all, {cache}"]) for cache in ("cold", "warm"))
    print(f"{BRANCHES} branches, {ANCHORS} anchors each: {slowest:.2f} s, bar {BAR} s")
    return 0 if slowest <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
