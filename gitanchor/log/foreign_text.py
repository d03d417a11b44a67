"""The parts of a log that no render wrote: text of a person, changed entries, conflict markers."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from gitanchor.git import conflict_markers
from gitanchor.model import markdown
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing import log_format
from gitanchor.rendering import log_entries

FINISH: Final = "'git anchor resolve' finishes the merge"
"""What to do about a conflict in the log, whether it is staged, committed or neither."""

HAND_KEPT: Final = "this log is kept by hand"
CONFLICT: Final = "a conflict marker"


class HandWork(NamedTuple):
    """Something in the log that no render wrote: the line where it starts, and what it is."""

    line: int
    what: str


def hand_work(text: str, foreword: str = "") -> list[HandWork]:
    """Return what no render wrote in a log: in its head, between its entries, or inside of them."""
    if not text.strip():
        return []
    from gitanchor.rendering import first_form

    lines = text.split("\n")
    conflict = first_conflict(text)
    if conflict is not None:
        return [HandWork(conflict, CONFLICT)]
    head = first_form.header_over(lines, foreword).split("\n")
    parts = [*log_format.parts(lines)]
    found = []
    start = len(head)
    if lines[: len(head)] != head:
        pairs = zip(lines, head, strict=False)
        changed = next((n for n, pair in enumerate(pairs) if pair[0] != pair[1]), len(lines) - 1)
        if is_hand_kept(text):
            return [HandWork(changed + 1, HAND_KEPT)]
        found.append(HandWork(changed + 1, "the head of the log was changed by hand"))
        start = parts[0].above.stop
    for above, entry in parts:
        found += _added(lines, range(max(start, above.start), above.stop))
        if entry and entry.edited:
            found.append(HandWork(entry.begin + 1, f"entry {entry.id} was changed by hand"))
    return found


def stray(block: log_format.Block) -> HandWork:
    """An entry that has no anchor file, as an item of hand work."""
    return HandWork(block.begin + 1, f"entry {block.id} has no anchor file")


def has_conflict(text: str) -> bool:
    """Whether a log contains the conflict markers of an unfinished merge."""
    return first_conflict(text) is not None


def first_conflict(text: str) -> int | None:
    """Return the number of the line with the first conflict marker in a log, from 1, or None.

    A render puts a marker that starts a conflict, in an anchor's text, into a fence, so that it
    counts only outside of one. The other markers are text as long as nobody changed their entry by
    hand.
    """
    lines = text.split("\n")
    labelled = tuple(
        f"{marker} " for marker in (conflict_markers.START, conflict_markers.BASE, conflict_markers.END)
    )
    if not any(line.startswith(labelled) for line in lines):  # avoids the search for fences
        return None
    intact = log_format.unchanged(lines)
    fence = markdown.Fence()
    for number, line in enumerate(lines):
        if fence.holds(line):
            continue
        if line.startswith(log_format.CONFLICT) or (line.startswith(labelled) and number not in intact):
            return number + 1
    return None


def is_hand_kept(text: str) -> bool:
    """Whether a log was never generated: it has neither entries nor a head that a render wrote."""
    lines = text.split("\n")
    if not text.strip() or any(map(log_entries.is_ours, lines)) or has_conflict(text):
        return False
    from gitanchor.log import restoring  # which other logs do not need

    return not any(map(log_entries.is_ours, restoring.comments(lines)))


def refuse_conflict(text: str, name: str, advice: str = FINISH) -> None:
    """Raise WrongUsage, with advice, if a log contains conflict markers."""
    conflict = first_conflict(text)
    if conflict is not None:
        raise WrongUsage(f"{name}:{conflict}: a conflict marker; {advice}")


def is_text(line: str) -> bool:
    """Whether a line between entries is not blank, and not the last line of the log."""
    return bool(line.strip()) and line != log_entries.END


def _added(lines: Sequence[str], between: range) -> list[HandWork]:
    """Return the text between entries; an untouched log has none there."""
    for number in between:
        if log_format.begins(lines[number]):
            return [HandWork(number + 1, "an entry has lost its closing comment")]
        if is_text(lines[number]):
            return [HandWork(number + 1, "text was added by hand")]
    return []
