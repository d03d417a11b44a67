"""Bring the log, the files beside it, and what the hooks read, up to date with the anchors."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from gitanchor.model.errors import AnchorError, Busy, NotFound, Overtaken, WriteFailed
from gitanchor.model.wording import counted
from gitanchor.operations import choose
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.store import FOLDER
from gitanchor.storage.writer import Written

_ATTEMPTS: Final = 3
"""How often the log is written again if another program saves it meanwhile."""


class Rendered(NamedTuple):
    """The paths that changed, and why files beside the log stayed as they are, in sentences."""

    paths: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def render(workspace: Workspace) -> Rendered:
    """Bring the log, and the files beside it, up to date, if this branch writes them.

    Raises BadAnchorFile if an anchor file cannot be read, as its entry would be lost.
    """
    with workspace.state.log_turn(workspace.settings.log) as to_do:
        return _write_log(workspace, quick=False) if to_do else Rendered()


def difference(workspace: Workspace, *, anew: bool = False) -> str:
    """Return a unified diff from the log, and the files beside it, to what they should be.

    It is empty if this branch does not write the log. `anew` renders all entries, without the
    cache.
    """
    refuse_problems(workspace)
    if not workspace.writes_log:
        return ""
    beside = workspace.outputs.difference(workspace.listing) if workspace.settings.outputs else ""
    return workspace.log.difference(workspace.listing, anew=anew) + beside


def follow_up(
    workspace: Workspace, written: Written, *, over: Mapping[str, str] | None = None
) -> Written:
    """Bring log and reminder up to date after anchors were written; add to the result what failed.

    The anchors are safely written by now, so that nothing is undone. `over` has texts of files
    of the log, and beside it, by path, that may be overwritten although they have hand edits.
    """
    done = Rendered()
    try:
        with workspace.state.log_turn(workspace.settings.log) as to_do:
            if to_do:
                done = _write_log(workspace, over, quick=True)
    except (WriteFailed, Busy) as failure:
        reason = str(failure).removesuffix("; try again")
        told = type(failure)(f"{reason}; only the log is not written: try 'git anchor render'")
        return dataclasses.replace(written, failure=told)
    except AnchorError as problem:
        warning = f"the log was not regenerated: {problem}"
        return dataclasses.replace(written, warnings=(*written.warnings, warning))
    warnings = (*written.warnings, *workspace.settings.unknown)
    return dataclasses.replace(written, warnings=warnings, refused=done.refused)


def refuse_problems(workspace: Workspace) -> None:
    """Raise BadAnchorFile if an anchor file cannot be read, as its entry would be lost."""
    if workspace.listing.problems:
        raise workspace.listing.problems[0]


def committed_log(workspace: Workspace, paths: Iterable[str]) -> dict[str, str]:
    """Return the text in HEAD of those files of the log that HEAD has, by path."""
    texts = {path: workspace.repository.ask("show", f"HEAD:{path}") for path in paths}
    return {path: text for path, text in texts.items() if text is not None}


def _write_log(workspace: Workspace, over: Mapping[str, str] | None = None, *, quick: bool) -> Rendered:
    """Bring log and reminder up to date with the present anchors; the caller holds the log's turn.

    Everything is read again, because this is done for all who wait for the turn as well. If
    this branch does not write the log, only hand edits are taken out. `quick` uses the record
    of what the log shows, if it still is the file that was written then.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        present = workspace.again()
        try:
            changed = _written_log(present, over or {}, quick=quick)
            beside = _written_beside(present, over or {}) if present.settings.outputs else Rendered()
            break
        except Overtaken:  # by an editor: the next attempt reads what it saved
            if attempt == _ATTEMPTS:
                raise
    choose.remind(present)
    return Rendered((*changed, *beside.paths), beside.refused)


def _written_log(workspace: Workspace, over: Mapping[str, str], *, quick: bool) -> list[str]:
    log = workspace.log
    if quick and not over and workspace.writes_log and not workspace.recent.problems:
        changed = log.add(workspace.recent)
        if changed is not None:
            return changed
    refuse_problems(workspace)
    _refuse_left_out(workspace)
    committed = {} if workspace.writes_log else committed_log(workspace, over)
    if workspace.writes_log or log.marked_in(committed):
        return log.write(workspace.listing, over=over)
    return log.put_back(committed, over)


def _written_beside(workspace: Workspace, over: Mapping[str, str]) -> Rendered:
    """Write the files beside the log. If one would lose what a person wrote, the others are written."""
    refused: list[str] = []
    if workspace.writes_log:
        changed = workspace.outputs.write(workspace.recent, over=over, refused=refused)
    else:
        changed = workspace.outputs.put_back(committed_log(workspace, over), over)
    return Rendered(tuple(changed), tuple(refused))


def _refuse_left_out(workspace: Workspace) -> None:
    """Raise NotFound if a sparse checkout leaves out anchors, whose entries a render would lose."""
    if left_out := workspace.repository.left_out(FOLDER):
        raise NotFound(
            f"a sparse checkout leaves out {counted(left_out, 'anchor file')}, which a log without"
            " them would lose;"
            f" 'git sparse-checkout add {FOLDER}' brings them"
        )
