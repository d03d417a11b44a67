"""`git anchor hooks`: install, remove, list and try the hooks."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import TEXT, open_workspace
from gitanchor.hooks import installer
from gitanchor.hooks.installer import Installation, Outcome
from gitanchor.model.errors import NotFound
from gitanchor.operations import choose


@click.group("hooks", short_help="Install, remove, list and try the hooks.")
def command() -> None:
    """Install, remove, list and try the hooks.

    They stand beside those of others: a shell script gets a marked block, and each line of its own
    stays. Where that cannot be, nothing is touched, and it is said what to do.
    """


@command.command("install")
def install() -> int:
    """Install the hooks, or bring them up to date. Twice is once."""
    workspace = open_workspace()
    choose.remind(workspace)
    done = installer.install(workspace.repository, workspace.state.shared, workspace.state.scratch)
    return _report(done)


@command.command("uninstall")
def uninstall() -> None:
    """Remove the hooks. Those of others are as they were before, to the byte."""
    workspace = open_workspace()
    done = installer.uninstall(workspace.repository, workspace.state.shared, workspace.state.scratch)
    for hook in done:
        terminal.out(_line(hook))


@command.command("status")
def status() -> int:
    """Say what of each hook is installed; fail unless all are, in this version, and run."""
    workspace = open_workspace()
    found = installer.status(workspace.repository, workspace.state.shared)
    is_on = workspace.repository.ask("config", "--type=bool", "--get", "anchor.trailer") == "true\n"
    for hook in found:
        off = hook.name == "prepare-commit-msg" and hook.outcome is Outcome.INSTALLED and not is_on
        terminal.out(_line(hook) + ("; off unless anchor.trailer is true" if off else ""))
    fine = all(hook.outcome is Outcome.INSTALLED for hook in found)
    if not fine:
        terminal.hint('Use "git anchor hooks install" to install them, or to see what to do.')
    return 0 if fine else NotFound.exit_code


@command.command("run")
@click.argument("name", type=click.Choice(installer.NAMES), metavar="NAME")
@click.argument("arguments", nargs=-1, type=TEXT)
def run(name: str, arguments: tuple[str, ...]) -> int:
    """Have git run the hook NAME of ours, and nobody else's, to try it.

    ARGUMENTS are those that git gives it; without them they are those of the commonest case. The exit
    status is that of the hook.
    """
    workspace = open_workspace()
    state = workspace.state
    return installer.run(workspace.repository, state.shared, state.scratch, name, arguments)


def _report(done: list[Installation]) -> int:
    """Print the outcome for each hook, and advice about those that were not installed."""
    for hook in done:
        refused = hook.outcome is Outcome.REFUSED
        terminal.out(f"{hook.name}: {hook.outcome.value}" if refused else _line(hook))
    refusals = [hook for hook in done if hook.outcome is Outcome.REFUSED]
    for hook in refusals:
        terminal.note(f"error: {hook.name} hook not installed: {hook.advice}")
    return NotFound.exit_code if refusals else 0


def _line(hook: Installation) -> str:
    return f"{hook.name}: {hook.outcome.value}" + (f" ({hook.advice})" if hook.advice else "")
