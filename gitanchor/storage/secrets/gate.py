"""The gate for secrets: each text is scanned before any of it is written.

A finding passes if a person allowed it, now or before in this clone, or if an anchor here has it, too.
`scanner` finds the secrets.
"""

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gitanchor.model.anchor import TITLES, Anchor
from gitanchor.model.errors import SecretFound
from gitanchor.model.lazy_re import late
from gitanchor.model.wording import counted
from gitanchor.storage import atomic
from gitanchor.storage.secrets import gitleaks, scanner
from gitanchor.storage.secrets.scanner import Finding
from gitanchor.storage.state import State

_HUNK: Final = late(r"@@ -\S+ \+(\d+)")
_ID: Final = late(r"[0-9a-f]{6}")
ADVICE: Final = "nothing was written; take it out, or let it pass with --allow-secret ID"


@dataclass(frozen=True, slots=True)
class Gate:
    """Refuses secrets in the texts of a worktree. `given` are the ids of findings that are allowed now.

    `here` gives the existing anchors; they are read only if something was found. A text that has passed
    is not scanned again.
    """

    state: State
    given: Collection[str] = ()
    here: Callable[[], Iterable[Anchor]] = field(default=tuple)
    _passed: set[str] = field(default_factory=set, init=False)

    def refuse(
        self, texts: Mapping[str, str | bytes], advice: str = ADVICE, known: Iterable[str] = ()
    ) -> None:
        """Raise SecretFound if one of the texts contains a secret. Their keys are names for messages.

        `advice` ends the message. Secrets that are in the `known` texts pass; these are scanned only
        if something was found. Raises WriteFailed if a new allowance cannot be stored.
        """
        read = {
            name: _decoded(text) if isinstance(text, bytes) else text for name, text in texts.items()
        }
        found = _scanned({name: text for name, text in read.items() if text not in self._passed})
        if found:
            self._refuse_unless_allowed(found, advice, known)
        self._passed.update(read.values())

    def _refuse_unless_allowed(
        self, found: Sequence[tuple[str, Finding]], advice: str, known: Iterable[str]
    ) -> None:
        """Raise SecretFound unless a person allowed all that was found, or texts here have it."""
        remembered = self._remembered()
        passing = {*remembered, *self.given}
        if any(each.id not in passing for _, each in found):
            strings = (text for anchor in self.here() for _, text in _strings(anchor.as_dict()))
            passing |= {each.id for _, each in _scanned({"": "\n".join([*known, *strings])})}
        left = [_line(name, each) for name, each in found if each.id not in passing]
        if left:
            raise SecretFound(left, f"{counted(len(left), 'secret')} found: {advice}")
        allowed = {each.id for _, each in found}.intersection(self.given).difference(remembered)
        if allowed:
            lines = "".join(f"{each}\n" for each in sorted({*remembered, *allowed}))
            atomic.write(self._file, lines.encode(), self.state.scratch)

    def refuse_anchors(self, anchors: Iterable[Anchor]) -> None:
        """Raise SecretFound if an anchor that is to be written contains a secret."""
        self.refuse(
            {
                f"{anchor.name}, {TITLES.get(key, key)}{number}": text
                for anchor in anchors
                for number, (key, text) in _numbered(_strings(anchor.as_dict()))
            }
        )

    @property
    def _file(self) -> Path:
        return self.state.shared / "allowed-secrets"

    def _remembered(self) -> set[str]:
        """Return the ids of findings that were allowed in this clone before."""
        with contextlib.suppress(OSError):
            return set(_ID.findall(self._file.read_text("ascii", "replace")))
        return set()


def added_lines(diff: str) -> tuple[dict[str, str], str]:
    """Return the added lines of a diff by path, each at its line number, and the removed lines."""
    added: dict[str, list[str]] = {}
    removed = []
    path = ""
    in_head = False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            in_head = True
        elif in_head and line.startswith("+++ "):
            path = line[4:].removeprefix("b/").rstrip("\t")
        elif match := _HUNK.match(line):
            in_head = False
            lines = added.setdefault(path, [])
            lines += [""] * (int(match[1]) - 1 - len(lines))
        elif not in_head and line.startswith("+"):
            added[path].append(line[1:])
        elif not in_head and line.startswith("-"):
            removed.append(line[1:])
    return {name: "\n".join(lines) for name, lines in added.items()}, "\n".join(removed)


def _scanned(texts: Mapping[str, str]) -> list[tuple[str, Finding]]:
    """Return the secrets in some texts, each with the name of its text."""
    theirs = gitleaks.found_in(texts)
    return [
        (name, each) for name, text in texts.items() for each in scanner.scan(text, theirs.get(name, ()))
    ]


def _line(name: str, found: Finding) -> str:
    place = f"{scanner.hidden(name)}:{found.line}:{found.column}"
    return f"{place}: {found.rule} {found.masked} (--allow-secret {found.id})"


def _decoded(content: bytes) -> str:
    """Return the text of bytes of unknown encoding. Without its zeros, ASCII in UTF-16 can be read."""
    return content.decode("utf-8", "replace").replace("\0", "")


def _strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts in the fields of an anchor, each with the name of its field."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _strings(each, key or str(name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each, key)


def _numbered(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield texts, with a number for all but the first of a field."""
    seen: dict[str, int] = {}
    for key, text in pairs:
        seen[key] = seen.get(key, 0) + 1
        yield (f" ({seen[key]})" if seen[key] > 1 else ""), (key, text)
