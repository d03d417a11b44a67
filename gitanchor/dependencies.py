"""The items of a Dependencies section: taking them apart, and what kind each one is."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gitanchor.anchor import Dependency
from gitanchor.markdown import bullet, fences

_KINDS: Final = (
    ("branch", r"(?:git )?branch(?:es)?"),
    ("person", r"people|persons?|mentor|reviewer|team|contact"),
    ("key", r"(?:ssh|api|private|access)?\s*keys?|credentials?|secrets?(?: scope)?|tokens?|auth"),
    ("env", r"env(?:ironment)?(?: variables?| vars?)?|keys/env"),
    ("python", r"python(?: packages?| modules?)?|packages?|libraries|modules"),
    ("tool", r"tools?|cli|software"),
    ("file", r"files?|scripts?|datasets?|data|config|repo(?: path)?|paths?|outputs?"),
    ("service", r"services?|databases?|servers?|vms?|cluster|storage"),
)
_LABEL: Final = re.compile(
    r"\W*(?:" + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS) + r")\W{0,3}[:=]",
    re.IGNORECASE,
)


def kind_of(text: str) -> str:
    """The kind that the label at the start of an item names (`Tools: …`), else `other`."""
    match = _LABEL.match(text)
    return str(match.lastgroup) if match and match.lastgroup else "other"


def dependency(text: str) -> Dependency:
    """An item as an author wrote it, with its kind."""
    return Dependency(text, kind_of(text))


def items(lines: Sequence[str]) -> Iterator[str]:
    """The items of a section: one a bullet, or one a line where there are no bullets.

    Indented and fenced lines belong to the item above them.
    """
    fenced = fences(lines).inside
    bulleted = any(bullet(line) and not inside for line, inside in zip(lines, fenced, strict=True))
    item: list[str] = []
    margin = 0
    for line, inside in zip(lines, fenced, strict=True):
        marker = None if inside else bullet(line)
        starts = bool(marker and not (item and len(marker["indent"]) >= max(margin, 1)))
        if not bulleted and not inside:
            starts = bool(line.strip())
        if item and starts:
            yield _joined(item)
            item = []
        if marker and starts:
            margin = marker.end()
            item = [line[margin:]]
        elif item:
            item.append(line)
        elif line.strip():
            margin = len(line) - len(line.lstrip())
            item = [line[margin:]]
    if item:
        yield _joined(item)


def _joined(item: list[str]) -> str:
    """An item without blank lines at its end and without the indent that its lines share."""
    while len(item) > 1 and not item[-1].strip():
        item.pop()
    rest = [line for line in item[1:] if line.strip()]
    indent = min((len(line) - len(line.lstrip(" ")) for line in rest), default=0)
    return "\n".join([item[0], *(line[indent:] if line.strip() else "" for line in item[1:])])
