"""Finish a merge from the index, if git merged without our driver."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gitanchor.git import conflict_markers
from gitanchor.git.names import literal
from gitanchor.git.process import Objects
from gitanchor.hooks import merge_driver
from gitanchor.log import foreign_text
from gitanchor.log.log_file import LogText
from gitanchor.model.errors import WrongUsage
from gitanchor.operations import choose, duplicates, render
from gitanchor.operations.merges import outputs, salvage
from gitanchor.operations.merges.stages import (
    Contents,
    Stages,
    content_of,
    has_labels,
    is_generated,
    is_of_git,
    is_readable,
    own_text,
    stages_of,
    unlabelled,
)
from gitanchor.operations.workspace import Workspace
from gitanchor.storage import atomic, codec
from gitanchor.storage.field_merge import Merged
from gitanchor.storage.index import copies
from gitanchor.storage.store import FOLDER, FOREWORD
from gitanchor.storage.writer import Written

_JOURNAL: Final = "merge"
_FILES: Final = ("100644", "100755")
_WAITS: Final = "waits for the files above; settle them and run this again"
_BASE, _OURS, _THEIRS = "1", "2", "3"
_UNKNOWN: Final = "git no longer knows what it was merged from, and both sides have their own {}"
_BY_HAND: Final = "; take the conflict markers out and run this again"


@dataclass(slots=True)
class Resolution:
    """What was settled and staged, and what is left, by path with a short explanation.

    `told` says what became of hand edits in the log.
    """

    done: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    written: Written = field(default_factory=lambda: Written(()))


def resolve(workspace: Workspace) -> Resolution:
    """Settle the unmerged anchor files, then the log, and stage the results without a conflict.

    A file that a person settled in the worktree is taken as it is. One that was staged or committed
    with its conflict markers counts as unmerged: git remembers its stages for a while, and after
    that the markers are used. The previous content of the worktree is kept in the journal. Raises
    BadAnchorFile if the settings cannot be read, SecretFound if a person wrote a secret between the
    markers.
    """
    unmerged = stages_of(workspace.repository, "-u")
    settled = {
        path: stages
        for path, stages in stages_of(workspace.repository, "--resolve-undo").items()
        if path not in unmerged
    }
    added = {path: stages for path, stages in settled.items() if _has_markers(workspace, path)}
    found = Resolution()
    with workspace.repository.objects() as objects:
        work = _Resolving(workspace, objects, found, frozenset(added))
        for path, stages in (unmerged | added).items():
            if merge_driver.is_anchor(path):
                if not work.part(path, stages):
                    work.anchor(path, stages)
            elif path.startswith(f"{FOLDER}/"):
                found.left[path] = "no anchor; settle it, then 'git add' it"
        if FOREWORD not in unmerged and (line := foreign_text.first_conflict(workspace.store.foreword)):
            found.left[FOREWORD] = f"line {line} is a conflict marker{_BY_HAND}"
        for copy, kept in duplicates.found(workspace):
            duplicates.remove(workspace, copy)
            workspace.repository.stage([copy.path])
            found.done[copy.path] = f"removed, as {kept.path} holds the same anchor"
        for problem in workspace.listing.problems:
            if problem.reason.startswith(copies.CLASH):
                found.left[problem.path] = problem.reason
            elif problem.path not in unmerged | added:
                work.unknown(problem.path)
        paths = workspace.log.among(unmerged | added)
        work.logs({path: (unmerged | added)[path] for path in paths}, merged=bool(settled))
        work.outputs(unmerged)
    after = workspace.again()
    if not after.listing.problems:
        choose.remind(after)
    return found


def _has_markers(workspace: Workspace, path: str) -> bool:
    """Whether an anchor file or the log still has the conflict that git wrote into it."""
    target = workspace.repository.root / path
    if workspace.log.among([path]):
        text = workspace.log.read()
        return text is not None and foreign_text.has_conflict(text.pages.get(path, ""))
    if not merge_driver.is_anchor(path):
        return False
    content = content_of(target)
    return has_labels(content) and not is_readable(content, path)


@dataclass(frozen=True, slots=True)
class _Resolving:
    """One run of `resolve`; `added` are paths that were staged with markers, maybe edited since."""

    workspace: Workspace
    objects: Objects
    found: Resolution
    added: frozenset[str]

    def part(self, path: str, stages: Stages) -> bool:
        """Settle a file that git merged with another anchor's; return false if it did not do so.

        Git does that if a file that was added is similar to one that was removed (gitdiffcore(7)).
        The stages of this path then hold versions of the removed anchor.
        """
        versions = {stage: self.objects.read(blob) or b"" for stage, (_, blob) in stages.items()}
        own = {stage: own_text(content, path) for stage, content in versions.items()}
        sides = [text for stage, text in own.items() if stage != _BASE and text is not None]
        if versions.keys() == {_BASE}:
            self.workspace.repository.git("rm", "-q", "--cached", "--", *literal([path]), writing=True)
            self.found.done[path] = "removed on both sides"
            return True
        unmixed = [*own.values()] == [*versions.values()]
        added = unmixed and len(versions) == 1 and _BASE not in versions  # as in git before 2.34
        if len(sides) != 1 or (unmixed and not added):
            return False
        target = self.workspace.repository.root / path
        present = content_of(target)
        settled = is_readable(present, path) and present not in versions.values()
        if present != sides[0] and not (settled and own_text(present, path)):
            self._put(path, present, sides[0])
        self._stage(path, "merged")
        base = versions.get(_BASE)
        for stage, text in own.items():
            if stage != _BASE and text is None and versions[stage] != base:
                self._bring_back(versions[stage])
        return True

    def _bring_back(self, content: bytes) -> None:
        """Restore an anchor that one side changed and the other removed."""
        anchor = codec.load(content.decode(), "the other anchor")
        path = f"{FOLDER}/{anchor.path}"
        for tip in salvage.TIPS:
            listed = (
                self.workspace.repository.ask("ls-tree", "-rz", "--name-only", tip, "--", FOLDER) or ""
            )
            found = (name for name in listed.split("\0") if name.endswith(f"-{anchor.id}.yaml"))
            path = next(found, path)
        if not (self.workspace.repository.root / path).exists():
            self.workspace.writer.replace(path, None, content)
            removes = f"'git anchor rm {anchor.id}' removes it"
            self._stage(path, f"kept, as one side changed what the other removed; {removes}")

    def anchor(self, path: str, stages: Stages) -> None:
        """Settle one anchor file."""
        contents = self._contents(path, stages)
        if contents is None:
            return
        present = self._present(path)
        shown = merge_driver.marks(self.workspace.repository.root)
        content, merged = merge_driver.merge_contents(contents, path, shown)
        readable = is_readable(present, path)
        if readable and present not in contents:
            self._stage(path, "taken as it is in the worktree")
        elif merged.clean and self._is_mergeable(path, present, contents):
            self._put(path, present, content)
            self._stage(path, "merged")
        elif present in contents[1:] and merge_driver.leaves_markers(self.workspace.repository, path):
            side = "ours" if present == contents[1] else "theirs"
            self._stage(path, f"{side}, taken whole")
        else:
            if not readable and is_of_git(present, contents):
                self._put(path, present, content)
            self.found.left[path] = _why(merged)

    def unknown(self, path: str) -> None:
        """Settle an anchor file from its conflict markers, as git no longer knows its stages."""
        target = self.workspace.repository.root / path
        present = content_of(target)
        try:
            lines = present.decode().split("\n")
        except UnicodeDecodeError:
            return
        if not conflict_markers.hunks(lines):
            return
        ours, theirs = ("\n".join(side).encode() for side in conflict_markers.sides(lines))
        shown = merge_driver.marks(self.workspace.repository.root)
        content, merged = merge_driver.merge_contents((b"", ours, theirs), path, shown)
        if merged.clean and is_readable(content, path):
            self._put(path, present, content)
            self._stage(path, "merged")
        elif merged.conflicts:
            self.found.left[path] = _UNKNOWN.format(", ".join(merged.conflicts)) + _BY_HAND

    def logs(self, unmerged: Mapping[str, Stages], *, merged: bool) -> None:
        """Settle the log and its pages, after the anchor files. `merged`: some of those were settled.

        The log is merged by entry if that gives no conflict. Otherwise, and if git no longer knows
        the stages, hand edits go into the anchors, from which the log is then rendered.
        """
        fresh = self.workspace.again()
        marked = [path for path in fresh.log.marked() if path not in unmerged]
        if not unmerged and not marked:
            if merged:
                self._behind(fresh)
            return
        for problem in fresh.listing.problems:
            self.found.left.setdefault(problem.path, problem.reason)
        if self.found.left:
            self._waiting(unmerged, marked)
            return
        read = {path: self._contents(path, stages) for path, stages in unmerged.items()}
        logs = {path: contents for path, contents in read.items() if contents is not None}
        if not marked and logs and self._merged(fresh, logs):
            return
        if logs or marked:
            self._anew(fresh, [*logs, *marked])

    def outputs(self, unmerged: Mapping[str, Stages]) -> None:
        """Settle the files beside the log, after the log."""
        if not self.workspace.settings.outputs:
            return
        fresh = self.workspace.again()
        paths = [path for path in fresh.settings.outputs if path in unmerged]
        paths = list(dict.fromkeys([*paths, *outputs.marked(fresh)]))
        if self.found.left:
            self.found.left |= dict.fromkeys(paths, _WAITS)
            return
        wanted = {
            path: self._contents(path, unmerged[path]) if path in unmerged else None for path in paths
        }
        removed = self.found.left.keys() & wanted.keys()
        settled = outputs.settle(fresh, {path: wanted[path] for path in paths if path not in removed})
        self.found.done |= settled.done
        self.found.left |= settled.left
        self.found.told += settled.told
        told = (one for one in self.found.written.refused if one.partition(":")[0] not in paths)
        self.found.written = dataclasses.replace(self.found.written, refused=tuple(told))

    def _merged(self, fresh: Workspace, logs: Mapping[str, Contents]) -> bool:
        """Render or merge files of the log from their stages; return whether all came out clean."""
        foreword = fresh.store.foreword
        untouched = all(is_generated(contents, foreword) for contents in logs.values())
        untouched = untouched and not any(_has_strays(fresh, contents) for contents in logs.values())
        pristine = all(self._is_pristine(path, contents) for path, contents in logs.items())
        if untouched and pristine and fresh.writes_log and self._rendered(fresh, [*logs]):
            return True
        merged = {path: self._by_entry(path, contents) for path, contents in logs.items()}
        if None in merged.values():
            return False
        for path, content in merged.items():
            self._put_log(path, content or b"")
        return True

    def _by_entry(self, path: str, contents: Contents) -> bytes | None:
        """Merge a file of the log as the merge driver does; return None if that gives a conflict."""
        target = self.workspace.repository.root / path
        shown = merge_driver.marks(target.parent)
        content, merged = merge_driver.merge_contents(contents, path, shown, merge_driver.removed)
        return content if merged.clean and self._is_pristine(path, contents) else None

    def _is_pristine(self, path: str, contents: Contents) -> bool:
        """Whether a file of the log is as git, our driver or a checkout left it, without hand edits."""
        present = self._present(path)
        if present in contents or is_of_git(present, contents):
            return True
        shown = merge_driver.marks(self.workspace.repository.root)
        made, _ = merge_driver.merge_contents(contents, path, shown, merge_driver.removed)
        return unlabelled(present) == unlabelled(made)

    def _behind(self, fresh: Workspace) -> None:
        """Render a log that was settled without the anchors that the other side added."""
        text = fresh.log.read()
        if text is None or fresh.listing.problems or not render.difference(fresh):
            return
        if any(fresh.log.work_in(text, fresh.listing)):
            return
        self._rendered(fresh, [*text.pages])

    def _waiting(self, unmerged: Mapping[str, Stages], marked: Sequence[str]) -> None:
        """Merge those files of the log that can be merged before the anchors are settled."""
        for path, stages in unmerged.items():
            contents = self._contents(path, stages)
            content = None if contents is None else self._by_entry(path, contents)
            if content is not None:
                self._put_log(path, content)
            elif contents is not None:
                self.found.left[path] = _WAITS
        self.found.left |= dict.fromkeys(marked, _WAITS)

    def _put_log(self, path: str, content: bytes) -> None:
        """Write and stage a file of the log, after a copy of its present content."""
        self.workspace.state.journal(_JOURNAL, path, self._present(path))
        target = self.workspace.repository.root / path
        atomic.write(target.resolve(), content, self.workspace.state.scratch)
        self._stage(path, "merged")

    def _anew(self, fresh: Workspace, paths: Sequence[str]) -> None:
        """Put the hand edits on both sides of the log into the anchors, and render it from these."""
        for path in paths:
            self.workspace.state.journal(_JOURNAL, path, self._present(path))
        with fresh.state.absorbing(fresh.settings.log):
            try:
                salvaged = salvage.render_anew(fresh, fresh.log.read() or LogText({}))
            except WrongUsage as problem:
                self.found.left |= dict.fromkeys(paths, str(problem))
                return
        self.found.written = salvaged.written
        if salvaged.written.warnings or salvaged.written.failure:
            self.found.left |= dict.fromkeys(paths, "could not be rendered")
            return
        if salvaged.paths:
            self.workspace.repository.stage(salvaged.paths)
        self._stage_rendered(fresh, paths)
        self.found.told += salvaged.told

    def _rendered(self, fresh: Workspace, paths: Sequence[str]) -> bool:
        """Render the log and stage some of its files; return whether that succeeded."""
        present = {path: self._present(path) for path in paths}
        for path, content in present.items():
            self.workspace.state.journal(_JOURNAL, path, content)
        over = {
            path: content.decode("utf-8", "replace").replace("\r\n", "\n")
            for path, content in present.items()
        }
        self.found.written = render.follow_up(fresh, Written(()), over=over)
        if self.found.written.warnings or self.found.written.failure:
            return False
        self._stage_rendered(fresh, paths)
        return True

    def _stage_rendered(self, fresh: Workspace, paths: Sequence[str]) -> None:
        """Stage files of the log, and its other pages, as entries may have moved between them."""
        for path in paths:
            self._stage(path, "rendered anew")
        text = fresh.log.read() or LogText({})
        if others := [path for path in text.pages if path not in paths]:
            self.workspace.repository.stage(others)

    def _present(self, path: str) -> bytes:
        """Return the content of a file in the worktree; empty if it does not exist."""
        target = self.workspace.repository.root / path
        return content_of(target)

    def _is_mergeable(self, path: str, present: bytes, contents: Contents) -> bool:
        """Whether merging the stages of a file again would lose no work."""
        return path not in self.added or is_of_git(present, contents)

    def _contents(self, path: str, stages: Stages) -> Contents | None:
        """Return base, ours and theirs; None, and a message, if a side removed the file."""
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
        """Write an anchor file, after a copy of its present content."""
        self.workspace.state.journal(_JOURNAL, path, present)
        self.workspace.writer.replace(path, None, content)

    def _stage(self, path: str, how: str) -> None:
        self.workspace.repository.stage([path])
        self.found.done[path] = how


def _has_strays(fresh: Workspace, contents: Contents) -> bool:
    """Whether a render would lose an entry of a log that is all that is left of its anchor."""
    texts = (content.decode("utf-8", "replace").replace("\r\n", "\n") for content in contents[1:])
    return any(fresh.log.lost_in(text, fresh.listing) for text in texts)


def _why(merged: Merged) -> str:
    if merged.clean:  # the file was edited, but still has its markers
        return "staged with its conflict markers; take them out, then 'git add' it"
    what = ", ".join(merged.conflicts) or "the same lines"
    return f"both sides changed {what}; settle it, then 'git add' it"
