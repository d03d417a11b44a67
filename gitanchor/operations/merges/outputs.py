"""Finish the merge of the files that are generated beside the log, after the anchors and the log."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from gitanchor.git import conflict_markers
from gitanchor.hooks import merge_driver
from gitanchor.log import output_parts
from gitanchor.log.output_files import Output
from gitanchor.log.output_parts import Parts
from gitanchor.model.errors import WrongUsage
from gitanchor.operations import commit, render
from gitanchor.operations.merges import salvage
from gitanchor.operations.merges.stages import Contents, content_of, unlabelled
from gitanchor.operations.outputs import untouched_log
from gitanchor.operations.workspace import Workspace
from gitanchor.parsing import log_format
from gitanchor.storage import atomic
from gitanchor.storage.config import AGENTS
from gitanchor.storage.writer import Written

_AROUND: Final = "both sides changed the text around the block; settle it, then 'git add' it"
_FOREIGN: Final = "kept by hand on one side; settle it, then 'git add' it"
_JOURNAL: Final = "merge"


class Settled(NamedTuple):
    """How files were settled, and what is left, by path; `told` says what became of hand edits."""

    done: Mapping[str, str]
    left: Mapping[str, str]
    told: tuple[str, ...] = ()


class _Versions(NamedTuple):
    """The text of a file, as far as it is merged, and the sides whose hand edits are to be saved."""

    text: str
    sides: tuple[str, ...]


def marked(workspace: Workspace) -> list[str]:
    """Return the files beside the log that hold the markers of a conflict."""
    return [path for path in workspace.settings.outputs if _in_conflict(_present(workspace, path))]


def settle(workspace: Workspace, unmerged: Mapping[str, Contents | None]) -> Settled:
    """Settle files beside the log, and stage them and what is generated besides.

    `unmerged` has the contents of base, ours and theirs by path, None if git does not know them. Hand
    edits of both sides go into the anchors, from which the files are rendered. The present content is
    kept in the journal. Raises SecretFound.
    """
    done: dict[str, str] = {}
    left: dict[str, str] = {}
    told: list[str] = []
    over = untouched_log(workspace) if unmerged else {}
    for path, contents in unmerged.items():
        try:
            told += _settle(workspace, path, contents)
        except WrongUsage as problem:
            left[path] = str(problem)
            continue
        done[path] = "rendered anew"
        workspace = workspace.again()
    if done:
        render.follow_up(workspace, Written(()), over=over)
        workspace = workspace.again()
        workspace.repository.stage([*over, *commit.outputs_apart(workspace)])
    return Settled(done, left, tuple(told))


def _settle(workspace: Workspace, path: str, contents: Contents | None) -> tuple[str, ...]:
    """Settle one file; return what became of hand edits. Raises WrongUsage if a person has to."""
    kind = workspace.settings.outputs[path]
    versions = _versions(workspace, path, contents)
    parts = Parts.of(versions.text, kind, path)
    if kind == AGENTS and (_in_conflict(parts.before) or _in_conflict(parts.after)):
        raise WrongUsage(_AROUND)
    if kind != AGENTS and any(map(output_parts.is_foreign, versions.sides)):
        raise WrongUsage(_FOREIGN)
    foreword = workspace.store.foreword
    sides = [Parts.of(side, kind, path) for side in versions.sides]
    logs = [output_parts.as_log(side, path, foreword).log_text for side in sides if side.generated]
    saved = salvage.save_hands(workspace, logs)
    after = workspace.again()
    entry = after.outputs.entry(after.listing)
    content = Output(path, kind, versions.text, parts).wanted(entry).encode()
    target = workspace.repository.root / path
    workspace.state.journal(_JOURNAL, path, content_of(target))
    atomic.write(target.resolve(), content, workspace.state.scratch)
    workspace.repository.stage([path, *saved.paths])
    return saved.told


def _versions(workspace: Workspace, path: str, contents: Contents | None) -> _Versions:
    """Return the versions of a file: those that git knows, if nobody touched its merge of them."""
    present = content_of(workspace.repository.root / path)
    text = _decoded(present, path)
    if not _in_conflict(text):  # a person settled it
        return _Versions(text, (text,))
    if contents is not None:
        shown = merge_driver.marks(workspace.repository.root)
        merged, _ = merge_driver.merge_contents(contents, path, shown)
        by_lines, _ = merge_driver.merge_by_git(contents, shown)
        if unlabelled(present) in (unlabelled(merged), unlabelled(by_lines)):
            return _Versions(
                _decoded(merged, path), tuple(_decoded(side, path) for side in contents[1:])
            )
    ours, theirs = ("\n".join(side) for side in conflict_markers.sides(text.split("\n"), _quoted(text)))
    if workspace.settings.outputs[path] == AGENTS:
        around = [Parts.of(side, AGENTS, path).around for side in (ours, theirs)]
        if around[0] != around[1]:
            raise WrongUsage(_AROUND)
    return _Versions(ours, (ours, theirs))


def _in_conflict(text: str) -> bool:
    return bool(conflict_markers.hunks(text.split("\n"), _quoted(text)))


def _quoted(text: str) -> set[int]:
    """Return the lines that are text of an anchor, whatever they look like."""
    blocks = [block for block in log_format.blocks(text.split("\n")) if not block.edited]
    return {number for block in blocks for number in range(block.begin, block.end + 1)}


def _present(workspace: Workspace, path: str) -> str:
    return content_of(workspace.repository.root / path).decode("utf-8", "replace")


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise WrongUsage(f"'{path}' is not UTF-8; settle it, then 'git add' it") from None
