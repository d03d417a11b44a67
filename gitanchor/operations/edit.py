"""Change an anchor that was written: its sections, or that it is done."""

import dataclasses

from gitanchor.model.anchor import checked_name
from gitanchor.model.draft import Draft
from gitanchor.model.errors import WrongUsage
from gitanchor.model.texts import section_texts
from gitanchor.operations.render import follow_up
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.store import StoredAnchor
from gitanchor.storage.writer import Written


def edit(workspace: Workspace, stored: StoredAnchor, draft: Draft) -> Written:
    """Replace the sections of an anchor by a draft's. The rest of its file keeps its bytes.

    Raises Overtaken if the file was changed since it was read; the new text is in the journal
    then.
    """
    from gitanchor.rendering import editor_form

    if draft.is_empty and not draft.notes:
        named = f"{stored.anchor.name} ({stored.anchor.id})"
        raise WrongUsage(f"{named} would say nothing; 'git anchor rm' removes it")
    before = {item.text: item for item in stored.anchor.dependencies}
    new = dataclasses.replace(
        stored.anchor,
        name=checked_name(draft.name or stored.anchor.name),
        context=draft.context,
        milestone=draft.milestone,
        next_action=draft.next_action,
        dependencies=tuple(before.get(item.text, item) for item in draft.dependencies),
        notes=draft.notes,
    )
    text = editor_form.above_scissors(editor_form.form(new.name, "", None, None, section_texts(new)))
    changed = [(stored, new)]
    written = workspace.writer.rewrite(changed, action="edit", text=text.rstrip("\n") + "\n")
    return follow_up(workspace, written) if written.anchors else written


def close(workspace: Workspace, stored: StoredAnchor, outcome: str | None) -> Written:
    """Mark an anchor as done, with its outcome; nothing changes if it already says both.

    Raises Overtaken if the file was changed since it was read; the outcome is in the journal
    then.
    """
    new = dataclasses.replace(stored.anchor, status="done", outcome=outcome or stored.anchor.outcome)
    text = f"{outcome}\n" if outcome else None
    written = workspace.writer.rewrite([(stored, new)], action="done", text=text)
    return follow_up(workspace, written) if written.anchors else written
