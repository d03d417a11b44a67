"""The folder `.anchors/`: list its files, and read, add and remove one.

Each anchor is a file of its own that is never renamed or moved. `codec` interprets the files, and
`index` caches them.
"""

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.model import texts
from gitanchor.model.anchor import Anchor, place
from gitanchor.model.digests import blake2
from gitanchor.model.errors import BadAnchorFile, WriteFailed, WrongUsage
from gitanchor.storage import atomic, safe_open

FOLDER: Final = ".anchors"
SETTINGS: Final = f"{FOLDER}/config.yaml"
FOREWORD: Final = f"{FOLDER}/foreword.md"
TEMPLATES: Final = f"{FOLDER}/templates"
ATTRIBUTES: Final = f"{FOLDER}/.gitattributes"

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class AnchorFile(NamedTuple):
    """One file of the store: its path from the top of the worktree, and its state by stat()."""

    path: str
    signature: str
    changed_ns: int


class Facts(NamedTuple):
    """The fields that are needed of many anchors at once, and so are cached apart from the others.

    `moment` is the time of creation in microseconds since the epoch; anchors are sorted by it, then by
    id. `made` is the same time as text, in its own time zone. Anchors with the same `digest` say the
    same. `parents` are ids separated by spaces. `is_open` says that the file has status `open` and no
    conditions that could close it.
    """

    id: str
    moment: int
    name: str
    branch: str | None
    commit: str | None
    digest: str
    parents: str
    is_open: bool
    made: str

    @property
    def place(self) -> str:
        """`branch@commit`, as far as both are known."""
        return place(self.branch, self.commit)

    @property
    def created(self) -> datetime:
        """The time of creation, in UTC."""
        return _EPOCH + self.moment * _MICROSECOND

    @property
    def state(self) -> str:
        """A text that identifies the anchor and its present content: id and digest."""
        return f"{self.id} {self.digest}"

    @classmethod
    def of(cls, anchor: Anchor, data: str) -> "Facts":
        """Make the facts of an anchor, whose JSON is `data`."""
        moment = (anchor.created - _EPOCH) // _MICROSECOND
        return cls(
            anchor.id,
            moment,
            anchor.name,
            anchor.branch,
            anchor.commit,
            digest_of(data),
            " ".join(anchor.parents),
            anchor.status == "open" and not anchor.done_when,
            f"{anchor.created:%Y-%m-%d %H:%M}",
        )


def digest_of(data: str) -> str:
    """Return the digest of the content of an anchor, whose JSON is `data`.

    It is too long for anybody to find two anchors with the same digest. Otherwise a cache could give
    for one of them what was made from the other.
    """
    return blake2(data.encode("utf-8", "surrogatepass"), 20)


class StoredAnchor:
    """An anchor and the path of its file from the top of the worktree, with forward slashes.

    One from a cache is read when more than its facts is needed, which may raise BadAnchorFile.
    """

    __slots__ = ("_anchor", "_data", "_facts", "path")

    def __init__(self, anchor: Anchor, path: str) -> None:
        self.path = path
        self._anchor: Anchor | None = anchor
        self._data: str | Callable[[str], str] | None = None
        self._facts: Facts | None = None

    @classmethod
    def cached(cls, path: str, facts: Facts, data: str | Callable[[str], str]) -> "StoredAnchor":
        """Make one from its facts, and its JSON or a function that gives the JSON for a path."""
        stored = cls.__new__(cls)
        stored.path, stored._anchor, stored._data, stored._facts = path, None, data, facts
        return stored

    @property
    def anchor(self) -> Anchor:
        """The anchor."""
        if self._anchor is None:
            self._anchor = Anchor.from_dict(json.loads(self.data))
            self._data = None  # saves memory; it is made again if needed
        return self._anchor

    @property
    def data(self) -> str:
        """The anchor as JSON, which caches keep."""
        if self._data is None:
            self._data = json.dumps(self.anchor.as_dict())
        elif not isinstance(self._data, str):
            self._data = self._data(self.path)
        return self._data

    @property
    def words(self) -> str:
        """The text that a search looks through, which caches keep."""
        return texts.words_of(self.anchor)

    @property
    def facts(self) -> Facts:
        """The facts of the anchor."""
        if self._facts is None:
            self._facts = Facts.of(self.anchor, self.data)
        return self._facts

    def is_current(self) -> bool:
        """Return whether the facts are still true: an editor may have written the file since."""
        return self._facts is None or digest_of(self.data) == self._facts.digest

    @property
    def rank(self) -> tuple[int, str]:
        """The sort key of anchors; the newest has the highest."""
        return self.facts.moment, self.facts.id

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredAnchor):
            return NotImplemented
        return (self.path, self.anchor) == (other.path, other.anchor)

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"StoredAnchor({self.anchor!r}, {self.path!r})"


IRREGULAR: Final = "no file"
"""Stands for the signature of what is no regular file, and which no row of a cache has."""


def signature(status: os.stat_result) -> str:
    """Return a text that identifies the state of a file, as far as stat() can: size, times and inode."""
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"


_TICK_NS: Final = 100_000_000
_SECOND_NS: Final = 1_000_000_000
_COARSE_NS: Final = 2 * _SECOND_NS + _TICK_NS


def settled_ns(changed_ns: int) -> int:
    """Return the time after which a file that changed at `changed_ns` cannot change at that time again.

    Both are in nanoseconds since the epoch. It is one clock tick later, or 2.1 s if file times are whole
    seconds (two on FAT). A file that was read before that time may have changed without a new file time
    (git calls it racy).
    """
    return changed_ns + (_TICK_NS if is_exact(changed_ns) else _COARSE_NS)


def is_exact(changed_ns: int) -> bool:
    """Return whether a file time has a fraction of a second."""
    return changed_ns % _SECOND_NS != 0


def refuse_link(root: Path, path: str) -> None:
    """Raise WrongUsage if a path from the top of a worktree is a symbolic link."""
    if (root / path).is_symlink():
        target = (root / path).readlink()
        raise WrongUsage(f"'{path}' is a symbolic link to '{target}'; replace it by what it leads to")


class Store:
    """The anchor files of one worktree. `scratch` is a folder for files that are being written."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root = root
        self.folder = root / FOLDER
        self.scratch = scratch

    def check_folder(self) -> None:
        """Raise WrongUsage if `.anchors` exists and is not a folder, or is a link."""
        self._refuse_link(self.folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise WrongUsage(f"'{FOLDER}' is not a folder; move it away")

    def files(self) -> Iterator[AnchorFile]:
        """Yield every anchor file, newest name first. Raises WrongUsage for a link."""
        self.check_folder()
        for year in self._folders(self.folder):
            for month in self._folders(year):
                yield from self.files_of(month)

    def folders(self) -> dict[str, int]:
        """Return when each folder changed, in nanoseconds since the epoch, by its path from the top.

        Raises WrongUsage for a link.
        """
        self.check_folder()
        years = self._folders(self.folder)
        months = (month for year in years for month in self._folders(year))
        found = {}
        for folder in (self.folder, *years, *months):
            with contextlib.suppress(OSError):
                found[folder.relative_to(self.root).as_posix()] = folder.stat().st_mtime_ns
        return found

    def has_template(self, name: str) -> bool:
        """Return whether the team has its own template, or anything else, of that name."""
        return os.path.lexists(self.folder / "templates" / name)

    def misplaced(self) -> list[BadAnchorFile]:
        """Return the anchor files outside of the folders YEAR/MONTH, as problems."""
        places = [self.folder, *self._folders(self.folder)]
        found = []
        for spot in places:
            for path in sorted(spot.glob("*.yaml")) if spot.is_dir() else []:
                name = path.relative_to(self.root).as_posix()
                if name != SETTINGS:
                    reason = "lies outside of the folders YEAR/MONTH, where anchors are looked for"
                    found.append(BadAnchorFile(name, reason))
        return found

    def read_text(self, path: str) -> str:
        """Return the text of one file. Raises BadAnchorFile if it is not UTF-8 or cannot be read.

        This is done for many files, so it avoids `Path`, which would take twice as long.
        """
        try:
            return self.read_bytes(path).decode()
        except UnicodeDecodeError as error:
            raise BadAnchorFile(path, f"not UTF-8 at byte {error.start}") from None

    def read_bytes(self, path: str) -> bytes:
        """Return the bytes of one file. Raises BadAnchorFile, or WrongUsage for a link."""
        try:
            return safe_open.read(f"{self.root}/{path}")
        except OSError as error:
            self._refuse_link(self.root / path)
            raise BadAnchorFile(path, error.strerror or str(error)) from None

    def read(self, path: str) -> Anchor:
        """Read one anchor. Raises BadAnchorFile."""
        from gitanchor.storage import codec  # loading YAML takes 10 ms, which cached anchors avoid

        return codec.load(self.read_text(path), path)

    @property
    def foreword(self) -> str:
        """The text that the team wrote for the head of the log; empty if none."""
        if not os.path.lexists(self.root / FOREWORD):
            return ""
        self._refuse_link(self.folder)
        return self.read_text(FOREWORD).replace("\r\n", "\n").strip("\n")

    def write_foreword(self, text: str) -> None:
        """Save the text that the team wrote into the head of the log."""
        self._refuse_link(self.folder)
        atomic.write(self.root / FOREWORD, f"{text}\n".encode() if text else b"", self.scratch)

    def add(self, anchor: Anchor, text: str | None = None) -> str:
        """Write a new anchor and return its path; it is on the disk when this returns.

        `text` is the result of `text_of` for it, if the caller has that, which saves a second check.
        Raises WrongUsage if the file exists or would not read back as the same anchor, or WriteFailed.
        """
        path = f"{FOLDER}/{anchor.path}"
        target = self.root / path
        if target.exists():
            raise WrongUsage(f"'{path}' is there already; an anchor file is never overwritten")
        self._write(target, self.text_of(anchor) if text is None else text)
        return path

    @staticmethod
    def text_of(anchor: Anchor) -> str:
        """Return the text of an anchor's file, after checking that it reads back as the same anchor.

        Raises WrongUsage if it does not: if the anchor is too large, or has half of a surrogate pair.
        """
        from gitanchor.storage import codec

        try:
            json.dumps(anchor.as_dict(), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise WrongUsage("half of a surrogate pair is no text and cannot be kept") from None
        text = codec.dump(anchor)
        try:
            same = codec.load(text, "the anchor") == anchor
        except BadAnchorFile as problem:
            raise WrongUsage(f"this cannot be kept as an anchor: {problem.reason}") from None
        if not same:
            raise WrongUsage("this cannot be kept as an anchor without changing its text")
        return text

    def remove(self, path: str) -> None:
        """Remove an anchor file. The caller has to keep its text before. Raises WriteFailed."""
        self._refuse_link(self.root / path)
        try:
            (self.root / path).unlink(missing_ok=True)
        except OSError as error:
            raise WriteFailed(f"cannot remove '{path}': {error.strerror}") from None

    def _write(self, target: Path, text: str) -> None:
        for folder in (self.folder, target.parent.parent, target.parent, target):
            self._refuse_link(folder)
        atomic.write(target, text.encode(), self.scratch, durable=True)

    def _folders(self, folder: Path) -> list[Path]:
        """Return the year or month folders in a folder, newest first."""
        try:
            with os.scandir(folder) as entries:
                names = [
                    entry.name
                    for entry in entries
                    if entry.name.isdecimal() and (entry.is_dir() or entry.is_symlink())
                ]
        except FileNotFoundError:
            return []
        found = [folder / name for name in sorted(names, reverse=True)]
        for path in found:
            self._refuse_link(path)
        return found

    def files_of(self, month: Path) -> Iterator[AnchorFile]:
        """Yield the anchor files in the folder of a month, newest name first."""
        prefix = f"{FOLDER}/{month.parent.name}/{month.name}/"
        with os.scandir(month) as entries:
            found = [entry for entry in entries if entry.name.endswith(".yaml")]
        for entry in sorted(found, key=lambda entry: entry.name, reverse=True):
            if entry.is_symlink():
                self._refuse_link(Path(entry.path))
            status = entry.stat()
            changed = max(status.st_mtime_ns, status.st_ctime_ns)
            mark = signature(status) if stat.S_ISREG(status.st_mode) else IRREGULAR  # read_text says so
            yield AnchorFile(prefix + entry.name, mark, changed)

    def _refuse_link(self, path: Path) -> None:
        """Raise WrongUsage if a path is a symbolic link: anchors are never read or kept elsewhere."""
        refuse_link(self.root, path.relative_to(self.root).as_posix())
