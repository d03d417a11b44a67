"""The anchors of all branches and worktrees of a clone, each once, with the places where it lies.

Nothing is written. `index` reads the files of a worktree and `trees` those of
commits; here they are combined.
"""

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from gitanchor import __version__
from gitanchor.git import ancestry
from gitanchor.git.ancestry import Tip
from gitanchor.git.names import Worktree
from gitanchor.git.process import Objects
from gitanchor.git.repository import Repository
from gitanchor.model.errors import AnchorError, BadAnchorFile, NotFound
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index import cache, copies, index, trees
from gitanchor.storage.index.cache import Row
from gitanchor.storage.index.database import Unusable, connected
from gitanchor.storage.index.listing import JoinedListing
from gitanchor.storage.index.places import Everywhere, is_folder
from gitanchor.storage.index.text_cache import Texts
from gitanchor.storage.index.trees import AnchorBlob, Held
from gitanchor.storage.state import State
from gitanchor.storage.store import FOLDER, Facts, Store, StoredAnchor, digest_of

_LAST: Final = "last"
"""The key of the last result, the only one that is kept: it may be long."""


def listing(workspace: Workspace) -> Everywhere:
    """Return the anchors of this worktree, of all others, and of all local and remote branches.

    Where versions of an anchor differ, this worktree's is returned, else an uncommitted one of
    another worktree, else that of the branch with the newest commit, local branches before remote
    ones.
    """
    repository = workspace.repository
    others = repository.other_worktrees()
    tips = [*ancestry.tips(repository), *_tips_of(others)]
    memory = None if others or workspace.listing.problems else _Memory(workspace, tips)
    if memory is not None and (found := memory.recalled()) is not None:
        return found
    with repository.objects() as objects:
        survey = _Survey(workspace, tips, trees.held(objects, [tip.commit for tip in tips]))
        survey.read_blobs(objects)
    for other in others:
        survey.visit(other)
    found = survey.result()
    if memory is not None and not (found.lacking or found.listing.problems):
        memory.remember(survey.chosen, found.places)
    return found


def text(workspace: Workspace, found: Everywhere, stored: StoredAnchor) -> str:
    """Return the text of an anchor's file, wherever it lies. Raises BadAnchorFile or NotFound."""
    place = found.first_place(stored.anchor.id)
    if place is None:
        return workspace.store.read_text(stored.path)
    if is_folder(place):
        return Store(Path(place), workspace.state.scratch).read_text(stored.path)
    for kind in ("heads", "remotes"):
        content = workspace.repository.ask("cat-file", "blob", f"refs/{kind}/{place}:{stored.path}")
        if content is not None:
            return content
    raise NotFound(f"'{place}:{stored.path}' is not there any more")


def _tips_of(worktrees: Iterable[Worktree]) -> Iterator[Tip]:
    """Yield the commits of detached HEADs, which hold anchors as branches do."""
    for other in worktrees:
        if other.detached:
            folder = other.folder.as_posix()
            yield Tip(folder, other.commit, is_local=True, own=folder)


class _Memory:
    """The last result, valid while all branches and the anchors of this worktree are unchanged.

    Used only in a clone without other worktrees, as uncommitted files count there.
    """

    def __init__(self, workspace: Workspace, tips: Sequence[Tip]) -> None:
        self._workspace = workspace
        self._local = _local_of(tips)
        self._state = digest_of(f"{workspace.listing.states()}\0{tips}")
        self._texts = Texts(workspace.state.cache, "everywhere", __version__)

    def recalled(self) -> Everywhere | None:
        """Return the last result, if it is valid and all of its blobs are still cached."""
        others = []
        found = json.loads(self._texts.known([_LAST]).get(_LAST, b"{}"))
        if found.get("state") != self._state:
            return None
        with contextlib.suppress(Unusable):
            with connected(self._workspace.state.cache) as connection:
                for path, blob in found["files"]:
                    row = cache.row(connection, blob)
                    if row is None:
                        return None
                    others.append(StoredAnchor.cached(path, row.facts, row.data))
            places = {anchor_id: tuple(names) for anchor_id, names in found["places"].items()}
            return Everywhere(
                JoinedListing(self._workspace.listing, others, ()), places, (), self._local
            )
        return None

    def remember(self, files: Sequence[AnchorBlob], places: Mapping[str, Sequence[str]]) -> None:
        """Remember the files of anchors that are only elsewhere, and the branches that have them."""
        text = json.dumps({"state": self._state, "files": files, "places": places})
        self._texts.keep({_LAST: text.encode()})


def _local_of(tips: Iterable[Tip]) -> frozenset[str]:
    """Return the names of local branches."""
    return frozenset(tip.branch for tip in tips if tip.is_local)


class _Survey:
    """The anchors that were found outside of this worktree."""

    def __init__(self, workspace: Workspace, tips: Sequence[Tip], held: Held) -> None:
        self._workspace = workspace
        self._held = held
        self._names: dict[str, list[str]] = defaultdict(list)
        """Commit -> its branches; the commits whose versions go first come first."""
        order = sorted(
            tips, key=lambda tip: (-held.dates.get(tip.commit, 0), not tip.is_local, tip.branch)
        )
        for tip in order:
            self._names[tip.commit].append(tip.branch)
        self._local = _local_of(tips)
        self._rank = {commit: rank for rank, commit in enumerate(self._names)}
        self.chosen: list[AnchorBlob] = []
        """The files of anchors that only commits have."""
        self._database = workspace.state.cache
        self._facts: dict[str, Facts] = {}
        """The facts of the anchors in blobs, by these."""
        self._data: dict[str, str] = {}
        """The JSON of those that the cache did not know."""
        self._uncommitted: dict[str, list[tuple[Path, StoredAnchor]]] = defaultdict(list)
        problems = workspace.listing.problems
        self._problems = {(problem.path, problem.reason): problem for problem in problems}
        self._lacking = {commit: f"{self._names[commit][0]}:{FOLDER}" for commit in held.lacking}

    # Collecting ----------------------------------------------------------------------------

    def read_blobs(self, objects: Objects) -> None:
        """Read those files in commits that the cache lacks."""
        wanted = {file.blob for file in self._held.holders}
        cached = self._cached()
        self._facts = {blob: cached[blob] for blob in wanted & cached.keys()}
        texts = objects.read_all(wanted - cached.keys())
        fresh: dict[str, Row] = {}
        for file in sorted(self._held.holders):
            if file.blob in texts and file.blob not in fresh:
                self._parse(file, texts[file.blob], fresh)
            elif file.blob not in cached and file.blob not in fresh:
                self._lacking.setdefault(file.path, self._named(file))
        if fresh:
            cache.update(self._database, fresh, cached.keys() - wanted)
            self._facts |= {blob: row.facts for blob, row in fresh.items()}
            self._data = {blob: row.data for blob, row in fresh.items()}

    def _cached(self) -> dict[str, Facts]:
        with contextlib.suppress(Unusable), connected(self._database) as connection:
            return {blob: facts for blob, _, facts in cache.brief(connection)}
        return {}

    def _parse(self, file: AnchorBlob, content: bytes, fresh: dict[str, Row]) -> None:
        from gitanchor.storage import codec  # loading YAML takes 10 ms

        try:
            stored = StoredAnchor(codec.load(content.decode(), file.path), "")
            fresh[file.blob] = Row("", stored.facts, stored.data, stored.words)
        except UnicodeDecodeError as error:
            self._refuse(file, f"not UTF-8 at byte {error.start}")
        except BadAnchorFile as problem:
            self._refuse(file, problem.reason)

    def visit(self, other: Worktree) -> None:
        """Add the uncommitted anchors of another worktree."""
        if not (other.folder / FOLDER).exists():
            return
        try:
            state = State(Repository.find(other.folder))
            found = index.load(Store(other.folder, state.scratch), state.index)
        except (AnchorError, OSError) as failure:
            problem = BadAnchorFile(f"{other.folder.as_posix()}/{FOLDER}", str(failure))
            self._problems[problem.path, problem.reason] = problem
            return
        for problem in found.problems:
            named = BadAnchorFile(f"{other.folder.as_posix()}/{problem.path}", problem.reason)
            self._problems.setdefault((problem.path, problem.reason), named)
        holders = self._held.holders.items()
        committed = {file.path: file.blob for file, commits in holders if other.commit in commits}
        for stored in found.anchors:
            if self._facts.get(committed.get(stored.path, "")) != stored.facts:
                self._uncommitted[stored.facts.id].append((other.folder, stored))

    # Combining -----------------------------------------------------------------------------

    def result(self) -> Everywhere:
        """Return all anchors that were found, each once."""
        here = self._workspace.listing
        places: dict[str, tuple[str, ...]] = {}
        present = {facts.id for facts in here.facts()}
        others: list[StoredAnchor] = []
        committed = self._committed()
        for anchor_id in (committed.keys() | self._uncommitted.keys()) - present:
            files = committed.get(anchor_id, [])
            uncommitted = self._uncommitted.get(anchor_id, [])
            if uncommitted:
                others.append(uncommitted[0][1])
            else:
                self.chosen.append(min(files, key=self._first))
            folders = [folder.as_posix() for folder, _ in uncommitted]
            places[anchor_id] = tuple(dict.fromkeys([*folders, *self._branches_of(files)]))
        others += self._stored(self.chosen)
        listing = JoinedListing(here, others, tuple(self._problems.values()))
        lacking: list[str] = []
        if self._lacking:
            known = {stored.path for stored in listing.anchors}
            lacking = sorted(name for key, name in self._lacking.items() if key not in known)
        return Everywhere(listing, places, tuple(lacking), self._local)

    def _committed(self) -> dict[str, list[AnchorBlob]]:
        """Return the files in commits by anchor id, without those whose content has another id."""
        found: dict[str, list[AnchorBlob]] = defaultdict(list)
        for file in sorted(self._held.holders):
            if facts := self._facts.get(file.blob):
                found[facts.id].append(file)
        for anchor_id, files in found.items():
            if files[0].path != files[-1].path:
                found[anchor_id] = list(self._without_copies(files))
        return found

    def _without_copies(self, files: Sequence[AnchorBlob]) -> Iterator[AnchorBlob]:
        """Leave out, and report, files beside another one of the same id in the same commit."""
        first: dict[str, AnchorBlob] = {}
        for file in files:
            commits = self._held.holders[file]
            twice = next(
                (commit for commit in commits if first.get(commit, file).path != file.path), None
            )
            if twice is None:
                first.update(dict.fromkeys(commits, file))
                yield file
            elif not self._are_same(first[twice], file):
                reason = f"{copies.CLASH}{first[twice].path}; give it one of its own, or remove it"
                self._refuse(file, reason)

    def _are_same(self, one: AnchorBlob, other: AnchorBlob) -> bool:
        """Whether two files of one id hold the same anchor."""
        return copies.is_same(*self._stored([one, other]))

    def _stored(self, files: Sequence[AnchorBlob]) -> Iterator[StoredAnchor]:
        """Yield the anchors in files of commits."""
        known = self._data
        if any(file.blob not in known for file in files):
            with contextlib.suppress(Unusable), connected(self._database) as connection:
                facts = ((file.blob, self._facts[file.blob].digest) for file in files)
                read = {blob: cache.data_saying(connection, blob, digest) for blob, digest in facts}
                known = known | {blob: data for blob, data in read.items() if data is not None}
        for file in files:
            data = known.get(file.blob) or partial(self._read, file.blob)
            yield StoredAnchor.cached(file.path, self._facts[file.blob], data)

    def _read(self, blob: str, path: str) -> str:
        """Return the JSON of an anchor that is no longer cached. Raises BadAnchorFile."""
        from gitanchor.storage import codec

        text = self._workspace.repository.ask("cat-file", "blob", blob)
        return StoredAnchor(codec.load(text or "", path), path).data

    def _branches_of(self, files: Sequence[AnchorBlob]) -> Iterator[str]:
        """Yield the names of the branches that have any of the files, in the order of their commits."""
        commits = {commit for file in files for commit in self._held.holders[file]}
        for commit in sorted(commits, key=self._rank.__getitem__):
            yield from self._names[commit]

    def _first(self, file: AnchorBlob) -> int:
        return min(self._rank[commit] for commit in self._held.holders[file])

    def _named(self, file: AnchorBlob) -> str:
        """Return the name of a file in a commit in git's syntax, `feature:.anchors/…`."""
        name = self._names[min(self._held.holders[file], key=self._rank.__getitem__)][0]
        return f"{name}{'/' if is_folder(name) else ':'}{file.path}"

    def _refuse(self, file: AnchorBlob, reason: str) -> None:
        """Report an unreadable file once for all branches, unless this worktree has it, too."""
        self._problems.setdefault((file.path, reason), BadAnchorFile(self._named(file), reason))
