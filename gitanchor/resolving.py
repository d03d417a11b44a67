"""Finishing a merge from the index, where git merged without our driver. Works on a tracker."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitanchor import atomic, codec, drivers, files, generated, git, logfile, logmerge
from gitanchor.errors import BadAnchorFile, WrongUsage
from gitanchor.git import Objects
from gitanchor.gitnames import literal
from gitanchor.merging import Merged
from gitanchor.store import FOLDER
from gitanchor.tracker import Tracker
from gitanchor.writing import Written

_JOURNAL: Final = "merge"
_FILES: Final = ("100644", "100755")
_LABELLED: Final = (generated.CONFLICT, "||||||| ", ">>>>>>> ")
_LABEL: Final = re.compile(rb"^([<>|]{7}) .*$", re.MULTILINE)
_WAITS: Final = "waits for the files above; settle them and run this again"
_BASE, _OURS, _THEIRS = "1", "2", "3"

_TIPS: Final = ("HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD")
_MARKER: Final = re.compile(rb"^(?:[<>|]{7,} .*|={7,})\n", re.MULTILINE)
_ID_IN_NAME: Final = re.compile(r"-([0-9a-f]{8})\.yaml$")

_Stages = Mapping[str, tuple[str, str]]
"""The stages of an unmerged path, each with the mode and the id of its blob."""


@dataclass(slots=True)
class Resolution:
    """What was settled and staged, and what is left, each by path with a few words."""

    done: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    written: Written = field(default_factory=lambda: Written(()))


def resolve(tracker: Tracker) -> Resolution:
    """Settle the unmerged anchor files, then the log, and stage what came out without a conflict.

    A file that a person settled in the worktree is taken as it is. One that was staged or committed
    with its conflict markers counts as unmerged: git remembers for a while what it was made of. What
    was in the worktree before is kept in the journal. Raises BadAnchorFile if the settings cannot be
    read.
    """
    unmerged = _stages(tracker, "-u")
    added = {
        path: stages
        for path, stages in _stages(tracker, "--resolve-undo").items()
        if path not in unmerged and _has_markers(tracker, path)
    }
    found = Resolution()
    with tracker.repository.objects() as objects:
        work = _Resolving(tracker, objects, found, frozenset(added))
        for path, stages in (unmerged | added).items():
            if drivers.is_anchor(path):
                if not work.part(path, stages):
                    work.anchor(path, stages)
            elif path.startswith(f"{FOLDER}/"):
                found.left[path] = "no anchor; settle it, then 'git add' it"
        work.logs({path: (unmerged | added)[path] for path in tracker.log.among(unmerged | added)})
    return found


def _stages(tracker: Tracker, option: str) -> dict[str, dict[str, tuple[str, str]]]:
    """The paths of the index that are unmerged (-u), or were (--resolve-undo), with their stages."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for line in tracker.repository.git("ls-files", option, "-z").split("\0"):
        if line:
            facts, _, path = line.partition("\t")
            mode, blob, stage = facts.split(" ")
            found.setdefault(path, {})[stage] = (mode, blob)
    return found


def _has_markers(tracker: Tracker, path: str) -> bool:
    """Whether an anchor file or the log still holds the conflict that git wrote into it."""
    target = tracker.repository.root / path
    if tracker.log.among([path]):
        text = tracker.log.read()
        return text is not None and logfile.has_conflict(text.pages.get(path, ""))
    if not drivers.is_anchor(path):
        return False
    content = _content(target)
    return _LABEL.search(content) is not None and not _is_readable(content, path)


def _content(target: Path) -> bytes:
    """What a file of the worktree holds; nothing if it is not there. Raises WrongUsage."""
    try:
        return files.read(target, files.MOST_OF_LOG)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return b""
    except OSError as error:
        raise WrongUsage(f"'{target.name}' is {error.strerror}; move it away") from None


@dataclass(frozen=True, slots=True)
class _Resolving:
    """`added` are the paths that were staged as they were, and may have been worked on since."""

    tracker: Tracker
    objects: Objects
    found: Resolution
    added: frozenset[str]

    def part(self, path: str, stages: _Stages) -> bool:
        """Settle a file that git took for another anchor's, which was removed; false if it did not.

        Git does so where a file that was added is much like one that was removed (gitdiffcore(7)).
        What became of the other one is in the stages of this path then.
        """
        versions = {stage: self.objects.read(blob) or b"" for stage, (_, blob) in stages.items()}
        own = {stage: _own(content, path) for stage, content in versions.items()}
        sides = [text for stage, text in own.items() if stage != _BASE and text is not None]
        if versions.keys() == {_BASE}:
            self.tracker.repository.git("rm", "-q", "--cached", "--", *literal([path]), writing=True)
            self.found.done[path] = "removed on both sides"
            return True
        unmixed = [*own.values()] == [*versions.values()]
        added = unmixed and len(versions) == 1 and _BASE not in versions  # as git before 2.34 has it
        if len(sides) != 1 or (unmixed and not added):
            return False
        target = self.tracker.repository.root / path
        present = _content(target)
        settled = _is_readable(present, path) and present not in versions.values()
        if present != sides[0] and not (settled and _own(present, path)):
            self._put(path, present, sides[0])
        self._stage(path, "merged")
        base = versions.get(_BASE)
        for stage, text in own.items():
            if stage != _BASE and text is None and versions[stage] != base:
                self._bring_back(versions[stage])
        return True

    def _bring_back(self, content: bytes) -> None:
        """Keep an anchor that one side changed and the other removed."""
        anchor = codec.load(content.decode(), "the other anchor")
        path = f"{FOLDER}/{anchor.path}"
        for tip in _TIPS:
            listed = (
                self.tracker.repository.ask("ls-tree", "-rz", "--name-only", tip, "--", FOLDER) or ""
            )
            found = (name for name in listed.split("\0") if name.endswith(f"-{anchor.id}.yaml"))
            path = next(found, path)
        if not (self.tracker.repository.root / path).exists():
            self.tracker.writer.replace(path, None, content)
            removes = f"'git anchor rm {anchor.id}' removes it"
            self._stage(path, f"kept, as one side changed what the other removed; {removes}")

    def anchor(self, path: str, stages: _Stages) -> None:
        """Settle one anchor file."""
        contents = self._contents(path, stages)
        if contents is None:
            return
        present = self._present(path)
        shown = drivers.marks(self.tracker.repository.root)
        content, merged = drivers.merge_contents(contents, path, shown)
        readable = _is_readable(present, path)
        if readable and present not in contents:
            self._stage(path, "taken as it is in the worktree")
        elif merged.clean and self._is_mergeable(path, present, contents):
            self._put(path, present, content)
            self._stage(path, "merged")
        else:
            if not readable and _is_of_git(present, contents):
                self._put(path, present, content)
            self.found.left[path] = _why(merged)

    def logs(self, unmerged: Mapping[str, _Stages]) -> None:
        """Settle the log and its pages, after the anchor files.

        They are rendered anew where this branch writes them and no hand's work would be lost.
        """
        fresh = Tracker(self.tracker.repository)
        if not unmerged:
            self._alone(fresh)
            return
        read = {path: self._contents(path, stages) for path, stages in unmerged.items()}
        logs = {path: contents for path, contents in read.items() if contents is not None}
        foreword = fresh.store.foreword
        complete = not self.found.left and not fresh.listing.problems
        untouched = all(_is_generated(contents, foreword) for contents in logs.values())
        if complete and logs and untouched and fresh.writes_log and self._rendered(fresh, [*logs]):
            return
        for path, contents in logs.items():
            self._log(path, contents, complete=complete)

    def _rendered(self, fresh: Tracker, paths: Sequence[str]) -> bool:
        """Render the log and stage some of its files; whether that could be done."""
        present = {path: self._present(path) for path in paths}
        for path, content in present.items():
            self.tracker.state.journal(_JOURNAL, path, content)
        over = {
            path: content.decode("utf-8", "replace").replace("\r\n", "\n")
            for path, content in present.items()
        }
        self.found.written = fresh.follow_up(Written(()), over=over)
        if self.found.written.warnings or self.found.written.failure:
            return False
        for path in paths:
            self._stage(path, "rendered anew")
        return True

    def _log(self, path: str, contents: tuple[bytes, bytes, bytes], *, complete: bool) -> None:
        """Merge one file of the log, where a render could not be had."""
        target = self.tracker.repository.root / path
        content, merged = drivers.merge_contents(contents, path, drivers.marks(target.parent))
        if merged.clean and self._is_mergeable(path, self._present(path), contents):
            self.tracker.state.journal(_JOURNAL, path, self._present(path))
            atomic.write(target.resolve(), content, self.tracker.state.scratch)
            self._stage(path, "merged")
        elif not complete:
            self.found.left[path] = _WAITS
        else:
            self.found.left[path] = _why(merged)

    def _present(self, path: str) -> bytes:
        """What a file holds in the worktree; nothing if it is not there."""
        target = self.tracker.repository.root / path
        return _content(target)

    def _alone(self, fresh: Tracker) -> None:
        """Settle a log with conflict markers of which git knows no more: no line of it may be lost."""
        text = fresh.log.read() or logfile.LogText({})
        marked = [path for path, page in text.pages.items() if logfile.has_conflict(page)]
        if not marked:
            return
        kept = {*fresh.log.rendered(fresh.listing).split("\n"), "=======", "|||||||"}
        lines = enumerate(text.whole.split("\n"), 1)
        lost = (n for n, line in lines if line not in kept and not line.startswith(_LABELLED))
        first = next(lost, None)
        if self.found.left or fresh.listing.problems:
            self.found.left |= dict.fromkeys(marked, _WAITS)
        elif first is not None:
            path, line = text.place(first).rsplit(":", 1)
            self.found.left[path] = (
                f"git no longer knows its sides, and line {line} is in no anchor; take the conflict"
                " markers out, then 'git anchor absorb'"
            )
        elif not self._rendered(fresh, marked):
            self.found.left |= dict.fromkeys(marked, "could not be rendered")

    def _is_mergeable(self, path: str, present: bytes, contents: tuple[bytes, bytes, bytes]) -> bool:
        """Whether no work is lost where the sides of a file are merged once more."""
        return path not in self.added or _is_of_git(present, contents)

    def _contents(self, path: str, stages: _Stages) -> tuple[bytes, bytes, bytes] | None:
        """Base, ours and theirs; None, with a word on it, where one of the sides removed the file."""
        if _OURS not in stages or _THEIRS not in stages:
            self.found.left[path] = (
                f"removed on one side; 'git add {path}' keeps it, 'git rm {path}' removes it"
            )
            return None
        if any(mode not in _FILES for mode, _ in stages.values()):
            self.found.left[path] = "no ordinary file on one side"
            return None
        blobs = (stages[stage][1] if stage in stages else None for stage in (_BASE, _OURS, _THEIRS))
        base, ours, theirs = (self.objects.read(blob) or b"" if blob else b"" for blob in blobs)
        return base, ours, theirs

    def _put(self, path: str, present: bytes, content: bytes) -> None:
        """Write an anchor file, after a copy of what it holds."""
        self.tracker.state.journal(_JOURNAL, path, present)
        self.tracker.writer.replace(path, None, content)

    def _stage(self, path: str, how: str) -> None:
        self.tracker.repository.stage([path])
        self.found.done[path] = how


def _own(content: bytes, path: str) -> bytes | None:
    """The text of the anchor that a path names, out of what git has for it; None for another anchor's.

    It may stand between conflict markers. What cannot be read is taken as it is.
    """
    name = _ID_IN_NAME.search(path)
    parts = [content] if _is_readable(content, path) else _MARKER.split(content)
    ids = {codec.load(part.decode(), path).id: part for part in parts if _is_readable(part, path)}
    return ids.get(name[1]) if ids and name else content


def _is_readable(content: bytes, path: str) -> bool:
    try:
        codec.load(content.decode(), path)
    except (BadAnchorFile, UnicodeDecodeError):
        return False
    return True


def _is_of_git(present: bytes, contents: tuple[bytes, bytes, bytes]) -> bool:
    """Whether a file holds what git made of the three, labels aside, so that no hand was in it."""
    base, ours, theirs = contents
    made, _ = git.merge_file(ours, base, theirs, [])
    return _LABEL.sub(rb"\1", present) == _LABEL.sub(rb"\1", made)


def _is_generated(contents: tuple[bytes, bytes, bytes], foreword: str) -> bool:
    """Whether a render loses nothing of three logs: no hand was in them, and it has their foreword."""
    try:
        forewords = [logmerge.untouched_foreword(content.decode()) for content in contents]
    except UnicodeDecodeError:
        return False
    if None in forewords:
        return False
    base, ours, theirs = (f"{text}\n" if text else "" for text in forewords)
    if theirs in (ours, base):
        return foreword == ours.rstrip("\n")
    return base != ours or foreword == theirs.rstrip("\n")


def _why(merged: Merged) -> str:
    if merged.clean:  # but there is work in the file, and nobody took the markers out
        return "staged with its conflict markers; take them out, then 'git add' it"
    what = ", ".join(merged.conflicts) or "the same lines"
    return f"both sides changed {what}; settle it, then 'git add' it"
