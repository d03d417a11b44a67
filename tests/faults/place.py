"""A throw-away repository for faults: sealed as the tests are, with real git, and what to look at after."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.conftest import FIXED, GIT_CONFIG
from tests.repositories import BIN

LOG: Final = "GPT_Anchors_Log.md"
Done = subprocess.CompletedProcess[bytes]
_ANCHOR_FILE: Final = re.compile(r"\.anchors/\d{4}/\d\d/[^/]+\.yaml")


def sealed(folder: Path) -> dict[str, str]:
    """An environment with a home of its own in a folder; the clock is real, and Python keeps bytecode."""
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(GIT_CONFIG)
    left = ("_DATE", "BYTECODE")
    fixed = {name: value for name, value in FIXED.items() if not name.endswith(left)}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**fixed, "HOME": str(home), "PATH": path}


class Place:
    """A repository in which `git anchor init` was run, and worktrees that are linked to it."""

    def __init__(self, folder: Path, linked: int = 0, log: str = LOG) -> None:
        self.root = folder / "repo"
        self.environment = sealed(folder)
        self.run("git", "init", "-q", str(self.root), folder=folder)
        self.run("git", "commit", "-q", "--allow-empty", "-m", "Start")
        self.run("git", "anchor", "init", "--log", log)
        self.run("git", "add", ".")
        self.run("git", "commit", "-qm", "Keep anchors")
        self.worktrees = [self.root]
        for number in range(1, linked + 1):
            other = folder / f"linked {number}"
            self.run("git", "worktree", "add", "-q", "-b", f"side-{number}", str(other))
            self.worktrees.append(other)

    def run(
        self,
        *command: str,
        folder: Path | None = None,
        fails: bool = False,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> Done:
        """Run a command to its end; unless it `fails`, it has to succeed."""
        return subprocess.run(
            command,
            cwd=folder or self.root,
            input=stdin,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            check=not fails,
        )

    def anchor(self, *arguments: str, folder: Path | None = None) -> Done:
        """Run `git anchor`, whatever its status."""
        return self.run(str(BIN / "git-anchor"), *arguments, folder=folder, fails=True)

    def files(self, folder: Path | None = None) -> list[Path]:
        """The anchor files of a worktree."""
        return sorted(((folder or self.root) / ".anchors").glob("*/*/*.yaml"))

    def temporary(self) -> list[Path]:
        """Files that only a running process may have: half-written ones, notes, forms, locks of refs."""
        git = self.root / ".git"
        states = [git / "gitanchor", *git.glob("worktrees/*/gitanchor")]
        found = [path for state in states for path in _temporary(state)]
        found += (git / "refs").rglob("*.lock")
        for root in self.worktrees:
            found += [path for path in root.rglob("*.tmp") if ".git" not in path.parts]
        return found

    def troubles(self, checks: Sequence[Sequence[str]] = (("render", "--check"),)) -> Iterator[str]:
        """What is not as it should be: checks of each worktree, strange files, and the repository."""
        yield from (f"left behind: {path}" for path in self.temporary())
        for root in self.worktrees:
            name = root.name
            for check in (*checks, ("doctor",)):
                done = self.anchor(*check, folder=root)
                if done.returncode:
                    said = (done.stderr.decode() or done.stdout.decode())[:500]
                    yield f"{name}: {' '.join(check)}: {done.returncode}: {said}"
            listed = self.run("git", "status", "--porcelain", "-z", "-uall", folder=root).stdout
            for entry in filter(None, listed.decode().split("\0")):
                if not entry.endswith(".md") and not _ANCHOR_FILE.fullmatch(entry[3:]):
                    yield f"{name}: left behind: {entry[3:]}"
        checked = self.run("git", "fsck", "--strict", "--no-dangling", "--no-progress", fails=True)
        if checked.returncode or checked.stderr or checked.stdout:
            yield f"fsck: {checked.stderr.decode()}{checked.stdout.decode()}"


def _temporary(state: Path) -> Iterator[Path]:
    for pattern in ("tmp/*", "tmp/.*.tmp", "waiting/*", "ANCHOR_EDITMSG.*"):
        yield from state.glob(pattern)
