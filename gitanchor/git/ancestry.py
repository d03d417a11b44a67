"""Relations between commits: what branches reach, and what commits changed.

Most functions run one git command, however many commits they are given.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gitanchor.git.names import files_by_commit, literal
from gitanchor.git.process import decode, run
from gitanchor.git.repository import Repository

_TELLING: Final = 3
"""Changed lines, not nearly empty ones, that are enough to recognize a change: not there by chance."""

_NODE: Final = "--format=%H %T %at %ct %P"


class Tip(NamedTuple):
    """A local or remote branch: its short name and the full object id of its tip.

    `own` is the name without that of the remote.
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
    """The lines that a commit removed from a file (`gone`), and those that it added (`new`)."""

    gone: frozenset[str]
    new: frozenset[str]
    is_whole: bool = False
    """Whether the whole file was added or deleted."""


def tips(repository: Repository) -> list[Tip]:
    """Return all local branches, then all remote ones."""
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
    """Return the commits of this clone, among those given, that none of the tips reaches."""
    wanted = sorted(set(commits))
    asked = [*wanted, *(f"^{tip}" for tip in sorted(set(tips)))]
    walked = run(
        ["rev-list", "--ignore-missing", "--stdin"], repository.root, stdin=_listed(asked), may_fail=True
    )
    return set(wanted) if walked is None else set(wanted).intersection(decode(walked).split())


def is_ancestor(repository: Repository, commit: str, of: str) -> bool | None:
    """Return whether `commit` is, or is reachable from, `of`; None if this clone lacks one of them."""
    walked = repository.ask("rev-list", "--max-count=1", commit, f"^{of}", "--")
    return None if walked is None else not walked


def branches_with(repository: Repository, commit: str) -> list[str]:
    """Return the short names of the branches that reach a commit, local ones first."""
    form = ("--format=%(symref) %(refname)", f"--contains={commit}")
    listed = repository.git("for-each-ref", *form, "refs/heads", "refs/remotes").splitlines()
    return [line[1:].split("/", 2)[2] for line in listed if line.startswith(" ")]


def refs_of(repository: Repository, *branches: str) -> dict[str, dict[str, str]]:
    """Return for each branch its refs with their commits, the local ref before those of remotes."""
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
    """Return whether a commit is on the first-parent line of `end`, and so was not merged into it."""
    span = ("rev-list", "--first-parent", f"{commit}..{end}", "--")
    line = (repository.ask(*span) or "").split()
    if not line:
        return commit == end
    oldest = node(repository, line[-1])
    return oldest is not None and oldest.parents[:1] == (commit,)


def is_merged(repository: Repository, commit: str, tips: Collection[str], ends: Iterable[str]) -> bool:
    """Return whether the work that a commit belongs to was merged into one of `ends`.

    `tips` are the tips of the branch that the commit was made on, locally and on remotes. A branch
    that only starts at the commit does not count as merged into the branch that it started from.
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
    """Return the refs other than branches that reach a commit: tags, stash, refs/anchors/<id>."""
    listed = repository.git("for-each-ref", "--format=%(refname)", f"--contains={commit}").splitlines()
    return [ref for ref in listed if not ref.startswith(("refs/heads/", "refs/remotes/"))]


def nodes(
    repository: Repository,
    include: Iterable[str],
    exclude: Iterable[str] = (),
    *,
    touching: str | None = None,
) -> list[Node]:
    """Return the commits that `include` reaches and `exclude` does not, newest first.

    Both are full object ids. With `touching`, only non-merge commits that change that file.
    """
    asked = [*sorted(set(include)), *(f"^{commit}" for commit in sorted(set(exclude)))]
    if touching is not None:
        asked += ["--", *literal([touching])]
    options = ("--no-follow", "--no-merges") if touching is not None else ()
    command = ["log", "--ignore-missing", "--stdin", "--no-show-signature", _NODE]
    output = run([*command, *options], repository.root, stdin=_listed(asked), may_fail=True)
    return list(_nodes(decode(output or b"")))


def node(repository: Repository, commit: str) -> Node | None:
    """Return one commit, or None if this clone lacks it."""
    return nodes_of(repository, [commit]).get(commit)


def nodes_of(repository: Repository, commits: Iterable[str]) -> dict[str, Node]:
    """Return those of the commits that this clone has, by full object id."""
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
    """Return the best common ancestor of two commits, or None."""
    found = repository.ask("merge-base", one, other)
    return found.split("\n", 1)[0] if found else None


def commits_adding(repository: Repository, folder: str, tips: Iterable[str]) -> dict[str, list[str]]:
    """Return, for each file below a folder, the non-merge commits that added it, newest first."""
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
    """Return the files in which two commits or trees differ; None if this clone lacks one of them."""
    output = repository.ask("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
    return None if output is None else [name for name in output.split("\0") if name]


def changed_lines(
    repository: Repository, old: str, new: str, besides: Sequence[str]
) -> dict[str, Lines] | None:
    """Return the lines that changed between two commits, by file; None if this clone lacks contents.

    `besides` are paths to leave out. For a binary file its object ids stand in for lines.
    """
    excluded = [f":(top,exclude,literal){path}" for path in besides]
    form = ("--patch", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--full-index")
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    command = ["diff-tree", "-r", *form, *prefixes, old, new, "--", ":(top)", *excluded]
    output = run(command, repository.root, may_fail=True)
    return None if output is None else _lines_by_file(decode(output))


def holds(made: Mapping[str, Lines], changed: Mapping[str, Lines]) -> bool:
    """Return whether a commit that made the changes `made` made all of the changes `changed`.

    It did if its changes to these files are the same, or include them and enough telling lines: a few
    lines may be in any commit by chance, and deleting a file removes every line of it.
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
