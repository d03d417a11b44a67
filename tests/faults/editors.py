"""Has several processes edit one anchor at once: one wins, the text of each other is kept.

    python -m tests.faults.editors --rounds 40

A round is eight edits of a new anchor: in editors that all open the same text and close at the same
moment, by options that come as they come, or by options beside `done`, `rm` and `undo`. Ends with status 1
if a text is lost, or was written over another one that the edit had not read.
"""

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gitanchor.storage import codec
from tests.faults import script
from tests.faults.place import Done, Place

AT_ONCE: Final = 8
BUSY: Final = 5
NO: Final = 1
_KEPT: Final = re.compile(rb"your text is kept: 'git anchor recover (\S+)'\n$")
_EDITOR: Final = """\
#!/bin/sh
: > "$MEET/open-$TOKEN"
while ! test -e "$MEET/go"; do sleep 0.02; done
sed "s/^Context: .*/Context: $TOKEN/" "$1" > "$MEET/$TOKEN" && cat "$MEET/$TOKEN" > "$1"
"""


@dataclass(slots=True)
class Tally:
    """The counts over all rounds."""

    rounds: Counter[str] = field(default_factory=Counter)
    won: int = 0
    overtaken: int = 0
    kept: int = 0
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
            f"rounds: {', '.join(f'{count} with {way}' for way, count in sorted(self.rounds.items()))}",
            f"edits that won: {self.won}",
            f"edits that were overtaken: {self.overtaken}, kept and recovered: {self.kept}",
            f"lost texts: {self.lost}",
            *(f"problem: {problem}" for problem in self.problems),
            f"other problems: {len(self.problems)}",
            f"seconds: {self.seconds:.1f}",
        ]
        return "\n".join(lines)


class Rounds:
    """One repository, in which anchors are edited."""

    def __init__(self, folder: Path, tally: Tally) -> None:
        self.place = Place(folder)
        self._folder = folder
        self._tally = tally
        self._editor = folder / "editor"
        self._editor.write_text(_EDITOR)
        self._editor.chmod(0o755)

    def play(self, way: str, number: int) -> None:
        """Edit a new anchor in a way, and count."""
        self._tally.rounds[way] += 1
        added = self.place.anchor("add", f"Round_{number}", "-c", f"start {number}", "-n", "x", "--json")
        anchor = json.loads(added.stdout)
        tokens = [f"{way}-{number}-{edit}" for edit in range(AT_ONCE)]
        others: list[Done] = []
        with ThreadPoolExecutor(AT_ONCE + 3) as pool:
            if way == "editors":
                ended = self._in_editors(pool, anchor["id"], tokens)
            else:
                by_option = [("edit", anchor["id"], "-c", token) for token in tokens]
                running = [pool.submit(self.place.anchor, *edit) for edit in by_option]
                if way == "done, rm and undo":
                    beside = (("done", anchor["id"], "-m", f"{way}-{number}-done"),)
                    beside += (("rm", anchor["id"]), ("undo",))  # type: ignore[assignment]
                    others = [
                        one.result()
                        for one in [pool.submit(self.place.anchor, *command) for command in beside]
                    ]
                ended = [one.result() for one in running]
        winners = [token for token, done in zip(tokens, ended, strict=True) if _has_written(done)]
        self._count(tokens, ended, winners, removable=bool(others))
        self._look(self.place.root / anchor["path"], way, number, winners)
        for done in others:
            if done.returncode not in (0, NO, BUSY) or b"Traceback" in done.stderr:
                self._problem(f"{way} {number}: {done.returncode}: {done.stderr.decode()}")

    def _in_editors(self, pool: ThreadPoolExecutor, anchor_id: str, tokens: Sequence[str]) -> list[Done]:
        """Open all editors, and close them once all are open."""
        meeting = self._folder / tokens[0]
        meeting.mkdir()
        running = [
            pool.submit(
                self.place.run,
                "git",
                "anchor",
                "edit",
                anchor_id,
                fails=True,
                environment={"GIT_EDITOR": f"'{self._editor}'", "MEET": str(meeting), "TOKEN": token},
            )
            for token in tokens
        ]
        while len(list(meeting.glob("open-*"))) < len(tokens) and not any(map(_is_done, running)):
            time.sleep(0.02)
        (meeting / "go").touch()
        return [one.result() for one in running]

    def _count(
        self, tokens: Sequence[str], ended: Sequence[Done], winners: Sequence[str], *, removable: bool
    ) -> None:
        """Count who won, and have the texts of all others recovered."""
        self._tally.won += len(winners)
        listed = self.place.anchor("recover", "--list").stdout
        for token, done in zip(tokens, ended, strict=True):
            if token in winners:
                continue
            kept = _KEPT.search(done.stderr)
            if removable and done.returncode == NO:  # the anchor was gone before the edit read it
                continue
            if done.returncode != BUSY or not kept or done.stderr.count(b"\n") != 1:
                self._problem(f"{token}: {done.returncode}: {done.stderr.decode()}")
                self._tally.lost += 1
                continue
            self._tally.overtaken += 1
            recovered = self.place.anchor("recover", kept[1].decode())
            whole = f"Context: {token}\n".encode() in recovered.stdout
            found = recovered.returncode == 0 and whole and kept[1] in listed
            self._tally.kept += found
            self._tally.lost += not found

    def _look(self, path: Path, way: str, number: int, winners: Sequence[str]) -> None:
        """Compare the file with who won: one of them is in it, and each other one was read by the next."""
        if way == "editors" and len(winners) != 1:
            self._problem(f"{way} {number}: {len(winners)} won")
        journal = self.place.root / ".git/gitanchor/journal"
        entries = [*journal.glob(f"*-edit-{path.name}"), *journal.glob(f"*-delete-{path.name}")]
        befores = [_context(entry.read_text().partition("\n")[2], path) for entry in entries]
        present = _context(path.read_text(), path) if path.exists() else None
        texts = [f"start {number}", *winners]
        if way == "done, rm and undo":
            for text in texts:
                if text != present and text not in befores:
                    self._problem(f"{way} {number}: {text} was written over unread")
            return
        # Each text but the last gave way once: a second time would be an edit of what was not read.
        left = Counter(texts) - Counter(befores)
        if left != Counter([present]) or Counter(befores) - Counter(texts):
            self._problem(f"{way} {number}: {present} is there, {winners} won, {befores} were replaced")

    def _problem(self, problem: str) -> None:
        self._tally.problems.append(problem)


def _is_done(future: object) -> bool:
    return bool(future.done())  # type: ignore[attr-defined]


def _has_written(done: Done) -> bool:
    """Whether an edit was made; the log may still wait for the next render."""
    return done.stdout.startswith(b"[") and done.returncode in (0, BUSY)


def _context(text: str, path: Path) -> str:
    return codec.load(text, path.name).context


def run(rounds: int, folder: Path, seed: int) -> Tally:
    """Play so many rounds in one repository, and look at all that is left."""
    started = time.monotonic()
    tally = Tally()
    chance = random.Random(seed)
    playing = Rounds(folder, tally)
    ways = ("editors", "options", "done, rm and undo")
    for number in range(rounds):
        playing.play(ways[number] if number < len(ways) else chance.choice(ways), number)
    playing.place.anchor("render")
    tally.problems += playing.place.troubles()
    tally.seconds = time.monotonic() - started
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    return script.main(run, "editors", "--rounds", 40, "how many anchors to edit", arguments)


if __name__ == "__main__":
    sys.exit(main())
