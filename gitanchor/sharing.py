"""Sharing the refs that keep anchored commits: refs/anchors/* of this clone and of a remote."""

from typing import NamedTuple

from gitanchor.errors import GitFailed, NotFound, WrongUsage
from gitanchor.repository import ANCHOR_REFS, Repository

_AT_ONCE = 500
"""Refs that are named on one command line."""


class Outcome(NamedTuple):
    """How many refs went to and came from a remote, and those that differ there."""

    remote: str
    pushed: int
    fetched: int
    differing: tuple[str, ...]


def sync(repository: Repository, remote: str | None, *, dry_run: bool = False) -> Outcome:
    """Fetch the refs that this clone lacks, push those that the remote lacks.

    A ref is never moved: an anchor's commit does not change. Raises NotFound without a remote,
    WrongUsage for one that there is not, GitFailed if the remote cannot be reached or refuses.
    """
    name = _checked(repository, remote)
    here = repository.anchor_refs()
    there = _refs(repository.git("ls-remote", "--", name, f"{ANCHOR_REFS}*", writing=True))
    missing = sorted(ref for ref in here if ref not in there)
    wanted = sorted(ref for ref in there if ref not in here)
    differing = sorted(ref for ref in here if ref in there and here[ref] != there[ref])
    if not dry_run:  # what comes in first: who may not push may still fetch
        for command, refs in (("fetch", wanted), ("push", missing)):
            for start in range(0, len(refs), _AT_ONCE):
                _transfer(repository, command, name, refs[start : start + _AT_ONCE])
    return Outcome(name, len(missing), len(wanted), tuple(differing))


def _transfer(repository: Repository, command: str, remote: str, refs: list[str]) -> None:
    quiet = ("--no-tags", "--no-write-fetch-head") if command == "fetch" else ("--no-verify",)
    specs = [f"{ref}:{ref}" for ref in refs]
    repository.git(command, "--quiet", *quiet, "--", remote, *specs, writing=True)


def _checked(repository: Repository, remote: str | None) -> str:
    remotes = repository.git("remote").splitlines()
    if remote is not None and remote not in remotes:
        raise WrongUsage(f"'{remote}' is not a remote; 'git remote' lists them")
    name = remote or repository.remote()
    if name is None:
        if not remotes:
            raise NotFound("there is no remote to share with; 'git remote add' adds one")
        raise NotFound(
            f"several remotes ({', '.join(remotes)}); name one: 'git anchor sync {remotes[0]}'"
        )
    return name


def _refs(listed: str) -> dict[str, str]:
    """The refs that git lists, each behind its object id, by name."""
    pairs = (line.split(None, 1) for line in listed.splitlines())
    found = {pair[1]: pair[0] for pair in pairs if len(pair) == 2}
    if any(not ref.startswith(ANCHOR_REFS) for ref in found):
        raise GitFailed("git listed refs that were not asked for")
    return found
