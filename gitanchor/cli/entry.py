"""The console script. Functions import what they need, so that each entry point loads little."""

from gitanchor.cli import interrupts  # first, as nothing catches Ctrl-C before it is loaded

OBJECTS = 200_000
"""New objects before Python collects garbage: a command makes few and ends soon."""


def main() -> int:
    """Run `git anchor` with the arguments of this process and return its exit status."""
    status = interrupts.reported(_run)
    _end(status)
    return status  # only if _end() failed


def _end(status: int) -> None:
    """Flush output, run exit functions, and end the process without cleaning up modules.

    That cleaning up would take a tenth of the time of most commands.
    """
    import atexit
    import contextlib
    import os
    import sys

    with contextlib.suppress(AttributeError, OSError, ValueError):  # then Python's own exit reports it
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
