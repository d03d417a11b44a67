"""What each line of a chat's answer or of a hand-kept log is: the words that give it structure.

One line at a time; `parse` decides which of them count. Nothing inside a code fence is structure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gitanchor import markdown, times
from gitanchor.anchor import PLACEHOLDER
from gitanchor.labels import NOTES, Words


class Kind(Enum):
    """What a line is for."""

    BLANK = auto()
    TEXT = auto()
    FENCED = auto()
    LAYOUT = auto()
    """A line that only holds others: the fence around an answer, the head of a table."""
    RULE = auto()
    HEADING = auto()
    TIME = auto()
    """A line that consists of a time, which stands over an entry."""
    ENTRY = auto()
    """`Resume from anchor: NAME`, `Anchor: NAME`, or `Anchor NAME loaded successfully`."""
    NAME = auto()
    """The name, on a line of its own below an entry line that had none."""
    REQUEST = auto()
    """The text that asks a chat for an anchor."""
    LABEL = auto()


@dataclass(slots=True)
class Line:
    """One line. `value` is its name, time or section; `rest` is text after a label or name.

    `strong` is for labels that are a section's own name, and for entry lines that can be nothing
    else.
    """

    number: int
    text: str
    kind: Kind = Kind.TEXT
    value: str = ""
    rest: str = ""
    strong: bool = True

    @property
    def is_placeholder(self) -> bool:
        """Whether a label stands over nothing but what the request asks for, as in `[one step]`."""
        return self.kind is Kind.LABEL and bool(_BRACKETED.fullmatch(self.rest.strip()))


_BRACKETED: Final = re.compile(r"\[[^\[\]]*\]")
_BULLET: Final = re.compile(r"\s*\*\s")
_MARKUP: Final = r"[^\w\[(<>\"'“`|-]*+"
_RESUME: Final = re.compile(
    rf"{_MARKUP}(?:r{{0,2}}esume) from anchor[ \t]{{0,3}}"
    r"(?P<colon>[*_]{0,3}[ \t]{0,3}[:：][*_]{0,3})?(?P<rest>.*)",
    re.IGNORECASE,
)
_ANCHOR: Final = re.compile(
    rf"{_MARKUP}anchor[ \t*_]{{0,6}}[:：][*_]{{0,3}}(?P<rest>.*\w.*)", re.IGNORECASE
)
_LOADED: Final = re.compile(
    rf"{_MARKUP}anchor (?P<name>[*_`\[].{{0,1020}}?[*_`\]])"
    r" (?:loaded|resumed|restored|saved|created)\b.*",
    re.IGNORECASE,
)
_REQUEST: Final = re.compile(rf"{_MARKUP}anchor this as chat\b.*", re.IGNORECASE)
_WRAPPERS: Final = (("**", "**"), ("[", "]"), ("`", "`"), ('"', '"'), ("“", "”"))
_NAMED: Final = re.compile(r"[*_`]*\[(?P<name>[^\]]+)\][*_`]*(?P<rest>.*)")
_TOKEN: Final = re.compile(r"[\w.-]*[_\d-][\w.-]*")
_OPENING_RULES: Final = "-_*"
_OPENING_TEXT: Final = "-[(<\"'“`|"
"""What no time, entry, label or heading starts with: most lines need no further look."""

_LONGEST: Final = 4096
"""Characters of a line that may name an anchor."""


def scan(sources: Sequence[tuple[int, str]], words: Words) -> list[Line]:
    """Tell of each numbered line what it is, by itself and by the fences around it."""
    fence = markdown.Fence()
    scanned = [
        Line(number, text, Kind.FENCED) if fence.holds(text) else scan_line(number, text, words)
        for number, text in sources
    ]
    for index, line in enumerate(scanned):
        if line.kind is Kind.ENTRY and not line.value:
            _take_name_below(scanned, index)
    return scanned


def scan_line(number: int, text: str, words: Words) -> Line:
    """Tell what a line outside of fences is."""
    line = Line(number, text)
    first = text.lstrip()[:1]
    if not first:
        line.kind = Kind.BLANK
    elif first in _OPENING_RULES and markdown.is_rule(text):
        line.kind = Kind.RULE
    elif first in _OPENING_TEXT:
        return line
    elif (moment := times.time_on(text)) is not None:
        line.kind, line.value = Kind.TIME, moment
    elif not _scan_entry(line) and not _scan_label(line, words) and markdown.is_heading(text):
        line.kind = Kind.HEADING
    return line


def labels_in(sources: Iterable[tuple[int, str]], words: Words) -> Iterator[str]:
    """The sections that have a label with something to say, one by one as they are found."""
    fence = markdown.Fence()
    for number, text in sources:
        if not fence.holds(text) and words.pattern.match(text):
            line = scan_line(number, text, words)
            if line.kind is Kind.LABEL and not line.is_placeholder:
                yield line.value


def _scan_entry(line: Line) -> bool:
    if len(line.text) > _LONGEST or not ("nchor" in line.text or "NCHOR" in line.text):
        return False
    if _REQUEST.fullmatch(line.text):
        line.kind = Kind.REQUEST
        return True
    if match := _LOADED.fullmatch(line.text):
        line.kind, line.value = Kind.ENTRY, unwrap(match["name"])
        return True
    match = _RESUME.fullmatch(line.text)
    if match is None:
        match = _ANCHOR.fullmatch(line.text)
        line.strong = False
    elif not match["colon"] and not _NAMED.fullmatch(match["rest"].strip()):
        return False
    if match is None:
        line.strong = True
        return False
    line.kind = Kind.ENTRY
    name = _NAMED.fullmatch(match["rest"].strip())
    if name and re.search(r"\w", name["rest"]):
        line.value, line.rest = name["name"].strip("*_` "), name["rest"].strip()
    else:
        line.value = unwrap(match["rest"])
    return True


def _scan_label(line: Line, words: Words) -> bool:
    match = words.pattern.match(line.text)
    if match is None or _BULLET.match(match["lead"]):
        return False
    bold = next((mark for mark in ("**", "__") if mark in match["lead"]), "")
    close, rest = match["close"], line.text[match.end() :]
    marked = bold or "#" in match["lead"]
    colon = ":" in close or "：" in close
    if not colon and not (marked and not rest.strip("*_ ")):
        return False
    label = match["label"].casefold()
    line.kind = Kind.LABEL
    if label == NOTES:
        line.value, line.strong = NOTES, False
    else:
        line.value, line.strong = words.meanings[label]
    if bold and "**" not in close and "__" not in close:
        rest = rest.rstrip().removesuffix(bold)
    line.rest = rest.removeprefix(" ") if rest.strip() else ""
    return True


def _take_name_below(scanned: list[Line], index: int) -> None:
    """Give an entry line the name that stands alone on the next line with text."""
    for line in lines_from(scanned, index + 1):
        if line.kind is Kind.BLANK:
            continue
        name = unwrap(line.text)
        if line.kind is Kind.TEXT and (name != line.text.strip() or _TOKEN.fullmatch(name)):
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


def is_placeholder_name(name: str) -> bool:
    """Whether a name is the one that the request leaves to be filled in."""
    return name.strip("[]*`_ ") == PLACEHOLDER


def lines_from(lines: Sequence[Line], start: int) -> Iterator[Line]:
    """The lines from an index on, without a copy: a log has many entries to look behind."""
    return (lines[index] for index in range(start, len(lines)))


def numbers(lines: Sequence[Line]) -> Iterator[int]:
    """The numbers of the lines that hold anything."""
    return (line.number for line in lines if line.kind is not Kind.BLANK)
