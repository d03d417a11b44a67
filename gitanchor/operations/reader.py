"""The reading half of the tracker: what the anchors of one worktree say, and what happened since.

A Reader reads its worktree once; make a new one to see later changes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gitanchor.git import ancestry
from gitanchor.git.names import Commit
from gitanchor.hooks import reminder
from gitanchor.model.anchor import Anchor, slug
from gitanchor.model.errors import AnchorError, BadAnchorFile, NotFound
from gitanchor.operations.worktree import Worktree
from gitanchor.storage.index import index
from gitanchor.storage.index.listing import Listing, WholeListing
from gitanchor.storage.index.places import Everywhere
from gitanchor.storage.store import StoredAnchor
from gitanchor.tracking.binding import Binder, Binding, in_head
from gitanchor.tracking.offer import Chooser, Offer

if TYPE_CHECKING:
    from gitanchor.checks.report import Row
    from gitanchor.model.descent import States
    from gitanchor.model.graph import Graph
    from gitanchor.rendering.trust import Template
    from gitanchor.tracking import drift
    from gitanchor.tracking.drift import Drift
    from gitanchor.tracking.provenance import Inquiry, Provenance

_STAMP = len("20251026T2047")
"""The length of the time at the start of a file's name."""


class Since(NamedTuple):
    """Where an anchor's commit is now, what happened since, and how much time passed."""

    stored: StoredAnchor
    binding: Binding
    drift: "Drift"
    passed: timedelta
    checked: Sequence["Row"] = ()

    @property
    def commits(self) -> tuple[Commit, ...] | None:
        """The commits since, newest first; None if this clone cannot know them."""
        return self.drift.commits


class Resumed(NamedTuple):
    """A prompt for the next chat, with its facts: what happened since, and whose the anchor is."""

    prompt: str
    since: Since
    provenance: "Provenance"


class Reader(Worktree):
    """The anchors of one worktree: what they say, and what became of them. Writes no anchors."""

    def page(
        self, anchors: Sequence[StoredAnchor], found: Everywhere, template: "Template | None"
    ) -> Iterator[bytes]:
        """Return the web page of some of the found anchors, piece by piece as it is rendered."""
        from gitanchor.rendering import jinja_templates, web_page

        states = self.states_of(found.listing)
        shown = [stored.anchor for stored in found.listing.in_full(anchors)]
        values = web_page.values(shown, states, found.places)
        if template is not None:
            values["anchors"] = list(values["anchors"])
            return iter([template.render(values).encode()])
        return (piece.encode() for piece in jinja_templates.pieces("log.html.j2", values))

    def select(self, selector: str = "@", among: Listing | None = None) -> StoredAnchor:
        """Return the anchor that a selector names, in this worktree or `among` others.

        Raises NotFound if there is none, BadAnchorFile if its file cannot be read.
        """
        listing = among or self.recent
        try:
            found = listing.first_on(self.repository.head) if selector == "@" else None
            if found is None:
                from gitanchor.storage.index import selectors

                found = selectors.select(listing.anchors, selector, self.repository.head)
        except AnchorError:
            if "@" in selector and listing.problems:
                raise listing.problems[0] from None
            for problem in listing.problems:
                is_id = re.fullmatch(r"[0-9a-f]{4,8}", selector) and f"-{selector}" in problem.path
                if is_id or f"-{slug(selector)}-" in problem.path:
                    raise problem from None
            raise
        if self.is_outdated(found) and listing is self.recent:
            again = self.look_again()
            for problem in again.problems:
                if problem.path == found.path:
                    raise problem
            return self.select(selector, again)
        if "@" in selector:
            _refuse_newer_problem(found, listing)
        return found

    def newest_here(self) -> StoredAnchor | None:
        """Return the newest anchor of the branch that is checked out."""
        return self.recent.first_on(self.repository.head)

    def bindings(self, anchors: Sequence[StoredAnchor]) -> dict[str, Binding]:
        """Return where the commits of anchors are now, by anchor id."""
        shared, scratch = self.state.shared, self.state.scratch
        return Binder(self.repository, shared, scratch, self._ours).bind(anchors)

    def moved(self, branch: str | None = None, limit: int | None = None) -> dict[str, Binding]:
        """Return the bindings of those of the newest anchors here whose commits HEAD does not contain.

        Mostly there are none. If that was found of all anchors, it is remembered.
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
        """Return what happened since an anchor, as seen from HEAD."""
        return self._since(stored, self._look(stored, stored.anchor.commit))

    def _look(self, stored: StoredAnchor, commit: str | None, *, diverged: bool = False) -> "drift.Look":
        from gitanchor.tracking import drift

        return drift.Look(self.repository, stored.anchor, commit, self._ours, diverged=diverged)

    def _since(self, stored: StoredAnchor, look: "drift.Look") -> Since:
        from gitanchor.tracking import drift

        seen = look.seen()
        if seen.is_from_ancestor:  # mostly so: then no rule has to run
            bound = in_head(stored.anchor.commit)
        else:
            bound = self.bindings([stored])[stored.anchor.id]
            seen = self._look(stored, bound.commit, diverged=True).seen()
        measured = drift.measure(self.repository, stored.anchor, bound, self._ours, seen)
        passed = datetime.now(stored.anchor.created.tzinfo) - stored.anchor.created
        return Since(stored, bound, measured, passed)

    def present_commit(self, stored: StoredAnchor) -> str:
        """Return the commit that stands for an anchor now. Raises NotFound if this clone has none."""
        binding = self.bindings([stored])[stored.anchor.id]
        if binding.commit is not None:
            return binding.commit
        anchor = stored.anchor
        if anchor.commit is None:
            raise NotFound(f"{anchor.name} ({anchor.id}) records no commit")
        advice = f"; '{binding.advice}' gets it, if it was shared" if binding.advice else ""
        raise NotFound(f"{anchor.short_commit}, the commit of {anchor.name}, is {binding}{advice}")

    def diff(self, stored: StoredAnchor, arguments: Sequence[str]) -> int:
        """Have git print its diff from an anchor's commit to the worktree; see `diffing.run`."""
        from gitanchor.tracking import diffing

        return diffing.run(self.present_commit(stored), arguments, self._ours)

    def stretch(self, stored: StoredAnchor) -> list[Commit]:
        """Return the commits from an anchor's parents to the anchor, newest first."""
        from gitanchor.tracking import drift

        parents = [item for item in self.recent.anchors if item.facts.id in stored.anchor.parents]
        bound = [binding.commit for binding in self.bindings(parents).values() if binding.commit]
        return drift.commits_of(self.repository, self.present_commit(stored), bound, self._ours)

    def graph_of(self, anchors: Sequence[StoredAnchor]) -> "Graph":
        """Return the graph of anchors, given newest first: their parents, and which are closed."""
        from gitanchor.model.graph import Graph

        told = [stored for stored in anchors if not stored.facts.is_open]
        return Graph((stored.anchor for stored in anchors), self._closed(told))

    def states_of(self, listing: Listing) -> "States":
        """Return the states of all anchors of a listing, without the rest of the graph."""
        from gitanchor.model.descent import Descent, States

        anchors = listing.newest()
        recorded = {stored.facts.id: stored.facts.parents.split() for stored in anchors}
        told = [stored for stored in anchors if not stored.facts.is_open]
        return States(Descent(recorded), self._closed(list(listing.in_full(told))))

    def _closed(self, told: Sequence[StoredAnchor]) -> set[str]:
        """Return the ids of those anchors that their conditions close.

        `told` are all anchors whose files say more than that they are open.
        """
        asking = [stored for stored in told if stored.anchor.done_when]
        if not asking:
            return set()
        from gitanchor.tracking import conditions, drift

        def merged(anchor: Anchor, branch: str) -> bool:
            return drift.has_merged(self.repository, anchor, bound[anchor.id], branch)

        bound = self.bindings(asking)
        return conditions.closed([stored.anchor for stored in told], self.repository.root, merged)

    def state_of(self, stored: StoredAnchor, listing: Listing) -> str:
        """Return whether an anchor is open, done or superseded, given the anchors of a listing."""
        if _is_open_head(stored, listing):
            return "open"
        return self.graph_of(listing.anchors).state(stored.anchor)

    def choice(self) -> Offer | None:
        """Return the anchor to resume from here, by the rule of `offer`, or None."""
        found = self.chooser(self.recent).choose()
        if found is None or not self.is_outdated(found.stored):
            return found
        return self.chooser(self.look_again()).choose()

    def offer(self) -> Offer | None:
        """Return the same as `choice`, for a person, and update the files that the hooks read.

        Raises BadAnchorFile if the right anchor may be in a file that cannot be read.
        """
        found = self.choice()
        listing = self.recent
        if (self.state.shared / "remind").is_file():
            reminder.renew(self.heads, listing, found)
        if found is not None:
            _refuse_newer_problem(found.stored, listing)
        elif listing.problems:
            raise listing.problems[0]
        return found

    def newest_open(self, listing: Listing) -> StoredAnchor | None:
        """Return the newest open anchor of a listing, wherever it was made.

        Raises BadAnchorFile if a newer one may be in a file that cannot be read.
        """
        found = self.chooser(listing).newest()
        if found is not None:
            _refuse_newer_problem(found, listing)
        return found

    def chosen(self, selector: str | None, among: Listing | None = None) -> StoredAnchor:
        """Return the anchor that a selector names; without one, the offered or the branch's newest.

        Raises NotFound if there is none, BadAnchorFile if its file cannot be read.
        """
        if selector is not None:
            return self.select(selector, among)
        offer = self.offer()
        return self.select("@", among) if offer is None else offer.stored

    def nothing_offered(self, everywhere: Listing) -> NotFound:
        """Return the error that there is nothing to resume from here, naming what is elsewhere."""
        branch = self.repository.head.branch
        here = f"branch {branch}" if branch else "this detached HEAD"
        if (elsewhere := self.newest_open(everywhere)) is not None:
            facts = elsewhere.facts
            return NotFound(
                f"no open anchor on {here} or in its history; the newest elsewhere is {facts.name}"
                f" ({facts.id}), {facts.place}: 'git anchor resume {facts.id}' resumes from it"
                " anyway"
            )
        newest = self.newest_here() or next(iter(everywhere.newest(limit=1)), None)
        if newest is None:
            return NotFound(f"no anchor on {here}; write one with 'git anchor add'")
        where = here if newest.facts.branch == branch else "anywhere"
        return NotFound(
            f"no open anchor {f'on {where}' if where == here else where}; the newest,"
            f" {newest.facts.name} ({newest.facts.id}), is {self.state_of(newest, everywhere)}:"
            f" 'git anchor resume {newest.facts.id}' resumes from it anyway"
        )

    @property
    def heads(self) -> reminder.Heads:
        """The files about this clone's branches that the hooks read."""
        state, head = self.state, self.repository.head

        def bound(stored: StoredAnchor) -> str | None:
            return self.bindings([stored])[stored.anchor.id].commit

        return reminder.Heads(self.repository.root, state.shared, state.own, state.scratch, head, bound)

    def chooser(self, listing: Listing) -> Chooser:
        """Return what chooses among the anchors of a listing, of this worktree or of all."""
        return Chooser(self.repository, listing, self._openness(listing), self.bindings)

    def _openness(self, listing: Listing) -> Callable[[StoredAnchor], bool]:
        """Return a test whether an anchor is open, which loads the states of all only if they matter."""
        known: list[States] = []

        def is_open(stored: StoredAnchor) -> bool:
            if not known and _is_open_head(stored, listing):  # mostly so
                return True
            if not known:
                known.append(self.states_of(listing))
            states = known[0]
            return not states.has_children(stored.facts.id) and (
                stored.facts.is_open or states.of(stored.anchor) == "open"
            )

        return is_open

    def inquiry(self, stored: StoredAnchor, place: str | None = None) -> "Inquiry":
        """Start asking by whose commits an anchor came; `place` is where it lies if not here."""
        from gitanchor.tracking import provenance

        return provenance.Inquiry(self.repository, stored, place, self.state.records)

    def resume(self, stored: StoredAnchor, place: str | None = None) -> Resumed:
        """Return the prompt for the next chat. Callers should then call `Tracker.remember`.

        `place` is where the anchor lies if not here.
        """
        from gitanchor.rendering import resume_prompt

        look = self._look(stored, stored.anchor.commit)
        inquiry = self.inquiry(stored, place)
        checked: list[Row] = []
        told: list[str] = []
        if stored.anchor.dependencies:
            from gitanchor.checks import report

            checked = self.check(stored, report.AT_ONCE)
            told = report.in_prompt(checked)
        since = self._since(stored, look)._replace(checked=checked)
        came = inquiry.answer()
        prompt = resume_prompt.resume(stored.anchor, since.binding, since.drift, came, told)
        return Resumed(prompt, since, came)

    def check(
        self,
        stored: StoredAnchor,
        seconds: float,
        *,
        environment: Path | None = None,
        network: bool = False,
    ) -> list["Row"]:
        """Check now whether what an anchor depends on is here; what takes over `seconds` is unknown."""
        from gitanchor.checks import report

        return report.look(
            stored.anchor, self.repository, seconds, environment=environment, network=network
        )


def _is_open_head(stored: StoredAnchor, listing: Listing) -> bool:
    """Whether an anchor is certainly open: no condition can close it, and it is no anchor's parent."""
    return stored.facts.is_open and not listing.has_children(stored.facts.id)


def _refuse_newer_problem(found: StoredAnchor, listing: Listing) -> None:
    """Raise BadAnchorFile if the right anchor may be in a file that cannot be read."""
    for problem in listing.problems:
        if Path(problem.path).name[:_STAMP] >= Path(found.path).name[:_STAMP]:
            raise BadAnchorFile(
                problem.path, f"{problem.reason}; it may be the one meant, so name another"
            )
