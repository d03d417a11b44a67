"""The text of an anchor by section, and the form in which a search compares texts."""

import unicodedata
from collections.abc import Sequence

from gitanchor.model.anchor import TITLES, Anchor


def bullets(texts: Sequence[str]) -> list[str]:
    """Return texts as the lines of a Markdown list; further lines of a text are indented."""
    lines = []
    for text in texts:
        first, *rest = text.split("\n")
        lines += [f"- {first}", *(f"  {line}" if line else "" for line in rest)]
    return lines


def section_texts(anchor: Anchor) -> dict[str, str]:
    """Return the sections of an anchor that are not empty, as Markdown by field name."""
    dependencies = "\n".join(bullets([item.text for item in anchor.dependencies]))
    texts = {name: getattr(anchor, name) for name in TITLES} | {"dependencies": dependencies}
    return {name: text for name, text in texts.items() if text}


def searched(anchor: Anchor) -> dict[str, str]:
    """Return the fields of an anchor that a search looks at, by name."""
    return {"name": anchor.name, **section_texts(anchor)}


def compared(text: str, *, ignore_case: bool = True) -> str:
    """Return the form of a text that is compared: in NFC, and with case folded if case is ignored."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return composed.casefold() if ignore_case else composed


def words_of(anchor: Anchor) -> str:
    """Return all that a search looks at as one text with case folded; each line stays whole."""
    return compared("\n".join(searched(anchor).values()))
