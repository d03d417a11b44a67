"""What git's answers are made of, and which names it allows. Starts nothing."""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late


class Commit(NamedTuple):
    """A commit as one line: its full object id and its subject."""

    id: str
    subject: str


class Author(NamedTuple):
    """`Name <mail>`, and the time that GIT_AUTHOR_DATE sets, if it sets one."""

    name: str
    moment: datetime | None


class Worktree(NamedTuple):
    """A worktree: its top folder and the commit that is checked out in it, on a branch or detached."""

    folder: Path
    commit: str
    detached: bool


class Head(NamedTuple):
    """What HEAD stands for: its branch, commit and tree, None for what it lacks."""

    branch: str | None
    commit: str | None
    tree: str | None


TRUNKS: Final = frozenset({"main", "master", "trunk"})
"""Branches that others begin from and end in, by custom."""

_NO_BRANCH: Final = late(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|/$|\.$|^[./]|^@$")


_GIT_FOLDER: Final = late(r"(?i:\.git|git~1)[. ]*(?::.*)?")
_IGNORED_ON_HFS: Final = late("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def is_branch_name(name: str | None) -> bool:
    """Whether a branch may be called so (git-check-ref-format(1)), in names that files can have."""
    if not name or _NO_BRANCH.search(name):
        return False
    return all(len(os.fsencode(part)) <= 250 for part in name.split("/"))


def is_git_folder(part: str) -> bool:
    """Whether one part of a path is `.git` on any file system, as git's own check of paths has it.

    That is in any case, with characters in it that HFS+ ignores, and under the names that NTFS has for
    it (git-config(1), core.protectHFS and core.protectNTFS).
    """
    return _GIT_FOLDER.fullmatch(_IGNORED_ON_HFS.sub("", part)) is not None


def touching_only(names: str, paths: Sequence[str]) -> set[str]:
    """The commits, in `log -z --format=/%H --name-only`, all of whose files are at or below paths."""
    changed = files_by_commit(names).items()
    return {commit for commit, files in changed if all(is_at(file, paths) for file in files)}


def files_by_commit(names: str) -> dict[str, list[str]]:
    """The files of each commit in `log -z --format=/%H --name-only`."""
    found: dict[str, list[str]] = {}
    commit = ""
    for entry in (name.removeprefix("\n") for name in names.split("\0")):
        if entry.startswith("/"):  # no path of git's does
            commit = entry[1:]
            found[commit] = []
        elif entry:
            found[commit].append(entry)
    return found


def literal(paths: Iterable[str]) -> list[str]:
    """Pathspecs that mean just these paths from the top of the worktree (gitglossary(7))."""
    return [f":(top,literal){path}" for path in paths]


def is_at(file: str, paths: Sequence[str]) -> bool:
    """Whether a file is at, or below, one of some paths."""
    return any(file == path or file.startswith(f"{path}/") for path in paths)


def own_branch(branch: str | None, branches: Sequence[str]) -> str | None:
    """A branch among some, by their short names, as the local one or that of a remote."""
    if branch is None:
        return None
    if branch in branches:
        return branch
    return next((name for name in branches if name.partition("/")[2] == branch), None)
