"""Has many processes run all writing commands at once in three worktrees, and looks at what is left.

    python -m tests.faults.crowd --seconds 180

Each of 32 writers runs one command after the other: add, edit, done, absorb (of an entry that it pastes into
the log), render, commit, import, gc and recover. Ends with status 1 if an anchor that was acknowledged is not
there, or a text of one neither there nor in the journal or a commit; if an anchor is there twice, a command
ends with a traceback or a status that is not documented, or anything else is wrong then.
"""

import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.faults import script
from tests.faults.place import LOG, Done, Place

WRITERS: Final = 32
LINKED: Final = 2
_ACTIONS: Final = (
    *("add", "add", "add", "edit", "edit", "done", "paste", "absorb"),
    *("render", "commit", "import", "gc", "recover"),
)
_ACKNOWLEDGED: Final = re.compile(rb"\[[^ ]+@[0-9a-f]+ ([0-9a-f]{8})\] (.+)\n")
_TEXT: Final = re.compile(r"(?:text of|edited by) W\w+")
_ENTRY: Final = """\
Resume from anchor: [{name}]
Context: pasted as {name}
Current milestone: m
Next action: n
Dependencies: none
"""


@dataclass(slots=True)
class Tally:
    """The counts over all commands."""

    statuses: Counter[str] = field(default_factory=Counter)
    wanted: int = 0
    texts: int = 0
    lost: int = 0
    lost_texts: int = 0
    double: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.lost_texts or self.double or self.problems)

    def report(self) -> str:
        """The counts, one a line."""
        lines = [
            f"commands: {self.statuses.total()}",
            f"by command and status: {', '.join(f'{k}: {n}' for k, n in sorted(self.statuses.items()))}",
            f"acknowledged anchors: {self.wanted}, lost: {self.lost}, twice: {self.double}",
            f"acknowledged texts: {self.texts}, lost: {self.lost_texts}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


class Writer:
    """One command after the other in one worktree."""

    def __init__(self, place: Place, number: int, seed: int, editor: threading.Lock) -> None:
        """`editor` is held by whoever has the log of the worktree open, as one person would."""
        self.folder = place.worktrees[number % len(place.worktrees)]
        self.names: Counter[str] = Counter()
        self.texts: list[str] = []
        self.pasted: list[str] = []
        self.statuses: Counter[str] = Counter()
        self.problems: list[str] = []
        self._place = place
        self._number = number
        self._chance = random.Random(f"{seed} {number}")
        self._editor = editor
        self._ids: list[str] = []
        self._count = 0

    def write(self, end: float) -> None:
        """Go on until a moment of the monotonic clock."""
        while time.monotonic() < end:
            action = self._chance.choice(_ACTIONS)
            self._count += 1
            getattr(self, f"_{action}")(f"W{self._number}_{self._count}")

    def _run(self, *arguments: str, stdin: bytes = b"") -> Done:
        command = ("git", "anchor", *arguments) if arguments[0] != "git" else arguments
        done = self._place.run(*command, folder=self.folder, fails=True, stdin=stdin)
        name = arguments[0] if arguments[0] != "git" else "commit"
        self.statuses[f"{name} {done.returncode}"] += 1
        known = {0, 1, 2, 4, 5} if arguments[0] != "git" else {0, 1, 128}
        if done.returncode not in known or b"Traceback" in done.stderr:
            said = done.stderr.decode("utf-8", "replace")[-800:]
            self.problems.append(f"{self.folder.name}: {' '.join(arguments)}: {done.returncode}: {said}")
        return done

    def _acknowledge(self, done: Done) -> None:
        for anchor_id, name in _ACKNOWLEDGED.findall(done.stdout):
            self._ids.append(anchor_id.decode())
            self.names[name.decode()] += 1

    def _add(self, name: str) -> None:
        done = self._run("add", name, "-c", f"text of {name}", "-n", "go on")
        self._acknowledge(done)
        if not done.returncode:
            self.texts.append(f"text of {name}")

    def _edit(self, name: str) -> None:
        if self._ids:
            done = self._run("edit", self._chance.choice(self._ids), "-c", f"edited by {name}")
            if not done.returncode:
                self.texts.append(f"edited by {name}")

    def _done(self, name: str) -> None:
        if self._ids:
            self._run("done", self._chance.choice(self._ids))

    def _import(self, name: str) -> None:
        self._acknowledge(self._run("import", "-", stdin=_ENTRY.format(name=name).encode()))

    def _paste(self, name: str) -> None:
        """Paste an entry at the end of the log, as an editor saves it, and have it absorbed."""
        with self._editor:
            log = self.folder / LOG
            edited = log.with_name(f".{name}.md")
            edited.write_bytes(log.read_bytes() + b"\n" + _ENTRY.format(name=name).encode())
            edited.replace(log)
            self.pasted.append(name)
            self._run("absorb")

    def _absorb(self, _: str) -> None:
        self._run("absorb")

    def _render(self, _: str) -> None:
        self._run("render")

    def _gc(self, _: str) -> None:
        self._run("gc")

    def _recover(self, _: str) -> None:
        self._run("recover", "--all")

    def _commit(self, name: str) -> None:
        self._place.run("git", "add", "-A", folder=self.folder, fails=True)
        self._run("git", "commit", "-qm", name)


def run(seconds: int, folder: Path, seed: int, crowd: int = WRITERS) -> Tally:
    """Write for so many seconds, and look at all that is left."""
    place = Place(folder, LINKED)
    editors = [threading.Lock() for _ in place.worktrees]
    writers = [Writer(place, number, seed, editors[number % len(editors)]) for number in range(crowd)]
    started = time.monotonic()
    with ThreadPoolExecutor(crowd) as pool:
        list(pool.map(lambda writer: writer.write(started + seconds), writers))
    tally = Tally(seconds=time.monotonic() - started)
    for writer in writers:
        tally.statuses += writer.statuses
        tally.problems += writer.problems
    for root in place.worktrees:
        place.anchor("absorb", folder=root)
        rendered = place.anchor("render", folder=root)
        if rendered.returncode:
            tally.problems.append(f"{root.name}: render: {rendered.stderr.decode()[:500]}")
        _count(place, root, [writer for writer in writers if writer.folder == root], tally)
    _count_texts(place, [text for writer in writers for text in writer.texts], tally)
    tally.problems += place.troubles()
    return tally


def _journal(place: Place) -> str:
    files = (place.root / ".git/gitanchor/journal").glob("*Z-*")
    return "".join(file.read_text("utf-8") for file in files)


def _count_texts(place: Place, texts: Sequence[str], tally: Tally) -> None:
    """Look for all that was acknowledged: it may be of an older state, in the journal or a commit."""
    found = _journal(place)
    found += "".join(path.read_text("utf-8") for root in place.worktrees for path in place.files(root))
    found += place.run("git", "log", "--all", "-p", "--format=", "--", ".anchors").stdout.decode()
    kept = set(_TEXT.findall(found))
    lost = [text for text in texts if text not in kept]
    tally.texts += len(texts)
    tally.lost_texts += len(lost)
    tally.problems += [f"nowhere: {text}" for text in lost]


def _count(place: Place, root: Path, writers: Sequence[Writer], tally: Tally) -> None:
    """Compare the anchors of one worktree with what was acknowledged there."""
    listed = place.anchor("list", "--json", folder=root)
    if listed.returncode or listed.stderr:
        tally.problems.append(f"{root.name}: list: {listed.stderr.decode()[:500]}")
    found: list[dict[str, Any]] = json.loads(listed.stdout or b"[]")
    present = Counter(item["name"] for item in found)
    wanted = sum((writer.names for writer in writers), Counter[str]())
    pasted = [name for writer in writers for name in writer.pasted]
    tally.wanted += wanted.total() + len(pasted)
    kept = _journal(place)
    wanted.update(name for name in pasted if f"[{name}]" not in kept)
    lost = wanted - present
    tally.lost += lost.total()
    tally.double += sum(count > 1 for count in present.values())
    tally.problems += [f"{root.name}: {name} is not there" for name in lost]
    tally.problems += [f"{root.name}: {name} is there {n} times" for name, n in present.items() if n > 1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    return script.main(run, "crowd", "--seconds", 180, "how long they write", arguments)


if __name__ == "__main__":
    sys.exit(main())
