"""Bytes from files and chats -> clean text, saying what was repaired on the way.

Text that was UTF-8 and once read in an older encoding ("mojibake") is put right; ftfy tells such
text from text that merely looks foreign. No other character is touched.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from gitanchor.errors import WrongUsage
from gitanchor.wording import counted

_MISREADINGS: Final = {
    "macroman": "Mac Roman",
    "sloppy-windows-1252": "Windows-1252",
    "latin-1": "Latin-1",
    "cp437": "code page 437",
}
_FOREIGN_RUN: Final = re.compile(r"[^\x00-\x7f]+")
_BOX_DRAWING: Final = re.compile(r"[\u2500-\u259f]+")
"""Lines of a drawing, which code page 437 has where UTF-8 has its bytes."""

_ROUNDS: Final = 3
"""How often text may have been misread, one time on top of the other."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with line feeds only, and one sentence for each thing done to get it."""

    text: str
    repairs: tuple[str, ...] = ()


def decode(content: bytes, name: str, *, keep_encoding: bool = False) -> Decoded:
    """Read bytes as text; `name` is what messages call them. Raises WrongUsage if they are none."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, repairs = "utf-16", ["UTF-16 read as such"]
    elif content.startswith(codecs.BOM_UTF8):
        encoding, repairs = "utf-8-sig", ["byte order mark left out"]
    else:
        encoding, repairs = "utf-8", []
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise WrongUsage(
            f"{name} is not UTF-8 at byte {error.start} (line {_line(content, error.start)});"
            " save it as UTF-8 first"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise WrongUsage(f"{name} holds a NUL character in line {line}, so it is no text")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        repairs.append("line ends CRLF or CR read as LF")
    if keep_encoding:
        return Decoded(text, tuple(repairs))
    repaired = repair(text)
    return Decoded(repaired.text, (*repairs, *repaired.repairs))


def repair(text: str) -> Decoded:
    """Undo misread encodings, in each run of characters that reads as UTF-8 when put back."""
    repairs = []
    for _ in range(_ROUNDS):
        best = _best_misreading(text)
        if best is None:
            break
        encoding, undone = best
        text = undone.text
        places = counted(undone.places, "place")
        repairs.append(f"UTF-8 once read as {_MISREADINGS[encoding]}, repaired in {places}")
    return Decoded(text, tuple(repairs))


class _Undone(NamedTuple):
    """A text with one misreading undone: in how many places, and how many of them are certain."""

    text: str
    places: int
    certain: int


def _best_misreading(text: str) -> tuple[str, _Undone] | None:
    """The encoding whose undoing leaves the least damage, with what comes of it."""
    if text.isascii():
        return None
    from ftfy.badness import badness  # this also registers ftfy's codecs

    undone = {encoding: _undo(text, encoding) for encoding in _MISREADINGS}
    undone = {encoding: attempt for encoding, attempt in undone.items() if attempt.places}
    if not undone:
        return None
    damage = badness(text)
    left = {encoding: badness(attempt.text) for encoding, attempt in undone.items()}
    better = [
        encoding
        for encoding, attempt in undone.items()
        if left[encoding] < damage or (attempt.certain and left[encoding] == damage)
    ]
    if not better:
        return None
    best = min(better, key=lambda encoding: (left[encoding], -undone[encoding].places))
    return best, undone[best]


def _undo(text: str, encoding: str) -> _Undone:
    """Put each run of non-ASCII characters back into bytes, where those are UTF-8.

    Three characters that make one are certain to have been misread: nobody writes them in a row.
    """
    count = certain = 0

    def undo_run(match: re.Match[str]) -> str:
        nonlocal count, certain
        if _BOX_DRAWING.fullmatch(match[0]):
            return match[0]
        try:
            fixed = match[0].encode(encoding).decode("utf-8")
        except UnicodeError:
            return match[0]
        count += 1
        certain += any(char > "\u07ff" for char in fixed)
        return fixed

    return _Undone(_FOREIGN_RUN.sub(undo_run, text), count, certain)


def _line(content: bytes, offset: int) -> int:
    return content.count(b"\n", 0, offset) + 1
