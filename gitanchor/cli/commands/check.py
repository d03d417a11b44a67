"""`git anchor check`: whether what an anchor depends on is here, now."""

from collections.abc import Sequence
from pathlib import Path

import click

from gitanchor.checks import report, venvs
from gitanchor.checks.report import MARKS, Difference, Row
from gitanchor.cli import terminal
from gitanchor.cli.options import JSON, SELECTOR, TEXT, open_workspace, read_input, save_as
from gitanchor.cli.selection import select_anywhere
from gitanchor.cli.views import print_json
from gitanchor.model import escaping
from gitanchor.model.errors import WrongUsage
from gitanchor.operations import resume


@click.command("check")
@SELECTOR
@click.option("--network", is_flag=True, help="Also ask hosts and ports.")
@click.option(
    "--venv", type=TEXT, metavar="FOLDER", help="The virtual environment to look for packages in."
)
@click.option("--save", type=TEXT, metavar="FILE", help="Write what is here to FILE, to be compared.")
@click.option(
    "--compare", type=TEXT, metavar="FILE", help="Print where the machine that saved FILE differs."
)
@JSON
def command(
    selector: str | None,
    network: bool,
    venv: str | None,
    save: str | None,
    compare: str | None,
    as_json: bool,
) -> int:
    """Say whether what an anchor depends on is here, now: there, missing, or not known.

    What is looked for are the checks of its dependencies: those in its file, or what their texts
    certainly mean. Nothing of the repository is executed. If something required is missing, the
    exit status is 1; with --compare it is 1 if the machines differ.
    """
    workspace = open_workspace()
    _, stored = select_anywhere(workspace, selector)
    content = read_input(compare) if compare is not None else None
    environment = Path(venv).expanduser().absolute() if venv else None
    if environment and venvs.read(environment) is None:
        raise WrongUsage(
            f"'{environment}' is no virtual environment; give the folder that holds pyvenv.cfg"
        )
    rows = resume.check(workspace, stored, report.PATIENTLY, environment=environment, network=network)
    if save is not None:
        save_as(workspace, Path(save).absolute(), report.saved(stored.anchor, rows))
    if content is not None:
        machine, found = report.differences(rows, content, compare or "")
        if as_json:
            print_json([_difference_json(difference) for difference in found])
        else:
            _print_differences(machine, found)
        return int(bool(found))
    if as_json:
        print_json([row.as_dict() for row in rows])
    else:
        _print(rows)
    return int(report.lacks_something(rows))


def _print(rows: Sequence[Row]) -> None:
    _print_table(
        [
            (
                MARKS[row.answer.state],
                row.wanted,
                row.answer.found
                + ("" if row.is_required or row.answer.state != "missing" else " (optional)"),
                row.answer.advice or "",
            )
            for row in rows
        ]
    )


def _print_table(lines: Sequence[tuple[str, ...]]) -> None:
    """Print columns; the last one is not padded."""
    lines = [tuple(map(escaping.one_line, line)) for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (f"{cell:{width}}" for cell, width in zip(line, widths, strict=True))
        terminal.out("  ".join(cells).rstrip())


def _print_differences(machine: str, found: Sequence[Difference]) -> None:
    def told(side: tuple[str, str] | None) -> str:
        return "not asked" if side is None else f"{MARKS.get(side[0], '?')} {side[1]}"

    if found:
        rows = [
            (difference.check, told(difference.here), told(difference.there)) for difference in found
        ]
        _print_table([("", "here", machine or "there"), *rows])


def _difference_json(difference: Difference) -> dict[str, object]:
    def side(pair: tuple[str, str] | None) -> dict[str, str] | None:
        return pair and {"state": pair[0], "found": pair[1]}

    return {"check": difference.check, "here": side(difference.here), "there": side(difference.there)}
