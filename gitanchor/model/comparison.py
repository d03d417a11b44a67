"""What a new anchor says, and what of it its parent did not: what a person is shown of a text."""

from collections.abc import Iterator, Sequence
from typing import Final

from gitanchor.model import milestone_marks
from gitanchor.model.anchor import TITLES, Anchor
from gitanchor.model.draft import Draft

_SHOWN: Final = 100
"""Characters of a section in the short look at what was understood."""


def understood(drafts: Sequence[Draft], parent: Anchor | None, name: str) -> Iterator[str]:
    """What a person is shown of drafts before they are written: the sections, and what is new.

    `parent` is that of the first; each of the others goes on from the one before it. `name` is for a
    draft without one.
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
    """A line for each thing that is new or gone since the parent."""
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
