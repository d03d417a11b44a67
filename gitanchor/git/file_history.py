"""The graph of commits: the versions of a file in it, and the branch on which a commit was made."""

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
    """A file as a commit left it: `blob` is its content, None where the commit removed it.

    `moment` is the commit's author date, with its offset.
    """

    commit: str
    moment: datetime
    path: str
    blob: str | None

    def __str__(self) -> str:
        return f"{self.commit[:SHORT_COMMIT]}:{self.path}"


class Lineage:
    """The commits of all branches and of HEAD, as they are when this is made."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.head = repository.head
        self.branches = [(tip.own, tip.commit) for tip in ancestry.tips(repository)]
        self._trunk = _trunk(repository)
        self.nodes = self._load()
        self.unsure: list[Version] = []
        """Versions that may have had another name; this clone lacks the contents that would tell."""
        self._age = {commit: age for age, commit in enumerate(self.nodes)}

    def _load(self) -> dict[str, Node]:
        """All commits, no parent before its children."""
        tips = self.tips(all_branches=True)
        if not tips:
            return {}
        entries = self._repository.log(tips, "--date-order", "--format=%H %at %P")
        fields = (entry.split() for entry in entries)
        return {commit: Node(int(seconds), tuple(parents)) for commit, seconds, *parents in fields}

    def tips(self, *, all_branches: bool) -> list[str]:
        """Where walks start: HEAD, and the branches if they are wanted."""
        head = [self.head.commit] if self.head.commit else []
        return list(dict.fromkeys([*head, *(tip for _, tip in self.branches if all_branches)]))

    def chain(self, commit: str) -> Iterator[str]:
        """A commit and its first parents: what the branch was that it was made on."""
        node = self.nodes.get(commit)
        while node is not None:
            yield commit
            commit = node.parents[0] if node.parents else ""
            node = self.nodes.get(commit)

    def newest_before(self, commit: str, moment: datetime) -> str | None:
        """The newest commit of a commit's chain that is not later than a time, if there is one.

        Author dates count, because they survive a rebase.
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
        """What commits made of a file, under all names that it had, parents before children."""
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
        """What commits did to one path: git's letter for it, and the version that came out.

        A merge is told of if it differs from all its parents, then once for each.
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
        """What the file was called before a commit that added it, or is called since it went."""
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
        """A commit and all that came after it."""
        found = {commit}
        for candidate, node in reversed(self.nodes.items()):
            if not found.isdisjoint(node.parents):
                found.add(candidate)
        return found

    # Branches ------------------------------------------------------------------------------

    def branches_of(self, commits: Collection[str]) -> dict[str, list[str]]:
        """The branches on which each commit may have been made, the likeliest first.

        These are the branches whose first parents hold it; else the branch that a merge brought in
        and that is gone, by the merge's subject.
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
        """The merge that brought each commit to a branch, and by which of its parents (from 1)."""
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
    """The branch from which others fork: what the remote or the settings call the default one."""
    remote = repository.ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    if remote:
        return remote.strip().removeprefix("refs/remotes/origin/")
    default = repository.ask("config", "--get", "init.defaultBranch")
    return (default or "main").strip()


def merged_branch(subject: str, parent: int) -> str | None:
    """The branch that a merge's subject says it merged; `parent` counts from 1 in an octopus."""
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
