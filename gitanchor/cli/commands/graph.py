"""`git anchor graph`: the anchors and their parents, drawn as `git log --graph` draws commits."""

from collections.abc import Iterator, Sequence

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in, report_problems
from gitanchor.cli.options import ALL, COUNT, JSON, open_workspace
from gitanchor.cli.views import in_graph, print_json
from gitanchor.model import escaping
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import WrongUsage
from gitanchor.model.graph import Graph
from gitanchor.operations import states
from gitanchor.rendering import drawing


@click.command("graph")
@click.option("-n", "--limit", metavar="N", type=COUNT, help="At most so many anchors.")
@ALL
@click.option("--dot", "as_dot", is_flag=True, help="Print the graph for Graphviz.")
@JSON
def command(limit: int | None, all_places: bool, as_dot: bool, as_json: bool) -> int:
    """Draw which anchor went on from which, newest first.

    Behind the id stands whether the anchor is open, done or superseded, whether it is one of a fork,
    and the branch whose newest anchor it is. An anchor that others went on from is superseded, which
    the drawing shows by itself. With --all, those that are not in this worktree have behind their
    names where else they lie.
    """
    if as_json and as_dot:
        raise WrongUsage("options '--json' and '--dot' cannot be used together")
    workspace = open_workspace()
    found = found_in(workspace, all_places)
    anchors = states.graph_of(workspace, found.anchors)
    shown = anchors.order()[:limit]
    if as_json:
        print_json([in_graph(anchors, anchor, found if all_places else None) for anchor in shown])
    elif as_dot:
        terminal.data("".join(f"{line}\n" for line in _dot(anchors, shown)))
    else:
        ids = ((anchor, anchors.parents(anchor)) for anchor in shown)
        rows = ((anchor.id, [parent.id for parent in parents]) for anchor, parents in ids)
        for anchor, drawn in zip(shown, drawing.draw(rows), strict=True):
            words = f"{terminal.highlighted(anchor.id)}{anchors.decoration(anchor)} {anchor.name}"
            line = f"{drawn.prefix}{words}{found.decoration(anchor.id, anchors.branch_at(anchor))}"
            terminal.data("".join(f"{row}\n" for row in (*drawn.above, line, *drawn.below)))
    return report_problems(found.listing)


def _dot(anchors: Graph, shown: Sequence[Anchor]) -> Iterator[str]:
    """Yield the graph in the language of Graphviz, children above their parents."""
    ids = {anchor.id for anchor in shown}
    yield "digraph anchors {"
    yield "    node [shape=box]"
    for anchor in shown:
        label = f"{_escaped(anchor.name)}\\n{_escaped(anchor.id + anchors.decoration(anchor))}"
        yield f'    "{anchor.id}" [label="{label}"]'
        for parent in anchors.parents(anchor):
            if parent.id in ids:
                yield f'    "{anchor.id}" -> "{parent.id}"'
    yield "}"


def _escaped(text: str) -> str:
    """Escape a text for a label of Graphviz, whose strings have escapes and HTML entities."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return escaping.one_line(text)
