"""Progress of long work, for whoever shows it: nobody, until the command line names a display."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

Display = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Given a title and a total, a context in which a function is called with each amount that was done."""


@contextlib.contextmanager
def _unseen(_title: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


display: Display = _unseen
"""What shows progress in this process; set by the entry points that have a terminal."""


def of(title: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    """A context in which work of a known total is done; it gives the function to count with."""
    return display(title, total)
