"""Whether a Markdown text is inert where it is shown: no HTML, no image, no link that runs something.

Forges and editors follow CommonMark, each with its own extensions, and some let HTML through. So a
text counts as active if any of them may take it so, and as code only if all of them must. The
specification is CommonMark 0.31.2; sections are named where a rule is taken from it.
"""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

_SUSPECT: Final = late(r"<[A-Za-z/!?]|!\[|\][(:]")
_TAG: Final = late(r"<(?!https?://[^\s<>]*>|[\w.+-]+@[\w.-]+>)[A-Za-z/!?]", re.IGNORECASE)
"""What may start a tag, a comment or an autolink (6.4 to 6.6), except links to web and mail."""

_DESTINATION: Final = late(r"\][(:](?=\s*(?:<(?P<angled>[^>\n]{0,300})|(?P<bare>\S{0,300})))")
_HARMLESS: Final = late(r"(?:https?|mailto):|[^:]{0,250}(?:[/?#)>]|$)", re.IGNORECASE)
_MEANS_NOTHING: Final = late(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]+")
"""What a browser may ignore in a scheme, and backslashes, which may be escapes."""

_OPENER: Final = late(r"(?P<fence>`{3,})(?P<info>[^`]*)$|(?P<tildes>~{3,})(?P<rest>.*)$")
_CLOSER: Final = late(r"(`{3,}|~{3,})[ \t]*$")
_MARKER: Final = late(r"\s*(?:[-*+]|\d{1,9}[.)]|\[\^)")
_OPENER_IN_CONTAINER: Final = late(r"(?=\s*[-*+>\d])[-*+>\d.)\s]+(?:`{3,}[^`]*$|~{3,})")
_TICKS: Final = late(r"`+")

_MOST_READINGS: Final = 8


class _Fence(NamedTuple):
    """A fence that may be open. `margin` is 0 outside of lists, else the indent of its opening line."""

    char: str = ""
    length: int = 0
    margin: int = 0


_NONE: Final = _Fence()


def is_inert(text: str) -> bool:
    """Return whether a text, put between blank lines and not indented, is inert and closes its fences.

    Never True for a text that some reading of Markdown makes active; may be False for one that is
    inert. The time is linear in the length of the text.
    """
    lines: Sequence[str] | None = text.split("\n")
    if "```" in text or "~~~" in text:
        lines = _outside_fences(lines or ())
    if lines is None:
        return False
    shown = "\n".join(lines)
    if not _SUSPECT.search(shown):
        return True
    if "](" not in shown and "]:" not in shown:  # where backticks may belong to a link
        shown = "\n".join(_without_code_spans(lines))
    return not _TAG.search(shown) and "![" not in shown and all(map(_leads_away, _destinations(shown)))


def _destinations(text: str) -> Iterable[str]:
    """Yield the destinations of links and link definitions (6.3, 4.7), at least up to their scheme."""
    for match in _DESTINATION.finditer(text):
        yield html.unescape(match["bare"] if match["angled"] is None else match["angled"])


def _leads_away(destination: str) -> bool:
    """Return whether a destination is a web or mail address or a path, and so runs nothing."""
    return _HARMLESS.match(_MEANS_NOTHING.sub("", destination)) is not None


def _without_code_spans(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines without code spans (6.1), or unchanged if readings may differ about the spans.

    So each line with backticks must have whole spans, and neither escapes nor table cells.
    """
    kept = []
    for line in lines:
        if "`" not in line:
            kept.append(line)
            continue
        without = None if "\\" in line or "|" in line else _without_spans(line)
        if without is None:
            return lines
        kept.append(without)
    return kept


def _without_spans(line: str) -> str | None:
    """Return a line without its code spans; None if a run of backticks has no match of its length."""
    runs = list(_TICKS.finditer(line))
    kept, end, first = [], 0, 0
    while first < len(runs):
        length = len(runs[first][0])
        last = next((n for n in range(first + 1, len(runs)) if len(runs[n][0]) == length), None)
        if last is None:
            return None
        kept.append(line[end : runs[first].start()])
        end, first = runs[last].end(), last + 1
    return "".join([*kept, line[end:]])


def _outside_fences(lines: Sequence[str]) -> list[str] | None:
    """Return the lines with fenced code (4.5) blanked; None if a fence may be open at the end.

    An indented fence may belong to a list, and then ends with it. So all readings are followed, and
    only what is code in each of them is blanked.
    """
    readings = {_NONE}
    shown = []
    in_list = False
    for line in lines:
        rest = line.lstrip(" \t")
        indent = len(line[: len(line) - len(rest)].expandtabs(4))
        if _NONE not in readings and all(not rest or indent >= fence.margin for fence in readings):
            shown.append("")
        elif _OPENER_IN_CONTAINER.match(line):
            return None
        else:
            in_list = in_list or _MARKER.match(line) is not None
            opener = _OPENER.match(rest) if indent < 4 else None
            shown.append(line if opener is None else opener["info"] or opener["rest"] or "")
        readings = {after for fence in readings for after in _after(fence, rest, indent, in_list)}
        if len(readings) > _MOST_READINGS:
            return None
    return shown if readings == {_NONE} else None


def _after(fence: _Fence, rest: str, indent: int, in_list: bool) -> set[_Fence]:
    """Return which fences may be open after a line, if `fence` was open before it.

    `rest` is the line without its indent.
    """
    if fence == _NONE:
        return _opened(rest, indent, in_list)
    if not rest:
        return {fence}
    left: set[_Fence] = _opened(rest, indent, in_list) if indent < fence.margin else set()
    if fence.margin and not indent:
        return left
    closer = _CLOSER.match(rest)
    if closer is None or closer[1][0] != fence.char or len(closer[1]) < fence.length:
        return {fence, *left}
    if fence.margin:
        return {_NONE, *left} if indent <= fence.margin else {_NONE, fence}
    return {_NONE} if indent < 4 else {fence}


def _opened(rest: str, indent: int, in_list: bool) -> set[_Fence]:
    """Return which fences may be open after a line, if none was open before it."""
    match = _OPENER.match(rest)
    if match is None:
        return {_NONE}
    run = match["fence"] or match["tildes"]
    nested = {_Fence(run[0], len(run), indent)} if in_list and indent else set()
    if indent < 4:
        return {_Fence(run[0], len(run)), *nested}
    return {_NONE, *nested}
