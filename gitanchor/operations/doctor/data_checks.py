"""The checks of `git anchor doctor` on gitanchor's own data: anchors, refs, log, journal, caches."""

import contextlib
import re
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from gitanchor.git.repository import ANCHOR_REFS
from gitanchor.log import foreign_text, log_file
from gitanchor.model.anchor import SHORT_COMMIT, Anchor
from gitanchor.model.errors import AnchorError, WrongUsage
from gitanchor.model.wording import counted
from gitanchor.operations import duplicates, everywhere
from gitanchor.operations.doctor.findings import ERROR, NOTE, Examination, Finding
from gitanchor.parsing import log_format
from gitanchor.storage.index import database, index
from gitanchor.storage.index.copies import CLASH
from gitanchor.storage.index.listing import Listing, in_order
from gitanchor.storage.purges import Purges
from gitanchor.storage.store import FOLDER, SETTINGS, StoredAnchor
from gitanchor.tracking.rewrites import Rewrites

_CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""How far apart the clocks of two machines may be without a finding."""

_DAY: Final = 24 * 60 * 60
_NAME: Final = re.compile(r"(?P<time>\d{8}T\d{4})-.*-(?P<id>[0-9a-f]{8})\.yaml")
_OUTSIDE: Final = "lies outside of the folders YEAR/MONTH, where anchors are looked for"


# Anchor files ----------------------------------------------------------------------------------


def anchor_files(look: Examination) -> Iterator[Finding]:
    """Find files that are not readable anchors: links, truncated or unmerged files, all others."""
    if look.files.link:
        yield Finding("link", look.files.link, FOLDER)
    for problem in look.files.problems:
        code = "bad-file"
        if problem.reason.startswith("torn"):
            code = "torn"
        elif "conflict marker" in problem.reason:
            code = "conflict"
        yield Finding(code, problem.reason.removeprefix("torn: "), problem.path)


def copies(look: Examination) -> Iterator[Finding]:
    """Find files that hold the same anchor, and different anchors with the same id."""
    for copy, kept in duplicates.removals(look.workspace, look.files.copies):
        message = f"holds the same anchor as {kept.path}"
        repair = partial(duplicates.remove, look.workspace, copy)
        yield Finding("duplicate-id", message, copy.path, f"remove {copy.path}", repair=repair)
    first: dict[str, str] = {}
    for stored in sorted(look.files.anchors, key=lambda stored: stored.path):
        if first.setdefault(stored.anchor.id, stored.path) != stored.path:
            message = f"{CLASH}{first[stored.anchor.id]}; give it one of its own, or remove it"
            yield Finding("duplicate-id", message, stored.path)


def file_names(look: Examination) -> Iterator[Finding]:
    """Find files whose names belong to another anchor than the one that they hold."""
    for stored in look.files.anchors:
        match = _NAME.fullmatch(Path(stored.path).name)
        if match is None or match["id"] != stored.anchor.id:
            named = "no id" if match is None else f"the id {match['id']}"
            message = f"its name has {named}, but it holds anchor {stored.anchor.id}"
            yield Finding("file-name", message, stored.path)
        elif match["time"] != f"{stored.anchor.created:%Y%m%dT%H%M}":
            message = f"its name has another time than it was created at ({stored.anchor.created})"
            yield Finding("file-time", message, stored.path, level=NOTE)


def misplaced(look: Examination) -> Iterator[Finding]:
    """Find anchor files in places where they are not looked for."""
    if look.files.link:
        return
    known = {stored.path for stored in look.files.anchors}
    known |= {copy.path for copy, _ in look.files.copies}
    known |= {problem.path for problem in look.files.problems} | {SETTINGS}
    for file in sorted((look.root / FOLDER).rglob("*.yaml")):
        path = look.shown(file)
        if path not in known:
            yield Finding("misplaced", _OUTSIDE, path)


def parents(look: Examination) -> Iterator[Finding]:
    """Find parents that are unknown to all branches, worktrees and histories of this clone."""
    here = {stored.anchor.id for stored in look.files.anchors}
    asked = {parent for stored in look.files.anchors for parent in stored.anchor.parents} - here
    if not asked or look.files.link:
        return
    asked -= {stored.anchor.id for stored in everywhere.listing(look.workspace).anchors}
    asked -= {anchor_id for anchor_id in asked if _was_known(look, anchor_id)}
    level = NOTE if look.repository.shallow_commits() else ERROR
    for stored in look.files.anchors:
        for parent in asked.intersection(stored.anchor.parents):
            message = f"goes on from {parent}, which is in no branch and no history of this clone"
            yield Finding("parent-missing", message, stored.path, level=level)


def _was_known(look: Examination, anchor_id: str) -> bool:
    """Whether this clone once had an anchor; an anchor that was removed on purpose is no loss."""
    if look.repository.resolve_commit(f"{ANCHOR_REFS}{anchor_id}"):
        return True
    if any(anchor_id in entry.file.name for entry in look.state.records.entries()):
        return True
    pattern = f":(top,glob){FOLDER}/**/*-{anchor_id}.yaml"
    return bool(look.repository.ask("rev-list", "-n", "1", "--all", "--full-history", "--", pattern))


def clock(look: Examination) -> Iterator[Finding]:
    """Find anchors from the future, which stay the newest until then."""
    now = datetime.now(UTC)
    for stored in look.files.anchors:
        ahead = stored.anchor.created - now
        if ahead > _CLOCKS_DIFFER:
            message = (
                f"was created in the future, at {stored.anchor.created}; one of the clocks, here or"
                " where it was written, is wrong"
            )
            yield Finding("future", message, stored.path)


# Refs ------------------------------------------------------------------------------------------


def refs(look: Examination) -> Iterator[Finding]:
    """Find anchored commits whose ref is missing or wrong; a commit that is not here needs none.

    A commit that was filtered out of the history stays out: its ref is moved to the result, or
    deleted.
    """
    kept = look.repository.anchor_refs()
    anchors = [stored.anchor for stored in look.files.anchors if stored.anchor.commit]
    filtered = Purges(look.repository, look.state.shared)
    purged = filtered.purged(anchor.commit or "" for anchor in anchors)
    for anchor in anchors:
        if anchor.commit in purged and kept.get(f"{ANCHOR_REFS}{anchor.id}") == anchor.commit:
            yield _purged(look, anchor, filtered, purged[anchor.commit])
    anchors = [anchor for anchor in anchors if anchor.commit not in purged]
    wanting = [anchor for anchor in anchors if kept.get(f"{ANCHOR_REFS}{anchor.id}") != anchor.commit]
    present = look.repository.existing_commits(anchor.commit or "" for anchor in wanting)
    if not present:
        return
    held = present.difference(
        (look.repository.ask("rev-list", *present, "--not", "--all") or "").split()
    )
    made = Rewrites.load(look.state.shared)
    for anchor in wanting:
        ref, commit = kept.get(f"{ANCHOR_REFS}{anchor.id}"), anchor.commit or ""
        if commit not in present:
            continue
        successors = {successor.commit for successor in made.successors(commit)}
        if ref is None or not (ref in successors or filtered.is_rewrite(commit, ref)):
            yield _ref(look, anchor, ref, safe=commit in held)


def _purged(look: Examination, anchor: Anchor, filtered: Purges, new: str | None) -> Finding:
    name, old = f"{ANCHOR_REFS}{anchor.id}", anchor.commit or ""
    repair = partial(filtered.follow, anchor.id, old, new, look.state.scratch)
    message = f"keeps {anchor.short_commit}, which a filter of the history "
    message += f"replaced by {new[:SHORT_COMMIT]}" if new else "left out"
    fix = f"set {name} to that" if new else f"remove {name}"
    return Finding("ref-purged", message, name, fix, repair=repair)


def _ref(look: Examination, anchor: Anchor, present: str | None, *, safe: bool) -> Finding:
    name = f"{ANCHOR_REFS}{anchor.id}"
    repair = partial(look.repository.keep_commit, anchor.id, anchor.commit or "")
    if present:
        message = f"is {present}, but the anchor records {anchor.commit}"
        return Finding("ref-wrong", message, name, f"set {name} as recorded", repair=repair)
    others = "though other refs still keep" if safe else "and nothing else keeps"
    message = f"is not there, {others} commit {anchor.short_commit}"
    level = NOTE if safe else ERROR
    return Finding("ref-missing", message, name, f"make {name}", level, repair=repair)


# The log ---------------------------------------------------------------------------------------


def log(look: Examination) -> Iterator[Finding]:
    """Find a log that does not agree with the anchors."""
    if not look.complete or not look.in_use:
        return
    try:
        file = look.workspace.log
    except AnchorError:  # the check of the settings reports it
        return
    if not look.workspace.writes_log:
        return
    try:
        text = file.read()
    except WrongUsage as problem:
        yield Finding("log-unreadable", str(problem), look.log)
        return
    anchors = in_order(look.files.anchors)
    if (text is None and not anchors) or not file.difference(Listing(anchors), anew=True):
        return
    yield _stale(look, file, text or log_file.LogText({}), anchors)


def _stale(
    look: Examination, file: log_file.LogFile, text: log_file.LogText, anchors: list[StoredAnchor]
) -> Finding:
    """Return the finding for a log that is not what these anchors generate."""
    path, work = next(file.work_in(text, Listing(anchors)), (look.log, None))
    if foreign_text.is_hand_kept(text.pages.get(path, "")):
        advice = f"it is kept by hand; 'git anchor import {path}' takes its anchors in"
        return Finding("log-kept-by-hand", advice, path, level=NOTE)
    if work and work.what == "a conflict marker":
        message = f"line {work.line} is a conflict marker; {foreign_text.FINISH}"
        return Finding("log-conflict", message, path)
    if work:
        message = f"line {work.line}: {work.what}; 'git anchor absorb' takes it in"
        return Finding("log-edited", message, path)
    fix = f"regenerate {look.log}"
    entries = log_format.ids(text.whole)
    lacking = [stored for stored in anchors if stored.facts.id not in entries]
    listed = [stored for stored in anchors if stored.facts.id in entries]
    if not text.pages or not file.difference(Listing(listed)):
        message = f"lacks {counted(len(lacking), 'anchor')}, until the next one is written"
        return Finding("log-behind", message, look.log, fix, NOTE, repair=look.render)
    message = "is not what the anchors generate"
    return Finding("log-differs", message, look.log, fix, repair=look.render)


# The state of this clone -------------------------------------------------------------------------


def journal(look: Examination) -> Iterator[Finding]:
    """Find entries of the journal that cannot be read, and so restore nothing."""
    records = look.state.records
    if records.folder.exists() and not records.folder.is_dir():
        yield Finding("journal", "is not a folder; move it away", look.shown(records.folder))
        return
    for entry in records.entries():
        try:
            sound = entry.file.read_bytes().startswith(f"# {entry.action} ".encode())
        except OSError as error:
            yield Finding("journal", f"cannot be read: {error.strerror}", look.shown(entry.file))
            continue
        if not sound:
            message = f"is no entry: its first line is not '# {entry.action} PATH'"
            yield Finding("journal", message, look.shown(entry.file))


def caches(look: Examination) -> Iterator[Finding]:
    """Find caches that are damaged, or disagree with the files."""
    state = look.state
    for file in (state.index, state.cache):
        trouble = database.damage(file)
        if trouble is None and file == state.index and _is_wrong(look, file):
            trouble = "it says something else than the anchor files"
        if trouble is not None:
            path = look.shown(file)
            drop = partial(file.unlink, missing_ok=True)
            yield Finding(
                "cache", f"this cache is of no use: {trouble}", path, f"drop {path}", repair=drop
            )


def _is_wrong(look: Examination, file: Path) -> bool:
    """Whether anchors read from a cache differ from those read from the files."""
    if look.files.link or not file.exists():
        return False
    with tempfile.TemporaryDirectory() as empty:
        anew = index.load(look.workspace.store, Path(empty, "index"))
    try:
        found = index.load(look.workspace.store, file)
        return found.anchors != anew.anchors or [item.facts for item in found.anchors] != [
            item.facts for item in anew.anchors
        ]
    except (ValueError, KeyError, TypeError, AttributeError):  # the cached data is not an anchor
        return True


def hook_state(look: Examination) -> Iterator[Finding]:
    """Find hooks that never remind, because the files that they read are missing."""
    told = look.state.shared / "remind"
    if not look.in_use or told.is_file() or not (look.state.shared / "hooks").is_dir():
        return

    message = "is not there, so that the hooks keep silent"
    yield Finding(
        "hook-state",
        message,
        look.shown(told),
        "write what the hooks read",
        repair=look.remind,
    )


def left_over(look: Examination) -> Iterator[Finding]:
    """Find temporary files older than a day; younger ones may still be in use."""
    limit = time.time() - _DAY
    common = look.repository.common_dir
    found = [*common.glob("gitanchor/tmp/*"), *common.glob("worktrees/*/gitanchor/tmp/*")]
    if not look.files.link:
        found += (look.root / FOLDER).rglob(".*.tmp")
    for file in sorted(found):
        with contextlib.suppress(OSError):  # its writer has just renamed it
            if file.is_file() and not file.is_symlink() and file.stat().st_mtime < limit:
                path = look.shown(file)
                sweep = partial(file.unlink, missing_ok=True)
                message = "was left by a process that was killed"
                yield Finding("left-over", message, path, f"remove {path}", NOTE, repair=sweep)


def forms(look: Examination) -> Iterator[Finding]:
    """Find texts that a person wrote into the editor's form and that became no anchor."""
    for file in look.state.forms:
        path = look.shown(file)
        message = f"a form that became no anchor: 'git anchor add -F {path}' takes it, or remove it"
        yield Finding("form", message, path, level=NOTE)
