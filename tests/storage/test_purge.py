"""What is left of a secret after history was purged of it: nothing in what git anchor keeps for itself."""

import random
from pathlib import Path

import pytest

from tests.repositories import Repo
from tests.storage.test_secrets import made

TOKEN = made("ghp_{A36}", random.Random(3))


def holders(repo: Repo) -> list[str]:
    """The files of git's folder and of the worktrees that hold the token, in whatever form it is text."""
    forms = [TOKEN.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    files = (path for top in (repo.root, repo.root.parent / "beside") for path in top.rglob("*"))
    return sorted(
        path.relative_to(repo.root.parent).as_posix()
        for path in files
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    )


def purge(repo: Repo) -> None:
    """Take the token out of all history, as git filter-repo does, and out of the journal by hand."""
    script = f"grep -rlZ {TOKEN} . | xargs -0r sed -i s/{TOKEN}/gone/"
    repo.run(
        "git", "filter-branch", "-f", "--tree-filter", script, "--", "--branches",
        check=True, FILTER_BRANCH_SQUELCH_WARNING="1",
    )  # fmt: skip
    for line in repo.git("for-each-ref", "--format=%(refname)", "refs/original").splitlines():
        repo.git("update-ref", "-d", line)
    for file in (repo.root / ".git/gitanchor/journal").iterdir():
        if TOKEN.encode() in file.read_bytes():
            file.unlink()


@pytest.mark.parametrize("command", [("gc",), ("doctor", "--fix")])
def test_no_cache_holds_a_secret_after_history_was_purged_of_it(
    repo: Repo, command: tuple[str, ...]
) -> None:
    repo.ok("init")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Start")
    allow = ("--allow-secret", "000000")
    refused = repo.anchor("add", "Rain", "-c", TOKEN, *allow)
    allow = ("--allow-secret", refused.err.split("--allow-secret ")[1][:6])
    for number in range(2):
        repo.ok(
            "add", f"Rain_{number}", "-c", f"it rains {TOKEN}", "-n", f"use {TOKEN}", "--commit", *allow
        )
    repo.ok("edit", "-n", "something else")
    repo.git("commit", "-qam", "Edit")
    repo.git("switch", "-qc", "other", "HEAD~1")
    repo.ok("add", "Snow", "-c", f"it snows {TOKEN}", "--commit", *allow)
    repo.git("switch", "-q", "main")
    repo.git("worktree", "add", "-q", "../beside", "other")
    beside = Repo(repo.root.parent / "beside")
    for each in (repo, beside):
        for line in (("list", "--all"), ("search", "rains")):
            each.anchor(*line)
    names = {Path(path).name for path in holders(repo)}
    assert {"index.sqlite3", "cache.sqlite3"} <= names
    beside.git("checkout", "-q", "--detach")
    purge(repo)
    beside.git("checkout", "-q", "other")
    repo.git("reset", "-q", "--hard")
    repo.ok("list", "--all")
    kept = {Path(path).name for path in holders(repo)}
    assert kept & {"index.sqlite3", "cache.sqlite3"}
    repo.anchor(*command)
    assert holders(repo) == []
    for each in (repo, beside):
        assert each.ok("list", "--all").count("Rain") == 2
    repo.ok("absorb")  # as the digests in the log are of what it said before
    assert holders(repo) == []
