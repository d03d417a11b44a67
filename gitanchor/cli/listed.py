"""What a command looks through: the anchors of here or of all places, and what could not be read."""

from typing import TYPE_CHECKING

from gitanchor.cli import terminal
from gitanchor.model import escaping
from gitanchor.model.errors import NotFound
from gitanchor.model.wording import counted
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.index.places import Everywhere
from gitanchor.storage.store import FOLDER

if TYPE_CHECKING:
    from gitanchor.tracking.binding import Binding


def found_in(workspace: Workspace, all_places: bool, *, few: bool = False) -> Everywhere:
    """Return the anchors of this worktree, or of all places; warn about what this clone lacks.

    `few` is cheaper if only the facts of most anchors are needed: not every file is checked.
    """
    if not all_places:
        return Everywhere(workspace.recent if few else workspace.listing)
    from gitanchor.operations import everywhere  # loads what reads other branches

    found = everywhere.listing(workspace)
    if found.lacking:
        more = f" and {len(found.lacking) - 1} more" if len(found.lacking) > 1 else ""
        terminal.warning(f"this clone lacks {found.lacking[0]}{more}")
    return found


def refuse_no_branch(workspace: Workspace, found: Everywhere, branch: str | None) -> None:
    """Raise NotFound if a branch that a person named has no anchor and does not exist."""
    if branch is None or found.listing.facts(branch, 1) or workspace.repository.head.branch == branch:
        return
    refs = [f"refs/{kind}/{branch}" for kind in ("heads", "remotes")]
    if not any(workspace.repository.ask("rev-parse", "--verify", "--quiet", ref) for ref in refs):
        raise NotFound(f"there is no branch '{branch}', and no anchor of one; see 'git branch --all'")


def report_problems(listing: Listing) -> int:
    """Name each unreadable anchor file; return the exit status of an otherwise successful command."""
    _warn_of_copies(listing)
    for problem in listing.problems:
        terminal.note(f"error: {escaping.one_line(str(problem))}")
    return listing.problems[0].exit_code if listing.problems else 0


def warn_of_problems(listing: Listing) -> None:
    """Warn about unreadable anchor files, if the requested anchor could be read."""
    _warn_of_copies(listing)
    for problem in listing.problems:
        terminal.warning(str(problem))


def _warn_of_copies(listing: Listing) -> None:
    for copy in listing.copies:
        removed = "'git anchor doctor --fix' removes one of them"
        terminal.warning(f"{copy.path}: a copy of {copy.of}; {removed}")


def warn_of_left_out(workspace: Workspace) -> None:
    """Warn about anchors that a sparse checkout leaves out."""
    if left_out := workspace.repository.left_out(FOLDER):
        terminal.warning(
            f"a sparse checkout leaves out {counted(left_out, 'anchor file')};"
            f" 'git sparse-checkout add {FOLDER}' brings them"
        )


def worth_telling(binding: "Binding", places: str) -> "Binding | None":
    """Return a binding that says more than the places that are printed anyway, else None."""
    told = binding.is_plain or (places and binding.state in {"ahead", "elsewhere"})
    return None if told else binding
