"""What git tracks below `.anchors`, and which files differ from that.

git checks thousands of files while Python is still loading, and notices files written in place.
"""

import time
from typing import Final, NamedTuple

from gitanchor.git import prefetch
from gitanchor.git.repository import Repository
from gitanchor.model.digests import blake2

_PLAIN: Final = b"H "
"""The letter before an entry that git checks: not skipped, assumed unchanged or in conflict."""


class State(NamedTuple):
    """A digest of all that is tracked, and the paths of the files that differ from it (`apart`).

    `began` is when git started, in nanoseconds since the epoch: it may have missed changes after that.
    """

    digest: str
    apart: frozenset[str]
    began: int


def look(repository: Repository) -> State | None:
    """Ask git for the state of the files; None if it cannot tell, or was told not to check some."""
    began = prefetch.began() or time.time_ns()
    listed, differing = repository.gather_bytes(*prefetch.TRACKED)
    if listed is None or differing is None:
        return None
    if listed and (not listed.startswith(_PLAIN) or listed.count(b"\0H ") != listed.count(b"\0") - 1):
        return None
    names = differing.decode("utf-8", "surrogateescape").split("\0")
    digest = blake2(listed, 16)
    return State(digest, frozenset(filter(None, names)), began)
