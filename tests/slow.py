"""Writes tests/slow.txt anew: the tests that `make test` leaves to `make test-all`, by the time they took.

Of each test it keeps one case, unless that takes long in itself; further cases have to be quick.

    python -m pytest -m 'not tools' -n auto --junitxml=times.xml
    python -m tests.slow times.xml

What is marked by hand as slow, and the smoke tests of `make check`, are not listed.
"""

import argparse
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

TESTS: Final = Path(__file__).parent
LIST: Final = TESTS / "slow.txt"
FIRST_SECONDS: Final = 1.5
FURTHER_SECONDS: Final = 0.2
_HEAD: Final = f"""\
# Tests that took over {FIRST_SECONDS} s, and further cases of a test that took over {FURTHER_SECONDS} s, without coverage on 2 cores.
# Written by `python -m tests.slow`; only `make test-all` runs them.
"""


def listed() -> frozenset[str]:
    """Return the ids of the listed tests, from the folder of the tests on."""
    lines = LIST.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def measured(report: Path) -> list[str]:
    """Return the ids of the tests in a report of pytest (JUnit's XML) that took too long."""
    kept: set[str] = set()
    found = []
    for case in ElementTree.parse(report).iter("testcase"):
        module, name = case.attrib["classname"].removeprefix("tests."), case.attrib["name"]
        test = f"{module.replace('.', '/')}.py::{name}"
        function = test.partition("[")[0]
        limit = FURTHER_SECONDS if function in kept else FIRST_SECONDS
        if float(case.attrib["time"]) <= limit:
            kept.add(function)
        elif not module.endswith("test_smoke"):
            found.append(test)
    return sorted(found)


def main(arguments: list[str] | None = None) -> int:
    """Write the list from a report; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("report", type=Path)
    found = measured(parser.parse_args(arguments).report)
    LIST.write_text(_HEAD + "".join(f"{name}\n" for name in found), "utf-8")
    print(f"{len(found)} slow tests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
