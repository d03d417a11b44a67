"""Files of a repository that are none to read: links, pipes, folders, and what would fill the memory."""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from gitanchor import files
from tests.repositories import BIN, Repo

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes and /dev/zero")

SECRET = "what-is-outside"
SECONDS = 10
MEMORY = 512 << 20

CONFIG = ".anchors/config.yaml"
LOG = "GPT_Anchors_Log.md"
ZERO = "a symbolic link to '/dev/zero'"
OUTSIDE = "a symbolic link to '../outside'"

COMMANDS = (
    "list", "list --all", "log", "show", "status", "resume", "search one", "graph", "heads", "commits",
    "check", "request", "recover", "scan", "doctor", "doctor --fix", "render --check", "render",
    "web", "template list", "hooks status", "hooks install", "add B -c b -n n", "edit -c changed", "done",
    "undo", "rm", "absorb", "resolve", "import ../text", "import --history", "gc", "sync -n", "init",
    "parse ../text",
)  # fmt: skip

SOME = ("list", "render", "resume", "check", "web", "absorb", "add B -c b -n n", "init", "doctor")


def zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


KINDS: dict[str, Callable[[Path], None]] = {
    "zero": zero,
    "outside": lambda path: path.symlink_to("../outside"),
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "large": large,
}


class TooSlow(BaseException):
    """A command that was waited for."""


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Have what is done here end in time, and take no more than so much memory."""

    def late(_: int, __: FrameType | None) -> None:
        raise TooSlow

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGALRM, late)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, before[1]))
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture
def kept(repo: Repo, tmp_path: Path) -> Repo:
    """A repository with two anchors in a commit, and a file outside of it."""
    repo.ok("init")
    repo.ok("add", "One", "-c", "one", "-n", "go", "-d", "`GREETING` from .env")
    repo.git("add", ".")
    repo.git("commit", "-qm", "One")
    (tmp_path / "outside").write_text(f"remind:\n  commits: {SECRET}\n{SECRET}\n")
    (tmp_path / "text").write_text("Resume from anchor: [T]\nContext: c\nNext action: n\n")
    return repo


def put(repo: Repo, path: str, kind: str) -> Path:
    """Put something at a path that is no file to read."""
    target = repo.root / path
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    KINDS[kind](target)
    return target


def anchor_path(repo: Repo) -> str:
    return repo.files()[0]


PLACES: dict[str, Callable[[Repo], str]] = {
    "settings": lambda _: CONFIG,
    "anchor": anchor_path,
    "log": lambda _: LOG,
    "foreword": lambda _: ".anchors/foreword.md",
}
OTHERS = (
    ".anchors/templates/resume.md.j2", ".anchors/templates/log.html.j2", ".gitattributes", ".env", "lefthook.yml",
    ".pre-commit-config.yaml", ".github/workflows/a.yml", ".git/hooks/pre-commit", ".venv/pyvenv.cfg",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [*PLACES, *OTHERS])
def test_no_command_waits_fills_the_memory_or_reads_outside(kept: Repo, place: str, kind: str) -> None:
    if (place, kind) == (".gitattributes", "pipe"):
        pytest.skip("git itself waits for it")
    path = PLACES[place](kept) if place in PLACES else place
    for command in COMMANDS if place in PLACES and kind in {"zero", "pipe"} else SOME:
        put(kept, path, kind)
        with limited():
            result = kept.anchor(*command.split())
        assert result.status in {0, 1, 2, 3, 4}, (command, result)
        assert SECRET not in result.out + result.err, (command, result)
        assert result.err.count("\n") <= 6, (command, result)
    texts = [file for file in kept.root.rglob("*") if file.is_file() and not file.is_symlink()]
    small = [file for file in texts if file.stat().st_size < files.MOST_OF_LOG]
    assert not [file for file in small if SECRET.encode() in file.read_bytes()]


@pytest.mark.parametrize(
    ("place", "kind", "command", "status", "error"),
    [
        ("settings", "zero", "list", 0, ""),
        ("settings", "zero", "render", 3, f"{CONFIG}: cannot be read: {ZERO}"),
        ("settings", "outside", "add B -c b", 3, f"{CONFIG}: cannot be read: a symbolic link to '../outside'"),
        ("settings", "pipe", "render", 3, f"{CONFIG}: cannot be read: not a regular file"),
        ("settings", "folder", "render", 3, f"{CONFIG}: cannot be read: Is a directory"),
        ("settings", "large", "render", 3, f"{CONFIG}: cannot be read: larger than 1 MiB"),
        ("anchor", "zero", "list", 2, "'{path}' is a symbolic link to '/dev/zero'; replace it by what it leads to"),
        ("anchor", "pipe", "list", 3, "{path}: not a regular file"),
        ("anchor", "folder", "list", 3, "{path}: Is a directory"),
        ("anchor", "large", "list", 3, "{path}: larger than 1 MiB"),
        ("log", "zero", "render", 2, f"'{LOG}' is {ZERO}; replace it by a file"),
        ("log", "outside", "absorb", 2, f"'{LOG}' is {OUTSIDE}; replace it by a file"),
        ("log", "pipe", "render --check", 2, f"'{LOG}' is not a regular file; replace it by a file"),
        ("log", "folder", "render", 2, f"'{LOG}' is a folder; set another log.path"),
        ("log", "large", "render", 2, f"'{LOG}' is larger than 64 MiB; replace it by a file"),
        ("foreword", "zero", "render", 2, "'{path}' is a symbolic link to '/dev/zero'; replace it by what it leads to"),
        ("foreword", "pipe", "render", 3, "{path}: not a regular file"),
        ("foreword", "large", "render", 3, "{path}: larger than 1 MiB"),
    ],
)  # fmt: skip
def test_what_is_none_to_read_is_named(
    kept: Repo, place: str, kind: str, command: str, status: int, error: str
) -> None:
    path = PLACES[place](kept)
    put(kept, path, kind)
    with limited():
        result = kept.anchor(*command.split())
    said = [line.removeprefix("error: ") for line in result.err.splitlines()]
    assert (result.status, said) == (status, [error.format(path=path)] if error else [])


@pytest.mark.parametrize("folder", [".anchors", "docs"])
def test_a_folder_that_is_a_link_is_not_gone_into(kept: Repo, tmp_path: Path, folder: str) -> None:
    kept.write(CONFIG, "log:\n  path: docs/LOG.md\n")
    kept.ok("render")
    (kept.root / folder).rename(tmp_path / "away")
    (kept.root / folder).symlink_to("../away")
    before = (tmp_path / "away").stat().st_mtime_ns
    for command in ("render", "add B -c b", "absorb", "doctor"):
        result = kept.anchor(*command.split())
        assert f"'{folder}' is a symbolic link to '../away'" in result.err + result.out, command
        assert result.status in {0, 1, 2, 3}
    assert (tmp_path / "away").stat().st_mtime_ns == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["settings", "log"])
def test_a_commit_is_not_waited_for(kept: Repo, place: str, kind: str) -> None:
    kept.write("work", "x\n")
    kept.git("add", "work")
    put(kept, PLACES[place](kept), kind)
    done = subprocess.run(
        ["git", "commit", "-qm", "Work", "work"],
        cwd=kept.root,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        timeout=SECONDS * 3,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert SECRET not in done.stderr
    kept.git("log", "-1", "--format=%s")


def test_a_file_that_grows_while_it_is_read_is_not_read_past_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert files.read(path, 10) == b"x" * 10
    path.write_bytes(b"x" * 11)
    with pytest.raises(files.Refused, match=re.escape("larger than 0 MiB")):
        files.read(path, 10)
    assert files.start(path, 4) == b"xxxx"


OPENERS = {
    "what this clone keeps, or git": {
        "atomic.py", "binding.py", "checkups.py", "custom.py", "drivers.py", "editing.py", "git.py", "handedits.py",
        "hooks.py", "journal.py", "logmemory.py", "patches.py", "proofs.py", "provenance.py", "reminder.py", "repository.py",
        "rewrites.py", "state.py", "vetting.py",
    },
    "what belongs to the program or the system": {"network.py", "render.py", "templating.py"},
    "what a person named": {"commands/__init__.py", "exports.py"},
    "files of the worktree": {"files.py"},
}  # fmt: skip


def test_only_one_module_opens_files_of_the_worktree() -> None:
    package = Path(files.__file__).parent
    ways = re.compile(r"\.read_bytes\(\)|\.read_text\(\"|\.open\(\"|FileIO\(")
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if ways.search(path.read_text("utf-8"))
    }
    assert found <= set().union(*OPENERS.values())
