"""The generated log in the worktree: writing and comparing it, without ever losing a person's edits.

The pages of older anchors are parts of it. `rendering.log_entries` decides how an entry looks,
`pages` decides where it goes, and `parsing.parse` decides what pasted text means.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from gitanchor.git.repository import Repository
from gitanchor.log import foreign_text, splice
from gitanchor.log.foreign_text import HandWork
from gitanchor.log.page_files import PageFiles
from gitanchor.log.pages import Layout
from gitanchor.log.strays import Removals
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing import log_format
from gitanchor.rendering import log_entries
from gitanchor.rendering.render_cache import Entry, Renderings
from gitanchor.storage import safe_open
from gitanchor.storage.config import ARCHIVE, Settings
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.state import State


class LogText(NamedTuple):
    """The text of the log and of each of its pages, by path, the log first.

    In the file, a line has the number that it has here, less `shift`.
    """

    pages: dict[str, str]
    shift: int = 0

    @property
    def whole(self) -> str:
        """The log and all pages as one text."""
        return "".join(self.pages.values())

    def place(self, line: int) -> str:
        """Return the `path:line` of a line of the whole text, counted from 1."""
        path = ""
        for path, text in self.pages.items():  # noqa: B007 - the last one has what is left
            lines = text.count("\n")
            if line <= lines:
                break
            line -= lines
        return f"{path}:{line - self.shift}"

    def hand_work(self, foreword: str) -> Iterator[tuple[str, HandWork]]:
        """Yield what no render wrote, each with the path of its file."""
        for path, text in self.pages.items():
            for found in foreign_text.hand_work(text, foreword):
                yield path, found


class LogFile:
    """The log of one worktree. All paths are relative to its top, with forward slashes."""

    def __init__(
        self,
        root: Path,
        layout: Layout,
        scratch: Path,
        foreword: str = "",
        *,
        memory: Path | None = None,
        entries: Path | None = None,
    ) -> None:
        """Take the paths of the log's caches, besides its place and layout.

        `memory` is the file that records what the log shows (see `splice`), `entries` the cache of
        rendered entries (see `render_cache`).
        """
        self.path = layout.path
        self.foreword = foreword
        self._layout = layout
        self._root = root
        self._scratch = scratch
        self._memory = memory
        self.removals: Removals | None = None
        self._files = PageFiles(root, scratch, self.keep)
        self._renderings = Renderings(entries)

    @classmethod
    def of(cls, repository: Repository, state: State, wanted: Settings, foreword: str) -> Self:
        """Return the log of a worktree, according to the team's settings."""
        keep = wanted.log_keep if wanted.log_mode == ARCHIVE else None
        layout = Layout(wanted.log, keep, wanted.log_archive)
        memory = state.own / "log-shows"
        log = cls(repository.root, layout, state.scratch, foreword, memory=memory, entries=state.cache)
        log.removals = Removals(repository, state)
        return log

    def read(self) -> LogText | None:
        """Return the text of the log, line ends as git stores them; None if there is no log.

        Raises WrongUsage if a link leads out of the worktree, or a file is not UTF-8.
        """
        texts = {self.path: self._read(self.path), **self._present_pages()}
        present = {path: text for path, text in texts.items() if text is not None}
        if len(present) > 1:  # so that no line of the whole text spans two files
            present = {path: text.rstrip("\n") + "\n" for path, text in present.items()}
        return LogText(present) if present else None

    def work_in(self, text: LogText, listing: Listing) -> Iterator[tuple[str, HandWork]]:
        """Yield what no render of the anchors gives: hand work, and entries without an anchor file."""
        yield from text.hand_work(self.foreword)
        yield from self.strays(text, listing)

    def strays(self, text: LogText, listing: Listing) -> Iterator[tuple[str, HandWork]]:
        """Yield the entries that are all that is left of their anchors, each with its file's path."""
        for path, page in text.pages.items():
            for block in self.lost_in(page, listing):
                yield path, foreign_text.stray(block)

    def lost_in(self, page: str, listing: Listing) -> list[log_format.Block]:
        """Return such entries in one version, present or former, of a file of the log."""
        known = {facts.id for facts in listing.facts()}
        return self.removals.lost(page.split("\n"), known) if self.removals else []

    def among(self, paths: Iterable[str]) -> list[str]:
        """Return those of some paths that are the log or a page of older anchors."""
        folder = f"{self._layout.archive}/"
        return [
            path
            for path in paths
            if path == self.path
            or (path.startswith(folder) and self._layout.may_be_page(path.removeprefix(folder)))
        ]

    def marked(self) -> list[str]:
        """Return the files of the log that contain conflict markers."""
        text = self.read()
        return self.marked_in(text.pages) if text else []

    @staticmethod
    def marked_in(pages: Mapping[str, str]) -> list[str]:
        """Return the paths of those of some files of the log that contain conflict markers."""
        return [path for path, page in pages.items() if foreign_text.has_conflict(page)]

    def _present_pages(self, known: Collection[str] = ()) -> dict[str, str]:
        """Return the pages of older anchors that exist, newest first, except known ones."""
        folder = self._layout.archive
        if not folder or not (self._root / folder).is_dir() or (self._root / folder).is_symlink():
            return {}
        names = (file.name for file in (self._root / folder).iterdir())
        paths = (
            f"{folder}/{name}" for name in sorted(names, reverse=True) if self._layout.may_be_page(name)
        )
        texts = {path: self._read(path) for path in paths if path not in known}
        return {path: text for path, text in texts.items() if text and log_entries.is_page(text)}

    def _read(self, path: str) -> str | None:
        content = self._files.content(path)
        try:
            return None if content is None else content.decode().replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise WrongUsage(
                f"'{path}' is not UTF-8 at byte {error.start}, so it was not written by"
                " git anchor; move it away, or import it once it is UTF-8"
            ) from None

    def add(self, listing: Listing) -> list[str] | None:
        """Bring the log up to date if anchors were only added; return the changed paths.

        Returns None, and writes nothing, if anything else has changed or might have. `write`
        handles that.
        """
        target = self._root / self.path
        present = splice.shown(target, self._memory) if self._memory else None
        if (
            present is None
            or self._layout.keep is not None
            or not safe_open.is_below(self._root, self.path)
        ):
            return None
        wanted = listing.states()
        change = splice.change(present.states, wanted, listing, self.foreword)
        if change is None or change.before == change.after:
            return None if change is None else []
        if not self._files.change(self.path, change, present.file):
            return None
        self._remember(wanted)
        return [self.path]

    def keep(self, path: str, text: bytes) -> None:
        """Keep what another program saved while a file was replaced."""
        if self.removals is not None:
            self.removals.state.journal("replace", path, text)

    def _remember(self, states: str) -> None:
        file = self._files.seen(self.path)
        if self._memory is not None and file is not None:
            shown = splice.Shown(states, file)
            splice.remember(self._root / self.path, shown, self._memory, self._scratch)

    def write(self, listing: Listing, *, over: Mapping[str, str]) -> list[str]:
        """Bring the log up to date; return the changed paths, the log last.

        Raises WrongUsage, and writes nothing, if that would lose what a person wrote into it. A
        file whose present text is the one in `over`, by path, may be overwritten: that text was
        absorbed before.
        """
        entries = self._renderings.of(listing)
        wanted = self._layout.pages(entries, self.foreword, self._renderings)
        same = {path for path, content in wanted.items() if self._files.content(path) == content}
        present = self._present(same)
        stale = {path for path, text in present.items() if text.encode() != wanted.get(path)}
        for path in sorted(stale):
            if not is_same(present[path], over.get(path)):
                self._refuse_hand_work(path, present[path], entries)
        missing = [path for path in wanted if path not in present and path not in same]
        foreign = next(filter(self._is_there, missing), None)
        if foreign is not None:
            raise WrongUsage(f"'{foreign}' was not written by git anchor; move it away")
        changed = [path for path in wanted if path in missing or path in stale]
        for path in changed:
            self._files.put(path, wanted[path])
        dropped = self._drop(set(present).difference(wanted))
        self._remember("\n".join(entry.facts.state for entry in entries))
        return [*dropped, *changed]

    def rendered(self, listing: Listing) -> str:
        """Return the text that the log and its pages should have, as one."""
        return "".join(self._wanted(listing, self._renderings).values())

    def _wanted(self, listing: Listing, renderings: Renderings) -> dict[str, str]:
        contents = self._layout.pages(renderings.of(listing), self.foreword, renderings)
        return {path: content.decode() for path, content in contents.items()}

    def put_back(self, texts: Mapping[str, str], over: Mapping[str, str]) -> list[str]:
        """Restore the texts that files had before hand work, which `over` has, was absorbed.

        Returns the changed paths. A file that no longer holds the text in `over` stays as it is.
        """
        present = self._present()
        changed = [path for path in texts if is_same(present.get(path, ""), over.get(path))]
        for path in changed:
            self._files.put(path, texts[path].encode())
        return changed

    def _present(self, known: Collection[str] = ()) -> dict[str, str]:
        """Return the texts of the log and its pages, except known ones."""
        text = self._read(self.path) if self.path not in known else None
        return self._present_pages(known) | ({} if text is None else {self.path: text})

    def _is_there(self, path: str) -> bool:
        return (self._root / path).exists() and path != self.path

    def _drop(self, paths: Collection[str]) -> list[str]:
        """Remove the pages of months that no longer have older anchors."""
        for path in paths:
            self._files.drop(path)
        return sorted(paths)

    def _refuse_hand_work(self, path: str, text: str, entries: Sequence[Entry]) -> None:
        """Raise WrongUsage if the log contains hand work, or all that is left of an anchor.

        Changes of a formatter do not count as hand work. What is left of an anchor goes into the
        journal.
        """
        foreign_text.refuse_conflict(text, path)
        known = {entry.facts.id: entry.text.decode() for entry in entries}
        found = foreign_text.hand_work(text, self.foreword)
        if found:
            from gitanchor.log import known_entries

            if known_entries.is_only_formatted(text, self.foreword, known):
                found = []
        if not found and self.removals is not None:
            lines = text.split("\n")
            strays = self.removals.lost(lines, known)
            self.removals.keep(path, lines, strays)
            found = [*map(foreign_text.stray, strays)]
        if found:
            command = f"import {path}" if found[0].what == foreign_text.HAND_KEPT else "absorb"
            raise WrongUsage(
                f"{path}:{found[0].line}: {found[0].what}; take it in with 'git anchor {command}'"
            )

    def difference(self, listing: Listing, *, anew: bool = False) -> str:
        """Return a unified diff from the present log to the one that should be; empty if they agree.

        `anew` renders all entries, without the cache of earlier renders.
        """
        present = self._present()
        expected = self._wanted(listing, self._renderings.anew() if anew else self._renderings)
        return "".join(
            difference_of(path, present.get(path, ""), expected.get(path, ""))
            for path in dict.fromkeys([*expected, *present])
        )


def is_same(text: str, other: str | None) -> bool:
    """Whether two texts are equal, apart from line breaks at their ends; see `LogFile.read`."""
    return other is not None and text.rstrip("\n") == other.rstrip("\n")


def difference_of(path: str, present: str, expected: str) -> str:
    """Return a unified diff between two texts of a file; empty if they are the same."""
    if present == expected:
        return ""
    import difflib

    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(
            present.splitlines(keepends=True),
            expected.splitlines(keepends=True),
            f"a/{path}",
            f"b/{path}",
        )
    )
