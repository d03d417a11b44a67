"""The facade: one method a use case, for the commands and for other programs.

A Tracker belongs to one worktree and reads it once; make a new one to see what others changed.
"""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gitanchor import index, prompts, reminder, selectors
from gitanchor.anchor import TITLES, Anchor, checked_name
from gitanchor.errors import (
    AnchorError,
    BadAnchorFile,
    Busy,
    WriteFailed,
    WrongUsage,
)
from gitanchor.gitnames import Commit
from gitanchor.repository import Repository
from gitanchor.state import State
from gitanchor.store import FOLDER, Store, StoredAnchor
from gitanchor.writing import Writer, Written

if TYPE_CHECKING:
    from gitanchor.drafts import Draft, Parsed
    from gitanchor.logfile import LogFile
    from gitanchor.parse import Options
    from gitanchor.settings import Settings

_SHOWN = 100
"""Characters of a section in the short look at what was understood."""

_STAMP = len("20251026T2047")
"""Characters of the time at the start of a file's name."""


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since an anchor: its commits, None if this clone cannot know, and the time."""

    stored: StoredAnchor
    commits: tuple[Commit, ...] | None
    passed: timedelta


@dataclass(frozen=True, slots=True)
class Read:
    """What the parser found in a text, and what was repaired in it before."""

    repairs: tuple[str, ...]
    parsed: "Parsed"


class Tracker:
    """The anchors of one worktree."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.state = State(repository)
        self.store = Store(repository.root, self.state.scratch)

    @classmethod
    def open(cls, folder: Path, index: str | None = None) -> "Tracker":
        """The tracker of the worktree around a folder. Raises GitFailed outside of one.

        `index` is the index that a commit is being made from, as hooks are told it.
        """
        return cls(dataclasses.replace(Repository.find(folder), index=index))

    # Reading -------------------------------------------------------------------------------

    @cached_property
    def listing(self) -> index.Listing:
        """All anchors, newest first, and the files that could not be read."""
        return index.load(self.store, self.state.index)

    @cached_property
    def settings(self) -> "Settings":
        """The settings in force. Raises WrongUsage or BadAnchorFile for a bad value."""
        from gitanchor import settings

        return settings.load(self.repository)

    @cached_property
    def log(self) -> "LogFile":
        """The generated log of this worktree."""
        from gitanchor.logfile import LogFile

        scratch, foreword = self.state.scratch, self.store.foreword
        return LogFile(self.repository.root, self.settings.log, scratch, foreword)

    @cached_property
    def reading(self) -> "Options":
        """How this team writes, for the parser."""
        from gitanchor.parse import Options

        return Options(self.settings.day_first, self.settings.labels)

    def write_foreword(self, text: str) -> None:
        """Keep what the team wrote into the head of the log, which shows it from now on."""
        self.store.write_foreword(text)
        self.__dict__.pop("log", None)

    def select(self, selector: str = "@") -> StoredAnchor:
        """The anchor that a selector names. Raises NotFound; BadAnchorFile if its file is bad."""
        try:
            found = selectors.select(self.listing.anchors, selector, self.repository.head)
        except AnchorError:
            if "@" in selector and self.listing.problems:
                raise self.listing.problems[0] from None
            for problem in self.listing.problems:
                if re.fullmatch(r"[0-9a-f]{4,8}", selector) and f"-{selector}" in problem.path:
                    raise problem from None
            raise
        if "@" in selector:
            self._refuse_newer_problem(found)
        return found

    def _refuse_newer_problem(self, found: StoredAnchor) -> None:
        """Raise BadAnchorFile if a file that cannot be read may hold the anchor that is meant."""
        for problem in self.listing.problems:
            if Path(problem.path).name[:_STAMP] >= Path(found.path).name[:_STAMP]:
                raise BadAnchorFile(
                    problem.path, f"{problem.reason}; it may be the one meant, so name another"
                )

    def newest_here(self) -> StoredAnchor | None:
        """The newest anchor of the branch that is checked out."""
        found = selectors.on_head(self.listing.anchors, self.repository.head)
        return found[0] if found else None

    def since(self, stored: StoredAnchor) -> Since:
        """What happened since an anchor, seen from HEAD."""
        head = self.repository.head.commit
        commits: list[Commit] | None = None
        if head is not None and (stored.anchor.commit or stored.anchor.source != "import"):
            own = [FOLDER, reminder.known_log(self.state.shared)]
            commits = self.repository.commits_between(stored.anchor.commit, head, besides=own)
        passed = datetime.now(stored.anchor.created.tzinfo) - stored.anchor.created
        return Since(stored, None if commits is None else tuple(commits), passed)

    def resume(self, selector: str = "@") -> tuple[str, Since]:
        """The prompt that starts the next chat; see `remember` for what should follow it."""
        since = self.since(self.select(selector))
        return prompts.resume(since.stored.anchor, since.commits), since

    def remember(self, stored: StoredAnchor) -> None:
        """Make an anchor the parent of the next one that is written in this worktree."""
        self.state.resumed = stored.anchor.id

    def suggested_name(self) -> str:
        """A name for the next anchor: the branch and the day, numbered if that is taken."""
        branch = self.repository.head.branch or self.repository.root.name
        words = re.sub(r"[^\w.-]+", "_", branch)
        base = f"{words}_{self.now():%Y-%m-%d}"
        taken = {stored.anchor.name for stored in self.listing.anchors}
        numbered = (f"{base}_{number}" for number in range(2, len(taken) + 3))
        return base if base not in taken else next(name for name in numbered if name not in taken)

    def read_text(self, content: bytes, name: str, *, keep_encoding: bool = False) -> "Read":
        """What the parser finds in a text, whose bytes are `content`; nothing is written."""
        from gitanchor import parse

        decoded = parse.decode(content, name, keep_encoding=keep_encoding)
        return Read(decoded.repairs, parse.parse(decoded.text, self.reading))

    def understood(self, drafts: "Sequence[Draft]") -> Iterator[str]:
        """What a person is shown of drafts before they are written: the sections, what is new."""
        from gitanchor import comparison

        parent = self.parent()
        for draft in drafts:
            yield f"{draft.name or self.suggested_name()}:"
            for section, title in TITLES.items():
                value = getattr(draft, section)
                text = "; ".join(item.text for item in value) if isinstance(value, tuple) else value
                if text:
                    yield f"  {title}: {' '.join(text.split())[:_SHOWN]}"
                elif section in draft.missing:
                    yield f"  {title}: (none)"
            if parent is not None:
                yield f"  since {parent.name} ({parent.id}):"
                yield from (f"    {line}" for line in comparison.differences(parent, draft))

    def form(self, name: str | None) -> str:
        """The text that the editor opens for a new anchor."""
        newest = self.newest_here()
        since = self.since(newest).commits if newest else None
        head = self.repository.head
        commit = f" at commit {head.commit[:10]}" if head.commit else ", before its first commit"
        place = f"On branch {head.branch}{commit}" if head.branch else f"HEAD detached{commit}"
        last = f"{newest.anchor.name} ({newest.anchor.id})" if newest else None
        return prompts.form(name or self.suggested_name(), place, since, last)

    # Writing -------------------------------------------------------------------------------

    def add(self, drafts: "Sequence[Draft]", *, source: str) -> Written:
        """Write drafts as new anchors of this branch and commit, in their order.

        A draft without a name gets the suggested one. Raises WrongUsage for one that says nothing;
        then none is written.
        """
        from gitanchor import composing

        anchors = composing.compose(
            drafts,
            [stored.anchor for stored in self.listing.anchors],
            self.repository,
            parent=self.parent(),
            source=source,
            log=self.settings.log,
            name=self.suggested_name,
        )
        return self.follow_up(self.writer.add(anchors))

    def edit(self, stored: StoredAnchor, draft: "Draft") -> Written:
        """Give an anchor the texts of a draft. What else its file holds stays as it is."""
        before = {item.text: item for item in stored.anchor.dependencies}
        new = dataclasses.replace(
            stored.anchor,
            name=checked_name(draft.name or stored.anchor.name),
            context=draft.context,
            milestone=draft.milestone,
            next_action=draft.next_action,
            dependencies=tuple(before.get(item.text, item) for item in draft.dependencies),
            notes=draft.notes,
        )
        written = self.writer.rewrite([(stored, new)])
        return self.follow_up(written) if written.anchors else written

    def path_from_top(self, path: str) -> str:
        """A path that a person typed in the current folder, as one from the worktree's top."""
        full = Path(path).parent.resolve() / Path(path).name
        try:
            return full.relative_to(self.repository.root).as_posix()
        except ValueError:
            raise WrongUsage(f"'{path}' is outside of '{self.repository.root}'") from None

    def render(self) -> bool:
        """Bring the log up to date; say whether that changed it. Raises BadAnchorFile.

        An anchor file that cannot be read stops this, because its entry would be lost.
        """
        self.refuse_problems()
        with self.state.locked(self.log.path):
            changed = self.log.write([stored.anchor for stored in self.listing.anchors])
        self._remind()
        return changed

    def difference(self) -> str:
        """A unified diff from the log as it is to the log as it should be."""
        self.refuse_problems()
        return self.log.difference([stored.anchor for stored in self.listing.anchors])

    def commit(self, written: Written) -> str:
        """Commit just these anchors and the log, whatever else is staged; return the commit's id."""
        anchors = [stored.anchor for stored in written.anchors]
        names = anchors[0].name if len(anchors) == 1 else f"{len(anchors)} anchors"
        paths = [stored.path for stored in written.anchors]
        if self.log.read() is not None:
            paths.append(self.log.path)
        return self.repository.commit_only(paths, f"Anchor {names}" if len(anchors) == 1 else names)

    # Parts of writing ----------------------------------------------------------------------

    @property
    def writer(self) -> Writer:
        """What writes the anchor files of this worktree."""
        return Writer(self.repository, self.state, self.store)

    def now(self) -> datetime:
        """The time of an anchor that is made now."""
        from gitanchor import composing

        return composing.now(self.repository)

    def parent(self) -> Anchor | None:
        """What the next anchor goes on from: what was resumed here, else the branch's newest."""
        resumed = self.state.resumed
        for stored in self.listing.anchors:
            if stored.anchor.id == resumed:
                return stored.anchor
        newest = self.newest_here()
        return newest.anchor if newest else None

    def follow_up(self, written: Written, *, over_hand_work: bool = False) -> Written:
        """Bring log and reminder up to date after anchors were written; add what did not work.

        The anchors are safe by now, so nothing here undoes them.
        """
        try:
            with self.state.locked(self.log.path):
                self.__dict__.pop("listing", None)
                self.refuse_problems()
                anchors = [stored.anchor for stored in self.listing.anchors]
                self.log.write(anchors, over_hand_work=over_hand_work)
            self._remind()
        except (WriteFailed, Busy) as failure:
            return dataclasses.replace(written, failure=failure)
        except AnchorError as problem:
            warning = f"the log was not regenerated: {problem}"
            return dataclasses.replace(written, warnings=(*written.warnings, warning))
        return written

    def _remind(self) -> None:
        """Leave word for the post-commit hook."""
        reminder.write(
            self.state.shared,
            self.state.scratch,
            [stored.anchor for stored in self.listing.anchors],
            self.settings,
            self.repository.head.commit,
        )

    def refuse_problems(self) -> None:
        """Raise BadAnchorFile if there is a file that cannot be read, and so would be left out."""
        problems: Sequence[BadAnchorFile] = self.listing.problems
        if problems:
            raise problems[0]
