"""`git anchor status`: where this branch stands since its newest anchor."""

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
from gitanchor.tracker import Since


@click.command("status")
@JSON
def command(as_json: bool) -> None:
    """Show the newest anchor of this branch, what happened since, and the next action."""
    tracker = open_tracker()
    head = tracker.repository.head
    newest = tracker.newest_here()
    since = tracker.since(newest) if newest else None
    if as_json:
        shown = {"anchor": json_of(since.stored), **since_json(since)} if since else {"anchor": None}
        print_json({"branch": head.branch, "commit": head.commit, **shown})
    else:
        terminal.out(f"On branch {head.branch}" if head.branch else "HEAD detached")
        if since is None:
            terminal.out('No anchor here yet (use "git anchor add" to write one)')
        else:
            _print(since)
    warn_of_problems(tracker)


def _print(since: Since) -> None:
    anchor = since.stored.anchor
    terminal.out(f"Newest anchor: {anchor.name} ({anchor.id})")
    if since.commits is not None:
        commits = _count(len(since.commits), "commit")
    else:
        commits = "its commit is not in this clone" if anchor.commit else "it records no commit"
    terminal.out(f"Since then: {commits}, {_duration(since)}")
    if anchor.next_action:
        terminal.out("\nNext action:")
        for line in indented(anchor.next_action, "    "):
            terminal.out(line)


def _duration(since: Since) -> str:
    """The time that passed, in the largest unit of which there are two."""
    seconds = max(0, int(since.passed.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return _count(seconds // size, unit)
    return _count(seconds, "second")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
