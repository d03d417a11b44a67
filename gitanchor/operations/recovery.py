"""Anchors that were lost, removed or changed by mistake: brought back from the journal. And its gc.

Works on a tracker. A text is lost if it is nowhere: in no worktree, in no index, in no branch.
"""

import contextlib
import hashlib
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gitanchor.git import ancestry
from gitanchor.git.names import literal
from gitanchor.git.repository import ANCHOR_REFS, Repository
from gitanchor.model.anchor import Anchor, is_id
from gitanchor.model.errors import BadAnchorFile, NotFound, WriteFailed
from gitanchor.operations.tracker import Tracker
from gitanchor.parsing import log_format
from gitanchor.storage import codec, journal, safe_open
from gitanchor.storage.index import trees
from gitanchor.storage.journal import Entry, Text
from gitanchor.storage.state import Operation
from gitanchor.storage.store import FOLDER, StoredAnchor
from gitanchor.storage.writer import Written

KEPT: Final = timedelta(days=90)
"""How long the journal keeps what is somewhere else, too."""

_TEMPORARY: Final = timedelta(days=1)
"""How long a temporary file may be somebody's."""

_EACH: Final = (".", "worktrees/*")
"""The git directories of all worktrees, from the common one."""

_ANCHOR_FILE: Final = re.compile(rf"{re.escape(FOLDER)}/\d+/\d+/[^/]+\.yaml", re.DOTALL)
_ID_IN_NAME: Final = re.compile(r"-([0-9a-f]{8})\.yaml$")
_ID_IN_TEXT: Final = re.compile(rb"^id: *[\"']?([0-9a-f]{8})\b", re.MULTILINE)

_Hasher = Callable[[bytes], str]
"""From a content to the id of its blob."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An anchor that is nowhere but in the journal: its newest version. `removed` by intention."""

    stored: StoredAnchor
    content: bytes
    removed: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone, or done again, of which anchor; and what was written."""

    operation: Operation
    anchor: Anchor
    written: Written


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `gc` removed, or would remove: files of the journal, refs, temporary files."""

    entries: Sequence[Path]
    kept: int
    refs: Sequence[str]
    temporary: Sequence[Path]


# Where anchors are -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Places:
    """The blobs at each path: in this worktree, and in any worktree, index or branch.

    `recorded` are those of an index or branch: what `git clean` does not take away.
    """

    here: dict[str, str]
    anywhere: dict[str, set[str]]
    recorded: set[str]

    @property
    def blobs(self) -> set[str]:
        """All of them."""
        return set().union(*self.anywhere.values())


def _hasher(repository: Repository) -> _Hasher:
    """What computes the ids of blobs as this repository does (gitformat-pack(5), sha1 or sha256)."""
    algorithm = (repository.ask("rev-parse", "--show-object-format") or "sha1").strip()

    def blob(content: bytes) -> str:
        return hashlib.new(algorithm, b"blob %d\0" % len(content) + content).hexdigest()

    return blob


def _places(repository: Repository, blob: _Hasher) -> _Places:
    """Where anchor files are now."""
    here: dict[str, str] = {}
    anywhere: dict[str, set[str]] = defaultdict(set)
    recorded: set[str] = set()
    for root in _roots(repository):
        for file in (root / FOLDER).glob("*/*/*.yaml"):
            with contextlib.suppress(OSError):
                path = file.relative_to(root).as_posix()
                content = blob(safe_open.read(file))
                anywhere[path].add(content)
                if root == repository.root:
                    here[path] = content
        for path, indexed in _index(repository, root, [FOLDER]):
            anywhere[path].add(indexed)
            recorded.add(indexed)
    tips = {tip.commit for tip in ancestry.tips(repository)}
    for path, blobs in trees.anchor_files(repository, sorted(tips)).items():
        anywhere[path] |= blobs
        recorded |= blobs
    return _Places(here, dict(anywhere), recorded)


def _roots(repository: Repository) -> list[Path]:
    """The top folders of all worktrees that are there, this one first."""
    return [repository.root, *(other.folder for other in repository.other_worktrees())]


def _index(repository: Repository, root: Path, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The paths and blobs below some paths in the index of a worktree, in conflict or not."""
    there = Repository(root, repository.git_dir, repository.common_dir, repository.index)
    listed = there.ask("ls-files", "--stage", "-z", "--", *literal(paths)) or ""
    for line in filter(None, listed.split("\0")):
        facts, path = line.split("\t", 1)
        yield path, facts.split(" ")[1]


def _in_history(repository: Repository, paths: Sequence[str]) -> set[str]:
    """All objects below some paths in commits that a branch reaches; nothing is fetched."""
    objects = ("rev-list", "--objects", "--no-object-names", "--missing=allow-any", "--full-history")
    found = repository.ask(*objects, "--branches", "--remotes", "--", *literal(paths))
    return set((found or "").split())


# What is lost ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Versions:
    """What the journal knows of one anchor file.

    `contents` are by blob, the one that was written last at the end. `replaced` are those that gave
    way to another one, or to none if the file was `removed`.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    removed: bool = False

    def see(self, entry: Entry, blob: str, content: bytes, *, paired: bool) -> None:
        """Take in the next entry. `paired` says that what an edit made is in the journal, too."""
        self.contents.pop(blob, None)
        self.contents[blob] = content
        self.removed = entry.action == journal.DELETE
        if self.removed or paired:
            self.replaced.add(blob)
        else:
            self.replaced.discard(blob)

    def lost(self, present: Collection[str], somewhere: set[str]) -> str | None:
        """The newest version that is nowhere, and that gave way to no other.

        None if what is `present` at its place did not give way either, or came from a hand or from
        another clone, so that the journal does not know it.
        """
        if not self.replaced.issuperset(present):
            return None
        order = [*self.contents]
        latest = max(map(order.index, present), default=-1)
        candidates = (blob for blob in reversed(order[latest + 1 :]) if blob not in self.replaced)
        return next((blob for blob in candidates if blob not in somewhere), None)


def lost(tracker: Tracker) -> list[Lost]:
    """The anchors that are nowhere but in the journal, newest first."""
    blob = _hasher(tracker.repository)
    places = _places(tracker.repository, blob)
    history: set[str] | None = None
    known = {stored.anchor.id: stored.path for stored in tracker.listing.anchors}
    found = []
    for path, versions in _journalled(tracker, blob).items():
        removed = versions.removed and path not in places.anywhere
        here = {places.here[path]} if path in places.here else places.anywhere.get(path, set())
        wanted = [*versions.contents][-1] if removed else versions.lost(here, places.blobs)
        if wanted is None:
            continue
        history = _in_history(tracker.repository, [FOLDER]) if history is None else history
        if wanted in history:  # a commit removed or replaced it
            if path in places.anywhere:
                continue
            removed = True
        with contextlib.suppress(BadAnchorFile, UnicodeDecodeError):  # was no anchor to begin with
            anchor = codec.load(versions.contents[wanted].decode(), path)
            if known.get(anchor.id, path) == path:  # a hand may have moved it
                found.append(Lost(StoredAnchor(anchor, path), versions.contents[wanted], removed))
    return sorted(found, key=lambda one: (one.stored.anchor.created, one.stored.anchor.id), reverse=True)


def _journalled(tracker: Tracker, blob: _Hasher) -> dict[str, _Versions]:
    """What the journal knows, by path."""
    entries = tracker.state.records.entries()
    pairs = {_operation(entry) for entry in entries if entry.action == journal.AFTER}
    found: dict[str, _Versions] = defaultdict(_Versions)
    for entry in entries:
        if entry.action in {journal.ADD, journal.EDIT, journal.AFTER, journal.DELETE}:
            text = _text(entry)
            if text and _ANCHOR_FILE.fullmatch(text.path):
                paired = entry.action == journal.EDIT and _operation(entry) in pairs
                found[text.path].see(entry, blob(text.content), text.content, paired=paired)
    return found


def _text(entry: Entry) -> Text | None:
    """What an entry holds; None if another process has pruned it by now."""
    with contextlib.suppress(FileNotFoundError):
        return entry.read()
    return None


def _operation(entry: Entry) -> tuple[str, str]:
    """What the two entries of one change have in common."""
    return entry.moment, entry.file.name.removeprefix(f"{entry.moment}-{entry.action}-")


# Bringing back ---------------------------------------------------------------------------------


def restore(tracker: Tracker, anchors: Sequence[Lost]) -> Written:
    """Write lost anchors into this worktree, byte for byte, and keep their commits again."""
    written = tracker.writer.restore((one.stored, one.content) for one in anchors)
    return tracker.follow_up(written) if anchors else written


def remove(tracker: Tracker, stored: StoredAnchor) -> Written:
    """Remove an anchor's file; the journal and refs/anchors/<id> stay, so that it can come back."""
    tracker.writer.remove([stored], action="rm")
    return tracker.follow_up(Written(()))


def undo(tracker: Tracker) -> Undone:
    """Undo the last edit, rm or done of this worktree, or do it again after it was undone.

    Raises NotFound, and changes nothing, if the file is not as that left it.
    """
    last = tracker.state.operation
    if last is None:
        raise NotFound("there is no edit, rm or done to undo in this worktree")
    before, after = (_kept(tracker, name) for name in (last.before, last.after))
    content = before if before is not None else after
    stored = StoredAnchor(codec.load((content or b"").decode(), last.path), last.path)
    with tracker.state.replacing(last.path):
        present = tracker.writer.present(last.path)
        if present != after:
            then = " was undone; it was not done again" if last.undone else "; nothing was undone"
            raise NotFound(f"'{last.path}' was changed after the {last.action}{then}")
        tracker.writer.replace(last.path, present, before, action=last.action, undone=not last.undone)
    anchors = () if before is None else (stored,)
    warnings = tracker.writer.keep_present_commits(anchors)
    return Undone(last, stored.anchor, tracker.follow_up(Written(anchors, tuple(warnings))))


def _kept(tracker: Tracker, name: str | None) -> bytes | None:
    """What an entry of the journal holds. Raises NotFound if it is gone."""
    if name is None:
        return None
    entry = tracker.state.records.named(name)
    if entry is None:
        raise NotFound(f"the journal has no '{name}' any more; nothing was undone")
    return entry.read().content


# Clearing away ---------------------------------------------------------------------------------


def gc(tracker: Tracker, *, dry_run: bool = False) -> Pruned:
    """Remove from the journal what is older than 90 days and somewhere else, too.

    Then the refs of anchors that a branch once had and that are nowhere any more, not even in the
    journal, and temporary files that nobody can be writing any more. The caches go as a whole: they
    hold texts of anchors that are gone.
    """
    places = _places(tracker.repository, _hasher(tracker.repository))
    entries = tracker.state.records.entries()
    doomed = _prunable(tracker, entries, places)
    kept = sorted({*entries} - {*doomed}, key=lambda entry: entry.file.name)
    refs = _unneeded_refs(tracker, kept, places)
    temporary = list(_left_over(tracker.repository))
    pruned = Pruned([entry.file for entry in doomed], len(kept), [*refs], temporary)
    if not dry_run:
        for ref, commit in refs.items():
            tracker.repository.git("update-ref", "-d", ref, commit, writing=True)
        for file in (*pruned.entries, *temporary):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise WriteFailed(f"cannot remove '{file}': {error.strerror}") from None
        try:
            tracker.state.drop_caches()
        except OSError as error:
            raise WriteFailed(f"cannot remove '{error.filename}': {error.strerror}") from None
    return pruned


def _prunable(tracker: Tracker, entries: Iterable[Entry], places: _Places) -> list[Entry]:
    """The old entries whose contents git has all recorded, both halves of a change or none."""
    now = datetime.now(UTC)
    needed = _undoable(tracker.repository)
    old = [
        entry
        for entry in entries
        if entry.action != journal.PASTE
        and entry.time(now) < now - KEPT
        and entry.file.name not in needed
    ]
    if not old:
        return []
    blob = _hasher(tracker.repository)
    texts = {entry: text for entry in old if (text := _text(entry))}
    others = sorted({text.path for text in texts.values()} - places.anywhere.keys())
    others = [path for path in others if not _ANCHOR_FILE.fullmatch(path)]
    somewhere = places.recorded | _in_history(tracker.repository, [FOLDER, *others])
    for root in _roots(tracker.repository):
        somewhere |= (
            {found for _, found in _index(tracker.repository, root, others)} if others else set()
        )
    spared = {_operation(entry) for entry in texts if blob(texts[entry].content) not in somewhere}
    return [entry for entry in texts if _operation(entry) not in spared]


def _undoable(repository: Repository) -> set[str]:
    """The files of the journal that `undo` needs in any worktree."""
    files = (path for name in _EACH for path in repository.common_dir.glob(f"{name}/gitanchor/undo"))
    operations = filter(None, map(Operation.read, files))
    return {name for last in operations for name in (last.before, last.after) if name}


def _unneeded_refs(tracker: Tracker, kept: Iterable[Entry], places: _Places) -> dict[str, str]:
    """The refs, and their commits, of anchors that a branch once had and that are nowhere any more.

    The ref of an anchor that no branch here ever had was fetched: its branch may come yet.
    """
    refs = tracker.repository.anchor_refs()
    refs = {ref: commit for ref, commit in refs.items() if is_id(ref.removeprefix(ANCHOR_REFS))}
    if not refs:
        return {}
    needed = {stored.anchor.id for stored in tracker.listing.anchors} | _ids(tracker.repository, places)
    log = tracker.log.read()
    needed |= {block.id for block in log_format.blocks(log.whole.split("\n"))} if log else set()
    for entry in kept:
        if entry.action != journal.PASTE:
            text = _text(entry)
            needed |= {found.decode() for found in _ID_IN_TEXT.findall(text.content if text else b"")}
    unneeded = refs.keys() - {f"{ANCHOR_REFS}{anchor_id}" for anchor_id in needed}
    if not unneeded:
        return {}
    tips = [tip.commit for tip in ancestry.tips(tracker.repository)]
    added = ancestry.commits_adding(tracker.repository, FOLDER, tips)
    once = {match[1] for path in added if (match := _ID_IN_NAME.search(path))}
    return {ref: refs[ref] for ref in sorted(unneeded) if ref.removeprefix(ANCHOR_REFS) in once}


def _ids(repository: Repository, places: _Places) -> set[str]:
    """The ids of anchors: in the names of their files, or in the files where a hand named them."""
    found = set()
    with repository.objects() as objects:
        for path, blobs in places.anywhere.items():
            if match := _ID_IN_NAME.search(path):
                found.add(match[1])
                continue
            for content in filter(None, map(objects.read, blobs)):
                found |= {anchor_id.decode() for anchor_id in _ID_IN_TEXT.findall(content)}
    return found


def _left_over(repository: Repository) -> Iterator[Path]:
    """Temporary files of all worktrees that are older than a day."""
    limit = time.time() - _TEMPORARY.total_seconds()
    for folder in _EACH:
        for file in repository.common_dir.glob(f"{folder}/gitanchor/tmp/*"):
            with contextlib.suppress(OSError):
                if file.is_file() and file.stat().st_mtime < limit:
                    yield file
