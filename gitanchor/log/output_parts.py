"""What in a file beside the log a render wrote, and that part read as a log of one entry.

A file is a snapshot, all of which is generated, or has a block between two comments in a text of people.
Texts in, texts out.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Self

from gitanchor.log import foreign_text, formatters, restoring
from gitanchor.log.foreign_text import HandWork
from gitanchor.log.log_file import LogText
from gitanchor.model import markdown
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing import log_format
from gitanchor.rendering import handoff_files, log_entries
from gitanchor.storage.config import AGENTS

_BYTE_ORDER_MARK: Final = "\ufeff"
_WRITTEN: Final = "<!-- Written by 'git anchor render'"


class Parts(NamedTuple):
    """A file in three parts: the text before what is generated, that itself, and the text after it.

    `generated` is None if nothing is. In a snapshot both others are empty.
    """

    before: str
    generated: str | None
    after: str = ""

    @classmethod
    def of(cls, text: str, kind: str, path: str) -> Self:
        """Divide the text of a file. Raises WrongUsage for a block without an end, or a second one."""
        if kind != AGENTS:
            return cls("", text if text.strip() else None)
        found = _marks(text)
        begins = [mark for mark in found if mark.is_begin]
        if not found:
            _refuse_entry(text, path)
            return cls(text, None)
        if len(begins) > 1:
            raise WrongUsage(f"{path}:{begins[1].line}: a second block of git anchor; {_TAKE_OUT}")
        if not found[0].is_begin:
            raise WrongUsage(
                f"{path}:{found[0].line}: the end of a block that never begins; {_TAKE_OUT}"
            )
        if len(found) == 1:
            raise WrongUsage(
                f"{path}:{found[0].line}: the block that begins here has no end; {_TAKE_OUT}"
            )
        if len(found) > 2:
            raise WrongUsage(f"{path}:{found[2].line}: a second end of the block; {_TAKE_OUT}")
        first, last = found
        return cls(text[: first.start], text[first.start : last.stop], text[last.stop :])

    @property
    def line_break(self) -> str:
        """The line break of the text around, else of what was generated."""
        for text in (self.before, self.after, self.generated or ""):
            end = text.find("\n")
            if end >= 0:
                return "\r\n" if text[:end].endswith("\r") else "\n"
        return "\n"

    @property
    def around(self) -> tuple[str, str]:
        """The text before and after what is generated, with line breaks as git stores them."""
        before, after = (text.replace("\r\n", "\n") for text in (self.before, self.after))
        return before.rstrip("\n"), after.strip("\n")

    def shows(self, wanted: str) -> bool:
        """Whether what is generated is as it should be, whatever its line breaks."""
        return self.generated is not None and self.generated.replace("\r\n", "\n") == wanted

    def with_block(self, wanted: str) -> str:
        """Return the file with a block in place of the present one, or at the end."""
        end = self.line_break
        block = wanted.replace("\n", end)
        if self.generated is not None:
            return f"{self.before}{block}{self.after}"
        above = self.before
        if above.strip(f"{_BYTE_ORDER_MARK} \t\r\n"):
            above += "" if above.endswith("\n") else end
            above += "" if above.endswith(("\n\n", "\n\r\n")) else end
        elif above and not above.endswith(("\n", _BYTE_ORDER_MARK)):
            above += end
        return f"{above}{block}{end}"


_TAKE_OUT: Final = "put these comments right by hand, or take them out"


def _refuse_entry(text: str, path: str) -> None:
    """Raise WrongUsage for a text with an entry, but without a block: its comments were taken out.

    An entry in a fenced code block is an example of one.
    """
    if "<!-- /anchor " not in text:
        return
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    fence = markdown.Fence()
    outside = {number for number, line in enumerate(lines) if not fence.holds(line)}
    entry = next((block for block in log_format.blocks(lines) if block.begin in outside), None)
    if entry is not None:
        raise WrongUsage(
            f"{path}:{entry.begin + 1}: an entry outside of a block of git anchor;"
            " put the comments of the block back around it, or take it out"
        )


class _Mark(NamedTuple):
    """A comment that begins or ends a block: its line, from 1, and its place in the text."""

    is_begin: bool
    line: int
    start: int
    stop: int


def _marks(text: str) -> list[_Mark]:
    """Find the comments around blocks; those inside of an entry are text of its anchor."""
    lines = text.split("\n")
    inside: set[int] = set()
    if handoff_files.BEGIN in text or handoff_files.CLOSE in text:
        blocks = log_format.blocks([line.removesuffix("\r") for line in lines])
        inside = {number for block in blocks for number in range(block.begin, block.end + 1)}
    found = []
    place = 0
    for number, line in enumerate(lines):
        mark = len(_BYTE_ORDER_MARK) if number == 0 and line.startswith(_BYTE_ORDER_MARK) else 0
        said = line[mark:].strip()
        mark += len(line[mark:]) - len(line[mark:].lstrip())  # a formatter may have indented it
        if said in (handoff_files.BEGIN, handoff_files.CLOSE) and number not in inside:
            stop = place + len(line.removesuffix("\r"))
            found.append(_Mark(said == handoff_files.BEGIN, number + 1, place + mark, stop))
        place += len(line) + 1
    return found


class AsLog(NamedTuple):
    """What is generated in a file, as a log with the head of a log and at most one entry, mostly.

    Line numbers of the file are those of `text` less `shift`.
    """

    path: str
    text: str
    shift: int

    @property
    def log_text(self) -> LogText:
        """The same for those who read logs."""
        return LogText({self.path: self.text}, self.shift)

    def hand_work(self, foreword: str) -> Iterator[HandWork]:
        """Yield what no render wrote, with its line in the file."""
        for work in foreign_text.hand_work(self.text, foreword):
            yield work._replace(line=work.line - self.shift)


def as_log(parts: Parts, path: str, foreword: str) -> AsLog:
    """Return what is generated as a log, which has the team's foreword in its head.

    All other lines, and those that do not come from an anchor, are blank there.
    """
    head = log_entries.header(foreword)
    lines = lines_of(parts)
    return AsLog(path, "\n".join([head, "", *lines, log_entries.END, ""]), head.count("\n") + 2)


def lines_of(parts: Parts) -> list[str]:
    """Return the lines of a file, but blank ones in place of those that do not come from an anchor."""
    generated = (parts.generated or "").removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n")
    lines = restoring.comments(generated.split("\n"))
    begun = [number for number, line in enumerate(lines) if log_format.begins(line)]
    ended = [number for number, line in enumerate(lines) if log_format.closed(line)]
    start, end = min(begun, default=len(lines)), max(ended, default=-1) + 1
    is_block = generated.startswith(handoff_files.BEGIN)
    head = handoff_files.BLOCK_HEAD if is_block else handoff_files.HEAD
    ours = _among(lines, range(start), head) | _among(lines, range(end, len(lines)), handoff_files.FOOT)
    cleared = ("" if number in ours else line for number, line in enumerate(lines))
    return [*[""] * parts.before.count("\n"), *cleared]


def _among(lines: Sequence[str], places: range, fixed: Sequence[str]) -> set[int]:
    """Return where some fixed lines are, whatever their formatting. What else says the same is text.

    A formatter may have wrapped a line, so that a paragraph says what it said.
    """
    found: set[int] = set()
    left = [formatters.meaning(line) for line in fixed]
    for stretch in (*([number] for number in places), *_paragraphs(lines, places)):
        text = "\n".join(lines[number] for number in stretch)
        meaning = formatters.meaning(text) if text.strip() and found.isdisjoint(stretch) else None
        if meaning in left:
            left.remove(meaning)
            found.update(stretch)
    return found


def _paragraphs(lines: Sequence[str], places: range) -> Iterator[list[int]]:
    """Yield the stretches of lines between blank ones."""
    for is_text, numbers in itertools.groupby(places, lambda number: bool(lines[number].strip())):
        if is_text:
            yield list(numbers)


def is_foreign(text: str) -> bool:
    """Whether a file is no snapshot that a render wrote, so that all of it is a person's."""
    lines = restoring.comments(text.replace("\r\n", "\n").removeprefix(_BYTE_ORDER_MARK).split("\n"))
    ours = any(log_format.begins(line) or line.startswith(_WRITTEN) for line in lines)
    return bool(text.strip()) and not ours


def is_snapshot(text: str) -> bool:
    """Whether a text has the head of a snapshot, at least in part."""
    lines = text.removeprefix(_BYTE_ORDER_MARK).split("\n")
    return lines[0].rstrip() == handoff_files.HEAD[0] and not is_foreign(text)


def ids_in(text: str) -> list[str]:
    """Return the ids of the whole entries in a text, in their order."""
    return [block.id for block in log_format.blocks(text.split("\n"))]
