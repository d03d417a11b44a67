"""Choose the anchor that a command is about, and let the hooks know what there is to resume from.

The rule by which an anchor is offered is that of `tracking.offer`.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitanchor.hooks import reminder
from gitanchor.model.anchor import slug
from gitanchor.model.errors import AnchorError, BadAnchorFile, NotFound
from gitanchor.operations import changes, states
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import StoredAnchor
from gitanchor.tracking.binding import Binding
from gitanchor.tracking.offer import Chooser, Offer

if TYPE_CHECKING:
    from gitanchor.model.descent import States

_STAMP: Final = len("20251026T2047")
"""The length of the time at the start of a file's name."""


def select(workspace: Workspace, selector: str = "@", among: Listing | None = None) -> StoredAnchor:
    """Return the anchor that a selector names, in this worktree or `among` others.

    Raises NotFound if there is none, BadAnchorFile if its file cannot be read.
    """
    listing = among or workspace.recent
    is_glance = listing is workspace.recent
    try:
        found = listing.first_on(workspace.repository.head) if selector == "@" else None
        if found is None:
            from gitanchor.operations import selectors

            found = selectors.select(listing.anchors, selector, workspace.repository.head)
    except AnchorError:
        if "@" in selector and listing.problems:
            raise listing.problems[0] from None
        for problem in listing.problems:
            is_id = re.fullmatch(r"[0-9a-f]{4,8}", selector) and f"-{selector}" in problem.path
            if is_id or f"-{slug(selector)}-" in problem.path:
                raise problem from None
        raise
    if is_glance and workspace.is_outdated(found):
        for problem in workspace.listing.problems:
            if problem.path == found.path:
                raise problem
        return select(workspace, selector, workspace.listing)
    if "@" in selector:
        _refuse_newer_problem(found, listing)
    return found


def chosen(workspace: Workspace, selector: str | None, among: Listing | None = None) -> StoredAnchor:
    """Return the anchor that a selector names; without one, the offered or the branch's newest.

    Raises NotFound if there is none, BadAnchorFile if its file cannot be read.
    """
    if selector is not None:
        return select(workspace, selector, among)
    found = offer(workspace)
    return select(workspace, "@", among) if found is None else found.stored


def newest_here(workspace: Workspace) -> StoredAnchor | None:
    """Return the newest anchor of the branch that is checked out."""
    return workspace.recent.first_on(workspace.repository.head)


def newest_open(workspace: Workspace, listing: Listing) -> StoredAnchor | None:
    """Return the newest open anchor of a listing, wherever it was made.

    Raises BadAnchorFile if a newer one may be in a file that cannot be read.
    """
    found = chooser(workspace, listing).newest()
    if found is not None:
        _refuse_newer_problem(found, listing)
    return found


# What is offered -----------------------------------------------------------------------------


def choice(workspace: Workspace) -> Offer | None:
    """Return the anchor to resume from here, by the rule of `offer`, or None."""
    found = chooser(workspace, workspace.recent).choose()
    if found is None or not workspace.is_outdated(found.stored):
        return found
    return chooser(workspace, workspace.listing).choose()


def offer(workspace: Workspace) -> Offer | None:
    """Return the same as `choice`, for a person, and update the files that the hooks read.

    Raises BadAnchorFile if the right anchor may be in a file that cannot be read.
    """
    found = choice(workspace)
    listing = workspace.recent
    if (workspace.state.shared / "remind").is_file():
        reminder.renew(heads(workspace), listing, found)
    if found is not None:
        _refuse_newer_problem(found.stored, listing)
    elif listing.problems:
        raise listing.problems[0]
    return found


def nothing_offered(workspace: Workspace, everywhere: Listing) -> NotFound:
    """Return the error that there is nothing to resume from here, naming what is elsewhere."""
    branch = workspace.repository.head.branch
    here = f"branch {branch}" if branch else "this detached HEAD"
    if (elsewhere := newest_open(workspace, everywhere)) is not None:
        facts = elsewhere.facts
        return NotFound(
            f"no open anchor on {here} or in its history; the newest elsewhere is {facts.name}"
            f" ({facts.id}), {facts.place}: 'git anchor resume {facts.id}' resumes from it"
            " anyway"
        )
    newest = newest_here(workspace) or next(iter(everywhere.newest(limit=1)), None)
    if newest is None:
        return NotFound(f"no anchor on {here}; write one with 'git anchor add'")
    where = here if newest.facts.branch == branch else "anywhere"
    state = states.state_of(workspace, newest, everywhere)
    return NotFound(
        f"no open anchor {f'on {where}' if where == here else where}; the newest,"
        f" {newest.facts.name} ({newest.facts.id}), is {state}:"
        f" 'git anchor resume {newest.facts.id}' resumes from it anyway"
    )


def chooser(workspace: Workspace, listing: Listing) -> Chooser:
    """Return what chooses among the anchors of a listing, of this worktree or of all."""

    def bound(anchors: Sequence[StoredAnchor]) -> dict[str, Binding]:
        return changes.bindings(workspace, anchors)

    return Chooser(workspace.repository, listing, _openness(workspace, listing), bound)


def _openness(workspace: Workspace, listing: Listing) -> Callable[[StoredAnchor], bool]:
    """Return a test whether an anchor is open, which loads the states of all only if they matter."""
    known: list[States] = []

    def is_open(stored: StoredAnchor) -> bool:
        if not known and states.is_open_head(stored, listing):  # mostly so
            return True
        if not known:
            known.append(states.states_of(workspace, listing))
        found = known[0]
        return not found.has_children(stored.facts.id) and (
            stored.facts.is_open or found.of(stored.anchor) == "open"
        )

    return is_open


def _refuse_newer_problem(found: StoredAnchor, listing: Listing) -> None:
    """Raise BadAnchorFile if the right anchor may be in a file that cannot be read."""
    for problem in listing.problems:
        if Path(problem.path).name[:_STAMP] >= Path(found.path).name[:_STAMP]:
            raise BadAnchorFile(
                problem.path, f"{problem.reason}; it may be the one meant, so name another"
            )


# What the hooks read -------------------------------------------------------------------------


def heads(workspace: Workspace) -> reminder.Heads:
    """Return the files about this clone's branches that the hooks read."""
    state, head = workspace.state, workspace.repository.head

    def bound(stored: StoredAnchor) -> str | None:
        return changes.bindings(workspace, [stored])[stored.anchor.id].commit

    return reminder.Heads(workspace.repository.root, state.shared, state.own, state.scratch, head, bound)


def remind(workspace: Workspace) -> None:
    """Update the files that the hooks read. Raises WriteFailed."""
    state = workspace.state
    reminder.write_settings(state.shared, state.scratch, workspace.settings)
    listing, files = workspace.recent, heads(workspace)
    choosing = chooser(workspace, listing)
    files.tell(listing, choosing.choose())
    files.tell_of_here(listing, choosing.contained())
    files.tell_others(listing)
