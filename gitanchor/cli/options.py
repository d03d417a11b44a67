"""Arguments and options of several commands, and what they open: the repository, a file."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from gitanchor.cli import terminal
from gitanchor.model.errors import GitFailed, WrongUsage
from gitanchor.operations.workspace import Workspace
from gitanchor.storage import safe_open


class Text(click.ParamType[str]):
    """Text from the command line, which is UTF-8 in any locale."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Decode the argument's bytes as UTF-8. Raises WrongUsage if that is impossible."""
        try:
            return os.fsencode(value).decode("utf-8")
        except UnicodeDecodeError:
            where = param.get_error_hint(ctx) if param and ctx else "an argument"
            raise WrongUsage(f"{where} is not UTF-8; nothing was written") from None
        except UnicodeEncodeError:
            return str(value)


class Count(click.ParamType[int]):
    """The most anchors to show."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number. Fails if it is not one, or less than 0."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) < _LONGEST):
            self.fail(f"'{text}' is not a number; give 0 or more", param, ctx)
        return int(text)


_LONGEST: Final = 10

TEXT: Final = Text()

COUNT: Final = Count()

SELECTOR: Final = click.argument("selector", required=False, type=TEXT)

ALL: Final = click.option(
    "--all", "all_places", is_flag=True, help="Also those of other branches and worktrees."
)


def _allow(ctx: click.Context, _: click.Parameter, value: tuple[str, ...]) -> None:
    ctx.meta[_ALLOWED] = value


_ALLOWED: Final = "gitanchor.allowed_secrets"

ALLOW_SECRET: Final = click.option(
    "--allow-secret",
    metavar="ID",
    type=TEXT,
    multiple=True,
    expose_value=False,
    callback=_allow,
    help="Let a finding pass that was taken for a secret; may be repeated.",
)

NO_TEMPLATE: Final = click.option(
    "--no-template", is_flag=True, help="Do without the team's own template (see template)."
)

JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/format.md).")


def open_workspace() -> Workspace:
    """Return the workspace of the current folder; warn if the environment names another repository."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        raise GitFailed("the current folder does not exist any more; change to another") from None
    allowed = click.get_current_context().meta.get(_ALLOWED, ())
    workspace = Workspace.open(folder, allowed_secrets=allowed)
    named = click.get_current_context().find_root().obj
    if named and Path(named).resolve() != workspace.repository.git_dir.resolve():
        terminal.warning(f"GIT_DIR ('{named}') is not used; this is '{workspace.repository.root}'")
    return workspace


def read_input(file: str, most: int | None = safe_open.MOST, hint: str = "") -> bytes:
    """Return the bytes of a file that a person named, or of standard input for `-`.

    `most` is the largest number of bytes, None for any; `hint` is advice for a larger file. Raises
    WrongUsage.
    """
    try:
        return safe_open.given(None if file == "-" else file, most)
    except safe_open.Refused as problem:
        name = "standard input" if file == "-" else f"'{file}'"
        raise WrongUsage(f"{name} is {problem.strerror}{hint and f'; {hint}'}") from None
    except OSError as error:
        raise WrongUsage(f"cannot read '{file}': {error.strerror or error}") from None


def save_as(workspace: Workspace, path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file that a person named, in an existing folder.

    Raises WrongUsage if the folder does not exist or the path is a folder, and WriteFailed.
    """
    from gitanchor.storage import atomic

    if not path.parent.is_dir():
        raise WrongUsage(f"cannot write '{path}': there is no folder '{path.parent}'; make it first")
    if path.is_dir():
        raise WrongUsage(f"cannot write '{path}': it is a folder; name a file in it")
    atomic.write(path, content, workspace.state.scratch)


def section_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add to a command the options that give an anchor's sections."""
    for option in reversed(
        (
            click.option("-c", "--context", type=TEXT, help="What the project is about right now."),
            click.option("-m", "--milestone", type=TEXT, help="What is done."),
            click.option("-n", "--next", "next_action", type=TEXT, help="The one next action."),
            click.option(
                "-d",
                "--dependency",
                "dependencies",
                type=TEXT,
                multiple=True,
                help="Something that the next action depends on; may be repeated.",
            ),
        )
    ):
        command = option(command)
    return command


def sections_given(sections: Mapping[str, Any]) -> bool:
    """Whether any of those options was given, even an empty one."""
    return any(value is not None and value != () for value in sections.values())
