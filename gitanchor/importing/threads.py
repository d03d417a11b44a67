"""Follow the entries of a log through its versions, and find which are the same.

An entry is identified by its name and time; one without a time by its name and a section.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gitanchor.git.file_history import Version
from gitanchor.importing import import_plan
from gitanchor.model.draft import Draft
from gitanchor.parsing import times

TEXTS: Final = ("context", "milestone", "next_action", "dependencies", "notes")
_RECOGNISED_BY: Final = ("context", "next_action")
"""The sections that identify an entry without a time."""


@dataclass(eq=False, slots=True)
class Wording:
    """What an entry says in one or more versions, and the threads to which it belongs."""

    draft: Draft
    threads: list["Thread"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A wording in a version, and its line there."""

    version: Version
    draft: Draft
    line: int


@dataclass(eq=False, slots=True)
class Thread:
    """One entry in all versions: the first one, and its wordings, the last seen at the end."""

    first: Version
    seen: dict[Wording, Sighting] = field(default_factory=dict)
    id: str | None = None
    has_time: bool = False

    def see(self, wording: Wording, version: Version, line: int) -> None:
        """Record what the entry says in one more version."""
        self.seen.pop(wording, None)
        self.seen[wording] = Sighting(version, wording.draft, line)
        self.id = self.id or wording.draft.id
        self.has_time = self.has_time or bool(_time_keys(wording.draft))

    @property
    def last(self) -> Sighting:
        """The last sighting of the entry."""
        return self.newest[0]

    @property
    def newest(self) -> list[Sighting]:
        """The last sighting of each wording, the newest first."""
        return list(reversed(self.seen.values()))


class Gathered:
    """All entries of all versions."""

    def __init__(self) -> None:
        self.threads: list[Thread] = []
        self.held: dict[str, list[Thread]] = {}
        """What the version of a commit holds, in the order of the text."""
        self._contents: dict[str, list[tuple[Thread, Wording, int]]] = {}
        self._wordings: dict[Any, Wording] = {}
        self._index: dict[Any, list[Thread]] = {}

    def add(self, version: Version, drafts: Sequence[Draft] | None) -> None:
        """Add a version; `drafts` is None if its content was added before."""
        blob = version.blob or ""
        if drafts is not None:
            import_plan.tell_copies_apart(drafts, {})
            wordings = [self._wordings.setdefault(_key(draft), Wording(draft)) for draft in drafts]
            threads = self._match(version, wordings)
            lines = [draft.line for draft in drafts]
            self._contents[blob] = [
                (threads[wording], wording, line) for wording, line in zip(wordings, lines, strict=True)
            ]
        for thread, wording, line in self._contents[blob]:
            thread.see(wording, version, line)
        here = [thread for thread, _, _ in self._contents[blob]]
        self.held[version.commit] = list(dict.fromkeys(self.held.get(version.commit, []) + here))

    def _match(self, version: Version, wordings: Sequence[Wording]) -> dict[Wording, Thread]:
        """Return the thread of each wording. Unchanged wordings are matched first."""
        found: dict[Wording, Thread] = {}
        taken: set[Thread] = set()
        for wording in sorted(dict.fromkeys(wordings), key=lambda wording: not wording.threads):
            options = wording.threads or self._options(wording.draft)
            free = [thread for thread in options if thread not in taken]
            if wording.threads or wording.draft.id:  # a merge may have kept two wordings of one entry
                free = free or options
            thread = max(free, key=lambda thread: _likeness(thread, wording.draft), default=None)
            if thread is None:
                thread = Thread(version)
                self.threads.append(thread)
            found[wording] = thread
            taken.add(thread)
            if thread not in wording.threads:
                thread.see(wording, version, wording.draft.line)
                self._note(thread, wording)
        return found

    def _options(self, draft: Draft) -> list[Thread]:
        """Return the threads that a new wording may belong to: same id, else same name and time.

        If one of the two has no time, a section in common is enough.
        """
        if draft.id and (same := self._index.get(draft.id)):
            return same
        times_of_it = _time_keys(draft)
        found = [thread for key in times_of_it for thread in self._index.get(key, ())]
        for key in _text_keys(draft):
            alike = self._index.get(key, ())
            found += [thread for thread in alike if not (times_of_it and thread.has_time)]
        return [thread for thread in dict.fromkeys(found) if not (draft.id and thread.id)]

    def _note(self, thread: Thread, wording: Wording) -> None:
        wording.threads.append(thread)
        draft = wording.draft
        own = [draft.id] if draft.id else []
        for key in [*own, *_time_keys(draft), *_text_keys(draft)]:
            threads = self._index.setdefault(key, [])
            if thread not in threads:
                threads.append(thread)


def _key(draft: Draft) -> Any:
    """Return what distinguishes two wordings."""
    items = tuple(item.text for item in draft.dependencies)
    written = draft.time and draft.time.text
    texts = (draft.context, draft.milestone, draft.next_action, draft.notes)
    return draft.id, draft.name, written, texts, items


def _time_keys(draft: Draft) -> list[Any]:
    """Return the keys of a written time: its spelling and its meaning."""
    time = draft.time
    if draft.id and draft.meta.get("source") == "import":
        text = draft.meta.get("written_time")
        time = times.read_time(text) if isinstance(text, str) and text else None
    if time is None:
        return []
    meant = [time.moment.replace(tzinfo=None)] if time.moment else []
    return [(draft.name, key) for key in (time.text, *meant)]


def _text_keys(draft: Draft) -> list[Any]:
    texts = ((section, plain(draft, section)) for section in _RECOGNISED_BY)
    return [(draft.name, section, text) for section, text in texts if text]


def plain(draft: Draft, section: str) -> str:
    """Return a section with its white space normalized."""
    value = getattr(draft, section)
    return " ".join(
        (value if isinstance(value, str) else "\n".join(item.text for item in value)).split()
    )


def _likeness(thread: Thread, draft: Draft) -> int:
    """Return how many sections a draft has in common with the last wording of a thread."""
    last = thread.last.draft
    return sum(plain(last, section) == plain(draft, section) for section in TEXTS)
