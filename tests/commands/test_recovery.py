"""Lost anchors: what the journal keeps, recover, rm, undo and gc, with real git."""

import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from tests.faults import lost
from tests.repositories import Repo, Result, make_repository

LOG = "GPT_Anchors_Log.md"
REMOVED_HINT = 'hint: Use "git anchor undo" to bring it back.\n'


def journal(repo: Repo) -> list[str]:
    """The files of the journal, in their order."""
    return sorted(file.name for file in (repo.root / ".git/gitanchor/journal").iterdir())


def actions(repo: Repo) -> list[str]:
    """What the journal says was done, in its order."""
    return [name.split("-")[1] for name in journal(repo)]


def shown(repo: Repo, selector: str = "@") -> tuple[str, str, str]:
    """The id of an anchor, its line in `list` (without a wider column), and its line in `add`."""
    anchor = repo.json("show", selector)
    place = f"{anchor['branch']}@{anchor['short_commit']}"
    day = f"{anchor['created'][:10]} {anchor['created'][11:16]}"
    line = f"{anchor['id']} {day} {place} {anchor['name']}"
    return anchor["id"], line, f"[{place} {anchor['id']}] {anchor['name']}\n {anchor['path']}\n"


def age(repo: Repo, days: int, pattern: str = "*") -> None:
    """Make entries of the journal older, in their names, which is what counts."""
    stamp = "%Y%m%dT%H%M%S.%fZ"
    for file in sorted((repo.root / ".git/gitanchor/journal").glob(pattern)):
        moment, rest = file.name.split("-", 1)
        older = datetime.strptime(moment, stamp) - timedelta(days=days)
        file.rename(file.with_name(f"{older:{stamp}}-{rest}"))


def refs(repo: Repo) -> list[str]:
    return repo.git("for-each-ref", "--format=%(refname:short)", "refs/anchors").split()


@pytest.fixture
def one(repo: Repo) -> Repo:
    """A repository with one anchor, which is not committed."""
    return repo.once(made_one)


def made_one(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "before", "-n", "go")


# What the journal keeps ------------------------------------------------------------------------


def test_an_edit_leaves_what_was_there_and_what_is_there_in_the_journal(one: Repo) -> None:
    (path,) = one.files()
    before = one.read(path)
    one.ok("edit", "-c", "after")
    assert actions(one) == ["add", "after", "edit"]
    _, after, edit = journal(one)
    assert after.replace("-after-", "-edit-") == edit
    folder = ".git/gitanchor/journal/"
    assert one.read(folder + edit) == f"# edit {path}\n{before}"
    assert one.read(folder + after) == f"# after {path}\n{one.read(path)}"


def test_nothing_is_journalled_for_an_edit_that_cannot_be_made(one: Repo) -> None:
    (path,) = one.files()
    flow = path.replace("one", "flow")
    one.write(
        flow, "{schema: 1, id: 12345678, name: F, created: 2026-04-01T00:00:00Z, author: A}\n...\n"
    )
    assert one.anchor("edit", "12345678", "-c", "y").status == 3
    assert actions(one) == ["add"]


@pytest.mark.parametrize("newest", ["known", "torn", "gone"])
def test_moments_are_a_sequence_though_the_clock_stands_still_or_was_put_back(
    one: Repo, monkeypatch: pytest.MonkeyPatch, newest: str
) -> None:
    class Still(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Still":
            return cls(2026, 3, 1, tzinfo=UTC)

    monkeypatch.setattr("gitanchor.storage.journal.datetime", Still)
    (first,) = journal(one)
    folder = one.root / ".git/gitanchor/journal"
    (folder / first).rename(folder / "20260501T000000.000000Z-add-x.yaml")
    last = one.root / ".git/gitanchor/journal.last"
    last.write_text({"known": "20260501T000000.000000Z\n"}.get(newest, "2026"))
    if newest == "gone":
        last.unlink()
    state = one.workspace().state
    kept = [state.journal("paste", name, b"x") for name in ("answer.md", "answer.md", "other.md")]
    assert [path.name for path in kept] == [
        "20260501T000000.000001Z-paste-answer.md",
        "20260501T000000.000002Z-paste-answer.md",
        "20260501T000000.000003Z-paste-other.md",
    ]


def test_an_anchor_with_paste_in_its_name_is_no_pasted_text(repo: Repo) -> None:
    repo.ok("add", "Copy-paste-fix", "-c", "x")
    assert repo.ok("recover") == ""


# recover ---------------------------------------------------------------------------------------


def clean(repo: Repo) -> None:
    repo.git("clean", "-fd")


def clean_all(repo: Repo) -> None:
    repo.git("clean", "-fdx")


def stage_and_reset(repo: Repo) -> None:
    repo.git("add", ".")
    repo.git("reset", "--hard", "-q")


def stash_and_drop(repo: Repo) -> None:
    repo.git("stash", "-u", "-q")
    repo.git("stash", "drop", "-q")


def remove_folder(repo: Repo) -> None:
    repo.run("rm", "-r", ".anchors", check=True)


def delete_branch(repo: Repo) -> None:
    repo.git("switch", "-qc", "only")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Anchor")
    repo.git("switch", "-q", "main")
    repo.git("branch", "-qD", "only")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")


@pytest.mark.parametrize(
    "lose", [clean, clean_all, stage_and_reset, stash_and_drop, remove_folder, delete_branch]
)
def test_a_lost_anchor_is_listed_and_restored_byte_for_byte(
    one: Repo, lose: Callable[[Repo], None]
) -> None:
    (path,) = one.files()
    text = one.read(path)
    anchor_id, line, written = shown(one)
    lose(one)
    assert one.files() == []
    assert one.ok("recover") == f"{line}\n"
    assert one.ok("recover", "--list") == f"{line}\n"
    assert one.anchor("recover", anchor_id[:4]) == Result(0, written, "")
    assert (one.files(), one.read(path)) == ([path], text)
    assert "before" in one.read(LOG)
    one.ok("render", "--check")
    assert refs(one) == [f"anchors/{anchor_id}"]
    assert one.ok("recover") == ""
    result = one.anchor("recover", anchor_id)
    assert result == Result(1, "", f"error: {anchor_id} One is not lost; it is '{path}'\n")


def test_all_brings_back_everything_but_what_was_removed(one: Repo) -> None:
    first = shown(one)
    one.ok("add", "Two", "-c", "b")
    second = shown(one)
    one.ok("add", "Three", "-c", "c")
    third = shown(one)
    assert one.anchor("rm").status == 0
    texts = {path: one.read(path) for path in one.files()}
    assert len(texts) == 2
    clean(one)
    listed = one.ok("recover").splitlines()
    assert listed == [f"{third[1]} (removed)", second[1], first[1]]
    assert one.ok("recover", "--all") == second[2] + first[2]
    assert {path: one.read(path) for path in one.files()} == texts
    assert one.ok("recover") == f"{third[1]} (removed)\n"
    assert one.anchor("recover", "--all") == Result(0, "", "no anchor is lost\n")
    assert one.ok("recover", third[0]) == third[2]
    assert one.ok("recover") == ""


def test_several_ids_are_all_restored_or_none(one: Repo) -> None:
    one.ok("add", "Two", "-c", "b")
    two, one_id = (anchor["id"] for anchor in one.json("list"))
    clean(one)
    assert one.anchor("recover", two, "nothing") == Result(
        1, "", "error: 'nothing' names no text in the journal; see 'git anchor recover --list'\n"
    )
    assert one.files() == []
    assert one.anchor("recover", "").err == (
        "error: an empty ID names nothing; see 'git anchor recover --list'\n"
    )
    assert one.anchor("recover", "--all", two) == Result(2, "", "error: give either --all or ids\n")
    assert one.anchor("recover", two, one_id, two).status == 0
    assert len(one.files()) == 2


def test_the_newest_version_comes_back_after_a_hard_reset(one: Repo) -> None:
    one.git("add", ".")
    one.git("commit", "-qm", "Anchor")
    (path,) = one.files()
    anchor_id, line, written = shown(one)
    one.ok("edit", "-c", "second")
    one.ok("edit", "-c", "third")
    newest = one.read(path)
    assert one.ok("recover") == ""
    one.git("reset", "-q", "--hard")
    assert "before" in one.read(path)
    assert one.ok("recover") == f"{line}\n"
    assert one.ok("recover", anchor_id) == written
    assert one.read(path) == newest
    one.ok("render", "--check")


def test_what_a_hand_changed_since_is_not_overwritten(one: Repo) -> None:
    one.git("add", ".")
    one.git("commit", "-qm", "Anchor")
    (path,) = one.files()
    one.ok("edit", "-c", "by the tool")
    one.write(path, one.read(path).replace("by the tool", "by hand"))
    one.git("commit", "-qam", "By hand")
    assert one.ok("recover") == ""
    one.ok("edit", "-n", "on")
    assert one.ok("recover") == ""
    one.git("switch", "-q", "--discard-changes", "--orphan", "other")
    assert one.files() == []
    line = one.ok("recover")
    assert line.endswith(" One\n")  # 'go on' was not committed
    one.ok("recover", "--all")
    assert "by hand" in one.read(path)


def test_an_anchor_on_another_branch_in_another_worktree_or_index_is_not_lost(
    one: Repo, tmp_path: Path
) -> None:
    one.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = Repo(tmp_path / "side")
    side.ok("add", "Side", "-c", "x")
    (path,) = side.files()
    text = side.read(path)
    anchor_id, line, written = shown(side)
    assert one.ok("recover") == ""
    side.git("add", ".")
    (side.root / path).unlink()
    assert one.ok("recover") == ""
    side.git("commit", "-qm", "Anchor")
    side.git("switch", "-q", "--detach", "main")
    assert one.ok("recover") == side.ok("recover") == ""
    side.git("branch", "-qD", "side")
    assert one.ok("recover") == f"{line}\n"
    one.git("worktree", "remove", "--force", str(side.root))
    one.git("update-ref", "-d", f"refs/anchors/{anchor_id}")
    assert one.ok("recover", "--all") == written
    assert one.read(path) == text
    assert f"anchors/{anchor_id}" in refs(one)


def test_an_anchor_of_a_remote_branch_is_not_lost(one: Repo, tmp_path: Path) -> None:
    one.git("add", ".")
    one.git("commit", "-qm", "Anchor")
    make_repository(tmp_path / "bare", "--bare")
    one.git("remote", "add", "origin", str(tmp_path / "bare"))
    one.git("push", "-q", "origin", "main")
    one.git("reset", "-q", "--hard", "HEAD~1")
    assert one.ok("recover") == ""
    one.git("update-ref", "-d", "refs/remotes/origin/main")
    assert one.ok("recover").endswith(" One\n")


def test_what_a_commit_removed_is_marked(one: Repo) -> None:
    anchor_id, line, written = shown(one)
    one.git("add", ".")
    one.git("commit", "-qm", "Anchor")
    one.git("rm", "-rq", ".anchors")
    one.git("commit", "-qm", "No anchor")
    assert one.ok("recover") == f"{line} (removed)\n"
    assert one.ok("recover", anchor_id) == written


def test_a_version_that_a_commit_replaced_is_not_lost(one: Repo) -> None:
    (path,) = one.files()
    one.ok("edit", "-c", "second")
    one.git("add", ".")
    one.git("commit", "-qm", "Second")
    one.write(path, one.read(path).replace("second", "before"))
    one.git("commit", "-qam", "First again")
    assert one.ok("recover") == ""


def test_an_older_journal_without_what_came_after_is_read(one: Repo) -> None:
    (path,) = one.files()
    text = one.read(path)
    one.ok("edit", "-c", "second")
    for file in (one.root / ".git/gitanchor/journal").glob("*-after-*"):
        file.unlink()
    assert one.ok("recover") == ""
    clean(one)
    one.ok("recover", "--all")
    assert one.read(path) == text


def test_a_commit_that_is_gone_does_not_keep_its_anchor_away(one: Repo) -> None:
    one.git("switch", "-qc", "gone")
    one.commit("Work")
    one.ok("add", "On_gone", "-c", "x")
    gone = one.json("show")
    one.git("clean", "-fdq")
    one.git("switch", "-q", "main")
    one.git("branch", "-qD", "gone")
    one.git("update-ref", "-d", f"refs/anchors/{gone['id']}")
    one.git("reflog", "expire", "--expire=now", "--all")
    one.git("gc", "-q", "--prune=now")
    assert one.anchor("recover", gone["id"]).err == ""
    assert one.read(gone["path"])
    assert f"anchors/{gone['id']}" not in refs(one)


def test_an_anchor_that_a_hand_moved_is_not_lost(one: Repo) -> None:
    (path,) = one.files()
    moved = path.replace("-one-", "-uno-")
    one.write(moved, one.read(path).replace("before", "changed"))
    (one.root / path).unlink()
    assert one.ok("recover") == ""


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_each_object_format(tmp_path: Path, form: str) -> None:
    repo = make_repository(tmp_path / "repo", f"--object-format={form}")
    repo.ok("add", "Unborn", "-c", "x")
    (path,) = repo.files()
    text = repo.read(path)
    clean(repo)
    assert repo.ok("recover").endswith(" main Unborn\n")
    repo.ok("recover", "--all")
    assert repo.read(path) == text
    repo.git("add", ".")
    repo.git("commit", "-qm", "Anchor")
    repo.run("rm", "-r", ".anchors", check=True)
    assert repo.ok("recover") == ""


def test_an_edit_that_was_cut_off_before_its_file_was_written_is_offered(
    one: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = one.files()

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gitanchor.storage.writer.Writer._put", killed)
    monkeypatch.setattr("gitanchor.storage.store.Store.add", killed)
    assert one.anchor("edit", "-c", "typed").status == 130
    assert one.anchor("add", "Two", "-c", "typed, too").status == 130
    monkeypatch.undo()
    assert "before" in one.read(path)
    assert [line.split()[-1] for line in one.ok("recover").splitlines()] == ["Two", "One"]
    one.ok("recover", "--all")
    assert [anchor["context"] for anchor in one.json("list")] == ["typed, too", "typed"]


def test_a_partial_clone_is_asked_offline(one: Repo, tmp_path: Path) -> None:
    one.git("add", ".")
    one.git("commit", "-qm", "Anchor")
    one.git("config", "uploadpack.allowFilter", "true")
    source, target = f"file://{one.root}", str(tmp_path / "clone")
    one.git("clone", "-q", "--no-checkout", "--filter=blob:none", source, target)
    clone = Repo(tmp_path / "clone")
    one.root.rename(tmp_path / "away")
    clone.ok("add", "Two", "-c", "x")
    assert clone.ok("recover") == ""
    clean(clone)
    age(clone, 91)
    assert clone.ok("gc").startswith("Removed 0 of 1 journal entries\nRemoved 0 refs\n")
    clone.ok("recover", "--all")
    assert len(clone.files()) == 1


def test_a_bare_repository_with_worktrees(repo: Repo, tmp_path: Path) -> None:
    bare = make_repository(tmp_path / "bare", "--bare")
    bare.git("fetch", "-q", str(repo.root), "main:main")
    bare.git("worktree", "add", "-q", str(tmp_path / "tree"), "main")
    tree = Repo(tmp_path / "tree")
    tree.ok("add", "One", "-c", "x")
    assert tree.ok("recover") == ""
    tree.git("clean", "-fdq")
    tree.ok("recover", "--all")
    assert len(tree.files()) == 1


def test_a_link_does_not_lead_a_restored_anchor_away(one: Repo, tmp_path: Path) -> None:
    remove_folder(one)
    (tmp_path / "elsewhere").mkdir()
    (one.root / ".anchors").symlink_to(tmp_path / "elsewhere")
    result = one.anchor("recover", "--all")
    assert result == Result(
        2,
        "",
        f"error: '.anchors' is a symbolic link to '{tmp_path}/elsewhere'; replace it by what it"
        " leads to\n",
    )
    assert list((tmp_path / "elsewhere").iterdir()) == []


# rm --------------------------------------------------------------------------------------------


def test_rm_removes_the_file_and_the_entry_but_not_the_ref(one: Repo) -> None:
    (path,) = one.files()
    one.git("add", ".")
    anchor_id, line, _ = shown(one)
    assert one.anchor("rm", "One") == Result(0, f"rm '{path}'\n", REMOVED_HINT)
    assert one.files() == []
    assert anchor_id not in one.read(LOG)
    one.ok("render", "--check")
    assert refs(one) == [f"anchors/{anchor_id}"]
    assert one.git("ls-files", ".anchors") == path  # as with rm, nothing is staged
    assert actions(one) == ["add", "delete"]
    assert one.ok("recover") == ""  # the index has it
    one.git("reset", "-q")
    assert one.ok("recover") == f"{line} (removed)\n"
    assert one.anchor("rm", "One") == Result(
        1, "", "error: no anchor matches 'One'; see 'git anchor list'\n"
    )


def test_rm_says_where_the_log_was_left_alone(one: Repo) -> None:
    one.write(LOG, one.read(LOG) + "By hand.\n")
    result = one.anchor("rm")
    assert (result.status, result.err.split(": ", 3)[:3]) == (
        0,
        ["hint", 'Use "git anchor undo" to bring it back.\nwarning', "the log was not regenerated"],
    )


# undo ------------------------------------------------------------------------------------------


def test_undo_of_an_edit_and_undo_of_that(one: Repo) -> None:
    (path,) = one.files()
    before = one.read(path)
    anchor_id = shown(one)[0]
    one.ok("edit", "-c", "after")
    after = one.read(path)
    assert one.anchor("undo") == Result(0, f"undid edit of One ({anchor_id})\n", "")
    assert one.read(path) == before
    assert "after" not in one.read(LOG)
    assert one.anchor("undo") == Result(0, f"redid edit of One ({anchor_id})\n", "")
    assert one.read(path) == after
    assert "after" in one.read(LOG)
    assert one.ok("undo") == f"undid edit of One ({anchor_id})\n"
    assert one.read(path) == before
    one.ok("render", "--check")
    assert one.ok("recover") == ""


def test_undo_of_an_edit_of_the_name_says_the_name_that_it_has_again(
    one: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = one.write(".git/editor", '#!/bin/sh\nsed -i "s/One/Uno/" "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(editor))
    one.ok("edit")
    anchor_id = shown(one)[0]
    assert one.ok("undo") == f"undid edit of One ({anchor_id})\n"


def test_undo_of_done(one: Repo) -> None:
    (path,) = one.files()
    text = one.read(path)
    anchor_id = shown(one)[0]
    one.ok("done", "One", "-m", "It rings.")
    assert one.json("show", "One")["status"] == "done"
    assert one.anchor("undo") == Result(0, f"undid done of One ({anchor_id})\n", "")
    assert one.read(path) == text


def test_undo_of_rm_and_undo_of_that(one: Repo) -> None:
    (path,) = one.files()
    text = one.read(path)
    anchor_id = shown(one)[0]
    one.ok("rm")
    one.git("update-ref", "-d", f"refs/anchors/{anchor_id}")
    assert one.anchor("undo") == Result(0, f"undid rm of One ({anchor_id})\n", "")
    assert one.read(path) == text
    assert refs(one) == [f"anchors/{anchor_id}"]
    one.ok("render", "--check")
    assert one.ok("undo") == f"redid rm of One ({anchor_id})\n"
    assert one.files() == []
    one.ok("render", "--check")
    assert one.ok("recover").endswith(" One (removed)\n")


def test_undo_changes_nothing_that_was_changed_since(one: Repo) -> None:
    (path,) = one.files()
    assert one.anchor("undo") == Result(
        1, "", "error: there is no edit, rm or done to undo in this worktree\n"
    )
    one.ok("edit", "-c", "after")
    text = one.read(path).replace("after", "by hand")
    one.write(path, text)
    kept = journal(one)
    error = f"error: '{path}' was changed after the edit; nothing was undone\n"
    assert one.anchor("undo") == Result(1, "", error)
    assert (one.read(path), journal(one)) == (text, kept)
    (one.root / path).unlink()
    assert one.anchor("undo") == Result(1, "", error)
    one.ok("recover", "--all")
    assert "after" in one.read(path)
    one.ok("undo")
    one.write(path, text)
    assert one.anchor("undo") == Result(
        1, "", f"error: '{path}' was changed after the edit was undone; it was not done again\n"
    )


def test_undo_belongs_to_a_worktree(one: Repo, tmp_path: Path) -> None:
    one.ok("edit", "-c", "after")
    one.git("worktree", "add", "-q", str(tmp_path / "side"))
    assert Repo(tmp_path / "side").anchor("undo") == Result(
        1, "", "error: there is no edit, rm or done to undo in this worktree\n"
    )


def test_undo_without_the_journal_or_with_a_damaged_note_of_it(one: Repo) -> None:
    one.ok("edit", "-c", "after")
    (kept,) = (one.root / ".git/gitanchor/journal").glob("*-edit-*")
    kept.unlink()
    assert one.anchor("undo") == Result(
        1, "", f"error: the journal has no '{kept.name}' any more; nothing was undone\n"
    )
    for damaged in ("", "{}", "[1]", "nonsense"):
        one.write(".git/gitanchor/undo", damaged)
        assert one.anchor("undo").err == "error: there is no edit, rm or done to undo in this worktree\n"


def test_what_absorb_and_import_change_is_not_undone(one: Repo) -> None:
    (path,) = one.files()
    one.ok("edit", "-n", "by edit")
    before = one.read(path)
    one.write(LOG, one.read(LOG).replace("before", "by hand"))
    one.ok("absorb")
    assert "by hand" in one.read(path)
    assert one.anchor("undo").err == f"error: '{path}' was changed after the edit; nothing was undone\n"
    assert before in [
        file.read_text().partition("\n")[2]
        for file in (one.root / ".git/gitanchor/journal").glob("*-edit-*")
    ]


# gc --------------------------------------------------------------------------------------------


def test_gc_keeps_what_is_young_or_nowhere_else(one: Repo) -> None:
    assert one.ok("gc") == "Removed 0 of 1 journal entries\nRemoved 0 refs\nRemoved 0 temporary files\n"
    age(one, 89)
    assert one.ok("gc").startswith("Removed 0 of 1 journal entries\n")
    age(one, 400)
    clean(one)
    assert one.ok("gc") == "Removed 0 of 1 journal entries\nRemoved 0 refs\nRemoved 0 temporary files\n"
    one.ok("recover", "--all")
    assert len(one.files()) == 1


def in_the_worktree(repo: Repo) -> None:
    pass


def in_the_index(repo: Repo) -> None:
    repo.git("add", ".")
    remove_folder(repo)


def in_another_worktree(repo: Repo) -> None:
    repo.git("worktree", "add", "-q", str(repo.root.parent / "side"))
    (repo.root / ".anchors").rename(repo.root.parent / "side" / ".anchors")


def in_history(repo: Repo) -> None:
    repo.git("add", ".")
    repo.git("commit", "-qm", "Anchor")
    repo.git("rm", "-rq", ".anchors")
    repo.git("commit", "-qm", "No anchor")
    repo.ok("render")  # an entry in the log keeps its ref


@pytest.mark.parametrize("place", [in_the_worktree, in_another_worktree])
def test_gc_keeps_what_git_clean_would_take(one: Repo, place: Callable[[Repo], None]) -> None:
    place(one)
    age(one, 400)
    assert one.ok("gc").startswith("Removed 0 of 1 journal entries\n")


@pytest.mark.parametrize("place", [in_the_index, in_history])
def test_gc_removes_what_is_old_and_recorded(one: Repo, place: Callable[[Repo], None]) -> None:
    anchor_id = shown(one)[0]
    place(one)
    age(one, 91)
    (file,) = journal(one)
    gone = place is in_history
    ref = f"Would remove refs/anchors/{anchor_id}\n" if gone else ""
    assert one.ok("gc", "-n") == (
        f"Would remove {file}\n{ref}Would remove 1 of 1 journal entries\n"
        f"Would remove {'1 ref' if gone else '0 refs'}\nWould remove 0 temporary files\n"
    )
    assert (journal(one), refs(one)) == ([file], [f"anchors/{anchor_id}"])
    assert one.ok("gc") == (
        "Removed 1 of 1 journal entries\n"
        f"Removed {'1 ref' if gone else '0 refs'}\nRemoved 0 temporary files\n"
    )
    assert (journal(one), refs(one)) == ([], [] if gone else [f"anchors/{anchor_id}"])


def test_gc_keeps_both_halves_of_a_change_or_none(one: Repo) -> None:
    one.git("add", ".")
    one.ok("edit", "-c", "second")
    one.ok("edit", "-c", "third")
    age(one, 91)
    assert one.ok("gc").startswith("Removed 1 of 5 journal entries\n")  # 'second' is nowhere else
    assert sorted(actions(one)) == ["after", "after", "edit", "edit"]
    assert one.ok("recover") == ""
    one.git("reset", "-q", "--hard")
    one.run("rm", "-rf", ".anchors", check=True)
    one.ok("recover", "--all")
    assert one.json("show")["context"] == "third"


def test_gc_keeps_pasted_texts_and_removes_old_logs_that_git_has(one: Repo) -> None:
    one.anchor("add", "-F", "-", stdin="nothing\n")
    state = one.workspace().state
    state.journal("replace", LOG, (one.root / LOG).read_bytes())
    state.journal("absorb", LOG, b"nowhere else\n")
    one.git("add", ".")
    one.git("commit", "-qm", "Log")
    one.write(LOG, "")
    age(one, 1000)
    assert one.ok("gc").startswith("Removed 2 of 4 journal entries\n")
    assert sorted(actions(one)) == ["absorb", "paste"]


def test_gc_removes_only_refs_of_anchors_that_are_nowhere(one: Repo) -> None:
    head = one.git("rev-parse", "HEAD")
    kept = shown(one)[0]
    one.git("update-ref", "refs/anchors/0badcafe", head)  # as fetched, for a branch that is not here
    one.ok("add", "Gone", "-c", "x")
    gone_id = shown(one, "Gone")[0]
    one.git("add", ".anchors")
    one.commit("Gone")
    one.ok("rm", gone_id)
    age(one, 1000)
    one.git("update-ref", "refs/anchors/not-an-id", head)
    named = ".anchors/2026/03/by-hand.yaml"
    text = one.read(one.files()[0]).replace(kept, "12345678")
    one.write(named, text)
    one.git("update-ref", "refs/anchors/12345678", head)
    one.git("add", ".")
    one.git("commit", "-qm", "Anchors")
    (one.root / named).unlink()
    one.ok("add", "Lost", "-c", "x")
    lost_id = shown(one, "Lost")[0]
    one.git("clean", "-fdq")
    assert one.ok("gc").splitlines()[1] == "Removed 1 ref"
    assert refs(one) == sorted(
        [*(f"anchors/{anchor_id}" for anchor_id in (kept, "12345678", lost_id, "0badcafe", "not-an-id"))]
    )


def test_gc_sweeps_temporary_files_older_than_a_day(one: Repo, tmp_path: Path) -> None:
    one.git("worktree", "add", "-q", str(tmp_path / "side"))
    old = one.write(".git/gitanchor/tmp/.a.0123.tmp", "x")
    other = one.write(".git/worktrees/side/gitanchor/tmp/.a.0123.tmp", "x")
    young = one.write(".git/gitanchor/tmp/.b.0123.tmp", "x")
    for file, days in ((old, 2), (other, 2), (young, 0.9)):
        moment = time.time() - days * 86400
        os.utime(file, (moment, moment))
    assert one.ok("gc").splitlines()[2] == "Removed 2 temporary files"
    assert [file.exists() for file in (old, other, young)] == [False, False, True]


# All ways to lose files ------------------------------------------------------------------------


@pytest.mark.slow
def test_each_way_to_lose_files_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status = lost.main(["--rounds", "1", "--seed", "1"])
    report = capsys.readouterr().out
    assert status == 0, report
    lines = dict(line.split(": ", 1) for line in report.splitlines())
    assert [lines.pop(name) for name in ("seed", "lost", "changed", "other problems")] == [
        "1",
        "0",
        "0",
        "0",
    ]
    lines.pop("seconds")
    assert {*lines} == {*lost.WAYS, "anchors"}
    assert all(int(count.split(" ")[0]) > 0 for count in lines.values())


def forget(play: lost.Round) -> None:
    for file in (play.repo.root / ".git/gitanchor/journal").iterdir():
        file.unlink()
    clean(play.repo)


def falsify(play: lost.Round) -> None:
    for file in (play.repo.root / ".git/gitanchor/journal").iterdir():
        file.write_bytes(file.read_bytes().replace(b"source: cli", b"source: mcp"))
    clean(play.repo)


@pytest.mark.parametrize(("way", "column"), [(forget, "lost"), (falsify, "changed")])
def test_what_is_lost_or_changed_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Callable[[lost.Round], None], column: str
) -> None:
    tally = lost.Tally()
    monkeypatch.setitem(lost.WAYS, "fault", way)
    lost.Round(tmp_path, random.Random(2), tally).play("fault")
    assert getattr(tally, column) == tally.anchors > 0
    assert not tally.is_clean
