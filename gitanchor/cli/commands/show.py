"""`git anchor show`: one anchor in full."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in, warn_of_problems
from gitanchor.cli.options import ALL, JSON, SELECTOR, open_workspace
from gitanchor.cli.selection import note_same_name
from gitanchor.cli.views import bound_json, in_full, json_in, print_json, provenance_json
from gitanchor.model.errors import WrongUsage
from gitanchor.operations import changes, choose, resume, states


@click.command("show")
@SELECTOR
@JSON
@ALL
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the anchor's file as it is.")
def command(selector: str | None, as_json: bool, all_places: bool, as_yaml: bool) -> None:
    """Show an anchor in full.

    SELECTOR is @ (the newest of this branch), @{N}, BRANCH@{N}, the start of an id, a name, or a
    part of a name that no other name has.
    """
    if as_json and as_yaml:
        raise WrongUsage("options '--json' and '--yaml' cannot be used together")
    workspace = open_workspace()
    found = found_in(workspace, all_places, few=True)
    stored = choose.chosen(workspace, selector, found.listing)
    if as_yaml:
        from gitanchor.operations import everywhere

        terminal.data(everywhere.text(workspace, found, stored))
    else:
        inquiry = (
            resume.inquiry(workspace, stored, found.first_place(stored.anchor.id)) if as_json else None
        )
        binding = changes.bindings(workspace, [stored])[stored.anchor.id]
        state = states.state_of(workspace, stored, found.listing)
        if inquiry is not None:
            told = {**bound_json(binding, state), **provenance_json(inquiry.answer())}
            print_json({**json_in(found, stored, all_places), **told})
        else:
            terminal.data(in_full(stored, binding, state))
            if binding.advice:
                terminal.note(f'hint: "{binding.advice}" gets its commit, if it was shared')
    note_same_name(found, stored, selector)
    for line in found.way_to(stored.anchor.id):
        terminal.note(f"hint: {line}")
    warn_of_problems(found.listing)
