"""Call one function for many items, in several processes if that is faster.

The answers do not depend on the process that gave them. This process answers what another one does not,
for whatever reason.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gitanchor.model import progress

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")

_MANY: Final = 1_000
"""Number of items from which other processes save more time than their start takes."""

_MOST_PROCESSES: Final = 4
"""More would wait for the one that collects the answers."""

_SHARE: Final = 50
"""Items that a process is given at a time: few, so that all processes finish at about the same time."""


def answers(
    question: Callable[[_Item], _Answer], items: Sequence[_Item], title: str
) -> Iterator[_Answer]:
    """Yield `question(item)` for all items, in their order, as the answers come.

    `title` labels the progress on a terminal. What the question raises is raised here, for the first
    item for which it raises anything.
    """
    with (
        progress.of(title, len(items)) as advance,
        contextlib.closing(_shares_of_others(question, items)) as others,
    ):
        early: dict[int, list[_Answer]] = {}
        for start in range(0, len(items), _SHARE):
            while start not in early and (came := next(others, None)):
                early[came[0]] = came[1]
                advance(len(came[1]))
            if start in early:
                yield from early.pop(start)
                continue
            for item in items[start : start + _SHARE]:
                yield question(item)
                advance(1)


def _shares_of_others(
    question: Callable[[_Item], _Answer], items: Sequence[_Item]
) -> Generator[tuple[int, list[_Answer]]]:
    """Yield the answers of other processes by share, with the number of its first item."""
    count = _processes() if len(items) >= _MANY else 1
    if count > 1:
        with contextlib.suppress(OSError), _others(count, question, items) as others:
            yield from _collected(others, range(0, len(items), _SHARE))


def _processes() -> int:
    """Return how many processes may work at the same time.

    A fork is safe only on Linux, and only from a process with a single thread: a lock that another
    thread holds at that moment would stay held in the new process forever.
    """
    if sys.platform != "linux":
        return 1
    with contextlib.suppress(OSError):
        if len(list(Path("/proc/self/task").iterdir())) == 1:
            return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)
    return 1


@contextlib.contextmanager
def _others(
    count: int, question: Callable[[_Item], _Answer], items: Sequence[_Item]
) -> Iterator[Sequence["Connection[Any, Any]"]]:
    """Give connections to `count` new processes that answer shares of the items; end them afterwards.

    Ctrl-C reaches all processes of a terminal at once. The new ones block it, and leave it to this one.
    """
    import multiprocessing
    import signal

    context = multiprocessing.get_context("fork")
    processes: list[BaseProcess] = []
    ours: list[Connection[Any, Any]] = []
    try:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for _ in range(count):
                near, far = context.Pipe()
                ours.append(near)
                with far:
                    started = context.Process(target=_serve, args=(far, ours, question, items))
                    started.daemon = True
                    started.start()
                processes.append(started)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield ours
    finally:
        for process in processes:
            process.kill()
            process.join()
        for connection in ours:
            connection.close()


def _serve(
    far: "Connection[Any, Any]",
    near: Sequence["Connection[Any, Any]"],
    question: Callable[[_Item], _Answer],
    items: Sequence[_Item],
) -> None:
    """Answer shares until no more are asked for, or until one fails.

    `near` are the parent process's ends of the connections, which a fork copies. They are closed,
    because while they are open the end of the parent would go unnoticed.
    """
    for connection in near:
        connection.close()
    with contextlib.suppress(Exception):
        while True:
            start: int = far.recv()
            far.send((start, [question(item) for item in items[start : start + _SHARE]]))


def _collected(
    others: Sequence["Connection[Any, Any]"], starts: Sequence[int]
) -> Iterator[tuple[int, list[Any]]]:
    """Hand out the shares that start at `starts`, and yield the answers as they come."""
    from multiprocessing.connection import wait

    waiting = iter(starts)
    asked = dict.fromkeys(others, 0)
    for other in (*others, *others):  # two each, so that none waits for its next share
        asked[other] += _is_asked(other, waiting)
    while busy := [other for other, count in asked.items() if count]:
        ready = wait(busy)
        for other in (other for other in busy if other in ready):
            try:
                answer = other.recv()
            except (EOFError, OSError):  # it failed, or was killed
                asked[other] = 0
                continue
            asked[other] += _is_asked(other, waiting) - 1
            yield answer


def _is_asked(other: "Connection[Any, Any]", waiting: Iterator[int]) -> bool:
    """Send a process the next share; return False if none is left, or if the process is gone."""
    start = next(waiting, None)
    if start is None:
        return False
    with contextlib.suppress(OSError):
        other.send(start)
        return True
    return False
