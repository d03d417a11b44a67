"""Share the refs that keep anchored commits: refs/anchors/* of this clone and of a remote."""

from pathlib import Path
from typing import NamedTuple

from gitanchor.git import ancestry
from gitanchor.git.repository import ANCHOR_REFS, Repository
from gitanchor.model.errors import GitFailed, NotFound, WrongUsage
from gitanchor.storage.purges import Purges

_AT_ONCE = 500
"""The most refs on one command line."""


_BRANCHES = "refs/heads/"


class Outcome(NamedTuple):
    """How many refs were pushed and fetched, and which ones differ at the remote.

    `held` are the refs that were not pushed, because no branch contains their commits.
    """

    remote: str
    pushed: int
    fetched: int
    differing: tuple[str, ...]
    held: tuple[str, ...] = ()


def sync(
    repository: Repository,
    shared: Path,
    remote: str | None,
    *,
    dry_run: bool = False,
    unreachable: bool = False,
) -> Outcome:
    """Fetch the refs that this clone lacks, and push those that the remote lacks.

    A ref is never moved, because an anchor's commit does not change. A commit that is on no branch,
    neither here nor there, is pushed only with `unreachable`, and one that was filtered out of the
    history is not fetched again; `shared` is the folder of this clone's state, which has a record
    of these. Raises NotFound if there is no remote, WrongUsage if `remote` does not exist,
    GitFailed if it cannot be reached or refuses.
    """
    name = _checked(repository, remote)
    here = repository.anchor_refs()
    asked = (f"{ANCHOR_REFS}*", f"{_BRANCHES}*")
    listed = _refs(repository.git("ls-remote", "--", name, *asked, writing=True))
    there = {ref: commit for ref, commit in listed.items() if ref.startswith(ANCHOR_REFS)}
    missing = sorted(ref for ref in here if ref not in there)
    wanted = sorted(ref for ref in there if ref not in here)
    doubtful = {here.get(ref, there.get(ref, "")) for ref in (*missing, *wanted)}
    purged = Purges(repository, shared).purged(doubtful) if doubtful else {}
    wanted = [ref for ref in wanted if there[ref] not in purged]
    differing = sorted(ref for ref in here if ref in there and here[ref] != there[ref])
    lost = set() if unreachable else _unreachable(repository, missing, here, listed) | purged.keys()
    held = [ref for ref in missing if here[ref] in lost]
    pushed = [ref for ref in missing if ref not in held]
    if not dry_run:  # fetch first: who may not push may still fetch
        for command, refs in (("fetch", wanted), ("push", pushed)):
            for start in range(0, len(refs), _AT_ONCE):
                _transfer(repository, command, name, refs[start : start + _AT_ONCE])
    return Outcome(name, len(pushed), len(wanted), tuple(differing), tuple(held))


def _unreachable(
    repository: Repository, refs: list[str], here: dict[str, str], there: dict[str, str]
) -> set[str]:
    """Return the commits of those refs that are on no branch, neither of this clone nor of the remote.

    Remote-tracking branches prove nothing here: the remote's branches may have been replaced since
    they were last fetched.
    """
    if not refs:
        return set()
    tips = [tip.commit for tip in ancestry.tips(repository) if tip.is_local]
    tips += [commit for ref, commit in there.items() if ref.startswith(_BRANCHES)]
    return ancestry.beyond(repository, {here[ref] for ref in refs}, tips)


def _transfer(repository: Repository, command: str, remote: str, refs: list[str]) -> None:
    """Fetch or push exactly these refs, whatever else the configuration would transfer."""
    alone = (
        ("--no-tags", "--no-prune", "--no-write-fetch-head")
        if command == "fetch"
        else ("--no-follow-tags",)
    )
    specs = [f"{ref}:{ref}" for ref in refs]
    options = ("--quiet", "--recurse-submodules=no", *alone)
    repository.git(command, *options, "--", remote, *specs, writing=True)


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
    """Parse git's list of refs into their object ids by name."""
    pairs = (line.split(None, 1) for line in listed.splitlines())
    found = {pair[1]: pair[0] for pair in pairs if len(pair) == 2}
    if any(not ref.startswith((ANCHOR_REFS, _BRANCHES)) for ref in found):
        raise GitFailed("git listed refs that were not asked for")
    return found
