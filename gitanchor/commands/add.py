"""`git anchor add`: write an anchor from options, from a chat's answer, or in the editor."""

from collections.abc import Sequence
from typing import Any

import click

from gitanchor import terminal
from gitanchor.anchor import TITLES
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
from gitanchor.errors import AnchorError, NotFound, WrongUsage
from gitanchor.tracker import Tracker
from gitanchor.writing import Written


@click.command("add", short_help="Write an anchor for this branch and commit.")
@click.argument("name", required=False, type=TEXT)
@section_options
@click.option(
    "-F",
    "--file",
    metavar="FILE",
    help="Take the anchor out of what a chat answered; - is standard input.",
)
@click.option("--paste", is_flag=True, help="Take the anchor out of an answer on the clipboard.")
@click.option("-y", "--yes", is_flag=True, help="With -F or --paste, do not ask, and take any section.")
@click.option("--keep-encoding", is_flag=True, help="With -F, do not repair a misread encoding.")
@click.option("--commit", "committing", is_flag=True, help="Commit just the anchor and the log.")
@JSON
def command(
    name: str | None,
    file: str | None,
    paste: bool,
    yes: bool,
    keep_encoding: bool,
    committing: bool,
    as_json: bool,
    **sections: Any,
) -> None:
    """Write an anchor for this branch and commit.

    With -c, -m, -n or -d the anchor says what they say; with -F or --paste it is taken out of a
    chat's answer, after a look at what was understood; with none of them, the editor opens on a
    form. Nothing is staged, and without --commit nothing is committed.
    """
    from gitanchor import editing

    tracker = open_tracker()
    given = sections_given(sections)
    if given + paste + (file is not None) > 1:
        raise WrongUsage("give the sections by options, with -F or with --paste, but only by one")
    if paste or file is not None:
        content, source = _input(file)
        drafts = _answered(tracker, content, source, name, yes=yes, keep_encoding=keep_encoding)
        written = tracker.add(drafts, source="chat")
    elif given:
        written = tracker.add([editing.from_options(name, **sections)], source="cli")
    else:
        editor = tracker.repository.program("GIT_EDITOR")
        with editing.in_editor(tracker.form(name), tracker.state, editor) as draft:
            written = tracker.add([draft], source="cli")
    try:
        commit = tracker.commit(written) if committing else None
    finally:
        _print(written, as_json=as_json)
    if commit:
        terminal.note(f"committed as {commit[:10]}")


def _print(written: Written, *, as_json: bool) -> None:
    if as_json:
        found = [json_of(stored) for stored in written.anchors]
        print_json(found if len(found) > 1 else found[0])
        print_troubles(written)
    else:
        print_written(written)


def _input(file: str | None) -> tuple[bytes, str]:
    """The answer, and what messages call the place it came from."""
    if file is None:
        from gitanchor import clipboard

        return clipboard.read().encode("utf-8", "surrogatepass"), "the clipboard"
    return read_input(file), "standard input" if file == "-" else file


def _answered(
    tracker: Tracker,
    content: bytes,
    source: str,
    name: str | None,
    *,
    yes: bool,
    keep_encoding: bool,
) -> Sequence[Any]:
    """The anchors in a chat's answer, once a person or --yes agreed, or they are whole.

    What became no anchor is kept in the journal.
    """
    from gitanchor import editing

    try:
        answer = editing.answered(content, source, tracker.reading, keep_encoding=keep_encoding)
        for note in answer.notes:
            terminal.note(note)
        if name is not None:
            if len(answer.drafts) > 1:
                raise WrongUsage(f"{source} holds {len(answer.drafts)} anchors; leave out the name")
            answer.drafts[0].name = name
        if not yes:
            _agree(tracker, answer.drafts, source, asking=source != "standard input")
    except AnchorError as problem:
        if not content.strip():
            raise
        kept = tracker.state.journal("paste", "answer.md", content)
        moment = kept.name.split("-")[0]
        message = f"{problem}; the text is kept: 'git anchor recover {moment}'"
        raise type(problem)(message) from None
    return answer.drafts


def _agree(tracker: Tracker, drafts: Sequence[Any], source: str, *, asking: bool) -> None:
    """Ask whether what was understood is right; where nobody can be asked, it has to be whole.

    Raises NotFound if the answer is no, or a section is missing.
    """
    if asking and terminal.is_interactive():
        for line in tracker.understood(drafts):
            terminal.note(line)
        if not click.confirm("Write this?", default=True, err=True):
            raise NotFound("nothing was written")
        return
    for draft in drafts:
        if draft.missing:
            missing = ", ".join(TITLES[section] for section in draft.missing)
            raise NotFound(f"no {missing} in {source}; --yes writes it nevertheless")
