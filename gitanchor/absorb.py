"""Absorbing the log's hand edits, on demand and before a commit. Works on a tracker."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from gitanchor import composing, handedits, importer, logfile, parse, times
from gitanchor.errors import NotFound, WrongUsage
from gitanchor.store import FOREWORD
from gitanchor.tracker import Tracker
from gitanchor.writing import Written


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What a log's hand edits asked for, whether that is anything, and what was written."""

    path: str
    edits: handedits.HandEdits
    pending: bool
    foreword_changed: bool
    written: Written = field(default_factory=lambda: Written(()))


def absorb(tracker: Tracker, *, check: bool = False, delete: bool = False) -> Absorbed:
    """Take what was written into the log by hand back into the anchors.

    With `check` nothing is written; nor is anything if an entry and its anchor were both changed.
    Raises NotFound if there is no log, WrongUsage for one with conflicts, BadAnchorFile.
    """
    text = tracker.log.read()
    if text is None:
        raise NotFound(f"there is no '{tracker.log.path}'; 'git anchor render' writes it")
    tracker.refuse_problems()
    logfile.refuse_conflict(text, tracker.log.path)
    if logfile.is_hand_kept(text):
        path = tracker.log.path
        raise WrongUsage(f"'{path}' was kept by hand so far; 'git anchor import {path}' takes it in")
    done = _found(tracker, text)
    touched = done.pending or logfile.hand_work(text, tracker.store.foreword)
    if check or done.edits.plan.in_conflict or not touched:
        return done
    tracker.state.journal("absorb", tracker.log.path, text.encode())
    return dataclasses.replace(done, written=_write(tracker, done, delete=delete))


def _found(tracker: Tracker, text: str) -> Absorbed:
    """What the log's text asks for."""
    anchors = [stored.anchor for stored in tracker.listing.anchors]
    parsed = parse.parse(parse.decode(text.encode(), tracker.log.path).text, tracker.reading)
    author = tracker.repository.author().name
    origin = importer.Origin(author, None, times.zone(None), tracker.now())
    plan = importer.plan(parsed, anchors, origin)
    if any(entry.action == "add" for entry in plan.entries):
        facts = composing.facts(tracker.repository, tracker.log.path, anchors, tracker.parent())
        plan = handedits.matched(plan, anchors, facts)
    committed = tracker.repository.ask("show", f"HEAD:{tracker.log.path}")
    edits = handedits.HandEdits(
        plan, handedits.deleted(text, committed, anchors), handedits.foreword(text, parsed)
    )
    before = tracker.store.foreword
    return Absorbed(tracker.log.path, edits, edits.changes(before), edits.foreword != before)


def _write(tracker: Tracker, done: Absorbed, *, delete: bool) -> Written:
    known = {stored.anchor.id: stored for stored in tracker.listing.anchors}
    if done.foreword_changed:
        tracker.write_foreword(done.edits.foreword)
    edited = tracker.writer.rewrite(
        (known[entry.anchor.id], entry.anchor) for entry in done.edits.plan.updated
    )
    written = tracker.writer.add([entry.anchor for entry in done.edits.plan.added])
    if delete:
        tracker.writer.remove(known[anchor.id] for anchor in done.edits.deleted)
    both = dataclasses.replace(written, anchors=(*edited.anchors, *written.anchors))
    return tracker.follow_up(both, over_hand_work=True)


def before_commit(tracker: Tracker, *, partial: bool) -> Iterator[str]:
    """Absorb and stage what belongs to a commit; yields what a person should know.

    A partial commit is only checked, and so is a log with edits that are not staged.
    """
    path = tracker.log.path
    text = tracker.log.read()
    if text is None or logfile.is_hand_kept(text):
        return
    by_hand = bool(logfile.hand_work(text, tracker.store.foreword))
    staged = tracker.repository.ask("diff", "--quiet", "--", f":(top,literal){path}") is not None
    if partial or (by_hand and not staged):
        if by_hand:
            yield f"{path} holds edits that are in no anchor; 'git anchor absorb' takes them in"
        return
    paths = [path]
    if by_hand:
        done = absorb(tracker)
        if done.edits.plan.in_conflict:
            yield f"{path} and an anchor file were both changed; see 'git anchor absorb'"
            return
        paths += [stored.path for stored in done.written.anchors]
        paths += [FOREWORD] if done.foreword_changed else []
        for stored in done.written.anchors:
            yield f"absorbed {stored.anchor.name} ({stored.anchor.id})"
    else:
        tracker.render()
    tracker.repository.stage(paths)
