"""Make anchors of drafts: add the facts of the repository and the time to their text."""

import contextlib
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from gitanchor.git.names import literal
from gitanchor.git.repository import Repository
from gitanchor.model.anchor import Anchor, checked_name
from gitanchor.model.draft import Draft
from gitanchor.model.errors import WrongUsage
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import FOLDER

_TICK = timedelta(milliseconds=1)
"""The resolution of an anchor's time."""


def now(repository: Repository) -> datetime:
    """Return the time that git would record for a commit, which GIT_AUTHOR_DATE may set."""
    given = repository.author.moment
    clock = datetime.now().astimezone()
    return given or clock.replace(microsecond=clock.microsecond // 1000 * 1000)


def moment_of_text(workspace: Workspace, file: str | None = None) -> datetime:
    """Return a time for a text without one: that of the last commit, but later than all anchors.

    If `file`, which a person named, is one that git tracks, it is the last commit that changed it.
    So the time is the same for everybody who takes in the same text, on any branch with the same
    anchors and, without a file, the same commit. Only before the first commit it is `now`.
    """
    repository = workspace.repository
    path = _path_within(workspace, file)
    moment = path and _last_change(repository, path)
    moment = moment or _last_change(repository) or now(repository)
    newest = next((stored.anchor.created for stored in workspace.listing.newest(limit=1)), None)
    return max(moment, newest + _TICK) if newest else moment


def zone_of_text(workspace: Workspace, file: str | None = None) -> tzinfo:
    """Return the time zone of times in a text that name none; `file` is one that a person named.

    It is that of the commit that changed the file last, else UTC: the same for everybody who takes
    in the text, wherever that is.
    """
    path = _path_within(workspace, file)
    moment = _last_change(workspace.repository, path) if path is not None else None
    return (moment.tzinfo if moment else None) or UTC


def _path_within(workspace: Workspace, file: str | None) -> str | None:
    """Return the path of a file from the top of the worktree; None if it is outside of it."""
    if file is not None:
        with contextlib.suppress(WrongUsage):
            return workspace.path_from_top(file)
    return None


def _last_change(repository: Repository, *paths: str) -> datetime | None:
    """Return the time of the last commit, or of the last one that changed a path; None if none did."""
    head = repository.head.commit
    if head is None:
        return None
    form = ("--no-show-signature", "--format=%cI", "-n", "1")
    answer = (repository.ask("log", *form, head, "--", *literal(paths)) or "").strip()
    return datetime.fromisoformat(answer) if answer else None


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
    """Make anchors of drafts: the first is a child of `parents`, each other of the one before it.

    `present` are the existing anchors; `generated` are the paths that renders write; `name` returns
    a name for a draft without one. Raises WrongUsage for a draft that says nothing.
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
    """Return an anchor without text, made here at that moment, from which others take their facts."""
    return Anchor(
        id="00000000",
        name="",
        created=moment,
        parents=tuple(parents),
        **_facts(repository, generated),
    )


def _facts(repository: Repository, generated: Sequence[str]) -> dict[str, Any]:
    """Return the fields of a new anchor that come from the repository."""
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
    """Return the time of a new anchor; if the clock is too coarse, just after the newest anchor."""
    newest = next((stored.facts.created for stored in present.newest(limit=1)), None)
    if newest and clock <= newest < clock + timedelta(seconds=1):
        return newest.astimezone(clock.tzinfo) + _TICK
    return clock


def _new_id(present: Listing, taken: Collection[str]) -> str:
    """Return 8 random hex digits that are not the id of any anchor here."""
    while True:
        candidate = secrets.token_hex(4)
        if candidate not in taken and present.with_id(candidate) is None:
            return candidate
