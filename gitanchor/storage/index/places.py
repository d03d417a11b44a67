"""Where anchors lie: in this worktree, in other worktrees, on branches; and how to get there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import StoredAnchor

_SHOWN: Final = 3
"""Places that a line names. git's decorations name them all, but an anchor may have hundreds."""


class Everywhere(NamedTuple):
    """The anchors of a clone, and where they lie.

    `places` says where an anchor lies, by its id, if it is not in this worktree: in branches, by their
    short names, and in the folders of other worktrees; the first of them holds it as it is given here.
    `lacking` names what this clone does not have, because it is a partial one or damaged. `local` are
    the places that are local branches.
    """

    listing: Listing
    places: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    lacking: tuple[str, ...] = ()
    local: frozenset[str] = frozenset()

    @property
    def anchors(self) -> tuple[StoredAnchor, ...]:
        """All of the anchors, newest first."""
        return self.listing.anchors

    def first_place(self, anchor_id: str) -> str | None:
        """The place that holds an anchor as it is given here; None if that is this worktree."""
        return next(iter(self.places.get(anchor_id, ())), None)

    def decoration(self, anchor_id: str, told: str | None = None) -> str:
        """Where an anchor lies, as git decorates a commit: ` (feature)`; empty if it is here.

        `told` is a branch that has been named beside it, and is not named again.
        """
        places = [place for place in self.places.get(anchor_id, ()) if place != told]
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        return f" ({', '.join(places[:_SHOWN])}{more})" if places else ""

    def way_to(self, anchor_id: str) -> Iterator[str]:
        """What to tell people of an anchor that is not here: where it is, and how to get there."""
        places = self.places.get(anchor_id, ())
        if not places:
            return
        if is_folder(places[0]):
            yield f"it is in the worktree {places[0]} only; go on there, or commit it"
            return
        local = next((place for place in places if place in self.local), None)
        name = local or places[0].partition("/")[2]
        yield f'it is on {places[0]}, not here; "git switch {name}" goes there'


def is_folder(place: str) -> bool:
    """Whether a place is a worktree's folder. No branch has a name like an absolute path."""
    return Path(place).is_absolute()
