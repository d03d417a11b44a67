"""`git anchor search`: the lines of anchors that hold words."""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import click

from gitanchor import prompts, terminal
from gitanchor.anchor import Anchor
from gitanchor.commands import (
    ALL,
    JSON,
    TEXT,
    found_in,
    json_in,
    open_tracker,
    print_json,
    report_problems,
)
from gitanchor.errors import NotFound


class Match(NamedTuple):
    """A line that holds a word: its section, its number there, from 1, and its text."""

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
    found = found_in(open_tracker(), all_places)
    wanted = {_compared(word, ignore_case) for word in words}
    searched = (
        (stored, _matches(stored.anchor, wanted, ignore_case))
        for stored in found.anchors
        if _may_match(stored.data, wanted, ignore_case)
    )
    matching = [(stored, matches) for stored, matches in searched if matches]
    if as_json:
        shown = ((json_in(found, stored, all_places), matches) for stored, matches in matching)
        print_json(
            [{**anchor, "matches": [item._asdict() for item in items]} for anchor, items in shown]
        )
    else:
        for stored, matches in matching:
            anchor_id, name = stored.anchor.id, stored.anchor.name
            start = f"{terminal.highlighted(anchor_id)} {name}{found.decoration(anchor_id)}"
            for match in matches:
                terminal.out(f"{start}:{match.section}: {match.text}")
    return report_problems(found) or (0 if matching else NotFound.exit_code)


def _may_match(data: str, wanted: Collection[str], ignore_case: bool) -> bool:
    """Whether an anchor, given as JSON, may hold words; so that most need not be taken apart.

    JSON escapes quotes, backslashes and all but ASCII, of which some letters compare as others do.
    """
    if "\\u" in data:
        return True
    compared = data.lower() if ignore_case else data
    return all(
        word in compared or not word.isascii() or not word.isprintable() or "\\" in word or '"' in word
        for word in wanted
    )


def _matches(anchor: Anchor, wanted: Collection[str], ignore_case: bool) -> list[Match]:
    """The lines of an anchor that hold any of the words; none if it does not hold them all."""
    lines = [(match, _compared(match.text, ignore_case)) for match in _lines(anchor)]
    if not all(any(word in line for _, line in lines) for word in wanted):
        return []
    return [match for match, line in lines if any(word in line for word in wanted)]


def _lines(anchor: Anchor) -> Iterator[Match]:
    """Everything of an anchor that is searched, line by line."""
    for section, text in {"name": anchor.name, **prompts.section_texts(anchor)}.items():
        for number, line in enumerate(text.split("\n"), 1):
            yield Match(section, number, line)


def _compared(text: str, ignore_case: bool) -> str:
    """A text as it is compared: however its accents are encoded, and maybe whatever its case."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return composed.casefold() if ignore_case else composed
