"""Kills `git anchor add` at random moments, and counts what that loses or tears.

    python -m tests.faults.kill --kills 1000

Every add is a process of its own in a throw-away repository, several at a time, ended by SIGKILL:
the process alone, or with the git that it started. What it printed on standard output before it
died is its acknowledgement. Ends with status 1 if anything was lost, torn or otherwise wrong.
"""

import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage import codec
from tests.faults import script
from tests.faults.place import LOG, sealed
from tests.repositories import BIN

AT_ONCE: Final = 3
BATCH: Final = 50
_ACKNOWLEDGED: Final = re.compile(rb"\[main@[0-9a-f]+ ([0-9a-f]{8})\] (.+)\n")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one add was asked to write."""

    name: str
    context: str
    next_action: str
    dependency: str

    @property
    def options(self) -> list[str]:
        """The arguments of `git anchor add` for this."""
        sections = ["-c", self.context, "-n", self.next_action, "-d", self.dependency]
        return [self.name, *sections]

    def is_in(self, anchor: dict[str, Any]) -> bool:
        """Whether an anchor, as `list --json` shows it, says all of this."""
        said = (anchor["name"], anchor["context"].rstrip("\n"), anchor["next_action"].rstrip("\n"))
        texts = [dependency["text"] for dependency in anchor["dependencies"]]
        return said == (self.name, self.context, self.next_action) and texts == [self.dependency]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one add ended: whether our kill ended it, and the id that it had printed by then."""

    wanted: Wanted
    killed: bool
    id: str | None


@dataclass(slots=True)
class Tally:
    """The counts over all adds. `landed` were killed before they could say that they had written."""

    before: int = 0
    landed: int = 0
    after: int = 0
    finished: int = 0
    lost: int = 0
    torn: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not self.lost and not self.torn and not self.problems

    def report(self) -> str:
        """The counts, one a line."""
        absent = self.before - self.landed
        lines = [
            f"kills before the acknowledgement: {self.before}"
            f" (anchor whole: {self.landed}, not there: {absent})",
            f"kills after it: {self.after}",
            f"not killed in time: {self.finished}",
            f"acknowledged anchors: {self.after + self.finished}, lost: {self.lost}",
            f"torn: {self.torn}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


class Batch:
    """One repository, the adds that were started in it, and how they ended."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.root = folder / "repo"
        self.attempts: list[Attempt] = []
        self._chance = chance
        self._environment = sealed(folder)
        self._run("git", "init", "-q", str(self.root), folder=folder)
        self._run("git", "commit", "-q", "--allow-empty", "-m", "Start")
        self._run("git", "anchor", "init")
        self._run("git", "add", ".")
        self._run("git", "commit", "-qm", "Keep anchors")

    def normal_seconds(self) -> float:
        """How long an add takes that nobody kills, with as many others beside it as ever."""
        started = time.monotonic()
        rounds = 2
        self._start(AT_ONCE * rounds, lambda: None)
        return (time.monotonic() - started) / rounds

    def kill(self, count: int, normal: float) -> None:
        """Start adds and kill them at moments spread over the time that they normally take."""

        def moment() -> float:
            # The first half of the time goes into loading Python, where nothing can break yet.
            first = 0.0 if self._chance.random() < 0.4 else 0.5
            return normal * self._chance.uniform(first, 1.15)

        self._start(count, moment)

    def _start(self, count: int, moment: Callable[[], float | None]) -> None:
        plans = [(self.wanted(), moment(), self._chance.random()) for _ in range(count)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.attempts += pool.map(lambda plan: self.add(*plan), plans)

    def wanted(self) -> Wanted:
        """Something to ask for, short or long."""
        size = self._chance.choice((1, 20, 20, 200, 2000))
        number = self._chance.getrandbits(40)
        return Wanted(
            f"Kill_{number:010x}",
            "\n".join(f"- line {n} of {number}: é😀 `code`" for n in range(size)),
            f"Go on with {number}\n\n```\n# no heading\n```",
            f"tool {number} ≥ 2.60",
        )

    def add(self, wanted: Wanted, moment: float | None = None, chance: float = 0.0) -> Attempt:
        """Run one add; kill it after so many seconds, or shortly after its acknowledgement."""
        process = subprocess.Popen(
            [BIN / "git-anchor", "add", *wanted.options],
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        if moment is not None:
            acknowledged, _, _ = select.select([process.stdout], [], [], moment)
            if acknowledged:
                time.sleep(chance * 0.01)
            if chance < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        output, errors = process.communicate()
        killed = process.returncode == -signal.SIGKILL
        said = _ACKNOWLEDGED.match(output)
        if not killed and (process.returncode or errors or not said):
            raise AssertionError(f"add ended with {process.returncode}: {errors.decode()}")
        return Attempt(wanted, killed, said[1].decode() if said else None)

    # What is left afterwards ---------------------------------------------------------------

    def count_into(self, tally: Tally) -> None:
        """Look at all that the adds left, and count."""
        present = self._anchors(tally)
        names = {anchor["name"] for anchor in present.values()}
        wanted = {attempt.wanted.name: attempt.wanted for attempt in self.attempts}
        for attempt in self.attempts:
            if attempt.id is not None:
                anchor = present.get(attempt.id)
                tally.lost += not (anchor and attempt.wanted.is_in(anchor))
                tally.after += attempt.killed
                tally.finished += not attempt.killed
            else:
                tally.before += 1
                tally.landed += attempt.wanted.name in names
        tally.problems += [
            f"anchor {key} is not what was asked for"
            for key, anchor in present.items()
            if anchor["name"] not in wanted or not wanted[anchor["name"]].is_in(anchor)
        ]
        tally.problems += self._troubles(present)

    def _anchors(self, tally: Tally) -> dict[str, Any]:
        """The anchors that can be read, by id; counts the torn ones."""
        for path in sorted((self.root / ".anchors").glob("*/*/*")):
            try:
                codec.load(path.read_bytes().decode(), path.name)
            except (BadAnchorFile, UnicodeDecodeError) as error:
                tally.torn += 1
                tally.problems.append(str(error))
        listed = self._run("git", "anchor", "list", "--json", fails=True)
        if listed.returncode or listed.stderr:
            tally.problems.append(f"list: {listed.returncode}: {listed.stderr.decode()}")
        return {anchor["id"]: anchor for anchor in json.loads(listed.stdout or b"[]")}

    def _troubles(self, present: Iterable[str]) -> list[str]:
        """Everything beside the anchors themselves that is not as it should be."""
        found = []
        status = self._run("git", "status", "--porcelain", "-z", "-uall").stdout.decode()
        changed = [entry[3:] for entry in status.split("\0") if entry]
        found += [
            f"left behind: {path}"
            for path in changed
            if path != LOG and not re.fullmatch(r"\.anchors/\d{4}/\d\d/[^/]+\.yaml", path)
        ]
        for command in (["doctor"], ["render"], ["render", "--check"]):
            done = self._run("git", "anchor", *command, fails=True)
            if done.returncode:
                said = done.stderr.decode() or done.stdout.decode()
                found.append(f"{' '.join(command)}: {done.returncode}: {said}")
        refs = self._run("git", "for-each-ref", "--format=%(objecttype) %(refname)", "refs/anchors")
        kept = dict(line.split(" ")[::-1] for line in refs.stdout.decode().splitlines())
        found += [f"{ref} is a {kind}" for ref, kind in kept.items() if kind != "commit"]
        found += [f"{ref} has no anchor" for ref in kept if ref.rsplit("/", 1)[1] not in present]
        acknowledged = {attempt.id for attempt in self.attempts if attempt.id}
        found += [f"no ref for {key}" for key in acknowledged if f"refs/anchors/{key}" not in kept]
        checked = self._run("git", "fsck", "--strict", "--no-dangling", "--no-progress", fails=True)
        if checked.returncode or checked.stderr or checked.stdout:
            found.append(f"fsck: {checked.stderr.decode()}{checked.stdout.decode()}")
        return found

    def _run(
        self, *command: str, folder: Path | None = None, fails: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            cwd=folder or self.root,
            env=self._environment,
            capture_output=True,
            check=not fails,
        )


def run(kills: int, folder: Path, seed: int) -> Tally:
    """Kill until so many adds died before their acknowledgement."""
    started = time.monotonic()
    chance = random.Random(seed)
    tally = Tally()
    normal = None
    number = 0
    while tally.before < kills:
        place = folder / f"batch {number}"
        place.mkdir()
        batch = Batch(place, chance)
        normal = normal or batch.normal_seconds()
        missing = kills - tally.before
        batch.kill(min(BATCH, missing + missing // 3 + 2), normal)  # some speak before they die
        batch.count_into(tally)
        number += 1
    tally.seconds = time.monotonic() - started
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    return script.main(run, "kill", "--kills", 1000, "how many before the acknowledgement", arguments)


if __name__ == "__main__":
    sys.exit(main())
