"""Markdown from a chat or a log -> drafts of anchors, and an account of every line.

Entries of a generated log are read by their comments (`generated`); everything else by the shapes
that chats and people give it. Binding a draft to a branch and commit is left to the callers.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gitanchor import encoding, generated, labels, markdown, times
from gitanchor.dependencies import dependency, taken_apart
from gitanchor.drafts import Draft, Parsed, Remark
from gitanchor.labels import NOTES, Words
from gitanchor.layouts import unfold
from gitanchor.scan import Kind, Line, is_placeholder_name, lines_from, numbers, scan

__all__ = ["Draft", "Options", "Parsed", "Remark", "parse"]

_REQUESTING: Final = (Kind.REQUEST, Kind.ENTRY, Kind.LABEL)
_STRUCTURE: Final = (Kind.TIME, Kind.ENTRY, Kind.NAME)
_CLOSING: Final = (Kind.RULE, Kind.HEADING, Kind.TIME)
_SHOWN: Final = 60
"""Characters of a line that a remark quotes."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a team writes: its own labels (label -> field), and whether the day stands first."""

    day_first: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: bool = False
    """Whether `Notes:` is a label, as it is in our own form."""


def parse(text: str, options: Options | None = None) -> Parsed:
    """Find the anchors in a text. Never raises: what is no anchor is remarked upon by line."""
    options = options or Options()
    words = labels.ready(labels.Vocabulary(options.labels)) if options.labels else labels.built_in()
    lines = text.split("\n")
    drafts: list[Draft] = []
    remarks: list[Remark] = []
    start = 0
    blocks = generated.blocks(lines)
    for block in blocks:
        stretch = [(number + 1, lines[number]) for number in range(start, block.begin)]
        drafts += _Stretch(stretch, words, options, remarks, generated=True).drafts()
        drafts.append(generated.read(lines, block))
        start = block.end + 1
    stretch = [(number + 1, lines[number]) for number in range(start, len(lines))]
    drafts += _Stretch(stretch, words, options, remarks, generated=bool(blocks)).drafts()
    times.settle_years([draft.time for draft in drafts])
    remarks += [
        Remark(draft.line, draft.line, "guessed", draft.time.remark)
        for draft in drafts
        if draft.time and draft.time.remark
    ]
    return Parsed(tuple(drafts), tuple(sorted(remarks, key=lambda remark: remark.first)))


def decode(content: bytes, name: str, *, keep_encoding: bool = False) -> encoding.Decoded:
    """Read bytes as text and repair misread encodings, but for entries that we generated.

    Those are as they should be, even where they speak of misread text. Raises WrongUsage.
    """
    decoded = encoding.decode(content, name, keep_encoding=True)
    if keep_encoding:
        return decoded
    lines = decoded.text.split("\n")
    ours = {number for block in generated.blocks(lines) for number in range(block.begin, block.end + 1)}
    others = [number for number in range(len(lines)) if number not in ours]
    repaired = encoding.repair("\n".join(lines[number] for number in others))
    if others:
        for number, line in zip(others, repaired.text.split("\n"), strict=True):
            lines[number] = line
    return encoding.Decoded("\n".join(lines), (*decoded.repairs, *repaired.repairs))


@dataclass(frozen=True, slots=True)
class _Head:
    """Where an entry starts (its time, if it has one) and where its name stands."""

    start: int
    entry: int


class _Stretch:
    """Lines without generated entries: they hold hand-kept entries, an answer, or other text."""

    def __init__(
        self,
        sources: Sequence[tuple[int, str]],
        words: Words,
        options: Options,
        remarks: list[Remark],
        *,
        generated: bool,
    ) -> None:
        self.sources = sources
        self.words = words
        self.options = options
        self.remarks = remarks
        self.generated = generated

    def drafts(self) -> Iterator[Draft]:
        """The drafts of these lines."""
        if not any(text.strip() for _, text in self.sources):
            return
        plain, wrapping = unfold(self.sources, self.words)
        self.remarks += [
            Remark(number, number, "layout", "wraps the answer") for number, text in wrapping
        ]
        lines = self._without_requests(scan(plain, self.words))
        heads = list(self._heads(lines))
        if not heads:
            yield from self._unnamed(lines)
            return
        first = heads[0].start
        self._leave_out(lines[:first], "before the first entry")
        ends = [*(head.start for head in heads[1:]), len(lines)]
        for head, end in zip(heads, ends, strict=True):
            yield self._draft(lines[head.start : end], lines[head.entry])

    # Requests --------------------------------------------------------------------------------

    def _without_requests(self, lines: list[Line]) -> list[Line]:
        """Take out each request that nobody filled in, with the time over it."""
        kept: list[Line] = []
        index = 0
        while index < len(lines):
            line = lines[index]
            end = _end_of_request(lines, index) if line.kind in _REQUESTING else index
            if end == index:
                kept.append(line)
                index += 1
                continue
            answered = end == index + 1
            block = lines[index:end] if answered else [*_time_over(kept), *lines[index:end]]
            held = list(numbers(block))
            what = "for what follows" if answered else "not filled in"
            message = f"{what}: {_shortened(line.text)}"
            self.remarks.append(Remark(held[0], held[-1], "request", message))
            index = end
        return kept

    # Where entries start ---------------------------------------------------------------------

    def _heads(self, lines: list[Line]) -> Iterator[_Head]:
        """Where entries start: at a line that names an anchor, if labels follow before the next.

        A name that is only mentioned (in a closing sentence, say) is text of the entry around it.
        """
        entries = []
        label_follows = False
        for index in range(len(lines) - 1, -1, -1):
            line = lines[index]
            if line.kind is Kind.LABEL and line.value != NOTES:
                label_follows = True
            elif line.kind is Kind.ENTRY and label_follows and line.value:
                entries.append(index)
                label_follows = False
            elif line.kind is Kind.ENTRY:
                _make_text(lines, index)
            elif line.kind is Kind.TIME and not _is_below_name(lines, index):
                label_follows = False
        previous = -1
        for entry in _not_repeated(lines, entries[::-1]):
            yield _Head(_start_of(lines, entry, previous), entry)
            previous = entry

    # From lines to drafts --------------------------------------------------------------------

    def _draft(self, extent: list[Line], entry: Line) -> Draft:
        """Read one entry: the lines from its head to the next."""
        draft = Draft(entry.number, max(numbers(extent)), name=entry.value)
        first = next(iter(_labels_of(extent)), len(extent))
        self._take_time(draft, extent[:first])
        self._fill(draft, extent)
        return draft

    def _take_time(self, draft: Draft, above: Sequence[Line]) -> None:
        for line in above:
            if line.kind is Kind.TIME and draft.time is None:
                draft.line = min(draft.line, line.number)
                draft.time = times.read_time(line.value, day_first=self.options.day_first)

    def _unnamed(self, lines: list[Line]) -> Iterator[Draft]:
        """The sections of a text that names no anchor, as one draft; or the text, left out."""
        found = [line for line in lines if line.kind is Kind.LABEL and line.value != NOTES]
        sections = {line.value for line in found}
        if self.generated or not (len(sections) > 1 or any(line.strong for line in found)):
            around = "around the entries of the generated log" if self.generated else "no anchor in it"
            self._leave_out(lines, around)
            return
        held = list(numbers(lines))
        draft = Draft(held[0], held[-1])
        first = next(index for index, line in enumerate(lines) if line is found[0])
        self._take_time(draft, lines[:first])
        self._fill(draft, lines)
        yield draft

    def _fill(self, draft: Draft, extent: list[Line]) -> None:
        """Share out the lines of an entry among its sections and notes."""
        starts = _labels_of(extent, notes=self.options.notes)
        first = starts[0] if starts else len(extent)
        above = ["" if line.kind in _STRUCTURE else line.text for line in extent[:first]]
        rules = [line for line in extent[:first] if line.kind is Kind.RULE]
        for line in rules:
            above[extent.index(line)] = ""
        self._layout(rules)
        notes = [*_squeezed(above)]
        notes += [line.rest for line in extent[:first] if line.kind is Kind.ENTRY and line.rest]
        for start, stop in itertools.pairwise([*starts, len(extent)]):
            body = extent[start + 1 : stop]
            last = stop == len(extent) and extent[start].value != NOTES
            over = _end_of_last(extent[start], body) if last else len(body)
            _put(draft, extent[start], self._without_rules(body[:over]))
            after = [line.text for line in self._without_rules(body[over:])]
            notes += ["", *after] if after and notes else after
        own = [draft.notes] if draft.notes else []
        draft.notes = "\n".join([*markdown.trim_blank_lines(notes), *own])

    def _without_rules(self, body: Sequence[Line]) -> list[Line]:
        """The lines without blank lines and rules at both ends, which only set them apart."""
        start, end = 0, len(body)
        while start < end and _sets_apart(body[start]):
            start += 1
        while end > start and _sets_apart(body[end - 1]):
            end -= 1
        self._layout([line for line in [*body[:start], *body[end:]] if line.kind is Kind.RULE])
        return list(body[start:end])

    def _layout(self, rules: Sequence[Line]) -> None:
        self.remarks += [
            Remark(line.number, line.number, "layout", "a rule between parts of an entry")
            for line in rules
        ]

    def _leave_out(self, lines: Sequence[Line], why: str) -> None:
        """Remark on lines that no draft holds, as one stretch."""
        held = list(numbers(lines))
        if held:
            self.remarks.append(Remark(held[0], held[-1], "left out", why))


def _end_of_request(lines: list[Line], start: int) -> int:
    """The index behind a request that starts at a line; that line's own if none does.

    A request is `Anchor this as chat …`, the name, and labels over nothing but placeholders; of
    one that was answered in place only the first line is a request.
    """
    asked = lines[start].kind is Kind.REQUEST
    end = start + asked
    if end < len(lines) and lines[end].kind is Kind.ENTRY:
        end += 1
    first = end
    while end < len(lines) and lines[end].is_placeholder:
        end += 1
    filled = end < len(lines) and lines[end].kind is Kind.LABEL
    if end > first and not filled:
        return end
    if first > start + asked and is_placeholder_name(lines[first - 1].value) and not filled:
        return first
    return start + asked


def _time_over(kept: list[Line]) -> list[Line]:
    """Remove and return the time that stands right over the next line, with blank lines."""
    index = len(kept)
    while index and kept[index - 1].kind is Kind.BLANK:
        index -= 1
    if not index or kept[index - 1].kind is not Kind.TIME:
        return []
    block = kept[index - 1 :]
    del kept[index - 1 :]
    return block


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _is_below_name(lines: Sequence[Line], time: int) -> bool:
    """Whether a time stands right below the line that names an anchor."""
    above = (line for line in reversed(lines[max(0, time - 9) : time]) if line.kind is not Kind.BLANK)
    first = next(above, None)
    return first is not None and first.kind in (Kind.ENTRY, Kind.NAME)


def _make_text(lines: list[Line], entry: int) -> None:
    """Take an entry line, with the name below it if it has one, for the text that it is."""
    lines[entry].kind = Kind.TEXT
    for line in lines_from(lines, entry + 1):
        if line.kind is Kind.NAME:
            line.kind = Kind.TEXT
        if line.kind is not Kind.BLANK:
            return


def _not_repeated(lines: list[Line], entries: Sequence[int]) -> list[int]:
    """The entry lines but those that repeat the name in the midst of their own entry."""
    kept: list[int] = []
    for entry in entries:
        previous = kept[-1] if kept else None
        if previous is not None and not _is_new(lines, previous, entry):
            _make_text(lines, entry)
        else:
            kept.append(entry)
    return kept


def _is_new(lines: Sequence[Line], previous: int, entry: int) -> bool:
    """Whether an entry line starts another entry than the one before it."""
    between = lines[previous + 1 : entry]
    if any(line.kind is Kind.TIME for line in between):
        return True
    seen = {line.value for line in between if line.kind is Kind.LABEL}
    next_label = next((line.value for line in lines_from(lines, entry) if line.kind is Kind.LABEL), None)
    if not lines[entry].strong and next_label not in seen:
        return False  # "Anchor: x" in the midst of an entry
    return lines[entry].value != lines[previous].value or next_label in seen


def _start_of(lines: list[Line], entry: int, previous: int) -> int:
    """The nearest time over an entry, after the entry before it; or the entry itself."""
    for index in range(entry - 1, previous, -1):
        kind = lines[index].kind
        if kind is Kind.LABEL:
            break
        if kind is Kind.TIME:
            return index
    return entry


def _labels_of(extent: Sequence[Line], *, notes: bool = False) -> list[int]:
    """Where the sections of an entry start: each at its own name if it has one, else at a synonym.

    Of labels that come twice the first counts.
    """
    strong = {line.value for line in extent if line.kind is Kind.LABEL and line.strong}
    seen: set[str] = set() if notes else {NOTES}
    found = []
    for index, line in enumerate(extent):
        counts = line.kind is Kind.LABEL and (line.strong or line.value not in strong)
        if counts and line.value not in seen:
            seen.add(line.value)
            found.append(index)
    return found


def _squeezed(texts: Sequence[str]) -> list[str]:
    """The lines with no more than one blank line in a row, and none at the ends."""
    squeezed: list[str] = []
    for text in markdown.trim_blank_lines(texts):
        if text.strip() or squeezed[-1].strip():
            squeezed.append(text)
    return squeezed


def _sets_apart(line: Line) -> bool:
    return line.kind is Kind.RULE or not line.text.strip()


def _end_of_last(label: Line, body: Sequence[Line]) -> int:
    """Where the last section of an entry ends and what was said around it begins."""
    bulleted = False
    blank = False
    for index, line in enumerate(body):
        if line.kind in _CLOSING:
            return index
        if line.kind is Kind.TEXT and label.value == "dependencies":
            if markdown.bullet(line.text):
                bulleted = True
            elif (
                blank
                and not line.text.startswith((" ", "\t"))
                and (bulleted or (index and line.text.rstrip().endswith("?")))
            ):
                return index
        blank = line.kind is Kind.BLANK
    return len(body)


def _put(draft: Draft, label: Line, body: Sequence[Line]) -> None:
    """Set the section of a label to the text beside and below it."""
    texts = [line.text for line in body]
    if label.rest:
        gap = [""] if body and body[0].number > label.number + 1 else []
        texts = [label.rest, *gap, *texts]
    if label.value == "dependencies":
        draft.dependencies = tuple(dependency(item) for item in taken_apart(texts)) if texts else ()
    else:
        setattr(draft, label.value, "\n".join(texts))
