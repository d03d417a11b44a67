"""The merge driver that git runs for anchor files and what is generated: contents in, contents out.

It never reads the worktree, which has only one side during a merge. What cannot be merged by field
or entry is left to `git merge-file`.
"""

import re
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from gitanchor.git import process
from gitanchor.git.repository import Repository
from gitanchor.log.log_merge import Removed, all_of, merge_logs
from gitanchor.log.strays import Removals
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import GitFailed
from gitanchor.storage import atomic
from gitanchor.storage.field_merge import Marks, Merged, merge_files
from gitanchor.storage.state import State
from gitanchor.storage.store import FOLDER

NAME: Final = "anchors by field, their log by entry"

PROGRAM: Final = "git-anchor merge-driver"
"""The command that identifies a driver in git's configuration as ours."""

COMMAND: Final = (
    f"{PROGRAM} %O %A %B %L %P %S %X %Y; case $? in 0) ;; 1) exit 1 ;;"
    " *) git merge-file -q --marker-size=%L -L ours -L base -L theirs %A %O %B ;; esac"
)
"""The command for git's shell. If the program is missing, it writes ordinary markers; git would not."""

_ANCHOR: Final = re.compile(rf"{re.escape(FOLDER)}/\d+/\d+/[^/]+\.yaml")
_SETTING: Final = "merge.gitanchor"


def is_anchor(path: str) -> bool:
    """Whether a path from the top of the worktree belongs to an anchor file."""
    return _ANCHOR.fullmatch(path) is not None


def is_ours(driver: str) -> bool:
    """Whether a driver is ours, of any version; one with a full path is somebody's choice."""
    return driver.startswith(PROGRAM)


def install(repository: Repository) -> str:
    """Configure the driver in this clone; return what was done. Another one of that name stays."""
    present = repository.config(_SETTING)
    driver = present.get(f"{_SETTING}.driver")
    if driver == COMMAND:
        return "already installed"
    if driver is not None and not is_ours(driver):
        return f"not installed: {_SETTING}.driver is '{driver}'"
    repository.git("config", f"{_SETTING}.name", NAME, writing=True)
    repository.git("config", f"{_SETTING}.driver", COMMAND, writing=True)
    return "installed" if driver is None else "updated"


def leaves_markers(repository: Repository, path: str) -> bool:
    """Whether a conflict in a file leaves markers in it, so that a file without markers was settled."""
    answer = (repository.ask("check-attr", "-z", "merge", "--", path) or "").split("\0")
    attribute = answer[2] if len(answer) > 2 else ""
    if attribute != "gitanchor":
        return attribute in {"unspecified", "set", "text"}
    driver = repository.config(_SETTING).get(f"{_SETTING}.driver")
    return driver is None or is_ours(driver)


def marks(folder: Path, size: int = 7, labels: tuple[str, str, str] | None = None) -> Marks:
    """Return markers of a size, in the style of git's settings; labels are of base, ours and theirs."""
    style = process.run(["config", "--get", "merge.conflictStyle"], folder, may_fail=True) or b""
    base, ours, theirs = labels or ("base", "ours", "theirs")
    return Marks(size, ours, base, theirs, with_base=style.strip() in {b"diff3", b"zdiff3"})


def drive(base: Path, ours: Path, theirs: Path, path: str, shown: Marks) -> bool:
    """Merge three files into `ours`; return whether that gave no conflict.

    `path` is the path of the merged file from the top of the worktree.
    """
    texts = (base.read_bytes(), ours.read_bytes(), theirs.read_bytes())
    content, merged = merge_contents(texts, path, shown, removed)
    atomic.write(ours, content, ours.resolve().parent)
    return merged.clean


def removed(anchors: Mapping[str, Anchor]) -> Collection[str]:
    """Return the ids of those anchors that the current repository has removed, or has elsewhere.

    Each anchor is given, by id, as its entry describes it.
    """
    repository = Repository.find(Path.cwd())
    return Removals(repository, State(repository)).among(anchors)


def merge_contents(
    contents: tuple[bytes, bytes, bytes], path: str, shown: Marks, gone: Removed = all_of
) -> tuple[bytes, Merged]:
    """Merge the contents of base, ours and theirs; return the result and its conflicts.

    See `merge_logs` for `gone`.
    """
    by_lines = partial(merge_lines, shown=shown)
    merged: Merged | None
    try:
        base, ours, theirs = (content.decode() for content in contents)
        if is_anchor(path):
            merged = merge_files((base, ours, theirs), path, by_lines, shown)
        else:
            from gitanchor.log import output_merge  # most files that are merged are anchors

            texts = (base, ours, theirs)
            kind = output_merge.kind_of(texts)
            if kind is None:
                merged = merge_logs(texts, by_lines, shown, gone)
            else:
                merged = output_merge.merge(texts, kind, by_lines, shown)
    except (ValueError, LookupError, RecursionError, GitFailed):  # whatever is wrong, git can merge it
        merged = None
    if merged is not None:
        return merged.text.encode(), merged
    content, clean = merge_by_git(contents, shown)
    return content, Merged(content.decode("utf-8", "replace"), clean)


def merge_lines(base: str, ours: str, theirs: str, shown: Marks) -> Merged:
    """Merge texts by lines, as `git merge-file` does."""
    content, clean = merge_by_git((base.encode(), ours.encode(), theirs.encode()), shown)
    return Merged(content.decode(), clean)


def merge_by_git(contents: tuple[bytes, bytes, bytes], shown: Marks) -> tuple[bytes, bool]:
    """Merge contents by lines, as `git merge-file` does; return whether that gave no conflict."""
    base, ours, theirs = contents
    labels = ["-L", shown.ours, "-L", shown.base, "-L", shown.theirs]
    return process.merge_file(ours, base, theirs, [f"--marker-size={shown.size}", *labels])
