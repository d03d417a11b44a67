"""`git anchor list`: the anchors, newest first."""

import click

from gitanchor import terminal
from gitanchor.commands import JSON, TEXT, json_of, open_tracker, print_json, report_problems


@click.command("list")
@click.option("--branch", metavar="BRANCH", type=TEXT, help="Only the anchors of this branch.")
@click.option("-n", "--limit", metavar="N", type=click.IntRange(min=0), help="At most so many anchors.")
@JSON
def command(branch: str | None, limit: int | None, as_json: bool) -> int:
    """List the anchors, newest first.

    A file that cannot be read is named on standard error, and makes the exit status 3.
    """
    tracker = open_tracker()
    anchors = [
        stored for stored in tracker.listing.anchors if branch is None or stored.anchor.branch == branch
    ][:limit]
    if as_json:
        print_json([json_of(stored) for stored in anchors])
    else:
        width = max((len(stored.anchor.place) for stored in anchors), default=0)
        for stored in anchors:
            anchor = stored.anchor
            shown = terminal.highlighted(anchor.id)
            terminal.out(f"{shown} {anchor.created:%Y-%m-%d %H:%M} {anchor.place:{width}} {anchor.name}")
    return report_problems(tracker)
