"""Files of a repository that are none to read: links, pipes, folders, and what would fill the memory."""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import FrameType

import pytest

from gitanchor.storage import safe_open
from tests.repositories import BIN, Repo
from tests.variants import first

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes and /dev/zero")

SECRET = "what-is-outside"
SECONDS = 30  # of which none takes more than one, where nothing else runs
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
"""What is run for each place and kind; of COMMANDS, each is for every place, with one kind."""


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


@pytest.fixture
def again(kept: Repo, tmp_path: Path) -> Callable[[], None]:
    """What makes the repository as it was: many cases share one."""
    base = tmp_path / "base"
    shutil.copytree(kept.root, base)

    def restore() -> None:
        for path in kept.root.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        shutil.copytree(base, kept.root, dirs_exist_ok=True)

    return restore


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
WHOLE = {"settings": "zero", "anchor": "pipe", "log": "pipe", "foreword": "zero"}
"""The kind with which all of COMMANDS are run where it is put."""

OTHERS = {
    ".anchors/templates/resume.md.j2": ("resume", "render", "template list"),
    ".anchors/templates/log.html.j2": ("web", "render", "template list"),
    ".gitattributes": ("init", "add B -c b -n n", "render", "absorb"),
    ".env": ("check", "resume", "init"),
    "lefthook.yml": ("init", "hooks status"),
    ".pre-commit-config.yaml": ("init", "hooks status"),
    ".github/workflows/a.yml": ("check", "resume", "init"),
    ".git/hooks/pre-commit": ("init", "hooks status", "hooks install"),
    ".venv/pyvenv.cfg": ("check", "resume", "init"),
}
"""Other files, and the commands that have to do with them; all are put there for SOME."""


def run_all(repo: Repo, paths: Collection[str], kind: str, commands: Collection[str]) -> None:
    """Have each command find something there that is no file to read."""
    for command in commands:
        for path in paths:
            put(repo, path, kind)
        with limited():
            result = repo.anchor(*command.split())
        case = (paths, kind, command, result)
        assert result.status in {0, 1, 2, 3, 4}, case
        assert SECRET not in result.out + result.err, case
        assert result.err.count("\n") <= 6, case
    texts = [file for file in repo.root.rglob("*") if file.is_file() and not file.is_symlink()]
    small = [file for file in texts if file.stat().st_size < safe_open.MOST_OF_LOG]
    assert not [file for file in small if SECRET.encode() in file.read_bytes()]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", first(KINDS))
def test_no_command_waits_fills_the_memory_or_reads_outside(
    kept: Repo, again: Callable[[], None], kind: str
) -> None:
    for place, of in PLACES.items():
        run_all(kept, [of(kept)], kind, COMMANDS if WHOLE[place] == kind else SOME)
        again()
    others = [path for path in OTHERS if (path, kind) != (".gitattributes", "pipe")]  # git waits for it
    for path in others:
        run_all(kept, [path], kind, OTHERS[path])
        again()
    run_all(kept, others, kind, SOME)


NAMED = [
    ("settings", "zero", "list", 0, ""),
    ("settings", "zero", "render", 3, f"{{path}}: cannot be read: {ZERO}"),
    ("settings", "outside", "add B -c b", 3, "{path}: cannot be read: a symbolic link to '../outside'"),
    ("settings", "pipe", "render", 3, "{path}: cannot be read: not a regular file"),
    ("settings", "folder", "render", 3, "{path}: cannot be read: Is a directory"),
    ("settings", "large", "render", 3, "{path}: cannot be read: larger than 1 MiB"),
    ("anchor", "zero", "list", 2, "'{path}' is a symbolic link to '/dev/zero'; replace it by what it leads to"),
    ("anchor", "pipe", "list", 3, "{path}: not a regular file"),
    ("anchor", "folder", "list", 3, "{path}: Is a directory"),
    ("anchor", "large", "list", 3, "{path}: larger than 1 MiB"),
    ("log", "zero", "render", 2, f"'{{path}}' is {ZERO}; replace it by a file"),
    ("log", "outside", "absorb", 2, f"'{{path}}' is {OUTSIDE}; replace it by a file"),
    ("log", "pipe", "render --check", 2, "'{path}' is not a regular file; replace it by a file"),
    ("log", "folder", "render", 2, "'{path}' is a folder; set another log.path"),
    ("log", "large", "render", 2, "'{path}' is larger than 64 MiB; replace it by a file"),
    ("foreword", "zero", "render", 2, "'{path}' is a symbolic link to '/dev/zero'; replace it by what it leads to"),
    ("foreword", "pipe", "render", 3, "{path}: not a regular file"),
    ("foreword", "large", "render", 3, "{path}: larger than 1 MiB"),
]  # fmt: skip


def test_what_is_none_to_read_is_named(kept: Repo, again: Callable[[], None]) -> None:
    found = []
    for place, kind, command, _, _ in NAMED:
        path = PLACES[place](kept)
        put(kept, path, kind)
        with limited():
            result = kept.anchor(*command.split())
        said = result.err.removeprefix("error: ").removesuffix("\n").replace(path, "{path}")
        found.append((place, kind, command, result.status, said))
        again()
    assert found == NAMED


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


@pytest.mark.parametrize("place", ["settings", "log"])
def test_a_commit_is_not_waited_for(kept: Repo, again: Callable[[], None], place: str) -> None:
    for kind in KINDS:
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
        assert (done.returncode, done.stdout) == (0, ""), (kind, done)
        assert SECRET not in done.stderr
        assert kept.git("log", "-1", "--format=%s") == "Work"
        again()


@pytest.mark.unit
def test_a_file_that_grows_while_it_is_read_is_not_read_past_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert safe_open.read(path, 10) == b"x" * 10
    path.write_bytes(b"x" * 11)
    with pytest.raises(safe_open.Refused, match=re.escape("larger than 0 MiB")):
        safe_open.read(path, 10)
    assert safe_open.start(path, 4) == b"xxxx"


OPENERS = {
    "what this clone keeps, or git": {
        "cli/editing.py", "git/config_files.py", "git/process.py", "git/repository.py", "hooks/installer.py",
        "hooks/merge_driver.py", "hooks/reminder.py", "log/hand_edits.py", "log/splice.py",
        "operations/doctor/data_checks.py", "operations/doctor/hook_proofs.py", "rendering/trust.py",
        "storage/atomic.py", "storage/journal.py", "storage/secrets/gate.py", "storage/state.py", "tracking/binding.py",
        "tracking/patch_ids.py", "tracking/provenance.py", "tracking/rewrites.py",
    },
    "what belongs to the program or the system": {
        "checks/network.py", "rendering/log_entries.py", "rendering/jinja_templates.py", "model/word_lists.py",
    },
    "what a person named": {"importing/chat_exports.py", "importing/agent_sessions.py"},
    "files of the worktree": {"storage/safe_open.py"},
}  # fmt: skip


@pytest.mark.unit
def test_only_one_module_opens_files_of_the_worktree() -> None:
    package = Path(safe_open.__file__).parents[1]
    ways = re.compile(r"\.read_bytes\(\)|\.read_text\(\"|\.open\(\"|FileIO\(")
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if ways.search(path.read_text("utf-8"))
    }
    assert found == set().union(*OPENERS.values())
