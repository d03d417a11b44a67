"""Render a log with conflict markers anew, and save the hand edits of both sides.

All anchors have to be readable. Text that a render writes is not saved.
"""

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gitanchor.git import conflict_markers
from gitanchor.importing.import_plan import Action, Entry
from gitanchor.log import foreign_text, hand_edits, log_file
from gitanchor.log.hand_edits import Change, Dispute, Foreword
from gitanchor.model import markdown
from gitanchor.model.errors import AnchorError, SecretFound, WrongUsage
from gitanchor.operations import absorb, render
from gitanchor.operations.absorb import Absorbed
from gitanchor.operations.workspace import Workspace
from gitanchor.parsing import log_format
from gitanchor.storage.journal import PASTE
from gitanchor.storage.store import FOLDER, FOREWORD
from gitanchor.storage.writer import Written

TIPS: Final = ("HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD")
"""The revisions of the sides of a merge, as far as one is in progress."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was written, the paths of it besides the log, and what became of hand edits, in sentences."""

    written: Written
    paths: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def render_anew(workspace: Workspace, present: log_file.LogText) -> Salvaged:
    """Render the log from the anchors, after the hand edits on both sides of its conflicts were saved.

    Edits of entries go into their anchors, entries without an anchor file become anchors, and other
    text goes into the foreword. Text that contradicts an anchor is kept in the journal. `present`
    is the present log. Raises WrongUsage for a log that is kept by hand, SecretFound, and the
    errors of writing.
    """
    sides = list(_sides(workspace, present))
    for path, page in (item for text in sides for item in text.pages.items()):
        if foreign_text.is_hand_kept(page):
            reason = f"kept by hand; take the conflict markers out, then 'git anchor import {path}'"
            raise WrongUsage(reason)
    saved = save_hands(workspace, sides)
    written = render.follow_up(workspace.again(), Written(()), over=present.pages)
    return dataclasses.replace(saved, written=written)


def save_hands(workspace: Workspace, sides: Sequence[log_file.LogText]) -> Salvaged:
    """Save the hand edits in the versions of the log that a conflict has, and render nothing."""
    told: list[str] = []
    paths: list[str] = []
    disputed: set[str] = set()
    for text in sides:
        if not any(workspace.log.work_in(text, workspace.listing)):
            continue
        try:
            done = absorb.found(workspace, text)
            changes = tuple(_only_hands(workspace, done, disputed))
            done = absorb.write_anchors(workspace, dataclasses.replace(done, changes=changes))
        except SecretFound:
            raise
        except AnchorError as problem:
            path = next(iter(text.pages))
            kept = workspace.state.journal(PASTE, path, text.whole.encode())
            told.append(f"{problem}; its text is kept: 'git anchor recover {_moment(kept.name)}'")
            continue
        paths += [stored.path for stored in done.written.anchors]
        paths += [FOREWORD] if done.of(Foreword) else []
        told += _told(done)
        workspace = workspace.again()  # so that the other side sees these anchors
    return Salvaged(Written(()), tuple(dict.fromkeys(paths)), tuple(dict.fromkeys(told)))


def _sides(workspace: Workspace, present: log_file.LogText) -> Iterator[log_file.LogText]:
    """Yield our and their version of the log; only one if no file has a conflict."""
    rendered = workspace.log.rendered(workspace.listing)
    both: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for path, page in present.pages.items():
        lines = page.split("\n")
        for pages, side in zip(
            both, conflict_markers.sides(lines, _text_lines(lines, rendered)), strict=True
        ):
            pages[path] = "\n".join(side)
    yield log_file.LogText(both[0])
    if both[1] != both[0]:
        yield log_file.LogText(both[1])


def _text_lines(lines: Sequence[str], rendered: str) -> set[int]:
    """Return the lines whose markers are an anchor's text: in intact entries, or as in a render."""
    text = log_format.unchanged(lines)
    for hunk in conflict_markers.hunks(lines, text):
        stretch = "\n".join(lines[hunk.start : hunk.end + 1])
        if f"\n{stretch}\n" in rendered:
            text |= set(range(hunk.start, hunk.end + 1))
    return text


def _only_hands(workspace: Workspace, done: Absorbed, disputed: set[str]) -> Iterator[Change]:
    """Yield those changes that a side's text asks for because people wrote into it.

    A side may be older than the anchors: an anchor that was removed since is not new, and a
    foreword that was once committed is not a hand edit. `disputed` are the texts of entries that
    contradict an anchor; an entry that both sides have is kept only once.
    """
    lines = done.text.whole.split("\n")
    for change in done.changes:
        if isinstance(change, Foreword):
            text = _joined_foreword(workspace, change.text)
            if text != workspace.store.foreword:
                yield Foreword(text)
        elif isinstance(change, Dispute):
            said = "\n".join(lines[change.line - 1 : change.last])
            if said not in disputed:
                disputed.add(said)
                yield change
        elif not (
            isinstance(change, Entry)
            and change.action is not Action.UPDATE
            and _was_committed(workspace, change.anchor.id)
        ):
            yield change


def _was_committed(workspace: Workspace, anchor_id: str) -> bool:
    """Whether a commit of one of the sides once had an anchor, so that it was removed."""
    pattern = f":(top,glob){FOLDER}/**/*-{anchor_id}.yaml"
    question = ("rev-list", "-n", "1", "--full-history", *tips(workspace), "--", pattern)
    return bool(workspace.repository.ask(*question))


def tips(workspace: Workspace) -> list[str]:
    """Return the commits of those of the `TIPS` that exist."""
    found = (workspace.repository.resolve_commit(name) for name in TIPS)
    return [commit for commit in found if commit]


def _joined_foreword(workspace: Workspace, said: str) -> str:
    """Return the present foreword, followed by those paragraphs of a side that it never had."""
    present = workspace.store.foreword
    before = hand_edits.committed(workspace.repository, FOREWORD, tips(workspace))
    versions = [present, *(content.decode("utf-8", "replace") for content in before)]
    known = {paragraph for text in versions for paragraph in _paragraphs(text)}
    new = [paragraph for paragraph in _paragraphs(said) if paragraph not in known]
    return "\n\n".join(filter(None, [present, *dict.fromkeys(new)]))


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the stretches of lines between blank ones; a fence is not divided."""
    fence = markdown.Fence()
    lines: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        if fence.holds(line) or line.strip():
            lines.append(line)
        elif lines:
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


def _told(done: Absorbed) -> Iterator[str]:
    updated: Collection[str] = {change.anchor.id for change in done.entries(Action.UPDATE)}
    for stored in done.written.anchors:
        what = "has what was written into its entry" if stored.anchor.id in updated else "absorbed"
        yield f"{stored.path}: {what}"
    if done.of(Foreword):
        yield f"{FOREWORD}: has what was written between the entries"
    for dispute, kept in done.settled:
        yield (
            f"{dispute.ours.id} {dispute.ours.name}: the anchor's file counts; the other text is kept:"
            f" 'git anchor recover {_moment(kept.name)}'"
        )


def _moment(name: str) -> str:
    return name.split("-", 1)[0]
