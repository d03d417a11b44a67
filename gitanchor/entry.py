"""The console script. Imports inside the function, so that an entry that needs less loads less."""

import sys


def main() -> int:
    """Run `git anchor` with the arguments of this process and return its exit status."""
    if sys.argv[1:2] == ["hook"]:
        from gitanchor import hookrun

        return hookrun.run(sys.argv[2:])
    from gitanchor.cli import run

    return run()
