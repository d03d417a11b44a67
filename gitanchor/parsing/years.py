"""Find the years of times that name none, from the order in which they are written."""

import contextlib
import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from gitanchor.model.draft import WrittenTime

_YEAR: Final = 366
_OUT_OF_ORDER: Final = 60
"""How many days two entries may be out of order, rather than in two years."""

_ALMOST_A_YEAR: Final = _YEAR - _OUT_OF_ORDER
_OLDEST_FIRST: Final = 1
_NEWEST_FIRST: Final = -1

_AFTER: Final = timedelta(days=60)
"""How much newer than the date of its document the newest entry may be, as such dates grow stale."""

_TRIED: Final = 6
"""How many years back a year is looked for in which the weekdays are right."""


class Limit(NamedTuple):
    """What tells the year: the newest time is not later than a day, or the oldest is of a year."""

    day: date | None = None
    first_year: int | None = None

    @staticmethod
    def of_document(day: date) -> "Limit":
        """Return the limit that the date of a document sets, which may be a little out of date."""
        return Limit(day + _AFTER)

    @staticmethod
    def of_commit(moment: datetime) -> "Limit":
        """Return the limit that the time of a commit sets; in some time zone it is a day later."""
        return Limit(moment.date() + timedelta(days=1))


def settle(times: Sequence[WrittenTime | None], limit: Limit | None) -> list[WrittenTime]:
    """Set the moment of each time without a year; return those that were set.

    Such a time is of the year that fits the nearest one with a year, before or after it in the text;
    without any, of the latest years that `limit` and the weekdays allow. All of them tell in which
    direction the text runs, and so where a year turns. The times are changed in place.
    """
    listed = [time for time in times if time is not None and (time.moment or time.lacks_year)]
    lacking = [time for time in listed if time.lacks_year]
    if not lacking:
        return []
    days = [_in_leap_year(time) for time in listed]
    direction = _direction(days)
    steps = _years_apart(days, direction)
    known = [place for place, time in enumerate(listed) if time.moment is not None]
    if known:
        for place, time in enumerate(listed):
            if time.lacks_year:
                near = min(known, key=lambda other: abs(other - place))
                moment = listed[near].moment
                _set(time, (moment.year if moment else 0) + steps[place] - steps[near])
    elif limit is not None:
        turned = [steps]
        if any(time.weekday is not None for time in listed):  # which may tell that it runs the other way
            turned.append(_years_apart(days, -direction))
        tried = [
            [_latest(days, apart, limit) - back + step for step in apart]
            for apart in turned
            for back in range(_TRIED if limit.day else 1)
        ]
        fitting = next((found for found in tried if _fits(listed, found)), tried[0])
        for time, year in zip(listed, fitting, strict=True):
            _set(time, year)
    return [time for time in lacking if not time.lacks_year]


def _in_leap_year(time: WrittenTime) -> date:
    moment = time.moment or time.partly or datetime.min
    return date(2000, moment.month, moment.day)


def _years_apart(days: Sequence[date], direction: int) -> list[int]:
    """Return how many years after the first day each other one is, if they run on in a direction.

    A step against it turns the year, unless it is a short one: then two entries are out of order, as
    they are where a long step onward leads back over the turn of a year, and the next one returns.
    """
    onward = [direction * step for step in _steps(days)]
    years = [0]
    for step, following in zip(onward, [*onward[1:], 0], strict=False):
        returns = step > _ALMOST_A_YEAR and following < -_ALMOST_A_YEAR
        turned = -1 if returns else 1 if step < -_OUT_OF_ORDER else 0
        years.append(years[-1] + direction * turned)
    return years


def _steps(days: Sequence[date]) -> list[int]:
    return [(after - before).days for before, after in itertools.pairwise(days)]


def _direction(days: Sequence[date]) -> int:
    """Return in which direction most steps between days go: 1 to the newer, -1 to the older ones.

    Of as many steps either way, the direction counts in which they take less time.
    """
    steps = [step for step in _steps(days) if step]
    if len(steps) == 1 and abs(steps[0]) > _ALMOST_A_YEAR:  # 30 December and 2 January
        return _OLDEST_FIRST if steps[0] < 0 else _NEWEST_FIRST
    rises = sum(step > 0 for step in steps)
    falls = len(steps) - rises
    if rises == falls:
        upward, downward = (sum(way * step % _YEAR for step in steps) for way in (1, -1))
        return _OLDEST_FIRST if upward < downward else _NEWEST_FIRST
    return _OLDEST_FIRST if rises > falls else _NEWEST_FIRST


def _latest(days: Sequence[date], steps: Sequence[int], limit: Limit) -> int:
    """Return the latest year of the first day with which none is behind the limit."""
    if limit.first_year is not None or limit.day is None:
        return (limit.first_year or 0) - min(steps)
    last = max(steps)
    newest = max(day for day, step in zip(days, steps, strict=True) if step == last)
    is_earlier = (newest.month, newest.day) <= (limit.day.month, limit.day.day)
    return limit.day.year - (not is_earlier) - last


def _fits(times: Sequence[WrittenTime], years: Sequence[int]) -> bool:
    """Return whether all days are in the calendar of their years, on the weekdays that are written."""
    for time, year in zip(times, years, strict=True):
        moment = _moment(time, year)
        if moment is None or time.weekday not in (None, moment.weekday()):
            return False
    return True


def _moment(time: WrittenTime, year: int) -> datetime | None:
    with contextlib.suppress(ValueError):  # 29 February
        return time.partly.replace(year=year) if time.partly else None
    return None


def _set(time: WrittenTime, year: int) -> None:
    time.moment = _moment(time, year)
    if time.moment is None:
        return
    said = [f"'{time.text}' names no year; {year} guessed", time.remark]
    if time.weekday not in (None, time.moment.weekday()):
        said.append(f"{time.moment:%Y-%m-%d} is not on the weekday that is written")
    time.remark = "; ".join(filter(None, said))
    time.weekday = None
