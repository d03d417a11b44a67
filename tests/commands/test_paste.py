"""A chat's answer on its way in: parse, --paste, the question, and texts that are kept."""

import os
from pathlib import Path

import pytest

from gitanchor.cli import clipboard, terminal
from gitanchor.model import comparison, milestone_marks
from gitanchor.model.anchor import Dependency
from gitanchor.model.draft import Draft
from gitanchor.model.errors import NotFound
from tests.repositories import Repo, Result

WHOLE = """\
Resume from anchor: [Oven_02]
Context: It rings, on branch `bells`.
Current milestone:
✅ ring
⏳ snooze
Next action: Write it.
Dependencies:
- Tools: gcc
"""
PARTIAL = "Resume from anchor: [Oven_02]\nContext: It rings.\nNext action: Write it.\n"


def test_parse_shows_what_is_understood_and_writes_nothing(repo: Repo) -> None:
    repo.write("answer.md", "Hello!\n\n23:0 10/28\n\n" + WHOLE)
    assert (
        repo.ok("parse", "answer.md")
        == """\
answer.md:5-12: Oven_02
    Branch: bells
    Context (line 6):
        It rings, on branch `bells`.
    Current milestone (lines 7-9):
        ✅ ring
        ⏳ snooze
    Next action (line 10):
        Write it.
    Dependencies (lines 11-12):
        tool: Tools: gcc
answer.md:1-3: left out: before the first entry
answer.md: 1 anchor found
"""
    )
    data = repo.json("parse", "answer.md")
    assert data["drafts"][0]["dependencies"] == [{"kind": "tool", "text": "Tools: gcc"}]
    assert [item["kind"] for item in data["remarks"]] == ["left out"]
    assert repo.files() == []
    result = repo.anchor("parse", "-", stdin="nothing\n")
    assert (result.status, result.out) == (
        1,
        "standard input:1: left out: no anchor in it\nstandard input: 0 anchors found\n",
    )


def test_a_partial_answer_is_kept_and_not_written_where_nobody_can_be_asked(repo: Repo) -> None:
    result = repo.anchor("add", "-F", "-", stdin=PARTIAL)
    assert result.status == 1
    message, _, name = result.err.partition("; the text is kept: 'git anchor recover ")
    assert message == (
        "error: no Current milestone, Dependencies in standard input; use --yes to add it anyway"
    )
    name = name.removesuffix("'\n")
    assert repo.files() == []
    assert repo.ok("recover") == f"{name} Resume from anchor: [Oven_02]\n"
    assert repo.ok("recover", "--list") == repo.ok("recover")
    kept = repo.ok("recover", name)
    assert kept == PARTIAL
    repo.ok("add", "--yes", "-F", "-", stdin=kept)
    assert repo.json("show")["context"] == "It rings."
    assert repo.anchor("recover", "1999").err == (
        "error: '1999' names no text in the journal; see 'git anchor recover --list'\n"
    )


def test_a_person_sees_what_is_new_and_is_asked_once(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.ok("add", "Oven_01", "-c", "c", "-m", "✅ heat", "-n", "Ring", "-d", "Ada")
    parent = repo.json("show")["id"]
    repo.write("answer.md", WHOLE.replace("✅ ring", "✅ heat\n✅ ring"))
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    result = repo.anchor("add", "-F", "answer.md", stdin="n\n")
    assert result.status == 1
    assert result.err.startswith(f"""\
Oven_02:
  Context: It rings, on branch `bells`.
  Current milestone: ✅ heat ✅ ring ⏳ snooze
  Next action: Write it.
  Dependencies: Tools: gcc
  since Oven_01 ({parent}):
    done since: ring
    next action was: Ring
    new dependency: Tools: gcc
    dependency dropped: Ada
Write this? [Y/n]: """)
    assert len(repo.files()) == 1
    result = repo.anchor("add", "-F", "answer.md", stdin="\n")
    assert result.status == 0
    anchor = repo.json("show")
    assert anchor["parent"] == parent
    told = repo.anchor("add", "-F", "answer.md", "--yes").err
    assert told == f"already here: {anchor['name']} ({anchor['id']})\n"


def test_the_text_is_kept_where_the_question_is_not_answered(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("answer.md", WHOLE)
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    result = repo.anchor("add", "-F", "answer.md", stdin="")
    assert result.status == 130
    (kept,) = repo.ok("recover").splitlines()
    name = kept.split(" ")[0]
    told = f"Write this? [Y/n]: \nthe text is kept: 'git anchor recover {name}'\ninterrupted\n"
    assert result.err.endswith(told)
    assert (repo.ok("recover", name), repo.files()) == (WHOLE, [])


DATED = """\
**10:00 02/03/2026**

Resume from anchor: [Oven_03]
Context: It snoozes.
Current milestone:
✅ ring
✅ snooze
Next action: Ship it.
Dependencies:
- Tools: gcc

---

**09:00 02/02/2026**

"""


def test_of_a_paste_with_the_newest_on_top_the_lowest_is_written_first(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.ok("add", "Oven_01", "-c", "c", "-n", "Ring")
    parent = repo.json("show")["id"]
    repo.write("answer.md", DATED + WHOLE)
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    result = repo.anchor("add", "-F", "answer.md", stdin="y\n")
    assert (
        result.err
        == f"""\
answer.md: newest of 2 anchors on top, so the lowest is written first
Oven_02:
  Context: It rings, on branch `bells`.
  Current milestone: ✅ ring ⏳ snooze
  Next action: Write it.
  Dependencies: Tools: gcc
  since Oven_01 ({parent}):
    done since: ring
    next action was: Ring
    new dependency: Tools: gcc
Oven_03:
  Context: It snoozes.
  Current milestone: ✅ ring ✅ snooze
  Next action: Ship it.
  Dependencies: Tools: gcc
  since Oven_02:
    done since: snooze
    next action was: Write it.
Write this? [Y/n]: """
    )
    newest, middle, _ = repo.json("list")
    assert (newest["name"], newest["parent"]) == ("Oven_03", middle["id"])
    assert (middle["name"], middle["parent"]) == ("Oven_02", parent)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("09:00 02/02/2026", "11:00 02/03/2026"),
        ("09:00 02/02/2026", "10:00 02/03/2026"),
        ("**09:00 02/02/2026**", ""),
        ("09:00 02/02/2026", "09:99 13/45/2026"),
    ],
)
def test_a_paste_of_which_nobody_knows_the_order_stays_as_it_is(repo: Repo, old: str, new: str) -> None:
    text = (DATED + WHOLE).replace(old, new)
    result = repo.anchor("add", "--yes", "-F", "-", stdin=text)
    assert (result.status, "on top" in result.err) == (0, False)
    assert [item["name"] for item in repo.json("list")] == ["Oven_02", "Oven_03"]


def test_the_clipboard_is_read_by_a_program_of_the_system(repo: Repo, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tmp_path / "clip").write_text(WHOLE)
    fake = tools / "xclip"
    fake.write_text(f"#!/bin/sh\ncat '{tmp_path}/clip'\n")
    fake.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    result = repo.run(
        "git", "anchor", "add", "--paste", PATH=f"{path_of_git_anchor()}{os.pathsep}{path}", DISPLAY=":9"
    )
    assert (result.status, result.err) == (0, "")
    assert repo.json("show")["name"] == "Oven_02"


def path_of_git_anchor() -> str:
    from tests.repositories import BIN

    return str(BIN)


def test_without_a_clipboard_there_is_advice(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    result = repo.run("git", "anchor", "add", "--paste", DISPLAY="", WAYLAND_DISPLAY="")
    assert (result.status, result.err) == (
        1,
        "error: no clipboard here (on Linux, xclip, xsel or wl-clipboard reads it); pipe the answer"
        " into 'git anchor add -F -'\n",
    )
    monkeypatch.setattr("pyperclip.paste", lambda: " \n")
    with pytest.raises(NotFound, match="the clipboard holds no text"):
        clipboard.read()


def test_only_one_way_to_give_the_sections(repo: Repo) -> None:
    for arguments in (["--paste", "-c", "x"], ["--paste", "-F", "-"]):
        result = repo.anchor("add", *arguments)
        assert (result.status, result.err) == (
            2,
            "error: give the sections by options, with -F or with --paste, but only by one\n",
        )


@pytest.mark.unit
@pytest.mark.parametrize(
    ("line", "state", "text"),
    [
        ("✅ a", "done", "a"), ("- [x] a", "done", "a"), ("[X] a", "done", "a"), ("☑ a", "done", "a"),
        ("- ✔ a", "done", "a"), ("⚙️ a", "in progress", "a"), ("🚧 a", "in progress", "a"), ("⏳ a", "in progress", "a"),
        ("⚠️ a", "warning", "a"), ("❗ a", "warning", "a"), ("❌ a", "failed", "a"), ("✗ a", "failed", "a"),
        ("⏸ a", "paused", "a"), ("- [ ] a", "open", "a"), ("1. a", None, "a"), ("plain", None, "plain"),
    ],
)  # fmt: skip
def test_status_marks(line: str, state: str | None, text: str) -> None:
    assert list(milestone_marks.items(line)) == [milestone_marks.Item(state, text)]


@pytest.mark.unit
def test_code_and_blank_lines_are_no_items() -> None:
    assert list(milestone_marks.items("✅ a\n\n```\n✅ b\n```\n")) == [milestone_marks.Item("done", "a")]


def test_the_difference_of_nothing_is_nothing(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "c", "-m", "✅ a", "-n", "same\nas ever", "-d", "x")
    parent = repo.workspace().listing.anchors[0].anchor
    draft = Draft(1, milestone="✅ a", next_action="same\nas ever", dependencies=(Dependency("x"),))
    assert list(comparison.differences(parent, draft)) == ["next action: as before"]
    assert list(comparison.differences(parent, Draft(1))) == [
        "next action was: same …",
        "dependency dropped: x",
    ]


def test_the_teams_own_words_and_day_first(repo: Repo) -> None:
    repo.write(
        ".anchors/config.yaml",
        "parse:\n  day_first: true\nlabels:\n  Where it hurts: dependencies\n  Lage: context\n",
    )
    text = (
        "**14:05 02/03/2026**\nResume from anchor: [X]\nLage: c\nNext action: n\nWhere it hurts:\n- z\n"
    )
    draft = repo.json("parse", str(repo.write("log.md", text)))["drafts"][0]
    assert (draft["context"], draft["dependencies"][0]["text"]) == ("c", "z")
    assert draft["created"] == "2026-03-02T14:05:00"
    repo.write(".anchors/config.yaml", "labels:\n  Lage: somewhere\n")
    assert repo.anchor("parse", "log.md").err == (
        "error: .anchors/config.yaml: labels.Lage: 'somewhere' is no section; give one of context,"
        " milestone, next_action, dependencies\n"
    )
    repo.write(".anchors/config.yaml", "parse: {day_first: maybe}\n")
    assert repo.anchor("parse", "log.md").err == (
        "error: .anchors/config.yaml: parse.day_first: 'maybe' is neither true nor false\n"
    )


@pytest.mark.parametrize("command", [("parse",), ("import",), ("import", "--dry-run")])
def test_no_more_of_an_input_is_read_than_a_log_may_have(repo: Repo, command: tuple[str, ...]) -> None:
    result = repo.anchor(*command, "/dev/zero")
    assert result == Result(2, "", "error: '/dev/zero' is larger than 64 MiB\n")
    assert repo.files() == []


def test_an_answer_may_come_through_a_pipe(repo: Repo) -> None:
    os.mkfifo(repo.root.parent / "pipe")
    command = "(cat ../answer.md > ../pipe &) ; git anchor add -y -F ../pipe && git anchor show"
    repo.write("../answer.md", "Resume from anchor: [Rain]\nContext: it rains\nNext action: go on\n")
    assert "it rains" in repo.run("sh", "-c", command, check=True).out


def test_parse_reads_a_file_as_import_and_add_do(repo: Repo) -> None:
    repo.write("HANDOFF.md", "# Kiln\n\n## Next steps\n\n- glaze the second row\n")
    named = repo.json("parse", "HANDOFF.md")
    assert [draft["next_action"] for draft in named["drafts"]] == ["- glaze the second row"]
    planned = repo.json("import", "--dry-run", "HANDOFF.md")
    assert planned[0]["entries"][0]["anchor"]["next_action"] == "- glaze the second row"
