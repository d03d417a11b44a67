"""Write anchors to files: first the journal, then the file, then the ref that keeps the commit.

The log and the reminder, which follow from new files, are left to `operations.render`.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gitanchor.git.repository import Repository
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import AnchorError, Busy, GitFailed, Overtaken, WriteFailed, WrongUsage
from gitanchor.model.graph import Graph
from gitanchor.model.wording import counted
from gitanchor.storage import atomic, journal
from gitanchor.storage.index.copies import Copy
from gitanchor.storage.purges import Purges
from gitanchor.storage.secrets.gate import Gate
from gitanchor.storage.state import Operation, State
from gitanchor.storage.store import FOLDER, Store, StoredAnchor


@dataclass(frozen=True, slots=True)
class Written:
    """Anchors that were written, and what went wrong besides.

    `failure` is why the log could not be written, if trying again may help. `refused` says which files
    beside the log stayed as they are, as people changed them.
    """

    anchors: tuple[StoredAnchor, ...]
    warnings: tuple[str, ...] = ()
    failure: AnchorError | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the anchor files of one worktree.

    `action`, an argument of several methods, is the name of a change in `git anchor undo`; a change
    without one cannot be undone. Only the last change with an action can be, so it should be of one
    file.
    """

    repository: Repository
    state: State
    store: Store
    gate: Gate
    copies: Sequence[Copy] = ()
    """Files with the same anchor as another one: they are removed when that is changed or removed."""

    def add(self, anchors: Sequence[Anchor]) -> Written:
        """Journal and write new anchors, and keep their commits.

        Parents are written first, so that an interrupt leaves no anchor without its parent. Raises
        WrongUsage or SecretFound before any is written, and WriteFailed, which says how many are.
        """
        self.gate.refuse_anchors(anchors)
        texts = {anchor.id: self.store.text_of(anchor) for anchor in anchors}
        paths = {}
        for anchor in _parents_first(anchors):
            content = texts[anchor.id]
            try:
                self.state.journal(journal.ADD, f"{FOLDER}/{anchor.path}", content.encode())
                paths[anchor.id] = self.store.add(anchor, content)
            except WriteFailed as failure:
                if not paths:
                    raise
                count = f"{len(paths)} of {counted(len(anchors), 'anchor')}"
                said = f"{failure}; {count} written; the same command writes the rest"
                raise WriteFailed(said) from None
        written = [StoredAnchor(anchor, paths[anchor.id]) for anchor in anchors]
        if anchors:
            self.state.forget_resumed()
        problems = [*self._keep_commits(anchors), *self._ignored(written)]
        return Written(tuple(written), tuple(problems))

    def _ignored(self, anchors: Sequence[StoredAnchor]) -> list[str]:
        """Return a sentence about why git ignores new files, if it does."""
        hits = self.repository.ignoring(stored.path for stored in anchors) if anchors else []
        return [
            f"git ignores {path}: '{pattern}' in {source}:{line};"
            f" '!/{FOLDER}/' in .gitignore says otherwise"
            for source, line, pattern, path in hits[:1]
        ]

    def rewrite(
        self,
        edits: Iterable[tuple[StoredAnchor, Anchor]],
        *,
        action: str | None = None,
        text: str | None = None,
    ) -> Written:
        """Set the changed fields of anchor files, after journaling the old and the new content.

        `edits` are pairs of a stored anchor and its new version. Raises Overtaken at the first file that
        no longer says what the edit started from; then `text`, what the person wrote, is in the
        journal. Raises SecretFound before any is written.
        """
        from gitanchor.storage import codec

        edits = list(edits)
        self.gate.refuse_anchors(new for _, new in edits)
        written = []
        made: dict[str, Anchor] = {}  # by path: one text may have several edits of an anchor
        for stored, new in edits:
            before, after = stored.anchor.as_dict(), new.as_dict()
            changes = {key: value for key, value in after.items() if value != before[key]}
            if changes:
                self.store.text_of(new)
                read = StoredAnchor(made.get(stored.path, stored.anchor), stored.path)
                with self._unless_overtaken(read, text) as present:
                    content = codec.rewrite(present, stored.path, changes)
                    self.replace(stored.path, present.encode(), content.encode(), action=action)
                self._remove_copies(stored.path)
                made[stored.path] = codec.load(content, stored.path)
                written.append(StoredAnchor(new, stored.path))
        return Written(tuple(written))

    def remove(self, anchors: Iterable[StoredAnchor], *, action: str | None = None) -> None:
        """Journal anchor files, then remove them. The refs that keep their commits stay.

        Raises Overtaken at the first file that no longer says what was read.
        """
        for stored in anchors:
            with self._unless_overtaken(stored) as present:
                self.replace(stored.path, present.encode(), None, action=action)
            self._remove_copies(stored.path)

    def _remove_copies(self, path: str) -> None:
        """Journal and remove the copies of an anchor file that was changed or removed."""
        for copy in self.copies:
            if copy.of == path and (content := self.present(copy.path)) is not None:
                self.replace(copy.path, content, None)

    def restore(self, anchors: Iterable[tuple[StoredAnchor, bytes]]) -> Written:
        """Write earlier contents to anchor files, and keep their commits where they still exist."""
        written = []
        for stored, content in anchors:
            with self.state.replacing(stored.path):
                self.replace(stored.path, self.present(stored.path), content)
            written.append(stored)
        return Written(tuple(written), tuple(self.keep_present_commits(written)))

    @contextlib.contextmanager
    def _unless_overtaken(self, stored: StoredAnchor, text: str | None = None) -> Iterator[str]:
        """Give the text of a file under the lock for replacing it. Raises Overtaken; see `rewrite`.

        Anchors are compared, not texts, so that a change of its comments does no harm.
        """
        from gitanchor.storage import codec

        try:
            with self.state.replacing(stored.path):
                present = self.present(stored.path)
                if present is None:
                    raise Overtaken(f"{stored.path} was removed by another process")
                if codec.load(present.decode(), stored.path) != stored.anchor:
                    raise Overtaken(f"{stored.path} was changed by another process")
                yield present.decode()
        except Busy as problem:
            if text is None:
                raise Overtaken(f"{problem}; nothing was written") from None
            kept = self.state.journal(journal.PASTE, stored.path, text.encode()).name.split("-")[0]
            said = f"{str(problem).removesuffix('; try again')}; your text is kept"
            raise Overtaken(said, kept) from None

    def replace(
        self,
        path: str,
        before: bytes | None,
        after: bytes | None,
        *,
        action: str | None = None,
        undone: bool = False,
    ) -> None:
        """Journal the old and the new content of a file, None for no file; then write or remove it."""
        old = new = None
        if before is not None and after is not None:
            old, new = self.state.records.keep_change(path, before, after)
        elif after is not None:
            new = self.state.records.keep(journal.ADD, path, after)
        elif before is not None:
            old = self.state.records.keep(journal.DELETE, path, before)
        if after is None:
            self.store.remove(path)
        else:
            self._put(path, after)
        if action is not None:
            kept, made = (None if entry is None else entry.file.name for entry in (old, new))
            self.state.operation = Operation(action, path, kept, made, undone)

    def present(self, path: str) -> bytes | None:
        """Return the content of a file, None if there is none. Raises BadAnchorFile."""
        if not (self.store.root / path).exists():
            return None
        return self.store.read_text(path).encode()

    def _put(self, path: str, content: bytes) -> None:
        """Write a file in place. Raises WrongUsage if its path has a symbolic link."""
        target = self.store.root / path
        for place in (self.store.folder, target.parent.parent, target.parent, target):
            if place.is_symlink():
                raise WrongUsage(
                    f"'{place.relative_to(self.store.root)}' is a symbolic link; replace it by what"
                    " it leads to"
                )
        atomic.write(target, content, self.store.scratch, durable=True)

    def keep_present_commits(self, anchors: Iterable[StoredAnchor]) -> list[str]:
        """Make refs/anchors/<id> for each commit that is still here; return a sentence for each failure.

        A commit that a filter removed from the history is not kept.
        """
        commits = [stored.anchor for stored in anchors if stored.anchor.commit]
        present = self.repository.existing_commits(anchor.commit or "" for anchor in commits)
        present -= Purges(self.repository, self.state.shared).purged(present).keys()
        return self._keep_commits([anchor for anchor in commits if anchor.commit in present])

    def _keep_commits(self, anchors: Sequence[Anchor]) -> list[str]:
        """Make refs/anchors/<id> for each anchored commit of this clone; return what failed."""
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


def _parents_first(anchors: Sequence[Anchor]) -> list[Anchor]:
    """Return anchors in an order in which none comes before its parents, as far as possible."""
    return Graph(anchors).order()[::-1]
