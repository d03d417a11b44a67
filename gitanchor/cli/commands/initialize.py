"""`git anchor init`: make a repository ready for anchors."""

import shlex
from typing import Final

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import TEXT, open_workspace, read_input
from gitanchor.log.foreign_text import CONFLICT
from gitanchor.model.errors import NotFound
from gitanchor.model.wording import counted
from gitanchor.operations.workspace import Workspace
from gitanchor.storage import safe_open

_SHOWN: Final = 3
"""Files that a hint names."""


@click.command("init")
@click.option("--log", metavar="PATH", type=TEXT, help="Where to generate the log.")
@click.option("--no-hooks", is_flag=True, help="Install no hooks.")
def command(log: str | None, no_hooks: bool) -> int:
    """Make .anchors/, its settings and attributes, the log, and install the hooks.

    May be run again: what is there stays as it is.
    """
    from gitanchor.hooks.installer import Outcome
    from gitanchor.operations.initialize import initialize

    workspace = open_workspace()
    done = initialize(workspace, log, with_hooks=not no_hooks)
    again = "Reinitialized existing" if not done.created else "Initialized"
    terminal.out(f"{again} anchors in {workspace.store.folder}/")
    for path in done.created:
        terminal.out(f"  created {path}")
    refused = []
    for hook in done.hooks:
        terminal.out(f"  {hook.name} hook {hook.outcome.value}")
        if hook.outcome is Outcome.REFUSED:
            refused.append(hook)
    terminal.out(f"  merge driver {done.driver}")
    if done.hand_kept is not None:
        _offer_import(workspace, done.log, done.hand_kept)
    if done.strays:
        held = f"{counted(done.strays, 'anchor')} without a file"
        terminal.hint(f"{done.log} holds {held}; it stays as it is until 'git anchor absorb'")
    if done.edited:
        way = "resolve" if done.edited.what == CONFLICT else "absorb"
        where = f"{done.log}:{done.edited.line}: {done.edited.what}"
        terminal.hint(f"{where}; the log stays as it is until 'git anchor {way}'")
    if done.hand_kept is None and not workspace.recent.newest(limit=1):
        _mention_notes(workspace)
    for told in (*done.refused, *workspace.settings.unknown):
        terminal.warning(told)
    generated = dict.fromkeys((done.log, *workspace.settings.generated))
    paths = workspace.repository.unrecorded([".anchors", ".gitattributes", *generated])
    if paths:
        terminal.out("To commit them:")
        terminal.out(f"  git add -- {shlex.join(paths)}")
        terminal.out("  git commit -m 'Keep anchors'")
    for hook in refused:
        terminal.note(f"error: {hook.name} hook not installed: {hook.advice}")
    return NotFound.exit_code if refused else 0


def _mention_notes(workspace: Workspace) -> None:
    """Print a hint if files are named like notes of earlier sessions."""
    from gitanchor.operations import discover

    paths = discover.candidates(workspace)
    if paths:
        shown = ", ".join(paths[:_SHOWN]) + (", …" if len(paths) > _SHOWN else "")
        terminal.hint(
            f"{shown} may hold notes of earlier sessions; 'git anchor import --discover' takes them in"
        )


def _offer_import(workspace: Workspace, log: str, count: int) -> None:
    """Ask whether to import the hand-kept log; if nobody can be asked, print how."""
    held = f"{log} was kept by hand and holds {counted(count, 'anchor')}"
    if not terminal.is_interactive() or not click.confirm(f"{held}. Import now?", err=True):
        terminal.hint(f"{held}; it stays as it is until 'git anchor import {shlex.quote(log)}'")
        return
    from gitanchor.operations import imports

    content = read_input(str(workspace.repository.root / log), safe_open.MOST_OF_LOG)
    imported = imports.import_text(workspace, content, log)
    added = len(imported.plan.added)
    terminal.out(f"  imported {counted(added, 'anchor')} from {log}")
    if imported.kept:
        terminal.out(f"  the text as it was is kept in {imported.kept}")
