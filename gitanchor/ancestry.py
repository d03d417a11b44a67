"""How commits lie to each other: branches and what they reach, and what commits changed.

Each question is one git command, however many commits it is about.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gitanchor.git import decode, run
from gitanchor.repository import Repository


class Tip(NamedTuple):
    """A local or remote branch: its short name and the full object id that it stands at."""

    branch: str
    commit: str
    is_local: bool


class Node(NamedTuple):
    """A commit: full object ids, and its times in seconds since the epoch."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    authored: int
    committed: int


class Lines(NamedTuple):
    """The lines that a commit took from a file, and those that it put there."""

    gone: frozenset[str]
    new: frozenset[str]


def tips(repository: Repository) -> list[Tip]:
    """All local, then all remote branches."""
    form = "--format=%(objectname) %(symref) %(refname)"
    listed = repository.git("for-each-ref", form, "refs/heads", "refs/remotes").splitlines()
    found = []
    for line in listed:
        commit, symbolic, ref = line.split(" ", 2)
        if not symbolic:  # as origin/HEAD is
            _, kind, branch = ref.split("/", 2)
            found.append(Tip(branch, commit, kind == "heads"))
    return found


def beyond(repository: Repository, commits: Iterable[str], tips: Iterable[str]) -> set[str]:
    """Those of some commits that this clone has which none of the tips reaches."""
    wanted = sorted(set(commits))
    asked = [*wanted, *(f"^{tip}" for tip in sorted(set(tips)))]
    walked = run(
        ["rev-list", "--ignore-missing", "--stdin"], repository.root, stdin=_listed(asked), may_fail=True
    )
    return set(wanted) if walked is None else set(wanted).intersection(decode(walked).split())


def is_ancestor(repository: Repository, commit: str, of: str) -> bool | None:
    """Whether a commit is, or is reachable from, another; None if this clone lacks it."""
    walked = repository.ask("rev-list", "--max-count=1", commit, f"^{of}", "--")
    return None if walked is None else not walked


def branches_with(repository: Repository, commit: str) -> list[str]:
    """The branches that reach a commit, local ones first, by their short names."""
    form = ("--format=%(symref) %(refname)", f"--contains={commit}")
    listed = repository.git("for-each-ref", *form, "refs/heads", "refs/remotes").splitlines()
    return [line[1:].split("/", 2)[2] for line in listed if line.startswith(" ")]


def is_in_branch(repository: Repository, commit: str, branch: str) -> bool:
    """Whether a branch, local or of any remote, reaches a commit."""
    patterns = (f"refs/heads/{branch}", f"refs/remotes/*/{branch}")
    form = ("--format=%(refname)", f"--contains={commit}")
    return bool(repository.ask("for-each-ref", *form, *patterns))


def other_refs_with(repository: Repository, commit: str) -> list[str]:
    """The refs besides branches that reach a commit: tags, stash, refs/anchors/<id>."""
    listed = repository.git("for-each-ref", "--format=%(refname)", f"--contains={commit}").splitlines()
    return [ref for ref in listed if not ref.startswith(("refs/heads/", "refs/remotes/"))]


def nodes(
    repository: Repository,
    include: Iterable[str],
    exclude: Iterable[str] = (),
    *,
    touching: str | None = None,
) -> list[Node]:
    """The commits that some full object ids reach and others do not, newest first.

    With `touching`, only those that are no merges and change that file.
    """
    asked = [*sorted(set(include)), *(f"^{commit}" for commit in sorted(set(exclude)))]
    if touching is not None:
        asked += ["--", f":(top,literal){touching}"]
    options = ("--no-follow", "--no-merges") if touching is not None else ()
    command = ["log", "--ignore-missing", "--stdin", "--no-show-signature", "--format=%H %T %at %ct %P"]
    output = run([*command, *options], repository.root, stdin=_listed(asked), may_fail=True)
    found = []
    for line in decode(output or b"").splitlines():
        commit, tree, authored, committed, *parents = line.split(" ")
        found.append(Node(commit, tree, tuple(filter(None, parents)), int(authored), int(committed)))
    return found


def node(repository: Repository, commit: str) -> Node | None:
    """One commit, or None if this clone lacks it."""
    command = ["log", "--no-walk", "--no-show-signature", "--format=%H %T %at %ct %P", commit, "--"]
    output = repository.ask(*command)
    if not output:
        return None
    name, tree, authored, committed, *parents = output.removesuffix("\n").split(" ")
    return Node(name, tree, tuple(filter(None, parents)), int(authored), int(committed))


def merge_base(repository: Repository, one: str, other: str) -> str | None:
    """The best common ancestor of two commits, or None."""
    found = repository.ask("merge-base", one, other)
    return found.split("\n", 1)[0] if found else None


def commits_adding(repository: Repository, path: str, tips: Iterable[str]) -> list[str]:
    """The commits, merges aside, that added a file, newest first."""
    form = ("--no-show-signature", "--no-follow", "--diff-filter=A", "--no-renames", "--format=%H")
    command = ["-c", "log.showRoot=true", "log", "--ignore-missing", "--stdin", *form]
    literal = f":(top,literal){path}"
    stdin = _listed([*sorted(set(tips)), "--", literal])
    output = run(command, repository.root, stdin=stdin, may_fail=True)
    return decode(output or b"").split()


def changed_files(repository: Repository, old: str, new: str) -> list[str] | None:
    """The files in which two commits or trees differ; None if this clone lacks one."""
    output = repository.ask("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
    return None if output is None else [name for name in output.split("\0") if name]


def changed_lines(
    repository: Repository, old: str, new: str, besides: Sequence[str]
) -> dict[str, Lines] | None:
    """The lines that changed between two commits, by file; None if this clone lacks contents.

    A file that is not text counts as its object ids.
    """
    excluded = [f":(top,exclude,literal){path}" for path in besides]
    form = ("--patch", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--full-index")
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    command = ["diff-tree", "-r", *form, *prefixes, old, new, "--", ":(top)", *excluded]
    output = run(command, repository.root, may_fail=True)
    return None if output is None else _lines_by_file(decode(output))


def _lines_by_file(patch: str) -> dict[str, Lines]:
    found: dict[str, Lines] = {}
    for part in ("\n" + patch).split("\ndiff --git ")[1:]:
        header, *hunks = part.split("\n@@ ")
        lines = [line for hunk in hunks for line in hunk.split("\n")[1:]]
        gone = {line[1:] for line in lines if line.startswith("-")}
        new = {line[1:] for line in lines if line.startswith("+")}
        if not hunks:  # not text, or only its mode
            facts = (line for line in header.split("\n") if line.startswith(("index", "new ")))
            gone, new = set(), set(facts)
        found[header.split("\n", 1)[0]] = Lines(frozenset(gone), frozenset(new))
    return found


def _listed(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
