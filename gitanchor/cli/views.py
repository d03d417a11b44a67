"""How several commands print anchors: in full, as JSON, and after writing."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from gitanchor.cli import terminal
from gitanchor.model import escaping
from gitanchor.model.anchor import TITLES, Anchor, git_date
from gitanchor.model.texts import section_texts
from gitanchor.storage.index.places import Everywhere
from gitanchor.storage.store import StoredAnchor

if TYPE_CHECKING:
    from gitanchor.model.graph import Graph
    from gitanchor.operations.changes import Since
    from gitanchor.storage.writer import Written
    from gitanchor.tracking.binding import Binding
    from gitanchor.tracking.provenance import Provenance


_PIECE: Final = 100
"""How many anchors are printed at a time, if there may be many."""


def json_in(found: "Everywhere", stored: StoredAnchor, all_places: bool) -> dict[str, Any]:
    """Return an anchor as JSON, with its places if `all_places`."""
    places = {"places": list(found.places.get(stored.anchor.id, ()))} if all_places else {}
    return {**json_of(stored), **places}


def in_graph(graph: "Graph", anchor: Anchor, found: Everywhere | None) -> dict[str, Any]:
    """Return an anchor's place in a graph as JSON, with its places if it was `found` in all of them."""
    return graph.as_dict(anchor, None if found is None else found.places.get(anchor.id, ()))


def bound_json(binding: "Binding", state: str) -> dict[str, Any]:
    """Return what is derived about an anchor from the repository and the other anchors, as JSON."""
    return {"binding": binding._asdict(), "state": state}


def provenance_json(came: "Provenance") -> dict[str, Any]:
    """Return whether an anchor came from others, and by whose commit, as JSON."""
    entered = came.commit and {"commit": came.commit, "author": came.author}
    return {"untrusted": came.untrusted, "entered": entered}


def since_json(since: "Since") -> dict[str, Any]:
    """Return where an anchor's commit is now and what happened since, as JSON."""
    commits, drift = since.commits, since.drift
    touching = drift.touching
    return {
        "binding": since.binding._asdict(),
        "commits_since": None if commits is None else len(commits),
        "commits": None
        if commits is None
        else [{**commit._asdict(), "touches_named": commit.id in touching} for commit in commits],
        "authors": [{"name": name, "commits": count} for name, count in drift.authors],
        "files": [file._asdict() for file in drift.files],
        "staged": list(drift.staged),
        "unstaged": list(drift.unstaged),
        "upstream": drift.upstream and drift.upstream._asdict(),
        "branch_now": drift.branch,
        "gone": list(drift.gone),
        "seconds_since": int(since.passed.total_seconds()),
    }


def json_of(stored: StoredAnchor) -> dict[str, Any]:
    """Return an anchor as JSON: the fields of its file, then what is derived from them."""
    from gitanchor.model import milestone_marks

    anchor = stored.anchor
    return {
        **anchor.as_dict(),
        "path": stored.path,
        "short_commit": anchor.short_commit,
        "milestone_items": [item._asdict() for item in milestone_marks.items(anchor.milestone)],
    }


def print_json(value: Any) -> None:
    """Print a value as indented JSON, in ASCII if the output's encoding is not UTF-8."""
    terminal.data(f"{_as_json(value)}\n")


def print_json_items(items: Iterable[Any]) -> None:
    """Print a list like `print_json`, but item by item, so that it is never in memory as a whole."""
    printed, pieces = 0, []
    for item in items:
        pieces.append(("[" if not printed else ",") + f"\n{_as_json(item)}".replace("\n", "\n  "))
        printed += 1
        if len(pieces) == _PIECE:
            terminal.data("".join(pieces))
            pieces.clear()
    terminal.data("".join([*pieces, "\n]\n" if printed else "[]\n"]))


def _as_json(value: Any) -> str:
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    return json.dumps(value, indent=2, ensure_ascii=encoding != "utf8")


def print_written(written: "Written", parent: StoredAnchor | None = None) -> None:
    """Print which anchors were written where, and what failed besides.

    `parent` is the parent of the first of them, if it is worth a line.
    """
    for stored in written.anchors:
        anchor = stored.anchor
        terminal.out(f"[{anchor.place} {anchor.id}] {anchor.name}")
        terminal.out(f" {stored.path}")
        if parent is not None and stored is written.anchors[0]:
            from gitanchor.tracking.offer import origin

            told = f"{parent.facts.name} ({parent.facts.id}), {origin(parent)}"
            terminal.out(f" parent: {escaping.one_line(told)}")
    print_troubles(written)


def print_troubles(written: "Written") -> None:
    """Warn about what failed besides writing the anchors. Raises the failure to write the log."""
    for warning in (*written.refused, *written.warnings):
        terminal.warning(warning)
    if written.failure is not None:
        raise written.failure


def in_full(stored: StoredAnchor, binding: "Binding | None" = None, state: str = "") -> str:
    """Return an anchor for reading, in the format of a commit in `git log`."""
    anchor = stored.anchor
    dirty = ", with uncommitted changes" if anchor.dirty else ""
    lines = [
        terminal.highlighted(f"anchor {anchor.id}"),
        f"Name:   {anchor.name}",
        f"Author: {anchor.author}",
        f"Date:   {git_date(anchor.created)}{_written_as(anchor)}",
        f"Commit: {anchor.place}{dirty}{_bound(binding)}",
        f"Parent: {', '.join(anchor.parents) or 'none'}",
        f"Status: {state or anchor.status}",
        *(f"Closes: {condition}" for condition in anchor.done_when),
        f"Path:   {stored.path}",
    ]
    for name, text in section_texts(anchor).items():
        states = f" ({_states(text)})" if name == "milestone" and _states(text) else ""
        lines += ["", f"    {TITLES[name]}{states}:", *indented(text)]
    if anchor.outcome:
        lines += ["", "    Outcome:", *indented(anchor.outcome)]
    return "\n".join(lines) + "\n"


def _bound(binding: "Binding | None") -> str:
    return "" if binding is None or binding.is_plain else f" ({binding.in_full})"


def indented(text: str, margin: str = "        ") -> Iterable[str]:
    """Return the lines of a text with a margin."""
    return (f"{margin}{line}" if line else "" for line in text.split("\n"))


def _states(milestone: str) -> str:
    """Return how many items of a milestone are in each state, counting items with a mark."""
    from gitanchor.model import milestone_marks

    counts = Counter(item.state for item in milestone_marks.items(milestone) if item.state)
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def _written_as(anchor: Anchor) -> str:
    if anchor.written_time is None:
        return ""
    return f" (written as '{anchor.written_time}')" if anchor.written_time else " (guessed)"
