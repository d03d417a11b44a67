"""Putting the hooks of `hooks/` into a repository, beside what is there already.

Each hook is a marked block. In a shell script of somebody else it stands right below the first
line, in a subshell of its own; what cannot be extended so is left alone, with a line to add by hand.
"""

import re
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor import atomic
from gitanchor.errors import NotFound
from gitanchor.repository import Repository

NAMES: Final = ("pre-commit", "post-commit", "post-rewrite")

_WITH_INPUT: Final = frozenset({"post-rewrite"})
"""Hooks that git tells something on standard input, which the hook around ours needs as well."""

_MAY_REFUSE: Final = frozenset({"pre-commit"})
"""Hooks of ours whose status git acts upon."""

_SHELL: Final = re.compile(rb"#!\s*\S*?(?:/|env (?:-S )?)(?:ba|da|a|k|mk|z)?sh(?:\s.*)?\s*")
_BLOCK: Final = re.compile(
    rb"# >>> git anchor [a-z-]+ >>>\n.*?# <<< git anchor [a-z-]+ <<<\n", re.DOTALL
)


class Outcome(Enum):
    """What installing a hook came to."""

    INSTALLED = "installed"
    UPDATED = "updated"
    UNCHANGED = "already installed"
    REFUSED = "not installed"


class Installation(NamedTuple):
    """One hook, what came of it, and for a refusal why and what to do."""

    name: str
    outcome: Outcome
    advice: str = ""


def install(repository: Repository, shared: Path, scratch: Path) -> list[Installation]:
    """Install every hook, once however often this is called. Touches no foreign hooks folder."""
    folder = repository.hooks_folder()
    outcomes = []
    for name in NAMES:
        source = _source(name)
        copy = shared / "hooks" / name
        if not copy.is_file() or copy.read_bytes() != source:
            atomic.write(copy, source, scratch)
            copy.chmod(0o755)
        outcomes.append(_install(name, source, folder, repository, scratch))
    return outcomes


def by_hand(name: str) -> str:
    """The line that runs a hook of ours, for a hook file that we do not touch."""
    arguments = ' "$@"' if name in _WITH_INPUT else ""
    return f'sh "$(git rev-parse --git-common-dir)/gitanchor/hooks/{name}"{arguments}'


def _install(
    name: str, source: bytes, folder: Path, repository: Repository, scratch: Path
) -> Installation:
    own = repository.common_dir / "hooks"
    if folder.resolve() != own.resolve() or own.is_symlink():
        linked = f"'{own}' is a symbolic link to '{folder.resolve()}'"
        reason = linked if own.is_symlink() else f"core.hooksPath is '{folder}'"
        return Installation(name, Outcome.REFUSED, f"{reason}; add to {name} there: {by_hand(name)}")
    target = folder / name
    try:
        present = _present(target)
    except NotFound as reason:
        return Installation(name, Outcome.REFUSED, f"{reason}; have it run: {by_hand(name)}")
    wanted = _with_block(present, name, source)
    if wanted == present:
        return Installation(name, Outcome.UNCHANGED)
    atomic.write(target, wanted, scratch)
    target.chmod(target.stat().st_mode | 0o111)
    updated = present is not None and _BLOCK.search(present)
    return Installation(name, Outcome.UPDATED if updated else Outcome.INSTALLED)


def _present(target: Path) -> bytes | None:
    """The hook that is there, or None. Raises NotFound, with the reason, if it is not ours to edit."""
    if target.is_symlink():
        raise NotFound(f"'{target}' is a symbolic link")
    if not target.exists():
        return None
    try:
        content = target.read_bytes()
    except OSError as error:
        raise NotFound(f"'{target}' cannot be read: {error.strerror}") from None
    first = content.split(b"\n", 1)[0]
    if not _SHELL.fullmatch(first):
        raise NotFound(f"'{target}' is no shell script")
    if first.endswith(b"\r"):
        raise NotFound(f"'{target}' has Windows line ends (CRLF, make them LF)")
    if not target.stat().st_mode & 0o111:
        raise NotFound(f"'{target}' is not executable ('chmod +x' makes it so)")
    return content


def _with_block(present: bytes | None, name: str, source: bytes) -> bytes:
    """A hook file with our block in it, new or in the place of an older one.

    Beside somebody else's lines it is a subshell, so that it neither sets nor ends anything there.
    """
    shebang, body = source.split(b"\n", 1)
    start, end = (f"# {mark * 3} git anchor {name} {mark * 3}\n".encode() for mark in "><")
    own = start + body + end
    if present is None:
        return shebang + b"\n" + own
    ending = b") || exit 1\n" if name in _MAY_REFUSE else b") || :\n"
    guest = start + (_sharing_input(body) if name in _WITH_INPUT else b"(\n" + body + ending) + end
    first, _, rest = present.partition(b"\n")
    if match := _BLOCK.search(present):
        alone = present[: match.start()] == shebang + b"\n" and b"\n(\n" not in match[0][:100]
        return present[: match.start()] + (own if alone else guest) + present[match.end() :]
    return first + b"\n" + guest + rest


def _sharing_input(body: bytes) -> bytes:
    """A block that reads its input, and gives it to the rest of the script once more."""
    again = b"$gitanchor_input\nGITANCHOR_INPUT\n"
    reading = b"gitanchor_input=$(cat)\n(\n" + body + b") <<GITANCHOR_INPUT || :\n" + again
    return reading + b"exec <<GITANCHOR_INPUT\n" + again


def _source(name: str) -> bytes:
    """A hook as the package carries it, or as it lies in a checkout beside the package."""
    package = Path(__file__).parent
    carried = package / "hooks_source" / name
    return (carried if carried.is_file() else package.parent / "hooks" / name).read_bytes()
