"""What the journal keeps is on the disk before what it protects changes: the calls to the system, in order."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"
CALLS = "fsync,rename,renameat,renameat2,unlink,unlinkat"
_CALL = re.compile(r"^\d+ +(?P<call>\w+)\((?P<arguments>.*)\) += 0$")
_PATH = re.compile(r'"([^"]+)"|\d+<([^>]+)>')


def can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    command = ("strace", "-qq", "-e", "trace=fsync", "true")
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


traced = pytest.mark.skipif(not can_trace(), reason="strace is not here, or may not trace")


@pytest.fixture
def one(repo: Repo) -> Repo:
    """A repository with an anchor that is committed, and without hooks."""
    return repo.once(made_one)


def made_one(repo: Repo) -> None:
    repo.ok("init", "--no-hooks")
    repo.ok("add", "One", "-c", "ctx", "-n", "next")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")


def calls(repo: Repo, *command: str) -> Iterator[tuple[str, str]]:
    """The calls that sync, put in place or remove a file of ours: what each did, and to which file."""
    trace = repo.root.parent / "trace"
    strace = ("strace", "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(trace))
    repo.run(*strace, "git", "anchor", *command, check=True)
    for line in trace.read_text().splitlines():
        match = _CALL.match(line)
        if match is None:  # it failed, or another process came in between
            continue
        names = [one or other for one, other in _PATH.findall(match["arguments"])]
        target = Path(names[-1])
        call = match["call"].removesuffix("2").removesuffix("at")
        if target.suffix == ".tmp":  # a file that is not in its place yet
            target = target.with_name("-".join(["new", *target.name.split("-")[-1:]]))
        if target.is_relative_to(repo.root):
            path = target.relative_to(repo.root).as_posix()
            if path.startswith((".git/gitanchor/journal/", ".git/gitanchor/tmp/new", ".anchors/2")):
                yield call, _plain(path)
            elif path in {".git/gitanchor/journal", LOG}:
                yield call, path


def _plain(path: str) -> str:
    """A path without what differs from run to run."""
    if path.startswith(".git/gitanchor/tmp/"):
        return "new file"
    if path.startswith(".git/"):
        return f"journal: {path.rsplit('/', 1)[1].split('-')[1]}"
    return "anchor" if path.endswith(".yaml") else "folder of anchors"


def kept(action: str) -> list[tuple[str, str]]:
    """The calls that keep a text."""
    entry = f"journal: {action}"
    return [("rename", entry), ("fsync", entry), ("fsync", ".git/gitanchor/journal")]


WRITTEN = [("fsync", "new file"), ("rename", "anchor"), ("fsync", "folder of anchors")]
LOGGED = [("rename", LOG)]


def prepared(repo: Repo, name: str) -> list[str]:
    """Bring about what a command works on; the command."""
    if name == "absorb":
        repo.write(LOG, repo.read(LOG).replace("ctx", "by hand"))
    elif name == "render":
        (path,) = repo.files()
        repo.write(path, repo.read(path).replace("ctx", "by hand"))
    return {
        "add": ["add", "Two", "-c", "c"],
        "edit": ["edit", "One", "-c", "c"],
        "rm": ["rm", "One"],
    }.get(name, [name])


@traced
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("add", [*kept("add"), *WRITTEN, *LOGGED]),
        ("edit", [*kept("after"), *kept("edit"), *WRITTEN, *LOGGED]),
        ("rm", [*kept("delete"), ("unlink", "anchor"), *LOGGED]),
        ("absorb", [*kept("absorb"), *kept("after"), *kept("edit"), *WRITTEN, *LOGGED]),
        ("render", LOGGED),
    ],
)
def test_the_journal_is_on_the_disk_first(one: Repo, name: str, expected: list[tuple[str, str]]) -> None:
    assert [
        call for call in calls(one, *prepared(one, name)) if call[0] != "unlink" or call[1] == "anchor"
    ] == (expected)


@traced
def test_a_text_that_is_refused_is_on_the_disk_when_that_is_said(one: Repo) -> None:
    full = one.read(LOG)
    one.git("rm", "-rq", "--cached", ".anchors")
    one.git("update-ref", "-d", "HEAD")
    for path in [*one.files(), ".git/gitanchor/journal.last"]:
        (one.root / path).unlink()
    trace = one.root.parent / "trace"
    strace = ("strace", "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={CALLS},write", "-o", str(trace))
    result = one.run(*strace, "git", "anchor", "render")
    assert (result.status, one.read(LOG)) == (2, full)
    lines = trace.read_text().splitlines()
    synced = [n for n, line in enumerate(lines) if "fsync(" in line]
    said = next(n for n, line in enumerate(lines) if "write(2<" in line and "no anchor file" in line)
    assert len(synced) == 2
    assert max(synced) < said
