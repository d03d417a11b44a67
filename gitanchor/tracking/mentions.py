"""The files and branches that an anchor's text mentions, as far as names can be told from words."""

import re
from typing import Final

from gitanchor.model.anchor import Anchor
from gitanchor.model.lazy_re import late

MOST: Final = 40
"""The most names of files that are looked for, from one anchor."""

_SPAN: Final = late(r"`([^`\n]{1,200})`")
_PATH: Final = late(r"(?<![\w/.-])(?:[\w.-]+/)*(?:[\w-][\w.-]*)?\.[A-Za-z][A-Za-z0-9_]{0,14}(?![\w/-])")
_FOLDER: Final = late(r"(?<![\w/.-])(?:[\w.-]+/)+(?:[\w-][\w.-]*)?")
_PLACE: Final = late(r"(?::\d+(?:[:-]\d+)?|#L\d+(?:-L?\d+)?)\Z")
"""What may follow the name of a file to give a place in it, as in `wind.py:42`."""

_NOT_A_FILE: Final = late(r"[\x00-\x1f*?\"<>|\\]|^-|://")
_BRANCH: Final = late(
    r"(?P<before>(?:\w+[ \t]+){0,3})(?:\bbranch(?:es)?:?[ \t]+`?(?P<one>\w[\w./-]*\w)`?"
    r"|`(?P<two>\w[\w./-]*\w)`[ \t]+branch\b)"
)
_MAKING: Final = late(r"\b(?:create|make|new|start|open|cut|begin|add|name)\b", re.IGNORECASE)


def files(anchor: Anchor) -> list[str]:
    """Return the possible paths in the next action and the milestone, in the order of their mention."""
    found: dict[str, None] = {}
    for text in (anchor.next_action, anchor.milestone):
        spans = [_PLACE.sub("", span.strip()) for span in _SPAN.findall(text)]
        found |= dict.fromkeys(span for span in spans if not _NOT_A_FILE.search(span))
        bare = _SPAN.sub(" ", text)
        for pattern in (_PATH, _FOLDER):
            found |= dict.fromkeys(pattern.findall(bare))
    names = dict.fromkeys(name.removeprefix("./").rstrip(".").strip("/") for name in found)
    return [name for name in names if name and not name.startswith(("..", "~"))][:MOST]


def branches(anchor: Anchor) -> list[str]:
    """Return the branches that the next action names as such, except those that are yet to be made."""
    found: dict[str, None] = {}
    for match in _BRANCH.finditer(anchor.next_action):
        name = match["one"] or match["two"]
        quoted = f"`{name}`" in match[0]
        certain = quoted or re.search(r"[-_/\d]", name)  # "branch when" names none
        if certain and len(name) > 2 and not _MAKING.search(match["before"]):
            found[name] = None
    return list(found)


def matched(path: str, name: str) -> str | None:
    """Return the named file or folder that is, or contains, `path`; a bare word names no folder."""
    if path == name or path.endswith(f"/{name}"):
        return path
    if "/" not in name and "." not in name:
        return None
    if path.startswith(f"{name}/"):
        return name
    start = path.find(f"/{name}/")
    return None if start < 0 else path[: start + 1 + len(name)]


def pathspecs(name: str) -> list[str]:
    """Return pathspecs for a file or folder with that name anywhere in the tree (gitglossary(7))."""
    escaped = re.sub(r"([\[\]*?\\])", r"\\\1", name)
    inside = [f":(top,glob)**/{escaped}/**"] if "/" in name or "." in name else []
    return [f":(top,glob)**/{escaped}", *inside]
