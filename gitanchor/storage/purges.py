"""Commits that a filter removed from the whole history, and the commits that replaced them.

`git filter-repo` leaves a map of old to new commits, `git filter-branch` the refs below refs/original/.
People delete both, so what was found is kept in `<git common dir>/gitanchor/purged`: each line has an
old commit and the new one, or zeros if there is none.
"""

import contextlib
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from gitanchor.git import ancestry
from gitanchor.git.process import decode, run
from gitanchor.git.repository import ANCHOR_REFS, Repository
from gitanchor.storage import atomic, safe_open

_LINE: Final = re.compile(r"([0-9a-f]{40,64}) ([0-9a-f]{40,64})")
_ORIGINAL: Final = "refs/original/"
_MOST: Final = 256 << 20
_WHO: Final = "--format=%H%x09%an%x09%ae%x09%at%x09%s"


class Purges:
    """What is known about filtered histories. Asks git only if there are traces of one."""

    def __init__(self, repository: Repository, shared: Path) -> None:
        self._repository = repository
        self._own = shared / "purged"
        self._map = _read(repository.common_dir / "filter-repo" / "commit-map") | _read(self._own)

    def purged(self, commits: Iterable[str]) -> dict[str, str | None]:
        """Return those of the commits that a filter removed, each with its replacement, or None."""
        wanted = set(commits)
        found = {
            commit: self._map[commit] for commit in wanted if self._map.get(commit, commit) != commit
        }
        rest = (
            self._repository.existing_commits(wanted - found.keys()) if wanted - found.keys() else set()
        )
        if rest and (originals := self._originals()):
            kept = self._kept()
            gone = ancestry.beyond(self._repository, rest, kept)
            gone -= ancestry.beyond(self._repository, gone, originals) if gone else set()
            found |= self._alike(gone, kept)
        elsewhere = self._repository.existing_commits(filter(None, found.values())) if found else set()
        return {commit: new if new in elsewhere else None for commit, new in found.items()}

    def is_rewrite(self, old: str, new: str) -> bool:
        """Return whether a filter made the commit `new` from `old`, which this clone still has."""
        signed = self._signed((old, new), "--no-walk", "--ignore-missing")
        return self._map.get(old) == new or (len(signed) > 1 and signed[old] == signed[new])

    def follow(self, anchor_id: str, old: str, new: str | None, scratch: Path) -> None:
        """Move the ref of an anchor to the new commit, or delete it if that is None; record it."""
        line = f"{old} {new or '0' * len(old)}\n"
        with contextlib.suppress(FileNotFoundError):
            line = safe_open.read(self._own, _MOST).decode("ascii", "replace") + line
        atomic.write(self._own, line.encode(), scratch, durable=True)
        if new is not None:
            self._repository.keep_commit(anchor_id, new)
        else:
            self._repository.git("update-ref", "-d", f"{ANCHOR_REFS}{anchor_id}", old, writing=True)

    def _originals(self) -> list[str]:
        listed = self._repository.ask("for-each-ref", "--format=%(objectname)", _ORIGINAL)
        return (listed or "").split()

    def _kept(self) -> list[str]:
        """Return the commits of branches and tags, not of remotes, which may be filtered later."""
        asked = ("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/tags")
        head = self._repository.head.commit
        return [*([head] if head else []), *(self._repository.ask(*asked) or "").split()]

    def _alike(self, old: Collection[str], tips: Iterable[str]) -> dict[str, str | None]:
        """Map each old commit to the only one with its author, time and subject that `tips` reach."""
        if not old:
            return {}
        theirs: dict[str, list[str]] = {}
        for commit, who in self._signed(tips, "--ignore-missing").items():
            theirs.setdefault(who, []).append(commit)
        found: dict[str, str | None] = dict.fromkeys(old)
        for commit, who in self._signed(old, "--no-walk").items():
            alike = [other for other in theirs.get(who, []) if other != commit]
            found[commit] = alike[0] if len(alike) == 1 else None
        return found

    def _signed(self, commits: Iterable[str], *options: str) -> dict[str, str]:
        command = ("log", *options, "--stdin", "--no-show-signature", "--no-follow", _WHO)
        asked = "".join(f"{commit}\n" for commit in sorted(set(commits))).encode()
        output = decode(run(command, self._repository.root, stdin=asked, may_fail=True) or b"")
        pairs = (line.split("\t", 1) for line in output.split("\n") if line)
        return {pair[0]: pair[1] for pair in pairs}


def _read(file: Path) -> dict[str, str | None]:
    """Read a map of old to new commits, None for those that were removed; empty if there is no file."""
    try:
        text = safe_open.read(file, _MOST).decode("ascii", "replace")
    except OSError:
        return {}
    matches = (_LINE.fullmatch(line.strip()) for line in text.split("\n"))
    return {match[1]: match[2] if match[2].strip("0") else None for match in matches if match}
