"""Turn what people wrote into the generated log into changes of anchors, deletions and a foreword.

Works on texts and anchors, and looks up earlier versions of an entry. `operations.absorb` writes the
result.
"""

import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gitanchor.git.repository import Repository
from gitanchor.importing.import_plan import TEXTS, Action, Entry, Plan, ids_of, said, said_by
from gitanchor.importing.import_times import TICK
from gitanchor.log import formatters
from gitanchor.log.mending import Mended
from gitanchor.log.scan import Kind
from gitanchor.model import markdown, trailing_blanks
from gitanchor.model.anchor import TITLES, Anchor, Dependency, checked_name
from gitanchor.model.draft import Draft, Parsed, Remark
from gitanchor.model.errors import BadAnchorFile, WrongUsage
from gitanchor.parsing import log_format
from gitanchor.rendering import first_form
from gitanchor.storage import codec

# What the log asks for --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Removed:
    """An anchor whose entry was deleted."""

    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Foreword:
    """The text around the entries, which is not the present foreword."""

    text: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """An entry and its anchor file that were both changed, in the same sections.

    `line` and `last` are the first and last line of the entry, `ours` is the anchor as its file has
    it, and `sections` are the titles of the sections that both changed.
    """

    line: int
    last: int
    ours: Anchor
    sections: tuple[str, ...]


Change = Entry | Removed | Foreword | Dispute


# Entries that were edited ----------------------------------------------------------------------


class Merger:
    """Merges edited entries of the log into their anchors, and collects the disputes.

    `base` takes the present anchor and the digest of its entry as generated, and returns the anchor
    that entry and file both started from, or None if it is unknown. `side` decides the sections
    that both changed: `ours` takes the anchor file, `theirs` the log. Without it they become a
    dispute.
    """

    def __init__(self, base: Callable[[Anchor, str], Anchor | None], side: str | None = None) -> None:
        self.disputes: list[Dispute] = []
        self.formatted = False
        self._base = base
        self._side = side

    def fold(self, draft: Draft, theirs: Anchor, ours: Anchor, remarks: list[Remark]) -> Entry:
        """Return what becomes of an entry whose draft says `theirs` and whose file says `ours`."""
        untouched = first_form.has_digest(ours, draft.digest)
        base = ours if untouched else self._base(ours, draft.digest)
        theirs = _unformatted(theirs, base or ours, formatted=self.formatted)
        merged, disputed = _merged(base, ours, theirs, self._side)
        if disputed:
            self.disputes.append(Dispute(draft.line, draft.last, ours, disputed))
        if disputed and self._side is None:
            unknown = "" if base else "; what it was before is not known"
            sections = ", ".join(disputed)
            message = f"{ours.id} was changed here and, since, in its file: {sections}{unknown}"
            remarks.append(Remark(draft.line, draft.last, "conflict", message))
            return Entry(draft.line, ours, Action.KEEP)
        if draft.time and draft.time.text != f"{ours.created:%H:%M %m/%d/%Y}":
            message = f"its time was changed to {draft.time.text}: not taken over"
            remarks.append(Remark(draft.line, draft.line, "left out", message))
        if merged != ours:
            return Entry(draft.line, merged, Action.UPDATE)
        told = any(draft.line <= item.first <= draft.last for item in remarks if item.kind == "left out")
        if not (disputed or told):
            message = "changed by hand, but in none of its sections: not taken over"
            if base is None or _differ(base, theirs):
                message = "changed here and in its file to the same text: nothing to take over"
            remarks.append(Remark(draft.line, draft.last, "left out", message))
        return Entry(draft.line, ours, Action.KEEP)


_FIELDS = (*TEXTS, "dependencies")


def _unformatted(theirs: Anchor, before: Anchor, *, formatted: bool) -> Anchor:
    """Undo in an entry what formatters did to it, and restore the blanks that they removed."""

    def kept(text: str, was: str) -> str:
        return formatters.freed(trailing_blanks.taken_over(text, was), was, formatted=formatted)

    texts: dict[str, Any] = {name: kept(getattr(theirs, name), getattr(before, name)) for name in TEXTS}
    alike = {formatters.meaning(item.text): item.text for item in before.dependencies}
    items = [
        dataclasses.replace(item, text=alike.get(formatters.meaning(item.text), item.text))
        for item in theirs.dependencies
    ]
    return dataclasses.replace(theirs, **texts, dependencies=tuple(items))


def _differ(one: Anchor, other: Anchor) -> bool:
    return any(said(one, name) != said(other, name) for name in _FIELDS)


def _merged(
    base: Anchor | None, ours: Anchor, theirs: Anchor, side: str | None
) -> tuple[Anchor, tuple[str, ...]]:
    """Return ours with the sections that only they changed, and the titles of those that both changed.

    The side decides what both changed. Without a base, all sections that differ count as such.
    """
    taken: dict[str, Any] = {}
    disputed = []
    for name in _FIELDS:
        was = said(base, name) if base else None
        mine, new = said(ours, name), said(theirs, name)
        if new in {mine, was}:
            continue
        if mine != was:
            disputed.append(TITLES.get(name, name.capitalize()))
        if mine == was or side == "theirs":
            taken[name] = getattr(theirs, name)
    if "dependencies" in taken:
        taken["dependencies"] = _keep_checks(theirs.dependencies, ours.dependencies)
    return dataclasses.replace(ours, **taken), tuple(disputed)


def _keep_checks(new: Sequence[Dependency], old: Sequence[Dependency]) -> tuple[Dependency, ...]:
    """Return the new dependencies, with kind and check of those old ones that say the same."""
    before = {item.text: item for item in old}
    return tuple(before.get(item.text, item) for item in new)


def base_of(repository: Repository, journal: Path, path: str, digest: str) -> Anchor | None:
    """Return the version of an anchor file whose entry has a digest; None if this clone lacks it."""
    for content in _versions(repository, journal, path):
        try:
            anchor = codec.load(content.decode(), path)
        except (BadAnchorFile, UnicodeDecodeError):
            continue
        if first_form.has_digest(anchor, digest):
            return anchor
    return None


def _versions(repository: Repository, journal: Path, path: str) -> Iterator[bytes]:
    """Yield what an anchor file held: the journal's copies first, then the commits that HEAD reaches."""
    end = f"-{Path(path).name}"
    kept = (file for file in journal.glob("*.yaml") if file.name.endswith(end))
    for file in sorted(kept, reverse=True):
        yield file.read_bytes().partition(b"\n")[2]
    tips = [repository.head.commit] if repository.head.commit else []
    yield from committed(repository, path, tips)


def committed(repository: Repository, path: str, tips: Sequence[str]) -> Iterator[bytes]:
    """Yield what a file held in each commit that the tips reach, as far as this clone has it."""
    form = ("--full-history", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=")
    tokens = repository.log(tips, *form, "--", f":(top,literal){path}")
    blobs = [token.split()[3] for token in tokens if token.lstrip("\n").startswith(":")]
    with repository.objects() as objects:
        for blob in dict.fromkeys(blobs):
            yield objects.read(blob) or b""


# Entries that were added or removed, and the text around them ------------------------------------


def told(plan: Plan, parsed: Parsed) -> tuple[Remark, ...]:
    """Return a plan's remarks that a person should see; what `parsed` left out becomes the foreword."""
    dropped = {draft.line for draft in parsed.drafts} - {entry.line for entry in plan.entries}
    kept = {*parsed.remarks, *(remark for remark in plan.remarks if remark.first in dropped)}
    return tuple(
        remark
        for remark in plan.remarks
        if remark.kind in {"conflict", "request"}
        or (remark.kind == "left out" and remark not in kept and remark.message != Kind.FOREWORD.value)
    )


def removed(present: Collection[str], committed: str | None, known: Sequence[Anchor]) -> list[Removed]:
    """Return the anchors whose entries the committed log has, but no longer the present one.

    `present` are the ids of the entries that are left.
    """
    absent = [anchor for anchor in known if anchor.id not in present]
    before = log_format.ids(committed) if committed and absent else ()
    return [Removed(anchor) for anchor in absent if anchor.id in before]


def refuse_bad_names(parsed: Parsed, known: Sequence[Anchor], place: Callable[[int], str]) -> None:
    """Raise WrongUsage if the entry of a known anchor was given an invalid name.

    `place` turns the number of a line into its place, for the message.
    """
    here = {anchor.id for anchor in known}
    for draft in parsed.drafts:
        if draft.id in here and draft.edited:
            try:
                checked_name(draft.name or "")
            except WrongUsage as problem:
                raise WrongUsage(f"{place(draft.line)}: {draft.id}: {problem}") from None


def matched(plan: Plan, known: Sequence[Anchor], facts: Anchor) -> Plan:
    """Return the plan with pasted entries matched to known anchors, or made new ones of this place.

    An entry that was absorbed before, as its id shows, but never taken out of the log, needs
    nothing. One with the name and time of a known anchor that has no entry of its own is an edit of
    that anchor. Others become anchors with the branch, commit and parent of `facts`. The lowest of
    those that name no time gets the time of `facts`.
    """
    by_name = _by_name(known)
    present = {entry.anchor.id for entry in plan.entries}
    timeless = [entry for entry in plan.added if entry.anchor.written_time == ""]
    moments = {
        entry.line: facts.created + TICK * above for above, entry in enumerate(reversed(timeless))
    }
    absorbed = {anchor.id: anchor for anchor in known if anchor.source == "absorb"}
    entries = []
    for entry in plan.entries:
        anchor = entry.anchor
        twin = by_name.get(_name_and_minute(anchor))
        if entry.action is not Action.ADD or anchor.source != "import":
            entries.append(entry)
        elif done := next(
            (key for key in ids_of(anchor) if key in absorbed and key not in present), None
        ):
            present.add(done)
            entries.append(Entry(entry.line, absorbed[done], Action.KEEP))
        elif twin is not None and _alike(twin, anchor):
            entries.append(Entry(entry.line, twin, Action.KEEP))
        elif twin is not None and twin.id not in present:
            present.add(twin.id)
            told = _unformatted(anchor, twin, formatted=False)
            texts = {name: getattr(told, name) for name in _FIELDS}
            entries.append(Entry(entry.line, dataclasses.replace(twin, **texts), Action.UPDATE))
        else:
            entries.append(
                dataclasses.replace(entry, anchor=_bound(anchor, facts, moments.get(entry.line)))
            )
    return dataclasses.replace(plan, entries=tuple(entries))


def not_doubled(plan: Plan, known: Sequence[Anchor]) -> Plan:
    """Return the plan of an import without anchors that repeat the name, time and words of known ones.

    So a log that lost its comments adds none twice. An entry with other words is a new anchor.
    """
    by_name = _by_name(known)
    entries = []
    same: dict[str, str] = {}
    for entry in plan.entries:
        anchor = entry.anchor
        twin = by_name.get(_name_and_minute(anchor)) if anchor.written_time else None
        is_new = entry.action is Action.ADD and anchor.source == "import"
        if not is_new or twin is None or not _says_the_same(anchor, twin):
            entries.append(entry)
            continue
        same[anchor.id] = twin.id
        entries.append(Entry(entry.line, twin, Action.KEEP))
    chained = []
    for entry in entries:
        parents = tuple(same.get(parent, parent) for parent in entry.anchor.parents)
        anchor = (
            entry.anchor
            if entry.action is not Action.ADD
            else dataclasses.replace(entry.anchor, parents=parents)
        )
        chained.append(dataclasses.replace(entry, anchor=anchor))
    return dataclasses.replace(plan, entries=tuple(chained))


def here_already(draft: Draft, known: Sequence[Anchor]) -> Anchor | None:
    """Return the anchor whose entry a draft copies, compared by name, time and words, or None."""
    moment = draft.time.moment if draft.time else None
    if moment is None:
        return None
    key = formatters.meaning(draft.name or ""), f"{moment:%Y-%m-%dT%H:%M}"
    twin = _by_name(known).get(key)
    if twin is None:
        return None
    notes = _without_place(draft.notes, twin)
    told = {name: _flat(said_by(draft, name)) for name in _FIELDS} | {"notes": notes}
    alike = all(formatters.same(text, _flat(said(twin, name))) for name, text in told.items())
    return twin if alike else None


def _without_place(notes: str, anchor: Anchor) -> str:
    """Remove an anchor's place line from notes, to which it seems to belong where a comment is lost."""
    above, _, last = notes.rstrip().rpartition("\n")
    place = log_format.expected_place({"branch": anchor.branch, "commit": anchor.commit})
    return above if place and formatters.same(last, place) else notes


def _by_name(known: Sequence[Anchor]) -> dict[object, Anchor]:
    """Index anchors by name and time; the newest of those that share both wins."""
    return {_name_and_minute(anchor): anchor for anchor in reversed(known)}


def _name_and_minute(anchor: Anchor) -> object:
    return formatters.meaning(anchor.name), f"{anchor.created:%Y-%m-%dT%H:%M}"


def _alike(one: Anchor, other: Anchor) -> bool:
    """Whether two anchors say the same, whatever their formatting."""
    return all(formatters.same(_flat(said(one, name)), _flat(said(other, name))) for name in _FIELDS)


def _says_the_same(anchor: Anchor, twin: Anchor) -> bool:
    """Whether an imported entry says what an anchor says; its notes may contain the place line."""
    return _alike(twin, dataclasses.replace(anchor, notes=_without_place(anchor.notes, twin)))


def _flat(section: object) -> str:
    """Return a section as one text; dependencies become one item a line."""
    return "\n".join(section) if isinstance(section, tuple) else str(section)


def _bound(anchor: Anchor, facts: Anchor, moment: datetime | None) -> Anchor:
    return dataclasses.replace(
        anchor,
        source="absorb",
        created=moment or anchor.created,
        written_time=anchor.written_time or None,
        branch=facts.branch,
        commit=facts.commit,
        tree=facts.tree,
        patch_id=facts.patch_id,
        dirty=facts.dirty,
        parents=facts.parents,
    )


def foreword(text: str, mended: Mended, parsed: Parsed, plan: Plan) -> str:
    """Return what a team wrote around the entries: the present foreword, and what `parsed` left out.

    Blank lines at its ends are removed. A draft that became no anchor, such as a sentence that
    starts like a label, is text like any other.
    """
    lines = text.split("\n")
    entries = {entry.line for entry in plan.entries}
    spans = [(item.first, item.last) for item in parsed.remarks if item.kind == "left out"]
    spans += [(draft.line, draft.last) for draft in parsed.drafts if draft.line not in entries]
    present = sorted(number for number, kind in mended.kinds.items() if kind is Kind.FOREWORD)
    kept = markdown.trim_blank_lines([lines[number - 1] for number in present])
    for first, last in sorted(spans):
        numbers = range(first, last + 1)
        for ours, stretch in itertools.groupby(numbers, mended.kinds.__contains__):
            theirs = [] if ours else [lines[number - 1] for number in stretch]
            theirs = markdown.trim_blank_lines(theirs)
            kept += ["", *theirs] if theirs else []
    return "\n".join(line for line in kept if not log_format.is_comment(line)).strip("\n")
