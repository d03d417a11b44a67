"""`resume` with drift in a repository of 20,000 commits, against git and Python doing the least.

`python -m tests.bench.drift` makes the repository with `git fast-import`, and times, round robin:
`resume` as a whole process, and the sum of `git rev-list --count`, `git diff --stat` over the same
range and `python -c "import click"`. The bar is 2.0 for the ratio of the medians.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

COMMITS = 20_000
RANGES = (20, 1_000, 19_000)
ROUNDS = 15
BAR = 2.0


def stream() -> bytes:
    """A history for `git fast-import`: 800 files in 40 folders, one of them changed by each commit."""
    choose = random.Random(1)
    paths = [f"src/m{number % 40}/f{number}.py" for number in range(800)]
    parts: list[bytes] = []
    for number in range(COMMITS):
        moment = 1_700_000_000 + number * 600
        who = f"A{number % 7} U Thor <a{number % 7}@example.com> {moment} +0000"
        subject = f"Change number {number}"
        parts.append(f"commit refs/heads/main\nauthor {who}\ncommitter {who}\n".encode())
        parts.append(f"data {len(subject)}\n{subject}\n".encode())
        for path in paths if number == 0 else [choose.choice(paths)]:
            text = f"version {number}\n"
            parts.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n".encode())
    return b"".join([*parts, b"done\n"])


def made(folder: Path) -> Path:
    """The repository, checked out, with an anchor for each range."""
    root = folder / "repo"
    run("git", "init", "-q", "-b", "main", str(root), at=folder)
    subprocess.run(["git", "fast-import", "--quiet", "--done"], cwd=root, input=stream(), check=True)
    run("git", "reset", "-q", "--hard", "main", at=root)
    run("git", "config", "user.name", "A U Thor", at=root)
    run("git", "config", "user.email", "author@example.com", at=root)
    for back in RANGES:
        run("git", "checkout", "-q", f"main~{back}", at=root)
        sections = ("-c", "In the midst of it", "-n", "Go on with `f7.py` and src/m3")
        run("git", "anchor", "add", f"Back_{back}", *sections, at=root)
    run("git", "checkout", "-q", "main", at=root)
    time.sleep(1.1)  # or the index would be younger than its files, and each be read again
    run("git", "update-index", "-q", "--refresh", at=root)
    return root


def run(*command: str, at: Path) -> None:
    """Run a command that has to succeed."""
    subprocess.run(command, cwd=at, check=True, stdout=subprocess.DEVNULL)


def seconds(commands: Sequence[Sequence[str]], at: Path) -> float:
    """How long some commands take, one after the other."""
    start = time.perf_counter()
    for command in commands:
        run(*command, at=at)
    return time.perf_counter() - start


def main() -> int:
    """Measure and print; the exit status tells whether the bar was met."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        root = made(Path(folder))
        for back in RANGES:
            span = f"main~{back}..main"
            least = [
                ("git", "rev-list", "--count", span),
                ("git", "diff", "--stat", span),
                (sys.executable, "-c", "import click"),
            ]
            ours = [("git-anchor", "resume", f"Back_{back}")]
            run(*ours[0], at=root)
            times = [(seconds(ours, root), seconds(least, root)) for _ in range(ROUNDS)]
            resume, plain = (statistics.median(column) for column in zip(*times, strict=True))
            spread = max(own for own, _ in times) - min(own for own, _ in times)
            ratio = resume / plain
            missed += ratio > BAR
            print(
                f"{back:6} commits  resume {resume * 1000:6.1f} ms (spread {spread * 1000:.1f})"
                f"  git and click {plain * 1000:6.1f} ms  ratio {ratio:.2f} (bar {BAR})"
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
