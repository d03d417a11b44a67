"""Plan which drafts from a hand-kept or generated log become anchors, and tell what was guessed.

An imported anchor's id is made from its text, so that the same entry is the same anchor in every
clone, and is found by a second import.
"""

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, Final

from gitanchor.git.names import is_branch_name
from gitanchor.importing.import_times import STEP, moments_of
from gitanchor.model import trailing_blanks
from gitanchor.model.anchor import SECTIONS, Anchor, checked_name
from gitanchor.model.draft import Draft, Parsed, Remark
from gitanchor.model.errors import AnchorError, BadAnchorFile, WrongUsage
from gitanchor.model.lazy_re import late
from gitanchor.parsing import log_format, times
from gitanchor.storage import codec


@dataclass(frozen=True, slots=True)
class Origin:
    """What holds for all entries of one import: the author, and a branch and zone if none is named.

    `moment` is the time of an entry without one. It comes from the repository and not from the
    clock, so that the same text gives the same anchor on each branch.
    """

    author: str
    branch: str | None
    zone: tzinfo
    moment: datetime


class Action(StrEnum):
    """What to do with an entry: it is new, was edited in the generated log, or is already here."""

    ADD = "add"
    UPDATE = "update"
    KEEP = "keep"
    RESTORE = "restore"
    """It is all that is left of its anchor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the text: the line on which it starts, its anchor, and what to do with it."""

    line: int
    anchor: Anchor
    action: Action


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do, with remarks by line on everything else."""

    entries: tuple[Entry, ...]
    remarks: tuple[Remark, ...]

    @property
    def added(self) -> list[Entry]:
        """The entries that are new here."""
        return [entry for entry in self.entries if entry.action is Action.ADD]

    @property
    def in_conflict(self) -> bool:
        """Whether both an entry and its anchor file were changed."""
        return any(remark.kind == "conflict" for remark in self.remarks)

    @property
    def updated(self) -> list[Entry]:
        """The entries that were edited in the generated log."""
        return [entry for entry in self.entries if entry.action is Action.UPDATE]


Fold = Callable[[Draft, Anchor, Anchor, list[Remark]], Entry]
"""Decides on an edited entry: its draft, the anchor that it describes, and the known one."""


def _not_taken(draft: Draft, _: Anchor, ours: Anchor, remarks: list[Remark]) -> Entry:
    """Leave an edited entry's anchor as it is, with a remark."""
    remarks.append(Remark(draft.line, draft.last, "left out", f"an edited entry of {ours.id}"))
    return Entry(draft.line, ours, Action.KEEP)


def plan(parsed: Parsed, known: Sequence[Anchor], origin: Origin, fold: Fold = _not_taken) -> Plan:
    """Decide what becomes of each draft; `known` are the present anchors, newest first.

    `fold` decides on edited entries of the generated log.
    """
    remarks = list(parsed.remarks)
    here = _Known(known)
    tell_copies_apart(parsed.drafts, here.by_id)
    moments = moments_of(parsed.drafts, origin.zone, origin.moment, remarks)
    digests: dict[str, str] = {}
    entries: list[Entry] = []
    hand_kept: set[str] = set()
    for draft, moment in zip(parsed.drafts, moments, strict=True):
        anchor = None if draft.edited else here.by_id.get(draft.id or "")  # nothing to read in it
        anchor = anchor or generated(draft, remarks) or imported(draft, moment, origin, remarks)
        if anchor is None:
            continue
        present = here.find(anchor)
        if present is None:
            if draft.id and draft.edited:
                anchor = _with_blanks(anchor, draft.meta.get("blanks"))
            if not anchor.id:
                anchor = with_id(anchor, here.by_id)
                hand_kept.add(anchor.id)
            digests[anchor.id] = draft.digest
            here.note(anchor, added=True)
            entries.append(Entry(draft.line, anchor, Action.ADD))
        elif draft.id and draft.edited:
            entries.append(fold(draft, anchor, present, remarks))
        elif not draft.id and present.source == "chat":
            entries.append(_said_in_chat(draft, anchor, present, remarks))
            here.note(entries[-1].anchor)
        else:
            if draft.id and digests.setdefault(draft.id, draft.digest) != draft.digest:
                message = f"another version of {draft.id}, which no hand changed: not taken over"
                remarks.append(Remark(draft.line, draft.last, "left out", message))
            entries.append(Entry(draft.line, present, Action.KEEP))
    return Plan(
        tuple(_chained(entries, hand_kept)), tuple(sorted(remarks, key=lambda remark: remark.first))
    )


class _Known:
    """The present anchors, and how the anchor of an entry is found among them."""

    def __init__(self, known: Sequence[Anchor]) -> None:
        self.by_id: dict[str, Anchor] = {}
        self._by_wording: dict[str, Anchor] = {}
        self._of_chats: dict[object, Anchor] = {}
        self._by_name: dict[object, list[Anchor]] = {}
        self._by_weekday: dict[str | None, list[Anchor]] = {}
        for anchor in reversed(known):  # the newest of two that say the same counts
            self.note(anchor)

    def note(self, anchor: Anchor, *, added: bool = False) -> None:
        """Add an anchor, or replace a changed one."""
        self.by_id[anchor.id] = anchor
        if added or anchor.source == "import":
            self._by_wording[fingerprint(anchor)] = anchor
            self._by_name.setdefault((anchor.name, anchor.written_time), []).append(anchor)
            if anchor.name[:-1].isalpha() and anchor.name.endswith((")", "）")):
                self._by_weekday.setdefault(anchor.written_time, []).append(anchor)
        if anchor.source == "chat":
            self._of_chats[identity(anchor)] = anchor

    def find(self, anchor: Anchor) -> Anchor | None:
        """Return the same anchor: by its id, else by text and written time, else by text from a chat.

        An earlier version of gitanchor may have divided the same text into other sections.
        """
        if anchor.id:
            return self.by_id.get(anchor.id)
        found = self._by_wording.get(fingerprint(anchor)) or self._of_chats.get(identity(anchor))
        if found is None and (alike := self._alike(anchor)):
            said = _undivided(anchor)
            found = next((other for other in alike if _undivided(other) == said), None)
        return found

    def _alike(self, anchor: Anchor) -> list[Anchor]:
        """Return the anchors of the same name and time, and what they were called or lacked before.

        Dates without a year were no times, and a weekday in parentheses after a date was a name.
        """
        alike = self._by_name.get((anchor.name, anchor.written_time), [])
        if anchor.written_time:
            alike = [*alike, *self._by_weekday.get(anchor.written_time, ())]
            if times.read_time(anchor.written_time).moment is None:
                alike += self._by_name.get((anchor.name, ""), ())
        return alike


def _said_in_chat(draft: Draft, anchor: Anchor, present: Anchor, remarks: list[Remark]) -> Entry:
    """Return an entry whose anchor came from a chat; text that a person added joins the notes."""
    apart = abs(anchor.created - present.created) >= STEP
    if draft.time and draft.time.text != present.written_time and apart:
        message = f"its time, {draft.time.text}; {present.id} is from a chat, with its own time"
        remarks.append(Remark(draft.line, draft.line, "left out", message))
    kept, new = f"\n{_trimmed(present.notes)}\n", f"\n{_trimmed(anchor.notes)}\n"
    if new in kept or not anchor.notes:
        return Entry(draft.line, present, Action.KEEP)
    notes = "\n\n".join(filter(None, [present.notes, anchor.notes]))
    return Entry(draft.line, dataclasses.replace(present, notes=notes), Action.UPDATE)


def tell_copies_apart(drafts: Sequence[Draft], known: Mapping[str, Anchor]) -> None:
    """Treat entries that were copied with their comments, and then edited, as new ones.

    Of entries with the same id, the unedited one keeps it, else the one most similar to the anchor;
    of two equally similar ones the lower, because copies are put on top.
    """
    by_id: dict[str, list[Draft]] = {}
    for draft in drafts:
        if draft.id:
            by_id.setdefault(draft.id, []).append(draft)
    for anchor_id, copies in by_id.items():
        edited = [draft for draft in copies if draft.edited]
        if edited and len(edited) == len(copies):
            original = known.get(anchor_id)
            edited.remove(max(reversed(edited), key=lambda draft: _likeness(draft, original)))
        if len(copies) > 1:
            for draft in edited:
                draft.id = None


def _likeness(draft: Draft, anchor: Anchor | None) -> tuple[bool, bool, int]:
    """Return how similar an entry is to an anchor: by name, by time, by the number of sections."""
    created = str(draft.meta.get("created"))[:16]
    moment = draft.time.moment if draft.time else None
    timely = moment is not None and f"{moment:%Y-%m-%dT%H:%M}" == created
    if anchor is None:
        return False, timely, 0
    alike = sum(said_by(draft, name) == said(anchor, name) for name in (*TEXTS, "dependencies"))
    return draft.name == anchor.name, timely, alike


_WORD: Final = late(r"\w+")
_NUMBER_OF_ITEM: Final = late(r"\d{1,2}|[a-h①-⑩]")

TEXTS: Final = ("name", "context", "milestone", "next_action", "notes")
"""The fields of an anchor that its log entry shows as text; `dependencies` are beside them."""


def said(anchor: Anchor, name: str) -> object:
    """Return what a section says; dependencies without what was derived from them."""
    if name == "dependencies":
        return tuple(item.text for item in anchor.dependencies)
    return getattr(anchor, name)


def said_by(draft: Draft, name: str) -> object:
    """Return what a section of a draft says; see `said`."""
    if name == "dependencies":
        return tuple(item.text for item in draft.dependencies)
    return getattr(draft, name)


def _texts(anchor: Anchor) -> tuple[object, ...]:
    return tuple(said(anchor, name) for name in (*TEXTS, "dependencies"))


def fingerprint(anchor: Anchor) -> str:
    """Return what makes two entries of a hand-kept log the same: their text and written time.

    Trailing white space does not count, because editors remove it.
    """
    texts = [anchor.written_time or "", *(_trimmed(text) for text in _flat(_texts(anchor)))]
    content = json.dumps(texts, ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def identity(anchor: Anchor) -> object:
    """Return what makes an entry the same as an anchor from a chat: its name and sections.

    White space does not count, nor does the time, which is the message's, nor notes, which people
    add.
    """
    texts = [said(anchor, name) for name in ("name", *SECTIONS)]
    return tuple(_trimmed(text.strip()) for text in _flat(texts))


def _undivided(anchor: Anchor) -> object:
    """Return what an anchor says in whichever section: its lines, and the words of dependencies."""
    from gitanchor.parsing.documents import dictionary  # only few entries are looked at so closely

    words = dictionary.built_in()
    lines = [line.strip() for section in TEXTS[1:] for line in str(said(anchor, section)).split("\n")]
    items = " ".join(item.text for item in anchor.dependencies)
    return (
        sorted(line for line in lines if line and words.meaning(line.strip("#* :")) is None),
        frozenset(word for word in _WORD.findall(items) if not _NUMBER_OF_ITEM.fullmatch(word)),
    )


def _flat(texts: Iterable[object]) -> Iterator[str]:
    for text in texts:
        if isinstance(text, tuple):
            yield from ("\n", *text, "\n")
        else:
            yield str(text)


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip(" \t") for line in text.split("\n"))


def with_id(anchor: Anchor, taken: Mapping[str, Anchor]) -> Anchor:
    """Give an anchor the first 8 digits of its fingerprint that no other anchor has."""
    return dataclasses.replace(anchor, id=next(free for free in ids_of(anchor) if free not in taken))


def ids_of(anchor: Anchor) -> list[str]:
    """Return the ids that an anchor of this text and written time may have, the likeliest first."""
    digits = fingerprint(anchor)
    return [digits[start : start + 8] for start in range(0, len(digits), 8)]


def imported(draft: Draft, moment: datetime, origin: Origin, remarks: list[Remark]) -> Anchor | None:
    """Make an anchor, still without an id, from the draft of a person or a chat; None if it is none."""
    try:
        name = checked_name(draft.name or "")
    except AnchorError as problem:
        remarks.append(Remark(draft.line, draft.last, "left out", str(problem)))
        return None
    return Anchor(
        id="",
        name=name,
        created=moment,
        author=origin.author,
        branch=draft.branch if is_branch_name(draft.branch) else origin.branch,
        source="import",
        written_time=draft.time.text if draft.time else "",
        context=draft.context,
        milestone=draft.milestone,
        next_action=draft.next_action,
        dependencies=draft.dependencies,
        notes=draft.notes,
    )


def generated(draft: Draft, remarks: list[Remark]) -> Anchor | None:
    """Return the anchor of an entry in a generated log, or None if it is no such entry."""
    if draft.id is None:
        return None
    values = {key: value for key, value in draft.meta.items() if key not in _META_ONLY}
    try:
        items = [item.as_dict() for item in draft.dependencies]
        noted = draft.meta.get("items", [])
        if len(noted) == len(items):  # else a person added or removed some
            items = [note | {"text": item["text"]} for note, item in zip(noted, items, strict=True)]
        texts = {name: getattr(draft, name) for name in TEXTS}
        extra = draft.meta.get("extra", {})
        if draft.edited:
            texts["name"] = checked_name(draft.name or "")
        whole = {**extra, **values, **texts, "id": draft.id, "dependencies": items}
        return codec.load(codec.dump(Anchor.from_dict(whole)), "the entry")
    except WrongUsage:  # it has no name, so it is no anchor
        draft.id = None
        return None
    except (BadAnchorFile, KeyError, TypeError, ValueError, AttributeError):
        message = "the comment below this entry is damaged, so it is read as if kept by hand"
        remarks.append(Remark(draft.line, draft.line, "guessed", message))
        draft.id = None
        return None


def unchanged(lines: Sequence[str], entry: log_format.Block) -> Anchor | None:
    """Return the anchor of an entry in a log, if no hand changed it and the entry holds all of it."""
    return None if entry.edited else generated(log_format.read(lines, entry), [])


def _with_blanks(anchor: Anchor, noted: object) -> Anchor:
    """Restore in an edited entry the blanks that its last comment records by section."""
    found = noted if isinstance(noted, Mapping) else {}
    texts = {name: getattr(anchor, name) for name in TEXTS if name in found}
    kept: dict[str, Any] = {
        name: trailing_blanks.put_back(text, found[name]) for name, text in texts.items()
    }
    return dataclasses.replace(anchor, **kept)


_META_ONLY = frozenset({"text", "items", "extra", "name", "blanks"})


def continued(plan: Plan, after: Anchor | None) -> Plan:
    """Return a plan whose first new anchor in time has an earlier one as its parent, if it has none."""
    first = min(plan.added, key=lambda entry: entry.anchor.created, default=None)
    if first is None or after is None or first.anchor.parents or first.anchor.created < after.created:
        return plan
    anchor = dataclasses.replace(first.anchor, parents=(after.id,))
    child = dataclasses.replace(first, anchor=anchor)
    return Plan(tuple(child if entry is first else entry for entry in plan.entries), plan.remarks)


def _chained(entries: Sequence[Entry], hand_kept: set[str]) -> list[Entry]:
    """Make each new hand-kept entry a child of the previous one in time, as a log is one thread."""
    in_text = [*{entry.anchor.id: entry for entry in entries}.values()]  # one may be there twice
    order = sorted(in_text, key=lambda entry: entry.anchor.created)
    pairs = [(older.anchor.id, child.anchor.id) for older, child in itertools.pairwise(order)]
    parents = {child: (older,) for older, child in pairs if child in hand_kept}
    return [
        dataclasses.replace(
            entry, anchor=dataclasses.replace(entry.anchor, parents=parents[entry.anchor.id])
        )
        if entry.anchor.id in parents
        else entry
        for entry in entries
    ]
