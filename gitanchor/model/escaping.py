"""Text made safe to show: nothing in it acts on a terminal, hides, or breaks a line. No output."""

import re
import unicodedata
from typing import Final

_ESCAPED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters, marks and a symbol that nobody sees."""

_JOINER: Final = "\u200d"
_UNUSUAL: Final = re.compile(r"[^\n\t -~]")

_EMOJI: Final = frozenset({"So", "Sk"})

_VIRAMA: Final = 9
"""The combining class of signs that a joiner may follow in Indian scripts."""


def escaped(text: str) -> str:
    """The text with every character that could act on a terminal, or hide, written as its code.

    Joiners and variation selectors stay where they make one sign of several: in emoji, in Indian
    scripts, and behind what they can vary.
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
    """Whether a joiner between up to two characters and another makes one sign of them."""
    if not before or not after:
        return False
    last = before[-1]
    if unicodedata.combining(last) == _VIRAMA:
        return unicodedata.category(after) == "Lo" and after not in _BLANK
    is_emoji = _varies(before[:-1], last) if last == "\ufe0f" else unicodedata.category(last) in _EMOJI
    return is_emoji and unicodedata.category(after) == "So" and not _BLANK.intersection((last, after))


def _varies(before: str, selector: str) -> bool:
    """Whether a variation selector may follow a character; never another selector."""
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
    """A message without line breaks, whatever a file name or git put into it."""
    return " ".join(line.strip() for line in text.splitlines() if line.strip())
