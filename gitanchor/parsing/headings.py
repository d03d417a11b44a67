"""Turn headings into labels that a browser copied as plain lines, underlined, or as rows with tabs.

The name of a section alone on a line may be plain text, so there must be three of them in order.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gitanchor.model.anchor import SECTIONS
from gitanchor.parsing.lines import Kind, Line, Source, fenced_in, scan_line
from gitanchor.parsing.tables import is_bare
from gitanchor.parsing.vocabulary import Words

_UNDERLINE: Final = re.compile(r" {0,3}(?:={3,}|-{3,})[ \t]*")
_COLON: Final = re.compile(r"\s{0,3}[:：][ \t]*(?=\S)")
_LONGEST: Final = 40
"""Most characters of a line that may be only a label."""

_ENOUGH: Final = 3


def labelled(lines: list[Source], words: Words, wrapping: list[Source]) -> list[Source]:
    """Add a colon to copied headings that name sections. Lines that are dropped go to `wrapping`."""
    names = {
        label
        for label, meaning in words.meanings.items()
        if meaning.strong and meaning.section in SECTIONS
    }
    alone = [
        index
        for index, (_, text) in enumerate(lines)
        if text
        and len(text) <= _LONGEST
        and words.may_match(text)
        and (text.strip().casefold() in names or is_bare(text, words))
        and type(text) is str
    ]
    tabbed = [index for index, (_, text) in enumerate(lines) if "\t" in text and text[:1] != "\t"]
    underlines = [index for index, (_, text) in enumerate(lines) if text[:3] == "==="]
    if not alone and not tabbed and not underlines:
        return lines
    scanned = _Scanned(lines, words)
    changed = list(lines)
    dropped = _underlined(changed, alone, scanned)
    dropped |= {index for index in underlines if index and scanned[index - 1].kind is Kind.ENTRY}
    alone = [
        index for index in alone if scanned[index].kind is Kind.TEXT and changed[index] == lines[index]
    ]
    _in_order(changed, alone, scanned, words)
    _with_tabs(changed, tabbed, scanned, words)
    wrapping += [lines[index] for index in sorted(dropped)]
    return [line for index, line in enumerate(changed) if index not in dropped]


class _Scanned:
    """The lines of a text, each scanned when it is needed: most texts have few such headings."""

    def __init__(self, lines: Sequence[Source], words: Words) -> None:
        self.lines = lines
        self.words = words
        self.fenced = fenced_in(lines)
        self.known: dict[int, Line] = {}

    def __getitem__(self, index: int) -> Line:
        if index not in self.known:
            number, text = self.lines[index]
            fenced = index in self.fenced
            self.known[index] = (
                Line(number, text, Kind.FENCED) if fenced else scan_line(number, text, self.words)
            )
        return self.known[index]


def _by_entry(indexes: Sequence[int], scanned: _Scanned) -> Iterator[tuple[range, list[int]]]:
    """Group indexes by entry: the lines from one that names an anchor to the next."""
    extent, group = range(0), list[int]()
    for index in indexes:
        if index >= extent.stop:
            if group:
                yield extent, group
            start, end = index, index + 1
            while start > extent.stop and scanned[start].kind is not Kind.ENTRY:
                start -= 1
            while end < len(scanned.lines) and scanned[end].kind is not Kind.ENTRY:
                end += 1
            extent, group = range(start, end), []
        group.append(index)
    if group:
        yield extent, group


def _underlined(changed: list[Source], alone: Sequence[int], scanned: _Scanned) -> set[int]:
    """Turn names with a line of `=` or `-` below (CommonMark 4.3) into labels; return these lines."""
    dropped = set()
    for index in alone:
        below = changed[index + 1][1] if index + 1 < len(changed) else ""
        if scanned[index].kind is Kind.TEXT and _UNDERLINE.fullmatch(below):
            changed[index] = (changed[index][0], f"{changed[index][1].strip()}:")
            dropped.add(index + 1)
    return dropped


def _in_order(changed: list[Source], alone: Sequence[int], scanned: _Scanned, words: Words) -> None:
    """Turn names alone on a line into labels, if three or more are in order, each above a text."""
    likely = [index for run in _runs(alone, changed, words) if len(run) >= _ENOUGH for index in run]
    for extent, indexes in _by_entry(likely, scanned):
        runs = [run for run in _runs(indexes, changed, words) if len(run) >= _ENOUGH]
        labelled_already = {
            scanned[at].value for at in extent if runs and scanned[at].kind is Kind.LABEL
        }
        for run in runs:
            if labelled_already.isdisjoint(_section(changed[index][1], words) for index in run):
                for index in run:
                    _give_colon(changed, index)


def _runs(indexes: Sequence[int], lines: Sequence[Source], words: Words) -> Iterator[list[int]]:
    """Yield runs of names that are in the order of the sections, each with a text below it."""
    run: list[int] = []
    known = set(indexes)
    for index in indexes:
        below = next((at for at in range(index + 1, len(lines)) if lines[at][1].strip()), None)
        if below is None or below in known:
            continue
        rank = SECTIONS.index(_section(lines[index][1], words))
        if run and rank <= SECTIONS.index(_section(lines[run[-1]][1], words)):
            yield run
            run = []
        run.append(index)
    yield run


def _section(text: str, words: Words) -> str:
    meaning = words.meaning(text.strip())
    return meaning.section if meaning else ""


def _give_colon(changed: list[Source], index: int) -> None:
    number, name = changed[index]
    changed[index] = (number, f"{name.strip()}:")
    if index + 1 < len(changed):
        number, below = changed[index + 1]
        leading = _COLON.match(below)
        changed[index + 1] = (number, below[leading.end() :] if leading else below)


def _with_tabs(changed: list[Source], tabbed: Sequence[int], scanned: _Scanned, words: Words) -> None:
    """Turn rows that start with a label and a tab into labelled lines, if three sections do."""
    rows = {}
    for index in tabbed:
        number, text = changed[index]
        label, _, rest = text.partition("\t")
        if label.strip() and scanned[index].kind is Kind.TEXT:
            row = scan_line(number, f"{label.strip().rstrip(':：')}: {rest.strip()}", words)
            if row.kind in (Kind.LABEL, Kind.ENTRY):
                rows[index] = row
    if len(rows) < _ENOUGH:
        return
    for _, indexes in _by_entry(list(rows), scanned):
        if len({rows[at].value for at in indexes if rows[at].kind is Kind.LABEL}) >= _ENOUGH:
            for at in indexes:
                changed[at] = (rows[at].number, rows[at].text)
