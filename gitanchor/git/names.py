"""The data types of git's answers, and the rules for names and paths. Starts no process."""

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
    """`Name <mail>`, and the time that GIT_AUTHOR_DATE sets, or None."""

    name: str
    moment: datetime | None


class Worktree(NamedTuple):
    """A worktree: its top folder, the commit that is checked out, and whether HEAD is detached."""

    folder: Path
    commit: str
    detached: bool


class Head(NamedTuple):
    """The branch, commit and tree of HEAD; None for what it lacks."""

    branch: str | None
    commit: str | None
    tree: str | None


TRUNKS: Final = frozenset({"main", "master", "trunk"})
"""The usual names of the branch that others start from and are merged into."""

_NO_BRANCH: Final = late(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|/$|\.$|^[./]|^@$")


_GIT_FOLDER: Final = late(r"(?i:\.git|git~1)[. ]*(?::.*)?")
_IGNORED_ON_HFS: Final = late("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def is_branch_name(name: str | None) -> bool:
    """Return whether a name is valid for a branch (git-check-ref-format(1)), and for files."""
    if not name or _NO_BRANCH.search(name):
        return False
    return all(len(os.fsencode(part)) <= 250 for part in name.split("/"))


def is_git_folder(part: str) -> bool:
    """Return whether one part of a path is `.git` on any file system, by the same rules as git.

    That includes other cases, characters that HFS+ ignores, and the other names that NTFS has for it
    (git-config(1), core.protectHFS and core.protectNTFS).
    """
    return _GIT_FOLDER.fullmatch(_IGNORED_ON_HFS.sub("", part)) is not None


def touching_only(names: str, paths: Sequence[str]) -> set[str]:
    """Return the commits that change only files at or below some paths.

    `names` is the output of `git log -z --format=/%H --name-only`.
    """
    changed = files_by_commit(names).items()
    return {commit for commit, files in changed if all(is_at(file, paths) for file in files)}


def files_by_commit(names: str) -> dict[str, list[str]]:
    """Return the files of each commit in the output of `git log -z --format=/%H --name-only`."""
    found: dict[str, list[str]] = {}
    commit = ""
    for entry in (name.removeprefix("\n") for name in names.split("\0")):
        if entry.startswith("/"):  # which no path in git does
            commit = entry[1:]
            found[commit] = []
        elif entry:
            found[commit].append(entry)
    return found


def literal(paths: Iterable[str]) -> list[str]:
    """Return pathspecs for exactly these paths from the top of the worktree (gitglossary(7))."""
    return [f":(top,literal){path}" for path in paths]


def is_at(file: str, paths: Sequence[str]) -> bool:
    """Return whether a file is at or below one of some paths."""
    return any(file == path or file.startswith(f"{path}/") for path in paths)


def own_branch(branch: str | None, branches: Sequence[str]) -> str | None:
    """Return the name that a branch has among `branches`: the local one, else that of a remote.

    All are short names. None if it is not among them.
    """
    if branch is None:
        return None
    if branch in branches:
        return branch
    return next((name for name in branches if name.partition("/")[2] == branch), None)
