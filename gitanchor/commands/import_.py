"""`git anchor import`: the anchors of hand-kept logs."""

from collections.abc import Iterator
from typing import Any

import click

from gitanchor import terminal
from gitanchor.anchor import git_date
from gitanchor.commands import (
    JSON,
    TEXT,
    json_of,
    open_tracker,
    print_json,
    print_troubles,
    read_input,
)
from gitanchor.store import FOLDER, StoredAnchor
from gitanchor.tracker import Imported

_DONE = {"add": "added", "update": "updated", "keep": "here already"}
_PLANNED = {"add": "to add", "update": "to update", "keep": "here already"}


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--dry-run", is_flag=True, help="Only print what would be imported.")
@click.option(
    "--branch", metavar="BRANCH", type=TEXT, help="The branch of entries whose text names none."
)
@click.option(
    "--timezone", "zone", metavar="ZONE", help="The zone of times without one, such as Europe/Berlin."
)
@click.option("--keep-encoding", is_flag=True, help="Do not repair a misread encoding.")
@JSON
def command(
    files: tuple[str, ...],
    dry_run: bool,
    branch: str | None,
    zone: str | None,
    keep_encoding: bool,
    as_json: bool,
) -> None:
    """Make anchors of the entries in hand-kept logs.

    What is imported already is not imported again. Every line that is in no anchor is named, with
    everything that was repaired or guessed.
    """
    tracker = open_tracker()
    reports = []
    for file in files:
        imported = tracker.import_text(
            read_input(file),
            file,
            branch=branch,
            zone=zone,
            keep_encoding=keep_encoding,
            dry_run=dry_run,
        )
        if as_json:
            reports.append(_as_json(file, imported))
        else:
            for line in _report(file, imported, _PLANNED if dry_run else _DONE):
                terminal.out(line)
        print_troubles(imported.written)
    if as_json:
        print_json(reports)


def _report(file: str, imported: Imported, words: dict[str, str]) -> Iterator[str]:
    """What an import found, repaired, guessed and left out, in the order of the lines."""
    plan = imported.plan
    for repair in imported.repairs:
        yield f"{file}: {repair}"
    lines = [
        (entry.line, f"{file}:{entry.line}: {words[entry.action]} {_summary(entry.anchor)}")
        for entry in plan.entries
    ]
    rules = [remark.first for remark in plan.remarks if remark.kind == "layout"]
    for remark in plan.remarks:
        if remark.kind != "layout":
            span = f"{remark.first}-{remark.last}" if remark.last > remark.first else remark.first
            lines.append((remark.first, f"{file}:{span}: {remark.kind}: {remark.message}"))
    yield from (line for _, line in sorted(lines, key=lambda pair: pair[0]))
    if rules:
        which = "line" if len(rules) == 1 else "lines"
        yield f"{file}: layout: rules in {which} {', '.join(map(str, rules))}"
    if imported.kept:
        yield f"{file}: replaced by the generated log; the text as it was is kept in {imported.kept}"
    counts = dict.fromkeys(words.values(), 0)
    for entry in plan.entries:
        counts[words[entry.action]] += 1
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    plural = "" if len(plan.entries) == 1 else "s"
    yield f"{file}: {len(plan.entries)} anchor{plural} found: {told}"


def _summary(anchor: Any) -> str:
    branch = f" on {anchor.branch}" if anchor.branch else ""
    return f"{anchor.id} {git_date(anchor.created)}{branch} {anchor.name}"


def _as_json(file: str, imported: Imported) -> dict[str, Any]:
    return {
        "file": file,
        "repairs": list(imported.repairs),
        "entries": [
            {
                "line": entry.line,
                "action": entry.action,
                "anchor": json_of(StoredAnchor(entry.anchor, f"{FOLDER}/{entry.anchor.path}")),
            }
            for entry in imported.plan.entries
        ],
        "remarks": [
            {"first": item.first, "last": item.last, "kind": item.kind, "message": item.message}
            for item in imported.plan.remarks
        ],
    }
