"""Find the anchors of a log's history that are already here."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gitanchor.importing import import_plan
from gitanchor.importing.threads import TEXTS, Thread
from gitanchor.model.anchor import Anchor


def known(anchors: Mapping[Thread, Anchor], present: Sequence[Anchor]) -> dict[Thread, Anchor]:
    """Return the anchors that are already here, by their thread.

    They are found by id, by text and written time, by name and written time, or by text from a
    chat.
    """
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
    """Add to `here` the known anchors that one of their marks identifies, each only once."""
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
    """Yield the fingerprints of an entry as an import of any version would make them, and its own."""
    yield import_plan.fingerprint(anchor)
    for sighting in thread.newest:
        draft = sighting.draft
        texts = {section: getattr(draft, section) for section in TEXTS}
        written = draft.time.text if draft.time else ""
        yield import_plan.fingerprint(dataclasses.replace(anchor, written_time=written, **texts))


def _identities(thread: Thread, anchor: Anchor) -> Iterator[object]:
    """Yield the identities of an entry, in its own and in each version's wording."""
    yield import_plan.identity(anchor)
    for sighting in thread.newest:
        texts = {section: getattr(sighting.draft, section) for section in TEXTS}
        yield import_plan.identity(dataclasses.replace(anchor, **texts))


def _names(thread: Thread, anchor: Anchor) -> Iterator[tuple[str, str]]:
    """Yield the name of an entry with each spelling of its time."""
    for sighting in thread.newest:
        if sighting.draft.time:
            yield anchor.name, sighting.draft.time.text
