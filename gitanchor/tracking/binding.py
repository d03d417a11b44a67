"""Find where an anchor's commit is now: still on a branch, or what it became, and the evidence for it.

This is decided when an anchor is read, from the strongest evidence to the weakest; no anchor file
is ever changed for it. docs/binding.md gives the order and the reasons.
"""

import contextlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from gitanchor.git import ancestry
from gitanchor.git.ancestry import Tip
from gitanchor.git.names import own_branch
from gitanchor.git.repository import ANCHOR_REFS, Repository
from gitanchor.model.anchor import SHORT_COMMIT, Anchor
from gitanchor.model.errors import WriteFailed
from gitanchor.storage import atomic
from gitanchor.storage.store import StoredAnchor

if TYPE_CHECKING:
    from gitanchor.tracking.tracing import Trace, Tracer


class Binding(NamedTuple):
    """The commit that stands for an anchor now, and the evidence for it.

    `state` is `exact`, `ahead` (of HEAD), `elsewhere` (on another branch only), `amended`,
    `rebased`, `cherry-picked`, `squashed`, `rewritten` (in a way that left no trace),
    `unreachable`, `missing` (not in this clone) or `none` (the anchor records no commit). `commit`
    is None for the last two. `branch` is one that contains the commit, if HEAD does not; `ref` is a
    ref that still keeps an unreachable commit; `advice` is the command that may fetch a missing
    one.
    """

    state: str
    commit: str | None = None
    known_by: str | None = None
    branch: str | None = None
    ref: str | None = None
    advice: str | None = None

    def __str__(self) -> str:
        """Return the binding as a remark to print after a commit."""
        match self.state:
            case "ahead":
                return f"ahead of HEAD, on {self.branch}"
            case "elsewhere":
                return f"on {self.branch} only"
            case "unreachable":
                held = f"{self.ref} holds it" if self.ref else "no ref holds it"
                return f"unreachable, {held}"
            case "missing":
                return "not in this clone"
            case "exact" | "none":
                return self.state
        where = f" on {self.branch}" if self.branch else ""
        return f"{self.state}, now {(self.commit or '')[:SHORT_COMMIT]}{where}"

    @property
    def in_full(self) -> str:
        """Return the remark, with the evidence unless that is just a branch."""
        known = self.known_by not in {None, "branch"}
        return f"{self}; known by the {self.known_by}" if known else str(self)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to remark: HEAD contains the commit, or the anchor records none."""
        return self.state in {"exact", "none"}


NONE: Final = Binding("none")


def in_head(commit: str | None) -> Binding:
    """Return the binding of an anchor whose commit HEAD contains, or which records none."""
    return Binding("exact", commit, "branch") if commit else NONE


class Binder:
    """Binds the anchors of one worktree; `ours` are the paths whose changes do not count as work."""

    def __init__(self, repository: Repository, shared: Path, scratch: Path, ours: Sequence[str]) -> None:
        self._repository = repository
        self._shared = shared
        self._scratch = scratch
        self._ours = ours

    def bind(self, anchors: Sequence[StoredAnchor]) -> dict[str, Binding]:
        """Return the binding of each anchor, by id."""
        found = {item.facts.id: NONE for item in anchors}
        recorded = {item.facts.id: item.facts.commit for item in anchors if item.facts.commit}
        head = self._repository.head.commit
        commits = set(recorded.values())
        if len(commits) == 1 and head is not None:
            (only,) = commits
            if only == head or ancestry.is_ancestor(self._repository, only, head):
                return found | dict.fromkeys(recorded, in_head(only))
        present = self._repository.existing_commits(commits) if commits else set()
        off_head = ancestry.beyond(self._repository, present, [head] if head else [])
        lost = ancestry.beyond(self._repository, off_head, self._tracer.ends)
        gone = lost | (commits - present)
        here, elsewhere = present - off_head, off_head - lost
        found |= self._traced([item for item in anchors if item.facts.commit in gone], present)
        for item in anchors:
            commit = recorded.get(item.facts.id)
            if commit is not None and commit in elsewhere:
                found[item.facts.id] = self._on_branch(item, commit)
            elif commit is not None and commit in here:
                found[item.facts.id] = in_head(commit)
        return found

    @cached_property
    def _tips(self) -> list[Tip]:
        return ancestry.tips(self._repository)

    @cached_property
    def _tracer(self) -> "Tracer":
        from gitanchor.tracking.tracing import Tracer  # rarely needed: most commits are on a branch

        return Tracer(self._repository, self._shared, self._scratch, self._tips, self._ours)

    @cached_property
    def _own_tracer(self) -> "Tracer":
        """The tracer that considers local branches only."""
        from gitanchor.tracking.tracing import Tracer

        tips = [tip for tip in self._tips if tip.is_local]
        return Tracer(self._repository, self._shared, self._scratch, tips, self._ours)

    def _on_branch(self, stored: StoredAnchor, commit: str) -> Binding:
        """Bind a commit that HEAD does not contain, but a branch does.

        If only a remote branch does, the commit was pushed, and may have been rewritten here since.
        """
        anchor = stored.anchor
        branches = ancestry.branches_with(self._repository, commit)
        local = {tip.branch for tip in self._tips if tip.is_local}
        if anchor.branch in local and not local.intersection(branches):
            node = ancestry.node(self._repository, commit)
            trace = self._own_tracer.trace(stored, commit, node, surely=True)
            if trace is not None:
                return self._bound(anchor, trace, {commit})
        branch = own_branch(anchor.branch, branches) or next(iter(branches), None)
        head = self._repository.head.commit
        ahead = head is not None and ancestry.is_ancestor(self._repository, head, commit)
        return Binding("ahead" if ahead else "elsewhere", commit, "branch", branch)

    # Commits that are on no branch --------------------------------------------------------------

    def _traced(self, anchors: Sequence[StoredAnchor], present: set[str]) -> dict[str, Binding]:
        """Trace commits that are on no branch; results are remembered as long as they hold."""
        if not anchors:
            return {}
        memory = _Memory(self._shared / "traces", self._scratch, self._tracer.ends)
        traces = memory.recalled([item.anchor for item in anchors], present, self._repository)
        unknown = [item for item in anchors if item.anchor.id not in traces]
        wanted = {str(item.anchor.commit) for item in unknown}
        nodes = ancestry.nodes_of(self._repository, wanted & present)
        for item in unknown:
            commit = str(item.anchor.commit)
            traces[item.anchor.id] = self._tracer.trace(item, commit, nodes.get(commit))
            memory.note(item.anchor, traces[item.anchor.id], present)
        if unknown:
            memory.save()
        return {
            item.anchor.id: self._bound(item.anchor, traces[item.anchor.id], present) for item in anchors
        }

    def _bound(self, anchor: Anchor, trace: "Trace | None", present: set[str]) -> Binding:
        """Return a trace as a binding, with a branch; without a trace, say what a person can do."""
        commit = str(anchor.commit)
        if trace is None and commit not in present:
            return Binding("missing", advice=self._fetch(anchor))
        if trace is None:
            return Binding("unreachable", commit, None, ref=self._holder(anchor, commit))
        if trace.commit not in self._off_head(trace.commit):
            return Binding(trace.state, trace.commit, trace.known_by)
        branches = ancestry.branches_with(self._repository, trace.commit)
        branch = own_branch(anchor.branch, branches) or next(iter(branches), None)
        return Binding(trace.state, trace.commit, trace.known_by, branch)

    def _off_head(self, commit: str) -> set[str]:
        head = self._repository.head.commit
        return ancestry.beyond(self._repository, [commit], [head] if head else [])

    @cached_property
    def _other_refs(self) -> set[str]:
        return set(self._repository.git("for-each-ref", "--format=%(refname)").splitlines())

    def _holder(self, anchor: Anchor, commit: str) -> str | None:
        """Return the ref that keeps a commit which is on no branch; tags come before our own refs."""
        ours = ("refs/heads/", "refs/remotes/", ANCHOR_REFS)
        if any(not ref.startswith(ours) for ref in self._other_refs):
            refs = ancestry.other_refs_with(self._repository, commit)
            if others := [ref for ref in refs if not ref.startswith(ANCHOR_REFS)]:
                return others[0]
        own = f"{ANCHOR_REFS}{anchor.id}"
        if own in self._other_refs:
            return own
        return next(iter(ancestry.other_refs_with(self._repository, commit)), None)

    def _fetch(self, anchor: Anchor) -> str | None:
        """Return the command that may fetch a commit that this clone lacks."""
        remote = self._repository.remote()
        if remote is None:
            return None
        if self._repository.shallow_commits():
            return f"git fetch --unshallow {remote}"
        ref = f"{ANCHOR_REFS}{anchor.id}"
        return f"git fetch {remote} {ref}:{ref}"


class _Memory:
    """The traces that were found before, kept in a file that can be deleted at any time.

    While all branches are at the same commits, everything in it holds. After they have moved, a
    commit that was found still holds if HEAD contains it; that nothing was found does not.
    """

    def __init__(self, file: Path, scratch: Path, ends: Sequence[str]) -> None:
        import hashlib

        self._file = file
        self._scratch = scratch
        self._ends = hashlib.sha256("\n".join(ends).encode()).hexdigest()[:16]
        self._entries: dict[str, list[str]] = {}
        with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
            read = json.loads(file.read_bytes())
            self._entries = {key: value for key, value in read.items() if len(value) == 5}

    def recalled(
        self, anchors: Sequence[Anchor], present: set[str], repository: Repository
    ) -> dict[str, "Trace | None"]:
        """Return what is known of anchors, by id; None for those of which nothing can be found."""
        from gitanchor.tracking.tracing import Trace

        found: dict[str, Trace | None] = {}
        older: dict[str, Trace] = {}
        for anchor in anchors:
            ends, key, *rest = self._entries.get(anchor.id, ("", "", "", "", ""))
            trace = Trace(*rest)
            if key != _key(anchor, present):
                continue
            if ends == self._ends:
                found[anchor.id] = trace if trace.state else None
            elif trace.state:
                older[anchor.id] = trace
        head = repository.head.commit
        if older and head is not None:
            here = repository.existing_commits(trace.commit for trace in older.values())
            on_head = here - ancestry.beyond(repository, here, [head])
            found |= {key: trace for key, trace in older.items() if trace.commit in on_head}
        return found

    def note(self, anchor: Anchor, trace: "Trace | None", present: set[str]) -> None:
        """Remember what was found for an anchor, or that nothing was found."""
        self._entries[anchor.id] = [self._ends, _key(anchor, present), *(trace or ("", "", ""))]

    def save(self) -> None:
        """Write the file. Failures are ignored, because it is only a cache."""
        with contextlib.suppress(WriteFailed):
            atomic.write(self._file, json.dumps(self._entries).encode(), self._scratch)


def _key(anchor: Anchor, present: set[str]) -> str:
    """Return the key of a trace: the commit, and whether this clone has it."""
    return f"{anchor.commit} {anchor.commit in present}"
