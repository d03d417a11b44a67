"""Convert tables and lists that have the sections to plain lines with labels."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gitanchor.model.anchor import SECTIONS
from gitanchor.parsing.lines import Kind, Line, Source, fenced_in, labels_in, scan_line
from gitanchor.parsing.vocabulary import Words

CELL: Final = re.compile(r"(?<!\\)\|")
DELIMITER: Final = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?\s*)?")
_ITEM: Final = re.compile(r"[ \t]{0,3}(?:[-*+]|\d{1,3}[.)])[ \t]+")
_ITEM_OPENINGS: Final = frozenset("-*+0123456789")
_ANCHOR_HEADS: Final = frozenset({"anchor", "anchor name", "name", "resume from anchor"})
_TIME_HEADS: Final = frozenset({"time", "date", "created"})
_HEADS: Final = frozenset({"field", "section", "item", "what", "label"})


def in_a_row(indexes: Sequence[int]) -> Iterator[slice]:
    """Yield the ranges of consecutive indexes."""
    start = previous = None
    for index in indexes:
        if previous is not None and start is not None and index != previous + 1:
            yield slice(start, previous + 1)
            start = index
        start = index if start is None else start
        previous = index
    if start is not None and previous is not None:
        yield slice(start, previous + 1)


def unfolded(lines: list[Source], words: Words, wrapping: list[Source]) -> list[Source]:
    """Convert tables with labels in their first column, or in their header, to labelled lines."""
    rows = [
        index
        for index, (_, text) in enumerate(lines)
        if "|" in text and type(text) is str and text.lstrip().startswith("|")
    ]
    if not rows:
        return lines
    unfolded_lines: list[Source] = []
    done = 0
    for stretch in in_a_row(rows):
        unfolded_lines += lines[done : stretch.start]
        unfolded_lines += _table(lines[stretch], words, wrapping)
        done = stretch.stop
    return [*unfolded_lines, *lines[done:]]


def _table(stretch: list[Source], words: Words, wrapping: list[Source]) -> list[Source]:
    by_column = _by_column(stretch, words)
    if by_column is not None:
        wrapping += stretch[:2]
        return by_column
    rows = [_row(source, words) for source in stretch]
    labels = [line for _, line in rows if line is not None and line.kind is Kind.LABEL]
    if len({line.value for line in labels if line.strong}) < 2 and len(labels) < 3:
        return stretch
    lines = []
    for source, (row, line) in zip(stretch, rows, strict=True):
        if line is not None or (row and not DELIMITER.fullmatch(source[1])):
            lines.append((source[0], row))
        else:
            wrapping.append(source)
    return lines


def _row(source: Source, words: Words) -> tuple[str, Line | None]:
    """Return a row as a labelled line, and that line scanned; if it has no label, the row and None.

    An unescaped bar in the second cell counts as text of that cell.
    """
    inner = _inner(source[1])
    first, _, text = inner.partition("|")
    first, text = first.strip(), text.strip()
    label = first.replace("*", "").rstrip(":： ")
    if text and not DELIMITER.fullmatch(source[1]):
        line = scan_line(source[0], _labelled(label, text.replace("\\|", "|")), words)
        if line.kind in (Kind.LABEL, Kind.ENTRY):
            return line.text, line
    is_head = not text or (label.casefold() in _HEADS and "|" not in text)
    return ("" if is_head and label.casefold() in {"", *_HEADS} else source[1]), None


def _labelled(label: str, text: str) -> str:
    if label.casefold() in _ANCHOR_HEADS - {"name"}:
        return f"Resume from anchor: {text}"
    return f"{label}: {text}"


def _inner(row: str) -> str:
    """Return a row without the bars at either end."""
    row = row.strip().removeprefix("|")
    return row.removesuffix("|") if not row.endswith("\\|") else row


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in CELL.split(_inner(row))]


def _by_column(stretch: list[Source], words: Words) -> list[Source] | None:
    """Return the lines of a table with three or more labels in its header; None for any other table."""
    if len(stretch) < 3 or not DELIMITER.fullmatch(stretch[1][1]):
        return None
    titles = [cell.replace("*", "").strip(":： ") for cell in _cells(stretch[0][1])]
    scanned = [scan_line(0, f"{title}:", words) if title else None for title in titles]
    sections = [line.value for line in scanned if line is not None and line.kind is Kind.LABEL]
    if len(set(sections)) < 3:
        return None
    lines: list[Source] = []
    for number, text in stretch[2:]:
        cells = [cell.replace("\\|", "|") for cell in _cells(text)]
        cells += [""] * (len(titles) - len(cells))
        named = {title.casefold(): cell for title, cell in zip(titles, cells, strict=False)}
        head = [named[title] for title in _TIME_HEADS if named.get(title)][:1]
        head += [f"Resume from anchor: {named[title]}" for title in _ANCHOR_HEADS if named.get(title)][
            :1
        ]
        body = [
            f"{title}: {cell}"
            for title, cell in zip(titles, cells, strict=False)
            if title.casefold() not in _TIME_HEADS | _ANCHOR_HEADS and (title or cell)
        ]
        texts = [*head, *body, *cells[len(titles) :]]
        between = [] if head or not lines else [(number, "---")]
        lines += [*between, *((number, line) for line in texts)]
    return lines


def list_unfolded(lines: list[Source], words: Words, _wrapping: list[Source]) -> list[Source]:
    """Remove bullets before labels, if three or more sections have them and none of these is without.

    In a numbered list a section's own name may be without a colon.
    """
    listed = {}
    for index, (number, text) in enumerate(lines):
        if text.lstrip()[:1] not in _ITEM_OPENINGS or type(text) is not str:
            continue
        match = _ITEM.match(text)
        item = text[match.end() :] if match else ""
        if match and words.may_match(item) and words.pattern.match(item):
            line = scan_line(number, item, words)
            if line.kind is not Kind.LABEL and match[0].strip()[0].isdigit() and is_bare(item, words):
                line = scan_line(number, f"{item.strip()}:", words)
            if line.kind is Kind.LABEL:
                listed[index] = line
    if listed:
        fenced = fenced_in(lines)
        listed = {index: line for index, line in listed.items() if index not in fenced}
    sections = {line.value for line in listed.values()}
    if len(sections) < 3 or not sections.isdisjoint(labels_in(lines, words)):
        return lines
    return [
        (number, listed[index].text if index in listed else text)
        for index, (number, text) in enumerate(lines)
    ]


def is_bare(text: str, words: Words) -> bool:
    """Return whether a line is a section's own name and nothing else."""
    meaning = words.meaning(text.strip())
    return meaning is not None and meaning.strong and meaning.section in SECTIONS
