"""Plan the import of the anchors in the data export of a chat service, or in agents' sessions.

`chat_exports` reads the export; here its answers become anchors, each only once however often it was
said.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from gitanchor.git.names import is_branch_name
from gitanchor.importing import agent_sessions, import_plan, import_times
from gitanchor.importing.chat_exports import Trouble, read
from gitanchor.importing.conversation_tree import Message, Reader, anchors_in
from gitanchor.model.anchor import Anchor, git_date
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing import parse
from gitanchor.parsing.name_line import is_placeholder_name
from gitanchor.storage.store import Store

_FITS: Final = timedelta(hours=1)
"""How far the time in an entry may be from that of its message."""

_ANY_ID: Final = "00000000"
"""A placeholder for an id, to test whether an anchor can be written before it has one."""


@dataclass(frozen=True, slots=True)
class ChatPlan(import_plan.Plan):
    """A plan whose line numbers stand for messages; `places` gives the place of each."""

    places: Mapping[int, str] = field(default_factory=dict)


def plan(
    path: Path,
    known: Sequence[Anchor],
    origin: import_plan.Origin,
    reader: Reader = parse.parse,
    root: Path = Path("/"),
) -> ChatPlan:
    """Decide what becomes of each anchor in an export, or in the session files of a coding agent.

    `root` is the top of the worktree. Raises WrongUsage, as `chat_exports.read` does.

    An anchor that is known, or is in several messages, counts once: same name, same sections.
    """
    work = _Planner(known, origin)
    troubles: list[Trouble] = []
    sessions = agent_sessions.are_sessions(path)
    messages = (
        agent_sessions.read(path, root, troubles, reader) if sessions else read(path, troubles, reader)
    )
    for message in messages:
        work.take(message, message.parsed or reader(message.text))
    for trouble in troubles:
        work.remark(trouble.place, "left out", trouble.message)
    return work.plan()


@dataclass(frozen=True, slots=True)
class _Found:
    """An anchor without an id, the line number that stands for its message, and the message."""

    line: int
    anchor: Anchor
    message: Message


class _Planner:
    """Collects the anchors of messages, each one once, then decides what to do with them."""

    def __init__(self, known: Sequence[Anchor], origin: import_plan.Origin) -> None:
        self.known = known
        self.origin = origin
        self.found: dict[object, _Found] = {}
        self.repeats: list[tuple[object, int]] = []
        self.remarks: list[parse.Remark] = []
        self.places: dict[int, str] = {}

    def remark(self, place: str, kind: str, message: str) -> None:
        """Add a remark with a place of its own."""
        line = self._line(place)
        self.remarks.append(parse.Remark(line, line, kind, message))

    def take(self, message: Message, parsed: parse.Parsed) -> None:
        """Collect the anchors of one message."""
        line = self._line(message.place)
        remarks: list[parse.Remark] = []
        asked = message.asked
        used = False
        for draft in anchors_in(message, parsed.drafts):
            if not draft.name or is_placeholder_name(draft.name):
                draft.name, asked = asked, None
            if draft.name:
                used = self._take_draft(draft, message, line, remarks) or used
            elif draft.next_action and (draft.context or draft.milestone):
                text = "an anchor without a name, and no request before it that has one"
                remarks.append(parse.Remark(draft.line, draft.last, "left out", text))
        if used:
            remarks += [remark for remark in parsed.remarks if remark.kind != "layout"]
        self.remarks += [_of_message(remark, line) for remark in remarks]

    def _take_draft(
        self, draft: parse.Draft, message: Message, line: int, remarks: list[parse.Remark]
    ) -> bool:
        """Collect one draft; return whether it is an anchor."""
        anchor = import_plan.generated(draft, remarks)
        if anchor is None:
            created = self._created(draft, message, remarks)
            origin = self.origin
            if message.branch and not origin.branch and is_branch_name(message.branch):
                origin = dataclasses.replace(origin, branch=message.branch)
            anchor = import_plan.imported(draft, created, origin, remarks)
            if anchor is None:
                return False
            written = draft.time.text if draft.time else (None if message.timed else "")
            named = {"conversation": message.conversation, "conversation_id": message.conversation_id}
            extra = {key: value for key, value in named.items() if value}
            anchor = dataclasses.replace(anchor, source="chat", written_time=written, extra=extra)
        try:
            Store.text_of(anchor if anchor.id else dataclasses.replace(anchor, id=_ANY_ID))
        except WrongUsage as problem:
            remarks.append(parse.Remark(draft.line, draft.last, "left out", str(problem)))
            return False
        self._keep_earliest(_Found(line, anchor, message))
        return True

    def _created(self, draft: parse.Draft, message: Message, remarks: list[parse.Remark]) -> datetime:
        """Return when an anchor was made: its own time if it fits its message, else the message's."""
        said = draft.time and draft.time.moment
        written = import_times.aware(said, self.origin.zone) if said else None
        moment = message.time
        if written and (moment is None or not message.timed or abs(written - moment) <= _FITS):
            return written
        moment = moment or self.origin.moment
        if draft.time:
            text = f"its own time, {draft.time.text}, does not fit the message's"
            remarks.append(parse.Remark(draft.line, draft.line, "guessed", text))
        elif not message.timed:
            text = f"the message has no time; taken for {git_date(moment)}"
            remarks.append(parse.Remark(draft.line, draft.line, "guessed", text))
        return moment

    def _keep_earliest(self, new: _Found) -> None:
        key = import_plan.identity(new.anchor)
        present = self.found.setdefault(key, new)
        if present is new:
            return
        earlier, later = sorted((present, new), key=lambda found: found.anchor.created)
        self.found[key] = earlier
        if earlier.line != later.line:
            self.repeats.append((key, later.line))

    def _line(self, place: str) -> int:
        self.places[len(self.places) + 1] = place
        return len(self.places)

    def plan(self) -> ChatPlan:
        """Return what to do with all collected anchors, ordered by time."""
        by_id = {anchor.id: anchor for anchor in self.known}
        by_text = {import_plan.identity(anchor): anchor for anchor in self.known}
        parents = _Parents(self.known)
        entries = []
        for found in sorted(self.found.values(), key=lambda found: found.anchor.created):
            anchor = by_text.get(import_plan.identity(found.anchor)) or by_id.get(found.anchor.id)
            action = import_plan.Action.KEEP if anchor else import_plan.Action.ADD
            if anchor is None:
                anchor = found.anchor
                if not anchor.id:
                    above = parents.of(found)
                    anchor = import_plan.with_id(dataclasses.replace(anchor, parents=above), by_id)
                by_id[anchor.id] = anchor
            parents.add(anchor, found.message)
            entries.append(import_plan.Entry(found.line, anchor, action))
        for key, line in self.repeats:
            first = self.found[key]
            text = f"{first.anchor.name} stands already in {self.places[first.line]}"
            self.remarks.append(parse.Remark(line, line, "repeated", text))
        used = {entry.line for entry in entries} | {remark.first for remark in self.remarks}
        places = {line: place for line, place in self.places.items() if line in used}
        remarks = sorted(self.remarks, key=lambda remark: remark.first)
        return ChatPlan(tuple(entries), tuple(remarks), places)


class _Parents:
    """Finds the parent of each anchor: the last of its conversation, else the one resumed there."""

    def __init__(self, known: Sequence[Anchor]) -> None:
        self.by_name: dict[str, Anchor] = {}
        self.last: dict[int, Anchor] = {}
        self.older = sorted(known, key=lambda anchor: anchor.created, reverse=True)

    def add(self, anchor: Anchor, message: Message) -> None:
        """Add an anchor; anchors have to be added in the order of their times."""
        self.last[message.number] = anchor
        self.by_name[anchor.name] = anchor

    def of(self, found: _Found) -> tuple[str, ...]:
        """Return the ids of an anchor's parents: one or none."""
        last = self.last.get(found.message.number) or self._resumed(found)
        return (last.id,) if last else ()

    def _resumed(self, found: _Found) -> Anchor | None:
        name = found.message.resumed
        if name is None:
            return None
        before = (
            anchor
            for anchor in self.older
            if anchor.name == name and anchor.created <= found.anchor.created
        )
        here = [self.by_name[name]] if name in self.by_name else []
        return max([*here, *before], key=lambda anchor: anchor.created, default=None)


def _of_message(remark: parse.Remark, line: int) -> parse.Remark:
    """Turn a remark on lines of a message into one on the message."""
    span = (
        f"line {remark.first}" if remark.first == remark.last else f"lines {remark.first}-{remark.last}"
    )
    return parse.Remark(line, line, remark.kind, f"{span} of the message: {remark.message}")
