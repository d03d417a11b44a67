"""What the anchors of one worktree say, where they stand now, and what happened since: no writing.

A Reader reads its worktree once; make a new one to see what others changed.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from gitanchor import ancestry, git, index, reminder, selectors, tracked
from gitanchor.anchor import Anchor
from gitanchor.binding import Binder, Binding, in_head
from gitanchor.errors import AnchorError, BadAnchorFile, NotFound
from gitanchor.gitnames import Commit
from gitanchor.listing import Listing, WholeListing
from gitanchor.places import Everywhere
from gitanchor.repository import Repository
from gitanchor.state import State
from gitanchor.store import FOLDER, Store, StoredAnchor

if TYPE_CHECKING:
    from gitanchor import drift
    from gitanchor.custom import Template, Templates
    from gitanchor.descent import States
    from gitanchor.drift import Drift
    from gitanchor.graph import Graph
    from gitanchor.logfile import LogFile
    from gitanchor.parse import Options
    from gitanchor.provenance import Inquiry, Provenance
    from gitanchor.readiness import Row
    from gitanchor.settings import Settings

_STAMP = len("20251026T2047")
"""Characters of the time at the start of a file's name."""


class Since(NamedTuple):
    """Where an anchor's commit is now, what happened since, and how long that took."""

    stored: StoredAnchor
    binding: Binding
    drift: "Drift"
    passed: timedelta
    checked: Sequence["Row"] = ()

    @property
    def commits(self) -> tuple[Commit, ...] | None:
        """The commits since, newest first; None if this clone cannot know."""
        return self.drift.commits


class Resumed(NamedTuple):
    """A prompt for the next chat, and what it tells: what happened since, and whose the anchor is."""

    prompt: str
    since: Since
    provenance: "Provenance"


class Reader:
    """The anchors of one worktree, as they are when it first looks."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.state = State(repository)
        self.store = Store(repository.root, self.state.scratch)
        self._seen: Listing | None = None

    @classmethod
    def open(cls, folder: Path, index: str | None = None) -> Self:
        """The reader of the worktree around a folder. Raises GitFailed outside of one.

        `index` is the index that a commit is being made from, as hooks are told it.
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
        """The same, for whoever wants more than the facts of but a few; see `index.glance`."""
        if "listing" in self.__dict__:
            return self.listing
        return index.glance(self.store, self.state.index) or self.listing

    @cached_property
    def settings(self) -> "Settings":
        """The settings in force. Raises WrongUsage or BadAnchorFile for a bad value."""
        from gitanchor import settings

        return settings.load(self.repository)

    @cached_property
    def log(self) -> "LogFile":
        """The generated log of this worktree."""
        from gitanchor.logfile import LogFile
        from gitanchor.pages import Layout
        from gitanchor.settings import ARCHIVE

        wanted = self.settings
        keep = wanted.log_keep if wanted.log_mode == ARCHIVE else None
        layout = Layout(wanted.log, keep, wanted.log_archive)
        state = self.state
        return LogFile(
            self.repository.root,
            layout,
            state.scratch,
            self.store.foreword,
            memory=state.own / "log-shows",
            entries=state.entries,
        )

    @cached_property
    def writes_log(self) -> bool:
        """Whether the log is written on the branch that is checked out, by the team's settings."""
        from gitanchor.settings import DEFAULT_BRANCH

        if self.settings.log_mode != DEFAULT_BRANCH:
            return True
        named = self.settings.log_branch
        names = {named} if named else self.repository.default_branches()
        return self.repository.head.branch in names

    def template(self, name: str) -> "Template | None":
        """The team's own template; None if there is none. Raises WrongUsage unless it is trusted."""
        return self.templates.usable(name) if self.store.has_template(name) else None

    @property
    def templates(self) -> "Templates":
        """The team's own templates, trusted or not."""
        from gitanchor.custom import Templates

        return Templates(self.repository.root, self.state.shared, self.state.scratch)

    def page(
        self, anchors: Sequence[StoredAnchor], found: Everywhere, template: "Template | None"
    ) -> Iterator[bytes]:
        """The web page of some of the anchors that were found, piece by piece, as it is made."""
        from gitanchor import templating, webpage

        states = self.states_of(found.listing)
        shown = [stored.anchor for stored in found.listing.in_full(anchors)]
        values = webpage.values(shown, states, found.places)
        if template is not None:
            values["anchors"] = list(values["anchors"])
            return iter([template.render(values).encode()])
        return (piece.encode() for piece in templating.pieces("log.html.j2", values))

    @cached_property
    def reading(self) -> "Options":
        """How this team writes, for the parser."""
        from gitanchor.parse import Options

        return Options(self.settings.day_first, self.settings.labels)

    def select(self, selector: str = "@", among: Listing | None = None) -> StoredAnchor:
        """The anchor that a selector names, here or among others.

        Raises NotFound; BadAnchorFile if its file is bad.
        """
        listing = among or self.recent
        try:
            first = listing.first_on(self.repository.head) if selector == "@" else None
            found = first or selectors.select(listing.anchors, selector, self.repository.head)
        except AnchorError:
            if "@" in selector and listing.problems:
                raise listing.problems[0] from None
            for problem in listing.problems:
                if re.fullmatch(r"[0-9a-f]{4,8}", selector) and f"-{selector}" in problem.path:
                    raise problem from None
            raise
        if "@" in selector:
            _refuse_newer_problem(found, listing)
        return found

    def newest_here(self) -> StoredAnchor | None:
        """The newest anchor of the branch that is checked out."""
        return self.recent.first_on(self.repository.head)

    @cached_property
    def _ours(self) -> tuple[str, ...]:
        """The paths that do not count as work: anchors, and the log as far as the hook knows it."""
        return (FOLDER, *reminder.known_generated(self.state.shared))

    def bindings(self, anchors: Sequence[StoredAnchor]) -> dict[str, Binding]:
        """Where the commits of anchors are now, by the anchors' ids."""
        shared, scratch = self.state.shared, self.state.scratch
        return Binder(self.repository, shared, scratch, self._ours).bind(anchors)

    def moved(self, branch: str | None = None, limit: int | None = None) -> dict[str, Binding]:
        """The bindings of those of the newest anchors here whose commits are not part of HEAD.

        Mostly there are none, which is remembered when it was found of all anchors.
        """
        database, head = self.state.index, self.repository.head.commit
        noted = index.noted_head(database) if isinstance(self.listing, WholeListing) else None
        if head and noted and (head == noted or ancestry.is_ancestor(self.repository, noted, head)):
            return {}
        found = self.bindings(self.listing.newest(branch, limit))
        moved = {key: bound for key, bound in found.items() if not bound.is_plain}
        if head and not moved and branch is None and limit is None:
            index.note_head(database, head)
        return moved

    def since(self, stored: StoredAnchor) -> Since:
        """What happened since an anchor, seen from HEAD."""
        return self._since(stored, self._look(stored, stored.anchor.commit))

    def _look(self, stored: StoredAnchor, commit: str | None, *, diverged: bool = False) -> "drift.Look":
        from gitanchor import drift

        return drift.Look(self.repository, stored.anchor, commit, self._ours, diverged=diverged)

    def _since(self, stored: StoredAnchor, look: "drift.Look") -> Since:
        from gitanchor import drift

        seen = look.seen()
        if seen.is_from_ancestor:  # as it mostly is: then nothing has to be searched for
            bound = in_head(stored.anchor.commit)
        else:
            bound = self.bindings([stored])[stored.anchor.id]
            seen = self._look(stored, bound.commit, diverged=True).seen()
        measured = drift.measure(self.repository, stored.anchor, bound, self._ours, seen)
        passed = datetime.now(stored.anchor.created.tzinfo) - stored.anchor.created
        return Since(stored, bound, measured, passed)

    def present_commit(self, stored: StoredAnchor) -> str:
        """The commit that stands for an anchor now. Raises NotFound if there is none here."""
        binding = self.bindings([stored])[stored.anchor.id]
        if binding.commit is not None:
            return binding.commit
        anchor = stored.anchor
        if anchor.commit is None:
            raise NotFound(f"{anchor.name} ({anchor.id}) records no commit")
        advice = f"; '{binding.advice}' gets it, if it was shared" if binding.advice else ""
        raise NotFound(f"{anchor.short_commit}, the commit of {anchor.name}, is {binding}{advice}")

    def diff(self, stored: StoredAnchor, arguments: Sequence[str]) -> int:
        """Have git print its diff from an anchor's commit to the worktree; its exit status."""
        return git.pass_through(["diff", self.present_commit(stored), *arguments], Path.cwd())

    def stretch(self, stored: StoredAnchor) -> list[Commit]:
        """The commits from an anchor's parents to the anchor, newest first."""
        from gitanchor import drift

        parents = [item for item in self.recent.anchors if item.facts.id in stored.anchor.parents]
        bound = [binding.commit for binding in self.bindings(parents).values() if binding.commit]
        return drift.commits_of(self.repository, self.present_commit(stored), bound, self._ours)

    def graph_of(self, anchors: Sequence[StoredAnchor]) -> "Graph":
        """How anchors, given newest first, go on from each other, and which are closed."""
        from gitanchor.graph import Graph

        told = [stored for stored in anchors if not stored.facts.is_open]
        return Graph((stored.anchor for stored in anchors), self._closed(told))

    def states_of(self, listing: Listing) -> "States":
        """The states of all anchors of a listing, for who wants no more of the graph."""
        from gitanchor.descent import Descent, States

        anchors = listing.newest()
        recorded = {stored.facts.id: stored.facts.parents.split() for stored in anchors}
        told = [stored for stored in anchors if not stored.facts.is_open]
        return States(Descent(recorded), self._closed(list(listing.in_full(told))))

    def _closed(self, told: Sequence[StoredAnchor]) -> set[str]:
        """The ids that their conditions close, of all anchors whose files say more than open."""
        asking = [stored for stored in told if stored.anchor.done_when]
        if not asking:
            return set()
        from gitanchor import conditions, drift

        def merged(anchor: Anchor, branch: str) -> bool:
            return drift.has_merged(self.repository, anchor, bound[anchor.id], branch)

        bound = self.bindings(asking)
        return conditions.closed([stored.anchor for stored in told], self.repository.root, merged)

    def state_of(self, stored: StoredAnchor, listing: Listing) -> str:
        """Whether an anchor is open, done or superseded, among others."""
        if _is_open_head(stored, listing):
            return "open"
        return self.graph_of(listing.anchors).state(stored.anchor)

    def offered(self, among: Listing | None = None) -> StoredAnchor:
        """The anchor to go on from: the newest open one of this branch, or of all that are given.

        Where this branch has none, it is the newest open one that descends from the branch's newest,
        or else of a branch that was merged into this one. Raises NotFound if there is none.
        """
        listing = among or self.recent
        if among is None:
            first = listing.first_on(self.repository.head)
        else:
            first = next(iter(among.newest(limit=1)), None)
        if first and _is_open_head(first, listing):  # as it mostly is
            _refuse_newer_problem(first, listing)
            return first
        own: Sequence[StoredAnchor] = listing.anchors
        if among is None:
            own = selectors.on_head(listing.anchors, self.repository.head)
        graph = self.graph_of(listing.anchors)
        by_id = {stored.anchor.id: stored for stored in listing.anchors}
        following = (by_id[item.id] for item in graph.descendants(own[0].anchor)) if own else ()
        near = (stored for stored in (*own, *following) if graph.state(stored.anchor) == "open")
        found = next(near, None) or next(iter(self._merged(listing, graph)), None)
        if found is not None:
            _refuse_newer_problem(found, listing)
            return found
        if not own:
            return self.select("@")  # which says what there is instead
        newest = own[0].anchor
        where = f"on {self.repository.head.branch or 'this detached HEAD'}" if not among else "anywhere"
        raise NotFound(
            f"no open anchor {where}; the newest, {newest.name} ({newest.id}), is"
            f" {graph.state(newest)}: 'git anchor resume {newest.id}' resumes from it nevertheless"
        )

    def _merged(self, listing: Listing, graph: "Graph") -> list[StoredAnchor]:
        """The open anchors of branches that are gone, and whose commits HEAD has, in any form."""
        present = {tip.own for tip in ancestry.tips(self.repository)}
        gone = [
            stored
            for stored in listing.anchors
            if stored.anchor.branch not in {None, *present} and graph.state(stored.anchor) == "open"
        ]
        bindings = self.bindings(gone)
        lost = {"unreachable", "missing", "none"}
        return [
            stored
            for stored in gone
            if (binding := bindings[stored.anchor.id]).branch is None and binding.state not in lost
        ]

    def inquiry(self, stored: StoredAnchor, place: str | None = None) -> "Inquiry":
        """Begin to ask by whose commits an anchor came; `place` is where it lies if not here."""
        from gitanchor import provenance

        return provenance.Inquiry(self.repository, stored, place, self.state.records)

    def resume(self, stored: StoredAnchor, place: str | None = None) -> Resumed:
        """The prompt that starts the next chat; see `Tracker.remember` for what should follow it.

        `place` is where the anchor lies if that is not here.
        """
        from gitanchor import prompts

        look = self._look(stored, stored.anchor.commit)
        inquiry = self.inquiry(stored, place)
        checked: list[Row] = []
        told: list[str] = []
        if stored.anchor.dependencies:
            from gitanchor import readiness

            checked = self.check(stored, readiness.AT_ONCE)
            told = readiness.in_prompt(checked)
        since = self._since(stored, look)._replace(checked=checked)
        came = inquiry.answer()
        prompt = prompts.resume(stored.anchor, since.binding, since.drift, came, told)
        return Resumed(prompt, since, came)

    def check(
        self,
        stored: StoredAnchor,
        seconds: float,
        *,
        environment: Path | None = None,
        network: bool = False,
    ) -> list["Row"]:
        """Whether what an anchor depends on is here, now; what takes more than `seconds` is unknown."""
        from gitanchor import readiness

        return readiness.look(
            stored.anchor, self.repository, seconds, environment=environment, network=network
        )


def _is_open_head(stored: StoredAnchor, listing: Listing) -> bool:
    """Whether an anchor is open for sure: nothing could close it, and no other went on from it."""
    return stored.facts.is_open and not listing.has_children(stored.facts.id)


def _refuse_newer_problem(found: StoredAnchor, listing: Listing) -> None:
    """Raise BadAnchorFile if a file that cannot be read may hold the anchor that is meant."""
    for problem in listing.problems:
        if Path(problem.path).name[:_STAMP] >= Path(found.path).name[:_STAMP]:
            raise BadAnchorFile(
                problem.path, f"{problem.reason}; it may be the one meant, so name another"
            )
