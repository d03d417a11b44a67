"""Anchors -> files: journal first, then the file, then the ref that keeps the commit.

What follows from new files (log, reminder) is the tracker's business.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitanchor.anchor import Anchor
from gitanchor.errors import AnchorError, GitFailed
from gitanchor.repository import Repository
from gitanchor.state import State
from gitanchor.store import FOLDER, Store, StoredAnchor


@dataclass(frozen=True, slots=True)
class Written:
    """Anchors that were written, and what did not go as it should beside that.

    `failure` is what kept the log from being written, where trying again may help.
    """

    anchors: tuple[StoredAnchor, ...]
    warnings: tuple[str, ...] = ()
    failure: AnchorError | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the anchor files of one worktree."""

    repository: Repository
    state: State
    store: Store

    def add(self, anchors: Sequence[Anchor]) -> Written:
        """Journal and write new anchors, and keep their commits. Raises WrongUsage before any is."""
        texts = [self.store.text_of(anchor) for anchor in anchors]
        written = []
        for anchor, text in zip(anchors, texts, strict=True):
            self.state.journal("add", f"{FOLDER}/{anchor.path}", text.encode())
            written.append(StoredAnchor(anchor, self.store.add(anchor)))
        if anchors:
            self.state.resumed = None
        return Written(tuple(written), tuple(self._keep_commits(anchors)))

    def rewrite(self, edits: Iterable[tuple[StoredAnchor, Anchor]]) -> Written:
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

    def remove(self, anchors: Iterable[StoredAnchor]) -> None:
        """Journal anchor files, then remove them."""
        for stored in anchors:
            self.state.journal("delete", stored.path, self.store.read_text(stored.path).encode())
            self.store.remove(stored.path)

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
