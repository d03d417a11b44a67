"""Import anchors from hand-kept logs and notes, their history, chat exports and agents' sessions.

`import_plan`, `log_history` and `chat_import` interpret the texts.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from gitanchor.git.names import is_branch_name
from gitanchor.importing import agent_sessions, chat_import, import_plan, log_history
from gitanchor.importing.chat_import import ChatPlan
from gitanchor.importing.history_plan import HistoryPlan
from gitanchor.importing.import_plan import Plan
from gitanchor.log import foreign_text, hand_edits, mending
from gitanchor.model.anchor import Anchor, checked_name
from gitanchor.model.draft import Parsed
from gitanchor.model.errors import WrongUsage
from gitanchor.operations import compose, render
from gitanchor.operations.workspace import Workspace
from gitanchor.parsing import parse, times
from gitanchor.parsing.remark_kinds import NAME_FROM
from gitanchor.storage import safe_open
from gitanchor.storage.writer import Written


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import: the repairs of the text, the plan, and what was written.

    `kept` is a copy of the hand-kept log that the generated one replaced. `headings` are those of a
    text in which no entry was found.
    """

    plan: Plan
    repairs: tuple[str, ...]
    written: Written
    kept: Path | None = None
    headings: tuple[str, ...] | None = None


def import_text(
    workspace: Workspace,
    content: bytes,
    name: str,
    *,
    branch: str | None = None,
    zone: str | None = None,
    keep_encoding: bool = False,
    dry_run: bool = False,
    called: str | None = None,
    after: Anchor | None = None,
    is_named: bool = False,
) -> Imported:
    """Import the anchors of a log, whose bytes are `content`; `name` is its name in messages.

    `called` is the name of the only anchor of the text. `is_named` says that a person named the file,
    so that one known heading is enough. `after` is an earlier anchor that the first
    one goes on from, as the last one of the file before it in a folder.
    """
    if branch is not None and not is_branch_name(branch):
        raise WrongUsage(f"'{branch}' is not the name of a branch")
    if not dry_run:
        render.refuse_problems(workspace)
    decoded = parse.decode(content, name, keep_encoding=keep_encoding)
    foreign_text.refuse_conflict(decoded.text, name, "finish the merge of this file")
    moment = compose.moment_of_text(workspace, name)
    written_in = times.zone(zone) if zone else compose.zone_of_text(workspace, name)
    origin = import_plan.Origin(workspace.repository.author.name, branch, written_in, moment)
    known = {stored.anchor.id: stored for stored in workspace.listing.anchors}
    anchors = [stored.anchor for stored in known.values()]
    mended = mending.mend(decoded.text, anchors)
    reading = dataclasses.replace(
        workspace.reading, file=Path(name).name, names_by_file=True, is_named=is_named
    )
    parsed = mended.told(mended.read(reading))
    parsed = _called(parsed, called, name)
    hand_edits.refuse_bad_names(parsed, anchors, lambda line: f"{name}:{line}")
    folding = merger(workspace)
    folding.formatted = mended.formatted
    plan = hand_edits.not_doubled(import_plan.plan(parsed, anchors, origin, folding.fold), anchors)
    plan = import_plan.continued(plan, after)
    workspace.gate.refuse({name: decoded.text})
    workspace.gate.refuse_anchors(item.anchor for item in (*plan.updated, *plan.added))
    headings = None if parsed.drafts else _headings(decoded.text, reading)
    if dry_run:
        return Imported(plan, decoded.repairs, Written(()), headings=headings)
    kept = None if plan.in_conflict else _keep_log(workspace, content)
    edits = [(known[item.anchor.id], item.anchor) for item in plan.updated]
    workspace.writer.rewrite(edits)
    written = workspace.writer.add([item.anchor for item in plan.added])
    over = {workspace.log.path: _as_read(content)} if kept else {}
    written = render.follow_up(workspace, written, over=over)
    return Imported(plan, decoded.repairs, written, kept, headings)


def _called(parsed: Parsed, name: str | None, file: str) -> Parsed:
    """Give the only draft of a text a name. Raises WrongUsage if there are several."""
    if name is None or not parsed.drafts:
        return parsed
    if len(parsed.drafts) > 1:
        raise WrongUsage(f"{file} holds {len(parsed.drafts)} anchors; leave out --name")
    parsed.drafts[0].name = checked_name(name)
    told = (remark for remark in parsed.remarks if not remark.message.startswith(NAME_FROM))
    return dataclasses.replace(parsed, remarks=tuple(told))


def _headings(text: str, reading: parse.Options) -> tuple[str, ...]:
    from gitanchor.parsing.documents import dictionary, reader

    sources = list(enumerate(text.split("\n"), 1))
    return tuple(reader.headings(sources, dictionary.with_own(reading.labels)))


def merger(workspace: Workspace, side: str | None = None) -> hand_edits.Merger:
    """Return a merger that folds edited entries of the log into the anchors of a worktree."""
    paths = {stored.anchor.id: stored.path for stored in workspace.listing.anchors}
    journal = workspace.state.shared / "journal"

    def base(ours: Anchor, digest: str) -> Anchor | None:
        path = paths.get(ours.id)  # none if the same text added the anchor
        return hand_edits.base_of(workspace.repository, journal, path, digest) if path else None

    return hand_edits.Merger(base, side)


def import_history(
    workspace: Workspace,
    path: str,
    *,
    all_branches: bool = False,
    branch: str | None = None,
    keep_encoding: bool = False,
    dry_run: bool = False,
    is_named: bool = False,
) -> tuple[HistoryPlan, Written]:
    """Import the anchors that any committed version of a log had; `path` is from the top.

    `is_named` is as in `import_text`. Raises NotFound if no commit ever had such a file.
    """
    plan = log_history.plan(
        workspace.repository,
        path,
        [stored.anchor for stored in workspace.listing.anchors],
        workspace.repository.author.name,
        all_branches=all_branches,
        branch=branch,
        keep_encoding=keep_encoding,
        options=dataclasses.replace(workspace.reading, is_named=is_named),
    )
    if dry_run:
        return plan, Written(())
    render.refuse_problems(workspace)
    return plan, render.follow_up(workspace, workspace.writer.add([item.anchor for item in plan.added]))


def import_chats(
    workspace: Workspace,
    path: Path,
    *,
    branch: str | None = None,
    zone: str | None = None,
    dry_run: bool = False,
) -> tuple[ChatPlan, Written]:
    """Import the anchors in a data export of a chat service. Raises WrongUsage."""
    moment = compose.moment_of_text(workspace)
    written_in = times.zone(zone) if zone else compose.zone_of_text(workspace)
    origin = import_plan.Origin(workspace.repository.author.name, branch, written_in, moment)
    # Exports are read as they always were, so that their anchors are known again.
    reading = dataclasses.replace(workspace.reading, answer=agent_sessions.are_sessions(path))
    plan = chat_import.plan(
        path,
        [stored.anchor for stored in workspace.listing.anchors],
        origin,
        lambda text: parse.parse(text, reading),
        workspace.repository.root,
    )
    if dry_run:
        return plan, Written(())
    render.refuse_problems(workspace)
    return plan, render.follow_up(workspace, workspace.writer.add([item.anchor for item in plan.added]))


def _keep_log(workspace: Workspace, content: bytes) -> Path | None:
    """Keep a copy of `content`, if it is the log of the worktree and has hand edits in it."""
    target = workspace.repository.root / workspace.log.path
    try:
        present = safe_open.read(target, safe_open.MOST_OF_LOG)
    except OSError:
        return None
    if present != content or not content.strip():
        return None
    if not foreign_text.hand_work(_as_read(content), workspace.store.foreword):
        return None
    return workspace.state.journal("replace", workspace.log.path, content)


def _as_read(content: bytes) -> str:
    """Return the text of a log with line ends as git stores them."""
    return content.decode("utf-8", "replace").replace("\r\n", "\n")
