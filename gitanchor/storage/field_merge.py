"""Three versions of an anchor -> one, field by field, and the same of its file. No input or output.

A change of one side wins over an untouched other, lists are united, `done` wins over `open`. What both
sides changed to something else is in conflict. How lines of text are merged is the caller's business.
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
"""The fields of which both sides' items are taken."""

_RANKS: Final = ("open", "superseded", "done")
"""Of two states that both sides changed, the last counts."""

_ABSENT: Final = object()


class Merged(NamedTuple):
    """A text that came of three, whether it has no conflict in it, and else what is in conflict."""

    text: str
    clean: bool
    conflicts: tuple[str, ...] = ()


TextMerge = Callable[[str, str, str], Merged]
"""Merges a base, our text and theirs by lines, as git does."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What conflict markers look like: how long, with which labels, and whether the base is shown."""

    size: int = 7
    ours: str = "ours"
    base: str = "base"
    theirs: str = "theirs"
    with_base: bool = False

    def around(self, ours: str, base: str, theirs: str) -> str:
        """Three versions of some lines as a conflict. Each is empty, or ends in a line feed."""
        kept = f"{'|' * self.size} {self.base}\n{base}" if self.with_base else ""
        return (
            f"{'<' * self.size} {self.ours}\n{ours}{kept}{'=' * self.size}\n"
            f"{theirs}{'>' * self.size} {self.theirs}\n"
        )


# Anchors by field ------------------------------------------------------------------------------


class Choice(NamedTuple):
    """What a field becomes, and whose that is: `ours`, `theirs`, `both`, `united` or `conflict`."""

    value: Any
    side: str


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """A merge of anchors: what each field becomes, and the anchor that each side would have it.

    The anchors differ only in what is in conflict. Without a base there is none.
    """

    choices: dict[str, Choice]
    ours: Anchor
    theirs: Anchor
    base: Anchor | None

    @property
    def conflicts(self) -> list[str]:
        """The fields that both sides changed to something else."""
        return [key for key, choice in self.choices.items() if choice.side == "conflict"]


def merge(base: Anchor | None, ours: Anchor, theirs: Anchor) -> FieldMerge:
    """Merge two versions of an anchor that came of a third; None if they have none in common.

    Of a text that both sides took in, it counts where and when the older of them was.
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
    """What sorts anchors by when their text was taken in, and else in some order."""
    return datetime.fromisoformat(side["created"]), json.dumps([side[key] for key in TAKEN_IN])


def _values(anchor: Anchor) -> dict[str, Any]:
    return anchor.as_dict() | {"parent": list(anchor.parents)}


def _anchor(choices: dict[str, Choice], side: dict[str, Any]) -> Anchor:
    """The merged anchor, with the fields that are in conflict as a side has them."""
    values = {
        key: side.get(key, _ABSENT) if choice.side == "conflict" else choice.value
        for key, choice in choices.items()
    }
    return Anchor.from_dict({key: value for key, value in values.items() if value is not _ABSENT})


def in_order(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """The keys of both sides: each that only one has behind the one it followed there.

    The order is the same, whoever is called ours.
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
    """What becomes of one field."""
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
    """The items of both sides, less those that one of them removed.

    None if both changed one item, or where items cannot be told apart. Whoever is called ours, the
    order is the same: that of the base, then what each side added.
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
    """What makes an item of a list the same one: of a dependency, its text."""
    return str(item["text"] if isinstance(item, dict) else item)


# Anchor files ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """One version of an anchor file: its anchor, its text, and the parts of that."""

    anchor: Anchor
    text: str
    parts: codec.Layout


def merge_files(
    texts: tuple[str, str, str], path: str, merge_text: TextMerge, marks: Marks
) -> Merged | None:
    """Merge the base, our and their text of an anchor file; an empty base is none.

    What both sides left alone keeps its bytes, comments included. Two anchors that git takes for one,
    because one of them was removed and the other, which is like it, was added, are never mixed. None
    if one of the texts cannot be read, or if what comes of it would not be the merged anchor: then
    their lines have to be merged.
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
    """Merge files that can be read; raises BadAnchorFile for a result that cannot be."""
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
    """The lines of a field whose value is that of a side; None if comments in it are in conflict."""
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
    """What may be comments in the lines of a field."""
    found = (line.strip() for line in lines.split("\n"))
    return {line for line in found if line.startswith("#") or " #" in line}
