"""`git anchor sync`: anchored commits survive on the server, and nothing else is touched."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repositories import Repo, make_repository


@pytest.fixture
def server(repo: Repo, tmp_path: Path) -> Repo:
    """A bare repository that `repo` calls origin."""
    return with_server(repo, tmp_path / "server.git")


def with_server(repo: Repo, bare: Path, *options: str) -> Repo:
    """The same in a folder, made with options of `git init`."""
    subprocess.run(["git", "init", "-q", "--bare", *options, bare], check=True)
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
    return repo.workspace().listing.anchors[0].anchor.id, commit


def test_what_is_pushed_can_be_fetched(repo: Repo, server: Repo, tmp_path: Path) -> None:
    anchor_id, commit = anchored(repo)
    config = repo.read(".git/config")
    asked = ("sync", "--unreachable", "--dry-run")
    assert repo.ok(*asked) == "origin: 1 would be pushed, 0 would be fetched\n"
    assert server.git("for-each-ref", "refs/anchors") == ""
    assert repo.ok("sync", "--unreachable") == "origin: 1 pushed, 0 fetched\n"
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
    repo.ok("sync", "--unreachable")
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


HELD = (
    "hint: 1 commit that no branch has, here or on origin, stayed here;"
    " 'git anchor sync --unreachable origin' pushes all\n"
)


def branch_here(repo: Repo, server: Repo, commit: str) -> None:
    repo.git("branch", "kept", commit)


def branch_there(repo: Repo, server: Repo, commit: str) -> None:
    repo.git("push", "-q", "origin", f"{commit}:refs/heads/kept")
    repo.git("update-ref", "-d", "refs/remotes/origin/kept")


def branch_that_was_there(repo: Repo, server: Repo, commit: str) -> None:
    repo.git("push", "-q", "origin", f"{commit}:refs/heads/kept")
    server.git("update-ref", "-d", "refs/heads/kept")


def branch_of_another_remote(repo: Repo, server: Repo, commit: str) -> None:
    repo.git("update-ref", "refs/remotes/private/kept", commit)


def tag(repo: Repo, server: Repo, commit: str) -> None:
    repo.git("tag", "kept", commit)


def nothing(repo: Repo, server: Repo, commit: str) -> None:
    pass


@pytest.mark.diagonal
@pytest.mark.parametrize(
    ("keep", "pushed"),
    [(branch_here, 1), (branch_there, 1), (branch_that_was_there, 0), (branch_of_another_remote, 0),
     (tag, 0), (nothing, 0)],
)  # fmt: skip
@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_a_commit_that_no_branch_has_is_pushed_only_when_told_to(
    tmp_path: Path, keep: Callable[[Repo, Repo, str], None], pushed: int, form: str
) -> None:
    repo = make_repository(tmp_path / "repo", f"--object-format={form}")
    repo.commit("Start", {"README": "start\n"})
    server = with_server(repo, tmp_path / "server.git", f"--object-format={form}")
    anchor_id, commit = anchored(repo)
    keep(repo, server, commit)
    would = repo.anchor("sync", "-n")
    assert would.out == f"origin: {pushed} would be pushed, 0 would be fetched\n"
    result = repo.anchor("sync")
    assert (result.status, result.out, result.err) == (
        0,
        f"origin: {pushed} pushed, 0 fetched\n",
        "" if pushed else HELD,
    )
    assert would.err == result.err
    assert server.git("for-each-ref", "--format=%(refname)", "refs/anchors") == (
        f"refs/anchors/{anchor_id}" if pushed else ""
    )
    assert repo.ok("sync", "--unreachable") == f"origin: {1 - pushed} pushed, 0 fetched\n"
    assert server.git("rev-parse", f"refs/anchors/{anchor_id}") == commit


def test_a_push_runs_the_hooks_and_takes_nothing_along(repo: Repo, server: Repo) -> None:
    repo.ok("add", "Here", "-c", "x")
    repo.git("tag", "-a", "private", "-m", "not for others")
    repo.git("config", "push.followTags", "true")
    repo.git("config", "push.recurseSubmodules", "check")
    hook = repo.write(".git/hooks/pre-push", "#!/bin/sh\necho no $1 is pushed\necho today >&2\nexit 1\n")
    hook.chmod(0o755)
    result = repo.anchor("sync")
    assert (result.status, result.out) == (4, "")
    assert result.err.startswith("fatal: no origin is pushed")
    assert "today" in result.err
    assert server.git("for-each-ref", "refs/anchors") == ""
    hook.write_text("#!/bin/sh\ncat >pushed\n")
    assert repo.ok("sync") == "origin: 1 pushed, 0 fetched\n"
    assert repo.read("pushed").count("\n") == 1
    assert server.git("for-each-ref", "refs/tags") == ""


def test_a_fetch_takes_nothing_along_and_prunes_nothing(
    repo: Repo, server: Repo, tmp_path: Path
) -> None:
    repo.ok("add", "Here", "-c", "x")
    repo.git("tag", "-a", "theirs", "-m", "t")
    repo.git("push", "-q", "origin", "theirs")
    repo.ok("sync")
    repo.git("update-ref", "-d", f"refs/anchors/{repo.workspace().listing.anchors[0].anchor.id}")
    repo.git("tag", "-d", "theirs")
    repo.git("tag", "mine")
    for key in ("fetch.prune", "fetch.pruneTags"):
        repo.git("config", key, "true")
    assert repo.ok("sync") == "origin: 0 pushed, 1 fetched\n"
    assert repo.git("tag") == "mine"


def test_gc_keeps_what_was_fetched_for_a_branch_that_is_not_here(
    repo: Repo, server: Repo, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", f"file://{server.root}", clone], check=True)
    other = Repo(clone)
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("Topic", {"t": "t\n"})
    commit = repo.git("rev-parse", "HEAD")
    repo.ok("add", "Topic", "-c", "x")
    repo.git("push", "-q", "origin", "topic")
    repo.ok("sync")
    assert other.ok("sync") == "origin: 0 pushed, 1 fetched\n"
    assert other.ok("gc").splitlines()[1] == "Removed 0 refs"
    other.git("gc", "-q", "--prune=now")
    assert other.git("cat-file", "-t", commit) == "commit"
