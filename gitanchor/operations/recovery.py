"""Restore anchors that were lost, removed or changed by mistake, from the journal; and prune it.

A text is lost if it is nowhere: in no worktree, in no index, in no branch.
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
from gitanchor.operations import render
from gitanchor.operations.workspace import Workspace
from gitanchor.parsing import log_format
from gitanchor.storage import codec, journal, safe_open
from gitanchor.storage.index import trees
from gitanchor.storage.journal import Entry, Text
from gitanchor.storage.state import Operation
from gitanchor.storage.store import FOLDER, StoredAnchor
from gitanchor.storage.writer import Written

KEPT: Final = timedelta(days=90)
"""How long the journal keeps texts that are also somewhere else."""

_TEMPORARY: Final = timedelta(days=1)
"""The age from which nobody is still writing a temporary file."""

_EACH: Final = (".", "worktrees/*")
"""Patterns for the git directories of all worktrees, below the common one."""

_ANCHOR_FILE: Final = re.compile(rf"{re.escape(FOLDER)}/\d+/\d+/[^/]+\.yaml", re.DOTALL)
_ID_IN_NAME: Final = re.compile(r"-([0-9a-f]{8})\.yaml$")
_ID_IN_TEXT: Final = re.compile(rb"^id: *[\"']?([0-9a-f]{8})\b", re.MULTILINE)

_Hasher = Callable[[bytes], str]
"""Returns the id of the blob with a content."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The newest version of an anchor that is only in the journal; `removed` if that was on purpose."""

    stored: StoredAnchor
    content: bytes
    removed: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone or redone, of which anchor, and what was written."""

    operation: Operation
    anchor: Anchor
    written: Written


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `gc` removed or would remove: files of the journal, refs, temporary files."""

    entries: Sequence[Path]
    kept: int
    refs: Sequence[str]
    temporary: Sequence[Path]


# Where anchors are -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Places:
    """The blobs at each path: in this worktree (`here`), and in any worktree, index or branch.

    `recorded` are those of an index or branch, which `git clean` does not remove.
    """

    here: dict[str, str]
    anywhere: dict[str, set[str]]
    recorded: set[str]

    @property
    def blobs(self) -> set[str]:
        """All blobs that are anywhere."""
        return set().union(*self.anywhere.values())


def _hasher(repository: Repository) -> _Hasher:
    """Return what computes ids of blobs as this repository does (gitformat-pack(5), sha1 or sha256)."""
    algorithm = (repository.ask("rev-parse", "--show-object-format") or "sha1").strip()

    def blob(content: bytes) -> str:
        return hashlib.new(algorithm, b"blob %d\0" % len(content) + content).hexdigest()

    return blob


def _places(repository: Repository, blob: _Hasher) -> _Places:
    """Find where anchor files are now."""
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
    """Return the top folders of all existing worktrees, this one first."""
    return [repository.root, *(other.folder for other in repository.other_worktrees())]


def _index(repository: Repository, root: Path, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the paths and blobs below some paths in the index of a worktree, unmerged ones included."""
    there = Repository(root, repository.git_dir, repository.common_dir, repository.index)
    listed = there.ask("ls-files", "--stage", "-z", "--", *literal(paths)) or ""
    for line in filter(None, listed.split("\0")):
        facts, path = line.split("\t", 1)
        yield path, facts.split(" ")[1]


def _in_history(repository: Repository, paths: Sequence[str]) -> set[str]:
    """Return all objects below some paths in commits that branches reach; nothing is fetched."""
    objects = ("rev-list", "--objects", "--no-object-names", "--missing=allow-any", "--full-history")
    found = repository.ask(*objects, "--branches", "--remotes", "--", *literal(paths))
    return set((found or "").split())


# What is lost ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Versions:
    """What the journal has of one anchor file.

    `contents` are by blob, the last written at the end. `replaced` are the blobs that were replaced
    by another one, or by nothing if the file was `removed`.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    removed: bool = False

    def see(self, entry: Entry, blob: str, content: bytes, *, paired: bool) -> None:
        """Add the next entry. `paired` says that the journal also has the result of an edit."""
        self.contents.pop(blob, None)
        self.contents[blob] = content
        self.removed = entry.action == journal.DELETE
        if self.removed or paired:
            self.replaced.add(blob)
        else:
            self.replaced.discard(blob)

    def lost(self, present: Collection[str], somewhere: set[str]) -> str | None:
        """Return the newest version that is nowhere and was not replaced by another one, or None.

        None also if the text `present` at its place was not replaced either, or is not in the
        journal: then a person or another clone wrote it.
        """
        if not self.replaced.issuperset(present):
            return None
        order = [*self.contents]
        latest = max(map(order.index, present), default=-1)
        candidates = (blob for blob in reversed(order[latest + 1 :]) if blob not in self.replaced)
        return next((blob for blob in candidates if blob not in somewhere), None)


def lost(workspace: Workspace) -> list[Lost]:
    """Return the anchors that are only in the journal, newest first."""
    blob = _hasher(workspace.repository)
    places = _places(workspace.repository, blob)
    history: set[str] | None = None
    known = {stored.anchor.id: stored.path for stored in workspace.listing.anchors}
    found = []
    for path, versions in _journalled(workspace, blob).items():
        removed = versions.removed and path not in places.anywhere
        here = {places.here[path]} if path in places.here else places.anywhere.get(path, set())
        wanted = [*versions.contents][-1] if removed else versions.lost(here, places.blobs)
        if wanted is None:
            continue
        history = _in_history(workspace.repository, [FOLDER]) if history is None else history
        if wanted in history:  # a commit removed or replaced it
            if path in places.anywhere:
                continue
            removed = True
        with contextlib.suppress(BadAnchorFile, UnicodeDecodeError):  # it never was an anchor
            anchor = codec.load(versions.contents[wanted].decode(), path)
            if known.get(anchor.id, path) == path:  # else a person has moved it
                found.append(Lost(StoredAnchor(anchor, path), versions.contents[wanted], removed))
    return sorted(found, key=lambda one: (one.stored.anchor.created, one.stored.anchor.id), reverse=True)


def _journalled(workspace: Workspace, blob: _Hasher) -> dict[str, _Versions]:
    """Return what the journal has, by path."""
    entries = workspace.state.records.entries()
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
    """Return the content of an entry; None if another process has just pruned it."""
    with contextlib.suppress(FileNotFoundError):
        return entry.read()
    return None


def _operation(entry: Entry) -> tuple[str, str]:
    """Return the key that both entries of one change share."""
    return entry.moment, entry.file.name.removeprefix(f"{entry.moment}-{entry.action}-")


# Restoring -------------------------------------------------------------------------------------


def restore(workspace: Workspace, anchors: Sequence[Lost]) -> Written:
    """Write lost anchors into this worktree, byte for byte, and recreate their refs."""
    written = workspace.writer.restore((one.stored, one.content) for one in anchors)
    return render.follow_up(workspace, written) if anchors else written


def remove(workspace: Workspace, stored: StoredAnchor) -> Written:
    """Remove an anchor's file; the journal and refs/anchors/<id> keep what is needed to restore it."""
    workspace.writer.remove([stored], action="rm")
    return render.follow_up(workspace, Written(()))


def undo(workspace: Workspace) -> Undone:
    """Undo the last edit, rm or done of this worktree, or redo it if it was undone last.

    Raises NotFound, and changes nothing, if the file has changed since.
    """
    last = workspace.state.operation
    if last is None:
        raise NotFound("there is no edit, rm or done to undo in this worktree")
    before, after = (_kept(workspace, name) for name in (last.before, last.after))
    content = before if before is not None else after
    stored = StoredAnchor(codec.load((content or b"").decode(), last.path), last.path)
    with workspace.state.replacing(last.path):
        present = workspace.writer.present(last.path)
        if present != after:
            then = " was undone; it was not done again" if last.undone else "; nothing was undone"
            raise NotFound(f"'{last.path}' was changed after the {last.action}{then}")
        workspace.writer.replace(last.path, present, before, action=last.action, undone=not last.undone)
    anchors = () if before is None else (stored,)
    warnings = workspace.writer.keep_present_commits(anchors)
    return Undone(last, stored.anchor, render.follow_up(workspace, Written(anchors, tuple(warnings))))


def _kept(workspace: Workspace, name: str | None) -> bytes | None:
    """Return the content of an entry of the journal. Raises NotFound if it is gone."""
    if name is None:
        return None
    entry = workspace.state.records.named(name)
    if entry is None:
        raise NotFound(f"the journal has no '{name}' any more; nothing was undone")
    return entry.read().content


# Pruning ---------------------------------------------------------------------------------------


def gc(workspace: Workspace, *, dry_run: bool = False) -> Pruned:
    """Remove entries of the journal that are older than 90 days and whose text is also somewhere else.

    Also remove the refs of anchors that a branch once had and that are nowhere any more, not even
    in the journal, and temporary files that nobody can be writing. The caches are deleted as a
    whole, because they have texts of anchors that are gone.
    """
    places = _places(workspace.repository, _hasher(workspace.repository))
    entries = workspace.state.records.entries()
    doomed = _prunable(workspace, entries, places)
    kept = sorted({*entries} - {*doomed}, key=lambda entry: entry.file.name)
    refs = _unneeded_refs(workspace, kept, places)
    temporary = list(_left_over(workspace.repository))
    pruned = Pruned([entry.file for entry in doomed], len(kept), [*refs], temporary)
    if not dry_run:
        for ref, commit in refs.items():
            workspace.repository.git("update-ref", "-d", ref, commit, writing=True)
        for file in (*pruned.entries, *temporary):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise WriteFailed(f"cannot remove '{file}': {error.strerror}") from None
        try:
            workspace.state.drop_caches()
        except OSError as error:
            raise WriteFailed(f"cannot remove '{error.filename}': {error.strerror}") from None
    return pruned


def _prunable(workspace: Workspace, entries: Iterable[Entry], places: _Places) -> list[Entry]:
    """Return the old entries whose texts git has recorded; of a change, both entries or none."""
    now = datetime.now(UTC)
    needed = _undoable(workspace.repository)
    old = [
        entry
        for entry in entries
        if entry.action != journal.PASTE
        and entry.time(now) < now - KEPT
        and entry.file.name not in needed
    ]
    if not old:
        return []
    blob = _hasher(workspace.repository)
    texts = {entry: text for entry in old if (text := _text(entry))}
    others = sorted({text.path for text in texts.values()} - places.anywhere.keys())
    others = [path for path in others if not _ANCHOR_FILE.fullmatch(path)]
    somewhere = places.recorded | _in_history(workspace.repository, [FOLDER, *others])
    for root in _roots(workspace.repository):
        somewhere |= (
            {found for _, found in _index(workspace.repository, root, others)} if others else set()
        )
    spared = {_operation(entry) for entry in texts if blob(texts[entry].content) not in somewhere}
    return [entry for entry in texts if _operation(entry) not in spared]


def _undoable(repository: Repository) -> set[str]:
    """Return the files of the journal that `undo` needs in any worktree."""
    files = (path for name in _EACH for path in repository.common_dir.glob(f"{name}/gitanchor/undo"))
    operations = filter(None, map(Operation.read, files))
    return {name for last in operations for name in (last.before, last.after) if name}


def _unneeded_refs(workspace: Workspace, kept: Iterable[Entry], places: _Places) -> dict[str, str]:
    """Return the refs and commits of anchors that a branch once had and that are nowhere any more.

    If no branch here ever had an anchor, its ref was fetched, and its branch may still follow.
    """
    refs = workspace.repository.anchor_refs()
    refs = {ref: commit for ref, commit in refs.items() if is_id(ref.removeprefix(ANCHOR_REFS))}
    if not refs:
        return {}
    needed = {stored.anchor.id for stored in workspace.listing.anchors} | _ids(
        workspace.repository, places
    )
    log = workspace.log.read()
    needed |= log_format.ids(log.whole) if log else set()
    for entry in kept:
        if entry.action != journal.PASTE:
            text = _text(entry)
            needed |= {found.decode() for found in _ID_IN_TEXT.findall(text.content if text else b"")}
    unneeded = refs.keys() - {f"{ANCHOR_REFS}{anchor_id}" for anchor_id in needed}
    if not unneeded:
        return {}
    tips = [tip.commit for tip in ancestry.tips(workspace.repository)]
    added = ancestry.commits_adding(workspace.repository, FOLDER, tips)
    once = {match[1] for path in added if (match := _ID_IN_NAME.search(path))}
    return {ref: refs[ref] for ref in sorted(unneeded) if ref.removeprefix(ANCHOR_REFS) in once}


def _ids(repository: Repository, places: _Places) -> set[str]:
    """Return the ids of anchors by the names of their files, or by content if a person named a file."""
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
    """Yield temporary files of all worktrees that are older than a day."""
    limit = time.time() - _TEMPORARY.total_seconds()
    for folder in _EACH:
        for file in repository.common_dir.glob(f"{folder}/gitanchor/tmp/*"):
            with contextlib.suppress(OSError):
                if file.is_file() and file.stat().st_mtime < limit:
                    yield file
