"""Merge three versions of a file that is generated beside the log. No input or output.

Of the entries of both sides the newest stays, and each that a person changed, so that `absorb` finds the
edit. What is around a block is merged by lines.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from gitanchor.log import log_merge, output_parts
from gitanchor.log.output_parts import Parts
from gitanchor.model import markdown
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing import log_format
from gitanchor.rendering import handoff_files, log_entries
from gitanchor.storage.config import AGENTS, SNAPSHOT
from gitanchor.storage.field_merge import Marks, Merged, TextMerge

_AROUND = "the text around the block"

Texts = tuple[str, str, str]
"""The base, our and their version; an empty base means that there is none."""


def kind_of(texts: Texts) -> str | None:
    """Return what a file is, by its versions alone; None if it is none of ours."""
    if any(handoff_files.BEGIN in text and _has_block(text) for text in texts):
        return AGENTS
    return SNAPSHOT if any(map(output_parts.is_snapshot, texts)) else None


def _has_block(text: str) -> bool:
    try:
        return Parts.of(text, AGENTS, "").generated is not None
    except WrongUsage:
        return False


def merge(texts: Texts, kind: str, merge_text: TextMerge, marks: Marks) -> Merged | None:
    """Merge three versions of a file. Returns None if they have to be merged line by line."""
    try:
        base, ours, theirs = (Parts.of(text, kind, "") for text in texts)
    except WrongUsage:
        return None
    generated = _generated((base, ours, theirs), merge_text, marks)
    if generated is None:
        return None
    if kind != AGENTS:
        return generated._replace(text=handoff_files.snapshot(generated.text or None))
    around = merge_text(*(_with_place(parts) for parts in (base, ours, theirs)))
    block = handoff_files.block(generated.text or None).replace("\n", ours.line_break)
    text = _placed(around.text, block, once=around.clean)
    conflicts = (*generated.conflicts, *(() if around.clean else (_AROUND,)))
    return Merged(text, not conflicts, conflicts)


class _Side(NamedTuple):
    """One version as a log, with its entries by id, and the ids of those that a person changed."""

    text: str
    entries: dict[str, str]
    edited: Collection[str]

    def changed(self, key: str, before: str) -> bool:
        """Whether this has an entry that says something else than before."""
        return self.entries.get(key, before) != before

    def with_entry(self, text: str) -> "_Side":
        """Return the same with one more entry."""
        return self._replace(
            text=self.text.replace(f"\n{log_entries.END}\n", f"\n{text}\n{log_entries.END}\n")
        )


def _side(parts: Parts) -> _Side:
    if parts.generated is None:
        return _Side("", {}, ())
    text = output_parts.as_log(parts._replace(before="", after=""), "", "").text
    lines = text.split("\n")
    blocks = log_format.blocks(lines)
    entries = {each.id: "\n".join([*lines[each.begin : each.end + 1], ""]) for each in blocks}
    return _Side(text, entries, {each.id for each in blocks if each.edited})


def _generated(
    versions: tuple[Parts, Parts, Parts], merge_text: TextMerge, marks: Marks
) -> Merged | None:
    """Merge what is generated; return the lines for the place of the entry."""
    base, ours, theirs = map(_side, versions)
    for key, text in base.entries.items():  # an entry that left a snapshot was not removed
        if ours.changed(key, text) and key not in theirs.entries and theirs.text:
            theirs = theirs.with_entry(text)
        elif theirs.changed(key, text) and key not in ours.entries and ours.text:
            ours = ours.with_entry(text)
    merged = log_merge.merge_logs((base.text, ours.text, theirs.text), merge_text, marks)
    if merged is None:
        return None
    lines = merged.text.split("\n")
    head = log_entries.header().split("\n")
    if lines[: len(head)] != head:
        return None
    lines = lines[len(head) :]
    lines = [line for line in lines if line != log_entries.END]
    if merged.clean:
        lines = _newest(lines)
    return merged._replace(text="\n".join(markdown.trim_blank_lines(lines)))


def _newest(lines: Sequence[str]) -> list[str]:
    """Return the lines without the entries that are neither the newest nor changed by a person."""
    dropped: set[int] = set()
    for block in log_format.blocks(lines)[1:]:
        if not block.edited:
            dropped |= {*range(block.begin, block.end + 1)}
    return [line for number, line in enumerate(lines) if number not in dropped]


def _with_place(parts: Parts) -> str:
    """Return what is around a block, with a line in the place of the block."""
    return parts.before + (handoff_files.BEGIN if parts.generated is not None else "") + parts.after


def _placed(text: str, block: str, *, once: bool) -> str:
    """Return a text with a block in its place; with `once` in the first, if there are several."""
    lines = text.split("\n")
    places = [n for n, line in enumerate(lines) if line.rstrip() == handoff_files.BEGIN]
    for place in places[:1] if once else places:
        lines[place] = lines[place].replace(handoff_files.BEGIN, block)
    gone = set(places[1:]) if once else set[int]()
    return "\n".join(line for number, line in enumerate(lines) if number not in gone)
