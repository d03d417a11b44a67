"""The questions to git that most commands begin with, asked while Python still loads the rest."""

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
"""Where we are, and what is checked out (git-rev-parse(1))."""

AUTHOR: Final = ("var", "GIT_AUTHOR_IDENT")
"""Who would be the author of a commit, and when (git-var(1))."""

SETTINGS: Final = ("config", "--null", "--get-regexp", r"^(anchor\.|core\.sharedrepository$)")
"""git's own settings of anchors, and who may write what is made in its folders (git-config(1))."""

_MAILS: Final = r"^(user\.email|author\.email|committer\.email|anchor\.identity)$"
IDENTITIES: Final = ("config", "--null", "--get-regexp", _MAILS)
"""One's own addresses; the last setting names further ones, and may be given several times."""

_ANCHORS: Final = ".anchors"
_HERE: Final = ("--full-name", "-z", "--", f":(top,literal){_ANCHORS}")
TRACKED: Final[tuple[Sequence[str], ...]] = (
    ("ls-files", "-s", "-v", *_HERE),
    ("ls-files", "-m", "-o", "-d", *_HERE),
)
"""git-ls-files(1): index entries, with a letter before each; and what is modified, unknown or gone."""

_ALL: Final = frozenset({"list", "search", "graph", "heads", "log", "web"})
"""Commands that show all anchors. What writes has to ask when it is its turn."""

_FEW: Final = frozenset({"resume", "show", "status", "add"})


_moments: Final[list[int]] = []


def began() -> int | None:
    """When questions were asked ahead, if they were, in nanoseconds since the epoch."""
    return _moments[0] if _moments else None


def ask(arguments: Sequence[str]) -> None:
    """Ask what the command with these arguments will need to know."""
    command = arguments[0] if arguments else ""
    if command not in _ALL | _FEW or not Path(".git").is_dir() or config_files.given(os.environ):
        return
    here = Path.cwd()
    _moments.append(time.time_ns())
    process.ask_ahead(WHERE, here)
    if command == "add":
        process.ask_ahead(AUTHOR, here)
        process.ask_ahead(SETTINGS, here)
    if command in {"resume", "show"}:
        process.ask_ahead(IDENTITIES, here)
    if command in _ALL and "--all" not in arguments:
        for question in TRACKED:
            process.ask_ahead(question, here)
