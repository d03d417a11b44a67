"""What people wrote into the generated log by hand -> changes of anchors, deletions, a foreword.

Works on texts and anchors alone; the tracker writes what comes of it.
"""

import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from gitanchor import generated, render
from gitanchor.anchor import Anchor
from gitanchor.drafts import Parsed
from gitanchor.importer import Entry, Plan


@dataclass(frozen=True, slots=True)
class HandEdits:
    """What a log's text asks for: entries to add or update, anchors that it lost, its foreword."""

    plan: Plan
    deleted: tuple[Anchor, ...]
    foreword: str

    def changes(self, foreword: str) -> bool:
        """Whether anything is to be done, where the foreword so far is known."""
        written = any(entry.action != "keep" for entry in self.plan.entries)
        return written or bool(self.deleted) or self.foreword != foreword


def deleted(text: str, committed: str | None, known: Sequence[Anchor]) -> tuple[Anchor, ...]:
    """The anchors whose entries the committed log has, and the log in the worktree has no more."""
    if committed is None:
        return ()
    present = {block.id for block in generated.blocks(text.split("\n"))}
    before = {block.id for block in generated.blocks(committed.split("\n"))}
    return tuple(anchor for anchor in known if anchor.id in before - present)


def matched(plan: Plan, known: Sequence[Anchor], facts: Anchor) -> Plan:
    """The plan with pasted entries tied to where they are absorbed.

    One with the name and time of a known anchor is that anchor, edited. Others become anchors of
    the branch, commit and parent that `facts` has.
    """
    by_name = {(anchor.name, f"{anchor.created:%Y-%m-%dT%H:%M}"): anchor for anchor in known}
    entries = []
    for entry in plan.entries:
        anchor = entry.anchor
        twin = by_name.get((anchor.name, f"{anchor.created:%Y-%m-%dT%H:%M}"))
        if entry.action != "add" or anchor.source != "import":
            entries.append(entry)
        elif twin is not None:
            texts = {name: getattr(anchor, name) for name in _TEXTS}
            edited = dataclasses.replace(twin, **texts)
            entries.append(Entry(entry.line, edited, "keep" if edited == twin else "update"))
        else:
            entries.append(dataclasses.replace(entry, anchor=_bound(anchor, facts)))
    return dataclasses.replace(plan, entries=tuple(entries))


_TEXTS = ("context", "milestone", "next_action", "dependencies", "notes")


def _bound(anchor: Anchor, facts: Anchor) -> Anchor:
    return dataclasses.replace(
        anchor,
        source="absorb",
        created=facts.created if anchor.written_time == "" else anchor.created,
        written_time=anchor.written_time or None,
        branch=facts.branch,
        commit=facts.commit,
        tree=facts.tree,
        patch_id=facts.patch_id,
        dirty=facts.dirty,
        parents=facts.parents,
    )


def foreword(text: str, parsed: Parsed) -> str:
    """What a team wrote around the entries: what stands in the head beyond ours, and what is left out.

    Without blank lines at its ends.
    """
    lines = text.split("\n")
    first = min([*(draft.line for draft in parsed.drafts), len(lines) + 1]) - 1
    head = lines[:first]
    kept: list[str] = []
    if render.FOREWORD in head and render.FOREWORD_END in head:
        start, end = head.index(render.FOREWORD), head.index(render.FOREWORD_END)
        kept = head[start + 1 : end]
        head = head[:start] + head[end + 1 :]
    kept += _inserted(render.header().split("\n"), head)
    for remark in parsed.remarks:
        if remark.kind == "left out" and remark.first > first:
            kept += ["", *lines[remark.first - 1 : remark.last]]
    return "\n".join(kept).strip("\n")


def _inserted(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """The lines that are in the second text beyond those of the first."""
    found: list[str] = []
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for kind, _, _, start, end in matcher.get_opcodes():
        if kind in {"insert", "replace"} and any(line.strip() for line in theirs[start:end]):
            found += ["", *theirs[start:end]] if found else theirs[start:end]
    return found
