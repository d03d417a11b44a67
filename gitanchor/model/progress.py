"""Progress of long work. Nothing is shown until the command line sets a display."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

Display = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Takes a title and a total; gives a context with a function to call with each amount that is done."""


@contextlib.contextmanager
def _unseen(_title: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


display: Display = _unseen
"""The display of this process; entry points that have a terminal set it."""


def of(title: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    """Return a context for work of a known total; it gives a function to call with each amount done."""
    return display(title, total)
