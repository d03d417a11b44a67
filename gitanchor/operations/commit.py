"""Commit anchors, with the log and the files of all entries that the log in that commit has.

Entries that HEAD's log has in the same words do not count.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from gitanchor.git.names import literal
from gitanchor.model.errors import CommitRefused
from gitanchor.operations.render import committed_log
from gitanchor.operations.workspace import Workspace
from gitanchor.rendering import log_entries
from gitanchor.storage.store import FOREWORD
from gitanchor.storage.writer import Written

_CLOSING: Final = "<!-- /anchor "
_FEW: Final = 20
"""The most anchors that are looked up one by one."""


def commit(workspace: Workspace, written: Written) -> str:
    """Commit just these anchors and the log, whatever else is staged; return the commit's id.

    The commit also contains other anchors whose entries are in the log, but not in HEAD's log.
    """
    present = workspace.again()
    paths = [stored.path for stored in written.anchors]
    if present.writes_log and (log := present.log.read()) is not None:
        committed = "".join(committed_log(present, log.pages).values())
        taken = taken_along(log.whole, committed)
        paths += [*log.pages, *files_of(present, taken)]
        paths += new_foreword(present, log.whole)
    if present.writes_log and present.settings.outputs:
        paths += outputs_apart(present, "HEAD")
    count = len(written.anchors)
    message = f"Anchor {written.anchors[0].anchor.name}" if count == 1 else f"{count} anchors"
    return present.repository.commit_only([*dict.fromkeys(paths)], message)


def taken_along(text: str, committed: str) -> set[str]:
    """Return the ids of entries that the committed log does not have, or has in other words."""
    known = set(committed.split("\n"))
    closings = (line for line in text.split("\n") if line.startswith(_CLOSING) and line not in known)
    return {line.split(" ", 3)[2] for line in closings}


def files_of(workspace: Workspace, anchor_ids: Iterable[str]) -> list[str]:
    """Return the existing anchor files of some ids."""
    wanted = set(anchor_ids)
    if len(wanted) <= _FEW:
        found = map(workspace.recent.with_id, sorted(wanted))
        return [item.path for item in found if item is not None]
    return [item.path for item in workspace.listing.anchors if item.facts.id in wanted]


def new_foreword(workspace: Workspace, text: str) -> list[str]:
    """Return the file of the foreword, if the log contains one that git does not track yet.

    Without that file, each clone would take the foreword for hand edits.
    """
    if log_entries.FOREWORD not in text.split("\n"):
        return []
    listed = workspace.repository.ask("ls-files", "-z", "-o", "--", *literal([FOREWORD])) or ""
    return list(filter(None, listed.split("\0")))


def outputs_apart(workspace: Workspace, treeish: str = "") -> list[str]:
    """Return the files beside the log that differ from a commit, without one from the index.

    One in which people changed the text around what is generated is left out: it would come along.
    So is one that git ignores.
    """
    found = []
    for output in workspace.outputs.readable():
        was = workspace.repository.ask("show", f"{treeish}:{output.path}")
        if output.text != was and output.keeps_text_around(was):
            found.append(output.path)
    ignored = {hit[3] for hit in workspace.repository.ignoring(found)} if found else set()
    return [path for path in found if path not in ignored]


def bring(workspace: Workspace, *, partial: bool) -> None:
    """Stage the anchor files of the entries that a commit contains, for the log as it is staged.

    Raises CommitRefused where that is impossible: in a partial commit, whose index git discards,
    and for an entry that is all that is left of its anchor.
    """
    present = workspace.log.read()
    paths = [*(present.pages if present else [workspace.log.path]), *workspace.settings.outputs]
    staged = {path: text for path in paths if (text := workspace.repository.ask("show", f":{path}"))}
    committed = "".join(workspace.repository.ask("show", f"HEAD:{path}") or "" for path in staged)
    for path, text in staged.items():
        taken = taken_along(text, committed)
        strays = workspace.log.lost_in(text, workspace.listing)
        lost = [block.id for block in strays if block.id in taken]
        if lost:
            raise CommitRefused(
                f"{path}: entry {lost[0]} has no anchor file, which 'git anchor absorb' restores;"
                " no commit was made"
            )
        apart = _apart(workspace, files_of(workspace, taken))
        if apart and not partial:
            workspace.repository.stage(apart)
        elif apart:
            more = f" and {len(apart) - 1} more" if len(apart) > 1 else ""
            raise CommitRefused(
                f"{path} has an entry whose file has to be in the same commit, {apart[0]}{more};"
                " no commit was made"
            )
    foreword = new_foreword(workspace, "\n".join(staged.values()))
    if foreword and not partial:
        workspace.repository.stage(foreword)


def _apart(workspace: Workspace, paths: Sequence[str]) -> list[str]:
    """Return those files that differ from the index."""
    if not paths:  # without paths, git would compare all files
        return []
    listed = workspace.repository.ask("ls-files", "-z", "-m", "-o", "--", *literal(paths)) or ""
    return sorted(filter(None, listed.split("\0")))
