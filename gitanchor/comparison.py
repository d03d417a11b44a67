"""What a new anchor says that its parent did not: the difference that a person is shown."""

from collections.abc import Iterator

from gitanchor import marks
from gitanchor.anchor import Anchor
from gitanchor.drafts import Draft


def differences(parent: Anchor, draft: Draft) -> Iterator[str]:
    """A line for each thing that is new or gone since the parent."""
    before = {item.text for item in marks.items(parent.milestone) if item.state in {"done", None}}
    for item in marks.items(draft.milestone):
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
