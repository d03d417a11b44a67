"""Run checks: whether what a dependency needs is here, now. Executes nothing of the repository.

No shell is used; only `tool_versions` starts tools; and no text of an anchor is an option for git.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.checks import tool_versions, venvs
from gitanchor.checks.grammar import NEVER, Check, distribution_name, satisfies
from gitanchor.checks.known_tools import TOOLS
from gitanchor.git import ancestry
from gitanchor.git.repository import Repository
from gitanchor.model.wording import counted
from gitanchor.storage import safe_open

OK: Final = "ok"
MISSING: Final = "missing"
UNKNOWN: Final = "unknown"


class Answer(NamedTuple):
    """The result of a check: its state, what was found, and how to get what is missing."""

    state: str
    found: str
    advice: str | None = None


class Prober:
    """Runs checks in a worktree and a virtual environment, for at most some seconds.

    `dotenv` are the .env files that may set variables. Hosts and ports are asked only with
    `network`.
    """

    def __init__(
        self,
        repository: Repository,
        seconds: float,
        environment: Path | None = None,
        dotenv: Sequence[Path] = (),
        *,
        network: bool = False,
    ) -> None:
        self.repository = repository
        self.seconds = seconds
        self.dotenv = dotenv
        self.network = network
        self._named_environment = environment
        self._deadline = 0.0

    def answers(self, checks: Sequence[Check]) -> dict[Check, Answer]:
        """Return the result of each check. What takes too long is unknown."""
        wanted = list(dict.fromkeys(checks))
        self._deadline = time.monotonic() + self.seconds
        found = {check: Answer(UNKNOWN, _NEVER[check.kind]) for check in wanted if check.kind in NEVER}
        tools = self._tools(wanted)
        started = tool_versions.start(self._to_start(tools.values()))
        try:
            found |= self._reached([check for check in wanted if check.kind in {"host", "port"}])
            found |= {check: self._one(check) for check in wanted if check not in found | tools}
        finally:
            printed = tool_versions.printed(started, self._deadline)
        return found | {check: self._tool(tool, printed) for check, tool in tools.items()}

    def _one(self, check: Check) -> Answer:
        match check.kind:
            case "env":
                return self._variable(check.name)
            case "file" | "dir":
                return self._at(check.name, "file" if check.kind == "file" else "folder")
            case "python":
                return self._python(check)
            case "service":
                return _service(check.name)
        return self._in_git(check)

    def _reached(self, checks: Sequence[Check]) -> dict[Check, Answer]:
        if not self.network or not checks:
            return dict.fromkeys(checks, _NO_NETWORK)
        from gitanchor.checks import network

        reached = network.reached([(check.kind, check.name) for check in checks], self.seconds)
        return {check: _answer_of(reached[check.kind, check.name]) for check in checks}

    # Variables, files ----------------------------------------------------------------------

    def _variable(self, name: str) -> Answer:
        if os.environ.get(name):
            return Answer(OK, "set")
        for path in self.dotenv:
            if _sets(path, name):
                return Answer(OK, f"set in {path.name}")
        found = "empty" if name in os.environ else "not set"
        return Answer(MISSING, found, f"export {name}=…")

    def _at(self, written: str, noun: str) -> Answer:
        path = placed(written, self.repository.root)
        if path is None:
            return Answer(UNKNOWN, "outside of the repository and of the home folder")
        test = os.path.isfile if noun == "file" else os.path.isdir
        if test(path):
            return Answer(OK, "there")
        if os.path.lexists(path):
            return Answer(MISSING, f"there, but no {noun}")
        name = written.removeprefix("./").rstrip("/")
        if "/" not in name:
            return self._anywhere(name, noun)
        if written.startswith(("~", "/")):
            return Answer(MISSING, "not there", "copy it from the machine that has it")
        return Answer(MISSING, "not there", f"git log --all -- {_quoted(name)}")

    def _anywhere(self, name: str, noun: str) -> Answer:
        """Look for a name without a folder at any depth, because people omit folders."""
        top = self.repository.root
        for number, (folder, folders, names) in enumerate(os.walk(top)):
            if time.monotonic() > self._deadline:
                return Answer(
                    UNKNOWN, f"not at the top; looked into {counted(number, 'folder')} in time"
                )
            if name in (names if noun == "file" else folders):
                return Answer(OK, f"at {os.path.relpath(os.path.join(folder, name), top)}")  # noqa: PTH118
            folders[:] = [item for item in folders if _is_of_people(folder, item)]
        return Answer(MISSING, "not there", f"git log --all -- {_quoted(f':(glob)**/{name}')}")

    # Tools and packages --------------------------------------------------------------------

    def _tools(self, checks: Sequence[Check]) -> dict[Check, Check]:
        """Return the checks of tools, including the interpreter if no environment gives its version."""
        found = {check: check for check in checks if check.kind == "tool"}
        alone = [check for check in checks if check.kind == "python" and not check.name]
        if alone and self._environment is None:
            name = "python3" if self._place("python3")[0] else "python"
            found |= {check: Check("tool", name, check.wanted) for check in alone}
        return found

    def _to_start(self, tools: Iterable[Check]) -> Iterator[tuple[str, Path]]:
        for name in sorted({tool.name for tool in tools if tool.wanted}):
            path, is_shadowed = self._place(name)
            if path and not is_shadowed:
                yield name, path

    def _place(self, name: str) -> tuple[Path | None, bool]:
        return tool_versions.on_path(name, (self.repository.root, Path.cwd()))

    def _tool(self, check: Check, printed: Mapping[str, str | None]) -> Answer:
        path, is_shadowed = self._place(check.name)
        advice = f"install {check.name}{check.wanted}"
        if is_shadowed or path is None:
            here = self._environment
            if here and here.has_command(check.name):
                version = here.version_of(check.name) or ""
                found = Answer(OK, "in the virtual environment")
                return _compared(version, check.wanted, advice) if check.wanted else found
            if is_shadowed:
                return Answer(
                    UNKNOWN, "the one on PATH lies in the repository, from where nothing is started"
                )
            return Answer(MISSING, "not on PATH", advice)
        version = printed.get(check.name) or ""
        return (
            _compared(version, check.wanted, advice) if version and check.wanted else _unversioned(check)
        )

    @cached_property
    def _environment(self) -> venvs.Environment | None:
        folder = self._named_environment or venvs.active()
        return venvs.read(folder) if folder else None

    def _python(self, check: Check) -> Answer:
        here = self._environment
        if not check.name:
            if here is None or here.python is None:
                return Answer(UNKNOWN, "the environment does not say its version")
            return _compared(here.python, check.wanted, f"make an environment with python{check.wanted}")
        if here is None:
            return Answer(UNKNOWN, "no virtual environment is active; name one with --venv")
        version = here.packages().get(distribution_name(check.name))
        advice = f"pip install {_quoted(f'{check.name}{check.wanted}')}"
        if version is not None:
            return _compared(version, check.wanted, advice)
        if here.has_more:
            return Answer(UNKNOWN, "not in the environment, which has the system's packages, too")
        return Answer(MISSING, f"not in {here.folder.name}", advice)

    # git -----------------------------------------------------------------------------------

    def _in_git(self, check: Check) -> Answer:
        match check.kind:
            case "branch":
                return self._branch(check.name)
            case "merged":
                return self._merged(check.name)
        return self._commit(check.name)

    @cached_property
    def _tips(self) -> list[ancestry.Tip]:
        return ancestry.tips(self.repository)

    def _branch(self, name: str) -> Answer:
        found = self._tip(name)
        if found is not None:
            return Answer(OK, "there" if found.is_local else f"there as {found.branch}")
        remote = self.repository.remote()
        advice = f"git fetch {_quoted(remote)} {_argument(name)}" if remote else None
        return Answer(MISSING, "no such branch, local or remote", advice)

    def _tip(self, name: str) -> ancestry.Tip | None:
        own = (tip for tip in self._tips if name in {tip.own, tip.branch})
        return next(own, None)

    def _merged(self, name: str) -> Answer:
        found, head = self._tip(name), self.repository.head.commit
        if found is None or head is None:
            return Answer(UNKNOWN, "no such branch here" if found is None else "there is no commit yet")
        if ancestry.is_ancestor(self.repository, found.commit, head):
            return Answer(OK, "merged")
        return Answer(MISSING, "not merged into HEAD", f"git merge {_argument(found.branch)}")

    def _commit(self, name: str) -> Answer:
        known = self.repository.existing_commits([name])
        if any(commit.startswith(name) for commit in known):
            return Answer(OK, "there")
        return Answer(MISSING, "not in this clone", "git fetch --all")


_NO_NETWORK: Final = Answer(UNKNOWN, "asked only with --network")
_NEVER: Final = {
    "person": "a person; not checked",
    "other": "not checked",
    "none": "switched off",
}


def _service(name: str) -> Answer:
    from gitanchor.checks import network

    return _answer_of(network.service(name))


def _answer_of(reached: tuple[bool | None, str, str | None]) -> Answer:
    state, found, advice = reached
    return Answer(UNKNOWN if state is None else OK if state else MISSING, found, advice)


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _argument(branch: str) -> str:
    """Quote a branch for a shell, and so that git does not take it for an option."""
    return _quoted(f"refs/heads/{branch}" if branch.startswith("-") else branch)


def _unversioned(check: Check) -> Answer:
    """Return the answer for a tool on PATH whose version is unknown."""
    if not check.wanted:
        return Answer(OK, "on PATH")
    if check.name not in TOOLS:
        return Answer(UNKNOWN, "on PATH; how it prints its version is not known")
    return Answer(UNKNOWN, "on PATH; it did not say its version in time")


def _compared(version: str, wanted: str, advice: str) -> Answer:
    enough = satisfies(version, wanted) if wanted else True
    if enough is None:
        return Answer(UNKNOWN, f"{version or 'its version'} cannot be compared")
    return Answer(OK, version) if enough else Answer(MISSING, version, advice)


def placed(name: str, root: Path) -> Path | None:
    """Return the place of a check's path; None if it is outside of the repository and the home folder.

    Links are resolved before that is decided.
    """
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - which never fails
    path = home / name[2:] if name.startswith("~") else root / name
    try:
        real = path.resolve()
        inside = any(real.is_relative_to(top.resolve()) for top in (root, home))
    except (OSError, RuntimeError, ValueError):  # a loop of links, or an impossible file name
        return None
    return path if inside else None


def _sets(path: Path, name: str) -> bool:
    """Whether a .env file sets a variable to a value; the value is not kept."""
    try:
        text = safe_open.start(path, safe_open.MOST).decode("utf-8", "replace")
    except (OSError, ValueError):
        return False
    line = re.compile(rf"[ \t]*(?:export[ \t]+)?{name}[ \t]*=[ \t]*(?P<value>.*)")
    return any(_is_value(match["value"]) for entry in text.splitlines() if (match := line.match(entry)))


def _is_value(text: str) -> bool:
    """Whether there is a value after the equals sign: neither a comment nor empty quotes."""
    quote = text[:1]
    return bool(text[1:].partition(quote)[0]) if quote in {"'", '"'} else quote not in {"", "#"}


def _is_of_people(folder: str, name: str) -> bool:
    """Whether people write in a folder: it is not hidden, and not one of installed packages."""
    if name.startswith(".") or name in {"node_modules", "__pycache__"}:
        return False
    return not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118
