"""Start git. No other module does.

Commands run in an environment without variables that point to another repository. Walking the
history of a log goes through GitPython, which is loaded only then. `repository` offers the
questions themselves, in git's own nouns.
"""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

from gitanchor.git import config_files
from gitanchor.git.config_files import LOCAL_VARIABLES
from gitanchor.model.errors import GitFailed

_READING: Final = (
    "--no-optional-locks", "-c", "core.fsmonitor=", "-c", "safe.bareRepository=explicit",
)  # fmt: skip
"""Options of every command that only reads: take no locks, run no program that the settings name.

safe.bareRepository refuses a folder that has the form of a repository, as anybody can commit one.
"""

_CLEANING: Final = frozenset({"status", "ls-files"})
"""Commands that may run a clean filter on a file to compare it (gitattributes(5), filter)."""

_MOST_CONFLICTS: Final = 127
"""The highest exit status of a `git merge-file` that merged, with conflicts or not."""

_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
"""Keeps a partial clone from fetching objects. The second variable does it for git before 2.39.4."""


def _is_foreign(name: str) -> bool:
    """Return whether an environment variable may point git to another repository."""
    return name in LOCAL_VARIABLES or name.endswith("_PATHSPECS")


_given: Final[list[config_files.Given]] = []
"""The repository and worktree that the person named; empty if none."""


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment, without variables that point git to another repository."""
    own = {name: value for name, value in os.environ.items() if not _is_foreign(name)}
    if _given and config_files.holds(_given[0], folder):
        own |= {"GIT_DIR": str(_given[0].git_dir), "GIT_WORK_TREE": str(_given[0].root)}
    return own


def _reading(arguments: Sequence[str], folder: Path) -> list[str]:
    """Return the command line of a reading command, with options that keep it from running others."""
    return ["git", *_READING, *(_no_filters(folder) if arguments[0] in _CLEANING else ()), *arguments]


def _no_filters(folder: Path) -> tuple[str, ...]:
    """Return options that switch off the filters that the repository itself configures.

    The person's own filters may run. git is asked for names only if there may be any.
    """
    git_dir = _given[0].git_dir if _given and config_files.holds(_given[0], folder) else folder / ".git"
    return _filters_off(folder) if config_files.may_name_filters(git_dir) else ()


@cache
def _filters_off(folder: Path) -> tuple[str, ...]:
    asked = ("config", "--null", "--show-scope", "--get-regexp", r"^filter\.")
    entries = decode(run(asked, folder, may_fail=True) or b"").split("\0")
    scopes, pairs = entries[0::2], [entry.split("\n", 1) for entry in entries[1::2]]
    scoped = list(zip(scopes, map(tuple, pairs), strict=False))
    own = {pair for scope, pair in scoped if scope not in _OF_THE_REPOSITORY}
    names = {pair[0].rpartition(".")[0] for scope, pair in scoped if pair not in own}
    for name in sorted(names):
        if "=" in name:  # `git -c` would end the name there
            raise GitFailed(f"'{name}', which this repository sets, cannot be switched off; rename it")
    off = (f"{name}.{key}" for name in sorted(names) for key in _OFF)
    return tuple(word for setting in off for word in ("-c", setting))


_OF_THE_REPOSITORY: Final = frozenset({"local", "worktree"})
_OFF: Final = ("clean=", "smudge=", "process=", "required=false")


def run(
    arguments: Sequence[str],
    folder: Path,
    *,
    stdin: bytes = b"",
    writing: bool = False,
    may_fail: bool = False,
    index: str | None = None,
) -> bytes | None:
    """Run one git command in a folder and return its standard output.

    Unless `writing`, it takes no optional locks, fetches nothing that a shallow or partial clone
    lacks, and runs no file system monitor, which the repository's settings may set to any program.
    `index` is the index file to use in place of the default one. Raises GitFailed, with the message of
    git, if the command fails; with `may_fail`, returns None instead.
    """
    if begun := _asked_ahead(arguments, folder):
        output = begun.communicate()[0]
        if may_fail or begun.returncode == 0:
            return output if begun.returncode == 0 else None
    try:
        done = subprocess.run(
            ["git", *arguments] if writing else _reading(arguments, folder),
            cwd=folder,
            input=stdin,
            capture_output=True,
            env=_environment(folder)
            | ({} if writing else _OFFLINE)
            | ({"GIT_INDEX_FILE": index} if index else {}),
            check=False,
        )
    except OSError as error:
        raise _not_started(error, folder) from None
    if done.returncode == 0:
        return done.stdout
    if may_fail:
        return None
    said = done.stdout + done.stderr if writing else done.stderr  # a hook may print its reason to either
    message = said.decode("utf-8", "backslashreplace").strip()
    message = message.removeprefix("fatal: ").removeprefix("error: ")
    raise GitFailed(message or f"git {arguments[0]} failed with exit status {done.returncode}")


def _not_started(error: OSError, folder: Path) -> GitFailed:
    """Return the error to raise when git did not start."""
    if not isinstance(error, FileNotFoundError):
        return GitFailed(f"git cannot be started: {error.strerror or error}")
    if not folder.is_dir():
        return GitFailed(f"cannot enter '{folder}': no such folder")
    return GitFailed("git is not installed, or not on PATH; install git 2.30 or newer")


def pass_through(arguments: Sequence[str], folder: Path) -> int:
    """Run a git command on the terminal, with its pager, and return its exit status."""
    if _given and not config_files.holds(_given[0], folder):
        folder = _given[0].root
    environment = _environment(folder)
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, check=False).returncode


def merge_file(ours: bytes, base: bytes, theirs: bytes, options: Sequence[str]) -> tuple[bytes, bool]:
    """Merge three contents with `git merge-file`; return the result, and whether it has no conflict.

    Binary contents are not merged: the result is ours, with a conflict.
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("ours", ours), ("base", base), ("theirs", theirs)):
            with (Path(folder) / name).open("wb") as file:
                file.write(content)
        names = [str(Path(folder) / name) for name in ("ours", "base", "theirs")]
        command = ["git", "merge-file", "-p", "-q", *options, *names]
        done = subprocess.run(command, capture_output=True, env=_environment(Path(folder)), check=False)
    if done.returncode > _MOST_CONFLICTS or done.returncode < 0:
        return ours, False
    return done.stdout, done.returncode == 0


class Attempt(NamedTuple):
    """The exit status of a git command (None if we killed it), and what it and its hooks printed."""

    status: int | None
    said: str


def attempt(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, seconds: float
) -> Attempt:
    """Run one git command with its hooks, without input; after `seconds` kill it and what it started."""
    import shutil
    import signal
    import tempfile

    program = shutil.which("git") or "git"  # the PATH in `environment` may have no git
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [program, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=_environment(folder) | dict(environment),
            start_new_session=True,
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
            process.wait()
        said.seek(0)
        return Attempt(status, decode(said.read()))


_AHEAD: Final[dict[tuple[str, ...], "subprocess.Popen[bytes]"]] = {}
"""Processes of questions that were asked ahead, by their arguments and folder."""


def ask_ahead(question: Sequence[str], folder: Path) -> None:
    """Start a reading command whose answer is needed soon; the next `run` of it takes the answer."""
    with contextlib.suppress(OSError, GitFailed):  # `run` reports the failure
        _AHEAD[*question, str(folder)] = _started(question, folder)


def _asked_ahead(question: Sequence[str], folder: Path) -> "subprocess.Popen[bytes] | None":
    return _AHEAD.pop((*question, str(folder)), None)


def _started(
    question: Sequence[str], folder: Path, stdin: int = subprocess.DEVNULL
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        _reading(question, folder),
        cwd=folder,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(folder) | _OFFLINE,
    )


class Questions:
    """Several reading commands that are started at once; their answers are read when they are needed."""

    def __init__(self, questions: Sequence[Sequence[str]], folder: Path) -> None:
        self._started = [
            _asked_ahead(question, folder) or _started(question, folder) for question in questions
        ]

    def answers(self) -> list[bytes | None]:
        """Return what each command printed; None for those that failed."""
        printed = [process.communicate()[0] for process in self._started]
        return [
            output if process.returncode == 0 else None
            for process, output in zip(self._started, printed, strict=True)
        ]


def run_together(questions: Sequence[Sequence[str]], folder: Path) -> list[bytes | None]:
    """Run several reading commands at the same time; return what each printed, None if it failed."""
    return Questions(questions, folder).answers()


def converse(arguments: Sequence[str], folder: Path, **options: Any) -> Any:
    """Run one git command through GitPython, offline; `options` are those of `git.Git.execute`.

    GitPython copies the environment of this process, so variables that point to another repository
    are removed from it for that time. Raises GitFailed.
    """
    foreign = {name: os.environ.pop(name) for name in list(os.environ) if _is_foreign(name)}
    try:
        import git

        command = _reading(arguments, folder)
        return git.Git(str(folder)).execute(command, env=_environment(folder) | _OFFLINE, **options)
    except ImportError:  # GitPython raises this if git is missing
        raise GitFailed("git is not installed, or not on PATH; install git 2.30 or newer") from None
    except git.GitCommandError as failure:
        words = str(failure.stderr).strip().removeprefix("stderr: ").strip("'\n ")
        message = words.removeprefix("fatal: ").removeprefix("error: ")
        raise GitFailed(message or f"git {arguments[0]} failed") from None
    finally:
        os.environ.update(foreign)


class Objects:
    """A running `git cat-file --batch`, which takes object ids of any length."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """Return the pipes for questions and for answers; start the process if it is not running."""
        if self._process is None:
            try:
                self._process = _started(["cat-file", "--batch"], self._folder, subprocess.PIPE)
            except OSError as error:
                raise _not_started(error, self._folder) from None
        return cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)

    def read(self, name: str) -> bytes | None:
        """Return the content of an object by its full id; None if it is missing or damaged."""
        questions, answers = self._pipes()
        questions.write(f"{name}\n".encode())
        questions.flush()
        answer = answers.readline().split()
        if len(answer) == 3:
            content = answers.read(int(answer[2]))
            if answers.read(1) == b"\n":
                return content
        if len(answer) != 2:  # git died of this object; `ID missing` is an answer
            self.close()
        return None

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of many objects by their full ids, asked for all at once.

        Objects that are missing or damaged are left out.
        """
        found: dict[str, bytes] = {}
        pending = list(dict.fromkeys(names))
        while pending:
            answered = 0
            for content in self._answers(pending):
                if content is not None:
                    found[pending[answered]] = content
                answered += 1
            pending = pending[answered + 1 :]  # git died of the one that is skipped here
            if pending:
                self.close()
                pending = self._present(pending)
        return found

    def _answers(self, names: Sequence[str]) -> Iterator[bytes | None]:
        """Yield git's answer to each name, up to an object of which it dies."""
        questions, answers = self._pipes()
        writer = threading.Thread(target=_ask, args=(questions, names), daemon=True)
        writer.start()  # while we read: git stops when either pipe is full
        for _ in names:
            answer = answers.readline().split()
            if len(answer) == 3:
                content = answers.read(int(answer[2]))
                if answers.read(1) != b"\n":
                    break
                yield content
            elif len(answer) == 2:  # `ID missing`
                yield None
            else:
                break
        writer.join()

    def _present(self, names: Sequence[str]) -> list[str]:
        """Return the objects that are in this clone; in a partial one `cat-file` dies of the others."""
        options = ("--objects", "--no-object-names", "--no-walk=unsorted", "--filter=tree:0")
        asked = "".join(f"{name}\n" for name in names).encode()
        missing = ("--missing=allow-any", "--ignore-missing")
        command = ["rev-list", *options, *missing, "--stdin"]
        output = run(command, self._folder, stdin=asked, may_fail=True)
        present = set(decode(output or b"").split())
        return [name for name in names if name in present]

    def close(self) -> None:
        """End the process. The next question starts a new one."""
        if self._process is not None:
            self._process.communicate()
            self._process = None


def _ask(stdin: IO[bytes], names: Iterable[str]) -> None:
    """Write object names to git, which may die before it has read them all."""
    with contextlib.suppress(BrokenPipeError):
        stdin.write("".join(f"{name}\n" for name in names).encode())
        stdin.flush()


def decode(output: bytes) -> str:
    """Return git's output as text; bytes that are not UTF-8 survive as surrogates (PEP 383)."""
    return output.decode("utf-8", "surrogateescape")


def forget_surroundings() -> str | None:
    """Remove git's local variables from the environment; return the GIT_DIR that was set.

    Otherwise a hook of another repository, or a forgotten export, would decide where anchors go. If
    the person named a repository and a worktree, git is run with those, and None is returned.
    """
    named = config_files.given(os.environ)
    _given[:] = [named] if named else []
    git_dir = os.environ.get("GIT_DIR")
    for name in LOCAL_VARIABLES:
        os.environ.pop(name, None)
    return None if named else git_dir


def named_worktree() -> Path | None:
    """Return the top of the worktree that the person named; None if git is to find it."""
    return _given[0].root if _given else None
