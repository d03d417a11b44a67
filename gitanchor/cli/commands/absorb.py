"""`git anchor absorb`: take what was written into the log by hand back into the anchors."""

from typing import TYPE_CHECKING

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import ALLOW_SECRET, open_workspace
from gitanchor.cli.views import print_troubles
from gitanchor.model.errors import WrongUsage

if TYPE_CHECKING:
    from gitanchor.operations.absorb import Absorbed

_WORDS = {"add": "new anchor", "update": "changed", "restore": "restored"}


@click.command("absorb", short_help="Take edits of the log back into the anchors.")
@click.option("--check", is_flag=True, help="Write nothing; fail if there is something to absorb.")
@click.option("--delete", is_flag=True, help="Remove the anchors whose entries were deleted.")
@click.option("--ours", is_flag=True, help="In a conflict, keep the text of the anchor file.")
@click.option("--theirs", is_flag=True, help="In a conflict, take the text of the log.")
@ALLOW_SECRET
def command(check: bool, delete: bool, ours: bool, theirs: bool) -> int:
    """Take what was written into the generated log by hand back into the anchors.

    What was written into the files beside it (outputs: in the settings) is taken in as well.
    A pasted entry becomes an anchor of this branch and commit, a changed one updates its anchor, one
    whose anchor file is lost restores it, a deleted one comes back unless --delete is given, and text
    around the entries becomes a foreword.
    If an entry and its anchor file were both changed, what only one of them changed is taken. What
    both changed is a conflict: nothing is written, unless --ours or --theirs is given. The text
    that loses is kept, and 'git anchor recover' prints it.
    """
    from gitanchor.operations.outputs import absorb_all

    if ours and theirs:
        raise WrongUsage("options '--ours' and '--theirs' cannot be used together")
    side = "ours" if ours else "theirs" if theirs else None
    workspace = open_workspace()
    status = 0
    for done in absorb_all(workspace, check=check, delete=delete, side=side):
        path = next(iter(done.text.pages))
        name = "the log" if path == workspace.log.path else path
        taken = f"took {name}'s text" if theirs else "kept the anchor file's text"
        _print(done, path, deletes=delete, taken=taken)
        if done.in_conflict:
            terminal.hint('Use "git anchor absorb --ours" to keep the text of the anchor files,')
            terminal.hint(f'or "git anchor absorb --theirs" to take the text of {name}.')
            status = 1
        elif check and done.changes:
            status = 1
    return status


def _print(done: "Absorbed", path: str, *, deletes: bool, taken: str) -> None:
    """Print what became of the hand edits of one file."""
    from gitanchor.importing.import_plan import Entry
    from gitanchor.log.hand_edits import Foreword, Removed

    for entry in done.of(Entry):
        name = f"{entry.anchor.id} {entry.anchor.name}"
        terminal.out(f"{done.text.place(entry.line)}: {_WORDS[entry.action]}: {name}")
    for remark in done.told:
        terminal.out(f"{done.text.place(remark.first)}: {remark.kind}: {remark.message}")
    for dispute, kept in done.settled:
        name = f"{dispute.ours.id} {dispute.ours.name} ({', '.join(dispute.sections)})"
        other = f"the other is kept: 'git anchor recover {kept.name.split('-')[0]}'"
        terminal.out(f"{done.text.place(dispute.line)}: {taken}: {name}; {other}")
    for gone in done.of(Removed):
        what = "deleted" if deletes else "comes back, unless --delete is given"
        terminal.out(f"{path}: entry of {gone.anchor.id} {gone.anchor.name} is gone: {what}")
    if done.of(Foreword):
        terminal.out(f"{path}: text around the entries is kept in .anchors/foreword.md")
    print_troubles(done.written)
