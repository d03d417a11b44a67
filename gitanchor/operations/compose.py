"""Drafts -> anchors of this branch and commit: what the repository and the clock add to a text."""

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from gitanchor.git.names import literal
from gitanchor.git.repository import Repository
from gitanchor.model.anchor import Anchor, checked_name
from gitanchor.model.draft import Draft
from gitanchor.model.errors import WrongUsage
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import FOLDER

_TICK = timedelta(milliseconds=1)
"""The next moment that an anchor's time can tell from one."""


def now(repository: Repository) -> datetime:
    """The time as git would note it for a commit, which GIT_AUTHOR_DATE may set."""
    given = repository.author.moment
    clock = datetime.now().astimezone()
    return given or clock.replace(microsecond=clock.microsecond // 1000 * 1000)


def moment_of_text(repository: Repository, present: Listing, path: str | None = None) -> datetime:
    """When a text was written that does not say it: that of the last commit, but after all anchors.

    Of a file that git tracks, given by its path from the top, it is the last commit that changed it.
    So it is the same for who takes in the same text on another branch, as long as that has the same
    anchors and, without a file, the same commit. The time is `now` only before the first commit.
    """
    head = repository.head.commit
    form = ("--no-show-signature", "--format=%cI", "-n", "1")
    answer = None
    if head and path is not None:
        answer = repository.ask("log", *form, head, "--", *literal([path]))
    if head and not answer:
        answer = repository.ask("log", *form, head)
    moment = datetime.fromisoformat(answer.strip()) if answer else now(repository)
    newest = next((stored.anchor.created for stored in present.newest(limit=1)), None)
    return max(moment, newest + _TICK) if newest else moment


def compose(
    drafts: Sequence[Draft],
    present: Listing,
    repository: Repository,
    *,
    parents: Sequence[str],
    source: str,
    generated: Sequence[str],
    name: Callable[[], str],
    done_when: tuple[str, ...] = (),
) -> list[Anchor]:
    """Make anchors of drafts, each the child of the one before it, the first that of `parents`.

    `present` are the anchors that are there; `generated` are the paths at which
    renders write; `name` gives a name to a draft that has none. Raises WrongUsage for a draft that
    says nothing.
    """
    for draft in drafts:
        if draft.is_empty:
            raise WrongUsage("the anchor says nothing; give at least a context or next action")
    taken: set[str] = set()
    moment = _moment(now(repository), present)
    facts = _facts(repository, generated)
    anchors = []
    for draft in drafts:
        anchor = Anchor(
            id=_new_id(present, taken),
            name=checked_name(draft.name if draft.name is not None else name()),
            created=moment,
            source=source,
            parents=tuple(parents),
            done_when=done_when,
            written_time=draft.time.text if draft.time else None,
            context=draft.context,
            milestone=draft.milestone,
            next_action=draft.next_action,
            dependencies=draft.dependencies,
            notes=draft.notes,
            **facts,
        )
        anchors.append(anchor)
        taken.add(anchor.id)
        parents, moment = (anchor.id,), moment + _TICK
    return anchors


def facts(
    repository: Repository,
    generated: Sequence[str],
    moment: datetime,
    parents: Sequence[str],
) -> Anchor:
    """An anchor without text, made here at a moment: what others take their facts from."""
    return Anchor(
        id="00000000",
        name="",
        created=moment,
        parents=tuple(parents),
        **_facts(repository, generated),
    )


def _facts(repository: Repository, generated: Sequence[str]) -> dict[str, Any]:
    """What the repository says about a new anchor."""
    head = repository.head
    facts: dict[str, Any] = {"author": repository.author.name, "branch": head.branch}
    if head.commit is None:
        return facts | {"dirty": None}
    is_dirty = repository.dirty_question(besides=[FOLDER, *generated])
    return facts | {
        "commit": head.commit,
        "tree": head.tree,
        "patch_id": repository.patch_id(head.commit),
        "dirty": is_dirty(),
    }


def _moment(clock: datetime, present: Listing) -> datetime:
    """The time of a new anchor; just after the newest where the clock is too coarse to be."""
    newest = next((stored.facts.created for stored in present.newest(limit=1)), None)
    if newest and clock <= newest < clock + timedelta(seconds=1):
        return newest.astimezone(clock.tzinfo) + _TICK
    return clock


def _new_id(present: Listing, taken: Collection[str]) -> str:
    """8 random hex digits that no anchor here has."""
    while True:
        candidate = secrets.token_hex(4)
        if candidate not in taken and present.with_id(candidate) is None:
            return candidate
