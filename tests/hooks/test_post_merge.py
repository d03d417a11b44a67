"""The post-merge hook: installed, and fired by merges and pulls that brought anchors, or did not."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.hooks.test_post_commit import SHELLS, run_with
from tests.repositories import BIN, Repo
from tests.variants import shells

pytestmark = pytest.mark.traced

HOOK: Final = ".git/hooks/post-merge"
LOG: Final = "GPT_Anchors_Log.md"
HINT: Final = (
    f"hint: After this merge {LOG} differs from the anchors.\n"
    'hint: Use "git anchor render" to regenerate it.\n'
)
MERGE: Final = ("merge", "-q", "--no-edit", "side")


@pytest.fixture
def ready(repo: Repo) -> Repo:
    """An anchor on `main`; `side` is a commit ahead, with an anchor that its log does not have."""
    return repo.once(made_ready)


def made_ready(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    repo.ok("add", "Main", "-n", "go on", "--commit")
    repo.git("switch", "-qc", "side")
    before = repo.read(LOG)
    repo.ok("add", "Side", "-n", "go on")
    repo.write(LOG, before)
    repo.git("add", ".")
    repo.git("commit", "-q", "--no-verify", "-m", "An anchor without its entry")
    repo.git("switch", "-q", "main")


def said(repo: Repo, *arguments: str, **environment: str) -> str:
    return repo.run("git", *arguments, check=True, **environment).err


@pytest.mark.parametrize("words", shells({**SHELLS, "zsh": ("zsh",)}))
def test_speaks_in_every_shell(ready: Repo, words: tuple[str, ...]) -> None:
    run_with(words, ready.root / HOOK)
    before = ready.git("status", "--porcelain", "--ignored")
    assert said(ready, *MERGE) == HINT
    assert ready.git("status", "--porcelain", "--ignored") == before == ""
    ready.ok("render")
    ready.git("commit", "-qam", "Log")
    assert said(ready, "merge", "-q", "--no-ff", "--no-edit", "side") == ""


@pytest.mark.parametrize(
    "bring",
    [
        ("merge", "-q", "--no-ff", "--no-edit", "side"),
        ("merge", "-q", "--squash", "side"),
        ("pull", "-q", "--ff-only", ".", "side"),
        ("-C", "below", "pull", "-q", "--no-rebase", "--no-ff", "--no-edit", ".", "side"),
    ],
    ids=" ".join,
)
def test_speaks_after(ready: Repo, bring: tuple[str, ...]) -> None:
    ready.write("below/file", "")
    assert said(ready, *bring) == HINT


def test_silent_where_the_log_is_as_it_should_be(ready: Repo) -> None:
    ready.git("switch", "-q", "side")
    ready.ok("render")
    ready.git("commit", "-qam", "Log")
    ready.git("switch", "-q", "main")
    assert said(ready, *MERGE) == ""


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_silent_in_a_rebase(ready: Repo, backend: str) -> None:
    ready.commit("Main", {"main": "main\n"})
    assert said(ready, "rebase", "-q", backend, "side") == ""
    ready.git("reset", "-q", "--hard", "HEAD~1")
    assert said(ready, "pull", "-q", "--rebase", ".", "side") == ""


def test_silent_in_a_rebase_of_merges(ready: Repo) -> None:
    ready.commit("Main", {"main": "main\n"})
    assert said(ready, *MERGE) == HINT
    ready.git("switch", "-qc", "top")
    ready.git("branch", "-q", "base", "main~1~1")
    result = said(ready, "rebase", "-q", "--rebase-merges", "--force-rebase", "base")
    assert "differs from the anchors" not in result


def test_python_starts_only_where_it_may_matter(ready: Repo, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    calls = tmp_path / "calls"
    (programs / "git-anchor").write_text(
        f'#!/bin/sh\necho "$*" >>"{calls}"\nexec "{BIN}/git-anchor" "$@"\n'
    )
    (programs / "git-anchor").chmod(0o755)
    path = f"{programs}:/usr/bin:/bin"
    ready.git("branch", "-q", "plain")
    ready.git("switch", "-q", "plain")
    ready.commit("Plain", {"file": "plain\n"})
    ready.git("switch", "-q", "main")
    (ready.root / LOG).write_text("not what it should be\n")
    assert said(ready, "merge", "-q", "plain", PATH=path) == ""
    assert not calls.exists()
    ready.git("checkout", "-q", LOG)
    assert said(ready, "merge", "-q", "--no-edit", "side", PATH=path) == HINT
    assert calls.read_text() == "hook post-merge\n"


def test_an_anchor_that_cannot_be_read_is_one_warning(ready: Repo) -> None:
    ready.git("switch", "-q", "side")
    path = ready.files()[-1]
    ready.write(path, ready.read(path).removesuffix("...\n"))
    ready.git("commit", "-q", "--no-verify", "-am", "Torn")
    ready.git("switch", "-q", "main")
    told = said(ready, *MERGE)
    assert told.startswith(f"warning: git anchor: {path}: ")
    assert told.count("\n") == 1


def broken(repo: Repo, tmp_path: Path, script: str | None) -> str:
    """A PATH without git-anchor, or with one that does not run."""
    programs = tmp_path / "programs"
    programs.mkdir()
    if script is not None:
        (programs / "git-anchor").write_text(script)
        (programs / "git-anchor").chmod(0o755)
    return f"{programs}:/usr/bin:/bin"


NO_MODULE: Final = "#!/usr/bin/env python3\nimport gitanchor_is_not_there\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "is not on PATH"),
        ("#!/nowhere/python\n", "does not run ("),
        (NO_MODULE, "does not run (ModuleNotFoundError: No module named 'gitanchor_is_not_there')"),
        ("#!/bin/sh\nkill -9 $$\n", "does not run"),
    ],
    ids=["none", "no interpreter", "no module", "killed"],
)
def test_without_gitanchor_there_is_one_warning(
    ready: Repo, tmp_path: Path, script: str | None, reason: str
) -> None:
    told = said(ready, *MERGE, PATH=broken(ready, tmp_path, script))
    assert told.startswith(f"warning: git-anchor {reason}")
    assert told.endswith(", so the merged log was not compared with the anchors\n")
    assert told.count("\n") == 1


def test_missing_state(ready: Repo) -> None:
    shutil.rmtree(ready.root / ".git/gitanchor")
    assert said(ready, *MERGE) == ""


def test_linked_worktree(ready: Repo, tmp_path: Path) -> None:
    ready.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    assert said(Repo(tmp_path / "linked"), *MERGE) == HINT


def test_the_log_may_lie_elsewhere(repo: Repo) -> None:
    repo.ok("init", "--log", "docs/Log ü.md")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    repo.ok("add", "Main", "-n", "go on", "--commit")
    repo.git("switch", "-qc", "side")
    repo.write("docs/Log ü.md", "emptied\n")
    repo.git("commit", "-q", "--no-verify", "-am", "Emptied")
    repo.git("switch", "-q", "main")
    assert said(repo, *MERGE) == HINT.replace(LOG, "docs/Log ü.md")
