"""The command line: which commands there are, and the one place where failures become messages."""

import contextlib
import importlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from gitanchor import __version__
from gitanchor.cli import terminal
from gitanchor.cli.interrupts import INTERRUPTED
from gitanchor.git import process
from gitanchor.model import escaping, progress
from gitanchor.model.errors import AnchorError, OutputClosed, SecretFound

COMMANDS: Final = {
    "init": "initialize",
    "add": "add",
    "absorb": "absorb",
    "edit": "edit",
    "done": "done",
    "rm": "rm",
    "undo": "undo",
    "import": "import_",
    "parse": "parse",
    "recover": "recover",
    "gc": "gc",
    "doctor": "doctor",
    "scan": "scan",
    "list": "list_",
    "log": "log",
    "graph": "graph",
    "heads": "heads",
    "hooks": "hooks",
    "search": "search",
    "diff": "diff",
    "commits": "commits",
    "check": "check",
    "sync": "sync",
    "render": "render",
    "resolve": "resolve",
    "web": "web",
    "template": "template",
    "request": "request",
    "resume": "resume",
    "show": "show",
    "status": "status",
}
"""Command names and the modules of `gitanchor.cli.commands` that hold them as `command`."""

HIDDEN: Final = {"merge-driver": "merge_driver"}
"""The same for commands that are not for people."""


class LazyGroup(click.Group):
    """A group that imports the module of a command when that command is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        name = COMMANDS.get(cmd_name) or HIDDEN.get(cmd_name)
        if name is None:
            return None
        module = importlib.import_module(f"gitanchor.cli.commands.{name}")
        command: click.Command = module.command
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """As in click, but an interrupt is told in one place."""
        with _interruptible():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """As in click, but an interrupt is told in one place."""
        with _interruptible():
            try:
                return super().invoke(ctx)
            except click.UsageError as failure:
                failure.ctx = failure.ctx or self._context_below(ctx)
                raise

    def _context_below(self, ctx: click.Context) -> click.Context:
        """The context of the command that was named, for messages that click gives none."""
        name = ctx.invoked_subcommand or ""
        command = self.get_command(ctx, name)
        return click.Context(command, ctx, name) if command else ctx


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Make Abort of an interrupt; click itself would print an empty line, wherever that goes."""
    try:
        yield
    except KeyboardInterrupt:
        if terminal.is_interactive():  # where ^C stands on the line
            terminal.note("")
        raise click.Abort from None


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="git-anchor version %(version)s")
def main() -> None:
    """Keep the thread between two AI chats: anchors, tied to branch and commit.

    An anchor says what the project is about right now, what is done, the one next action, and
    what that depends on. It is a file below .anchors/, and an entry in a generated log.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status; every expected failure is one line."""
    progress.display = terminal.progress
    surroundings = process.forget_surroundings()
    try:
        result = main.main(
            list(arguments) if arguments is not None else None,
            prog_name="git anchor",
            standalone_mode=False,
            obj=surroundings,
        )
    except (AnchorError, click.ClickException, click.Abort, OSError, KeyboardInterrupt) as failure:
        return _reported(failure)
    return result if isinstance(result, int) else 0


def _reported(failure: BaseException) -> int:
    """Print what a failure has to say, on one line, and return the exit status that it means."""
    match failure:
        case OutputClosed():
            return failure.exit_code
        case AnchorError():
            for line in failure.lines if isinstance(failure, SecretFound) else ():
                terminal.note(f"{failure.label}: {escaping.one_line(line)}")
            terminal.note(f"{failure.label}: {escaping.one_line(str(failure))}")
            return failure.exit_code
        case click.exceptions.NoArgsIsHelpError():
            terminal.note(failure.format_message())
            return failure.exit_code
        case click.UsageError():
            where = failure.ctx.command_path if failure.ctx else "git anchor"
            message = escaping.one_line(failure.format_message()).removesuffix(".")
            terminal.note(f"error: {message}; see '{where} -h'")
            return failure.exit_code
        case OSError():  # a place that no message of ours foresaw
            named = f": '{failure.filename}'" if failure.filename else ""
            terminal.note(f"error: {failure.strerror or failure}{named}")
            return AnchorError.exit_code
    terminal.note("interrupted")
    return INTERRUPTED
