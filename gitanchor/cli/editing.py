"""Drafts from a person: from options, from the editor's form, or from a chat's answer.

The parser is loaded only where a text is read, because that takes a while, and options need none.
"""

import contextlib
import dataclasses
import itertools
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitanchor.cli import terminal
from gitanchor.model.anchor import PROSE, Anchor
from gitanchor.model.dependencies import dependency
from gitanchor.model.draft import Draft
from gitanchor.model.errors import (
    AnchorError,
    BadAnchorFile,
    GitFailed,
    NotFound,
    Overtaken,
    SecretFound,
    WrongUsage,
)
from gitanchor.model.texts import section_texts
from gitanchor.parsing.remark_kinds import ALTERNATIVE, CITATION, CLOSING
from gitanchor.rendering import editor_form
from gitanchor.storage import atomic, safe_open
from gitanchor.storage.state import State

if TYPE_CHECKING:
    from gitanchor.parsing.parse import Options

_ANY_YEAR: Final = 2000
_ENDED_BY_SIGINT: Final = 130
"""The exit status by which a shell reports that a command was interrupted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The anchors in a chat's answer, and sentences on what was repaired, guessed or left out.

    `as_printed` says that they come from JSON output or anchor files, so that they are added even
    if the log has the same ones.
    """

    drafts: list[Draft]
    notes: list[str]
    as_printed: bool = False
    alternatives: tuple[str, ...] = ()
    """What the answer calls its anchors, if they are alternatives of which only one is meant."""

    shortened: bool = False
    """Whether closing remarks or marks of sources were left out."""


def from_options(name: str | None, **sections: str | tuple[str, ...] | None) -> Draft:
    """Return a draft from the options of a command; see `set_options`."""
    draft = Draft(1, name=name)
    set_options(draft, **sections)
    return draft


def set_options(draft: Draft, **sections: str | tuple[str, ...] | None) -> None:
    """Set the sections of a draft that options give; `dependencies` is a tuple of texts."""
    for section, value in sections.items():
        if isinstance(value, tuple):
            if value:
                draft.dependencies = tuple(dependency(text) for text in value)
        elif value is not None:
            setattr(draft, section, value)


def of_anchor(anchor: Anchor) -> Draft:
    """Return a draft with the text of an anchor."""
    draft = Draft(1, name=anchor.name, dependencies=anchor.dependencies)
    for section in PROSE:
        setattr(draft, section, getattr(anchor, section))
    return draft


def form_of(anchor: Anchor, path: str) -> str:
    """Return the editor's form for an existing anchor; `path` is its file.

    Raises WrongUsage if the form would not be read as the same anchor.
    """
    from gitanchor.parsing.parse import Options, parse

    form = editor_form.form(anchor.name, f"Editing {path}", None, None, section_texts(anchor))
    parsed = parse(editor_form.above_scissors(form), Options(notes=True))
    same = [
        (draft.name, [getattr(draft, section) for section in PROSE], _texts(draft.dependencies))
        for draft in parsed.drafts
    ] == [(anchor.name, [getattr(anchor, section) for section in PROSE], _texts(anchor.dependencies))]
    if not same:
        raise WrongUsage(
            f"the text of {anchor.id} looks like the labels of the form; edit {path} itself"
        )
    return form


@contextlib.contextmanager
def in_editor(form: str, state: State, editor: str) -> Iterator[Draft]:
    """Open a form in an editor, and yield the anchor that a person wrote.

    `editor` is a shell command, as in git. Raises NotFound if nothing was written, GitFailed if the
    editor failed, WrongUsage if the text is not an anchor. For any failure after that, also of the
    caller, the message says where the text is kept.
    """
    path = state.new_form()
    try:
        atomic.write(path, form.encode(), state.scratch)
        status = _left_to(["sh", "-c", f'{editor} "$@"', editor, str(path)])
        written = _written(path, form)
        if status != 0:
            raise GitFailed(f"the editor '{editor}' failed; nothing was written")
        if written is None:
            raise NotFound("the form was not changed; nothing was written")
        yield _form_read(written)
        path.unlink(missing_ok=True)
    except Overtaken:  # the journal has the text
        path.unlink(missing_ok=True)
        raise
    except SecretFound as problem:
        raise SecretFound(problem.lines, f"{problem}; your text is still in '{path}'") from None
    except (KeyboardInterrupt, OSError):
        if _written(path, form) is None:
            path.unlink(missing_ok=True)
        else:
            terminal.note(f"your text is kept in '{path}'")
        raise
    except AnchorError as problem:
        if _written(path, form) is None:
            path.unlink(missing_ok=True)
            raise
        raise type(problem)(f"{problem}; your text is kept in '{path}'") from None


def _left_to(editor: Sequence[str]) -> int:
    """Run an editor and return its status. Meanwhile only the editor gets Ctrl-C, as with git.

    Raises KeyboardInterrupt if it ended the editor.
    """
    mine = threading.current_thread() is threading.main_thread()  # other threads cannot set handlers
    mine = mine and signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None)
    # A function, because the editor would inherit SIG_IGN (signal(7)).
    before = signal.signal(signal.SIGINT, lambda *_: None) if mine else None
    try:
        status = subprocess.run(editor, check=False).returncode
    finally:
        if mine:
            signal.signal(signal.SIGINT, before)
    if status in (-signal.SIGINT, _ENDED_BY_SIGINT):
        raise KeyboardInterrupt
    return status


def _written(path: Path, form: str) -> bytes | None:
    """Return what a person wrote into a form; None if it is unchanged, empty or gone."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    above = editor_form.above_scissors(content.decode("utf-8", "replace").replace("\r\n", "\n"))
    unchanged = above.strip() == editor_form.above_scissors(form).strip()
    return None if unchanged or not above.strip() else content


def _form_read(content: bytes) -> Draft:
    from gitanchor.parsing import encoding
    from gitanchor.parsing.parse import Options, parse

    if len(content) > safe_open.MOST_OF_ANSWER:
        raise WrongUsage(f"the form is larger than {safe_open.MOST_OF_ANSWER >> 20} MiB")
    text = encoding.decode(content, "the form", keep_encoding=True).text
    parsed = parse(editor_form.above_scissors(text), Options(notes=True))
    lost = [remark for remark in parsed.remarks if remark.kind == "left out"]
    if len(parsed.drafts) == 1 and parsed.drafts[0].is_empty and not lost:
        raise NotFound("the form says nothing in any section; nothing was written")
    if len(parsed.drafts) != 1 or lost:
        what = f"line {lost[0].first} is in no section" if lost else "it holds more than one anchor"
        raise WrongUsage(f"the form cannot be read: {what}")
    return parsed.drafts[0]


def answered(
    content: bytes,
    source: str,
    options: "Options",
    known: Callable[[], Sequence[Anchor]],
    *,
    file: str | None = None,
    keep_encoding: bool = False,
) -> Answer:
    """Return the anchors in a chat's answer, or in output of git anchor.

    `source` is the name of the text in messages, `file` that of the file that has it. `known`
    returns the present anchors, which are needed to read a generated log whose comments a tool
    changed. Raises NotFound if there is no anchor, WrongUsage or BadAnchorFile for output of git
    anchor that is damaged, or lacks the text of an anchor.
    """
    from gitanchor.log import mending
    from gitanchor.parsing import printed
    from gitanchor.parsing.parse import decode, parse

    options = options.of_answer(file)
    decoded = decode(content, source, keep_encoding=keep_encoding)
    try:
        as_printed = printed.read(decoded.text) is not None
    except BadAnchorFile as problem:
        raise BadAnchorFile(source, problem.reason) from None
    except WrongUsage as problem:
        raise WrongUsage(f"{source}: {problem}") from None
    if not as_printed and mending.is_damaged(decoded.text):
        mended = mending.mend(decoded.text, known())
        parsed = mended.told(mended.read(options))
    else:
        parsed = parse(decoded.text, options)
    if not parsed.drafts:
        requests = [remark for remark in parsed.remarks if remark.kind == "request"]
        if requests:
            raise NotFound(f"{source}:{requests[0].first}: only a request that nobody filled in")
        raise NotFound(
            f"no anchor in {source}; it takes lines such as 'Resume from anchor: NAME' and 'Context:'"
        )
    notes = [f"{source}: {repair}" for repair in decoded.repairs]
    notes += [
        f"{source}:{remark.first}: {remark.kind}: {remark.message}"
        for remark in parsed.remarks
        if remark.kind not in ("layout", ALTERNATIVE)
    ]
    notes += [
        f"{source}: left out: {', '.join(kept)} of {draft.name} ({draft.id})"
        for draft in parsed.drafts
        if (kept := printed.left_out(draft))
    ]
    drafts = _oldest_first(parsed.drafts)
    if drafts != list(parsed.drafts):
        notes.append(f"{source}: newest of {len(drafts)} anchors on top, so the lowest is written first")
    kinds = {remark.kind for remark in parsed.remarks}
    alternatives = [remark.message for remark in parsed.remarks if remark.kind == ALTERNATIVE]
    names = [draft.name for draft in drafts if draft.name is not None]
    if len(alternatives) != len(drafts) and len(set(names)) < len(names) and not as_printed:
        alternatives = [f"line {draft.line}" for draft in drafts]
    return Answer(
        drafts,
        notes,
        as_printed,
        tuple(alternatives) if len(alternatives) == len(drafts) > 1 else (),
        not kinds.isdisjoint((CLOSING, CITATION)),
    )


def _oldest_first(drafts: Sequence[Draft]) -> list[Draft]:
    """Reverse the drafts of one text if their times show that the newest is on top.

    That requires that each has a readable time, earlier than the one above it. Without any time,
    numbers of sessions order them. Else their order is kept.
    """
    from gitanchor.parsing import years
    from gitanchor.parsing.documents import found_dates

    times = [draft.time and dataclasses.replace(draft.time) for draft in drafts]
    years.settle(times, years.Limit(first_year=_ANY_YEAR))  # only the order counts
    moments = [time.moment if time else None for time in times]
    known = [moment for moment in moments if moment is not None]
    numbered = None if known else found_dates.oldest_first([draft.name or "" for draft in drafts])
    if numbered is not None:
        return [drafts[place] for place in numbered]
    zoned = {moment.tzinfo is not None for moment in known}
    falling = len(known) == len(moments) and len(zoned) == 1
    falling = falling and all(above > below for above, below in itertools.pairwise(known))
    return list(reversed(drafts)) if falling else list(drafts)


def _texts(items: tuple[object, ...]) -> list[str]:
    return [getattr(item, "text", "") for item in items]
