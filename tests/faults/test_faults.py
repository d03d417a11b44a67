"""Kills, interrupts, full disks and many at once: short runs of tests/faults, and what they would notice."""

import copy
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults import adds, crowd, editors, full_disk, interrupts, kill, renames, saves
from tests.faults.place import Place
from tests.faults.script import NotHere
from tests.repositories import Repo

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL and mount")


@pytest.mark.slow
def test_kills_lose_and_tear_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status = kill.main(["--kills", "12"])
    report = capsys.readouterr().out
    assert status == 0, report
    lines = dict(line.split(": ", 1) for line in report.splitlines())
    assert int(lines["kills before the acknowledgement"].split(" ")[0]) >= 12
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


@pytest.mark.slow
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
    try:
        with full_disk.small_disk(folder):
            yield folder
    except NotHere as reason:
        pytest.skip(str(reason))


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


def report_of(
    main: Callable[[Sequence[str]], int], capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, str]:
    """What a run that finds nothing wrong reports, by what stands before the colon."""
    status = main(options)
    report = capsys.readouterr().out
    assert status == 0, report
    return dict(line.split(": ", 1) for line in report.splitlines())


@pytest.mark.slow
def test_full_disks_lose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    found = report_of(full_disk.main, capsys, "--rounds", "1")
    if "skipped" in found:
        pytest.skip(found["skipped"])
    assert (found["lost"], found["other problems"]) == ("0", "0")
    assert int(found["commands that a full disk refused"]) >= 12


@pytest.mark.slow
def test_many_adds_at_once_are_all_there(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--processes", "8", "--adds", "2", "--linked", "1", "--present", "20")
    found = report_of(adds.main, capsys, *options)
    assert (found["adds"], found["anchors"], found["other problems"]) == ("16", "56, lost: 0", "0")
    assert found["done"].endswith("other: 0")


@pytest.mark.slow
def test_many_adds_notice_what_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "adds"
    folder.mkdir()
    place = Place(folder)
    writer = adds.Writer(place, 0, 1)
    writer.write(2)
    tally = adds.Tally()
    adds.count(place, place.root, [writer], tally)
    assert (tally.is_clean, tally.anchors, list(place.troubles())) == (True, 2, [])
    place.files()[0].unlink()
    adds.count(place, place.root, [writer], tally)
    assert (tally.is_clean, tally.lost) == (False, 1)
    (place.root / ".git/gitanchor/tmp/half").write_text("x")
    left, stale = [trouble.split(": ")[:2] for trouble in place.troubles()][:2]
    assert left == ["left behind", str(place.root / ".git/gitanchor/tmp/half")]
    assert stale == ["repo", "render --check"]


@pytest.mark.slow
def test_of_several_editors_one_wins_and_no_text_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    found = report_of(editors.main, capsys, "--rounds", "1")
    assert (found["lost texts"], found["other problems"]) == ("0", "0")
    overtaken, _, kept = found["edits that were overtaken"].partition(", kept and recovered: ")
    assert overtaken == kept
    assert int(kept) >= editors.AT_ONCE - 1


@pytest.mark.slow
def test_saves_of_the_log_while_it_is_written_lose_and_double_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = report_of(saves.main, capsys, "--rounds", "5")
    assert found["pasted answers that were lost"] == "0"
    assert found["pasted answers that were doubled"] == "0"
    assert found["other problems"] == "0"


@pytest.mark.slow
def test_failing_renames_lose_double_and_tear_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    found = report_of(renames.main, capsys, "--faults", "4", "--seed", "1")
    if found:  # needs Linux and a C compiler
        assert found["lost"] == "0, twice: 0, torn: 0"
        assert found["other problems"] == "0"


@pytest.mark.slow
def test_interrupts_tear_nothing_and_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    found = report_of(interrupts.main, capsys, "--signals", "20")
    assert (found["tracebacks"], found["lost"], found["other problems"]) == ("0", "0, torn: 0", "0")
    assert int(found["interrupted, with status 130 and one line"]) > 0


@pytest.mark.slow
def test_a_crowd_of_writers_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "crowd"
    folder.mkdir()
    tally = crowd.run(3, folder, seed=1, crowd=6)
    assert tally.is_clean, tally.report()
    assert tally.statuses.total() > 0
