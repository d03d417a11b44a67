"""Which anchors of a log's history are here already: by id, by wording, or by what a chat said."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gitanchor.importing import import_plan
from gitanchor.importing.threads import TEXTS, Thread
from gitanchor.model.anchor import Anchor


def known(anchors: Mapping[Thread, Anchor], present: Sequence[Anchor]) -> dict[Thread, Anchor]:
    """The anchors that are here already: by id, wording, name and written time, or text in a chat."""
    by_id = {anchor.id: anchor for anchor in present}
    here = {thread: by_id[anchor.id] for thread, anchor in anchors.items() if anchor.id in by_id}
    left = [anchor for anchor in present if anchor.source == "import"]
    by_wording = {import_plan.fingerprint(anchor): anchor for anchor in left}
    _find(anchors, here, _wordings, by_wording)
    by_name = {(anchor.name, anchor.written_time): anchor for anchor in left if anchor.written_time}
    _find(anchors, here, _names, by_name)
    by_text = {import_plan.identity(anchor): anchor for anchor in present if anchor.source == "chat"}
    _find(anchors, here, _identities, by_text)
    return here


def _find(
    anchors: Mapping[Thread, Anchor],
    here: dict[Thread, Anchor],
    marks_of: Callable[[Thread, Anchor], Iterator[Any]],
    known: Mapping[Any, Anchor],
) -> None:
    """Add to `here` what is known by one of its marks, each known anchor once."""
    used = {anchor.id for anchor in here.values()}
    for thread, anchor in anchors.items():
        if anchor.id or thread in here:
            continue
        found = (known[mark] for mark in marks_of(thread, anchor) if mark in known)
        free = next((anchor for anchor in found if anchor.id not in used), None)
        if free is not None:
            here[thread] = free
            used.add(free.id)


def _wordings(thread: Thread, anchor: Anchor) -> Iterator[str]:
    """The fingerprints that an import of any version would give an entry, and its own."""
    yield import_plan.fingerprint(anchor)
    for sighting in thread.newest:
        draft = sighting.draft
        texts = {section: getattr(draft, section) for section in TEXTS}
        written = draft.time.text if draft.time else ""
        yield import_plan.fingerprint(dataclasses.replace(anchor, written_time=written, **texts))


def _identities(thread: Thread, anchor: Anchor) -> Iterator[object]:
    """What would make an anchor of a chat the same as an entry, in any version and its own wording."""
    yield import_plan.identity(anchor)
    for sighting in thread.newest:
        texts = {section: getattr(sighting.draft, section) for section in TEXTS}
        yield import_plan.identity(dataclasses.replace(anchor, **texts))


def _names(thread: Thread, anchor: Anchor) -> Iterator[tuple[str, str]]:
    """The name of an entry with its time, in each way in which that was written."""
    for sighting in thread.newest:
        if sighting.draft.time:
            yield anchor.name, sighting.draft.time.text
