"""Anchors to measure with: made of words of our own, the same each time, and as large as those of real logs."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from gitanchor.model.anchor import Anchor, Dependency

WORD: Final = "anemometer"
"""Stands in each hundredth anchor, and is what is searched for."""

FILES: Final = tuple(f"src/station{number % 8}/sensor{number}.c" for number in range(40))
"""The files that the commits change and the anchors name."""

NEWEST: Final = datetime(2025, 12, 31, 12, tzinfo=UTC)
_STEP: Final = timedelta(hours=1)
_AUTHORS: Final = tuple(f"A{number} U Thor <a{number}@example.com>" for number in range(7))
_BRANCHES: Final = ("main", "main", "main", "gauge", "radio", "display")
_THINGS: Final = (
    "gauge",
    "mast",
    "battery",
    "panel",
    "radio",
    "display",
    "logger",
    "valve",
    "housing",
    "cable",
)
_STATES: Final = (
    "drifts",
    "freezes",
    "restarts",
    "leaks",
    "rattles",
    "reports twice",
    "stays silent",
    "reads low",
)
_WHEN: Final = (
    "after rain",
    "at night",
    "below zero",
    "in strong wind",
    "once a week",
    "when it is dry",
)
_DONE: Final = ("measured", "replaced", "calibrated", "sealed", "documented", "compared", "logged")


class Bound(NamedTuple):
    """A commit that an anchor is made on: its id, that of its tree, and its patch id."""

    commit: str
    tree: str
    patch_id: str | None


def anchors(places: Sequence[Bound]) -> Iterator[Anchor]:
    """An anchor for each place, oldest first, an hour after the one before; the newest is of main."""
    choose = random.Random(len(places))
    newest: dict[str, str] = {}
    for number, place in enumerate(places):
        last = number == len(places) - 1
        branch = "main" if last else choose.choice(_BRANCHES)
        made = NEWEST - _STEP * (len(places) - 1 - number)
        yield anchor(number, made, branch, place, newest.get(branch))
        newest[branch] = identity(number)


def identity(number: int) -> str:
    """The id of the anchor of that number: no two are the same, and none follows from the one before."""
    return f"{(number * 2_654_435_761 + 97) % 2**32:08x}"


def anchor(number: int, made: datetime, branch: str, place: Bound, parent: str | None) -> Anchor:
    """One anchor of some 1,200 characters of text."""
    choose = random.Random(number)
    path = choose.choice(FILES)
    thing = choose.choice(_THINGS)
    found = f" The {WORD} showed it first." if number % 100 == 0 else ""
    return Anchor(
        identity(number),
        f"Weather_Station_Step_{number:05}_{thing.title()}_Repair",
        made,
        choose.choice(_AUTHORS),
        branch=branch,
        commit=place.commit,
        tree=place.tree,
        patch_id=place.patch_id,
        dirty=number % 3 == 0,
        parents=(parent,) if parent else (),
        source="chat",
        context=" ".join(_sentence(choose) for _ in range(6)) + found,
        milestone="".join(
            f"- ✅ {choose.choice(_DONE).title()} the {choose.choice(_THINGS)} of station {item}, {number} in all\n"
            for item in range(6)
        ),
        next_action=f"Open `{path}`, and find out why the {thing} {choose.choice(_STATES)}.\n{_sentence(choose)}",
        dependencies=(Dependency("PlatformIO 6", "tool"), Dependency(f"`{path}`", "file")),
    )


def _sentence(choose: random.Random) -> str:
    first, second = choose.sample(_THINGS, 2)
    return (
        f"The {first} of station {choose.randrange(8)} {choose.choice(_STATES)} {choose.choice(_WHEN)},"
        f" and the {second} was {choose.choice(_DONE)} {choose.randrange(2, 90)} days ago."
    )
