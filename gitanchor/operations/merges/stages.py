"""The versions of an unmerged file: whose text each is, and whether it has hand edits."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gitanchor.git import process
from gitanchor.git.repository import Repository
from gitanchor.log import log_merge
from gitanchor.model import trailing_blanks
from gitanchor.model.errors import BadAnchorFile, WrongUsage
from gitanchor.storage import codec, safe_open

_LABEL: Final = re.compile(rb"^([<>|]{7}) .*$", re.MULTILINE)
_MARKER: Final = re.compile(rb"^(?:[<>|]{7,} .*|={7,})\n", re.MULTILINE)
_ID_IN_NAME: Final = re.compile(r"-([0-9a-f]{8})\.yaml$")

Contents = tuple[bytes, bytes, bytes]
"""The contents of base, ours and theirs; the base is empty if there is none."""

Stages = Mapping[str, tuple[str, str]]
"""The stages of an unmerged path, each with the mode and the id of its blob."""


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


def stages_of(repository: Repository, option: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Return the paths of the index that are unmerged (-u) or were (--resolve-undo), with stages."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for line in repository.git("ls-files", option, "-z").split("\0"):
        if line:
            facts, _, path = line.partition("\t")
            mode, blob, stage = facts.split(" ")
            found.setdefault(path, {})[stage] = (mode, blob)
    return found


def content_of(target: Path) -> bytes:
    """Return the content of a file of the worktree; empty if it does not exist. Raises WrongUsage."""
    try:
        return safe_open.read(target, safe_open.MOST_OF_LOG)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return b""
    except OSError as error:
        raise WrongUsage(f"'{target.name}' is {error.strerror}; move it away") from None
