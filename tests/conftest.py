"""A sealed environment for every test, and real repositories to work in."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gitanchor.hooks import installer
from tests.repositories import Repo, make_repository

# The suite finds the same on every machine; look for more with --hypothesis-profile=search.
settings.register_profile("suite", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None)
settings.load_profile("suite")

# A shell has what it starts in the background ignore SIGINT, which some tests send.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2026-03-01T12:00:00+01:00",
    "GIT_COMMITTER_DATE": "2026-03-01T12:00:00+01:00",
    "GIT_EDITOR": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
    "TZ": "Europe/Berlin",
    "PAGER": "cat",
    "PYTHONDONTWRITEBYTECODE": "1",
    "NO_COLOR": "1",
}
GIT_CONFIG = """\
[user]
    name = A U Thor
    email = author@example.com
[init]
    defaultBranch = main
[core]
    pager = cat
[commit]
    gpgSign = false
[advice]
    detachedHead = false
[protocol "file"]
    allow = always
"""


@pytest.fixture(autouse=True)
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder of its own, no system configuration, fixed dates, an editor that fails."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_")) or name in {"CI", "EDITOR", "VISUAL", "EMAIL"}:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(GIT_CONFIG)
    monkeypatch.setenv("HOME", str(home))
    for name, value in FIXED.items():
        monkeypatch.setenv(name, value)
    time.tzset()
    yield home
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with one commit on the branch main."""
    made = make_repository(tmp_path / "repo")
    made.commit("Start", {"README": "start\n"})
    return made


@pytest.fixture
def empty_repo(tmp_path: Path) -> Repo:
    """A repository without a commit."""
    return make_repository(tmp_path / "repo")


@pytest.fixture
def no_configured_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A git before 2.54, for what is done where it cannot be told by its settings to run hooks."""
    monkeypatch.setattr(installer, "_version", lambda repository: (2, 53))
