"""Tell what a Markdown formatter changed in a text from what people changed. No input or output.

Texts are compared by their words and by the meaning of what stands between the words: bullets,
emphasis, escapes, rules, headings, blanks and list numbers each have several forms that mean the
same.
"""

import difflib
import html
from collections.abc import Sequence
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

_NUMBER: Final = r"(?:(?<=\n)|^)[ \t>]*\d{1,9}[.)](?=\s|$)"
_ENTITY: Final = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});"
_TYPED: Final = "“”„«»‘’‚‹›–—‑‐…"
"""Characters that word processors and formatters put in place of quotation marks, hyphens and dots."""

_WORD: Final = late(
    rf"(?P<number>{_NUMBER})|(?P<entity>{_ENTITY})|[^\W_]+|[^\x00-\x7f\s{_TYPED}\ufe0e\ufe0f]"
)
_SPACE: Final = late(r"[\s\\\ufe0e\ufe0f\u200b]+")
_DASHES: Final = late(r"[-*_+–—‑‐]+")
_HEADING: Final = late(r"(?<=\n)[ \t]*(?:#{1,6}(?=\s)|=+[ \t]*(?=\n)|([-*_])(?:[ \t]*\1)+[ \t]*(?=\n))")
_CELLS: Final = late(r"(?<=\n)[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?)?[ \t]*(?=\n)")
_NUMBERED: Final = late(r"(?<=\n)([ \t>]*)\d{1,9}[.)](?=\s)")
_QUOTES: Final = str.maketrans("“”„«»‘’‚‹›~", "\"\"\"\"\"'''''`")
_TICKS: Final = late(r"`{3,}")
_MOST: Final = 4_000_000
"""The most pairs of words that are compared where two texts differ."""


class _Piece(NamedTuple):
    """A word with what stands before it, both verbatim and reduced to its meaning."""

    before: str
    meaning: str
    word: str


def same(one: str, other: str) -> bool:
    """Whether two texts have the same words and differ, if at all, only in how they are formatted."""
    return one == other or meaning(one) == meaning(other)


def meaning(text: str) -> tuple[str, ...]:
    """Return a text reduced to its meaning, so that formatting makes no difference."""
    return tuple(part for piece in _pieces(text) for part in piece[1:])


def words(text: str) -> list[str]:
    """Return the words of a text, without what stands between them."""
    return [piece.word for piece in _pieces(text)]


def freed(text: str, before: str, *, formatted: bool = False) -> str:
    """Return a text with a person's changes, but with its old formatting where that means the same.

    With `formatted`, for a text that a formatter is known to have changed, only changed words
    count.
    """
    new, old = _pieces(text), _pieces(before)
    if [piece[1:] for piece in new] == [piece[1:] for piece in old]:
        return before
    kept: list[str] = []
    follows = True
    for kind, start, stop, first, last in _changes(old, new):
        if kind == "equal" or (kind == "replace" and stop - start == last - first):
            for was, now in zip(old[start:stop], new[first:last], strict=True):
                alike = was.meaning == now.meaning and (kind == "equal" or _is_like(was, now))
                alike = alike or (formatted and follows and was.word == now.word)
                kept += [was.before if alike else now.before, now.word]
                follows = was.word == now.word
        else:
            put_in = new[first:last]
            if (
                put_in
                and stop < len(old)
                and old[stop].meaning
                and old[stop].meaning == put_in[0].meaning
                and _is_like(old[stop]._replace(meaning=""), put_in[0])  # keep a person's line breaks
            ):
                put_in[0] = put_in[0]._replace(before=old[stop].before)
            kept += [part for piece in put_in for part in (piece.before, piece.word)]
            follows = False
    return "".join(kept)


def _is_like(was: _Piece, now: _Piece) -> bool:
    """Whether what stood before a replaced word may stay: blanks may, if they span as many lines."""
    return bool(was.meaning) or was.before.count("\n") == now.before.count("\n")


def _changes(old: Sequence[_Piece], new: Sequence[_Piece]) -> list[tuple[str, int, int, int, int]]:
    """Return the steps that turn one text's words into the other's, as `difflib` opcodes."""
    mine, theirs = [piece.word for piece in old], [piece.word for piece in new]
    shorter = min(len(mine), len(theirs))
    start = next((n for n in range(shorter) if mine[n] != theirs[n]), shorter)
    left = shorter - start
    end = next((n for n in range(left) if mine[-1 - n] != theirs[-1 - n]), left)
    inner, outer = mine[start : len(mine) - end], theirs[start : len(theirs) - end]
    found = [("equal", 0, start, 0, start)]
    if len(inner) * len(outer) <= _MOST:
        matcher = difflib.SequenceMatcher(None, inner, outer, autojunk=False)
        for kind, *ends in matcher.get_opcodes():
            a, b, c, d = (start + end for end in ends)
            found.append((kind, a, b, c, d))
    else:
        found.append(("insert", start, start, start, len(theirs) - end))
    found.append(("equal", len(mine) - end, len(mine), len(theirs) - end, len(theirs)))
    return found


def _pieces(text: str) -> list[_Piece]:
    """Split a text into pieces; the last one has no word, and stands for the end of the text."""
    found = []
    start = 0
    for match in _WORD.finditer(text):
        if match["number"] is None and match["entity"] is None:
            found.append(_Piece(text[start : match.start()], "", match[0]))
            start = match.end()
    found.append(_Piece(text[start:], "", ""))
    at_start = "\n"
    pieces = []
    for number, piece in enumerate(found):
        after = "\n" if number + 1 == len(found) else ""
        pieces.append(piece._replace(meaning=_meaning(at_start, piece.before, after)))
        at_start = ""
    return pieces


def _meaning(start: str, between: str, end: str) -> str:
    """Return what stands between two words in one canonical form for all that means the same."""
    text = html.unescape(between) if "&" in between else between
    if not text.isspace():
        text = _CELLS.sub("|", f"{start}{text}{end}")
        text = _HEADING.sub("", text)
        text = _NUMBERED.sub(r"\1-", text)
    text = _SPACE.sub("", text).replace("…", "...").translate(_QUOTES)
    return _TICKS.sub("```", _DASHES.sub("-", text))
