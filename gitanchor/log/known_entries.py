"""Match entries of the log to known anchors, and find the comments that they have or should have."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from gitanchor.log import foreign_text, formatters, restoring
from gitanchor.log.scan import Kind, Line
from gitanchor.model import markdown
from gitanchor.model.anchor import Anchor
from gitanchor.model.texts import section_texts
from gitanchor.parsing import log_format, times
from gitanchor.rendering import first_form, log_entries


class KnownEntries:
    """The known anchors, looked up by what is left of their entries."""

    def __init__(self, known: Sequence[Anchor], committed: str) -> None:
        self._known = {anchor.id: anchor for anchor in known}
        self._committed = committed

    @cached_property
    def _closings(self) -> Mapping[str, str]:
        """The comments below the entries of the committed log, by id."""
        lines = self._committed.split("\n")
        return {block.id: lines[block.end] for block in log_format.blocks(lines)}

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], Anchor]:
        """The anchors by the name and time that their entries show; the newest of two counts."""
        return {
            (log_format.shown_name(anchor.name), f"{anchor.created:%H:%M %m/%d/%Y}"): anchor
            for anchor in reversed(self._known.values())
        }

    def unformatted(
        self, block: log_format.Block, lines: Sequence[str], moved: Collection[str] = ()
    ) -> str | None:
        """Return the entry of a known anchor from which a block differs only in its formatting, or None.

        `moved` are link definitions that were moved out of their entries.
        """
        anchor = self._known.get(block.id)
        if anchor is None or not first_form.has_digest(anchor, block.digest):
            return None
        body = formatters.meaning("\n".join(lines[block.begin + 1 : block.end]))
        for text in (log_entries.entry(anchor), first_form.entry(anchor)):
            _, *expected, last = text.split("\n")
            left = [_without(line, moved) for line in expected] if moved else expected
            if lines[block.end].rstrip() == last and formatters.meaning("\n".join(left)) == body:
                return log_entries.entry(anchor)
        return None

    def define(self, line: str) -> bool:
        """Whether a line is a link definition of a known anchor; formatters move these to the end."""
        return markdown.defines_link(line) and any(
            line.strip() in text
            for anchor in self._known.values()
            for text in section_texts(anchor).values()
        )

    def comments(self, lines: Sequence[Line]) -> tuple[str, str] | None:
        """Return both comments of an entry that may have lost one or both; None for an unknown entry."""
        first = {line.kind: line.text for line in reversed(lines)}
        begin = log_format.opened(lines[0].text)
        last = first.get(Kind.CLOSING)
        end = log_format.closed(last) if last else None
        anchor = self._known.get(begin or "") or self._known.get(end or "")
        if anchor is None and last and end and begin in {None, end}:
            return log_entries.opening(end), last
        if anchor is None and Kind.PLACE in first and not (begin or end):
            name = log_format.name_on(first[Kind.NAME]) or ""
            anchor = self._by_name.get((name, times.time_on(first.get(Kind.TIME, "")) or ""))
        if anchor is None:
            return None
        if last is None or end != anchor.id:
            last = self._closings.get(anchor.id) or log_entries.entry(anchor).rsplit("\n", 1)[1]
        return log_entries.opening(anchor.id), last


def _without(line: str, moved: Collection[str]) -> str:
    """Return a line of an entry, or an empty one for a link definition that was moved."""
    found = next((text for text in moved if line.endswith(text)), None)
    return line if found is None else line.removesuffix(found)


def is_only_formatted(text: str, foreword: str, known: Mapping[str, str]) -> bool:
    """Whether a log differs only in its formatting from a render of some of the known entries.

    `known` are the entries of the present anchors, by id.
    """
    lines = restoring.comments(text.split("\n"))
    above, *others = log_format.parts(lines)
    blocks = [part.entry for part in (above, *others) if part.entry]
    if any(foreign_text.is_text(lines[number]) for part in others for number in part.above):
        return False
    links = log_entries.older_links(lines)
    heads = [log_entries.header(foreword, links), first_form.header(foreword, links)]
    page = log_entries.page_of(lines)
    if page is not None:
        heads = [log_entries.page_header(*page), first_form.page_header(*page)]
    head = "\n".join(lines[number] for number in above.above if lines[number] != log_entries.END)
    return any(formatters.same(head, one) for one in heads) and all(
        _same_entry("\n".join(lines[block.begin : block.end + 1]), known.get(block.id, ""))
        for block in blocks
    )


def _same_entry(present: str, expected: str) -> bool:
    """Whether two entries are the same but for formatting and the digest in the last comment."""
    (body, _, end), (wanted, _, last) = (text.rpartition("\n") for text in (present, expected))
    facts, same_facts = (line.rsplit(" ", 2)[0] for line in (end, last))
    return facts == same_facts and formatters.same(body, wanted)
