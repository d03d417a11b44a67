"""Install the hooks of `hooks/` in a repository beside existing hooks, and remove them.

If git looks for hooks elsewhere (`core.hooksPath`), no file is touched: git runs ours by its
settings if it can (`hook.<name>.command`, git 2.54), else people are given a line to add.
"""

import os
import re
import shlex
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.git import process
from gitanchor.git.repository import Repository
from gitanchor.hooks import hook_block, managers
from gitanchor.model.errors import NotFound, WriteFailed, WrongUsage
from gitanchor.storage import atomic, safe_open

NAMES: Final = (
    "pre-commit",
    "prepare-commit-msg",
    "post-commit",
    "post-checkout",
    "post-merge",
    "post-rewrite",
)
_CONFIGURED: Final = (2, 54)
"""The version of git from which on hooks can be configured by its settings."""

_NO_FOLDER: Final = "which is no folder, so that git runs no hooks; unset it or name a folder"


class Outcome(Enum):
    """The result of installing or removing a hook, or its present state."""

    INSTALLED = "installed"
    UPDATED = "updated"
    UNCHANGED = "already installed"
    REFUSED = "not installed"
    REMOVED = "removed"
    OUTDATED = "another version"
    NOT_RUN = "not run"


class Installation(NamedTuple):
    """One hook and its outcome; `advice` says why and what to do, or what runs it."""

    name: str
    outcome: Outcome
    advice: str = ""


class _Place(NamedTuple):
    """The file for a hook of ours, and its content, None if it does not exist."""

    file: Path
    content: bytes | None


# What people ask for ---------------------------------------------------------------------------


def install(repository: Repository, shared: Path, scratch: Path) -> list[Installation]:
    """Install every hook; repeating it changes nothing. Touches no foreign hooks folder."""
    folder = repository.hooks_folder()
    outcomes = []
    for name in NAMES:
        _copy(name, shared, scratch)
        if reason := _elsewhere(repository, folder):
            outcomes.append(_install_elsewhere(name, folder, repository, reason))
        else:
            outcomes.append(_install(name, folder, repository, scratch))
    return outcomes


def uninstall(repository: Repository, shared: Path, scratch: Path) -> list[Installation]:
    """Remove every hook, and leave those of others as they were. Touches no foreign hooks folder."""
    own = repository.common_dir / "hooks"
    folder = repository.hooks_folder()
    outcomes = []
    for name in NAMES:
        (shared / "hooks" / name).unlink(missing_ok=True)
        removed = _unconfigure(repository, name)
        for ending in () if own.is_symlink() else ("", *managers.ASIDE):
            removed |= _remove(own / f"{name}{ending}", scratch)
        running = _run_by(name, folder, repository) if _elsewhere(repository, folder) else None
        running = running or _run_by_lefthook(name, repository)
        advice = f"its line in '{running}' does nothing now" if running else ""
        outcomes.append(Installation(name, Outcome.REMOVED if removed else Outcome.REFUSED, advice))
    return outcomes


def status(repository: Repository, shared: Path) -> list[Installation]:
    """Return the state of each hook, and how git runs it. Writes nothing."""
    folder = repository.hooks_folder()
    return [_status(name, folder, repository, shared) for name in NAMES]


def elsewhere(repository: Repository) -> str | None:
    """Return why git does not look for hooks where ours would be, with advice, or None if it does."""
    folder = repository.hooks_folder()
    reason = _elsewhere(repository, folder)
    if reason is None:
        return None
    if folder.exists() and not folder.is_dir():
        return f"{reason}, {_NO_FOLDER}"
    if _version(repository) >= _CONFIGURED:
        return f"{reason}; 'git anchor hooks install' has git run ours by its settings"
    return f"{reason}, where nothing runs ours; 'git anchor hooks install' prints the lines to add there"


def run(repository: Repository, shared: Path, scratch: Path, name: str, arguments: Sequence[str]) -> int:
    """Have git run one hook of ours, installed or not, and return its exit status.

    Without arguments, it gets those of the most common case: a switch of branches, a merge, an
    amend.
    """
    if name == "prepare-commit-msg" and not arguments:
        raise WrongUsage(f"{name}: give the file that holds the message, as git does")
    _copy(name, shared, scratch)
    head = repository.head.commit or "0" * 40
    usual = {"post-checkout": [head, head, "1"], "post-merge": ["0"], "post-rewrite": ["amend"]}
    command = f"!{_command(name)}"
    words = ["-c", f"alias.gitanchor-hook={command}", "gitanchor-hook"]
    return process.pass_through([*words, *(arguments or usual.get(name, []))], repository.root)


def by_hand(name: str) -> str:
    """Return the line that runs a hook of ours, for a hook file that we do not touch."""
    return managers.line(name)


# One hook --------------------------------------------------------------------------------------


def _install(name: str, folder: Path, repository: Repository, scratch: Path) -> Installation:
    """Install a hook in this repository's own hooks folder."""
    target = folder / name
    running = _run_by_lefthook(name, repository)
    try:
        place = None if running else _place(target)
    except NotFound as reason:
        if not _is_line_in(target):
            return Installation(name, Outcome.REFUSED, str(reason))
        place, running = None, target
    _unconfigure(repository, name)  # else it would run twice
    if place is None:
        return Installation(name, Outcome.UNCHANGED, f"by a line in '{running}'")
    beside = f"in '{place.file}'" if place.file != target else ""
    wanted = hook_block.with_block(place.content, name, _source(name))
    if wanted == place.content:
        return Installation(name, Outcome.UNCHANGED, beside)
    atomic.write(place.file, wanted, scratch, executable=place.content is None)
    updated = place.content is not None and hook_block.has_block(place.content)
    return Installation(name, Outcome.UPDATED if updated else Outcome.INSTALLED, beside)


def _install_elsewhere(name: str, folder: Path, repository: Repository, reason: str) -> Installation:
    """Have a hook run by git's settings, or by a line that people add, as no file is ours to touch."""
    if running := _run_by(name, folder, repository):
        _unconfigure(repository, name)  # else it would run twice
        return Installation(name, Outcome.UNCHANGED, f"by a line in '{running}'")
    if _version(repository) >= _CONFIGURED:
        changed = _configure(repository, name)
        outcome = Outcome.INSTALLED if changed else Outcome.UNCHANGED
        return Installation(name, outcome, f"by git's setting {_key(name)}.command")
    if folder.exists() and not folder.is_dir():  # for example /dev/null
        return Installation(name, Outcome.REFUSED, f"{reason}, {_NO_FOLDER}")
    script = managers.script(folder, name)
    where = f"to '{script}'" if script.parent != folder else f"to {name} there"
    return Installation(name, Outcome.REFUSED, f"{reason}; add {where}: {by_hand(name)}")


def _remove(file: Path, scratch: Path) -> bool:
    """Remove our block from a hook file, or the file if nothing else is in it."""
    if file.is_symlink() or not file.is_file():
        return False
    try:
        content = safe_open.read_hook(file)
        if not hook_block.has_block(content):
            return False
        rest = hook_block.without_block(content)
        if rest is None:
            file.unlink()
        else:
            atomic.write(file, rest, scratch)
    except OSError as error:
        raise WriteFailed(f"cannot change '{file}': {error.strerror}") from None
    return True


def _status(name: str, folder: Path, repository: Repository, shared: Path) -> Installation:
    copy = shared / "hooks" / name
    is_copied = copy.is_file() and copy.read_bytes() == _source(name)
    reason = _elsewhere(repository, folder)
    running = _run_by(name, folder, repository) if reason else _run_by_lefthook(name, repository)
    if running or (reason and _configured(repository, name)):
        outcome = Outcome.INSTALLED if is_copied else Outcome.OUTDATED
        by = f"a line in '{running}'" if running else f"git's setting {_key(name)}.command"
        return Installation(name, outcome, f"by {by}")
    if reason:
        there = _holds(repository.common_dir / "hooks" / name)
        return Installation(name, Outcome.NOT_RUN if there else Outcome.REFUSED, reason)
    target = folder / name
    try:
        place = _place(target)
    except NotFound as refusal:
        if _is_line_in(target):
            outcome = Outcome.INSTALLED if is_copied else Outcome.OUTDATED
            return Installation(name, outcome, f"by a line in '{target}'")
        aside = [f"{name}{ending}" for ending in managers.ASIDE if _holds(folder / f"{name}{ending}")]
        said = str(refusal).partition("; ")[0]
        return Installation(name, Outcome.NOT_RUN if aside else Outcome.REFUSED, said)
    if place.content is None or not hook_block.has_block(place.content):
        return Installation(name, Outcome.REFUSED)
    beside = f"in '{place.file}'" if place.file != target else ""
    is_current = hook_block.with_block(place.content, name, _source(name)) == place.content
    return Installation(name, Outcome.INSTALLED if is_current else Outcome.OUTDATED, beside)


# Where hooks are -------------------------------------------------------------------------------


def _elsewhere(repository: Repository, folder: Path) -> str | None:
    """Return why git's hooks folder is not ours to touch, or None if it is."""
    own = repository.common_dir / "hooks"
    if own.is_symlink():
        return f"'{own}' is a symbolic link to '{folder.resolve()}'"
    return None if folder.resolve() == own.resolve() else f"core.hooksPath is '{folder}'"


def _place(target: Path) -> _Place:
    """Return the file for a hook of ours. Raises NotFound, with advice, if none can be extended."""
    name = target.name
    content = _extensible(target)
    if content is not None and not hook_block.has_block(content):
        if managers.is_lefthook(content):
            what = f"lefthook writes '{target}' anew whenever its settings change"
            raise NotFound(f"{what}; {managers.lefthook_advice(name)}")
        if legacy := managers.legacy(target, content):
            return _Place(legacy, _extensible(legacy))
    return _Place(target, content)


def _extensible(target: Path) -> bytes | None:
    """Return the present hook, or None. Raises NotFound, with the reason, if it cannot be extended."""
    how = f"; have it run: {by_hand(target.name.split('.')[0])}"
    if target.is_symlink():
        raise NotFound(f"'{target}' is a symbolic link{how}")
    if not target.exists():
        return None
    try:
        content = safe_open.read_hook(target)
    except OSError as error:
        raise NotFound(f"'{target}' cannot be read: {error.strerror}{how}") from None
    if refusal := hook_block.refusal(content):
        raise NotFound(f"'{target}' {refusal}{how}")
    if not target.stat().st_mode & 0o111:
        raise NotFound(f"'{target}' is not executable ('chmod +x' makes it so){how}")
    return content


def _is_line_in(target: Path) -> bool:
    """Whether somebody added the recommended line to a hook that cannot be extended."""
    return os.access(target, os.X_OK) and managers.runs_ours(target, target.name)


def _run_by(name: str, folder: Path, repository: Repository) -> Path | None:
    """Return the file of somebody else in which a line runs a hook of ours, despite core.hooksPath."""
    files = (folder / name, managers.script(folder, name))
    found = next((file for file in files if managers.runs_ours(file, name)), None)
    return found or _run_by_lefthook(name, repository, folder)


def _run_by_lefthook(name: str, repository: Repository, folder: Path | None = None) -> Path | None:
    """Return the configuration of an installed lefthook that runs a hook of ours."""
    target = (folder or repository.common_dir / "hooks") / name
    if not managers.is_lefthook(read(target)):
        return None
    files = managers.lefthook_files(repository.root)
    return next((file for file in files if managers.runs_ours(file, name)), None)


def _holds(file: Path) -> bool:
    return hook_block.has_block(read(file))


def read(file: Path) -> bytes:
    """Return the bytes of a hook file; empty if it cannot be read."""
    try:
        return safe_open.read_hook(file)
    except OSError:
        return b""


# Hooks in git's settings -------------------------------------------------------------------------


def _version(repository: Repository) -> tuple[int, ...]:
    found = re.search(r"(\d+)\.(\d+)", repository.git("version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _key(name: str) -> str:
    return f"hook.gitanchor-{name}"


def _command(name: str) -> str:
    """Return the command for git's settings; git adds the hook's arguments."""
    return f'sh "$(git rev-parse --git-common-dir)/gitanchor/hooks/{shlex.quote(name)}"'


def _configured(repository: Repository, name: str) -> bool:
    """Whether git's settings run a hook of ours."""
    return repository.ask("config", "--local", "--get", f"{_key(name)}.command") is not None


def _configure(repository: Repository, name: str) -> bool:
    """Add a hook of ours to this clone's settings; return whether that changed them."""
    wanted = {f"{_key(name)}.command": _command(name), f"{_key(name)}.event": name}
    present = {key: repository.ask("config", "--local", "--get", key) for key in wanted}
    if present == {key: f"{value}\n" for key, value in wanted.items()}:
        return False
    for key, value in wanted.items():
        repository.git("config", "--local", "--replace-all", key, value, writing=True)
    return True


def _unconfigure(repository: Repository, name: str) -> bool:
    """Remove a hook of ours from this clone's settings; return whether it was there."""
    if not _configured(repository, name):
        return False
    repository.git("config", "--local", "--remove-section", _key(name), writing=True)
    return True


# Our own files ---------------------------------------------------------------------------------


def _copy(name: str, shared: Path, scratch: Path) -> None:
    """Copy a hook to the place where lines of other hook files, and git's settings, expect it."""
    source, copy = _source(name), shared / "hooks" / name
    if read(copy) != source:
        atomic.write(copy, source, scratch, executable=True)


def _source(name: str) -> bytes:
    """Return a hook as it is in the package, or in a checkout beside the package."""
    here = Path(__file__).parent
    carried = here / "scripts" / name
    return (carried if carried.is_file() else here.parents[1] / "hooks" / name).read_bytes()
