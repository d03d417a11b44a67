"""git's own files, read without git: which folder is a repository, and what its settings may name.

This is for what has to be known before git may be run, or is cheaper to find than by running it.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

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
"""`git rev-parse --local-env-vars`, without the variables that carry `git -c KEY=VALUE`."""

_HEAD: Final = late(r"ref:\s*refs/|[0-9a-f]{40,64}\s*\Z")
_HEAD_LIMIT: Final = 4096

_SETTINGS_LIMIT: Final = 1024 * 1024
_OF_A_HOOK: Final = ("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")
"""Variables that git sets for hooks, but a person who names a repository does not."""


class Given(NamedTuple):
    """The repository and worktree that a person named, as with `git --git-dir --work-tree`."""

    git_dir: Path
    root: Path


def given(environment: Mapping[str, str]) -> Given | None:
    """Return the repository and worktree that the environment names, or None.

    Those that were only inherited from a hook of another repository do not count: their worktree does
    not contain the current folder, or another repository lies in between.
    """
    git_dir, root = environment.get("GIT_DIR"), environment.get("GIT_WORK_TREE")
    if not git_dir or not root:
        return None
    named = Given(Path(git_dir).absolute(), Path(root).resolve())
    leaked = any(environment.get(name) for name in _OF_A_HOOK)
    return None if leaked and not holds(named, Path.cwd()) else named


def holds(named: Given, folder: Path) -> bool:
    """Return whether a folder belongs to the named worktree, and to no repository inside of it."""
    for place in (folder, *folder.parents):
        if place == named.root:
            return True
        if os.path.lexists(place / ".git"):
            return False
    return False


def without_worktree(folder: Path) -> Path | None:
    """Return the git directory that a folder is or is in, unless git would find a worktree first."""
    for place in (folder, *folder.parents):
        if os.path.lexists(place / ".git"):
            return None
        if _is_repository(place):
            return place
    return None


def _is_repository(folder: Path) -> bool:
    """Return whether git takes a folder for a repository (gitrepository-layout(5))."""
    head = folder / "HEAD"
    if not os.path.lexists(head):
        return False
    with contextlib.suppress(OSError, ValueError):
        common = _common(folder)
        if (common / "objects").exists() and (common / "refs").exists():
            if head.is_symlink():
                return str(head.readlink()).startswith("refs/")
            return head.is_file() and _HEAD.match(os.fsdecode(_beginning(head, _HEAD_LIMIT))) is not None
    return False


def _common(git_dir: Path) -> Path:
    """Return the directory that all worktrees of a repository share."""
    file = git_dir / "commondir"
    if not file.is_file():
        return git_dir
    return git_dir / os.fsdecode(_beginning(file, _HEAD_LIMIT).rstrip(b"\n"))


def _beginning(file: Path, limit: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(limit)


def may_name_filters(git_dir: Path) -> bool:
    """Return whether the repository's own settings may name a filter, or include a file that does."""
    with contextlib.suppress(OSError, ValueError):
        if git_dir.is_file():  # in a linked worktree or a submodule
            named = os.fsdecode(_beginning(git_dir, _HEAD_LIMIT).rstrip(b"\n"))
            git_dir = git_dir.parent / named.removeprefix("gitdir: ")
        for file in (_common(git_dir) / "config", git_dir / "config.worktree"):
            if not os.path.lexists(file):
                continue
            text = _beginning(file, _SETTINGS_LIMIT + 1).lower()
            if len(text) > _SETTINGS_LIMIT or b"filter" in text or b"include" in text:
                return True
        return False
    return True
