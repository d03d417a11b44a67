"""What git says of the files below `.anchors`: what it tracks, and which files differ from that.

It looks at thousands of files while Python is still loading, and sees what was written in place, too.
"""

import time
from typing import Final, NamedTuple

from gitanchor.git import prefetch
from gitanchor.git.repository import Repository
from gitanchor.model.digests import blake2

_PLAIN: Final = b"H "
"""The letter before an entry that git looks at: not skipped, assumed unchanged or in conflict."""


class State(NamedTuple):
    """One digest of all that is tracked, and the paths of the files that are not as it is tracked.

    `began` is when git began to look, in nanoseconds since the epoch: it may have missed what changed
    then.
    """

    digest: str
    apart: frozenset[str]
    began: int


def look(repository: Repository) -> State | None:
    """The state of the files now; None where git cannot tell, or was told to look away."""
    began = prefetch.began() or time.time_ns()
    listed, differing = repository.gather_bytes(*prefetch.TRACKED)
    if listed is None or differing is None:
        return None
    if listed and (not listed.startswith(_PLAIN) or listed.count(b"\0H ") != listed.count(b"\0") - 1):
        return None
    names = differing.decode("utf-8", "surrogateescape").split("\0")
    digest = blake2(listed, 16)
    return State(digest, frozenset(filter(None, names)), began)
