"""Put together the prompt for the next chat, and remember what was resumed."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gitanchor.operations import changes
from gitanchor.operations.changes import Since
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.store import StoredAnchor

if TYPE_CHECKING:
    from gitanchor.checks.report import Row
    from gitanchor.tracking.provenance import Inquiry, Provenance


class Resumed(NamedTuple):
    """A prompt for the next chat, with its facts: what happened since, and whose the anchor is."""

    prompt: str
    since: Since
    provenance: "Provenance"


def resume(workspace: Workspace, stored: StoredAnchor, place: str | None = None) -> Resumed:
    """Return the prompt for the next chat; callers should then call `remember`.

    `place` is where the anchor lies if not here.
    """
    from gitanchor.rendering import resume_prompt

    asked = changes.look(workspace, stored, stored.anchor.commit)
    asked_whose = inquiry(workspace, stored, place)
    checked: list[Row] = []
    told: list[str] = []
    if stored.anchor.dependencies:
        from gitanchor.checks import report

        checked = check(workspace, stored, report.AT_ONCE)
        told = report.in_prompt(checked)
    since = changes.since(workspace, stored, asked)._replace(checked=checked)
    came = asked_whose.answer()
    prompt = resume_prompt.resume(stored.anchor, since.binding, since.drift, came, told)
    return Resumed(prompt, since, came)


def remember(workspace: Workspace, stored: StoredAnchor, *, elsewhere: bool = False) -> None:
    """Make an anchor, which may be another branch's, the parent of the next one written here."""
    workspace.state.resume(stored.anchor.id, elsewhere=elsewhere)


def inquiry(workspace: Workspace, stored: StoredAnchor, place: str | None = None) -> "Inquiry":
    """Start asking by whose commits an anchor came; `place` is where it lies if not here."""
    from gitanchor.tracking import provenance

    return provenance.Inquiry(workspace.repository, stored, place, workspace.state.records)


def check(
    workspace: Workspace,
    stored: StoredAnchor,
    seconds: float,
    *,
    environment: Path | None = None,
    network: bool = False,
) -> list["Row"]:
    """Check now whether what an anchor depends on is here; what takes over `seconds` is unknown."""
    from gitanchor.checks import report

    return report.look(
        stored.anchor, workspace.repository, seconds, environment=environment, network=network
    )
