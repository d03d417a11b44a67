"""Has the log saved by an editor, absorbed and committed while `git anchor` writes it: nothing is lost or doubled.

    python -m tests.faults.saves --rounds 80

In a round an answer is pasted into the log. In every fourth of them `git anchor absorb` and `git commit`
start at once then; in the others an editor saves the log, in place or by a rename, while `add`, `edit` or
`render` writes it. Ends with status 1 if a pasted answer is not one anchor after an `absorb`.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import script
from tests.faults.place import LOG, Done, Place

BUSY = 5


@dataclass(slots=True)
class Tally:
    """The counts over all rounds."""

    rounds: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    refused: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.doubled or self.problems)

    def report(self) -> str:
        """The counts, one a line."""
        lines = [
            f"rounds: {', '.join(f'{count} with {way}' for way, count in sorted(self.rounds.items()))}",
            f"pasted answers that were lost: {self.lost}",
            f"pasted answers that were doubled: {self.doubled}",
            f"logs that were left alone because of a save: {self.refused}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


def in_place(log: Path, text: str) -> None:
    """Save as an editor that empties the file."""
    log.write_text(text)


def by_rename(log: Path, text: str) -> None:
    """Save as an editor that writes a new file."""
    new = log.with_name(".log.swp")
    new.write_text(text)
    new.rename(log)


SAVES: Sequence[tuple[str, Callable[[Path, str], None]]] = (
    ("a save in place", in_place),
    ("a save by a rename", by_rename),
)


class Rounds:
    """One repository, in whose log answers are pasted."""

    def __init__(self, folder: Path, tally: Tally, choices: random.Random) -> None:
        self.place = Place(folder)
        self._log = self.place.root / LOG
        self._tally = tally
        self._choices = choices
        self.place.anchor("add", "First", "-c", "first", "-n", "n", "--commit")

    def play(self, number: int) -> None:
        """Play one round, and look what became of the answer."""
        with ThreadPoolExecutor(2) as pool:
            if number % 4 == 0:
                self._tally.rounds["absorb and commit"] += 1
                by_rename(self._log, self._pasted(number))
                commit = ("git", "commit", "-qam", f"Round {number}")
                running = [
                    pool.submit(self.place.anchor, "absorb"),
                    pool.submit(lambda: self.place.run(*commit, fails=True)),
                ]
            else:
                name, save = self._choices.choice(SAVES)
                self._tally.rounds[name] += 1
                command = self._choices.choice(
                    [
                        ("add", f"Added_{number}", "-c", "c"),
                        ("edit", "First", "-c", f"edited {number}"),
                        ("render",),
                    ]
                )
                running = [pool.submit(self.place.anchor, *command)]
                time.sleep(self._choices.random() * 0.4)
                save(self._log, self._pasted(number))
            self._look_at([one.result() for one in running], number)
        self._settle(number)

    def _pasted(self, number: int) -> str:
        """The log as it is, with an answer on top of its entries."""
        head, _, entries = self._log.read_text().partition("\n<!-- anchor ")
        answer = f"Resume from anchor: [Pasted_{number}]\nContext: c {number}\nNext action: n\n"
        return f"{head}\n{answer}\n<!-- anchor {entries}"

    def _look_at(self, ended: Sequence[Done], number: int) -> None:
        for done in ended:
            if b"take it in with" in done.stderr or done.returncode == BUSY:
                self._tally.refused += 1
            elif done.returncode not in (0, 1) or b"Traceback" in done.stderr:
                self._tally.problems.append(f"{number}: {done.returncode}: {done.stderr.decode()}")

    def _settle(self, number: int) -> None:
        """Absorb and commit what is left, and look for the answer."""
        self.place.anchor("absorb")
        self.place.run("git", "add", "-A")
        self.place.run("git", "commit", "-qm", f"Settle {number}", fails=True)
        named = self.place.anchor("list").stdout.decode().split().count(f"Pasted_{number}")
        self._tally.lost += named < 1
        self._tally.doubled += named > 1


def run(rounds: int, folder: Path, seed: int) -> Tally:
    """Play rounds in a repository."""
    tally = Tally()
    started = time.monotonic()
    playing = Rounds(folder, tally, random.Random(seed))
    for number in range(rounds):
        playing.play(number)
    tally.problems += playing.place.troubles()
    tally.seconds = time.monotonic() - started
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    return script.main(run, "saves", "--rounds", 80, "how many answers are pasted", arguments)


if __name__ == "__main__":
    sys.exit(main())
