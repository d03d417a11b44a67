"""The post-rewrite hook: installed, fired by real amends and rebases, beside hooks of others."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.repositories import Repo
from tests.variants import first

pytestmark = pytest.mark.traced

MAP = ".git/gitanchor/rewritten"


@pytest.fixture
def ready(repo: Repo) -> Repo:
    return repo.once(made_ready)


def made_ready(repo: Repo) -> None:
    repo.ok("init")
    repo.commit("One", {"a": "1\n"})


def amended(repo: Repo) -> tuple[str, str]:
    """Amend HEAD; the commit before and after."""
    before = repo.git("rev-parse", "HEAD")
    repo.git("commit", "-q", "--amend", "-m", "Better")
    return before, repo.git("rev-parse", "HEAD")


def test_an_amend_is_noted(ready: Repo) -> None:
    before, after = amended(ready)
    assert ready.read(MAP) == f"amend {before} {after}\n"


def test_a_rebase_is_noted_commit_by_commit(ready: Repo) -> None:
    ready.git("switch", "-q", "-c", "topic", "HEAD~1")
    old = []
    for name in ("b", "c"):
        ready.commit(name, {name: "x\n"})
        old.append(ready.git("rev-parse", "HEAD"))
    result = ready.run("git", "rebase", "-q", "main", check=True)
    assert (result.out, result.err) == ("", "")
    new = ready.git("rev-list", "--reverse", "main..HEAD").split()
    assert ready.read(MAP) == "".join(f"rebase {a} {b}\n" for a, b in zip(old, new, strict=True))


def test_a_linked_worktree_shares_the_map(ready: Repo, tmp_path: Path) -> None:
    ready.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    before, after = amended(Repo(tmp_path / "side"))
    assert ready.read(MAP) == f"amend {before} {after}\n"


def test_the_hook_of_somebody_else_still_gets_its_input(repo: Repo) -> None:
    theirs = (
        '#!/bin/sh\nset -eu\necho "args $*" >>told\nwhile read -r line; do echo "$line" >>told; done\n'
    )
    hook = repo.write(".git/hooks/post-rewrite", theirs)
    hook.chmod(0o755)
    repo.ok("init")
    repo.commit("One", {"a": "1\n"})
    before, after = amended(repo)
    assert repo.read("told") == f"args amend\n{before} {after}\n"
    assert repo.read(MAP) == f"amend {before} {after}\n"
    assert repo.ok("init").count("post-rewrite hook already installed") == 1


@pytest.mark.parametrize("shell", first(["dash", "bash", "busybox", "zsh"]))
def test_every_shell_runs_it(ready: Repo, shell: str) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    command = [
        found,
        *(["sh"] if shell == "busybox" else []),
        ".git/gitanchor/hooks/post-rewrite",
        "rebase",
    ]
    lines = f"{'a' * 40} {'b' * 40}\n{'c' * 40} {'d' * 40} extra words\n"
    done = subprocess.run(
        command, cwd=ready.root, input=lines, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert ready.read(MAP) == f"rebase {'a' * 40} {'b' * 40}\nrebase {'c' * 40} {'d' * 40}\n"


def test_it_never_fails(ready: Repo) -> None:
    (ready.root / MAP).mkdir()
    result = ready.run("git", "commit", "-q", "--amend", "-m", "Better")
    assert (result.status, result.err) == (0, "")
    (ready.root / MAP).rmdir()
    shutil.rmtree(ready.root / ".git/gitanchor")
    result = ready.run("git", "commit", "-q", "--amend", "-m", "Best")
    assert (result.status, result.err) == (0, "")
    assert not (ready.root / ".git/gitanchor").exists()
