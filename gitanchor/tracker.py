"""The facade: one method a use case, for the commands and for other programs.

A Tracker belongs to one worktree and reads it once; make a new one to see what others changed.
"""

import dataclasses
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitanchor import index, prompts, reminder, selectors
from gitanchor.anchor import Anchor, checked_name
from gitanchor.errors import (
    AnchorError,
    BadAnchorFile,
    Busy,
    GitFailed,
    WriteFailed,
    WrongUsage,
)
from gitanchor.git import Commit, Repository
from gitanchor.state import State
from gitanchor.store import FOLDER, Store, StoredAnchor

if TYPE_CHECKING:
    from gitanchor.drafts import Draft
    from gitanchor.importer import Plan
    from gitanchor.logfile import LogFile
    from gitanchor.settings import Settings

_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Written:
    """Anchors that were written, and what did not go as it should beside that.

    `failure` is what kept the log from being written, where trying again may help.
    """

    anchors: tuple[StoredAnchor, ...]
    warnings: tuple[str, ...] = ()
    failure: AnchorError | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since an anchor: its commits, None if this clone cannot know, and the time."""

    stored: StoredAnchor
    commits: tuple[Commit, ...] | None
    passed: timedelta


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: what it repaired in the text, its plan, and what it wrote.

    `kept` is a copy of the hand-kept log that was replaced by the generated one.
    """

    plan: "Plan"
    repairs: tuple[str, ...]
    written: Written = Written(())
    kept: Path | None = None


class Tracker:
    """The anchors of one worktree."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.state = State(repository)
        self.store = Store(repository.root, self.state.scratch)

    @classmethod
    def open(cls, folder: Path) -> "Tracker":
        """The tracker of the worktree around a folder. Raises GitFailed outside of one."""
        return cls(Repository.find(folder))

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

        return LogFile(self.repository.root, self.settings.log, self.state.scratch)

    def select(self, selector: str = "@") -> StoredAnchor:
        """The anchor that a selector names. Raises NotFound; BadAnchorFile if its file is bad."""
        try:
            return selectors.select(self.listing.anchors, selector, self.repository.head)
        except AnchorError:
            for problem in self.listing.problems:
                if re.fullmatch(r"[0-9a-f]{4,8}", selector) and f"-{selector}" in problem.path:
                    raise problem from None
            raise

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
        """The prompt that starts the next chat; the next anchor written here will be its child."""
        since = self.since(self.select(selector))
        self.state.resumed = since.stored.anchor.id
        return prompts.resume(since.stored.anchor, since.commits), since

    def suggested_name(self) -> str:
        """A name for the next anchor: the branch and the day, numbered if that is taken."""
        branch = self.repository.head.branch or self.repository.root.name
        words = re.sub(r"[^\w.-]+", "_", branch)
        base = f"{words}_{self._now():%Y-%m-%d}"
        taken = {stored.anchor.name for stored in self.listing.anchors}
        numbered = (f"{base}_{number}" for number in range(2, len(taken) + 3))
        return base if base not in taken else next(name for name in numbered if name not in taken)

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
        for draft in drafts:
            if draft.is_empty:
                raise WrongUsage("the anchor says nothing; give at least a context or next action")
        present = {stored.anchor.id for stored in self.listing.anchors}
        resumed = self.state.resumed
        newest = self.newest_here()
        parent = resumed if resumed in present else newest and newest.anchor.id
        moment = self._moment()
        facts = self._facts()
        anchors: list[Anchor] = []
        for draft in drafts:
            anchor = Anchor(
                id=_new_id(present | {anchor.id for anchor in anchors}),
                name=checked_name(draft.name if draft.name is not None else self.suggested_name()),
                created=moment,
                source=source,
                parents=(parent,) if parent else (),
                written_time=draft.time.text if draft.time else None,
                context=draft.context,
                milestone=draft.milestone,
                next_action=draft.next_action,
                dependencies=draft.dependencies,
                notes=draft.notes,
                **facts,
            )
            anchors.append(anchor)
            parent, moment = anchor.id, moment + _TICK
        return self._follow_up(self._write_new(anchors))

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
        written = self._rewrite([(stored, new)])
        return self._follow_up(written) if written.anchors else written

    def import_text(
        self,
        content: bytes,
        name: str,
        *,
        branch: str | None = None,
        zone: str | None = None,
        keep_encoding: bool = False,
        dry_run: bool = False,
    ) -> Imported:
        """Take the anchors out of a log whose bytes are `content`; `name` stands in messages."""
        from gitanchor import encoding, importer, parse, times

        decoded = encoding.decode(content, name, keep_encoding=keep_encoding)
        origin = importer.Origin(self.repository.author().name, branch, times.zone(zone), self._now())
        known = {stored.anchor.id: stored for stored in self.listing.anchors}
        plan = importer.plan(
            parse.parse(decoded.text),
            [stored.anchor for stored in known.values()],
            origin,
        )
        if dry_run:
            return Imported(plan, decoded.repairs)
        kept = self._keep_log(content) if plan.entries else None
        edits = [(known[item.anchor.id], item.anchor) for item in plan.updated]
        self._rewrite(edits)
        written = self._write_new([item.anchor for item in plan.added])
        written = self._follow_up(written, over_hand_work=kept is not None)
        return Imported(plan, decoded.repairs, written, kept)

    def render(self) -> bool:
        """Bring the log up to date; say whether that changed it. Raises BadAnchorFile.

        An anchor file that cannot be read stops this, because its entry would be lost.
        """
        self._refuse_problems()
        with self.state.locked(self.log.path):
            changed = self.log.write([stored.anchor for stored in self.listing.anchors])
        self._remind()
        return changed

    def difference(self) -> str:
        """A unified diff from the log as it is to the log as it should be."""
        self._refuse_problems()
        return self.log.difference([stored.anchor for stored in self.listing.anchors])

    def commit(self, written: Written) -> str:
        """Commit just these anchors and the log, whatever else is staged; return the commit's id."""
        names = ", ".join(stored.anchor.name for stored in written.anchors)
        paths = [stored.path for stored in written.anchors]
        if self.log.read() is not None:
            paths.append(self.log.path)
        return self.repository.commit_only(paths, f"Anchor {names}")

    # Parts of writing ----------------------------------------------------------------------

    def _facts(self) -> dict[str, Any]:
        """What the repository says about a new anchor."""
        head = self.repository.head
        facts: dict[str, Any] = {"author": self.repository.author().name, "branch": head.branch}
        if head.commit is None:
            return facts | {"dirty": None}
        log = self.settings.log
        return facts | {
            "commit": head.commit,
            "tree": head.tree,
            "patch_id": self.repository.patch_id(head.commit),
            "dirty": self.repository.is_dirty(besides=[FOLDER, log]),
        }

    def _now(self) -> datetime:
        """The time as git would note it for a commit, which GIT_AUTHOR_DATE may set."""
        given = self.repository.author().moment
        now = datetime.now().astimezone()
        return given or now.replace(microsecond=now.microsecond // 1000 * 1000)

    def _moment(self) -> datetime:
        """The time of a new anchor; just after the newest where the clock is too coarse to be."""
        now = self._now()
        newest = self.listing.anchors[0].anchor.created if self.listing.anchors else None
        if newest and now <= newest < now + timedelta(seconds=1):
            return newest.astimezone(now.tzinfo) + _TICK
        return now

    def _write_new(self, anchors: Sequence[Anchor]) -> Written:
        """Journal and write anchors, and keep their commits."""
        texts = [self.store.text_of(anchor) for anchor in anchors]
        written = []
        for anchor, text in zip(anchors, texts, strict=True):
            self.state.journal("add", f"{FOLDER}/{anchor.path}", text.encode())
            written.append(StoredAnchor(anchor, self.store.add(anchor)))
        if anchors:
            self.state.resumed = None
        return Written(tuple(written), tuple(self._keep_commits(anchors)))

    def _rewrite(self, edits: Iterable[tuple[StoredAnchor, Anchor]]) -> Written:
        """Journal what stands in anchor files, then set the fields that are new."""
        written = []
        for stored, new in edits:
            before, after = stored.anchor.as_dict(), new.as_dict()
            changes = {key: value for key, value in after.items() if value != before[key]}
            if changes:
                self.store.text_of(new)
                present = self.store.read_text(stored.path)
                self.state.journal("edit", stored.path, present.encode())
                self.store.rewrite(stored.path, changes)
                written.append(StoredAnchor(new, stored.path))
        return Written(tuple(written))

    def _keep_commits(self, anchors: Sequence[Anchor]) -> list[str]:
        """Make refs/anchors/<id> for each anchored commit that this clone has."""
        commits = {anchor.id: anchor.commit for anchor in anchors if anchor.commit}
        if len(commits) > 1:
            present = self.repository.existing_commits(commits.values())
            commits = {key: commit for key, commit in commits.items() if commit in present}
        problems = []
        for anchor_id, commit in commits.items():
            try:
                self.repository.keep_commit(anchor_id, commit)
            except GitFailed as failure:
                problems.append(f"refs/anchors/{anchor_id} was not made: {failure}")
        return problems

    def _follow_up(self, written: Written, *, over_hand_work: bool = False) -> Written:
        """Bring log and reminder up to date after anchors were written; add what did not work.

        The anchors are safe by now, so nothing here undoes them.
        """
        try:
            with self.state.locked(self.log.path):
                self.__dict__.pop("listing", None)
                self._refuse_problems()
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

    def _keep_log(self, content: bytes) -> Path | None:
        """If `content` is the log in the worktree, with a hand's work in it, keep a copy of it."""
        from gitanchor import logfile

        target = self.repository.root / self.log.path
        if not target.is_file() or target.read_bytes() != content:
            return None
        text = content.decode("utf-8", "replace").replace("\r\n", "\n")
        if not logfile.hand_work(text):
            return None
        return self.state.journal("replace", self.log.path, content)

    def _refuse_problems(self) -> None:
        problems: Sequence[BadAnchorFile] = self.listing.problems
        if problems:
            raise problems[0]


def _new_id(taken: set[str]) -> str:
    """8 random hex digits that no anchor here has."""
    while (candidate := secrets.token_hex(4)) in taken:
        pass
    return candidate
