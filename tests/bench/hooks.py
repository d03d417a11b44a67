"""A commit with our hooks in place and nothing to say, against the same commit without any.

`python -m tests.bench.hooks` makes one small repository for each case of the table below, and times `git commit
--allow-empty` in them, round robin: a round is one commit in each. Printed are the medians with their spread (the
middle half of the times), and the ratios of the medians of one run to a commit without hooks.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROUNDS: Final = 101
OURS: Final = Path(__file__).resolve().parents[2] / "hooks"


def with_empty_hook(root: Path) -> None:
    """What any hook costs: the start of a shell."""
    hook(root, "#!/bin/sh\n")


def with_post_commit(root: Path) -> None:
    """The reminder's hook alone, with nothing to say."""
    run("git", "anchor", "add", "Start", "-c", "In the midst of it", "-n", "Go on", at=root)
    hook(root, (OURS / "post-commit").read_text("utf-8"))


def with_all(root: Path) -> None:
    """All hooks, with nothing to say."""
    run("git", "anchor", "hooks", "install", at=root)
    run("git", "anchor", "add", "Start", "-c", "In the midst of it", "-n", "Go on", at=root)


def with_reminder(root: Path) -> None:
    """All hooks, and a reminder at each commit from the fifth on."""
    with_all(root)
    run("git", "config", "anchor.remind.commits", "5", at=root)


CASES: Final[dict[str, tuple[Callable[[Path], None] | None, float | None]]] = {
    "no hooks": (None, None),
    "an empty hook": (with_empty_hook, None),
    "post-commit": (with_post_commit, 1.45),
    "all hooks": (with_all, 2.2),
    "reminder due": (with_reminder, 2.3),
}


def hook(root: Path, script: str) -> None:
    """Put a script in place as the post-commit hook."""
    path = root / ".git/hooks/post-commit"
    path.write_text(script, "utf-8")
    path.chmod(0o755)


def made(root: Path) -> Path:
    """A repository with 20 files and a commit, which no reminder falls due in unless a case says so."""
    run("git", "init", "-q", "-b", "main", str(root), at=root.parent)
    for number in range(20):
        path = root / f"src/m{number % 4}/f{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"print({number})\n")
    run("git", "add", ".", at=root)
    run("git", "config", "anchor.remind.commits", "1000000", at=root)
    commit(root)
    return root


def run(*command: str, at: Path) -> str:
    """Run a command that has to succeed; what it said on standard error."""
    done = subprocess.run(
        command, cwd=at, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    return done.stderr


def commit(root: Path) -> str:
    """Make a commit; what its hooks said."""
    return run("git", "commit", "-q", "--allow-empty", "-m", "Go on", at=root)


def milliseconds(root: Path) -> float:
    """How long a commit takes. It is taken back afterwards, so that each has the same history below it."""
    start = time.perf_counter()
    commit(root)
    passed = (time.perf_counter() - start) * 1000
    run("git", "update-ref", "refs/heads/main", "HEAD~1", at=root)
    return passed


def prepared(folder: Path) -> dict[str, Path]:
    """The repository of each case, whose hooks have seen their settings and say what they should."""
    roots: dict[str, Path] = {}
    for number, (name, (set_up, _)) in enumerate(CASES.items()):
        roots[name] = made(folder / f"repo{number}")
        if set_up is not None:
            set_up(roots[name])
    time.sleep(1.1)  # or files would be of one age with what was made of them, and be read again
    for name, root in roots.items():
        said = [commit(root) for _ in range(5)][-1]
        assert said.startswith("hint: ") == (name == "reminder due"), (name, said)
    return roots


def main() -> int:
    """Measure and print; the exit status tells whether the bars were met."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for variable in ("CI", *(name for name in os.environ if name.startswith("GIT_"))):
        os.environ.pop(variable, None)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        (home / ".gitconfig").write_text("[user]\n\tname = A U Thor\n\temail = author@example.com\n")
        os.environ.update(HOME=str(home), XDG_CONFIG_HOME=str(home), GIT_CONFIG_NOSYSTEM="1")
        roots = prepared(Path(folder))
        times: dict[str, list[float]] = {name: [] for name in CASES}
        for _ in range(ROUNDS):
            for name, root in roots.items():
                times[name].append(milliseconds(root))
    plain = statistics.median(times["no hooks"])
    missed = 0
    for name, (_, bar) in CASES.items():
        low, middle, high = statistics.quantiles(times[name], n=4)
        ratio = middle / plain
        missed += bar is not None and ratio > bar
        said = "" if bar is None else f" (bar {bar})"
        print(f"{name:14} {middle:6.2f} ms (spread {low:.2f} to {high:.2f})  ratio {ratio:.2f}{said}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
