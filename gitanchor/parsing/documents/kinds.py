"""Which documents are notes from one session to the next, and which are of another kind."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from gitanchor.parsing.documents.dictionary import Dictionary
from gitanchor.parsing.documents.outline import NAMED, Part


class Candidate(NamedTuple):
    """A document that may be a note.

    `level` is that of the headings that are its sections, `has_status` whether front matter has one.
    """

    parts: Sequence[Part]
    title: str
    file: str
    level: int
    has_status: bool


def is_note(candidate: Candidate, words: Dictionary) -> bool:
    """Return whether a document is a note, whoever named its file.

    Its title or its file's name says so, or it has both where things stand and what comes next.
    """
    parts = candidate.parts
    sections = _sections(parts)
    if sections and any(words.is_own(part.title) for part in parts if part.head):
        return True
    if any(part.is_either for part in parts):
        sections |= {"context", "milestone"}
    if not sections or any(part.level == NAMED for part in parts):
        return bool(sections)
    said = _said(candidate, words)
    if said is not None:
        return said
    if sum(words.is_elsewhere(part.title) for part in parts if part.head) > 1:
        return False
    return {"milestone", "next_action"} <= sections | ({"milestone"} if candidate.has_status else set())


def has_label(candidate: Candidate, words: Dictionary) -> bool:
    """Return whether a document has one known heading, or more, and so is a note if a person says so.

    Not if its title, its file's name or a heading is that of a document of another kind, or a list of
    things to do; nor if most of its headings are unknown, or in documents of any kind.
    """
    if not candidate.title or words.meaning(candidate.title) == "next_action":
        return False
    if _said(candidate, words) is False:
        return False
    headed = [part for part in candidate.parts if part.head and part.level > 0]
    if any(words.is_elsewhere(part.title) for part in headed):
        return False
    beside = [part for part in headed if part.rank <= candidate.level]
    telling = [
        part
        for part in beside
        if part.meaning not in (None, "notes") and not words.is_common(part.title)
    ]
    return bool(telling) and len(beside) <= 2 * len(telling)


def _sections(parts: Sequence[Part]) -> set[str]:
    return {part.meaning for part in parts if part.meaning} - {"notes"}


def _said(candidate: Candidate, words: Dictionary) -> bool | None:
    """Return what the title says, else the file's name; None if they say nothing."""
    said = words.is_note(candidate.title) if candidate.title else None
    if said is None and candidate.file:
        said = words.is_note(PurePath(candidate.file).stem)
    return said
