"""What people would use instead: the same operation with another program, and how long both take.

There is no bar in these comparisons. Ours and theirs are timed in one round-robin.
"""

from collections.abc import Sequence
from pathlib import Path

from tests.bench import hooks, records
from tests.bench.operations import Store
from tests.bench.peers import PEERS, Peers
from tests.bench.rows import Row
from tests.bench.timing import Case, Times, Unmeasured, round_robin

OURS = ("resume", "list", "search", "add", "render")


def of_records(folder: Path, many: Store, peers: Peers, rounds: int) -> list[Row]:
    """The rows of programs that keep texts."""
    cases = {name: case for name, case in many.cases().items() if name in OURS}
    entries = records.entries(many.count)
    times = Times()
    known: list[tuple[str, str]] = []
    for name in records.STORES:
        try:
            found = _filled(folder / name, name, entries, peers)
        except Unmeasured as reason:
            times.reasons[name] = str(reason)
            continue
        for operation, case in found.items():
            known.append((name, operation))
            cases[f"{name} {operation}"] = case
    times.add(round_robin(cases, rounds))
    rows = [
        Row.timed(
            f"{name}: {operation}",
            many.count,
            times,
            (f"{name} {operation}", operation),
            operation,
            None,
        )
        for operation in OURS
        for name, done in known
        if done == operation
    ]
    missing = [name for name in records.STORES if name in times.reasons]
    return rows + [Row(name, many.count, "any", reason=times.reasons[name]) for name in missing]


def _filled(root: Path, name: str, entries: Sequence[records.Entry], peers: Peers) -> dict[str, Case]:
    """The commands of one store. Raises `Unmeasured` if its program is not there."""
    if name in PEERS:
        peers.require(name)
    root.mkdir(parents=True)
    return {
        operation: Case(command) for operation, command in records.STORES[name](root, entries).items()
    }


def of_hooks(folder: Path, peers: Peers, rounds: int) -> list[Row]:
    """The rows of other programs' hooks, each with nothing to do, against a commit with all of ours."""
    folder.mkdir(parents=True)
    there = {name: set_up for name, set_up in hooks.PEERS.items() if name in peers.versions}
    times = round_robin(hooks.prepared(folder, {hooks.ALL: hooks.with_all, **there}), rounds)
    for name in hooks.PEERS:
        try:
            peers.require(name)
        except Unmeasured as reason:
            times.reasons[name] = str(reason)
    against = f"commit, {hooks.ALL}"
    return [
        Row.timed(f"{name}: commit", 1, times, (name, hooks.ALL), against, None) for name in hooks.PEERS
    ]
