"""The generated log in the worktree: writing it, comparing it, and never losing a hand's work in it.

How it looks is `render`'s business, what pasted text means is `parse`'s.
"""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor import atomic, markdown, render
from gitanchor.anchor import Anchor
from gitanchor.errors import WrongUsage
from gitanchor.scan import CONFLICT

_BEGIN: Final = re.compile(r"<!-- anchor ([0-9a-f]{8}) -->")
_END: Final = re.compile(r'<!-- /anchor ([0-9a-f]{8}) \{.*"text": "([0-9a-f]+)"\} -->')


_CONFLICT: Final = "a conflict marker"


class HandWork(NamedTuple):
    """Something in the log that no render wrote: its line, what it is, and in which entry."""

    line: int
    what: str
    id: str | None = None


class LogFile:
    """The log of one worktree. `path` is relative to its top, with forward slashes."""

    def __init__(self, root: Path, path: str, scratch: Path) -> None:
        self.path = path
        self._root = root
        self._target = root / path
        self._scratch = scratch

    def read(self) -> str | None:
        """The text of the log, line ends as git stores them; None if there is none.

        Raises WrongUsage if a link leads out of the worktree, or the file is no UTF-8.
        """
        if not self._target.resolve().is_relative_to(self._root.resolve()):
            raise WrongUsage(f"'{self.path}' is a link out of the worktree; replace it by a file")
        try:
            return self._target.read_bytes().decode().replace("\r\n", "\n")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise WrongUsage(
                f"'{self.path}' is not UTF-8 at byte {error.start}, so it was not written by"
                " git anchor; move it away, or import it once it is UTF-8"
            ) from None
        except IsADirectoryError:
            raise WrongUsage(f"'{self.path}' is a folder; set another log.path") from None

    def write(self, anchors: Sequence[Anchor], *, over_hand_work: bool = False) -> bool:
        """Bring the log up to date; say whether that changed it.

        Raises WrongUsage, and writes nothing, if that would lose what a person put into it.
        """
        present = self.read()
        if present is not None and not over_hand_work:
            self.refuse_hand_work(present)
        text = render.log(anchors)
        if text == present:
            return False
        atomic.write(self._target.resolve(), text.encode(), self._scratch)
        return True

    def refuse_hand_work(self, text: str) -> None:
        """Raise WrongUsage if the log holds what only a person can have written."""
        found = hand_work(text)
        if found and found[0].what == _CONFLICT:
            raise WrongUsage(
                f"{self.path}:{found[0].line}: {_CONFLICT}; take either side of it, as with"
                f" 'git checkout --ours -- {self.path}', then 'git anchor render'"
            )
        if found:
            raise WrongUsage(
                f"{self.path}:{found[0].line}: {found[0].what};"
                f" take it in with 'git anchor import {self.path}'"
            )

    def difference(self, anchors: Sequence[Anchor]) -> str:
        """A unified diff from the log as it is to the log as it should be; empty if they agree."""
        present = self.read() or ""
        expected = render.log(anchors)
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(
                present.splitlines(keepends=True),
                expected.splitlines(keepends=True),
                f"a/{self.path}",
                f"b/{self.path}",
            )
        )


def hand_work(text: str) -> list[HandWork]:
    """What in a log was not written by a render: its head, entries or changes to entries."""
    if not text.strip():
        return []
    lines = text.split("\n")
    fenced = markdown.fences(lines).inside
    for number, (line, inside) in enumerate(zip(lines, fenced, strict=True), 1):
        if line.startswith(CONFLICT) and not inside:
            return [HandWork(number, _CONFLICT)]
    head = render.header().split("\n")
    if lines[: len(head)] == head:
        return _work_on_entries(lines, fenced, len(head))
    pairs = zip(lines, head, strict=False)
    changed = next((n for n, pair in enumerate(pairs) if pair[0] != pair[1]), len(lines) - 1)
    first = next((n for n, line in enumerate(lines) if _BEGIN.fullmatch(line)), None)
    if first is None:
        return [HandWork(changed + 1, "this log is kept by hand")]
    found = HandWork(changed + 1, "the head of the log was changed by hand")
    return [found, *_work_on_entries(lines, fenced, first)]


def _work_on_entries(lines: Sequence[str], fenced: Sequence[bool], first: int) -> list[HandWork]:
    """What was written by hand in or between the entries, which begin at line `first`."""
    found = []
    start: int | None = None
    for number in range(first, len(lines)):
        line = lines[number]
        if start is None:
            if _BEGIN.fullmatch(line):
                start = number
            elif line.strip():
                found.append(HandWork(number + 1, "text was added by hand"))
        elif not fenced[number] and (end := _END.fullmatch(line)):
            if render.digest("\n".join(lines[start + 1 : number])) != end[2]:
                found.append(HandWork(start + 1, f"entry {end[1]} was changed by hand", end[1]))
            start = None
    if start is not None:
        found.append(HandWork(start + 1, "an entry has lost its closing comment"))
    return found


def edited_ids(text: str) -> set[str]:
    """The ids of the entries in a generated log whose text was changed by hand."""
    return {work.id for work in hand_work(text) if work.id}
