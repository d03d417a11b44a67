"""The rules that find what became of a commit that is on no branch, in the order of their certainty.

Each rule gives at most one answer. `binding` finds the branch that contains the commit found.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from heapq import nsmallest
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.git import ancestry
from gitanchor.git.ancestry import Node, Tip
from gitanchor.git.names import TRUNKS, is_at, own_branch
from gitanchor.git.repository import Repository
from gitanchor.model.anchor import Anchor
from gitanchor.storage.store import FOLDER, StoredAnchor
from gitanchor.tracking import patch_ids
from gitanchor.tracking.patch_ids import Patches
from gitanchor.tracking.rewrites import Rewrites

_SQUASHES: Final = 200
"""The most commits that are examined for one that has all changes of an anchor's branch."""


class Trace(NamedTuple):
    """What a commit became, as in `Binding.state`, the commit that it is now, and the evidence."""

    state: str
    commit: str
    known_by: str


class Tracer:
    """Traces lost commits; `tips` are those of all branches, `ours` paths whose changes are no work."""

    def __init__(
        self,
        repository: Repository,
        shared: Path,
        scratch: Path,
        tips: Sequence[Tip],
        ours: Sequence[str],
    ) -> None:
        self._repository = repository
        self._shared = shared
        self._scratch = scratch
        self._tips = tips
        self._ours = ours

    def trace(
        self, stored: StoredAnchor, commit: str, node: Node | None, *, surely: bool = False
    ) -> Trace | None:
        """Return what became of an anchor's commit; `node` is None if this clone lacks that commit.

        With `surely`, only the rewrite map and patch ids are used.
        """
        search = _Search(stored, commit, node)
        rules: tuple[Callable[[_Search], Iterator[Trace]], ...] = (
            self._by_map, self._by_patch, self._by_tree, self._by_changes, self._by_file,
        )  # fmt: skip
        found = (next(rule(search), None) for rule in (rules[:2] if surely else rules))
        return next(filter(None, found), None)

    # What is asked only once for all anchors -----------------------------------------------------

    @cached_property
    def ends(self) -> list[str]:
        """The commits from which all that counts is reachable: HEAD first, then the branches."""
        head = self._repository.head.commit
        return [*([head] if head else []), *dict.fromkeys(tip.commit for tip in self._tips)]

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        return {node.commit: node for node in ancestry.nodes(self._repository, self.ends)}

    @cached_property
    def _by_trees(self) -> dict[str, list[Node]]:
        """The commits of each tree, oldest first."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in reversed(self._nodes.values()):
            found[node.tree].append(node)
        return found

    @cached_property
    def _adding(self) -> dict[str, list[str]]:
        return ancestry.commits_adding(self._repository, FOLDER, self.ends)

    @cached_property
    def _patches(self) -> Patches:
        return Patches(self._repository, self._shared, self._scratch)

    @cached_property
    def _rewrites(self) -> Rewrites:
        return Rewrites.load(self._shared)

    # The rules ---------------------------------------------------------------------------------

    def _by_map(self, search: "_Search") -> Iterator[Trace]:
        """Find what git reported to the post-rewrite hook of this clone."""
        successors = self._rewrites.successors(search.commit)
        if not successors:
            return
        present = self._repository.existing_commits(item.commit for item in successors)
        lost = ancestry.beyond(self._repository, present, self.ends)
        for successor in successors:
            if successor.commit in present - lost:
                yield Trace(successor.how, successor.commit, "rewrite map")
        # The result may have been rewritten again, by somebody without the hook.
        search.later += [item.commit for item in successors if item.commit in present]

    def _by_patch(self, search: "_Search") -> Iterator[Trace]:
        """Find a commit that makes the same change."""
        own = [search.anchor.patch_id, *self._repository.patch_ids(search.later).values()]
        for patch_id in dict.fromkeys(filter(None, own)):
            known = [commit for commit in self._patches.known(patch_id) if commit in self._nodes]
            candidates = [
                commit
                for commit in known or search.likeliest(self._nodes.values())
                if not self._was_passed(commit, search)
            ]
            if found := self._best(search, self._patches.same(patch_id, candidates)):
                yield Trace(self._way(search, self._nodes[found]), found, "patch id")

    def _by_tree(self, search: "_Search") -> Iterator[Trace]:
        """Find a later commit with the same files: its content was put together in another way."""
        same = [
            node
            for node in self._by_trees.get(search.anchor.tree or "", ())
            if node.committed >= search.written or search.anchor.patch_id is None
        ]
        if found := self._best(search, (node.commit for node in same)):
            node = self._nodes[found]
            merge = len(node.parents) > 1 or search.anchor.patch_id is None
            way = self._way(search, node) if merge else "squashed"
            yield Trace(way, found, "tree")

    def _by_changes(self, search: "_Search") -> Iterator[Trace]:
        """Find one later commit with everything that changed since the branch began."""
        if search.node is None:
            return
        looked: set[str] = set()
        for tip in self._main_ends(search.anchor):
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
                if made and ancestry.holds(made, changed):
                    in_place = node.parents == search.node.parents
                    way = "amended" if in_place else "squashed"
                    yield Trace(way, node.commit, "changes")

    def _by_file(self, search: "_Search") -> Iterator[Trace]:
        """Examine the commit that added the anchor's file: it or its parent may be the result."""
        if self._repository.shallow_commits():  # the anchored commit may just be older
            return
        adding = self._best(search, self._adding.get(search.stored.path, ()))
        node = ancestry.node(self._repository, adding) if adding else None
        if node is None or not node.parents:
            return
        if self._is_same_work(search, node):
            way = self._way(search, node, same_work=True)
            yield Trace(way, node.commit, "anchor file")
            return
        if self._is_squash(search, node):
            yield Trace("squashed", node.commit, "anchor file")
            return
        parent = ancestry.node(self._repository, node.parents[0])
        if parent is None or not self._may_be(search, parent):
            return
        if search.node is None:  # it cannot be known how it was rewritten
            yield Trace("rewritten", parent.commit, "anchor file")
        elif not self._is_older(parent.commit, search):
            yield Trace(self._way(search, parent), parent.commit, "anchor file")

    # Parts of the rules ------------------------------------------------------------------------

    def _main_ends(self, anchor: Anchor) -> list[str]:
        """Return the tips to search for a squash: HEAD, the anchor's own branch, and the trunks."""
        names = {anchor.branch, *TRUNKS}
        ends = [tip.commit for tip in self._tips if tip.own in names]
        head = self._repository.head.commit
        return list(dict.fromkeys([*([head] if head else []), *ends]))

    def _best(self, search: "_Search", commits: Iterable[str]) -> str | None:
        """Return of some commits the first that HEAD contains, else the anchor's branch, else the first.

        Ancestors of the anchored commit are excluded, as it cannot have become one of them.
        """
        later = (commit for commit in commits if not self._is_older(commit, search))
        found = [commit for _, commit in zip(range(8), later, strict=False)]
        if len(found) < 2:
            return next(iter(found), None)
        head = self._repository.head.commit
        off_head = ancestry.beyond(self._repository, found, [head] if head else [])
        own = (commit for commit in found if commit not in off_head)
        if commit := next(own, None):
            return commit
        branches = {one: ancestry.branches_with(self._repository, one) for one in found}
        return next((one for one in found if own_branch(search.anchor.branch, branches[one])), found[0])

    @cached_property
    def _children(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self._nodes.values():
            for parent in node.parents:
                found[parent].append(node)
        return found

    def _was_passed(self, commit: str, search: "_Search") -> bool:
        """Whether a commit was no longer a tip when the anchor was made, so that it is not the anchor's.

        That is known only of commits that are older than the anchor.
        """
        if search.node is not None or self._nodes[commit].committed >= search.written:
            return False
        return any(child.committed < search.written for child in self._children[commit])

    def _is_older(self, commit: str, search: "_Search") -> bool:
        return search.node is not None and bool(
            ancestry.is_ancestor(self._repository, commit, search.commit)
        )

    def _way(self, search: "_Search", node: Node, *, same_work: bool = False) -> str:
        """Return how the anchored commit became another one, as far as both still show it.

        `same_work` says that both hold the same work, though their trees differ.
        """
        parent = ancestry.node(self._repository, node.parents[0]) if node.parents else None
        if node.committed < search.written:
            return "rewritten"  # its dates were kept, as by a filter of the history
        if search.node is not None:
            in_place = search.node.parents == node.parents
        else:
            untouched = parent is None or parent.committed <= search.written
            in_place = (same_work or node.tree == search.anchor.tree) and untouched
        if in_place:
            return "amended"
        branches = ancestry.branches_with(self._repository, node.commit)
        return "rebased" if own_branch(search.anchor.branch, branches) else "cherry-picked"

    def _is_same_work(self, search: "_Search", node: Node) -> bool:
        """Whether the commit that added the anchor is the anchored one, amended with the anchor."""
        if search.node is not None:
            between = ancestry.changed_lines(self._repository, search.commit, node.commit, self._ours)
            return between == {} and node.parents == search.node.parents
        patch = self._repository.patch_id(node.commit, besides=self._ours)
        return patch is not None and patch == search.anchor.patch_id

    def _is_squash(self, search: "_Search", node: Node) -> bool:
        """Whether the commit that added the anchor's file also contains the anchor's work."""
        touched = self._paths(node.parents[0], node.commit)
        if not touched:
            return False
        if search.node is None:
            rewritten = node.authored <= search.written < node.committed
            branches = ancestry.branches_with(self._repository, node.commit)
            return rewritten or own_branch(search.anchor.branch, branches) is None
        base = ancestry.merge_base(self._repository, search.commit, node.parents[0])
        changed = self._paths(base, search.commit) if base else set()
        return bool(changed) and changed <= touched

    def _may_be(self, search: "_Search", parent: Node) -> bool:
        """Whether the parent of the commit that added the anchor's file is what the commit became.

        It is if it changes the very same files, or, where this clone lacks the commit, if it was
        authored before the anchor and committed again after it.
        """
        if search.node is None:
            return parent.authored <= search.written < parent.committed
        if not search.node.parents or not parent.parents:
            return False
        changed = self._paths(search.node.parents[0], search.commit)
        return bool(changed) and changed == self._paths(parent.parents[0], parent.commit)

    def _paths(self, old: str, new: str) -> set[str]:
        """Return the files in which two commits differ, apart from anchors and the log."""
        names = ancestry.changed_files(self._repository, old, new) or []
        return {name for name in names if not self._is_ours(name)}

    def _is_ours(self, path: str) -> bool:
        return is_at(path, self._ours)


class _Search:
    """What is known of a commit that is on no branch; its node is None if this clone lacks it."""

    def __init__(self, stored: StoredAnchor, commit: str, node: Node | None) -> None:
        self.stored = stored
        self.anchor = stored.anchor
        self.commit = commit
        self.node = node
        self.written = int(stored.anchor.created.timestamp())
        self.later: list[str] = []

    def likeliest(self, nodes: Iterable[Node]) -> list[str]:
        """Return the single-parent commits with the nearest author's times.

        Rewriting mostly keeps that time. If this clone lacks the lost commit, it is unknown, but
        lies shortly before the anchor's time.
        """
        moment = self.written if self.node is None else self.node.authored
        later = self.node is None
        single = (node for node in nodes if len(node.parents) < 2)
        nearest = nsmallest(
            patch_ids.MOST,
            single,
            key=lambda node: (later and node.authored > moment, abs(node.authored - moment)),
        )
        return [node.commit for node in nearest]
