"""Select the anchors that a command is about, and tell people about the choice."""

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in
from gitanchor.model.errors import NotFound
from gitanchor.model.wording import counted
from gitanchor.operations import choose, selectors
from gitanchor.operations.changes import Since
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index.places import Everywhere
from gitanchor.storage.store import StoredAnchor
from gitanchor.tracking.offer import Offer, origin


def select_anywhere(
    workspace: Workspace, selector: str | None, all_places: bool = False
) -> tuple[Everywhere, StoredAnchor]:
    """Return the anchor that a selector names, on whatever branch, and all that it was found among."""
    found = found_in(workspace, all_places, few=True)
    try:
        return found, choose.chosen(workspace, selector, found.listing)
    except NotFound:
        if all_places or selector is None or "@" in selector:
            raise
    found = found_in(workspace, all_places=True)
    return found, choose.select(workspace, selector, found.listing)


def offered_here(workspace: Workspace) -> Offer:
    """Return the anchor to resume from here. Raises NotFound, which names one elsewhere."""
    offer = choose.offer(workspace)
    if offer is None:
        raise choose.nothing_offered(workspace, found_in(workspace, all_places=True).listing)
    return offer


def note_ahead(workspace: Workspace, offer: Offer | None) -> None:
    """On a detached HEAD, name the newest open anchor that lies ahead, and so is not offered."""
    if workspace.repository.head.branch is not None:
        return
    found = found_in(workspace, all_places=True)
    ahead = choose.chooser(workspace, found.listing).ahead(found.places)
    if ahead is not None and (offer is None or ahead.facts.id != offer.stored.facts.id):
        terminal.hint(f"{ahead.facts.name} ({ahead.facts.id}) lies ahead of this HEAD, {origin(ahead)}")


def came_from(offer: Offer, since: Since) -> str:
    """Return where an offered anchor came from, for people; empty if it is the branch's own."""
    ago = f", {counted(len(since.commits), 'commit')} ago" if since.commits is not None else ""
    return f"{offer.origin}{ago if offer.stored.facts.commit else ''}" if offer.origin else ""


def note_same_name(found: Everywhere, stored: StoredAnchor, selector: str | None) -> None:
    """Print a note if other anchors have the name by which this one was selected."""
    if selector != stored.anchor.name:
        return
    same = selectors.same_name(found.anchors, selector)
    if same > 1:
        terminal.note(f"{same} anchors are called '{selector}'; this is the newest")
