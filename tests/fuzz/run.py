"""Any bytes through what reads text of others: no failure but the expected ones, and no hang.

`python -m tests.fuzz.run [--inputs N] [--seed S] [--random] [TARGET...]` gives each target that many inputs and
prints inputs, findings and the slowest input. Where atheris can be imported, coverage of the package guides them;
else, or with `--random`, they are mutations at random. Exit status 1 if anything is found.
"""

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Sequence

from tests.fuzz import targets


def run(target: str, inputs: int, seed: int, *, guided: bool) -> int:
    """Fuzz one target; 0 if nothing was found."""
    if guided:
        command = [sys.executable, "-m", "tests.fuzz.guided", target, str(inputs), str(seed)]
        return subprocess.run(command, check=False).returncode
    counts = targets.at_random(target, inputs, seed)
    print(counts.report("at random"), flush=True)
    return 1 if counts.findings else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the targets one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(targets.TARGETS)}")
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", action="store_true")
    given = parser.parse_args(arguments)
    guided = not given.random and importlib.util.find_spec("atheris") is not None
    wanted = given.targets or list(targets.TARGETS)
    if unknown := set(wanted) - set(targets.TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    statuses = [run(target, given.inputs, given.seed, guided=guided) for target in wanted]
    return 1 if any(statuses) else 0


if __name__ == "__main__":
    sys.exit(main())
