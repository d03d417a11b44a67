"""A commit with hooks in place and nothing to say, against the same commit without any.

`python -m tests.bench.hooks` makes one small repository for each case of the tables below, and times `git commit
--allow-empty` in them, round robin: a round is one commit in each. Printed are the medians with their spread (the
middle half of the times), and the ratios of the medians of one run to a commit without hooks.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.bench import place
from tests.bench.timing import Case, Command, Times, round_robin

ROUNDS: Final = 101
OURS: Final = Path(__file__).resolve().parents[2] / "hooks"
COMMIT: Final = ("git", "commit", "-q", "--allow-empty", "-m", "Go on")

PLAIN: Final = "no hooks"
ALL: Final = "all hooks"
DUE: Final = "reminder due"

SetUp = Callable[[Path], None]


def with_no_hooks(root: Path) -> None:
    """What all others are compared with."""


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


def with_framework(root: Path, manager: str) -> None:
    """The pre-commit framework, or prek, which reads the same settings: one hook that does nothing."""
    (root / ".pre-commit-config.yaml").write_text(
        "repos:\n- repo: local\n  hooks:\n  - id: nothing\n    name: nothing\n    language: system\n"
        '    entry: "true"\n    always_run: true\n    pass_filenames: false\n    stages: [post-commit]\n'
    )
    run("git", "add", ".", at=root)
    run(*COMMIT, at=root)
    run(manager, "install", "-t", "post-commit", at=root)


def with_husky(root: Path) -> None:
    """husky with a post-commit hook that does nothing."""
    (root / "package.json").write_text("{}\n")
    run("husky", at=root)
    (root / ".husky/post-commit").write_text("true\n")


def with_lefthook(root: Path) -> None:
    """lefthook with one job that does nothing."""
    (root / "lefthook.yml").write_text('post-commit:\n  jobs:\n    - run: "true"\n')
    run("lefthook", "install", at=root)


def with_lfs(root: Path) -> None:
    """The hooks of git-lfs, which does nothing where no file is tracked with it."""
    run("git", "lfs", "install", "--local", at=root)


BARS: Final[dict[str, tuple[SetUp, float | None]]] = {
    PLAIN: (with_no_hooks, None),
    "an empty hook": (with_empty_hook, None),
    "post-commit": (with_post_commit, 1.45),
    ALL: (with_all, 2.2),
    DUE: (with_reminder, 2.3),
}
"""Our hooks, and how many times as long as without any a commit may take with them."""

PEERS: Final[dict[str, SetUp]] = {
    "prek": lambda root: with_framework(root, "prek"),
    "git-lfs": with_lfs,
    "husky": with_husky,
    "lefthook": with_lefthook,
    "pre-commit": lambda root: with_framework(root, "pre-commit"),
}
"""What other hooks cost, by the peer that they need."""


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
    run(*COMMIT, at=root)
    return root


def run(*command: str, at: Path) -> str:
    """Run a command that has to succeed; what it said on standard error."""
    done = subprocess.run(
        command, cwd=at, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    return done.stderr


def prepared(folder: Path, cases: Mapping[str, SetUp]) -> dict[str, Case]:
    """A commit in a repository of its own for each case, where the hooks have seen their settings.

    A commit is taken back before the next, so that each has the same history below it.
    """
    roots: dict[str, Path] = {}
    for number, (name, set_up) in enumerate(cases.items()):
        roots[name] = made(folder / f"repo{number}")
        set_up(roots[name])
    time.sleep(1.1)  # or files would be of one age with what was made of them, and be read again
    for name, root in roots.items():
        said = [run(*COMMIT, at=root) for _ in range(5)][-1]
        assert name in PEERS or said.startswith("hint: ") == (name == DUE), (name, said)
    return {name: Case(Command(COMMIT, root), _back(root)) for name, root in roots.items()}


def _back(root: Path) -> Callable[[], None]:
    """What makes a repository's branch stand where it stands now."""
    done = subprocess.run(
        ("git", "rev-parse", "main"), cwd=root, check=True, capture_output=True, text=True
    )

    def back() -> None:
        run("git", "update-ref", "refs/heads/main", done.stdout.strip(), at=root)

    return back


def measure(folder: Path, rounds: int) -> Times:
    """The times of a commit with our hooks, and without."""
    return round_robin(prepared(folder, {name: set_up for name, (set_up, _) in BARS.items()}), rounds)


def main() -> int:
    """Measure and print; the exit status tells whether the bars were met."""
    with place.sealed() as folder:
        times = measure(folder, ROUNDS)
    assert not times.reasons, times.reasons
    spreads = times.spreads
    missed = 0
    for name, (_, bar) in BARS.items():
        spread = spreads[name]
        low, middle, high = (value * 1000 for value in (spread.low, spread.median, spread.high))
        ratio = spread.median / spreads[PLAIN].median
        missed += bar is not None and ratio > bar
        said = "" if bar is None else f" (bar {bar})"
        print(f"{name:14} {middle:6.2f} ms (spread {low:.2f} to {high:.2f})  ratio {ratio:.2f}{said}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
