"""Blanks at the ends of lines. An anchor keeps them; the log leaves them out, as many tools strip them.

The last comment of a log entry records what was left out, by section and line.
"""

import difflib
from collections.abc import Mapping
from typing import Final

_BLANKS: Final = " \t"


def without(text: str) -> str:
    """Return a text without the blanks at the ends of its lines."""
    return "\n".join(line.rstrip(_BLANKS) for line in text.split("\n"))


def of(text: str) -> dict[str, str]:
    """Return the blanks at the ends of lines, by line number, counted from 1."""
    return {
        str(number): line[len(line.rstrip(_BLANKS)) :]
        for number, line in enumerate(text.split("\n"), 1)
        if line[-1:] in (" ", "\t")
    }


def put_back(text: str, blanks: object) -> str:
    """Return a text with blanks, as from `of`, added to those of its lines that end without any.

    Anything that is no such mapping, or is for no line, is ignored: a person may have edited it.
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
    """Return a text with the blanks that its unchanged lines had in the text `before`."""
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
