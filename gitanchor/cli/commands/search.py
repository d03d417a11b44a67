"""`git anchor search`: the lines of anchors that contain words."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import click

from gitanchor.cli import terminal
from gitanchor.cli.listed import found_in, report_problems
from gitanchor.cli.options import ALL, JSON, TEXT, open_workspace
from gitanchor.cli.views import json_in, print_json
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import NotFound, WrongUsage
from gitanchor.model.texts import compared, searched


class Match(NamedTuple):
    """A line that contains a word: its section, its number in that, from 1, and its text."""

    section: str
    line: int
    text: str


@click.command("search")
@click.argument("words", metavar="WORD...", nargs=-1, required=True, type=TEXT)
@click.option(
    "-i",
    "--ignore-case",
    "ignore_case",
    flag_value=True,
    type=bool,
    default=True,
    help="Take upper and lower case for the same: the default.",
)
@click.option("--case-sensitive", "ignore_case", flag_value=False, type=bool, help="Tell them apart.")
@ALL
@JSON
def command(words: Sequence[str], ignore_case: bool, all_places: bool, as_json: bool) -> int:
    """Search the names and sections of the anchors, newest first.

    An anchor is found if it holds each WORD somewhere, as it stands, be it a part of a longer word;
    its lines that hold any of them are printed. A WORD in quotes may hold spaces. The exit status
    is 1 if nothing is found.
    """
    if "" in words:
        raise WrongUsage("a WORD is empty, and would be in each line; give what to search for")
    found = found_in(open_workspace(), all_places)
    wanted = {compared(word, ignore_case=ignore_case) for word in words}
    candidates = found.listing.holding([compared(word) for word in words])
    searched_in = ((stored, _matches(stored.anchor, wanted, ignore_case)) for stored in candidates)
    matching = [(stored, matches) for stored, matches in searched_in if matches]
    if as_json:
        shown = ((json_in(found, stored, all_places), matches) for stored, matches in matching)
        print_json(
            [{**anchor, "matches": [item._asdict() for item in items]} for anchor, items in shown]
        )
    else:
        lines: list[str] = []
        for stored, matches in matching:
            anchor_id, name = stored.anchor.id, stored.anchor.name
            start = f"{terminal.highlighted(anchor_id)} {name}{found.decoration(anchor_id)}"
            lines += (f"{start}:{match.section}: {match.text}\n" for match in matches)
        terminal.data("".join(lines))
    return report_problems(found.listing) or (0 if matching else NotFound.exit_code)


def _matches(anchor: Anchor, wanted: Collection[str], ignore_case: bool) -> list[Match]:
    """Return the lines of an anchor that contain any of the words; none unless it contains all words."""
    lines = [(match, compared(match.text, ignore_case=ignore_case)) for match in _lines(anchor)]
    if not all(any(word in line for _, line in lines) for word in wanted):
        return []
    return [match for match, line in lines if any(word in line for word in wanted)]


def _lines(anchor: Anchor) -> Iterator[Match]:
    """Yield each line of an anchor that is searched."""
    for section, text in searched(anchor).items():
        for number, line in enumerate(text.split("\n"), 1):
            yield Match(section, number, line)
