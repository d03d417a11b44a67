"""The processes of git: the only module that starts git.

Every question goes to plumbing through `run`, in an environment that no other repository has left
traces in; walking a history and reading its objects goes through GitPython, loaded when needed.
What is asked, in git's own nouns, is the business of `repository`.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from gitanchor.errors import GitFailed

LOCAL_VARIABLES: Final = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""`git rev-parse --local-env-vars`, less the variables that carry `git -c KEY=VALUE`."""


_READING: Final = ("--no-optional-locks", "-c", "core.fsmonitor=")
"""Options of every command that only reads: no locks, no program that the settings name."""

_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
"""Keeps a partial clone from fetching what it lacks; the second does it for git before 2.39.4."""


def _is_foreign(name: str) -> bool:
    """Whether an environment variable may tie git to some other repository."""
    return name in LOCAL_VARIABLES or name.endswith("_PATHSPECS")


def _environment() -> dict[str, str]:
    """This process's environment, without what ties git to some other repository."""
    return {name: value for name, value in os.environ.items() if not _is_foreign(name)}


def run(
    arguments: Sequence[str],
    folder: Path,
    *,
    stdin: bytes = b"",
    writing: bool = False,
    may_fail: bool = False,
    offline: bool = False,
    index: str | None = None,
) -> bytes | None:
    """Run one git command in a folder and return what it printed.

    Unless `writing`, it takes no optional locks and runs no file system monitor, which the
    repository's own settings may have set to any program. Raises GitFailed with git's own words;
    with `may_fail` a failing command gives None. `offline`, it fetches nothing that a clone lacks.
    """
    reading = () if writing else _READING
    try:
        done = subprocess.run(
            ["git", *reading, *arguments],
            cwd=folder,
            input=stdin,
            capture_output=True,
            env=_environment()
            | (_OFFLINE if offline else {})
            | ({"GIT_INDEX_FILE": index} if index else {}),
            check=False,
        )
    except FileNotFoundError:
        if not folder.is_dir():
            raise GitFailed(f"cannot enter '{folder}': no such folder") from None
        raise GitFailed("git is not installed, or not on PATH; install git 2.30 or newer") from None
    except OSError as error:
        raise GitFailed(f"git cannot be started: {error.strerror or error}") from None
    if done.returncode == 0:
        return done.stdout
    if may_fail:
        return None
    message = done.stderr.decode("utf-8", "backslashreplace").strip()
    message = message.removeprefix("fatal: ").removeprefix("error: ")
    raise GitFailed(message or f"git {arguments[0]} failed with exit status {done.returncode}")


def converse(arguments: Sequence[str], folder: Path, **options: Any) -> Any:
    """Run one git command through GitPython, offline; `options` are those of `git.Git.execute`.

    GitPython copies this process's environment, so it is cleaned as long as that takes.
    """
    foreign = {name: os.environ.pop(name) for name in list(os.environ) if _is_foreign(name)}
    try:
        import git

        command = ["git", *_READING, *arguments]
        return git.Git(str(folder)).execute(command, env=_OFFLINE, **options)
    except ImportError:  # what it makes of a missing git
        raise GitFailed("git is not installed, or not on PATH; install git 2.30 or newer") from None
    except git.GitCommandError as failure:
        words = str(failure.stderr).strip().removeprefix("stderr: ").strip("'\n ")
        message = words.removeprefix("fatal: ").removeprefix("error: ")
        raise GitFailed(message or f"git {arguments[0]} failed") from None
    finally:
        os.environ.update(foreign)


class Objects:
    """A conversation with `git cat-file --batch`, for objects of any length of id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: Any = None

    def read(self, name: str) -> bytes | None:
        """The content of an object by its full id; None if this clone lacks it or it is damaged."""
        if self._process is None:
            self._process = converse(
                ["cat-file", "--batch"], self._folder, istream=subprocess.PIPE, as_process=True
            )
        self._process.stdin.write(f"{name}\n".encode())
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if len(answer) == 3:
            content: bytes = self._process.stdout.read(int(answer[2]))
            if self._process.stdout.read(1) == b"\n":
                return content
        if len(answer) != 2:  # git gave up over this object; `ID missing` is an answer
            self.close()
        return None

    def close(self) -> None:
        """End the conversation. The next question starts another one."""
        if self._process is not None:
            self._process.proc.communicate()
            self._process = None


def decode(output: bytes) -> str:
    """git's output as text; bytes that are not UTF-8 survive as surrogates (PEP 383)."""
    return output.decode("utf-8", "surrogateescape")


def forget_surroundings() -> str | None:
    """Drop git's local variables from this process's environment; return the GIT_DIR that was set.

    A hook of another repository, or a stray export, would otherwise decide where anchors go.
    """
    git_dir = os.environ.get("GIT_DIR")
    for name in LOCAL_VARIABLES:
        os.environ.pop(name, None)
    return git_dir
