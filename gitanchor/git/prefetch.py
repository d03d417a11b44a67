"""The git commands that most commands start with, run while Python still loads the rest."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gitanchor.git import config_files, process

FACTS: Final = ("--is-bare-repository", "--is-inside-work-tree", "--absolute-git-dir")
PLACES: Final = ("--git-common-dir", "--show-toplevel")
WHERE: Final = (
    *("rev-parse", *FACTS, *PLACES),
    *("HEAD^{commit}", "HEAD^{tree}", "--symbolic-full-name", "HEAD"),
)
"""The repository and worktree around a folder, and what is checked out (git-rev-parse(1))."""

AUTHOR: Final = ("var", "GIT_AUTHOR_IDENT")
"""The author and time that a new commit would have (git-var(1))."""

SETTINGS: Final = ("config", "--null", "--get-regexp", r"^(anchor\.|core\.sharedrepository$)")
"""The settings of anchors in git's configuration, and core.sharedRepository (git-config(1))."""

_MAILS: Final = r"^(user\.email|author\.email|committer\.email|anchor\.identity)$"
IDENTITIES: Final = ("config", "--null", "--get-regexp", _MAILS)
"""The person's mail addresses; `anchor.identity` has further ones, and may be given several times."""

_ANCHORS: Final = ".anchors"
_HERE: Final = ("--full-name", "-z", "--", f":(top,literal){_ANCHORS}")
TRACKED: Final[tuple[Sequence[str], ...]] = (
    ("ls-files", "-s", "-v", *_HERE),
    ("ls-files", "-m", "-o", "-d", *_HERE),
)
"""git-ls-files(1): index entries, each after a letter; then modified, untracked and deleted files."""

_ALL: Final = frozenset({"list", "search", "graph", "heads", "log", "web"})
"""Commands that show all anchors. Commands that write have to ask later, under their lock."""

_FEW: Final = frozenset({"resume", "status"})
"""Commands that ask git much about one anchor. For `show` and `add` no gain was measured."""


_moments: Final[list[int]] = []


def began() -> int | None:
    """Return when questions were asked ahead, in nanoseconds since the epoch; None if none were."""
    return _moments[0] if _moments else None


def ask(arguments: Sequence[str]) -> None:
    """Start the questions to git whose answers the command with these arguments will need."""
    command = arguments[0] if arguments else ""
    if command not in _ALL | _FEW or not Path(".git").is_dir() or config_files.given(os.environ):
        return
    here = Path.cwd()
    _moments.append(time.time_ns())
    process.ask_ahead(WHERE, here)
    if command == "resume":
        process.ask_ahead(IDENTITIES, here)
    if command in _ALL and "--all" not in arguments:
        for question in TRACKED:
            process.ask_ahead(question, here)
