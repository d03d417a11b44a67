"""`git anchor edit`: change the text of an anchor; the rest of its file stays as it is."""

from typing import Any

import click

from gitanchor.cli.options import ALLOW_SECRET, SELECTOR, open_workspace, section_options, sections_given
from gitanchor.cli.views import print_written
from gitanchor.operations import choose, edit


@click.command("edit")
@SELECTOR
@section_options
@ALLOW_SECRET
def command(selector: str | None, **sections: Any) -> None:
    """Change the sections of an anchor, in the editor or by options.

    What else its file holds, unknown keys and comments too, keeps its bytes.
    """
    from gitanchor.cli import editing

    workspace = open_workspace()
    stored = choose.chosen(workspace, selector)
    if sections_given(sections):
        draft = editing.of_anchor(stored.anchor)
        editing.set_options(draft, **sections)
        print_written(edit.edit(workspace, stored, draft))
    else:
        form = editing.form_of(stored.anchor, stored.path)
        editor = workspace.repository.program("GIT_EDITOR")
        with editing.in_editor(form, workspace.state, editor) as edited:
            print_written(edit.edit(workspace, stored, edited))
