"""Find what an interrupted run of `git anchor add -F` wrote before it ended."""

from collections.abc import Sequence

from gitanchor.importing.import_plan import TEXTS, said, said_by
from gitanchor.model.draft import Draft
from gitanchor.operations.tracker import Tracker
from gitanchor.storage.store import StoredAnchor


def written_before(tracker: Tracker, drafts: Sequence[Draft]) -> list[StoredAnchor]:
    """Return the anchors of the first of these drafts, if this branch's newest ones are just these.

    An answer is written one anchor after the other, so a run that was interrupted, or had no space
    left, wrote the first few. They are open, come from a chat at HEAD's commit, and are the end of
    their thread: whoever goes back to an earlier plan writes it once more.
    """
    head = tracker.repository.head
    here = (True, head.branch, head.commit)
    oldest_first = [
        stored
        for stored in reversed(tracker.recent.newest(head.branch, len(drafts)))
        if (stored.facts.is_open, stored.facts.branch, stored.facts.commit) == here
    ]
    for start in range(len(oldest_first)):
        chain = oldest_first[start:]
        if all(map(_says, chain, drafts)) and _is_thread(chain):
            return [] if tracker.recent.has_children(chain[-1].facts.id) else chain
    return []


def _says(stored: StoredAnchor, draft: Draft) -> bool:
    """Whether an anchor was made of a draft; one without a name was given any."""
    anchor = stored.anchor
    fields = [*TEXTS, "dependencies"]
    if draft.name is None:
        fields.remove("name")
    return anchor.source == "chat" and all(said(anchor, name) == said_by(draft, name) for name in fields)


def _is_thread(anchors: Sequence[StoredAnchor]) -> bool:
    """Whether each anchor is the only parent of the next."""
    ids = [stored.facts.id for stored in anchors]
    return [stored.facts.parents for stored in anchors[1:]] == ids[:-1]
