"""Files on disk: atomic writes, the store, the index as nothing but a cache, locks."""

import contextlib
import os
import random
import sqlite3
import stat
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import filelock
import pytest

from gitanchor.model.errors import WriteFailed
from gitanchor.operations import render
from gitanchor.storage import atomic, codec
from gitanchor.storage.index import index
from gitanchor.storage.locks import Turns
from gitanchor.storage.secrets import scanner
from gitanchor.storage.state import State
from tests.repositories import BIN, Repo


def settle(repo: Repo) -> None:
    """Make anchor files old enough to be believed, and have the index read them."""
    for path in repo.files():
        os.utime(repo.root / path, (1_700_000_000, 1_700_000_000))
    repo.run("sleep", "0.15", check=True)
    repo.ok("list")


def rows(repo: Repo) -> int:
    with sqlite3.connect(repo.root / ".git/gitanchor/index.sqlite3") as connection:
        count: int = connection.execute("SELECT count(*) FROM anchor").fetchone()[0]
    connection.close()
    return count


@pytest.fixture
def two(repo: Repo) -> Repo:
    settle(repo.once(made_two))
    return repo


def made_two(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x")
    repo.ok("add", "Two", "-c", "y")


@pytest.mark.unit
def test_a_write_replaces_all_or_nothing_and_keeps_the_mode(tmp_path: Path) -> None:
    target = tmp_path / "a/b/file"
    atomic.write(target, b"one", tmp_path / "scratch")
    target.chmod(0o640)
    atomic.write(target, b"two", tmp_path / "scratch", durable=True)
    assert target.read_bytes() == b"two"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert list((tmp_path / "scratch").iterdir()) == []
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "full").touch()
    with pytest.raises(WriteFailed, match=r"cannot write '.*folder': Is a directory"):
        atomic.write(folder, b"x", tmp_path / "scratch")
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.unit
@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second file system")
def test_a_scratch_folder_on_another_file_system_is_not_used(tmp_path: Path) -> None:
    scratch = Path("/dev/shm") / f"gitanchor-test-{os.getpid()}"
    try:
        atomic.write(tmp_path / "file", b"one", scratch)
        assert (tmp_path / "file").read_bytes() == b"one"
        assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []
    finally:
        scratch.rmdir()


def test_the_index_is_used_when_it_is_fresh(two: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows(two) == 2
    workspace = two.workspace()
    monkeypatch.setattr(workspace.store, "read", lambda path: pytest.fail("read a file again"))
    assert [stored.anchor.name for stored in workspace.listing.anchors] == ["Two", "One"]
    anew = index.load(two.workspace().store, two.root / ".git/no.sqlite3")
    assert workspace.listing.anchors == anew.anchors


def test_an_edit_in_place_of_the_same_length_is_seen(two: Repo) -> None:
    for path in two.files():
        target = two.root / path
        times = target.stat()
        target.write_text(target.read_text().replace("name: One", "name: Uno"))
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert {item["name"] for item in two.json("list")} == {"Uno", "Two"}


def test_a_file_that_is_gone_leaves_the_index(two: Repo) -> None:
    (two.root / two.files()[0]).unlink()
    assert len(two.json("list")) == 1
    assert rows(two) == 1


def test_an_index_that_cannot_be_used_is_passed_by(two: Repo) -> None:
    database = two.root / ".git/gitanchor/index.sqlite3"
    listed = two.ok("list")
    database.write_bytes(b"SQLite format 3\0" + b"garbage" * 500)
    assert two.ok("list") == listed
    assert two.ok("list") == listed
    assert rows(two) == 2
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert two.ok("list") == listed
    assert rows(two) == 2
    with sqlite3.connect(database) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert two.ok("list") == listed
    connection.close()
    database.unlink()
    database.mkdir()
    assert two.ok("list") == listed


def test_what_is_no_anchor_file_is_no_concern(two: Repo) -> None:
    two.write(".anchors/2026/03/README.md", "hello")
    two.write(".anchors/templates/log.md.j2", "hello")
    assert len(two.json("list")) == 2
    two.write(".anchors/2026/note.yaml", "hello")
    two.write(".anchors/note.yaml", "hello")
    result = two.anchor("list")
    assert (result.status, result.err) == (
        3,
        "error: .anchors/note.yaml: lies outside of the folders YEAR/MONTH, where anchors are looked for\n"
        "error: .anchors/2026/note.yaml: lies outside of the folders YEAR/MONTH, where anchors are looked"
        " for\n",
    )


def test_two_files_with_one_id_are_named(two: Repo) -> None:
    _, second = two.files()
    copy = second.replace("-two-", "-two2-")
    two.write(copy, two.read(second).replace("name: Two", "name: Other"))
    result = two.anchor("list")
    assert (result.status, len(result.out.splitlines())) == (3, 2)
    assert result.err == (
        f"error: {copy}: has the id of {second}; give it one of its own, or remove it\n"
        if copy > second
        else f"error: {second}: has the id of {copy}; give it one of its own, or remove it\n"
    )


def test_a_file_that_is_no_utf8_or_cannot_be_read_is_named(two: Repo) -> None:
    path = two.files()[0]
    two.write(path, b"name: \xff\n...\n")
    result = two.anchor("list")
    assert (result.status, result.err) == (3, f"error: {path}: not UTF-8 at byte 6\n")
    two.write(path, "")
    if os.geteuid() != 0:
        (two.root / path).chmod(0)
        assert two.anchor("list").err == f"error: {path}: Permission denied\n"


def test_an_anchor_file_is_never_overwritten(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x")
    stored = repo.workspace().listing.anchors[0]
    with pytest.raises(Exception, match="is there already; an anchor file is never overwritten"):
        repo.workspace().store.add(stored.anchor)


def test_a_lock_held_too_long_is_busy_and_nothing_is_lost(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitanchor.storage.locks.LOCK_SECONDS", 0.2)
    state = State(repo.workspace().repository)
    with state.log_turn("x"):
        program = (
            "import sys; from gitanchor.cli import main as cli; from gitanchor.storage import locks;"
            " locks.LOCK_SECONDS = 0.2; sys.exit(cli.run())"
        )
        done = repo.run(str(BIN / "python"), "-c", program, "add", "One", "-c", "x")
    assert done.status == 5
    assert done.out.startswith("[main@")
    assert done.err == (
        "error: GPT_Anchors_Log.md is being written by another process for more than 0 s;"
        " only the log is not written: try 'git anchor render'\n"
    )
    assert [item["name"] for item in repo.json("list")] == ["One"]
    repo.ok("render")
    repo.ok("render", "--check")


def test_who_waits_has_nothing_left_to_do_once_another_did_it(repo: Repo) -> None:
    state = repo.root / ".git/gitanchor"
    state.mkdir()
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    with filelock.FileLock(state / "lock"):
        adding = subprocess.Popen(
            [BIN / "git-anchor", "add", "One", "-c", "x"],
            cwd=repo.root,
            env={**os.environ, "PATH": path},
            stdout=subprocess.DEVNULL,
        )
        while not (notes := list(state.glob("waiting/*"))):
            assert adding.poll() is None
            time.sleep(0.01)
        assert len(repo.files()) == 1
        notes[0].unlink()
        assert adding.wait(60) == 0
    assert not (repo.root / "GPT_Anchors_Log.md").exists()
    assert list((state / "waiting").iterdir()) == []


@pytest.mark.unit
def test_a_turn_counts_for_the_notes_that_were_there_before(tmp_path: Path) -> None:
    turns = Turns(tmp_path)
    (tmp_path / "waiting").mkdir()
    before, after = tmp_path / "waiting/before", tmp_path / "waiting/after"
    before.touch()
    with contextlib.suppress(WriteFailed), turns.for_all("lock", "x") as to_do:
        assert to_do
        raise WriteFailed("the disk is full")
    assert before.exists()
    with turns.for_all("lock", "x") as to_do:
        assert to_do
        after.touch()
    assert (before.exists(), after.exists()) == (False, True)
    with turns.alone("lock", "x"):
        pass
    assert after.exists()


def test_a_render_reads_what_others_added_before_its_turn(two: Repo) -> None:
    workspace = two.workspace()
    assert len(workspace.listing.anchors) == 2
    two.ok("add", "Three", "-c", "z")
    render.render(workspace)
    two.ok("render", "--check")


@pytest.mark.unit
def test_an_interrupted_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        atomic.write(tmp_path / "file", b"x", tmp_path / "scratch", durable=True)
    assert list((tmp_path / "scratch").iterdir()) == []
    assert not (tmp_path / "file").exists()


def test_many_processes_add_at_once(repo: Repo) -> None:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "gitanchor", "add", "-c", "x"]
    running = [
        subprocess.Popen(
            [*command, f"N{number}"],
            cwd=repo.root,
            env={**os.environ, "PATH": path},
            stdout=subprocess.DEVNULL,
        )
        for number in range(12)
    ]
    assert [process.wait(60) for process in running] == [0] * 12
    assert {item["name"] for item in repo.json("list")} == {f"N{number}" for number in range(12)}
    repo.ok("render", "--check")


def test_times_zones_and_locales_change_no_byte_of_the_log(two: Repo) -> None:
    log = two.read("GPT_Anchors_Log.md")
    for environment in ({"TZ": "Asia/Kathmandu"}, {"LC_ALL": "C", "TZ": "UTC"}):
        (two.root / "GPT_Anchors_Log.md").unlink()
        assert two.run("git", "anchor", "render", **environment).status == 0  # type: ignore[arg-type]
        assert two.read("GPT_Anchors_Log.md") == log


def test_the_log_in_other_line_ends_is_the_same_log(two: Repo) -> None:
    two.write("GPT_Anchors_Log.md", two.read("GPT_Anchors_Log.md").replace("\n", "\r\n"))
    two.ok("render", "--check")
    two.ok("add", "Three", "-c", "z")
    assert two.anchor("render", "--check").status == 0


def test_check_prints_what_differs(two: Repo) -> None:
    two.write("GPT_Anchors_Log.md", two.read("GPT_Anchors_Log.md").replace("\n\n**Context:** y", ""))
    result = two.anchor("render", "--check")
    assert result.status == 1
    assert result.out.startswith("--- a/GPT_Anchors_Log.md\n+++ b/GPT_Anchors_Log.md\n@@ ")
    assert "+**Context:** y\n" in result.out
    (two.root / "GPT_Anchors_Log.md").unlink()
    assert two.anchor("render", "--check").status == 1
    assert two.anchor("render").err == "GPT_Anchors_Log.md: written\n"
    assert two.anchor("render").err == "GPT_Anchors_Log.md: up to date\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\n", "'GPT_Anchors_Log.md' is not UTF-8 at byte 0, so it was not written by git anchor; move it away, or import it once it is UTF-8"),
        (b"mine\n", "GPT_Anchors_Log.md:1: this log is kept by hand; take it in with 'git anchor import GPT_Anchors_Log.md'"),
    ],
)  # fmt: skip
def test_a_foreign_file_at_the_place_of_the_log(repo: Repo, content: bytes, message: str) -> None:
    repo.write("GPT_Anchors_Log.md", content)
    result = repo.anchor("render")
    assert (result.status, result.err) == (2, f"error: {message}\n")
    assert (repo.root / "GPT_Anchors_Log.md").read_bytes() == content


def test_a_folder_at_the_place_of_the_log(repo: Repo) -> None:
    (repo.root / "GPT_Anchors_Log.md").mkdir()
    result = repo.anchor("render")
    assert (result.status, result.err) == (
        2,
        "error: 'GPT_Anchors_Log.md' is a folder; set another log.path\n",
    )


def test_an_empty_log_is_no_hand_work(repo: Repo) -> None:
    repo.write("GPT_Anchors_Log.md", "\n")
    repo.ok("render")
    repo.ok("render", "--check")


def test_a_conflict_in_the_log_is_named_with_the_way_out(two: Repo) -> None:
    log = two.read("GPT_Anchors_Log.md")
    line = log.split("\n").index("**Context:** y")
    two.write(
        "GPT_Anchors_Log.md", log.replace("**Context:** y", "<<<<<<< HEAD\n**Context:** y\n=======")
    )
    result = two.anchor("render")
    assert (result.status, result.err) == (
        2,
        f"error: GPT_Anchors_Log.md:{line + 1}: a conflict marker;"
        " 'git anchor resolve' finishes the merge\n",
    )
    two.ok("edit", "-c", "<<<<<<< HEAD\n=======\n>>>>>>> x")
    two.write("GPT_Anchors_Log.md", "")
    two.ok("render")
    two.ok("render", "--check")
    two.ok("add", "Three", "-c", "z")
    two.ok("render", "--check")


def test_an_entry_without_sections_reads_back_without_any(repo: Repo) -> None:
    repo.ok("add", "X", "-c", "x")
    (path,) = repo.files()
    repo.write(path, repo.read(path).replace("context: |-\n  x\n", 'context: ""\n'))
    repo.ok("render")
    assert repo.json("show")["notes"] == ""
    assert "1 anchor found: 0 added, 0 updated, 1 here already" in repo.ok(
        "import", "GPT_Anchors_Log.md"
    )
    repo.ok("render", "--check")


def glimpsed(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the anchors as a glance has them, which has to do without a look at each file."""
    with monkeypatch.context() as patch:
        patch.setattr(index, "load", lambda *_: pytest.fail("looked at each file"))
        return [stored.facts.name for stored in repo.workspace().recent.anchors]


def make_old(repo: Repo) -> None:
    """Make folders old enough to be believed."""
    for folder in sorted((repo.root / ".anchors").rglob("*"), reverse=True):
        if folder.is_dir():
            os.utime(folder, (1_700_000_000, 1_700_000_000))
    os.utime(repo.root / ".anchors", (1_700_000_000, 1_700_000_000))


def test_a_glance_sees_files_that_come_and_go(two: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(two)
    two.ok("list")
    assert glimpsed(two, monkeypatch) == ["Two", "One"]
    one, second = two.files()
    content = two.read(second)
    (two.root / second).unlink()
    assert glimpsed(two, monkeypatch) == ["One"]
    two.write(second, content)
    assert glimpsed(two, monkeypatch) == ["Two", "One"]
    make_old(two)
    assert glimpsed(two, monkeypatch) == ["Two", "One"]
    two.write(one.replace("-one-", "-uno-"), two.read(one).replace("name: One", "name: Uno"))
    told = [str(problem) for problem in two.workspace().recent.problems]
    assert told == [str(problem) for problem in two.workspace().listing.problems] != []
    (two.root / one).unlink()
    assert len(two.json("list")) == 2  # which looks at each file, as there was a problem
    make_old(two)
    assert glimpsed(two, monkeypatch) == ["Two", "Uno"]
    torn = next(path for path in two.files() if "-uno-" in path)
    (two.root / torn).unlink()
    two.write(torn, "torn")
    assert two.anchor("show", "Two").err.startswith(f"warning: {torn}: ")


def test_a_glance_gives_what_an_editor_wrote_in_place(
    two: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(two)
    two.ok("list")
    newest = next(path for path in two.files() if "-two-" in path)
    text = two.read(newest)
    with (two.root / newest).open("r+") as file:
        file.write(text.replace("\n  y\n", "\n  z\n"))
    assert glimpsed(two, monkeypatch) == ["Two", "One"]
    assert two.json("show", "Two")["context"] == "z"
    (two.root / newest).write_text("torn")
    result = two.anchor("show", "Two")
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith(f"error: {newest}: ")


def test_a_glance_does_without_a_cache(two: Repo) -> None:
    shown = two.ok("show", "Two")
    database = two.root / ".git/gitanchor/index.sqlite3"
    workspace = two.workspace()
    stored = workspace.recent.anchors[0]
    database.write_bytes(b"SQLite format 3\0" + b"garbage" * 500)
    assert stored.anchor.name == "Two"
    assert two.ok("show", "Two") == shown
    with sqlite3.connect(database) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert two.ok("show", "Two") == shown
    connection.close()


def test_a_folder_that_may_change_again_is_not_believed(two: Repo) -> None:
    make_old(two)
    month = Path(two.files()[0]).parent
    os.utime(two.root / month, (4_000_000_000, 4_000_000_000))
    two.ok("list")
    with sqlite3.connect(two.root / ".git/gitanchor/index.sqlite3") as connection:
        known = dict(connection.execute("SELECT path, changed FROM folder WHERE changed >= 0"))
    connection.close()
    assert set(known) == {".anchors", str(month.parent)}


def test_a_file_that_has_just_changed_in_an_old_folder_is_not_forgotten(two: Repo) -> None:
    make_old(two)
    path = next(path for path in two.files() if "-two-" in path)
    (two.root / path).write_text(two.read(path).replace("name: Two", "name: Duo"))
    assert [item["name"] for item in two.json("list")] == ["Duo", "One"]
    assert [stored.facts.name for stored in two.workspace().recent.anchors] == ["Duo", "One"]


def test_a_glance_agrees_with_a_look_at_each_file(two: Repo) -> None:
    chance = random.Random(3)
    texts = [two.read(path) for path in two.files()]
    compared = 0
    for number in range(80):
        files = two.files()
        match chance.randrange(5):
            case 0 | 1:
                made = chance.choice(texts).splitlines()
                made[[line.startswith("id: ") for line in made].index(True)] = f"id: '{number:08x}'"
                day = chance.randrange(10, 28)
                path = f".anchors/2026/0{chance.randrange(1, 4)}/202601{day}T1200-x-{number:08x}.yaml"
                two.write(path, "\n".join(made) + "\n")
            case 2 if files:
                (two.root / chance.choice(files)).unlink()
            case 3 if files:
                path = chance.choice(files)
                text = two.read(path).replace("source: cli", "source: chat")
                (two.root / path).unlink()
                two.write(path, text)
            case _:
                make_old(two)
        glance = index.glance(two.workspace().store, two.workspace().state.index)
        if glance is None:
            index.load(two.workspace().store, two.workspace().state.index)
            continue
        anew = index.load(two.workspace().store, two.root / ".git/no.sqlite3")
        assert [item.facts for item in glance.anchors] == [item.facts for item in anew.anchors]
        assert glance.anchors == anew.anchors
        (two.root / ".git/no.sqlite3").unlink(missing_ok=True)
        compared += 1
    assert compared > 40


# The files of the caches ------------------------------------------------------------------------


def caches(repo: Repo) -> list[str]:
    """The files of SQLite in git's folder."""
    folder = repo.root / ".git"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.sqlite3*"))


def test_a_worktree_and_a_clone_have_one_cache_each(two: Repo, tmp_path: Path) -> None:
    two.git("add", "-A")
    two.git("commit", "-qm", "Anchors")
    two.git("worktree", "add", "-q", str(tmp_path / "beside"))
    for each in (two, Repo(tmp_path / "beside")):
        each.ok("render")
        each.ok("list", "--all")
        each.ok("search", "--all", "x")
    wanted = ["gitanchor/cache.sqlite3", "gitanchor/index.sqlite3"]
    assert caches(two) == [*wanted, "worktrees/beside/gitanchor/index.sqlite3"]


@pytest.mark.parametrize(
    "command", [("list",), ("show",), ("search", "x"), ("resume",), ("status",), ("heads",), ("graph",)]
)
def test_what_reads_only_this_worktree_leaves_the_cache_of_the_clone_alone(
    two: Repo, command: tuple[str, ...]
) -> None:
    cache = two.root / ".git/gitanchor/cache.sqlite3"
    cache.write_bytes(b"nothing that SQLite reads\n" * 100)
    before = cache.stat()
    two.ok(*command)
    assert (cache.stat(), caches(two)) == (
        before,
        ["gitanchor/cache.sqlite3", "gitanchor/index.sqlite3"],
    )
    cache.unlink()
    two.ok(*command)
    assert caches(two) == ["gitanchor/index.sqlite3"]


@pytest.mark.parametrize("command", [("list", "--all"), ("render",), ("add", "Three", "-c", "z")])
def test_the_caches_of_earlier_versions_are_removed(two: Repo, command: tuple[str, ...]) -> None:
    folder = two.root / ".git/gitanchor"
    for name in ("entries", "blobs", "branches"):
        with contextlib.closing(sqlite3.connect(folder / f"{name}.sqlite3")) as connection:
            connection.execute("CREATE TABLE kept (key PRIMARY KEY, text, proof)")
    with contextlib.closing(sqlite3.connect(folder / "index.sqlite3")) as connection, connection:
        connection.execute("DROP TABLE maker")
        connection.execute("PRAGMA user_version = 8")
    two.ok(*command)
    assert set(caches(two)) <= {"gitanchor/cache.sqlite3", "gitanchor/index.sqlite3"}
    assert len(two.json("list")) == 2 + (command[0] == "add")


# What is read and scanned on the way to disk ---------------------------------------------------


def made_by(monkeypatch: pytest.MonkeyPatch, owner: ModuleType, name: str) -> Counter[str]:
    """Count the calls of a function by the text that it is given first."""
    counts: Counter[str] = Counter()
    function = getattr(owner, name)

    def counted(text: str, *more: Any, **options: Any) -> Any:
        counts[text] += 1
        return function(text, *more, **options)

    monkeypatch.setattr(owner, name, counted)
    return counts


CHANGES = {
    "add": ("add", "Three", "-c", "first text", "-n", "second text"),
    "add of an answer": ("add", "--yes", "-F", "answer.md"),
    "edit": ("edit", "Two", "-n", "second text"),
    "done": ("done", "Two", "-m", "second text"),
    "import": ("import", "answer.md"),
    "absorb": ("absorb",),
}


@pytest.fixture
def said(two: Repo) -> Repo:
    """An answer in a file, and an entry of a hand in the log."""
    answer = "Resume from anchor: [Four]\nContext: first text\nNext action: second text\n"
    two.write("answer.md", answer)
    two.write(
        "GPT_Anchors_Log.md", f"{two.read('GPT_Anchors_Log.md')}\n{answer.replace('Four', 'Five')}"
    )
    codec._loaded.cache_clear()
    return two


@pytest.mark.parametrize("change", [*CHANGES])
def test_a_text_is_scanned_for_secrets_once(
    said: Repo, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    scanned = made_by(monkeypatch, scanner, "scan")
    said.ok(*CHANGES[change])
    assert scanned["second text"] == 1


@pytest.mark.parametrize("change", [*CHANGES])
def test_the_text_of_an_anchor_is_parsed_once(
    said: Repo, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    parsed = made_by(monkeypatch, codec, "_read_mapping")
    said.ok(*CHANGES[change])
    (written,) = (text for path in said.files() if "second text" in (text := said.read(path)))
    assert parsed[written] == 1
    assert max(parsed.values()) == 1


def test_what_is_on_disk_is_read_though_another_text_was_proven(two: Repo) -> None:
    workspace = two.workspace()
    stored = next(item for item in workspace.listing.anchors if item.anchor.name == "Two")
    text = two.read(stored.path)
    assert codec.load(text, stored.path).context == "y"
    two.write(stored.path, text.replace("context: y", "context: z").replace("  y\n", "  z\n"))
    assert two.json("show", "Two")["context"].strip() == "z"
