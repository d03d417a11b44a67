"""Fills disks of 64 KB below `git anchor`, and looks at what that leaves.

    python -m tests.faults.full_disk

The log, the git directory's state, or one worktree's cache lies on a tmpfs that is full, or about to be.
Needs to mount; where that is not permitted it says so, and ends with status 0. Ends with status 1 if
anything was lost, half written or left behind.
"""

import contextlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.faults import script
from tests.faults.place import LOG, Done, Place
from tests.faults.script import NotHere

SIZE: Final = "64k"
_BLOCK: Final = 1024


@dataclass(slots=True)
class Tally:
    """The counts over all cases."""

    refused: int = 0
    done: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not self.lost and not self.problems

    def report(self) -> str:
        """The counts, one a line."""
        lines = [
            f"commands that a full disk refused: {self.refused}",
            f"commands that went on beside it: {self.done}",
            f"lost: {self.lost}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Lay 64 KB over a folder, whose files stay on it, but for caches. Raises NotHere."""
    files = (path for path in folder.iterdir() if path.is_file() and ".sqlite3" not in path.name)
    kept = {path.name: path.read_bytes() for path in files}
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NotHere("there is no mount here") from None
    if done.returncode:
        raise NotHere(f"mount is not permitted here: {done.stderr.strip()}")
    try:
        for name, content in kept.items():
            (folder / name).write_bytes(content)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, leave: int = 0) -> None:
    """Fill a disk but for so many bytes."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(b"x" * _BLOCK)
    if leave:
        with ballast.open("r+b") as file:
            file.truncate(max(0, ballast.stat().st_size - leave))


class Case:
    """One repository, and what is checked in each of the cases."""

    def __init__(self, folder: Path, tally: Tally, chance: random.Random, log: str = LOG) -> None:
        self.place = Place(folder, log=log)
        self.chance = chance
        self._tally = tally
        self.added = json.loads(self.place.anchor("add", "Small", "-n", "go on", "--json").stdout)

    def texts(self) -> dict[str, bytes]:
        """What each anchor file holds."""
        return {path.name: path.read_bytes() for path in self.place.files()}

    def names(self) -> list[str]:
        """The names of the anchors, as `list` gives them."""
        listed = self.place.anchor("list", "--json")
        self.expect(listed.returncode == 0 and not listed.stderr, listed, "list")
        found: list[dict[str, Any]] = json.loads(listed.stdout or b"[]")
        return sorted(item["name"] for item in found)

    def refused(self, *arguments: str) -> Done:
        """Run a command that a full disk refuses: one line, status 1."""
        done = self.place.anchor(*arguments)
        said = done.stderr.decode()
        one = said.startswith("error: ") and said.count("\n") == 1 and "No space left" in said
        self.expect(done.returncode == 1 and one, done, arguments[0])
        self._tally.refused += 1
        return done

    def goes_on(self, *arguments: str) -> Done:
        """Run a command that a full disk is no concern of."""
        done = self.place.anchor(*arguments)
        self.expect(done.returncode == 0 and b"error" not in done.stderr, done, arguments[0])
        self._tally.done += 1
        return done

    def expect(self, so: bool, done: object, what: str) -> None:
        """Note a problem unless something is so."""
        if not so:
            self._tally.problems.append(f"{what}: {done}")

    def lost(self, so: bool) -> None:
        """Note a loss if something is so."""
        self._tally.lost += so

    def all_well(self) -> None:
        """With the disk gone or empty again, a render and all checks are clean."""
        self.goes_on("render")
        self._tally.problems += self.place.troubles()


def log_on_it(folder: Path, tally: Tally, chance: random.Random) -> None:
    """The log cannot be rewritten: the old one stays, and the anchor is written nevertheless."""
    case = Case(folder, tally, chance, log="logs/L.md")
    logs = case.place.root / "logs"
    log = logs / "L.md"
    with small_disk(logs):
        before = log.read_bytes()
        text = "long line\n" * chance.randrange(7_000, 12_500)  # below the limit of one argument
        done = case.refused("add", "Large", "-c", text)
        case.expect(done.stdout.startswith(b"[main@"), done, "add")
        case.refused("render")
        case.lost(case.names() != ["Large", "Small"])
        fill(logs)
        case.refused("edit", "Small", "-c", "edited")
        case.lost(b"edited" not in b"".join(case.texts().values()))
        case.lost(log.read_bytes() != before)
        case.expect(sorted(path.name for path in logs.iterdir()) == ["L.md", "ballast"], logs, "left")
        (logs / "ballast").unlink()
        case.goes_on("rm", "Large")
        case.goes_on("render", "--check")
    case.all_well()


def state_on_it(folder: Path, tally: Tally, chance: random.Random) -> None:
    """The journal cannot be written: nothing else is, and reading goes on without a cache."""
    case = Case(folder, tally, chance)
    state = case.place.root / ".git" / "gitanchor"
    before, log = case.texts(), (case.place.root / LOG).read_bytes()
    with small_disk(state):
        fill(state)
        for command in (
            ("add", "More", "-c", "text of more"),
            ("edit", "Small", "-c", "edited"),
            ("done", "Small"),
            ("rm", "Small"),
        ):
            case.refused(*command)
            case.lost(case.texts() != before or (case.place.root / LOG).read_bytes() != log)
        refs = case.place.run("git", "for-each-ref", "refs/anchors").stdout
        case.expect(refs.count(b"\n") == 1, refs, "refs")
        for reading in ("list", "show", "status", "log"):
            case.goes_on(reading)
        resumed = case.refused("resume")  # which cannot note what the next anchor goes on from
        case.expect(resumed.stdout.startswith(b"Resume from anchor: [Small]"), resumed, "resume")
        case.expect(not list(state.rglob("*.tmp")), list(state.rglob("*")), "left")
    case.all_well()
    case.lost(case.texts() != before)


def journal_on_it(folder: Path, tally: Tally, chance: random.Random) -> None:
    """Only the journal's disk is full."""
    case = Case(folder, tally, chance)
    journal = case.place.root / ".git" / "gitanchor" / "journal"
    before = case.texts()
    with small_disk(journal):
        fill(journal)
        case.refused("add", "More", "-c", "text of more")
        case.refused("edit", "Small", "-c", "edited")
        case.refused("rm", "Small")
        case.lost(case.texts() != before)
        text = folder / "answer.md"
        text.write_text("Resume from anchor: [Pasted]\nContext: only this\n")
        done = case.refused("add", "--yes", "-F", str(text))
        case.expect(not done.stdout, done, "add -F")
        case.lost(not text.read_text().endswith("only this\n"))
        left = [path.name for path in journal.iterdir() if path.name.startswith(".")]
        case.expect(not left, left, "left")
    case.all_well()


def little_left(folder: Path, tally: Tally, chance: random.Random) -> None:
    """A few KB are left, so that it ends at some point on the way: each anchor whole or not there."""
    case = Case(folder, tally, chance)
    state = case.place.root / ".git" / "gitanchor"
    before = case.texts()
    with small_disk(state):
        fill(state, leave=chance.randrange(0, 40 * _BLOCK))
        wanted = ["Small"]
        for number in range(12):
            name = f"Tight_{number}"
            done = case.place.anchor("add", name, "-c", f"{name}\n" * chance.randrange(1, 700))
            case.expect(done.returncode in (0, 1) and b"Traceback" not in done.stderr, done, name)
            if done.stdout:
                wanted.append(name)
                tally.done += done.returncode == 0
            tally.refused += done.returncode != 0
        case.lost(case.names() != sorted(wanted))
        case.lost(not before.items() <= case.texts().items())
        case.expect(not list(state.rglob("*.tmp")), list(state.rglob("*")), "left")
    case.all_well()


CASES: Final[tuple[Callable[[Path, Tally, random.Random], None], ...]] = (
    log_on_it,
    state_on_it,
    journal_on_it,
    little_left,
)


def run(rounds: int, folder: Path, seed: int) -> Tally:
    """Go through all cases so many times. Raises NotHere."""
    started = time.monotonic()
    chance = random.Random(seed)
    tally = Tally()
    for number in range(rounds):
        for case in CASES:
            place = folder / f"{case.__name__} {number}"
            place.mkdir()
            before = len(tally.problems), tally.lost
            case(place, tally, chance)
            if (len(tally.problems), tally.lost) != before:
                tally.problems.append(f"in {case.__name__}, round {number}")
    tally.seconds = time.monotonic() - started
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    return script.main(run, "full_disk", "--rounds", 5, "how often each case is gone through", arguments)


if __name__ == "__main__":
    sys.exit(main())
