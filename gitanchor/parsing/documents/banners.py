"""Headings that Markdown has none of: words within a rule, `=== Session 3 ===`, or between two rules."""

from collections.abc import Sequence
from typing import Final

from gitanchor.model.lazy_re import late
from gitanchor.parsing.lines import Source

_SIGNS: Final = frozenset("=-*_+#─━═—–•")
_WITHIN: Final = late(
    r" {0,3}(?P<sign>[=\-*_+#─━═—–•])(?P<run>(?P=sign){1,199})(?P<gap>[ \t]{0,9})"
    r"(?P<title>[^\s=\-*_+#─━═—–•|>](?:.{0,118}?[^\s=\-*_+#─━═—–•])?)[ \t]{0,9}(?P=sign){2,200}[ \t]*"
)
_EMPHASIS: Final = late(r" {0,3}(?:\*{2,3}|_{2,3})[^\s*_].*[^\s*_](?:\*{2,3}|_{2,3})[ \t]*")
_RULE: Final = late(r"[ \t]*(?P<sign>[=\-*_+#─━═])(?P=sign){4,}[ \t]*")
_LONGEST: Final = 120


def title_on(text: str) -> str:
    """Return the words of a line that are within a rule; an empty string for any other line.

    Up to six `#` at the beginning are a heading of Markdown, two or three `*` or `_` are emphasis.
    """
    bare = text.lstrip(" ")
    if bare[:1] not in _SIGNS or bare[:1] != bare[1:2] or len(text) > 400:
        return ""
    match = _WITHIN.fullmatch(text)
    if match is None or _EMPHASIS.fullmatch(text):
        return ""
    sign = match["sign"]
    if (sign == "#" and not bare.startswith("#######")) or sign * 2 in match["title"]:
        return ""
    if not match["gap"] and len(match["run"]) == 1:  # as in `--flag--`
        return ""
    return match["title"].strip(" \t:：")


def between_rules(sources: Sequence[Source], index: int) -> str:
    """Return the line below a rule that has the same rule below it; an empty string if it has none."""
    if index + 2 >= len(sources):
        return ""
    above, title, below = (sources[index + step][1] for step in range(3))
    match = _RULE.fullmatch(above) if above.lstrip()[:1] in _SIGNS else None
    ends = _RULE.fullmatch(below) if match else None
    if not match or not ends or match["sign"] != ends["sign"]:
        return ""
    bare = title.strip().strip("#*|").strip()
    if not bare or not any(map(str.isalnum, bare)) or len(bare) > _LONGEST:
        return ""
    return bare
