"""The anchors in the history of a snapshot: a note that is rewritten for each session, and committed.

Each version that says something new is an anchor of the commit that has it. Its parents are the
anchors of the versions before it; a merge of two branches may have two.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from typing import Final

from gitanchor.git.file_history import Lineage, Version
from gitanchor.importing import import_plan, import_times
from gitanchor.importing.history_plan import HistoryPlan, Recovered
from gitanchor.model.anchor import Anchor
from gitanchor.model.draft import Draft, Remark

_WORDS: Final = re.compile(r"\w+")
_TYPOS: Final = 3
"""Most words that may differ, each only a little, in a version that says nothing new."""

_ALIKE: Final = 0.6
"""How similar two spellings of a word are, from 0 to 1; numbers are never only spelled differently."""


@dataclass(slots=True)
class _State:
    """What a version says that no earlier one did; `last` is the last version that says it."""

    draft: Draft
    words: list[str]
    first: Version
    last: Version
    parents: tuple[int, ...]


def plan(
    versions: Iterable[tuple[Version, Draft | None]],
    lineage: Lineage,
    known: Sequence[Anchor],
    author: str,
    branch: str | None,
    remarks: list[str],
) -> HistoryPlan:
    """Return the anchors of a snapshot's versions, which come parents first, each with what it says.

    A version that is no snapshot goes with None. `branch` is that of commits of which it is not
    known.
    """
    versions = list(versions)
    states = _states(versions, lineage)
    branches = lineage.branches_of({state.first.commit for state in states})
    taken = {anchor.id: anchor for anchor in known}
    here = {import_plan.fingerprint(anchor): anchor for anchor in known if anchor.source == "import"}
    made: dict[int, Anchor] = {}
    found: list[Recovered] = []
    for number, state in enumerate(states):
        moment, guess = _moment(state, [states[parent] for parent in state.parents])
        origin = import_plan.Origin(author, branch, moment.tzinfo or UTC, moment)
        problems: list[Remark] = []
        anchor = import_plan.imported(state.draft, moment, origin, problems)
        remarks += [f"{state.first}:{item.first}: {item.kind}: {item.message}" for item in problems]
        if anchor is None:
            continue
        held = branches[state.first.commit]
        anchor = dataclasses.replace(
            anchor,
            branch=held[0] if held else anchor.branch,
            commit=state.first.commit,
            parents=tuple(made[parent].id for parent in state.parents if parent in made),
        )
        present = here.get(import_plan.fingerprint(anchor))
        made[number] = anchor = present or import_plan.with_id(anchor, taken)
        taken[anchor.id] = anchor
        action = "keep" if present else "add"
        found.append(Recovered(anchor, action, state.draft.line, state.first, state.last, guess))
    found.sort(key=lambda entry: entry.anchor.created, reverse=True)
    return HistoryPlan(tuple(found), len({version for version, _ in versions}), tuple(remarks))


def _moment(state: _State, parents: Sequence[_State]) -> tuple[datetime, tuple[str, ...]]:
    """Return the time of a state, and what was guessed.

    It is the written one, if that is new in this version and no later than the commit; on the day
    of the commit, and else, it is the commit's.
    """
    commit = state.first.moment
    written = state.draft.time
    if written is None or written.moment is None:
        return commit, (f"no time was written; {commit:%Y-%m-%d %H:%M %z} is that of {state.first}",)
    moment = import_times.aware(written.moment, commit.tzinfo or UTC)
    stale = any(parent.draft.time and parent.draft.time.text == written.text for parent in parents)
    if stale or moment > commit or (written.remark and moment.date() == commit.date()):
        return commit, ()
    return moment, ()


# What is new ---------------------------------------------------------------------------------


def _states(versions: Sequence[tuple[Version, Draft | None]], lineage: Lineage) -> list[_State]:
    """Return what the versions say, each once, with the states before it as its parents."""
    by_commit: dict[str, list[tuple[Version, Draft | None]]] = {}
    for version, draft in versions:
        by_commit.setdefault(version.commit, []).append((version, draft))
    states: list[_State] = []
    numbers: dict[str, int] = {}
    reached: dict[str, tuple[int, ...]] = {}
    for commit, node in reversed(lineage.nodes.items()):
        before = _latest(states, (reached.get(parent, ()) for parent in node.parents))
        for version, draft in by_commit.get(commit, ()):
            if draft is not None:
                number = _number(states, numbers, version, draft, before)
                if number not in before:  # a merge that kept one side has both sides behind it
                    before = (number,)
        if before:
            reached[commit] = before
    return states


def _number(
    states: list[_State],
    numbers: dict[str, int],
    version: Version,
    draft: Draft,
    before: tuple[int, ...],
) -> int:
    """Return the number of the state that a version is in, after adding it if it is new."""
    words = _words(draft)
    key = " ".join(words)
    same = numbers.get(key)
    if same is None:
        same = next((number for number in before if _only_typos(states[number].words, words)), None)
    if same is None:
        states.append(_State(draft, words, version, version, before))
        same = len(states) - 1
    states[same].last = version
    numbers[key] = same
    return same


def _latest(states: Sequence[_State], reached: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the states that parents of a commit are in, without those before another of them."""
    held = tuple(dict.fromkeys(itertools.chain.from_iterable(reached)))
    if len(held) < 2:
        return held
    older = {ancestor for number in held for ancestor in _ancestors(states, number)}
    return tuple(number for number in held if number not in older)


def _ancestors(states: Sequence[_State], number: int) -> Iterator[int]:
    seen: set[int] = set()
    waiting = list(states[number].parents)
    while waiting:
        parent = waiting.pop()
        if parent not in seen:
            seen.add(parent)
            yield parent
            waiting += states[parent].parents


def _words(draft: Draft) -> list[str]:
    """Return the words of a draft, without its name and time: a new date alone says nothing."""
    texts = (*import_plan.TEXTS[1:], "dependencies")
    said = (import_plan.said_by(draft, name) for name in texts)
    flat = "\n".join("\n".join(text) if isinstance(text, tuple) else str(text) for text in said)
    return _WORDS.findall(flat.casefold())


def _only_typos(before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether the same words follow each other, but for a few that are spelled differently."""
    if len(before) != len(after):
        return False
    pairs = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    return len(pairs) <= _TYPOS and all(_is_spelling(*pair) for pair in pairs)


def _is_spelling(one: str, other: str) -> bool:
    if any(map(str.isdigit, one + other)):
        return False
    return SequenceMatcher(None, one, other).ratio() >= _ALIKE
