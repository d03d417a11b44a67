"""Absorb hand edits of the files that are generated beside the log.

Each file is absorbed as a log of its own, one after the other, so that an anchor that was edited in two
of them is merged with what both started from.
"""

import dataclasses
from collections.abc import Iterator, Mapping

from gitanchor.log.hand_edits import Removed
from gitanchor.log.output_files import Output
from gitanchor.model.errors import WrongUsage
from gitanchor.operations import absorb, commit, render
from gitanchor.operations.absorb import Absorbed
from gitanchor.operations.workspace import Workspace


def absorb_all(
    workspace: Workspace, *, check: bool = False, delete: bool = False, side: str | None = None
) -> Iterator[Absorbed]:
    """Absorb the log, as `absorb.absorb` does, then each file beside it; yield what became of each.

    Raises WrongUsage in the end for the first file that cannot be read.
    """
    yield _without_refusals(absorb.absorb(workspace, check=check, delete=delete, side=side))
    unreadable: list[WrongUsage] = []
    for path in workspace.settings.outputs:
        fresh = workspace.again()
        try:
            output = fresh.outputs.of(path)
        except WrongUsage as problem:
            unreadable.append(problem)
            continue
        if next(fresh.outputs.work_in(output, fresh.listing), None) is not None:
            yield _without_refusals(_absorbed(fresh, output, check=check, side=side))
    if unreadable:
        raise unreadable[0]


def _absorbed(
    workspace: Workspace, output: Output, *, check: bool = False, side: str | None = None
) -> Absorbed:
    """Take what was written into a file beside the log by hand into the anchors, then render."""
    if check:
        return _asked(workspace, output, side)
    with workspace.state.absorbing(output.path):
        done = _asked(workspace, output, side)
        if done.in_conflict:
            return done
        workspace.gate.refuse({output.path: "\n".join(output.own_lines)})
        over = {**untouched_log(workspace), output.path: output.text or ""}
        done = absorb.write_anchors(workspace, done, side=side)
        return dataclasses.replace(done, written=render.follow_up(workspace, done.written, over=over))


def untouched_log(workspace: Workspace) -> Mapping[str, str]:
    """Return the log by its files, if nobody changed it, as it may get another foreword."""
    log = workspace.log.read()
    if log is None or next(workspace.log.work_in(log, workspace.listing), None) is not None:
        return {}
    return log.pages


def _asked(workspace: Workspace, output: Output, side: str | None = None) -> Absorbed:
    """Return what the text of a file asks for; an entry that is not in it was not deleted."""
    render.refuse_problems(workspace)
    done = absorb.found(workspace, output.as_log(workspace.store.foreword).log_text, side)
    changes = tuple(change for change in done.changes if not isinstance(change, Removed))
    return dataclasses.replace(done, changes=changes)


def _without_refusals(done: Absorbed) -> Absorbed:
    """Return the same without what was refused while other files were still to be absorbed."""
    return dataclasses.replace(done, written=dataclasses.replace(done.written, refused=()))


# Before a commit ---------------------------------------------------------------------------------


def before_commit(workspace: Workspace, *, partial: bool) -> Iterator[str]:
    """Absorb and stage what files beside the log bring to a commit; yield messages, as for the log.

    This comes after the log. A file is left alone if it, or an anchor file that would change, has
    edits that are not staged.
    """
    if not workspace.settings.outputs:
        return
    for path in workspace.settings.outputs:
        fresh = workspace.again()
        try:
            output = fresh.outputs.of(path)
        except WrongUsage as problem:
            yield str(problem)
            continue
        if output.text is None or not any(fresh.outputs.work_in(output, fresh.listing)):
            continue
        if partial or not absorb.is_staged(fresh, [path]):
            yield f"{path} holds edits that are in no anchor; 'git anchor absorb' takes them in"
            continue
        yield from _into_commit(fresh, output)
    if not partial:
        fresh = workspace.again()
        fresh.repository.stage(commit.outputs_apart(fresh))


def _into_commit(workspace: Workspace, output: Output) -> Iterator[str]:
    planned = _asked(workspace, output)
    reason = absorb.not_now(workspace, planned, output.path)
    if reason is not None:
        yield reason
        return
    done = _absorbed(workspace, output)
    yield from absorb.account(done)
    absorb.stage_absorbed(workspace, done)
