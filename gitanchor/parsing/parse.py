"""Parse Markdown from a chat or a log into drafts of anchors, with an account of every line.

Entries of a generated log are read by their comments (`log_format`), everything else by the layouts that
chats and people use. The callers bind a draft to a branch and commit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gitanchor.model.draft import Draft, Parsed, Remark
from gitanchor.model.errors import AnchorError
from gitanchor.parsing import encoding, log_format, printed, times, vocabulary
from gitanchor.parsing.entries import heads, nameless, without_requests
from gitanchor.parsing.lines import Kind, Line, numbers, scan
from gitanchor.parsing.sections import Reader
from gitanchor.parsing.unwrap import unfold
from gitanchor.parsing.vocabulary import NOTES, Words

__all__ = ["Draft", "Options", "Parsed", "Remark", "parse"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a team writes: its own labels (label -> field), and whether the day comes before the month."""

    day_first: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: bool = False
    """Whether `Notes:` is a label, as in our own form."""


def parse(text: str, options: Options | None = None) -> Parsed:
    """Find the anchors in a text. Never raises: there is a remark on all lines that are no anchor."""
    options = options or Options()
    try:
        drafts_of_ours = printed.read(text)
    except AnchorError as problem:
        return Parsed((), (Remark(1, text.count("\n") + 1, "left out", str(problem)),))
    if drafts_of_ours is not None:
        return Parsed(tuple(drafts_of_ours), ())
    words = (
        vocabulary.ready(vocabulary.Vocabulary(options.labels))
        if options.labels
        else vocabulary.built_in()
    )
    lines = text.split("\n")
    drafts: list[Draft] = []
    remarks: list[Remark] = []
    start = 0
    blocks = log_format.blocks(lines)
    for block in blocks:
        stretch = [(number + 1, lines[number]) for number in range(start, block.begin)]
        drafts += _Stretch(stretch, words, options, remarks, generated=True).drafts()
        drafts.append(log_format.read(lines, block))
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
    """Decode bytes and repair misread encodings, except in entries that we generated.

    Those, and other output of ours, are correct even if they quote misread text. `name` is for messages.
    Raises WrongUsage if the bytes are not text.
    """
    decoded = encoding.decode(content, name, keep_encoding=True)
    if keep_encoding or printed.is_ours(decoded.text):
        return decoded
    lines = decoded.text.split("\n")
    ours = {number for block in log_format.blocks(lines) for number in range(block.begin, block.end + 1)}
    others = [number for number in range(len(lines)) if number not in ours]
    repaired = encoding.repair("\n".join(lines[number] for number in others))
    if others:
        for number, line in zip(others, repaired.text.split("\n"), strict=True):
            lines[number] = line
    return encoding.Decoded("\n".join(lines), (*decoded.repairs, *repaired.repairs))


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
        self.sources = sources
        self.words = words
        self.remarks = remarks
        self.generated = generated
        self.reader = Reader(words, remarks, day_first=options.day_first, notes=options.notes)

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
            yield from self._unnamed(lines)
            return
        self._leave_out(lines[: found[0].start], "before the first entry")
        ends = [*(head.start for head in found[1:]), len(lines)]
        for head, end in zip(found, ends, strict=True):
            extent, entry = lines[head.start : end], lines[head.entry]
            held = list(numbers(extent))
            yield self.reader.read(Draft(min(held), max(held), name=entry.value), extent)

    def _unnamed(self, lines: list[Line]) -> Iterator[Draft]:
        """Yield drafts from the sections of a text that names no anchor; leave out other text."""
        found = [line for line in lines if line.kind is Kind.LABEL and line.value != NOTES]
        sections = {line.value for line in found}
        if self.generated or not (len(sections) > 1 or any(line.strong for line in found)):
            around = "around the entries of the generated log" if self.generated else "no anchor in it"
            self._leave_out(lines, around)
            return
        for part in nameless(lines):
            held = list(numbers(part))
            yield self.reader.read(Draft(min(held), max(held)), part)

    def _leave_out(self, lines: Sequence[Line], why: str) -> None:
        """Add one remark on lines that are in no draft."""
        held = list(numbers(lines))
        if held:
            self.remarks.append(Remark(held[0], held[-1], "left out", why))
