"""Clones and worktrees for random operations: what is under way in them, and whether the log has to be fresh."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from tests.faults.expected import FOREWORD, LOG, Objects, Tree
from tests.repositories import Repo, make_repository

START: Final = datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=1)))
_BUSY: Final = (
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "rebase-merge",
    "rebase-apply",
    "sequencer",
)


@dataclass(slots=True)
class Clone:
    """One clone: its objects, its worktrees, and whether the log was fresh at each stash."""

    objects: Objects
    roots: list[Path]
    stashes: list[bool] = field(default_factory=list)


class Worktree(Repo):
    """One worktree. `must_be_fresh` says whether its log has to be a render once nothing is under way."""

    def __init__(self, root: Path, clone: Clone) -> None:
        super().__init__(root)
        self.clone = clone
        self.git_dir = Path(self.git("rev-parse", "--absolute-git-dir"))
        self.must_be_fresh = True
        self.popping = False

    @property
    def operation(self) -> str | None:
        """The operation that is under way, by the file that git has for it."""
        return next((name for name in _BUSY if (self.git_dir / name).exists()), None)

    @property
    def is_busy(self) -> bool:
        """Whether an operation is under way."""
        return self.popping or self.operation is not None

    @property
    def unmerged(self) -> dict[str, dict[int, str]]:
        """The blobs of the unmerged paths, by their stages."""
        found: dict[str, dict[int, str]] = {}
        for line in filter(None, self.git("ls-files", "-u", "-z").split("\0")):
            facts, path = line.split("\t")
            found.setdefault(path, {})[int(facts.split(" ")[2])] = facts.split(" ")[1]
        return found

    @property
    def tree(self) -> Tree:
        """What the worktree holds."""
        paths = [*self.files(), *(path for path in (LOG, FOREWORD) if (self.root / path).exists())]
        return Tree({path: (self.root / path).read_bytes() for path in paths})

    @property
    def is_fresh(self) -> bool:
        """Whether the log is a fresh render, as `git anchor` itself says."""
        result = self.anchor("render", "--check")
        assert result.status in {0, 1}, result
        return result.status == 0

    @property
    def branch(self) -> str:
        return self.git("rev-parse", "--abbrev-ref", "HEAD")

    def expect(self, *commits: str) -> None:
        """Before git moves to other commits: work out whether the log has to be fresh after it.

        It has to be where it is now, and is in all commits that matter.
        """
        tips = self.git("rev-parse", "HEAD", *commits).split()
        bases = self.run("git", "merge-base", "--octopus", *tips).out.split()
        listed = self.git("rev-list", "--boundary", *tips, "--not", *bases).split()
        involved = {*tips, *(commit.removeprefix("-") for commit in listed)}
        self.must_be_fresh = self.is_fresh and all(map(self.clone.objects.is_rendered, involved))


def template(folder: Path) -> None:
    """Make the hub and both clones, with a first anchor."""
    make_repository(folder / "hub", "--bare")
    for name in ("one", "two"):
        repo = make_repository(folder / name)
        repo.git("remote", "add", "origin", "../hub")
        if name == "one":
            repo.ok("init")
            repo.ok("add", "First", "-c", "Begun.", "-n", "Go on.")
            repo.git("add", ".")
            repo.git("commit", "-qm", "Start")
            repo.git("push", "-q", "-u", "origin", "main")
        else:
            repo.git("fetch", "-q")
            repo.git("switch", "-q", "main")
            repo.ok("init")
        repo.git(
            "config", "anchor.remind.commits", "1"
        )  # which has the hooks speak as often as they can


def set_clock(minutes: int) -> None:
    """Let git and `git anchor` believe that it is so many minutes after the start."""
    now = (START + timedelta(minutes=minutes)).isoformat()
    os.environ.update(GIT_AUTHOR_DATE=now, GIT_COMMITTER_DATE=now)
