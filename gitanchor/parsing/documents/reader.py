"""Read the handoff notes that people keep in Markdown files: one snapshot, or a log of dated entries.

Where no line names an anchor, the structure of the document decides: which level of its headings has the
sections, which headings repeat with a date or number and so start entries. `outline` finds the headings,
`dictionary` says what they mean.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from gitanchor.model.draft import Draft, Remark
from gitanchor.model.lazy_re import late
from gitanchor.parsing import times, years
from gitanchor.parsing.documents import entry_heads, entry_names, found_dates, front_matter, kinds
from gitanchor.parsing.documents.dictionary import Dictionary
from gitanchor.parsing.documents.front_matter import FrontMatter
from gitanchor.parsing.documents.outline import BOLD, DATED, LABEL, NAMED, PLAIN, WEAK, Part, parts_of
from gitanchor.parsing.documents.pieces import Pieces
from gitanchor.parsing.lines import Source
from gitanchor.parsing.remark_kinds import NAME_FROM

_BRANCH: Final = late(
    r"^[ \t>*_-]*(?:git )?branch(?: name)?[*_ \t]*[:：][*_ \t]*`?(?P<name>[\w./-]*\w)`?[*_ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_DOTTED: Final = late(r"[^\d]*\d{1,2}\.\d{1,2}\.\d{4}")
"""A date with dots, which has the day first wherever it is written."""

_FIRST_OF_TWO: Final = late(r"\d{1,2}(?=[/-]\d)")
_LINE_MARKUP: Final = " \t*_>-•`#"
_FIRST_LINES: Final = 12
"""The lines of an entry among which one with its date is looked for."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be a note: its numbered lines, and the name of its file, if it has one.

    `is_named_by_file` says that the file's name serves where nothing else names the note, `is_named`
    that a person named the file on the command line, so that one known heading is enough.
    """

    sources: Sequence[Source]
    file: str = ""
    day_first: bool = False
    is_named_by_file: bool = False
    is_named: bool = False


def read(document: Document, words: Dictionary, remarks: list[Remark]) -> list[Draft]:
    """Return the entries of a document, in its order; none if it is no note of this kind."""
    matter, below = front_matter.taken_off(document.sources)
    parts = parts_of(below, words)
    heads = entry_heads.of(parts)
    title = _title(parts, heads)
    level = _section_level(parts, heads)
    candidate = kinds.Candidate(parts, title or matter.title, document.file, level, bool(matter.status))
    is_note = kinds.is_note(candidate, words)
    if not is_note and not (document.is_named and not heads and kinds.has_label(candidate, words)):
        return []
    reader = _Reader(document, words, matter, level, remarks)
    if not heads:
        rules = matter.ends or ()
        remarks.extend(Remark(number, number, "layout", "around front matter") for number in rules)
        return [reader.snapshot(parts, title)]
    if matter.ends is not None:
        remarks.append(Remark(*matter.ends, "left out", "front matter of several entries"))
    first_lines = {head.first for head in heads}
    starts = [at for at, part in enumerate(parts) if part.head and part.first in first_lines]
    above = [part for part in parts[: starts[0]] if any(map(str.strip, part.lines()))]
    remarks.extend(Remark(part.first, part.last, "left out", "before the first entry") for part in above)
    names = entry_names.of_entries(heads)
    ends = [*starts[1:], len(parts)]
    reader.find_day_first(heads)
    drafts = [
        reader.entry(_within(parts[start:end], remarks), name)
        for start, end, name in zip(starts, ends, names, strict=True)
    ]
    if any(draft.time and draft.time.lacks_year for draft in drafts):
        years.settle([draft.time for draft in drafts], reader.limit(parts[: starts[0]], title))
    return drafts


def _within(parts: list[Part], remarks: list[Remark]) -> list[Part]:
    """Return the parts of an entry up to a heading above its own, which ends it; tell what follows."""
    level = parts[0].level
    ends = (at for at, part in enumerate(parts) if at and 0 < part.level < level)
    end = next(ends, len(parts))
    remarks.extend(
        Remark(part.first, part.last, "left out", "between the entries") for part in parts[end:]
    )
    return parts[:end]


# What is a section -------------------------------------------------------------


def _title(parts: Sequence[Part], heads: Sequence[Part]) -> str:
    """Return the title of a document, and have it mean nothing else: its first heading of level one."""
    first = next((part for part in parts if part.head), None)
    if first is None or first.level != 1 or (heads and heads[0] is first):
        return ""
    alone = sum(part.level == 1 for part in parts) == 1
    if not alone and first.meaning and not first.is_empty:
        return ""
    first.meaning, first.rest = None, ""
    first.level = -1
    return first.title


def _section_level(parts: Sequence[Part], heads: Sequence[Part]) -> int:
    """Return the level of heading that has most of the sections; of two such the upper."""
    found: dict[int, set[str]] = {}
    first_lines = {head.first for head in heads}
    section = 0  # the level of the heading with a known meaning that the parts are below
    for part in parts:
        if 0 < part.level < BOLD:
            if part.level <= section or not section:
                section = part.level if part.meaning and part.first not in first_lines else 0
        elif section and part.level >= BOLD:
            continue  # bold words and labels in a section are its text
        if part.meaning and part.first not in first_lines:
            found.setdefault(part.rank, set()).add(part.meaning)
    levels = sorted(found, key=lambda level: (-len(found[level] - {"notes"}), level))
    return levels[0] if levels else LABEL


# Reading -----------------------------------------------------------------------------------------


class _Reader:
    """Reads the parts of one entry into a draft."""

    def __init__(
        self,
        document: Document,
        words: Dictionary,
        matter: FrontMatter,
        level: int,
        remarks: list[Remark],
    ) -> None:
        self.document = document
        self.words = words
        self.matter = matter
        self.level = level
        self.remarks = remarks
        self.is_day_first = document.day_first

    def find_day_first(self, heads: Sequence[Part]) -> None:
        """Take the day to be first in dates of digits without a year, if one has no such month."""
        places = filter(None, (found_dates.yearless_place_of(head.title) for head in heads))
        first = (match for place in places if (match := _FIRST_OF_TWO.match(place.text)))
        self.is_day_first = self.is_day_first or any(int(match[0]) > 12 for match in first)

    def limit(self, above: Sequence[Part], title: str) -> years.Limit | None:
        """Return what a document says of the years of its entries: its date, else a year in its name."""
        stem = PurePath(self.document.file).stem
        dated = self._first_line_with_date(above)
        for text in (dated and dated[1], _date_of(title), self.matter.date, _date_of(stem)):
            moment = times.read_time(text, day_first=self.document.day_first).moment if text else None
            if moment:
                return years.Limit.of_document(moment.date())
        year = found_dates.year_of(title) or found_dates.year_of(stem)
        return years.Limit(first_year=year) if year else None

    def snapshot(self, parts: list[Part], title: str) -> Draft:
        """Return the one entry of a document."""
        stem = PurePath(self.document.file).stem
        name = (
            entry_names.cleaned(title)
            or self.matter.title
            or (stem if self.document.is_named_by_file else "")
        )
        dated = self._first_line_with_date(parts)
        sure = dated[1] if dated and dated[0] else None
        date = sure or self.matter.date or _date_of(title) or _date_of(stem)
        if date is None and dated:
            date = dated[1]
        pieces = self._pieces(parts, skip={dated[0]} if dated else set(), titled=bool(title))
        if self.matter.title != name:
            self.matter.keep(self.matter.title_line)
        if self.matter.date != date and not _same_day(self.matter.date, date or ""):
            self.matter.keep(self.matter.date_line)
        pieces.add_matter(self.matter)
        draft = self._draft(parts, pieces, name, date)
        draft.is_snapshot = True
        return draft

    def entry(self, parts: list[Part], name: str) -> Draft:
        """Return one entry of a log, whose first part has its heading."""
        head = parts[0]
        dated = self._first_line_with_date([Part(-1, body=head.body), *parts[1:]])
        date = None if head.level == NAMED else _date_of(head.title)
        undated = date is None and head.level != NAMED and not (dated and dated[0])
        yearless = found_dates.yearless_place_of(head.title) if undated else None
        if date is None and dated and yearless is None:
            date = dated[1]
        skip = {dated[0]} if dated and _same_day(date, dated[1]) else set()
        if head.level == DATED:
            date = date or head.title
        pieces = self._pieces(
            [Part(-1, head=[head.head[0]], body=head.body), *parts[1:]], skip=skip, titled=True
        )
        draft = self._draft(parts, pieces, name, date)
        if yearless and draft.time is None:
            draft.time = times.read_yearless(yearless.text, day_first=self.is_day_first)
            draft.is_day_only = draft.time.remark is not None
        return draft

    def _draft(self, parts: Sequence[Part], pieces: Pieces, name: str, date: str | None) -> Draft:
        draft = Draft(parts[0].first, parts[-1].last, name=name or None)
        if date:
            draft.time = times.read_time(
                date, day_first=self.document.day_first or _DOTTED.match(date) is not None
            )
            draft.is_day_only = times.is_day(date)
            if draft.time.moment is None:
                draft.time = None
        if name and parts[0].level != NAMED:
            source = "the file" if name == PurePath(self.document.file).stem else "a heading"
            message = f"{NAME_FROM} {source}: {name}"
            self.remarks.append(Remark(draft.line, draft.line, "guessed", message))
        pieces.put_into(draft)
        named = {match["name"] for match in _BRANCH.finditer(draft.notes)}
        draft.named_branch = named.pop() if len(named) == 1 else None
        return draft

    def _pieces(self, parts: Sequence[Part], *, skip: set[int], titled: bool) -> Pieces:
        """Give each part to the section that it begins or belongs to."""
        pieces = Pieces(skip)
        opened: int | None = None  # the rank of the heading that the next parts may belong to
        for position, part in enumerate(parts):
            rank = self._effective(part)
            if opened is not None and rank > opened and part.head:
                pieces.go_on(part)
            elif opened is not None and not part.head and part.level == LABEL:
                if opened >= BOLD:
                    pieces.begin("notes", part)
                    opened = None
                else:
                    pieces.go_on(part)
            elif part.level < 0:
                pieces.begin("preamble", part, dropped=titled and bool(part.head))
            else:
                pieces.begin(part.meaning or "notes", part, headed=part.meaning is None)
                holds_others = rank < self.level and self._has_sections(parts, position)
                own = part.meaning or part.is_weak or rank < BOLD or rank < self.level
                opened = rank if part.head and own and not holds_others else None
        return pieces

    def _effective(self, part: Part) -> int:
        """Return the rank of a part, where labels of two ranks that are neighbours count as one."""
        rank = part.rank
        if rank == WEAK:
            return self.level if self.level in (LABEL, PLAIN) else rank
        alike = (self.level - 1, self.level + 1) if self.level > BOLD else (LABEL,)
        return self.level if self.level >= BOLD <= rank and rank in alike else rank

    def _has_sections(self, parts: Sequence[Part], position: int) -> bool:
        """Whether a heading has sections below it, before the next heading of its level or above."""
        rank = self._effective(parts[position])
        for part in itertools.islice(parts, position + 1, None):
            if part.head and part.rank <= rank:
                return False
            if part.meaning and part.rank <= self.level:
                return True
        return False

    def _first_line_with_date(self, parts: Sequence[Part]) -> tuple[int, str] | None:
        """Return the number of the line that has the date of an entry, and the date."""
        seen = 0
        anywhere = None
        for part in parts:
            if part.meaning in ("context", "milestone", "next_action", "dependencies"):
                return anywhere
            for number, text in part.body if part.level < 0 else [*part.head, *part.body]:
                if not text.strip():
                    continue
                seen += 1
                if seen > _FIRST_LINES:
                    return anywhere
                if date := self._date_line(text):
                    return number, date
                if anywhere is None and (date := _date_of(text)):
                    anywhere = 0, date  # the line says more, so it is kept
        return anywhere

    def _date_line(self, text: str) -> str | None:
        if found := times.found_on(text):
            return found.text
        bare = text.strip(_LINE_MARKUP)
        place = found_dates.place_of(bare) if len(bare) <= 120 else None
        if place is None:
            return None
        around = f"{bare[: place.start]} {bare[place.end :]}".strip(" \t:：*_()（）,;.|–—-")
        if not around or self.words.announces_date(around):
            return place.text
        return None


def _date_of(text: str) -> str | None:
    """Return the date in a heading, title or file name."""
    place = found_dates.place_of(re.sub(r"(?<=\d)_(?=\d)", "-", text)) if text else None
    return place.text if place else None


def _same_day(one: str | None, other: str) -> bool:
    if one is None:
        return True
    first, second = times.read_time(one).moment, times.read_time(other).moment
    return bool(first and second and first.date() == second.date())


def headings(sources: Sequence[Source], words: Dictionary) -> Iterator[str]:
    """Yield the headings of a document, for a message about one that has no known section."""
    for part in parts_of(sources, words):
        if part.head and 0 < part.level <= BOLD:
            yield entry_names.cleaned(part.title)
