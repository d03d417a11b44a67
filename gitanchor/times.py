"""Times as people write them over their entries -> datetimes, saying what had to be guessed."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from gitanchor.errors import WrongUsage

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WEEKDAY: Final = r"(?P<weekday>(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)\.?,?\s+"
_CLOCK: Final = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?m\.?)?"
_DATE: Final = (
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}\.?\s+{_MONTH}\s+\d{{4}})"
)
_ZONE: Final = r"(?:\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_TIME_LINE: Final = re.compile(
    rf"[\s*_#>]*(?P<time>(?:{_WEEKDAY})?"
    rf"(?:{_CLOCK}{_ZONE},?\s+{_DATE}|{_DATE}(?:\s*[,:@T]\s*|\s+at\s+|\s+){_CLOCK}{_ZONE}))"
    r"\s*[*_:]*(?P<guessed>\s*\(guessed\))?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """A time as written, what it says (without an offset if it names none), and what was guessed."""

    text: str
    moment: datetime
    remark: str | None = None


def time_on(line: str) -> str | None:
    """The time that a line consists of, without the markup around it; None for any other line."""
    match = _TIME_LINE.fullmatch(line)
    return match["time"] if match else None


def read_time(text: str, *, near: datetime | None = None) -> WrittenTime | None:
    """What a written time says, month first as in the logs we know; None if no such time exists.

    Where the text names a weekday that its date did not have, the year is taken that fits and is
    closest to `near`, a time that stands by in the same log.
    """
    from dateutil import parser

    match = _TIME_LINE.fullmatch(text)
    if match is None:
        return None
    weekday = match["weekday"]
    spoken = text[len(match[0]) - len(match[0].lstrip()) :].removeprefix(weekday or "")
    spoken = re.sub(r"(?<=\d):\s+(?=\d)|[,@]", " ", spoken).strip(" .*_")
    try:
        moment = parser.parse(spoken)
    except (parser.ParserError, OverflowError):
        return None
    if weekday is None or moment.weekday() == _WEEKDAYS.index(weekday[:3].lower()):
        return WrittenTime(text, moment)
    fitting = _year_with(moment, _WEEKDAYS.index(weekday[:3].lower()), near or moment)
    remark = f"{moment:%Y-%m-%d} was not a {fitting:%A}, read as {fitting:%Y-%m-%d}"
    return WrittenTime(text, fitting, remark)


def _year_with(moment: datetime, weekday: int, near: datetime) -> datetime:
    """The same day in the year closest to `near` in which it fell on a weekday."""
    years = sorted(range(near.year - 12, near.year + 13), key=lambda year: abs(year - near.year))
    for year in years:
        try:
            candidate = moment.replace(year=year)
        except ValueError:  # 29 February
            continue
        if candidate.weekday() == weekday:
            return candidate
    return moment


def zone(name: str | None) -> tzinfo:
    """A time zone by its name in the tz database, or this machine's own. Raises WrongUsage."""
    from dateutil import tz

    if name is None:
        return tz.tzlocal()
    found = tz.gettz(name) if name else None
    if found is None:
        raise WrongUsage(f"'{name}' is no time zone; give one such as Europe/Berlin or UTC")
    return found
