"""The facade of the operations: one method for each use case, for the commands and other programs.

A Tracker belongs to one worktree. Its reading half is in `reader`.
"""

import contextlib
import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from gitanchor.hooks import reminder
from gitanchor.model.anchor import Anchor, checked_name
from gitanchor.model.errors import (
    AnchorError,
    BadAnchorFile,
    Busy,
    NotFound,
    Overtaken,
    WriteFailed,
    WrongUsage,
)
from gitanchor.model.texts import section_texts
from gitanchor.model.wording import counted
from gitanchor.operations.reader import Reader
from gitanchor.storage.store import FOLDER, StoredAnchor

if TYPE_CHECKING:
    from gitanchor.model.draft import Draft, Parsed
    from gitanchor.storage.secrets.gate import Gate
    from gitanchor.storage.writer import Writer, Written


_ATTEMPTS: Final = 3
"""How often the log is written again if another program saves it meanwhile."""


class Read(NamedTuple):
    """What the parser found in a text, and the repairs that were made before."""

    repairs: tuple[str, ...]
    parsed: "Parsed"


class Tracker(Reader):
    """The anchors of one worktree: reading and writing.

    `allowed_secrets` are the ids of findings that a person allowed; see `storage.secrets.gate`.
    """

    allowed_secrets: Collection[str] = ()

    def remember(self, stored: StoredAnchor, *, elsewhere: bool = False) -> None:
        """Make an anchor, which may be another branch's, the parent of the next one written here."""
        self.state.resume(stored.anchor.id, elsewhere=elsewhere)

    def save(self, path: Path, content: bytes | Iterable[bytes]) -> None:
        """Write a file that a person named, in an existing folder.

        Raises WrongUsage if the folder does not exist or the path is a folder, and WriteFailed.
        """
        from gitanchor.storage import atomic

        if not path.parent.is_dir():
            raise WrongUsage(f"cannot write '{path}': there is no folder '{path.parent}'; make it first")
        if path.is_dir():
            raise WrongUsage(f"cannot write '{path}': it is a folder; name a file in it")
        atomic.write(path, content, self.state.scratch)

    def suggested_name(self) -> str:
        """Return a name for the next anchor: the branch and the day, numbered if that is taken."""
        branch = self.repository.head.branch or self.repository.root.name
        words = re.sub(r"[^\w.-]+", "_", branch)
        base = f"{words}_{self.now():%Y-%m-%d}"
        taken = {stored.facts.name for stored in self.recent.anchors}
        numbered = (f"{base}_{number}" for number in range(2, len(taken) + 3))
        return base if base not in taken else next(name for name in numbered if name not in taken)

    def read_text(self, content: bytes, name: str, *, keep_encoding: bool = False) -> "Read":
        """Parse a text, whose bytes are `content`; `name` is its name in messages. Writes nothing."""
        from gitanchor.parsing import parse

        decoded = parse.decode(content, name, keep_encoding=keep_encoding)
        reading = dataclasses.replace(self.reading, answer=True, file=Path(name).name)
        return Read(decoded.repairs, parse.parse(decoded.text, reading))

    def form(self, name: str | None) -> str:
        """Return the text that the editor opens for a new anchor."""
        from gitanchor.rendering import editor_form

        choice = self.choice()
        newest = choice.stored if choice else self.newest_here()
        since = self.since(newest).commits if newest else None
        head = self.repository.head
        commit = f" at commit {head.commit[:10]}" if head.commit else ", before its first commit"
        place = f"On branch {head.branch}{commit}" if head.branch else f"HEAD detached{commit}"
        last = f"{newest.anchor.name} ({newest.anchor.id})" if newest else None
        return editor_form.form(name or self.suggested_name(), place, since, last)

    # Writing -------------------------------------------------------------------------------

    def add(
        self,
        drafts: "Sequence[Draft]",
        *,
        source: str,
        parents: Sequence[str] | None = None,
        done_when: tuple[str, ...] = (),
    ) -> "Written":
        """Write drafts as new anchors of this branch and commit, in their order.

        `parents` are the ids of the first one's parents; without them it is what was resumed here.
        A draft without a name gets the suggested one. `source` says how the drafts came in. Raises
        WrongUsage, and writes none, if a draft says nothing.
        """
        from gitanchor.operations import compose

        parents = self.parents() if parents is None else parents
        anchors = compose.compose(
            drafts,
            self.recent,
            self.repository,
            parents=parents,
            done_when=done_when,
            source=source,
            generated=self.settings.generated,
            name=self.suggested_name,
        )
        return self.follow_up(self.writer.add(anchors))

    def edit(self, stored: StoredAnchor, draft: "Draft") -> "Written":
        """Replace the sections of an anchor by a draft's. The rest of its file keeps its bytes.

        Raises Overtaken if the file was changed since it was read; the new text is in the journal
        then.
        """
        from gitanchor.rendering import editor_form

        if draft.is_empty and not draft.notes:
            named = f"{stored.anchor.name} ({stored.anchor.id})"
            raise WrongUsage(f"{named} would say nothing; 'git anchor rm' removes it")
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
        text = editor_form.above_scissors(editor_form.form(new.name, "", None, None, section_texts(new)))
        written = self.writer.rewrite([(stored, new)], action="edit", text=text.rstrip("\n") + "\n")
        return self.follow_up(written) if written.anchors else written

    def close(self, stored: StoredAnchor, outcome: str | None) -> "Written":
        """Mark an anchor as done, with its outcome; nothing changes if it already says both.

        Raises Overtaken if the file was changed since it was read; the outcome is in the journal
        then.
        """
        new = dataclasses.replace(stored.anchor, status="done", outcome=outcome or stored.anchor.outcome)
        text = f"{outcome}\n" if outcome else None
        written = self.writer.rewrite([(stored, new)], action="done", text=text)
        return self.follow_up(written) if written.anchors else written

    def path_from_top(self, path: str) -> str:
        """Turn a path that a person typed, from the current folder, into one from the worktree's top."""
        full = Path(path).parent.resolve() / Path(path).name
        try:
            return full.relative_to(self.repository.root).as_posix()
        except ValueError:
            raise WrongUsage(f"'{path}' is outside of '{self.repository.root}'") from None

    def render(self) -> list[str]:
        """Bring the log up to date, if this branch writes it; return the changed paths.

        Raises BadAnchorFile if an anchor file cannot be read, as its entry would be lost.
        """
        with self.state.log_turn(self.settings.log) as to_do:
            return self._write_log(quick=False) if to_do else []

    def difference(self, *, anew: bool = False) -> str:
        """Return a unified diff from the log to what it should be.

        It is empty if this branch does not write the log. `anew` renders all entries, without the
        cache.
        """
        self.refuse_problems()
        if not self.writes_log:
            return ""
        return self.log.difference(self.listing, anew=anew)

    def commit(self, written: "Written") -> str:
        """Commit just these anchors and the log, whatever else is staged; return the commit's id.

        The commit also contains other anchors whose entries are in the log, but not in HEAD's log.
        """
        from gitanchor.operations import companions

        anchors = [stored.anchor for stored in written.anchors]
        names = anchors[0].name if len(anchors) == 1 else f"{len(anchors)} anchors"
        paths = [stored.path for stored in written.anchors]
        if self.writes_log and (log := self.log.read()) is not None:
            committed = "".join(self.committed_log(log.pages).values())
            taken = companions.taken_along(log.whole, committed)
            paths += [*log.pages, *companions.files_of(self, taken)]
            paths += companions.new_foreword(self, log.whole)
        paths = [*dict.fromkeys(paths)]
        return self.repository.commit_only(paths, f"Anchor {names}" if len(anchors) == 1 else names)

    def write_foreword(self, text: str) -> None:
        """Store what the team wrote into the head of the log, which shows it from now on."""
        self.store.write_foreword(text)
        self.__dict__.pop("log", None)

    # Parts of writing ----------------------------------------------------------------------

    @property
    def writer(self) -> "Writer":
        """Return what writes the anchor files of this worktree."""
        from gitanchor.storage.writer import Writer

        return Writer(self.repository, self.state, self.store, self.gate, self.recent.copies)

    @property
    def gate(self) -> "Gate":
        """Return what refuses secrets in texts that are to be written."""
        from gitanchor.storage.secrets.gate import Gate

        def here() -> list[Anchor]:
            return [stored.anchor for stored in self.listing.anchors]

        return Gate(self.state, self.allowed_secrets, here)

    def now(self) -> datetime:
        """Return the time for an anchor that is made now."""
        from gitanchor.operations import compose

        return compose.now(self.repository)

    def moment_of_text(self, file: str | None = None) -> datetime:
        """Return the time for a text without one, which may come from a file that a person named."""
        from gitanchor.operations import compose

        return compose.moment_of_text(self.repository, self.listing, self._path_within(file))

    def zone_of_text(self, file: str | None = None) -> tzinfo:
        """Return the zone of times that name none, in a text that may come from a file."""
        from gitanchor.operations import compose

        return compose.zone_of_text(self.repository, self._path_within(file))

    def _path_within(self, file: str | None) -> str | None:
        """Return the path of a file from the top of the worktree; None if it is outside of it."""
        if file is not None:
            with contextlib.suppress(WrongUsage):
                return self.path_from_top(file)
        return None

    def parents(self) -> tuple[str, ...]:
        """Return the ids of the next anchor's parents.

        That is what was resumed here, else what `resume` would offer, else the branch's newest.
        """
        parent = self.parent()
        if self.state.resumed_elsewhere:
            return (str(self.state.resumed),)
        return (parent.id,) if parent else ()

    def parent_elsewhere(self, stored: StoredAnchor) -> StoredAnchor | None:
        """Return the first parent of an anchor, if it is here and was made on another branch."""
        parents = stored.facts.parents.split()
        parent = self.recent.with_id(parents[0]) if parents else None
        is_other = parent is not None and parent.facts.branch != stored.facts.branch
        return parent if is_other else None

    def parent(self) -> Anchor | None:
        """Return the next anchor's parent, if it is in this worktree."""
        resumed = self.state.resumed
        stored = self.recent.with_id(resumed) if resumed else None
        if stored is not None:
            return stored.anchor
        if self.state.resumed_elsewhere:
            return None
        choice = self.choice()
        newest = choice.stored if choice else self.newest_here()
        return newest.anchor if newest else None

    def follow_up(self, written: "Written", *, over: Mapping[str, str] | None = None) -> "Written":
        """Bring log and reminder up to date after anchors were written; add to the result what failed.

        The anchors are safely written by now, so that nothing is undone. `over` has texts of files
        of the log, by path, that may be overwritten although they have hand edits.
        """
        self._forget_anchors()
        try:
            with self.state.log_turn(self.settings.log) as to_do:
                if to_do:
                    self._write_log(over, quick=True)
        except (WriteFailed, Busy) as failure:
            reason = str(failure).removesuffix("; try again")
            told = type(failure)(f"{reason}; only the log is not written: try 'git anchor render'")
            return dataclasses.replace(written, failure=told)
        except AnchorError as problem:
            warning = f"the log was not regenerated: {problem}"
            return dataclasses.replace(written, warnings=(*written.warnings, warning))
        unknown = self.settings.unknown
        return (
            dataclasses.replace(written, warnings=(*written.warnings, *unknown)) if unknown else written
        )

    def _write_log(self, over: Mapping[str, str] | None = None, *, quick: bool) -> list[str]:
        """Bring log and reminder up to date with the present anchors; the caller holds the log's turn.

        Everything is read again, because this is done for all who wait for the turn as well. If
        this branch does not write the log, only hand edits are taken out. `quick` uses the record
        of what the log shows, if it still is the file that was written then.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            self._forget_anchors()
            self.__dict__.pop("log", None)
            try:
                changed = self._written_log(over, quick=quick)
                break
            except Overtaken:  # by an editor: the next attempt reads what it saved
                if attempt == _ATTEMPTS:
                    raise
        self.remind()
        return changed

    def _written_log(self, over: Mapping[str, str] | None, *, quick: bool) -> list[str]:
        changed = self._add_to_log() if quick and not over and self.writes_log else None
        if changed is None:
            self.refuse_problems()
            self._refuse_left_out()
            committed = {} if self.writes_log else self.committed_log(over or {})
            if self.writes_log or self.log.marked_in(committed):
                changed = self.log.write(self.listing, over=over or {})
            else:
                changed = self.log.put_back(committed, over or {})
        return changed

    def _add_to_log(self) -> list[str] | None:
        """Insert entries into the log if anchors were only added; return None if that is not certain."""
        return None if self.recent.problems else self.log.add(self.recent)

    def _forget_anchors(self) -> None:
        """Have the anchors read again when they are needed next."""
        self.__dict__.pop("listing", None)
        self.__dict__.pop("recent", None)

    def committed_log(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the text in HEAD of those files of the log that HEAD has, by path."""
        texts = {path: self.repository.ask("show", f"HEAD:{path}") for path in paths}
        return {path: text for path, text in texts.items() if text is not None}

    def remind(self) -> None:
        """Update the files that the hooks read. Raises WriteFailed."""
        reminder.write_settings(self.state.shared, self.state.scratch, self.settings)
        listing, heads = self.recent, self.heads
        chooser = self.chooser(listing)
        heads.tell(listing, chooser.choose())
        heads.tell_of_here(listing, chooser.contained())
        heads.tell_others(listing)

    def _refuse_left_out(self) -> None:
        """Raise NotFound if a sparse checkout leaves out anchors, whose entries a render would lose."""
        if left_out := self.repository.left_out(FOLDER):
            raise NotFound(
                f"a sparse checkout leaves out {counted(left_out, 'anchor file')}, which a log without"
                " them would lose;"
                f" 'git sparse-checkout add {FOLDER}' brings them"
            )

    def refuse_problems(self) -> None:
        """Raise BadAnchorFile if an anchor file cannot be read, as its entry would be lost."""
        problems: Sequence[BadAnchorFile] = self.listing.problems
        if problems:
            raise problems[0]
