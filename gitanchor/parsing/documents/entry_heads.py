"""Which headings of a document start its entries: those of one level with a date, a number or a note."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from gitanchor.model.anchor import SECTIONS
from gitanchor.model.lazy_re import late
from gitanchor.parsing.documents import entry_names, found_dates
from gitanchor.parsing.documents.outline import BOLD, DATED, NAMED, Part

_FRACTION: Final = late(r"\W*(?P<part>\d{1,2})/(?P<whole>\d{1,2})\b")
_SECTIONS_OF_NOTE: Final = 2
"""The known sections by which one of several headings of the first level is a note of its own."""


def of(parts: Sequence[Part]) -> list[Part]:
    """Return the headings that start entries; none of a document that is one note, or no note."""
    if named := [part for part in parts if part.level == NAMED]:
        return named
    dated = [part for part in parts if _is_dated(part)]
    yearless = _without_fractions([part for part in parts if _is_yearless(part)])
    starting = {*dated, *yearless}
    for sure in (dated, starting):
        counts = Counter(part.level for part in sure)
        for level in sorted(counts):
            if counts[level] > 1:
                return _with_repeating(parts, level, starting)
    for head in dated:
        known = [part for part in parts if part.meaning]
        below = all(part.first > head.first and part.level > head.level for part in known)
        if head.level > 1 and known and below:
            return [head]
        if head.level == DATED and known:
            return [head]
    return _notes(parts)


def _with_repeating(parts: Sequence[Part], level: int, starting: Collection[Part]) -> list[Part]:
    """Return the headings of a level that start entries, and those that repeat a section of one.

    So the sections of two sessions never mix, even if the second one's date is not read.
    """
    found: list[Part] = []
    present: set[str] = set()
    pending: Part | None = None
    for part in parts:
        if part.level <= level:
            pending = None
        if part.level == level and part in starting:
            found.append(part)
            present = set()
        elif part.level == level and part.meaning is None and found:
            pending = part
        elif part.meaning in SECTIONS:
            if pending is not None and part.meaning in present:
                found.append(pending)
                present, pending = set(), None
            present.add(part.meaning or "")
    return found


def _is_dated(part: Part) -> bool:
    if part.level > BOLD or part.level < 0 or not part.title:
        return False
    if part.level == DATED or entry_names.NAMED_ENTRY.match(part.title):
        return True
    place = found_dates.place_of(part.title)
    if place is None:
        return part.meaning is None and found_dates.NUMBERED.search(part.title) is not None
    return part.meaning is None or not found_dates.without(part.title, place)


def _is_yearless(part: Part) -> bool:
    """Whether a heading has a date without a year at one of its ends, as in `Mar 5: the pump`."""
    if not DATED < part.level <= BOLD or part.meaning is not None:
        return False
    place = found_dates.yearless_place_of(part.title)
    return place is not None and found_dates.without(part.title, place) != part.title


def _without_fractions(parts: Sequence[Part]) -> Sequence[Part]:
    """Return headings with dates, or none if they are `1/3`, `2/3`, `3/3`: the parts of a whole."""
    found = [match for part in parts if (match := _FRACTION.match(part.title))]
    numbers = [int(match["part"]) for match in found]
    wholes = {int(match["whole"]) for match in found}
    are_all = len(wholes) == 1 and numbers == list(range(1, max(wholes) + 1))
    return [] if are_all else parts


def _notes(parts: Sequence[Part]) -> list[Part]:
    """Return the headings of the first level that each have a note below, if there are several."""
    found: list[Part] = []
    head: Part | None = None
    sections: set[str] = set()
    for part in [*parts, Part(1)]:
        if part.level == 1:
            if head and head.meaning is None and len(sections) >= _SECTIONS_OF_NOTE:
                found.append(head)
            head, sections = part, set()
        elif part.meaning not in (None, "notes"):
            sections.add(part.meaning or "")
    return found if len(found) > 1 else []
