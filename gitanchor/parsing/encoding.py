"""Bytes from files and chats -> clean text, saying what was repaired on the way.

Text that was UTF-8 and once read in an older encoding ("mojibake") is put right; ftfy tells such
text from text that merely looks foreign. No other character is touched.
"""

import codecs
import re
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from gitanchor.model.errors import WrongUsage
from gitanchor.model.wording import counted

_MISREADINGS: Final = {
    "macroman": "Mac Roman",
    "sloppy-windows-1252": "Windows-1252",
    "latin-1": "Latin-1",
    "cp437": "code page 437",
}
_BOX_DRAWING: Final = re.compile(r"[\u2500-\u259f]+")
"""Lines of a drawing, which code page 437 has where UTF-8 has its bytes."""

_PIECE: Final = re.compile(r"[^\n]{1,2000}\n?|\n")
_SAMPLE: Final = 40_000
"""Characters in which it is counted what a repair makes better; of longer texts parts are looked at."""

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
    import ftfy.bad_codecs  # noqa: F401 - which registers ftfy's codecs

    undone = {encoding: _undo(text, encoding) for encoding in _MISREADINGS}
    undone = {encoding: attempt for encoding, attempt in undone.items() if attempt.places}
    if not undone:
        return None
    foreign = [piece for piece in _PIECE.findall(text) if not piece.isascii()]
    change = {encoding: _change(foreign, encoding) for encoding in undone}
    better = [
        encoding
        for encoding, attempt in undone.items()
        if change[encoding] < 0 or (attempt.certain and change[encoding] == 0)
    ]
    if not better:
        return None
    best = min(better, key=lambda encoding: (change[encoding], -undone[encoding].places))
    return best, undone[best]


def _change(pieces: list[str], encoding: str) -> float:
    """By how much text gets worse when a misreading is undone in its pieces; better is below 0.

    Only pieces that it changes count. Of many, some are looked at, taken evenly from all.
    """
    from ftfy.badness import badness

    misread = _misread(encoding)
    pieces = [piece for piece in pieces if misread.search(piece)]
    step = -(-sum(map(len, pieces)) // _SAMPLE) or 1
    before = "\n" + "".join(pieces[::step])
    return step * (badness(_undo(before, encoding).text) - badness(before))


@cache
def _misread(encoding: str) -> re.Pattern[str]:
    """Runs of characters that may be UTF-8, each byte of it read as a character of an encoding."""

    def shown(first: int, last: int) -> str:
        read = bytes(range(first, last + 1)).decode(encoding)
        return re.escape("".join(char for char in read if not char.isascii()))

    two, three, four = shown(0xC2, 0xDF), shown(0xE0, 0xEF), shown(0xF0, 0xF4)
    end = f"[{shown(0x80, 0xBF)}]"
    more = f"[{two}]{end}|[{three}]{end}{{2}}|[{four}]{end}{{3}}"
    # What is no run is passed over fastest if the few characters that one begins with come first.
    first = rf"[{two}{three}{four}](?<![^\x00-\x7f].)"
    rest = f"(?:(?<=[{two}]){end}|(?<=[{three}]){end}{{2}}|(?<=[{four}]){end}{{3}})"
    return re.compile(rf"{first}{rest}(?:{more})*(?![^\x00-\x7f])", re.DOTALL)


def _undo(text: str, encoding: str) -> _Undone:
    """Put each run of non-ASCII characters back into bytes, where those are UTF-8.

    Three characters that make one are certain to have been misread: nobody writes them in a row.
    """
    count = certain = 0
    known: dict[str, str | None] = {}

    def undo_run(match: re.Match[str]) -> str:
        nonlocal count, certain
        run = match[0]
        if run not in known:
            known[run] = _undone(run, encoding)
        fixed = known[run]
        if fixed is None:
            return run
        count += 1
        certain += max(fixed) > "\u07ff"
        return fixed

    return _Undone(_misread(encoding).sub(undo_run, text), count, certain)


def _undone(run: str, encoding: str) -> str | None:
    """A run of characters put back into bytes and read as UTF-8; None if it cannot be."""
    if _BOX_DRAWING.fullmatch(run):
        return None
    try:
        return run.encode(encoding).decode("utf-8")
    except UnicodeError:
        return None


def _line(content: bytes, offset: int) -> int:
    return content.count(b"\n", 0, offset) + 1
