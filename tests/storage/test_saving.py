"""An editor that saves the log in the moment in which it is written: what it saved is never lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gitanchor.log.page_files import PageFiles
from gitanchor.storage import atomic
from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"
PASTED = "Resume from anchor: [Pasted]\nContext: p\nNext action: q\n"

Save = Callable[[Path, str], None]


def in_place(log: Path, text: str) -> None:
    log.write_text(text)


def by_a_rename(log: Path, text: str) -> None:
    new = log.with_name("log.swp")
    new.write_text(text)
    new.rename(log)


def once(save: Save, log: Path, text: str) -> Callable[[], None]:
    """What saves a text when it is called for the first time."""
    left = [text]
    return lambda: save(log, left.pop()) if left else None


def before(monkeypatch: pytest.MonkeyPatch, save: Callable[[], None]) -> None:
    """Save right before the log is replaced."""
    replace = PageFiles._replace

    def late(*arguments: Any) -> None:
        save()
        replace(*arguments)

    monkeypatch.setattr(PageFiles, "_replace", late)


def within(monkeypatch: pytest.MonkeyPatch, save: Callable[[], None]) -> None:
    """Save after the last look at the log, in the moment in which it is replaced."""
    exchange = atomic._exchange

    def late(one: Path, other: Path) -> bool:
        save()
        return exchange(one, other)

    monkeypatch.setattr(atomic, "_exchange", late)


def without_exchange(monkeypatch: pytest.MonkeyPatch, save: Callable[[], None]) -> None:
    """The same where the system has only renames."""
    replace = Path.replace

    def late(path: Path, target: Path) -> Path:
        if target.name == LOG and path.suffix == ".tmp":
            save()
        return replace(path, target)

    monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "replace", late)


WRITERS = {
    "add": ("add", "Two", "-c", "c"),
    "edit": ("edit", "One", "-c", "changed"),
    "done": ("done", "One"),
    "rm": ("rm", "One"),
    "render": ("render",),
    "absorb": ("absorb",),
}


@pytest.fixture
def one(repo: Repo) -> Repo:
    """A repository with an anchor, and without hooks."""
    return repo.once(made_one)


def made_one(repo: Repo) -> None:
    repo.ok("init", "--no-hooks")
    repo.ok("add", "One", "-c", "ctx", "-n", "next")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")


@pytest.mark.diagonal
@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("save", [in_place, by_a_rename])
@pytest.mark.parametrize("moment", [before, within])
def test_what_an_editor_saves_meanwhile_stays_in_the_log(
    one: Repo,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    save: Save,
    moment: Callable[[pytest.MonkeyPatch, Callable[[], None]], None],
) -> None:
    log = one.root / LOG
    stale = one.read(LOG)
    if command == ("render",):
        (path,) = one.files()
        one.write(path, one.read(path).replace("ctx", "by hand"))
    elif command == ("absorb",):
        stale = stale.replace("ctx", "by hand")
        one.write(LOG, stale)
    saved = stale.replace("\n<!-- anchor ", f"\n{PASTED}\n<!-- anchor ", 1)
    with monkeypatch.context() as patch:
        moment(patch, once(save, log, saved))
        result = one.anchor(*command)
    assert one.read(LOG) == saved
    line = saved.split("\n").index("Resume from anchor: [Pasted]") + 1
    told = f"{LOG}:{line}: text was added by hand; take it in with 'git anchor absorb'"
    if command == ("render",):
        assert (result.status, result.err) == (2, f"error: {told}\n")
    else:
        undo = 'hint: Use "git anchor undo" to bring it back.\n' if command[0] == "rm" else ""
        warning = f"warning: the log was not regenerated: {told}\n"
        assert (result.status, result.err) == (0, undo + warning)
    kept = list((one.root / ".git/gitanchor/journal").glob(f"*-replace-{LOG}"))
    assert len(kept) == (moment is within)
    assert all(file.read_text() == f"# replace {LOG}\n{saved}" for file in kept)
    one.ok("absorb")
    assert "Pasted" in [anchor["name"] for anchor in one.json("list")]
    one.ok("render", "--check")


@pytest.mark.parametrize("command", [WRITERS["add"], WRITERS["edit"]], ids=["add", "edit"])
def test_a_save_in_place_stays_where_files_cannot_be_exchanged(
    one: Repo, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    saved = one.read(LOG).replace("\n<!-- anchor ", f"\n{PASTED}\n<!-- anchor ", 1)
    with monkeypatch.context() as patch:
        without_exchange(patch, once(in_place, one.root / LOG, saved))
        assert one.anchor(*command).status == 0
    assert one.read(LOG) == saved


def test_a_log_that_is_saved_again_and_again_is_left_alone(
    one: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = one.files()
    one.write(path, one.read(path).replace("ctx", "by hand"))
    log = one.root / LOG
    with monkeypatch.context() as patch:
        before(patch, lambda: by_a_rename(log, one.read(LOG).replace("**Context:**", "**Context:** ")))
        patch.setattr("gitanchor.log.foreign_text.hand_work", lambda *_: [])
        result = one.anchor("render")
    told = f"error: '{LOG}' was saved by another program meanwhile; try again\n"
    assert (result.status, result.out, result.err) == (5, "", told)


def test_a_log_that_an_editor_has_just_emptied_is_waited_for(
    one: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = f"{one.read(LOG)}\nNew words.\n"
    one.write(LOG, "")
    monkeypatch.setattr("gitanchor.log.page_files._WRITING_SECONDS", 60)
    monkeypatch.setattr("gitanchor.log.page_files.time.sleep", lambda _: one.write(LOG, full))
    result = one.anchor("add", "Two", "-c", "c")
    line = full.split("\n").index("New words.") + 1
    told = f"{LOG}:{line}: text was added by hand; take it in with 'git anchor absorb'"
    assert result.err == f"warning: the log was not regenerated: {told}\n"
    assert one.read(LOG) == full
