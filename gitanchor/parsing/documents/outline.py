"""The headings of a document with the text below each: Markdown's own, bold lines, and labels.

Section numbers are CommonMark's. Lines in code fences, and inside of HTML comments, have no structure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gitanchor.model import markdown
from gitanchor.model.lazy_re import late
from gitanchor.parsing import name_line
from gitanchor.parsing.documents import banners, found_dates
from gitanchor.parsing.documents.dictionary import Dictionary
from gitanchor.parsing.lines import Source, fenced_in

BOLD: Final = 7
"""The level of a bold line that stands alone, below the six of Markdown's headings."""

LABEL: Final = 8
"""The level of a label with a colon."""

PLAIN: Final = 9
"""The rank of a plain label with text beside it, which may as well be the beginning of a sentence."""

WEAK: Final = 10
"""The rank of an unknown label, which is below all others unless labels are the sections."""

DATED: Final = 0
"""The level of a line that begins an entry: with a date and time, as jrnl writes, or within a rule."""

NAMED: Final = -2
"""The level of a line that names an anchor."""

ATX: Final = late(r" {0,3}(?P<hashes>#{1,6})(?:[ \t]+(?P<title>.*?))?(?:[ \t]+#+)?[ \t]*")
_UNDERLINE: Final = late(r" {0,3}(?:=+|-{2,})[ \t]*")
_BOLD: Final = late(
    r"[ \t]{0,3}(?:[^\w\s*_#>|`\[(<-]{1,4}[ \t]*)?(?P<mark>\*\*|__)(?P<title>[^*_\n]{1,80}?)(?P=mark)"
    r"[ \t]*[:：]?[ \t]*"
)
_LABEL: Final = late(
    r"[ \t]{0,3}(?:[-*+][ \t]+)?(?:[^\w\s*_#>|`\[(<-]{1,4}[ \t]*)?(?P<mark>\*\*|__|)"
    r"(?P<title>[^\s*_|:：`<][^*|:：`<]{0,60}?)"
    r"(?:[ \t]?[:：][ \t]?(?P=mark)|(?P=mark)[ \t]?[:：])(?P<rest>(?:[ \t]|(?<=：)|$).*)"
)
_JRNL: Final = late(
    r"\[?(?P<date>\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?)\]?"
    r"[ \t]+(?P<title>\S.*)"
)
_NUMBERED: Final = late(
    r"\d{1,2}[.)][ \t]+(?P<title>\S.{0,80}?)(?:[:：](?:\*\*|__)?|(?:\*\*|__)[:：])[ \t]*"
)
_ENOUGH: Final = 2
_OWN_NAMES: Final = frozenset(
    {"context", "current milestone", "milestone", "next action", "dependencies"}
)
_NOT_ALONE: Final = late(r"[ \t]*(?:[-*+|>`]|\d{1,3}[.)])")
_UNDERLINES: Final = frozenset("=-")
_FIRST_OF_DATE: Final = frozenset("[12")
_LABEL_REACH: Final = 90
"""The characters of a line among which the colon of a label is."""

_LABEL_WORDS: Final = 4
_LONGEST: Final = 200
_LONGEST_LINE: Final = 4000
_LONGEST_BARE: Final = 40
"""Most characters of a line that begins an entry, has a label, or is nothing but a label."""


@dataclass(slots=True, eq=False)
class Part:
    """A heading and the lines below it, to the next heading of any level.

    `title` is the heading's text; `rest` is text beside a label. `head` are the lines of the heading as
    written, two if it is underlined. The first part of a document may have no heading: its level is -1.
    `is_weak` is set for an unknown label without emphasis, which counts beside others of its kind.
    """

    level: int
    title: str = ""
    rest: str = ""
    head: list[Source] = field(default_factory=list)
    body: list[Source] = field(default_factory=list)
    meaning: str | None = None
    is_either: bool = False
    is_weak: bool = False

    @property
    def first(self) -> int:
        """The number of the first line."""
        return self.head[0][0] if self.head else self.body[0][0]

    @property
    def last(self) -> int:
        """The number of the last line that is not blank."""
        written = [number for number, text in (*self.head, *self.body) if text.strip()]
        return written[-1] if written else self.first

    @property
    def rank(self) -> int:
        """The level; a label alone counts as a bold line, a plain one as the lowest."""
        if self.level != LABEL or not self.head:
            return self.level
        if self.is_weak:
            return WEAK
        text = self.head[0][1]
        if not self.rest.strip():
            return LABEL if text.rstrip().endswith((":", "：")) else BOLD
        marked = "**" in text or "__" in text or self.title.isupper()
        return LABEL if marked else PLAIN

    @property
    def is_inline(self) -> bool:
        """Whether text stands beside the label, which ends with its block."""
        return self.level == LABEL and bool(self.rest.strip())

    @property
    def is_empty(self) -> bool:
        """Whether there is no text beside or below the heading."""
        return not self.rest.strip() and not any(text.strip() for _, text in self.body)

    def lines(self) -> list[str]:
        """Return all lines, heading included."""
        return [text for _, text in (*self.head, *self.body)]


def parts_of(sources: Sequence[Source], words: Dictionary) -> list[Part]:
    """Divide a document at its headings and labels. The parts together have all of its lines."""
    hidden = fenced_in(sources) | _commented(sources)
    numbered = _numbered(sources, words)
    parts = [Part(-1)]
    index = 0
    while index < len(sources):
        found = (
            None if index in hidden else numbered.get(index) or _heading(sources, index, words, hidden)
        )
        if found is None:
            part = parts[-1]
            if _is_next_item(part, sources[index][1]) or (
                part.is_inline and _ends_block(part, sources, index)
            ):
                parts.append(part := Part(LABEL))
            part.body.append(sources[index])
            index += 1
        else:
            parts.append(found)
            index += len(found.head)
    return [part for part in parts if part.head or part.body]


def _numbered(sources: Sequence[Source], words: Dictionary) -> dict[int, Part]:
    """Return the parts of numbered lines that are headings, as in the summary of a coding agent.

    They are not indented and end in a colon, and at least two of them name a section.
    """
    found = {
        index: _known(Part(BOLD, match["title"].strip("*_ :："), head=[(number, text)]), words)
        for index, (number, text) in enumerate(sources)
        if text[:1].isdigit() and (match := _NUMBERED.fullmatch(text))
    }
    known = sum(part.meaning is not None for part in found.values())
    return found if len(found) > _ENOUGH and known > 1 else {}


def is_structure(text: str) -> bool:
    """Return whether a line is a heading or underlines one, or has a date and time before its text."""
    return (
        markdown.is_heading(text)
        or text.startswith("===")
        or (text[:1] in "[12" and _JRNL.fullmatch(text) is not None)
    )


def is_structured(sources: Sequence[Source]) -> bool:
    """Return whether a text has such a line, or entries that rules set apart."""
    if any(is_structure(text) for _, text in sources):
        return True
    titles = (
        banners.title_on(text) or banners.between_rules(sources, index)
        for index, (_, text) in enumerate(sources)
    )
    return sum(bool(title) and found_dates.tells_entry(title) for title in titles) > 1


def _is_next_item(part: Part, text: str) -> bool:
    """Whether a line is the next item of the list in which a label is an item."""
    own = markdown.item(part.head[0][1]) if part.level == LABEL and part.head else None
    item = markdown.item(text) if own else None
    return bool(own and item and len(item["indent"]) <= len(own["indent"]))


def _ends_block(part: Part, sources: Sequence[Source], index: int) -> bool:
    """Whether a line is no part of the block of an inline label: of its paragraph, or a list below."""
    text = sources[index][1]
    if not text.strip():
        return False
    above = [line for _, line in part.body]
    if above and not above[-1].strip():
        return not any(line.strip() for line in above) or not _continues_list(above, text)
    return False


def _continues_list(above: Sequence[str], text: str) -> bool:
    listed = any(markdown.item(line) for line in above)
    return listed and bool(markdown.item(text) or text.startswith((" ", "\t")))


def _heading(sources: Sequence[Source], index: int, words: Dictionary, hidden: set[int]) -> Part | None:
    """Return the part that a line begins, without its body; None if it is no heading."""
    number, text = sources[index]
    if not text or text.isspace() or len(text) > _LONGEST_LINE:
        return None
    below = sources[index + 1][1] if index + 1 < len(sources) and index + 1 not in hidden else ""
    part = _named(number, text) or _marked(number, text) or _banner(sources, index, hidden)
    underlined = below[:4].lstrip()[:1] in _UNDERLINES and _UNDERLINE.fullmatch(below)
    if part is None and underlined and _may_be_underlined(sources, index):
        level = 1 if below.lstrip()[0] == "=" else 2
        part = Part(level, text.strip(), head=[sources[index], sources[index + 1]])
    if part is not None:
        return _known(part, words)
    return _label(sources, index, words)


def _named(number: int, text: str) -> Part | None:
    """Return the part of a line that names an anchor, or begins an entry as jrnl writes it."""
    if (entry := name_line.entry_on(text)) and entry.name and entry.strong:
        rest = [(number, entry.rest)] if entry.rest else []
        return Part(NAMED, entry.name, head=[(number, text)], body=rest)
    dated = text[0] in _FIRST_OF_DATE and len(text) <= _LONGEST and _JRNL.fullmatch(text)
    return Part(DATED, text, head=[(number, text)]) if dated else None


def _marked(number: int, text: str) -> Part | None:
    match = ATX.fullmatch(text) if text.lstrip()[0] == "#" else None
    return Part(len(match["hashes"]), match["title"] or "", head=[(number, text)]) if match else None


def _banner(sources: Sequence[Source], index: int, hidden: set[int]) -> Part | None:
    """Return the part of words within or between rules: of an entry, if they have a date or a number."""
    title, lines = banners.title_on(sources[index][1]), 1
    if not title and hidden.isdisjoint(range(index, index + 3)):
        title, lines = banners.between_rules(sources, index), 3
    if not title:
        return None
    level = DATED if found_dates.tells_entry(title) else BOLD
    return Part(level, title, head=list(sources[index : index + lines]))


def _label(sources: Sequence[Source], index: int, words: Dictionary) -> Part | None:
    """Return the part of a bold line or a label: of any that stands apart, or that names a section."""
    number, text = sources[index]
    head = [(number, text)]
    if ("**" in text or "__" in text) and (match := _BOLD.fullmatch(text)):
        part = _known(Part(BOLD, match["title"].strip(" :：\t"), head=head), words)
        return part if part.meaning or _starts_paragraph(sources, index) else None
    start = text[:_LABEL_REACH]
    if (":" in start or "：" in start) and (match := _LABEL.match(text)):
        part = _known(Part(LABEL, match["title"], match["rest"], head), words)
        in_list = text.lstrip().startswith(("- ", "* ", "+ "))
        shouted = (
            match["title"].isupper() and not part.rest.strip() and _starts_paragraph(sources, index)
        )
        if part.meaning or (match["mark"] and not in_list) or shouted:
            return part
        part.is_weak = not part.rest.strip() and not in_list and _starts_paragraph(sources, index)
        return part if part.is_weak and len(part.title.split()) <= _LABEL_WORDS else None
    if len(text) <= _LONGEST_BARE and _is_bare(sources, index, words):
        return _known(Part(LABEL, text.strip(), head=head), words)
    return None


def _known(part: Part, words: Dictionary) -> Part:
    """Set what the heading means; `Status: nearly there` as a heading has its text beside the label."""
    if part.level > 0:
        part.meaning = words.meaning(part.title)
        part.is_either = part.meaning is not None and words.is_either(part.title)
    if part.level == LABEL and part.meaning and _is_date(part.rest):
        part.meaning = None  # as in `Stand: 4.3.2026`
    if part.meaning is None and 0 < part.level < BOLD:
        label, colon, rest = _partition(part.title)
        if colon and (meaning := words.meaning(label)):
            part.meaning, part.rest = meaning, rest
    return part


def _is_date(rest: str) -> bool:
    place = found_dates.place_of(rest) if rest.strip() else None
    return place is not None and not found_dates.without(rest, place).strip(" .,;uhrUHR")


def _partition(title: str) -> tuple[str, str, str]:
    for separator in (":", "：", " – ", " — ", " - "):
        label, found, rest = title.partition(separator)
        if found:
            return label, found, rest.strip()
    return title, "", ""


def _may_be_underlined(sources: Sequence[Source], index: int) -> bool:
    """Whether a line can be a setext heading (section 4.3): a paragraph of one line, and no list."""
    text = sources[index][1]
    alone = index == 0 or not sources[index - 1][1].strip()
    return alone and not markdown.starts_block(text) and not text.startswith(("    ", "\t"))


def _starts_paragraph(sources: Sequence[Source], index: int) -> bool:
    return index == 0 or not sources[index - 1][1].strip()


def _is_bare(sources: Sequence[Source], index: int, words: Dictionary) -> bool:
    """Whether a line is only a label, as headings are when they are copied from a page.

    Below a line that names an anchor, and by a section's own name, it needs no blank line above it.
    """
    text = sources[index][1]
    apart = _starts_paragraph(sources, index) or text.strip().casefold() in _OWN_NAMES
    return (
        (apart or name_line.entry_on(sources[index - 1][1]) is not None)
        and not _NOT_ALONE.match(text)
        and (text.isupper() or index + 1 < len(sources))
        and words.meaning(text) is not None
    )


def _commented(sources: Sequence[Source]) -> set[int]:
    """Return the indexes of lines in HTML comments (section 4.6), those of its ends included."""
    held: set[int] = set()
    first = -1
    for index, (_, text) in enumerate(sources):
        if first < 0 and "<!--" in text and text.lstrip().startswith("<!--"):
            first = index
        if first >= 0 and "-->" in text:
            held.update(range(first, index + 1))
            first = -1
    return held
