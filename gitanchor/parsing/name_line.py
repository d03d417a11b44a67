"""The line that names an anchor, in English, and the name on it.

Names are taken as written, typos included; only the markup around them is removed.
"""

import re
from typing import Final, NamedTuple

from gitanchor.model.anchor import PLACEHOLDER
from gitanchor.model.lazy_re import late

MARKUP: Final = r"[^\w\[(<>\"'“`|-]*+"
_RESUME: Final = late(
    rf"(?P<before>{MARKUP}_{{0,3}}`?)(?P<phrase>(?:r{{0,2}}esume) from (?:anchorr?|ancho|aanchor|nchor))"
    r"[ \t]{0,3}"
    r"(?P<colon>[*_]{0,3}[ \t]{0,3}[:：][*_]{0,3})?(?P<rest>.*)",
    re.IGNORECASE,
)
_ANCHOR: Final = late(
    rf"{MARKUP}anchor(?: ?(?:no\. ?|#)?\d{{1,3}})?[ \t*_]{{0,6}}[:：][*_]{{0,3}}(?P<rest>.*\w.*)",
    re.IGNORECASE,
)
_LOADED: Final = late(
    rf"{MARKUP}anchor (?P<name>[*_`\[].{{0,1020}}?[*_`\]])"
    r" (?:loaded|resumed|restored|saved|created)\b(?: successfully)?(?P<rest>.*)",
    re.IGNORECASE,
)
_SAVED: Final = late(
    rf"{MARKUP}anchor (?:loaded|resumed|restored|saved|created|set)(?: successfully)?(?: as)?"
    r"(?:[*_]{0,3}[ \t]{0,3}[:：][*_]{0,3}[ \t]*(?P<named>\S.*)"
    r"|[ \t]+(?P<wrapped>(?:\*\*|`|\[).*(?:\*\*|`|\])))[.!]?[ \t]*",
    re.IGNORECASE,
)
_REQUEST: Final = late(rf"{MARKUP}anchor this as chat\b.*", re.IGNORECASE)
_WRAPPERS: Final = (("**", "**"), ("[", "]"), ("`", "`"), ('"', '"'), ("“", "”"))
_NAMED: Final = late(r"[*_`]*\[(?P<name>[^\]]+)\][*_`]*(?P<rest>.*)")
_ESCAPED: Final = late(r"\\([_*\[\]`])")
_CLOSING_HASHES: Final = late(r"[ \t]+#+[ \t]*\Z")
_UNDAMAGED: Final = "resume from anchor"

_LONGEST: Final = 4096
"""Most characters of a line that may name an anchor."""


class Entry(NamedTuple):
    """A line that names an anchor. `name` may be empty; `rest` is the text after it.

    `strong` is set if the line can be nothing else. A `request` asks a chat for an anchor, and has no
    name.
    """

    name: str = ""
    rest: str = ""
    strong: bool = True
    request: bool = False


def entry_on(text: str) -> Entry | None:
    """Parse a line that names an anchor, or asks a chat for one; return None for any other."""
    if not ("ncho" in text or "NCHO" in text) or len(text) > _LONGEST:
        return None
    if _REQUEST.fullmatch(text):
        return Entry(request=True)
    if match := _LOADED.fullmatch(text):
        said = match["rest"].lstrip(".!:,;*_` \t")
        return Entry(unwrap(match["name"]), said.rstrip() if re.search(r"\w", said) else "")
    if match := _SAVED.fullmatch(text):
        return Entry(unwrap(unescaped(match["named"] or match["wrapped"])))
    return _resumed(text) or _labelled(text)


def announces(text: str) -> bool:
    """Return whether a line has only the words before a name, which may be on the next line."""
    match = _RESUME.fullmatch(text)
    return match is not None and not match["colon"] and not match["rest"].strip(" \t#*_`")


def _resumed(text: str) -> Entry | None:
    match = _RESUME.fullmatch(text)
    if match is None:
        return None
    heading, rest = "#" in match["before"], _closed(match["before"], match["rest"])
    if not match["colon"] and heading and not rest.strip(" \t#*_"):
        return Entry()  # the name is on the next line
    named = named_in(rest, heading=heading)
    return named if match["colon"] or _NAMED.fullmatch(unescaped(rest).strip()) else None


def _labelled(text: str) -> Entry | None:
    match = _ANCHOR.fullmatch(text)
    if match is None:
        return None
    before = text[: match.start("rest")]
    return named_in(_closed(before, match["rest"]), heading="#" in before)._replace(strong=False)


def _closed(before: str, rest: str) -> str:
    """Return the text after the words without the emphasis that was opened before them and closes it."""
    opened = before.strip(" \t:：").rpartition(" ")[2] or before.strip()
    for mark in ("***", "**", "__", "*", "_", "`"):
        if mark in opened and before.count(mark) == 1 and rest.rstrip().endswith(mark):
            inside = rest.rstrip().removesuffix(mark)
            return inside if mark not in inside.replace("**", "" if mark == "*" else "**") else rest
    return rest


def named_in(rest: str, *, heading: bool = False) -> Entry:
    """Parse the name in the text after the words that announce one. `heading`: drop closing hashes."""
    rest = unescaped(_CLOSING_HASHES.sub("", rest) if heading else rest).strip()
    if not re.search(r"\w", rest):
        return Entry()
    name = _NAMED.fullmatch(rest)
    if name and re.search(r"\w", name["rest"]):
        return Entry(name["name"].strip("*_` "), name["rest"].strip())
    return Entry(unwrap(rest))


def repaired(text: str) -> str:
    """Return the words that announce a name if they are misspelled, else an empty string."""
    match = _RESUME.match(text) if "esume" in text.casefold() else None
    return match["phrase"] if match and match["phrase"].casefold() != _UNDAMAGED else ""


def unescaped(text: str) -> str:
    """Return a name without the backslashes of Markdown's escapes."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def unwrap(text: str) -> str:
    """Return a name without the brackets, emphasis, backticks and quotation marks around it."""
    text = text.strip()
    for _ in range(8):
        for start, end in _WRAPPERS:
            if len(text) > len(start + end) and text.startswith(start) and text.endswith(end):
                text = text[len(start) : -len(end)].strip()
                break
        else:
            break
    return text


def is_placeholder_name(name: str) -> bool:
    """Return whether a name is the placeholder of the request."""
    return name.strip("[]*`_ ") == PLACEHOLDER
