"""The generated log under formatters of Markdown, which are really run, with their defaults.

Left out by default, as the tools come from their registries: `make test-all` runs it.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from filelock import FileLock

from gitanchor.rendering import log_entries
from tests.log.test_log_form import ANCHORS, FOREWORD, LOG, old, said
from tests.repositories import Repo

__all__ = ["old"]

pytestmark = [pytest.mark.tools, pytest.mark.timeout(1800)]

FROM_NPM = {
    "prettier": ["prettier", "--write"],
    "markdownlint-cli2": ["markdownlint-cli2", "--fix"],
    "remark-cli": ["remark", "--quiet", "--output"],
}
TOOLS = [*FROM_NPM, "mdformat"]


class Tools:
    """The formatters, each installed when it is first asked for, below the virtual environment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, repo: Repo, name: str) -> None:
        """Format the log, as the tool does by itself."""
        folder = self._folder / name
        if name in FROM_NPM:
            program, *options = FROM_NPM[name]
            command = [str(folder / "node_modules" / ".bin" / program), LOG, *options]
            result = repo.run(*command)
        else:
            result = repo.run(sys.executable, "-m", name, LOG, PYTHONPATH=str(folder))
        # markdownlint ends with 1 where it could not mend all
        assert result.status in ({0, 1} if name == "markdownlint-cli2" else {0}), result

    def install(self, name: str) -> None:
        """Install a tool unless it is there; skip the test where that cannot be done."""
        folder = self._folder / name
        if (folder / "installed").exists():
            return
        npm = shutil.which("npm")
        if name in FROM_NPM and npm is None:
            pytest.skip(f"{name} comes from npm, which is not installed")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
        command = [npm, "install", "--silent", "--no-audit", "--no-fund"] if name in FROM_NPM else pip
        folder.mkdir(parents=True, exist_ok=True)
        if name in FROM_NPM:
            (folder / "package.json").write_text('{"private": true}\n')
        self._done([str(part) for part in command] + [name], folder)
        (folder / "installed").touch()

    def _done(self, command: Sequence[str], folder: Path) -> None:
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=900, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"'{' '.join(command)}' took longer than 15 minutes")
        if done.returncode:
            said_last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
            pytest.skip(f"'{' '.join(command)}' failed: {said_last}")


@pytest.fixture(scope="session")
def tools() -> Iterator[Tools]:
    folder = Path(sys.prefix) / "formatters"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        yield Tools(folder)


@pytest.fixture(scope="session", params=TOOLS)
def tool(request: pytest.FixtureRequest, tools: Tools) -> str:
    """The name of a formatter that is installed; before a test has a home folder of its own."""
    name: str = request.param
    tools.install(name)
    return name


def contents(repo: Repo) -> dict[str, bytes]:
    """What all anchor files and the foreword hold."""
    kept = [*repo.files(), ".anchors/foreword.md"]
    return {path: (repo.root / path).read_bytes() for path in kept}


@pytest.fixture
def fresh(old: Repo) -> Repo:
    """A repository with our hooks, its log as rendered now, and many kinds of Markdown in its anchors."""
    old.ok("render")
    old.git("commit", "-qam", "Render")
    return old


def commits_change_nothing(repo: Repo, tools: Tools, name: str) -> None:
    """Format the log and commit it with other work, three times."""
    before = contents(repo)
    for number in range(3):
        tools.run(repo, name)
        repo.write("README", f"work {number}\n")
        result = repo.run("git", "commit", "-qam", f"Work {number}")
        assert (result.status, result.out) == (0, ""), result
        assert not {"absorbed", "warning:", "error:"} & set(result.err.split()), result
        assert contents(repo) == before
        assert repo.git("show", f"HEAD:{LOG}") + "\n" == log_entries.log(said(repo), FOREWORD)
        assert repo.git("status", "--short") == ""
    assert said(repo) == ANCHORS
    repo.ok("render", "--check")


def test_a_formatted_log_is_committed_as_it_was(fresh: Repo, tools: Tools, tool: str) -> None:
    commits_change_nothing(fresh, tools, tool)


def test_a_formatted_log_of_the_form_before_is_committed_as_rendered(
    old: Repo, tools: Tools, tool: str
) -> None:
    commits_change_nothing(old, tools, tool)


@pytest.mark.parametrize("tool", ["prettier", "markdownlint-cli2"], indirect=True)
def test_tools_that_a_comment_turns_off_leave_the_log_alone(
    fresh: Repo, tools: Tools, tool: str
) -> None:
    log = fresh.read(LOG)
    tools.run(fresh, tool)
    assert fresh.read(LOG) == log


def test_each_tool_formats_a_page_without_such_comments(repo: Repo, tools: Tools, tool: str) -> None:
    page = "Title\n===\n\n\n* a\n* b\n"
    repo.write(LOG, page)
    tools.run(repo, tool)
    assert repo.read(LOG) != page
