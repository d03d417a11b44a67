"""The generated log in the worktree: writing it, comparing it, and never losing a hand's work in it.

How it looks is `render`'s business, what pasted text means is `parse`'s.
"""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor import atomic, generated, markdown, mending, render
from gitanchor.anchor import Anchor
from gitanchor.errors import WrongUsage

_HAND_KEPT: Final = "this log is kept by hand"


class HandWork(NamedTuple):
    """Something in the log that no render wrote: its line, and what it is."""

    line: int
    what: str


class LogFile:
    """The log of one worktree. `path` is relative to its top, with forward slashes."""

    def __init__(self, root: Path, path: str, scratch: Path, foreword: str = "") -> None:
        self.path = path
        self.foreword = foreword
        self._root = root
        self._target = root / path
        self._scratch = scratch

    def read(self) -> str | None:
        """The text of the log, line ends as git stores them; None if there is none.

        Raises WrongUsage if a link leads out of the worktree, or the file is no UTF-8.
        """
        try:
            inside = self._target.resolve().is_relative_to(self._root.resolve())
        except (OSError, RuntimeError):
            raise WrongUsage(f"'{self.path}' is a link to itself; remove it") from None
        if not inside:
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
        text = render.log(anchors, self.foreword)
        if text == present:
            return False
        atomic.write(self._target.resolve(), text.encode(), self._scratch)
        return True

    def refuse_hand_work(self, text: str) -> None:
        """Raise WrongUsage if the log holds what only a person can have written."""
        found = hand_work(text, self.foreword)
        refuse_conflict(text, self.path)
        if found:
            raise WrongUsage(
                f"{self.path}:{found[0].line}: {found[0].what}; take it in with"
                f" 'git anchor {'import ' + self.path if found[0].what == _HAND_KEPT else 'absorb'}'"
            )

    def difference(self, anchors: Sequence[Anchor]) -> str:
        """A unified diff from the log as it is to the log as it should be; empty if they agree."""
        present = self.read() or ""
        expected = render.log(anchors, self.foreword)
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(
                present.splitlines(keepends=True),
                expected.splitlines(keepends=True),
                f"a/{self.path}",
                f"b/{self.path}",
            )
        )


def hand_work(text: str, foreword: str = "") -> list[HandWork]:
    """What in a log was not written by a render: its head, entries or changes to entries."""
    if not text.strip():
        return []
    lines = text.split("\n")
    conflict = _conflict(lines)
    if conflict is not None:
        return [HandWork(conflict + 1, "a conflict marker")]
    head = render.header(foreword).split("\n")
    blocks = generated.blocks(lines)
    found = []
    start = len(head)
    if lines[: len(head)] != head:
        pairs = zip(lines, head, strict=False)
        changed = next((n for n, pair in enumerate(pairs) if pair[0] != pair[1]), len(lines) - 1)
        if not any(map(mending.is_ours, lines)):
            return [HandWork(changed + 1, _HAND_KEPT)]
        found.append(HandWork(changed + 1, "the head of the log was changed by hand"))
        start = blocks[0].begin if blocks else len(lines)
    for block in blocks:
        found += _added(lines, start, block.begin)
        if block.edited:
            found.append(HandWork(block.begin + 1, f"entry {block.id} was changed by hand"))
        start = block.end + 1
    return [*found, *_added(lines, start, len(lines))]


def is_hand_kept(text: str) -> bool:
    """Whether a log was never generated: it has no entry and no head of ours."""
    return any(work.what == _HAND_KEPT for work in hand_work(text)[:1])


def refuse_conflict(text: str, name: str) -> None:
    """Raise WrongUsage if a log holds the conflict of an unfinished merge."""
    conflict = _conflict(text.split("\n"))
    if conflict is not None:
        raise WrongUsage(
            f"{name}:{conflict + 1}: a conflict marker; take either side of it, as with"
            f" 'git checkout --ours -- {name}', then 'git anchor render'"
        )


def _conflict(lines: Sequence[str]) -> int | None:
    """The first conflict marker, counted from 0. In the text of an anchor it stands in a fence."""
    fence = markdown.Fence()
    for number, line in enumerate(lines):
        if not fence.holds(line) and line.startswith(generated.CONFLICT):
            return number
    return None


def _added(lines: Sequence[str], start: int, end: int) -> list[HandWork]:
    """What stands between entries, where nothing stands in a log that was not touched."""
    for number in range(start, end):
        if generated.begins(lines[number]):
            return [HandWork(number + 1, "an entry has lost its closing comment")]
        if lines[number].strip():
            return [HandWork(number + 1, "text was added by hand")]
    return []
