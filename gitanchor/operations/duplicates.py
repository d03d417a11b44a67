"""Find and remove files that hold the same anchor as another file."""

from collections.abc import Iterable, Iterator

from gitanchor.git.names import literal
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index import copies
from gitanchor.storage.store import StoredAnchor


def found(workspace: Workspace) -> list[tuple[StoredAnchor, StoredAnchor]]:
    """Return the files of this worktree to remove, each with the one that stays."""
    pairs = (
        tuple(StoredAnchor(workspace.store.read(path), path) for path in copy)
        for copy in workspace.listing.copies
    )
    return list(removals(workspace, pairs))


def removals(
    workspace: Workspace, pairs: Iterable[tuple[StoredAnchor, ...]]
) -> Iterator[tuple[StoredAnchor, StoredAnchor]]:
    """Yield the file to remove from each pair, with the one that stays, which git should track."""
    groups: dict[str, dict[str, StoredAnchor]] = {}
    for pair in pairs:
        for stored in pair:
            groups.setdefault(stored.facts.id, {})[stored.path] = stored
    if not groups:
        return
    paths = [path for group in groups.values() for path in group]
    tracked = (workspace.repository.ask("ls-files", "-z", "--", *literal(paths)) or "").split("\0")
    for group in groups.values():
        kept = copies.to_keep(group.values(), tracked)
        yield from ((stored, kept) for stored in group.values() if stored is not kept)


def remove(workspace: Workspace, stored: StoredAnchor) -> None:
    """Remove a file from the worktree, after a copy of it went into the journal."""
    workspace.writer.replace(stored.path, workspace.writer.present(stored.path), None)
