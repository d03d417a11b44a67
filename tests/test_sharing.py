"""`git anchor sync`: anchored commits survive on the server, and nothing else is touched."""

import subprocess
from pathlib import Path

import pytest

from tests.repositories import Repo, make_repository


@pytest.fixture
def server(repo: Repo, tmp_path: Path) -> Repo:
    """A bare repository that `repo` calls origin."""
    bare = tmp_path / "server.git"
    subprocess.run(["git", "init", "-q", "--bare", bare], check=True)
    repo.git("remote", "add", "origin", str(bare))
    repo.git("push", "-q", "-u", "origin", "main")
    return Repo(bare)


def anchored(repo: Repo) -> tuple[str, str]:
    """An anchor on a commit that is then amended away; its id and that commit."""
    repo.commit("Before", {"a": "before\n"})
    commit = repo.git("rev-parse", "HEAD")
    repo.ok("add", "Here", "-c", "x")
    repo.write("a", "after\n")
    repo.git("commit", "-q", "-a", "--amend", "-m", "After")
    return repo.tracker().listing.anchors[0].anchor.id, commit


def test_what_is_pushed_can_be_fetched(repo: Repo, server: Repo, tmp_path: Path) -> None:
    anchor_id, commit = anchored(repo)
    config = repo.read(".git/config")
    assert repo.ok("sync", "--dry-run") == "origin: 1 would be pushed, 0 would be fetched\n"
    assert server.git("for-each-ref", "refs/anchors") == ""
    assert repo.ok("sync") == "origin: 1 pushed, 0 fetched\n"
    assert repo.ok("sync") == "origin: 0 pushed, 0 fetched\n"
    assert server.git("rev-parse", f"refs/anchors/{anchor_id}") == commit
    repo.git("add", ".anchors")
    repo.git("commit", "-q", "-m", "Anchor")
    repo.git("push", "-q", "--force")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", f"file://{server.root}", clone], check=True)
    fresh = Repo(clone)
    shown = fresh.anchor("show", anchor_id)
    advice = f"git fetch origin refs/anchors/{anchor_id}:refs/anchors/{anchor_id}"
    assert fresh.json("show", anchor_id)["binding"]["state"] == "missing"
    assert shown.status == 0
    assert fresh.ok("sync", "origin") == "origin: 0 pushed, 1 fetched\n"
    assert fresh.git("rev-parse", f"refs/anchors/{anchor_id}") == commit
    assert fresh.git("diff", "--name-only", f"anchors/{anchor_id}", "HEAD", "--", "a") == "a"
    assert repo.read(".git/config") == config
    assert advice in shown.err


def test_the_advice_for_a_missing_commit_works(repo: Repo, server: Repo, tmp_path: Path) -> None:
    anchor_id, commit = anchored(repo)
    repo.ok("sync")
    (path,) = repo.files()
    text = repo.read(path)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", f"file://{server.root}", clone], check=True)
    fresh = Repo(clone)
    fresh.write(path, text)
    result = fresh.anchor("show", anchor_id)
    advice = f"git fetch origin refs/anchors/{anchor_id}:refs/anchors/{anchor_id}"
    assert result.err == f'hint: "{advice}" gets its commit, if it was shared\n'
    assert "(not in this clone)" in result.out
    fresh.git(*advice.split(" ")[1:])
    assert fresh.json("show", anchor_id)["binding"]["commit"] == commit


def test_a_ref_is_never_moved(repo: Repo, server: Repo) -> None:
    anchor_id, _ = anchored(repo)
    other = repo.git("rev-parse", "HEAD")
    server.git("fetch", "-q", str(repo.root), "main")
    server.git("update-ref", f"refs/anchors/{anchor_id}", other)
    result = repo.anchor("sync")
    assert (result.status, result.out) == (0, "origin: 0 pushed, 0 fetched\n")
    assert result.err == (
        f"warning: refs/anchors/{anchor_id} is another commit on origin; both are left as they are\n"
    )


def test_remotes_that_there_are_not(repo: Repo, tmp_path: Path) -> None:
    assert (
        repo.anchor("sync").err == "error: there is no remote to share with; 'git remote add' adds one\n"
    )
    assert repo.anchor("sync", "origin").err == (
        "error: 'origin' is not a remote; 'git remote' lists them\n"
    )
    for name in ("one", "two"):
        make_repository(tmp_path / name)
        repo.git("remote", "add", name, str(tmp_path / name))
    result = repo.anchor("sync")
    assert (result.status, result.err) == (
        1,
        "error: several remotes (one, two); name one: 'git anchor sync one'\n",
    )
    repo.git("remote", "add", "gone", str(tmp_path / "gone"))
    result = repo.anchor("sync", "gone")
    assert result.status == 4
    assert result.err.startswith("fatal: '")
