"""Answers that come wrapped: quoted, in one code fence, as YAML or JSON, as a table or a list.

Each is unfolded into plain lines with labels, which keep the numbers of the lines they come from.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from gitanchor import markdown
from gitanchor.labels import Words
from gitanchor.scan import Kind, Line, is_placeholder_name, labels_in, scan, scan_line

Source = tuple[int, str]

_QUOTED: Final = re.compile(r" {0,3}> ?")
_CELL: Final = re.compile(r"(?<!\\)\|")
_DELIMITER: Final = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?\s*)?")
_ITEM: Final = re.compile(r"[ \t]{0,3}(?:[-*+]|\d{1,3}[.)])[ \t]+")
_PROSE_INFO: Final = frozenset({"", "md", "markdown", "text", "txt"})
_DATA_INFO: Final = frozenset({"yaml", "yml", "json"})
_NAME_KEYS: Final = frozenset({"anchor", "name", "anchor name", "resume from anchor"})
_TIME_KEYS: Final = frozenset({"time", "date", "created"})


def unfold(sources: Sequence[Source], words: Words) -> tuple[list[Source], list[Source]]:
    """Unfold what is wrapped. The second list are lines that were only wrapping."""
    lines, wrapping = list(sources), list[Source]()
    steps: tuple[Callable[[list[Source], Words, list[Source]], list[Source]], ...] = (
        _unquoted, _data_unfolded, _unfenced, _table_unfolded, _list_unfolded,
    )  # fmt: skip
    for step in steps:
        lines = step(lines, words, wrapping)
    return lines, wrapping


def _is_answer(lines: Sequence[Line]) -> bool:
    """Whether lines are an anchor: a name and a section, or three sections."""
    named = any(line.kind is Kind.ENTRY and not is_placeholder_name(line.value) for line in lines)
    sections = {line.value for line in lines if line.kind is Kind.LABEL and not line.is_placeholder}
    return len(sections) >= (1 if named else 3)


def _unquoted(lines: list[Source], words: Words, _wrapping: list[Source]) -> list[Source]:
    """Take the quotation marks from stretches that quote a whole answer."""
    if not any(_QUOTED.match(text) for _, text in lines):
        return lines
    unquoted: list[Source] = []
    for quoted, stretch in _stretches(lines, lambda text: bool(_QUOTED.match(text))):
        bare = [(number, _QUOTED.sub("", text, count=1)) for number, text in stretch]
        unquoted += bare if quoted and _is_answer(scan(bare, words)) else stretch
    return unquoted


def _stretches(
    lines: Sequence[Source], belongs: Callable[[str], bool]
) -> Iterator[tuple[bool, list[Source]]]:
    """Lines that belong together, and those between them."""
    for state, stretch in itertools.groupby(lines, lambda source: belongs(source[1])):
        yield state, list(stretch)


# One fence around everything -------------------------------------------------------------------


def _unfenced(lines: list[Source], words: Words, wrapping: list[Source]) -> list[Source]:
    """Open the code fence around an answer, if no section stands outside of it."""
    marks = [index for index, (_, text) in enumerate(lines) if markdown.fence_info(text) is not None]
    if not marks or markdown.fence_info(lines[marks[0]][1]) not in _PROSE_INFO:
        return lines
    first = marks[0]
    for last in _closings(lines, marks):
        if not _is_answer(scan(lines[first + 1 : last], words)):
            continue
        if not any(labels_in([*lines[:first], *lines[last + 1 :]], words)):
            wrapping += [lines[first], *lines[last : last + 1]]
            return [*lines[:first], *lines[first + 1 : last], *lines[last + 1 :]]
    return lines


def _closings(lines: Sequence[Source], marks: Sequence[int]) -> Iterator[int]:
    """Where the first fence may end: at the last one, if those between come in pairs, or at its own."""
    opening = lines[marks[0]][1].strip()
    bare = opening.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    last = marks[-1]
    if lines[last][1].strip() == bare and len(marks) > 2:
        inner = [text for _, text in lines[marks[0] + 1 : last]]
        if markdown.fences(inner).closed:
            yield last
    fence = markdown.Fence()
    for index in range(marks[0], len(lines)):
        fence.holds(lines[index][1])
        if fence.closed:
            yield index
            return


# YAML and JSON ---------------------------------------------------------------------------------


def _data_unfolded(lines: list[Source], words: Words, _wrapping: list[Source]) -> list[Source]:
    """Unfold fenced YAML and JSON that hold the sections under their names.

    Where sections stand outside of such blocks, a block is part of one of them.
    """
    outside: list[Source] = []
    unfolded: list[Source] = []
    index = 0
    for mark, (_, text) in enumerate(lines):
        info = markdown.fence_info(text)
        if mark < index or info not in _DATA_INFO:
            continue
        end = _fence_end(lines, mark)
        plain = None if end is None else _from_data(lines[mark : end + 1], str(info), words)
        if end is not None and plain is not None:
            outside += lines[index:mark]
            unfolded += [*lines[index:mark], *plain]
            index = end + 1
    outside += lines[index:]
    if not index or any(labels_in(outside, words)):
        return lines
    return [*unfolded, *lines[index:]]


def _fence_end(lines: Sequence[Source], start: int) -> int | None:
    fence = markdown.Fence()
    for index in range(start, len(lines)):
        fence.holds(lines[index][1])
        if fence.closed:
            return index
    return None


def _from_data(block: Sequence[Source], info: str, words: Words) -> list[Source] | None:
    """A block of data as labelled lines, or None if it is no anchor."""
    values = _loaded("\n".join(text for _, text in block[1:-1]), info)
    if values is None:
        return None
    known: dict[str, Any] = {}
    others: list[str] = []
    name = time = None
    for key, value in values.items():
        bare = re.sub(r"[_-]+", " ", str(key)).strip().casefold()
        if bare in words.meanings and words.meanings[bare].section not in known:
            known[words.meanings[bare].section] = value
        elif bare in _NAME_KEYS and isinstance(value, str) and name is None:
            name = value
        elif bare in _TIME_KEYS and isinstance(value, str) and time is None:
            time = value
        else:
            others.append(f"{key}: {_as_text(value)}")
    texts = [_as_text(value) for value in known.values()] + others
    if len(known) < (1 if name else 3) or any(_has_structure(text, words) for text in texts):
        return None
    texts = [time, ""] if time else []
    texts += [f"Resume from anchor: [{name}]"] if name else []
    titles = {"context": "Context", "milestone": "Current milestone", "next_action": "Next action"}
    for section, title in titles.items():
        texts += [f"{title}:", *_as_text(known.get(section, "")).split("\n")]
    texts += ["Dependencies:", *_as_items(known.get("dependencies", []))]
    texts += ["", "---", "", *others] if others else []
    texts = markdown.trim_blank_lines(texts)
    return [*((block[0][0], text) for text in texts[:-1]), (block[-1][0], texts[-1])]


def _has_structure(text: str, words: Words) -> bool:
    """Whether lines of a value would be taken for more than text."""
    structure = {Kind.ENTRY, Kind.LABEL, Kind.TIME, Kind.REQUEST}
    return any(scan_line(0, line, words).kind in structure for line in text.split("\n"))


def _loaded(text: str, info: str) -> Mapping[str, Any] | None:
    from gitanchor import codec
    from gitanchor.errors import BadAnchorFile

    try:
        values = json.loads(text) if info == "json" else codec.load_settings(text, "the block")
    except (ValueError, RecursionError, BadAnchorFile):
        return None
    return values if isinstance(values, Mapping) else None


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(f"- {_as_text(item)}" for item in value)
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_as_text(item)}" for key, item in value.items())
    return ("" if value is None else str(value)).strip("\n")


def _as_items(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        value = [f"{key}: {_as_text(item)}" for key, item in value.items()]
    if not isinstance(value, list):
        return _as_text(value).split("\n")
    indented = (_as_text(item).replace("\n", "\n  ") for item in value)
    return "\n".join(f"- {item}" for item in indented).split("\n")


# Tables and lists ------------------------------------------------------------------------------


def _table_unfolded(lines: list[Source], words: Words, wrapping: list[Source]) -> list[Source]:
    """Make labelled lines of the rows of a table whose first column holds the labels."""
    unfolded: list[Source] = []
    for is_table, stretch in _stretches(lines, lambda text: text.lstrip().startswith("|")):
        rows = [_row(source, words) for source in stretch] if is_table else []
        labels = [line for _, line in rows if line is not None]
        if len({line.value for line in labels if line.strong}) < 2 and len(labels) < 3:
            unfolded += stretch
            continue
        for source, (row, line) in zip(stretch, rows, strict=True):
            if line is not None or (row and not _DELIMITER.fullmatch(source[1])):
                unfolded.append((source[0], row))
            else:
                wrapping.append(source)
    return unfolded


def _row(source: Source, words: Words) -> tuple[str, Line | None]:
    """A row as a labelled line, and what that line is; without a line, the row as it stands."""
    cells = [cell.strip() for cell in _CELL.split(source[1].strip().strip("|"))]
    if len(cells) == 2:
        label = cells[0].replace("*", "").rstrip(":： ")
        line = scan_line(source[0], f"{label}: {cells[1]}", words)
        if line.kind is Kind.LABEL:
            return line.text, line
        is_head = not cells[1] or label.casefold() in {"field", "section", "item", "what", "label"}
        return ("" if is_head else source[1]), None
    return source[1], None


def _list_unfolded(lines: list[Source], words: Words, _wrapping: list[Source]) -> list[Source]:
    """Take the bullets from labels, where three sections or more have them and none has its own."""
    listed = {}
    fence = markdown.Fence()
    for index, (number, text) in enumerate(lines):
        if not fence.holds(text) and (match := _ITEM.match(text)):
            item = text[match.end() :]
            if words.pattern.match(item) and (line := scan_line(number, item, words)).kind is Kind.LABEL:
                listed[index] = line
    sections = {line.value for line in listed.values()}
    if len(sections) < 3 or not sections.isdisjoint(labels_in(lines, words)):
        return lines
    return [
        (number, listed[index].text if index in listed else text)
        for index, (number, text) in enumerate(lines)
    ]
