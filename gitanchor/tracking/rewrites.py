"""The rewrite map of this clone: which commits git rewrote into which, as reported to post-rewrite.

Each line of `<git common dir>/gitanchor/rewritten` has the command (`amend` or `rebase`), the old
and the new commit (githooks(5), post-rewrite). The hook only ever adds lines.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

_LINE: Final = re.compile(r"(amend|rebase) ([0-9a-f]{40,64}) ([0-9a-f]{40,64})\b.*")


class Successor(NamedTuple):
    """What became of a commit: `amended`, `rebased` or, of several at once, `squashed`."""

    commit: str
    how: str


class Rewrites:
    """Old commits and what they became."""

    def __init__(self, entries: list[tuple[str, str, str]]) -> None:
        self._next: dict[str, list[tuple[str, str]]] = defaultdict(list)
        made_of: dict[str, set[str]] = defaultdict(set)
        for command, old, new in entries:
            self._next[old].append((command, new))
            if command == "rebase":
                made_of[new].add(old)
        self._several = {new for new, olds in made_of.items() if len(olds) > 1}

    @classmethod
    def load(cls, shared: Path) -> "Rewrites":
        """Read the map. Lines that no hook wrote are ignored; a missing file is an empty map."""
        try:
            text = (shared / "rewritten").read_text("ascii", "replace")
        except OSError:
            return cls([])
        matches = (_LINE.fullmatch(line) for line in text.splitlines())
        return cls([(match[1], match[2], match[3]) for match in matches if match])

    def successors(self, commit: str) -> list[Successor]:
        """Return everything that a commit became, over any number of steps, the latest first."""
        found: dict[str, Successor] = {}
        waiting = [Successor(commit, "")]
        while waiting:
            present = waiting.pop()
            for command, new in self._next.get(present.commit, []):
                if new not in found and new != commit:
                    found[new] = Successor(new, self._how(present, command, new))
                    waiting.append(found[new])
        return list(reversed(found.values()))

    def _how(self, before: Successor, command: str, new: str) -> str:
        if before.how == "squashed" or new in self._several:
            return "squashed"
        return "amended" if command == "amend" and before.how in {"", "amended"} else "rebased"
