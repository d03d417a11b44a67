"""The files that are generated beside the log: writing and comparing them, without losing hand edits.

`output_parts` finds what in them is generated, `rendering.handoff_files` decides what that should be.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from gitanchor.log import foreign_text, known_entries, output_parts
from gitanchor.log.foreign_text import HandWork
from gitanchor.log.log_file import LogFile, difference_of, is_same
from gitanchor.log.output_parts import AsLog, Parts
from gitanchor.log.page_files import PageFiles
from gitanchor.model.descent import Descent
from gitanchor.model.errors import WriteFailed, WrongUsage
from gitanchor.rendering import handoff_files, log_entries
from gitanchor.storage.config import AGENTS
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import StoredAnchor


class Output(NamedTuple):
    """One file: its path, what it is, its present text (None if there is no file), and its parts."""

    path: str
    kind: str
    text: str | None
    parts: Parts

    def wanted(self, entry: str | None) -> str:
        """Return the text that the file should have if it shows this entry."""
        if self.kind == AGENTS:
            return self.parts.with_block(handoff_files.block(entry))
        return handoff_files.snapshot(entry)

    def is_current(self, entry: str | None) -> bool:
        """Whether the file shows this entry already, whatever its line breaks."""
        make = handoff_files.block if self.kind == AGENTS else handoff_files.snapshot
        return self.parts.shows(make(entry))

    def before(self, was: str) -> str | None:
        """Return what was generated in another version of the file; None if nothing was."""
        with contextlib.suppress(WrongUsage):
            generated = Parts.of(was, self.kind, self.path).generated
            return generated and generated.replace("\r\n", "\n")
        return None

    def keeps_text_around(self, was: str | None) -> bool:
        """Whether what is around the generated part is as it was in another version; None is no file."""
        try:
            before = Parts.of(was or "", self.kind, self.path)
        except WrongUsage:
            return False
        return self.text is not None and self.parts.around == before.around

    @property
    def own_lines(self) -> list[str]:
        """The lines of the file, but blank ones for those of people around what is generated."""
        return output_parts.lines_of(self.parts)

    def as_log(self, foreword: str) -> AsLog:
        """Return what is generated in the file as a log; see `output_parts.as_log`."""
        return output_parts.as_log(self.parts, self.path, foreword)


class OutputFiles:
    """The files beside the log of one worktree. `outputs` maps their paths to what they are."""

    def __init__(self, root: Path, scratch: Path, log: LogFile, outputs: Mapping[str, str]) -> None:
        self._log = log
        self._outputs = outputs
        setting = "path below 'outputs'"
        advice = "name what it leads to below 'outputs'"  # people link AGENTS.md to another file
        self._files = PageFiles(root, scratch, log.keep, setting, advice)

    def read(self) -> Iterator[Output]:
        """Yield the files as they are. Raises WrongUsage, as does `of`."""
        yield from map(self.of, self._outputs)

    def readable(self) -> Iterator[Output]:
        """Yield those files that can be read, as they are."""
        for path in self._outputs:
            with contextlib.suppress(WrongUsage):
                yield self.of(path)

    def of(self, path: str) -> Output:
        """Return one file as it is.

        Raises WrongUsage if it is not UTF-8, is no snapshot of ours, or has no whole block.
        """
        kind = self._outputs[path]
        content = self._files.content(path)
        try:
            text = None if content is None else content.decode()
        except UnicodeDecodeError as error:
            raise WrongUsage(f"'{path}' is not UTF-8 at byte {error.start}; move it away") from None
        foreign_text.refuse_conflict((text or "").replace("\r\n", "\n"), path)
        if kind != AGENTS and output_parts.is_foreign(text or ""):
            raise WrongUsage(
                f"{path}:1: this file is kept by hand; take it in with 'git anchor import {path}',"
                " move it away, then 'git anchor render' writes it"
            )
        return Output(path, kind, text, Parts.of(text or "", kind, path))

    def work_in(self, output: Output, listing: Listing) -> Iterator[HandWork]:
        """Yield what no render of the anchors gives in a file; see `LogFile.work_in`."""
        if output.parts.generated is None:
            return
        shown = output.as_log(self._log.foreword)
        yield from shown.hand_work(self._log.foreword)
        for block in self._log.lost_in(shown.text, listing):
            work = foreign_text.stray(block)
            yield work._replace(line=work.line - shown.shift)

    def write(self, listing: Listing, *, over: Mapping[str, str], refused: list[str]) -> list[str]:
        """Bring the files up to date; return the changed paths.

        A file that would lose what a person wrote stays as it is, and `refused` gets a sentence on it.
        One whose present text is the one in `over`, by path, may be overwritten.
        """
        entry = self.entry(listing)
        changed = []
        for path in self._outputs:
            try:
                output = self.of(path)
                if output.is_current(entry):
                    continue
                if output.text is not None and not is_same(output.text, over.get(path)):
                    self._refuse_hand_work(output, listing)
                self._files.put(path, output.wanted(entry).encode())
            except (WrongUsage, WriteFailed) as problem:
                refused.append(str(problem))
                continue
            changed.append(path)
        return changed

    def put_back(self, committed: Mapping[str, str], over: Mapping[str, str]) -> list[str]:
        """Restore what was generated in files before hand edits, which `over` has, were absorbed.

        `committed` has the files as they were. Returns the changed paths.
        """
        changed = []
        for output in self.readable():
            before = output.before(committed.get(output.path, ""))
            if before is None or output.text is None or not is_same(output.text, over.get(output.path)):
                continue
            text = before if output.kind != AGENTS else output.parts.with_block(before)
            self._files.put(output.path, text.encode())
            changed.append(output.path)
        return changed

    def difference(self, listing: Listing) -> str:
        """Return a unified diff from the files to what they should be. Raises WrongUsage, as `of`."""
        entry = self.entry(listing)
        return "".join(
            difference_of(output.path, output.text or "", output.wanted(entry))
            for output in self.read()
            if not output.is_current(entry)
        )

    def entry(self, listing: Listing) -> str | None:
        """Return the entry that the files show; None if no anchor is open."""
        found = newest_open(listing)
        return None if found is None else log_entries.entry(found.anchor)

    def _refuse_hand_work(self, output: Output, listing: Listing) -> None:
        """Raise WrongUsage if a file has hand work, or all that is left of an anchor."""
        found = next(self.work_in(output, listing), None)
        if found is None or self._is_only_formatted(output, listing):
            return
        raise WrongUsage(
            f"{output.path}:{found.line}: {found.what}; take it in with 'git anchor absorb'"
        )

    def _is_only_formatted(self, output: Output, listing: Listing) -> bool:
        """Whether a file differs only in its formatting from one that shows a present anchor."""
        shown = output.as_log(self._log.foreword).text
        ids = output_parts.ids_in(shown)
        anchors = [listing.with_id(anchor_id) for anchor_id in ids]
        known = {item.facts.id: log_entries.entry(item.anchor) for item in anchors if item is not None}
        return known_entries.is_only_formatted(shown, self._log.foreword, known)


def newest_open(listing: Listing) -> StoredAnchor | None:
    """Return the newest anchor that is neither done nor superseded, by the anchor files alone.

    What its conditions say does not count, as that depends on the branches of a clone.
    """
    newest = next(iter(listing.newest(limit=1)), None)
    if newest is None or (newest.facts.is_open and not listing.has_children(newest.facts.id)):
        return newest
    anchors = listing.newest()
    children = Descent({item.facts.id: item.facts.parents.split() for item in anchors}).children
    leaves = (item for item in anchors if not children[item.facts.id])
    return next((item for item in leaves if item.facts.is_open or item.anchor.status == "open"), None)
