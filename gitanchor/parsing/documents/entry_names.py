"""What the entries of a document are called: their headings, without markup and without dates."""

import re
from collections.abc import Sequence
from typing import Final

from gitanchor.model.lazy_re import late
from gitanchor.parsing.documents import found_dates
from gitanchor.parsing.documents.outline import NAMED, Part

NAMED_ENTRY: Final = late(r"(?:[^\w]|_)*anchor\s*[:：]\s*(?=\S)", re.IGNORECASE)
"""What an entry that says "Anchor: NAME" has before its name."""

_GENERIC: Final = frozenset({
    "session", "sessions", "update", "entry", "log", "notes", "note", "handoff", "handover",
    "checkpoint", "status", "day", "work", "progress", "devlog", "journal",
    "sitzung", "tag", "séance", "sesión", "sessão", "sessione", "сессия",
    "セッション", "会话", "會話", "세션", "작업", "日志", "日誌",
})  # fmt: skip
"""Names that say nothing without their date."""

_CLEAN: Final = late(r"\A(?:[^\w\[(（「『\"“'`]|_)+|[*_`]{1,3}")


def cleaned(title: str) -> str:
    """Return a heading without its markup, and without the emoji at its start."""
    return _CLEAN.sub("", title).strip(" \t:：")


def of_entries(heads: Sequence[Part]) -> list[str]:
    """Return the names of entries: their headings without the date at one end, if that says anything.

    The name of an entry does not depend on the others, so that it stays when the log grows.
    """
    if heads[0].level == NAMED:
        return [head.title for head in heads]
    whole = [cleaned(head.title) for head in heads]
    short = [_undated(name) for name in whole]
    return [
        name if name and name.casefold() not in _GENERIC else title
        for name, title in zip(short, whole, strict=True)
    ]


def _undated(name: str) -> str:
    name = NAMED_ENTRY.sub("", name, count=1)
    place = found_dates.place_of(name)
    is_numbered = found_dates.NUMBERED.search(name) is not None
    if place is None and not is_numbered:  # else the date is one of two that tell entries apart
        place = found_dates.yearless_place_of(name)
    rest = cleaned(found_dates.without(name, place)) if place else name
    return rest if sum(map(str.isalnum, rest)) > 1 else ""  # a weekday in one letter is no name
