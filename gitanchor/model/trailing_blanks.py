"""Blanks at the ends of lines: an anchor keeps them, the log does not show them, many tools strip them.

What the log leaves out stands in the last comment of an entry, by section and line.
"""

import difflib
from collections.abc import Mapping
from typing import Final

_BLANKS: Final = " \t"


def without(text: str) -> str:
    """A text without the blanks at the ends of its lines."""
    return "\n".join(line.rstrip(_BLANKS) for line in text.split("\n"))


def of(text: str) -> dict[str, str]:
    """The blanks at the ends of lines, by the numbers of these, counted from 1."""
    return {
        str(number): line[len(line.rstrip(_BLANKS)) :]
        for number, line in enumerate(text.split("\n"), 1)
        if line[-1:] in (" ", "\t")
    }


def put_back(text: str, blanks: object) -> str:
    """A text with blanks, as `of` has them, behind those of its lines that have none.

    What is no such mapping, or belongs to no line, is passed over: a hand may have been there.
    """
    if not isinstance(blanks, Mapping):
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        found = blanks.get(str(number))
        if isinstance(found, str) and not found.strip(_BLANKS) and line[-1:] not in (" ", "\t"):
            lines[number - 1] = line + found
    return "\n".join(lines)


def taken_over(text: str, before: str) -> str:
    """A text with the blanks that the lines had which it shares with what it was before."""
    if text == before or before == without(before):
        return text
    lines, old = text.split("\n"), before.split("\n")
    bare, was = without(text).split("\n"), without(before).split("\n")
    matcher = difflib.SequenceMatcher(None, was, bare, autojunk=False)
    for kind, start, stop, first, last in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and stop - start == last - first):
            for there, here in zip(range(start, stop), range(first, last), strict=True):
                if lines[here] == bare[here]:
                    lines[here] += old[there][len(was[there]) :]
    return "\n".join(lines)
