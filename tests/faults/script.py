"""The command line of a script for faults: how often, a seed, a throw-away folder, the counts printed."""

import argparse
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol


class Counts(Protocol):
    """What a script counted."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""

    def report(self) -> str:
        """The counts, one a line."""


class NotHere(Exception):
    """What a script needs cannot be had on this machine; says why."""


def main(
    run: Callable[[int, Path, int], Counts],
    name: str,
    option: str,
    default: int,
    meaning: str,
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a script from the command line; the exit status. `run` gets the option, a folder, the seed."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.faults.{name}")
    parser.add_argument(option, dest="count", type=int, default=default, help=meaning)
    parser.add_argument("--seed", type=int, default=None, help="repeat the same random choices")
    options = parser.parse_args(arguments)
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed: {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix=f"gitanchor-{name}-") as folder:
        try:
            counts = run(options.count, Path(folder), seed)
        except NotHere as reason:
            print(f"skipped: {reason}")
            return 0
    print(counts.report())
    return 0 if counts.is_clean else 1
