"""Decode bytes from files and chats, and report what was repaired.

UTF-8 that was once decoded in an older encoding ("mojibake") is repaired; ftfy tells it from text that
merely looks foreign. No other character is changed.
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
"""Box drawing: in code page 437 these characters have the bytes of UTF-8 sequences."""

_PIECE: Final = re.compile(r"[^\n]{1,2000}\n?|\n")
_SAMPLE: Final = 40_000
"""Most characters in which to measure the effect of a repair; of a longer text, samples are taken."""

_ROUNDS: Final = 3
"""How many times in a row a text may have been misread."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text whose line ends are line feeds, and a sentence for each repair."""

    text: str
    repairs: tuple[str, ...] = ()


def decode(content: bytes, name: str, *, keep_encoding: bool = False) -> Decoded:
    """Decode bytes. `name` is for messages. Raises WrongUsage if they are not text.

    With `keep_encoding`, misread encodings are not repaired.
    """
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
    """Undo misread encodings, in each run of characters whose original bytes are UTF-8."""
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
    """A text with a misreading undone, the number of places, and how many of them are certain."""

    text: str
    places: int
    certain: int


def _best_misreading(text: str) -> tuple[str, _Undone] | None:
    """Return the encoding whose misreading is best undone, with the result; None if there is none."""
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
    """Return how much worse a text gets if a misreading is undone in its pieces; below 0 is better.

    Only pieces that it changes count. If they are many, evenly spaced samples are measured.
    """
    from ftfy.badness import badness

    misread = _misread(encoding)
    pieces = [piece for piece in pieces if misread.search(piece)]
    step = -(-sum(map(len, pieces)) // _SAMPLE) or 1
    before = "\n" + "".join(pieces[::step])
    return step * (badness(_undo(before, encoding).text) - badness(before))


@cache
def _misread(encoding: str) -> re.Pattern[str]:
    """Return a pattern for runs that may be UTF-8 of which each byte was read in `encoding`."""

    def shown(first: int, last: int) -> str:
        read = bytes(range(first, last + 1)).decode(encoding)
        return re.escape("".join(char for char in read if not char.isascii()))

    two, three, four = shown(0xC2, 0xDF), shown(0xE0, 0xEF), shown(0xF0, 0xF4)
    end = f"[{shown(0x80, 0xBF)}]"
    more = f"[{two}]{end}|[{three}]{end}{{2}}|[{four}]{end}{{3}}"
    # The few characters that start a run come first, so that other text is skipped fastest.
    first = rf"[{two}{three}{four}](?<![^\x00-\x7f].)"
    rest = f"(?:(?<=[{two}]){end}|(?<=[{three}]){end}{{2}}|(?<=[{four}]){end}{{3}})"
    return re.compile(rf"{first}{rest}(?:{more})*(?![^\x00-\x7f])", re.DOTALL)


def _undo(text: str, encoding: str) -> _Undone:
    """Encode each run of non-ASCII characters, and decode it as UTF-8 if its bytes are that.

    Three characters that become one were certainly misread, because nobody writes them in a row.
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
    """Encode a run of characters and decode it as UTF-8; return None if that is not possible."""
    if _BOX_DRAWING.fullmatch(run):
        return None
    try:
        return run.encode(encoding).decode("utf-8")
    except UnicodeError:
        return None


def _line(content: bytes, offset: int) -> int:
    return content.count(b"\n", 0, offset) + 1
