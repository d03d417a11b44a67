"""`git anchor add`: write an anchor from options, from a chat's answer, or in the editor."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import (
    ALLOW_SECRET,
    JSON,
    TEXT,
    open_workspace,
    read_input,
    section_options,
    sections_given,
)
from gitanchor.cli.selection import select_anywhere
from gitanchor.cli.views import json_of, print_json, print_troubles, print_written
from gitanchor.model.anchor import TITLES, Anchor, checked_name
from gitanchor.model.draft import Draft
from gitanchor.model.errors import AnchorError, BadAnchorFile, NotFound, SecretFound, WrongUsage
from gitanchor.operations import add, commit, render
from gitanchor.operations.workspace import Workspace
from gitanchor.storage import safe_open
from gitanchor.storage.store import StoredAnchor
from gitanchor.storage.writer import Written
from gitanchor.tracking import conditions

if TYPE_CHECKING:
    from gitanchor.cli import editing

_NO_PARENT = "none"


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
@click.option(
    "--parent",
    "parents",
    metavar="SELECTOR",
    type=TEXT,
    multiple=True,
    help="Go on from this anchor, not from the one that resume offers; two or more reconcile a fork,"
    " 'none' starts a thread of its own.",
)
@click.option(
    "--done-when",
    metavar="CONDITION",
    type=TEXT,
    multiple=True,
    help="Close the anchor once this is true: file:PATH, merged:BRANCH or anchor:ID.",
)
@ALLOW_SECRET
@click.option("--commit", "committing", is_flag=True, help="Commit just the anchor and the log.")
@JSON
def command(
    name: str | None,
    file: str | None,
    paste: bool,
    yes: bool,
    keep_encoding: bool,
    parents: tuple[str, ...],
    done_when: tuple[str, ...],
    committing: bool,
    as_json: bool,
    **sections: Any,
) -> None:
    """Write an anchor for this branch and commit.

    With -c, -m, -n or -d the anchor says what they say; with -F or --paste it is taken out of a
    chat's answer, after a look at what was understood; with none of them, the editor opens on a
    form. Nothing is staged, and without --commit nothing is committed.
    """
    from gitanchor.cli import editing

    workspace = open_workspace()
    given = sections_given(sections)
    if given + paste + (file is not None) > 1:
        raise WrongUsage("give the sections by options, with -F or with --paste, but only by one")
    write = _adding(workspace, parents, done_when)
    here: Sequence[StoredAnchor] = ()
    if paste or file is not None:
        content, source = _input(file)
        workspace.gate.refuse({source: content})
        with _kept(workspace, content):
            named = None if file == "-" else file
            answer = _answer(workspace, content, source, name, named, keep_encoding=keep_encoding)
            if not (answer.as_printed or answer.alternatives or parents or done_when):
                here = _written_before(workspace, answer.drafts)
            drafts = answer.drafts[len(here) :]
            if answer.alternatives:
                drafts = [_chosen(answer, source, asking=source != "standard input")]
            if drafts and not yes:
                _agree(workspace, drafts, source, asking=source != "standard input")
            if here:
                write = functools.partial(write, parents=(here[-1].facts.id,))
            written = (
                write(drafts, source="chat") if drafts else render.follow_up(workspace, Written(()))
            )
        if answer.shortened:
            _keep(workspace, content)  # nothing of it is in an anchor
    elif given:
        written = write([editing.from_options(name, **sections)], source="cli")
    else:
        if name is not None:
            checked_name(name)
        editor = workspace.repository.program("GIT_EDITOR")
        with editing.in_editor(add.form(workspace, name), workspace.state, editor) as draft:
            written = write([draft], source="cli")
    try:
        new = (*here, *written.anchors)
        made = commit.commit(workspace, Written(new)) if committing and new else None
    finally:
        _print(workspace, written, here, as_json=as_json)
    if made:
        terminal.note(f"committed as {made[:10]}")


def _adding(
    workspace: Workspace, parents: Sequence[str], done_when: Sequence[str]
) -> Callable[..., Written]:
    """Return a function that writes drafts with the given parents and conditions."""
    if _NO_PARENT in parents and len(parents) > 1:
        raise WrongUsage("option '--parent none' cannot be used with other parents")
    ids = [select_anywhere(workspace, parent)[1].anchor.id for parent in parents if parent != _NO_PARENT]
    return functools.partial(
        add.add,
        workspace,
        parents=tuple(dict.fromkeys(ids)) if parents else None,
        done_when=tuple(dict.fromkeys(map(conditions.checked, done_when))),
    )


def _print(
    workspace: Workspace, written: Written, here: Sequence[StoredAnchor], *, as_json: bool
) -> None:
    if as_json:
        found = [json_of(stored) for stored in (*here, *written.anchors)]
        print_json(found[0] if len(found) == 1 else found)
        print_troubles(written)
    else:
        first = written.anchors[0] if written.anchors and not here else None
        print_written(written, add.parent_elsewhere(workspace, first) if first else None)


_NO_ANSWER = "no answer of a chat is that long, 'git anchor import' takes logs"


def _input(file: str | None) -> tuple[bytes, str]:
    """Return the answer of a chat, and what messages call its source."""
    if file is None:
        from gitanchor.cli import clipboard

        content = clipboard.read().encode("utf-8", "surrogatepass")
        if len(content) > safe_open.MOST_OF_ANSWER:
            raise WrongUsage(
                f"the clipboard holds more than {safe_open.MOST_OF_ANSWER >> 20} MiB; {_NO_ANSWER}"
            )
        return content, "the clipboard"
    return read_input(
        file, safe_open.MOST_OF_ANSWER, _NO_ANSWER
    ), "standard input" if file == "-" else file


def _answer(
    workspace: Workspace,
    content: bytes,
    source: str,
    name: str | None,
    file: str | None,
    *,
    keep_encoding: bool,
) -> "editing.Answer":
    """Return what a chat's answer says, without the copies of anchors from the log."""
    from gitanchor.cli import editing

    @functools.cache
    def known() -> Sequence[Anchor]:
        return [stored.anchor for stored in workspace.listing.anchors]

    answer = editing.answered(
        content, source, workspace.reading, known, file=file, keep_encoding=keep_encoding
    )
    for note in answer.notes:
        terminal.note(note)
    if name is not None:
        if len(answer.drafts) > 1:
            raise WrongUsage(f"{source} holds {len(answer.drafts)} anchors; leave out the name")
        answer.drafts[0].name = name
    if not answer.as_printed:
        answer = dataclasses.replace(answer, drafts=list(_new(answer.drafts, known)))
    return answer


def _chosen(answer: "editing.Answer", source: str, *, asking: bool) -> Draft:
    """Return the draft that a person chooses of alternatives. Raises NotFound if nobody can be asked."""
    offered = ", ".join(answer.alternatives)
    if not (asking and terminal.is_interactive()):
        raise NotFound(
            f"{source} offers {len(answer.drafts)} alternatives ({offered}); keep the one that you chose"
        )
    for number, (title, draft) in enumerate(zip(answer.alternatives, answer.drafts, strict=True), 1):
        terminal.note(f"{number}  {title}: {draft.name or draft.next_action}")
    which = click.prompt("Which one", type=click.IntRange(1, len(answer.drafts)), err=True)
    return answer.drafts[which - 1]


def _new(drafts: Sequence[Draft], known: Callable[[], Sequence[Anchor]]) -> Iterator[Draft]:
    """Yield the drafts that are not copies of anchors from the log; copies are reported."""
    from gitanchor.log import hand_edits

    for draft in drafts:
        twin = hand_edits.here_already(draft, known()) if draft.time else None
        if twin is None:
            yield draft
        else:
            _note_twin(twin)


def _written_before(workspace: Workspace, drafts: Sequence[Draft]) -> Sequence[StoredAnchor]:
    """Return the anchors of this answer that an earlier run wrote, which are reported."""
    here = add.written_before(workspace, drafts)
    for stored in here:
        _note_twin(stored.anchor)
    return here


def _note_twin(twin: Anchor) -> None:
    terminal.note(f"already here: {twin.name} ({twin.id})")


@contextlib.contextmanager
def _kept(workspace: Workspace, content: bytes) -> Iterator[None]:
    """Keep a text in the journal, and say so, if anything fails before its anchors are written."""
    try:
        yield
    except SecretFound:  # the journal must not have it either
        raise
    except AnchorError as problem:
        where = _keep(workspace, content)
        if where is None:
            raise
        path = (problem.path,) if isinstance(problem, BadAnchorFile) else ()
        reason = problem.reason if isinstance(problem, BadAnchorFile) else str(problem)
        raise type(problem)(*path, f"{reason}; {where}") from None
    except (click.Abort, KeyboardInterrupt, OSError):
        where = _keep(workspace, content)
        if where is not None:
            terminal.note(f"\n{where}" if terminal.is_interactive() else where)
        raise


def _keep(workspace: Workspace, content: bytes) -> str | None:
    """Keep a text in the journal and return a message about it; None if that fails."""
    if not content.strip():
        return None
    try:
        kept = workspace.state.journal("paste", "answer.md", content)
    except AnchorError:  # the first failure is the one to report
        return None
    return f"the text is kept: 'git anchor recover {kept.name.split('-')[0]}'"


def _agree(workspace: Workspace, drafts: Sequence[Any], source: str, *, asking: bool) -> None:
    """Ask whether the anchors were read correctly; if nobody can be asked, they have to be complete.

    Raises NotFound if the answer is no, or a section is missing.
    """
    if asking and terminal.is_interactive():
        from gitanchor.model import comparison

        for line in comparison.understood(drafts, add.parent(workspace), add.suggested_name(workspace)):
            terminal.note(line)
        if not click.confirm("Write this?", default=True, err=True):
            raise NotFound("nothing was written")
        return
    for draft in drafts:
        if draft.missing:
            missing = ", ".join(TITLES[section] for section in draft.missing)
            raise NotFound(f"no {missing} in {source}; use --yes to add it anyway")
