"""Has renames fail, processes die at them and clocks jump in every writing command, then runs it again.

    python -m tests.faults.renames --faults 400

Each command is first run unharmed, which counts its renames below the repository, git's own included. Then it
is run in a fresh copy in which one of these fails (ENOSPC, EIO), or kills its process before or after it, or in
which the clock is wrong; and after that once more, unharmed. Ends with status 1 if an anchor is then lost, torn
or there twice, the log is not a render, doctor finds anything, or the failure was not one clear line.
With 0 faults it goes through all there are. Needs Linux and a C compiler; else it says so, with status 0.
"""

import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage import codec
from tests.faults import script
from tests.faults.place import LOG, Done, Place
from tests.faults.shim import Shim

DEADLY: Final = ("KILL", "KILLED")
WHATS: Final = ("ENOSPC", "EIO", *DEADLY)
CLOCKS: Final = (-3600, -30 * 365 * 86400, 365 * 86400)
_ENTRY: Final = (
    "\nResume from anchor: [{0}]\nContext: text of {0}\nCurrent milestone: m\nNext action: n\n"
)
_HERE: Final = ("One", "Two")
TEXTS: Final = ("x", "edited", "changed")
"""What an anchor may say beside the text that goes with its name."""


def _nothing(place: Place) -> None:
    """There is nothing to prepare."""


def _paste(place: Place) -> None:
    log = place.root / LOG
    log.write_text(log.read_text() + _ENTRY.format("Pasted") + _ENTRY.format("More"))


def _paste_and_stage(place: Place) -> None:
    _paste(place)
    (place.root / "work").write_text("x\n")
    place.run("git", "add", "work", LOG)


def _file(place: Place) -> None:
    (place.root / ".git/text.md").write_text(_ENTRY.format("In") + _ENTRY.format("Im"))


def _past(place: Place) -> None:
    (place.root / "OLD.md").write_text(_ENTRY.format("Past"))
    place.run("git", "add", "OLD.md")
    place.run("git", "commit", "-qm", "Old")
    place.run("git", "rm", "-q", "OLD.md")
    place.run("git", "commit", "-qm", "Gone")


def _lose(place: Place) -> None:
    for name in ("Lost", "Gone"):
        place.run("git", "anchor", "add", name, "-c", "x")
    place.run("git", "clean", "-fdq")
    place.run("git", "checkout", "-q", ".")


def _no_log(place: Place) -> None:
    (place.root / LOG).unlink()


def _break(place: Place) -> None:
    (place.root / LOG).unlink()
    place.run("git", "config", "--remove-section", "merge.gitanchor")


def _remote(place: Place) -> None:
    other = place.root / ".git/other.git"  # which is copied with the rest
    place.run("git", "clone", "-q", "--bare", str(place.root), str(other))
    place.run("git", "remote", "add", "origin", str(other))


def _uninstalled(place: Place) -> None:
    place.run("git", "anchor", "hooks", "uninstall")


def _branches(place: Place) -> None:
    driver = place.run("git", "config", "merge.gitanchor.driver").stdout.decode().strip()
    place.run("git", "config", "--remove-section", "merge.gitanchor")
    place.run("git", "switch", "-qc", "side")
    place.run("git", "anchor", "add", "Side", "-c", "x", "--commit")
    place.run("git", "switch", "-q", "main")
    place.run("git", "anchor", "add", "Main", "-c", "x", "--commit")
    place.run("git", "merge", "-q", "side", fails=True)
    place.run("git", "config", "merge.gitanchor.driver", driver)


def _template(place: Place) -> None:
    folder = place.root / ".anchors/templates"
    folder.mkdir()
    (folder / "resume.md.j2").write_text("x\n")
    place.run("git", "add", ".")
    place.run("git", "commit", "-qm", "Template")


def _edit(place: Place) -> None:
    place.run("git", "anchor", "edit", "One", "-c", "edited")


def _bare(place: Place) -> None:
    place.run("git", "anchor", "hooks", "uninstall")
    place.run("git", "rm", "-q", ".gitattributes", ".anchors/.gitattributes", ".anchors/config.yaml")
    place.run("git", "commit", "-qm", "Without")


@dataclass(frozen=True, slots=True)
class Case:
    """A command, what it needs, the anchors that are there when it was done, and whether it may be run again.

    One that makes something new each time, as `add` does, is not run again where that is there.
    """

    command: tuple[str, ...]
    prepare: Callable[[Place], None] = _nothing
    names: tuple[str, ...] = _HERE
    new: str | None = None

    def is_done(self, found: Sequence[tuple[str, str]]) -> bool:
        """Whether what is made only once is there."""
        return self.new in [name for name, _ in found]

    @property
    def is_undo(self) -> bool:
        """Whether to run it again would take back what it did."""
        return self.command[-1] == "undo"


CASES: Final = (
    Case(("anchor", "init"), _bare),
    Case(("anchor", "hooks", "install"), _uninstalled),
    Case(("anchor", "add", "New", "-c", "text of New"), names=(*_HERE, "New"), new="New"),
    Case(("anchor", "add", "New", "-c", "x", "--commit"), names=(*_HERE, "New"), new="New"),
    Case(("anchor", "add", "-y", "-F", ".git/text.md"), _file, (*_HERE, "In", "Im")),
    Case(("anchor", "edit", "One", "-c", "changed")),
    Case(("anchor", "done", "One")),
    Case(("anchor", "undo"), _edit),
    Case(("anchor", "rm", "One"), names=("Two",)),
    Case(("anchor", "absorb"), _paste, (*_HERE, "Pasted", "More")),
    Case(("commit", "-qm", "Paste"), _paste_and_stage, (*_HERE, "Pasted", "More")),
    Case(("anchor", "render"), _no_log),
    Case(("anchor", "doctor", "--fix"), _break),
    Case(("anchor", "import", ".git/text.md"), _file, (*_HERE, "In", "Im")),
    Case(("anchor", "import", "--history", "OLD.md"), _past, (*_HERE, "Past")),
    Case(("anchor", "recover", "--all"), _lose, (*_HERE, "Lost", "Gone")),
    Case(("anchor", "resolve"), _branches, (*_HERE, "Side", "Main")),
    Case(("anchor", "gc")),
    Case(("anchor", "sync"), _remote),
    Case(("anchor", "template", "trust", "resume.md.j2"), _template),
    Case(("anchor", "resume")),
)


@dataclass(slots=True)
class Tally:
    """The counts over all faults."""

    statuses: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    lost: int = 0
    double: int = 0
    torn: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.double or self.torn or self.problems)

    def report(self) -> str:
        """The counts, one a line."""
        ends = ", ".join(f"{end}: {count}" for end, count in sorted(self.statuses.items()))
        lines = [
            f"commands that were harmed: {self.commands}",
            f"faults and exit statuses: {ends}",
            f"lost: {self.lost}, twice: {self.double}, torn: {self.torn}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


class Trial:
    """One case in copies of one repository, which all have the same path."""

    def __init__(self, case: Case, place: Place, base: Path, shim: Shim, tally: Tally) -> None:
        """`base` is a copy of what the repository of `place` was before."""
        self._case = case
        self._place = place
        self._shim = shim
        self._tally = tally
        self._kept = base
        self._again()
        case.prepare(place)
        self._kept = base.with_name("kept")
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(place.root, self._kept, symlinks=True)
        self._name = " ".join(case.command)

    def count(self) -> int:
        """How many renames the command makes, run unharmed; it has to do what it should."""
        done = self._run(self._shim.failing(0, "EIO", f"{self._place.root}/*"))
        number = len(self._shim.renames())
        self._look("unharmed", done)
        return number

    def harm(self, number: int, what: str) -> None:
        """Have a rename fail, then run the command again."""
        self._again()
        done = self._run(self._shim.failing(number, what, f"{self._place.root}/*"))
        self._judge(f"rename {number} {what}", what, done)

    def shift(self, seconds: int) -> None:
        """Have the clock be wrong, then run the command again."""
        self._again()
        self._shim.set_clock(seconds)
        done = self._run(self._shim.plain)
        self._shim.set_clock(0)
        self._judge(f"clock {seconds:+}", "clock", done)

    def _again(self) -> None:
        shutil.rmtree(self._place.root)
        shutil.copytree(self._kept, self._place.root, symlinks=True)

    def _run(self, environment: Mapping[str, str]) -> Done:
        return self._place.run("git", *self._case.command, fails=True, environment=environment)

    def _judge(self, fault: str, what: str, done: Done) -> None:
        self._tally.commands += 1
        self._tally.statuses[f"{what} {done.returncode}"] += 1
        said = done.stderr.decode("utf-8", "replace")
        printed = f"{said}\n{done.stdout.decode('utf-8', 'replace')}"  # doctor's findings are no failure
        told = [line for line in printed.splitlines() if line.startswith(("error: ", "fatal: "))]
        is_silent = done.returncode > 0 and not told and what not in DEADLY
        if "Traceback" in said or (is_silent and self._case.command[0] == "anchor"):
            self._trouble(fault, f"{done.returncode}: {said[-600:]}")
        self._torn(fault)
        for lock in self._place.root.rglob("*.lock"):  # a git that was killed leaves them to people
            if "gitanchor" not in lock.parts:
                lock.unlink()
        if not (self._case.is_done(self._contexts()) or (self._case.is_undo and done.returncode == 0)):
            again = self._place.run("git", *self._case.command, fails=True)
            if again.returncode not in (0, 1) or b"Traceback" in again.stderr:
                said = again.stderr.decode("utf-8", "replace")
                self._trouble(fault, f"again: {again.returncode}: {said[-600:]}")
        if self._case.command[0] == "commit" and "warning: git" in said:
            self._place.anchor("absorb")  # a hook that fails keeps no commit from being made
        self._look(fault, done)

    def _trouble(self, fault: str, what: str) -> None:
        self._tally.problems.append(f"{self._name}, {fault}: {what}")

    def _torn(self, fault: str) -> None:
        for path in self._place.files():
            try:
                codec.load(path.read_bytes().decode(), path.name)
            except (BadAnchorFile, UnicodeDecodeError) as error:
                self._tally.torn += 1
                self._trouble(fault, f"torn: {error}")

    def _contexts(self) -> list[tuple[str, str]]:
        """The names and contexts of all anchors."""
        listed = self._place.anchor("list", "--json")
        return [(item["name"], item["context"]) for item in json.loads(listed.stdout or b"[]")]

    def _look(self, fault: str, done: Done) -> None:
        """What has to be there after the command was run, again if it was harmed."""
        found = self._contexts()
        names, wanted = Counter(name for name, _ in found), Counter(self._case.names)
        strange = [f"{name}: {text}" for name, text in found if text not in (f"text of {name}", *TEXTS)]
        self._tally.lost += (wanted - names).total()
        self._tally.double += sum(count > 1 for count in names.values())
        if names != wanted or strange:
            said = done.stderr.decode("utf-8", "replace")[-300:]
            self._trouble(fault, f"{dict(names)} {strange}: {done.returncode}: {said}")
        checked = self._place.anchor("doctor")
        if checked.returncode:  # the log, which the message of a failed command says to render
            self._place.anchor("render")
            checked = self._place.anchor("doctor")
        is_ahead = fault.startswith("clock +") and b"is wrong\n1 problem" in checked.stdout
        if (checked.returncode and not is_ahead) or checked.stderr:
            self._trouble(fault, f"doctor: {(checked.stderr or checked.stdout).decode()[:500]}")


def run(faults: int, folder: Path, seed: int) -> Tally:
    """Harm commands so many times, chosen at random; or in all ways. Raises NotHere."""
    started = time.monotonic()
    shim = Shim(folder / "shim")
    chance = random.Random(seed)
    tally = Tally()
    chosen = Counter(chance.randrange(len(CASES)) for _ in range(faults)) if faults else None
    place = Place(folder)
    for name in _HERE:
        place.anchor("add", name, "-c", f"text of {name}", "-n", "go")
    place.run("git", "add", ".")
    place.run("git", "commit", "-qm", "Anchors")
    base = folder / "base"
    shutil.copytree(place.root, base, symlinks=True)
    for number, case in enumerate(CASES):
        if chosen is not None and not chosen[number]:
            continue
        trial = Trial(case, place, base, shim, tally)
        count = trial.count()
        ways: list[tuple[int, str]] = [(at + 1, what) for at in range(count) for what in WHATS]
        ways += [(seconds, "clock") for seconds in CLOCKS]
        if chosen is not None:
            ways = chance.choices(ways, k=chosen[number])
        for at, what in ways:
            if what == "clock":
                trial.shift(at)
            else:
                trial.harm(at, what)
    tally.seconds = time.monotonic() - started
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    return script.main(run, "renames", "--faults", 400, "how many; 0 for all", arguments)


if __name__ == "__main__":
    sys.exit(main())
