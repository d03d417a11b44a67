"""What the checks of `git anchor doctor` find, and what they look at; what they look for is theirs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from gitanchor.hooks import reminder
from gitanchor.model.errors import AnchorError, BadAnchorFile, WrongUsage
from gitanchor.operations.tracker import Tracker
from gitanchor.storage import codec
from gitanchor.storage.index import copies
from gitanchor.storage.store import FOLDER, StoredAnchor

ERROR: Final = "error"
"""Something is lost, will be, or does not work."""

NOTE: Final = "note"
"""Something to know: what the next command puts right by itself, or what nobody here can change."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    `path` is from the top of the worktree, or absolute outside of it. `fix` says what `--fix` does,
    None where a person has to decide; `repair` does it. Findings with the same `fix` share a repair.
    """

    code: str
    message: str
    path: str | None = None
    fix: str | None = None
    level: str = ERROR
    fixed: bool = False
    repair: Callable[[], object] | None = field(default=None, compare=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON types."""
        names = ("code", "level", "message", "path", "fix", "fixed")
        return {name: getattr(self, name) for name in names}

    def after_repair(self) -> "Finding":
        """The same finding, once it is no more."""
        return replace(self, fixed=True)


@dataclass(frozen=True, slots=True)
class Files:
    """The anchor files as they are on the disk, past any cache. `link` says why none was read.

    Of those that hold one anchor, `anchors` has one, and `copies` the others, each with that one.
    """

    anchors: tuple[StoredAnchor, ...] = ()
    copies: tuple[tuple[StoredAnchor, StoredAnchor], ...] = ()
    problems: tuple[BadAnchorFile, ...] = ()
    link: str | None = None


class Examination:
    """One look at a worktree, shared by all checks. `proven` is what git was seen to run."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.repository = tracker.repository
        self.root = tracker.repository.root
        self.state = tracker.state
        self.proven: list[str] = []

    @property
    def in_use(self) -> bool:
        """Whether anchors are kept in this worktree."""
        return (self.root / FOLDER).exists() or (self.root / FOLDER).is_symlink()

    @cached_property
    def files(self) -> Files:
        """The anchor files, each read anew."""
        anchors, problems = [], []
        try:
            for file in self.tracker.store.files():
                try:
                    text = self.tracker.store.read_text(file.path)
                    anchors.append(StoredAnchor(codec.load(text, file.path), file.path))
                except BadAnchorFile as problem:
                    problems.append(problem)
        except WrongUsage as link:
            return Files(link=str(link))
        found = copies.sort(anchors)
        clashing = {problem.path for problem in found.clashes}
        by_path = {stored.path: stored for stored in anchors}
        counting = (stored for stored in found.anchors if stored.path not in clashing)
        clashes = (stored for stored in anchors if stored.path in clashing)
        pairs = ((by_path[copy.path], by_path[copy.of]) for copy in found.copies)
        return Files((*counting, *clashes), tuple(pairs), tuple(problems))

    @property
    def complete(self) -> bool:
        """Whether every anchor could be read, so that what is made of all of them can be judged."""
        files = self.files
        ids = {stored.anchor.id for stored in files.anchors}
        unique = len(ids) == len(files.anchors)
        return unique and not files.link and not files.problems and not self.left_out

    @cached_property
    def left_out(self) -> int:
        """How many anchors git knows, but keeps out of a sparse checkout."""
        return self.repository.left_out(FOLDER)

    @cached_property
    def log(self) -> str:
        """The path of the log from the top of the worktree, be the settings readable or not."""
        try:
            return self.tracker.settings.log
        except AnchorError:
            return reminder.known_generated(self.state.shared)[0]

    @property
    def archives(self) -> tuple[str, ...]:
        """The folder of the pages of older anchors, where there is one."""
        try:
            return self.tracker.settings.generated[1:]
        except AnchorError:
            return reminder.known_generated(self.state.shared)[1:]

    def shown(self, path: Path) -> str:
        """A path for people: from the top of the worktree if it is inside."""
        inside = path.is_relative_to(self.root)
        return (path.relative_to(self.root) if inside else path).as_posix()


Check = Callable[[Examination], Iterator[Finding]]
"""Looks for one kind of trouble."""
