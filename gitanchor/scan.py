"""What each line of a chat's answer or of a log is: the words that give an entry its structure.

One line at a time; `parse` decides which of them count. Nothing inside a code fence is structure.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from gitanchor import markdown, times
from gitanchor.anchor import PLACEHOLDER

VERBATIM: Final = "<!-- anchor:verbatim -->"
"""In a generated log, says that the fence below holds a section that could not stand as it is."""

CONFLICT: Final = "<<<<<<< "
"""How git starts a conflict; in a generated log such a line only ever stands in a fence."""

NOTES: Final = "notes"

LABELS: Final = {
    "context": "context",
    "current milestone": "milestone",
    "milestone": "milestone",
    "next action": "next_action",
    "dependencies": "dependencies",
}
"""What a chat calls a section, in lower case, and the field that it fills."""


class Kind(Enum):
    """What a line is for."""

    BLANK = auto()
    TEXT = auto()
    FENCED = auto()
    RULE = auto()
    HEADING = auto()
    TIME = auto()
    """A line that consists of a time, which stands over an entry."""
    ENTRY = auto()
    """`Resume from anchor: NAME`, or `Anchor NAME loaded successfully`."""
    NAME = auto()
    """The name, on a line of its own below an entry line that had none."""
    REQUEST = auto()
    """The text that asks a chat for an anchor."""
    LABEL = auto()
    BEGIN = auto()
    """The comment over an entry of a generated log."""
    END = auto()
    """The comment below it, with the fields that people do not read."""


@dataclass(slots=True)
class Line:
    """One line. `value` is its name, time, section or id; `rest` is text after a label or name."""

    number: int
    text: str
    kind: Kind = Kind.TEXT
    value: str = ""
    rest: str = ""
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def is_placeholder(self) -> bool:
        """Whether a label stands over nothing but what the request asks for, as in `[one step]`."""
        return self.kind is Kind.LABEL and bool(_BRACKETED.fullmatch(self.rest.strip()))


_BRACKETED: Final = re.compile(r"\[[^\[\]]*\]")
_MARKUP: Final = r"[^\w\[(<\"'“`|-]*"
_RESUME: Final = re.compile(
    rf"{_MARKUP}resume from anchor\s*(?P<colon>[*_]*\s*:[*_]*)?(?P<rest>.*)", re.IGNORECASE
)
_LOADED: Final = re.compile(
    rf"{_MARKUP}anchor\s+(?P<name>[*_`\[].*?[*_`\]])\s+(?:loaded|resumed|restored|saved|created)\b.*",
    re.IGNORECASE,
)
_REQUEST: Final = re.compile(rf"{_MARKUP}anchor this as chat\b.*", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"(?P<lead>\s{0,3}(?:#{1,6}\s+)?[^\w\s*_\[(<\"'“`|#-]*\s*(?P<bold>\*\*|__)?\s*"
    r"[^\w\s*_\[(<\"'“`|#-]*\s*)"
    rf"(?P<label>{'|'.join(sorted([*LABELS, NOTES], key=len, reverse=True))})"
    r"(?P<close>(?:\*\*|__)?\s*:?(?:\*\*|__)?)(?P<rest>.*)",
    re.IGNORECASE,
)
_BEGIN: Final = re.compile(r"<!-- anchor (?P<id>[0-9a-f]{8}) -->\s*")
_END: Final = re.compile(r"<!-- /anchor (?P<id>[0-9a-f]{8}) (?P<meta>\{.*\}) -->\s*")
_PLACE: Final = re.compile(r"\*(?:On branch|Detached|No branch)\b.*\*")
_WRAPPERS: Final = (("**", "**"), ("[", "]"), ("`", "`"), ('"', '"'), ("“", "”"))
_NAMED: Final = re.compile(r"[*_`]*\[(?P<name>[^\]]+)\][*_`]*(?P<rest>.*)")


def scan(lines: Sequence[str]) -> list[Line]:
    """Tell of each line what it is, by itself and by the fences around it."""
    inside = markdown.fences(lines).inside
    scanned = [
        Line(number, text, Kind.FENCED) if fenced else _scan_line(number, text)
        for number, (text, fenced) in enumerate(zip(lines, inside, strict=True), 1)
    ]
    for index, line in enumerate(scanned):
        if line.kind is Kind.ENTRY and not line.value:
            _take_name_below(scanned, index)
    return scanned


def _scan_line(number: int, text: str) -> Line:
    line = Line(number, text)
    if not text.strip():
        line.kind = Kind.BLANK
    elif markdown.is_rule(text):
        line.kind = Kind.RULE
    elif (moment := times.time_on(text)) is not None:
        line.kind, line.value = Kind.TIME, moment
    elif text.lstrip().startswith("<!--"):
        _scan_comment(line)
    elif not _scan_entry(line) and not _scan_label(line) and markdown.is_heading(text):
        line.kind = Kind.HEADING
    return line


def _scan_comment(line: Line) -> None:
    if match := _BEGIN.fullmatch(line.text):
        line.kind, line.value = Kind.BEGIN, match["id"]
    elif match := _END.fullmatch(line.text):
        try:
            line.meta = json.loads(match["meta"])
        except ValueError:
            return
        line.kind, line.value = Kind.END, match["id"]


def _scan_entry(line: Line) -> bool:
    if _REQUEST.fullmatch(line.text):
        line.kind = Kind.REQUEST
    elif match := _LOADED.fullmatch(line.text):
        line.kind, line.value = Kind.ENTRY, unwrap(match["name"])
    elif match := _RESUME.fullmatch(line.text):
        name = _NAMED.fullmatch(match["rest"].strip())
        if not match["colon"] and not name:
            return False
        line.kind = Kind.ENTRY
        if name and re.search(r"\w", name["rest"]):
            line.value, line.rest = name["name"].strip("*_` "), name["rest"].strip()
        else:
            line.value = unwrap(match["rest"])
    else:
        return False
    return True


def _scan_label(line: Line) -> bool:
    match = _LABEL.fullmatch(line.text)
    if match is None:
        return False
    marked = match["bold"] or "#" in match["lead"]
    closed = ":" in match["close"] or (marked and not match["rest"].strip("*_ "))
    if not closed:
        return False
    label = match["label"].lower()
    line.kind = Kind.LABEL
    line.value = NOTES if label == NOTES else LABELS[label]
    rest = match["rest"]
    if match["bold"] and not re.search(r"\*\*|__", match["close"]):
        rest = rest.removesuffix(match["bold"])
    line.rest = rest.removeprefix(" ") if rest.strip() else ""
    return True


def _take_name_below(scanned: list[Line], index: int) -> None:
    """Give an entry line the name that stands alone on the next line with text."""
    for line in scanned[index + 1 :]:
        if line.kind is Kind.BLANK:
            continue
        name = unwrap(line.text)
        if line.kind is Kind.TEXT and name != line.text.strip() and "\n" not in name:
            line.kind = Kind.NAME
            scanned[index].value = name
        return


def unwrap(text: str) -> str:
    """A name without the brackets, emphasis, backticks and quotation marks around it."""
    text = text.strip()
    for _ in range(8):
        for start, end in _WRAPPERS:
            if len(text) > len(start + end) and text.startswith(start) and text.endswith(end):
                text = text[len(start) : -len(end)].strip()
                break
        else:
            break
    return text


def has_structure(lines: Sequence[str]) -> bool:
    """Whether lines that should be plain text would be taken for structure, or leave a fence open."""
    if not markdown.fences(lines).closed:
        return True
    kept = {Kind.BLANK, Kind.TEXT, Kind.FENCED, Kind.RULE, Kind.HEADING}
    return any(
        line.kind not in kept or "<!--" in line.text or line.text.startswith(CONFLICT)
        for line in scan(lines)
    )


def place_line(branch: str | None, commit: str | None) -> str:
    """The line of a generated entry that names branch and short commit for people."""
    where = f"On branch {markdown.code_span(branch)}" if branch else "No branch recorded"
    if commit:
        return f"*{where if branch else 'Detached HEAD'} at commit `{commit}`*"
    return f"*{where}, no commit recorded*"


def is_place_line(text: str) -> bool:
    """Whether a line is one that `place_line` wrote."""
    return _PLACE.fullmatch(text) is not None


def is_placeholder_name(name: str) -> bool:
    """Whether a name is the one that the request leaves to be filled in."""
    return name.strip("[]*`_ ") == PLACEHOLDER


def numbers(lines: Sequence[Line]) -> Iterator[int]:
    """The numbers of the lines that hold anything."""
    return (line.number for line in lines if line.kind is not Kind.BLANK)
