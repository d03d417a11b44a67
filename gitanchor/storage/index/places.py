"""The places of anchors: this worktree, other worktrees and branches; and how to get there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import StoredAnchor

_SHOWN: Final = 3
"""Most places that a line names. git's decorations name all, but an anchor may have hundreds."""


class Everywhere(NamedTuple):
    """The anchors of a clone, and the places of those that are not in this worktree.

    `places` maps ids to places: branches, by their short names, and the folders of other worktrees. The
    anchor in `listing` is the one of the first place. `lacking` names what this clone does not have,
    because it is partial or damaged. `local` are the places that are local branches.
    """

    listing: Listing
    places: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    lacking: tuple[str, ...] = ()
    local: frozenset[str] = frozenset()

    @property
    def anchors(self) -> tuple[StoredAnchor, ...]:
        """All anchors, newest first."""
        return self.listing.anchors

    def first_place(self, anchor_id: str) -> str | None:
        """Return the place of the anchor in `listing`; None if that is this worktree."""
        return next(iter(self.places.get(anchor_id, ())), None)

    def decoration(self, anchor_id: str, told: str | None = None) -> str:
        """Return the places of an anchor as git decorates a commit: ` (feature)`; empty if it is here.

        `told` is a branch that the line already names, and which is not repeated.
        """
        places = [place for place in self.places.get(anchor_id, ()) if place != told]
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        return f" ({', '.join(places[:_SHOWN])}{more})" if places else ""

    def way_to(self, anchor_id: str) -> Iterator[str]:
        """Yield a message about an anchor that is not here: where it is, and how to get there."""
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
    """Return whether a place is the folder of a worktree. No branch is named like an absolute path."""
    return Path(place).is_absolute()
