"""Loses anchors in each way that git and a shell have, and counts what `git anchor recover` leaves lost.

    python -m tests.faults.lost --rounds 50

Each round is a throw-away repository: anchors with random names and texts are written and edited
there, then lost, each way once and in random order, and recovered after each. Ends with status 1 if
an anchor is missing then, differs from what it was by a byte, or anything else is wrong.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.conftest import FIXED, GIT_CONFIG
from tests.repositories import Repo, make_repository

_NAMES: Final = (
    "Step",
    "copy-paste",
    "é😀",
    "漢字",
    "a/b:c",
    "-x",
    "CON",
    "x" * 300,
    "two words",
    "...",
)
_LINES: Final = (
    "plain text",
    "# heading",
    "```",
    "~~~ py",
    "- [x] done",
    "é😀 \t tab",
    "a: b # c",
    "...",
    "",
)


@dataclass(slots=True)
class Tally:
    """The counts over all rounds. `gone` says how many files each way took away or set back."""

    gone: Counter[str] = field(default_factory=Counter)
    anchors: int = 0
    lost: int = 0
    changed: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether everything came back as it was."""
        return not self.lost and not self.changed and not self.problems

    def report(self) -> str:
        """The counts, one a line."""
        lines = [
            *(f"{way}: {self.gone[way]} gone or set back" for way in WAYS),
            f"anchors: {self.anchors}",
            f"lost: {self.lost}",
            f"changed: {self.changed}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


class Round:
    """One repository, and what each of its anchor files has to hold."""

    def __init__(self, folder: Path, chance: random.Random, tally: Tally) -> None:
        self.folder = folder
        self.chance = chance
        self.texts: dict[str, bytes] = {}
        self._tally = tally
        form = chance.choice(("sha1", "sha256"))
        self.repo = make_repository(folder / "repo", f"--object-format={form}")
        self.repo.ok("init")
        self.repo.git("add", ".")
        self.repo.git("commit", "-qm", "Start")

    def play(self, way: str) -> None:
        """Write anchors, lose them in a way, recover them, and count."""
        for _ in range(self.chance.randint(1, 3)):
            self.write(self.repo)
        WAYS[way](self)
        wrong = self._wrong()
        self._tally.gone[way] += len(wrong)
        recovered = self.repo.anchor("recover", "--all")
        if recovered.status or recovered.err:
            self._tally.problems.append(f"{way}: recover: {recovered}")
        for path in self._wrong():
            there = (self.repo.root / path).exists()
            self._tally.changed += there
            self._tally.lost += not there
            self._tally.problems.append(f"{way}: {path} is {'changed' if there else 'lost'}")
            self.repo.write(path, self.texts[path])
        self._look_around(way)
        if self.chance.random() < 0.5:
            self.commit()

    def write(self, repo: Repo) -> None:
        """Write an anchor, and perhaps edit it or remove it again."""
        before = set(repo.files())
        name = f"{self.chance.choice(_NAMES)} {self.chance.getrandbits(20)}"
        repo.ok("add", "-c", self._prose(), "-n", self._prose(), "-d", "tool git ≥ 2.30", "--", name)
        (path,) = set(repo.files()) - before
        anchor_id = path[-13:-5]
        for _ in range(self.chance.choice((0, 0, 1, 3))):
            repo.ok("edit", anchor_id, "-c", self._prose())
        if self.chance.random() < 0.2:
            repo.ok("undo") if self.chance.random() < 0.5 and self._edited(repo) else None
            repo.ok("rm", anchor_id)
            repo.ok("undo")
        self._tally.anchors += 1
        self.texts[path] = (repo.root / path).read_bytes()

    def edit(self) -> None:
        """Edit some anchors, at least one."""
        for path in sorted(set(self.chance.choices(sorted(self.texts), k=2))):
            self.repo.ok("edit", path[-13:-5], "-n", f"{self._prose()} {self.chance.random()}")
            self.texts[path] = (self.repo.root / path).read_bytes()

    def commit(self) -> None:
        """Commit everything."""
        self.repo.git("add", ".")
        self.repo.git("commit", "-qm", "Anchors", "--allow-empty")

    def _edited(self, repo: Repo) -> bool:
        """Whether what can be undone is an edit of a file that is still as that left it."""
        last = repo.workspace().state.operation
        return last is not None and last.action == "edit" and repo.anchor("undo").status == 0

    def _prose(self) -> str:
        lines = self.chance.choices(_LINES, k=self.chance.choice((1, 3, 30)))
        return "\n".join([f"{self.chance.getrandbits(32):x}", *lines])

    def _wrong(self) -> list[str]:
        """The anchor files that do not hold what they have to."""
        return [
            path
            for path, text in self.texts.items()
            if not (self.repo.root / path).exists() or (self.repo.root / path).read_bytes() != text
        ]

    def _look_around(self, way: str) -> None:
        """Everything beside the anchors themselves that is not as it should be."""
        found = []
        if set(self.repo.files()) != set(self.texts):
            found.append(f"other files: {set(self.repo.files()) ^ set(self.texts)}")
        checked = self.repo.anchor("render", "--check")
        if checked.status:
            found.append(f"the log is stale: {checked}")
        listed = self.repo.anchor("recover")
        if listed.out or listed.err:
            found.append(f"still listed: {listed}")
        refs = self.repo.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/anchors").split()
        found += [f"no ref for {path}" for path in self.texts if path[-13:-5] not in refs]
        self._tally.problems += [f"{way}: {problem}" for problem in found]


# The ways --------------------------------------------------------------------------------------


def _reset(play: Round) -> None:
    play.repo.git("add", ".")
    play.repo.git("reset", "-q", "--hard")


def _clean(play: Round) -> None:
    play.repo.git("clean", "-fdq")


def _clean_ignored(play: Round) -> None:
    play.repo.write(".git/info/exclude", ".anchors/\n" if play.chance.random() < 0.5 else "")
    play.repo.git("clean", "-fdxq")
    play.repo.write(".git/info/exclude", "")


def _stash(play: Round) -> None:
    play.repo.git("stash", "--include-untracked", "--quiet")
    play.repo.git("stash", "drop", "--quiet")


def _worktree(play: Round) -> None:
    side = Repo(play.folder / "side")
    play.repo.git("worktree", "add", "-q", "--detach", str(side.root))
    for _ in range(play.chance.randint(1, 3)):
        play.write(side)
    if play.chance.random() < 0.5:
        side.git("add", ".")
    if play.chance.random() < 0.5:
        side.git("commit", "-qm", "Anchors", "--allow-empty")
    play.repo.git("worktree", "remove", "--force", str(side.root))


def _checkout(play: Round) -> None:
    play.repo.git("add", ".")
    play.repo.git("checkout", "-q", "-f", "HEAD")


def _branch(play: Round) -> None:
    play.repo.git("switch", "-qc", "only")
    play.commit()
    play.repo.git("switch", "-q", "main")
    play.repo.git("branch", "-qD", "only")
    play.repo.git("reflog", "expire", "--expire=now", "--all")
    play.repo.git("gc", "-q", "--prune=now")


def _folder(play: Round) -> None:
    play.repo.run("rm", "-rf", ".anchors", check=True)
    play.repo.git("checkout", "-q", "HEAD", "--", ".anchors")  # git has the others


def _edit(play: Round) -> None:
    play.commit()
    play.edit()
    play.repo.git("reset", "-q", "--hard")


WAYS: Final[dict[str, Callable[[Round], None]]] = {
    "add, git reset --hard": _reset,
    "git clean -fd": _clean,
    "git clean -fdx": _clean_ignored,
    "git stash -u, git stash drop": _stash,
    "git worktree remove --force": _worktree,
    "git checkout -f": _checkout,
    "git branch -D, reflog expire, gc": _branch,
    "rm -rf .anchors": _folder,
    "commit, edit, git reset --hard": _edit,
}


def run(rounds: int, folder: Path, seed: int) -> Tally:
    """Play so many rounds, each way once in each."""
    started = time.monotonic()
    chance = random.Random(seed)
    tally = Tally()
    for number in range(rounds):
        place = folder / f"round {number}"
        place.mkdir()
        play = Round(place, chance, tally)
        for way in chance.sample(sorted(WAYS), len(WAYS)):
            play.play(way)
    tally.seconds = time.monotonic() - started
    return tally


@contextmanager
def sealed(folder: Path) -> Iterator[None]:
    """A home of its own, and nothing of the environment that git would listen to."""
    before = dict(os.environ)
    (folder / "home").mkdir()
    (folder / "home/.gitconfig").write_text(GIT_CONFIG)
    for name in [name for name in before if name.startswith(("GIT_", "XDG_")) or name == "CI"]:
        del os.environ[name]
    os.environ.update({**FIXED, "HOME": str(folder / "home")})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.lost")
    parser.add_argument("--rounds", type=int, default=50, help="how many repositories")
    parser.add_argument("--seed", type=int, default=None, help="repeat the same random choices")
    options = parser.parse_args(arguments)
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed: {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="gitanchor-lost-") as name, sealed(Path(name)):
        tally = run(options.rounds, Path(name), seed)
    print(tally.report())
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
