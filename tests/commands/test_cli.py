"""The command line itself: help, version, messages, exit habits, imports."""

import subprocess
import sys

import pytest

from gitanchor import __version__
from gitanchor.cli import main
from gitanchor.cli.commands import list_
from gitanchor.operations import workspace
from tests.repositories import BIN, Repo

pytestmark = pytest.mark.traced


def test_every_command_has_help_under_both_names(repo: Repo) -> None:
    for command in main.COMMANDS:
        short = repo.ok(command, "-h")
        assert short.startswith(f"Usage: git anchor {command} ")
        assert repo.ok(command, "--help") == short
    listed = repo.ok("-h")
    assert all(f"\n  {command} " in listed for command in main.COMMANDS)


def test_the_version_in_gits_words(repo: Repo) -> None:
    assert repo.ok("--version") == f"git-anchor version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lst"], "error: No such command 'lst'; see 'git anchor -h'"),
        (["list", "--frob"], "error: No such option '--frob'; see 'git anchor list -h'"),
        (["list", "-n", "x"], "error: Invalid value for '-n' / '--limit': 'x' is not a number; give 0 or more; see 'git anchor list -h'"),
        (["list", "-n", "-1"], "error: Invalid value for '-n' / '--limit': '-1' is not a number; give 0 or more; see 'git anchor list -h'"),
        (["show", "a", "b"], "error: Got unexpected extra argument (b); see 'git anchor show -h'"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_and_status_2(repo: Repo, arguments: list[str], message: str) -> None:
    result = repo.anchor(*arguments)
    assert (result.status, result.out, result.err) == (2, "", message + "\n")


def test_without_a_command_there_is_help(repo: Repo) -> None:
    result = repo.anchor()
    assert result.status == 2
    assert "Usage: git anchor " in result.out + result.err


def test_an_interrupt_is_status_130(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(workspace.Workspace, "open", interrupted)
    result = repo.anchor("list")
    assert (result.status, result.out, result.err) == (130, "", "interrupted\n")


def test_a_reader_that_has_enough_is_no_failure(repo: Repo) -> None:
    for number in range(3):
        repo.ok("add", f"N{number}", "-c", "x" * 200_000)
    script = "git anchor log | head -n 1; echo ${PIPESTATUS[0]}"
    result = repo.run("bash", "-c", script)
    assert result.out.splitlines()[1] == "141"
    assert result.err == ""


def test_it_runs_as_a_module_too(repo: Repo) -> None:
    repo.ok("add", "X", "-c", "x")
    done = repo.run(str(BIN / "python"), "-m", "gitanchor", "list", check=True)
    assert done.out == repo.ok("list")
    assert repo.run(str(BIN / "python"), "-m", "gitanchor", "show", "none").status == 1


HEAVY = {
    "yaml",
    "jinja2",
    "git",
    "ftfy",
    "dateutil",
    "filelock",
    "rich",
    "markdown_it",
    "gitanchor.rendering.trust",
    "importlib.metadata",
    "multiprocessing",
    "logging",
}


@pytest.mark.parametrize("command", ["list", "search", "show", "status", "resume", "log"])
def test_the_read_path_imports_click_and_the_standard_library_only(repo: Repo, command: str) -> None:
    repo.ok("init")
    repo.ok("add", "X", "-c", "x")
    (path,) = repo.files()
    # A file that has just changed is read again by the next command, which then remembers it.
    repo.run("touch", "-d", "2026-01-01", path, check=True)
    repo.run("sleep", "0.15", check=True)
    repo.ok("list")
    program = (
        "import sys; before = set(sys.modules); from gitanchor.cli import main as cli;"
        f"status = cli.run([{command!r}, *(['x'] if {command!r} == 'search' else [])]);"
        "print('MODULES', *sorted(set(sys.modules) - before), file=sys.stderr); sys.exit(status)"
    )
    done = repo.run(sys.executable, "-c", program, check=True)
    loaded = set(done.err.split("MODULES", 1)[1].split())
    assert not loaded & HEAVY
    foreign = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    assert {name for name in foreign if not name.startswith(("_", "$", "coverage", "pytest"))} <= {
        "click", "gitanchor", "sitecustomize", "a1_coverage", "distutils-precedence",
    }  # fmt: skip


def test_the_package_itself_imports_nothing() -> None:
    program = (
        "import sys; before = set(sys.modules); import gitanchor; print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["gitanchor"]


@pytest.mark.unit
def test_commands_are_found_by_their_module() -> None:
    assert main.main.get_command(None, "list") is list_.command  # type: ignore[arg-type]
    assert main.main.get_command(None, "none") is None  # type: ignore[arg-type]


def test_a_full_disk_behind_standard_output_is_one_line(repo: Repo) -> None:
    repo.ok("add", "X", "-c", "x")
    result = repo.run("bash", "-c", "git anchor list >/dev/full")
    assert (result.status, result.err) == (
        1,
        "error: cannot write to standard output: No space left on device\n",
    )


@pytest.mark.parametrize(
    "program",
    [
        "def work():\n    raise KeyboardInterrupt",
        "def work():\n    raise RuntimeError('set_name') from KeyboardInterrupt()",
        # Where nothing can be raised, and Python would print a traceback and go on:
        "class Gone:\n    def __del__(self):\n        raise KeyboardInterrupt\n"
        "def work():\n    Gone()\n    time.sleep(10)",
        "def work():\n    signal.raise_signal(signal.SIGINT)\n    time.sleep(10)",
    ],
)
def test_an_interrupt_outside_of_commands_is_one_line_too(repo: Repo, program: str) -> None:
    text = f"import signal, sys, time\nfrom gitanchor.cli import interrupts\n{program}\n"
    result = repo.run(sys.executable, "-c", f"{text}sys.exit(interrupts.reported(work))")
    assert (result.status, result.out, result.err) == (130, "", "interrupted\n")


def test_what_is_loaded_before_interrupts_are_caught_is_next_to_nothing(repo: Repo) -> None:
    text = "import sys; before = set(sys.modules); import gitanchor.cli.entry; print(*set(sys.modules) - before)"
    loaded = set(repo.run(sys.executable, "-c", text, check=True).out.split())
    assert loaded <= {
        "gitanchor",
        "gitanchor.cli",
        "gitanchor.cli.entry",
        "gitanchor.cli.interrupts",
        "gc",
        "time",
        "_thread",
    }
