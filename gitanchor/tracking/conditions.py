"""The conditions of `done_when`, which close an anchor by themselves; evaluated when anchors are read.

`file:PATH` (the worktree has it), `merged:BRANCH` (that branch, which is not the anchor's own,
contains the anchor's commit) and `anchor:ID` (that anchor is done). An unknown condition is never
true.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from gitanchor.git.names import is_branch_name
from gitanchor.model.anchor import Anchor, is_id
from gitanchor.model.errors import WrongUsage

Merged = Callable[[Anchor, str], bool]
"""Whether a branch contains the commit that stands for an anchor now."""


def checked(condition: str) -> str:
    """Return a condition that a person gave, in its stored form. Raises WrongUsage if it is invalid."""
    kind, _, value = condition.partition(":")
    value = value.strip()
    good = {
        "file": bool(value) and not value.startswith("/") and ".." not in value.split("/"),
        "merged": is_branch_name(value),
        "anchor": is_id(value),
    }
    if not good.get(kind, False):
        raise WrongUsage(
            f"'{condition}' is no condition; give file:PATH (from the top of the worktree),"
            " merged:BRANCH or anchor:ID (8 digits)"
        )
    return f"{kind}:{value}"


def closed(anchors: Iterable[Anchor], root: Path, merged: Merged) -> set[str]:
    """Return the ids of the anchors whose conditions are all true."""
    known = {anchor.id: anchor for anchor in anchors}
    found = {anchor.id for anchor in known.values() if anchor.status == "done"}
    waiting = [anchor for anchor in known.values() if anchor.done_when and anchor.id not in found]
    settled: dict[str, bool] = {}
    while waiting:
        before = len(found)
        for anchor in waiting:
            if _all_true(anchor, root, merged, found, settled):
                found.add(anchor.id)
        waiting = [anchor for anchor in waiting if anchor.id not in found]
        if len(found) == before:
            break
    return {anchor_id for anchor_id in found if known[anchor_id].done_when}


def _all_true(
    anchor: Anchor, root: Path, merged: Merged, done: set[str], settled: dict[str, bool]
) -> bool:
    return all(_is_true(anchor, text, root, merged, done, settled) for text in anchor.done_when)


def _is_true(
    anchor: Anchor, condition: str, root: Path, merged: Merged, done: set[str], settled: dict[str, bool]
) -> bool:
    kind, _, value = condition.partition(":")
    value = value.strip()
    if kind == "anchor":
        return value in done
    key = f"{anchor.id} {condition}"
    if key not in settled:
        settled[key] = _is_so(anchor, kind, value, root, merged)
    return settled[key]


def _is_so(anchor: Anchor, kind: str, value: str, root: Path, merged: Merged) -> bool:
    match kind:
        case "file":
            outside = value.startswith("/") or ".." in value.split("/") or "\0" in value
            return not outside and bool(value) and (root / value).exists()
        case "merged":
            return value != anchor.branch and is_branch_name(value) and merged(anchor, value)
    return False
