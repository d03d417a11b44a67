"""Making a repository ready for anchors: folder, settings, attributes, log, hooks. Once is enough."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitanchor import atomic, encoding, hooks, reminder, settings
from gitanchor.errors import WrongUsage
from gitanchor.logfile import hand_work
from gitanchor.parse import parse
from gitanchor.store import ATTRIBUTES, SETTINGS
from gitanchor.tracker import Tracker

_ANCHOR_ATTRIBUTES: Final = "* text eol=lf"
_LOG_ATTRIBUTES: Final = "merge=gitanchor linguist-generated text eol=lf"


@dataclass(frozen=True, slots=True)
class Initialized:
    """What was made and what was there, as paths from the top of the worktree.

    `hand_kept` counts the anchors in a log that people kept so far, which was left as it is.
    """

    created: tuple[str, ...]
    present: tuple[str, ...]
    hooks: tuple[hooks.Installation, ...]
    log: str
    hand_kept: int = 0


def initialize(tracker: Tracker, log: str | None, *, with_hooks: bool) -> Initialized:
    """Make what is missing; `log` is the path of the log from the top of the worktree.

    Raises WrongUsage if another log is set already, or a link leads out of the worktree.
    """
    tracker.store.check_folder()
    root = tracker.repository.root
    is_new = not (root / SETTINGS).exists()
    path = settings.checked_log(log or settings.DEFAULT_LOG) if is_new else tracker.settings.log
    if log is not None and settings.checked_log(log) != path:
        raise WrongUsage(f"{SETTINGS}: log.path is '{path}' already; change it there")
    created: list[str] = []
    present: list[str] = []
    for name, text in (
        (SETTINGS, settings.initial(path)),
        (ATTRIBUTES, f"{_ANCHOR_ATTRIBUTES}\n"),
        (".gitattributes", f"{_quoted(path)} {_LOG_ATTRIBUTES}\n"),
    ):
        done = _add_line(root / name, text, tracker.state.scratch)
        (created if done else present).append(name)
    hand_kept = _hand_kept(tracker)
    if not hand_kept and not tracker.listing.problems:
        before = tracker.log.read()
        tracker.render()
        (created if before is None else present).append(path)
    else:
        reminder.write(tracker.state.shared, tracker.state.scratch, (), tracker.settings, head=None)
    installed: list[hooks.Installation] = []
    if with_hooks:
        installed = hooks.install(tracker.repository, tracker.state.shared, tracker.state.scratch)
    return Initialized(tuple(created), tuple(present), tuple(installed), path, hand_kept)


def _add_line(target: Path, text: str, scratch: Path) -> bool:
    """Add a text to a file that does not start the same line yet; say whether that changed it."""
    present = target.read_bytes() if target.exists() else b""
    start = text.split(" ", 1)[0].encode()
    if target.name == "config.yaml" and present:
        return False
    if any(line.split(b" ")[0] == start for line in present.splitlines()):
        return False
    separator = b"" if not present or present.endswith(b"\n") else b"\n"
    atomic.write(target, present + separator + text.encode(), scratch)
    return True


def _quoted(path: str) -> str:
    """A path as a pattern of gitattributes(5): in quotation marks if it has white space."""
    if not any(char in path for char in ' "\\\t'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _hand_kept(tracker: Tracker) -> int:
    """How many anchors a log holds that people kept by hand; 0 if the log is generated or missing."""
    text = tracker.log.read()
    if text is None or not hand_work(text):
        return 0
    clean = encoding.repair(text).text
    return max(1, sum(draft.id is None for draft in parse(clean).drafts))
