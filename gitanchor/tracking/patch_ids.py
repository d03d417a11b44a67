"""Find commits that make the same change, by their patch ids (git-patch-id(1)).

The patch id of a commit is computed once, and then remembered in this clone.
"""

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from gitanchor.git.repository import Repository
from gitanchor.model.errors import WriteFailed
from gitanchor.storage import atomic

MOST: Final = 4000
"""The most commits that are examined, beginning with the likeliest times."""

_BATCH: Final = 64
_LINE: Final = re.compile(r"([0-9a-f]{40,64}) ([0-9a-f]{40,64})")


class Patches:
    """The patch ids of commits, remembered in this clone."""

    def __init__(self, repository: Repository, shared: Path, scratch: Path) -> None:
        self._repository = repository
        self._file = shared / "patch-ids"
        self._scratch = scratch
        self._known = self._read()
        self._commits: dict[str, list[str]] = defaultdict(list)
        for commit, patch_id in self._known.items():
            self._commits[patch_id].append(commit)

    def known(self, patch_id: str) -> list[str]:
        """Return the commits that are known to make the change with a patch id."""
        return self._commits.get(patch_id, [])

    def same(self, patch_id: str, candidates: Sequence[str]) -> Iterator[str]:
        """Yield those candidates, in their order, that make the change with a patch id."""
        rest = iter(candidates[:MOST])
        known = len(self._known)
        try:
            while batch := list(islice(rest, _BATCH)):
                self._learn(batch)
                yield from (commit for commit in batch if self._known.get(commit) == patch_id)
        finally:
            if len(self._known) > known:
                self._remember()

    def _learn(self, commits: Iterable[str]) -> None:
        unknown = [commit for commit in commits if commit not in self._known]
        if not unknown:
            return
        found = self._repository.patch_ids(unknown)
        self._known |= found
        for commit, patch_id in found.items():
            self._commits[patch_id].append(commit)

    def _remember(self) -> None:
        text = "".join(f"{commit} {patch}\n" for commit, patch in sorted(self._known.items()))
        with contextlib.suppress(WriteFailed):  # it is only a cache
            atomic.write(self._file, text.encode(), self._scratch)

    def _read(self) -> dict[str, str]:
        try:
            text = self._file.read_text("ascii", "replace")
        except OSError:
            return {}
        matches = (_LINE.fullmatch(line) for line in text.splitlines())
        return {match[1]: match[2] for match in matches if match}
