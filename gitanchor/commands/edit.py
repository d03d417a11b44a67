"""`git anchor edit`: change the texts of an anchor; the rest of its file stays as it is."""

from typing import Any

import click

from gitanchor.commands import SELECTOR, open_tracker, print_written, section_options, sections_given


@click.command("edit")
@SELECTOR
@section_options
def command(selector: str, **sections: Any) -> None:
    """Change the sections of an anchor, in the editor or by options.

    What else its file holds, unknown keys and comments too, keeps its bytes.
    """
    from gitanchor import editing

    tracker = open_tracker()
    stored = tracker.select(selector)
    draft = editing.of_anchor(stored.anchor)
    if sections_given(sections):
        editing.set_options(draft, **sections)
    else:
        form = editing.form_of(stored.anchor, stored.path)
        draft = editing.in_editor(form, tracker.state, tracker.repository.program("GIT_EDITOR"))
    print_written(tracker.edit(stored, draft))
