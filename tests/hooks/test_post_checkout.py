"""The post-checkout hook: installed, and fired by whatever makes git run it."""

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.hooks.test_post_commit import SHELLS, run_with
from tests.repositories import Repo
from tests.variants import shells

HOOK: Final = ".git/hooks/post-checkout"


def hint(branch: str, name: str, number: str) -> str:
    """All that the hook prints."""
    return (
        f"hint: The open anchor on {branch} is {name} ({number})."
        f' "git anchor resume {number}" starts from it.\n'
    )


def add(repo: Repo, name: str) -> str:
    """Write and commit an anchor; its id."""
    repo.ok("add", name, "-n", "go on", "--commit")
    found: str = repo.json("list")[0]["id"]
    return found


def said(repo: Repo, *arguments: str, **environment: str) -> str:
    """What a git command, which succeeds, printed on standard error."""
    return repo.run("git", *arguments, check=True, **environment).err


@pytest.fixture
def ready(repo: Repo) -> Repo:
    """Two branches of one anchor each, both committed; `side` is checked out."""
    return repo.once(made_ready)


def made_ready(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    add(repo, "Main")
    repo.git("switch", "-qc", "side")
    add(repo, "Side")
    repo.git("config", "advice.detachedHead", "false")


def ids(repo: Repo) -> dict[str, str]:
    """The anchors' ids by name."""
    return {anchor["name"]: anchor["id"] for anchor in repo.json("list", "--all")}


@pytest.mark.parametrize("words", shells({**SHELLS, "zsh": ("zsh",)}))
def test_a_switch_is_one_line_in_every_shell(ready: Repo, words: tuple[str, ...]) -> None:
    run_with(words, ready.root / HOOK)
    known = ids(ready)
    assert said(ready, "switch", "-q", "main") == hint("main", "Main", known["Main"])
    assert said(ready, "checkout", "-q", "side") == hint("side", "Side", known["Side"])
    assert said(ready, "switch", "-q", "-") == hint("main", "Main", known["Main"])
    shown = ready.run("git", "anchor", "resume", known["Main"], check=True).out
    assert "Main" in shown


@pytest.mark.parametrize(
    "silent",
    [
        ("checkout", "-q", "side"),
        ("checkout", "-q", "HEAD"),
        ("checkout", "-q", "main", "--", "README"),
        ("checkout", "-q", "--", "README"),
        ("restore", "-s", "main", "README"),
        ("switch", "-qc", "new"),
        ("checkout", "-q", "--detach"),
        ("checkout", "-q", "main~1"),
        ("switch", "-q", "--orphan", "blank"),
        ("worktree", "add", "-q", "../linked", "main"),
        ("clone", "-q", ".", "../clone"),
        ("reset", "-q", "--hard", "main"),
        ("stash", "-q"),
    ],
    ids=" ".join,
)
def test_all_else_is_silent(ready: Repo, silent: tuple[str, ...]) -> None:
    assert said(ready, *silent) == ""


@pytest.mark.parametrize(
    ("value", "speaks"), [("true", False), ("1", False), ("", True), ("false", True)]
)
def test_silent_in_ci(ready: Repo, value: str, speaks: bool) -> None:
    assert bool(said(ready, "switch", "-q", "main", CI=value)) == speaks


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_silent_in_a_rebase(ready: Repo, backend: str) -> None:
    ready.git("switch", "-q", "main")
    ready.commit("Main", {"file": "main\n"})
    assert said(ready, "rebase", "-q", backend, "main", "side") == ""
    assert ready.git("branch", "--show-current") == "side"
    assert "hint: The open" not in said(ready, "rebase", "-q", backend, "main", "side")
    ready.git("branch", "-q", "other", "main~1")
    assert said(ready, "rebase", "-q", backend, "main", "other") == ""
    ready.git("switch", "-q", "side")
    assert said(ready, "pull", "-q", "--rebase", ".", "main") == ""


def test_silent_in_a_bisect(ready: Repo) -> None:
    ready.git("switch", "-q", "main")
    for number in range(4):
        ready.commit(str(number), {"file": str(number)})
    assert said(ready, "bisect", "start", "main", "main~4") == ""
    assert said(ready, "bisect", "bad") == ""
    told = said(ready, "switch", "-q", "side")
    assert told == "warning: you are switching branch while bisecting\n"


def test_a_closed_anchor_is_nothing_to_start_from(ready: Repo) -> None:
    ready.ok("done", "Side")
    ready.git("commit", "-qam", "Done")
    head = ready.read(".git/gitanchor/heads/side~").splitlines()
    assert head == ["stale"]  # the commit may have changed what HEAD contains
    ready.ok("status")
    assert ready.read(".git/gitanchor/heads/side~").splitlines()[0] == "none"
    ready.git("switch", "-q", "main")
    assert said(ready, "switch", "-q", "side") == ""


def test_an_anchor_that_was_removed_is_not_named(ready: Repo) -> None:
    ready.ok("rm", "Side")
    ready.git("commit", "-qam", "Gone")
    ready.git("switch", "-q", "main")
    assert said(ready, "switch", "-q", "side") == ""
    ready.ok("status")
    ready.git("switch", "-q", "main")
    number = ids(ready)["Main"]
    assert said(ready, "switch", "-q", "side") == (
        f"hint: The open anchor on side is Main ({number}), from main."
        f' "git anchor resume {number}" starts from it.\n'
    )
    (path,) = ready.files()
    ready.git("rm", "-q", path)
    ready.git("commit", "-qm", "Gone as well")
    ready.git("switch", "-q", "main")
    assert said(ready, "switch", "-q", "side") == ""


def test_without_a_reflog(ready: Repo) -> None:
    ready.git("config", "core.logAllRefUpdates", "false")
    shutil.rmtree(ready.root / ".git/logs")
    assert said(ready, "switch", "-q", "main") == hint("main", "Main", ids(ready)["Main"])


def test_linked_worktree_and_folder_below(ready: Repo, tmp_path: Path) -> None:
    ready.git("worktree", "add", "-q", str(tmp_path / "linked tree"), "-b", "linked")
    linked = Repo(tmp_path / "linked tree")
    assert said(linked, "switch", "-q", "main") == hint("main", "Main", ids(ready)["Main"])
    linked.write("below/file", "")
    linked.git("switch", "-q", "linked")
    assert said(linked, "-C", "below", "switch", "-q", "main").startswith(
        "hint: The open anchor on main"
    )
    where = (f"--git-dir={ready.root}/.git", f"--work-tree={ready.root}")
    outside = Repo(tmp_path)
    assert said(outside, *where, "switch", "-q", "linked") == ""
    outside.git(*where, "checkout", "-q", "--detach")
    assert said(outside, *where, "switch", "-q", "side") == hint("side", "Side", ids(ready)["Side"])


def test_odd_names(ready: Repo) -> None:
    branch = "feat/é😀$(touch${IFS}hacked)%s"
    ready.git("switch", "-qc", branch)
    number = add(ready, "a\\033[31m\u202e %s \\c $(id)")
    ready.git("switch", "-q", "main")
    shown = "a\\033[31m\\u202e %s \\c $(id)"
    assert said(ready, "switch", "-q", branch) == hint(branch, shown, number)
    assert not list(ready.root.rglob("hacked"))


@pytest.mark.parametrize(
    "garbage", [b"", b"\n\n\n\n", b"\xff\x00;$(touch hacked)\n" * 5, b"*\n1\n1\nx\n", b"abc\n"]
)
def test_garbage_in_the_state(ready: Repo, garbage: bytes) -> None:
    (ready.root / ".git/gitanchor/heads/main~").write_bytes(garbage)
    result = ready.run("git", "switch", "-q", "main")
    assert (result.status, result.err) == (0, "")
    assert not list(ready.root.rglob("hacked"))


def test_missing_state(ready: Repo) -> None:
    shutil.rmtree(ready.root / ".git/gitanchor")
    assert said(ready, "switch", "-q", "main") == ""
    assert not (ready.root / ".git/gitanchor").exists()


def test_what_it_costs(ready: Repo, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    calls = tmp_path / "calls"
    for name in ("git", "tail", "python3", "git-anchor", "cat", "sed"):
        target = programs / name
        target.write_text(
            f'#!/bin/sh\necho "{name}" >>"{calls}"\nexec {shutil.which(name) or ":"} "$@"\n'
        )
        target.chmod(0o755)
    before = ready.git("rev-parse", "HEAD")
    ready.git("-c", "core.hooksPath=nowhere", "switch", "-q", "main")
    shell = shutil.which("sh")
    assert shell is not None
    run = (shell, HOOK, before, ready.git("rev-parse", "HEAD"))
    assert ready.run(*run, "1", PATH=str(programs)).err.startswith("hint: The open anchor on main")
    assert calls.read_text() == "tail\n"
    calls.unlink()
    ready.git("-c", "core.hooksPath=nowhere", "switch", "-qc", "new")
    assert ready.run(*run, "1", PATH=str(programs)).err == ""
    assert ready.run(*run, "0", PATH=str(programs)).err == ""
    assert not calls.exists()


@pytest.mark.parametrize("option", ["--object-format=sha256", "--ref-format=reftable"])
def test_other_formats(tmp_path: Path, option: str) -> None:
    made = Repo(tmp_path)
    if made.run("git", "init", "-q", option, "repo").status:
        pytest.skip(f"this git has no {option}")
    repo = Repo(tmp_path / "repo")
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Start")
    number = add(repo, "Main")
    repo.git("switch", "-qc", "side")
    assert said(repo, "switch", "-q", "main") == hint("main", "Main", number)


def test_beside_somebody_else(ready: Repo) -> None:
    ready.ok("hooks", "uninstall")
    theirs = '#!/bin/sh\nset -eu\necho "theirs $3" >&2\n'
    ready.write(HOOK, theirs).chmod(0o755)
    ready.ok("hooks", "install")
    assert said(ready, "switch", "-q", "main") == hint("main", "Main", ids(ready)["Main"]) + "theirs 1\n"
    assert os.access(ready.root / HOOK, os.X_OK)
