"""Restore the lines of a generated log that only a render writes, after a tool or mail changed them.

These are comments, labels, names and places. Each line keeps its number. What people wrote is left
to the code that reads the entries.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gitanchor.log import formatters
from gitanchor.model import markdown
from gitanchor.model.anchor import TITLES
from gitanchor.model.lazy_re import late
from gitanchor.parsing import log_format

_LEFT: Final = r"(?:\\?<|[‹«]|&lt;|&#60;)\\?!\s?[-–—]{1,2}"
_RIGHT: Final = r"[-–—]{1,2}\\?\s?(?:>|[›»]|&gt;|&#62;)"
_COMMENT: Final = late(rf"{_LEFT}(.*?){_RIGHT}")
_OURS: Final = late(
    r"(?:anchor [0-9a-f]{8}|/anchor [0-9a-f]{8} .*|/?foreword\b.*|/?older anchors"
    r"|anchor:verbatim|Written by .*)"
)
_QUOTE: Final = late(r"(?:[ \t]*>)+ ?|[ \t]+")
_LABEL: Final = late(
    rf"(?:#{{1,6}} )?\\?(?:\*\*|__)\\?(?P<title>{'|'.join(TITLES.values())}):(?:\*\*|__)(?P<rest>.*)"
)
_NAME: Final = late(r"(?:\*\*|__)Resume from anchor:(?:\*\*|__) \\?\[(?P<name>.*?)\\?\]")
_EDGE: Final = late(r"[*_](?=\S).*[*_]")
_TYPED: Final = str.maketrans("“”„‘’‚", "\"\"\"'''")


def comments(lines: Sequence[str]) -> list[str]:
    """Restore the comments of ours in the lines of a text, and remove quote prefixes.

    A text without any recognizable comment of ours is returned unchanged.
    """
    found = [_own_comment(line) for line in lines]
    if all(comment is None or comment == line for comment, line in zip(found, lines, strict=True)):
        return list(lines)
    margins = [_margin(line) for line, comment in zip(lines, found, strict=True) if comment is not None]
    margin = min(margins, key=len) if margins else ""
    bare = [
        line.removeprefix(margin) if line.startswith(margin) else _unquoted(line, margin)
        for line in lines
    ]
    return [comment or line for comment, line in zip(found, bare, strict=True)]


def _own_comment(line: str) -> str | None:
    """Return a comment of ours, in whichever form it is, as a render writes it; None for other lines."""
    if "anchor" not in line and "foreword" not in line:
        return None
    match = _COMMENT.fullmatch(line[len(_margin(line)) :].strip())
    text = match[1].strip() if match else ""
    if not _OURS.fullmatch(text):
        return None
    if text.startswith("/anchor"):
        return log_format.mended_closing(text.translate(_TYPED)) or log_format.mended_closing(text)
    return f"<!-- {text.translate(_TYPED)} -->"


def _margin(line: str) -> str:
    match = _QUOTE.match(line)
    return match[0] if match else ""


def _unquoted(line: str, margin: str) -> str:
    """Empty a line that is only a quote prefix: mail programs drop the blank at its end."""
    return "" if line.strip() == margin.strip() else line


def entry(body: Sequence[str], meta: Mapping[str, Any]) -> list[str]:
    """Return the lines of an entry with its labels, name and place as a render writes them."""
    restored = list(body)
    fence = markdown.Fence()
    outside = [number for number, line in enumerate(body) if not fence.holds(line)]
    there = {line.split(":**", 1)[0] for number in outside if log_format.is_label(line := body[number])}
    place = log_format.expected_place(meta)
    named = any(log_format.name_on(body[number]) is not None for number in outside)
    for number in outside:
        line = body[number]
        if (match := _LABEL.fullmatch(line)) and f"**{match['title']}" not in there:
            restored[number] = f"**{match['title']}:**{match['rest']}"
            there.add(f"**{match['title']}")
        elif not named and (match := _NAME.fullmatch(line)):
            restored[number] = f"**Resume from anchor:** [{match['name']}]"
            named = True
        elif place is not None and _EDGE.fullmatch(line) and formatters.same(line, place):
            restored[number] = place
    return restored
