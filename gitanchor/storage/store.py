"""The folder `.anchors/`: which files are there, reading one, adding one, replacing one.

Each anchor is a file of its own that is never renamed or moved. What a file means is the codec's
business; remembering what was read before is the index's.
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
    """One file of the store: its path from the top of the worktree, and what stat() says of it."""

    path: str
    signature: str
    changed_ns: int


class Facts(NamedTuple):
    """What is asked of many anchors at once, and so is kept beside the rest of what each says.

    `moment` is when it was created, in microseconds since the epoch; with the id it gives the order
    in which anchors stand. `made` is the same for people, in the zone that it was written in. Two
    anchors of one `digest` say the same. `parents` are ids with spaces between them. `is_open` says
    that nothing in its file closes it, nor could.
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
        """`branch@commit` as far as they are known."""
        return place(self.branch, self.commit)

    @property
    def created(self) -> datetime:
        """When it was created, in UTC."""
        return _EPOCH + self.moment * _MICROSECOND

    @property
    def state(self) -> str:
        """What tells what the anchor says now from whatever it, or another, ever says."""
        return f"{self.id} {self.digest}"

    @classmethod
    def of(cls, anchor: Anchor, data: str) -> "Facts":
        """The facts of an anchor, whose JSON is `data`."""
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
    """The digest of what an anchor says, whose JSON is `data`.

    So long that nobody finds two anchors that have the same: each of them would stand for the other,
    where what was made of it is remembered.
    """
    return blake2(data.encode("utf-8", "surrogatepass"), 20)


class StoredAnchor:
    """An anchor and the path of its file from the top of the worktree, with forward slashes.

    One that comes from a cache is looked at when more than its facts is asked for; then BadAnchorFile
    may be raised.
    """

    __slots__ = ("_anchor", "_data", "_facts", "path")

    def __init__(self, anchor: Anchor, path: str) -> None:
        self.path = path
        self._anchor: Anchor | None = anchor
        self._data: str | Callable[[str], str] | None = None
        self._facts: Facts | None = None

    @classmethod
    def cached(cls, path: str, facts: Facts, data: str | Callable[[str], str]) -> "StoredAnchor":
        """The same from its facts, and from its JSON, or from what gives that for its path."""
        stored = cls.__new__(cls)
        stored.path, stored._anchor, stored._data, stored._facts = path, None, data, facts
        return stored

    @property
    def anchor(self) -> Anchor:
        """The anchor."""
        if self._anchor is None:
            self._anchor = Anchor.from_dict(json.loads(self.data))
            self._data = None  # twice as much to hold, and made again where it is wanted
        return self._anchor

    @property
    def data(self) -> str:
        """The anchor as JSON, for caches."""
        if self._data is None:
            self._data = json.dumps(self.anchor.as_dict())
        elif not isinstance(self._data, str):
            self._data = self._data(self.path)
        return self._data

    @property
    def words(self) -> str:
        """What a search looks through, for caches."""
        return texts.words_of(self.anchor)

    @property
    def facts(self) -> Facts:
        """What is asked of many."""
        if self._facts is None:
            self._facts = Facts.of(self.anchor, self.data)
        return self._facts

    def is_current(self) -> bool:
        """Whether the anchor says what its facts say: an editor may have written its file since."""
        return self._facts is None or digest_of(self.data) == self._facts.digest

    @property
    def rank(self) -> tuple[int, str]:
        """What anchors are sorted by: the newest has the highest."""
        return self.facts.moment, self.facts.id

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredAnchor):
            return NotImplemented
        return (self.path, self.anchor) == (other.path, other.anchor)

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"StoredAnchor({self.anchor!r}, {self.path!r})"


def signature(status: os.stat_result) -> str:
    """What tells a state of a file from any other, as far as stat() can: size, times and inode."""
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"


_TICK_NS: Final = 100_000_000
_SECOND_NS: Final = 1_000_000_000
_COARSE_NS: Final = 2 * _SECOND_NS + _TICK_NS


def settled_ns(changed_ns: int) -> int:
    """From when on a file that changed at one time can no more change at that time again.

    That is a clock tick later; or where file times are of whole seconds, or of two as on FAT, so much.
    What was read before may have changed since without a sign of it (as git says, it is racy).
    """
    return changed_ns + (_TICK_NS if is_exact(changed_ns) else _COARSE_NS)


def is_exact(changed_ns: int) -> bool:
    """Whether a file time has parts of a second."""
    return changed_ns % _SECOND_NS != 0


def refuse_link(root: Path, path: str) -> None:
    """Raise WrongUsage if what is at a path from the top of a worktree is a symbolic link."""
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
        """Raise WrongUsage if `.anchors` is no folder of this worktree."""
        self._refuse_link(self.folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise WrongUsage(f"'{FOLDER}' is not a folder; move it away")

    def files(self) -> Iterator[AnchorFile]:
        """Every anchor file, newest name first. Raises WrongUsage if a link leads outside."""
        self.check_folder()
        for year in self._folders(self.folder):
            for month in self._folders(year):
                yield from self.files_of(month)

    def folders(self) -> dict[str, int]:
        """When each folder changed, in nanoseconds since the epoch, by its path from the top.

        Raises WrongUsage if a link leads outside.
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
        """Whether the team has a template of its own, or anything that is called so."""
        return os.path.lexists(self.folder / "templates" / name)

    def misplaced(self) -> list[BadAnchorFile]:
        """Anchor files that lie where none is looked for, as problems."""
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
        """The text of one file. Raises BadAnchorFile if it is no UTF-8 or cannot be read.

        Done for each of many files, and so without `Path`, with which it takes twice as long.
        """
        try:
            return self.read_bytes(path).decode()
        except UnicodeDecodeError as error:
            raise BadAnchorFile(path, f"not UTF-8 at byte {error.start}") from None

    def read_bytes(self, path: str) -> bytes:
        """The bytes of one file. Raises BadAnchorFile, and WrongUsage for a link."""
        try:
            return safe_open.read(f"{self.root}/{path}")
        except OSError as error:
            self._refuse_link(self.root / path)
            raise BadAnchorFile(path, error.strerror or str(error)) from None

    def read(self, path: str) -> Anchor:
        """One anchor. Raises BadAnchorFile."""
        from gitanchor.storage import codec  # YAML costs 10 ms, and the index spares it

        return codec.load(self.read_text(path), path)

    @property
    def foreword(self) -> str:
        """What the team wrote to stand in the head of the log; empty if nothing."""
        if not os.path.lexists(self.root / FOREWORD):
            return ""
        self._refuse_link(self.folder)
        return self.read_text(FOREWORD).replace("\r\n", "\n").strip("\n")

    def write_foreword(self, text: str) -> None:
        """Keep what the team wrote into the head of the log."""
        self._refuse_link(self.folder)
        atomic.write(self.root / FOREWORD, f"{text}\n".encode() if text else b"", self.scratch)

    def add(self, anchor: Anchor, text: str | None = None) -> str:
        """Write a new anchor, safe on disk when this returns, and return its path.

        `text` is what `text_of` gave for it before, which need not be proven twice. Raises WrongUsage if
        its file would not read back as the same anchor.
        """
        path = f"{FOLDER}/{anchor.path}"
        target = self.root / path
        if target.exists():
            raise WrongUsage(f"'{path}' is there already; an anchor file is never overwritten")
        self._write(target, self.text_of(anchor) if text is None else text)
        return path

    @staticmethod
    def text_of(anchor: Anchor) -> str:
        """The text of an anchor's file, proven to read back as the same anchor.

        Raises WrongUsage for an anchor that is too large, or holds half of a surrogate pair.
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
        """Remove an anchor file. Keeping its text is the caller's business. Raises WriteFailed."""
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
        """The year or month folders in a folder, newest first."""
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
        """The anchor files in the folder of a month, newest name first."""
        prefix = f"{FOLDER}/{month.parent.name}/{month.name}/"
        with os.scandir(month) as entries:
            found = [entry for entry in entries if entry.name.endswith(".yaml")]
        for entry in sorted(found, key=lambda entry: entry.name, reverse=True):
            if entry.is_symlink():
                self._refuse_link(Path(entry.path))
            status = entry.stat()
            changed = max(status.st_mtime_ns, status.st_ctime_ns)
            mark = signature(status) if stat.S_ISREG(status.st_mode) else "no file"  # read_text says so
            yield AnchorFile(prefix + entry.name, mark, changed)

    def _refuse_link(self, path: Path) -> None:
        """Raise WrongUsage if a path is a symbolic link: anchors are never read or kept elsewhere."""
        refuse_link(self.root, path.relative_to(self.root).as_posix())
