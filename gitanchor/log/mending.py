"""Restore the comments of entries in a generated log that people or formatters changed, and read it.

Lines that only a render writes (`scan`) are left out, so that `parse` reads what people put between
them. `log_format` finds whole entries, and `insertions` finds inserted ones.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from gitanchor.log import insertions, restoring, scan
from gitanchor.log.known_entries import KnownEntries
from gitanchor.log.scan import Kind, Line
from gitanchor.model.anchor import Anchor
from gitanchor.model.draft import Parsed, Remark
from gitanchor.parsing import log_format, parse
from gitanchor.parsing.lines import Source
from gitanchor.rendering import log_entries


@dataclass(slots=True)
class Mended:
    """The lines of a log, each with its number in the original text, which all else here uses, too.

    `kinds` has the lines that were left out because a render writes them. `formatted` says that a
    formatter is known to have changed the log.
    """

    sources: list[Source] = field(default_factory=list)
    kinds: dict[int, Kind] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    formatted: bool = False

    def read(self, options: parse.Options | None = None) -> Parsed:
        """Parse the log; there are no remarks on lines that were left out before."""
        return parse.parse_lines(self.sources, options)

    def told(self, parsed: Parsed) -> Parsed:
        """Add to what was parsed an account of the lines that were left out before."""
        remarks = [*parsed.remarks, *scan.remarks(self.kinds), *self.remarks]
        return Parsed(parsed.drafts, tuple(sorted(remarks, key=lambda remark: remark.first)))


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
    if not any(map(log_entries.is_ours, lines)):
        return Mended([*enumerate(lines, 1)])
    return _Mender(lines, KnownEntries(known, committed))


class _Mender(Mended):
    """One log while it is mended."""

    def __init__(self, lines: list[str], entries: KnownEntries) -> None:
        super().__init__(kinds={index + 1: kind for index, kind in scan.around_entries(lines).items()})
        self.lines = lines
        self.entries = entries
        blocks = [self._restored(block) for block in log_format.blocks(lines)]
        parts = [*log_format.parts(lines, blocks)]
        moved = self._moved(number for part in parts for number in part.above)
        waiting: list[Source] = []
        for part in parts:
            waiting += [(n + 1, "" if n + 1 in self.kinds else lines[n]) for n in part.above]
            entry, others = self._entry(part.entry, moved) if part.entry else ([], [])
            self.sources += [*self._orphans(waiting), *entry]
            waiting = others

    def _restored(self, block: log_format.Block) -> log_format.Block:
        """Restore those lines of an entry that a render wrote and a formatter changed."""
        if not block.edited:
            return block
        inside = slice(block.begin + 1, block.end)
        self.lines[inside] = restoring.entry(self.lines[inside], block.meta)
        return dataclasses.replace(block, edited=not block.has_digest_of(self.lines[inside]))

    def _moved(self, between: Iterable[int]) -> set[str]:
        """Leave out link definitions that formatters moved out of entries, and return them."""
        loose = {number + 1: self.lines[number] for number in between if "]:" in self.lines[number]}
        found = [
            number
            for number, line in loose.items()
            if number not in self.kinds and self.entries.define(line)
        ]
        self.kinds |= dict.fromkeys(found, Kind.DEFINITION)
        return {loose[number].strip() for number in found}

    def _entry(self, block: log_format.Block, moved: set[str]) -> insertions.TakenOut:
        """Return an entry as a render writes it, if only its formatting differs, else as it is.

        Other entries that were put into it are taken out. A remark tells of a changed place, as that
        has no effect.
        """
        first, last = block.begin + 1, block.end + 1
        whole = self.entries.unformatted(block, self.lines, moved) if block.edited else None
        if whole is not None:
            self.formatted = True
            self.remarks.append(Remark(first, last, "layout", "only formatted anew"))
            begin, *inside, end = whole.split("\n")
            return insertions.TakenOut(
                [(first, begin), *((first + 1, line) for line in inside), (last, end)], []
            )
        numbered = [(number + 1, self.lines[number]) for number in range(block.begin, block.end + 1)]
        parted = insertions.taken_out(numbered, block)
        if block.edited:
            inner = parted.entry[1:-1]
            place = log_format.place_in([text for _, text in inner], block.meta)
            if place is not None and inner[place][1] != log_format.expected_place(block.meta):
                number = inner[place][0]
                text = "branch and commit of an anchor are not changed in the log: not taken over"
                self.remarks.append(Remark(number, number, "left out", text))
        return parted

    def _orphans(self, sources: Sequence[Source]) -> Iterator[Source]:
        """Yield lines outside of whole entries, with both comments around each entry that lost one."""
        lines = scan.marked(sources)
        stop = 0
        for extent in _extents(lines):
            yield from self._without(lines[stop : extent.start], _COMMENTS)
            part = lines[extent]
            comments = self.entries.comments(part)
            if comments is None:
                yield from self._without(part, {*_COMMENTS, Kind.PLACE, Kind.VERBATIM})
            else:
                inner = [(number, text) for number, text, kind in part if kind not in _COMMENTS]
                yield part[0].number, comments[0]
                yield from _trimmed(inner)
                yield part[-1].number, comments[1]
            stop = extent.stop
        yield from self._without(lines[stop:], _COMMENTS)

    def _without(self, lines: Sequence[Line], ours: set[Kind]) -> Iterator[Source]:
        """Yield lines, with blank ones in place of those whose kind is among `ours`."""
        self.kinds |= {line.number: line.kind for line in lines if line.kind in ours}
        return ((number, "" if kind in ours else text) for number, text, kind in lines)


# Entries that lost a comment -------------------------------------------------------------------

_COMMENTS: Final = {Kind.OPENING, Kind.CLOSING}


def _extents(lines: Sequence[Line]) -> Iterator[slice]:
    """Yield the extent of each entry, from its first comment or time to its last comment or place.

    An entry without such an end stops before the next one, without the blank lines between them.
    """

    def first(kind: Kind, numbers: Iterable[int]) -> int | None:
        return next((number for number in numbers if lines[number].kind is kind), None)

    names = [number for number, line in enumerate(lines) if line.kind is Kind.NAME]
    starts = [_start(lines, name) for name in names]
    for name, start, following in zip(names, starts, [*starts, len(lines)][1:], strict=True):
        opening = first(Kind.OPENING, range(name, following))
        limit = following if opening is None else opening
        end = first(Kind.CLOSING, range(name, limit))
        if end is None:
            end = first(Kind.PLACE, reversed(range(name, limit)))
        if end is None:
            pasted = (n for n in range(name + 1, limit) if "from anchor" in lines[n].text.lower())
            end = scan.over_blanks(lines, next(pasted, limit)) - 1
        yield slice(start, end + 1)


def _start(lines: Sequence[Line], name: int) -> int:
    """Return the index of the comment or time directly above a name, else that of the name."""
    start = name
    for wanted in (Kind.TIME, Kind.OPENING):
        above = scan.over_blanks(lines, start) - 1
        if above >= 0 and lines[above].kind is wanted:
            start = above
    return start


def _trimmed(sources: list[Source]) -> list[Source]:
    """Return lines without blank ones at either end."""
    texts = [number for number, (_, text) in enumerate(sources) if text.strip()]
    return sources[texts[0] : texts[-1] + 1] if texts else []
