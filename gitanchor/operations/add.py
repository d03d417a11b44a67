"""Write new anchors: read drafts from a text, find their parents, and go on after a failure."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from gitanchor.importing.import_plan import TEXTS, said, said_by
from gitanchor.model.anchor import Anchor
from gitanchor.model.draft import Draft
from gitanchor.operations import changes, choose, compose
from gitanchor.operations.render import follow_up
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.store import StoredAnchor
from gitanchor.storage.writer import Written

if TYPE_CHECKING:
    from gitanchor.model.draft import Parsed

_NEWEST: Final = 200
"""The anchors of a branch among which an earlier run is looked for; a clock may have been wrong."""


class Read(NamedTuple):
    """What the parser found in a text, and the repairs that were made before."""

    repairs: tuple[str, ...]
    parsed: "Parsed"


def add(
    workspace: Workspace,
    drafts: Sequence[Draft],
    *,
    source: str,
    parents: Sequence[str] | None = None,
    done_when: tuple[str, ...] = (),
) -> Written:
    """Write drafts as new anchors of this branch and commit, in their order.

    `parents` are the ids of the first one's parents; without them it is what was resumed here.
    A draft without a name gets the suggested one. `source` says how the drafts came in. Raises
    WrongUsage, and writes none, if a draft says nothing.
    """
    anchors = compose.compose(
        drafts,
        workspace.recent,
        workspace.repository,
        parents=parents_here(workspace) if parents is None else parents,
        done_when=done_when,
        source=source,
        generated=workspace.settings.generated,
        name=lambda: suggested_name(workspace),
    )
    return follow_up(workspace, workspace.writer.add(anchors))


def suggested_name(workspace: Workspace) -> str:
    """Return a name for the next anchor: the branch and the day, numbered if that is taken."""
    branch = workspace.repository.head.branch or workspace.repository.root.name
    words = re.sub(r"[^\w.-]+", "_", branch)
    base = f"{words}_{compose.now(workspace.repository):%Y-%m-%d}"
    taken = {stored.facts.name for stored in workspace.recent.anchors}
    numbered = (f"{base}_{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(name for name in numbered if name not in taken)


def read_text(
    workspace: Workspace,
    content: bytes,
    source: str,
    *,
    file: str | None = None,
    keep_encoding: bool = False,
) -> Read:
    """Parse a text, whose bytes are `content`. Writes nothing.

    `source` is what messages call it, and `file` the path of a file that a person named.
    """
    from gitanchor.parsing import parse

    decoded = parse.decode(content, source, keep_encoding=keep_encoding)
    return Read(decoded.repairs, parse.parse(decoded.text, workspace.reading.of_answer(file)))


def form(workspace: Workspace, name: str | None) -> str:
    """Return the text that the editor opens for a new anchor."""
    from gitanchor.rendering import editor_form

    choice = choose.choice(workspace)
    newest = choice.stored if choice else choose.newest_here(workspace)
    since = changes.since(workspace, newest).commits if newest else None
    head = workspace.repository.head
    commit = f" at commit {head.commit[:10]}" if head.commit else ", before its first commit"
    place = f"On branch {head.branch}{commit}" if head.branch else f"HEAD detached{commit}"
    last = f"{newest.anchor.name} ({newest.anchor.id})" if newest else None
    return editor_form.form(name or suggested_name(workspace), place, since, last)


# Parents ---------------------------------------------------------------------------------------


def parents_here(workspace: Workspace) -> tuple[str, ...]:
    """Return the ids of the next anchor's parents.

    That is what was resumed here, else what `resume` would offer, else the branch's newest.
    """
    found = parent(workspace)
    if workspace.state.resumed_elsewhere:
        return (str(workspace.state.resumed),)
    return (found.id,) if found else ()


def parent(workspace: Workspace) -> Anchor | None:
    """Return the next anchor's parent, if it is in this worktree."""
    resumed = workspace.state.resumed
    stored = workspace.recent.with_id(resumed) if resumed else None
    if stored is not None:
        return stored.anchor
    if workspace.state.resumed_elsewhere:
        return None
    choice = choose.choice(workspace)
    newest = choice.stored if choice else choose.newest_here(workspace)
    return newest.anchor if newest else None


def parent_elsewhere(workspace: Workspace, stored: StoredAnchor) -> StoredAnchor | None:
    """Return the first parent of an anchor, if it is here and was made on another branch."""
    parents = stored.facts.parents.split()
    found = workspace.recent.with_id(parents[0]) if parents else None
    is_other = found is not None and found.facts.branch != stored.facts.branch
    return found if is_other else None


# What an interrupted run wrote before it ended ---------------------------------------------------


def written_before(workspace: Workspace, drafts: Sequence[Draft]) -> list[StoredAnchor]:
    """Return the anchors of the first of these drafts, if they are the end of a thread here.

    An answer is written one anchor after the other, so a run that was interrupted, or had no space
    left, wrote the first few. They are open, and come from a chat at HEAD's commit. Nothing goes on
    from the last of them: whoever goes back to an earlier plan writes it once more.
    """
    head = workspace.repository.head
    here = (True, head.branch, head.commit)
    by_id = {
        stored.facts.id: stored
        for stored in workspace.recent.newest(head.branch, _NEWEST)
        if (stored.facts.is_open, stored.facts.branch, stored.facts.commit) == here
    }
    for last in by_id.values():
        for count in range(len(drafts), 0, -1):
            chain = _chain(last, drafts[:count], by_id)
            if chain and not workspace.recent.has_children(last.facts.id):
                return chain
    return []


def _chain(
    last: StoredAnchor, drafts: Sequence[Draft], by_id: Mapping[str, StoredAnchor]
) -> list[StoredAnchor]:
    """Return the anchors made of drafts, each the only parent of the next, that end at one; or none."""
    chain: list[StoredAnchor] = []
    current: StoredAnchor | None = last
    for draft in reversed(drafts):
        if current is None or not _says(current, draft):
            return []
        chain.append(current)
        current = by_id.get(current.facts.parents)
    return chain[::-1]


def _says(stored: StoredAnchor, draft: Draft) -> bool:
    """Whether an anchor was made of a draft; one without a name was given any."""
    if draft.name is not None and stored.facts.name != draft.name:
        return False
    anchor = stored.anchor
    fields = (*TEXTS[1:], "dependencies")  # the name is compared
    return anchor.source == "chat" and all(said(anchor, name) == said_by(draft, name) for name in fields)
