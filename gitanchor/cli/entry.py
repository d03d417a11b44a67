"""The console script. Imports inside the function, so that an entry that needs less loads less."""

from gitanchor.cli import interrupts  # before all else, since until then nothing catches Ctrl-C

OBJECTS = 200_000
"""New objects before Python looks for garbage: a command makes little, and has ended by then."""


def main() -> int:
    """Run `git anchor` with the arguments of this process and return its exit status."""
    status = interrupts.reported(_run)
    _end(status)
    return status  # where that failed


def _end(status: int) -> None:
    """End this process with what it owes others, and without taking apart what it loaded.

    That would be a tenth of the time of most commands.
    """
    import atexit
    import contextlib
    import os
    import sys

    with contextlib.suppress(AttributeError, OSError, ValueError):  # then Python itself tells of it
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()
        os._exit(status)


def _run() -> int:
    import gc
    import sys

    gc.set_threshold(OBJECTS)
    if sys.argv[1:2] == ["hook"]:
        from gitanchor.cli import hook_run

        return hook_run.run(sys.argv[2:])
    from gitanchor.git import prefetch

    prefetch.ask(sys.argv[1:])
    from gitanchor.cli.main import run

    return run()
