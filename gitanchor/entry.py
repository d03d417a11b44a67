"""The console script. Imports inside the function, so that an entry that needs less loads less."""


def main() -> int:
    """Run `git anchor` with the arguments of this process and return its exit status."""
    from gitanchor.cli import run

    return run()
