"""What happened in the repository since an anchor: commits, files, branches, uncommitted work.

Ranked by what matters to who resumes: what touches the files that the anchor's next action or
milestone names comes first. Commits of nothing but anchors and the log do not count.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from gitanchor.anchor import Anchor
from gitanchor.binding import Binding
from gitanchor.gitnames import Commit, is_at, touching_only
from gitanchor.repository import Repository

NAMED_FILES: Final = 40
"""Names of files that are looked for, from one anchor."""

_FEW: Final = 500
"""Commits of which each is looked at; of more, only if files that matter differ in the end."""

_TRUNKS: Final = frozenset({"main", "master", "trunk"})
"""Branches that others begin from: that HEAD has their commits does not mean they were merged."""

_LOG: Final = ("log", "-z", "--no-show-signature", "--no-follow", "--no-renames")
_SPAN: Final = re.compile(r"`([^`\n]{2,200})`")
_PATH: Final = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)*[\w-][\w.-]*\.[A-Za-z][A-Za-z0-9]{0,7}(?![\w/-])")
_FOLDER: Final = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)+(?:[\w-][\w.-]*)?")
_BRANCH: Final = re.compile(
    r"\bbranch(?:es)?:?\s+`?([\w][\w./-]*[\w])`?|`([\w][\w./-]*[\w])`\s+branch\b"
)
_FILE_NAME: Final = re.compile(r"[^\s:*?\"<>|\\]+")


class FileChange(NamedTuple):
    """A file that changed, with the lines added and removed; None where it is not text."""

    path: str
    added: int | None
    removed: int | None
    named: bool


class Upstream(NamedTuple):
    """How far the checked out branch and the one it tracks are apart, in commits."""

    name: str
    ahead: int
    behind: int


@dataclass(frozen=True, slots=True)
class Drift:
    """What happened since an anchor, seen from HEAD and the worktree.

    `commits` are newest first, None if nobody here can know; `touching` are the ids of those that
    touch named files. `files` are ranked. `gone` are sentences on named files and branches that
    are no longer there. `branch` is a sentence on the anchor's branch, if there is anything to say.
    """

    commits: tuple[Commit, ...] | None
    touching: frozenset[str] = frozenset()
    authors: tuple[tuple[str, int], ...] = ()
    files: tuple[FileChange, ...] = ()
    staged: tuple[str, ...] = ()
    unstaged: tuple[str, ...] = ()
    upstream: Upstream | None = None
    branch: str | None = None
    gone: tuple[str, ...] = ()

    def ranked(self) -> list[Commit]:
        """The commits, those that touch named files first, newest first among equals."""
        return sorted(self.commits or (), key=lambda commit: commit.id not in self.touching)


@dataclass(frozen=True, slots=True)
class Seen:
    """What git printed of the commits from one to HEAD, and of the worktree.

    `commits` is None if that commit is not known or not here. `is_from_ancestor` says that HEAD
    reaches it.
    """

    start: str | None
    commits: str | None
    status: str | None
    changed: str
    tracked: str
    is_from_ancestor: bool


def look(repository: Repository, anchor: Anchor, start: str | None, *, diverged: bool = False) -> Seen:
    """Ask git what happened from a commit, by its full object id, to HEAD and the worktree.

    Without a commit it is from the beginning. All is asked at once, because starting git takes
    longer than what it then does. `diverged` says that HEAD may not reach the commit: then only
    what changed on HEAD's side since both parted counts.
    """
    head = repository.head.commit
    status = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=no")
    if head is None:
        return Seen(start, None, repository.gather(status)[0], "", "", False)
    span = head if start is None else f"{start}..{head}"
    questions: list[Sequence[str]] = [
        (*_LOG, "--boundary", "--format=%m%H%x09%aN%x09%s", span, "--"),
        status,
        _tracked(names_of_files(anchor)),
    ]
    if start is not None and start != head:
        form = ("-r", "-z", "--raw", "--numstat", "--no-renames", "--abbrev=7")
        since = ("--merge-base",) if diverged else ()
        questions.append(("diff-tree", *form, *since, start, head))
    commits, listed, tracked, changed = (*repository.gather(*questions), "")[:4]
    entries = (commits or "").split("\0")
    edges = {entry[1:].split("\t", 1)[0] for entry in entries if entry.startswith("-")}
    reached = commits is not None and (start == head or start in edges)
    kept = None if commits is None else "\0".join(e[1:] for e in entries if e.startswith(">"))
    return Seen(start, kept, listed, changed or "", tracked or "", reached)


def measure(
    repository: Repository, anchor: Anchor, binding: Binding, besides: Sequence[str], seen: Seen
) -> Drift:
    """What happened since an anchor, out of what was seen from its commit on."""
    known = binding.commit is not None or _is_before_all(anchor)
    if seen.commits is None or not known:
        return _here(Drift(None), seen.status, besides)
    deleted, changes = _changes(seen.changed)
    named = _named(repository, anchor, seen.tracked, deleted)
    marked = list(_marked(changes, named.paths))
    files = sorted((file for file in marked if not is_at(file.path, besides)), key=_rank)
    only, touching = _sorted_out(repository, seen, besides, named.paths, changes)
    counted, authors = _counted(seen.commits, only)
    drift = Drift(
        commits=tuple(counted),
        touching=touching - only,
        authors=tuple(authors.most_common()),
        files=tuple(files),
        branch=_branch(repository, anchor, binding, besides),
        gone=(*named.gone, *_branches_gone(repository, anchor)),
    )
    return _here(drift, seen.status, besides)


def _sorted_out(
    repository: Repository,
    seen: Seen,
    besides: Sequence[str],
    named: Sequence[str],
    changes: Sequence[tuple[str, int | None, int | None]],
) -> tuple[frozenset[str], frozenset[str]]:
    """The commits that touch nothing but some paths, and those that touch named files.

    Looking for the latter takes long in a long history, so that it is only done if a named file
    differs in the end; and of many commits, none is looked at for paths that do not differ.
    """
    paths = [path for path, *_ in changes]
    few = len(seen.commits or "") > 0 and (seen.commits or "").count("\0") <= _FEW
    span = f"{seen.start}..{repository.head.commit}" if seen.start else f"{repository.head.commit}"
    questions: dict[str, Sequence[str]] = {}
    if few or any(is_at(path, besides) for path in paths):
        asked = ("--format=/%H", "--name-only", "--full-diff", span, "--", *_literal(besides))
        questions["only"] = (*_LOG, *asked)
    if any(is_at(path, named) for path in paths):
        asked = ("--format=%H", "--full-history", span, "--", *_literal(named))
        questions["touching"] = (*_LOG, *asked)
    answers = dict(zip(questions, repository.gather(*questions.values()), strict=True))
    touching = (answers.get("touching") or "").split("\0")
    only = touching_only(answers.get("only") or "", besides)
    return frozenset(only), frozenset(filter(None, touching))


def commits_of(
    repository: Repository, end: str, starts: Sequence[str], besides: Sequence[str]
) -> list[Commit]:
    """The commits that lead to `end` and not to any of `starts`, newest first.

    All are full object ids. Commits that touch nothing besides some paths are left out.
    """
    span = [end, *(f"^{start}" for start in starts)]
    listed, ours = repository.gather(
        (*_LOG, "--format=%H%x09%aN%x09%s", *span, "--"),
        (*_LOG, "--format=/%H", "--name-only", "--full-diff", *span, "--", *_literal(besides)),
    )
    return _counted(listed or "", touching_only(ours or "", besides))[0]


def _literal(paths: Iterable[str]) -> list[str]:
    return [f":(top,literal){path}" for path in paths]


def _is_before_all(anchor: Anchor) -> bool:
    """Whether an anchor without a commit is older than the first one, not just without a note of it."""
    return anchor.commit is None and anchor.source != "import"


def _counted(log: str, only: Collection[str]) -> tuple[list[Commit], Counter[str]]:
    """The commits that count, and how many of them each author made."""
    entries = (entry.split("\t", 2) for entry in log.split("\0") if entry)
    kept = [entry for entry in entries if entry[0] not in only]
    commits = [Commit(commit, subject) for commit, _, subject in kept]
    return commits, Counter(author for _, author, _ in kept)


def _changes(output: str) -> tuple[list[str], list[tuple[str, int | None, int | None]]]:
    """The files that `diff-tree --raw --numstat -z` tells of: deleted ones, and the lines of each."""
    deleted: list[str] = []
    changes: list[tuple[str, int | None, int | None]] = []
    entries = iter(output.split("\0"))
    for entry in entries:
        if entry.startswith(":"):
            path = next(entries, "")
            if entry.endswith(" D"):
                deleted.append(path)
        elif entry:
            added, removed, path = entry.split("\t", 2)
            changes.append((path, _number(added), _number(removed)))
    return deleted, changes


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)


def _marked(
    changes: Iterable[tuple[str, int | None, int | None]], named: Sequence[str]
) -> Iterator[FileChange]:
    for path, added, removed in changes:
        yield FileChange(path, added, removed, is_at(path, named))


def _rank(change: FileChange) -> tuple[bool, int, str]:
    """Named files first, then those with most lines changed."""
    return not change.named, -(change.added or 0) - (change.removed or 0), change.path


# Files and branches that the anchor names ------------------------------------------------------


class _Named(NamedTuple):
    """The paths that an anchor names, and sentences on those that are not there any more."""

    paths: tuple[str, ...]
    gone: tuple[str, ...]


def names_of_files(anchor: Anchor) -> list[str]:
    """What may be a path in the next action and the milestone, in the order it is named."""
    found: dict[str, None] = {}
    for text in (anchor.next_action, anchor.milestone):
        for span in _SPAN.findall(text):
            if _FILE_NAME.fullmatch(span) and ("/" in span or "." in span):
                found[span] = None
        bare = _SPAN.sub(" ", text)
        for pattern in (_PATH, _FOLDER):
            found |= dict.fromkeys(pattern.findall(bare))
    names = dict.fromkeys(name.removeprefix("./").rstrip(".").strip("/") for name in found)
    return [name for name in names if name and not name.startswith(("..", "~"))][:NAMED_FILES]


def _tracked(names: Sequence[str]) -> Sequence[str]:
    """The question which tracked files have some names, or lie in folders of such names."""
    asked = [f":(top,glob)**/{_escaped(name)}" for name in names]
    inside = [f":(top,glob)**/{_escaped(name)}/**" for name in names]
    return ("ls-files", "-z", "--", *(asked + inside or [":(top,literal).git"]))  # else: all files


def _named(repository: Repository, anchor: Anchor, tracked: str, deleted: Sequence[str]) -> _Named:
    """Which of the names are files or folders here, wherever in the tree, or were until now."""
    listed = tracked.split("\0")
    paths: dict[str, None] = {}
    gone = []
    for name in names_of_files(anchor):
        here = sorted({found for path in listed if (found := _matched(path, name))})
        lost = sorted({found for path in deleted if (found := _matched(path, name))})
        paths |= dict.fromkeys([*here, *lost])
        missing = [path for path in here if not (repository.root / path).exists()]
        if (lost or missing) and len(missing) == len(here):
            gone.append(f"{(lost or missing)[0]}, which the anchor names, is not there any more")
    return _Named(tuple(paths), tuple(gone))


def _matched(path: str, name: str) -> str | None:
    """The path of the file or folder called `name` that is, or holds, a path."""
    if path == name or path.endswith(f"/{name}"):
        return path
    if path.startswith(f"{name}/"):
        return name
    start = path.find(f"/{name}/")
    return None if start < 0 else path[: start + 1 + len(name)]


def _escaped(name: str) -> str:
    """A name for a glob pathspec (gitglossary(7)), in which it means just itself."""
    return re.sub(r"([\[\]*?\\])", r"\\\1", name)


def _branches_gone(repository: Repository, anchor: Anchor) -> Iterator[str]:
    """A sentence for each branch that the next action names and that is not here."""
    names = dict.fromkeys(one or two for one, two in _BRANCH.findall(anchor.next_action))
    for name in names:
        if len(name) > 2 and name != repository.head.branch and not _refs(repository, name):
            certain = re.search(rf"`{re.escape(name)}`", anchor.next_action)
            if certain or re.search(r"[-_/\d]", name):  # "branch when" names none
                yield f"there is no branch {name}, which the next action names"


def _refs(repository: Repository, branch: str) -> list[str]:
    """The refs of a branch: the local one and those of remotes."""
    patterns = (f"refs/heads/{branch}", f"refs/remotes/*/{branch}")
    return (repository.ask("for-each-ref", "--format=%(refname)", *patterns) or "").split()


# Where the branch and the worktree are ---------------------------------------------------------


def _branch(
    repository: Repository, anchor: Anchor, binding: Binding, besides: Sequence[str]
) -> str | None:
    """What became of the anchor's branch, if HEAD is on another."""
    head = repository.head
    if anchor.branch is None or anchor.branch == head.branch or binding.commit is None:
        return None
    refs = _refs(repository, anchor.branch)
    here = head.branch or "HEAD"
    on_head = binding.branch is None and binding.state != "unreachable"
    if not refs:
        return f"{anchor.branch} was " + (f"merged into {here} and deleted" if on_head else "deleted")
    tip = repository.resolve_commit(refs[0]) or binding.commit
    if on_head and not (head.commit and commits_of(repository, tip, [head.commit], besides)):
        begun_here = tip == head.commit or anchor.branch in _TRUNKS
        return None if begun_here else f"{anchor.branch} was merged into {here}"
    count = len(commits_of(repository, tip, [binding.commit], besides))
    commits = "1 commit" if count == 1 else f"{count} commits"
    return f"{anchor.branch} has moved on by {commits}" if count else None


def _here(drift: Drift, status: str | None, besides: Sequence[str]) -> Drift:
    """Add what `git status --porcelain=v2 --branch -z` says of the worktree (git-status(1))."""
    staged, unstaged = [], []
    upstream = name = None
    entries = iter((status or "").split("\0"))
    for entry in entries:
        kind, _, rest = entry.partition(" ")
        if kind == "#" and rest.startswith("branch.upstream "):
            name = rest.split(" ", 1)[1]
        elif kind == "#" and rest.startswith("branch.ab ") and name is not None:
            ahead, behind = rest.split(" ")[1:]
            upstream = Upstream(name, int(ahead), -int(behind))
        elif kind in {"1", "2", "u"}:
            fields = {"1": 7, "2": 8, "u": 9}[kind]
            path = rest.split(" ", fields)[fields]
            if kind == "2":
                next(entries, None)  # the path before a rename
            if is_at(path, besides):
                continue
            if rest[0] != ".":
                staged.append(path)
            if rest[1] != ".":
                unstaged.append(path)
    return Drift(
        drift.commits, drift.touching, drift.authors, drift.files, tuple(staged), tuple(unstaged),
        upstream, drift.branch, drift.gone,
    )  # fmt: skip
