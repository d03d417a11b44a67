"""Write what the hooks read: which anchor there is to resume from, and when to remind.

The hooks are sh and start no Python for this, so each fact is a line of a small file below `<git
common dir>/gitanchor/`: `remind` has both thresholds, then what is generated: the path of the log,
and the folder of its older entries if there is one; `count/<branch>~` has the commits since.
`outputs` has the paths of the files that are generated beside the log, and exists only if there are any.
`umask` exists only if `core.sharedRepository` asks for other modes than the umask gives.

`heads/<branch>~` has what `offer` chooses on that branch, so that a hook and `git anchor resume`
never name different anchors. Its lines are: the id (`none` if there is nothing to resume from,
`stale` if that is unknown), the commit, seconds since the epoch, the name, an empty line, where the
anchor came from unless it is the branch's own, the anchor files that it was chosen among (their
number, and the last few, with a `!` after those that are not open), and HEAD's commit at that time,
unless the anchor is the branch's own. A hook names an anchor only while it finds these same files.
If the choice may change in another way, the hooks that git runs then write `stale`.

`<git dir>/gitanchor/here` is the same for a branch that is made at HEAD, and has no anchor of its
own. No branch can have a `~` in its name (git-check-ref-format(1)), so none is in the way of
another's folder.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gitanchor.git.names import Head, is_branch_name
from gitanchor.model import escaping
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import BadAnchorFile, WriteFailed
from gitanchor.storage import atomic, permissions, safe_open
from gitanchor.storage.config import DEFAULT_LOG, Settings
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import StoredAnchor
from gitanchor.tracking.offer import Offer

UNBORN: Final = "-"
UNKNOWN: Final = "?"
"""Stands for the commit of an imported anchor that records none, and need not be older than all."""

_NONE: Final = "none"
_STALE: Final = "stale"
_WHAT: Final = 4
"""The number of lines of a head that describe the anchor; the others say why it was chosen."""

_OPEN: Final = "status: open"
_DECIDING: Final = ("status:", "context:", "milestone:", "next_action:")
"""The line of an anchor's file that says whether it is open, and those at which hooks stop looking."""

_AMONG: Final = 6
_WHERE: Final = 7
"""The indices of the lines for the anchor files, and for the commit of HEAD."""


def write_settings(shared: Path, scratch: Path, settings: Settings) -> None:
    """Update the thresholds of the reminder, and the list of what is generated."""
    thresholds = f"{settings.remind_commits} {settings.remind_hours}\n"
    thresholds += "".join(f"{path}\n" for path in settings.of_log)
    _write_if_new(shared / "remind", thresholds, scratch)
    if settings.outputs:
        _write_if_new(shared / "outputs", "".join(f"{path}\n" for path in settings.outputs), scratch)
    else:
        with contextlib.suppress(OSError):
            (shared / "outputs").unlink()
    granted = permissions.granted_below(shared)
    if granted.bits:
        _write_if_new(shared / "umask", f"{granted.mask}\n", scratch)
    else:
        with contextlib.suppress(OSError):
            (shared / "umask").unlink()
    with contextlib.suppress(OSError):  # the prepare-commit-msg hook's copy of git's settings
        (shared / "trailer").unlink()


class Heads:
    """The heads of the branches of one clone, written from one of its worktrees.

    `root` is the top of that worktree. `bound` returns the commit that stands for an anchor now, or
    None if this clone has none.
    """

    def __init__(
        self,
        root: Path,
        shared: Path,
        own: Path,
        scratch: Path,
        head: Head,
        bound: Callable[[StoredAnchor], str | None],
    ) -> None:
        self._root = root
        self._shared = shared
        self._own = own
        self._scratch = scratch
        self._head = head
        self._bound = bound

    def tell(self, listing: Listing, offer: Offer | None) -> None:
        """Write what there is to resume from on the branch that is checked out. Raises WriteFailed."""
        if self._head.branch is not None:
            commit = self._commit(offer, self._file(self._head.branch))
            self._write(self._head.branch, self._text(listing, offer, commit))

    def tell_others(self, listing: Listing) -> None:
        """Do the same for other branches, unless their heads are newer. Raises WriteFailed.

        What is checked out may lack the newest anchor of another branch.
        """
        for stored in listing.first_of_each_branch():
            branch = stored.facts.branch
            if not branch or branch == self._head.branch or not is_branch_name(branch):
                continue  # a file may name any branch
            known = self._lines(branch)
            if known[:1] == [stored.facts.id] or _moment(known) > _seconds(stored.anchor):
                continue
            if stored.facts.is_open and not listing.has_children(stored.facts.id):
                self._write(branch, self._text(listing, Offer(stored, is_own=True)))

    def tell_of_here(self, listing: Listing, contained: StoredAnchor | None) -> None:
        """Do the same for a branch that may be made here. Raises WriteFailed."""
        offer = None if contained is None else Offer(contained, is_own=False)
        file = self._own / "here"
        text = self._text(listing, offer, self._commit(offer, file))
        _write_if_new(file, text, self._scratch)

    def outdate(self) -> None:
        """Mark the head as stale, as a commit may change the choice; but not a branch's own anchor."""
        branch = self._head.branch
        lines = self._lines(branch) if branch is not None else []
        if branch is not None and "".join(lines[_WHERE:]) and lines[_AMONG] != "0":
            with contextlib.suppress(WriteFailed):
                self._write(branch, f"{_STALE}\n")

    def _commit(self, offer: Offer | None, file: Path) -> str | None:
        """Return the commit to count from: what the anchor's commit became by a rebase or a squash.

        It is looked for only if the hooks have another anchor, or commits were rewritten since.
        """
        recorded = offer.stored.anchor.commit if offer else None
        if offer is None or not recorded or recorded == self._head.commit:
            return recorded
        known = _lines_of(file)
        if known[:1] == [offer.stored.facts.id] and len(known) > _WHAT:
            if not self._is_older_than_rewrites(file):
                return known[1]
            with contextlib.suppress(OSError):
                os.utime(file)  # not looked for again until the next rewrite
        return self._bound(offer.stored) or recorded

    def _is_older_than_rewrites(self, file: Path) -> bool:
        """Whether commits were rewritten since a file was written."""
        with contextlib.suppress(OSError):
            return (self._shared / "rewritten").stat().st_mtime_ns >= file.stat().st_mtime_ns
        return False

    def _text(self, listing: Listing, offer: Offer | None, commit: str | None = None) -> str:
        if listing.problems or (offer and not offer.stored.facts.is_open):
            return f"{_STALE}\n"  # no hook would notice that a condition closes it
        count, last = listing.files()
        where = "" if offer and offer.is_own else self._head.commit or UNBORN
        origin = _on_one_line(offer.origin) if offer else ""
        what = _facts(offer.stored.anchor, commit) if offer else f"{_NONE}\n\n\n\n"
        among = " ".join([str(count), *(path if self._is_open(path) else f"{path}!" for path in last)])
        return f"{what}\n{origin}\n{among}\n{where}\n"

    def _is_open(self, path: str) -> bool:
        """Whether an anchor's file says that it is open, read as a hook reads it."""
        with contextlib.suppress(OSError, BadAnchorFile):
            for line in safe_open.read(self._root / path).decode("utf-8", "replace").split("\n"):
                if line.startswith(_DECIDING):
                    return line == _OPEN
        return False

    def _write(self, branch: str, text: str) -> None:
        known = self._lines(branch)
        target = self._file(branch)
        if not _write_if_new(target, text, self._scratch):
            return
        lines = text.split("\n")
        if known[:_WHAT] == lines[:_WHAT] or lines[0] == _STALE:
            return
        is_new = lines[0] == _NONE or lines[1] == (self._head.commit or UNBORN)
        count = "0" if is_new else ""  # empty makes the hook ask git
        atomic.write(self._shared / "count" / f"{branch}~", f"{count}\n".encode(), self._scratch)

    def _lines(self, branch: str) -> list[str]:
        return _lines_of(self._file(branch))

    def _file(self, branch: str) -> Path:
        return self._shared / "heads" / f"{branch}~"


def renew(heads: Heads, listing: Listing, offer: Offer | None) -> None:
    """Write what a reading command found for the hooks; a failure to write is ignored."""
    with contextlib.suppress(WriteFailed):
        heads.tell(listing, offer)


def known_generated(shared: Path) -> tuple[str, ...]:
    """Return the generated paths, the log first, as last recorded, for readers without settings."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (*known_log(shared), *(shared / "outputs").read_text("utf-8").splitlines())
    return known_log(shared)


def known_log(shared: Path) -> tuple[str, ...]:
    """Return the path of the log, and the folder of its older entries if there is one, likewise."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return tuple((shared / "remind").read_text("utf-8").splitlines()[1:]) or (DEFAULT_LOG,)
    return (DEFAULT_LOG,)


def _lines_of(path: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return path.read_text("utf-8", "replace").split("\n")
    return []


def _facts(anchor: Anchor, commit: str | None = None) -> str:
    commit = commit or anchor.commit or (UNKNOWN if anchor.source == "import" else UNBORN)
    return f"{anchor.id}\n{commit}\n{_seconds(anchor)}\n{_on_one_line(anchor.name)}\n"


def _on_one_line(text: str) -> str:
    """Return a text that is safe for a hook to print."""
    return escaping.one_line(escaping.escaped(text))


def _seconds(anchor: Anchor) -> int:
    return int(anchor.created.timestamp())


def _moment(lines: list[str]) -> int:
    """Return when a head's anchor was made, in seconds since the epoch; 0 without an anchor."""
    with contextlib.suppress(ValueError, IndexError):
        return int(lines[2])
    return 0


def _write_if_new(target: Path, text: str, scratch: Path) -> bool:
    content = text.encode("utf-8", "surrogateescape")
    if target.is_file() and target.read_bytes() == content:
        return False
    atomic.write(target, content, scratch)
    return True
