"""The man page git-anchor(1), made from the commands' own help: python docs/manpage.py.

What the commands and their options are comes from click; what they share stands here. The page is
plain ASCII, and the same on every machine, so that a test can tell when the stored one is stale.
"""

import re
import sys
from collections.abc import Iterator
from typing import Final

import click

from gitanchor import __version__
from gitanchor.cli.main import COMMANDS, main
from gitanchor.storage.config import DEFAULT_COMMITS, DEFAULT_HOURS, DEFAULT_LOG

_SELECTORS: Final = (
    ("`@`", "The newest anchor of the branch that is checked out. The default, but for resume."),
    ("`@{`_N_`}`", "The one that is _N_ anchors before it: `@{0}` is `@`, `@{1}` the one before."),
    ("_BRANCH_`@{`_N_`}`", "The same on another branch, such as `trial@{0}`, or `trial@` for short."),
    ("_ID_", "An anchor's id, or its first digits: four or more, as many as make it the only one."),
    ("_NAME_", "An anchor's name. If several have it, the newest is taken, and a line says so."),
    ("_PART_", "A part of a name that no other name has, in upper or lower case."),
)
_CONFIGURATION: Final = (
    (
        "`anchor.remind.commits`",
        "The reminder speaks when the branch is this many commits past its newest anchor."
        f" {DEFAULT_COMMITS} unless set; 0 switches it off.",
    ),
    (
        "`anchor.remind.hours`",
        "The reminder speaks when a commit is made this many hours after the newest anchor of the"
        f" branch. {DEFAULT_HOURS} unless set; 0 switches it off.",
    ),
    (
        "`anchor.trailer`",
        "Whether commits get a trailer `Anchor:` _ID_, which names the anchor that was resumed, else the"
        " newest one of the branch. Off unless set to `true`.",
    ),
    (
        "`.anchors/config.yaml`",
        "What the team shares: `log.path`, the path of the generated log, and `remind.commits` and"
        " `remind.hours`, as above; `parse.day_first`, true where dates have the day first; and"
        " below `labels` names of sections, such as `Where it hurts: dependencies`. git's own"
        " configuration wins over this file.",
    ),
)
_FILES: Final = (
    ("`.anchors/`_YEAR_`/`_MONTH_`/*.yaml`", "The anchors, one file each. Commit them."),
    ("`.anchors/config.yaml`", "The settings that the team shares. Commit it."),
    ("`.anchors/foreword.md`", "The team's own text at the top of the log. Commit it."),
    (
        "`.anchors/templates/*.j2`",
        "The team's own templates, used once they are trusted. Commit them.",
    ),
    (
        f"`{DEFAULT_LOG}`",
        "The generated log. Commit it. What is edited in it, `git anchor absorb` takes in.",
    ),
    (
        "`$GIT_COMMON_DIR/gitanchor/`",
        "What this clone remembers: the journal of everything that was written, replaced or"
        " removed, and of texts that became no anchor; which commits were rewritten; which templates"
        " are trusted; and what the hooks read.",
    ),
    (
        "`$GIT_DIR/gitanchor/`",
        "What this worktree remembers: the cache, the lock, the anchor that was resumed, and what"
        " can be undone.",
    ),
    (
        "`refs/anchors/`_ID_",
        "Keeps the commit of an anchor, so that `git diff anchors/`_ID_ shows what changed since.",
    ),
)
_EXIT_STATUS: Final = (
    ("`0`", "It was done."),
    ("`1`", "The answer is no: nothing matches, a check failed, or a file could not be written."),
    ("`2`", "Wrong usage: a bad option, value, name or input."),
    ("`3`", "An anchor file, or the settings file, is bad. It is named, and left as it is."),
    ("`4`", "git refused, failed, or is missing."),
    ("`5`", "Another process holds the lock."),
    ("`6`", "A secret was found, so that nothing was written."),
    ("`130`", "Interrupted."),
    ("`141`", "What read the output did not want all of it."),
)
_EXAMPLES: Final = (
    (
        "Make a repository ready, and commit what that made:",
        "git anchor init",
        "git add -- .anchors .gitattributes GPT_Anchors_Log.md",
        "git commit -m 'Keep anchors'",
    ),
    ("Print the text that asks a chat for an anchor:", "git anchor request Rain_Gauge_Debug"),
    ("Write the chat's answer, which is on the clipboard, as an anchor:", "git anchor add --paste"),
    ("Write the chat's answer, which is in a file, as an anchor:", "git anchor add -F answer.md"),
    (
        "Write an anchor without a chat, and commit just the anchor and the log:",
        "git anchor add Rain_Gauge_Debug -c 'Gauge counts twice' -n 'Scope the switch' --commit",
    ),
    ("Start the next chat from the newest anchor of this branch:", "git anchor resume"),
    ("See what changed since an anchor:", "git anchor diff Rain_Gauge_Debug --stat"),
    ("Bring back what is nowhere but in the journal:", "git anchor recover --all"),
)


def page() -> str:
    """The whole man page."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield ".\\\" Made by docs/manpage.py from the commands' own help; do not edit."
    yield f'.TH "GIT\\-ANCHOR" "1" "" "gitanchor {_escape(__version__)}" "Git Manual"'
    yield ".SH NAME"
    yield "git\\-anchor \\- keep the thread between two AI chats"
    yield ".SH SYNOPSIS"
    commands = dict(_commands())
    for name, command in commands.items():
        if not isinstance(command, click.Group):
            yield from _synopsis(name, command)
    yield from (".nh", ".ad l", ".SH DESCRIPTION")  # .YS has set both anew
    yield from _help(main)
    yield ".SH OPTIONS"
    for parameter in main.get_params(_context()):
        yield from _option(parameter)
    yield ".SH COMMANDS"
    for name, command in commands.items():
        yield f'.SS "git anchor {name}"'
        yield from _help(command)
        for parameter in command.params:
            yield from _option(parameter)
    yield ".SH SELECTORS"
    yield _text("Several commands take a _SELECTOR_, which says which anchor is meant:")
    yield from _items(_SELECTORS)
    yield ".SH CONFIGURATION"
    yield from _items(_CONFIGURATION)
    yield ".SH FILES"
    yield from _items(_FILES)
    yield ".SH EXIT STATUS"
    yield from _items(_EXIT_STATUS)
    yield ".SH EXAMPLES"
    for what, *typed in _EXAMPLES:
        yield from (".PP", _text(what), ".PP", ".RS 4", ".nf")
        yield from (_text(f"`{line}`") for line in typed)
        yield from (".fi", ".RE")
    yield ".SH SEE ALSO"
    yield "\\fBgit\\fR(1), \\fBgit\\-log\\fR(1), \\fBgitrevisions\\fR(7), \\fBgithooks\\fR(5)"


def _commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        command = main.get_command(_context(), name)
        if command is not None:
            yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {part}", below) for part, below in command.commands.items())


def _context() -> click.Context:
    """The context of the whole group, which knows how help is asked for."""
    return click.Context(main, info_name="git anchor", **main.context_settings)


def _synopsis(name: str, command: click.Command) -> Iterator[str]:
    yield f'.SY "git anchor {name}"'
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            shortest = min(parameter.opts, key=len)
            value = _metavar(parameter)
            again = "...\\&" if parameter.multiple else ""
            yield _text(f"[`{shortest}`{value and f' _{value}_'}]").replace(" ", "\\ ") + again
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            metavar = _metavar(parameter)
            words = re.sub(r"\b[A-Z]{2,}\b", r"_\g<0>_", metavar)
            whole = parameter.required or metavar.startswith("[")
            yield _text(words if whole else f"[{words}]")
    yield ".YS"


def _help(command: click.Command) -> Iterator[str]:
    """The help text of a command, a paragraph each."""
    for paragraph in (command.help or "").split("\n\n"):
        yield ".PP"
        yield _escape(" ".join(paragraph.split()))


def _option(parameter: click.Parameter) -> Iterator[str]:
    if not isinstance(parameter, click.Option):
        return
    value = _metavar(parameter)
    names = ", ".join(f"`{name}`{value and f' _{value}_'}" for name in parameter.opts)
    yield from (".TP", _text(names), _escape(" ".join((parameter.help or "").split())))


def _metavar(parameter: click.Parameter) -> str:
    """What stands for the value of a parameter; empty for a flag."""
    if isinstance(parameter, click.Option) and (parameter.is_flag or parameter.count):
        return ""
    if parameter.metavar is None and isinstance(parameter.type, click.types.IntParamType):
        return "N"
    if parameter.metavar is None and isinstance(parameter, click.Argument):
        return (parameter.name or "").upper()  # click would put brackets around it
    return parameter.make_metavar(_context())


def _items(items: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for term, text in items:
        yield from (".TP", _text(term), _text(text))


def _text(text: str) -> str:
    """A text of this module as roff: `code` in bold type, _VALUE_ in italics."""
    parts = re.split(r"(`[^`]+`|_[A-Z]+(?:\.\.\.)?_)", text)
    roff = []
    for part in parts:
        if part.startswith("`"):
            roff.append(f"\\fB{_escape(part[1:-1], code=True)}\\fR")
        elif part.startswith("_"):
            roff.append(f"\\fI{_escape(part[1:-1])}\\fR")
        else:
            roff.append(_escape(part))
    return "".join(roff)


def _escape(text: str, *, code: bool = False) -> str:
    """Plain text as roff (groff_char(7)): nothing in it is a request, an escape or a ligature.

    A hyphen inside a word stays one; any other, and each in code, is a minus sign as shells want it.
    """
    text = text.replace("\\", "\\e")
    text = re.sub(r"-" if code else r"(?<![A-Za-z])-|-(?![A-Za-z])", r"\\-", text)
    for char, name in (("'", "aq"), ("`", "ga"), ("^", "ha"), ("~", "ti")):
        text = text.replace(char, f"\\({name}")
    text = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)
    return f"\\&{text}" if text.startswith(".") else text


if __name__ == "__main__":
    sys.stdout.write(page())
