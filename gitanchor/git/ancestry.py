"""How commits lie to each other: branches and what they reach, and what commits changed.

Most questions are one git command, however many commits they are about.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gitanchor.git.names import files_by_commit, literal
from gitanchor.git.process import decode, run
from gitanchor.git.repository import Repository

_TELLING: Final = 3
"""Changed lines with something on them that no other commit has by chance."""

_NODE: Final = "--format=%H %T %at %ct %P"


class Tip(NamedTuple):
    """A local or remote branch: its short name and the full object id that it stands at.

    `own` is its name without that of the remote.
    """

    branch: str
    commit: str
    is_local: bool
    own: str


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
    is_whole: bool = False
    """Whether the whole file was added or deleted."""


def tips(repository: Repository) -> list[Tip]:
    """All local, then all remote branches."""
    form = "--format=%(objectname) %(symref) %(refname)"
    listed = repository.git("for-each-ref", form, "refs/heads", "refs/remotes").splitlines()
    remotes: list[str] | None = None
    found = []
    for line in listed:
        commit, symbolic, ref = line.split(" ", 2)
        if symbolic:  # as origin/HEAD is
            continue
        _, kind, branch = ref.split("/", 2)
        own = branch
        if kind == "remotes":  # the name of a remote may have slashes, too
            if remotes is None:
                remotes = sorted(repository.git("remote").splitlines(), key=len, reverse=True)
            remote = next((name for name in remotes if branch.startswith(f"{name}/")), "")
            own = branch.removeprefix(f"{remote}/")
        found.append(Tip(branch, commit, kind == "heads", own))
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


def refs_of(repository: Repository, *branches: str) -> dict[str, dict[str, str]]:
    """The refs of branches, the local one first and then those of remotes, with their commits."""
    patterns = [f"refs/{kind}/{branch}" for branch in branches for kind in ("heads", "remotes/*")]
    listed = repository.ask("for-each-ref", "--format=%(objectname) %(refname)", *patterns) or ""
    found: dict[str, dict[str, str]] = {branch: {} for branch in branches}
    for line in listed.splitlines():
        commit, ref = line.split(" ", 1)
        parts = ref.split("/", 3 if ref.startswith("refs/remotes/") else 2)
        if parts[-1] in found:  # a pattern also matches what lies below (git-for-each-ref(1))
            found[parts[-1]][ref] = commit
    return found


def is_on_first_parents(repository: Repository, commit: str, end: str) -> bool:
    """Whether a commit is on the line of first parents that ends in another: was not merged into it."""
    span = ("rev-list", "--first-parent", f"{commit}..{end}", "--")
    line = (repository.ask(*span) or "").split()
    if not line:
        return commit == end
    oldest = node(repository, line[-1])
    return oldest is not None and oldest.parents[:1] == (commit,)


def is_merged(repository: Repository, commit: str, tips: Collection[str], ends: Iterable[str]) -> bool:
    """Whether the work that a commit belongs to was merged into one of some ends.

    `tips` are where the branch is that it was made on, locally and on remotes. That a branch began
    from a commit does not mean that it was merged into where it began.
    """
    for end in ends:
        if not is_ancestor(repository, commit, end):
            continue
        if not is_on_first_parents(repository, commit, end):
            return True
        work = [tip for tip in tips if tip != commit]
        if not tips or any(is_ancestor(repository, tip, end) for tip in work):
            return True
    return False


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
        asked += ["--", *literal([touching])]
    options = ("--no-follow", "--no-merges") if touching is not None else ()
    command = ["log", "--ignore-missing", "--stdin", "--no-show-signature", _NODE]
    output = run([*command, *options], repository.root, stdin=_listed(asked), may_fail=True)
    return list(_nodes(decode(output or b"")))


def node(repository: Repository, commit: str) -> Node | None:
    """One commit, or None if this clone lacks it."""
    return nodes_of(repository, [commit]).get(commit)


def nodes_of(repository: Repository, commits: Iterable[str]) -> dict[str, Node]:
    """Some commits, as far as this clone has them."""
    wanted = sorted(set(commits))
    if not wanted:  # git would take HEAD
        return {}
    command = ["log", "--no-walk", "--ignore-missing", "--stdin", "--no-show-signature", _NODE]
    output = run(command, repository.root, stdin=_listed(wanted), may_fail=True)
    return {found.commit: found for found in _nodes(decode(output or b""))}


def _nodes(output: str) -> Iterator[Node]:
    for line in output.splitlines():
        commit, tree, authored, committed, *parents = line.split(" ")
        yield Node(commit, tree, tuple(filter(None, parents)), int(authored), int(committed))


def merge_base(repository: Repository, one: str, other: str) -> str | None:
    """The best common ancestor of two commits, or None."""
    found = repository.ask("merge-base", one, other)
    return found.split("\n", 1)[0] if found else None


def commits_adding(repository: Repository, folder: str, tips: Iterable[str]) -> dict[str, list[str]]:
    """The commits, merges aside, that added each file below a folder, newest first."""
    form = ("--no-show-signature", "--no-follow", "--diff-filter=A", "--no-renames", "--name-only", "-z")
    command = ["-c", "log.showRoot=true", "log", "--ignore-missing", "--stdin", *form, "--format=/%H"]
    stdin = _listed([*sorted(set(tips)), "--", *literal([folder])])
    output = run(command, repository.root, stdin=stdin, may_fail=True)
    found: dict[str, list[str]] = {}
    for commit, files in files_by_commit(decode(output or b"")).items():
        for file in files:
            found.setdefault(file, []).append(commit)
    return found


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


def holds(made: Mapping[str, Lines], changed: Mapping[str, Lines]) -> bool:
    """Whether a commit made all of some changes: just these to their files, or enough to be sure.

    A few lines may be in any commit by chance, and the deletion of a file takes all lines with it.
    """
    within = all(
        path in made
        and lines.gone <= made[path].gone
        and lines.new <= made[path].new
        and (lines.is_whole or not made[path].is_whole or not lines.gone)
        for path, lines in changed.items()
    )
    exactly = all(made.get(path) == lines for path, lines in changed.items())
    telling = {
        line for lines in changed.values() for line in lines.gone | lines.new if len(line.strip()) > 3
    }
    return within and (exactly or len(telling) >= _TELLING)


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
        whole = "\nnew file mode " in header or "\ndeleted file mode " in header
        found[header.split("\n", 1)[0]] = Lines(frozenset(gone), frozenset(new), whole)
    return found


def _listed(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
