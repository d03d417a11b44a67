"""Whether a Markdown text is inert where it is shown: no HTML, no image, no link that runs something.

Forges and editors go by CommonMark, each with additions of its own, and some pass HTML on. So this
asks what may be active in any of them, and says so in doubt: of code it believes only what is code in
each reading. The specification is CommonMark 0.31.2; sections are named where a rule is taken from it.
"""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

_SUSPECT: Final = late(r"<[A-Za-z/!?]|!\[|\][(:]")
_TAG: Final = late(r"<(?!https?://[^\s<>]*>|[\w.+-]+@[\w.-]+>)[A-Za-z/!?]", re.IGNORECASE)
"""What may start a tag, a comment or an autolink (6.4 to 6.6), but for links to web and mail."""

_DESTINATION: Final = late(r"\][(:](?=\s*(?:<(?P<angled>[^>\n]{0,300})|(?P<bare>\S{0,300})))")
_HARMLESS: Final = late(r"(?:https?|mailto):|[^:]{0,250}(?:[/?#)>]|$)", re.IGNORECASE)
_MEANS_NOTHING: Final = late(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]+")
"""What a browser may leave out of a scheme, and backslashes, which may be escapes."""

_OPENER: Final = late(r"(?P<fence>`{3,})(?P<info>[^`]*)$|(?P<tildes>~{3,})(?P<rest>.*)$")
_CLOSER: Final = late(r"(`{3,}|~{3,})[ \t]*$")
_MARKER: Final = late(r"\s*(?:[-*+]|\d{1,9}[.)]|\[\^)")
_OPENER_IN_CONTAINER: Final = late(r"(?=\s*[-*+>\d])[-*+>\d.)\s]+(?:`{3,}[^`]*$|~{3,})")
_TICKS: Final = late(r"`+")

_MOST_READINGS: Final = 8


class _Fence(NamedTuple):
    """A fence that may be open; `margin` is 0 outside of lists, else the indent that it opened with."""

    char: str = ""
    length: int = 0
    margin: int = 0


_NONE: Final = _Fence()


def is_inert(text: str) -> bool:
    """Whether a text, set at the margin between blank lines, is inert and leaves no fence open.

    Never True for a text that some reading of Markdown makes active; may be False for one that is
    inert. Takes time by the length of the text.
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
    """Where each link and each definition of one leads (6.3, 4.7), as far as its scheme reaches."""
    for match in _DESTINATION.finditer(text):
        yield html.unescape(match["bare"] if match["angled"] is None else match["angled"])


def _leads_away(destination: str) -> bool:
    """Whether a destination is a place on the web, an address of mail or a path: nothing that runs."""
    return _HARMLESS.match(_MEANS_NOTHING.sub("", destination)) is not None


def _without_code_spans(lines: Sequence[str]) -> Sequence[str]:
    """The lines without their code spans (6.1); as they are if any reading may have other spans.

    So each line has to hold whole spans, and neither escapes nor the cells of a table.
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
    """One line without its code spans; None if a run of backticks has no other of its length."""
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
    """The lines with those of fenced code (4.5) left blank; None if a fence may be open at the end.

    A fence that is indented may belong to a list, and then ends with it. So all readings are followed,
    and only what each takes for code is left out.
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
    """Which fences may be open after a line, where `fence` was; `rest` is the line behind its indent."""
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
    """Which fences may be open after a line above which none was."""
    match = _OPENER.match(rest)
    if match is None:
        return {_NONE}
    run = match["fence"] or match["tildes"]
    nested = {_Fence(run[0], len(run), indent)} if in_list and indent else set()
    if indent < 4:
        return {_Fence(run[0], len(run)), *nested}
    return {_NONE, *nested}
