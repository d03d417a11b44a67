"""A hook file as bytes: our marked block is inserted, updated, and removed again.

The marks are the same in all versions so far. In a script of somebody else the block comes right
after the first line, in a subshell, so that it neither sets variables there nor ends the script.
"""

import re
from typing import Final

from gitanchor.hooks import self_reading

WITH_INPUT: Final = frozenset({"post-rewrite"})
"""Hooks that get standard input from git, which the script around our block needs as well."""

_MAY_REFUSE: Final = frozenset({"pre-commit"})
"""Hooks of ours whose exit status matters to git."""

_SHELL: Final = re.compile(rb"#!\s*\S*?(?:/|env (?:-S )?)(?:ba|da|a|k|mk|z)?sh(?:\s.*)?\s*")
_HANDED_ON: Final = re.compile(
    rb"""^(?!\s*\#)[^\n]*?\bexec\b["']?(?:(?!\$\(|[`;&|<>\n]).)*?\s["']?\$(?:0|\{0\})(?:["']|\s|\Z)""",
    re.MULTILINE,
)
"""A script that has another program execute it, too, as Tcl, Perl or Python scripts may begin."""

_BLOCK: Final = re.compile(
    rb"^# >>> git anchor ([a-z-]+) >>>\n.*?^# <<< git anchor \1 <<<(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_MARK: Final = re.compile(rb"^# (?:>>>|<<<) git anchor [a-z-]+ (?:>>>|<<<)$", re.MULTILINE)
_GUEST: Final = re.compile(rb"[^\n]*\n(?:gitanchor_input=\$\(cat\)\n)?\(\n")


def refusal(content: bytes) -> str | None:
    """Return why a hook file cannot be extended, or None."""
    first = content.split(b"\n", 1)[0]
    if not _SHELL.fullmatch(first):
        return "is no shell script"
    if first.endswith(b"\r"):
        return "has Windows line ends (CRLF, make them LF)"
    others = _BLOCK.sub(b"", content)
    if _HANDED_ON.search(others):
        return "hands itself to another program ('exec ... $0')"
    if self_reading.by_number(others):
        return "reads itself by line number, so that no line may be added above"
    if _MARK.search(others):
        return "has half a block of ours (remove it)"
    return None


def has_block(content: bytes) -> bool:
    """Whether a hook file contains a block of ours, of any version."""
    return _BLOCK.search(content) is not None


def with_block(present: bytes | None, name: str, source: bytes) -> bytes:
    """Return a hook file with our block, which is inserted or replaces an older one."""
    shebang, body = source.split(b"\n", 1)
    start, end = (f"# {mark * 3} git anchor {name} {mark * 3}\n".encode() for mark in "><")
    own = start + body + end
    if present is None:
        return shebang + b"\n" + own
    ending = b") || exit 1\n" if name in _MAY_REFUSE else b") || :\n"
    guest = start + (_sharing_input(body) if name in WITH_INPUT else b"(\n" + body + ending) + end
    match = _BLOCK.search(present)
    if match is None:
        first, line_end, rest = present.partition(b"\n")
        # Without a final line break, our block has none either: that shows how to undo this.
        return first + b"\n" + (guest + rest if line_end else guest.removesuffix(b"\n"))
    before, after = present[: match.start()], _BLOCK.sub(b"", present[match.end() :])
    alone = before == shebang + b"\n" and not _is_guest(match[0])
    if alone and not (after and name in WITH_INPUT):
        return before + own + after
    return before + (guest if match[0].endswith(b"\n") else guest.removesuffix(b"\n")) + after


def without_block(present: bytes) -> bytes | None:
    """Return a hook file without our block; None if nothing of anybody else is in it."""
    match = _BLOCK.search(present)
    if match is None:
        return present
    before, after = present[: match.start()], _BLOCK.sub(b"", present[match.end() :])
    if not match[0].endswith(b"\n"):
        return before.removesuffix(b"\n")
    ours_alone = not after and before.count(b"\n") == 1 and not _is_guest(match[0])
    return None if ours_alone else before + after


def _is_guest(block: bytes) -> bool:
    """Whether a block was made for a script of somebody else."""
    return _GUEST.match(block) is not None


def _sharing_input(body: bytes) -> bytes:
    """Return a block that reads standard input, and passes it on to the rest of the script."""
    again = b"$gitanchor_input\nGITANCHOR_INPUT\n"
    reading = b"gitanchor_input=$(cat)\n(\n" + body + b") <<GITANCHOR_INPUT || :\n" + again
    return reading + b"exec <<GITANCHOR_INPUT\n" + again
