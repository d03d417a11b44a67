"""`git anchor edit`: new texts, and everything else in the file untouched."""

import stat

import pytest

from tests.repositories import Repo


@pytest.fixture
def one(repo: Repo) -> Repo:
    repo.ok("add", "One", "-c", "before", "-n", "go", "-d", "Tools: gcc")
    (path,) = repo.files()
    text = repo.read(path).replace("branch: main\n", "branch: main  # the trunk\n")
    repo.write(path, text.replace("...\n", "ticket: {id: 017}\n# the end\n...\n"))
    return repo


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
