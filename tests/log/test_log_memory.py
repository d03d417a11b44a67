"""Entries put into the log without rendering the others: the bytes are those of a render, or it renders."""

import random
from pathlib import Path
from typing import Any

import pytest

from gitanchor.log import log_file, splice
from gitanchor.operations import add
from gitanchor.rendering import log_entries
from gitanchor.storage.index.listing import Listing, states_of
from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"


@pytest.fixture
def quick(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with a log in which a render of all would be noticed."""
    for name in ("One", "Two", "Three"):
        repo.ok("add", name, "-c", "x")

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the log was rendered")

    monkeypatch.setattr(log_file.LogFile, "write", refuse)
    return repo


def add_named(repo: Repo, name: str) -> None:
    from gitanchor.cli.editing import from_options

    workspace = repo.workspace()
    assert add.add(workspace, [from_options(name, context="y")], source="cli").warnings == ()


def test_an_added_anchor_is_put_into_the_log_that_a_render_gives(quick: Repo) -> None:
    add_named(quick, "Four")
    quick.ok("render", "--check")
    assert quick.read(LOG).count("<!-- anchor ") == 4
    add_named(quick, "Five")
    quick.ok("render", "--check")


def test_several_and_older_anchors_are_put_at_their_places(repo: Repo) -> None:
    repo.ok("import", str(seed_like(repo)))
    workspace = repo.workspace()
    anchors, whole = list(workspace.listing.anchors), repo.read(LOG).encode()
    chance = random.Random(5)
    for _ in range(200):
        left = set(chance.sample(range(len(anchors)), chance.randint(1, len(anchors) - 1)))
        kept = [stored for at, stored in enumerate(anchors) if at not in left]
        log = workspace.log.rendered(Listing(kept)).encode()
        changed = splice.change(states_of(kept), states_of(anchors), workspace.listing, "")
        assert changed is not None
        assert log.startswith(changed.before)
        assert changed.after + log[len(changed.before) :] == whole
        assert splice.change(states_of(anchors), states_of(kept), Listing(kept), "") is None
        first = splice.change("", states_of(kept), Listing(kept), "")
        assert first == (_above_end(workspace.log.rendered(Listing()).encode()), _above_end(log))
    assert workspace.listing.states() == states_of(anchors)


def _above_end(log: bytes) -> bytes:
    return log.removesuffix(f"\n\n{log_entries.END}\n".encode())


def seed_like(repo: Repo) -> Path:
    """A log of a few anchors of different shapes, some of one minute."""
    entries = [
        f"**{10 + number // 3}:0{number % 3} 03/0{1 + number // 4}/2026**\n\n"
        f"**Resume from anchor:** [Tide_{number}]\n\n**Context:** high at {number}\n\n"
        f"**Next action:** - [ ] read the gauge {number}\n"
        for number in range(9)
    ]
    repo.write("old.md", "\n---\n\n".join(entries))
    return repo.root / "old.md"


@pytest.mark.parametrize("change", ["edit", "rm", "memory", "upgrade"])
def test_whatever_else_has_changed_the_log_is_rendered(
    repo: Repo, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.ok("add", "One", "-c", "x")
    repo.ok("add", "Two", "-c", "x")
    memory = repo.root / ".git/gitanchor/log-shows"
    match change:
        case "edit":
            path = next(path for path in repo.files() if "-one-" in path)
            repo.write(path, repo.read(path).replace("context: x", "context: z"))
        case "rm":
            repo.git("add", ".")  # else the log would have the only copy
            repo.git("commit", "-qm", "Anchors")
            (repo.root / repo.files()[0]).unlink()
        case "memory":
            memory.write_bytes(b"\xff\n" * 4)
        case "upgrade":
            monkeypatch.setattr(log_entries, "fingerprint", lambda: "another")
    add_named(repo, "Three")
    repo.ok("render", "--check")


def test_what_a_hand_wrote_into_the_log_since_is_not_overwritten(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x")
    mine = repo.read(LOG).replace("*On branch", "*on branch")
    repo.write(LOG, mine)
    result = repo.anchor("add", "Two", "-c", "x")
    assert "was changed by hand; take it in with 'git anchor absorb'" in result.err
    assert repo.read(LOG) == mine


def test_an_anchor_without_a_memory_of_the_log_is_added_all_the_same(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x")
    memory = repo.root / ".git/gitanchor/log-shows"
    memory.unlink()
    memory.mkdir()
    repo.ok("add", "Two", "-c", "x")
    repo.ok("render", "--check")


PASTED = """
Resume from anchor: [Pasted]
Context: c
Current milestone: m
Next action: n
Dependencies: none
"""


def test_what_an_editor_saves_right_after_a_write_is_not_taken_for_what_was_written(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember = splice.remember

    def saved(log: Path, *arguments: Any) -> None:
        edited = log.with_name("edited.md")
        edited.write_bytes(log.read_bytes() + PASTED.encode())
        edited.replace(log)
        remember(log, *arguments)

    repo.ok("add", "One", "-c", "x")
    monkeypatch.setattr(splice, "remember", saved)
    repo.ok("add", "Two", "-c", "x")
    monkeypatch.setattr(splice, "remember", remember)
    result = repo.anchor("add", "Three", "-c", "x")
    assert "the log was not regenerated" in result.err
    repo.ok("absorb")
    names = [stored.anchor.name for stored in repo.workspace().listing.anchors]
    assert sorted(names) == ["One", "Pasted", "Three", "Two"]
    repo.ok("render", "--check")


def test_what_an_editor_saves_right_before_a_write_is_not_put_below_new_entries(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = splice.change

    def saved(*arguments: Any) -> splice.Change | None:
        log = repo.root / LOG
        edited = log.with_name("edited.md")
        edited.write_bytes(log.read_bytes() + PASTED.encode())
        edited.replace(log)
        return change(*arguments)

    repo.ok("add", "One", "-c", "x")
    monkeypatch.setattr(splice, "change", saved)
    result = repo.anchor("add", "Two", "-c", "x")
    assert "the log was not regenerated" in result.err
    assert "**[Two]**" not in repo.read(LOG)
    repo.ok("absorb")
    names = [stored.anchor.name for stored in repo.workspace().listing.anchors]
    assert sorted(names) == ["One", "Pasted", "Two"]
