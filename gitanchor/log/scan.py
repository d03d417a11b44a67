"""Tell what each line of a log is: of the head, a mark of an entry, or text of a person.

`parsing.log_format` finds whole entries. What is done with the lines between them, `mending` decides.
"""

import difflib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from gitanchor.log import formatters
from gitanchor.model import markdown
from gitanchor.model.draft import Remark
from gitanchor.parsing import log_format, times
from gitanchor.parsing.lines import Source
from gitanchor.rendering import first_form, log_entries

_LONGEST: Final = 16
"""More lines than the head of a page of older anchors has."""


class Kind(Enum):
    """What a line is, in words for a person."""

    FOREWORD_MARK = "a mark of the foreword"
    FOREWORD = "the foreword of the log"
    OLDER = "what leads to older anchors"
    PAGE_HEAD = "the head of a page"
    HEAD = "the head of the log"
    END = "the last line of the log"
    DEFINITION = "a definition that was moved out of an entry"
    OPENING = "the comment over an entry"
    CLOSING = "the comment below an entry"
    PLACE = "the place of an entry"
    VERBATIM = "a mark of a fence"
    NAME = "the name of an entry"
    TIME = "the time of an entry"
    LABEL = "the label of a section"
    TEXT = "text"


class Line(NamedTuple):
    """A line with its number in the log."""

    number: int
    text: str
    kind: Kind


def marked(sources: Iterable[Source]) -> list[Line]:
    """Return lines with their kinds; in a fenced code block, all are text."""
    fence = markdown.Fence()
    return [
        Line(*source, Kind.TEXT if fence.holds(source[1]) else _kind(source[1])) for source in sources
    ]


def over_blanks(lines: Sequence[Line], number: int) -> int:
    """Return the index of the first of the blank lines directly above a line, else that of the line."""
    while number and not lines[number - 1].text.strip():
        number -= 1
    return number


def _kind(text: str) -> Kind:
    if not text.startswith(("<!--", "*")):
        return Kind.TEXT
    return next((kind for kind, holds in _TESTS if holds(text)), Kind.TEXT)


_TESTS: Final[tuple[tuple[Kind, Callable[[str], object]], ...]] = (
    (Kind.OPENING, log_format.begins),
    (Kind.CLOSING, log_format.closed),
    (Kind.VERBATIM, log_format.VERBATIM.__eq__),
    (Kind.NAME, lambda text: log_format.name_on(text) is not None),
    (Kind.LABEL, log_format.is_label),
    (Kind.PLACE, log_format.is_place),
    (Kind.TIME, lambda text: text.startswith("**") and times.time_on(text)),
)


def around_entries(lines: Sequence[str]) -> dict[int, Kind]:
    """Return the lines around the entries, by index, that only a render writes."""
    found = {number: Kind.END for number, line in enumerate(lines) if line == log_entries.END}
    found |= dict.fromkeys(_heads_of_pages(lines), Kind.PAGE_HEAD)
    if log_entries.older_links(lines):
        links = range(lines.index(log_entries.OLDER), lines.index(log_entries.OLDER_END) + 1)
        found |= dict.fromkeys(links, Kind.OLDER)
    inside = log_entries.foreword_in(lines)
    if 0 < inside.start <= inside.stop:  # last, as it may hold any of the above
        found |= dict.fromkeys(inside, Kind.FOREWORD)
        found |= dict.fromkeys((inside.start - 1, inside.stop), Kind.FOREWORD_MARK)
    return dict.fromkeys(_head(lines, found), Kind.HEAD) | found


def _heads_of_pages(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines of the heads of pages; of one that a person changed, only those that are sure."""
    for start, line in enumerate(lines):
        if log_entries.is_of_page_head(line):
            present = lines[start : start + _LONGEST]
            head = first_form.header_over(present).split("\n")
            yield from range(start, start + (len(head) if present[: len(head)] == head else 1))


def _head(lines: Sequence[str], others: Mapping[int, Kind]) -> Iterator[int]:
    """Yield the lines of the head of the log, in either form and place."""
    texts = [number for number, line in enumerate(lines) if line.strip() and number not in others]
    heads = [
        [line for line in head.split("\n") if line.strip()]
        for head in (log_entries.header(), first_form.header())
    ]
    found = [
        texts[start : start + len(head)]
        for head in heads
        for start, number in enumerate(texts)
        if lines[number] == head[0]
    ]
    whole = [indices for indices in found if [lines[number] for number in indices] in heads]
    for indices in whole or [max((_edited_head(lines, head, texts) for head in heads), key=len)]:
        yield from indices
        for above, below in itertools.pairwise(indices):
            if not any(lines[number].strip() for number in range(above + 1, below)):
                yield from range(above + 1, below)


def _edited_head(lines: Sequence[str], head: Sequence[str], texts: Sequence[int]) -> list[int]:
    """Return the lines of a head that a person changed, whatever their formatting."""
    last = next((number for number in texts if lines[number].startswith(log_entries.WRITTEN)), None)
    if last is None:
        last = next(iter(log_format.parts(lines))).above.stop - 1
    above = [number for number in texts if number <= last]
    wanted = [formatters.meaning(line) for line in head]
    there = [formatters.meaning(lines[number]) for number in above]
    matcher = difflib.SequenceMatcher(None, wanted, there, autojunk=False)
    blocks = matcher.get_matching_blocks()
    return [above[n] for match in blocks for n in range(match.b, match.b + match.size)]


def remarks(kinds: Mapping[int, Kind]) -> Iterator[Remark]:
    """Yield a remark on each stretch of lines of one kind; `kinds` has the numbers of the lines."""
    numbers = enumerate(sorted(kinds))
    for (kind, _), run in itertools.groupby(numbers, lambda item: (kinds[item[1]], item[1] - item[0])):
        held = [number for _, number in run]
        what = "left out" if kind is Kind.FOREWORD else "layout"
        yield Remark(held[0], held[-1], what, kind.value)
