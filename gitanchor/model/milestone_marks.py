"""Read the state of milestone items from the marks that chats put before them (`✅`, `[x]`)."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late
from gitanchor.model.markdown import Fence, item

STATES: Final = {
    "done": "✅✔✓☑🎉",
    "in progress": "⚙🚧⏳⌛🔄🛠",
    "warning": "⚠❗‼",
    "failed": "❌✗✘🛑",
    "paused": "⏸",
}
_BOXES: Final = {"[x]": "done", "[X]": "done", "[ ]": "open", "[-]": "in progress"}
_BY_CHARACTER: Final = {char: state for state, chars in STATES.items() for char in chars}
_MARK: Final = late(
    rf"(?P<emphasis>\*{{0,3}}|_{{0,3}})(?P<mark>\[[ xX-]\]|[{''.join(_BY_CHARACTER)}]\ufe0f?)"
    r"(?P<closed>\*{0,3}|_{0,3})\s*(?P<text>.*)",
    re.DOTALL,
)
_BREAK: Final = late(r"<br ?/?>", re.IGNORECASE)
"""The line break in a cell of a table."""


class Item(NamedTuple):
    """One item of a milestone: its state (None if it has no mark), and its text without the mark."""

    state: str | None
    text: str


def items(milestone: str) -> Iterator[Item]:
    """Yield the items of a milestone, one for each line or bullet, without code and blank lines.

    A table with a column of states has an item for each row.
    """
    fence = Fence()
    table: list[str] = []
    for line in milestone.split("\n"):
        held = fence.holds(line)
        if not held and line.lstrip().startswith("|"):
            table.append(line)
            continue
        yield from _rows(table)
        table = []
        if not held:
            yield from _parts(line)
    yield from _rows(table)


def _rows(table: list[str]) -> Iterator[Item]:
    """Yield the tasks of a table; of one without states its lines."""
    if not table:
        return
    from gitanchor.model import task_tables  # most milestones have no table

    tasks = task_tables.tasks(table)
    if tasks is None:
        for line in table:
            yield from _parts(line)
        return
    for task in tasks:
        marked = _item(task.state).state
        yield Item(marked or task_tables.state_of(task.state), task.text)


def _parts(line: str) -> Iterator[Item]:
    yield from (_item(part) for part in _BREAK.split(line) if part.strip())


def _item(line: str) -> Item:
    marker = item(line)
    text = line[marker.end() :] if marker else line.strip()
    match = _MARK.fullmatch(text)
    if match is None:
        return Item(None, text)
    mark, emphasis = match["mark"], match["emphasis"]
    opened = "" if match["closed"] == emphasis else emphasis  # `**✅** done` or `**✅ done**`
    state = _BOXES.get(mark) or _BY_CHARACTER[mark[0]]
    return Item(state, f"{opened}{match['text']}")
