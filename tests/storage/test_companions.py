"""A commit never holds an entry of the log without its anchor file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gitanchor.parsing import log_format
from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"


@pytest.fixture
def one(repo: Repo) -> Repo:
    """A repository with hooks, whose log is committed, and one anchor that is not."""
    return repo.once(made_one)


def made_one(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")
    repo.ok("add", "H", "-c", "the only copy", "-n", "n")


def committed(repo: Repo) -> tuple[list[str], list[str]]:
    """The ids of the entries in HEAD's log, and of the anchor files in HEAD's tree, both sorted."""
    blocks = log_format.blocks(repo.git("show", f"HEAD:{LOG}").split("\n"))
    files = repo.git("ls-tree", "-r", "--name-only", "HEAD", ".anchors").split("\n")
    ids = [path[-13:-5] for path in files if path.endswith(".yaml") and "config" not in path]
    return sorted(block.id for block in blocks), sorted(ids)


def all_tracked(repo: Repo) -> None:
    repo.git("commit", "-qam", "Work")


def log_staged_by_hand(repo: Repo) -> None:
    repo.git("add", LOG)
    repo.git("commit", "-qm", "Work")


def picked_in_pieces(repo: Repo) -> None:
    assert repo.run("git", "commit", "-q", "-p", "-m", "Work", stdin="y\n").status == 0


def another_file_staged(repo: Repo) -> None:
    repo.ok("add", "Second", "-c", "c")
    repo.git("add", "--", *(path for path in repo.files() if "second" in path))
    repo.git("commit", "-qm", "Work")


def amended(repo: Repo) -> None:
    repo.git("commit", "-q", "--amend", "-a", "--no-edit")


def by_add_itself(repo: Repo) -> None:
    repo.ok("add", "Second", "-c", "c", "--commit")


def with_its_path_named(repo: Repo) -> None:
    repo.git("add", "--intent-to-add", *repo.files())
    repo.git("commit", "-qm", "Work", "--", LOG, *repo.files())


def with_edits_by_hand_that_are_not_staged(repo: Repo) -> None:
    repo.git("add", LOG)
    repo.write(LOG, f"{repo.read(LOG)}\nNot yet.\n")
    repo.git("commit", "-qm", "Work")
    repo.write(LOG, repo.read(LOG).removesuffix("\nNot yet.\n"))


def ignored(repo: Repo) -> None:
    repo.write(".git/info/exclude", ".anchors/\n")
    repo.git("commit", "-qam", "Work")


@pytest.mark.parametrize(
    "commit",
    [
        all_tracked,
        log_staged_by_hand,
        picked_in_pieces,
        another_file_staged,
        amended,
        by_add_itself,
        with_its_path_named,
        with_edits_by_hand_that_are_not_staged,
        ignored,
    ],
)
def test_a_commit_takes_the_file_of_each_entry_along(one: Repo, commit: Callable[[Repo], None]) -> None:
    commit(one)
    entries, files = committed(one)
    assert entries == files == sorted(path[-13:-5] for path in one.files())
    assert one.git("status", "--short") == ""


def test_a_changed_entry_takes_its_file_along(one: Repo) -> None:
    one.git("commit", "-qam", "Work")
    one.ok("edit", "-c", "changed")
    one.git("add", LOG)
    one.git("commit", "-qm", "Edit")
    assert one.git("status", "--short") == ""
    assert one.git("show", "--format=", "--name-only").split("\n") == [*one.files(), LOG]


def test_files_whose_entries_the_commit_leaves_alone_are_left_alone(one: Repo) -> None:
    one.git("commit", "-qam", "Work")
    (path,) = one.files()
    one.write(path, f"# a comment\n{one.read(path)}")
    one.ok("add", "Second", "-c", "c")
    one.git("add", LOG)
    one.git("commit", "-qm", "Second")
    assert one.git("status", "--short") == f" M {path}"


def test_a_commit_of_the_log_alone_is_refused(one: Repo) -> None:
    (path,) = one.files()
    before = one.git("rev-parse", "HEAD")
    result = one.run("git", "commit", "-qm", "Log", "--", LOG)
    assert (result.status, result.out) == (1, "")
    assert result.err == (
        f"error: git anchor: {LOG} has an entry whose file has to be in the same commit, {path};"
        " no commit was made\n"
    )
    assert one.git("rev-parse", "HEAD") == before
    one.git("commit", "-qm", "Log", "--no-verify", "--", LOG)  # who insists
    one.commit("Other", {"x": "x\n"})  # what HEAD has already is no reason to refuse anything
    one.write("x", "y\n")
    one.git("commit", "-qm", "Log", "--", "x")


def test_a_commit_in_a_linked_worktree_takes_the_file_along(one: Repo, tmp_path: Path) -> None:
    one.git("commit", "-qam", "Work")
    one.git("worktree", "add", "-q", "-b", "side", "../side")
    side = Repo(tmp_path / "side")
    side.ok("add", "Side", "-c", "c")
    side.git("commit", "-qam", "Side")
    entries, files = committed(side)
    assert entries == files
    assert len(files) == 2
    assert side.git("status", "--short") == ""


def test_an_entry_without_a_file_that_is_not_absorbed_is_refused(one: Repo) -> None:
    (path,) = one.files()
    (one.root / path).unlink()
    one.git("add", LOG)
    one.write(LOG, f"{one.read(LOG)}\nNot yet.\n")
    result = one.run("git", "commit", "-qm", "Log")
    assert result.err == (
        f"git anchor: {LOG} holds edits that are in no anchor; 'git anchor absorb' takes them in\n"
        f"error: git anchor: {LOG}: entry {path[-13:-5]} has no anchor file, which 'git anchor absorb'"
        " restores; no commit was made\n"
    )
    assert result.status == 1


@pytest.mark.parametrize(
    "commit",
    [all_tracked, log_staged_by_hand, another_file_staged, by_add_itself],
    ids=lambda f: f.__name__,
)
def test_a_commit_takes_the_file_of_a_new_foreword_along(
    one: Repo, commit: Callable[[Repo], None]
) -> None:
    log = one.root / LOG
    log.write_text("Words of a hand\n\n" + log.read_text())
    one.ok("absorb")
    commit(one)
    one.git("commit", "-qam", "Rest", "--allow-empty")
    assert ".anchors/foreword.md" in one.git("ls-tree", "-r", "--name-only", "HEAD").split("\n")
