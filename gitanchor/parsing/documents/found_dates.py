"""Find a date, with its time of day, inside of a heading, a title, a file name or a labelled line."""

import re
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late
from gitanchor.parsing import dates

_WEEKDAY: Final = late(r"(?P<day>[^\W\d_]{2,13}(?:-feira)?)\.?,?[ \t]+\Z")
_CLOCK: Final = late(
    r"(?:[ \t]*(?:[,@·|T(（]|[-–—][ \t]|\b(?:at|um|à|a las|às|alle|om)\b)?[ \t]*)"
    r"(?P<clock>\d{1,2}(?::\d{2}(?::\d{2})?(?:[.,]\d{1,6})?(?:[ ]?(?:[ap]\.?m\b\.?|Uhr\b))?"
    r"|[ ]?[ap]\.?m\b\.?|[ ]?h\d{2}|[ ]?Uhr\b|[ ]?[時时点點]\d{1,2}分)"
    r"(?:[ ]?(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?(?!\d)|[ ]?(?-i:Z|UTC|GMT|[A-Z]{3,4})(?![\w]))?)",
    re.IGNORECASE,
)
_SEPARATORS: Final = " \t,;:–—-|·•@()[]（）【】/"


class Place(NamedTuple):
    """Where a date stands in a text, and its words as `times.read_time` reads them."""

    start: int
    end: int
    text: str


def place_of(text: str) -> Place | None:
    """Return the first date of a text, with the weekday before it and the clock after it."""
    if len(text) > 300 or not any(map(str.isdigit, text)):
        return None
    match = dates.date_in(text)
    if match is None:
        return None
    start, end = match
    before = _WEEKDAY.search(text[:start])
    if before and before["day"].casefold() in dates.WEEKDAYS:
        start = before.start("day")
    written = text[start:end]
    if after := _CLOCK.match(text, end):
        written = f"{written} {after['clock']}"
        end = after.end()
        if text[end : end + 1] in (")", "）") and text[after.start() : after.start("clock")].strip() in (
            "(",
            "（",
        ):
            end += 1
    return Place(start, end, written)


def without(text: str, place: Place) -> str:
    """Return a text without a date at its beginning or end, nor what sets it apart; else the text."""
    before, after = text[: place.start], text[place.end :]
    if not after.strip(_SEPARATORS):
        return before.rstrip(_SEPARATORS)
    if not before.strip(_SEPARATORS):
        return after.lstrip(_SEPARATORS)
    return text
