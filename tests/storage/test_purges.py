"""What was taken out of the history stays out: git filter-branch, git filter-repo, and what follows."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repositories import BIN, Repo, make_repository
from tests.tracking.test_sharing import with_server

QUIET = {"FILTER_BRANCH_SQUELCH_WARNING": "1"}
DROP_KEY = ("--index-filter", "git rm -q --cached --ignore-unmatch key")
DROP_COMMIT = ("--prune-empty", "--index-filter", "git rm -q --cached --ignore-unmatch key a")


def filter_branch(repo: Repo, *what: str) -> None:
    repo.git("filter-branch", "-f", *what, "HEAD", **QUIET)


def filter_branch_of_all(repo: Repo, *what: str) -> None:
    repo.git("filter-branch", "-f", *what, "--", "--all", **QUIET)


def filter_repo(repo: Repo, *what: str) -> None:
    program = BIN / "git-filter-repo"
    if not program.exists():
        pytest.skip("git-filter-repo is not installed")
    names = ["key"] if what == DROP_KEY else ["key", "a"]
    paths = [word for name in names for word in ("--path", name)]
    repo.git("filter-repo", "--force", "--invert-paths", *paths)


def map_of_filter_repo(repo: Repo, *what: str) -> None:
    """What `git filter-repo --partial` leaves, or another clone's objects: the map, and the old ones."""
    before = repo.git("log", "--reverse", "--format=%H %s", "HEAD").splitlines()
    filter_branch(repo, *what)
    after = {line.split(" ", 1)[1]: line.split(" ", 1)[0] for line in
             repo.git("log", "--format=%H %s", "HEAD").splitlines()}  # fmt: skip
    pairs = (line.split(" ", 1) for line in before)
    lines = [f"{old} {after.get(subject, '0' * len(old))}" for old, subject in pairs]
    repo.write(".git/filter-repo/commit-map", "\n".join([f"{'old':40} new", *lines]) + "\n")
    forget(repo)


def forget(repo: Repo) -> None:
    """Remove what filter-branch kept, as its manual says."""
    for ref in repo.git("for-each-ref", "--format=%(refname)", "refs/original").splitlines():
        repo.git("update-ref", "-d", ref)


def is_there(repo: Repo, commit: str) -> bool:
    return repo.run("git", "cat-file", "-e", commit).status == 0


def with_a_key(root: Path, *options: str) -> tuple[Repo, str, str]:
    """A repository with an anchor on a commit that holds a key; that commit, and the anchor's id."""
    repo = make_repository(root, *options)
    repo.commit("Start", {"README": "start\n"})
    repo.commit("With key", {"key": "secret\n", "a": "a\n"})
    commit = repo.git("rev-parse", "HEAD")
    repo.ok("add", "Here", "-c", "c", "-n", "n")
    anchor_id = repo.json("show")["id"]
    repo.git("add", "-A")
    repo.commit("Anchors")
    repo.commit("Later", {"b": "b\n"})
    return repo, commit, anchor_id


def on_refs(repo: Repo, *options: str) -> str:
    """What doctor says of refs; the tests have neither hooks nor our program on PATH."""
    lines = repo.anchor("doctor", *options).out.splitlines(keepends=True)
    return "".join(line for line in lines if "ref-" in line or "refs/" in line)


WAYS = (filter_branch, filter_branch_of_all, filter_repo, map_of_filter_repo)


@pytest.mark.diagonal
@pytest.mark.parametrize("form", ["sha1", "sha256"])
@pytest.mark.parametrize("way", WAYS)
def test_the_ref_of_a_purged_commit_follows_to_what_it_became(
    tmp_path: Path, way: Callable[..., None], form: str
) -> None:
    if form == "sha256" and way is filter_repo:
        pytest.skip("git-filter-repo knows SHA-1 alone")
    repo, old, anchor_id = with_a_key(tmp_path / "repo", f"--object-format={form}")
    server = with_server(repo, tmp_path / "server.git", f"--object-format={form}")
    url = repo.git("remote", "get-url", "origin")
    way(repo, *DROP_KEY)
    new = repo.git("log", "--format=%H", "--grep=^With key$", "HEAD")
    assert new != old
    if not repo.git("remote"):
        repo.git("remote", "add", "origin", url)
    repo.ok("sync")  # before the push, and without a look around
    shared = server.git("for-each-ref", "--format=%(objectname)", "refs/anchors")
    assert shared == (new if way in {filter_branch_of_all, filter_repo} else "")
    repo.git("push", "-q", "--force", "origin", "main")
    found = on_refs(repo)
    if way in {filter_branch, map_of_filter_repo}:
        assert found == (
            f"error: ref-purged: refs/anchors/{anchor_id}: keeps {old[:10]},"
            f" which a filter of the history replaced by {new[:10]}\n"
            f'  (use "git anchor doctor --fix" to set refs/anchors/{anchor_id} to that)\n'
        )
    else:
        assert found == ""
    on_refs(repo, "--fix")
    assert repo.git("rev-parse", f"refs/anchors/{anchor_id}") == new
    forget(repo)
    shutil.rmtree(repo.root / ".git/filter-repo", ignore_errors=True)
    on_refs(repo, "--fix")
    repo.ok("sync")
    assert server.git("rev-parse", f"refs/anchors/{anchor_id}") == new
    assert server.run("git", "for-each-ref", "--contains", old).out == ""
    repo.git("update-ref", "-d", "refs/remotes/origin/main")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert not is_there(repo, old)


@pytest.mark.parametrize("way", [filter_branch, map_of_filter_repo])
def test_the_ref_of_a_commit_that_was_left_out_goes_and_stays_away(
    tmp_path: Path, way: Callable[..., None]
) -> None:
    repo, old, anchor_id = with_a_key(tmp_path / "repo")
    server = with_server(repo, tmp_path / "server.git")
    assert repo.ok("sync") == "origin: 1 pushed, 0 fetched\n"
    way(repo, *DROP_COMMIT)
    found = on_refs(repo)
    assert found == (
        f"error: ref-purged: refs/anchors/{anchor_id}: keeps {old[:10]},"
        " which a filter of the history left out\n"
        f'  (use "git anchor doctor --fix" to remove refs/anchors/{anchor_id})\n'
    )
    on_refs(repo, "--fix")
    forget(repo)
    shutil.rmtree(repo.root / ".git/filter-repo", ignore_errors=True)
    for command in (
        ["doctor", "--fix"],
        ["sync"],
        ["edit", "Here", "-n", "m"],
        ["undo"],
        ["rm", "Here"],
        ["undo"],
    ):
        repo.anchor(*command)
        assert repo.git("for-each-ref", "refs/anchors") == "", command
    assert server.git("rev-parse", f"refs/anchors/{anchor_id}") == old  # for people to remove there


def test_what_was_amended_or_rebased_is_not_purged(tmp_path: Path) -> None:
    repo, old, anchor_id = with_a_key(tmp_path / "repo")
    repo.git("commit", "-q", "--amend", "-m", "Later, amended")
    repo.git("rebase", "-q", "--force-rebase", "--root")
    assert on_refs(repo) == ""
    assert repo.git("rev-parse", f"refs/anchors/{anchor_id}") == old


def test_the_ref_may_be_what_the_commit_became(tmp_path: Path) -> None:
    repo, old, anchor_id = with_a_key(tmp_path / "repo")
    repo.ok("init")
    repo.git("add", "-A")
    repo.commit("Init")
    repo.git("rebase", "-q", "--force-rebase", "--root")
    new = repo.git("log", "--format=%H", "--grep=^With key$", "HEAD")
    repo.git("update-ref", f"refs/anchors/{anchor_id}", new)
    assert on_refs(repo) == ""
    other = repo.git("rev-parse", "HEAD")
    repo.git("update-ref", f"refs/anchors/{anchor_id}", other)
    assert f"is {other}, but the anchor records {old}" in on_refs(repo)
