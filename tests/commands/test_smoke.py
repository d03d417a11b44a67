"""Each command once, in a repository as most are: what `make check` runs of them."""

import os
from typing import Final

import pytest

from gitanchor.cli import main as cli
from tests.repositories import BIN, Repo

pytestmark = pytest.mark.smoke

ENTRY: Final = """\
Resume from anchor: [Dough]
Context: It rests.
Current milestone: - It is kneaded.
Next action: Fold.
Dependencies:
- Tools: make
"""
RUNS: Final = {
    "init": ("init", "Reinitialized existing anchors in "),
    "add": ("add -F answer.md", "] Dough\n .anchors/"),
    "absorb": ("absorb", ""),
    "edit": ("edit -c other", "] Water\n .anchors/"),
    "done": ("done -m risen", "closed: Water ("),
    "rm": ("rm Flour", "rm '.anchors/"),
    "undo": ("undo", "undid edit of Water ("),
    "import": ("import answer.md", "answer.md:1: added "),
    "parse": ("parse answer.md", "answer.md: 1 anchor found\n"),
    "recover": ("recover", ""),
    "gc": ("gc", "Removed 0 refs\n"),
    "doctor": ("doctor", "No problems (2 anchors, 6 hooks answered)\n"),
    "scan": ("scan answer.md", "no secret in 1 file\n"),
    "list": ("list", " Water\n"),
    "log": ("log", "Name:   Flour\n"),
    "graph": ("graph", "(open, main) Water\n"),
    "heads": ("heads", "(open) Water\n"),
    "hooks": ("hooks status", "post-commit"),
    "search": ("search oven", " Water:dependencies: "),
    "diff": ("diff", ""),
    "commits": ("commits", " Preheat\n"),
    "check": ("check", "file:oven.md  there\n"),
    "sync": ("sync --dry-run origin", "origin: 2 would be pushed, 0 would be fetched\n"),
    "render": ("render --check", ""),
    "resolve": ("resolve", ""),
    "web": ("web", "<!DOCTYPE html>\n"),
    "template": ("template list", "built in\n"),
    "request": ("request Oven", "Anchor this as chat [Oven] "),
    "resume": ("resume", "Resume from anchor: [Water]\n"),
    "show": ("show", "Name:   Water\n"),
    "status": ("status", "Newest anchor: Water ("),
}
"""Commands by name: how each is run here, and a part of what it prints then."""


@pytest.fixture
def kept(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Two anchors on main, all committed, a commit since, and a chat's answer beside them."""
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    return repo.once(made_kept)


def made_kept(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "Flour", "-c", "It is weighed.", "-n", "Add water.", "--commit")
    repo.commit("Preheat", {"oven.md": "on\n"})
    os.environ["GIT_AUTHOR_DATE"] = "2026-03-01T13:00:00+01:00"
    repo.ok("add", "Water", "-c", "It is in.", "-n", "Knead.", "-d", "Files: `oven.md`")
    repo.ok("edit", "-m", "It boils.")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Anchor Water")
    repo.commit("Bake", {"oven.md": "hot\n"})
    repo.write("answer.md", ENTRY)
    repo.git("init", "-q", "--bare", ".git/server")
    repo.git("remote", "add", "origin", ".git/server")


def test_all_commands_are_run() -> None:
    assert set(RUNS) == set(cli.COMMANDS)


@pytest.mark.parametrize("command", RUNS)
def test_a_command(kept: Repo, command: str) -> None:
    arguments, printed = RUNS[command]
    result = kept.anchor(*arguments.split())
    assert result.status == 0, result
    assert printed in result.out
    assert "Traceback" not in result.err
