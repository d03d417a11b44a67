"""Find the notes and logs of earlier sessions that a repository already has, and import them."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from gitanchor.git.names import literal
from gitanchor.importing import known_files
from gitanchor.model.anchor import Anchor
from gitanchor.operations import imports
from gitanchor.operations.workspace import Workspace
from gitanchor.parsing.documents import dictionary
from gitanchor.storage import safe_open
from gitanchor.storage.store import FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitanchor.importing.history_plan import Recovered
    from gitanchor.importing.import_plan import Entry

_MOST: Final = 400
"""Most files whose names say nothing that are read to see what they are."""

_DEPTH: Final = 3
"""How deep in folders such files may be."""

_HEAD: Final = 20
"""The first lines of a text, among which its title is."""


@dataclass(frozen=True, slots=True)
class Note:
    """A file with anchors, by its path from the top: all of them, and those that are not here yet.

    `versions` counts the commits that changed it, 0 if git does not know it.
    """

    path: str
    anchors: tuple[Anchor, ...]
    new: int
    versions: int


def candidates(workspace: Workspace) -> list[str]:
    """Return the paths that are named like notes, without reading any file."""
    return [path for path in _texts(workspace) if known_files.is_known(path)]


def notes(workspace: Workspace, branch: str | None = None) -> list[Note]:
    """Return the notes of this worktree: files that are named like one, or say in their title.

    Raises SecretFound if one of them holds a secret.
    """
    texts = _texts(workspace)
    named = [path for path in texts if known_files.is_known(path)]
    others = [path for path in texts if path not in named and path.count("/") < _DEPTH][:_MOST]
    titled = [path for path in others if _says_so(workspace, path)]
    found = (_note(workspace, path, branch) for path in sorted((*named, *titled)))
    return [note for note in found if note is not None]


def take_in(workspace: Workspace, note: Note, branch: str | None = None) -> int:
    """Import a note, with its history if git knows it; return how many anchors are new."""
    if note.versions:
        return len(imports.import_history(workspace, note.path, branch=branch)[1].anchors)
    content = _read(workspace, note.path) or b""
    return len(imports.import_text(workspace, content, note.path, branch=branch).written.anchors)


def _texts(workspace: Workspace) -> list[str]:
    """Return the paths of texts that git tracks or would track, without our own files."""
    listed = workspace.repository.ask("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    ours = {workspace.settings.log, *workspace.settings.generated}
    return [
        path
        for path in sorted(set((listed or "").split("\0")))
        if PurePosixPath(path).suffix.lower() in known_files.ENDINGS
        and path not in ours
        and not path.startswith(f"{FOLDER}/")
    ]


def _says_so(workspace: Workspace, path: str) -> bool:
    """Whether a file says in its text that it is a note, whatever its name."""
    lines = (_read(workspace, path) or b"").decode().split("\n")
    title = next((line for line in lines[:_HEAD] if line.startswith("# ")), "")
    named = any("resume from anchor" in line.casefold() for line in lines)
    return named or dictionary.built_in().is_handoff(title)


def _note(workspace: Workspace, path: str, branch: str | None) -> Note | None:
    """Return what a file holds; None if that is no anchor, or it cannot be read."""
    content = _read(workspace, path)
    if content is None:
        return None
    versions = int(workspace.repository.ask("rev-list", "--count", "HEAD", "--", *literal([path])) or 0)
    entries: Sequence[Recovered | Entry]
    if versions:
        entries = imports.import_history(workspace, path, branch=branch, dry_run=True)[0].entries
    else:
        entries = imports.import_text(workspace, content, path, branch=branch, dry_run=True).plan.entries
    if not entries:
        return None
    new = sum(entry.action == "add" for entry in entries)
    return Note(path, tuple(entry.anchor for entry in entries), new, versions)


def _read(workspace: Workspace, path: str) -> bytes | None:
    """Return the content of a file; None if it is no text, or cannot be read."""
    try:
        content = safe_open.read(workspace.repository.root / path, safe_open.MOST_OF_ANSWER)
        content.decode()
    except (OSError, UnicodeDecodeError):
        return None
    return content
