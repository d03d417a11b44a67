"""The console script. Imports inside the function, so that an entry that needs less loads less."""

import gc
import sys

from gitanchor import interrupts

OBJECTS = 200_000
"""New objects before Python looks for garbage: a command makes little, and has ended by then."""


def main() -> int:
    """Run `git anchor` with the arguments of this process and return its exit status."""
    return interrupts.reported(_run)


def _run() -> int:
    gc.set_threshold(OBJECTS)
    if sys.argv[1:2] == ["hook"]:
        from gitanchor import hookrun

        return hookrun.run(sys.argv[2:])
    from gitanchor.cli import run

    return run()
