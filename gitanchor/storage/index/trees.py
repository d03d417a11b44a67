"""The anchor files in the trees of commits: their paths, their blobs, and the commits that have them.

This is for commits what `store` is for a worktree. One `git cat-file` reads all trees, one that several
commits share only once. Objects that the clone lacks are left out. Blobs are not read.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from gitanchor.git.process import Objects, decode
from gitanchor.git.repository import Repository
from gitanchor.storage.store import FOLDER

_TREE: Final = re.compile(rb"tree ([0-9a-f]+)\n")
_COMMITTED: Final = re.compile(rb"^committer .* (-?\d+) [-+]\d+$", re.MULTILINE)

_STORE: Final = re.escape(FOLDER.encode())

_Trees = dict[str, list[str]]
"""Ids of trees, and the commits that have them."""


class _Entry(NamedTuple):
    """One entry of a tree."""

    mode: str
    name: str
    id: str


class AnchorBlob(NamedTuple):
    """An anchor file in a tree: its path from the top of the worktree, and the id of its content."""

    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class Held:
    """The anchor files of some commits.

    `holders` maps each file to the commits that have it, in their order. `dates` are the committer
    dates, in seconds since the epoch, of the commits that this clone has. `lacking` are the commits of
    which this clone lacks trees.
    """

    holders: Mapping[AnchorBlob, Sequence[str]]
    dates: Mapping[str, int]
    lacking: frozenset[str]


def anchor_files(repository: Repository, tips: Iterable[str]) -> dict[str, set[str]]:
    """Return the anchor files in the trees of commits: the ids of blobs by path.

    `tips` are full object ids. Paths are from the top of the worktree, with forward slashes.
    """
    found: dict[str, set[str]] = defaultdict(set)
    with repository.objects() as objects:
        for path, blob in held(objects, tips).holders:
            found[path].add(blob)
    return dict(found)


def held(objects: Objects, tips: Iterable[str]) -> Held:
    """Return the anchor files in the trees of commits, and which commits have each.

    `tips` are full object ids. As in a worktree, a file outside of the folders YEAR/MONTH is no anchor
    file, and neither is a symbolic link.
    """
    commits = objects.read_all(tips)
    dates = {tip: int(match[1]) for tip, text in commits.items() if (match := _COMMITTED.search(text))}
    roots: _Trees = defaultdict(list)
    for tip, content in commits.items():
        if match := _TREE.match(content):
            roots[match[1].decode()].append(tip)
    walk = _Walk(objects)
    holders: dict[AnchorBlob, Sequence[str]] = {}
    for year, months in walk.folders(walk.stores(roots)).items():
        for month, trees in walk.folders(months).items():
            for entry, holding in walk.entries(trees).items():
                if entry.mode.startswith("100") and entry.name.endswith(".yaml"):
                    holders[AnchorBlob(f"{FOLDER}/{year}/{month}/{entry.name}", entry.id)] = holding
    return Held(holders, dates, frozenset(walk.lacking))


class _Walk:
    """One walk down from the trees of commits. `lacking` collects the commits that lack trees."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.lacking: set[str] = set()

    def stores(self, roots: _Trees) -> _Trees:
        """Return the trees of the folder `.anchors` in the trees of commits."""
        found: _Trees = defaultdict(list)
        for root, content in self._read(roots):
            raw = len(root) // 2
            other = rb"[0-7]+ [^\0]+\0.{%d}" % raw
            store = re.compile(rb"(?:%s)*?40000 %s\0(.{%d})" % (other, _STORE, raw), re.DOTALL)
            if match := store.match(content):
                found[match[1].hex()] += roots[root]
        return found

    def folders(self, trees: _Trees) -> dict[str, _Trees]:
        """Return the year or month folders in some trees: their own trees by name."""
        found: dict[str, _Trees] = defaultdict(lambda: defaultdict(list))
        for entry, holding in self.entries(trees).items():
            if entry.mode == "40000" and entry.name.isdecimal():
                found[entry.name][entry.id] += holding
        return found

    def entries(self, trees: _Trees) -> dict[_Entry, list[str]]:
        """Return all entries of some trees, and the commits that have each."""
        found: dict[bytes, list[str]] = defaultdict(list)
        raw = len(next(iter(trees), "")) // 2
        for tree, content in self._read(trees):
            for entry in re.findall(rb"(?s)[0-7]+ [^\0]+\0.{%d}" % raw, content):
                found[entry] += trees[tree]
        return {_entry(entry, raw): holding for entry, holding in found.items()}

    def _read(self, trees: _Trees) -> Iterable[tuple[str, bytes]]:
        """Return the contents of trees, each read once, however many commits have it."""
        contents = self._objects.read_all(trees)
        for tree in trees.keys() - contents.keys():
            self.lacking.update(trees[tree])
        return contents.items()


def _entry(entry: bytes, raw: int) -> _Entry:
    """Parse an entry whose last `raw` bytes are an object id."""
    mode, _, name = entry[: -raw - 1].partition(b" ")
    return _Entry(mode.decode(), decode(name), entry[-raw:].hex())
