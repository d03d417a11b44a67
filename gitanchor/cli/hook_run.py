"""The parts of the hooks that need Python. A failure here never makes a commit fail."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

STOP: Final = 10
"""The status that makes the pre-commit hook stop; neither Python nor a shell uses it by itself."""


def run(arguments: Sequence[str]) -> int:
    """Run the part of a hook that needs Python; a failure becomes one warning, and status 0.

    The status is STOP if a commit would be empty because its deletions came back, or if it contains
    a secret, a conflict marker, or the entry of an anchor without its file.
    """
    index = os.environ.get("GIT_INDEX_FILE")
    from gitanchor.cli import terminal
    from gitanchor.git import process
    from gitanchor.model import escaping, progress
    from gitanchor.model.errors import AnchorError, CommitRefused, SecretFound

    progress.display = terminal.progress
    process.forget_surroundings()
    try:
        match list(arguments):
            case ["pre-commit"]:
                return _pre_commit(index)
            case ["post-merge"]:
                _post_merge()
    except (SecretFound, CommitRefused) as problem:
        for line in (*getattr(problem, "lines", ()), str(problem)):
            terminal.note(f"error: git anchor: {escaping.one_line(line)}")
        return STOP
    except (AnchorError, OSError) as problem:
        terminal.warning(f"git anchor: {problem}")
    return 0


def _pre_commit(index: str | None) -> int:
    """Absorb and stage what belongs to the commit that is being made from an index file."""
    from gitanchor.cli import terminal
    from gitanchor.model import escaping
    from gitanchor.operations import choose
    from gitanchor.operations.absorb import before_commit, nothing_left, refuse_staged_secrets
    from gitanchor.operations.merges.unfinished import in_commit
    from gitanchor.operations.workspace import Workspace

    workspace = Workspace.open(Path.cwd(), index=index)
    if marked := in_commit(workspace):
        for line in marked:
            terminal.note(f"error: git anchor: {escaping.one_line(line)}")
        return STOP
    refuse_staged_secrets(workspace)
    partial = index is not None and Path(index).name.startswith("next-index")
    for line in before_commit(workspace, partial=partial):
        terminal.note(f"git anchor: {line}")
    if workspace.settings.outputs:
        from gitanchor.operations import outputs

        for line in outputs.before_commit(workspace, partial=partial):
            terminal.note(f"git anchor: {line}")
    if not partial and nothing_left(workspace):
        terminal.note("error: git anchor: nothing is left to commit, as all of it came back")
        return STOP
    choose.heads(workspace).outdate()
    return 0


def _post_merge() -> None:
    """Print a message if the log does not agree with the anchors. Writes nothing."""
    from gitanchor.cli import terminal
    from gitanchor.operations import render
    from gitanchor.operations.workspace import Workspace

    workspace = Workspace.open(Path.cwd())
    if difference := render.difference(workspace):
        first = difference.partition("\n")[0].removeprefix("--- a/")
        path = first if first in workspace.settings.outputs else workspace.log.path
        terminal.hint(f"After this merge {path} differs from the anchors.")
        terminal.hint('Use "git anchor render" to regenerate it.')
