"""Run the test suite with each version of git that `unpack` finds.

`python -m tests.gits.suite [--git VERSION] [-- PYTEST ARGUMENTS]` puts one after the other first on PATH and prints
how many tests passed, failed and were skipped. A version that cannot be had is skipped, and the reason printed. The
exit status is 1 if a test failed with any of them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from tests.gits.unpack import VERSIONS, Unavailable, unpacked

ROOT = Path(__file__).resolve().parents[2]


def outcome(report: Path) -> tuple[Counter[str], list[str]]:
    """How the tests of a JUnit report ended, and a line for each failed one and each reason to skip."""
    counts: Counter[str] = Counter()
    failed: list[str] = []
    skipped: Counter[str] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            counts["failed"] += 1
            failed.append(f"failed: {case.get('classname')}::{case.get('name')}")
        elif (skip := case.find("skipped")) is not None:
            counts["skipped"] += 1
            skipped[skip.get("message", "")] += 1
        else:
            counts["passed"] += 1
    return counts, failed + [f"skipped {number}: {reason}" for reason, number in skipped.items()]


def run(name: str, arguments: Sequence[str]) -> bool:
    """Run the suite with one version and print what came of it; false if a test failed."""
    try:
        git = unpacked(name)
    except Unavailable as reason:
        print(f"git {name}: skipped, it cannot be had here: {reason}", flush=True)
        return True
    print(f"git {name}: running the suite with {git.version} of {git.release}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rN",
            "-p",
            "no:cacheprovider",
            "-m",
            "not tools",
        ]
        done = subprocess.run(
            [*command, f"--junitxml={report}", *arguments],
            cwd=ROOT,
            env={**os.environ, "PATH": f"{git.path}{os.pathsep}{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if not report.exists():
            print(f"{done.stdout}git {name}: pytest ended with status {done.returncode}", flush=True)
            return False
        counts, lines = outcome(report)
    if counts["failed"]:
        print(done.stdout)
    summary = ", ".join(f"{counts[kind]} {kind}" for kind in ("passed", "failed", "skipped"))
    print(f"git {name} ({git.version}): {summary}", *lines, sep="\n    ", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run the suite with the versions asked for, or with all."""
    parser = argparse.ArgumentParser(description="Run the test suite with several versions of git.")
    parser.add_argument("--git", action="append", choices=list(VERSIONS), help="only this version")
    parser.add_argument("arguments", nargs="*", help="for pytest")
    given = parser.parse_args()
    results = [run(name, given.arguments or ["-n", "auto"]) for name in given.git or VERSIONS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
