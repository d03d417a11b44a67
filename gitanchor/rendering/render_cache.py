"""The entries and heads of logs, each rendered once for all worktrees of a clone.

They are cached by the digest of the anchor and by the renderer. Without a valid cached text, they
are rendered.
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
"""The most anchors that are read one by one from the index."""


class Entry(NamedTuple):
    """The facts of an anchor, and its entry in the log, in UTF-8."""

    facts: Facts
    text: bytes

    @property
    def month(self) -> str:
        """The `YEAR-MONTH` of the anchor, in the time zone that it was written in."""
        return self.facts.made.rpartition("-")[0]


class Renderings:
    """Renders with a cache in `database`, or without one if that is None.

    With `anew`, cached texts are not used, but replaced.
    """

    def __init__(self, database: Path | None, *, anew: bool = False) -> None:
        self._database = database
        self._anew = anew

    @cached_property
    def _texts(self) -> Texts | None:
        maker = log_entries.fingerprint()
        return Texts(self._database, "rendered", maker) if self._database and maker else None

    def anew(self) -> "Renderings":
        """Return the same without trust in cached texts, for checks of the log."""
        return Renderings(self._database, anew=True)

    def of(self, listing: Listing) -> list[Entry]:
        """Return all anchors of a listing, newest first, with their entries. Raises BadAnchorFile."""
        facts = listing.facts()
        known = self._known(facts)
        lacking = len(facts) - len(known)
        if lacking == 0:
            return [Entry(item, known[item.digest]) for item in facts]
        anchors = listing.newest()
        return self._completed(anchors if lacking <= _FEW else listing.in_full(anchors), known)

    def header(self, foreword: str = "", older: Sequence[str] = ()) -> str:
        """Return `log_entries.header`, cached."""
        parts = ("log", foreword, *older)
        return self._head(parts, lambda: log_entries.header(foreword, older))

    def page_header(self, month: str, link: str) -> str:
        """Return `log_entries.page_header`, cached."""
        return self._head(("page", month, link), lambda: log_entries.page_header(month, link))

    def _known(self, facts: Sequence[Facts]) -> dict[str, bytes]:
        """Return the cached entries by the digests of their anchors."""
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
                if digest_of(data) == digest:  # else its file has just changed
                    fresh[digest] = text
            entries.append(Entry(stored.facts, text))
        if fresh and self._texts is not None:
            self._texts.keep(fresh, {entry.facts.digest for entry in entries})
        return entries

    def _head(self, parts: Sequence[str], make: Callable[[], str]) -> str:
        """Return the head that is made from some parts, which are the key of the cache."""
        key = f"head {digest_of(repr(parts))}"
        kept = self._texts.known([key]).get(key) if self._texts and not self._anew else None
        if kept is not None:
            return kept.decode()
        head = make()
        if self._texts is not None:
            self._texts.keep({key: head.encode()})
        return head
