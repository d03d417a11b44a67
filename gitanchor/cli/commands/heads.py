"""`git anchor heads`: where each line of work ends, and which of them fork from one anchor."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in, report_problems
from gitanchor.cli.options import ALL, JSON, open_workspace
from gitanchor.cli.views import in_graph, print_json
from gitanchor.operations import states


@click.command("heads")
@ALL
@JSON
def command(all_places: bool, as_json: bool) -> int:
    """List the anchors that nothing went on from: open ones first, then newest first.

    Those that advanced from one anchor, and were not brought together since, are marked as a fork.
    """
    workspace = open_workspace()
    found = found_in(workspace, all_places)
    anchors = states.graph_of(workspace, found.anchors)
    heads = anchors.heads()
    if as_json:
        print_json([in_graph(anchors, head, found if all_places else None) for head in heads])
    else:
        width = max((len(head.place) for head in heads), default=0)
        for head in heads:
            state = f"({anchors.state(head)}{', fork' if anchors.fork_of(head) else ''})"
            beginning = f"{terminal.highlighted(head.id)} {head.created:%Y-%m-%d %H:%M}"
            place = f"{head.place:{width}}"
            terminal.out(f"{beginning} {place} {state} {head.name}{found.decoration(head.id)}")
        for fork in anchors.to_reconcile():
            terminal.hint(str(fork))
    return report_problems(found.listing)
