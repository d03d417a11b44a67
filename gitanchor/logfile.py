"""The generated log in the worktree: writing it, comparing it, and never losing a hand's work in it.

Its pages of older anchors are parts of it. How it looks is `render`'s business, which entries stand
where that of `pages`, what pasted text means that of `parse`.
"""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

from gitanchor import (
    conflicts,
    files,
    firstform,
    generated,
    knownentries,
    logmemory,
    markdown,
    render,
)
from gitanchor.errors import WrongUsage
from gitanchor.listing import Listing
from gitanchor.pagefiles import PageFiles
from gitanchor.pages import Layout
from gitanchor.renderings import Entry, Renderings
from gitanchor.repository import Repository
from gitanchor.settings import ARCHIVE, Settings
from gitanchor.state import State
from gitanchor.strays import Removals

FINISH: Final = "'git anchor resolve' finishes the merge"
"""What to do about a conflict in the log, be it staged, committed or neither."""

_HAND_KEPT: Final = "this log is kept by hand"


class HandWork(NamedTuple):
    """Something in the log that no render wrote: its line, and what it is."""

    line: int
    what: str


class LogText(NamedTuple):
    """The texts of the log and its pages by their paths, the log first."""

    pages: dict[str, str]

    @property
    def whole(self) -> str:
        """All of them as one text."""
        return "".join(self.pages.values())

    def place(self, line: int) -> str:
        """`path:line` of a line of the whole text, counted from 1."""
        path = ""
        for path, text in self.pages.items():  # noqa: B007 - the last one has what is left
            lines = text.count("\n")
            if line <= lines:
                break
            line -= lines
        return f"{path}:{line}"

    def hand_work(self, foreword: str) -> Iterator[tuple[str, HandWork]]:
        """What no render wrote, with the path that it stands in."""
        for path, text in self.pages.items():
            for found in hand_work(text, foreword):
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
        """`memory` is the file that says what the log shows, `entries` the cache of what was rendered.

        See `logmemory` and `renderings`.
        """
        self.path = layout.path
        self.foreword = foreword
        self._layout = layout
        self._root = root
        self._scratch = scratch
        self._memory = memory
        self.removals: Removals | None = None
        self._files = PageFiles(root, scratch, self._keep)
        self._renderings = Renderings(entries)

    @classmethod
    def of(cls, repository: Repository, state: State, wanted: Settings, foreword: str) -> Self:
        """The log of a worktree, as the team's settings want it."""
        keep = wanted.log_keep if wanted.log_mode == ARCHIVE else None
        layout = Layout(wanted.log, keep, wanted.log_archive)
        memory = state.own / "log-shows"
        log = cls(repository.root, layout, state.scratch, foreword, memory=memory, entries=state.entries)
        log.removals = Removals(repository, state)
        return log

    def read(self) -> LogText | None:
        """The log, line ends as git stores them; None if there is none.

        Raises WrongUsage if a link leads out of the worktree, or a file is no UTF-8.
        """
        texts = {self.path: self._read(self.path), **self._present_pages()}
        present = {path: text for path, text in texts.items() if text is not None}
        if len(present) > 1:  # so that each line of the whole text is of one file
            present = {path: text.rstrip("\n") + "\n" for path, text in present.items()}
        return LogText(present) if present else None

    def work_in(self, text: LogText, listing: Listing) -> Iterator[tuple[str, HandWork]]:
        """What no render of the anchors gives: the work of hands, and what has no anchor file."""
        yield from text.hand_work(self.foreword)
        yield from self.strays(text, listing)

    def strays(self, text: LogText, listing: Listing) -> Iterator[tuple[str, HandWork]]:
        """The entries that are all that is left of their anchors, with the path that each stands in."""
        for path, page in text.pages.items():
            for block in self.lost_in(page, listing):
                yield path, _stray(block)

    def lost_in(self, page: str, listing: Listing) -> list[generated.Block]:
        """Such entries of a text that is or was the log, or a page of older anchors."""
        known = {facts.id for facts in listing.facts()}
        return self.removals.lost(page.split("\n"), known) if self.removals else []

    def among(self, paths: Iterable[str]) -> list[str]:
        """Those of some paths that are the log or a page of older anchors."""
        folder = f"{self._layout.archive}/"
        return [
            path
            for path in paths
            if path == self.path
            or (path.startswith(folder) and self._layout.may_be_page(path.removeprefix(folder)))
        ]

    def marked(self) -> list[str]:
        """The files of the log that hold conflict markers."""
        text = self.read()
        return self.marked_in(text.pages) if text else []

    @staticmethod
    def marked_in(pages: Mapping[str, str]) -> list[str]:
        """Those of some texts of the log, by path, that hold conflict markers."""
        return [path for path, page in pages.items() if has_conflict(page)]

    def _present_pages(self, known: Collection[str] = ()) -> dict[str, str]:
        """The pages of older anchors that are there, newest first, needed or not, but for known ones."""
        folder = self._layout.archive
        if not folder or not (self._root / folder).is_dir() or (self._root / folder).is_symlink():
            return {}
        names = (file.name for file in (self._root / folder).iterdir())
        paths = (
            f"{folder}/{name}" for name in sorted(names, reverse=True) if self._layout.may_be_page(name)
        )
        texts = {path: self._read(path) for path in paths if path not in known}
        return {path: text for path, text in texts.items() if text and render.is_page(text)}

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
        """Bring the log up to date if anchors were only added; return the paths that this changed.

        None if more has changed than that, or might have: then nothing is written, but `write` can.
        """
        target = self._root / self.path
        present = logmemory.shown(target, self._memory) if self._memory else None
        if present is None or self._layout.keep is not None or not files.is_below(self._root, self.path):
            return None
        wanted = listing.states()
        change = logmemory.change(present, wanted, listing, self.foreword)
        if change is None or change.before == change.after:
            return None if change is None else []
        if not self._files.change(self.path, change):
            return None
        self._remember(wanted)
        return [self.path]

    def _keep(self, path: str, text: bytes) -> None:
        if self.removals is not None:
            self.removals.state.journal("replace", path, text)

    def _remember(self, states: str) -> None:
        if self._memory is not None:
            logmemory.remember(self._root / self.path, states, self._memory, self._scratch)

    def write(self, listing: Listing, *, over: Mapping[str, str]) -> list[str]:
        """Bring the log up to date; return the paths that this changed, the log last.

        Raises WrongUsage, and writes nothing, if that would lose what a person put into it; unless a
        file holds the text that `over` has for its path, which was taken in before.
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
        """The text that the log and its pages should have, as one."""
        return "".join(self._wanted(listing, self._renderings).values())

    def _wanted(self, listing: Listing, renderings: Renderings) -> dict[str, str]:
        contents = self._layout.pages(renderings.of(listing), self.foreword, renderings)
        return {path: content.decode() for path, content in contents.items()}

    def put_back(self, texts: Mapping[str, str], over: Mapping[str, str]) -> list[str]:
        """Give files the texts that they had before a hand's work, which `over` has, was taken in.

        Returns the paths that this changed: a file that holds something else by now stays.
        """
        present = self._present()
        changed = [path for path in texts if is_same(present.get(path, ""), over.get(path))]
        for path in changed:
            self._files.put(path, texts[path].encode())
        return changed

    def _present(self, known: Collection[str] = ()) -> dict[str, str]:
        """The texts of the log and its pages, but for those that are known."""
        text = self._read(self.path) if self.path not in known else None
        return self._present_pages(known) | ({} if text is None else {self.path: text})

    def _is_there(self, path: str) -> bool:
        return (self._root / path).exists() and path != self.path

    def _drop(self, paths: Collection[str]) -> list[str]:
        """Remove pages whose months have no older anchors any more."""
        for path in paths:
            self._files.drop(path)
        return sorted(paths)

    def _refuse_hand_work(self, path: str, text: str, entries: Sequence[Entry]) -> None:
        """Raise WrongUsage if the log holds a hand's work, or all that is left of an anchor.

        What only a formatter did is no hand's. The rest of an anchor is in the journal then.
        """
        refuse_conflict(text, path)
        known = {entry.facts.id: entry.text.decode() for entry in entries}
        found = hand_work(text, self.foreword)
        if found and knownentries.is_only_formatted(text, self.foreword, known):
            found = []
        if not found and self.removals is not None:
            lines = text.split("\n")
            strays = self.removals.lost(lines, known)
            self.removals.keep(path, lines, strays)
            found = [*map(_stray, strays)]
        if found:
            raise WrongUsage(
                f"{path}:{found[0].line}: {found[0].what}; take it in with"
                f" 'git anchor {'import ' + path if found[0].what == _HAND_KEPT else 'absorb'}'"
            )

    def difference(self, listing: Listing, *, anew: bool = False) -> str:
        """A unified diff from the log as it is to the log as it should be; empty if they agree.

        `anew` renders all for that, whatever is kept of earlier renders.
        """
        present = self._present()
        expected = self._wanted(listing, self._renderings.anew() if anew else self._renderings)
        return "".join(
            _difference(path, present.get(path, ""), expected.get(path, ""))
            for path in dict.fromkeys([*expected, *present])
        )


def is_same(text: str, other: str | None) -> bool:
    """Whether two texts are the same, but for line breaks at their ends; see `LogFile.read`."""
    return other is not None and text.rstrip("\n") == other.rstrip("\n")


def _difference(path: str, present: str, expected: str) -> str:
    if present == expected:
        return ""
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(
            present.splitlines(keepends=True),
            expected.splitlines(keepends=True),
            f"a/{path}",
            f"b/{path}",
        )
    )


def hand_work(text: str, foreword: str = "") -> list[HandWork]:
    """What in a log was not written by a render: its head, entries or changes to entries."""
    if not text.strip():
        return []
    from gitanchor import mending, restoring  # and the parser, which who touched no log does not need

    lines = text.split("\n")
    conflict = _conflict(lines)
    if conflict is not None:
        return [HandWork(conflict + 1, "a conflict marker")]
    head = firstform.header_over(lines, foreword).split("\n")
    blocks = generated.blocks(lines)
    found = []
    start = len(head)
    if lines[: len(head)] != head:
        pairs = zip(lines, head, strict=False)
        changed = next((n for n, pair in enumerate(pairs) if pair[0] != pair[1]), len(lines) - 1)
        if not any(map(mending.is_ours, restoring.comments(lines))):
            return [HandWork(changed + 1, _HAND_KEPT)]
        found.append(HandWork(changed + 1, "the head of the log was changed by hand"))
        start = blocks[0].begin if blocks else len(lines)
    for block in blocks:
        found += _added(lines, start, block.begin)
        if block.edited:
            found.append(HandWork(block.begin + 1, f"entry {block.id} was changed by hand"))
        start = block.end + 1
    return [*found, *_added(lines, start, len(lines))]


def _stray(block: generated.Block) -> HandWork:
    return HandWork(block.begin + 1, f"entry {block.id} has no anchor file")


def has_conflict(text: str) -> bool:
    """Whether a log holds the conflict of an unfinished merge."""
    return first_conflict(text) is not None


def first_conflict(text: str) -> int | None:
    """The line of the first conflict marker in a log, from 1; None if there is none."""
    found = _conflict(text.split("\n"))
    return None if found is None else found + 1


def is_hand_kept(text: str) -> bool:
    """Whether a log was never generated: it has no entry and no head of ours."""
    return any(work.what == _HAND_KEPT for work in hand_work(text)[:1])


def refuse_conflict(text: str, name: str, advice: str = FINISH) -> None:
    """Raise WrongUsage, with advice, if a log holds the conflict of an unfinished merge."""
    conflict = first_conflict(text)
    if conflict is not None:
        raise WrongUsage(f"{name}:{conflict}: a conflict marker; {advice}")


def _conflict(lines: Sequence[str]) -> int | None:
    """The first conflict marker, counted from 0.

    In the text of an anchor the one that starts a conflict stands in a fence; the others are text as
    long as no hand changed their entry.
    """
    labelled = tuple(f"{marker} " for marker in (conflicts.START, conflicts.BASE, conflicts.END))
    if not any(line.startswith(labelled) for line in lines):  # saves a look at each fence
        return None
    blocks = [block for block in generated.blocks(lines) if not block.edited]
    text = {number for block in blocks for number in range(block.begin, block.end + 1)}
    fence = markdown.Fence()
    for number, line in enumerate(lines):
        if fence.holds(line):
            continue
        if line.startswith(generated.CONFLICT) or (line.startswith(labelled) and number not in text):
            return number
    return None


def _added(lines: Sequence[str], start: int, end: int) -> list[HandWork]:
    """What stands between entries, where nothing stands in a log that was not touched."""
    for number in range(start, end):
        if generated.begins(lines[number]):
            return [HandWork(number + 1, "an entry has lost its closing comment")]
        if lines[number].strip() and lines[number] != render.END:
            return [HandWork(number + 1, "text was added by hand")]
    return []
