"""What people do between branches and clones, where git may stop in a conflict, and how they settle it."""

import re
from collections.abc import Sequence
from typing import Final

from gitanchor.storage import codec
from tests.faults import expected
from tests.faults.clones import Worktree
from tests.faults.expected import FOREWORD, LOG, is_anchor, tokens
from tests.faults.people import People, counts

BRANCHES: Final = 5
_EDITOR: Final = {"GIT_EDITOR": "true"}


class Conflicts(People):
    """Branches, merges and their like, stashes, and the other clone."""

    # Branches ------------------------------------------------------------------------------------

    def new_branch(self, n: int) -> None:
        tree = self.at(n, "new branch")
        if not tree.is_busy and len(self.branches(tree)) < BRANCHES:
            tree.git("switch", "-q", "-c", f"b{self.step}")
            self.work(n, 2)

    def switch(self, n: int, number: int) -> None:
        tree = self.at(n, "switch")
        branches = self.branches(tree)
        if not tree.is_busy:
            branch = branches[number % len(branches)]
            tree.expect(branch)
            self.run(tree, "switch", "-q", branch)

    def merge(self, n: int, number: int, how: tuple[str, ...], which: str) -> None:
        tree = self.at(n, "merge")
        branch = self.other(tree, number)
        if tree.is_busy or branch is None:
            return
        ours, theirs = tree.git("rev-parse", "HEAD", branch).split()
        bases = tree.run("git", "merge-base", "--all", ours, theirs).out.split()
        arguments = ["merge", "-q", "--no-edit", *how, branch]
        self.operate(tree, which, arguments, [branch], bases, ours, theirs)

    def rebase(self, n: int, number: int, backend: str, which: str) -> None:
        tree = self.at(n, "rebase")
        branch = self.other(tree, number)
        if not tree.is_busy and branch is not None:
            self.operate(tree, which, ["rebase", "-q", backend, branch], [branch])

    def cherry_pick(self, n: int, number: int, which: str) -> None:
        tree = self.at(n, "cherry-pick")
        branch = self.other(tree, number)
        if tree.is_busy or branch is None:
            return
        commits = tree.git("rev-list", "--no-merges", "--min-parents=1", "-n", "3", branch).split()
        if commits:
            commit = commits[number % len(commits)]
            ours, theirs, base = tree.git("rev-parse", "HEAD", commit, f"{commit}^").split()
            self.operate(tree, which, ["cherry-pick", commit], [base, commit], [base], ours, theirs)

    def revert(self, n: int, number: int, which: str) -> None:
        tree = self.at(n, "revert")
        commits = tree.git("rev-list", "--no-merges", "--min-parents=1", "-n", "4", "HEAD").split()
        if not tree.is_busy and commits:
            commit = commits[number % len(commits)]
            ours, base, theirs = tree.git("rev-parse", "HEAD", commit, f"{commit}^").split()
            self.operate(
                tree, which, ["revert", "--no-edit", commit], [base, theirs], [base], ours, theirs
            )

    def stash(self, n: int, untracked: bool) -> None:
        tree = self.at(n, "stash")
        if tree.is_busy:
            return
        before = tree.git("stash", "list").count("\n")
        fresh = tree.is_fresh and tree.clone.objects.is_rendered(tree.git("rev-parse", "HEAD"))
        empty = not tree.git("stash", "list")
        self.run(tree, "stash", "push", "-q", *(["-u"] if untracked else []))
        if tree.git("stash", "list") and (empty or tree.git("stash", "list").count("\n") > before):
            tree.clone.stashes.append(fresh and untracked)
            tree.must_be_fresh = fresh and untracked
            counts["stashed"] += 1

    def pop(self, n: int, which: str, index: bool) -> None:
        tree = self.at(n, "pop")
        if tree.is_busy or not tree.clone.stashes:
            return
        base = tree.git("rev-parse", "stash@{0}^1")
        fresh = tree.clone.stashes[-1] and tree.is_fresh
        tree.expect(base)
        tree.must_be_fresh = tree.must_be_fresh and fresh
        result = self.run(tree, "stash", "pop", "-q", *(["--index"] if index else []))
        if result.status == 0:
            tree.clone.stashes.pop()
            counts["popped"] += 1
        elif tree.unmerged:
            counts["stops: pop"] += 1
            tree.popping = True
            self.stopped(tree, fresh=tree.must_be_fresh)
            if which == "ours":
                self.settle(tree, which, whole=index)
        else:
            tree.must_be_fresh = (
                tree.must_be_fresh and tree.is_fresh
            )  # some of its files may be here now

    # The other clone -----------------------------------------------------------------------------

    def push(self, n: int) -> None:
        tree = self.at(n, "push")
        if not tree.is_busy:
            result = self.run(tree, "push", "-q", "origin", "HEAD")
            assert result.status in {0, 1}, result
            counts["pushed"] += result.status == 0

    def fetch(self, n: int) -> None:
        tree = self.at(n, "fetch")
        assert self.run(tree, "fetch", "-q").status == 0

    def pull(self, n: int, rebase: bool, number: int, which: str) -> None:
        tree = self.at(n, "pull")
        if tree.is_busy:
            return
        self.run(tree, "fetch", "-q")
        remotes = tree.git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/remotes/origin").split()
        remotes = [name for name in remotes if name != "HEAD"]
        branch = tree.branch if tree.branch in remotes else remotes[number % len(remotes)]
        tip = tree.git("rev-parse", f"origin/{branch}")
        how = "--rebase" if rebase else "--no-rebase"
        self.operate(tree, which, ["pull", "-q", "--no-edit", how, "origin", branch], [tip])

    # Operations that may stop --------------------------------------------------------------------

    def branches(self, tree: Worktree) -> list[str]:
        return tree.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()

    def other(self, tree: Worktree, number: int) -> str | None:
        """A branch, local or remote, that is not what is checked out."""
        names = tree.git(
            "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads", "refs/remotes"
        ).split()
        names = [name for name in names if name not in {tree.branch, "origin", "origin/HEAD"}]
        return names[number % len(names)] if names else None

    def operate(
        self,
        tree: Worktree,
        which: str,
        arguments: list[str],
        commits: list[str],
        bases: Sequence[str] = (),
        ours: str = "",
        theirs: str = "",
    ) -> None:
        """Make an operation; if it stops, look why, and settle it now or later."""
        before = tree.git("status", "--porcelain", "-uall")
        tree.expect(*commits)
        result = self.run(tree, *arguments, **_EDITOR)
        what = arguments[0]
        if result.status == 0:
            counts[f"clean: {what}"] += 1
            if not before and len(bases) == 1:
                self.compare(tree, bases[0], ours, theirs)
            return
        if tree.unmerged or tree.operation:
            counts[f"stops: {what}"] += 1
            tree.popping = tree.operation is None  # --squash leaves nothing but the conflict
            self.stopped(tree, fresh=tree.must_be_fresh)
            if which == "ours" or self.step % 3:
                self.settle(tree, which, whole=self.step % 2 == 0)
        else:
            counts[f"refused: {what}"] += 1
            assert tree.git("status", "--porcelain", "-uall") == before, (arguments, result)

    def compare(self, tree: Worktree, base: str, ours: str, theirs: str) -> None:
        """Each anchor has to be what three versions of it make."""
        objects = tree.clone.objects
        was, mine, new = (objects.tree(commit).anchors for commit in (base, ours, theirs))
        now = tree.tree.anchors
        for path in was.keys() | mine.keys() | new.keys() | now.keys():
            versions = was.get(path), mine.get(path), new.get(path)
            assert not expected.in_conflict(*versions), (path, versions, now.get(path))
            wanted = expected.merged(*versions)
            assert (wanted is None) == (path not in now), (path, versions, now.get(path))
            if wanted is not None:
                found = expected.fields(now[path])
                assert expected.says(found, wanted), (path, versions, now[path])
        counts["merges compared"] += 1

    def stopped(self, tree: Worktree, *, fresh: bool) -> None:
        """A stop in conflict must have a reason."""
        unmerged = tree.unmerged
        objects = tree.clone.objects
        reasons = {}
        for path, stages in unmerged.items():
            contents = objects.contents(stages.values())
            versions = [contents[stages[n]] if n in stages else None for n in (1, 2, 3)]
            if is_anchor(path):
                alike = expected.taken_for_another(path, versions)
                reasons[path] = ["a rename"] if alike else expected.in_conflict(*versions)
            elif path == LOG:
                reasons[path] = expected.log_in_conflict(versions)
            else:
                assert path == FOREWORD, path
                reasons[path] = ["the foreword"]
        assert all(reasons.values()), (reasons, unmerged)
        # A stash keeps a new anchor file as untracked, which git does not merge, and its entry in the log.
        if fresh and LOG in unmerged and not self.hands and not tree.popping:
            assert any(map(is_anchor, unmerged)), (reasons, unmerged)
        for reason in {reason for found in reasons.values() for reason in found}:
            counts[f"conflicts: {reason if not reason.isalnum() or len(reason) != 8 else 'entry'}"] += 1

    @property
    def busy(self) -> list[int]:
        """The worktrees in which an operation is under way."""
        return [number for number, tree in enumerate(self.trees) if tree.is_busy]

    def give_up(self, tree: Worktree) -> None:
        """Abort what is under way."""
        names = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}
        operation = tree.operation or ""
        sequencing = "revert" if operation == "sequencer" else "rebase"
        result = self.run(tree, names.get(operation, sequencing), "--abort")
        counts["aborted"] += result.status == 0
        tree.must_be_fresh = False
        if result.status:
            self.run(tree, names.get(operation, sequencing), "--quit")
            self.run(tree, "reset", "-q", "--hard")
            counts["could not abort"] += 1

    def settle(self, tree: Worktree, which: str, *, whole: bool) -> None:
        """Take a side wherever a conflict is left, and go on until the operation is finished."""
        for _ in range(12):
            self.settle_paths(tree, which, whole=whole)
            if tree.popping:
                tree.popping = False
                if tree.clone.stashes and tree.git("stash", "list"):
                    self.drop(tree)
                break
            self.go_on(tree)
            if not tree.is_busy:
                break
            if tree.unmerged:
                self.stopped(tree, fresh=tree.must_be_fresh)
        else:
            self.give_up(tree)
        counts["settled"] += 1

    def drop(self, tree: Worktree) -> None:
        """Leave the stash that was popped in conflict: a person who settled it may keep it for a while."""

    def settle_paths(self, tree: Worktree, which: str, *, whole: bool) -> None:
        """Settle all unmerged paths with `git anchor resolve` and by taking a side."""
        if not tree.unmerged:
            return
        first = self.anchor(tree, "resolve")
        assert first.status == bool(tree.unmerged), (first, tree.unmerged)
        for path, stages in tree.unmerged.items():
            if path == LOG:
                continue
            contents = tree.clone.objects.contents(stages.values())
            number, other = (2, 3) if which == "ours" else (3, 2)
            if number not in stages or other not in stages:
                if number in stages:
                    tree.git("add", "--", path)
                else:
                    self.replaced(contents[stages[other]], b"")
                    tree.git("rm", "-q", "--", path)
            elif whole or path == FOREWORD:
                tree.git("checkout", f"--{which}", "--", path)
                self.replaced(contents[stages[other]], contents[stages[number]])
                tree.git("add", "--", path)
            else:
                self.take(tree, path, which)
                tree.git("add", "--", path)
        second = self.anchor(tree, "resolve")
        for path in re.findall(r"^(\S+): left: has the id of", second.out, re.MULTILINE):
            # One text was pasted and taken in twice, and one of the two was edited since.
            self.replaced((tree.root / path).read_bytes(), b"")
            tree.git("rm", "-qf", "--ignore-unmatch", "--", path)
            (tree.root / path).unlink(missing_ok=True)
            counts["one id, two texts"] += 1
            second = self.anchor(tree, "resolve")
        if LOG in tree.unmerged:
            assert tree.unmerged.keys() == {LOG}, (second, tree.unmerged)
            assert "both sides changed" in second.out, second
            assert self.hands, second
            stages = tree.unmerged[LOG]
            contents = tree.clone.objects.contents(stages.values())
            keys = (2, 3) if which == "ours" else (3, 2)
            tree.git("checkout", f"--{which}", "--", LOG)
            self.wanted -= (
                tokens(contents[stages[keys[1]]]) - tokens(contents[stages[keys[0]]]) - self.filed(tree)
            )
            tree.git("add", "--", LOG)
            counts["took a side of the log"] += 1
            tree.must_be_fresh = False
        else:
            assert not tree.unmerged, second

    def filed(self, tree: Worktree) -> set[bytes]:
        """The words in the anchor files of a worktree."""
        return set[bytes]().union(*map(tokens, tree.tree.anchors.values()))

    def take(self, tree: Worktree, path: str, which: str) -> None:
        """Take a side of each conflict that stands between markers."""
        kept: list[str] = []
        dropped: list[str] = []
        state = ""
        for line in tree.read(path).splitlines(keepends=True):
            if line.startswith(("<<<<<<<", "|||||||", "=======", ">>>>>>>")):
                state = {"<": "ours", "|": "base", "=": "theirs", ">": ""}[line[0]]
            else:
                (kept if state in {"", which} else dropped).append(line)
        text = "".join(kept)
        codec.load(text, path)
        self.replaced("".join(dropped).encode(), text.encode())
        tree.write(path, text)

    def go_on(self, tree: Worktree) -> None:
        """Continue what is under way; skip what has become empty."""
        operation = tree.operation
        if operation is None:
            return
        if operation == "MERGE_HEAD":
            result = self.run(tree, "commit", "-q", "--no-edit", **_EDITOR)
            assert result.status == 0, result
            return
        name = {"CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}.get(operation, "rebase")
        result = self.run(tree, name, "--continue", **_EDITOR)
        if result.status and not tree.unmerged and tree.operation:
            counts["skipped"] += 1
            self.run(tree, name, "--skip", **_EDITOR)
