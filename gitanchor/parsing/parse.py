"""Parse Markdown from a chat or a log into drafts of anchors, with an account of every line.

Entries of a generated log are read by their comments (`log_format`), everything else by the layouts that
chats and people use. The callers bind a draft to a branch and commit.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from gitanchor.model.anchor import SECTIONS
from gitanchor.model.draft import Draft, Parsed, Remark
from gitanchor.model.errors import AnchorError
from gitanchor.model.lazy_re import late
from gitanchor.parsing import (
    encoding,
    log_format,
    printed,
    times,
    vocabulary,
)
from gitanchor.parsing.entries import Head, heads, nameless, without_requests
from gitanchor.parsing.lines import Kind, Line, Source, numbers, scan
from gitanchor.parsing.remark_kinds import NAME_FROM
from gitanchor.parsing.sections import Reader
from gitanchor.parsing.unwrap import unfold
from gitanchor.parsing.vocabulary import NOTES, Words

_WHOLE: Final = 3
"""The sections that make an answer count although nothing in it is a heading."""

_ANSWERS: Final = 20
"""Most entries of a text that may be an answer rather than a log."""

_DAY: Final = late(r"(?<!\d)(?:19|20)\d\d(?!\d)")

__all__ = ["Draft", "Options", "Parsed", "Remark", "parse"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a team writes: its own labels (label -> field), and whether the day comes before the month."""

    day_first: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: bool = False
    """Whether `Notes:` is a label, as in our own form."""

    answer: bool = False
    """Whether a chat wrote the text: then `Notes:` is a label, and closing remarks are left out."""

    file: str = ""
    """The name of the file that has the text: it may say that a text is no note."""

    names_by_file: bool = False
    """Whether the file's name also serves as the name of an anchor without one."""

    is_named: bool = False
    """Whether a person named the file: then one known heading beneath a title is enough for a note."""

    def of_answer(self, path: str | None) -> "Options":
        """Return the same for what a chat wrote, in a file that a person named, or pasted."""
        name = PurePath(path or "").name
        return dataclasses.replace(self, answer=True, file=name, is_named=bool(name))


def parse(text: str, options: Options | None = None) -> Parsed:
    """Find the anchors in a text. Never raises: there is a remark on all lines that are no anchor."""
    return parse_lines([*enumerate(text.split("\n"), 1)], options)


def parse_lines(sources: Sequence[Source], options: Options | None = None) -> Parsed:
    """Do the same for lines with numbers of their own, which the result then has."""
    options = options or Options()
    lines = [text for _, text in sources]
    try:
        drafts_of_ours = printed.read("\n".join(lines))
    except AnchorError as problem:
        return Parsed((), (Remark(sources[0][0], sources[-1][0], "left out", str(problem)),))
    if drafts_of_ours is not None:
        return Parsed(tuple(drafts_of_ours), ())
    words = (
        vocabulary.ready(vocabulary.Vocabulary(options.labels))
        if options.labels
        else vocabulary.built_in()
    )
    drafts: list[Draft] = []
    remarks: list[Remark] = []
    parts = [*log_format.parts(lines)]
    for above, entry in parts:
        stretch = [sources[number] for number in above]
        drafts += _Stretch(stretch, words, options, remarks, generated=len(parts) > 1).drafts()
        if entry is not None:
            drafts.append(log_format.read(lines, entry))
            drafts[-1].line, drafts[-1].last = sources[entry.begin][0], sources[entry.end][0]
    times.settle_years([draft.time for draft in drafts])
    remarks += [
        Remark(draft.line, draft.line, "guessed", draft.time.remark)
        for draft in drafts
        if draft.time and draft.time.remark and not draft.time.lacks_year
    ]
    return Parsed(tuple(drafts), tuple(sorted(remarks, key=lambda remark: remark.first)))


def decode(content: bytes, name: str, *, keep_encoding: bool = False) -> encoding.Decoded:
    """Decode bytes and repair misread encodings, except in entries that we generated.

    Those, and other output of ours, are correct even if they quote misread text. `name` is for messages.
    Raises WrongUsage if the bytes are not text.
    """
    decoded = encoding.decode(content, name, keep_encoding=True)
    if keep_encoding or printed.is_ours(decoded.text):
        return decoded
    lines = decoded.text.split("\n")
    others = [number for part in log_format.parts(lines) for number in part.above]
    repaired = encoding.repair("\n".join(lines[number] for number in others))
    if others:
        for number, line in zip(others, repaired.text.split("\n"), strict=True):
            lines[number] = line
    return encoding.Decoded("\n".join(lines), (*decoded.repairs, *repaired.repairs))


def _filled(draft: Draft) -> int:
    """Return how much of a draft there is: its sections with text, and its time."""
    return len(SECTIONS) - len(draft.missing) + (draft.time is not None)


def _answer(sources: Sequence[Source], remarks: list[Remark]) -> Sequence[Source]:
    """Return the lines of a chat's answer without what is around it, and with its alternatives apart."""
    from gitanchor.parsing import asked, clutter

    return asked.apart(clutter.without(asked.without_prompt(sources, remarks), remarks), remarks)


class _Stretch:
    """Lines outside of generated entries: hand-kept entries, an answer, or other text."""

    def __init__(
        self,
        sources: Sequence[tuple[int, str]],
        words: Words,
        options: Options,
        remarks: list[Remark],
        *,
        generated: bool,
    ) -> None:
        self.sources = _answer(sources, remarks) if options.answer else sources
        self.words = words
        self.options = options
        self.remarks = remarks
        self.generated = generated
        self.reader = Reader(
            words, remarks, day_first=options.day_first, notes=options.notes or options.answer
        )

    def drafts(self) -> Iterator[Draft]:
        """Yield the drafts of these lines."""
        if not any(text.strip() for _, text in self.sources):
            return
        plain, wrapping = unfold(self.sources, self.words)
        self.remarks += [
            Remark(number, number, "layout", "wraps the answer")
            for number, text in wrapping
            if text.strip()
        ]
        lines = without_requests(scan(plain, self.words), self.remarks)
        found = heads(lines, self.remarks)
        if not found:
            drafts = self._document(lines)
            yield from self._unnamed(lines) if drafts is None else drafts
            return
        told = len(self.remarks)
        drafts = list(self._named(lines, found))
        better = self._by_headings(lines, drafts)
        if better is not None:
            drafts, self.remarks[told:] = better
        yield from drafts

    def _named(self, lines: Sequence[Line], found: Sequence[Head]) -> Iterator[Draft]:
        """Yield the drafts of the entries whose lines name an anchor."""
        self._leave_out(lines[: found[0].start], "before the first entry")
        ends = [*(head.start for head in found[1:]), len(lines)]
        for head, end in zip(found, ends, strict=True):
            extent, entry = lines[head.start : end], lines[head.entry]
            held = list(numbers(extent))
            yield self.reader.read(Draft(min(held), max(held), name=entry.value), extent)

    def _by_headings(
        self, lines: Sequence[Line], drafts: Sequence[Draft]
    ) -> tuple[list[Draft], list[Remark]] | None:
        """Return the entries, and remarks, as a reader of headings finds them, if it finds more.

        So the labels of an answer count in more languages, and where they are only words on a line.
        """
        if len(drafts) > _ANSWERS or self.options.notes or not any(map(self._may_be_more, drafts)):
            return None
        remarks: list[Remark] = []
        found = self._read_as_document(lines, "", remarks)
        same = {draft.name for draft in drafts} <= {draft.name for draft in found}
        if same and sum(map(_filled, found)) > sum(map(_filled, drafts)):
            return found, remarks
        return None

    def _document(self, lines: list[Line]) -> list[Draft] | None:
        """Return the drafts of a text whose headings decide what it is; None if it has no headings.

        The answer of a chat with three sections by their own names is one in any case.
        """
        from gitanchor.parsing.documents import outline

        if self.generated or self.options.notes:
            return None
        structured = outline.is_structured(self.sources)
        labels = [line for line in lines if line.kind is Kind.LABEL and line.value != NOTES]
        if len({line.value for line in labels}) >= _WHOLE and not structured:
            return None
        drafts = self._read_as_document(lines, self.options.file, self.remarks)
        sure = len({line.value for line in labels if line.strong}) >= _WHOLE
        if drafts or sure or not (structured or self._is_other()):
            return drafts or None
        self._leave_out(lines, "no anchor in it")
        return []

    def _may_be_more(self, draft: Draft) -> bool:
        """Whether a draft lacks a section, or may have a date that was not read as its time."""
        dated = self.options.answer and draft.time is None and _DAY.search(draft.notes)
        return bool(draft.missing or dated)

    def _is_other(self) -> bool:
        """Whether the name of the file is that of a document of another kind."""
        from gitanchor.parsing.documents import dictionary

        stem = PurePath(self.options.file).stem
        return dictionary.with_own(self.options.labels).is_note(stem) is False

    def _read_as_document(self, lines: Sequence[Line], file: str, remarks: list[Remark]) -> list[Draft]:
        from gitanchor.parsing.documents import dictionary, reader  # most texts need neither

        numbered = {line.number for line in lines}  # requests are taken out
        sources = [source for source in self.sources if source[0] in numbered]
        options = self.options
        document = reader.Document(
            sources, file, options.day_first, options.names_by_file, options.is_named and bool(file)
        )
        return reader.read(document, dictionary.with_own(self.options.labels), remarks)

    def _unnamed(self, lines: list[Line]) -> Iterator[Draft]:
        """Yield drafts from the sections of a text that names no anchor; leave out other text."""
        found = [line for line in lines if line.kind is Kind.LABEL and line.value != NOTES]
        sections = {line.value for line in found}
        if self.generated or not (len(sections) > 1 or any(line.strong for line in found)):
            around = "around the entries of the generated log" if self.generated else "no anchor in it"
            self._leave_out(lines, around)
            return
        parts = list(nameless(lines))
        for part in parts:
            held = list(numbers(part))
            draft = Draft(min(held), max(held))
            if self.options.names_by_file and len(parts) == 1:
                draft.name = PurePath(self.options.file).stem
                message = f"{NAME_FROM} the file: {draft.name}"
                self.remarks.append(Remark(draft.line, draft.line, "guessed", message))
            yield self.reader.read(draft, part)

    def _leave_out(self, lines: Sequence[Line], why: str) -> None:
        """Add one remark on lines that are in no draft."""
        held = list(numbers(lines))
        if held:
            self.remarks.append(Remark(held[0], held[-1], "left out", why))
