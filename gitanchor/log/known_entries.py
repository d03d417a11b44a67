"""Match entries of the log to known anchors, and find the comments that they have or should have."""

from collections.abc import Collection, Mapping, Sequence

from gitanchor.log import formatters, restoring
from gitanchor.log.insertions import Source
from gitanchor.model import markdown
from gitanchor.model.anchor import Anchor
from gitanchor.model.texts import section_texts
from gitanchor.parsing import log_format, times
from gitanchor.rendering import first_form, log_entries


class KnownEntries:
    """The known anchors, looked up by what is left of their entries."""

    def __init__(self, known: Sequence[Anchor], committed: str) -> None:
        lines = committed.split("\n")
        self._known = {anchor.id: anchor for anchor in known}
        self._closings = {block.id: lines[block.end] for block in log_format.blocks(lines)}
        self._by_name: Mapping[tuple[str, str], Anchor] = {
            (log_format.shown_name(anchor.name), f"{anchor.created:%H:%M %m/%d/%Y}"): anchor
            for anchor in reversed(known)
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

    def comments(self, sources: Sequence[Source], kinds: str) -> tuple[str, str] | None:
        """Return both comments of an entry that may have lost one or both; None for an unknown entry."""
        texts = [text for _, text in sources]
        begin = log_format.opened(texts[0])
        last = texts[kinds.find("E")] if "E" in kinds else None
        end = log_format.closed(last) if last else None
        anchor = self._known.get(begin or "") or self._known.get(end or "")
        if anchor is None and last and end and begin in {None, end}:
            return f"<!-- anchor {end} -->", last
        if anchor is None and "P" in kinds and not (begin or end):
            anchor = self._by_name.get(_name_and_time(texts, kinds))
        if anchor is None:
            return None
        if last is None or end != anchor.id:
            last = self._closings.get(anchor.id) or log_entries.entry(anchor).rsplit("\n", 1)[1]
        return f"<!-- anchor {anchor.id} -->", last


def _without(line: str, moved: Collection[str]) -> str:
    """Return a line of an entry, or an empty one for a link definition that was moved."""
    found = next((text for text in moved if line.endswith(text)), None)
    return line if found is None else line.removesuffix(found)


def _name_and_time(texts: Sequence[str], kinds: str) -> tuple[str, str]:
    name = log_format.name_on(texts[kinds.index("N")]) or ""
    written = times.time_on(texts[kinds.index("T")]) if "T" in kinds else None
    return name, written or ""


def is_only_formatted(text: str, foreword: str, known: Mapping[str, str]) -> bool:
    """Whether a log differs only in its formatting from a render of some of the known entries.

    `known` are the entries of the present anchors, by id.
    """
    lines = restoring.comments(text.split("\n"))
    blocks = log_format.blocks(lines)
    if any(block.id not in known for block in blocks):
        return False
    start = 0
    expected = []
    for block in blocks:
        if any(line.strip() for line in lines[start : block.begin]) and start:
            return False
        start = block.end + 1
        expected.append(known[block.id])
    head = lines[: blocks[0].begin if blocks else len(lines)]
    bodies = ["\n".join(lines[block.begin : block.end + 1]) for block in blocks]
    links = log_entries.older_links(lines)
    heads = [log_entries.header(foreword, links), first_form.header(foreword, links)]
    page = log_entries.page_of(lines)
    if page is not None:
        heads = [log_entries.page_header(*page), first_form.page_header(*page)]
    above = "\n".join(line for line in head if line != log_entries.END)
    same_head = any(formatters.same(above, one) for one in heads)
    after = (
        [line for line in lines[start:] if line.strip() and line != log_entries.END] if blocks else []
    )
    return same_head and not after and all(map(_same_entry, bodies, expected))


def _same_entry(present: str, expected: str) -> bool:
    """Whether two entries are the same but for formatting and the digest in the last comment."""
    (body, end), (wanted, last) = (text.rsplit("\n", 1) for text in (present, expected))
    facts, same_facts = (line.rsplit(" ", 2)[0] for line in (end, last))
    return facts == same_facts and formatters.same(body, wanted)
