"""Random operations on clones: a short run of tests/faults/operations.py, and what it would notice."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import operations
from tests.faults.expected import LOG
from tests.faults.operations import Operations

pytestmark = pytest.mark.timeout(300)  # a busy machine takes long for so many processes


@pytest.fixture(autouse=True)
def clones_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the clones, and what they are copied from, in the folder of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def play() -> Iterator[Operations]:
    """Three worktrees in which nothing has happened yet."""
    made = Operations()
    made.begin(careful=True)
    yield made
    made.teardown()


def check(play: Operations) -> None:
    play.nothing_is_lost()
    play.all_is_well()


@pytest.mark.slow
def test_nothing_is_lost_whatever_people_do() -> None:
    operations.play(examples=2, steps=15, number=None)


def test_a_lost_anchor_would_be_noticed(play: Operations) -> None:
    tree = play.trees[0]
    before = tree.read(LOG)
    play.add(0)
    check(play)
    (tree.root / tree.files()[-1]).unlink()
    tree.write(LOG, before)  # no command takes the entry out, as there is no file for it
    play.at(0, "fetch")
    check(play)  # it is in the journal
    for kept in (tree.git_dir / "gitanchor/journal").iterdir():
        kept.unlink()
    play.at(0, "fetch")
    with pytest.raises(AssertionError, match="word2z"):
        play.nothing_is_lost()


def test_a_stale_log_would_be_noticed(play: Operations) -> None:
    before = play.trees[0].read(LOG)
    play.add(0)
    play.trees[0].write(LOG, before)
    with pytest.raises(AssertionError, match="word2z"):
        play.all_is_well()


def test_a_conflict_without_a_reason_would_be_noticed(play: Operations) -> None:
    for number in (0, 1):
        play.add(number)
        play.commit(number, "-A", 1, amend=False)
    check(play)
    play.trees[0].git("config", "--remove-section", "merge.gitanchor")
    with pytest.raises(AssertionError, match=LOG):
        play.merge(0, 0, (), "ours")


def test_a_merge_that_drops_a_change_would_be_noticed(play: Operations) -> None:
    for number, option in ((0, "-c"), (1, "-n")):
        play.edit(number, 0, option)
        play.commit(number, "-A", 1, amend=False)
    check(play)
    play.trees[0].git("config", "merge.gitanchor.driver", "true")  # takes ours
    with pytest.raises(AssertionError, match="next_action"):
        play.merge(0, 0, (), "ours")


def test_a_surprising_file_would_be_noticed(play: Operations) -> None:
    play.trees[1].write(".anchors/left.tmp", "x")
    with pytest.raises(AssertionError, match=r"left\.tmp"):
        play.all_is_well()
