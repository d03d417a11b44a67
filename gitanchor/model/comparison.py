"""The summary of a new anchor for the person: its sections, and what changed since its parent."""

from collections.abc import Iterator, Sequence
from typing import Final

from gitanchor.model import milestone_marks
from gitanchor.model.anchor import TITLES, Anchor
from gitanchor.model.draft import Draft

_SHOWN: Final = 100
"""Characters of a section that the summary shows."""


def understood(drafts: Sequence[Draft], parent: Anchor | None, name: str) -> Iterator[str]:
    """Yield the lines that a person is shown before drafts are written: the sections, and what is new.

    `parent` is the parent of the first draft; the parent of each other draft is the one before it.
    `name` stands in for the name of a draft that has none.
    """
    before: Anchor | Draft | None = parent
    for draft in drafts:
        yield f"{draft.name or name}:"
        for section, title in TITLES.items():
            value = getattr(draft, section)
            text = "; ".join(item.text for item in value) if isinstance(value, tuple) else value
            if text:
                yield f"  {title}: {' '.join(text.split())[:_SHOWN]}"
            elif section in draft.missing:
                yield f"  {title}: (none)"
        if before is not None:
            known = f"{before.name} ({before.id})" if isinstance(before, Anchor) else before.name
            yield f"  since {known or name}:"
            yield from (f"    {line}" for line in differences(before, draft))
        before = draft


def differences(parent: Anchor | Draft, draft: Draft) -> Iterator[str]:
    """Yield a line for each thing that a draft adds to its parent, or drops from it."""
    before = {
        item.text for item in milestone_marks.items(parent.milestone) if item.state in {"done", None}
    }
    for item in milestone_marks.items(draft.milestone):
        if item.state in {"done", None} and item.text not in before:
            yield f"done since: {item.text}"
    if draft.next_action != parent.next_action:
        yield f"next action was: {_first_line(parent.next_action) or '(none)'}"
    elif draft.next_action:
        yield "next action: as before"
    old = [item.text for item in parent.dependencies]
    new = [item.text for item in draft.dependencies]
    yield from (f"new dependency: {_first_line(text)}" for text in new if text not in old)
    yield from (f"dependency dropped: {_first_line(text)}" for text in old if text not in new)


def _first_line(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    return f"{first} …" if rest else first
