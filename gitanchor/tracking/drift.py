"""What happened in the repository since an anchor: commits, files, branches, uncommitted work.

Commits and files are ranked by what matters for resuming: those that concern the files named in the
anchor's next action or milestone come first. Commits of only anchors and the log do not count.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gitanchor.git import ancestry
from gitanchor.git.names import TRUNKS, Commit, is_at, literal, touching_only
from gitanchor.git.process import decode
from gitanchor.git.repository import OWN_FILES, Repository
from gitanchor.model.anchor import Anchor
from gitanchor.model.wording import counted
from gitanchor.tracking import mentions
from gitanchor.tracking.binding import Binding

_FEW: Final = 500
"""Up to so many commits each is examined; of more, only if files that matter differ in the end."""

_LOG: Final = (
    "log", "-z", "--no-show-signature", "--no-follow", "--no-renames", "--encoding=UTF-8",
)  # fmt: skip


_DIFF: Final = ("diff-tree", "-r", "-z", "--raw", "--no-renames")
_STATUS: Final = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=no", OWN_FILES)


class FileChange(NamedTuple):
    """A changed file with the numbers of added and removed lines, None where they cannot be counted."""

    path: str
    added: int | None
    removed: int | None
    named: bool


class Upstream(NamedTuple):
    """How many commits the checked out branch is ahead of and behind its upstream."""

    name: str
    ahead: int
    behind: int


class Drift(NamedTuple):
    """What happened since an anchor, as seen from HEAD and the worktree.

    `commits` are newest first, None if they cannot be known; `touching` are the ids of those that
    touch named files. `files` are ranked. `gone` are sentences on named files and branches that no
    longer exist. `branch` is a sentence on the anchor's branch, if there is anything to say.
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
        """The commits, newest first, but those that touch named files before all others."""
        return sorted(self.commits or (), key=lambda commit: commit.id not in self.touching)


class _Here(NamedTuple):
    """The present state of the worktree; `lost` is an upstream branch that no longer exists."""

    staged: tuple[str, ...]
    unstaged: tuple[str, ...]
    deleted: frozenset[str]
    upstream: Upstream | None
    lost: str | None


class Seen(NamedTuple):
    """What git printed about the commits from a given one to HEAD, and about the worktree.

    `commits` is None if the given commit is unknown or not in this clone. `is_from_ancestor` says
    that HEAD contains it.
    """

    start: str | None
    commits: str | None
    status: str | None
    changed: str
    tracked: str
    is_from_ancestor: bool


class Look:
    """The questions to git about what happened since a commit, answered while other work goes on.

    All are asked at once, because starting git takes longer than what it does then.
    """

    def __init__(
        self,
        repository: Repository,
        anchor: Anchor,
        start: str | None,
        besides: Sequence[str],
        *,
        diverged: bool = False,
    ) -> None:
        """Ask about the time from `start`, a full object id, to HEAD and the worktree.

        `start` may be None for the beginning of the history. Everything at or below the paths
        `besides` is left out of the changed files, as a log may be long, and anchors many.
        `diverged` says that HEAD may not contain the commit: then only what changed on HEAD's side
        since both diverged counts.
        """
        self._repository = repository
        self._start = start
        self._head = head = repository.head.commit
        self._changes: Sequence[str] = ()
        rest = ("--", ":(top)", *(f":(top,exclude,literal){path}" for path in besides))
        questions: list[Sequence[str]] = [(*_STATUS, *rest)]
        if head is not None:
            span = head if start is None else f"{start}..{head}"
            questions.append((*_LOG, "--boundary", "--format=%m%H%x09%aN%x09%s", span, "--"))
            questions.append(_tracked(mentions.files(anchor)))
        if head is not None and start is not None and start != head:
            self._changes = (*(("--merge-base",) if diverged else ()), start, head, *rest)
            questions.append((*_DIFF, "--numstat", *self._changes))
        self._questions = repository.begin(*questions)

    def seen(self) -> Seen:
        """Wait for git, and return what it printed."""
        printed = [None if answer is None else decode(answer) for answer in self._questions.answers()]
        status, commits, tracked, changed = (*printed, None, None, None)[:4]
        if (
            changed is None and self._changes
        ):  # counting lines would need a fetch, listing names does not
            changed = self._repository.ask(*_DIFF, *self._changes)
        entries = (commits or "").split("\0")
        edges = {entry[1:].split("\t", 1)[0] for entry in entries if entry.startswith("-")}
        reached = commits is not None and (self._start == self._head or self._start in edges)
        kept = None if commits is None else "\0".join(e[1:] for e in entries if e.startswith(">"))
        return Seen(self._start, kept, status, changed or "", tracked or "", reached)


def measure(
    repository: Repository, anchor: Anchor, binding: Binding, besides: Sequence[str], seen: Seen
) -> Drift:
    """Return what happened since an anchor, according to what was seen since its commit."""
    here = _status(seen.status)
    now = Drift(None, staged=here.staged, unstaged=here.unstaged, upstream=here.upstream)
    known = binding.commit is not None or _is_before_all(anchor)
    if seen.commits is None or not known:
        return now
    deleted, changes = _changes(seen.changed)
    named = _named(anchor, seen.tracked, deleted, here)
    lost = f"{here.lost}, which this branch tracks, is gone"
    marked = list(_marked(changes, named.paths))
    files = sorted(marked, key=_rank)
    only, touching = _sorted_out(repository, seen, besides, named.paths, changes)
    counted, authors = _counted(seen.commits, only)
    return now._replace(
        commits=tuple(counted),
        touching=touching - only,
        authors=tuple(authors.most_common()),
        files=tuple(files),
        branch=_branch(repository, anchor, binding, besides),
        gone=(
            *named.gone,
            *_branches_gone(repository, anchor),
            *((lost,) if here.lost else ()),
        ),
    )


def _sorted_out(
    repository: Repository,
    seen: Seen,
    besides: Sequence[str],
    named: Sequence[str],
    changes: Sequence[tuple[str, int | None, int | None]],
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the commits that touch nothing but `besides`, and those that touch named files.

    That takes long in a long history: if there are many commits, they are not examined for paths
    that do not differ in the end.
    """
    paths = [path for path, *_ in changes]
    few = bool(seen.commits) and str(seen.commits).count("\0") <= _FEW
    span = [f"{seen.start}..{repository.head.commit}" if seen.start else f"{repository.head.commit}"]
    questions: dict[str, Sequence[str]] = {}
    if few or _differ(repository, seen.start, besides):
        questions["only"] = _touching_files(span, besides)
    if named and (few or any(is_at(path, named) for path in paths)):
        asked = ("--format=%H", "--full-history", *span, "--", *literal(named))
        questions["touching"] = (*_LOG, *asked)
    answers = dict(zip(questions, repository.gather(*questions.values()), strict=True))
    touching = (answers.get("touching") or "").split("\0")
    only = touching_only(answers.get("only") or "", besides)
    return frozenset(only), frozenset(filter(None, touching))


def _differ(repository: Repository, start: str | None, paths: Sequence[str]) -> bool:
    """Whether some paths are different in HEAD from what they were in a commit."""
    if start is None:
        return False
    sides = (start, str(repository.head.commit), "--", *literal(paths))
    return repository.ask("diff-tree", "--quiet", *sides) is None


def _touching_files(span: Sequence[str], paths: Sequence[str]) -> Sequence[str]:
    """Return the question to git which commits, side branches included, touch some paths.

    Their other files are listed as well.
    """
    form = ("--format=/%H", "--name-only", "--full-diff", "--full-history")
    return (*_LOG, *form, *span, "--", *literal(paths))


def commits_of(
    repository: Repository, end: str, starts: Sequence[str], besides: Sequence[str]
) -> list[Commit]:
    """Return the commits that are reachable from `end` and from none of `starts`, newest first.

    All are full object ids. Commits that touch nothing but the paths `besides` are left out.
    """
    span = [end, *(f"^{start}" for start in starts)]
    listed, ours = repository.gather(
        (*_LOG, "--format=%H%x09%aN%x09%s", *span, "--"), _touching_files(span, besides)
    )
    return _counted(listed or "", touching_only(ours or "", besides))[0]


def _is_before_all(anchor: Anchor) -> bool:
    """Whether an anchor records no commit because it was made before the first one."""
    return anchor.commit is None and anchor.source != "import"


def _counted(log: str, only: Collection[str]) -> tuple[list[Commit], Counter[str]]:
    """Return the commits that count, and how many of them each author made."""
    entries = (entry.split("\t", 2) for entry in log.split("\0") if entry)
    kept = [entry for entry in entries if entry[0] not in only]
    commits = [Commit(commit, subject) for commit, _, subject in kept]
    return commits, Counter(author for _, author, _ in kept)


def _changes(output: str) -> tuple[list[str], list[tuple[str, int | None, int | None]]]:
    """Parse `diff-tree --raw --numstat -z`: deleted files, and each file with its numbers of lines."""
    deleted: list[str] = []
    changes: list[tuple[str, int | None, int | None]] = []
    unknown: list[tuple[str, int | None, int | None]] = []
    entries = iter(output.split("\0"))
    for entry in entries:
        if entry.startswith(":"):
            path = next(entries, "")
            unknown.append((path, None, None))
            if entry.endswith(" D"):
                deleted.append(path)
        elif entry:
            added, removed, path = entry.split("\t", 2)
            changes.append((path, _number(added), _number(removed)))
    return deleted, changes or unknown


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)


def _marked(
    changes: Iterable[tuple[str, int | None, int | None]], named: Sequence[str]
) -> Iterator[FileChange]:
    for path, added, removed in changes:
        yield FileChange(path, added, removed, is_at(path, named))


def _rank(change: FileChange) -> tuple[bool, int, str]:
    """Return the sort key of a change: named files first, then those with the most changed lines."""
    return not change.named, -(change.added or 0) - (change.removed or 0), change.path


# Files and branches that the anchor names ------------------------------------------------------


class _Named(NamedTuple):
    """The paths that an anchor names, and sentences on those that no longer exist."""

    paths: tuple[str, ...]
    gone: tuple[str, ...]


def _tracked(names: Sequence[str]) -> Sequence[str]:
    """Return the question to git which tracked files or folders have some names."""
    asked = [spec for name in names for spec in mentions.pathspecs(name)]
    return ("ls-files", "-z", "--", *(asked or [":(top,literal).git"]))  # without a name, git lists all


def _named(anchor: Anchor, tracked: str, deleted: Sequence[str], here: _Here) -> _Named:
    """Find which of the names are files or folders anywhere in the tree, or were until now."""
    listed = [path for path in tracked.split("\0") if path not in here.deleted]
    gone_now = [*deleted, *here.deleted]
    paths: dict[str, None] = {}
    gone = []
    for name in mentions.files(anchor):
        present = sorted({found for path in listed if (found := mentions.matched(path, name))})
        lost = sorted({found for path in gone_now if (found := mentions.matched(path, name))})
        paths |= dict.fromkeys([*present, *lost])
        if lost and not present:
            gone.append(f"{lost[0]}, which the anchor names, is not there any more")
    return _Named(tuple(paths), tuple(gone))


def _branches_gone(repository: Repository, anchor: Anchor) -> Iterator[str]:
    """Yield a sentence for each branch that the next action names and that does not exist here."""
    for name in mentions.branches(anchor):
        if name != repository.head.branch and not ancestry.refs_of(repository, name)[name]:
            yield f"there is no branch {name}, which the next action names"


# Where the branch and the worktree are ---------------------------------------------------------


def _branch(
    repository: Repository, anchor: Anchor, binding: Binding, besides: Sequence[str]
) -> str | None:
    """Return a sentence on what became of the anchor's branch, or None."""
    head = repository.head
    commit = binding.commit
    if anchor.branch is None or anchor.branch in TRUNKS or commit is None or head.commit is None:
        return None
    others = [name for name in (head.branch, *sorted(TRUNKS)) if name and name != anchor.branch]
    known = ancestry.refs_of(repository, anchor.branch, *others)
    refs = known[anchor.branch]
    into = next((name for name in others if has_merged(repository, anchor, binding, name, known)), None)
    gone = "" if refs else " and deleted"
    if into is not None:
        return f"{anchor.branch} was merged into {into}{gone}"
    if not refs:
        on_head = ancestry.is_ancestor(repository, commit, head.commit)
        has_it = f"; {head.branch or 'HEAD'} has the commit" if on_head else ""
        return f"{anchor.branch} was deleted or renamed{has_it}"
    if anchor.branch == head.branch:
        return None
    count = len(commits_of(repository, next(iter(refs.values())), [commit, head.commit], besides))
    return f"{anchor.branch} has moved on by {counted(count, 'commit')}" if count else None


def has_merged(
    repository: Repository,
    anchor: Anchor,
    binding: Binding,
    branch: str,
    refs: Mapping[str, Mapping[str, str]] | None = None,
) -> bool:
    """Whether the work of an anchor was merged in any form into a branch, local or of a remote.

    `refs` are the refs of this branch and of the anchor's own, if the caller knows them already.
    """
    commit, own = binding.commit, anchor.branch or ""
    if commit is None:
        return False
    refs = refs or ancestry.refs_of(repository, branch, *filter(None, [own]))
    ends = refs[branch].values()
    if binding.state in {"squashed", "cherry-picked"}:
        return any(ancestry.is_ancestor(repository, commit, end) for end in ends)
    tips = refs[own].values() if own else ()
    if not tips and own and repository.head.branch == branch:
        # The commits are in this clone, but only a merge shows whether the branch was merged or
        # renamed.
        end = repository.head.commit or ""
        reached = ancestry.is_ancestor(repository, commit, end)
        return bool(reached) and not ancestry.is_on_first_parents(repository, commit, end)
    return ancestry.is_merged(repository, commit, tips, ends)


def _status(status: str | None) -> _Here:
    """Parse `git status --porcelain=v2 --branch -z` (git-status(1))."""
    staged, unstaged, deleted = [], [], []
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
                next(entries, None)  # skip the path before the rename
            staged += [path] if rest[0] != "." else []
            unstaged += [path] if rest[1] != "." else []
            deleted += [path] if rest[1] == "D" else []
    lost = name if upstream is None else None
    return _Here(tuple(staged), tuple(unstaged), frozenset(deleted), upstream, lost)
