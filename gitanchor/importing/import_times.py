"""When imported anchors were made: as written, or between their neighbours if nothing is written."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from gitanchor.model.draft import Draft, Remark
from gitanchor.parsing import years
from gitanchor.parsing.documents import found_dates

_NUMBER: Final = re.compile(r"\d{1,4}")
STEP = timedelta(minutes=1)

TICK: Final = timedelta(milliseconds=1)
"""The time between two entries of unknown time, of which the upper one is newer."""


def moments_of(
    drafts: Sequence[Draft], zone: tzinfo, now: datetime, remarks: list[Remark]
) -> list[datetime]:
    """Return the time of each draft; one without a time comes right after its older neighbour.

    Numbered sessions are in the order of their numbers, others as the text runs.
    """
    for time in years.settle([draft.time for draft in drafts], years.Limit.of_commit(now)):
        line = next(draft.line for draft in drafts if draft.time is time)
        remarks.append(Remark(line, line, "guessed", time.remark or ""))
    written = _apart([_moment(draft, zone) for draft in drafts], drafts)
    names = [draft.name or "" for draft in drafts]
    if any(written):
        moments, why = placed(written, names, now), "fits its neighbours"
    else:
        order = found_dates.oldest_first(names) or list(reversed(range(len(drafts))))
        moments = [now + TICK * order.index(index) for index in range(len(drafts))]
        why = "is that of the newest anchor or commit"
    for draft, moment, fitting in zip(drafts, written, moments, strict=True):
        if moment is None and draft.id is None:
            what = "no time was written" if draft.time is None else "the time cannot be read"
            message = f"{what}; {fitting:%Y-%m-%d %H:%M} {why}"
            remarks.append(Remark(draft.line, draft.line, "guessed", message))
    return moments


def _apart(written: list[datetime | None], drafts: Sequence[Draft]) -> list[datetime | None]:
    """Set days without a time of day apart by a tick where several are the same, in their order.

    The order is that of the sessions' numbers, of the other dates, else of other numbers in the names;
    without any the newest is on top, as in most logs of sessions.
    """
    days = [
        moment if moment and draft.is_day_only else None
        for moment, draft in zip(written, drafts, strict=True)
    ]
    same = Counter(day for day in days if day)
    if not any(count > 1 for count in same.values()):
        return written
    known = [moment for moment in written if moment]
    falls = known[0] > known[-1] if known[0] != known[-1] else not _rises(drafts)
    order = found_dates.oldest_first([draft.name or "" for draft in drafts])
    ranks = {place: rank for rank, place in enumerate(order or ())}
    apart = list(written)
    for day in (day for day, count in same.items() if count > 1):
        places = [index for index, other in enumerate(days) if other == day]
        if falls:
            places.reverse()
        for step, index in enumerate(sorted(places, key=lambda place: ranks.get(place, 0))):
            apart[index] = day + TICK * step
    return apart


def _rises(drafts: Sequence[Draft]) -> bool:
    """Whether the numbers in the names of drafts go up."""
    numbers = [int(found[0]) for draft in drafts if (found := _NUMBER.findall(draft.name or ""))]
    return len(numbers) > 1 and numbers[0] < numbers[-1]


def _moment(draft: Draft, zone: tzinfo) -> datetime | None:
    """Return when a draft says it was made, in an entry of the generated log to the millisecond."""
    return (created(draft) if draft.id else None) or (
        aware(draft.time.moment, zone) if draft.time and draft.time.moment else None
    )


def created(draft: Draft) -> datetime | None:
    """Return when an entry's anchor was made, according to its last comment in a generated log."""
    try:
        moment = datetime.fromisoformat(draft.meta["created"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def placed(written: Sequence[datetime | None], names: Sequence[str], now: datetime) -> list[datetime]:
    """Return a time for each entry; see `between`. Numbers order them if no written time contradicts."""
    order = found_dates.oldest_first(names)
    known = [moment for place in order or () if (moment := written[place])]
    if order is None or known != sorted(known):
        order = list(range(len(written)))
        known = [moment for moment in written if moment]
        if not known or known[0] >= known[-1]:
            order.reverse()
    moments = between([written[place] for place in reversed(order)], now)[::-1]
    return [moments[order.index(place)] for place in range(len(written))]


def between(written: Sequence[datetime | None], now: datetime) -> list[datetime]:
    """Return a time for each entry: as written, or one minute from the older neighbour for each step."""
    numbers = [number if moment else None for number, moment in enumerate(written)]
    upper, lower = (
        list(itertools.accumulate(row, lambda known, found: known if found is None else found))
        for row in (numbers, reversed(numbers))
    )
    return [
        moment or _fitting(written, index, above, below, now)
        for index, (moment, above, below) in enumerate(zip(written, upper, lower[::-1], strict=True))
    ]


def _fitting(
    written: Sequence[datetime | None], index: int, above: int | None, below: int | None, now: datetime
) -> datetime:
    """Return a time between the nearest entries with a time above and below, if there are any."""
    before = written[above] if above is not None else None
    after = written[below] if below is not None else None
    if before and after and above is not None and below is not None:
        if before >= after:
            return after + min(STEP * (below - index), (before - after) / 2)
        return before + min(STEP * (index - above), (after - before) / 2)
    if after and below is not None:
        return after + STEP * (below - index)
    if before and above is not None:
        return before - STEP * (index - above)
    return now - STEP * index


def aware(moment: datetime, zone: tzinfo) -> datetime:
    """Return a time with a fixed offset, which does not depend on the machine."""
    with_zone = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return datetime.fromisoformat(with_zone.isoformat())
