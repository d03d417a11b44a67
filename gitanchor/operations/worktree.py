"""One worktree with its anchors, settings, log and state, each read when it is first needed."""

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gitanchor.git.repository import Repository
from gitanchor.hooks import reminder
from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage.index import index, tracked
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.state import State
from gitanchor.storage.store import FOLDER, Store, StoredAnchor

if TYPE_CHECKING:
    from gitanchor.log.log_file import LogFile
    from gitanchor.parsing.parse import Options
    from gitanchor.rendering.trust import Template, Templates
    from gitanchor.storage.config import Settings


class Worktree:
    """The parts of one worktree, each as it was when first needed."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.state = State(repository)
        self.store = Store(repository.root, self.state.scratch)
        self._seen: Listing | None = None

    @classmethod
    def open(cls, folder: Path, index: str | None = None) -> Self:
        """Open the worktree around a folder. Raises GitFailed outside of one.

        `index` is the index file of the commit being made, as git tells hooks.
        """
        found = Repository.find(folder)
        found.index = index
        return cls(found)

    @cached_property
    def listing(self) -> Listing:
        """All anchors, newest first, and the files that could not be read."""
        look = None if self.repository.index else partial(tracked.look, self.repository)
        self._seen = index.load(self.store, self.state.index, self._seen, look)
        return self._seen

    @cached_property
    def recent(self) -> Listing:
        """The same, cheaper if only the facts of most anchors are needed; see `index.glance`."""
        if "listing" in self.__dict__:
            return self.listing
        return index.glance(self.store, self.state.index) or self.listing

    def is_outdated(self, stored: StoredAnchor) -> bool:
        """Whether an anchor's file has changed since its facts were cached, and was not checked yet."""
        if "listing" in self.__dict__:
            return False
        try:
            return not stored.is_current()
        except BadAnchorFile:
            return True

    def look_again(self) -> Listing:
        """Return the anchors after checking each file, because one was found to be changed."""
        self.__dict__["recent"] = self.listing
        return self.listing

    @cached_property
    def settings(self) -> "Settings":
        """The settings in force. Raises WrongUsage or BadAnchorFile for a bad value."""
        from gitanchor.storage import config

        return config.load(self.repository)

    @cached_property
    def log(self) -> "LogFile":
        """The generated log of this worktree."""
        from gitanchor.log.log_file import LogFile

        return LogFile.of(self.repository, self.state, self.settings, self.store.foreword)

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
    def _ours(self) -> tuple[str, ...]:
        """The paths whose changes do not count as work: anchors, and the log as the hooks know it."""
        return (FOLDER, *reminder.known_generated(self.state.shared))
