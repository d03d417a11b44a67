"""The graph of commits: the versions of a file, and the branch on which a commit was made."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from gitanchor.git import ancestry
from gitanchor.git.repository import Repository
from gitanchor.model.anchor import SHORT_COMMIT

_MERGED = re.compile(r"Merge (?P<what>(?:remote-tracking )?branch(?:es)?) (?P<names>'.*)")
_PULLED = re.compile(r"Merge pull request \S+ from [^/\s]+/(?P<name>\S+)")


class Node(NamedTuple):
    """A commit in the graph: its author date in seconds since 1970, and its parents."""

    seconds: int
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A file as of a commit. `blob` is the object id of its content, None if the commit removed it.

    `moment` is the commit's author date, with its offset.
    """

    commit: str
    moment: datetime
    path: str
    blob: str | None

    def __str__(self) -> str:
        return f"{self.commit[:SHORT_COMMIT]}:{self.path}"


class Lineage:
    """The commits that all branches and HEAD reach, as of when this object is made."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.head = repository.head
        self.branches = [(tip.own, tip.commit) for tip in ancestry.tips(repository)]
        self._trunk = _trunk(repository)
        self.nodes = self._load()
        self.unsure: list[Version] = []
        """Versions that may be renames, which this clone lacks the contents to find out."""
        self._age = {commit: age for age, commit in enumerate(self.nodes)}

    def _load(self) -> dict[str, Node]:
        """Return all commits, no parent before its children."""
        tips = self.tips(all_branches=True)
        if not tips:
            return {}
        entries = self._repository.log(tips, "--date-order", "--format=%H %at %P")
        fields = (entry.split() for entry in entries)
        return {commit: Node(int(seconds), tuple(parents)) for commit, seconds, *parents in fields}

    def tips(self, *, all_branches: bool) -> list[str]:
        """Return the commits to walk from: HEAD, and the tips of all branches if wanted."""
        head = [self.head.commit] if self.head.commit else []
        return list(dict.fromkeys([*head, *(tip for _, tip in self.branches if all_branches)]))

    def chain(self, commit: str) -> Iterator[str]:
        """Yield a commit and its first parents: the history of the branch that it was made on."""
        node = self.nodes.get(commit)
        while node is not None:
            yield commit
            commit = node.parents[0] if node.parents else ""
            node = self.nodes.get(commit)

    def newest_before(self, commit: str, moment: datetime) -> str | None:
        """Return the newest commit in the chain of a commit that is not later than a time, or None.

        Author dates are compared, because they survive a rebase.
        """
        latest = moment.timestamp()
        best, best_seconds = None, float("-inf")
        for candidate in self.chain(commit):
            seconds = self.nodes[candidate].seconds
            if best_seconds < seconds <= latest:
                best, best_seconds = candidate, seconds
        return best

    # The versions of a file ----------------------------------------------------------------

    def versions(self, path: str, *, all_branches: bool) -> list[Version]:
        """Return the versions of a file under all names that it had, parents before children."""
        tips = self.tips(all_branches=all_branches)
        found: dict[tuple[str, str], Version] = {}
        followed: set[tuple[str, str]] = set()
        names: list[tuple[str, Collection[str]]] = [(path, self.nodes)]
        while tips and names:
            name, commits = names.pop()
            for status, version in self._changes(name, tips):
                if version.commit not in commits:
                    continue
                found[version.commit, name] = version
                for other in self._renamed(version, status):
                    if (version.commit, other) not in followed:
                        followed.add((version.commit, other))
                        after = self._descendants(version.commit)
                        names.append((other, after if status == "D" else self.nodes.keys() - after))
        return sorted(found.values(), key=lambda version: -self._age[version.commit])

    def _changes(self, path: str, tips: list[str]) -> Iterator[tuple[str, Version]]:
        """Yield the changes of one path: git's status letter, and the version that resulted.

        A merge is included only if it differs from all its parents, and then once for each.
        """
        form = ("--full-history", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=%H %aI")
        tokens = iter(self._repository.log(tips, *form, "--", f":(top,literal){path}"))
        commit = date = ""
        for token in tokens:
            entry = token.lstrip("\n")
            if not entry.startswith(":"):
                commit, date = entry.split()
                continue
            _, mode, _, blob, status = entry.split()
            if next(tokens) == path:
                content = blob if mode.startswith("100") else None
                yield status, Version(commit, datetime.fromisoformat(date), path, content)

    def _renamed(self, version: Version, status: str) -> list[str]:
        """Return the old names of a file that a commit added, or the new names if it removed it."""
        if status not in {"A", "D"}:
            return []
        pairs = self._repository.renames(version.commit)
        lacking = pairs is None
        if pairs is None:
            pairs = self._repository.renames(version.commit, similar="-M100%") or []
        if status == "D":
            return [new for old, new in pairs if old == version.path]
        found = [old for old, new in pairs if new == version.path]
        if lacking and not found and self.nodes[version.commit].parents:
            self.unsure.append(version)
        return found

    def _descendants(self, commit: str) -> set[str]:
        """Return a commit and its descendants."""
        found = {commit}
        for candidate, node in reversed(self.nodes.items()):
            if not found.isdisjoint(node.parents):
                found.add(candidate)
        return found

    # Branches ------------------------------------------------------------------------------

    def branches_of(self, commits: Collection[str]) -> dict[str, list[str]]:
        """Return the branches on which each commit may have been made, the likeliest first.

        These are the branches that have the commit among their first parents. If there are none, it is
        the deleted branch that a merge brought in, by the name in the subject of the merge.
        """
        names: dict[str, list[str]] = {commit: [] for commit in commits}
        for name, tip in self.branches:
            for commit in self.chain(tip):
                if commit in names and name not in names[commit]:
                    names[commit].append(name)
        for held in names.values():
            held.sort(key=lambda name: (name != self._trunk, name != self.head.branch, name))
        merges = self._merges({commit for commit, held in names.items() if not held})
        subjects = dict(
            entry.split(" ", 1)
            for entry in self._repository.log({merge for merge, _ in merges.values()}, *_SUBJECTS)
        )
        for commit, (merge, parent) in merges.items():
            merged = merged_branch(subjects[merge], parent)
            names[commit] = [merged] if merged else []
        return names

    def _merges(self, commits: set[str]) -> dict[str, tuple[str, int]]:
        """Return, for each commit, the merge that brought it to a branch, and the number of its parent.

        1 is the second parent of the merge, the first one merged.
        """
        seen: set[str] = set()
        for tip in self.tips(all_branches=True):
            seen.update(self._unseen(tip, seen))
        merges = {}
        for merge, node in self.nodes.items():
            for number, parent in enumerate(node.parents[1:], 1):
                brought = list(self._unseen(parent, seen))
                seen.update(brought)
                merges.update({commit: (merge, number) for commit in brought if commit in commits})
        return merges

    def _unseen(self, tip: str, seen: set[str]) -> Iterator[str]:
        for commit in self.chain(tip):
            if commit in seen:
                return
            yield commit


_SUBJECTS = ("--no-walk", "--format=%H %s")


def _trunk(repository: Repository) -> str:
    """Return the default branch, from the remote or the settings: other branches start from it."""
    remote = repository.ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    if remote:
        return remote.strip().removeprefix("refs/remotes/origin/")
    default = repository.ask("config", "--get", "init.defaultBranch")
    return (default or "main").strip()


def merged_branch(subject: str, parent: int) -> str | None:
    """Return the branch that the subject of a merge names.

    `parent` is the number of the merged parent, from 1; only an octopus merge has more than one.
    """
    pulled = _PULLED.match(subject)
    if pulled:
        return pulled["name"]
    merged = _MERGED.match(subject)
    if merged is None:
        return None
    names: list[str] = re.findall(r"'([^']+)'", merged["names"].split(" into ")[0])
    if parent > len(names):
        return None
    name = names[parent - 1]
    return name.partition("/")[2] or name if "remote" in merged["what"] else name
