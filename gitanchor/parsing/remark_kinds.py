"""What commands know remarks by: kinds of those on a chat's answer, and how one on a name begins."""

from typing import Final

CLOSING: Final = "closing"
"""A closing remark of the chat, or a button of its page, was left out."""

CITATION: Final = "citation"
"""A mark of a source, or a list of sources, was left out."""

ALTERNATIVE: Final = "alternative"
"""A line begins one of several alternatives."""

NAME_FROM: Final = "the name, from"
"""How the remark on a name that was guessed begins, which one that a person gives makes untrue."""
