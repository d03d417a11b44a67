"""What the hooks run when sh alone is not enough. A hook never makes a commit fail."""

import os
from collections.abc import Sequence
from pathlib import Path


def run(arguments: Sequence[str]) -> int:
    """Run the part of a hook that needs Python; what goes wrong is one warning, and status 0."""
    index = os.environ.get("GIT_INDEX_FILE")
    from gitanchor import git, terminal
    from gitanchor.errors import AnchorError

    git.forget_surroundings()
    try:
        if list(arguments) == ["pre-commit"]:
            from gitanchor.absorb import before_commit
            from gitanchor.tracker import Tracker

            tracker = Tracker.open(Path.cwd(), index=index)
            partial = index is not None and Path(index).name.startswith("next-index")
            for line in before_commit(tracker, partial=partial):
                terminal.note(f"git anchor: {line}")
    except (AnchorError, OSError) as problem:
        terminal.warning(f"git anchor: {problem}")
    return 0
