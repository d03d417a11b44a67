"""Three-way merge of an anchor, field by field, and of its file. No input or output.

A field that one side changed takes that change, lists are united, and `done` wins over `open`. A field
that both sides changed to different values is a conflict. The caller supplies the merge of text lines.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from gitanchor.model.anchor import FROM_TEXT, TAKEN_IN, Anchor
from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage import codec

LISTS: Final = ("parent", "done_when", "dependencies")
"""The fields whose items are united from both sides."""

_RANKS: Final = ("open", "superseded", "done")
"""If both sides changed the status, the later one in this list wins."""

_ABSENT: Final = object()


class Merged(NamedTuple):
    """The text of a merge, whether it is without conflict, and if not, the fields in conflict."""

    text: str
    clean: bool
    conflicts: tuple[str, ...] = ()


TextMerge = Callable[[str, str, str], Merged]
"""Merges a base, our text and their text line by line, as git does."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The form of conflict markers: their length, their labels, and whether the base is shown."""

    size: int = 7
    ours: str = "ours"
    base: str = "base"
    theirs: str = "theirs"
    with_base: bool = False

    def around(self, ours: str, base: str, theirs: str) -> str:
        """Return three versions of some lines as a conflict. Each is empty, or ends with a line feed."""
        kept = f"{'|' * self.size} {self.base}\n{base}" if self.with_base else ""
        return (
            f"{'<' * self.size} {self.ours}\n{ours}{kept}{'=' * self.size}\n"
            f"{theirs}{'>' * self.size} {self.theirs}\n"
        )


# Anchors by field ------------------------------------------------------------------------------


class Choice(NamedTuple):
    """The merged value of a field, and its side: `ours`, `theirs`, `both`, `united` or `conflict`."""

    value: Any
    side: str


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """A merge of anchors: the choice for each field, and the merged anchor of each side.

    These anchors differ only in the fields in conflict. `base` is None if there is no base.
    """

    choices: dict[str, Choice]
    ours: Anchor
    theirs: Anchor
    base: Anchor | None

    @property
    def conflicts(self) -> list[str]:
        """The fields that both sides changed to different values."""
        return [key for key, choice in self.choices.items() if choice.side == "conflict"]


def merge(base: Anchor | None, ours: Anchor, theirs: Anchor) -> FieldMerge:
    """Merge two versions of an anchor. `base` is their common version, or None.

    If both sides took in the same text, the fields about where and when come from the older anchor.
    """
    was, mine, new = (_values(anchor) if anchor else {} for anchor in (base, ours, theirs))
    if base is None and {ours.source, theirs.source} <= FROM_TEXT:
        older = min(mine, new, key=_taken_in)
        was = {key: (new if older is mine else mine)[key] for key in TAKEN_IN}
    choices = {
        key: _choice(key, was.get(key, _ABSENT), mine.get(key, _ABSENT), new.get(key, _ABSENT))
        for key in in_order(list(mine), list(new))
    }
    return FieldMerge(
        choices, _anchor(choices, mine), _anchor(choices, new), _anchor(choices, was) if base else None
    )


def _taken_in(side: dict[str, Any]) -> tuple[datetime, str]:
    """Return the sort key of anchors: when their text was taken in, then any fixed order."""
    return datetime.fromisoformat(side["created"]), json.dumps([side[key] for key in TAKEN_IN])


def _values(anchor: Anchor) -> dict[str, Any]:
    return anchor.as_dict() | {"parent": list(anchor.parents)}


def _anchor(choices: dict[str, Choice], side: dict[str, Any]) -> Anchor:
    """Return the merged anchor, with the fields in conflict as in `side`."""
    values = {
        key: side.get(key, _ABSENT) if choice.side == "conflict" else choice.value
        for key, choice in choices.items()
    }
    return Anchor.from_dict({key: value for key, value in values.items() if value is not _ABSENT})


def in_order(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Return the keys of both sides, each that only one side has after the key that it follows there.

    The order is the same if the sides are swapped.
    """
    first, second = sorted([list(ours), list(theirs)])
    order = list(first)
    previous: str | None = None
    for key in second:
        if key not in order:
            place = order.index(previous) + 1 if previous is not None else 0
            while place < len(order) and order[place] not in second and order[place] < key:
                place += 1
            order.insert(place, key)
        previous = key
    return order


def _choice(key: str, base: Any, ours: Any, theirs: Any) -> Choice:
    """Choose the value of one field."""
    if ours == theirs:
        return Choice(ours, "both")
    if base == ours:
        return Choice(theirs, "theirs")
    if base == theirs:
        return Choice(ours, "ours")
    if key == "status":
        mine = _RANKS.index(ours) > _RANKS.index(theirs)
        return Choice(ours, "ours") if mine else Choice(theirs, "theirs")
    if key in LISTS:
        united = _united([] if base is _ABSENT else base, ours, theirs)
        if united is not None:
            return Choice(united, "united")
    return Choice(ours, "conflict")


def _united(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any] | None:
    """Return the items of both sides, without those that one of them removed.

    None if both changed the same item, or if items cannot be told apart. The order is that of the
    base, then the items that each side added; it is the same if the sides are swapped.
    """
    sides = [{_name(item): item for item in items} for items in (base, ours, theirs)]
    if [len(side) for side in sides] != [len(base), len(ours), len(theirs)]:
        return None
    was, mine, new = sides
    added = sorted([name for name in side if name not in was] for side in (mine, new))
    found = []
    for name in dict.fromkeys([*was, *added[0], *added[1]]):
        item = _choice("", *(side.get(name, _ABSENT) for side in sides))
        if item.side == "conflict":
            if name in mine and name in new:
                return None
            item = Choice(mine.get(name, new.get(name)), "united")
        if item.value is not _ABSENT:
            found.append(item.value)
    return found


def _name(item: Any) -> str:
    """Return what identifies an item of a list: for a dependency, its text."""
    return str(item["text"] if isinstance(item, dict) else item)


# Anchor files ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """One version of an anchor file: its anchor, its text, and the parts of the text."""

    anchor: Anchor
    text: str
    parts: codec.Layout


def merge_files(
    texts: tuple[str, str, str], path: str, merge_text: TextMerge, marks: Marks
) -> Merged | None:
    """Merge the `texts` of an anchor file: base, ours and theirs. An empty base means none.

    What neither side changed keeps its bytes, comments included. Two different anchors that git takes
    for a rename of one file are never mixed. None if a text cannot be read, or if the result would not
    be the merged anchor: then the texts have to be merged by lines.
    """
    base_text, our_text, their_text = texts
    try:
        ours, theirs = _read(our_text, path), _read(their_text, path)
        base = _read(base_text, path) if base_text else None
        if ours.anchor.id != theirs.anchor.id:
            if not all(text.endswith("\n") for text in texts if text):
                return None
            return Merged(marks.around(our_text, base_text, their_text), False, ("id",))
        if base and base.anchor.id != ours.anchor.id:
            base = None
        return _merge_read(base, ours, theirs, path, merge_text, marks)
    except BadAnchorFile:
        return None


def _read(text: str, path: str) -> _File:
    return _File(codec.load(text, path), text, codec.layout(text, path))


def _merge_read(
    base: _File | None, ours: _File, theirs: _File, path: str, merge_text: TextMerge, marks: Marks
) -> Merged | None:
    """Merge files that could be read. Raises BadAnchorFile if the result cannot be."""
    merged = merge(base.anchor if base else None, ours.anchor, theirs.anchor)
    was, mine, new = (file.parts if file else codec.Layout("", {}, "") for file in (base, ours, theirs))
    fields: list[str] = []
    conflicts: list[str] = []
    for key in in_order(list(mine.fields), list(new.fields)):
        lines = [parts.fields.get(key, "") for parts in (was, mine, new)]
        choice = merged.choices.get(key)
        side = choice.side if choice else "both"
        if side == "united":
            value = merged.ours.as_dict()[key]
            lines[1] = codec.layout(codec.rewrite(ours.text, path, {key: value}), path).fields[key]
        settled = None if side == "conflict" else _settled(side, merge_text, *lines)
        if settled is None:
            conflicts.append(key)
            settled = marks.around(lines[1], lines[0], lines[2])
        fields.append(settled)
    around = [
        _settled("both", merge_text, *three)
        for three in ((was.head, mine.head, new.head), (was.tail, mine.tail, new.tail))
    ]
    if None in around:
        return None
    text = "".join([around[0] or "", *fields, around[1] or ""])
    if not conflicts and codec.load(text, path).as_dict() != merged.ours.as_dict():
        return None
    return Merged(text, not conflicts, tuple(conflicts))


def _settled(side: str, merge_text: TextMerge, base: str, ours: str, theirs: str) -> str | None:
    """Return the lines of a field whose value is that of `side`; None if its comments conflict."""
    kept, other = (theirs, ours) if side == "theirs" else (ours, theirs)
    if other in {kept, base}:
        return kept
    if side == "both" and kept == base:
        return other
    if _comments(other) <= _comments(base) | _comments(kept):
        return min(kept, other) if side == "both" else kept
    merged = merge_text(base, ours, theirs)
    return merged.text if merged.clean else None


def _comments(lines: str) -> set[str]:
    """Return what may be comments in the lines of a field."""
    found = (line.strip() for line in lines.split("\n"))
    return {line for line in found if line.startswith("#") or " #" in line}
