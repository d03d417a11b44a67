"""When imported anchors were made: as written, or between their neighbours where nothing is written."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from gitanchor.model.draft import Draft, Remark

STEP = timedelta(minutes=1)

TICK: Final = timedelta(milliseconds=1)
"""What is between two entries of which nothing tells when they were made; the one above is newer."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What holds for all entries of one import: who imports, the branch and zone where none is named.

    `moment` is the time of an entry where nothing in the text tells it. It comes from the repository
    and not from the clock, so that the same text gives the same anchor on each branch.
    """

    author: str
    branch: str | None
    zone: tzinfo
    moment: datetime


def moments_of(drafts: Sequence[Draft], origin: Origin, remarks: list[Remark]) -> list[datetime]:
    """The time of each draft; one without a time is put right after its older neighbour."""
    written = [_moment(draft, origin.zone) for draft in drafts]
    if any(written):
        moments, why = between(written, origin.moment), "fits its neighbours"
    else:
        moments = [origin.moment + TICK * index for index in reversed(range(len(drafts)))]
        why = "is that of the newest anchor or commit"
    for draft, moment, fitting in zip(drafts, written, moments, strict=True):
        if moment is None and draft.id is None:
            what = "no time was written" if draft.time is None else "the time cannot be read"
            message = f"{what}; {fitting:%Y-%m-%d %H:%M} {why}"
            remarks.append(Remark(draft.line, draft.line, "guessed", message))
    return moments


def _moment(draft: Draft, zone: tzinfo) -> datetime | None:
    """When a draft says that it was made; an entry of the generated log says it to the millisecond."""
    return (created(draft) if draft.id else None) or (
        aware(draft.time.moment, zone) if draft.time and draft.time.moment else None
    )


def created(draft: Draft) -> datetime | None:
    """When the anchor of an entry of the generated log was made, by the entry's last comment."""
    try:
        moment = datetime.fromisoformat(draft.meta["created"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def between(written: Sequence[datetime | None], now: datetime) -> list[datetime]:
    """A time for each entry: what is written, or one minute a step from the neighbour that is older."""
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
    """A time between the nearest entries above and below that have one, if any have."""
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
    """A time with an offset that does not depend on the machine any more."""
    with_zone = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return datetime.fromisoformat(with_zone.isoformat())
