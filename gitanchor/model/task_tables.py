"""Read the tasks of a Markdown table that has a column with their states, in many languages."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

_CELL: Final = late(r"(?<!\\)\|")
_DELIMITER: Final = late(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_AROUND: Final = re.compile(r"\A[\W_]+|[\W_]+\Z")
_SPACES: Final = late(r"[\s_]+")
_WHOLE: Final = late(r"100\s?%")
_PART: Final = late(r"\d{1,2}\s?%")
_COUNTED: Final = frozenset({"", "#", "no", "no.", "nr", "nr.", "№", "id"})
"""Titles of a column that only counts the tasks."""


class Task(NamedTuple):
    """One row of a table: the cell with its state as written, and the others."""

    state: str
    text: str


class _Words(NamedTuple):
    """The titles of columns with states, and the state that each word means."""

    columns: frozenset[str]
    states: dict[str, str]


def tasks(rows: Sequence[str]) -> list[Task] | None:
    """Return the tasks of the rows of a table; None if it has no head, or no column with states."""
    if len(rows) < 3 or not _DELIMITER.fullmatch(rows[1]):
        return None
    titles = cells(rows[0])
    place = next((at for at, title in enumerate(titles) if _plain(title) in _words().columns), None)
    if place is None or len(titles) < 2:
        return None
    shown = [at for at, title in enumerate(titles) if title.strip("*_ ").casefold() not in _COUNTED]
    found = []
    for row in rows[2:]:
        own = cells(row)
        texts = [own[at] for at in shown if at != place and at < len(own) and own[at]]
        more = [cell for cell in own[len(titles) :] if cell]
        found.append(Task(own[place] if place < len(own) else "", ", ".join([*texts, *more])))
    return [task for task in found if task.text]


def cells(row: str) -> list[str]:
    """Return the cells of a row, without the bars at its ends and the escapes of others."""
    inner = row.strip().removeprefix("|")
    inner = inner.removesuffix("|") if not inner.endswith("\\|") else inner
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(inner)]


def state_of(cell: str) -> str:
    """Return what the words of a state mean; any other state, or none, is open."""
    if _WHOLE.search(cell):
        return "done"
    words = _plain(cell)
    known = _words().states
    found = known.get(words) or next(
        (known[start] for start in _beginnings(words) if start in known), None
    )
    return found or (
        "in progress" if _PART.search(cell) and not cell.strip().startswith("0") else "open"
    )


def _beginnings(words: str) -> list[str]:
    """Return the longer beginnings of some words first: `done in March`, `in progress (Ann)`."""
    spaced = words.split(" ")
    return [" ".join(spaced[:count]) for count in range(len(spaced) - 1, 0, -1)]


def _plain(cell: str) -> str:
    """Return the words of a cell as they are compared; a cell of a sign alone is that sign."""
    folded = cell.strip("*_` ").casefold().replace("\u0307", "")
    bare = _AROUND.sub("", folded)
    return _SPACES.sub(" ", bare) or folded.replace("\ufe0f", "")


@cache
def _words() -> _Words:
    from gitanchor.model import word_lists  # most milestones have no table

    tables = word_lists.read("gitanchor.model", "task_words.toml").values()
    kinds = {"done": "done", "in_progress": "in progress", "failed": "failed"}
    states = {_plain(word): kinds[kind] for table in tables for kind in kinds for word in table[kind]}
    return _Words(frozenset(_plain(title) for table in tables for title in table["column"]), states)
