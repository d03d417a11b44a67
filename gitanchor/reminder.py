"""What the hooks read: the newest anchor of each branch, and when to remind.

The hooks are sh and start no Python for this, so each fact is a line of a small file: `heads/<branch>~`
(id, commit, seconds since the epoch, name, and the status unless that is open), `count/<branch>~`
(commits since) and `remind` (both thresholds, then what is generated: the path of the log, and the
folder of its older entries where there is one). All lie below
`<git common dir>/gitanchor/`. No branch can have a `~` in its name (git-check-ref-format(1)), so none
is in the way of another's folder.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gitanchor import atomic, terminal
from gitanchor.anchor import Anchor
from gitanchor.gitnames import is_branch_name
from gitanchor.settings import DEFAULT_COMMITS, DEFAULT_LOG, Settings
from gitanchor.store import StoredAnchor

UNBORN: Final = "-"
UNKNOWN: Final = "?"
"""What stands for the commit of an anchor that has none: it is older than all, or does not say."""


def write(
    shared: Path, scratch: Path, anchors: Iterable[StoredAnchor], settings: Settings, head: str | None
) -> None:
    """Bring the hook's files up to date; `anchors` are newest first, `head` is HEAD's commit."""
    thresholds = f"{settings.remind_commits} {settings.remind_hours}\n"
    thresholds += "".join(f"{path}\n" for path in settings.generated)
    _write_if_new(shared / "remind", thresholds, scratch)
    with contextlib.suppress(OSError):  # what the prepare-commit-msg hook remembers of git's settings
        (shared / "trailer").unlink()
    newest: dict[str | None, StoredAnchor] = {}
    for stored in anchors:
        newest.setdefault(stored.facts.branch, stored)
    for branch, stored in newest.items():
        if not branch or not is_branch_name(branch):  # a file may claim any
            continue
        anchor = stored.anchor
        target = shared / "heads" / f"{branch}~"
        # What is checked out may lack the newest anchor of some other branch.
        if _moment(target) <= _seconds(anchor) and _write_if_new(target, _facts(anchor), scratch):
            # Unless nothing was committed since, the hook shall ask git.
            count = 0 if anchor.commit == head else settings.remind_commits or DEFAULT_COMMITS
            atomic.write(shared / "count" / f"{branch}~", f"{count}\n".encode(), scratch)


def known_generated(shared: Path) -> tuple[str, ...]:
    """What is generated, the log first, as it was last written down, for readers without settings."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return tuple((shared / "remind").read_text("utf-8").splitlines()[1:]) or (DEFAULT_LOG,)
    return (DEFAULT_LOG,)


def _facts(anchor: Anchor) -> str:
    commit = anchor.commit or (UNKNOWN if anchor.source == "import" else UNBORN)
    name = terminal.one_line(terminal.escaped(anchor.name))
    closed = "" if anchor.status == "open" else f"{anchor.status}\n"
    return f"{anchor.id}\n{commit}\n{_seconds(anchor)}\n{name}\n{closed}"


def _seconds(anchor: Anchor) -> int:
    return int(anchor.created.timestamp())


def _moment(target: Path) -> int:
    """When the anchor was made that a file names, in seconds since the epoch; 0 if it names none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(target.read_bytes().split(b"\n")[2])
    return 0


def _write_if_new(target: Path, text: str, scratch: Path) -> bool:
    content = text.encode("utf-8", "surrogateescape")
    if target.is_file() and target.read_bytes() == content:
        return False
    atomic.write(target, content, scratch)
    return True
