"""The few rules of CommonMark that gitanchor needs: fences, rules, headings, code spans.

The specification is CommonMark 0.31.2; sections are named where a rule is taken from it.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"\s*(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_RULE: Final = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})")
_HEADING: Final = re.compile(r" {0,3}#{1,6}(?:[ \t]+|$)")
_BULLET: Final = re.compile(r"(?P<indent> {0,3})(?P<bullet>[-*+•]|\d{1,9}[.)])(?P<space>[ \t]+|$)")


class Fences(NamedTuple):
    """For each line, whether it belongs to a fenced code block; and whether the last is closed."""

    inside: list[bool]
    closed: bool


def fences(lines: Sequence[str]) -> Fences:
    """Find the fenced code blocks (section 4.5). Any indent counts: chats nest fences in lists."""
    inside = []
    opened = ""
    for line in lines:
        match = _FENCE.match(line)
        if opened:
            inside.append(True)
            if match and _closes(match, opened):
                opened = ""
        elif match and not ("`" in match["info"] and match["fence"][0] == "`"):
            inside.append(True)
            opened = match["fence"]
        else:
            inside.append(False)
    return Fences(inside, not opened)


def _closes(match: re.Match[str], opened: str) -> bool:
    fence = match["fence"]
    return fence[0] == opened[0] and len(fence) >= len(opened) and not match["info"].strip()


def fence_for(text: str) -> str:
    """A fence of backticks longer than any run of them in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def code_span(text: str) -> str:
    """The text as a code span (section 6.1), whatever backticks it holds."""
    runs = {len(run) for run in re.findall(r"`+", text)}
    ticks = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    padding = " " if "`" in text[:1] + text[-1:] else ""
    return f"{ticks}{padding}{text}{padding}{ticks}"


def is_rule(line: str) -> bool:
    """Whether the line is a thematic break (section 4.1)."""
    return _RULE.fullmatch(line) is not None


def is_heading(line: str) -> bool:
    """Whether the line is an ATX heading (section 4.2)."""
    return _HEADING.match(line) is not None


def bullet(line: str) -> re.Match[str] | None:
    """The marker of a list item at the start of a line (section 5.2), `•` included, or None."""
    return None if is_rule(line) else _BULLET.match(line)


def starts_block(line: str) -> bool:
    """Whether the line opens a list, fence, heading, quotation or table rather than a paragraph."""
    return bool(
        bullet(line)
        or is_rule(line)
        or is_heading(line)
        or _FENCE.match(line)
        or line.lstrip().startswith((">", "|"))
    )


def trim_blank_lines(lines: Sequence[str]) -> list[str]:
    """The lines without the blank ones at both ends."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return list(lines[start:end])
