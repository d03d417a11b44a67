"""`git anchor parse`: what gitanchor understands of a text, without writing anything."""

from typing import Any

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import JSON, open_workspace, read_input
from gitanchor.cli.views import indented, print_json
from gitanchor.model.anchor import TITLES
from gitanchor.model.wording import counted
from gitanchor.operations import add
from gitanchor.storage import safe_open


@click.command("parse")
@click.argument("file", metavar="FILE|-")
@click.option("--keep-encoding", is_flag=True, help="Do not repair a misread encoding.")
@JSON
def command(file: str, keep_encoding: bool, as_json: bool) -> int:
    """Show which anchors a text holds, by lines, and what was guessed, repaired or left out.

    Writes nothing. The exit status is 1 if there is no anchor in it.
    """
    source = "standard input" if file == "-" else file
    read = add.read_text(
        open_workspace(),
        read_input(file, safe_open.MOST_OF_LOG),
        source,
        file=None if file == "-" else file,
        keep_encoding=keep_encoding,
    )
    drafts = [_shown(draft) for draft in read.parsed.drafts]
    if as_json:
        remarks = [
            {"first": item.first, "last": item.last, "kind": item.kind, "message": item.message}
            for item in read.parsed.remarks
        ]
        print_json({"repairs": list(read.repairs), "drafts": drafts, "remarks": remarks})
    else:
        for repair in read.repairs:
            terminal.out(f"{source}: {repair}")
        for draft in drafts:
            _print(source, draft)
        for item in read.parsed.remarks:
            span = f"{item.first}-{item.last}" if item.last > item.first else item.first
            terminal.out(f"{source}:{span}: {item.kind}: {item.message}")
        found = counted(len(drafts), "anchor")
        terminal.out(f"{source}: {found} found")
    return 0 if drafts else 1


def _shown(draft: Any) -> dict[str, Any]:
    """Return a draft as JSON: those fields of an anchor that the text has."""
    time = draft.time
    return {
        "first": draft.line,
        "last": draft.last,
        "id": draft.id,
        "name": draft.name,
        "written_time": time and time.text,
        "created": time.moment.isoformat() if time and time.moment else None,
        "branch": draft.branch,
        "context": draft.context,
        "milestone": draft.milestone,
        "next_action": draft.next_action,
        "dependencies": [item.as_dict() for item in draft.dependencies],
        "notes": draft.notes,
        "sections": {
            section: {"first": first, "last": last} for section, (first, last) in draft.lines.items()
        },
    }


def _print(source: str, draft: dict[str, Any]) -> None:
    name = draft["name"] or "(no name)"
    terminal.out(f"{source}:{draft['first']}-{draft['last']}: {name}")
    for key, title in (("written_time", "Time"), ("branch", "Branch")):
        if draft[key]:
            terminal.out(f"    {title}: {draft[key]}")
    for section, title in TITLES.items():
        if section == "dependencies":
            text = "\n".join(f"{item['kind']}: {item['text']}" for item in draft[section])
        else:
            text = draft[section]
        if text:
            terminal.out("\n".join([f"    {title}{_place(draft, section)}:", *indented(text)]))


def _place(draft: dict[str, Any], section: str) -> str:
    """Return the lines of a section; empty for notes, which may have several places."""
    lines = draft["sections"].get(section)
    if lines is None:
        return ""
    first, last = lines["first"], lines["last"]
    return f" (line {first})" if first == last else f" (lines {first}-{last})"
