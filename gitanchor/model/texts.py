"""What an anchor says as text, section by section, and texts as a search compares them."""

import unicodedata
from collections.abc import Sequence

from gitanchor.model.anchor import TITLES, Anchor


def bullets(texts: Sequence[str]) -> list[str]:
    """Texts as the lines of a Markdown list; further lines of a text are indented."""
    lines = []
    for text in texts:
        first, *rest = text.split("\n")
        lines += [f"- {first}", *(f"  {line}" if line else "" for line in rest)]
    return lines


def section_texts(anchor: Anchor) -> dict[str, str]:
    """The sections of an anchor that say something, as Markdown under their field names."""
    dependencies = "\n".join(bullets([item.text for item in anchor.dependencies]))
    texts = {name: getattr(anchor, name) for name in TITLES} | {"dependencies": dependencies}
    return {name: text for name, text in texts.items() if text}


def searched(anchor: Anchor) -> dict[str, str]:
    """All of an anchor that is searched, by what its places are called."""
    return {"name": anchor.name, **section_texts(anchor)}


def compared(text: str, *, ignore_case: bool = True) -> str:
    """A text as it is compared: however its accents are encoded, and maybe whatever its case."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return composed.casefold() if ignore_case else composed


def words_of(anchor: Anchor) -> str:
    """All of an anchor that is searched, as one text that ignores case; it has each line whole."""
    return compared("\n".join(searched(anchor).values()))
