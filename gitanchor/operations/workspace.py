"""What one command finds: a worktree with its anchors, settings, log and state."""

from collections.abc import Collection
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gitanchor.git.repository import Repository
from gitanchor.model.errors import BadAnchorFile, WrongUsage
from gitanchor.storage.index import index, tracked
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.state import State
from gitanchor.storage.store import FOLDER, Store, StoredAnchor

if TYPE_CHECKING:
    from gitanchor.log.log_file import LogFile
    from gitanchor.log.output_files import OutputFiles
    from gitanchor.parsing.parse import Options
    from gitanchor.rendering.trust import Template, Templates
    from gitanchor.storage.config import Settings
    from gitanchor.storage.secrets.gate import Gate
    from gitanchor.storage.writer import Writer


class Workspace:
    """One worktree as a command finds it: each part is read when first needed, and only once.

    What is written later shows only in the workspace that `again` returns. `allowed_secrets` are
    the ids of findings that a person allowed; see `storage.secrets.gate`.
    """

    def __init__(
        self,
        repository: Repository,
        allowed_secrets: Collection[str] = (),
        *,
        before: "Workspace | None" = None,
    ) -> None:
        """Take the worktree; `before` is an earlier look at it, whose settings still hold."""
        self.repository = repository
        self.allowed_secrets = allowed_secrets
        self.state: State = State(repository) if before is None else before.state
        self.store = Store(repository.root, self.state.scratch)
        self._before = before

    @classmethod
    def open(cls, folder: Path, index: str | None = None, allowed_secrets: Collection[str] = ()) -> Self:
        """Open the worktree around a folder. Raises GitFailed outside of one.

        `index` is the index file of the commit being made, as git tells hooks.
        """
        found = Repository.find(folder)
        found.index = index
        return cls(found, allowed_secrets)

    def again(self) -> Self:
        """Return the same worktree as it is now."""
        return type(self)(self.repository, self.allowed_secrets, before=self)

    @cached_property
    def listing(self) -> Listing:
        """All anchors, newest first, and the files that could not be read."""
        seen = self._before.__dict__.get("listing") if self._before else None
        look = None if self.repository.index else partial(tracked.look, self.repository)
        return index.load(self.store, self.state.index, seen, look)

    @property
    def recent(self) -> Listing:
        """The same, cheaper if only the facts of most anchors are needed; see `index.glance`."""
        return self.__dict__.get("listing") or self._glance

    @cached_property
    def _glance(self) -> Listing:
        return index.glance(self.store, self.state.index) or self.listing

    def is_outdated(self, stored: StoredAnchor) -> bool:
        """Whether an anchor's file has changed since its facts were cached, and was not checked yet."""
        if "listing" in self.__dict__:
            return False
        try:
            return not stored.is_current()
        except BadAnchorFile:
            return True

    @cached_property
    def settings(self) -> "Settings":
        """The settings in force. Raises WrongUsage or BadAnchorFile for a bad value."""
        from gitanchor.storage import config

        return config.load(self.repository) if self._before is None else self._before.settings

    @cached_property
    def log(self) -> "LogFile":
        """The generated log of this worktree."""
        from gitanchor.log.log_file import LogFile

        return LogFile.of(self.repository, self.state, self.settings, self.store.foreword)

    @cached_property
    def outputs(self) -> "OutputFiles":
        """The files that are generated beside the log."""
        from gitanchor.log.output_files import OutputFiles

        return OutputFiles(self.repository.root, self.state.scratch, self.log, self.settings.outputs)

    @cached_property
    def writes_log(self) -> bool:
        """Whether the log is written on the branch that is checked out, according to the settings."""
        from gitanchor.storage.config import DEFAULT_BRANCH

        if self.settings.log_mode != DEFAULT_BRANCH:
            return True
        named = self.settings.log_branch
        names = {named} if named else self.repository.default_branches()
        return self.repository.head.branch in names

    def template(self, name: str) -> "Template | None":
        """Return the team's own template, or None. Raises WrongUsage if it is not trusted."""
        return self.templates.usable(name) if self.store.has_template(name) else None

    @property
    def templates(self) -> "Templates":
        """The team's own templates, trusted or not."""
        from gitanchor.rendering.trust import Templates

        return Templates(self.repository.root, self.state.shared, self.state.scratch)

    @cached_property
    def reading(self) -> "Options":
        """The team's settings for the parser."""
        from gitanchor.parsing.parse import Options

        return Options(self.settings.day_first, self.settings.labels)

    @cached_property
    def ours(self) -> tuple[str, ...]:
        """The paths whose changes do not count as work: anchors, and the log as the hooks know it."""
        from gitanchor.hooks import reminder

        return (FOLDER, *reminder.known_generated(self.state.shared))

    @property
    def writer(self) -> "Writer":
        """What writes the anchor files of this worktree."""
        from gitanchor.storage.writer import Writer

        return Writer(self.repository, self.state, self.store, self.gate, self.recent.copies)

    @cached_property
    def gate(self) -> "Gate":
        """What refuses secrets in texts that are to be written."""
        from gitanchor.storage.secrets.gate import Gate

        return Gate(
            self.state,
            self.allowed_secrets,
            lambda: [stored.anchor for stored in self.listing.anchors],
        )

    def path_from_top(self, path: str) -> str:
        """Turn a path that a person typed, from the current folder, into one from the worktree's top.

        Raises WrongUsage for a path outside of the worktree.
        """
        full = Path(path).parent.resolve() / Path(path).name
        try:
            return full.relative_to(self.repository.root).as_posix()
        except ValueError:
            raise WrongUsage(f"'{path}' is outside of '{self.repository.root}'") from None
