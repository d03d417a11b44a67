"""The status marks that chats put before the items of a milestone -> states. The text stays as it is."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from gitanchor.markdown import Fence, bullet

STATES: Final = {
    "done": "✅✔☑🎉",
    "in progress": "⚙🚧⏳⌛🔄🛠",
    "warning": "⚠❗‼",
    "failed": "❌✗✘🛑",
    "paused": "⏸",
}
_BOXES: Final = {"[x]": "done", "[X]": "done", "[ ]": "open", "[-]": "in progress"}
_BY_CHARACTER: Final = {char: state for state, chars in STATES.items() for char in chars}
_MARK: Final = re.compile(
    rf"(?P<mark>\[[ xX-]\]|[{''.join(_BY_CHARACTER)}]\ufe0f?)\s*(?P<text>.*)", re.DOTALL
)


class Item(NamedTuple):
    """One item of a milestone: its state, None without a mark, and its text without the mark."""

    state: str | None
    text: str


def items(milestone: str) -> Iterator[Item]:
    """The items of a milestone, one a line or bullet; code and blank lines are none."""
    fence = Fence()
    for line in milestone.split("\n"):
        if fence.holds(line) or not line.strip():
            continue
        marker = bullet(line)
        text = line[marker.end() :] if marker else line.strip()
        match = _MARK.fullmatch(text)
        if match is None:
            yield Item(None, text)
        else:
            mark = match["mark"]
            yield Item(_BOXES.get(mark) or _BY_CHARACTER[mark[0]], match["text"])
