"""What a chat or its page puts around an answer: closing remarks, buttons, and marks of sources.

None of it is a claim about the work. It is taken out of answers, never out of logs, and reported.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from gitanchor.model import markdown
from gitanchor.model.draft import Remark
from gitanchor.model.lazy_re import late
from gitanchor.parsing import name_line
from gitanchor.parsing.lines import Source, Verbatim, fenced_in
from gitanchor.parsing.remark_kinds import CITATION, CLOSING

_LONGEST: Final = 400
_LONGEST_AROUND: Final = 120
"""Most characters of a closing remark: of one by its beginning, of one by a word within."""

_MARK: Final = late(
    r"[ \t]?(?:【\d{1,3}(?::\d{1,3})?†[^】\n]{0,80}】"
    r"|:contentReference\[oaicite:\d{1,3}\]\{index=\d{1,3}\}"
    r"|\[cite:\s?\d{1,3}(?:,\s?\d{1,3})*\]|\[cite_start\]"
    r"|\[oai_citation[:\w]{0,9}\d{0,3}[^\]\n]{0,80}\](?:\([^)\n]{0,300}\))?"
    r"|\ue200?cite(?:\ue202?turn\d{1,3}[a-z]{3,10}\d{1,3})+\ue201?)"
)
_MARK_OPENINGS: Final = (
    "【",
    ":contentReference[",
    "[cite",
    "[oai_citation",
    "citeturn",
    "cite\ue202turn",
)
_SOURCES: Final = late(
    r"[\W_]*(?:sources?|references?|citations?|footnotes?|quellen|fuentes|fontes|fonti|bronnen|источники|источник|źródła"
    r"|kaynaklar|出典|参考|来源|來源|參考資料|参考资料|출처)[\W_]*",
    re.IGNORECASE,
)
_DEFINITION: Final = late(r" {0,3}\[(?P<id>\^?\d{1,3})\]:[ \t]+\S")
_NUMBERED_LINK: Final = late(r" {0,3}\[(?P<id>\^?\d{1,3})\][ \t]+(?=.*https?://)")
_FOOTNOTE: Final = late(r"[ \t]?\[(?P<id>\^\d{1,3})\](?![:(])")
_SIGNS: Final = late(r"\A(?:[^\w<]|_)+")
"""What a remark may begin with: emoji, and Spanish's ¡ and ¿."""

_CLAIM: Final = late(r"[`/;:]|\d")
"""What a mere courtesy does not have."""

_LINK: Final = late(r"https?://|\bwww\.")


def without(sources: Sequence[Source], remarks: list[Remark]) -> list[Source]:
    """Return the lines of an answer without clutter, and add remarks on what was left out."""
    fenced = fenced_in(sources)
    kept = list(_without_marks(sources, fenced, remarks))
    left = set(_at_ends(kept, fenced, remarks))
    if footnotes := {match["id"] for index in left if (match := _DEFINITION.match(kept[index][1]))}:
        kept = list(_without_footnotes(kept, fenced | left, footnotes, remarks))
    return [line for index, line in enumerate(kept) if index not in left]


def _without_marks(
    sources: Sequence[Source], fenced: set[int], remarks: list[Remark]
) -> Iterator[Source]:
    """Yield the lines without marks of sources, such as `【4†source】` and `[cite: 3]`."""
    for index, (number, text) in enumerate(sources):
        if index in fenced or type(text) is Verbatim or not any(mark in text for mark in _MARK_OPENINGS):
            yield number, text
            continue
        marks = [match[0].strip() for match in _MARK.finditer(text)]
        if marks:
            remarks.append(Remark(number, number, CITATION, f"left out: {' '.join(marks)}"))
        yield number, _MARK.sub("", text)


def _without_footnotes(
    lines: Sequence[Source], hidden: set[int], footnotes: set[str], remarks: list[Remark]
) -> Iterator[Source]:
    """Yield the lines without the marks of footnotes that were left out, such as `[^1]`."""
    for index, (number, text) in enumerate(lines):
        found = [] if index in hidden else list(_FOOTNOTE.finditer(text))
        marks = [match for match in found if match["id"] in footnotes]
        if marks:
            told = " ".join(match[0].strip() for match in marks)
            remarks.append(Remark(number, number, CITATION, f"left out: {told}"))
        ends = [(0, 0), *(match.span() for match in marks), (len(text), len(text))]
        yield number, "".join(text[one[1] : other[0]] for one, other in itertools.pairwise(ends))


def _at_ends(lines: Sequence[Source], fenced: set[int], remarks: list[Remark]) -> Iterator[int]:
    """Yield the indexes of clutter: at the end of the text, and above lines that name an anchor."""
    named = [index for index, (_, text) in enumerate(lines) if name_line.entry_on(text)]
    for bottom in [*named, len(lines)]:
        end = bottom
        while (start := _paragraph_above(lines, end)) < end:
            written = [line for line in lines[start:end] if line[1].strip()]
            if not fenced.isdisjoint(range(start, end)):
                break
            if all(markdown.is_rule(text) for _, text in written):
                end = start
                continue
            if not all(is_closing(text) for _, text in written):
                head = _definitions(lines, start, end)
                head = _list_of_sources(lines, start, end) if head == end else head
                if head == end:
                    break
                message = "left out: a list of sources"
                remarks.append(Remark(lines[head][0], lines[end - 1][0], CITATION, message))
                yield from range(head, end)
                end = head
                continue
            remarks.extend(
                Remark(number, number, CLOSING, f"left out: {text.strip()}") for number, text in written
            )
            yield from range(start, end)
            end = start


def _paragraph_above(lines: Sequence[Source], end: int) -> int:
    """Return where the paragraph above an index begins; the blank lines below it belong to it."""
    start = end
    while start and not lines[start - 1][1].strip():
        start -= 1
    while start and lines[start - 1][1].strip():
        start -= 1
    return start


def _list_of_sources(lines: Sequence[Source], start: int, end: int) -> int:
    """Return where a list of sources begins, which ends at `end`; `end` itself if there is none.

    It has a heading that says so, and lines that all have a link.
    """
    head = start
    if not _SOURCES.fullmatch(lines[head][1]):
        head = _paragraph_above(lines, start)
    texts = [text for _, text in lines[head + 1 : end] if text.strip()]
    is_list = head < end and _SOURCES.fullmatch(lines[head][1]) and texts
    return head if is_list and all(map(_LINK.search, texts)) else end


def _definitions(lines: Sequence[Source], start: int, end: int) -> int:
    """Return where a paragraph of numbered definitions begins, `[1]: https://…` or `[^1]: …`.

    It is no list of sources, and `end` is returned, if none has a link, or a text in the answer is a
    link by such a number.
    """
    written = [text for _, text in lines[start:end] if text.strip()]
    found = [_DEFINITION.match(text) or _NUMBERED_LINK.match(text) for text in written]
    if not all(found) or not any(map(_LINK.search, written)):
        return end
    used = {f"][{match['id']}]" for match in found if match}
    if any(mark in text for _, text in lines for mark in used):
        return end
    return start


def is_closing(text: str) -> bool:
    """Return whether a line is a closing remark of a chat, or a button of its page."""
    bare = text.strip()
    if bare.startswith(("- ", "* ", "+ ", "#", "|", "`")) or bare[:1].isdigit() or len(bare) > _LONGEST:
        return False
    words = _words()
    folded = _SIGNS.sub("", bare.casefold().replace("’", "'"))
    return (
        bare.casefold() in words.buttons
        or (folded.startswith(words.begin) and _CLAIM.search(bare) is None)
        or (folded.startswith(words.question) and "?" in folded.replace("？", "?"))
        or (len(bare) <= _LONGEST_AROUND and any(word in folded for word in words.contain))
    )


class _Words(NamedTuple):
    """The closing words of all languages; see `closings.toml`."""

    begin: tuple[str, ...]
    question: tuple[str, ...]
    contain: tuple[str, ...]
    buttons: frozenset[str]


@cache
def _words() -> _Words:
    from gitanchor.model import word_lists  # most answers end in a list, which is no closing remark

    tables = word_lists.read("gitanchor.parsing", "closings.toml").values()
    found = {
        kind: tuple(word for table in tables for word in table.get(kind, ())) for kind in _Words._fields
    }
    return _Words(found["begin"], found["question"], found["contain"], frozenset(found["buttons"]))
