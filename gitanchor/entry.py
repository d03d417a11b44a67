"""The console script. Imports inside the function, so that an entry that needs less loads less."""

from gitanchor import interrupts  # before all else, since until then nothing catches Ctrl-C

OBJECTS = 200_000
"""New objects before Python looks for garbage: a command makes little, and has ended by then."""


def main() -> int:
    """Run `git anchor` with the arguments of this process and return its exit status."""
    return interrupts.reported(_run)


def _run() -> int:
    import gc
    import sys

    gc.set_threshold(OBJECTS)
    if sys.argv[1:2] == ["hook"]:
        from gitanchor import hookrun

        return hookrun.run(sys.argv[2:])
    from gitanchor import ahead

    ahead.ask(sys.argv[1:])
    from gitanchor.cli import run

    return run()
