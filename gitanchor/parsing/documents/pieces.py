"""The text of one entry, collected by section, and how it is put into a draft byte for byte."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from gitanchor.model import markdown
from gitanchor.model.anchor import SECTIONS
from gitanchor.model.dependencies import dependency, taken_apart
from gitanchor.model.draft import Draft
from gitanchor.model.lazy_re import late
from gitanchor.parsing.documents.front_matter import FrontMatter
from gitanchor.parsing.documents.outline import ATX, Part
from gitanchor.parsing.lines import Source
from gitanchor.parsing.tables import CELL, DELIMITER

_HTML_ITEM: Final = late(r"[ \t]*</?(?:ul|ol|li|br ?/?)>|</li>[ \t]*\Z", re.IGNORECASE)
_OPEN_TASK: Final = late(r"^([ \t]*[-*+][ \t]+)\[ \][ \t]+")
"""The box of a task list, which belongs to the bullet (GitHub Flavored Markdown 5.3)."""

_ITEM_START: Final = late(r"<li\b[^>]*>", re.IGNORECASE)
_HTML_LIST: Final = late(r"[ \t]*(?:<(?:ul|ol|li)\b|</(?:ul|ol)>)", re.IGNORECASE)


class Piece:
    """A heading with its text, which goes into one section."""

    def __init__(self, section: str, part: Part, *, headed: bool) -> None:
        self.section = section
        self.headed = headed
        self._below: list[str] | None = None
        self.is_either = part.is_either
        self.head = part.head
        self.rest = part.rest
        self.body = list(part.body)

    def whole(self) -> list[str]:
        """Return the lines with the heading as it is written."""
        return _trimmed([text for _, text in (*self.head, *self.body)])

    def below(self) -> list[str]:
        """Return the lines without the heading."""
        if self._below is None:
            texts = [text for _, text in self.body]
            if self.rest.strip():
                texts = [self.rest.strip(" \t"), *texts]
            self._below = _trimmed(texts)
        return self._below

    def add(self, lines: Sequence[Source]) -> None:
        """Add lines at the end."""
        self.body += lines
        self._below = None

    @property
    def numbers(self) -> list[int]:
        """The numbers of the lines that are not blank."""
        return [number for number, text in (*self.head, *self.body) if text.strip()]


class Pieces:
    """The pieces of an entry, in their order. Lines whose numbers are in `skip` are left out."""

    def __init__(self, skip: set[int]) -> None:
        self.skip = skip
        self.pieces: list[Piece] = []
        self.status = ""

    def begin(self, section: str, part: Part, *, headed: bool = False, dropped: bool = False) -> None:
        """Begin a piece with a part. `headed` keeps its heading in any case, `dropped` in none."""
        part = self._without_skipped(part)
        if dropped:
            part.head, part.rest = [], ""
        self.pieces.append(Piece("notes" if section == "preamble" else section, part, headed=headed))

    def go_on(self, part: Part) -> None:
        """Add a part, heading included, to the last piece."""
        part = self._without_skipped(part)
        self.pieces[-1].add([*part.head, *part.body])

    def add_matter(self, matter: FrontMatter) -> None:
        """Add what front matter says beside title and date: in notes, or the status as the milestone."""
        lines = list(matter.others)
        if matter.status:
            if any(piece.section == "milestone" for piece in self.pieces):
                lines = sorted([*lines, matter.status])
            else:
                self.status = matter.status[1]
        if lines:
            self.pieces.insert(0, Piece("notes", Part(-1, body=lines), headed=False))

    def put_into(self, draft: Draft) -> None:
        """Set the sections of a draft."""
        self._settle_either()
        notes = {piece for piece in self.pieces if piece.section == "notes" and piece.whole()}
        for section in SECTIONS:
            found = [piece for piece in self.pieces if piece.section == section]
            filled = [piece for piece in found if piece.below()]
            notes |= {piece for piece in found if not piece.below()}
            if not filled:
                continue
            numbers = [number for piece in filled for number in piece.numbers]
            draft.lines[section] = (min(numbers), max(numbers))
            if section == "dependencies":
                texts = [text for piece in filled for text in items_of(piece.below())]
                draft.dependencies = tuple(map(dependency, texts))
            elif len(filled) == 1:
                setattr(draft, section, "\n".join(filled[0].below()))
            else:
                setattr(draft, section, _as_written(filled))
        if self.status and not draft.milestone:
            draft.milestone = self.status
        order = [piece for piece in self.pieces if piece in notes]
        if len(order) == 1 and not order[0].headed and order[0].below():
            draft.notes = "\n".join(order[0].below())
        else:
            draft.notes = _as_written(order)

    def _settle_either(self) -> None:
        """Let a heading that may be context or milestone be what no other heading is."""
        counts = Counter(piece.section for piece in self.pieces if piece.below())
        for piece in self.pieces:
            other = {"milestone": "context", "context": "milestone"}.get(piece.section)
            if (
                piece.is_either
                and other
                and piece.below()
                and counts[piece.section] > 1
                and not counts[other]
            ):
                counts[piece.section] -= 1
                counts[other] += 1
                piece.section = other

    def _without_skipped(self, part: Part) -> Part:
        head = [] if any(number in self.skip for number, _ in part.head) else part.head
        body = [line for line in part.body if line[0] not in self.skip]
        rest = part.rest if head else ""
        return Part(part.level, part.title, rest, head, body, part.meaning, part.is_either)


def items_of(lines: Sequence[str]) -> list[str]:
    """Return the dependencies in a section: items of lists, rows of tables, lines."""
    found: list[str] = []
    under = ""
    chunk: list[str] = []

    def finish() -> None:
        texts = taken_apart(markdown.trim_blank_lines(chunk)) if any(map(str.strip, chunk)) else []
        found.extend(f"{under}: {text}" if under else text for text in texts)
        chunk.clear()

    fenced = markdown.fences(lines).inside
    table: list[str] = []
    for line, inside in zip([*lines, ""], [*fenced, False], strict=True):
        if not inside and line.lstrip().startswith("|"):
            table.append(line)
            continue
        if table:
            finish()
            found += [f"{under}: {row}" if under else row for row in _rows(table)]
            table = []
        heading = None if inside else ATX.fullmatch(line)
        if heading:
            finish()
            under = (heading["title"] or "").strip("*_` :")
        elif not inside and _HTML_LIST.match(line):
            bare = (_HTML_ITEM.sub("", part).strip() for part in _ITEM_START.split(line))
            chunk.extend(f"- {text}" for text in bare if text)
        else:
            chunk.append(line if inside else _OPEN_TASK.sub(r"\1", line))
    finish()
    return found


def _rows(table: Sequence[str]) -> list[str]:
    """Return the rows of a table as items, without its head."""
    rules = [index for index, line in enumerate(table) if DELIMITER.fullmatch(line)]
    rows = table[rules[0] + 1 :] if rules else table
    cells = ([cell.strip() for cell in CELL.split(row.strip().strip("|"))] for row in rows)
    return [", ".join(filter(None, row)) for row in cells if any(row)]


def _as_written(pieces: Sequence[Piece]) -> str:
    """Return pieces with their headings; those on neighbouring lines stay so, others are set apart."""
    texts: list[str] = []
    last = 0
    for piece in pieces:
        whole = "\n".join(piece.whole())
        numbers = piece.numbers
        if texts and whole:
            texts.append("\n" if numbers[0] == last + 1 else "\n\n")
        if whole:
            texts.append(whole)
        last = numbers[-1] if numbers else last
    return "".join(texts)


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Return lines without blank lines and rules at either end."""
    start, end = 0, len(lines)
    while start < end and _sets_apart(lines[start]):
        start += 1
    while end > start and _sets_apart(lines[end - 1]):
        end -= 1
    return list(lines[start:end])


def _sets_apart(line: str) -> bool:
    return not line.strip() or markdown.is_rule(line)
