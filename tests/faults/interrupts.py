"""Interrupts `git anchor` (SIGINT) at random moments, and looks at what it says and leaves.

    python -m tests.faults.interrupts --signals 500

Adds, edits in an editor, renders, absorbs and imports, each a process of its own that gets one signal: alone,
or with all that it started, as Ctrl-C on a terminal sends it. It may be done, or end with status 130 and
one line. Signals that arrive before Python has come to our code are Python's, and counted apart. Ends with
status 1 for a traceback, an anchor that is torn, a text that is lost or a file that is left behind.
"""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage import codec
from tests.faults import script
from tests.faults.place import LOG, Place
from tests.repositories import BIN

AT_ONCE: Final = 3
BATCH: Final = 50
WAYS: Final = ("add", "add in an editor", "edit in an editor", "render", "absorb", "import")
INTERRUPTED: Final = 130
_DONE: Final = (0, 5)
_REFUSED: Final = 2
_OF_THE_LOG: Final = ("render", "absorb", "import")
"""What may be refused, because an absorb beside it has put text into the log."""

_KEPT: Final = re.compile(r"your text is kept in '(.+)'\n")
_BESIDE: Final = re.compile(r"warning: the log was not regenerated: .* 'git anchor absorb'\n")
"""What is said before an interrupt that comes late, where an absorb beside it has put text into the log."""

_EDITOR: Final = """\
#!/bin/sh
sleep 0.05
sed "s/^Context:.*/Context: $TOKEN/; s/^Next action:.*/Next action: go on/" "$1" > "$0.$TOKEN"
mv "$0.$TOKEN" "$1"
sleep 0.05
"""
# The console script's own lines come before ours, and so does all that Python loads for itself, and
# the loading of what catches interrupts.
_LOADING: Final = re.compile(
    rb'File "[^"]*gitanchor/(?:cli/)?(?:__init__|entry|interrupts)\.py", line \d+, in <module>'
)
_OURS: Final = re.compile(rb'File "[^"]*gitanchor/(?!.*site-packages)[a-z_/]+\.py"')


@dataclass(slots=True)
class Tally:
    """The counts over all signals."""

    sent: Counter[str] = field(default_factory=Counter)
    interrupted: int = 0
    done: int = 0
    early: int = 0
    by_signal: int = 0
    kept: int = 0
    tracebacks: int = 0
    lost: int = 0
    torn: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.tracebacks or self.lost or self.torn or self.problems)

    def report(self) -> str:
        """The counts, one a line."""
        lines = [
            f"signals: {self.sent.total()}"
            f" ({', '.join(f'{self.sent[way]} {way}' for way in WAYS if self.sent[way])})",
            f"interrupted, with status 130 and one line: {self.interrupted}",
            f"done nevertheless: {self.done}",
            f"before our code ran: {self.early}",
            f"texts of editors that were kept: {self.kept}",
            f"tracebacks: {self.tracebacks}",
            f"lost: {self.lost}, torn: {self.torn}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended; `token` is what stood in its text, `signalled` whether it got the signal."""

    way: str
    token: str
    status: int
    out: bytes
    err: bytes
    signalled: bool


class Batch:
    """One repository, and the commands that are interrupted in it."""

    def __init__(self, folder: Path, chance: random.Random, tally: Tally) -> None:
        self.place = Place(folder)
        self._folder = folder
        self._chance = chance
        self._tally = tally
        self._editor = folder / "editor"
        self._editor.write_text(_EDITOR)
        self._editor.chmod(0o755)
        for number in range(3):
            self.place.anchor("add", f"Before_{number}", "-c", f"before {number}", "-n", "x")
        self.anchors = self.place.files()

    def normal_seconds(self) -> dict[str, float]:
        """How long each of the commands takes that nobody interrupts, with as many others beside it."""
        found = {}
        for way in WAYS:
            started = time.monotonic()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                ended = list(pool.map(lambda _, way=way: self.start(way, None), range(AT_ONCE)))
            found[way] = time.monotonic() - started
            for one in ended:
                if one.status not in (0, 5):
                    self._tally.problems.append(f"{way}, not interrupted: {one}")
        return found

    def interrupt(self, count: int, normal: dict[str, float]) -> None:
        """Start commands, and send each a signal within the time that it normally takes."""
        plans = [(way := self._chance.choice(WAYS), self._moment(normal[way])) for _ in range(count)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for ended in pool.map(lambda plan: self.start(*plan), plans):
                self._count(ended)

    def _moment(self, normal: float) -> float:
        """Mostly anywhere in that time, and often within its first part, where modules are loaded."""
        return normal * self._chance.uniform(0.02, self._chance.choice((0.4, 1.1)))

    def start(self, way: str, moment: float | None) -> Ended:
        """Run a command to its end, with a signal after so many seconds."""
        token = f"text-{self._chance.getrandbits(40):010x}"
        process = subprocess.Popen(
            [str(BIN / "git-anchor"), *self._arguments(way, token)],
            cwd=self.place.root,
            env={**self.place.environment, "GIT_EDITOR": f"'{self._editor}'", "TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        signalled = False
        if moment is not None:
            time.sleep(moment)
            if process.poll() is None:
                signalled = True
                if self._chance.random() < 0.5:
                    process.send_signal(signal.SIGINT)
                else:
                    os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate()
        return Ended(way, token, process.returncode, out, err, signalled)

    def _arguments(self, way: str, token: str) -> list[str]:
        match way:
            case "add":
                return ["add", f"N-{token}", "-c", token, "-n", "go on"]
            case "add in an editor":
                return ["add", f"N-{token}"]
            case "edit in an editor":
                return ["edit", self._chance.choice(self.anchors).stem[-8:]]
            case "absorb":
                log = self.place.root / LOG
                text = log.read_text()
                new = f"{text}\n**Resume from anchor:** [N-{token}]\n\n**Context:** {token}\n"
                other = self._folder / f"{token}.md"
                other.write_text(new)
                other.replace(log)
                return ["absorb"]
            case "import":
                text = "".join(
                    f"Resume from anchor: [N-{token}-{number}]\nContext: {token} {number}\n"
                    f"Current milestone: all\nNext action: go on\nDependencies: none\n\n"
                    for number in range(5)
                )
                (self._folder / f"{token}.md").write_text(text)
                return ["import", str(self._folder / f"{token}.md")]
        return ["render"]

    def _count(self, ended: Ended) -> None:
        """Count one command that may have been interrupted."""
        if not ended.signalled:
            return
        self._tally.sent[ended.way] += 1
        said = ended.err.decode("utf-8", "replace")
        if b"Traceback" in ended.err or ended.status == -signal.SIGINT:
            loading = b"importlib._bootstrap" in ended.err  # Python's own, whatever we had printed
            if not _OURS.search(_LOADING.sub(b"", ended.err)) and (loading or not ended.out):
                self._tally.early += 1
            else:
                self._tally.tracebacks += 1
                self._tally.problems.append(f"{ended.way}: {ended.status}: {said}")
            return
        if said.strip() == "KeyboardInterrupt" and not ended.out:
            self._tally.early += (
                1  # Python looks for signals right before it runs a script (Modules/main.c)
            )
            return
        kept = _KEPT.search(said)
        if kept:
            self._tally.kept += 1
            form = Path(kept[1])
            self._tally.lost += not (form.exists() and ended.token in form.read_text())
            form.unlink(missing_ok=True)
        if ended.status == INTERRUPTED:
            self._tally.interrupted += 1
            if _BESIDE.sub("", _KEPT.sub("", said)) != "interrupted\n":
                self._tally.problems.append(f"{ended.way}: {ended.status}: {said}")
        elif ended.status in _DONE or (ended.way in _OF_THE_LOG and ended.status == _REFUSED):
            self._tally.done += 1
        else:
            self._tally.problems.append(f"{ended.way}: {ended.status}: {said}")
        self._look_for(ended, bool(kept))

    def _look_for(self, ended: Ended, kept: bool) -> None:
        """Whoever was told that something was written finds it."""
        if ended.way in ("add", "add in an editor", "edit in an editor") and ended.out.startswith(b"["):
            journal = self.place.root / ".git/gitanchor/journal"
            found = any(ended.token in path.read_text() for path in self.place.files())
            found = found or any(ended.token in path.read_text() for path in journal.glob("*-after-*"))
            self._tally.lost += not (found or kept)

    def look(self) -> None:
        """Look at all that is left."""
        for path in self.place.files():
            try:
                codec.load(path.read_bytes().decode(), path.name)
            except (BadAnchorFile, UnicodeDecodeError) as problem:
                self._tally.torn += 1
                self._tally.problems.append(str(problem))
        self.place.anchor("absorb")
        done = self.place.anchor("render")
        if done.returncode:
            self._tally.problems.append(f"render: {done.stderr.decode()}")
        self._tally.problems += self.place.troubles()


def run(signals: int, folder: Path, seed: int) -> Tally:
    """Interrupt so many commands."""
    # A shell has what it starts in the background ignore SIGINT, and so would all that starts here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    started = time.monotonic()
    chance = random.Random(seed)
    tally = Tally()
    normal: dict[str, float] = {}
    number = 0
    while tally.sent.total() < signals:
        place = folder / f"batch {number}"
        place.mkdir()
        batch = Batch(place, chance, tally)
        normal = normal or batch.normal_seconds()
        missing = signals - tally.sent.total()
        batch.interrupt(min(BATCH, missing + missing // 4 + 2), normal)
        batch.look()
        number += 1
    if tally.interrupted == 0:
        tally.problems.append("no signal interrupted anything")
    tally.seconds = time.monotonic() - started
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    return script.main(run, "interrupts", "--signals", 500, "how many commands to interrupt", arguments)


if __name__ == "__main__":
    sys.exit(main())
