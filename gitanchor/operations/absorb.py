"""Absorb the log's hand edits into anchors, on demand and before a commit."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import TypeVar

from gitanchor.git.names import literal
from gitanchor.importing import import_plan
from gitanchor.importing.import_plan import Action, Entry
from gitanchor.log import foreign_text, formatters, hand_edits, log_file, mending
from gitanchor.log.hand_edits import Change, Dispute, Foreword, Removed
from gitanchor.model import markdown, trailing_blanks
from gitanchor.model.anchor import Anchor
from gitanchor.model.draft import Remark
from gitanchor.model.errors import NotFound, WrongUsage
from gitanchor.operations import add, commit, compose, imports, render
from gitanchor.operations.workspace import Workspace
from gitanchor.parsing import log_format, parse
from gitanchor.rendering import log_entries
from gitanchor.storage.secrets import gate
from gitanchor.storage.store import FOLDER, FOREWORD
from gitanchor.storage.writer import Written

_Kind = TypeVar("_Kind", bound=Change)


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What the hand edits of a log ask for, and what was written.

    `told` are the remarks that a person should see, on text that goes neither into an anchor nor
    into the foreword. `settled` are the disputes that were settled, each with the journal's file
    that keeps the losing text. All line numbers are those of the whole `text`.
    """

    text: log_file.LogText
    changes: tuple[Change, ...]
    told: tuple[Remark, ...]
    in_conflict: bool
    written: Written = field(default_factory=lambda: Written(()))
    settled: tuple[tuple[Dispute, Path], ...] = ()

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        """Return the changes of one kind."""
        return [change for change in self.changes if isinstance(change, kind)]

    def entries(self, *actions: Action) -> list[Entry]:
        """Return the entries with one of some actions."""
        return [entry for entry in self.of(Entry) if entry.action in actions]


def absorb(
    workspace: Workspace, *, check: bool = False, delete: bool = False, side: str | None = None
) -> Absorbed:
    """Take what was written into the log by hand back into the anchors.

    Where an entry and its anchor file were both changed, each section comes from the one that
    changed it. `side` decides the sections that both changed: `ours` is the anchor file, `theirs`
    the log. Without a side nothing is written then; nor with `check`. With `delete`, an anchor
    whose entry was deleted is removed. Raises NotFound if there is no log, WrongUsage if it has
    conflict markers, BadAnchorFile, and Busy if another process absorbs for too long.
    """
    if check:
        return _absorbed(workspace, check=True, side=side)
    with workspace.state.absorbing(workspace.settings.log):
        return _absorbed(workspace, delete=delete, side=side)


def _absorbed(
    workspace: Workspace, *, check: bool = False, delete: bool = False, side: str | None = None
) -> Absorbed:
    text = workspace.log.read()
    if text is None:
        raise NotFound(f"there is no '{workspace.log.path}'; 'git anchor render' writes it")
    render.refuse_problems(workspace)
    for path, page in text.pages.items():
        foreign_text.refuse_conflict(page, path)
        if foreign_text.is_hand_kept(page):
            raise WrongUsage(f"'{path}' was kept by hand so far; 'git anchor import {path}' takes it in")
    done = found(workspace, text, side)
    touched = done.changes or any(text.hand_work(workspace.store.foreword))
    if check or done.in_conflict or not touched:
        return done
    return _taken_in(workspace, done, delete=delete, side=side)


def found(workspace: Workspace, text: log_file.LogText, side: str | None = None) -> Absorbed:
    """Return what the text of a log asks for. Raises WrongUsage for an invalid name of an anchor."""
    anchors = [stored.anchor for stored in workspace.listing.anchors]
    committed = _committed(workspace, text)
    decoded = parse.decode(text.whole.encode(), workspace.log.path).text
    mended = mending.mend(decoded, anchors, committed or "")
    parsed = mended.read(workspace.reading)
    hand_edits.refuse_bad_names(parsed, anchors, text.place)
    author = workspace.repository.author.name
    moment = compose.moment_of_text(workspace)
    timed = any(draft.time and "created" not in draft.meta for draft in parsed.drafts)
    zone = compose.zone_of_text(workspace, workspace.log.path) if timed else UTC  # hooks wait for this
    origin = import_plan.Origin(author, None, zone, moment)
    merger = imports.merger(workspace, side)
    merger.formatted = mended.formatted
    plan = import_plan.plan(mended.told(parsed), anchors, origin, merger.fold)
    before = workspace.store.foreword
    foreword = trailing_blanks.taken_over(hand_edits.foreword(text.whole, mended, parsed, plan), before)
    foreword = formatters.freed(foreword, before)
    damaged: list[Remark] = []
    if plan.added:
        damaged = [*_without_facts(text.whole.split("\n"), plan, anchors)]
        plan = _without_removed(workspace, text, plan)
        facts = compose.facts(
            workspace.repository, workspace.settings.generated, moment, add.parents_here(workspace)
        )
        plan = hand_edits.matched(plan, anchors, facts)
    present = {entry.anchor.id for entry in plan.entries}
    changes: list[Change] = [entry for entry in plan.entries if entry.action is not Action.KEEP]
    changes += merger.disputes
    changes += hand_edits.removed(present, committed, anchors)
    changes += [Foreword(foreword)] if foreword != before else []
    told = (*hand_edits.told(plan, parsed), *damaged)
    return Absorbed(text, tuple(changes), told, plan.in_conflict)


def _without_removed(
    workspace: Workspace, text: log_file.LogText, plan: import_plan.Plan
) -> import_plan.Plan:
    """Return the plan without entries of removed anchors; other entries without a file restore it."""
    own = log_format.ids(text.whole)
    strays = {entry.anchor.id: entry.anchor for entry in plan.added if entry.anchor.id in own}
    gone = workspace.log.removals.among(strays) if workspace.log.removals else ()
    entries = (
        dataclasses.replace(entry, action=Action.RESTORE)
        if entry.action is Action.ADD and entry.anchor.id in strays
        else entry
        for entry in plan.entries
        if entry.action is not Action.ADD or entry.anchor.id not in gone
    )
    return dataclasses.replace(plan, entries=tuple(entries))


def _without_facts(
    lines: Sequence[str], plan: import_plan.Plan, known: Sequence[Anchor]
) -> Iterator[Remark]:
    """Yield a remark on each entry of a missing anchor of which only the text can be taken in."""
    ids = {anchor.id for anchor in (*known, *(entry.anchor for entry in plan.entries))}
    fence = markdown.Fence()
    for number, line in enumerate(lines, 1):
        opened = None if fence.holds(line) else log_format.opened(line)
        if opened and opened not in ids:
            message = f"the facts of {opened}, whose last comment is damaged: id, author, branch, commit"
            yield Remark(number, number, "left out", message)


def _committed(workspace: Workspace, present: log_file.LogText) -> str | None:
    """Return HEAD's log as one text, or None."""
    return "".join(render.committed_log(workspace, present.pages).values()) or None


def _taken_in(
    workspace: Workspace, done: Absorbed, *, delete: bool = False, side: str | None = None
) -> Absorbed:
    """Write what the text of a log asks for, then the log. Raises SecretFound before both."""
    done = write_anchors(workspace, done, delete=delete, side=side)
    return dataclasses.replace(
        done, written=render.follow_up(workspace, done.written, over=done.text.pages)
    )


def write_anchors(
    workspace: Workspace, done: Absorbed, *, delete: bool = False, side: str | None = None
) -> Absorbed:
    """Write the anchors that the text of a log asks for, after a copy of that text.

    The log itself is left as it is. Raises SecretFound before anything is written.
    """
    workspace.gate.refuse(done.text.pages)
    workspace.gate.refuse_anchors(change.anchor for change in done.of(Entry))
    for path, page in done.text.pages.items():
        workspace.state.journal("absorb", path, page.encode())
    known = {stored.anchor.id: stored for stored in workspace.listing.anchors}
    lines = done.text.whole.split("\n")
    settled = []
    for dispute in done.of(Dispute):
        if side == "theirs":
            lost, path = log_entries.entry(dispute.ours), known[dispute.ours.id].path
        else:
            lost = "\n".join(lines[dispute.line - 1 : dispute.last])
            path = done.text.place(dispute.line).rsplit(":", 1)[0]
        # Kept as a paste, because that is what `git anchor recover` finds.
        settled.append((dispute, workspace.state.journal("paste", path, f"{lost}\n".encode())))
    written = _write(workspace, done, delete=delete)
    return dataclasses.replace(done, written=written, settled=tuple(settled))


def _write(workspace: Workspace, done: Absorbed, *, delete: bool) -> Written:
    known = {stored.anchor.id: stored for stored in workspace.listing.anchors}
    for change in done.of(Foreword):
        workspace.store.write_foreword(change.text)
    edited = workspace.writer.rewrite(
        (known[each.anchor.id], each.anchor) for each in done.entries(Action.UPDATE)
    )
    written = workspace.writer.add([each.anchor for each in done.entries(Action.ADD, Action.RESTORE)])
    if delete:
        workspace.writer.remove(known[each.anchor.id] for each in done.of(Removed))
    return dataclasses.replace(written, anchors=(*edited.anchors, *written.anchors))


def before_commit(workspace: Workspace, *, partial: bool) -> Iterator[str]:
    """Absorb and stage what belongs to a commit; yield messages for the person who commits.

    A partial commit is only checked, and so is one where the log, or an anchor file that would
    change, has unstaged edits. Raises CommitRefused if an entry would be committed without its
    anchor file.
    """
    text = workspace.log.read()
    if text is None or any(map(foreign_text.is_hand_kept, text.pages.values())):
        return
    by_hand = dict.fromkeys(path for path, _ in workspace.log.work_in(text, workspace.listing))
    if partial or (by_hand and not is_staged(workspace, list(by_hand))):
        for path in by_hand:
            yield f"{path} holds edits that are in no anchor; 'git anchor absorb' takes them in"
        commit.bring(workspace, partial=partial)
    elif by_hand:
        with workspace.state.absorbing(workspace.settings.log):
            yield from _into_commit(workspace.again())
    else:
        yield from _regenerated(workspace, text)


def _regenerated(workspace: Workspace, text: log_file.LogText) -> Iterator[str]:
    """Regenerate and stage a log without hand edits; yield which deleted entries come back."""
    if not workspace.writes_log:
        commit.bring(workspace, partial=False)
        return
    committed = _committed(workspace, text)
    present = log_format.ids(text.whole)
    anchors = [stored.anchor for stored in workspace.listing.anchors]
    yield from _coming_back(hand_edits.removed(present, committed, anchors))
    _stage(workspace, [*text.pages, *render.render(workspace).paths], committed)


def _into_commit(workspace: Workspace) -> Iterator[str]:
    """Absorb the present log into a commit; another process may just have done so."""
    text = workspace.log.read() or log_file.LogText({})
    if not any(workspace.log.work_in(text, workspace.listing)):
        yield from _regenerated(workspace, text)
        return
    planned = _absorbed(workspace, check=True)
    reason = not_now(workspace, planned, workspace.log.path)
    if reason is not None:
        yield reason
        commit.bring(workspace, partial=False)
        return
    done = _taken_in(workspace, planned)
    yield from account(done)
    yield from _coming_back(done.of(Removed))
    stage_absorbed(workspace, done)


def account(done: Absorbed) -> Iterator[str]:
    """Yield messages on what was absorbed, for the person who commits."""
    for item in done.told:
        yield f"{done.text.place(item.first)}: {item.kind}: {item.message}"
    restored = {change.anchor.id for change in done.entries(Action.RESTORE)}
    for stored in done.written.anchors:
        what = "restored" if stored.anchor.id in restored else "absorbed"
        yield f"{what} {stored.anchor.name} ({stored.anchor.id})"


def stage_absorbed(workspace: Workspace, done: Absorbed) -> None:
    """Stage a file whose hand edits were absorbed, what was written for them, and the log."""
    paths = [*done.text.pages, *(stored.path for stored in done.written.anchors)]
    paths += [FOREWORD] if done.of(Foreword) else []
    _stage(workspace, paths, _committed(workspace, workspace.log.read() or done.text))


def _coming_back(removed: Sequence[Removed]) -> Iterator[str]:
    for change in removed:
        deletes = "'git anchor absorb --delete' deletes it"
        yield f"entry of {change.anchor.id} {change.anchor.name} is gone: comes back ({deletes})"


def _stage(workspace: Workspace, paths: Sequence[str], committed: str | None) -> None:
    """Stage the paths, the log, and the anchor files of the entries that the commit contains."""
    workspace = workspace.again()
    log = workspace.log.read()
    taken = commit.taken_along(log.whole, committed or "") if log else ()
    paths = [*paths, *(log.pages if log else ()), *commit.files_of(workspace, taken)]
    paths += commit.new_foreword(workspace, log.whole) if log else ()
    workspace.repository.stage([*dict.fromkeys(paths)])


def refuse_staged_secrets(workspace: Workspace) -> None:
    """Raise SecretFound if a commit adds a secret to anchors or the log.

    Lines that it only moves, or that an anchor in HEAD already has, do not count.
    """
    paths = literal([FOLDER, *workspace.settings.generated])
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    options = ("--cached", "-U0", "--text", "--no-color", "--no-ext-diff", "--no-textconv", *prefixes)
    diff = workspace.repository.ask("-c", "core.quotePath=false", "diff", *options, "--", *paths) or ""
    added, removed = gate.added_lines(diff)

    def known() -> Iterator[str]:
        yield removed
        yield workspace.repository.ask("grep", "-h", "--no-color", "", "HEAD", "--", FOLDER) or ""

    advice = "no commit was made; take it out, or let it pass with 'git anchor scan --allow-secret ID'"
    gate.Gate(workspace.state).refuse(added, advice, known())


def not_now(workspace: Workspace, planned: Absorbed, path: str) -> str | None:
    """Why the hand edits of a file cannot be absorbed into a commit; None if they can."""
    if planned.in_conflict:
        return (
            f"{path} and an anchor file were both changed;"
            " 'git anchor absorb' says where, and what to do"
        )
    known = {stored.anchor.id: stored.path for stored in workspace.listing.anchors}
    if not is_staged(workspace, [known[change.anchor.id] for change in planned.entries(Action.UPDATE)]):
        return (
            f"{path} holds edits of an anchor whose file has edits that are not staged;"
            " 'git anchor absorb' takes them in"
        )
    return None


def nothing_left(workspace: Workspace) -> bool:
    """Whether the commit being made no longer changes anything, and is not a merge.

    It did change something before the hook ran, or the hook would not have examined it.
    """
    if workspace.repository.resolve_commit("MERGE_HEAD") is not None:
        return False
    return workspace.repository.ask("diff", "--cached", "--quiet") is not None


def is_staged(workspace: Workspace, paths: Sequence[str]) -> bool:
    """Whether the index has the files as they are in the worktree, or does not have them at all."""
    if not paths:  # without paths, git would compare all files
        return True
    return workspace.repository.ask("diff", "--quiet", "--", *literal(paths)) is not None
