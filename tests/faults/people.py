"""What people do in one worktree with `git anchor`, by hand, and with `git commit`; and what must come of it."""

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hypothesis.stateful import RuleBasedStateMachine

from gitanchor.operations import choose
from gitanchor.parsing import log_format
from tests.faults.clones import Clone, Worktree, set_clock
from tests.faults.expected import LOG, is_anchor, tokens
from tests.repositories import Result

POINTS: Final = "\n".join(
    f"- [x] a point that many anchors have, number {number}" for number in range(12)
)
"""A text that makes git take one anchor for another that was removed."""

_NAMED: Final = re.compile(
    r"^hint: (?:The open anchor on |\d+ commits? ).*?(?:\(([0-9a-f]{8})\)|(without an anchor)|\"(git anchor status)\")",
    re.MULTILINE,
)
"""What a hook says of the anchor to go on from."""

_STATUSES: Final = frozenset(range(6))

counts: Counter[str] = Counter()
"""How many steps of each kind were made, and what came of them, over all examples."""


class People(RuleBasedStateMachine):
    """The worktrees, and the words that must not be lost."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="gitanchor-operations-"))
        self.step = 1
        self.hands = False
        self.wanted: set[bytes] = set()
        self.touched: set[int] = set()
        counts["examples"] += 1
        self.careful = True
        self.clones: list[Clone] = []
        self.trees: list[Worktree] = []

    # What is used by many steps ------------------------------------------------------------------

    def at(self, number: int, what: str) -> Worktree:
        """The worktree of a step, a minute later than the last one."""
        self.step += 1
        set_clock(self.step)
        self.touched.add(number)
        counts["steps"] += 1
        counts[what] += 1
        return self.trees[number]

    def word(self) -> str:
        """A word that no other text has."""
        word = f"word{self.step}z"
        self.wanted.add(word.encode())
        return word

    def run(self, tree: Worktree, *arguments: str, **environment: str) -> Result:
        """Run git; whatever it answers, no program may break."""
        result = tree.run("git", *arguments, check=False, **environment)
        self.sane(arguments, result)
        self.agreed(tree, arguments, result)
        return result

    @staticmethod
    def agreed(tree: Worktree, arguments: Sequence[str], result: Result) -> None:
        """No hook named another anchor than `git anchor resume` would offer, whose choice is not told here."""
        told = ["".join(words) for words in _NAMED.findall(result.err)]
        if not told:
            return
        choice = choose.choice(tree.workspace())
        counts["a hook spoke"] += 1
        known = choice.stored.facts.id if choice else "without an anchor"
        assert told[-1] in {known, "git anchor status"}, (arguments, result, known)
        counts["a hook named it"] += told[-1] == known

    def anchor(self, tree: Worktree, *arguments: str, ok: bool = False) -> Result:
        """Run `git anchor`, which has to end with a documented status."""
        result = tree.anchor(*arguments)
        self.sane(arguments, result)
        assert result.status in _STATUSES, (arguments, result)
        assert not ok or result.status == 0, (arguments, result)
        return result

    @staticmethod
    def sane(arguments: Sequence[str], result: Result) -> None:
        """Nothing broke."""
        for text in (result.out, result.err):
            assert "Traceback" not in text, (arguments, result)
            assert "git-anchor does not run" not in text, (arguments, result)
            assert "BUG" not in text, (arguments, result)
            assert "fatal: unable to" not in text, (arguments, result)
        assert result.status >= 0, (arguments, result)

    def replaced(self, before: bytes | None, after: bytes | None) -> None:
        """A person replaced a text: what it said need not be kept; what it says now must be."""
        self.wanted -= tokens(before) - tokens(after)
        self.wanted |= tokens(after) - tokens(before)

    def pick(self, tree: Worktree, number: int) -> str | None:
        """The path of an anchor that is there and can be read."""
        paths = [path for path in tree.files() if path not in tree.unmerged]
        return paths[-1 - number % len(paths)] if paths else None

    def change(self, tree: Worktree, path: str, *arguments: str) -> Result:
        """Change one anchor by a command."""
        before = (tree.root / path).read_bytes()
        result = self.anchor(tree, *arguments)
        after = (tree.root / path).read_bytes() if (tree.root / path).exists() else None
        self.replaced(before, after)
        return result

    # Our own commands ----------------------------------------------------------------------------

    def add(self, n: int, *, alike: bool = False) -> None:
        tree = self.at(n, "add")
        word = self.word()
        sections = ["-c", f"Context {word}", "-n", "Go on", "-d", f"tool {word}"]
        sections += ["-m", POINTS] if alike else []
        self.anchor(tree, "add", f"Name_{word}", *sections, ok=True)
        self.mid_operation(tree)

    def work(self, n: int, number: int) -> None:
        """What a careful person does, so that the branches move apart, often in the same place."""
        match number % 4:
            case 0:
                self.add(n, alike=number % 8 == 0)
            case 1:
                self.done(n, number % 2)
            case _:
                self.edit(n, number % 3, "-c" if number % 2 else "-n")
        self.commit(n, "-A", 1, amend=False)

    def edit(self, n: int, number: int, option: str) -> None:
        tree = self.at(n, "edit")
        path = self.pick(tree, number)
        if path:
            word = self.word()
            result = self.change(tree, path, "edit", path[-13:-5], option, f"Tools: {word}")
            if tree.unmerged:
                assert result.status in {0, 3}, result
            else:
                assert result.status == 0, result
            if result.status:
                self.wanted.discard(word.encode())
            self.mid_operation(tree)

    def done(self, n: int, number: int) -> None:
        tree = self.at(n, "done")
        path = self.pick(tree, number)
        if path:
            word = self.word()
            result = self.change(tree, path, "done", path[-13:-5], "-m", f"Outcome {word}")
            if result.status:
                self.wanted.discard(word.encode())
            assert result.status == 0 or tree.unmerged, result
            self.mid_operation(tree)

    def rm(self, n: int, number: int) -> None:
        tree = self.at(n, "rm")
        path = self.pick(tree, number)
        if path and len(tree.files()) > 1:
            result = self.change(tree, path, "rm", path[-13:-5])
            assert result.status == 0 or tree.unmerged, result
            self.mid_operation(tree)

    def undo(self, n: int) -> None:
        tree = self.at(n, "undo")
        before = tree.tree.anchors
        result = self.anchor(tree, "undo")
        after = tree.tree.anchors
        for path in before.keys() | after.keys():
            if before.get(path) != after.get(path):
                self.replaced(before.get(path), after.get(path))
        assert result.status in {0, 1} or tree.unmerged, result
        self.mid_operation(tree)

    def mid_operation(self, tree: Worktree) -> None:
        """Note that the log may hold what the commit that is being made does not."""
        if tree.is_busy:
            tree.must_be_fresh = False
            counts["mid-operation"] += 1

    def recover(self, n: int) -> None:
        tree = self.at(n, "recover")
        if not tree.is_busy and not self.hand_work(tree):
            before = tree.tree.anchors
            self.anchor(tree, "recover", "--all", ok=True)
            counts["recovered"] += before != tree.tree.anchors
            tree.must_be_fresh = True

    # Hands in the log ----------------------------------------------------------------------------

    def edit_the_log(self, n: int, number: int) -> None:
        tree = self.at(n, "edit the log")
        if tree.is_busy or not (tree.root / LOG).exists():
            return
        lines = tree.read(LOG).split("\n")
        labels = ("**Context:**", "**Next action:**")
        places = [place for place, line in enumerate(lines) if line.startswith(labels)]
        if not places:
            return
        place = places[number % len(places)]
        old = lines[place]
        label = old[: old.index(":**") + 3]
        lines[place] = f"{label} By hand {self.word()}"
        self.replaced(old.encode(), lines[place].encode())
        tree.write(LOG, "\n".join(lines))
        self.hands = True

    def paste_into_the_log(self, n: int, number: int) -> None:
        tree = self.at(n, "paste into the log")
        if tree.is_busy or not (tree.root / LOG).exists():
            return
        lines = tree.read(LOG).split("\n")
        word = self.word()
        pasted = [
            "",
            f"Resume from anchor: [Pasted_{word}]",
            f"Context: {word}",
            "Next action: go on",
            "",
        ]
        places = [place for place, line in enumerate(lines) if log_format.begins(line)]
        place = [*places, len(lines)][number % (len(places) + 1)]
        tree.write(LOG, "\n".join([*lines[:place], *pasted, *lines[place:]]))
        self.hands = True

    def absorb(self, n: int, which: str) -> None:
        tree = self.at(n, "absorb")
        if not tree.is_busy:
            self.mend(tree, which)

    def mend(self, tree: Worktree, which: str = "theirs") -> None:
        """Do what the messages say where the log is not a render."""
        if self.hand_work(tree):
            self.anchor(tree, "absorb", f"--{which}", ok=True)
        else:
            self.anchor(tree, "render", ok=True)
        assert tree.is_fresh, tree.anchor("render", "--check")
        tree.must_be_fresh = True

    def hand_work(self, tree: Worktree) -> bool:
        """Whether a hand's work is in the log, which it can be only if a hand wrote."""
        text = tree.workspace().log.read()
        work = list(text.hand_work(tree.workspace().store.foreword)) if text else []
        assert self.hands or not work, work
        return bool(work)

    # Commits -------------------------------------------------------------------------------------

    def commit(self, n: int, how: str, number: int, amend: bool) -> None:
        tree = self.at(n, f"commit {how}")
        if tree.is_busy:
            return
        arguments = ["commit", "-q", "-m", f"Step {self.step}"]
        amend = amend and number % 2 == 0
        arguments += ["--amend"] if amend else []
        changed = [
            entry[3:] for entry in tree.git("status", "--porcelain", "-uall", "-z").split("\0") if entry
        ]
        if how == "-A":
            tree.git("add", "-A")
        elif how == "-a":
            arguments.append("-a")
        elif changed:
            path = changed[number % len(changed)]
            tree.git("add", "--", path)
            arguments += ["--", path] if how == "path" else []
        was_fresh = tree.is_fresh
        result = self.run(tree, *arguments)
        assert result.status in {0, 1}, (arguments, result)
        counts["commits"] += result.status == 0
        counts["absorbed by the hook"] += "absorbed" in result.err
        if how == "-A" and result.status == 0:
            assert tree.git("status", "--porcelain") == "", (result, tree.git("status", "--porcelain"))
            # A merge may have left the log behind, and said so; a commit of other files leaves it so.
            due = was_fresh or any(is_anchor(path) or path == LOG for path in changed)
            fresh = not due or tree.is_fresh or self.hand_work(tree)
            assert fresh, (result, tree.anchor("render", "--check"))
            tree.must_be_fresh = tree.is_fresh
        tree.must_be_fresh = tree.must_be_fresh and was_fresh

    def code(self, n: int) -> None:
        tree = self.at(n, "code")
        if not tree.is_busy:
            tree.write(f"code-{self.step}.txt", f"{self.step}\n")
            tree.git("add", f"code-{self.step}.txt")
            self.run(tree, "commit", "-q", "-m", f"Code {self.step}")
