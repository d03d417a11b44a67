"""The kinds of remarks on a chat's answer that commands act on."""

from typing import Final

CLOSING: Final = "closing"
"""A closing remark of the chat, or a button of its page, was left out."""

CITATION: Final = "citation"
"""A mark of a source, or a list of sources, was left out."""

ALTERNATIVE: Final = "alternative"
"""A line begins one of several alternatives."""
