"""All output to a terminal or a pipe: colour, pager, progress.

A pipe gets text as it is. On a terminal, text from people and chats is escaped, so that it cannot
move the cursor, change the clipboard or hide behind invisible characters.
"""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TextIO

from gitanchor.model.errors import OutputClosed, WriteFailed
from gitanchor.model.escaping import escaped, one_line

_PATIENCE: Final = 0.5
"""Seconds after which the progress of an operation is shown."""

_PACE: Final = 0.1
"""Seconds between two updates of the progress."""

_SECRET: Final = os.urandom(8).hex()
_ON, _OFF = f"\0{_SECRET}(", f"\0{_SECRET})"
"""Marks around our own colour until it is written; random, so that no text can contain them."""


def _shown(text: str) -> str:
    """Return a text for a terminal: escaped, except our own colour."""
    parts = re.split(f"({re.escape(_ON)}|{re.escape(_OFF)})", text)
    colours = {_ON: "\x1b[33m", _OFF: "\x1b[0m"}
    return "".join(colours.get(part) or escaped(part) for part in parts)


def out(text: str) -> None:
    """Print a line to standard output. Raises OutputClosed or WriteFailed."""
    data(f"{text}\n")


def data(text: str) -> None:
    """Print text that ends in a line break of its own. Raises OutputClosed or WriteFailed."""
    _print(_shown(text) if is_terminal() else text)


def _print(content: str | bytes) -> None:
    try:
        _write(sys.stdout, content)
    except OSError as error:
        # Else the rest of the buffer would fail again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise OutputClosed from None
        raise WriteFailed(f"cannot write to standard output: {error.strerror}") from None


def raw(content: bytes) -> None:
    """Print bytes as they are, but as text on a terminal. Raises the same as `data`."""
    if is_terminal():
        data(content.decode("utf-8", "backslashreplace"))
    else:
        _print(content)


def _write(stream: TextIO | None, text: str | bytes) -> None:
    """Write all of a text, byte for byte, whereas click would remove escape sequences."""
    if stream is None:  # it was closed before this process started
        return
    stream.flush()
    if isinstance(text, str):
        text = text.encode(stream.encoding or "utf-8", "backslashreplace")
    left = memoryview(text)
    while left:
        left = left[stream.buffer.write(left) :]
    stream.buffer.flush()


def note(text: str) -> None:
    """Print one line to standard error, if there is one."""
    with contextlib.suppress(OSError):
        _write(sys.stderr, f"{escaped(text)}\n")


@contextlib.contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show the progress of an operation on a terminal, as git does.

    Yields a function that adds to the count. Nothing is shown of a short operation, and nothing
    remains of one that fails.
    """
    counter = _Counter(title, total)
    is_shown = sys.stderr is not None and sys.stderr.isatty()
    try:
        yield counter.advance if is_shown else lambda _: None
    except BaseException:
        counter.wipe()
        raise
    counter.finish()


class _Counter:
    """A line on standard error that is rewritten as an operation continues."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._shown = ""
        self._next = time.monotonic() + _PATIENCE

    def advance(self, count: int) -> None:
        """Add to the number of items that are done."""
        self._done += count
        if time.monotonic() >= self._next:
            self._show("\r")
            self._next = time.monotonic() + _PACE

    def finish(self) -> None:
        """Leave the final state on the screen, if any was shown."""
        if self._shown:
            self._show(", done.\n")

    def wipe(self) -> None:
        """Overwrite the line with blanks after the cursor, as `^C` may be before it."""
        if self._shown:
            self._write(f"{' ' * len(self._shown)}\r")

    def _show(self, end: str) -> None:
        percent = 100 * self._done // self._total
        self._shown = f"{self._title}: {percent:3}% ({self._done}/{self._total})"
        self._write(f"{self._shown}{end}")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            _write(sys.stderr, text)


def warning(text: str) -> None:
    """Warn that something is wrong, although the command succeeded."""
    note(f"warning: {one_line(text)}")


def hint(text: str) -> None:
    """Print what could be done next."""
    note(f"hint: {one_line(text)}")


def is_interactive() -> bool:
    """Whether a person can be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def highlighted(words: str) -> str:
    """Return an id, or `anchor` and an id, in yellow on a terminal unless NO_COLOR is set."""
    before, after = highlight()
    return f"{before}{words}{after}"


def highlight() -> tuple[str, str]:
    """Return what goes before and after such words, for a caller that prints many lines."""
    shown = is_terminal() and not os.environ.get("NO_COLOR")
    return (_ON, _OFF) if shown else ("", "")


def page(text: str, pager: str, environment: Mapping[str, str] | None = None) -> None:
    """Show a long text in a pager, a shell command as in git, or print it to a pipe."""
    if not is_terminal() or pager in {"", "cat"}:
        data(text)
        return
    variables = {"LESS": "FRX", "LV": "-c", **os.environ, **(environment or {})}
    shown = _shown(text).encode("utf-8", "backslashreplace")
    status = subprocess.run(["sh", "-c", pager], input=shown, env=variables, check=False).returncode
    if status in {126, 127}:  # the shell did not find the program, or could not run it
        data(text)
