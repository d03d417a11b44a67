"""Find files of ours that would be committed with the conflict markers of an unfinished merge."""

from collections.abc import Iterator
from typing import Final

from gitanchor.git import conflict_markers
from gitanchor.git.names import literal
from gitanchor.hooks import merge_driver, reminder
from gitanchor.log import foreign_text
from gitanchor.model.errors import AnchorError
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.store import FOLDER, FOREWORD, SETTINGS

_SETTLE: Final = "take it out by hand, then 'git add' the file"


def in_commit(workspace: Workspace) -> list[str]:
    """Return a line for each such file in the commit being made, with the place of its first marker.

    Anchor files, the settings, the foreword, and what is generated are examined, as they are in the
    index.
    """
    generated = _generated(workspace)
    paths = literal([FOLDER, *generated])
    options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=d")
    answer = workspace.repository.ask("diff", *options, "--", *paths) or ""
    facts = answer.split("\0")
    blobs = {path: fact.split(" ")[3] for fact, path in zip(facts[::2], facts[1::2], strict=False)}
    asked = {path: blob for path, blob in blobs.items() if _may_hold_markers(path, generated)}
    if not asked:
        return []
    with workspace.repository.objects() as objects:
        contents = objects.read_all(asked.values())
    return [
        line
        for path, blob in asked.items()
        for line in _marked(path, contents.get(blob, b"").decode("utf-8", "replace"))
    ]


def _generated(workspace: Workspace) -> tuple[str, ...]:
    """Return the paths of what is generated, also if the settings are unreadable."""
    try:
        return workspace.settings.generated
    except AnchorError:
        return reminder.known_generated(workspace.state.shared)


def _may_hold_markers(path: str, generated: tuple[str, ...]) -> bool:
    if path in (SETTINGS, FOREWORD) or merge_driver.is_anchor(path):
        return True
    return path in generated or any(path.startswith(f"{folder}/") for folder in generated)


def _marked(path: str, text: str) -> Iterator[str]:
    """Yield the place of the first marker of a file. In Markdown, markers in a fence are text."""
    if path == SETTINGS or merge_driver.is_anchor(path):
        line = conflict_markers.first_marker(text)
    else:
        line = foreign_text.first_conflict(text.replace("\r\n", "\n"))
    if line is not None:
        advice = _SETTLE if path in (SETTINGS, FOREWORD) else foreign_text.FINISH
        yield f"{path}:{line}: a conflict marker, so no commit is made; {advice}"
