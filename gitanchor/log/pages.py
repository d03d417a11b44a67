"""Divide the entries between the log and the pages of older anchors. No input or output."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from gitanchor.model.lazy_re import late
from gitanchor.rendering import log_entries
from gitanchor.rendering.render_cache import Entry, Renderings

_NAME: Final = late(r"\d{4}-\d{2}\.md")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where entries go, as paths from the top of the worktree.

    The log at `path` has the newest `keep` entries, or all if `keep` is None. The folder `archive`
    has a page for each month of the others.
    """

    path: str
    keep: int | None = None
    archive: str = ""

    def pages(self, entries: Sequence[Entry], foreword: str, renderings: Renderings) -> dict[str, bytes]:
        """Return the content of each page and, last, of the log, by path; `entries` are newest first."""
        older = entries[self.keep :] if self.keep is not None else ()
        months: dict[str, list[bytes]] = {}
        for entry in older:
            months.setdefault(entry.month, []).append(entry.text)
        back = f"[{posixpath.basename(self.path)}]({_link(self.path, self.archive)})"
        contents = {
            self._page(month): log_entries.joined(renderings.page_header(month, back), months[month])
            for month in sorted(months, reverse=True)
        }
        folder = posixpath.dirname(self.path)
        links = [
            log_entries.older_link(month, _link(self._page(month), folder))
            for month in sorted(months, reverse=True)
        ]
        head = renderings.header(foreword, links)
        return contents | {
            self.path: log_entries.joined(head, (entry.text for entry in entries[: self.keep]))
        }

    def _page(self, month: str) -> str:
        return posixpath.join(self.archive, f"{month}.md")

    def may_be_page(self, name: str) -> bool:
        """Whether a file of the archive folder has the name of a page."""
        return _NAME.fullmatch(name) is not None


def _link(path: str, folder: str) -> str:
    """Return a path as a link from a file in a folder, both given from the top of the worktree."""
    return quote(posixpath.relpath(path, folder or "."))
