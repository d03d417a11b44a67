"""The anchors of one worktree, read through a cache of their files.

A row is believed if git says that its file is as it was, or if the file's mark says so (`standing`).

`load` notices a change of any file. `glance` checks the files in folders that have changed, and any
other file only when more than its facts is needed: if an editor wrote it in place, and nothing else
changed in its folder, its old facts may be used.
"""

import contextlib
import json
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage.index import cache, copies
from gitanchor.storage.index.cache import UNSETTLED, Row, Tracked
from gitanchor.storage.index.database import Unusable, connected
from gitanchor.storage.index.listing import CachedListing, Listing, WholeListing, in_order, stored_from
from gitanchor.storage.index.standing import Compared, compared, standing
from gitanchor.storage.store import (
    FOLDER,
    IRREGULAR,
    SETTINGS,
    AnchorFile,
    Store,
    StoredAnchor,
    settled_ns,
    signature,
)

if TYPE_CHECKING:
    from gitanchor.storage.index.tracked import State

_MOVING: Final = -1
"""Stands for the time of a folder that has to be checked again. Its removal is noticed as well."""

_DEPTH: Final = 2
"""The number of slashes in the path of a folder of anchor files: .anchors/YEAR/MONTH."""

_MOST_APART: Final = 1_000
"""Most files that differ from what git tracks for which each is checked on its own."""

_MOST_HELD: Final = 1_000
"""Most new files whose contents are held at once. If there are more, they are cached in parts."""

_PART: Final = 1_000


class _Present(NamedTuple):
    """What is in a store: the times of its folders, its files by path, and files in other places.

    `began` is when this was looked at, in nanoseconds since the epoch.
    """

    began: int
    folders: Mapping[str, int]
    files: Mapping[str, AnchorFile]
    problems: Sequence[BadAnchorFile]

    def is_settled_at(self, moment: int) -> bool:
        """Return whether a change of any folder or file after that moment would show."""
        times = chain(self.folders.values(), (file.changed_ns for file in self.files.values()))
        return max(map(settled_ns, times), default=0) < moment


class _Cached(NamedTuple):
    """What a cache says of all files: their marks, the times of their folders, and what git tracked."""

    marks: Mapping[str, str] = MappingProxyType({})
    folders: Mapping[str, int] = MappingProxyType({})
    tracked: Tracked | None = None


def load(
    store: Store,
    database: Path,
    before: Listing | None = None,
    look: "Callable[[], State | None] | None" = None,
) -> Listing:
    """Read all anchors of a store through the cache in `database`, and update that.

    `before` is an earlier listing of the same store, to use in place of the cache. `look` asks git what
    has changed, so that not every file has to be checked. Raises WrongUsage for a symbolic link.
    """
    seen = before.rows if before else {}
    began = time.time_ns()
    folders = store.folders()
    state = look() if look and not seen else None
    if state is not None and (found := _believed_by_git(store, database, folders, state)):
        return found
    present = _Present(began, folders, {file.path: file for file in store.files()}, store.misplaced())
    if seen or present.problems or not present.files:
        return _held(store, database, present, seen)
    return _believed_by_marks(store, database, present, state) or _held(store, database, present, {})


def _believed_by_git(
    store: Store, database: Path, folders: Mapping[str, int], state: "State"
) -> Listing | None:
    """Return the listing of a cache if, by git's answer, its rows are valid and complete; else None.

    Files that are or were apart from what git tracks are valid if their marks are the same, and if no
    two rows have the same id.
    """
    try:
        with connected(database) as connection:
            tracked = cache.tracked(connection)
            if tracked is None or tracked.digest != state.digest:
                return None
            doubtful = {path for path in tracked.apart | state.apart if _may_matter(path)}
            if len(doubtful) > _MOST_APART:
                return None
            marks = cache.marks(connection, doubtful)
            known = cache.folders(connection)
            if doubtful and cache.has_copies(connection):
                return None
    except Unusable:
        return None
    if not all(standing(marks.get(path), _mark(store, path)).is_believed for path in doubtful):
        return None
    with contextlib.suppress(Unusable):
        _write(database, folders=_differing(known, _settled(folders, state.began)))
    return _whole(store, database)


def _believed_by_marks(
    store: Store, database: Path, present: _Present, state: "State | None"
) -> Listing | None:
    """Update a cache for all files without reading its valid rows, and return its listing.

    None if most files are new, if one cannot be read, if two have the same id, or if the cache cannot
    be written. What git answered (`state`) is stored for the next time, if nothing has changed since.
    """
    cached = _read_marks(database)
    files = compared(present.files.values(), cached.marks)
    if len(cached.marks) < len(files.to_read) <= _MOST_HELD:  # needed soon: better held at once
        return None
    unsettled: set[str] = set()
    answers = _answers(store, files.to_read)
    try:
        while part := list(islice(answers, _PART)):
            fresh = {file.path: answer for file, answer in part if isinstance(answer, Row)}
            if len(fresh) < len(part):
                return None
            _write(database, fresh, files.gone)
            unsettled |= {path for path, row in fresh.items() if not row.is_settled}
        settled = _settled(present.folders, present.began, unsettled)
        _write(database, gone=files.gone, folders=_differing(cached.folders, settled))
        with connected(database) as connection:
            if cache.has_copies(connection):
                return None
    except Unusable:
        return None
    if state is not None and present.is_settled_at(state.began):  # else git may have missed a change
        with contextlib.suppress(Unusable):
            _note(store, database, cached, files, state)
    return _whole(store, database)


def _note(store: Store, database: Path, cached: _Cached, files: Compared, state: "State") -> None:
    """Store what git tracks, if the cache had the rows of all files when git looked. Raises Unusable."""
    if cached.tracked is not None and cached.tracked[:2] == state[:2]:
        return
    if files.to_read or files.gone:
        if len(files.to_read) <= _MOST_HELD:  # the next command notes it
            return
        with connected(database) as connection:
            marks = cache.marks_below(connection, [FOLDER])
        if marks != {file.path: file.signature for file in store.files()}:
            return
    with connected(database, writing=True) as connection:
        cache.write_tracked(connection, Tracked(state.digest, state.apart, None))


def _held(store: Store, database: Path, present: _Present, seen: Mapping[str, Row]) -> Listing:
    """Return a listing that holds all anchors, and update the cache.

    `seen` are rows that were read before, to use in place of those in the cache.
    """
    cached, known = (seen, {}) if seen else _read_rows(database)
    files = compared(present.files.values(), {path: row.mark for path, row in cached.items()})
    fresh: dict[str, Row] = {}
    problems = [*present.problems]
    for file, answer in _answers(store, files.to_read):
        if isinstance(answer, BadAnchorFile):
            problems.append(answer)
        else:
            fresh[file.path] = answer
    rows = {path: cached[path] for path in files.believed} | fresh
    found, repeated, clashes = copies.sort(stored_from(rows.items()))
    problems += clashes
    unsettled = {path for path, row in fresh.items() if not row.is_settled}
    looked_at = _settled(present.folders, present.began, unsettled)
    if problems or repeated:
        looked_at = dict.fromkeys(present.folders, _MOVING)
    with contextlib.suppress(Unusable):
        _write(database, fresh, files.gone, _differing(known, looked_at) if rows else {})
    return Listing(in_order(found), problems, rows, repeated)


def _whole(store: Store, database: Path) -> WholeListing:
    """Return the listing of a cache that is known to be valid for all files."""
    again = partial(load, store, database)
    return WholeListing(database, partial(_data, store, database), again)


def _may_matter(path: str) -> bool:
    """Return whether `load` cares about a path: an anchor file, or a link in place of a folder."""
    _, *below = path.split("/")
    if len(below) < _DEPTH:  # .anchors or what is directly in it, which may be a link
        return not below or below[0].isdecimal() or (path.endswith(".yaml") and path != SETTINGS)
    return below[0].isdecimal()


def _mark(store: Store, path: str) -> str | None:
    """Return the mark of the file at a path; None if there is none that `load` cares about."""
    target = store.root / path
    with contextlib.suppress(OSError):
        status = target.lstat()
        if not stat.S_ISREG(status.st_mode):
            return IRREGULAR
        if path.endswith(".yaml"):
            return signature(status)
    return None


def glance(store: Store, database: Path) -> Listing | None:
    """Return the anchors of a store, for a caller that needs more than the facts of only a few.

    None if that takes a `load`, for instance because a file has a problem. Raises WrongUsage for a
    symbolic link.
    """
    began = time.time_ns()
    folders = store.folders()
    with contextlib.suppress(Unusable, BadAnchorFile):
        with connected(database) as connection:
            known = cache.folders(connection)
            changed = {path for path, moment in folders.items() if known.get(path) != moment}
            if known.keys() - folders.keys() or any(path.count("/") < _DEPTH for path in changed):
                return None
            marks = cache.marks_below(connection, changed)
        files = compared((file for path in changed for file in store.files_of(store.root / path)), marks)
        fresh = {file.path: _row(store, *file) for file in files.to_read}
        unsettled = {path for path, row in fresh.items() if not row.is_settled}
        settled = _settled(folders, began, unsettled)
        states = {path: settled[path] for path in changed if settled[path] != known.get(path)}
        source, again = partial(_checked_data, store, database), partial(load, store, database)
        listing: Listing = CachedListing(database, source, again)
        try:
            _write(database, fresh, files.gone, states)
        except Unusable:
            written = {*fresh, *files.gone}
            kept = (item for item in listing.anchors if item.path not in written)
            listing = Listing(in_order([*kept, *stored_from(fresh.items())]))
        return None if (fresh or changed) and listing.has_copies() else listing
    return None


def note_head(database: Path, head: str) -> None:
    """Store that HEAD has the commits of all anchors. A change of the cache forgets that."""
    with contextlib.suppress(Unusable), connected(database, writing=True) as connection:
        if known := cache.tracked(connection):
            cache.write_tracked(connection, known._replace(head=head))


def noted_head(database: Path) -> str | None:
    """Return the commit that `note_head` stored, if no anchor has changed since; else None."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        known = cache.tracked(connection)
        return known and known.head
    return None


def _write(
    database: Path,
    fresh: Mapping[str, Row] = MappingProxyType({}),
    gone: Collection[str] = (),
    folders: Mapping[str, int | None] = MappingProxyType({}),
) -> None:
    """Update a cache, if there is anything to update. Raises Unusable; the next process does it then."""
    if fresh or gone or folders:
        with connected(database, writing=True) as connection:
            if fresh or gone:
                cache.write(connection, fresh, gone)
            cache.write_folders(connection, folders)


def _checked_data(store: Store, database: Path, path: str, mark: str) -> str:
    """Return the JSON of an anchor, from the cache if the file still has that mark.

    Raises BadAnchorFile.
    """
    if _mark(store, path) == mark:
        return _data(store, database, path, mark)
    return json.dumps(store.read(path).as_dict())


def _data(store: Store, database: Path, path: str, mark: str) -> str:
    """Return the JSON of an anchor whose file is known to have that mark. Raises BadAnchorFile."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        data = cache.data(connection, path, mark)
        if data is not None:
            return data
    return json.dumps(store.read(path).as_dict())


def _read_rows(database: Path) -> tuple[Mapping[str, Row], Mapping[str, int]]:
    """Return the rows and folders of a cache; empty if it cannot be used."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        return dict(cache.rows(connection)), cache.folders(connection)
    return {}, {}


def _read_marks(database: Path) -> _Cached:
    """Return what a cache says of all files; nothing if it cannot be used."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        marks = cache.marks_below(connection, [FOLDER])
        return _Cached(marks, cache.folders(connection), cache.tracked(connection))
    return _Cached()


def _answers(
    store: Store, files: Sequence[AnchorFile]
) -> Iterator[tuple[AnchorFile, Row | BadAnchorFile]]:
    if not files:
        return iter(())
    from gitanchor.storage.index import bulk

    answers = bulk.answers(partial(_row_or_problem, store), files, "Reading anchors")
    return zip(files, answers, strict=True)


def _row_or_problem(store: Store, file: AnchorFile) -> Row | BadAnchorFile:
    """Read the row of a file; return the problem if it cannot be read."""
    try:
        return _row(store, *file)
    except BadAnchorFile as problem:
        return problem


def _row(store: Store, path: str, mark: str, changed_ns: int) -> Row:
    """Read the row of a file. Raises BadAnchorFile."""
    read_ns = time.time_ns()
    stored = StoredAnchor(store.read(path), path)
    is_settled = settled_ns(changed_ns) < read_ns
    return Row(mark if is_settled else UNSETTLED, stored.facts, stored.data, stored.words)


def _settled(folders: Mapping[str, int], began: int, unsettled: Collection[str] = ()) -> dict[str, int]:
    """Return the times of folders; `_MOVING` if one had just changed, or has unsettled files."""
    moving = {path.rpartition("/")[0] for path in unsettled}
    return {
        path: changed if settled_ns(changed) < began and path not in moving else _MOVING
        for path, changed in folders.items()
    }


def _differing(known: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int | None]:
    """Return the times of folders that differ from the known ones, None for folders that are gone."""
    states = dict.fromkeys(known, None) | dict(now)
    return {path: state for path, state in states.items() if state != known.get(path)}
