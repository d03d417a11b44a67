"""The anchors of one worktree, read through a cache of their files.

A row is valid if size, times and inode of its file are the same as when it was read, and the file had
not just changed then; or if git, which checks the same for what it tracks, says so.

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
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage.index import cache, copies
from gitanchor.storage.index.cache import Row, Tracked
from gitanchor.storage.index.database import Unusable, connected
from gitanchor.storage.index.listing import CachedListing, Listing, WholeListing, in_order, stored_from
from gitanchor.storage.store import (
    FOLDER,
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
    if state is not None and (true := _folders_if_true(store, database, state)) is not None:
        _update(database, {}, (), _differing(true, _settled(folders, state.began, {})))
        return _whole(store, database)
    problems = store.misplaced()
    files = {file.path: file for file in store.files()}
    times = [*folders.values(), *(file.changed_ns for file in files.values())]
    if state is not None and max(map(settled_ns, times), default=0) >= state.began:
        state = None  # git may have missed what changed meanwhile
    if files and not (seen or problems) and _bring_up(store, database, files, folders, began, state):
        return _whole(store, database)
    cached, known = (seen, {}) if seen else _read_cache(database)
    rows = {
        path: row for path, row in cached.items() if path in files and row.mark == files[path].signature
    }
    fresh: dict[str, Row] = {}
    gone = cached.keys() - files.keys()
    for file, answer in _answers(store, [file for path, file in files.items() if path not in rows]):
        if isinstance(answer, BadAnchorFile):
            problems.append(answer)
        else:
            fresh[file.path] = answer
    rows |= fresh
    found, repeated, clashes = copies.sort(stored_from(rows.items()))
    problems += clashes
    is_odd = problems or repeated
    looked_at = dict.fromkeys(folders, _MOVING) if is_odd else _settled(folders, began, fresh)
    states = _differing(known, looked_at) if rows else {}
    _update(database, fresh, gone, states)
    return Listing(in_order(found), problems, rows, repeated)


def _bring_up(
    store: Store,
    database: Path,
    files: Mapping[str, AnchorFile],
    folders: Mapping[str, int],
    began: int,
    state: "State | None",
) -> bool:
    """Update a cache for all files without reading its valid rows; return whether it is now complete.

    It is not if a file cannot be read, if two have the same id, or if the cache cannot be written.
    `state` is git's answer, if nothing has changed since.
    """
    marks, known, tracked = _read_marks(database)
    changed = [file for path, file in files.items() if marks.get(path) != file.signature]
    gone = marks.keys() - files.keys()
    if len(marks) < len(changed) <= _MOST_HELD:  # mostly new, and needed soon: better held at once
        return False
    moving: dict[str, Row] = {}
    answers = _answers(store, changed)
    while part := dict(islice(answers, _PART)):
        fresh = {file.path: answer for file, answer in part.items() if isinstance(answer, Row)}
        if len(fresh) < len(part) or not _update(database, fresh, gone, {}):
            return False
        moving |= {path: row for path, row in fresh.items() if not row.mark}
    if not _update(database, {}, gone, _differing(known, _settled(folders, began, moving))):
        return False
    if _has_copies(database):
        return False
    is_sure = not (changed or gone) or (len(changed) > _MOST_HELD and _has_all(database, store))
    if state is not None and is_sure and (tracked is None or tracked[:2] != state[:2]):
        _note(database, state)
    return True


def _whole(store: Store, database: Path) -> WholeListing:
    """Return the listing of a cache that is known to be valid for all files."""
    again = partial(load, store, database)
    return WholeListing(database, partial(_data, store, database), again)


def _folders_if_true(store: Store, database: Path, state: "State") -> Mapping[str, int] | None:
    """Return the folders of a cache if, by git's answer, its rows are valid and complete; else None.

    Files that are or were apart from what git tracks are valid if their marks are the same, and if no
    two rows have the same id.
    """
    with contextlib.suppress(Unusable):
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
        if all(_mark(store, path) == marks.get(path) for path in doubtful):
            return known
    return None


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
            return "no file"  # which no row has
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
        fresh, gone = _changes(store, changed, marks)
        settled = _settled(folders, began, fresh)
        states = {path: settled[path] for path in changed if settled[path] != known.get(path)}
        is_cached = _update(database, fresh, gone, states)
        source, again = partial(_checked_data, store, database), partial(load, store, database)
        listing: Listing = CachedListing(database, source, again)
        if not is_cached:
            kept = (item for item in listing.anchors if item.path not in fresh and item.path not in gone)
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


def _changes(
    store: Store, folders: Collection[str], marks: Mapping[str, str]
) -> tuple[dict[str, Row], set[str]]:
    """Return the rows of the files in folders whose marks are not these, and the paths that are gone.

    Raises BadAnchorFile.
    """
    fresh: dict[str, Row] = {}
    gone = set(marks)
    for folder in folders:
        for file in store.files_of(store.root / folder):
            gone.discard(file.path)
            if marks.get(file.path) != file.signature:
                fresh[file.path] = _row(store, *file)
    return fresh, gone


def _update(
    database: Path,
    fresh: Mapping[str, Row],
    gone: Collection[str],
    folders: Mapping[str, int | None],
) -> bool:
    """Update a cache if it is free, and return whether it was; else the next process does it.

    A file that may still change within its file time is written without a mark, and so read again.
    """
    if not (fresh or gone or folders):
        return True
    with contextlib.suppress(Unusable), connected(database, writing=True) as connection:
        if fresh or gone:
            cache.write(connection, fresh, gone)
        cache.write_folders(connection, folders)
        return True
    return False


def _note(database: Path, state: "State") -> None:
    """Store what git tracks while all rows are valid."""
    with contextlib.suppress(Unusable), connected(database, writing=True) as connection:
        cache.write_tracked(connection, Tracked(state.digest, state.apart, None))


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


def _read_cache(database: Path) -> tuple[Mapping[str, Row], Mapping[str, int]]:
    """Return the rows and folders of a cache; empty if it cannot be used."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        return dict(cache.rows(connection)), cache.folders(connection)
    return {}, {}


def _read_marks(database: Path) -> tuple[Mapping[str, str], Mapping[str, int], Tracked | None]:
    """Return the marks of a cache's rows, its folders, and what was tracked; empty if unusable."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        marks = cache.marks_below(connection, [FOLDER])
        return marks, cache.folders(connection), cache.tracked(connection)
    return {}, {}, None


def _has_all(database: Path, store: Store) -> bool:
    """Return whether a cache has exactly the rows of all files, as they are now."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        return cache.marks_below(connection, [FOLDER]) == {path: mark for path, mark, _ in store.files()}
    return False


def _has_copies(database: Path) -> bool:
    """Return whether two rows of a cache have the same id, or the cache cannot be used."""
    with contextlib.suppress(Unusable), connected(database) as connection:
        return cache.has_copies(connection)
    return True


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
    return Row(mark if is_settled else "", stored.facts, stored.data, stored.words)


def _settled(folders: Mapping[str, int], began: int, fresh: Mapping[str, Row]) -> dict[str, int]:
    """Return the times of folders; `_MOVING` if it or a file in it had just changed at `began`."""
    moving = {path.rpartition("/")[0] for path, row in fresh.items() if not row.mark}
    return {
        path: changed if settled_ns(changed) < began and path not in moving else _MOVING
        for path, changed in folders.items()
    }


def _differing(known: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int | None]:
    """Return the times of folders that differ from the known ones, None for folders that are gone."""
    states = dict.fromkeys(known, None) | dict(now)
    return {path: state for path, state in states.items() if state != known.get(path)}
