"""The group of all commands, and the one place where failures become messages."""

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
from gitanchor.model.errors import AnchorError, OutputClosed, Overtaken, SecretFound

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
"""The names of commands, with the modules of `gitanchor.cli.commands` that define them as `command`."""

HIDDEN: Final = {"merge-driver": "merge_driver"}
"""The same for commands that people do not call."""


class LazyGroup(click.Group):
    """A group that imports the module of a command only when that command is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        name = COMMANDS.get(cmd_name) or HIDDEN.get(cmd_name)
        if name is None:
            return None
        module = importlib.import_module(f"gitanchor.cli.commands.{name}")
        command: click.Command = module.command
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Do as click, but let an interrupt be reported in one place."""
        with _interruptible():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Do as click, but let an interrupt be reported in one place."""
        with _interruptible():
            try:
                return super().invoke(ctx)
            except click.UsageError as failure:
                failure.ctx = failure.ctx or self._context_below(ctx)
                raise

    def _context_below(self, ctx: click.Context) -> click.Context:
        """Return the context of the named command, for errors to which click adds none."""
        name = ctx.invoked_subcommand or ""
        command = self.get_command(ctx, name)
        return click.Context(command, ctx, name) if command else ctx


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Turn an interrupt into Abort; click would print an empty line, wherever output goes."""
    try:
        yield
    except KeyboardInterrupt:
        if terminal.is_interactive():  # after the ^C that the terminal shows
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
    """Print the message of a failure on one line, and return its exit status."""
    match failure:
        case OutputClosed():
            return failure.exit_code
        case AnchorError():
            for line in failure.lines if isinstance(failure, SecretFound) else ():
                terminal.note(f"{failure.label}: {escaping.one_line(line)}")
            kept = failure.kept if isinstance(failure, Overtaken) else None
            advice = f": 'git anchor recover {kept}'" if kept else ""
            terminal.note(f"{failure.label}: {escaping.one_line(f'{failure}{advice}')}")
            return failure.exit_code
        case click.exceptions.NoArgsIsHelpError():
            terminal.note(failure.format_message())
            return failure.exit_code
        case click.UsageError():
            where = failure.ctx.command_path if failure.ctx else "git anchor"
            message = escaping.one_line(failure.format_message()).removesuffix(".")
            terminal.note(f"error: {message}; see '{where} -h'")
            return failure.exit_code
        case OSError():  # an operation that has no message of its own
            named = f": '{failure.filename}'" if failure.filename else ""
            terminal.note(f"error: {failure.strerror or failure}{named}")
            return AnchorError.exit_code
    terminal.note("interrupted")
    return INTERRUPTED
