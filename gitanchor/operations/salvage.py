"""A log with conflict markers, rendered anew: what hands wrote on its sides goes where it belongs.

Works on a tracker whose anchors can all be read. What a render writes itself needs no keeping.
"""

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gitanchor.git import conflict_markers
from gitanchor.log import foreign_text, hand_edits, log_file
from gitanchor.model import markdown
from gitanchor.model.errors import AnchorError, SecretFound, WrongUsage
from gitanchor.operations import absorb
from gitanchor.operations.absorb import Absorbed
from gitanchor.operations.tracker import Tracker
from gitanchor.parsing import log_format
from gitanchor.storage.journal import PASTE
from gitanchor.storage.store import FOLDER, FOREWORD
from gitanchor.storage.writer import Written

TIPS: Final = ("HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD")
"""Where the sides of a merge are, as far as git is in the middle of one."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was written, at which paths apart from the log; what became of hands' lines, in sentences."""

    written: Written
    paths: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def render_anew(tracker: Tracker, present: log_file.LogText) -> Salvaged:
    """Write the log anew from the anchors, with what hands wrote on either side of its conflicts.

    Edits of entries go into their anchors, entries that no anchor file has become anchors, and other
    text goes into the foreword. What cannot be taken in, because an anchor says otherwise, is kept
    in the journal. `present` is what the log holds. Raises WrongUsage for a log that is kept by hand,
    SecretFound, and what a writer raises.
    """
    told: list[str] = []
    paths: list[str] = []
    disputed: set[str] = set()
    for text in _sides(tracker, present):
        for path, page in text.pages.items():
            if foreign_text.is_hand_kept(page):
                reason = f"kept by hand; take the conflict markers out, then 'git anchor import {path}'"
                raise WrongUsage(reason)
        if not any(tracker.log.work_in(text, tracker.listing)):
            continue
        try:
            done = _only_hands(tracker, absorb.found(tracker, text), disputed)
            done = absorb.write_anchors(tracker, done)
        except SecretFound:
            raise
        except AnchorError as problem:
            kept = tracker.state.journal(PASTE, tracker.log.path, text.whole.encode())
            told.append(f"{problem}; its text is kept: 'git anchor recover {_moment(kept.name)}'")
            continue
        paths += [stored.path for stored in done.written.anchors]
        paths += [FOREWORD] if done.foreword_changed else []
        told += _told(done)
        tracker = Tracker(tracker.repository)  # the other side meets what this one brought
    written = tracker.follow_up(Written(()), over=present.pages)
    return Salvaged(written, tuple(dict.fromkeys(paths)), tuple(dict.fromkeys(told)))


def _sides(tracker: Tracker, present: log_file.LogText) -> Iterator[log_file.LogText]:
    """Our and their log; both once where no file of it has a conflict."""
    rendered = tracker.log.rendered(tracker.listing)
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
    """The lines whose markers are an anchor's text: of whole entries, and as a render has them."""
    blocks = [block for block in log_format.blocks(lines) if not block.edited]
    text = {number for block in blocks for number in range(block.begin, block.end + 1)}
    for hunk in conflict_markers.hunks(lines, text):
        stretch = "\n".join(lines[hunk.start : hunk.end + 1])
        if f"\n{stretch}\n" in rendered:
            text |= set(range(hunk.start, hunk.end + 1))
    return text


def _only_hands(tracker: Tracker, done: Absorbed, disputed: set[str]) -> Absorbed:
    """What hands wrote, out of what the text of a side asks for.

    A side may be older than the anchors are: an anchor that was removed since is no new one, and a
    foreword that the file once had is none that a hand wrote into the log. `disputed` are the entries
    that both sides have, and that an anchor contradicts: one copy of each is enough.
    """
    lines = done.text.whole.split("\n")
    said = {"\n".join(lines[each.line - 1 : each.last]): each for each in done.edits.disputes}
    disputes = tuple(each for text, each in said.items() if text not in disputed)
    disputed.update(said)
    plan = done.edits.plan
    entries = tuple(
        entry
        for entry in plan.entries
        if entry.action != "add" or not _was_committed(tracker, entry.anchor.id)
    )
    foreword = _joined_foreword(tracker, done.edits.foreword)
    edits = dataclasses.replace(
        done.edits,
        plan=dataclasses.replace(plan, entries=entries),
        foreword=foreword,
        disputes=disputes,
    )
    return dataclasses.replace(done, edits=edits, foreword_changed=foreword != tracker.store.foreword)


def _was_committed(tracker: Tracker, anchor_id: str) -> bool:
    """Whether a commit of one of the sides once had an anchor, so that somebody has removed it."""
    pattern = f":(top,glob){FOLDER}/**/*-{anchor_id}.yaml"
    question = ("rev-list", "-n", "1", "--full-history", *tips(tracker), "--", pattern)
    return bool(tracker.repository.ask(*question))


def tips(tracker: Tracker) -> list[str]:
    """The commits of those that are there."""
    found = (tracker.repository.resolve_commit(name) for name in TIPS)
    return [commit for commit in found if commit]


def _joined_foreword(tracker: Tracker, said: str) -> str:
    """The foreword as it is, and below it those paragraphs of a side that it never had."""
    present = tracker.store.foreword
    if said == present:
        return present
    before = hand_edits.committed(tracker.repository, FOREWORD, tips(tracker))
    versions = [present, *(content.decode("utf-8", "replace") for content in before)]
    known = {paragraph for text in versions for paragraph in _paragraphs(text)}
    new = [paragraph for paragraph in _paragraphs(said) if paragraph not in known]
    return "\n\n".join(filter(None, [present, *dict.fromkeys(new)]))


def _paragraphs(text: str) -> Iterator[str]:
    """Stretches of lines between blank ones; what stands in a fence is of one stretch."""
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
    updated: Collection[str] = {entry.anchor.id for entry in done.edits.plan.updated}
    for stored in done.written.anchors:
        what = "has what was written into its entry" if stored.anchor.id in updated else "absorbed"
        yield f"{stored.path}: {what}"
    if done.foreword_changed:
        yield f"{FOREWORD}: has what was written between the entries"
    for dispute, kept in done.settled:
        yield (
            f"{dispute.ours.id} {dispute.ours.name}: its file counts; what the log said is kept:"
            f" 'git anchor recover {_moment(kept.name)}'"
        )


def _moment(name: str) -> str:
    return name.split("-", 1)[0]
