"""Where the commits of anchors are now, and what happened in the repository since."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from gitanchor.git import ancestry
from gitanchor.git.names import Commit
from gitanchor.model.errors import NotFound
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index import index
from gitanchor.storage.index.listing import WholeListing
from gitanchor.storage.store import StoredAnchor

if TYPE_CHECKING:
    from gitanchor.checks.report import Row
    from gitanchor.tracking import drift
    from gitanchor.tracking.binding import Binding
    from gitanchor.tracking.drift import Drift


class Since(NamedTuple):
    """Where an anchor's commit is now, what happened since, and how much time passed."""

    stored: StoredAnchor
    binding: "Binding"
    drift: "Drift"
    passed: timedelta
    checked: Sequence["Row"] = ()

    @property
    def commits(self) -> tuple[Commit, ...] | None:
        """The commits since, newest first; None if this clone cannot know them."""
        return self.drift.commits


def bindings(workspace: Workspace, anchors: Sequence[StoredAnchor]) -> dict[str, "Binding"]:
    """Return where the commits of anchors are now, by anchor id."""
    from gitanchor.tracking.binding import Binder

    state = workspace.state
    return Binder(workspace.repository, state.shared, state.scratch, workspace.ours).bind(anchors)


def moved(
    workspace: Workspace, branch: str | None = None, limit: int | None = None
) -> dict[str, "Binding"]:
    """Return the bindings of those of the newest anchors here whose commits HEAD does not contain.

    Mostly there are none. If that was found of all anchors, it is remembered.
    """
    database, head = workspace.state.index, workspace.repository.head.commit
    listing = workspace.listing
    noted = index.noted_head(database) if isinstance(listing, WholeListing) else None
    if head and noted and (head == noted or ancestry.is_ancestor(workspace.repository, noted, head)):
        return {}
    found = bindings(workspace, listing.newest(branch, limit))
    elsewhere = {key: bound for key, bound in found.items() if not bound.is_plain}
    if head and not elsewhere and branch is None and limit is None:
        index.note_head(database, head)
    return elsewhere


def look(
    workspace: Workspace, stored: StoredAnchor, commit: str | None, *, diverged: bool = False
) -> "drift.Look":
    """Start to ask git what happened since a commit of an anchor; `since` takes the answers."""
    from gitanchor.tracking import drift

    return drift.Look(workspace.repository, stored.anchor, commit, workspace.ours, diverged=diverged)


def since(workspace: Workspace, stored: StoredAnchor, asked: "drift.Look | None" = None) -> Since:
    """Return what happened since an anchor, as seen from HEAD; `asked` is a `look` begun before."""
    from gitanchor.tracking import drift
    from gitanchor.tracking.binding import in_head

    seen = (asked or look(workspace, stored, stored.anchor.commit)).seen()
    if seen.is_from_ancestor:  # mostly so: then no rule has to run
        bound = in_head(stored.anchor.commit)
    else:
        bound = bindings(workspace, [stored])[stored.anchor.id]
        seen = look(workspace, stored, bound.commit, diverged=True).seen()
    measured = drift.measure(workspace.repository, stored.anchor, bound, workspace.ours, seen)
    passed = datetime.now(stored.anchor.created.tzinfo) - stored.anchor.created
    return Since(stored, bound, measured, passed)


def present_commit(workspace: Workspace, stored: StoredAnchor) -> str:
    """Return the commit that stands for an anchor now. Raises NotFound if this clone has none."""
    binding = bindings(workspace, [stored])[stored.anchor.id]
    if binding.commit is not None:
        return binding.commit
    anchor = stored.anchor
    if anchor.commit is None:
        raise NotFound(f"{anchor.name} ({anchor.id}) records no commit")
    advice = f"; '{binding.advice}' gets it, if it was shared" if binding.advice else ""
    raise NotFound(f"{anchor.short_commit}, the commit of {anchor.name}, is {binding}{advice}")


def diff(workspace: Workspace, stored: StoredAnchor, arguments: Sequence[str]) -> int:
    """Have git print its diff from an anchor's commit to the worktree; see `diffing.run`."""
    from gitanchor.tracking import diffing

    return diffing.run(present_commit(workspace, stored), arguments, workspace.ours)


def stretch(workspace: Workspace, stored: StoredAnchor) -> list[Commit]:
    """Return the commits from an anchor's parents to the anchor, newest first."""
    from gitanchor.tracking import drift

    parents = [item for item in workspace.recent.anchors if item.facts.id in stored.anchor.parents]
    bound = [binding.commit for binding in bindings(workspace, parents).values() if binding.commit]
    commit = present_commit(workspace, stored)
    return drift.commits_of(workspace.repository, commit, bound, workspace.ours)
