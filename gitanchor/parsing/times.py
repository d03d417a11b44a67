"""Convert times as people write them above entries to datetimes, and report what was guessed."""

import bisect
import contextlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple

from gitanchor.model.draft import WrittenTime
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing.dates import (
    LONGEST,
    Clock,
    Date,
    Written,
    offset_of,
    written_on,
    yearless_on,
)

_DAY: Final = timedelta(days=1)
_LEAP_YEAR: Final = 2000
"""A year that has each day that there is."""

_NOON: Final = 12
"""The hour for a date without a time of day; it is the same date in almost any time zone."""


class Found(NamedTuple):
    """A time that a line consists of. If not `sure`, it counts only where an entry has its time."""

    text: str
    sure: bool


def found_on(line: str) -> Found | None:
    """Return the time that a line consists of, without its markup; None for any other line.

    A date alone is not sure to be one, and neither is what may be a damaged time.
    """
    written = written_on(line) if len(line) <= LONGEST else None
    if written is None:
        return None
    return Found(written.text, bool(written.date and written.clock))


def time_on(line: str) -> str | None:
    """Return the time that a line consists of, if it counts as one even without an entry below it."""
    written = written_on(line)
    return written.text if written and (written.bold or (written.date and written.clock)) else None


def is_day(text: str) -> bool:
    """Return whether a written time is a day without a time of day."""
    written = written_on(text)
    return written is not None and written.clock is None


def read_time(text: str, *, day_first: bool = False) -> WrittenTime:
    """Read a written time. The month comes first, unless `day_first` or if there is no such month."""
    written = written_on(text)
    if written is None or written.date is None:
        return WrittenTime(text, None, f"'{text}' cannot be read as a time")
    return _read(text, written, written.date, day_first=day_first or written.day_first)


def read_yearless(text: str, *, day_first: bool = False) -> WrittenTime:
    """Read a time without a year, which `years` settles; until then it has no moment, only a part."""
    written = yearless_on(text)
    date = written.date if written else None
    if written is None or date is None:
        return WrittenTime(text, None, f"'{text}' cannot be read as a time")
    time_of_day, guess = _time_of_day(text, written.clock)
    with contextlib.suppress(ValueError):
        month, day = _month_and_day(date, day_first=day_first)
        partly = datetime(_LEAP_YEAR, month, day, *time_of_day)
        return WrittenTime(text, None, guess, written.weekday, partly=partly)
    return WrittenTime(text, None, f"'{text}' is no time that there is")


def _read(text: str, written: Written, date: Date, *, day_first: bool) -> WrittenTime:
    time_of_day, guess = _time_of_day(text, written.clock)
    years = _years(date.year)
    moment = None
    with contextlib.suppress(ValueError):
        moment = datetime(years[0], *_month_and_day(date, day_first=day_first), *time_of_day)
    if moment is None:
        return WrittenTime(text, None, f"'{text}' is no time that there is")
    if written.zone:
        moment, remark = _in_zone(moment, written.zone)
        guess = "; ".join(filter(None, [guess, remark])) or None
    if len(years) > 1:
        remark = f"the year '{date.year}' lacks a digit"
        return WrittenTime(text, None, "; ".join(filter(None, [remark, guess])), None, years, moment)
    weekday = None if written.weekday == moment.weekday() else written.weekday
    return WrittenTime(text, moment, guess, weekday)


def _time_of_day(text: str, clock: Clock | None) -> tuple[tuple[int, int, int, int], str | None]:
    """Return hour, minute, second and microsecond, and a sentence about what was guessed."""
    if clock is None:
        return (_NOON, 0, 0, 0), f"'{text}' names no time of day; {_NOON}:00 guessed"
    hour = clock.hour
    if clock.half and hour <= 12:
        hour = hour % 12 + (12 if clock.half == "p" else 0)
    if hour > 23 or clock.minute > 59 or clock.second > 59:
        guess = hour if hour < 24 else _NOON
        return (guess, 0, 0, 0), f"'{clock.text.strip()}' is no time of day; {guess:02}:00 guessed"
    said = (
        f"'{clock.damaged}' lacks a digit, read as {hour:02}:{clock.minute:02}"
        if clock.damaged
        else None
    )
    return (hour, clock.minute, clock.second, clock.microsecond), said


def _years(digits: str) -> tuple[int, ...]:
    """Return the years that digits may mean: two digits as POSIX does, three with any digit added."""
    if len(digits) == 3:
        restored = {
            int(f"{digits[:place]}{digit}{digits[place:]}") for place in range(4) for digit in range(10)
        }
        likely = tuple(sorted(year for year in restored if 1990 <= year < 2100))
        return likely or (int(digits),)
    year = int(digits)
    if len(digits) == 2:
        year += 2000 if year < 70 else 1900  # as POSIX reads %y
    return (year,)


def _month_and_day(date: Date, *, day_first: bool) -> tuple[int, int]:
    month, day = date.month, date.day
    if not date.fixed and ((day_first and day <= 12) or month > 12):
        return day, month
    return month, day


def _in_zone(moment: datetime, zone_text: str) -> tuple[datetime, str | None]:
    """Return a moment with the offset of a zone, or unchanged with a sentence about an unknown zone."""
    minutes = offset_of(zone_text)
    if minutes is None:
        return moment, f"the time zone '{zone_text}' is not known for sure and is left out of account"
    if abs(minutes) > 14 * 60:
        return moment, f"there is no time zone '{zone_text}'; it is left out of account"
    return moment.replace(tzinfo=timezone(timedelta(minutes=minutes))), None


def settle_years(written: Sequence[WrittenTime | None]) -> None:
    """Correct the year of each time that does not fall on its weekday, or whose year lost a digit.

    Of the years that fit, the one closest to the nearest time is taken, before or after it in the text,
    that needs no such guess. `written` are the times of a text in order; they are changed in place.
    """
    sure = [
        (index, item.moment)
        for index, item in enumerate(written)
        if item is not None and item.moment is not None and item.weekday is None
    ]
    places = [index for index, _ in sure]
    for index, time in enumerate(written):
        if time is None or (not time.years and (time.moment is None or time.weekday is None)):
            continue
        after = bisect.bisect(places, index)
        neighbours = sorted(sure[max(0, after - 1) : after + 1], key=lambda pair: abs(pair[0] - index))
        near = neighbours[0][1] if neighbours else None
        if time.years:
            _settle_lost_digit(time, near)
        elif time.moment is not None and time.weekday is not None:
            _settle_weekday(time, time.moment, time.weekday, near)


def _settle_lost_digit(time: WrittenTime, near: datetime | None) -> None:
    if near is None or time.partly is None:
        time.remark = f"{time.remark}; nothing tells which it was"
        return
    year = min(time.years, key=lambda year: abs(year - near.year))
    with contextlib.suppress(ValueError):  # 29 February
        time.moment = time.partly.replace(year=year)
        time.remark = f"{time.remark}, read as {year}"


def _settle_weekday(time: WrittenTime, moment: datetime, weekday: int, near: datetime | None) -> None:
    fitting = _year_with(moment, weekday, near or moment)
    if fitting is not None:
        time.remark = f"{moment:%Y-%m-%d} was not a {fitting:%A}, read as {fitting:%Y-%m-%d}"
        time.moment = fitting
    else:
        time.remark = f"{moment:%Y-%m-%d} did not fall on the weekday that is written"


def _year_with(moment: datetime, weekday: int, near: datetime) -> datetime | None:
    """Return the same date in the year closest to `near` in which it is on a weekday, or None."""
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
    """Return a time zone by its name in the tz database; for None, the local one. Raises WrongUsage."""
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
