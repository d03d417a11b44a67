"""Has many processes run `git anchor add` at once, and looks at what is there afterwards.

    python -m tests.faults.adds --processes 64 --adds 100 [--linked 3] [--present 3000]

Each writer runs one add after the other, in the main worktree or in a linked one. Ends with status 1 if
an anchor is not there or cannot be read, a log is not what a render of the anchors gives, or anything else
is wrong. An add may end with status 5: its anchor is written then, and the log may wait for the next.
"""

import argparse
import json
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.faults.place import Place

BUSY: Final = 5
_PRESENT: Final = """\
Resume from anchor: [P_{number}]
Context: number {number} was here before
Current milestone: all of {number}
Next action: go on
Dependencies: nothing

"""
_ACKNOWLEDGED: Final = re.compile(rb"\[[^ ]+@[0-9a-f]+ ([0-9a-f]{8})\] (.+)\n")


@dataclass(slots=True)
class Tally:
    """The counts over all adds."""

    statuses: Counter[int] = field(default_factory=Counter)
    anchors: int = 0
    lost: int = 0
    rendered: int = 0
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0
    processor: float = 0.0
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not self.lost and not self.problems

    def report(self) -> str:
        """The counts, one a line."""
        other = self.statuses.total() - self.statuses[0] - self.statuses[BUSY]
        lines = [
            f"adds: {self.statuses.total()}",
            f"done: {self.statuses[0]}, busy with the anchor written: {self.statuses[BUSY]},"
            f" other: {other}",
            f"anchors: {self.anchors}, lost: {self.lost}",
            f"logs that a busy add left for the next render: {self.rendered}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"slowest add: {self.slowest:.1f} s",
            f"seconds of processors in the adds: {self.processor:.1f}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


class Writer:
    """One process after the other in one worktree, and the names that they were told to write."""

    def __init__(self, place: Place, number: int, seed: int) -> None:
        self.place = place
        self.folder = place.worktrees[number % len(place.worktrees)]
        self.written: dict[str, str] = {}
        self.statuses: Counter[int] = Counter()
        self.slowest = 0.0
        self.problems: list[str] = []
        self._number = number
        self._chance = random.Random(f"{seed} {number}")

    def write(self, adds: int) -> None:
        """Add so many anchors."""
        for count in range(adds):
            name = f"W{self._number}_{count}"
            lines = self._chance.choice((1, 3, 10))
            context = "\n".join(f"- line {line} of {name}: é `code`" for line in range(lines))
            started = time.monotonic()
            done = self.place.anchor("add", name, "-c", context, "-n", "go on", folder=self.folder)
            self.slowest = max(self.slowest, time.monotonic() - started)
            self.statuses[done.returncode] += 1
            said = _ACKNOWLEDGED.match(done.stdout)
            if done.returncode not in (0, BUSY) or not said or (done.stderr and not done.returncode):
                self.problems.append(f"add {name}: {done.returncode}: {done.stderr.decode()[:500]}")
            else:
                self.written[said[1].decode()] = name


def run(
    processes: int, adds: int, folder: Path, seed: int, *, linked: int = 0, present: int = 0
) -> Tally:
    """Add, and look at all that is left."""
    place = Place(folder, linked)
    for root in place.worktrees if present else ():
        text = "".join(_PRESENT.format(number=number) for number in range(present))
        place.run("git", "anchor", "add", "--yes", "-F", "-", folder=root, stdin=text.encode())
        time.sleep(0.2)  # what has just changed is not cached
        place.anchor("list", folder=root)
    writers = [Writer(place, number, seed) for number in range(processes)]
    started, before = time.monotonic(), _processor_seconds()
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(lambda writer: writer.write(adds), writers))
    tally = Tally(seconds=time.monotonic() - started, processor=_processor_seconds() - before)
    for writer in writers:
        tally.statuses += writer.statuses
        tally.problems += writer.problems
        tally.slowest = max(tally.slowest, writer.slowest)
    for root in place.worktrees:
        here = [writer for writer in writers if writer.folder == root]
        count(place, root, here, tally)
    tally.problems += place.troubles()
    return tally


def _processor_seconds() -> float:
    """What all processes took that were started here and have ended, with all that they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def count(place: Place, root: Path, writers: Sequence[Writer], tally: Tally) -> None:
    """Compare the anchors of one worktree with what was acknowledged there."""
    listed = place.anchor("list", "--json", folder=root)
    if listed.returncode or listed.stderr:
        tally.problems.append(f"{root.name}: list: {listed.stderr.decode()[:500]}")
    found: dict[str, Any] = {item["id"]: item for item in json.loads(listed.stdout or b"[]")}
    wanted = {key: name for writer in writers for key, name in writer.written.items()}
    tally.anchors += len(found)
    tally.lost += sum(found.get(key, {}).get("name") != name for key, name in wanted.items())
    more = [key for key in found.keys() - wanted.keys() if not found[key]["name"].startswith("P_")]
    if more:
        tally.problems.append(f"{root.name}: {len(more)} anchors that nobody was told of")
    busy = any(writer.statuses[BUSY] for writer in writers)
    if busy and place.anchor("render", "--check", folder=root).returncode:
        tally.rendered += 1
        place.anchor("render", folder=root)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.adds")
    parser.add_argument("--processes", type=int, default=64, help="how many write at once")
    parser.add_argument("--adds", type=int, default=100, help="how many anchors each of them adds")
    parser.add_argument("--linked", type=int, default=0, help="linked worktrees beside the main one")
    parser.add_argument("--seed", type=int, default=None, help="repeat the same random choices")
    parser.add_argument("--present", type=int, default=0, help="anchors that are there before")
    options = parser.parse_args(arguments)
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed: {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="gitanchor-adds-") as folder:
        tally = run(
            options.processes,
            options.adds,
            Path(folder),
            seed,
            linked=options.linked,
            present=options.present,
        )
    print(tally.report())
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
