"""The few rules of CommonMark that gitanchor needs: fences, rules, headings, code spans.

The specification is CommonMark 0.31.2; sections are named where a rule is taken from it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

_FENCE: Final = late(r"\s*(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_RULE: Final = late(r" {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})")
_HEADING: Final = late(r" {0,3}#{1,6}(?:[ \t]+|$)")
_ITEM: Final = late(r"(?P<indent>[ \t]*)(?:[-*+•]|\d{1,9}[.)])(?:[ \t]+|$)")
_DEFINITION: Final = late(
    r"^[ \t]*(?:(?:[-*+•>]|\d{1,9}[.)])[ \t]*)*\[(?:[^\]\\\n]|\\.){1,999}\]:", re.MULTILINE
)
_BULLET: Final = late(r"(?P<indent> {0,3})(?P<bullet>[-*+•]|\d{1,9}[.)])(?P<space>[ \t]+|$)")


class Fences(NamedTuple):
    """For each line, whether it belongs to a fenced code block; and whether the last block is closed."""

    inside: list[bool]
    closed: bool


class Fence:
    """Follow fenced code blocks (section 4.5) line by line, at any indent, because chats nest them."""

    __slots__ = ("opened",)

    def __init__(self) -> None:
        self.opened = ""

    @property
    def closed(self) -> bool:
        """Whether the lines so far leave no fence open."""
        return not self.opened

    def holds(self, line: str) -> bool:
        """Return whether the next line belongs to a fenced code block or is one of its fences."""
        if not self.opened and "```" not in line and "~~~" not in line:
            return False
        match = _FENCE.match(line)
        if self.opened:
            if match and self._closes(match):
                self.opened = ""
            return True
        if match is None or ("`" in match["info"] and match["fence"][0] == "`"):
            return False
        self.opened = match["fence"]
        return True

    def _closes(self, match: re.Match[str]) -> bool:
        fence = match["fence"]
        same = fence[0] == self.opened[0] and len(fence) >= len(self.opened)
        return same and not match["info"].strip()


def fences(lines: Sequence[str]) -> Fences:
    """Find the fenced code blocks of a text."""
    fence = Fence()
    return Fences([fence.holds(line) for line in lines], fence.closed)


def fenced(marks: Iterable[tuple[int, str]], count: int) -> set[int]:
    """Return the indexes of the lines in fenced code blocks, fences included.

    `marks` are the lines that may be a fence, with their indexes; `count` is the number of all lines.
    """
    fence = Fence()
    held: set[int] = set()
    first = -1
    for index, line in marks:
        if fence.holds(line):
            first = index if first < 0 else first
            if fence.closed:
                held.update(range(first, index + 1))
                first = -1
    if first >= 0:
        held.update(range(first, count))
    return held


def fence_info(line: str) -> str | None:
    """Return the first word after an opening fence, in lower case; None if the line is no fence."""
    match = _FENCE.match(line) if "```" in line or "~~~" in line else None
    return None if match is None else match["info"].strip().split(" ")[0].lower()


def fence_for(text: str) -> str:
    """Return a fence of backticks that is longer than any run of backticks in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def code_span(text: str) -> str:
    """Return the text as a code span (section 6.1), even if it contains backticks."""
    runs = {len(run) for run in re.findall(r"`+", text)}
    ticks = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    padding = " " if "`" in text[:1] + text[-1:] else ""
    return f"{ticks}{padding}{text}{padding}{ticks}"


def is_rule(line: str) -> bool:
    """Return whether the line is a thematic break (section 4.1)."""
    return _RULE.fullmatch(line) is not None


def is_heading(line: str) -> bool:
    """Return whether the line is an ATX heading (section 4.2)."""
    return _HEADING.match(line) is not None


def bullet(line: str) -> re.Match[str] | None:
    """Match the marker of a list item at the start of a line (section 5.2), `•` included."""
    return None if is_rule(line) else _BULLET.match(line)


def item(line: str) -> re.Match[str] | None:
    """Match the marker of a list item at any indent."""
    match = _ITEM.match(line)
    return None if match is None or is_rule(line) else match


def starts_block(line: str) -> bool:
    """Whether the line starts a list, fence, heading, quotation or table rather than a paragraph."""
    return bool(
        bullet(line)
        or is_rule(line)
        or is_heading(line)
        or _FENCE.match(line)
        or line.lstrip().startswith((">", "|"))
    )


def trim_blank_lines(lines: Sequence[str]) -> list[str]:
    """Return the lines without blank lines at either end."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return list(lines[start:end])


def defines_link(text: str) -> bool:
    """Return whether a text may define a link (section 4.7) or a footnote, in code or not."""
    return "]:" in text and _DEFINITION.search(text) is not None


def beside_label(text: str) -> str:
    """Return the text of a section as it follows its label: on the same line, or below it."""
    first = text.split("\n", 1)[0]
    if starts_block(first):
        return f"\n\n{text}"
    return f"\n{text}" if "\n" in text or text[:1].isspace() else f" {text}"
