"""Find the kind of each line of a chat's answer or of a hand-kept log.

Each line is scanned on its own; `entries` and `sections` decide which of them count. A line in a code
fence has no structure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gitanchor.model import markdown
from gitanchor.model.lazy_re import late
from gitanchor.parsing import name_line, times
from gitanchor.parsing.vocabulary import ANCHOR, NOTES, Words

Source = tuple[int, str]
"""A line with its number."""


class Kind(Enum):
    """The purpose of a line."""

    BLANK = auto()
    TEXT = auto()
    FENCED = auto()
    LAYOUT = auto()
    """A line that only wraps others: the fence around an answer, the header of a table."""
    RULE = auto()
    HEADING = auto()
    TIME = auto()
    """A line that consists of a time, as above an entry."""
    ENTRY = auto()
    """`Resume from anchor: NAME`, `Anchor: NAME`, or `Anchor NAME loaded successfully`."""
    NAME = auto()
    """The name, on a line of its own below an entry line without a name."""
    REQUEST = auto()
    """The text that asks a chat for an anchor."""
    LABEL = auto()


@dataclass(slots=True)
class Line:
    """One line. `value` is its name, time or section; `rest` is text after a label or name.

    `strong` is set for a label that is the section's own name, for an entry line that can be nothing
    else, and for a time that counts as one even without an entry below it.
    """

    number: int
    text: str
    kind: Kind = Kind.TEXT
    value: str = ""
    rest: str = ""
    strong: bool = True

    @property
    def is_placeholder(self) -> bool:
        """Whether a label has nothing but the words of the request after it, as in `[one step]`."""
        bracketed = self.kind is Kind.LABEL and "[" in self.rest
        return bracketed and _BRACKETED.fullmatch(self.rest.strip()) is not None


class Verbatim(str):
    """A line from a value of YAML or JSON: always text, whatever it looks like."""

    __slots__ = ()


_BRACKETED: Final = late(r"\[[^\[\]]*\]")
_BULLET: Final = late(r"\s*\*\s")
_LISTED_ENTRY: Final = late(r"\s{0,3}-[ \t]+(?=[*_]{0,3}resume from ancho)", re.IGNORECASE)
_TEMPLATE_HINT: Final = late(
    r"\((?:one (?:[a-z]+ ){0,2}step|keys\b.*|tools\b.*|what.{0,2}s? (?:is )?done"
    r"|\d.*\blines?\b.*|optional|if any)\)",
    re.IGNORECASE,
)
"""The hints that the request has beside its labels; in an answer they are dropped."""

_EMPHASIS: Final = ("**", "__", "*", "_")
_CLOSING_HASHES: Final = late(r"(?:^|(?<=[ \t]))#+[ \t]*\Z")
_TOKEN: Final = late(r"[\w.-]*[_\d-][\w.-]*")
_LONGEST_NAME: Final = 80
_MOST_WORDS: Final = 8
"""Most characters and words of a name that nothing marks as one."""

_OPENING_RULES: Final = "-_*"
_OPENING_TEXT: Final = "-[(<\"'“`|"
"""What no time, entry, label or heading starts with: most lines need no further check."""


def scan(sources: Sequence[Source], words: Words) -> list[Line]:
    """Scan numbered lines: find the kind of each, from the line itself and the fences around it."""
    fenced = fenced_in(sources)
    scanned = [
        Line(number, text, Kind.FENCED) if index in fenced else scan_line(number, text, words)
        for index, (number, text) in enumerate(sources)
    ]
    for index, line in enumerate(scanned):
        kind = line.kind
        if (kind is Kind.ENTRY and not line.value) or (
            kind is Kind.TEXT and len(line.text) <= _LONGEST_NAME and _announces_name(line.text, words)
        ):
            _take_name_below(scanned, index)
    return scanned


def scan_line(number: int, text: str, words: Words) -> Line:
    """Find the kind of a line outside of fences."""
    line = Line(number, text)
    bare = text.lstrip()
    first = bare[:1]
    if not first:
        line.kind = Kind.BLANK
    elif type(text) is Verbatim:
        line.text = str(text)
    elif first in _OPENING_RULES and markdown.is_rule(text):
        line.kind = Kind.RULE
    elif first == "`" and "ncho" in text and _scan_entry(line):
        pass
    elif first in _OPENING_TEXT:
        _scan_listed_entry(line)
    elif (found := times.found_on(text)) is not None:
        line.kind, line.value, line.strong = Kind.TIME, found.text, found.sure
    elif _scan_entry(line) or (words.may_match(text) and _scan_label(line, words)):
        pass
    elif first == "#" and markdown.is_heading(text):
        line.kind = Kind.HEADING
    return line


def fenced_in(sources: Sequence[Source]) -> set[int]:
    """Return the indexes of lines in code fences. Verbatim lines open none."""
    marks = [
        (index, text)
        for index, (_, text) in enumerate(sources)
        if ("```" in text or "~~~" in text) and type(text) is not Verbatim
    ]
    return markdown.fenced(marks, len(sources)) if marks else set()


def labels_in(sources: Iterable[Source], words: Words) -> Iterator[str]:
    """Yield the section of each label, without those that only have a placeholder of the request."""
    fence = markdown.Fence()
    for number, text in sources:
        if type(text) is Verbatim or (
            (fence.opened or "```" in text or "~~~" in text) and fence.holds(text)
        ):
            continue
        if text.lstrip()[:1] not in _OPENING_TEXT and words.may_match(text):
            line = scan_line(number, text, words)
            if line.kind is Kind.LABEL and not line.is_placeholder:
                yield line.value


def _scan_listed_entry(line: Line) -> None:
    """Scan `- Resume from anchor: NAME`. It may also be something to do, so it is weak."""
    if "ncho" in line.text and (bullet := _LISTED_ENTRY.match(line.text)):
        text = line.text
        line.text = text[bullet.end() :]
        _scan_entry(line)
        line.text, line.strong = text, False


def _scan_entry(line: Line) -> bool:
    entry = name_line.entry_on(line.text)
    if entry is None:
        return False
    if entry.request:
        line.kind = Kind.REQUEST
    else:
        line.kind, line.value, line.rest, line.strong = Kind.ENTRY, entry.name, entry.rest, entry.strong
    return True


def _scan_label(line: Line, words: Words) -> bool:
    match = words.pattern.match(line.text)
    if match is None:
        return False
    lead, label, closed, colon, after = match.group("lead", "label", "closed", "colon", "after")
    rest = line.text[match.end() :]
    mark = next((mark for mark in _EMPHASIS if mark in lead), "") if lead else ""
    if "#" in lead:
        rest = _CLOSING_HASHES.sub("", rest)
    hint = match["hint"] or match["later"]
    if (lead or hint or colon != ":") and not _announces(match, rest, mark, hint):
        return False
    if after and (after[0] != mark[:1] or closed):
        rest, after = after + rest, None  # the emphasis belongs to the text, not to the label
    if mark and not after and not closed:
        rest = rest.rstrip().removesuffix(mark)
    if not colon:
        rest = ""
    meaning = None if label.casefold() == NOTES else words.meaning(label)
    if meaning and meaning.section == ANCHOR:
        return _scan_foreign_entry(line, rest, strong=meaning.strong)
    line.kind = Kind.LABEL
    line.value, line.strong = (meaning.section, meaning.strong) if meaning else (NOTES, False)
    line.rest = rest.removeprefix(" ") if rest.strip() else ""
    if hint and not _TEMPLATE_HINT.fullmatch(hint):
        line.rest = f"{hint} {line.rest}".rstrip()
    return True


def _announces(match: re.Match[str], rest: str, mark: str, hint: str | None) -> bool:
    """Return whether a match really is a label: it has a colon, or is marked and alone."""
    lead = match["lead"]
    marked = len(mark) == 2 or "#" in lead
    if _BULLET.match(lead) or (match["number"] and not marked and "\u20e3" not in lead):
        return False
    if match["colon"] is None:
        return marked and not rest.strip("*_ ")
    if match["colon"] not in ":：":
        return len(mark) == 2 and bool(match["closed"] or match["after"])
    return marked or not hint or _TEMPLATE_HINT.fullmatch(hint) is not None


def _scan_foreign_entry(line: Line, rest: str, *, strong: bool) -> bool:
    """Scan a line that names an anchor in another language. A weak word needs a name beside it."""
    if not strong and not re.search(r"\w", rest):
        return False
    entry = name_line.named_in(rest)
    line.kind, line.value, line.rest, line.strong = Kind.ENTRY, entry.name, entry.rest, strong
    return True


def _announces_name(text: str, words: Words) -> bool:
    """Whether a line has only the words before a name, as a heading that lost its markup."""
    if "ncho" in text:
        return name_line.announces(text)
    return text.strip().casefold() in words.announcing


def _take_name_below(scanned: list[Line], index: int) -> None:
    """Take the name of an entry line from the next line with text, if a name is alone on it.

    A name of plain words is one if a section or a time comes next. That has to follow, too, where the
    line above is only text.
    """
    below = (line for line in lines_from(scanned, index + 1) if line.kind is not Kind.BLANK)
    line, after = next(below, None), next(below, None)
    if line is None or line.kind is not Kind.TEXT:
        return
    head = scanned[index]
    name = name_line.unwrap(name_line.unescaped(line.text))
    marked = name != line.text.strip() or _TOKEN.fullmatch(name) is not None
    followed = after is not None and after.kind in (Kind.LABEL, Kind.TIME)
    if (marked and (followed or head.kind is Kind.ENTRY)) or (followed and _is_bare_name(name)):
        line.kind = Kind.NAME
        head.kind, head.value = Kind.ENTRY, name


def _is_bare_name(text: str) -> bool:
    """Whether a line may be a name without any marks: a few words that end in no punctuation."""
    return (
        len(text) <= _LONGEST_NAME
        and len(text.split()) <= _MOST_WORDS
        and text[:1].isalnum()
        and (text[-1].isalnum() or text[-1] in ")]")
    )


def lines_from(lines: Sequence[Line], start: int) -> Iterator[Line]:
    """Yield the lines from an index on, without a copy, as a log may have many entries."""
    return (lines[index] for index in range(start, len(lines)))


def numbers(lines: Sequence[Line]) -> Iterator[int]:
    """Yield the numbers of the lines that are not blank."""
    return (line.number for line in lines if line.kind is not Kind.BLANK)


def is_answer(lines: Sequence[Line]) -> bool:
    """Return whether lines are an anchor: they have a name and a section, or three sections."""
    named = any(
        line.kind is Kind.ENTRY and not name_line.is_placeholder_name(line.value) for line in lines
    )
    sections = {line.value for line in lines if line.kind is Kind.LABEL and not line.is_placeholder}
    return len(sections) >= (1 if named else 3)
