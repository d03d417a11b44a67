"""What the versions of an unmerged file hold: whose text it is, and whether a hand was in it."""

import re
from typing import Final

from gitanchor.git import process
from gitanchor.log import log_merge
from gitanchor.model import trailing_blanks
from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage import codec

_LABEL: Final = re.compile(rb"^([<>|]{7}) .*$", re.MULTILINE)
_MARKER: Final = re.compile(rb"^(?:[<>|]{7,} .*|={7,})\n", re.MULTILINE)
_ID_IN_NAME: Final = re.compile(r"-([0-9a-f]{8})\.yaml$")

Contents = tuple[bytes, bytes, bytes]
"""What base, ours and theirs hold; the base is empty where there is none."""


def has_labels(content: bytes) -> bool:
    """Whether there are conflict markers in a file, with the labels that git gives them."""
    return _LABEL.search(content) is not None


def unlabelled(content: bytes) -> bytes:
    """A file with conflict markers without their labels, which depend on who merges."""
    return _LABEL.sub(rb"\1", content)


def own_text(content: bytes, path: str) -> bytes | None:
    """The text of the anchor that a path names, out of what git has for it; None for another anchor's.

    It may stand between conflict markers. What cannot be read is taken as it is.
    """
    name = _ID_IN_NAME.search(path)
    parts = [content] if is_readable(content, path) else _MARKER.split(content)
    ids = {codec.load(part.decode(), path).id: part for part in parts if is_readable(part, path)}
    return ids.get(name[1]) if ids and name else content


def is_readable(content: bytes, path: str) -> bool:
    """Whether a file holds an anchor."""
    try:
        codec.load(content.decode(), path)
    except (BadAnchorFile, UnicodeDecodeError):
        return False
    return True


def is_of_git(present: bytes, contents: Contents) -> bool:
    """Whether a file holds what git made of the three, labels aside, so that no hand was in it."""
    base, ours, theirs = contents
    made, _ = process.merge_file(ours, base, theirs, [])
    return unlabelled(present) == unlabelled(made)


def is_generated(contents: Contents, foreword: str) -> bool:
    """Whether a render loses nothing of three logs: no hand was in them, and it has their foreword."""
    try:
        forewords = [log_merge.untouched_foreword(content.decode()) for content in contents]
    except UnicodeDecodeError:
        return False
    if None in forewords:
        return False
    foreword = trailing_blanks.without(foreword)
    base, ours, theirs = (f"{text}\n" if text else "" for text in forewords)
    if theirs in (ours, base):
        return foreword == ours.rstrip("\n")
    return base != ours or foreword == theirs.rstrip("\n")
