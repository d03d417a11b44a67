"""The anchors in all versions of a log, each with the branch and commit on which it was made.

A file that is one note, rewritten for each session, is left to `snapshot_history`.

Every version of the file is parsed as `import` parses a log; here the results are combined, so that
an entry in many versions is one anchor.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final, NamedTuple

from gitanchor.git.file_history import Lineage, Version
from gitanchor.git.repository import Repository
from gitanchor.importing import import_plan, import_times, recognition, snapshot_history
from gitanchor.importing.history_plan import HistoryPlan, Recovered
from gitanchor.importing.threads import TEXTS, Gathered, Sighting, Thread, plain
from gitanchor.model.anchor import Anchor
from gitanchor.model.draft import Draft, Remark, WrittenTime
from gitanchor.model.errors import NotFound, WrongUsage
from gitanchor.parsing import encoding, parse, years

_FOREIGN_RUN: Final = re.compile(r"[^\x00-\x7f]+")


def plan(
    repository: Repository,
    path: str,
    known: Sequence[Anchor],
    author: str,
    *,
    all_branches: bool = False,
    branch: str | None = None,
    keep_encoding: bool = False,
    options: parse.Options | None = None,
) -> HistoryPlan:
    """Collect the anchors that a file had in any commit; `path` is from the top of the worktree.

    HEAD's history is walked, or that of all local and remote branches. `branch` is the branch for
    entries without any evidence of where they were made. Raises NotFound if no commit has the file.
    """
    lineage = Lineage(repository)
    versions = lineage.versions(path, all_branches=all_branches)
    if not versions:
        more = "" if all_branches else "; '--all' looks at the other branches, too"
        raise NotFound(f"no commit here ever held a file '{path}'{more}")
    remarks = _beginnings(versions, repository.shallow_commits(), lineage.unsure)
    reader = _Reader(repository, remarks, options, keep_encoding=keep_encoding)
    reader.newest = _newest(versions, repository, options)
    if reader.newest and reader.newest.is_snapshot:
        read = _snapshots(reader.read(versions))
        return snapshot_history.plan(read, lineage, known, author, branch, remarks)
    gathered = Gathered()
    for version, drafts in reader.read(_with_present_last(versions, repository)):
        gathered.add(version, drafts)
    entries = _entries(gathered)
    anchors = _bound(_anchors(entries, author, remarks), entries, lineage, branch)
    here = recognition.known(anchors, known)
    anchors = _with_ids(anchors | here, known)
    anchors = _chained(anchors, gathered, lineage, kept=set(here))
    anchors = _with_facts(anchors, repository, kept=set(here))
    recovered = [
        _recovered(thread, anchor, "keep" if thread in here else "add", entries[thread].remarks)
        for thread, anchor in anchors.items()
    ]
    recovered.sort(key=lambda entry: entry.anchor.created, reverse=True)
    return HistoryPlan(tuple(recovered), reader.count, tuple(remarks))


def _recovered(thread: Thread, anchor: Anchor, action: str, remarks: Sequence[str]) -> Recovered:
    last = thread.last
    return Recovered(anchor, action, last.line, thread.first, last.version, tuple(remarks))


class _Newest(NamedTuple):
    """The text of the newest version of a file, and what it says."""

    name: str
    text: str
    drafts: Sequence[Draft]

    @property
    def is_snapshot(self) -> bool:
        """Whether it is one note that no line names, and no log."""
        return len(self.drafts) == 1 and self.drafts[0].is_snapshot


def _newest(
    versions: Sequence[Version], repository: Repository, options: parse.Options | None
) -> _Newest | None:
    """Return the newest version of a file, which tells what the file is; None if all were deleted."""
    newest = next((version for version in reversed(versions) if version.blob), None)
    if newest is None:
        return None
    with repository.objects() as objects:
        content = objects.read(newest.blob or "")
    text = (content or b"").decode("utf-8", "replace")
    reading = _in_file(options or parse.Options(), newest)
    return _Newest(reading.file, text, parse.parse(text, reading).drafts)


def _in_file(options: parse.Options, version: Version) -> parse.Options:
    """Return the options for the text of a version, whose file may have to name it."""
    return dataclasses.replace(options, file=PurePath(version.path).name, names_by_file=True)


def _snapshots(
    read: Iterable[tuple[Version, Sequence[Draft] | None]],
) -> Iterator[tuple[Version, Draft | None]]:
    """Yield what each version says, which is read once per content; None for no snapshot."""
    said: dict[str, Draft | None] = {}
    for version, drafts in read:
        if drafts is not None:
            said[version.blob or ""] = drafts[0] if len(drafts) == 1 else None
        yield version, said[version.blob or ""]


# Reading the versions ------------------------------------------------------------------------


def _with_present_last(versions: list[Version], repository: Repository) -> list[Version]:
    """Return the versions with HEAD's repeated at the end, so that its text of an entry counts."""
    names = dict.fromkeys(version.path for version in versions)
    blobs = {name: repository.ask("rev-parse", "--verify", "--quiet", f"HEAD:{name}") for name in names}
    for version in reversed(versions):
        if version.blob and version.blob == (blobs[version.path] or "").strip():
            return [*versions, version]
    return versions


def _beginnings(versions: Sequence[Version], shallow: set[str], unsure: Sequence[Version]) -> list[str]:
    """Return a remark for each version before which a shallow or partial clone may lack history."""
    first = [version for version in versions if version.commit in shallow and version.blob]
    return [
        f"{version}: the history of this clone begins here, so its entries may be older"
        for version in first
    ] + [
        f"{version}: may have been renamed from another file; this clone lacks what would tell"
        for version in dict.fromkeys(unsure)
    ]


class _Reader:
    """Reads versions of a file, each content once, and adds remarks on those that it cannot read."""

    def __init__(
        self,
        repository: Repository,
        remarks: list[str],
        options: parse.Options | None,
        *,
        keep_encoding: bool,
    ) -> None:
        self._options = options or parse.Options()
        self._repository = repository
        self._remarks = remarks
        self._keep_encoding = keep_encoding
        self._sound: set[str] = set()
        self.newest: _Newest | None = None
        self.count = 0

    def read(self, versions: Sequence[Version]) -> Iterator[tuple[Version, Sequence[Draft] | None]]:
        """Yield the drafts of each readable version; None if its content was read before."""
        state: dict[str, bool] = {}
        told: set[Version] = set()
        with self._repository.objects() as objects:
            for version in versions:
                if version.blob is None:
                    continue
                drafts = None
                if version.blob not in state:
                    drafts = self._parse(version, objects.read(version.blob))
                    state[version.blob] = drafts is not None
                if state[version.blob]:
                    self.count += version not in told
                    told.add(version)
                    yield version, drafts

    def _parse(self, version: Version, content: bytes | None) -> Sequence[Draft] | None:
        if content is None:
            self._remarks.append(f"{version}: skipped, because this clone lacks the file's content")
            return None
        try:
            text = self._decode(version, content)
        except WrongUsage as problem:
            self._remarks.append(f"{version}: skipped: {problem}")
            return None
        reading = _in_file(self._options, version)
        newest = self.newest
        if newest is not None and (newest.name, newest.text) == (reading.file, text):
            drafts, self.newest = newest.drafts, None  # another version gets drafts of its own
        else:
            drafts = parse.parse(text, reading).drafts
        years.settle([draft.time for draft in drafts], years.Limit.of_commit(version.moment))
        return drafts

    def _decode(self, version: Version, content: bytes) -> str:
        """Return the text of a version.

        It is not repaired if all of its non-ASCII text occurred in an intact version, because
        repairs take as long as all the rest.
        """
        foreign = set(_FOREIGN_RUN.findall(content.decode("utf-8", "replace")))
        sound = self._keep_encoding or foreign <= self._sound
        decoded = encoding.decode(content, "it", keep_encoding=sound)
        repairs = [repair for repair in decoded.repairs if not repair.startswith("line ends")]
        if repairs:
            self._remarks.append(f"{version}: {'; '.join(repairs)}")
        else:
            self._sound |= foreign
        return decoded.text


# From threads to anchors ---------------------------------------------------------------------


@dataclass(slots=True)
class _Entry:
    """A thread as one draft. `created` is None while its time is unknown."""

    draft: Draft
    created: datetime | None
    remarks: list[str]


def _entries(gathered: Gathered) -> dict[Thread, _Entry]:
    """Return each thread as one draft, with its time."""
    entries = {thread: _composed(thread) for thread in gathered.threads}
    timeless = [thread for thread, entry in entries.items() if entry.created is None]
    guesses = [_guessed_time(thread, gathered.held[thread.first.commit], entries) for thread in timeless]
    for thread, (guess, remark) in zip(timeless, guesses, strict=True):
        entries[thread].created = guess
        entries[thread].remarks.append(remark)
    return entries


def _composed(thread: Thread) -> _Entry:
    """Return the newest wording of an entry, with everything that later versions lost."""
    sightings = thread.newest
    newest = next((sighting for sighting in sightings if sighting.draft.id), sightings[0])
    draft = dataclasses.replace(newest.draft)
    if draft.id:
        return _Entry(draft, import_times.created(draft), [])
    remarks: list[str] = []
    timed = next((sighting for sighting in sightings if sighting.draft.time), newest)
    draft.time = _of_first_reading(timed, sightings)
    if timed is not newest:
        remarks.append(f"time as in {timed.version}, lost since")
    edited = []
    for section in TEXTS:
        wordings = [sighting for sighting in sightings if getattr(sighting.draft, section)]
        if wordings and wordings[0] is not newest:
            setattr(draft, section, getattr(wordings[0].draft, section))
            remarks.append(f"{section} as in {wordings[0].version}, lost since")
        if len({plain(sighting.draft, section) for sighting in wordings}) > 1:
            edited.append(section)
    if edited:
        remarks.append(f"{', '.join(edited)} edited since {thread.first}")
    if draft.time and draft.time.remark:
        remarks.append(draft.time.remark)
    moment = draft.time.moment if draft.time else None
    zone = thread.first.moment.tzinfo or UTC
    return _Entry(draft, moment and import_times.aware(moment, zone), remarks)


def _of_first_reading(timed: Sighting, sightings: Sequence[Sighting]) -> WrittenTime | None:
    """Return the time of an entry, without a written year as the first version with it was read."""
    time = timed.draft.time
    if time is None or time.partly is None:
        return time
    same = [other.draft.time for other in sightings if other.draft.time]
    earliest = [other for other in same if other.text == time.text and other.moment]
    return min(earliest, key=lambda other: other.moment or datetime.max, default=time)


def _guessed_time(
    thread: Thread, layout: Sequence[Thread], entries: dict[Thread, _Entry]
) -> tuple[datetime, str]:
    """Return a time between those of the neighbours, not later than the commit that first had it."""
    latest = thread.first.moment
    written = [entries[other].created for other in layout]
    names = [entries[other].draft.name or "" for other in layout]
    guess = import_times.placed(written, names, latest)[layout.index(thread)].astimezone(latest.tzinfo)
    why = "fits its neighbours in" if any(written) else "is not later than"
    if guess > latest:
        guess, why = latest, "is that of"
    what = "readable time" if entries[thread].draft.time else "time"
    return guess, f"no {what} was written; {guess:%Y-%m-%d %H:%M %z} {why} {thread.first}"


def _anchors(entries: dict[Thread, _Entry], author: str, remarks: list[str]) -> dict[Thread, Anchor]:
    """Return the anchors of entries; those of generated logs are complete, others have no id yet."""
    anchors = {}
    for thread, entry in entries.items():
        problems: list[Remark] = []
        created = entry.created or thread.first.moment
        origin = import_plan.Origin(author, None, created.tzinfo or UTC, created)
        anchor = import_plan.generated(entry.draft, problems)
        anchor = anchor or import_plan.imported(entry.draft, created, origin, problems)
        if anchor is not None:
            anchors[thread] = anchor
        last = thread.last
        remarks += [f"{last.version}:{last.line}: {item.kind}: {item.message}" for item in problems]
    return anchors


# Where they were made ------------------------------------------------------------------------


def _bound(
    anchors: dict[Thread, Anchor], entries: dict[Thread, _Entry], lineage: Lineage, option: str | None
) -> dict[Thread, Anchor]:
    """Add branch and commit to the anchors; those of generated logs have them."""
    branches = lineage.branches_of({thread.first.commit for thread in anchors})
    bound = dict(anchors)
    for thread, anchor in anchors.items():
        if not anchor.id:
            first = thread.first.commit
            branch = _branch(branches[first], entries[thread].draft.branch, option)
            commit = lineage.newest_before(first, anchor.created)
            bound[thread] = dataclasses.replace(anchor, branch=branch, commit=commit)
    return bound


def _branch(held: Sequence[str], named: str | None, option: str | None) -> str | None:
    """Return the branch of an entry: the one in its text if that may have been first, else the first."""
    if not held:
        return named or option
    return named if named in held else held[0]


def _chained(
    anchors: dict[Thread, Anchor], gathered: Gathered, lineage: Lineage, *, kept: set[Thread]
) -> dict[Thread, Anchor]:
    """Make new hand-kept anchors children of the next older one that the log had had by then."""
    before: dict[str, frozenset[Thread]] = {}
    for commit, held in gathered.held.items():
        previous = next((before[one] for one in lineage.chain(commit) if one in before), frozenset())
        before[commit] = previous.union(held)
    chained = dict(anchors)
    for thread, anchor in anchors.items():
        if thread not in kept and not thread.id:
            others = (anchors[other] for other in before[thread.first.commit] if other in anchors)
            older = [other for other in others if other.created < anchor.created]
            newest = max(older, key=lambda other: (other.created, other.id), default=None)
            chained[thread] = dataclasses.replace(anchor, parents=(newest.id,) if newest else ())
    return chained


def _with_facts(
    anchors: dict[Thread, Anchor], repository: Repository, *, kept: set[Thread]
) -> dict[Thread, Anchor]:
    """Add tree and patch id of their commits to the new hand-kept anchors."""
    wanted = {
        thread: anchor.commit
        for thread, anchor in anchors.items()
        if anchor.commit and not (thread in kept or thread.id)
    }
    output = repository.log(set(wanted.values()), "--no-walk", "--format=%H %T")
    trees = dict(entry.split(" ") for entry in output)
    patches = repository.patch_ids(wanted.values())
    return anchors | {
        thread: dataclasses.replace(anchors[thread], tree=trees[commit], patch_id=patches.get(commit))
        for thread, commit in wanted.items()
    }


def _with_ids(anchors: dict[Thread, Anchor], known: Sequence[Anchor]) -> dict[Thread, Anchor]:
    """Give an id to each anchor without one."""
    taken = {anchor.id: anchor for anchor in [*known, *anchors.values()] if anchor.id}
    identified = {}
    for thread, anchor in anchors.items():
        identified[thread] = anchor if anchor.id else import_plan.with_id(anchor, taken)
        taken[identified[thread].id] = identified[thread]
    return identified
