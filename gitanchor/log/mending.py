"""Restore the comments of entries in a generated log that people or formatters changed.

Separates the lines that only a render writes from what people put between them, so that `parse`
reads only the latter. `log_format` finds whole entries, and `insertions` finds inserted ones.
"""

import dataclasses
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gitanchor.log import formatters, insertions, restoring
from gitanchor.log.insertions import Source
from gitanchor.log.known_entries import KnownEntries
from gitanchor.model import markdown
from gitanchor.model.anchor import Anchor
from gitanchor.model.draft import Parsed, Remark
from gitanchor.parsing import log_format, parse, times
from gitanchor.rendering import first_form, log_entries

_WRITTEN: Final = "<!-- Written by 'git anchor render'"
"""How the last line of the head starts; no log that people keep by hand has it."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The lines of a log, each with its number in the original text, which the `remarks` use, too.

    `foreword` are the numbers of the lines between its marks, `ours` those of all lines that were
    left out because a render writes them. `formatted` says that a formatter is known to have
    changed the log.
    """

    sources: tuple[Source, ...]
    foreword: range = range(0)
    ours: frozenset[int] = frozenset()
    remarks: tuple[Remark, ...] = ()
    formatted: bool = False

    @property
    def lines(self) -> list[str]:
        """The lines without their numbers."""
        return [text for _, text in self.sources]

    def told(self, parsed: Parsed) -> Parsed:
        """Add to what was parsed an account of the lines that were left out before."""
        remarks = sorted([*parsed.remarks, *self.remarks], key=lambda remark: remark.first)
        return Parsed(parsed.drafts, tuple(remarks))


def is_ours(line: str) -> bool:
    """Whether a line can only have been written by a render."""
    return (
        log_format.begins(line)
        or line == log_entries.FOREWORD
        or line.startswith(_WRITTEN)
        or log_entries.is_of_page_head(line)
    )


def is_damaged(text: str) -> bool:
    """Whether a text has comments of a generated log that are not as a render wrote them."""
    lines = text.split("\n")
    return restoring.comments(lines) != lines


def mend(text: str, known: Sequence[Anchor] = (), committed: str = "") -> Mended:
    """Restore the comments of entries, and leave out other lines that only a render writes.

    An entry that lost a comment is recognized by the other one, else by the name and time of one of
    the `known` anchors. `committed` is the log as last committed. A text that no render wrote is
    left as it is.
    """
    lines = restoring.comments(text.split("\n"))
    if not any(map(is_ours, lines)):
        return Mended(tuple(enumerate(lines, 1)))
    work = _Mender(lines, known, committed)
    return work.mended()


def read(mended: Mended, options: parse.Options | None = None) -> Parsed:
    """Parse a mended log; the result has the line numbers of the original text."""
    parsed = parse.parse("\n".join(mended.lines), options)
    numbers = [number for number, _ in mended.sources]
    for draft in parsed.drafts:
        draft.line, draft.last = _span(numbers, draft.line, draft.last)
        draft.lines = {name: _span(numbers, *lines) for name, lines in draft.lines.items()}
    remarks = []
    for remark in parsed.remarks:
        first, last = _span(numbers, remark.first, remark.last)
        remarks.append(dataclasses.replace(remark, first=first, last=last))
    return Parsed(parsed.drafts, tuple(remarks))


def _span(numbers: Sequence[int], first: int, last: int) -> tuple[int, int]:
    """Return the original numbers of the first and last line of a stretch."""
    ends = numbers[first - 1], numbers[max(first, last) - 1]
    return min(ends), max(ends)


@dataclass(slots=True)
class _Mender:
    """One log while it is mended."""

    lines: list[str]
    known: Sequence[Anchor]
    committed: str
    ours: set[int] = field(default_factory=set)
    """The indices of the lines that are left out."""
    remarks: list[Remark] = field(default_factory=list)
    formatted: bool = False
    """Whether a formatter is known to have changed the log."""

    def mended(self) -> Mended:
        """Mend the log."""
        foreword = self._foreword()
        self._older()
        self._heads_of_pages()
        self._head()
        entries = KnownEntries(self.known, self.committed)
        sources: list[Source] = []
        waiting: list[Source] = []
        start = 0
        for block in log_format.blocks(self.lines):
            self._restore(block)
        moved = self._moved(entries)
        for block in log_format.blocks(self.lines):
            waiting += self._between(start, block.begin)
            whole = self._regenerated(block, entries, moved)
            if whole:
                sources += [*self._orphans(waiting, entries), *whole]
                waiting, start = [], block.end + 1
                continue
            inserted = insertions.taken_out(self.lines, block)
            sources += self._orphans(waiting, entries)
            sources += inserted.entry
            waiting = inserted.others
            self._note_place(block, {number for number, _ in waiting})
            start = block.end + 1
        waiting += self._between(start, len(self.lines))
        sources += self._orphans(waiting, entries)
        ours = frozenset(index + 1 for index in self.ours)
        remarks = tuple(sorted(self.remarks, key=lambda remark: remark.first))
        return Mended(tuple(sources), foreword, ours, remarks, self.formatted)

    def _between(self, start: int, end: int) -> list[Source]:
        """Return lines between entries, with blank ones in place of those that a render wrote."""
        return [(n + 1, "" if n in self.ours else self.lines[n]) for n in range(start, end)]

    def _leave_out(self, indices: Iterable[int], message: str, kind: str = "layout") -> None:
        """Leave out lines that a render wrote, with one remark for each stretch of them."""
        held = sorted(indices)
        self.ours |= set(held)
        first = None
        for place, index in enumerate(held):
            first = index if first is None else first
            if place + 1 == len(held) or held[place + 1] != index + 1:
                self.remarks.append(Remark(first + 1, index + 1, kind, message))
                first = None

    # The lines above the entries -------------------------------------------------------------

    def _foreword(self) -> range:
        """Leave out the foreword and its marks, and return the numbers of its lines."""
        if log_entries.FOREWORD not in self.lines or log_entries.FOREWORD_END not in self.lines:
            return range(0)
        start, end = self.lines.index(log_entries.FOREWORD), self.lines.index(log_entries.FOREWORD_END)
        if end < start:
            return range(0)
        self._leave_out([start, end], "a mark of the foreword")
        self._leave_out(range(start + 1, end), "the foreword of the log", "left out")
        return range(start + 2, end + 1)

    def _older(self) -> None:
        """Leave out the links to the pages of older anchors."""
        links = log_entries.older_links(self.lines)
        if links:
            start, end = self.lines.index(log_entries.OLDER), self.lines.index(log_entries.OLDER_END)
            self._leave_out(range(start, end + 1), "what leads to older anchors")

    def _heads_of_pages(self) -> None:
        """Leave out the heads of pages of older anchors that nobody changed by hand."""
        for start, line in enumerate(self.lines):
            if log_entries.is_of_page_head(line):
                head = first_form.header_over(self.lines[start:]).split("\n")
                as_rendered = self.lines[start : start + len(head)] == head
                its = range(start, start + len(head) if as_rendered else start + 1)
                self._leave_out((n for n in its if n not in self.ours), "the head of a page")

    def _head(self) -> None:
        """Leave out the head of the log, in either form and place; lines put into it stay."""
        last = [n for n, line in enumerate(self.lines) if line == log_entries.END and n not in self.ours]
        self._leave_out(last, "the last line of the log")
        texts = [n for n, line in enumerate(self.lines) if line.strip() and n not in self.ours]
        heads = [[line for line in head.split("\n") if line.strip()] for head in _heads()]
        found = [indices for head in heads for indices in self._whole_heads(head, texts)]
        if not found:
            found = [max((self._edited_head(head, texts) for head in heads), key=len)]
        for indices in found:
            self._leave_out(_with_gaps(indices, self.lines), "the head of the log")

    def _whole_heads(self, head: list[str], texts: list[int]) -> Iterator[list[int]]:
        """Yield the indices of each place where all lines of a head follow each other."""
        for start, first in enumerate(texts):
            indices = texts[start : start + len(head)]
            if self.lines[first] == head[0] and [self.lines[n] for n in indices] == head:
                yield indices

    def _edited_head(self, head: list[str], texts: list[int]) -> list[int]:
        """Return the lines of a head that a person changed, whatever their formatting."""
        last = next((n for n in texts if self.lines[n].startswith(_WRITTEN)), None)
        if last is None:
            blocks = log_format.blocks(self.lines)
            last = blocks[0].begin - 1 if blocks else len(self.lines)
        above = [n for n in texts if n <= last]
        wanted, there = (
            [formatters.meaning(line) for line in part]
            for part in (head, [self.lines[n] for n in above])
        )
        matcher = difflib.SequenceMatcher(None, wanted, there, autojunk=False)
        found = matcher.get_matching_blocks()
        return [above[n] for match in found for n in range(match.b, match.b + match.size)]

    # Entries ---------------------------------------------------------------------------------

    def _restore(self, block: log_format.Block) -> None:
        """Restore those lines of an entry that a render wrote and a formatter changed."""
        if block.edited:
            inside = slice(block.begin + 1, block.end)
            self.lines[inside] = restoring.entry(self.lines[inside], block.meta)

    def _moved(self, entries: KnownEntries) -> set[str]:
        """Leave out link definitions that formatters moved out of entries, and return them."""
        inside = {n for block in log_format.blocks(self.lines) for n in range(block.begin, block.end)}
        loose = [n for n, line in enumerate(self.lines) if "]:" in line and n not in inside]
        found = [n for n in loose if n not in self.ours and entries.define(self.lines[n])]
        self._leave_out(found, "a definition that was moved out of an entry")
        return {self.lines[n].strip() for n in found}

    def _regenerated(
        self, block: log_format.Block, entries: KnownEntries, moved: set[str]
    ) -> list[Source]:
        """Return an entry as a render writes it, if only its formatting differs; else no lines."""
        whole = entries.unformatted(block, self.lines, moved) if block.edited else None
        if whole is None:
            return []
        self.formatted = True
        self.remarks.append(Remark(block.begin + 1, block.end + 1, "layout", "only formatted anew"))
        first, *body, last = whole.split("\n")
        inside = [(block.begin + 2, line) for line in body]
        return [(block.begin + 1, first), *inside, (block.end + 1, last)]

    def _note_place(self, block: log_format.Block, elsewhere: set[int]) -> None:
        """Add a remark if a person changed the place line, as that has no effect."""
        if not block.edited:
            return
        rest = [n for n in range(block.begin + 1, block.end) if n + 1 not in elsewhere]
        body = [self.lines[n] for n in rest]
        place = log_format.place_in(body, block.meta)
        if place is not None and body[place] != log_format.expected_place(block.meta):
            text = "branch and commit of an anchor are not changed in the log: not taken over"
            self.remarks.append(Remark(rest[place] + 1, rest[place] + 1, "left out", text))

    def _orphans(self, sources: list[Source], entries: KnownEntries) -> Iterator[Source]:
        """Yield lines outside of whole entries, with both comments around each entry that lost one."""
        kinds = _kinds(sources)
        stop = 0
        for extent in _extents(sources, kinds):
            yield from self._without(sources[stop : extent.start], kinds[stop : extent.start], "BE")
            part, its = sources[extent], kinds[extent]
            comments = entries.comments(part, its)
            if comments is None:
                yield from self._without(part, its, "BEPV")
            else:
                yield part[0][0], comments[0]
                yield from _inside(part, its)
                yield part[-1][0], comments[1]
            stop = extent.stop
        yield from self._without(sources[stop:], kinds[stop:], "BE")

    def _without(self, sources: Sequence[Source], kinds: str, ours: str) -> list[Source]:
        """Return lines with blank ones in place of those whose kind is among `ours`."""
        paired = list(zip(sources, kinds, strict=True))
        for (number, _), kind in paired:
            if kind in ours:
                self._leave_out([number - 1], _MESSAGES[kind])
        return [(number, "" if kind in ours else text) for (number, text), kind in paired]


def _heads() -> tuple[str, str]:
    """Return both forms of the head of the log."""
    return log_entries.header(), first_form.header()


def _with_gaps(indices: Sequence[int], lines: Sequence[str]) -> list[int]:
    """Return indices of lines, with those of the blank lines between them."""
    held = set(indices)
    gap: list[int] = []
    for index in range(min(held, default=0), max(held, default=-1) + 1):
        if index in held:
            held |= set(gap)
            gap = []
        elif lines[index].strip():
            gap = []
        elif index - 1 in held or gap:
            gap.append(index)
    return sorted(held)


# Entries that lost a comment -------------------------------------------------------------------

# One letter stands for each line outside of whole entries: B and E are the comments that begin and
# end an entry, T its time, N its name, P its place, V a mark of a fence of ours; "." is any other
# line.

_MESSAGES: Final = {
    "B": "the comment over an entry",
    "E": "the comment below an entry",
    "P": "the place of an entry",
    "V": "a mark of a fence",
}


def _kinds(sources: Sequence[Source]) -> str:
    fence = markdown.Fence()
    return "".join("." if fence.holds(text) else _kind(text) for _, text in sources)


def _kind(text: str) -> str:
    if not text.startswith(("<!--", "*")):
        return "."
    tests: tuple[tuple[str, Any], ...] = (
        ("B", log_format.begins(text)),
        ("E", log_format.closed(text)),
        ("V", text == log_format.VERBATIM),
        ("N", log_format.name_on(text) is not None),
        ("P", log_format.is_place(text)),
        ("T", text.startswith("**") and times.time_on(text)),
    )
    return next((kind for kind, holds in tests if holds), ".")


def _extents(sources: Sequence[Source], kinds: str) -> Iterator[slice]:
    """Yield the extent of each entry, from its first comment or time to its last comment or place.

    An entry without such an end stops before the next one, without the blank lines between them.
    """
    starts = [_start(sources, kinds, name) for name, kind in enumerate(kinds) if kind == "N"]
    names = [name for name, kind in enumerate(kinds) if kind == "N"]
    for place, (start, name) in enumerate(zip(starts, names, strict=True)):
        limit = starts[place + 1] if place + 1 < len(starts) else len(sources)
        following = kinds.find("B", name, limit)
        limit = following if following >= 0 else limit
        end = kinds.find("E", name, limit)
        end = end if end >= 0 else kinds.rfind("P", name, limit)
        if end < 0:
            pasted = (n for n in range(name + 1, limit) if "from anchor" in sources[n][1].lower())
            end = next(pasted, limit) - 1
            while end > name and not sources[end][1].strip():
                end -= 1
        yield slice(start, end + 1)


def _start(sources: Sequence[Source], kinds: str, name: int) -> int:
    """Return the index of the comment or time directly above a name, else that of the name."""
    start = name
    for wanted in "TB":
        above = start - 1
        while above >= 0 and not sources[above][1].strip():
            above -= 1
        if above >= 0 and kinds[above] == wanted:
            start = above
    return start


def _inside(sources: Sequence[Source], kinds: str) -> list[Source]:
    """Return the lines between the comments of an entry."""
    inner = [source for source, kind in zip(sources, kinds, strict=True) if kind not in "BE"]
    while inner and not inner[0][1].strip():
        inner.pop(0)
    while inner and not inner[-1][1].strip():
        inner.pop()
    return inner
