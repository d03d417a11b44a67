"""A sealed environment for every test, and real repositories to work in."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gitanchor.hooks import installer
from tests import slow
from tests.repositories import Repo, make_repository, start

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make test-all` what takes long, and all but a few cases of a test marked `diagonal`.

    The few have each value of each of its parameters at least once, the first case among them.
    """
    cases = [item for item in items if item.get_closest_marker("diagonal")]
    shown: set[tuple[str, str, str]] = set()
    kept = set()
    for new in range(max((len(_values(item)) for item in cases), default=0), 0, -1):
        for item in cases:
            if len(_values(item) - shown) == new and not item.get_closest_marker("slow"):
                shown |= _values(item)
                kept.add(item.nodeid)
    dear = slow.listed()
    for item in items:
        is_left = item.get_closest_marker("diagonal") and item.nodeid not in kept
        if is_left or f"{item.path.relative_to(slow.TESTS).as_posix()}::{item.name}" in dear:
            item.add_marker("slow")
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(600))  # on a busy machine


def _values(item: pytest.Item) -> set[tuple[str, str, str]]:
    """The parameters of a test, each with its value."""
    function, call = item.nodeid.partition("[")[0], getattr(item, "callspec", None)
    return {(function, name, repr(value)) for name, value in call.params.items()} if call else set()


@pytest.fixture(scope="session")
def git_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What git puts into new repositories, without its sample hooks: half the files of a small one."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "hooks").mkdir()
    (folder / "info").mkdir()
    (folder / "info/exclude").write_text("# Files that git ignores in this clone only.\n")
    return str(folder)


@pytest.fixture(autouse=True)
def sealed(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git_template: str
) -> Iterator[Path]:
    """A home folder of its own, no system configuration, fixed dates, an editor that fails.

    Coverage makes a process twice as dear, and thousands show it the same: it is measured in this one,
    and in the processes of tests that are marked `traced`.
    """
    if not request.node.get_closest_marker("traced"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_")) or name in {"CI", "EDITOR", "VISUAL", "EMAIL"}:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(GIT_CONFIG)
    monkeypatch.setenv("HOME", str(home))
    for name, value in FIXED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", git_template)
    time.tzset()
    yield home
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that is marked `unit` fails when it starts a process."""
    if request.node.get_closest_marker("unit"):

        def refuse(*arguments: object, **options: object) -> None:
            pytest.fail("a unit test starts no process")

        monkeypatch.setattr(subprocess.Popen, "__init__", refuse)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with one commit on the branch main."""
    return Repo(tmp_path / "repo").once(start)


@pytest.fixture
def empty_repo(tmp_path: Path) -> Repo:
    """A repository without a commit."""
    return Repo(tmp_path / "repo").once(_empty)


def _empty(repo: Repo) -> None:
    make_repository(repo.root)


@pytest.fixture
def no_configured_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A git before 2.54, for what is done where it cannot be told by its settings to run hooks."""
    monkeypatch.setattr(installer, "_version", lambda repository: (2, 53))
