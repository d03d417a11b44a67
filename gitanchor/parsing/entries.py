"""Find where the entries of a text start, without requests and names that are only mentioned.

`sections` reads the entries.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gitanchor.model.draft import Remark
from gitanchor.parsing.lines import Kind, Line, lines_from, numbers
from gitanchor.parsing.name_line import is_placeholder_name
from gitanchor.parsing.vocabulary import NOTES

_REQUESTING: Final = (Kind.REQUEST, Kind.ENTRY)
_BETWEEN: Final = (Kind.BLANK, Kind.RULE)
_SHOWN: Final = 60
"""Characters of a line that a remark quotes."""


@dataclass(frozen=True, slots=True)
class Head:
    """The index of an entry's first line (its time, if it has one), and of the line with its name."""

    start: int
    entry: int


def heads(lines: list[Line], remarks: list[Remark]) -> list[Head]:
    """Find where entries start: at a line that names an anchor, if labels follow before the next one.

    A name that is only mentioned (for instance in a closing sentence) becomes text of the entry around
    it, and so does a date that is not in the position of an entry's time.
    """
    _settle_dates(lines)
    entries = []
    label_follows = False
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if line.kind is Kind.LABEL and line.value != NOTES:
            label_follows = True
        elif line.kind is Kind.ENTRY and label_follows and line.value:
            entries.append(index)
            label_follows = False
        elif line.kind is Kind.ENTRY:
            _make_text(lines, index)
        elif line.kind is Kind.TIME and not _is_below_name(lines, index):
            label_follows = False
    found = []
    previous = -1
    for entry in _not_repeated(lines, entries[::-1]):
        start = _start_of(lines, entry, previous)
        found.append(Head(start, entry))
        if start == entry and previous >= 0:
            remarks += _untimely(lines, entry)
        previous = entry
    return found


# Requests ----------------------------------------------------------------------------------------


def without_requests(lines: list[Line], remarks: list[Remark]) -> list[Line]:
    """Remove each request that was not filled in, with the time above it."""
    kept: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        kind = line.kind
        asks = kind in _REQUESTING or (kind is Kind.LABEL and line.is_placeholder)
        end = _end_of_request(lines, index) if asks else index
        if end == index:
            kept.append(line)
            index += 1
            continue
        answered = end == index + 1
        block = lines[index:end] if answered else [*_time_over(kept), *lines[index:end]]
        held = list(numbers(block))
        what = "for what follows" if answered else "not filled in"
        remarks.append(Remark(held[0], held[-1], "request", f"{what}: {shortened(line.text)}"))
        index = end
    return kept


def _end_of_request(lines: list[Line], start: int) -> int:
    """Return the index after a request that starts at a line; `start` itself if none does.

    A request is `Anchor this as chat …`, the name, and labels with only placeholders. If it was filled
    in, only its first line is a request.
    """
    asked = lines[start].kind is Kind.REQUEST
    end = start + asked
    if end < len(lines) and lines[end].kind is Kind.ENTRY:
        end += 1
    first = end
    while end < len(lines) and lines[end].is_placeholder:
        end += 1
    filled = end < len(lines) and lines[end].kind is Kind.LABEL
    if end > first and not filled:
        return end
    if first > start + asked and is_placeholder_name(lines[first - 1].value) and not filled:
        return first
    return start + asked


def _time_over(kept: list[Line]) -> list[Line]:
    """Remove and return the time directly above the next line, with the blank lines between."""
    index = len(kept)
    while index and kept[index - 1].kind is Kind.BLANK:
        index -= 1
    if not index or kept[index - 1].kind is not Kind.TIME:
        return []
    block = kept[index - 1 :]
    del kept[index - 1 :]
    return block


def shortened(text: str) -> str:
    """Return a line as remarks quote it, cut off if it is long."""
    text = text.strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


# Times and names -----------------------------------------------------------------------------------


def _settle_dates(lines: list[Line]) -> None:
    """Turn a date or a damaged time into text, unless it is in the position of an entry's time.

    That is directly above or below the line with a name, or above the first label of a text.
    """
    if all(line.strong or line.kind is not Kind.TIME for line in lines):
        return
    below = None
    first_label = next((index for index, line in enumerate(lines) if line.kind is Kind.LABEL), -1)
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if line.kind is Kind.TIME and not line.strong:
            over = below is not None and (
                lines[below].kind in (Kind.ENTRY, Kind.REQUEST)
                or (
                    below == first_label and not any(lines[at].kind is Kind.ENTRY for at in range(index))
                )
            )
            if not over and not _is_below_name(lines, index):
                line.kind = Kind.TEXT
        if line.kind not in _BETWEEN:
            below = index


def _untimely(lines: Sequence[Line], entry: int) -> Iterator[Remark]:
    """Yield a remark if a short line with a digit is alone above an entry, as its time would be."""
    above = list(lines[max(0, entry - 9) : entry])
    while above and above[-1].kind in _BETWEEN:
        above.pop()
    if not above or above[-1].kind is not Kind.TEXT:
        return
    line = above[-1]
    alone = len(above) > 1 and above[-2].kind in _BETWEEN
    short = len(line.text) <= _SHOWN and any(map(str.isdigit, line.text))
    if alone and short and not line.text.startswith((" ", "\t", "-", "*  ", "+", "•", "|")):
        message = f"not read as a time, so part of the entry above: {shortened(line.text)}"
        yield Remark(line.number, line.number, "guessed", message)


def _is_below_name(lines: Sequence[Line], time: int) -> bool:
    """Return whether a time is directly below the line that names an anchor."""
    above = (line for line in reversed(lines[max(0, time - 9) : time]) if line.kind is not Kind.BLANK)
    first = next(above, None)
    return first is not None and first.kind in (Kind.ENTRY, Kind.NAME)


def _make_text(lines: list[Line], entry: int) -> None:
    """Turn an entry line, and the name below it if it has one, into text."""
    lines[entry].kind = Kind.TEXT
    for line in lines_from(lines, entry + 1):
        if line.kind is Kind.NAME:
            line.kind = Kind.TEXT
        if line.kind is not Kind.BLANK:
            return


def _not_repeated(lines: list[Line], entries: Sequence[int]) -> list[int]:
    """Return the entry lines, without those that repeat the name inside of their own entry."""
    kept: list[int] = []
    for place, entry in enumerate(entries):
        end = entries[place + 1] if place + 1 < len(entries) else len(lines)
        previous = kept[-1] if kept else None
        if previous is not None and not _is_new(lines, previous, entry, end):
            _make_text(lines, entry)
        else:
            kept.append(entry)
    return kept


def _is_new(lines: Sequence[Line], previous: int, entry: int, end: int) -> bool:
    """Return whether an entry line starts a new entry; `end` is the index of the next entry line."""
    between = lines[previous + 1 : entry]
    if any(line.kind is Kind.TIME for line in between):
        return True
    seen = {line.value for line in between if line.kind is Kind.LABEL}
    own = [line for line in lines[entry:end] if line.kind is Kind.LABEL]
    next_label = own[0].value if own else None
    if not lines[entry].strong and next_label not in seen:
        return False  # "Anchor: x" inside of an entry
    if lines[entry].value != lines[previous].value:
        return True
    return next_label in seen and (own[0].strong or len({line.value for line in own}) > 1)


def _start_of(lines: list[Line], entry: int, previous: int) -> int:
    """Return the index of the nearest time above an entry, after the previous one; else the entry's."""
    for index in range(entry - 1, previous, -1):
        kind = lines[index].kind
        if kind is Kind.LABEL:
            break
        if kind is Kind.TIME:
            return index
    return entry


# Entries without names -----------------------------------------------------------------------------


def nameless(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Split a text that names no anchor: a new entry starts where the first section is repeated.

    It is split at a rule or time before that, if there are two sections or more on either side.
    """
    start = 0
    seen: list[str] = []
    turn = None
    for index, line in enumerate(lines):
        if line.kind in (Kind.RULE, Kind.TIME) and (turn is None or line.kind is Kind.TIME):
            turn = index
        elif line.kind is Kind.LABEL and line.value != NOTES:
            again = line.strong and line.value == (seen[0] if seen else None)
            if again and turn is not None and len(set(seen)) > 1 and _goes_on(lines, index):
                yield lines[start:turn]
                start, seen = turn, []
            seen.append(line.value)
            turn = None
    yield lines[start:]


def _goes_on(lines: Sequence[Line], label: int) -> bool:
    """Return whether a different section follows the section of a label."""
    for line in lines_from(lines, label + 1):
        if line.kind is Kind.LABEL and line.value != NOTES:
            return line.value != lines[label].value
    return False
