"""Read the lines of one entry: its time, its sections, and the notes around them."""

import itertools
from collections.abc import Sequence
from typing import Final

from gitanchor.model import markdown
from gitanchor.model.dependencies import dependency, taken_apart
from gitanchor.model.draft import Draft, Remark
from gitanchor.parsing import name_line, times
from gitanchor.parsing.lines import Kind, Line
from gitanchor.parsing.vocabulary import NOTES, Words

_STRUCTURE: Final = (Kind.TIME, Kind.ENTRY, Kind.NAME, Kind.RULE)
_CLOSING: Final = (Kind.RULE, Kind.HEADING, Kind.TIME)


class Reader:
    """Reads entries into drafts, by the labels and settings of a team, and adds remarks on lines."""

    def __init__(self, words: Words, remarks: list[Remark], *, day_first: bool, notes: bool) -> None:
        self.words = words
        self.remarks = remarks
        self.day_first = day_first
        self.notes = notes

    def read(self, draft: Draft, extent: Sequence[Line]) -> Draft:
        """Fill a draft from the lines of its entry, and return it."""
        starts = labels_of(extent, notes=self.notes)
        first = starts[0] if starts else len(extent)
        self._take_head(draft, extent[:first])
        notes = self._said_above(extent[:first])
        for start, stop in itertools.pairwise([*starts, len(extent)]):
            label, body = extent[start], extent[start + 1 : stop]
            last = stop == len(extent) and label.value != NOTES
            over = (
                _end_of_last(label, body, inline=self.notes and bool(label.rest)) if last else len(body)
            )
            self._tell_repaired(label)
            _put(draft, label, self._without_rules(body[:over]))
            if over < len(body):
                after = [line.text for line in self._without_rules(body[over:])]
                notes += ["", *after] if after and notes else after
        own = [draft.notes] if draft.notes else []
        draft.notes = "\n".join([*markdown.trim_blank_lines(notes), *own])
        return draft

    def _take_head(self, draft: Draft, above: Sequence[Line]) -> None:
        for line in above:
            if line.kind is Kind.TIME and draft.time is None:
                draft.line = min(draft.line, line.number)
                draft.time = times.read_time(line.value, day_first=self.day_first)
            elif line.kind is Kind.ENTRY and (damaged := name_line.repaired(line.text)):
                message = f"'{damaged}' read as 'Resume from anchor'"
                self.remarks.append(Remark(line.number, line.number, "repaired", message))

    def _said_above(self, above: Sequence[Line]) -> list[str]:
        """Return the text above the first section, without time and name."""
        texts = ["" if line.kind in _STRUCTURE else line.text for line in above]
        self._layout([line for line in above if line.kind is Kind.RULE])
        notes = _squeezed(texts)
        return notes + [line.rest for line in above if line.kind is Kind.ENTRY and line.rest]

    def _tell_repaired(self, label: Line) -> None:
        """Add a remark on a label that lost or doubled a letter; only weak ones can have."""
        if label.strong or label.value == NOTES:
            return
        match = self.words.pattern.match(label.text)
        meaning = self.words.meaning(match["label"]) if match else None
        if match and meaning and meaning.repaired:
            message = f"'{match['label']}' read as '{meaning.repaired}'"
            self.remarks.append(Remark(label.number, label.number, "repaired", message))

    def _without_rules(self, body: Sequence[Line]) -> Sequence[Line]:
        """Return the lines without blank lines and rules at either end, which are only separators."""
        start, end = 0, len(body)
        while start < end and _sets_apart(body[start]):
            start += 1
        while end > start and _sets_apart(body[end - 1]):
            end -= 1
        if end - start == len(body):
            return body
        self._layout([line for line in (*body[:start], *body[end:]) if line.kind is Kind.RULE])
        return body[start:end]

    def _layout(self, rules: Sequence[Line]) -> None:
        self.remarks += [
            Remark(line.number, line.number, "layout", "a rule between parts of an entry")
            for line in rules
        ]


def labels_of(extent: Sequence[Line], *, notes: bool = False) -> list[int]:
    """Return where the sections of an entry start: each at its own name if present, else at a synonym.

    If a label occurs twice, the first one counts.
    """
    labels = [(index, line) for index, line in enumerate(extent) if line.kind is Kind.LABEL]
    strong = {line.value for _, line in labels if line.strong}
    seen: set[str] = set() if notes else {NOTES}
    found = []
    for index, line in labels:
        if (line.strong or line.value not in strong) and line.value not in seen:
            seen.add(line.value)
            found.append(index)
    return found


def _squeezed(texts: Sequence[str]) -> list[str]:
    """Return the lines with at most one blank line in a row, and none at the ends."""
    squeezed: list[str] = []
    for text in markdown.trim_blank_lines(texts):
        if text.strip() or squeezed[-1].strip():
            squeezed.append(text)
    return squeezed


def _sets_apart(line: Line) -> bool:
    return line.kind is Kind.BLANK or line.kind is Kind.RULE or not line.text.strip()


def _end_of_last(label: Line, body: Sequence[Line], *, inline: bool) -> int:
    """Return where the last section of an entry ends, and other text begins.

    `inline` says that it ends with its paragraph, as its text stands beside the label.
    """
    bulleted = False
    blank = False
    for index, line in enumerate(body):
        if line.kind in _CLOSING:
            return index
        if line.kind is Kind.TEXT and label.value == "dependencies":
            if markdown.item(line.text):
                bulleted = True
            elif (
                blank
                and not line.text.startswith((" ", "\t"))
                and (bulleted or inline or (index and line.text.rstrip().endswith("?")))
            ):
                return index
        blank = line.kind is Kind.BLANK
    return len(body)


def _put(draft: Draft, label: Line, body: Sequence[Line]) -> None:
    """Set the section of a label to the text beside and below the label."""
    texts = [line.text for line in body]
    if label.rest:
        gap = [""] if body and body[0].number > label.number + 1 else []
        texts = [label.rest, *gap, *texts]
    if label.value == "dependencies":
        draft.dependencies = tuple(dependency(item) for item in taken_apart(texts)) if texts else ()
    else:
        setattr(draft, label.value, "\n".join(texts))
    draft.lines[label.value] = (
        label.number,
        max(label.number, body[-1].number) if body else label.number,
    )
