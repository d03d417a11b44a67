"""Run `git diff` from an anchor's commit, without the files that gitanchor writes."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gitanchor.git import process
from gitanchor.model.errors import GitFailed, NotFound, WrongUsage

_WITH_VALUE: Final = {
    *("-S", "-G", "-I", "-O", "-l", "--anchored", "--color-moved-ws", "--diff-algorithm"),
    *("--diff-filter", "--dst-prefix", "--find-object", "--ignore-matching-lines"),
    *("--inter-hunk-context", "--line-prefix", "--output", "--output-indicator-context"),
    *("--output-indicator-new", "--output-indicator-old", "--rotate-to", "--skip-to"),
    *("--src-prefix", "--stat-count", "--stat-graph-width", "--stat-name-width", "--stat-width"),
    *("--word-diff-regex", "--ws-error-highlight"),
}
"""The options of git-diff(1) whose value may be an argument of its own."""

_WILD: Final = frozenset("*?[\\")
_USAGE, _FATAL = 129, 128


def run(commit: str, arguments: Sequence[str], ours: Sequence[str]) -> int:
    """Have git print the diff from a commit to the worktree; return our exit status for the result.

    `arguments` are arguments of git diff. Unless they name paths, everything at or below the paths
    `ours` is left out. Raises WrongUsage for options that git does not know.
    """
    asked = list(arguments)
    if not has_paths(arguments, Path.cwd()):
        asked += [*([] if "--" in asked else ["--"]), ":(top)"]
        asked += [f":(top,exclude,literal){path}" for path in ours]
    status = process.pass_through(["diff", commit, *asked], Path.cwd())
    if status == _USAGE:
        options = [argument for argument in arguments if argument.startswith("-") and argument != "--"]
        raise WrongUsage(
            f"git diff refuses an option of these: {' '.join(options)}; see 'git help diff'"
        )
    return status_of(status)


def has_paths(arguments: Sequence[str], folder: Path) -> bool:
    """Whether arguments of git diff limit it to paths, which git tells from commits as in gitcli(7)."""
    if "--" in arguments:
        return arguments[-1] != "--"
    before = ""
    for argument in arguments:
        is_option = argument.startswith("-") and argument != "-"
        if not is_option and before not in _WITH_VALUE and _is_path(argument, folder):
            return True
        before = argument
    return False


def _is_path(argument: str, folder: Path) -> bool:
    is_wild = argument.startswith(":") or not _WILD.isdisjoint(argument)
    return is_wild or os.path.lexists(folder / argument)


def status_of(status: int) -> int:
    """Return our exit status for one of git diff; with `--exit-code` or `--check` it may mean "no"."""
    if status < 0:  # ended by a signal: report it as a shell does
        return 128 - status
    ours = {0: 0, _FATAL: GitFailed.exit_code}
    return ours.get(status, NotFound.exit_code if status < _FATAL else status)
