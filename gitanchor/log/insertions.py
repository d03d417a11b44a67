"""Find entries that were put between the comments of another entry, and take them out of it.

If the surrounding entry is otherwise as it was generated, its digest shows which lines were added.
Else entries are separated by their names.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gitanchor.log import scan
from gitanchor.log.scan import Kind, Line
from gitanchor.parsing import log_format, times
from gitanchor.parsing.lines import Source

_NAMES_TRIED: Final = 3
_ENDS_TRIED: Final = 8
"""The most stretches whose digest is tried, so that the time stays linear in the length of the text."""


class TakenOut(NamedTuple):
    """The lines of an entry with its comments, and the lines of others that stood between them."""

    entry: list[Source]
    others: list[Source]


def taken_out(entry: list[Source], block: log_format.Block) -> TakenOut:
    """Separate the lines of other entries from those of an entry."""
    body = scan.marked(entry[1:-1]) if block.edited else []
    starts = _starts(body)
    if len(starts) < 2:
        return TakenOut(entry, [])
    texts = [line.text for line in body]
    parts = [*itertools.pairwise([0, *starts[1:], len(body)])]
    parts.remove(next((part for part in parts if _fits(body[slice(*part)], block)), parts[0]))
    for first, last in itertools.chain(_stretches(body, starts), parts[:_NAMES_TRIED]):
        if block.has_digest_of(texts[:first] + texts[last:]):
            parts = [(first, last)]
            break
    elsewhere = {number + 1 for first, last in parts for number in range(first, last)}
    others = [entry[number] for number in sorted(elsewhere)]
    # Blank lines keep them apart from what surrounds them.
    others = [(others[0][0], ""), *others, (others[-1][0], "")]
    return TakenOut([line for number, line in enumerate(entry) if number not in elsewhere], others)


def _starts(body: Sequence[Line]) -> list[int]:
    """Return where entries start: at the time above a name, else at the name, if a section follows."""
    names: list[int] = []
    labelled = True
    for number, line in enumerate(body):
        if line.kind is Kind.NAME and labelled:
            names.append(number)
            labelled = False
        labelled = labelled or line.kind is Kind.LABEL
    if not labelled:
        names.pop()
    above = [scan.over_blanks(body, name) - 1 for name in names]
    return [
        time if time >= 0 and times.time_on(body[time].text) else name
        for time, name in zip(above, names, strict=True)
    ]


def _stretches(body: Sequence[Line], starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield what may have been inserted: from a start to where the surrounding entry may continue."""
    inner = {*starts, *(n for n, line in enumerate(body) if line.kind in (Kind.LABEL, Kind.PLACE))}
    for first in starts[:_NAMES_TRIED]:
        ends = sorted(number for number in inner if number > first)
        for last in (len(body), *ends[-_ENDS_TRIED:]):
            yield first, last
            yield scan.over_blanks(body, first), last
            yield first, scan.over_blanks(body, last)


def _fits(part: Sequence[Line], block: log_format.Block) -> bool:
    """Whether an entry starts with the time that is given by the comment below it."""
    first = next((line.text for line in part if line.text.strip()), "")
    written = times.time_on(first)
    moment = times.read_time(written).moment if written else None
    return moment is not None and f"{moment:%Y-%m-%dT%H:%M}" == str(block.meta.get("created"))[:16]
