"""Clocks that jump, file times of whole seconds: with a library that lies to all programs about them."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from gitanchor.storage.journal import Journal
from tests.faults.script import NotHere
from tests.faults.shim import Shim
from tests.repositories import BIN, Repo, Result
from tests.variants import first

pytestmark = pytest.mark.timeout(300)  # a busy machine takes long for so many processes

HOUR = 3600
YEAR = 365 * 24 * HOUR


@pytest.fixture
def shim(tmp_path: Path) -> Shim:
    """What lies about clocks and file times."""
    try:
        return Shim(tmp_path / "shim")
    except NotHere as reason:
        pytest.skip(str(reason))


def anchor(repo: Repo, environment: Mapping[str, str], *arguments: str) -> Result:
    """Run `git anchor` as a process of its own."""
    pairs = (f"{name}={value}" for name, value in environment.items())
    return repo.run("env", *pairs, str(BIN / "git-anchor"), *arguments)


# The journal's order ---------------------------------------------------------------------------


@pytest.mark.parametrize("jump", first([-30 * YEAR, -HOUR, HOUR, YEAR]))
def test_recover_goes_by_the_order_of_writing_whatever_the_clock_does(
    repo: Repo, shim: Shim, jump: int
) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "init")
    anchor(repo, shim.plain, "add", "A", "-c", "one", "-n", "go")
    shim.set_clock(jump)
    anchor(repo, shim.plain, "edit", "-c", "two")
    shim.set_clock(jump // 2)
    anchor(repo, shim.plain, "edit", "-c", "three")
    (path,) = repo.files()
    newest = repo.read(path)
    assert "three" in newest
    repo.git("clean", "-fdq")
    assert anchor(repo, shim.plain, "recover", "--all").status == 0
    assert repo.read(path) == newest


@pytest.mark.parametrize("jump", first([-30 * YEAR, -HOUR, YEAR]))
def test_undo_goes_by_the_order_of_writing_whatever_the_clock_does(
    repo: Repo, shim: Shim, jump: int
) -> None:
    anchor(repo, shim.plain, "add", "A", "-c", "one", "-n", "go")
    shim.set_clock(jump)
    anchor(repo, shim.plain, "edit", "-c", "two")
    shim.set_clock(0)
    anchor(repo, shim.plain, "edit", "-c", "three")
    assert anchor(repo, shim.plain, "undo").status == 0
    assert repo.json("show")["context"] == "two"
    assert anchor(repo, shim.plain, "undo").status == 0
    assert repo.json("show")["context"] == "three"


def test_gc_in_a_clock_that_is_a_year_ahead_leaves_what_undo_needs(repo: Repo, shim: Shim) -> None:
    repo.ok("init")
    anchor(repo, shim.plain, "add", "A", "-c", "one", "-n", "go")
    repo.commit("A", {})
    repo.git("add", ".")
    repo.git("commit", "-qm", "one")
    anchor(repo, shim.plain, "edit", "-c", "two")
    repo.git("add", ".")
    repo.git("commit", "-qm", "two")
    shim.set_clock(YEAR)
    assert anchor(repo, shim.plain, "gc").out.startswith("Removed 1 of 3 journal entries\n")
    shim.set_clock(0)
    assert anchor(repo, shim.plain, "undo").status == 0
    assert repo.json("show")["context"] == "one"


@pytest.mark.unit
def test_gc_knows_the_age_of_what_was_written_after_the_clock_was_ahead(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "journal", tmp_path / "tmp")
    (tmp_path / "journal.last").write_text("20990101T000000.000000Z\n")
    entry = kept.keep("add", "x.yaml", b"x")
    assert entry.moment == "20990101T000000.000001Z"
    now = datetime.now(UTC)
    assert abs(entry.time(now) - now) < timedelta(minutes=1)
    os.utime(entry.file, (0, 0))
    assert entry.time(now) == datetime(1970, 1, 1, tzinfo=UTC)


def keep_many(folder: Path) -> list[str]:
    kept = Journal(folder / "journal", folder / "tmp")
    return [kept.keep("add", f"{os.getpid()}.yaml", b"x").moment for _ in range(25)]


@pytest.mark.slow
def test_two_processes_never_take_one_moment(tmp_path: Path) -> None:
    with get_context("spawn").Pool(4) as pool:
        taken = pool.map(keep_many, [tmp_path] * 4)
    assert len({moment for moments in taken for moment in moments}) == 100
    assert all(moments == sorted(moments) for moments in taken)


# Forms -----------------------------------------------------------------------------------------


def test_a_form_in_a_linked_worktree_outlives_it(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "side"))
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nsed -i "s/^Context:/Context: an hour of work/" "$1"; exit 3\n')
    script.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(script))
    result = Repo(tmp_path / "side").anchor("add")
    (form,) = (repo.root / ".git/gitanchor").glob("ANCHOR_EDITMSG.*.md")
    assert result == Result(
        4,
        "",
        f"fatal: the editor '{script}' failed; nothing was written; your text is kept in '{form}'\n",
    )
    repo.git("worktree", "remove", "--force", str(tmp_path / "side"))
    name = form.name.split(".")[1]
    assert repo.ok("recover").startswith(f"{name} Resume from anchor: [side_")
    assert "Context: an hour of work\n" in repo.ok("recover", name)
    assert repo.ok("recover", name) == form.read_text()
    assert repo.anchor("add", "--yes", "-F", "-", stdin=repo.ok("recover", name)).status == 0
    assert repo.json("show")["context"] == "an hour of work"


# File times of whole seconds -------------------------------------------------------------------

THEN = 1_790_000_000
"""The whole second that all files are said to be of."""

READ = ("list --json", "resume")


def rewrite(repo: Repo, path: str, old: str, new: str) -> None:
    """Write a part of a file anew where it is, as some editors do, and no longer than before."""
    with (repo.root / path).open("r+b") as file:
        at = file.read().index(old.encode())
        file.seek(at)
        file.write(new.encode())


@pytest.mark.parametrize(
    ("after", "is_tracked"),
    [
        pytest.param(0, False, marks=pytest.mark.slow),
        (1.9, True),
        pytest.param(2.0, False, marks=pytest.mark.slow),
    ],
)
def test_a_file_that_is_written_twice_at_one_time_is_seen(
    repo: Repo, shim: Shim, after: float, *, is_tracked: bool
) -> None:
    environment = shim.dated(THEN)
    shim.stop_clock(THEN + after)
    anchor(repo, environment, "add", "A", "-c", "text one", "-n", "go")
    (path,) = repo.files()
    if is_tracked:
        repo.git("add", ".")
        repo.git("commit", "-qm", "one")
    for command in READ:
        anchor(repo, environment, *command.split())
    rewrite(repo, path, "text one", "text two")
    for command in ("list --json", "resume"):
        assert "text two" in anchor(repo, environment, *command.split()).out, command
    assert anchor(repo, environment, "render", "--check").status == 1
    anchor(repo, environment, "render")
    assert "text two" in repo.read("GPT_Anchors_Log.md")


@pytest.mark.slow
@pytest.mark.parametrize("after", first([0, 2.0]))
def test_a_file_that_comes_at_the_time_of_its_folder_is_seen(
    repo: Repo, shim: Shim, tmp_path: Path, after: float
) -> None:
    environment = shim.dated(THEN)
    shim.stop_clock(THEN + after)
    for name in ("A", "B"):
        anchor(repo, environment, "add", name, "-c", "x")
    (other,) = (path for path in repo.files() if "name: B\n" in repo.read(path))
    (repo.root / other).rename(tmp_path / "away")
    for command in READ:
        anchor(repo, environment, *command.split())
    (tmp_path / "away").rename(repo.root / other)
    found = json.loads(anchor(repo, environment, "list", "--json").out)
    assert [item["name"] for item in found] == ["B", "A"]
    assert anchor(repo, environment, "status").out.splitlines()[1].startswith("Newest anchor: B ")


def test_a_log_that_is_edited_at_the_time_it_was_written_is_not_added_to(repo: Repo, shim: Shim) -> None:
    environment = shim.dated(THEN)
    shim.stop_clock(THEN)
    anchor(repo, environment, "add", "A", "-c", "text one")
    rewrite(repo, "GPT_Anchors_Log.md", "text one", "text two")
    result = anchor(repo, environment, "add", "B", "-c", "x")
    assert "GPT_Anchors_Log.md:25: entry" in result.err
    assert "text two" in repo.read("GPT_Anchors_Log.md")


@pytest.mark.parametrize(("after", "is_kept"), first([(2.2, True), (2.0, False)]))
def test_a_row_is_kept_once_its_file_cannot_change_at_its_time(
    repo: Repo, shim: Shim, after: float, *, is_kept: bool
) -> None:
    shim.stop_clock(THEN)
    anchor(repo, shim.dated(THEN), "add", "A", "-c", "x")
    shim.stop_clock(THEN + after)
    anchor(repo, shim.dated(THEN), "list")
    with contextlib.closing(sqlite3.connect(repo.root / ".git/gitanchor/index.sqlite3")) as index:
        ((mark,),) = index.execute("SELECT mark FROM anchor").fetchall()
    assert (mark != "") == is_kept
