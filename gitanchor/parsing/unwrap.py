"""Convert answers that are quoted, in code fences or in other layouts to plain lines, in a fixed order.

`yaml_json` converts YAML and JSON, `tables` tables and lists, and `headings` headings copied from a
browser. Each line keeps the number of the line that it comes from.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from gitanchor.model import markdown
from gitanchor.parsing import headings, tables, yaml_json
from gitanchor.parsing.lines import Kind, Line, Source, is_answer, labels_in, scan
from gitanchor.parsing.vocabulary import Words

_QUOTED: Final = re.compile(r" {0,3}> ?")
_PROSE_INFO: Final = frozenset({"", "md", "markdown", "text", "txt", "plaintext", "plain"})
_DATA_INFO: Final = frozenset({"yaml", "yml", "json", "json5", "jsonc"})
_OTHERS: Final = 2
"""Most code blocks beside an answer; a text with more is a document with an answer as an example."""

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
_WHOLE: Final = 3
"""Sections that make an answer count even if its fence or place is an argument against it."""


class _Block(NamedTuple):
    """A fenced block: the indexes of its first and last line, and the first word after its fence."""

    first: int
    last: int
    info: str


def unfold(sources: Sequence[Source], words: Words) -> tuple[list[Source], list[Source]]:
    """Convert an answer to plain lines; also return the lines that were only wrapping."""
    lines, wrapping = list(sources), list[Source]()
    steps: tuple[Callable[[list[Source], Words, list[Source]], list[Source]], ...] = (
        _unquoted, _data_unfolded, _unfenced, headings.labelled, tables.unfolded, tables.list_unfolded,
    )  # fmt: skip
    for step in steps:
        lines = step(lines, words, wrapping)
    return lines, wrapping


def _unquoted(lines: list[Source], words: Words, _wrapping: list[Source]) -> list[Source]:
    """Remove the `>` from quotations of a whole answer."""
    quoted = [index for index, (_, text) in enumerate(lines) if ">" in text[:4] and _QUOTED.match(text)]
    for stretch in tables.in_a_row(quoted):
        bare = [(number, _QUOTED.sub("", text, count=1)) for number, text in lines[stretch]]
        if is_answer(scan(bare, words)):
            lines[stretch] = bare
    return lines


# Code fences -------------------------------------------------------------------------------------


def _fenced(lines: Sequence[Source]) -> Iterator[_Block]:
    """Yield the fenced blocks that are closed."""
    fence = markdown.Fence()
    first = -1
    for index in [index for index, (_, text) in enumerate(lines) if "```" in text or "~~~" in text]:
        if fence.holds(lines[index][1]):
            first = index if first < 0 else first
            if fence.closed:
                yield _Block(first, index, markdown.fence_info(lines[first][1]) or "")
                first = -1


def _unfenced(lines: list[Source], words: Words, wrapping: list[Source]) -> list[Source]:
    """Remove the code fences around whole answers, if no section is outside of them."""
    blocks = list(_fenced(lines))
    if not blocks:
        return lines
    around = _around_all(lines, blocks[0])
    wrapped = []
    if around and _shows_more(lines, around, words) and _is_opened([around], lines, words):
        wrapped = [around]
    apart = (
        [block for block in blocks if _is_whole(lines, block, words)] if _bare(lines, [], words) else []
    )
    answers = apart if len(apart) > 1 or not wrapped else wrapped
    if len(blocks) - len(apart) > _OTHERS:
        answers = wrapped
    opened: list[Source] = []
    start = 0
    for block in answers:
        opened += [*lines[start : block.first], *lines[block.first + 1 : block.last]]
        opened.append((lines[block.last][0], "---"))  # what follows is not part of the answer
        wrapping.append(lines[block.first])
        start = block.last + 1
    return [*opened, *lines[start:]]


def _around_all(lines: Sequence[Source], first: _Block) -> _Block | None:
    """Return the block from the first fence to the last, if the fences between are in pairs.

    A chat whose answer contains fences means that; by CommonMark the block ends at the first of them.
    """
    last = len(lines) - 1
    while last > first.last and markdown.fence_info(lines[last][1]) is None:
        last -= 1
    bare = lines[first.first][1].strip().rstrip(_LETTERS)
    if last <= first.last or lines[last][1].strip() != bare:
        return None
    inner = [text for _, text in lines[first.first + 1 : last]]
    return _Block(first.first, last, first.info) if markdown.fences(inner).closed else None


def _shows_more(lines: Sequence[Source], block: _Block, words: Words) -> bool:
    """Return whether a block has more sections than the text has by CommonMark's rule for fences.

    A long log whose last fence is not closed also has pairs of fences between its first and last one,
    but none of them is around its entries.
    """
    inside = sum(1 for _ in labels_in(lines[block.first + 1 : block.last], words))
    return inside > sum(1 for _ in labels_in(lines, words))


def _is_opened(blocks: Sequence[_Block], lines: Sequence[Source], words: Words) -> bool:
    return _bare(lines, blocks, words) and all(_is_whole(lines, block, words) for block in blocks)


def _bare(lines: Sequence[Source], blocks: Sequence[_Block], words: Words) -> bool:
    """Return whether no section is outside of some blocks."""
    start = 0
    for block in blocks:
        if any(labels_in(lines[start : block.first], words)):
            return False
        start = block.last + 1
    return not any(labels_in(lines[start:] if start else lines, words))


def _is_whole(lines: Sequence[Source], block: _Block, words: Words) -> bool:
    """Return whether a block is an answer; one marked as another language must have three sections."""
    held = scan(lines[block.first + 1 : block.last], words)
    begins = next((line for line in held if line.kind not in (Kind.BLANK, Kind.HEADING)), None)
    if begins is None or not is_answer(held):
        return False
    if block.info in _PROSE_INFO | _DATA_INFO:
        return True
    return begins.kind not in (Kind.TEXT, Kind.FENCED) and len(_sections(held)) >= _WHOLE


def _sections(lines: Sequence[Line]) -> set[str]:
    return {line.value for line in lines if line.kind is Kind.LABEL and not line.is_placeholder}


# YAML and JSON -----------------------------------------------------------------------------------


def _data_unfolded(lines: list[Source], words: Words, _wrapping: list[Source]) -> list[Source]:
    """Convert blocks of YAML and JSON that have the sections under their names.

    If there are sections outside of such blocks, a block is part of one of them, unless it is a whole
    anchor after a whole anchor.
    """
    found = []
    for first, last, info in _data_blocks(lines):
        fenced = info != yaml_json.BARE
        unfolded = yaml_json.unfolded(lines[first : last + 1], info, words, fenced=fenced)
        if unfolded is not None:
            found.append((_Block(first, last, info), unfolded))
    if found and not _bare(lines, [block for block, _ in found], words):
        found = _behind_whole_anchors(lines, found, words)
    opened: list[Source] = []
    start = 0
    for block, unfolded in found:
        opened += [*lines[start : block.first], *unfolded.lines]
        start = block.last + 1
    return [*opened, *lines[start:]] if found else lines


def _data_blocks(lines: Sequence[Source]) -> list[_Block]:
    """Return where YAML and JSON may be: in fences that say so or start with a bracket, or bare."""
    fenced = list(_fenced(lines))
    blocks = [
        block
        for block in fenced
        if block.info in _DATA_INFO
        or (block.last > block.first + 1 and lines[block.first + 1][1].lstrip()[:1] in ("{", "["))
    ]
    free, start = [], 0
    for block in fenced:
        free.append((start, block.first))
        start = block.last + 1
    for begin, end in [*free, (start, len(lines))]:
        blocks += [_Block(*span, yaml_json.BARE) for span in yaml_json.bare_blocks(lines, begin, end)]
    return sorted(blocks)


def _behind_whole_anchors(
    lines: Sequence[Source], found: Sequence[tuple[_Block, yaml_json.Unfolded]], words: Words
) -> list[tuple[_Block, yaml_json.Unfolded]]:
    """Return the blocks that are whole anchors, not indented, and after the last section of another."""
    kept = []
    seen: list[str] = []
    start = 0
    for block, unfolded in found:
        for line in scan(lines[start : block.first], words):
            if line.kind is Kind.ENTRY:
                seen = []
            elif line.kind is Kind.LABEL:
                seen.append(line.value)
        start = block.last + 1
        ended = len(set(seen)) >= _WHOLE and seen[-1] == "dependencies"
        if ended and unfolded.whole and not lines[block.first][1].startswith((" ", "\t")):
            kept.append((block, unfolded))
    return kept
