"""`git anchor log`: the anchors in full, through the pager."""

import click

from gitanchor import terminal
from gitanchor.commands import JSON, in_full, json_of, open_tracker, print_json, report_problems


@click.command("log")
@click.option(
    "-n", "--max-count", metavar="N", type=click.IntRange(min=0), help="At most so many anchors."
)
@JSON
def command(max_count: int | None, as_json: bool) -> int:
    """Show the anchors in full, newest first."""
    tracker = open_tracker()
    anchors = tracker.listing.anchors[:max_count]
    if as_json:
        print_json([json_of(stored) for stored in anchors])
    else:
        pager = tracker.repository.program("GIT_PAGER") if terminal.is_terminal() else ""
        terminal.page("\n".join(in_full(stored) for stored in anchors), pager)
    return report_problems(tracker)
