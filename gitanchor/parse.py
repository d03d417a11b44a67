"""Markdown from a chat or a log -> drafts of anchors, and an account of every line.

The shapes are those of the logs that people keep by hand, of chats' answers, and of the log that we
generate. A draft is what the text says; binding it to a branch and commit is left to the callers.
"""

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from gitanchor import markdown, times
from gitanchor.anchor import SECTIONS, Dependency
from gitanchor.dependencies import dependency, items
from gitanchor.scan import (
    NOTES,
    VERBATIM,
    Kind,
    Line,
    is_place_line,
    is_placeholder_name,
    numbers,
    scan,
)

_SHOWN: Final = 60
"""Characters of a line that a remark quotes."""

_BRANCH: Final = re.compile(
    r"\bbranch(?:es)?\W{0,4}(?:[=:]\s*)?`(?P<after>[^`\s]+)`"
    r"|`(?P<before>[^`\s]+)`\)?\s+branch\b"
    r"|\bbranch\s*[=:]\s*(?P<bare>[\w./-]*\w)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Draft:
    """What a text says of one anchor. `name` and `time` are None where it says nothing of them.

    `line` and `last` are where it starts and ends. `id` and `meta` stand only in entries of a
    generated log.
    """

    line: int
    last: int = 0
    name: str | None = None
    time: times.WrittenTime | None = None
    context: str = ""
    milestone: str = ""
    next_action: str = ""
    dependencies: tuple[Dependency, ...] = ()
    notes: str = ""
    id: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether no section says anything."""
        return not any(getattr(self, section) for section in SECTIONS)

    @property
    def branch(self) -> str | None:
        """The branch that its sections name, if they name exactly one."""
        texts = [self.context, self.milestone, self.next_action]
        texts += [item.text for item in self.dependencies]
        found = {
            match[match.lastgroup or 0]
            for text in texts
            for match in _BRANCH.finditer(text.replace("**", ""))
        }
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell about lines of the input: `kind` is request, left out, guessed or layout."""

    first: int
    last: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The drafts of a text in its order, and remarks on every line that is in none of them."""

    drafts: tuple[Draft, ...]
    remarks: tuple[Remark, ...]


def parse(text: str) -> Parsed:
    """Find the anchors in a text. Never raises: what is no anchor is remarked upon by line."""
    lines = scan(text.split("\n"))
    _pair_comments(lines)
    remarks: list[Remark] = []
    lines = _without_requests(lines, remarks)
    heads = _heads(lines)
    starts = [head.start for head in heads]
    if not heads:
        draft = _unnamed(lines, remarks)
        return Parsed((draft,) if draft else (), tuple(remarks))
    generated = lines[starts[0]].kind is Kind.BEGIN
    what = "the head of the generated log" if generated else "before the first entry"
    _leave_out(lines[: starts[0]], what, remarks)
    drafts = []
    near: datetime | None = None
    for head, end in zip(heads, [*starts[1:], len(lines)], strict=True):
        draft = _draft(lines, head, end, near, remarks)
        near = draft.time.moment if draft.time else near
        drafts.append(draft)
    return Parsed(tuple(drafts), tuple(sorted(remarks, key=lambda remark: remark.first)))


# Which lines start an entry ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Head:
    """Where an entry starts (its time or comment, if it has any) and where its name stands."""

    start: int
    entry: int


def _pair_comments(lines: list[Line]) -> None:
    """Take comments of generated entries for text where the other one of the pair is missing."""
    opened: Line | None = None
    for line in lines:
        if line.kind is Kind.BEGIN:
            if opened is not None:
                opened.kind = Kind.TEXT
            opened = line
        elif line.kind is Kind.END:
            if opened is None or opened.value != line.value:
                line.kind = Kind.TEXT
            else:
                opened = None
    if opened is not None:
        opened.kind = Kind.TEXT


def _without_requests(lines: list[Line], remarks: list[Remark]) -> list[Line]:
    """Take out each request that nobody filled in, with the time over it."""
    kept: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        end = _end_of_request(lines, index)
        if end == index:
            kept.append(line)
            index += 1
            continue
        block = _time_over(kept) + lines[index:end]
        held = list(numbers(block))
        asked = "for what follows" if end == index + 1 else "not filled in"
        remarks.append(Remark(held[0], held[-1], "request", f"{asked}: {_shortened(line.text)}"))
        index = end
    return kept


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _end_of_request(lines: list[Line], start: int) -> int:
    """The index behind a request that starts at a line; that line's own if none does.

    A request is `Anchor this as chat …`, the name, and labels over nothing but placeholders; of
    one that was answered in place only the first line is a request.
    """
    asked = lines[start].kind is Kind.REQUEST
    end = start + asked
    if end < len(lines) and lines[end].kind is Kind.ENTRY:
        end += 1
    labels = end
    while end < len(lines) and lines[end].is_placeholder:
        end += 1
    filled = end < len(lines) and lines[end].kind is Kind.LABEL
    if end > labels and not filled:
        return end
    if labels > start + asked and is_placeholder_name(lines[labels - 1].value) and not filled:
        return labels
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


def _heads(lines: list[Line]) -> list[_Head]:
    """Where entries start: at a line that names an anchor, if labels follow before the next one.

    A name that is only mentioned (in a closing sentence, say) is text of the entry around it.
    """
    entries = []
    label_follows = False
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if line.kind is Kind.END or (line.kind is Kind.LABEL and line.value != NOTES):
            label_follows = True
        elif line.kind is Kind.ENTRY and label_follows:
            entries.append(index)
            label_follows = False
        elif line.kind is Kind.ENTRY:
            _make_text(lines, index)
        elif line.kind is Kind.TIME:
            label_follows = False
    heads = []
    previous = -1
    for entry in reversed(entries):
        start = _start_of(lines, entry, previous)
        heads.append(_Head(start, entry))
        previous = entry
    return heads


def _make_text(lines: list[Line], entry: int) -> None:
    """Take an entry line, with the name below it if it has one, for the text that it is."""
    lines[entry].kind = Kind.TEXT
    for line in lines[entry + 1 :]:
        if line.kind is Kind.NAME:
            line.kind = Kind.TEXT
        if line.kind is not Kind.BLANK:
            return


def _start_of(lines: list[Line], entry: int, previous: int) -> int:
    """The comment or the nearest time over an entry, after the entry before it; or the entry."""
    start = entry
    for index in range(entry - 1, previous, -1):
        kind = lines[index].kind
        if kind is Kind.BEGIN:
            return index
        if kind in {Kind.LABEL, Kind.END}:
            break
        if kind is Kind.TIME:
            start = index
            above = index - 1
            while above > previous and lines[above].kind is Kind.BLANK:
                above -= 1
            return above if above > previous and lines[above].kind is Kind.BEGIN else start
    return start


# From lines to a draft -----------------------------------------------------------------------


def _draft(
    lines: list[Line], head: _Head, end: int, near: datetime | None, remarks: list[Remark]
) -> Draft:
    """Read one entry: the lines from its head to the next."""
    extent = lines[head.start : end]
    begin = extent[0] if extent[0].kind is Kind.BEGIN else None
    if begin is not None:
        closing = next((n for n, line in enumerate(extent) if line.kind is Kind.END), None)
        if closing is not None and extent[closing].value == begin.value:
            _leave_out(extent[closing + 1 :], "after an entry of the generated log", remarks)
            extent = extent[: closing + 1]
    entry = lines[head.entry]
    draft = Draft(entry.number, max(numbers(extent)), name=entry.value)
    for line in extent:
        if line.kind is Kind.TIME and line.number < entry.number:
            draft.line = line.number
            draft.time = times.read_time(line.value, near=near)
            if draft.time is None:
                remarks.append(Remark(line.number, line.number, "left out", f"not a time: {line.text}"))
            elif draft.time.remark:
                remarks.append(Remark(line.number, line.number, "guessed", draft.time.remark))
    if begin is not None and extent[-1].kind is Kind.END:
        _fill_generated(draft, extent)
    else:
        _fill(draft, extent, remarks)
    return draft


def _unnamed(lines: list[Line], remarks: list[Remark]) -> Draft | None:
    """The sections of a text that names no anchor, as one draft; or the text, left out."""
    if not any(line.kind is Kind.LABEL and line.value != NOTES for line in lines):
        _leave_out(lines, "no anchor in it", remarks)
        return None
    held = list(numbers(lines))
    draft = Draft(held[0], held[-1])
    _fill(draft, lines, remarks)
    return draft


def _fill(draft: Draft, extent: list[Line], remarks: list[Remark]) -> None:
    """Share out the lines of an entry that a person or a chat laid out."""
    labels: list[int] = []
    seen: set[str] = set()
    for index, line in enumerate(extent):
        if line.kind is Kind.LABEL and line.value not in seen | {NOTES}:
            seen.add(line.value)
            labels.append(index)
    first = labels[0] if labels else len(extent)
    structure = {Kind.TIME, Kind.ENTRY, Kind.NAME, Kind.BEGIN, Kind.END, Kind.BLANK}
    above = [line for line in extent[:first] if line.kind not in structure]
    notes = [line.text for line in above if line.kind is not Kind.RULE]
    notes += [line.rest for line in extent[:first] if line.kind is Kind.ENTRY and line.rest]
    remarks += [_layout(line) for line in above if line.kind is Kind.RULE]
    for start, stop in itertools.pairwise([*labels, len(extent)]):
        last = stop == len(extent)
        body = extent[start + 1 : stop]
        over = _end_of_last(extent[start], body) if last else len(body)
        _put(draft, extent[start], _without_rules(body[:over], remarks))
        after = _without_rules(body[over:], remarks)
        notes += (
            ["", *(line.text for line in after)] if after and notes else [line.text for line in after]
        )
    draft.notes = "\n".join(markdown.trim_blank_lines(notes))


def _end_of_last(label: Line, body: Sequence[Line]) -> int:
    """Where the last section of an entry ends and what was said around it begins."""
    bulleted = False
    blank = False
    for index, line in enumerate(body):
        if line.kind in {Kind.RULE, Kind.HEADING, Kind.TIME}:
            return index
        if line.kind is Kind.TEXT and label.value == "dependencies":
            if markdown.bullet(line.text):
                bulleted = True
            elif bulleted and blank and not line.text.startswith((" ", "\t")):
                return index
        blank = line.kind is Kind.BLANK
    return len(body)


def _without_rules(body: Sequence[Line], remarks: list[Remark]) -> list[Line]:
    """The lines without the blank lines and rules at both ends, which only set them apart."""
    start, end = 0, len(body)
    while start < end and body[start].kind in {Kind.BLANK, Kind.RULE}:
        start += 1
    while end > start and body[end - 1].kind in {Kind.BLANK, Kind.RULE}:
        end -= 1
    remarks += [_layout(line) for line in [*body[:start], *body[end:]] if line.kind is Kind.RULE]
    return list(body[start:end])


def _layout(line: Line) -> Remark:
    return Remark(line.number, line.number, "layout", "a rule between parts of an entry")


def _put(draft: Draft, label: Line, body: Sequence[Line]) -> None:
    """Set the section of a label to the text beside and below it."""
    texts = [line.text for line in body]
    if label.rest:
        gap = [""] if body and body[0].number > label.number + 1 else []
        texts = [label.rest, *gap, *texts]
    if label.value == "dependencies":
        draft.dependencies = tuple(dependency(item) for item in items(texts))
    else:
        setattr(draft, label.value, "\n".join(texts))


def _leave_out(lines: Sequence[Line], why: str, remarks: list[Remark]) -> None:
    """Remark on lines that no draft holds, as one stretch each."""
    held = list(numbers(lines))
    if held:
        remarks.append(Remark(held[0], held[-1], "left out", why))


# Entries of the generated log ----------------------------------------------------------------


def _fill_generated(draft: Draft, extent: list[Line]) -> None:
    """Read an entry as `render` wrote it: what stands there is the text, to the byte."""
    closing = extent[-1]
    draft.id, draft.meta = closing.value, closing.meta
    labels = [n for n, line in enumerate(extent) if line.kind is Kind.LABEL]
    stop = len(extent) - 1
    if is_place_line(extent[stop - 1].text):
        stop -= 1
    for start, end in itertools.pairwise([*labels, stop]):
        label = extent[start]
        texts = [line.text for line in extent[start + 1 : end]]
        body = [label.rest] if label.rest else markdown.trim_blank_lines(texts)
        if body[:1] == [VERBATIM]:
            _put_verbatim(draft, label.value, body)
        elif label.value == "dependencies":
            draft.dependencies = tuple(dependency(item) for item in items(body))
        else:
            setattr(draft, label.value, "\n".join(body))
    draft.name = closing.meta.get("name", draft.name)


def _put_verbatim(draft: Draft, section: str, body: Sequence[str]) -> None:
    """Read a section from the fence that kept it apart from structure."""
    inner = "\n".join(body[2:-1])
    value = json.loads(inner) if body[1].endswith("json") else inner
    if section == "dependencies":
        draft.dependencies = tuple(dependency(item) for item in value)
    else:
        setattr(draft, section, value)
