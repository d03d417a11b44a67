"""`git anchor recover`: anchors that were lost, and texts that were pasted and became no anchor."""

from collections.abc import Sequence

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import TEXT, open_workspace
from gitanchor.cli.views import print_written
from gitanchor.model.errors import NotFound, WrongUsage
from gitanchor.operations.recovery import Lost
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.journal import Entry

_SHOWN = 60
"""How many characters of a text's first line the list shows."""


@click.command("recover", short_help="Bring lost anchors back from the journal.")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=TEXT)
@click.option("--list", "listing", is_flag=True, help="List what is kept; so without an ID.")
@click.option("--all", "everything", is_flag=True, help="Restore each anchor that is not marked.")
def command(ids: Sequence[str], listing: bool, everything: bool) -> None:
    """Bring anchors back that are in the journal, but in no worktree, index or branch.

    An ID is an anchor's id, or its start: its newest text is restored to this worktree, byte for
    byte. Those that were removed by 'git anchor rm' or by a commit are marked '(removed)', and
    restored only by their ID. Texts that were pasted and became no anchor are listed as well, by
    the moment they were kept at, and so are forms that an editor left, by the letters in their
    names; they are printed, for 'git anchor add --yes -F -'.
    """
    from gitanchor.operations import recovery

    if everything and ids:
        raise WrongUsage("give either --all or ids")
    workspace = open_workspace()
    lost = recovery.lost(workspace)
    texts = workspace.state.texts
    if listing or not (ids or everything):
        _print_list(lost, texts)
        return
    if everything:
        wanted: list[Lost | Entry] = [one for one in lost if not one.removed]
        if not wanted:
            terminal.note("no anchor is lost")
    else:
        wanted = [_named(workspace, name, lost, texts) for name in dict.fromkeys(ids)]
    anchors = {one.stored.path: one for one in wanted if isinstance(one, Lost)}
    print_written(recovery.restore(workspace, list(anchors.values())))
    for text in wanted:
        if isinstance(text, Entry):
            terminal.raw(text.read().content)


def _print_list(lost: Sequence[Lost], texts: Sequence[Entry]) -> None:
    """Print the anchors like `git anchor list`, then the texts."""
    width = max((len(one.stored.anchor.place) for one in lost), default=0)
    for one in lost:
        anchor = one.stored.anchor
        line = f"{anchor.created:%Y-%m-%d %H:%M} {anchor.place:{width}} {anchor.name}"
        mark = " (removed)" if one.removed else ""
        terminal.out(f"{terminal.highlighted(anchor.id)} {line}{mark}")
    for text in texts:
        first = text.read().content.decode("utf-8", "replace").split("\n")[0]
        terminal.out(f"{text.moment} {first[:_SHOWN]}")


def _named(
    workspace: Workspace, name: str, lost: Sequence[Lost], texts: Sequence[Entry]
) -> Lost | Entry:
    """Return the one anchor or text that a person named. Raises NotFound."""
    found: list[Lost | Entry] = [one for one in lost if one.stored.anchor.id.startswith(name)]
    found += [text for text in texts if text.moment.startswith(name)]
    if len(found) == 1 and name:
        return found[0]
    if not found:
        for stored in workspace.listing.anchors:
            if stored.anchor.id == name:
                raise NotFound(f"{name} {stored.anchor.name} is not lost; it is '{stored.path}'")
    if not name:
        raise NotFound("an empty ID names nothing; see 'git anchor recover --list'")
    what = "is ambiguous" if found else "names no text in the journal"
    raise NotFound(f"'{name}' {what}; see 'git anchor recover --list'")
