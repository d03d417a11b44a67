"""`git anchor absorb`: take what was written into the log by hand back into the anchors."""

import click

from gitanchor import terminal
from gitanchor.commands import open_tracker, print_troubles

_WORDS = {"add": "new anchor", "update": "changed", "keep": "unchanged"}


@click.command("absorb", short_help="Take edits of the log back into the anchors.")
@click.option("--check", is_flag=True, help="Write nothing; fail if there is something to absorb.")
@click.option("--delete", is_flag=True, help="Remove the anchors whose entries were deleted.")
def command(check: bool, delete: bool) -> int:
    """Take what was written into the generated log by hand back into the anchors.

    A pasted entry becomes an anchor of this branch and commit, a changed one updates its anchor, a
    deleted one comes back unless --delete is given, and text around the entries becomes a foreword.
    """
    from gitanchor.absorb import absorb

    done = absorb(open_tracker(), check=check, delete=delete)
    for entry in done.edits.plan.entries:
        if entry.action != "keep":
            what = _WORDS[entry.action]
            terminal.out(f"{done.path}:{entry.line}: {what}: {entry.anchor.id} {entry.anchor.name}")
    for remark in done.edits.plan.remarks:
        if remark.kind in {"conflict", "request"}:
            terminal.out(f"{done.path}:{remark.first}: {remark.kind}: {remark.message}")
    for anchor in done.edits.deleted:
        what = "deleted" if delete else "comes back, unless --delete is given"
        terminal.out(f"{done.path}: entry of {anchor.id} {anchor.name} is gone: {what}")
    if done.foreword_changed:
        terminal.out(f"{done.path}: text around the entries is kept in .anchors/foreword.md")
    print_troubles(done.written)
    if done.edits.plan.in_conflict:
        return 1
    return 1 if check and done.pending else 0
