"""The bars: each command against what it is compared with, in one run.

What is timed at one size is one round-robin: ours, git's, and the peers' that a bar names.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import hooks, records, size, texts
from tests.bench.operations import FIRST, READ, WHOLE, WRITE, Store
from tests.bench.peers import Peers
from tests.bench.rows import Row
from tests.bench.timing import Case, Command, Spread, Times, Unmeasured, round_robin

CLICK: Final = "import click"
GIT_LOG: Final = "git log"
GIT_GREP: Final = "git grep"
NO_WEB: Final = "this version has no 'git anchor web'"

_AGAINST: Final = {
    CLICK: 'python -c "import click"',
    GIT_LOG: "git log --oneline of as many commits",
    GIT_GREP: "git grep over the same files",
    "towncrier add": "towncrier create",
    "jrnl add": "jrnl",
    "towncrier render": "towncrier build --draft of as many",
}

_BARS: Final = (
    ("resume", CLICK, 1.5),
    ("show", CLICK, 1.5),
    ("status", CLICK, 1.5),
    ("list -n 20", CLICK, 1.4),
    ("list", GIT_LOG, 1.6),
    ("search", GIT_GREP, 1.5),
    ("search --all", GIT_GREP, 1.5),
    ("add", "towncrier add", 1.0),
    ("add", "jrnl add", 0.6),
    ("render", "towncrier render", 0.6),
)
"""Command, what it is compared with, and how many times as long it may take."""

FIRST_BAR: Final = 2.5
"""Seconds of the first index of a fresh clone."""

SAME_BAR: Final = 1.15
"""How many times as long an `add` may take with all anchors as with few."""

MEMORY: Final = 200
"""MB that `list --json` and `web` may need."""

HUGE_MEMORY: Final = 600
"""MB that any command may need with the most anchors."""

COMMIT_SIZE: Final = 30
"""kB of new objects of a commit."""


@dataclass(frozen=True)
class Sizes:
    """How many anchors the stores have, how often each is timed, and how many commits are sampled."""

    few: int = 100
    tenth: int = 1_000
    many: int = 10_000
    huge: int = 100_000
    rounds: int = 15
    hook_rounds: int = 101
    huge_rounds: int = 15
    sample: int = 100


def of_hooks(folder: Path, sizes: Sizes) -> list[Row]:
    """The rows of commits with our hooks."""
    folder.mkdir()
    times = hooks.measure(folder, sizes.hook_rounds)
    rows = []
    for name, (_, bar) in hooks.BARS.items():
        if name != hooks.PLAIN:
            named = (name, hooks.PLAIN)
            rows.append(Row.timed(f"commit, {name}", 1, times, named, "git commit without hooks", bar))
    return rows


def of_commands(folder: Path, sizes: Sizes, many: Store, peers: Peers) -> list[Row]:
    """The rows of all commands with many anchors."""
    few = Store.make(folder / "few", sizes.few)
    tenth = Store.make(folder / "tenth", sizes.tenth)
    cases = {CLICK: click(folder), **references(many), **many.cases()}
    cases["add, few"] = few.cases()["add"]
    cases |= {f"{name}, tenth": case for name, case in tenth.cases().items() if name in WHOLE}
    times = Times()
    for name in ("towncrier", "jrnl"):
        try:
            peers.require(name)
            root = folder / name
            root.mkdir()
            commands = records.STORES[name](root, records.entries(sizes.many))
            cases |= {f"{name} {operation}": Case(command) for operation, command in commands.items()}
        except Unmeasured as reason:
            times.reasons |= {f"{name} {operation}": str(reason) for operation in WRITE}
    wanted = [name for name in cases if not name.startswith("jrnl ") or name == "jrnl add"]
    times.add(round_robin({name: cases[name] for name in wanted}, sizes.rounds))
    if "web" not in cases:
        times.reasons |= {"web": NO_WEB, "web, tenth": NO_WEB}
    return [*_compared(times, sizes), *_peaks(cases, sizes.many)]


def _compared(times: Times, sizes: Sizes) -> Iterator[Row]:
    for name, reference, bar in _BARS:
        yield Row.timed(name, sizes.many, times, (name, reference), _AGAINST[reference], bar)
    yield Row.timed(
        "add", sizes.many, times, ("add", "add, few"), f"add with {sizes.few:,} anchors", SAME_BAR
    )
    reason = times.reasons.get(FIRST, "")
    first = times.spreads.get(FIRST)
    yield Row(
        FIRST, sizes.many, "seconds", FIRST_BAR, first, reason=reason, failed=FIRST in times.failed
    )
    growth = sizes.many / sizes.tenth
    for name in WHOLE:
        named = (name, f"{name}, tenth")
        yield Row.timed(name, sizes.many, times, named, f"{name} with {sizes.tenth:,} anchors", growth)


def _peaks(cases: dict[str, Case], count: int) -> Iterator[Row]:
    for name in WHOLE:
        yield peak(name, cases, count, MEMORY)


def peak(name: str, cases: dict[str, Case], count: int, bar: float) -> Row:
    """The row of the memory that a command needs."""
    what = f"memory of {name}"
    if name not in cases:
        return Row(what, count, "peak", bar, unit="MB", reason=NO_WEB)
    case = cases[name]
    try:
        if case.before is not None:
            case.before()
        return Row(what, count, "peak", bar, Spread.of([case.command.peak()]), unit="MB")
    except Unmeasured as reason:
        return Row(what, count, "peak", bar, unit="MB", reason=str(reason), failed=True)


def of_growth(folder: Path, sizes: Sizes, many: Store) -> list[Row]:
    """The rows of ten times as many anchors: each command against itself, and its memory."""
    huge = Store.make(folder / "huge", sizes.huge)
    cases, smaller = huge.cases(), many.cases()
    both = {f"{name}, many": case for name, case in smaller.items()} | cases
    times = round_robin(both, sizes.huge_rounds)
    times.reasons |= {"web": NO_WEB} if "web" not in cases else {}
    bar = sizes.huge / sizes.many
    rows = []
    for name in (*READ, *WHOLE, *WRITE, FIRST):
        against = f"{name} with {sizes.many:,} anchors"
        rows.append(Row.timed(name, sizes.huge, times, (name, f"{name}, many"), against, bar))
        rows.append(peak(name, cases, sizes.huge, HUGE_MEMORY))
    return rows


def of_size(many: Store, sizes: Sizes) -> list[Row]:
    """The rows of the size of the repository."""
    commits = size.of_commits(many.reader, min(sizes.sample, sizes.many))
    log = size.of_log(many.reader)
    return [
        Row("commit of one anchor", sizes.many, "new objects", COMMIT_SIZE, commits, unit="kB"),
        Row("the log, if it is committed too", sizes.many, "new object", None, log, unit="kB"),
    ]


def click(folder: Path) -> Case:
    """The start of Python with the one library that each command needs."""
    return Case(Command((sys.executable, "-c", "import click"), folder))


def references(store: Store) -> dict[str, Case]:
    """What git does with as much."""
    log = ("git", "log", "--oneline", "-n", str(store.count))
    grep = ("git", "grep", "-i", "-n", "-F", texts.WORD, "--", ".anchors")
    return {GIT_LOG: Case(Command(log, store.reader)), GIT_GREP: Case(Command(grep, store.reader))}
