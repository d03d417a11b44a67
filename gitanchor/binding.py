"""Where an anchor's commit is now: still on a branch, or what became of it, and how that is known.

Decided on reading, from the surest evidence to the weakest; no anchor file is ever changed for it.
docs/binding.md tells the order and the reasons.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from gitanchor import ancestry
from gitanchor.ancestry import Node, Tip
from gitanchor.anchor import SHORT_COMMIT, Anchor
from gitanchor.patches import Patches
from gitanchor.repository import ANCHOR_REFS, Repository
from gitanchor.rewrites import Rewrites
from gitanchor.store import FOLDER, StoredAnchor

_SQUASHES: Final = 200
"""Commits that are looked at for one that holds all changes of an anchor's branch."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Which commit stands for an anchor now, and how that is known.

    `state` is `exact`, `ahead` (of HEAD), `elsewhere` (on another branch only), `amended`,
    `rebased`, `cherry-picked`, `squashed`, `rewritten` (in a way that left no trace),
    `unreachable`, `missing` (not in this clone) or `none` (the anchor records no commit). `commit`
    is None for the last two. `branch` is one that has the commit, if HEAD does not; `ref` is what
    still holds an unreachable one; `advice` is the command that may bring a missing one.
    """

    state: str
    commit: str | None = None
    known_by: str | None = None
    branch: str | None = None
    ref: str | None = None
    advice: str | None = None

    def __str__(self) -> str:
        """The binding as a remark behind a commit."""
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
        """The remark, and how that is known, where it is not by the branches alone."""
        known = self.known_by not in {None, "branch"}
        return f"{self}; known by the {self.known_by}" if known else str(self)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to say: the commit is part of what is checked out, or none is."""
        return self.state in {"exact", "none"}


class Binder:
    """Binds the anchors of one worktree; `log` is the path of the generated log."""

    def __init__(self, repository: Repository, shared: Path, scratch: Path, log: str) -> None:
        self._repository = repository
        self._shared = shared
        self._scratch = scratch
        self._ours = (FOLDER, log)

    def bind(self, anchors: Sequence[StoredAnchor]) -> dict[str, Binding]:
        """The binding of each anchor, by id."""
        recorded = {item.anchor.id: (item, item.anchor.commit) for item in anchors if item.anchor.commit}
        commits = {commit for _, commit in recorded.values()}
        head = self._repository.head.commit
        if len(commits) == 1 and head is not None:
            (commit,) = commits
            if commit == head or ancestry.is_ancestor(self._repository, commit, head):
                exact = Binding("exact", commit, "branch")
                return {item.anchor.id: exact if item.anchor.commit else _NONE for item in anchors}
        present = self._repository.existing_commits(commits) if commits else set()
        lost = ancestry.beyond(self._repository, present, self._ends)
        off_head = ancestry.beyond(self._repository, present - lost, [head] if head else [])
        found = {item.anchor.id: _NONE for item in anchors}
        for anchor_id, (item, commit) in recorded.items():
            if commit not in present or commit in lost:
                found[anchor_id] = self._what_became(item, commit, present=commit in present)
            elif commit in off_head:
                found[anchor_id] = self._on_branch(item.anchor, commit)
            else:
                found[anchor_id] = Binding("exact", commit, "branch")
        return found

    @cached_property
    def _tips(self) -> list[Tip]:
        return ancestry.tips(self._repository)

    @property
    def _ends(self) -> list[str]:
        """What counts as reachable is reachable from one of these: HEAD first, then the branches."""
        head = self._repository.head.commit
        return [*([head] if head else []), *dict.fromkeys(tip.commit for tip in self._tips)]

    @cached_property
    def _all_nodes(self) -> list[Node]:
        return ancestry.nodes(self._repository, self._ends)

    @cached_property
    def _patches(self) -> Patches:
        return Patches(self._repository, self._shared, self._scratch)

    @cached_property
    def _rewrites(self) -> Rewrites:
        return Rewrites.load(self._shared)

    # On a branch -------------------------------------------------------------------------------

    def _on_branch(self, anchor: Anchor, commit: str) -> Binding:
        branches = ancestry.branches_with(self._repository, commit)
        branch = _own(anchor, branches) or next(iter(branches), None)
        head = self._repository.head.commit
        ahead = head is not None and ancestry.is_ancestor(self._repository, head, commit)
        return Binding("ahead" if ahead else "elsewhere", commit, "branch", branch)

    # What became of a commit that no branch has ------------------------------------------------

    def _what_became(self, stored: StoredAnchor, commit: str, *, present: bool) -> Binding:
        search = _Search(stored, commit, ancestry.node(self._repository, commit) if present else None)
        rules: tuple[Callable[[_Search], Iterator[Binding]], ...] = (
            self._by_map, self._by_patch, self._by_tree, self._by_changes, self._by_file,
        )  # fmt: skip
        for rule in rules:
            for binding in rule(search):
                return binding
        if present:
            return Binding("unreachable", commit, None, ref=self._holder(stored.anchor, commit))
        return Binding("missing", advice=self._fetch(stored.anchor))

    def _by_map(self, search: "_Search") -> Iterator[Binding]:
        """What git told the post-rewrite hook of this clone."""
        successors = self._rewrites.successors(search.commit)
        if not successors:
            return
        present = self._repository.existing_commits(item.commit for item in successors)
        lost = ancestry.beyond(self._repository, present, self._ends)
        for successor in successors:
            if successor.commit in present - lost:
                yield self._now(search, successor.how, successor.commit, "rewrite map")
        # What it became may have been rewritten once more, by somebody without the hook.
        search.later += [item.commit for item in successors if item.commit in present]

    def _by_patch(self, search: "_Search") -> Iterator[Binding]:
        """A commit that makes the same change."""
        own = [search.anchor.patch_id, *self._repository.patch_ids(search.later).values()]
        candidates = search.by_time(self._candidates(search))
        single = [node.commit for node in candidates if len(node.parents) < 2]
        for patch_id in dict.fromkeys(filter(None, own)):
            if found := self._best(search, self._patches.same(patch_id, single)):
                node = next(node for node in candidates if node.commit == found)
                yield self._now(search, self._way(search, node), found, "patch id")

    def _by_tree(self, search: "_Search") -> Iterator[Binding]:
        """A commit with the same files, made later: what went into it was put together anew."""
        same = [
            node
            for node in self._candidates(search)
            if node.tree == search.anchor.tree
            and (node.committed >= search.written or search.anchor.patch_id is None)
        ]
        if found := self._best(search, (node.commit for node in reversed(same))):
            node = next(node for node in same if node.commit == found)
            merge = len(node.parents) > 1 or search.anchor.patch_id is None
            way = self._way(search, node) if merge else "squashed"
            yield self._now(search, way, found, "tree")

    def _by_changes(self, search: "_Search") -> Iterator[Binding]:
        """One later commit that holds all that changed since the branch began."""
        if search.node is None:
            return
        looked: set[str] = set()
        for tip in self._ends:
            base = ancestry.merge_base(self._repository, search.commit, tip)
            if base is None:
                continue
            changed = ancestry.changed_lines(self._repository, base, search.commit, self._ours)
            if not changed:
                continue
            paths = ancestry.changed_files(self._repository, base, search.commit) or []
            path = next((path for path in paths if not self._is_ours(path)), None)
            nodes = ancestry.nodes(self._repository, [tip], [search.commit], touching=path)
            for node in nodes[:_SQUASHES]:
                if node.commit in looked or not node.parents:
                    continue
                looked.add(node.commit)
                made = ancestry.changed_lines(self._repository, node.parents[0], node.commit, self._ours)
                if made and _holds(made, changed):
                    in_place = node.parents == search.node.parents
                    way = "amended" if in_place else "squashed"
                    yield self._now(search, way, node.commit, "changes")

    def _by_file(self, search: "_Search") -> Iterator[Binding]:
        """The commit that added the anchor's file stands on the anchored one, or is made of it."""
        if self._repository.shallow_commits():  # the anchored one may just be older
            return
        path = search.stored.path
        adding = self._best(search, ancestry.commits_adding(self._repository, path, self._ends))
        node = ancestry.node(self._repository, adding) if adding else None
        if node is None or not node.parents:
            return
        if self._is_same_work(search, node):
            way = self._way(search, node, same_work=True)
            yield self._now(search, way, node.commit, "anchor file")
            return
        names = ancestry.changed_files(self._repository, node.parents[0], node.commit) or []
        others = any(not self._is_ours(name) for name in names)
        branches = ancestry.branches_with(self._repository, node.commit)
        if others and search.node is None and not _own(search.anchor, branches):
            yield self._now(search, "squashed", node.commit, "anchor file")
            return
        parent = ancestry.node(self._repository, node.parents[0])
        if parent is None:
            return
        if search.node is None:  # what was done to it, nobody can tell
            yield self._now(search, "rewritten", parent.commit, "anchor file")
        elif not ancestry.is_ancestor(self._repository, parent.commit, search.commit):
            yield self._now(search, self._way(search, parent), parent.commit, "anchor file")

    # Parts of the rules ------------------------------------------------------------------------

    def _candidates(self, search: "_Search") -> list[Node]:
        """The commits on branches that the anchored one may have become."""
        if search.node is None:
            return self._all_nodes
        if search.candidates is None:
            search.candidates = ancestry.nodes(self._repository, self._ends, [search.commit])
        return search.candidates

    def _best(self, search: "_Search", commits: Iterable[str]) -> str | None:
        """Of some commits the first on HEAD, else on the anchor's own branch, else the first."""
        found = [commit for _, commit in zip(range(8), commits, strict=False)]
        if len(found) < 2:
            return next(iter(found), None)
        head = self._repository.head.commit
        off_head = ancestry.beyond(self._repository, found, [head] if head else [])
        own = (commit for commit in found if commit not in off_head)
        if commit := next(own, None):
            return commit
        branches = {one: ancestry.branches_with(self._repository, one) for one in found}
        return next((one for one in found if _own(search.anchor, branches[one])), found[0])

    def _way(self, search: "_Search", node: Node, *, same_work: bool = False) -> str:
        """How the anchored commit became another one, as far as both still tell.

        `same_work` says that they hold the same, though the recorded tree is another.
        """
        parent = ancestry.node(self._repository, node.parents[0]) if node.parents else None
        if node.committed < search.written:
            return "rewritten"  # with its dates kept: by a filter of the history
        if search.node is not None:
            in_place = search.node.parents == node.parents
        else:
            untouched = parent is None or parent.committed <= search.written
            in_place = (same_work or node.tree == search.anchor.tree) and untouched
        if in_place:
            return "amended"
        branches = ancestry.branches_with(self._repository, node.commit)
        return "rebased" if _own(search.anchor, branches) else "cherry-picked"

    def _is_same_work(self, search: "_Search", node: Node) -> bool:
        """Whether the commit that added the anchor is the anchored one, amended by the anchor."""
        if search.node is not None:
            between = ancestry.changed_lines(self._repository, search.commit, node.commit, self._ours)
            return between == {} and node.parents == search.node.parents
        patch = self._repository.patch_id(node.commit, besides=self._ours)
        return patch is not None and patch == search.anchor.patch_id

    def _is_ours(self, path: str) -> bool:
        return any(path == own or path.startswith(f"{own}/") for own in self._ours)

    def _now(self, search: "_Search", state: str, commit: str, known_by: str) -> Binding:
        head = self._repository.head.commit
        on_head = head is not None and ancestry.is_ancestor(self._repository, commit, head)
        branches = [] if on_head else ancestry.branches_with(self._repository, commit)
        branch = _own(search.anchor, branches) or next(iter(branches), None)
        return Binding(state, commit, known_by, branch)

    def _holder(self, anchor: Anchor, commit: str) -> str | None:
        """The ref that keeps a commit which no branch has: a tag rather than our own."""
        refs = ancestry.other_refs_with(self._repository, commit)
        others = [ref for ref in refs if not ref.startswith(ANCHOR_REFS)]
        own = f"{ANCHOR_REFS}{anchor.id}"
        return next(iter([*others, *([own] if own in refs else []), *refs]), None)

    def _fetch(self, anchor: Anchor) -> str | None:
        """The command that may bring a commit that this clone lacks."""
        remote = self._repository.remote()
        if remote is None:
            return None
        if self._repository.shallow_commits():
            return f"git fetch --unshallow {remote}"
        ref = f"{ANCHOR_REFS}{anchor.id}"
        return f"git fetch {remote} {ref}:{ref}"


class _Search:
    """What is known of a commit that no branch has: its node, unless this clone lacks it."""

    def __init__(self, stored: StoredAnchor, commit: str, node: Node | None) -> None:
        self.stored = stored
        self.anchor = stored.anchor
        self.commit = commit
        self.node = node
        self.written = int(stored.anchor.created.timestamp())
        self.later: list[str] = []
        self.candidates: list[Node] | None = None

    def by_time(self, nodes: Sequence[Node]) -> list[Node]:
        """Commits whose author's time is likeliest first: rewriting keeps it, mostly.

        Of a commit that is here it is known; else it is not after the anchor, and near it.
        """
        if self.node is not None:
            authored = self.node.authored
            return sorted(nodes, key=lambda node: abs(node.authored - authored))
        written = self.written
        return sorted(nodes, key=lambda node: (node.authored > written, abs(node.authored - written)))


_NONE: Final = Binding("none")


def _own(anchor: Anchor, branches: Sequence[str]) -> str | None:
    """The anchor's branch among some, as the local one or that of a remote."""
    if anchor.branch is None:
        return None
    if anchor.branch in branches:
        return anchor.branch
    return next((name for name in branches if name.partition("/")[2] == anchor.branch), None)


def _holds(made: dict[str, ancestry.Lines], changed: dict[str, ancestry.Lines]) -> bool:
    """Whether a commit changed all that changed on a branch."""
    return all(
        path in made and lines.gone <= made[path].gone and lines.new <= made[path].new
        for path, lines in changed.items()
    )
