"""The front matter of a document: `key: value` lines between two `---` lines at its top."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gitanchor.model.lazy_re import late
from gitanchor.parsing.lines import Source

_DATES: Final = ("date", "updated", "last_updated", "last-updated", "lastupdated", "created", "modified")
_KEY: Final = late(r"[A-Za-z_][\w -]{0,40}:(?:\s|\Z)")
_LONGEST: Final = 100
"""Most lines of front matter; a rule further down is a rule."""


@dataclass(slots=True)
class FrontMatter:
    """What front matter says, with the lines. `others` are those of all other keys, branch included."""

    title: str = ""
    date: str = ""
    title_line: Source | None = None
    date_line: Source | None = None
    status: Source | None = None
    others: list[Source] = field(default_factory=list)
    ends: tuple[int, int] | None = None
    """The numbers of the two `---` lines."""

    def keep(self, line: Source | None) -> None:
        """Count a line among the others, because what it says is said nowhere else."""
        if line is not None:
            self.others = sorted([*self.others, line])


def taken_off(sources: Sequence[Source]) -> tuple[FrontMatter, Sequence[Source]]:
    """Return the front matter of a document, and the lines below it; an empty one if it has none."""
    found = FrontMatter()
    if not sources or sources[0][1].rstrip() != "---":
        return found, sources
    closing = (at for at in range(1, min(len(sources), _LONGEST)) if sources[at][1].rstrip() == "---")
    end = next(closing, 0)
    inside = [text for _, text in sources[1:end]]
    if not all(map(_is_data, inside)) or not any(map(_KEY.match, inside)):
        return found, sources
    found.ends = sources[0][0], sources[end][0]
    for number, text in sources[1:end]:
        key, colon, value = text.partition(":")
        key, value = key.strip().casefold(), value.strip().strip("\"'")
        if not colon or not value or text[:1] in (" ", "\t", "-"):
            found.others.append((number, text))
        elif key in ("title", "name") and not found.title:
            found.title, found.title_line = value, (number, text)
        elif key in _DATES and not found.date:
            found.date, found.date_line = value, (number, text)
        elif key == "status" and found.status is None:
            found.status = (number, text)
        else:
            found.others.append((number, text))
    return found, sources[end + 1 :]


def _is_data(text: str) -> bool:
    return not text.strip() or _KEY.match(text) is not None or text.startswith(("- ", " ", "\t"))
