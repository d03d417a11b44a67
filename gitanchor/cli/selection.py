"""Select the anchors that a command is about, and tell people about the choice."""

from gitanchor.cli import terminal
from gitanchor.model import escaping
from gitanchor.model.errors import NotFound
from gitanchor.model.wording import counted
from gitanchor.operations.reader import Since
from gitanchor.operations.tracker import Tracker
from gitanchor.storage.index import selectors
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.index.places import Everywhere
from gitanchor.storage.store import FOLDER, StoredAnchor
from gitanchor.tracking.binding import Binding
from gitanchor.tracking.offer import Offer, origin


def found_in(tracker: Tracker, all_places: bool, *, few: bool = False) -> "Everywhere":
    """Return the anchors of this worktree, or of all places; warn about what this clone lacks.

    `few` is cheaper if only the facts of most anchors are needed: not every file is checked.
    """
    if not all_places:
        return Everywhere(tracker.recent if few else tracker.listing)
    from gitanchor.operations import everywhere  # loads what reads other branches

    found = everywhere.listing(tracker)
    if found.lacking:
        more = f" and {len(found.lacking) - 1} more" if len(found.lacking) > 1 else ""
        terminal.warning(f"this clone lacks {found.lacking[0]}{more}")
    return found


def select_anywhere(
    tracker: Tracker, selector: str | None, all_places: bool = False
) -> tuple[Everywhere, StoredAnchor]:
    """Return the anchor that a selector names, on whatever branch, and all that it was found among."""
    found = found_in(tracker, all_places, few=True)
    try:
        return found, tracker.chosen(selector, found.listing)
    except NotFound:
        if all_places or selector is None or "@" in selector:
            raise
    found = found_in(tracker, all_places=True)
    return found, tracker.select(selector, found.listing)


def offered_here(tracker: Tracker) -> Offer:
    """Return the anchor to resume from here. Raises NotFound, which names one elsewhere."""
    offer = tracker.offer()
    if offer is None:
        raise tracker.nothing_offered(found_in(tracker, all_places=True).listing)
    return offer


def note_ahead(tracker: Tracker, offer: Offer | None) -> None:
    """On a detached HEAD, name the newest open anchor that lies ahead, and so is not offered."""
    if tracker.repository.head.branch is not None:
        return
    found = found_in(tracker, all_places=True)
    ahead = tracker.chooser(found.listing).ahead(found.places)
    if ahead is not None and (offer is None or ahead.facts.id != offer.stored.facts.id):
        terminal.hint(f"{ahead.facts.name} ({ahead.facts.id}) lies ahead of this HEAD, {origin(ahead)}")


def came_from(offer: Offer, since: Since) -> str:
    """Return where an offered anchor came from, for people; empty if it is the branch's own."""
    ago = f", {counted(len(since.commits), 'commit')} ago" if since.commits is not None else ""
    return f"{offer.origin}{ago if offer.stored.facts.commit else ''}" if offer.origin else ""


def refuse_no_branch(tracker: Tracker, found: Everywhere, branch: str | None) -> None:
    """Raise NotFound if a branch that a person named has no anchor and does not exist."""
    if branch is None or found.listing.facts(branch, 1) or tracker.repository.head.branch == branch:
        return
    refs = [f"refs/{kind}/{branch}" for kind in ("heads", "remotes")]
    if not any(tracker.repository.ask("rev-parse", "--verify", "--quiet", ref) for ref in refs):
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
        terminal.warning(str(copy))


def note_same_name(found: Everywhere, stored: StoredAnchor, selector: str | None) -> None:
    """Print a note if other anchors have the name by which this one was selected."""
    if selector != stored.anchor.name:
        return
    same = selectors.same_name(found.anchors, selector)
    if same > 1:
        terminal.note(f"{same} anchors are called '{selector}'; this is the newest")


def warn_of_left_out(tracker: Tracker) -> None:
    """Warn about anchors that a sparse checkout leaves out."""
    if left_out := tracker.repository.left_out(FOLDER):
        terminal.warning(
            f"a sparse checkout leaves out {counted(left_out, 'anchor file')};"
            f" 'git sparse-checkout add {FOLDER}' brings them"
        )


def worth_telling(binding: Binding, places: str) -> Binding | None:
    """Return a binding that says more than the places that are printed anyway, else None."""
    told = binding.is_plain or (places and binding.state in {"ahead", "elsewhere"})
    return None if told else binding
