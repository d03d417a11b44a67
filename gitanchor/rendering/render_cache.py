"""The entries and heads of logs, each rendered once for all worktrees of a clone.

They are kept in a cache, by the digest of the anchor and by what renders. Without it, or where what it
has is not what it should be, they are rendered.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.rendering import log_entries
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.index.text_cache import Texts
from gitanchor.storage.store import Facts, StoredAnchor, digest_of

_FEW: Final = 100
"""Anchors that are read from the index one by one."""


class Entry(NamedTuple):
    """The facts of an anchor, and its entry in the log, in UTF-8."""

    facts: Facts
    text: bytes

    @property
    def month(self) -> str:
        """`YEAR-MONTH` of the anchor, in the zone that its time was written in."""
        return self.facts.made.rpartition("-")[0]


class Renderings:
    """What is rendered by way of the cache in `database`; None for no cache.

    `anew` believes nothing that is there, and replaces it.
    """

    def __init__(self, database: Path | None, *, anew: bool = False) -> None:
        self._database = database
        self._anew = anew

    @cached_property
    def _texts(self) -> Texts | None:
        maker = log_entries.fingerprint()
        return Texts(self._database, maker) if self._database and maker else None

    def anew(self) -> "Renderings":
        """The same for who wants to know what an anchor gives now, whatever was kept of it."""
        return Renderings(self._database, anew=True)

    def of(self, listing: Listing) -> list[Entry]:
        """All anchors of a listing, newest first, with their entries. Raises BadAnchorFile."""
        facts = listing.facts()
        known = self._known(facts)
        lacking = len(facts) - len(known)
        if lacking == 0:
            return [Entry(item, known[item.digest]) for item in facts]
        anchors = listing.newest()
        return self._completed(anchors if lacking <= _FEW else listing.in_full(anchors), known)

    def header(self, foreword: str = "", older: Sequence[str] = ()) -> str:
        """As `log_entries.header`."""
        parts = ("log", foreword, *older)
        return self._head(parts, lambda: log_entries.header(foreword, older))

    def page_header(self, month: str, link: str) -> str:
        """As `log_entries.page_header`."""
        return self._head(("page", month, link), lambda: log_entries.page_header(month, link))

    def _known(self, facts: Sequence[Facts]) -> dict[str, bytes]:
        """The entries that are kept, by the digests of their anchors."""
        if self._texts is None or self._anew:
            return {}
        begins = {item.digest: log_entries.opening(item.id).encode() for item in facts}
        found = self._texts.known(begins.keys())
        return {key: text for key, text in found.items() if text.startswith(begins[key])}

    def _completed(self, anchors: Iterable[StoredAnchor], known: Mapping[str, bytes]) -> list[Entry]:
        entries = []
        fresh: dict[str, bytes] = {}
        for stored in anchors:
            digest = stored.facts.digest
            text = known.get(digest)
            if text is None:
                data = stored.data
                text = log_entries.entry(stored.anchor).encode()
                if digest_of(data) == digest:  # its file may have changed just now
                    fresh[digest] = text
            entries.append(Entry(stored.facts, text))
        if fresh and self._texts is not None:
            self._texts.keep(fresh, {entry.facts.digest for entry in entries})
        return entries

    def _head(self, parts: Sequence[str], make: Callable[[], str]) -> str:
        """The head that is made of some parts, which tell it from any other."""
        key = f"head {digest_of(repr(parts))}"
        kept = self._texts.known([key]).get(key) if self._texts and not self._anew else None
        if kept is not None:
            return kept.decode()
        head = make()
        if self._texts is not None:
            self._texts.keep({key: head.encode()})
        return head
