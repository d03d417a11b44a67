"""Every byte that reaches a terminal or a pipe: escaping, colour, pager.

A pipe gets text as it is; on a terminal nothing that a person or a chat wrote can move the cursor,
change the clipboard or hide behind invisible characters.
"""

import contextlib
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from typing import Final, TextIO

from gitanchor.errors import OutputClosed, WriteFailed

_ESCAPED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KEPT: Final = frozenset("\n\t\u200d\ufe0f")
"""Line ends, tabs, and what joins several characters into one emoji."""


_HIGHLIGHTED: Final = re.compile(r"(\x1b\[33m(?:anchor )?[0-9a-f]{8}\x1b\[0m)")
"""Our own colour, which only ever surrounds an id."""


def escaped(text: str) -> str:
    """The text with every character that could act on a terminal written as its code."""
    if text.isascii() and text.isprintable():
        return text
    parts = _HIGHLIGHTED.split(text)
    parts[::2] = ["".join(map(_escaped_character, part)) for part in parts[::2]]
    return "".join(parts)


def _escaped_character(char: str) -> str:
    if char in _KEPT or unicodedata.category(char) not in _ESCAPED_CATEGORIES:
        return char
    return _code(char)


def _code(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def out(text: str) -> None:
    """Print a line to standard output. Raises OutputClosed or WriteFailed."""
    data(f"{text}\n")


def data(text: str) -> None:
    """Print text that ends in a line break of its own. Raises OutputClosed or WriteFailed."""
    try:
        _write(sys.stdout, escaped(text) if is_terminal() else text)
    except OSError as error:
        # What is left in the buffer shall not fail again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise OutputClosed from None
        raise WriteFailed(f"cannot write to standard output: {error.strerror}") from None


def raw(content: bytes) -> None:
    """Print bytes as they are, or as text where a terminal shows them."""
    if is_terminal():
        data(content.decode("utf-8", "backslashreplace"))
    else:
        _write(sys.stdout, content)


def _write(stream: TextIO | None, text: str | bytes) -> None:
    """Write all of a text at once, byte for byte: click would leave out escape sequences."""
    if stream is None:  # it was closed before we started
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


def warning(text: str) -> None:
    """Say that something is not as it should be, though the work was done."""
    note(f"warning: {one_line(text)}")


def hint(text: str) -> None:
    """Say what could be done next."""
    note(f"hint: {one_line(text)}")


def one_line(text: str) -> str:
    """A message without line breaks, whatever a file name or git put into it."""
    return " ".join(line.strip() for line in text.splitlines() if line.strip())


def is_interactive() -> bool:
    """Whether a person can be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def is_terminal() -> bool:
    """Whether standard output is shown to a person."""
    return sys.stdout is not None and sys.stdout.isatty()


def highlighted(words: str) -> str:
    """An id, or `anchor` and an id, in yellow where a terminal shows it and NO_COLOR is not set."""
    shown = is_terminal() and not os.environ.get("NO_COLOR")
    return f"\x1b[33m{words}\x1b[0m" if shown else words


def page(text: str, pager: str, environment: Mapping[str, str] | None = None) -> None:
    """Show a long text through a pager (a shell command, as git's are), or print it to a pipe."""
    if not is_terminal() or pager in {"", "cat"}:
        data(text)
        return
    variables = {"LESS": "FRX", "LV": "-c", **os.environ, **(environment or {})}
    shown = escaped(text).encode("utf-8", "backslashreplace")
    status = subprocess.run(["sh", "-c", pager], input=shown, env=variables, check=False).returncode
    if status in {126, 127}:  # the shell found no such program, or could not run it
        data(text)
