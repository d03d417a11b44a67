"""`git anchor status`: where this branch stands since its newest anchor."""

from collections.abc import Iterator
from typing import Any

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in, warn_of_problems
from gitanchor.cli.options import JSON, open_workspace
from gitanchor.cli.selection import came_from, note_ahead
from gitanchor.cli.views import indented, json_of, print_json, since_json
from gitanchor.model.wording import counted
from gitanchor.operations import changes, choose, states
from gitanchor.operations.changes import Since
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.store import StoredAnchor
from gitanchor.tracking.drift import Drift

_SHOWN = 5
"""How many authors and files are printed."""


@click.command("status")
@JSON
def command(as_json: bool) -> None:
    """Show the anchor that resume offers here, what happened since, and the next action.

    What changed files that the next action or the milestone
    names comes first.
    """
    workspace = open_workspace()
    head = workspace.repository.head
    offer = choose.offer(workspace)
    newest = choose.newest_here(workspace)
    since = changes.since(workspace, offer.stored) if offer else None
    if as_json:
        shown: dict[str, Any] = {"anchor": None}
        if offer and since:
            shown = {"anchor": json_of(since.stored), "offered": offer.rule, **since_json(since)}
        print_json({"branch": head.branch, "commit": head.commit, **shown})
    else:
        terminal.out(f"On branch {head.branch}" if head.branch else "HEAD detached")
        if offer is not None and since is not None:
            is_newest = newest is not None and newest.facts.id == offer.stored.facts.id
            _print(since, "Newest anchor" if is_newest else "Open anchor", came_from(offer, since))
        else:
            _print_nothing_offered(workspace, newest)
        note_ahead(workspace, offer)
    warn_of_problems(workspace.recent)


def _print_nothing_offered(workspace: Workspace, newest: StoredAnchor | None) -> None:
    """Print that there is nothing to resume from here, and what there is elsewhere."""
    if newest is not None:
        state = states.state_of(workspace, newest, workspace.recent)
        terminal.out(f"Newest anchor: {newest.anchor.name} ({newest.anchor.id}), {state}")
        terminal.out('No open anchor here (use "git anchor add" to write one)')
    else:
        terminal.out('No anchor here yet (use "git anchor add" to write one)')
    elsewhere = choose.newest_open(workspace, found_in(workspace, all_places=True).listing)
    if elsewhere is not None:
        facts = elsewhere.facts
        terminal.out(f"Newest open anchor elsewhere: {facts.name} ({facts.id}), {facts.place}")
        terminal.out(f'  (use "git anchor resume {facts.id}" to resume from it anyway)')


def _print(since: Since, title: str, origin: str) -> None:
    anchor, drift = since.stored.anchor, since.drift
    terminal.out(f"{title}: {anchor.name} ({anchor.id}){f', {origin}' if origin else ''}")
    if not since.binding.is_plain:
        terminal.out(f"Its commit {anchor.short_commit} is {since.binding}")
    if since.binding.advice:
        terminal.out(f'  (use "{since.binding.advice}" to get it, if it was shared)')
    terminal.out(f"Since then: {', '.join([*_commits(since), _duration(since)])}")
    if drift.commits:
        terminal.out(f"  by {', '.join(f'{name} ({count})' for name, count in drift.authors[:_SHOWN])}")
    if drift.files:
        for line in _files(drift):
            terminal.out(f"  {line}")
    for sentence in _remarks(drift):
        terminal.out(sentence)
    if anchor.next_action:
        terminal.out("\nNext action:")
        for line in indented(anchor.next_action, "    "):
            terminal.out(line)


def _commits(since: Since) -> Iterator[str]:
    anchor, drift = since.stored.anchor, since.drift
    if drift.commits is None:
        yield "its commit is not in this clone" if anchor.commit else "it records no commit"
        return
    yield counted(len(drift.commits), "commit")
    if drift.touching:
        touch = "touches" if len(drift.touching) == 1 else "touch"
        yield f"{len(drift.touching)} {touch} files that the anchor names"


def _files(drift: Drift) -> Iterator[str]:
    """Yield what changed, in the words of `git diff --shortstat`, and the files that matter most."""
    added = sum(file.added or 0 for file in drift.files)
    removed = sum(file.removed or 0 for file in drift.files)
    lines = [f"{counted(len(drift.files), 'file')} changed"]
    lines += [f"{counted(added, 'insertion')}(+)"] if added else []
    lines += [f"{counted(removed, 'deletion')}(-)"] if removed else []
    yield ", ".join(lines)
    for file in [file for file in drift.files if file.named][:_SHOWN]:
        changed = "changed" if file.added is None else f"+{file.added} -{file.removed}"
        yield f"  {file.path} {changed}"


def _remarks(drift: Drift) -> Iterator[str]:
    if drift.branch:
        yield f"The branch {drift.branch}"
    if drift.upstream and drift.upstream.behind:
        yield f"Behind {drift.upstream.name} by {counted(drift.upstream.behind, 'commit')}"
    if drift.staged or drift.unstaged:
        kinds = ((drift.staged, "staged"), (drift.unstaged, "not staged"))
        parts = (f"{counted(len(paths), 'file')} {how}" for paths, how in kinds if paths)
        yield f"Changed now: {', '.join(parts)}"
    yield from (f"warning: {sentence}" for sentence in drift.gone)


def _duration(since: Since) -> str:
    """Return the time that passed, in the largest unit of which there are at least two."""
    seconds = max(0, int(since.passed.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return counted(seconds // size, unit)
    return counted(seconds, "second")
