"""Find a date, with its time of day, inside of a heading, a title, a file name or a labelled line."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late
from gitanchor.parsing import dates

_WEEKDAY: Final = late(r"(?P<day>[^\W\d_]{2,13}(?:-feira)?)\.?,?[ \t]+\Z")
_WEEKDAY_AFTER: Final = late(r"[ \t]*[(（](?P<day>[^\W\d_]{2,13})\.?[)）]")
_CLOCK: Final = late(
    r"(?:[ \t]*(?:[,@·|T(（]|[-–—][ \t]|\b(?:at|um|à|a las|às|alle|om)\b)?[ \t]*)"
    r"(?P<clock>\d{1,2}(?::\d{2}(?::\d{2})?(?:[.,]\d{1,6})?(?:[ ]?(?:[ap]\.?m\b\.?|Uhr\b))?"
    r"|[ ]?[ap]\.?m\b\.?|[ ]?h\d{2}|[ ]?Uhr\b|[ ]?[時时点點]\d{1,2}分)"
    r"(?:[ ]?(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?(?!\d)|[ ]?(?-i:Z|UTC|GMT|[A-Z]{3,4})(?![\w]))?)",
    re.IGNORECASE,
)
_BEFORE_DATE: Final = late(
    r"(?:\b(?:le|el|am|il|on|op|den|der|dia|día|jour|em|lun(?:edì|es|di)?|mart(?:edì|es|i)?|mer(?:coledì)?"
    r"|gio(?:vedì)?|ven(?:erdì)?|sab(?:ato)?|dom(?:enica)?|di(?:lluns|marts|mecres|jous|vendres|ssabte|umenge)"
    r"|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|(?:ma|di|wo|do|vr|za|zo|mo|mi|fr|sa|so|lu|me|ve)\.?"
    r"|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|(?:пн|вт|ср|чт|пт|сб|вс|нд)\.?"
    r"|понеділок|вівторок|середа|четвер|п'ятниця|субота|неділя"
    r"|poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela"
    r"|pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar)|[月火水木金土日]曜日?|(?:星期|周|週)[一二三四五六日天])"
    r"[,.、]?[ \t]*\Z",
    re.IGNORECASE,
)
_YEAR: Final = late(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SEPARATORS: Final = " \t,;:–—-|·•@()[]（）【】/"


NUMBERED: Final = late(
    r"\b(?:session|day|entry|checkpoint|hand-?off|handover|iteration|sprint|update|log|chat|part|week|anchor"
    r"|sitzung|tag|eintrag|woche|séance|jour|sesión|día|sessão|dia|sessione|giorno|sessió|sessie|dag"
    r"|сессия|день|сесія|sesja|dzień|oturum|gün|جلسة|सत्र|seanss)"
    r"[ \t]*(?:no\.?|nr\.?|#|№)?[ \t]*\d{1,4}\b"
    r"|第\s?\d{1,4}\s?[回次期日]|(?:セッション|会话|會話|세션)\s?#?\d{1,4}",
    re.IGNORECASE,
)
"""An entry that says "Session 3"."""


_NUMBER: Final = late(r"(?<!\d)\d{1,4}(?!\d)")


class Place(NamedTuple):
    """Where a date stands in a text, and its words as `times.read_time` reads them."""

    start: int
    end: int
    text: str


def place_of(text: str) -> Place | None:
    """Return the first date of a text, with the weekday before it and the clock after it."""
    return _place(text, dates.date_in(text)) if _may_have_date(text) else None


def yearless_place_of(text: str) -> Place | None:
    """Return the first date without a year of a text that has none with one; see `place_of`.

    A weekday, in any language, and an article before it belong to the date, but not to its words.
    """
    if not _may_have_date(text) or dates.date_in(text):
        return None
    place = _place(text, dates.yearless_in(text))
    while place and (before := _BEFORE_DATE.search(text[: place.start])):
        place = place._replace(start=before.start())
    if place and place.text[:1].isdigit() and not any(map(str.isalpha, place.text)):
        return place if not any(map(str.isalnum, text[: place.start])) else None  # `Part 2/3` is no date
    return place


def tells_entry(title: str) -> bool:
    """Return whether a title has a date, with or without a year, or the number of a session."""
    has_date = place_of(title) or yearless_place_of(title)
    return has_date is not None or NUMBERED.search(title) is not None


def oldest_first(names: Sequence[str]) -> list[int] | None:
    """Return the places of entries in the order of their numbers; None if these tell no order.

    Entries of the same number, and those without one, stay beside their neighbours.
    """
    numbers = _numbers(names)
    known = [number for number in numbers if number]
    pairs = [(one, other) for one, other in itertools.pairwise(known) if one != other]
    rises = sum(one < other for one, other in pairs) * 2 - len(pairs)
    if len(set(known)) < 2:
        return None
    places = list(range(len(names)))
    if rises < 0 or (rises == 0 and known[0] > known[-1]):
        places.reverse()
    last: tuple[int, ...] = ()
    ranks = []
    for place in places:
        last = numbers[place] or last
        ranks.append((last, place))
    return [place for _, place in sorted(ranks, key=lambda rank: rank[0])]


def _numbers(names: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the numbers that tell each entry from the others; none of an entry of another kind.

    They are those of sessions, `Day 3, session 2`, or all that differs in names: `Pump 1`, `Pump 2`.
    """
    matches = [[match[0] for match in NUMBERED.finditer(name)] for name in names]
    if not any(matches):
        matches = [[name] if len(_NUMBER.findall(name)) == 1 else [] for name in names]
    kinds = [_NUMBER.sub("", found[0]).casefold().strip(" #№") if found else "" for found in matches]
    counts = Counter(filter(None, kinds))
    kind = counts.most_common(1)[0][0] if counts else ""
    return [
        tuple(int(number) for text in found for number in _NUMBER.findall(text)) if own == kind else ()
        for found, own in zip(matches, kinds, strict=True)
    ]


def year_of(text: str) -> int | None:
    """Return the only year that a title or the name of a file has, as in `Devlog 2026`."""
    years = {int(year) for year in _YEAR.findall(text)}
    return years.pop() if len(years) == 1 else None


def _may_have_date(text: str) -> bool:
    return len(text) <= 300 and any(map(str.isdigit, text))


def _place(text: str, match: tuple[int, int] | None) -> Place | None:
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
    if (aside := _WEEKDAY_AFTER.match(text, end)) and aside["day"].casefold() in dates.WEEKDAYS:
        end = aside.end()
    return Place(start, end, written)


def without(text: str, place: Place) -> str:
    """Return a text without a date at its beginning or end, nor what sets it apart; else the text."""
    before, after = text[: place.start], text[place.end :]
    if not after.strip(_SEPARATORS):
        return before.rstrip(_SEPARATORS)
    if not before.strip(_SEPARATORS):
        return after.lstrip(_SEPARATORS)
    return text
