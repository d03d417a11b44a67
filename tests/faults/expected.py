"""What the random operations on clones have to come to, worked out without the code that is tested.

What git records is read here, and three versions of an anchor are compared by field. The parser, the
codec and the render of one anchor are trusted; they have tests of their own.
"""

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gitanchor.importing import import_plan
from gitanchor.log import foreign_text
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import BadAnchorFile
from gitanchor.parsing import log_format
from gitanchor.rendering import log_entries
from gitanchor.storage import codec

LOG: Final = "GPT_Anchors_Log.md"
FOREWORD: Final = ".anchors/foreword.md"
ID: Final = re.compile(rb"^id: ([0-9a-f]{8})$", re.MULTILINE)
TOKEN: Final = re.compile(rb"word\d+z")
_ANCHOR: Final = re.compile(r"\.anchors/\d+/\d+/[^/]+\.yaml")
_LISTS: Final = ("parent", "done_when", "dependencies")
_RANKS: Final = ("open", "superseded", "done")

Fields = Mapping[str, Any]


def is_anchor(path: str) -> bool:
    """Whether a path is that of an anchor file."""
    return _ANCHOR.fullmatch(path) is not None


def tokens(content: bytes | str | None) -> set[bytes]:
    """The words in a text by which a change is known."""
    text = content.encode() if isinstance(content, str) else content or b""
    return set(TOKEN.findall(text))


def fields(content: bytes) -> Fields:
    """The fields of an anchor file. Raises BadAnchorFile."""
    anchor = codec.load(content.decode(), "the file")
    return anchor.as_dict() | {"parent": list(anchor.parents)}


# What git has recorded -------------------------------------------------------------------------


@dataclass(slots=True)
class Tree:
    """The anchor files, the log and the foreword of a commit, an index or a worktree."""

    files: dict[str, bytes]

    @property
    def anchors(self) -> dict[str, bytes]:
        """The texts of the anchors by their paths."""
        return {path: content for path, content in self.files.items() if is_anchor(path)}

    @property
    def is_rendered(self) -> bool:
        """Whether the log is what a render makes of the anchors."""
        try:
            found = [codec.load(content.decode(), path) for path, content in self.anchors.items()]
        except BadAnchorFile:
            return False
        found.sort(key=lambda anchor: (anchor.created, anchor.id), reverse=True)
        foreword = self.files.get(FOREWORD, b"").decode().strip("\n")
        return log_entries.log(found, foreword).encode() == self.files.get(LOG)


@dataclass(slots=True)
class Objects:
    """The objects of one repository. What was read once is not read again: an object never changes."""

    root: Path
    _trees: dict[str, tuple[Tree, bool]] = field(default_factory=dict)
    _words: dict[str, set[bytes]] = field(default_factory=dict)

    def git(self, *arguments: str) -> str:
        """What git prints; it has to succeed."""
        command = ["git", "--no-optional-locks", *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, check=True).stdout.decode()

    def tree(self, *commits: str) -> Tree:
        """What some commits hold together; of a path in several, what the first has."""
        files: dict[str, bytes] = {}
        for commit in commits:
            listed = self.git("ls-tree", "-rz", commit, "--", ".anchors", LOG)
            entries = [line.split("\t") for line in listed.split("\0") if line]
            blobs = {path: facts.split(" ")[2] for facts, path in entries}
            contents = self.contents(blobs.values())
            files = {path: contents[blob] for path, blob in blobs.items()} | files
        return Tree(files)

    def is_rendered(self, *commits: str) -> bool:
        """Whether the log that some commits hold together is the render of their anchors."""
        key = " ".join(commits)
        if key not in self._trees:
            tree = self.tree(*commits)
            self._trees[key] = tree, tree.is_rendered
        return self._trees[key][1]

    def contents(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """The contents of objects by their ids."""
        wanted = list(dict.fromkeys(blobs))
        done = subprocess.run(
            ["git", "cat-file", "--batch"],
            cwd=self.root,
            input="".join(f"{blob}\n" for blob in wanted).encode(),
            capture_output=True,
            check=True,
        )
        found, rest = {}, done.stdout
        for blob in wanted:
            header, _, rest = rest.partition(b"\n")
            size = int(header.split(b" ")[2])
            found[blob], rest = rest[:size], rest[size + 1 :]
        return found

    def words(self, roots: Sequence[Path]) -> set[bytes]:
        """The words in all that any branch, index or stash of this clone holds or ever held."""
        stashes = self.git("stash", "list", "--format=%H").split() if roots else []
        listed = self.git(
            "rev-list",
            "--objects",
            "--full-history",
            "--branches",
            "--remotes",
            *stashes,
            "--",
            ".anchors",
            LOG,
        )
        blobs = {line.split(" ")[0] for line in listed.splitlines()}
        for commit in stashes:  # a path that only its untracked files have is not below HEAD's
            for parent in (commit, f"{commit}^2", f"{commit}^3"):
                found = subprocess.run(
                    ["git", "ls-tree", "-r", parent, "--", ".anchors", LOG],
                    cwd=self.root, capture_output=True, check=False,
                ).stdout.decode()  # fmt: skip
                blobs |= {line.split()[2] for line in found.splitlines()}
        for root in roots:
            staged = subprocess.run(["git", "ls-files", "-s"], cwd=root, capture_output=True, check=True)
            blobs |= {line.split()[1] for line in staged.stdout.decode().splitlines()}
        new = [blob for blob in blobs if blob not in self._words]
        self._words |= {blob: tokens(content) for blob, content in self.contents(new).items()}
        return set[bytes]().union(*(self._words[blob] for blob in blobs))


# Three versions of an anchor -------------------------------------------------------------------


def taken_for_another(path: str, versions: Sequence[bytes | None]) -> bool:
    """Whether git took one anchor for another, because it is much like one that was removed."""
    if versions[1] is None and versions[2] is None:
        return True
    ids = {ID.search(version) for version in filter(None, versions)}
    found = {match[1].decode() if match else "" for match in ids}
    return found != {path[-13:-5]}


def in_conflict(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> list[str]:
    """The fields over which three versions of a file are in conflict; "removed" for the file itself.

    Raises BadAnchorFile if ours or theirs cannot be read.
    """
    if ours is None and theirs is None:
        return []
    if ours is None or theirs is None:
        return ["removed"] if base is not None and (ours or theirs) != base else []
    mine, new = fields(ours), fields(theirs)
    if base is not None and b"\n<<<<<<<" in b"\n" + base:  # as git made it of several merge bases
        return ["base"] if mine != new else []
    was = fields(base) if base is not None else {}
    return [key for key in mine.keys() | new.keys() if _is_disputed(key, was, mine, new)]


def _is_disputed(key: str, was: Fields, mine: Fields, new: Fields) -> bool:
    one, two, before = mine.get(key), new.get(key), was.get(key)
    if one == two or (key in was and before in (one, two)) or key == "status":
        return False
    if key not in was and None in (one, two) and key not in _LISTS:
        return not (key not in mine or key not in new)
    if key not in _LISTS:
        return True
    versions = [_items(side.get(key) or []) for side in (was, mine, new)]
    return any(
        name in versions[1]
        and name in versions[2]
        and versions[1][name] != versions[2][name]
        and versions[0].get(name) not in (versions[1][name], versions[2][name])
        for name in versions[1].keys() & versions[2].keys()
    )


def _items(items: Sequence[Any]) -> dict[str, Any]:
    return {str(item["text"] if isinstance(item, dict) else item): item for item in items}


def merged(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> Fields | None:
    """The fields that three versions without a conflict make; None for no file."""
    if ours is None or theirs is None:
        kept = (ours or theirs) if base is None else None
        return fields(kept) if kept is not None else None
    was = fields(base) if base is not None else {}
    mine, new = fields(ours), fields(theirs)
    return {key: _merged(key, was, mine, new) for key in {**mine, **new} if _stays(key, was, mine, new)}


def _stays(key: str, was: Fields, mine: Fields, new: Fields) -> bool:
    return not (
        key in was
        and ((key not in mine and was[key] == new[key]) or (key not in new and was[key] == mine[key]))
    )


def _merged(key: str, was: Fields, mine: Fields, new: Fields) -> Any:
    if key not in new:
        return mine[key]
    if key not in mine or (key in was and was[key] == mine[key]):
        return new[key]
    if mine[key] == new[key] or (key in was and was[key] == new[key]):
        return mine[key]
    if key == "status":
        return max(mine[key], new[key], key=_RANKS.index)
    before, one, two = (_items(side.get(key, [])) for side in (was, mine, new))
    kept = [name for name in before if name in one and name in two]
    added = [name for name in {**one, **two} if name not in before]
    return {name: one.get(name, two.get(name)) for name in (*kept, *added)}


def says(fields_: Fields, expected: Fields) -> bool:
    """Whether fields are the expected ones; of lists that both sides changed, in any order."""
    return fields_.keys() == expected.keys() and all(
        _items(fields_[key]) == value
        if key in _LISTS and isinstance(value, dict)
        else fields_[key] == value
        for key, value in expected.items()
    )


# Three versions of the log ---------------------------------------------------------------------


def log_in_conflict(versions: Sequence[bytes | None]) -> list[str]:
    """The entries over which three versions of the log are in conflict, and "hand" for a hand's work."""
    texts = [(version or b"").decode() for version in versions]
    if b"\n<<<<<<<" in b"\n" + (versions[0] or b""):
        return ["base"]
    entries = [_entries(text) for text in texts]
    found = []
    for anchor_id in dict.fromkeys(key for side in entries for key in side):
        was, mine, new = (side.get(anchor_id) for side in entries)
        if mine == new or was in (mine, new):
            continue
        anchors = [_anchor(text) if text else None for text in (was, mine, new)]
        edited = any(text and not anchor for text, anchor in zip((was, mine, new), anchors, strict=True))
        dumped = [codec.dump(anchor).encode() if anchor else None for anchor in anchors]
        if edited or in_conflict(*dumped):
            found.append(anchor_id)
    if any(_has_hand_work(text) for text in texts):
        found.append("hand")
    return found


def _entries(text: str) -> dict[str, str]:
    lines = text.split("\n")
    return {
        block.id: "\n".join(lines[block.begin : block.end + 1]) for block in log_format.blocks(lines)
    }


def _anchor(text: str) -> Anchor | None:
    lines = text.split("\n")
    (block,) = log_format.blocks(lines)
    return None if block.edited else import_plan.generated(log_format.read(lines, block), [])


def _has_hand_work(text: str) -> bool:
    lines = text.split("\n")
    foreword = ""
    if log_entries.FOREWORD in lines and log_entries.FOREWORD_END in lines:
        foreword = "\n".join(
            lines[lines.index(log_entries.FOREWORD) + 1 : lines.index(log_entries.FOREWORD_END)]
        )
    return bool(foreign_text.hand_work(text, foreword))
