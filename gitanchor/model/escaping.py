"""Escape text so that nothing in it controls a terminal, is invisible, or breaks a line. No output."""

import re
import unicodedata
from typing import Final

_ESCAPED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters, marks and a symbol that are shown as blank or not at all."""

_JOINER: Final = "\u200d"
_UNUSUAL: Final = re.compile(r"[^\n\t -~]")

_EMOJI: Final = frozenset({"So", "Sk"})

_VIRAMA: Final = 9
"""The combining class of the characters that a joiner may follow in Indian scripts."""


def escaped(text: str) -> str:
    """Return the text with each character that could control a terminal, or is invisible, as its code.

    Joiners and variation selectors stay where they have an effect: in emoji, in Indian scripts, and
    after a character that has variants.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNUSUAL.sub(_escaped_character, text)


def _escaped_character(match: re.Match[str]) -> str:
    char = match[0]
    start, end = match.span()
    before, after = match.string[max(0, start - 2) : start], match.string[end : end + 1]
    if char == _JOINER:
        return char if _joins(before, after) else _code(char)
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return char if _varies(before[-1:], char) else _code(char)
    return _code(char) if unicodedata.category(char) in _ESCAPED_CATEGORIES or char in _BLANK else char


def _joins(before: str, after: str) -> bool:
    """Return whether a joiner combines the (up to two) characters before it with the one after it."""
    if not before or not after:
        return False
    last = before[-1]
    if unicodedata.combining(last) == _VIRAMA:
        return unicodedata.category(after) == "Lo" and after not in _BLANK
    is_emoji = _varies(before[:-1], last) if last == "\ufe0f" else unicodedata.category(last) in _EMOJI
    return is_emoji and unicodedata.category(after) == "So" and not _BLANK.intersection((last, after))


def _varies(before: str, selector: str) -> bool:
    """Return whether a variation selector may follow a character; it never follows another selector."""
    if not before or before in _BLANK:
        return False
    kind = unicodedata.category(before)
    if selector in "\ufe0e\ufe0f":  # as text, as emoji
        return kind in {"So", "Sm", "Sk", "Po", "Pd", "Nd"}
    return kind in {"Lo", "Sm"}


def _code(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def one_line(text: str) -> str:
    """Return a message on one line, even if a file name or the words of git had line breaks."""
    return " ".join(line.strip() for line in text.splitlines() if line.strip())
