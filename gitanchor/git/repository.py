"""One worktree of a repository, in git's own nouns: HEAD, commits, patch ids, refs, settings."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Final

from gitanchor.git import config_files
from gitanchor.git.names import Author, Head, Worktree, literal
from gitanchor.git.prefetch import AUTHOR, FACTS, PLACES, SETTINGS, WHERE
from gitanchor.git.process import Objects, Questions, converse, decode, named_worktree, run, run_together
from gitanchor.model.errors import GitFailed

ANCHOR_REFS: Final = "refs/anchors/"

OWN_FILES: Final = "--ignore-submodules=dirty"
"""Keeps `git status` from running itself in each submodule, where it would follow the settings there."""


class Repository:
    """One worktree of a repository. All folders are absolute.

    `git_dir` belongs to this worktree alone, `common_dir` to all worktrees of the repository. `index`
    is the index file that git passes to hooks while it makes a commit from it.
    """

    def __init__(self, root: Path, git_dir: Path, common_dir: Path, index: str | None = None) -> None:
        self.root = root
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.index = index

    # Where we are --------------------------------------------------------------------------

    @classmethod
    def find(cls, folder: Path) -> "Repository":
        """Return the repository around a folder. Raises GitFailed, with the reason, if there is none."""
        named = named_worktree()
        if named is not None and named not in (folder, *folder.parents):
            folder = named
        if named is None and (odd := config_files.without_worktree(folder)) is not None:
            raise GitFailed(_why_not(odd))
        facts, places = FACTS, PLACES
        at_once = run(WHERE, folder, may_fail=True)
        lines = decode(at_once or b"").split("\n")
        if len(lines) == len(WHERE) - 1:  # one for each word but the command and the option, and the end
            bare, inside, git_dir, common, root, commit, tree, ref, _ = lines
            if inside == "true":
                found = cls(Path(root), Path(git_dir), (folder / common).resolve())
                found.__dict__["head"] = Head(_branch(ref), commit, tree)
                return found
        output = run(["rev-parse", *facts, *places], folder, may_fail=True)
        lines = decode(output or b"").split("\n")
        if len(lines) == len(facts) + len(places) + 1:
            bare, inside, git_dir, common, root, _ = lines
        else:  # no worktree, no repository, or a line break in a folder's name
            answer = decode(run(["rev-parse", *facts], folder) or b"")
            bare, inside, git_dir = answer.removesuffix("\n").split("\n", 2)
        if inside != "true":
            raise GitFailed(
                f"'{git_dir}' is a bare repository, without a worktree to keep anchors in; use a clone"
                if bare == "true"
                else f"this folder belongs to '{git_dir}' itself; change to its worktree"
            )
        if len(lines) != len(facts) + len(places) + 1:
            common, root = (
                decode(run(["rev-parse", place], folder) or b"").removesuffix("\n") for place in places
            )
        return cls(Path(root), Path(git_dir), (folder / common).resolve())

    def git(self, *arguments: str, writing: bool = False) -> str:
        """Run one git command at the top of the worktree; return its output. Raises GitFailed."""
        return decode(run(arguments, self.root, writing=writing, index=self.index) or b"")

    def ask(self, *arguments: str) -> str | None:
        """Run one git command as `git` does, but return None if it fails: its answer may be no."""
        output = run(arguments, self.root, may_fail=True, index=self.index)
        return None if output is None else decode(output)

    def gather(self, *questions: Sequence[str]) -> list[str | None]:
        """Run several reading commands at the same time; return their output, None if one fails."""
        answers = self.gather_bytes(*questions)
        return [None if answer is None else decode(answer) for answer in answers]

    def begin(self, *questions: Sequence[str]) -> Questions:
        """Start several reading commands, whose answers are read later."""
        return Questions(questions, self.root)

    def gather_bytes(self, *questions: Sequence[str]) -> list[bytes | None]:
        """Run commands as `gather` does, but return bytes, which spares decoding a long output."""
        return run_together(questions, self.root)

    @cached_property
    def head(self) -> Head:
        """The branch, commit and tree of HEAD; None for what a detached or unborn HEAD lacks."""
        branch = self.ask("symbolic-ref", "--quiet", "HEAD")
        names = self.ask("rev-parse", "HEAD^{commit}", "HEAD^{tree}")
        if branch is None and names is None:
            raise GitFailed("HEAD names neither a branch nor a commit; 'git fsck' may say more")
        commit, tree = names.split() if names else (None, None)
        return Head(branch and _branch(branch.removesuffix("\n")), commit, tree)

    # What an anchor records ----------------------------------------------------------------

    @cached_property
    def author(self) -> Author:
        """The author that a commit made now would have. Raises GitFailed if git does not know."""
        ident = self.git(*AUTHOR).removesuffix("\n")
        name, seconds, offset = ident.rsplit(" ", 2)
        if any("\udc80" <= char <= "\udcff" for char in name):
            raise GitFailed("your name or mail (user.name, user.email) is not UTF-8; set it anew")
        minutes = int(offset[:3]) * 60 + int(offset[0] + offset[3:])
        given = os.environ.get("GIT_AUTHOR_DATE")
        zone = timezone(timedelta(minutes=minutes))
        return Author(name, datetime.fromtimestamp(int(seconds), zone) if given else None)

    def patch_id(self, commit: str, *, besides: Sequence[str] = ()) -> str | None:
        """Return the stable patch id (git-patch-id(1)) of a commit, without the paths in `besides`.

        None for a merge or empty commit, or if a partial clone lacks what it changed.
        """
        return self.patch_ids([commit], besides=besides).get(commit)

    def patch_ids(self, commits: Iterable[str], *, besides: Sequence[str] = ()) -> dict[str, str]:
        """Return the patch ids of many commits at once, as far as they have one; see `patch_id`."""
        wanted = sorted(set(commits))
        if not wanted:
            return {}
        asked = "".join(f"{commit}\n" for commit in wanted)
        excluded = [f":(top,exclude,literal){path}" for path in besides]
        paths = ["--", ":(top)", *excluded] if besides else []
        command = ["diff-tree", "--stdin", "--root", "--patch", "--no-ext-diff", *paths]
        diff = run(command, self.root, stdin=asked.encode(), may_fail=True)
        if diff is None and len(wanted) > 1:  # ask for each, so that only those that are missing fail
            each = (self.patch_ids([one], besides=besides) for one in wanted)
            return {commit: patch for found in each for commit, patch in found.items()}
        output = decode(run(["patch-id", "--stable"], self.root, stdin=diff or b"") or b"")
        return {commit: patch for patch, commit in (line.split() for line in output.splitlines())}

    def dirty_question(self, *, besides: Iterable[str]) -> Callable[[], bool]:
        """Start asking whether tracked files differ from HEAD (as in `git describe --dirty`).

        The paths in `besides` are left out. The function that is returned gives the answer; it raises
        GitFailed.
        """
        excluded = [f":(top,exclude,literal){path}" for path in besides]
        form = ("--porcelain", "-z", "--untracked-files=no", OWN_FILES)
        asked = ("status", *form, "--", ":(top)", *excluded)
        begun = self.begin(asked)

        def answer() -> bool:
            (changed,) = begun.answers()
            return bool(self.git(*asked) if changed is None else changed)

        return answer

    def resolve_commit(self, name: str) -> str | None:
        """Return the full id of the commit that a revision, never an option, names; or None."""
        found = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return found and found.strip()

    def keep_commit(self, anchor_id: str, commit: str) -> None:
        """Make refs/anchors/<id>, so that gc keeps the commit and `anchors/<id>` names it."""
        self.git("update-ref", f"{ANCHOR_REFS}{anchor_id}", commit, writing=True)

    def existing_commits(self, commits: Iterable[str]) -> set[str]:
        """Return those of the full object ids that are commits in this clone."""
        asked = "".join(f"{commit}\n" for commit in sorted(set(commits)))
        output = run(["cat-file", "--batch-check"], self.root, stdin=asked.encode())
        answers = (line.split(" ") for line in decode(output or b"").splitlines())
        return {answer[0] for answer in answers if answer[1:2] == ["commit"]}

    def in_tree(self, commit: str, paths: Sequence[str]) -> set[str]:
        """Return those of the files that are in a commit's tree (git-ls-tree(1))."""
        listed = self.ask("ls-tree", "-z", "--name-only", "--full-tree", commit, "--", *paths)
        return set((listed or "").split("\0")).intersection(paths)

    # History -------------------------------------------------------------------------------

    def stage(self, paths: Sequence[str]) -> None:
        """Add files to the index, even ignored ones, and remove those from it that do not exist.

        Raises GitFailed.
        """
        present = [path for path in paths if os.path.lexists(self.root / path)]
        gone = [path for path in paths if path not in present]
        if present:
            self.git("add", "--force", "--", *literal(present), writing=True)
        if gone:
            options = ("--cached", "--quiet", "--force", "--ignore-unmatch")
            self.git("rm", *options, "--", *literal(gone), writing=True)

    def unrecorded(self, paths: Sequence[str]) -> list[str]:
        """Return those of the paths that have something to commit."""
        return [path for path in paths if self.git("status", "--porcelain", "--", *literal([path]))]

    def log(self, tips: Iterable[str], *options: str) -> list[str]:
        """Return the output of `git log -z` for all that `tips` (full object ids) reach, split at NULs.

        Settings do not change its form. Nothing that the clone lacks is fetched.
        """
        import tempfile

        plain = ("-z", "--no-show-signature", "--no-ext-diff", "--no-follow", "--encoding=UTF-8")
        asked = "".join(f"{tip}\n" for tip in tips)
        if not asked:  # git would take HEAD
            return []
        with tempfile.TemporaryFile() as stdin:
            stdin.write(asked.encode())
            stdin.seek(0)
            command = ["-c", "log.showRoot=true", "log", "--stdin", *plain, *options]
            output = converse(command, self.root, istream=stdin, stdout_as_string=False)
        return decode(output).removesuffix("\0").split("\0") if output else []

    def renames(self, commit: str, *, similar: str = "-M") -> list[tuple[str, str]] | None:
        """Return the files that a commit renamed, against any of its parents, as (old path, new path).

        `similar` is the option -M of git-diff(1). None if this clone lacks contents that have to be
        compared; `-M100%` compares none.
        """
        form = ("diff-tree", "-r", "-m", "-z", "--name-status", "--no-commit-id", "--diff-filter=R")
        output = run([*form, similar, commit], self.root, may_fail=True)
        if output is None:
            return None
        names = decode(output).split("\0")
        return list(zip(names[1::3], names[2::3], strict=True))

    @contextlib.contextmanager
    def objects(self) -> Iterator[Objects]:
        """Give a context for reading many objects. Nothing that the clone lacks is fetched."""
        conversation = Objects(self.root)
        try:
            yield conversation
        finally:
            conversation.close()

    def left_out(self, folder: str) -> int:
        """Return how many tracked anchor files below a folder a sparse checkout leaves out.

        See git-ls-files(1), -t.
        """
        listed = self.ask("ls-files", "-z", "-t", "--", f":(top,glob){folder}/*/*/*.yaml")
        return sum(entry.startswith("S ") for entry in (listed or "").split("\0"))

    def ignoring(self, paths: Iterable[str]) -> list[tuple[str, str, str, str]]:
        """Return which of the paths git ignores, without those in its index (git-check-ignore(1)).

        Each is given as the file of the rule, its line, its pattern, and the path.
        """
        asked = "\0".join(paths).encode("utf-8", "surrogateescape")
        command = ("check-ignore", "--verbose", "-z", "--stdin")
        output = run(command, self.root, stdin=asked, may_fail=True)  # fails if nothing is ignored
        parts = decode(output or b"").split("\0")
        hits = zip(parts[0::4], parts[1::4], parts[2::4], parts[3::4], strict=False)
        return [hit for hit in hits if not hit[2].startswith("!")]

    def other_worktrees(self) -> list[Worktree]:
        """Return the other worktrees of this clone that exist and have a commit."""
        form, end = ("worktree", "list", "--porcelain"), "\0"
        output = self.ask(*form, "-z")
        if output is None:  # git before 2.36
            output, end = self.git(*form), "\n"
        found = []
        for record in output.split(end * 2):
            values = dict(line.partition(" ")[::2] for line in record.split(end) if line)
            folder = Path(values.get("worktree", ""))
            if "HEAD" not in values or "prunable" in values or not (folder / ".git").exists():
                continue  # also a bare repository, and what git in a submodule lists as its worktree
            if folder.resolve() != self.root.resolve():
                found.append(Worktree(folder, values["HEAD"], "detached" in values))
        return found

    def shallow_commits(self) -> set[str]:
        """Return the commits at which the history of a shallow clone is cut off."""
        path = self.common_dir / "shallow"
        return set(path.read_text("ascii").split()) if path.is_file() else set()

    def anchor_refs(self) -> dict[str, str]:
        """Return the refs below refs/anchors/, which keep anchored commits, with their commits."""
        listed = self.git("for-each-ref", "--format=%(refname) %(objectname)", ANCHOR_REFS)
        return dict(line.rsplit(" ", 1) for line in listed.splitlines())

    def remote(self) -> str | None:
        """Return the branch's remote, else `origin`, else the only remote; None if there is none."""
        remotes = self.git("remote").splitlines()
        branch = self.head.branch
        own = self.ask("config", "--get", f"branch.{branch}.remote") if branch else None
        for name in ((own or "").removesuffix("\n"), "origin"):
            if name in remotes:
                return name
        return remotes[0] if len(remotes) == 1 else None

    def default_branches(self) -> set[str]:
        """Return the names that the default branch may have: by the remote's HEAD, else by custom."""
        remote = self.remote() or "origin"
        head = self.ask("symbolic-ref", "--quiet", "--short", f"refs/remotes/{remote}/HEAD")
        if head is not None:
            return {head.removesuffix("\n").removeprefix(f"{remote}/")}
        own = self.ask("config", "--get", "init.defaultBranch")
        return {"main", "master", *([own.removesuffix("\n")] if own else [])}

    # Settings ------------------------------------------------------------------------------

    def config(self, prefix: str) -> dict[str, str]:
        """Return the git settings below a section, by lower-case key; the last value of each wins."""
        return self._matching(f"^{prefix}\\.")

    @cached_property
    def own_settings(self) -> dict[str, str]:
        """The settings of the section `anchor`, and `core.sharedrepository`, read in one command."""
        return self._matching(SETTINGS[-1])

    @property
    def shared(self) -> str | None:
        """`core.sharedRepository`; None if it is not set."""
        return self.own_settings.get("core.sharedrepository")

    def _matching(self, keys: str) -> dict[str, str]:
        output = self.ask("config", "--null", "--get-regexp", keys) or ""
        pairs = (entry.split("\n", 1) for entry in output.split("\0") if entry)
        return {pair[0]: pair[1] if len(pair) > 1 else "true" for pair in pairs}

    def hooks_folder(self) -> Path:
        """Return where git looks for hooks: $GIT_DIR/hooks, or the folder in core.hooksPath."""
        return self.root / self.git("rev-parse", "--git-path", "hooks").removesuffix("\n")

    def program(self, variable: str) -> str:
        """Return the shell command of `GIT_EDITOR` or `GIT_PAGER`, chosen by git's own rules."""
        return self.git("var", variable).removesuffix("\n")

    # Writing -------------------------------------------------------------------------------

    def commit_only(self, paths: Sequence[str], message: str) -> str:
        """Commit only these paths, whatever else is staged, and return the id of the new commit.

        Raises GitFailed if git or a hook refuses; then the index is as it was.
        """
        known = set(self.git("ls-files", "-z", "--", *literal(paths)).split("\0"))
        new = literal(path for path in paths if path not in known)
        if new:
            self.git("add", "--force", "--intent-to-add", "--", *new, writing=True)
        try:
            self.git(
                "commit",
                "--quiet",
                "--only",
                f"--message={message}",
                "--",
                *literal(paths),
                writing=True,
            )
        except GitFailed:
            if new:
                self.git("rm", "--cached", "--quiet", "--force", "--", *new, writing=True)
            raise
        return self.git("rev-parse", "HEAD").strip()


def _why_not(git_dir: Path) -> str:
    """Return the error message for a folder inside of a git directory, where git must not be run.

    git would follow the settings of any folder that has the form of a repository, and anybody can
    commit such a folder.
    """
    if ".git" in git_dir.parts:
        return f"this folder belongs to '{git_dir}' itself; change to its worktree"
    if any((parent / ".git").exists() for parent in git_dir.parents):
        return (
            f"'{git_dir}' has the form of a repository, inside of another; change to a folder above it"
        )
    return f"'{git_dir}' is a bare repository, without a worktree to keep anchors in; use a clone"


def _branch(ref: str) -> str | None:
    """Return the short name of a branch; None for `HEAD`, which is detached."""
    return ref.removeprefix("refs/heads/") if ref != "HEAD" else None
