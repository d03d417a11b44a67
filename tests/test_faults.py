"""Kills and full disks: a short run of tests/faults/kill.py, what it would notice, and a small disk."""

import copy
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import kill
from tests.repositories import Repo

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL and mount")


def test_kills_lose_and_tear_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status = kill.main(["--kills", "25"])
    report = capsys.readouterr().out
    assert status == 0, report
    lines = dict(line.split(": ", 1) for line in report.splitlines())
    assert int(lines["kills before the acknowledgement"].split(" ")[0]) >= 25
    assert lines["acknowledged anchors"].endswith(", lost: 0")
    assert (lines["torn"], lines["other problems"]) == ("0", "0")


def lose(file: Path, batch: kill.Batch) -> None:
    file.unlink()


def tear(file: Path, batch: kill.Batch) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def falsify(file: Path, batch: kill.Batch) -> None:
    file.write_bytes(file.read_bytes().replace(b"line 0", b"line 9"))


def leave_behind(file: Path, batch: kill.Batch) -> None:
    (batch.root / ".anchors/half.tmp").write_text("x")


def forget_ref(file: Path, batch: kill.Batch) -> None:
    shutil.rmtree(batch.root / ".git/refs/anchors")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> kill.Batch:
    """A batch with one anchor, and nothing wrong."""
    batch = kill.Batch(tmp_path_factory.mktemp("batch"), random.Random(1))
    batch.attempts.append(batch.add(batch.wanted()))
    tally = kill.Tally()
    batch.count_into(tally)
    assert (tally.is_clean, tally.finished) == (True, 1), tally.report()
    return batch


@pytest.mark.parametrize(
    ("damage", "lost", "torn"),
    [(lose, 1, 0), (tear, 1, 1), (falsify, 1, 0), (leave_behind, 0, 0), (forget_ref, 0, 0)],
)
def test_kill_notices_damage(
    sound: kill.Batch,
    tmp_path: Path,
    damage: Callable[[Path, kill.Batch], None],
    lost: int,
    torn: int,
) -> None:
    batch = copy.copy(sound)
    batch.root = shutil.copytree(sound.root, tmp_path / "repo")
    (file,) = (batch.root / ".anchors").glob("*/*/*.yaml")
    damage(file, batch)
    tally = kill.Tally()
    batch.count_into(tally)
    assert (tally.lost, tally.torn) == (lost, torn)
    assert not tally.is_clean
    assert tally.problems


@pytest.fixture
def small_disk(repo: Repo) -> Iterator[Path]:
    """A folder of the worktree that holds 64 KB."""
    folder = repo.root / "logs"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("mount is not permitted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_log(repo: Repo, small_disk: Path) -> None:
    repo.ok("init", "--log", "logs/L.md")
    repo.ok("add", "Small", "-n", "go on")
    before = repo.read("logs/L.md")
    assert "[Small]" in before

    result = repo.anchor("add", "Large", "-c", "long line\n" * 10_000)
    full = f"error: cannot write '{small_disk}/L.md': No space left on device\n"
    (large, small) = repo.json("list")
    assert (large["name"], small["name"]) == ("Large", "Small")
    assert result.status == 1
    assert result.out == f"[main@{large['short_commit']} {large['id']}] Large\n {large['path']}\n"
    done = "; only the log is not written: try 'git anchor render'\n"
    assert result.err == full.replace("\n", done)
    assert repo.read("logs/L.md") == before
    assert os.listdir(small_disk) == ["L.md"]  # noqa: PTH208

    again = repo.anchor("render")
    assert (again.status, again.out, again.err) == (1, "", full)
    assert repo.read("logs/L.md") == before
    assert repo.anchor("render", "--check").status == 1

    (repo.root / large["path"]).unlink()
    assert repo.anchor("render").status == 0
    assert repo.read("logs/L.md") == before
