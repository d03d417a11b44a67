"""Find what an interrupted run of `git anchor add -F` wrote before it ended."""

from collections.abc import Mapping, Sequence
from typing import Final

from gitanchor.importing.import_plan import TEXTS, said, said_by
from gitanchor.model.draft import Draft
from gitanchor.operations.tracker import Tracker
from gitanchor.storage.store import StoredAnchor

_NEWEST: Final = 200
"""The anchors of a branch among which an earlier run is looked for; a clock may have been wrong."""


def written_before(tracker: Tracker, drafts: Sequence[Draft]) -> list[StoredAnchor]:
    """Return the anchors of the first of these drafts, if they are the end of a thread here.

    An answer is written one anchor after the other, so a run that was interrupted, or had no space
    left, wrote the first few. They are open, and come from a chat at HEAD's commit. Nothing goes on
    from the last of them: whoever goes back to an earlier plan writes it once more.
    """
    head = tracker.repository.head
    here = (True, head.branch, head.commit)
    by_id = {
        stored.facts.id: stored
        for stored in tracker.recent.newest(head.branch, _NEWEST)
        if (stored.facts.is_open, stored.facts.branch, stored.facts.commit) == here
    }
    for last in by_id.values():
        for count in range(len(drafts), 0, -1):
            chain = _chain(last, drafts[:count], by_id)
            if chain and not tracker.recent.has_children(last.facts.id):
                return chain
    return []


def _chain(
    last: StoredAnchor, drafts: Sequence[Draft], by_id: Mapping[str, StoredAnchor]
) -> list[StoredAnchor]:
    """Return the anchors made of drafts, each the only parent of the next, that end at one; or none."""
    chain: list[StoredAnchor] = []
    current: StoredAnchor | None = last
    for draft in reversed(drafts):
        if current is None or not _says(current, draft):
            return []
        chain.append(current)
        current = by_id.get(current.facts.parents)
    return chain[::-1]


def _says(stored: StoredAnchor, draft: Draft) -> bool:
    """Whether an anchor was made of a draft; one without a name was given any."""
    if draft.name is not None and stored.facts.name != draft.name:
        return False
    anchor = stored.anchor
    fields = (*TEXTS[1:], "dependencies")  # the name is compared
    return anchor.source == "chat" and all(said(anchor, name) == said_by(draft, name) for name in fields)
