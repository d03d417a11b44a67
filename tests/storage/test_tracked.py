"""What git says of anchor files, instead of a look at each: it never says what is not so."""

import os
import random
import sqlite3
import time
from functools import partial
from unittest.mock import Mock

import pytest

from gitanchor.operations import states
from gitanchor.storage.index import database, index, tracked
from gitanchor.storage.index.cache import UNSETTLED
from gitanchor.storage.index.listing import Listing, WholeListing
from gitanchor.storage.index.standing import Standing, compared, standing
from gitanchor.storage.store import IRREGULAR, AnchorFile, Facts, Store
from tests.repositories import Repo
from tests.variants import first


class Changes:
    """Things that people, editors and git do to anchor files and to git's index, by chance."""

    def __init__(self, repo: Repo, chance: random.Random) -> None:
        self.repo = repo
        self.chance = chance
        self.text = repo.read(repo.files()[0])
        self.made = 0

    def one(self) -> None:
        """Do any of them."""
        deeds = (
            *(self.add, self.remove, self.edit, self.edit, self.restore, self.stage, self.commit),
            *(self.stash, self.go_back, self.add_note, self.hide, self.show, self.wait, self.wait),
            *(self.copy, self.spoil, self.tidy, self.tidy, self.tidy),
        )
        self.chance.choice(deeds)()

    def any_file(self) -> str:
        return self.chance.choice(self.repo.files() or [".anchors/none.yaml"])

    def add(self) -> None:
        self.made += 1
        lines = self.text.splitlines()
        lines[[line.startswith("id: ") for line in lines].index(True)] = f"id: '{self.made:08x}'"
        folder = f".anchors/2026/0{self.chance.randrange(1, 4)}"
        self.repo.write(f"{folder}/20260101T1200-x-{self.made:08x}.yaml", "\n".join(lines) + "\n")

    def remove(self) -> None:
        (self.repo.root / self.any_file()).unlink(missing_ok=True)

    def edit(self) -> None:
        """Change a file in place, and maybe put its time back."""
        path = self.repo.root / self.any_file()
        if not path.exists():
            return
        status, text = path.stat(), path.read_text()
        words = ("source: chat", "source: cli")
        with path.open("w") as file:
            file.write(text.replace(*(words if words[0] in text else words[::-1])))
        if self.chance.randrange(2):
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def copy(self) -> None:
        """Give a file's id to another one, too."""
        path = self.repo.root / self.any_file()
        if path.exists():
            path.with_name("20260101T1300-copy-00000000.yaml").write_text(path.read_text())

    def spoil(self) -> None:
        """Make a file one that is no anchor."""
        path = self.repo.root / self.any_file()
        if path.exists():
            path.write_text("no anchor\n")

    def tidy(self) -> None:
        """Remove such files."""
        for name in self.repo.files():
            path = self.repo.root / name
            if "-copy-" in name or path.read_text() == "no anchor\n":
                path.unlink()

    def restore(self) -> None:
        self.repo.run("git", "checkout", "-q", "--", ".anchors")

    def stage(self) -> None:
        self.repo.run("git", "add", self.any_file())

    def commit(self) -> None:
        self.repo.git("add", "--all")
        self.repo.git("commit", "-q", "--allow-empty", "-m", "All")

    def stash(self) -> None:
        self.repo.run("git", "stash", "-q")

    def go_back(self) -> None:
        self.repo.run("git", "checkout", "-q", "HEAD~1", "--", ".")

    def add_note(self) -> None:
        self.repo.write(".anchors/2026/note.txt", f"{self.made}")

    def hide(self) -> None:
        """Have git not look at a file any more."""
        self.repo.run("git", "update-index", "--assume-unchanged", self.any_file())

    def show(self) -> None:
        names = self.repo.git("ls-files", ".anchors").splitlines()
        self.repo.run("git", "update-index", "--no-assume-unchanged", *names)

    def wait(self) -> None:
        """Let files become old enough to be believed."""
        time.sleep(0.11)


def read_anew(repo: Repo) -> Listing:
    """The anchors as their files say."""
    database = repo.root / ".git/no.sqlite3"
    database.unlink(missing_ok=True)
    return index.load(repo.workspace().store, database)


@pytest.mark.parametrize("seed", first(range(4)))
def test_it_agrees_with_a_look_at_each_file(
    repo: Repo, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_PART", 1 + seed)
    for name in ("One", "Two"):
        repo.ok("add", name, "-c", "x")
    changes = Changes(repo, random.Random(seed))
    changes.commit()
    changes.commit()
    trusted = 0
    for number in range(60):
        changes.one()
        for _ in range(1 + number % 3):
            found, anew = repo.workspace().listing, read_anew(repo)
            assert [item.facts for item in found.anchors] == [item.facts for item in anew.anchors]
            assert found.anchors == anew.anchors
            assert list(map(str, found.problems)) == list(map(str, anew.problems))
            assert found.newest("main", 1) == anew.newest("main", 1)
            assert found.facts("main", 3) == anew.facts("main", 3)
            assert found.states() == anew.states()
            firsts = {item.facts for item in found.first_of_each_branch()}
            assert firsts == {item.facts for item in anew.first_of_each_branch()}
            assert found.with_id("00000002") == anew.with_id("00000002")
            assert found.has_children("00000001") == anew.has_children("00000001")
            assert list(found.in_full(found.newest("main"))) == list(anew.newest("main"))
            wanted = {item.path for item in anew.anchors if item.anchor.source == "chat"}
            assert wanted <= {item.path for item in found.holding(["x"])}
            trusted += isinstance(found, WholeListing)
    assert trusted > 5


@pytest.mark.parametrize("trouble", ["none", "unsettled", "bad", "copy", "misplaced", "no cache"])
def test_many_new_files_are_not_held_at_once(
    repo: Repo, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And are the same anchors, with the same problems, and believed from then on if there are none."""
    repo.ok("add", "One", "-c", "x")
    changes = Changes(repo, random.Random(3))
    for _ in range(7):
        changes.add()
    changes.commit()
    changes.wait()
    match trouble:
        case "unsettled":
            changes.add()
        case "bad":
            repo.write(repo.files()[2], "no anchor\n")
        case "copy":
            changes.copy()
        case "misplaced":
            repo.write(".anchors/20260101T1200-x.yaml", "no anchor\n")
        case "no cache":
            monkeypatch.setattr(index, "_write", Mock(side_effect=database.Unusable))
    wanted = read_anew(repo)
    monkeypatch.setattr(index, "_MOST_HELD", 3)
    monkeypatch.setattr(index, "_PART", 2)
    workspace = repo.workspace()
    workspace.state.index.unlink()
    look = partial(tracked.look, workspace.repository)
    for number in range(2):
        found = index.load(workspace.store, workspace.state.index, None, look)
        assert isinstance(found, WholeListing) == (trouble in {"none", "unsettled"})
        assert found.anchors == wanted.anchors
        assert list(map(str, found.problems)) == list(map(str, wanted.problems))
        if trouble == "none" or (trouble == "unsettled" and number == 1):
            monkeypatch.setattr(Store, "files", None)  # git's word is enough
        changes.wait()


@pytest.mark.parametrize("other", [True, False])
def test_what_changes_after_git_looked_is_seen_by_the_next_one(repo: Repo, other: bool) -> None:
    """Be it that another process has read it by then, or not."""
    repo.ok("add", "One", "-c", "x")
    changes = Changes(repo, random.Random(1))
    changes.commit()
    for _ in range(3):
        changes.wait()
        repo.ok("list")
    workspace = repo.workspace()
    before = set(repo.files())

    state = tracked.look(workspace.repository)  # which was asked before all else was loaded
    changes.add()
    changes.wait()
    if other:
        index.load(repo.workspace().store, workspace.state.index)
        changes.wait()
    index.load(workspace.store, workspace.state.index, None, lambda: state)
    assert [item.facts for item in repo.workspace().recent.anchors] == facts_of(read_anew(repo))
    assert facts_of(repo.workspace().listing) == facts_of(read_anew(repo))
    for path in set(repo.files()) - before:
        (repo.root / path).unlink()
    assert [item.facts for item in repo.workspace().recent.anchors] == facts_of(read_anew(repo))
    assert facts_of(repo.workspace().listing) == facts_of(read_anew(repo))


def test_states_take_a_few_looks_into_the_cache_however_many_are_done(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        repo.ok("add", f"Number_{number}", "-c", "x")
        repo.ok("done", "@", "-m", "well")
    Changes(repo, random.Random(1)).commit()
    time.sleep(0.15)
    repo.ok("list")
    workspace = repo.workspace()
    listing = workspace.listing
    assert isinstance(listing, WholeListing)
    looks = Mock(side_effect=sqlite3.connect)
    monkeypatch.setattr(sqlite3, "connect", looks)
    found = states.states_of(workspace, listing)
    assert looks.call_count == 2
    assert [found.of(stored.anchor) for stored in listing.in_full(listing.newest())] == ["done"] * 6


def facts_of(listing: Listing) -> list[Facts]:
    return [item.facts for item in listing.anchors]


def test_a_link_in_the_way_is_seen_whatever_is_cached(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x")
    repo.git("add", "--all")
    repo.git("commit", "-qm", "One")
    time.sleep(0.15)
    for _ in range(3):
        repo.ok("list")
    assert isinstance(repo.workspace().listing, WholeListing)
    (repo.root / ".anchors/2019").symlink_to("2026")
    result = repo.anchor("list")
    assert (result.status, "is a symbolic link" in result.err) == (2, True)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("row", "file", "expected"),
    [
        ("1:2:3:4", "1:2:3:4", Standing.SAME),
        ("1:2:3:4", "1:2:3:5", Standing.CHANGED),
        ("1:2:3:4", IRREGULAR, Standing.CHANGED),
        (UNSETTLED, "1:2:3:4", Standing.UNSETTLED),
        (None, "1:2:3:4", Standing.NEW),
        (None, IRREGULAR, Standing.NEW),
        ("1:2:3:4", None, Standing.GONE),
        (UNSETTLED, None, Standing.GONE),
        (None, None, Standing.ABSENT),
    ],
)
def test_a_row_is_believed_only_of_the_file_that_was_read(
    row: str | None, file: str | None, expected: Standing
) -> None:
    found = standing(row, file)
    assert (found, found.is_believed) == (expected, row == file)


@pytest.mark.unit
def test_each_file_and_each_row_is_compared() -> None:
    files = [AnchorFile(path, "new", 0) for path in ("a", "b", "c", "d")]
    found = compared(files, {"a": "new", "b": "old", "c": UNSETTLED, "e": "new"})
    assert (found.believed, found.to_read, found.gone) == (["a"], files[1:], {"e"})
