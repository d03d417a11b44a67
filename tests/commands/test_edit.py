"""`git anchor edit`: new texts, and everything else in the file untouched."""

import os
import stat
from pathlib import Path

import pytest

from gitanchor.model.errors import Overtaken
from gitanchor.operations import choose, edit, recovery
from tests.repositories import BIN, Repo

pytestmark = pytest.mark.traced


@pytest.fixture
def one(repo: Repo) -> Repo:
    return repo.once(made_one)


def made_one(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "before", "-n", "go", "-d", "Tools: gcc")
    (path,) = repo.files()
    text = repo.read(path).replace("branch: main\n", "branch: main  # the trunk\n")
    repo.write(path, text.replace("...\n", "ticket: {id: 017}\n# the end\n...\n"))


def test_options_set_sections_and_keep_the_rest(one: Repo) -> None:
    (path,) = one.files()
    before = one.read(path)
    out = one.ok("edit", "-c", "after", "-d", "Tools: gcc", "-d", "Ada")
    anchor_id = one.json("list")[0]["id"]
    assert out == f"[main@{one.json('show')['short_commit']} {anchor_id}] One\n {path}\n"
    assert one.read(path) == before.replace("  before\n", "  after\n").replace(
        '  text: "Tools: gcc"\n', '  text: "Tools: gcc"\n- kind: other\n  text: Ada\n'
    )
    assert one.json("show")["ticket"] == {"id": "017"}
    assert "after" in one.read("GPT_Anchors_Log.md")
    journal = sorted((one.root / ".git/gitanchor/journal").glob("*-edit-*"))
    assert journal[-1].read_text() == f"# edit {path}\n{before}"
    assert one.ok("edit", "-c", "after") == ""


def test_the_editor_opens_on_the_texts(one: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = one.files()
    script = one.write(
        ".git/editor", '#!/bin/sh\ncp "$1" form\nsed -i "s/before/after/; s/One/Uno/" "$1"\n'
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("GIT_EDITOR", str(script))
    one.ok("edit")
    assert (
        one.read("form")
        == f"""\
Resume from anchor: [One]

Context: before

Current milestone:

Next action: go

Dependencies:

- Tools: gcc

# ------------------------ >8 ------------------------
# Fill in the sections above, in Markdown. Do not change the line with the scissors;
# everything from it on is left out. An empty or unchanged form writes nothing.
#
# Editing {path}
"""
    )
    anchor = one.json("show")
    assert (anchor["name"], anchor["context"], anchor["next_action"]) == ("Uno", "after", "go")
    assert one.files() == [path]


def test_texts_that_the_form_cannot_show_are_edited_in_the_file(one: Repo) -> None:
    one.ok("edit", "-c", "**Next action:** inside\n```\nunclosed")
    (path,) = one.files()
    result = one.anchor("edit")
    anchor_id = one.json("list")[0]["id"]
    assert (result.status, result.err) == (
        2,
        f"error: the text of {anchor_id} looks like the labels of the form; edit {path} itself\n",
    )


def test_a_file_that_does_not_parse_is_never_rewritten(one: Repo) -> None:
    (path,) = one.files()
    torn = one.read(path)[:-4]
    one.write(path, torn)
    anchor_id = path[-13:-5]
    result = one.anchor("edit", anchor_id, "-c", "x")
    assert (result.status, result.err) == (
        3,
        f"error: {path}: torn: the closing '...' is missing, so its end was cut off\n",
    )
    assert one.read(path) == torn


def test_a_file_whose_fields_share_a_line_is_edited_by_hand(one: Repo) -> None:
    path = one.files()[0].replace("one", "flow")
    flow = (
        "{schema: 1, id: 12345678, name: Flow, created: 2026-04-01T00:00:00Z, author: A,"
        " branch: main, context: x}\n...\n"
    )
    one.write(path, flow)
    result = one.anchor("edit", "Flow", "-c", "y")
    assert (result.status, result.err) == (
        3,
        f"error: {path}: its fields do not start lines of their own; edit it by hand\n",
    )
    assert one.read(path) == flow


@pytest.fixture
def beside(one: Repo, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that writes `mine` for the context, after a script of the test's own was run."""
    script = one.write(".git/beside", "")
    editor = one.write(".git/editor", f'#!/bin/sh\n. {script}\nsed -i "s/before/mine/" "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(editor))
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    return script


def forms(repo: Repo) -> list[Path]:
    return list((repo.root / ".git/gitanchor").glob("ANCHOR_EDITMSG*"))


def test_an_edit_that_was_overtaken_writes_nothing_and_keeps_its_text(one: Repo, beside: Path) -> None:
    (path,) = one.files()
    beside.write_text("git anchor edit -c theirs >/dev/null\n")
    result = one.anchor("edit")
    (kept,) = (one.root / ".git/gitanchor/journal").glob("*-paste-*")
    moment = kept.name.split("-")[0]
    assert (result.status, result.out, result.err) == (
        5,
        "",
        f"error: {path} was changed by another process; your text is kept:"
        f" 'git anchor recover {moment}'\n",
    )
    assert one.json("show")["context"] == "theirs"
    assert one.ok("recover", "--list") == f"{moment} Resume from anchor: [One]\n"
    text = "Context: mine\n\nCurrent milestone:\n\nNext action: go\n\nDependencies:\n\n- Tools: gcc\n"
    assert one.ok("recover", moment) == f"Resume from anchor: [One]\n\n{text}"
    assert forms(one) == []


def test_an_edit_whose_anchor_was_removed_keeps_its_text(one: Repo, beside: Path) -> None:
    (path,) = one.files()
    beside.write_text("git anchor rm >/dev/null 2>&1\n")
    result = one.anchor("edit")
    assert result.status == 5
    assert result.err.startswith(f"error: {path} was removed by another process; your text is kept: ")
    assert (one.files(), forms(one)) == ([], [])


def test_an_edit_of_comments_beside_it_is_kept(one: Repo, beside: Path) -> None:
    (path,) = one.files()
    beside.write_text(f"sed -i 's/# the trunk/# the stem/' {path}\n")
    one.ok("edit")
    assert one.json("show")["context"] == "mine"
    assert "branch: main  # the stem\n" in one.read(path)


def test_done_and_rm_change_nothing_that_they_did_not_read(one: Repo) -> None:
    workspace = one.workspace()
    stored = choose.select(workspace, "@")
    assert stored.anchor.context == "before"  # and so it was read
    one.ok("edit", "-c", "theirs")
    (path,) = one.files()
    before = one.read(path)
    with pytest.raises(Overtaken, match=r"changed by another process; your text is kept$") as caught:
        edit.close(workspace, stored, "it works")
    with pytest.raises(Overtaken, match="changed by another process; nothing was written"):
        recovery.remove(workspace, stored)
    assert one.read(path) == before
    moment = one.ok("recover", "--list").split(" ")[0]
    assert (caught.value.kept, one.ok("recover", moment)) == (moment, "it works\n")


def test_who_waits_too_long_for_another_to_replace_a_file_keeps_the_text(
    one: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitanchor.storage.locks.LOCK_SECONDS", 0.1)
    (path,) = one.files()
    with one.workspace().state.replacing(path):
        result = one.anchor("edit", "-c", "late")
    moment = one.ok("recover", "--list").split(" ")[0]
    assert (result.status, result.err) == (
        5,
        f"error: {path} is being written by another process for more than 0 s; your text is kept:"
        f" 'git anchor recover {moment}'\n",
    )


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_an_interrupt_while_the_editor_runs_is_the_editors(one: Repo, beside: Path) -> None:
    beside.write_text("kill -INT $(ps -o ppid= -p $PPID); sleep 0.1\n")  # its parent is git's sh
    assert one.run("git", "anchor", "edit").status == 0
    assert one.json("show")["context"] == "mine"


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("written", [False, True])
def test_an_editor_that_is_interrupted_ends_the_edit(one: Repo, beside: Path, written: bool) -> None:
    write = 'sed -i "s/before/mine/" "$1"; ' if written else ""
    beside.write_text(f"{write}kill -INT $$\n")
    result = one.run("git", "anchor", "edit")
    kept = forms(one)
    assert len(kept) == written
    told = f"your text is kept in '{kept[0]}'\n" if written else ""
    assert (result.status, result.out, result.err) == (130, "", f"{told}interrupted\n")
    assert one.json("show")["context"] == "before"
