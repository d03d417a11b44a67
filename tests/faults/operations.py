"""Two clones and a linked worktree in which people do things in random order, and what must hold then.

    python -m tests.faults.operations --rounds 30

All hooks and the merge driver are installed. After each step no anchor and no text is lost, the log is
a fresh render where it has to be, git is content, and nothing stopped in a conflict that is none. A
text is lost if it is in no worktree, index, branch or stash, and is not listed by `git anchor recover`.
Ends with status 1 if an example breaks a rule.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from gitanchor.operations import recovery
from tests.faults import expected
from tests.faults.clones import Clone, Worktree, set_clock, template
from tests.faults.conflicts import Conflicts
from tests.faults.expected import FOREWORD, LOG, Objects, is_anchor, tokens
from tests.faults.lost import sealed
from tests.faults.people import counts
from tests.repositories import Repo

KINDS: Final = (
    *(["work"] * 8),
    *("add", "edit", "edit", "done", "rm", "undo", "recover", "absorb"),
    *("edit the log", "edit the log", "paste into the log", *(["commit"] * 6), "code"),
    *("new branch", "switch", "switch", "stash", "stash", "pop", "pop", "push", "push", "push", "fetch"),
    *("merge", "merge", "merge", "merge", "rebase", "rebase", "rebase"),
    *("pull", "pull", "pull", "cherry-pick", "cherry-pick", "revert"),
)
"""What may be done, as often as it should be."""

where = st.integers(0, 2)
some = st.integers(0, 11)
section = st.sampled_from(["-c", "-m", "-n", "-d"])
side = st.sampled_from(["ours", "theirs"])


class Operations(Conflicts):
    """The rules, and what must hold after each of them. What makes no sense where it is drawn does nothing."""

    @initialize(careful=st.booleans())
    def begin(self, careful: bool) -> None:
        """Copy the clones, and add a worktree to the first. Careful people leave the log alone."""
        self.careful = careful
        set_clock(1)
        made = Path(tempfile.gettempdir()) / f"gitanchor-template-{os.getpid()}"
        if not made.exists():
            template(made)
        for name in ("hub", "one", "two"):
            shutil.copytree(made / name, self.folder / name, symlinks=True)
        Repo(self.folder / "one").git("worktree", "add", "-q", "-b", "side", "../linked")
        Repo(self.folder / "linked").ok("init")
        roots = [self.folder / name for name in ("one", "linked")]
        first = Clone(Objects(roots[0]), roots)
        second = Clone(Objects(self.folder / "two"), [self.folder / "two"])
        self.clones = [first, second]
        self.trees = [Worktree(root, clone) for clone in self.clones for root in clone.roots]
        self.touched = {0, 1, 2}

    def teardown(self) -> None:
        """Remove it all."""
        shutil.rmtree(self.folder, ignore_errors=True)

    # The steps -----------------------------------------------------------------------------------

    # One rule with many kinds, because Hypothesis leaves out some of the rules in each example.

    @rule(kind=st.sampled_from(KINDS), n=where, number=some, option=section, which=side)
    def do(self, kind: str, n: int, number: int, option: str, which: str) -> None:
        if self.careful and kind in {"edit the log", "paste into the log"}:
            kind = "work"
        how = ("-A", "-A", "-a", "plain", "path")[number % 5]
        steps: dict[str, Callable[[], None]] = {
            "work": lambda: self.work(n, number),
            "add": lambda: self.add(n, alike=number % 2 == 0),
            "edit": lambda: self.edit(n, number, option),
            "done": lambda: self.done(n, number),
            "rm": lambda: self.rm(n, number),
            "undo": lambda: self.undo(n),
            "recover": lambda: self.recover(n),
            "absorb": lambda: self.absorb(n, which),
            "edit the log": lambda: self.edit_the_log(n, number),
            "paste into the log": lambda: self.paste_into_the_log(n, number),
            "commit": lambda: self.commit(n, how, number, amend=which == "ours"),
            "code": lambda: self.code(n),
            "new branch": lambda: self.new_branch(n),
            "switch": lambda: self.switch(n, number),
            "stash": lambda: self.stash_work(n, number, option),
            "pop": lambda: self.pop(n, which, index=number % 2 == 0),
            "push": lambda: self.push(n),
            "fetch": lambda: self.fetch(n),
        }
        if kind in steps:
            steps[kind]()
        else:
            self.ready(n, number)
            self.join(kind, n, number, which)

    def stash_work(self, n: int, number: int, option: str) -> None:
        """Stash what somebody has just begun."""
        if number % 4 == 0:
            self.add(n)
        else:
            self.edit(n, number % 3, option)
        self.stash(n, untracked=number % 3 != 0)

    def join(self, kind: str, n: int, number: int, which: str) -> None:
        """Bring two lines of work together."""
        match kind:
            case "pull":
                self.pull(n, rebase=number % 2 == 0, number=number, which=which)
            case "merge":
                self.merge(n, number, ((), (), ("--no-ff",), ("--squash",))[number % 4], which)
            case "rebase":
                self.rebase(n, number, "--apply" if number % 3 == 0 else "--merge", which)
            case "cherry-pick":
                self.cherry_pick(n, number, which)
            case "revert":
                self.revert(n, number, which)

    def ready(self, n: int, number: int) -> None:
        """Commit what there is, as most people do before they bring branches together."""
        if number % 5:
            self.commit(n, "-A", 1, amend=False)

    @precondition(lambda self: self.busy)
    @rule(number=some, which=side, whole=st.booleans())
    def settle_it(self, number: int, which: str, whole: bool) -> None:
        n = self.busy[number % len(self.busy)]
        self.settle(self.at(n, "settle"), which, whole=whole)

    @precondition(lambda self: self.busy)
    @rule(number=some)
    def abort(self, number: int) -> None:
        n = self.busy[number % len(self.busy)]
        tree = self.at(n, "abort")
        if tree.operation and number % 3 == 0:
            self.give_up(tree)

    # What must hold ------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost(self) -> None:
        """Each word that somebody wrote, and nobody replaced, is somewhere."""
        if not self.touched:
            return
        found = set[bytes]()
        for tree in self.trees:
            found |= set[bytes]().union(*map(tokens, tree.tree.files.values()))
        if self.wanted - found:
            for clone in self.clones:
                found |= clone.objects.words(clone.roots)
        if self.wanted - found:
            hub = Objects(self.folder / "hub")
            found |= hub.words([])
        if self.wanted - found:
            for tree in self.trees:
                workspace = tree.workspace()
                found |= set[bytes]().union(*(tokens(one.content) for one in recovery.lost(workspace)))
                texts = [entry.read().content for entry in workspace.state.records.texts()]
                found |= set[bytes]().union(*map(tokens, texts))
            counts["looked into the journal"] += 1
        assert not self.wanted - found, self.wanted - found

    @invariant()
    def all_is_well(self) -> None:
        """Git is content with the clones, and the worktrees with themselves."""
        for number in sorted(self.touched):
            tree = self.trees[number]
            self.sound(tree)
        self.touched = set()

    def sound(self, tree: Worktree) -> None:
        """The state of one worktree."""
        checked = tree.run("git", "fsck", "--no-dangling", "--no-progress")
        assert (checked.status, checked.out, checked.err) == (0, "", ""), checked
        for entry in filter(
            None, tree.git("status", "--porcelain", "-uall", "-z", "--no-renames").split("\0")
        ):
            path = entry[3:]
            assert is_anchor(path) or path in {LOG, FOREWORD} or path.startswith("code-"), entry
        if tree.is_busy or tree.unmerged:
            listed = self.anchor(tree, "list")
            assert listed.status in {0, 3}, listed
            return
        self.anchor(tree, "list", ok=True)
        for path, content in tree.tree.anchors.items():
            assert expected.fields(content)["id"] == path[-13:-5], (path, content)
        if tree.is_fresh:
            counts["fresh"] += 1
            tree.must_be_fresh = True
            return
        if self.hand_work(tree):
            counts["hand work"] += 1
            return
        assert not tree.must_be_fresh, tree.anchor("render", "--check")
        counts["stale, as it may be"] += 1
        if self.step % 2:
            self.mend(tree)


def play(examples: int, steps: int, number: int | None) -> None:
    """Play so many examples of so many steps; with a number, always the same. Raises AssertionError."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=number is None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    machine = Operations if number is None else seed(number)(Operations)
    run_state_machine_as_test(machine, settings=chosen)


def wander(steps: int, number: int) -> None:
    """Make so many steps by plain chance, which tries all kinds alike; Hypothesis prefers a few.

    Raises whatever goes wrong, with the steps that led there in a note.
    """
    chance = random.Random(number)
    made = Operations()
    told: list[str] = []
    try:
        made.begin(careful=chance.random() < 0.5)
        for _ in range(steps):
            n, which = chance.randrange(3), chance.choice(("ours", "theirs"))
            draw, option = chance.randrange(12), chance.choice(("-c", "-m", "-n", "-d"))
            if made.busy and chance.random() < 0.3:
                told.append(f"settle_it({draw}, {which!r}, {n == 0})")
                made.settle_it(draw, which, n == 0)
            elif made.busy and chance.random() < 0.1:
                told.append(f"abort({draw})")
                made.abort(draw)
            else:
                kind = chance.choice(KINDS)
                told.append(f"do({kind!r}, {n}, {draw}, {option!r}, {which!r})")
                made.do(kind, n, draw, option, which)
            made.nothing_is_lost()
            made.all_is_well()
    except Exception as problem:
        problem.add_note("\n".join(["the steps were:", *told]))
        raise
    finally:
        made.teardown()


def report() -> str:
    """The counts, one a line."""
    return "\n".join(f"{what}: {number}" for what, number in sorted(counts.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.operations")
    parser.add_argument("--rounds", type=int, default=30, help="how many times, each with the next seed")
    parser.add_argument("--steps", type=int, default=60, help="the steps of a round")
    parser.add_argument("--examples", type=int, default=0, help="let Hypothesis play so many in a round")
    parser.add_argument("--seed", type=int, default=None, help="repeat the same random choices")
    parser.add_argument("--minutes", type=float, default=None, help="begin no round after so long")
    options = parser.parse_args(arguments)
    first = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed: {first}", flush=True)
    started = time.monotonic()
    failed = 0
    for number in range(first, first + options.rounds):
        if options.minutes is not None and time.monotonic() - started > options.minutes * 60:
            break
        with tempfile.TemporaryDirectory(prefix="gitanchor-operations-") as name, sealed(Path(name)):
            tempfile.tempdir = name
            try:
                if options.examples:
                    play(options.examples, options.steps, number)
                else:
                    wander(options.steps, number)
            except Exception:
                failed += 1
                print(f"seed {number}: problem: {traceback.format_exc()}")
            finally:
                tempfile.tempdir = None
        print(
            f"seed {number} done, {counts['steps']} steps, {time.monotonic() - started:.0f} s",
            flush=True,
        )
    print(report())
    print(f"rounds with a problem: {failed}")
    print(f"seconds: {time.monotonic() - started:.1f}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
