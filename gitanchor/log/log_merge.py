"""Merge three versions of the generated log, entry by entry. No input or output.

Entries of both sides are put in the order of a render. An entry that both sides changed is merged
by field, unless a person changed it: then it keeps its bytes, so that `absorb` finds the edit.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gitanchor.importing import import_plan
from gitanchor.log import foreign_text
from gitanchor.model import markdown
from gitanchor.model.anchor import TITLES, Anchor
from gitanchor.parsing import log_format
from gitanchor.rendering import first_form, log_entries
from gitanchor.storage.field_merge import FieldMerge, Marks, Merged, TextMerge, merge

_END: Final = ""
"""Stands for the end of a log in place of an entry's id."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry: its text with a final line feed, its time, and its anchor unless a person changed it."""

    text: str
    created: datetime
    anchor: Anchor | None


@dataclass(slots=True)
class _Log:
    """A log in parts: its head, its entries by id, and other text by the id of the entry below it.

    `foreword` is None if the head is not as a render writes it; `older` are the lines of the head
    that link to pages of older anchors.
    """

    head: str = ""
    foreword: str | None = ""
    older: tuple[str, ...] = ()
    entries: dict[str, _Entry] = field(default_factory=dict)
    loose: dict[str, str] = field(default_factory=dict)

    @property
    def is_untouched(self) -> bool:
        """Whether nobody changed the log by hand, apart from the foreword."""
        edited = any(entry.anchor is None for entry in self.entries.values())
        return self.foreword is not None and not self.loose and not edited


Removed = Callable[[Mapping[str, Anchor]], Collection[str]]
"""Takes anchors as their entries describe them; returns the ids of those removed or elsewhere."""


def all_of(anchors: Mapping[str, Anchor]) -> Collection[str]:
    """Return all ids, for a caller that need not find out."""
    return anchors


def merge_logs(
    texts: tuple[str, str, str], merge_text: TextMerge, marks: Marks, gone: Removed = all_of
) -> Merged | None:
    """Merge the base, our and their version of a log; an empty base means that there is none.

    An entry that one side dropped stays, unless its anchor is `gone`. Returns None if one of the
    three is no generated log, or cannot be taken apart. Then they have to be merged line by line.
    """
    read = [_read(text) for text in texts]
    base, ours, theirs = read
    if base is None or ours is None or theirs is None:
        return None
    merging = _Merging(merge_text, marks)
    head = merging.head(base, ours, theirs)
    found: dict[str, str] = {}
    times: dict[str, datetime] = {}
    for anchor_id in dict.fromkeys([*ours.entries, *theirs.entries]):
        versions = [log.entries.get(anchor_id) for log in (base, ours, theirs)]
        text = merging.entry(anchor_id, *versions)
        if text:
            found[anchor_id] = text
            created = (entry.created for entry in versions[1:] if entry)
            times[anchor_id] = _created_in(text) or next(created)
    for anchor_id, entry in _kept(ours, theirs, found, gone).items():
        found[anchor_id], times[anchor_id] = entry.text, entry.created
    loose = merging.loose(base, ours, theirs, set(found))
    pieces = [f"{head}\n"] if (head := head.rstrip("\n")) else []
    for anchor_id in sorted(found, key=lambda one: (times[one], one), reverse=True):
        pieces += [loose.get(anchor_id, ""), found[anchor_id]]
    pieces += [loose.get(_END, ""), f"{log_entries.END}\n" if head else ""]
    text = "\n".join(filter(None, pieces))
    return Merged(text, not merging.conflicts, tuple(merging.conflicts))


def _kept(ours: _Log, theirs: _Log, found: Collection[str], removed: Removed) -> dict[str, _Entry]:
    """Return the entries that one side dropped without knowing of their anchors' removal."""
    dropped = {key: entry for key, entry in (ours.entries | theirs.entries).items() if key not in found}
    said = {key: entry.anchor for key, entry in dropped.items() if entry.anchor is not None}
    gone = removed(said) if said else ()
    return {key: entry for key, entry in dropped.items() if key not in gone}


def _united(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Return the lines of both sides without those that a side removed, the latest month first."""
    removed = set(base) - (set(ours) & set(theirs))
    return sorted({*ours, *theirs} - removed, reverse=True)


def untouched_foreword(text: str) -> str | None:
    """Return the foreword of a log that is otherwise as a render wrote it; None for any other text."""
    log = _read(text)
    return log.foreword if log is not None and log.is_untouched else None


def _read(text: str) -> _Log | None:
    """Take a log apart; return None if that is impossible."""
    if not text.strip():
        return _Log()
    if foreign_text.has_conflict(text) or foreign_text.is_hand_kept(text) or "\r" in text:
        return None
    lines = text.split("\n")
    is_old = log_entries.END not in lines
    log = _Log()
    parts = [*log_format.parts(lines)]
    start = _read_head(log, lines[: parts[0].above.stop])
    for above, block in parts:
        between = lines[max(start, above.start) : above.stop]
        loose = markdown.trim_blank_lines([line for line in between if line != log_entries.END])
        if loose:
            log.loose[block.id if block else _END] = "\n".join([*loose, ""])
        if block is None:
            break
        created = _created(block)
        if created is None or block.id in log.entries:
            return None
        anchor = import_plan.unchanged(lines, block)
        entry = "\n".join(lines[block.begin : block.end + 1])
        if anchor is not None and is_old:  # so that sides differ only where their anchors do
            entry = log_entries.entry(anchor)
        log.entries[block.id] = _Entry(f"{entry}\n", created, anchor)
    return log


def _read_head(log: _Log, lines: Sequence[str]) -> int:
    """Record the head of a log, and return the number of its lines."""
    inside = log_entries.foreword_in(lines)
    foreword = "\n".join(markdown.trim_blank_lines([lines[number] for number in inside]))
    expected = first_form.header_over(lines, foreword).split("\n")
    as_rendered = list(lines[: len(expected)]) == expected
    end = len(expected) if as_rendered else len(lines)
    log.head = "\n".join(lines[:end]).rstrip("\n") + "\n"
    log.foreword = foreword if as_rendered else None
    log.older = log_entries.older_links(lines)
    return end


def _created_in(entry: str) -> datetime | None:
    """Return when the anchor of a merged entry was made; None for an entry in conflict."""
    blocks = log_format.blocks(entry.split("\n"))
    return _created(blocks[0]) if len(blocks) == 1 else None


def _created(block: log_format.Block) -> datetime | None:
    try:
        created = datetime.fromisoformat(block.meta["created"])
    except (KeyError, TypeError, ValueError):
        return None
    return created if created.tzinfo else None


@dataclass(slots=True)
class _Merging:
    """One merge of logs, and the conflicts so far."""

    merge_text: TextMerge
    marks: Marks
    conflicts: list[str] = field(default_factory=list)

    def head(self, base: _Log, ours: _Log, theirs: _Log) -> str:
        """Return the merged text above the entries."""
        forewords = [log.foreword for log in (base, ours, theirs)]
        was, mine, new = (f"{text}\n" if text else "" for text in forewords)
        if None in forewords or log_entries.is_page(ours.head) or log_entries.is_page(theirs.head):
            return self._text("the head", base.head, ours.head, theirs.head)
        text = self._text("the foreword", was, mine, new).rstrip("\n")
        return log_entries.header(text, _united(base.older, ours.older, theirs.older))

    def loose(self, base: _Log, ours: _Log, theirs: _Log, present: set[str]) -> dict[str, str]:
        """Return other text by the id of the entry below it, or by the end if that entry is gone."""
        found: dict[str, str] = {}
        for before in dict.fromkeys([*ours.loose, *theirs.loose]):
            versions = (log.loose.get(before, "") for log in (base, ours, theirs))
            text = self._text("text between entries", *versions)
            place = before if before in present else _END
            found[place] = "\n".join(filter(None, [found.get(place, ""), text]))
        return found

    def entry(
        self, anchor_id: str, base: _Entry | None, ours: _Entry | None, theirs: _Entry | None
    ) -> str:
        """Return one merged entry; empty if it was removed."""
        was, mine, new = (entry.text if entry else "" for entry in (base, ours, theirs))
        if new in (mine, was):
            return mine
        if was == mine:
            return new
        if ours is None or theirs is None:  # removed on one side, changed on the other
            return self._conflict(anchor_id, was, mine, new)
        if ours.anchor and theirs.anchor and (base is None or base.anchor):
            merged = merge(base.anchor if base else None, ours.anchor, theirs.anchor)
            if merged.conflicts:
                self.conflicts.append(anchor_id)
                return "".join(_with_marks(merged, self.marks))
            return f"{log_entries.entry(merged.ours)}\n"
        return self._text(anchor_id, was, mine, new)

    def _text(self, what: str, base: str, ours: str, theirs: str) -> str:
        """Merge lines that people wrote; all conflict if a marker would be hidden in a fence."""
        if theirs in (ours, base):
            return ours
        if base == ours:
            return theirs
        merged = self.merge_text(base, ours, theirs)
        if merged.clean:
            return merged.text
        if _hides(merged.text):
            return self._conflict(what, base, ours, theirs)
        self.conflicts.append(what)
        return merged.text

    def _conflict(self, what: str, base: str, ours: str, theirs: str) -> str:
        self.conflicts.append(what)
        return self.marks.around(ours, base, theirs)


def _hides(text: str) -> bool:
    """Whether a conflict marker stands in a fence, where it would be read as an anchor's text."""
    fence = markdown.Fence()
    inside = [line for line in text.split("\n") if fence.holds(line)]
    return any(line.startswith(log_format.CONFLICT) for line in inside)


def _with_marks(merged: FieldMerge, marks: Marks) -> Iterator[str]:
    """Yield an entry with conflicting fields, with markers around the parts that differ."""
    ours, theirs = _parts(merged.ours), _parts(merged.theirs)
    base = _parts(merged.base) if merged.base else {}
    for name in ("head", *TITLES, "place", "gap", "end"):
        mine, new = ours.get(name, ""), theirs.get(name, "")
        yield mine if mine == new else marks.around(mine, base.get(name, ""), new)


def _parts(anchor: Anchor) -> dict[str, str]:
    """Return the lines of an entry by the part that they belong to."""
    *lines, place, _, end = log_entries.entry(anchor).split("\n")
    found = {"head": ""}
    name = "head"
    fence = markdown.Fence()
    for line in lines:
        if not fence.holds(line) and log_format.is_label(line):
            name = next(name for name in TITLES if line.startswith(log_format.label(name)))
        found[name] = f"{found.get(name, '')}{line}\n"
    return found | {"place": f"{place}\n", "gap": "\n", "end": f"{end}\n"}
