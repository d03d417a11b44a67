"""Real repositories for tests, and `git anchor` run in them, in this process or as a command."""

import atexit
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitanchor.cli import main
from gitanchor.operations.workspace import Workspace

BIN = Path(sys.executable).parent
SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seeds"


@dataclass(frozen=True)
class Result:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str


class Repo:
    """One worktree."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def once(self, make: Callable[["Repo"], object], *key: Hashable) -> "Repo":
        """What a function makes of this worktree: made the first time in a process, then a copy of that.

        The function has a name of its own, and depends on nothing but what was here before it and the
        key. Anchors have the same ids in all copies, and git the same commits. Only the worktree with
        its `.git` is copied, and the environment set: what lies beside it is not to be changed.
        """
        full = (make.__module__, make.__qualname__, *key)
        if (made := _MADE.get(full)) is None:
            before, environment = _beside(self.root), dict(os.environ)
            make(self)
            assert _beside(self.root) == before, "a copy would lack what was made beside the repository"
            changed = {name: text for name, text in os.environ.items() if environment.get(name) != text}
            _MADE[full] = _templates() / str(len(_MADE)), changed
            shutil.copytree(self.root, _MADE[full][0], symlinks=True)
        else:
            if self.root.exists():
                shutil.rmtree(self.root)
            shutil.copytree(made[0], self.root, symlinks=True)
            os.environ.update(made[1])
            if (self.root / ".git/index").exists():  # which knows files by their inodes, too
                self.git("update-index", "-q", "--refresh")
        return self

    def git(self, *arguments: str, **environment: str) -> str:
        """Run git and return what it printed, without the last line break; it has to succeed."""
        return self.run("git", *arguments, check=True, **environment).out.removesuffix("\n")

    def run(self, *command: str, stdin: str = "", check: bool = False, **environment: str) -> Result:
        """Run any command in the worktree, `git anchor` included, as a process of its own."""
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=self.root,
            input=stdin.encode(),
            capture_output=True,
            env={**os.environ, "PATH": path, **environment},
            check=False,
        )
        result = Result(
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"),
        )
        assert not check or result.status == 0, result
        return result

    def anchor(self, *arguments: str, stdin: bytes | str = b"", folder: str = ".") -> Result:
        """Run `git anchor` in this process, in a folder of the worktree."""
        content = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
        previous = sys.stdin
        sys.stdin = io.TextIOWrapper(io.BytesIO(content), "utf-8")
        try:
            with (
                contextlib.chdir(self.root / folder),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
            ):
                status = main.run(arguments)
        finally:
            sys.stdin = previous
        texts = []
        for stream in (out, err):
            stream.flush()
            buffer = stream.buffer
            assert isinstance(buffer, io.BytesIO)
            texts.append(buffer.getvalue().decode("utf-8", "surrogateescape"))
        return Result(status, *texts)

    def ok(self, *arguments: str, stdin: bytes | str = b"") -> str:
        """Run `git anchor`, which has to succeed, and return what it printed."""
        result = self.anchor(*arguments, stdin=stdin)
        assert result.status == 0, result
        return result.out

    def json(self, *arguments: str) -> Any:
        """What `git anchor … --json` printed."""
        return json.loads(self.ok(arguments[0], "--json", *arguments[1:]))

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file below the worktree."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def read(self, path: str) -> str:
        """The text of a file below the worktree."""
        return (self.root / path).read_bytes().decode()

    def commit(self, subject: str, files: Mapping[str, str] | None = None, **environment: str) -> Result:
        """Commit files, or nothing at all, with real git and its hooks."""
        for path, content in (files or {}).items():
            self.write(path, content)
            self.git("add", "--", path)
        return self.run("git", "commit", "-q", "--allow-empty", "-m", subject, check=True, **environment)

    def workspace(self) -> Workspace:
        """A new look at the anchors."""
        return Workspace.open(self.root)

    def files(self) -> list[str]:
        """The anchor files, by path from the top of the worktree."""
        found = (self.root / ".anchors").glob("*/*/*.yaml")
        return sorted(path.relative_to(self.root).as_posix() for path in found)


_MADE: dict[Hashable, tuple[Path, dict[str, str]]] = {}


def _templates() -> Path:
    """The folder of this process for what `Repo.once` has made."""
    if not _MADE:
        made = Path(tempfile.mkdtemp(prefix="gitanchor-templates-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        return made
    return next(iter(_MADE.values()))[0].parent


def _beside(root: Path) -> set[Path]:
    """The files beside a repository."""
    return {path for path in root.parent.rglob("*") if root not in (path, *path.parents)}


def git_version() -> tuple[int, ...]:
    """The version of the git that is on PATH, by its first two numbers."""
    done = subprocess.run(["git", "version"], check=True, capture_output=True, text=True)
    return tuple(map(int, done.stdout.split()[2].split(".")[:2]))


def make_repository(root: Path, *options: str) -> Repo:
    """Make an empty repository."""
    subprocess.run(["git", "init", "-q", *options, str(root)], check=True, capture_output=True)
    return Repo(root)


def start(repo: Repo) -> None:
    """Make a repository with one commit."""
    make_repository(repo.root).commit("Start", {"README": "start\n"})
