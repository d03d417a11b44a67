"""Which anchors a command is about, and what people are told of the choice."""

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
    """The anchors of this worktree, or of all branches and worktrees; warns of what is lacking.

    `few` spares a look at each file, for whoever wants more than the facts of but a few of them.
    """
    if not all_places:
        return Everywhere(tracker.recent if few else tracker.listing)
    from gitanchor.operations import everywhere  # and what it needs to read other branches

    found = everywhere.listing(tracker)
    if found.lacking:
        more = f" and {len(found.lacking) - 1} more" if len(found.lacking) > 1 else ""
        terminal.warning(f"this clone lacks {found.lacking[0]}{more}")
    return found


def select_anywhere(
    tracker: Tracker, selector: str | None, all_places: bool = False
) -> tuple[Everywhere, StoredAnchor]:
    """The anchor that a selector names, be it on another branch only, and what it was found among."""
    found = found_in(tracker, all_places, few=True)
    try:
        return found, tracker.chosen(selector, found.listing)
    except NotFound:
        if all_places or selector is None or "@" in selector:
            raise
    found = found_in(tracker, all_places=True)
    return found, tracker.select(selector, found.listing)


def offered_here(tracker: Tracker) -> Offer:
    """The anchor to go on from where one stands. Raises NotFound, which names one elsewhere."""
    offer = tracker.offer()
    if offer is None:
        raise tracker.nothing_offered(found_in(tracker, all_places=True).listing)
    return offer


def note_ahead(tracker: Tracker, offer: Offer | None) -> None:
    """Name, on a detached HEAD, the newest open anchor that lies ahead, and so is not offered."""
    if tracker.repository.head.branch is not None:
        return
    found = found_in(tracker, all_places=True)
    ahead = tracker.chooser(found.listing).ahead(found.places)
    if ahead is not None and (offer is None or ahead.facts.id != offer.stored.facts.id):
        terminal.hint(f"{ahead.facts.name} ({ahead.facts.id}) lies ahead of this HEAD, {origin(ahead)}")


def came_from(offer: Offer, since: Since) -> str:
    """Where an offered anchor came from, for people; empty if it is the branch's own."""
    ago = f", {counted(len(since.commits), 'commit')} ago" if since.commits is not None else ""
    return f"{offer.origin}{ago if offer.stored.facts.commit else ''}" if offer.origin else ""


def refuse_no_branch(tracker: Tracker, found: Everywhere, branch: str | None) -> None:
    """Raise NotFound if a branch that was asked for has no anchor, and is none."""
    if branch is None or found.listing.facts(branch, 1) or tracker.repository.head.branch == branch:
        return
    refs = [f"refs/{kind}/{branch}" for kind in ("heads", "remotes")]
    if not any(tracker.repository.ask("rev-parse", "--verify", "--quiet", ref) for ref in refs):
        raise NotFound(f"there is no branch '{branch}', and no anchor of one; see 'git branch --all'")


def report_problems(listing: Listing) -> int:
    """Name each anchor file that could not be read; the exit status that this makes of success."""
    _warn_of_copies(listing)
    for problem in listing.problems:
        terminal.note(f"error: {escaping.one_line(str(problem))}")
    return listing.problems[0].exit_code if listing.problems else 0


def warn_of_problems(listing: Listing) -> None:
    """Warn of anchor files that could not be read, where the one that was asked for could."""
    _warn_of_copies(listing)
    for problem in listing.problems:
        terminal.warning(str(problem))


def _warn_of_copies(listing: Listing) -> None:
    for copy in listing.copies:
        terminal.warning(str(copy))


def note_same_name(found: Everywhere, stored: StoredAnchor, selector: str | None) -> None:
    """Say so if others have the name by which an anchor was selected."""
    if selector != stored.anchor.name:
        return
    same = selectors.same_name(found.anchors, selector)
    if same > 1:
        terminal.note(f"{same} anchors are called '{selector}'; this is the newest")


def warn_of_left_out(tracker: Tracker) -> None:
    """Warn of anchors that a sparse checkout keeps out, and so are not among those that are here."""
    if left_out := tracker.repository.left_out(FOLDER):
        terminal.warning(
            f"a sparse checkout leaves out {counted(left_out, 'anchor file')};"
            f" 'git sparse-checkout add {FOLDER}' brings them"
        )


def worth_telling(binding: Binding, places: str) -> Binding | None:
    """A binding that says more than where the anchor lies, if that is told; else None."""
    told = binding.is_plain or (places and binding.state in {"ahead", "elsewhere"})
    return None if told else binding
