"""`git anchor web`: the anchors as one web page."""

from pathlib import Path

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in, refuse_no_branch, report_problems
from gitanchor.cli.options import ALL, COUNT, NO_TEMPLATE, TEXT, open_workspace, save_as
from gitanchor.operations import states


@click.command("web")
@click.option("--branch", metavar="BRANCH", type=TEXT, help="Only the anchors of this branch.")
@click.option("-n", "--limit", metavar="N", type=COUNT, help="At most so many anchors.")
@click.option(
    "-o", "--output", metavar="FILE", type=TEXT, default="-", help="Write FILE, not standard output."
)
@ALL
@NO_TEMPLATE
def command(
    branch: str | None, limit: int | None, output: str, all_places: bool, no_template: bool
) -> int:
    """Print the anchors as one web page, newest first.

    The page holds all that it needs: no script, no image, nothing that a browser would fetch. What is
    in the anchors is shown as text and as simple Markdown, of which only links to the web and to mail
    are links.

    A file that cannot be read is named on standard error, and makes the exit status 3.
    """
    from gitanchor.rendering import web_page

    workspace = open_workspace()
    template = None if no_template else workspace.template("log.html.j2")
    found = found_in(workspace, all_places)
    refuse_no_branch(workspace, found, branch)
    shown = found.listing.in_full(found.listing.newest(branch, limit))
    known = states.states_of(workspace, found.listing)
    page = web_page.page([stored.anchor for stored in shown], known, found.places, template)
    if output == "-":
        for piece in page:
            terminal.raw(piece)
    else:
        save_as(workspace, Path(output).absolute(), page)
    return report_problems(found.listing)
