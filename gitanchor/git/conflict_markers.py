"""Conflict markers as git writes them: finding them, and separating the two sides of a text.

Whether a marker is part of an anchor's text is for the caller to know. No input or output.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

START, BASE, MIDDLE, END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
MARKERS: Final = (START, BASE, MIDDLE, END)


class Hunk(NamedTuple):
    """The line numbers of a conflict's markers, from 0. In git's default style there is no base."""

    start: int
    base: int | None
    middle: int
    end: int


def is_marker(line: str) -> bool:
    """Return whether a line is one of the four markers, with or without a label."""
    return line.startswith(MARKERS) and line[7:8] in {"", " ", "\r"}


def first_marker(text: str) -> int | None:
    """Return the number, from 1, of the first line that is a marker; None if there is none."""
    if not any(marker in text for marker in MARKERS):
        return None
    return next((number for number, line in enumerate(text.splitlines(), 1) if is_marker(line)), None)


def hunks(lines: Sequence[str], text: Collection[int] = ()) -> list[Hunk]:
    """Return the complete conflicts in some lines.

    `text` has the numbers, from 0, of lines that are text even if they look like markers. The base of
    a conflict may itself contain the conflicts of an earlier merge.
    """
    found: list[Hunk] = []
    start = base = middle = None
    for number, line in enumerate(lines):
        if number in text or not is_marker(line):
            continue
        kind = line[:7]
        if kind == START and (start is None or base is None or middle is not None):
            start, base, middle = number, None, None
        elif kind == BASE and start is not None and middle is None and base is None:
            base = number
        elif kind == MIDDLE and start is not None and middle is None:
            middle = number
        elif kind == END and start is not None and middle is not None:
            found.append(Hunk(start, base, middle, number))
            start = base = middle = None
    return found


def sides(lines: Sequence[str], text: Collection[int] = ()) -> tuple[list[str], list[str]]:
    """Return our lines and their lines of a text with conflicts; for `text` see `hunks`.

    Lines outside of conflicts are on both sides. So are the lines of an incomplete conflict, without
    its markers.
    """
    ours: list[str] = []
    theirs: list[str] = []
    found = hunks(lines, text)
    inside = {number for hunk in found for number in range(hunk.start, hunk.end + 1)}
    left = _left_over(lines, {*inside, *text})
    position = 0
    for hunk in found:
        common = [lines[number] for number in range(position, hunk.start) if number not in left]
        ours += [*common, *lines[hunk.start + 1 : hunk.middle if hunk.base is None else hunk.base]]
        theirs += [*common, *lines[hunk.middle + 1 : hunk.end]]
        position = hunk.end + 1
    rest = [lines[number] for number in range(position, len(lines)) if number not in left]
    return [*ours, *rest], [*theirs, *rest]


def _left_over(lines: Sequence[str], besides: Collection[int]) -> set[int]:
    """Return the markers of incomplete conflicts; a lone `=======` may be the underline of a heading."""
    marked = [n for n, line in enumerate(lines) if n not in besides and is_marker(line)]
    found = {number for number in marked if not lines[number].startswith(MIDDLE)}
    for above, number, below in zip([-1, *marked], marked, [*marked[1:], -1], strict=False):
        opened = above in found and not lines[above].startswith(END)
        if opened or (below in found and lines[below].startswith(END)):
            found.add(number)
    return found
