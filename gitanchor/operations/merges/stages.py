"""The versions of an unmerged file: whose text each is, and whether it has hand edits."""

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
"""The contents of base, ours and theirs; the base is empty if there is none."""


def has_labels(content: bytes) -> bool:
    """Whether a file has conflict markers with the labels that git writes."""
    return _LABEL.search(content) is not None


def unlabelled(content: bytes) -> bytes:
    """Return a file with its conflict markers, but without their labels, which differ by who merges."""
    return _LABEL.sub(rb"\1", content)


def own_text(content: bytes, path: str) -> bytes | None:
    """Return the text of the anchor that a path names; None if the content is another anchor's.

    The text may be between conflict markers. Content that cannot be read is returned as it is.
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
    """Whether a file is what git made of the three contents, labels aside, without hand edits."""
    base, ours, theirs = contents
    made, _ = process.merge_file(ours, base, theirs, [])
    return unlabelled(present) == unlabelled(made)


def is_generated(contents: Contents, foreword: str) -> bool:
    """Whether a render loses nothing of three logs: they have no hand edits, and this foreword."""
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
