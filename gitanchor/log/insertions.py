"""Find entries that were put between the comments of another entry, and take them out of it.

If the surrounding entry is otherwise as it was generated, its digest shows which lines were added.
Else entries are separated by their names.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gitanchor.model import markdown
from gitanchor.model.markdown import trim_blank_lines
from gitanchor.parsing import log_format, times

Source = tuple[int, str]
"""The number of a line, and its text."""

_NAMES_TRIED: Final = 3
_ENDS_TRIED: Final = 8
"""The most stretches whose digest is tried, so that the time stays linear in the length of the text."""


class TakenOut(NamedTuple):
    """The lines of an entry with its comments, and the lines of others that stood between them."""

    entry: list[Source]
    others: list[Source]


def taken_out(lines: Sequence[str], block: log_format.Block) -> TakenOut:
    """Separate the lines of other entries from those of an entry."""
    whole = [(number + 1, lines[number]) for number in range(block.begin, block.end + 1)]
    body = [text for _, text in whole[1:-1]]
    names = _names(body) if block.edited else []
    if len(names) < 2:
        return TakenOut(whole, [])
    meta = lines[block.end].rstrip().split(" ", 3)[3].rsplit(" ", 2)[0]
    parts = itertools.islice(_by_names(body, names, block), _NAMES_TRIED)
    for first, last in itertools.chain(_stretches(body, names), parts):
        rest = body[:first] + body[last:]
        if log_format.digest(rest, meta) == block.digest:
            return _parted(whole, [(first, last)])
    return _parted(whole, list(_by_names(body, names, block)))


def _parted(whole: list[Source], stretches: Sequence[tuple[int, int]]) -> TakenOut:
    """Separate stretches of the lines between the comments from the rest."""
    elsewhere = {number + 1 for first, last in stretches for number in range(first, last)}
    entry = [source for number, source in enumerate(whole) if number not in elsewhere]
    others = [source for number, source in enumerate(whole) if number in elsewhere]
    if others:  # blank lines keep them apart from what surrounds them
        others = [(others[0][0], ""), *others, (others[-1][0], "")]
    return TakenOut(entry, others)


def _names(body: Sequence[str]) -> list[int]:
    """Return where entries start: at the time above a name, else at the name, if a section follows."""
    fence = markdown.Fence()
    outside = [number for number, line in enumerate(body) if not fence.holds(line)]
    names: list[int] = []
    labelled = True
    for number in outside:
        if log_format.name_on(body[number]) is not None and labelled:
            names.append(number)
            labelled = False
        elif log_format.is_label(body[number]):
            labelled = True
    if names and not labelled:
        names.pop()
    return [_with_time(body, name) for name in names]


def _with_time(body: Sequence[str], name: int) -> int:
    above = name - 1
    while above >= 0 and not body[above].strip():
        above -= 1
    return above if above >= 0 and times.time_on(body[above]) else name


def _stretches(body: Sequence[str], names: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield what may have been inserted: from a name to where the surrounding entry may continue."""
    for first in names[:_NAMES_TRIED]:
        for last in _ends(body, names, first):
            yield first, last
            yield _over_blanks(body, first), last
            yield first, _over_blanks(body, last)


def _ends(body: Sequence[str], names: Sequence[int], first: int) -> Iterator[int]:
    """Yield where an insertion that starts at a line may end."""
    fence = markdown.Fence()
    starts = set(names)
    found = []
    for number in range(first + 1, len(body)):
        line = body[number]
        if not fence.holds(line) and (
            number in starts or log_format.is_label(line) or log_format.is_place(line)
        ):
            found.append(number)
    yield len(body)
    yield from found[-_ENDS_TRIED:]


def _over_blanks(body: Sequence[str], number: int) -> int:
    """Return the first of the blank lines directly above a line."""
    while number and not body[number - 1].strip():
        number -= 1
    return number


def _by_names(
    body: Sequence[str], names: Sequence[int], block: log_format.Block
) -> Iterator[tuple[int, int]]:
    """Yield the stretches of all entries but the one whose time is that of the comments."""
    starts = [0, *names[1:], len(body)]
    parts = list(itertools.pairwise(starts))
    own = next((part for part in parts if _fits(body[slice(*part)], block)), parts[0])
    yield from (part for part in parts if part != own)


def _fits(part: Sequence[str], block: log_format.Block) -> bool:
    """Whether an entry starts with the time that is given by the comment below it."""
    first = next(iter(trim_blank_lines(part)), "")
    created = block.meta.get("created")
    written = times.time_on(first)
    moment = times.read_time(written).moment if written else None
    return moment is not None and f"{moment:%Y-%m-%dT%H:%M}" == str(created)[:16]
