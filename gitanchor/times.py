"""Times as people write them over their entries -> datetimes, saying what had to be guessed."""

import bisect
import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from gitanchor.errors import WrongUsage

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WEEKDAY: Final = r"(?P<weekday>(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)\.?,?\s+"
_CLOCK: Final = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?m\.?)?"
_DATE: Final = (
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}\.?\s+{_MONTH},?\s+\d{{4}})"
)
_ZONE: Final = r"(?:\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_TIME_LINE: Final = re.compile(
    rf"[\s*_#>]*(?P<time>(?:{_WEEKDAY})?"
    rf"(?:{_CLOCK}{_ZONE},?\s+{_DATE}|{_DATE}(?:\s*[,:@T]\s*|\s+at\s+|\s+){_CLOCK}{_ZONE}))"
    r"\s*[*_:]*(?P<guessed>\s*\(guessed\))?\s*",
    re.IGNORECASE,
)
_DAMAGED: Final = re.compile(
    r"[\s#]*(?:\*\*|__)\s*(?P<time>(?=\S*\d)[\d:/.\- ]*[/:][\d:/.\- ]*?)\s*(?:[ap]m)?\s*(?:\*\*|__)\s*",
    re.IGNORECASE,
)
_MAYBE: Final = re.compile(r"[\s*_#>]*(?:\d|[A-Za-z]{3}[^`\[]*\d).*[/:.-]")
"""What every line that consists of a time has; the full pattern is slow on other lines."""

_DAY: Final = timedelta(days=1)
_LONGEST: Final = 80
"""Characters of a line that may be a time."""


@dataclass(slots=True)
class WrittenTime:
    """A time as written, and what it says: without an offset if it names none, None if unreadable.

    `weekday` (0 is Monday) stands only where the date does not fall on it; `remark` says what was
    guessed.
    """

    text: str
    moment: datetime | None
    remark: str | None = None
    weekday: int | None = None


def time_on(line: str) -> str | None:
    """The time that a line consists of, without the markup around it; None for any other line.

    A line in bold that can only be a damaged time is one, too.
    """
    if len(line) > _LONGEST or not _MAYBE.match(line):
        return None
    match = _TIME_LINE.fullmatch(line) or _DAMAGED.fullmatch(line)
    return match["time"].strip() if match else None


def read_time(text: str, *, day_first: bool = False) -> WrittenTime:
    """What a written time says: month first unless `day_first` or there is no such month."""
    from dateutil import parser

    match = _TIME_LINE.fullmatch(text)
    if match is None:
        return WrittenTime(text, None, f"'{text}' cannot be read as a time")
    name = match["weekday"] or ""
    spoken = re.sub(r"(?<=\d):\s+(?=\d)|[,@]", " ", match["time"].removeprefix(name)).strip(" .")
    iso = re.match(r"\d{4}-", spoken)
    try:
        moment = parser.parse(spoken, dayfirst=day_first and not iso)
        datetime.fromisoformat(moment.isoformat())  # an offset of a day or more is none
    except (ValueError, OverflowError):
        return WrittenTime(text, None, f"'{text}' is no time that there is")
    weekday = _WEEKDAYS.index(name[:3].lower()) if name else None
    return WrittenTime(text, moment, weekday=None if weekday == moment.weekday() else weekday)


def settle_years(written: Sequence[WrittenTime | None]) -> None:
    """Give each time whose weekday does not fit the year in which it does, closest to its neighbours.

    A neighbour is the nearest time, before or after, that needed no such guess.
    """
    sure = [
        (index, item.moment)
        for index, item in enumerate(written)
        if item is not None and item.moment is not None and item.weekday is None
    ]
    places = [index for index, _ in sure]
    for index, time in enumerate(written):
        if time is None or time.moment is None or time.weekday is None:
            continue
        after = bisect.bisect(places, index)
        neighbours = sorted(sure[max(0, after - 1) : after + 1], key=lambda pair: abs(pair[0] - index))
        near = neighbours[0][1] if neighbours else time.moment
        fitting = _year_with(time.moment, time.weekday, near)
        if fitting is not None:
            time.remark = f"{time.moment:%Y-%m-%d} was not a {fitting:%A}, read as {fitting:%Y-%m-%d}"
            time.moment = fitting
        else:
            time.remark = f"{time.moment:%Y-%m-%d} did not fall on the weekday that is written"


def _year_with(moment: datetime, weekday: int, near: datetime) -> datetime | None:
    """The same day in the year closest to `near` in which it fell on a weekday."""
    years = sorted(range(near.year - 12, near.year + 13), key=lambda year: abs(year - near.year))
    for year in years:
        try:
            candidate = moment.replace(year=year)
        except ValueError:  # 29 February
            continue
        if candidate.weekday() == weekday:
            return candidate
    return None


def zone(name: str | None) -> tzinfo:
    """A time zone by its name in the tz database, or this machine's own. Raises WrongUsage."""
    from dateutil import tz

    if name is None:
        return tz.tzlocal()
    found = None
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", name):
        with contextlib.suppress(ValueError, OSError):
            candidate = tz.gettz(name)
            offset = datetime.now(candidate).utcoffset() if candidate else None
            if offset is not None and abs(offset) < _DAY:
                found = candidate
    if found is None:
        raise WrongUsage(f"'{name}' is no time zone; give one such as Europe/Berlin or UTC")
    return found
