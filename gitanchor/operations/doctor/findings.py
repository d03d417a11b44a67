"""What the checks of `git anchor doctor` return, and what they examine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from gitanchor.hooks import reminder
from gitanchor.model.errors import AnchorError, BadAnchorFile, WrongUsage
from gitanchor.operations import choose, render
from gitanchor.operations.workspace import Workspace
from gitanchor.storage import codec
from gitanchor.storage.index import copies
from gitanchor.storage.store import FOLDER, StoredAnchor

ERROR: Final = "error"
"""Something is lost, will be lost, or does not work."""

NOTE: Final = "note"
"""Something to know: the next command corrects it by itself, or nobody here can change it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    `path` is relative to the top of the worktree, or absolute outside of it. `fix` says what
    `--fix` does, None if a person has to decide; `repair` does it. Findings with the same `fix`
    share one repair.
    """

    code: str
    message: str
    path: str | None = None
    fix: str | None = None
    level: str = ERROR
    fixed: bool = False
    repair: Callable[[], object] | None = field(default=None, compare=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON types."""
        names = ("code", "level", "message", "path", "fix", "fixed")
        return {name: getattr(self, name) for name in names}

    def after_repair(self) -> "Finding":
        """Return the same finding, marked as repaired."""
        return replace(self, fixed=True)


@dataclass(frozen=True, slots=True)
class Files:
    """The anchor files as they are on disk, without any cache. `link` says why none could be read.

    Of several files with the same anchor, one is in `anchors`, and each other in `copies`, paired
    with it.
    """

    anchors: tuple[StoredAnchor, ...] = ()
    copies: tuple[tuple[StoredAnchor, StoredAnchor], ...] = ()
    problems: tuple[BadAnchorFile, ...] = ()
    link: str | None = None


class Examination:
    """One examination of a worktree, shared by all checks. `proven` is what git was seen to run."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.repository = workspace.repository
        self.root = workspace.repository.root
        self.state = workspace.state
        self.proven: list[str] = []

    @property
    def in_use(self) -> bool:
        """Whether this worktree has anchors."""
        return (self.root / FOLDER).exists() or (self.root / FOLDER).is_symlink()

    @cached_property
    def files(self) -> Files:
        """The anchor files, each read from disk."""
        anchors, problems = [], []
        try:
            for file in self.workspace.store.files():
                try:
                    text = self.workspace.store.read_text(file.path)
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
        """Whether every anchor could be read. Only then can the log, made of all of them, be judged."""
        files = self.files
        ids = {stored.anchor.id for stored in files.anchors}
        unique = len(ids) == len(files.anchors)
        return unique and not files.link and not files.problems and not self.left_out

    @cached_property
    def left_out(self) -> int:
        """How many tracked anchors a sparse checkout leaves out."""
        return self.repository.left_out(FOLDER)

    @cached_property
    def log(self) -> str:
        """The path of the log from the top of the worktree, also if the settings are unreadable."""
        try:
            return self.workspace.settings.log
        except AnchorError:
            return reminder.known_log(self.state.shared)[0]

    @property
    def archives(self) -> tuple[str, ...]:
        """The folder with the pages of older anchors, if there is one."""
        try:
            return self.workspace.settings.of_log[1:]
        except AnchorError:
            return reminder.known_log(self.state.shared)[1:]

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files that are generated beside the log."""
        try:
            return tuple(self.workspace.settings.outputs)
        except AnchorError:
            return ()

    def render(self) -> None:
        """Bring the log up to date with the anchors as they are now."""
        render.render(self.workspace.again())

    def remind(self) -> None:
        """Write what the hooks read, for the anchors as they are now."""
        choose.remind(self.workspace.again())

    def shown(self, path: Path) -> str:
        """Return a path for people: relative to the top of the worktree if it is inside."""
        inside = path.is_relative_to(self.root)
        return (path.relative_to(self.root) if inside else path).as_posix()


Check = Callable[[Examination], Iterator[Finding]]
"""A function that looks for one kind of problem."""
