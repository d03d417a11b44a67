"""`git anchor add`: write an anchor from options, from a chat's answer, or in the editor."""

from typing import Any

import click

from gitanchor import terminal
from gitanchor.commands import (
    JSON,
    TEXT,
    json_of,
    open_tracker,
    print_json,
    print_troubles,
    print_written,
    read_input,
    section_options,
    sections_given,
)
from gitanchor.errors import WrongUsage


@click.command("add")
@click.argument("name", required=False, type=TEXT)
@section_options
@click.option(
    "-F",
    "--file",
    metavar="FILE",
    help="Take the anchor out of what a chat answered; - is standard input.",
)
@click.option("--keep-encoding", is_flag=True, help="With -F, do not repair a misread encoding.")
@click.option("--commit", "committing", is_flag=True, help="Commit just the anchor and the log.")
@JSON
def command(
    name: str | None,
    file: str | None,
    keep_encoding: bool,
    committing: bool,
    as_json: bool,
    **sections: Any,
) -> None:
    """Write an anchor for this branch and commit.

    With -c, -m, -n or -d the anchor says what they say; with -F it is taken out of a chat's answer;
    with neither, the editor opens on a form. Nothing is staged, and without --commit nothing is
    committed.
    """
    from gitanchor import editing

    tracker = open_tracker()
    given = sections_given(sections)
    if file is not None and given:
        raise WrongUsage("-F takes the sections from a file; leave out -c, -m, -n and -d")
    if file is not None:
        drafts = _answered(file, name, keep_encoding)
    elif given:
        drafts = [editing.from_options(name, **sections)]
    else:
        editor = tracker.repository.program("GIT_EDITOR")
        drafts = [editing.in_editor(tracker.form(name), tracker.state, editor)]
    written = tracker.add(drafts, source="chat" if file is not None else "cli")
    if as_json:
        found = [json_of(stored) for stored in written.anchors]
        print_json(found if len(found) > 1 else found[0])
        print_troubles(written)
    else:
        print_written(written)
    if committing:
        terminal.note(f"committed as {tracker.commit(written)[:10]}")


def _answered(file: str, name: str | None, keep_encoding: bool) -> list[Any]:
    """The anchors in a chat's answer; says on standard error what was repaired or left out."""
    from gitanchor import editing

    source = "standard input" if file == "-" else file
    answer = editing.answered(read_input(file), source, keep_encoding=keep_encoding)
    for note in answer.notes:
        terminal.note(note)
    if name is not None:
        if len(answer.drafts) > 1:
            raise WrongUsage(f"{source} holds {len(answer.drafts)} anchors; leave out the name")
        answer.drafts[0].name = name
    return answer.drafts
