"""`git anchor status`: where this branch stands since its newest anchor."""

import contextlib
from collections.abc import Iterator

import click

from gitanchor import terminal
from gitanchor.commands import (
    JSON,
    indented,
    json_of,
    open_tracker,
    print_json,
    since_json,
    warn_of_problems,
)
from gitanchor.drift import Drift
from gitanchor.errors import NotFound
from gitanchor.reader import Since
from gitanchor.store import StoredAnchor
from gitanchor.tracker import Tracker
from gitanchor.wording import counted

_SHOWN = 5
"""Names of authors and files that are printed."""


@click.command("status")
@JSON
def command(as_json: bool) -> None:
    """Show the open anchor of this branch, what happened since, and the next action.

    Of several open ones it is the newest. What changed files that the next action or the milestone
    names comes first.
    """
    tracker = open_tracker()
    head = tracker.repository.head
    newest = tracker.newest_here()
    offered = _offered(tracker)
    since = tracker.since(offered) if offered else None
    if as_json:
        shown = {"anchor": json_of(since.stored), **since_json(since)} if since else {"anchor": None}
        print_json({"branch": head.branch, "commit": head.commit, **shown})
    else:
        terminal.out(f"On branch {head.branch}" if head.branch else "HEAD detached")
        if since is not None:
            _print(since, "Newest anchor" if newest == offered else "Open anchor")
        elif newest is not None:
            state = tracker.state_of(newest, tracker.recent)
            terminal.out(f"Newest anchor: {newest.anchor.name} ({newest.anchor.id}), {state}")
            terminal.out('No open anchor here (use "git anchor add" to write one)')
        else:
            terminal.out('No anchor here yet (use "git anchor add" to write one)')
    warn_of_problems(tracker.recent)


def _offered(tracker: Tracker) -> StoredAnchor | None:
    with contextlib.suppress(NotFound):
        return tracker.offered()
    return None


def _print(since: Since, title: str) -> None:
    anchor, drift = since.stored.anchor, since.drift
    terminal.out(f"{title}: {anchor.name} ({anchor.id})")
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
    """What changed, in the words of `git diff --shortstat`, and the files that matter most."""
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
    """The time that passed, in the largest unit of which there are two."""
    seconds = max(0, int(since.passed.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return counted(seconds // size, unit)
    return counted(seconds, "second")
