"""Times of processes, taken round robin: medians with their spread, and the peak of their memory.

What is compared is timed in one run: a round runs each case once, so that whatever else the machine does
meets all of them alike.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LIMIT: Final = 900
"""Seconds after which a process has not finished."""

_PEAK: Final = Path(__file__).with_name("peak.py")


class Unmeasured(Exception):
    """A case cannot be measured here; the text says why, in one line."""


@dataclass(frozen=True)
class Spread:
    """The median of some times, and the quartiles around it."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """The spread of at least one value."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0], 1)
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high, len(values))


@dataclass(frozen=True)
class Command:
    """A process to be timed: its command line, where it runs, and which exit statuses are no failure."""

    words: tuple[str, ...]
    at: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (0,)

    def run(self) -> str:
        """Run it to its end; what it printed. Raises `Unmeasured` if it fails."""
        try:
            done = subprocess.run(
                self.words,
                cwd=self.at,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unmeasured(f"'{self}' did not finish within {LIMIT} s") from None
        except OSError as error:
            raise Unmeasured(f"'{self}' does not run: {error.strerror}") from None
        if done.returncode not in self.statuses:
            said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
            raise Unmeasured(
                f"'{self}' failed with {done.returncode}: {said[-1] if said else 'no word'}"
            )
        return done.stdout.decode("utf-8", "replace")

    def peak(self) -> float:
        """The most memory in MB that it or a process of its had at one time. Raises `Unmeasured`."""
        command = (sys.executable, "-S", "-E", str(_PEAK), *self.words)
        return int(Command(command, self.at, self.environment, self.statuses).run()) / 1000

    def __str__(self) -> str:
        name, *rest = self.words
        return " ".join([Path(name).name, *rest])[:60]


@dataclass(frozen=True)
class Case:
    """What is timed: a command, and what has to be done before each run without being timed."""

    command: Command
    before: Callable[[], None] | None = None

    def seconds(self) -> float:
        """How long a run takes. Raises `Unmeasured`."""
        if self.before is not None:
            self.before()
        start = time.perf_counter()
        self.command.run()
        return time.perf_counter() - start


@dataclass
class Times:
    """The times of cases by their names, in seconds, and why others have none: those that failed were tried."""

    spreads: dict[str, Spread] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def add(self, other: "Times") -> None:
        """Take in those of another run."""
        self.spreads |= other.spreads
        self.reasons |= other.reasons
        self.failed |= other.failed


def round_robin(cases: Mapping[str, Case], rounds: int) -> Times:
    """Time each case once a round, after a run of each that is not counted: it warms what can be warm.

    A case that fails is left out from then on, and its reason kept.
    """
    values: dict[str, list[float]] = {name: [] for name in cases}
    times = Times()
    for turn in range(rounds + 1):
        for name, case in cases.items():
            if name in times.reasons:
                continue
            try:
                seconds = case.seconds()
            except Unmeasured as reason:
                times.reasons[name] = str(reason)
                times.failed.add(name)
                continue
            if turn:
                values[name].append(seconds)
    measured = {name: found for name, found in values.items() if found and name not in times.reasons}
    times.spreads = {name: Spread.of(found) for name, found in measured.items()}
    return times
