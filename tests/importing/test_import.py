"""`git anchor import`: hand-kept logs, generated logs, and what becomes of each line."""

import json

import pytest

from gitanchor.model.anchor import Anchor
from gitanchor.storage.store import Store
from tests.repositories import Repo, make_repository

LOG = "GPT_Anchors_Log.md"
HAND_KEPT = """\
# Oven log

**18:00 02/03/2026**

Resume from anchor: [Oven_03]
Context: hot
Next action: bake

**02/02/26, 6:30 pm**
### **Resume from anchor:**

**[Oven_02]**

### Context
warm, on branch `heat`
### Current milestone
- ✅ wire
### Next action
wait
------
A plan for later.

| a | b |
|---|---|

Resume from anchor: [Oven_01]
Context: cold
Next action: heat

Anchor this as chat [Oven_04] with next action + dependencies. Use this template:
Resume from anchor: [ANCHOR_NAME]
Context: [3–4 lines on project/sprint state]
"""


def test_the_report_names_every_line_that_is_in_no_anchor(repo: Repo) -> None:
    repo.write("log.md", HAND_KEPT)
    out = repo.ok("import", "log.md", "--timezone", "UTC", "--dry-run", "--branch", "main")
    assert repo.files() == []
    dry = repo.json("import", "log.md", "--timezone", "UTC", "--dry-run", "--branch", "main")
    ids = {entry["anchor"]["name"]: entry["anchor"]["id"] for entry in dry[0]["entries"]}
    assert (
        out
        == f"""\
log.md:1: left out: before the first entry
log.md:3: to add {ids["Oven_03"]} 2026-02-03 18:00:00 +0000 on main Oven_03
log.md:9: to add {ids["Oven_02"]} 2026-02-02 18:30:00 +0000 on heat Oven_02
log.md:26: to add {ids["Oven_01"]} 2026-02-02 18:29:00 +0000 on main Oven_01
log.md:26: guessed: no time was written; 2026-02-02 18:29 fits its neighbours
log.md:30-32: request: not filled in: Anchor this as chat [Oven_04] with next action + dependencie…
log.md: layout: rules in line 20
log.md: 3 anchors found: 3 to add, 0 to update, 0 here already
"""
    )
    done = repo.ok("import", "log.md", "--timezone", "UTC", "--branch", "main")
    assert done == out.replace("to add", "added").replace("to update", "updated")
    newest, middle, oldest = repo.json("list")
    assert newest["parent"] == middle["id"]
    assert middle["parent"] == oldest["id"]
    assert oldest["parent"] is None
    assert middle["notes"] == "A plan for later.\n\n| a | b |\n|---|---|"
    assert middle["written_time"] == "02/02/26, 6:30 pm"
    assert oldest["written_time"] == ""
    assert {anchor["source"] for anchor in (newest, middle, oldest)} == {"import"}
    assert "**18:29 02/02/2026** (guessed)" in repo.read(LOG)
    assert "(guessed)\n" in repo.ok("show", "Oven_01")
    assert "(written as '02/02/26, 6:30 pm')\n" in repo.ok("show", "Oven_02")


def test_the_same_log_in_two_clones_makes_the_same_files(repo: Repo) -> None:
    other = make_repository(repo.root.parent / "other")
    for one in (repo, other):
        one.write("log.md", HAND_KEPT)
        one.ok("import", "log.md", "--timezone", "UTC")
    assert repo.files() == other.files()
    assert [repo.read(path) for path in repo.files()] == [other.read(path) for path in other.files()]


def test_a_second_import_adds_nothing(repo: Repo) -> None:
    repo.write("log.md", HAND_KEPT)
    repo.ok("import", "log.md")
    before = {path: repo.read(path) for path in repo.files()}
    for change in (
        str,
        lambda text: text.replace("hot\n", "hot  \n"),
        lambda text: text.replace("\n", "\r\n"),
    ):
        repo.write("log.md", change(HAND_KEPT))
        out = repo.ok("import", "log.md")
        assert out.endswith("log.md: 3 anchors found: 0 added, 0 updated, 3 here already\n")
    assert {path: repo.read(path) for path in repo.files()} == before
    repo.write("log.md", HAND_KEPT.replace("hot", "hotter"))
    assert "1 added, 0 updated, 2 here already" in repo.ok("import", "log.md")


def test_a_generated_log_brings_the_same_anchors_to_another_clone(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x\n\n```\nunclosed", "-n", "**Context:** inside", "-d", "Tools: a\n- b")
    repo.ok("add", "Two", "-c", "\x1b[31m red\r\n", "-n", "n")
    other = make_repository(repo.root.parent / "other")
    other.git("fetch", "-q", str(repo.root), "main")
    other.write("log.md", repo.read(LOG))
    other.ok("import", "log.md")
    assert [item.anchor for item in other.workspace().listing.anchors] == [
        item.anchor for item in repo.workspace().listing.anchors
    ]
    assert other.read(LOG) == repo.read(LOG)
    assert other.git("for-each-ref", "refs/anchors") == repo.git("for-each-ref", "refs/anchors")
    assert "0 added, 0 updated, 2 here already" in other.ok("import", "log.md")


def test_refs_are_made_for_the_commits_that_the_clone_has(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x")
    repo.ok("add", "Two", "-c", "x")
    other = make_repository(repo.root.parent / "other")
    other.write("log.md", repo.read(LOG))
    other.ok("import", "log.md")
    assert len(other.files()) == 2
    assert other.git("for-each-ref", "refs/anchors") == ""


def test_an_entry_pasted_into_the_log_is_taken_in(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x")
    log = repo.read(LOG)
    pasted = log.replace(
        "\n<!-- anchor ", "\nResume from anchor: [Pasted]\nContext: p\nNext action: q\n\n<!-- anchor ", 1
    )
    repo.write(LOG, pasted)
    result = repo.anchor("render")
    line = pasted.split("\n").index("Resume from anchor: [Pasted]") + 1
    assert (result.status, result.err) == (
        2,
        f"error: {LOG}:{line}: text was added by hand; take it in with 'git anchor absorb'\n",
    )
    assert repo.read(LOG) == pasted
    assert "1 added, 0 updated, 1 here already" in repo.ok("import", LOG)
    assert {item["name"] for item in repo.json("list")} == {"One", "Pasted"}
    repo.ok("render", "--check")


def test_an_entry_edited_in_the_log_updates_its_anchor(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "before", "-d", "Tools: gcc")
    (path,) = repo.files()
    repo.write(
        path,
        repo.read(path)
        .replace("kind: tool\n", "kind: tool\n  check: tool:gcc\n")
        .replace("...\n", "ticket: 7\n...\n"),
    )
    repo.ok("render")
    repo.write(
        LOG, repo.read(LOG).replace("before", "after").replace("- Tools: gcc\n", "- Tools: gcc\n- Ada\n")
    )
    anchor_id = repo.json("list")[0]["id"]
    assert repo.anchor("render").err.split(": ", 2)[2] == (
        f"entry {anchor_id} was changed by hand; take it in with 'git anchor absorb'\n"
    )
    assert "0 added, 1 updated, 0 here already" in repo.ok("import", LOG)
    anchor = repo.json("show")
    assert (anchor["context"], anchor["ticket"], anchor["id"]) == ("after", "7", anchor_id)
    assert anchor["dependencies"] == [
        {"kind": "tool", "text": "Tools: gcc", "check": "tool:gcc"},
        {"kind": "other", "text": "Ada"},
    ]
    repo.ok("render", "--check")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# GPT Anchors Log\n", "# GPT Anchors Log\n\nOur foreword.\n", "the head of the log was changed by hand"),
        ("\n<!-- anchor ", "\nHello!\n\n<!-- anchor ", "text was added by hand"),
        ("<!-- /anchor ", "", "an entry has lost its closing comment"),
    ],
)  # fmt: skip
def test_no_hand_work_in_the_log_is_ever_overwritten(
    repo: Repo, old: str, new: str, message: str
) -> None:
    repo.ok("add", "One", "-c", "x")
    changed = repo.read(LOG).replace(old, new, 1)
    repo.write(LOG, changed)
    for arguments in (["render"], ["add", "Two", "-c", "y"]):
        assert message in repo.anchor(*arguments).err
        assert repo.read(LOG) == changed
    repo.ok("import", LOG)
    repo.ok("render", "--check")
    kept = list((repo.root / ".git/gitanchor/journal").glob("*-replace-*"))
    assert any(path.read_text() == f"# replace {LOG}\n{changed}" for path in kept)


def test_a_damaged_comment_makes_an_entry_one_that_was_kept_by_hand(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "x")
    log = repo.read(LOG).replace('"created": "2026', '"created": "soon')
    other = make_repository(repo.root.parent / "other")
    other.write("log.md", log)
    out = other.ok("import", "log.md")
    assert "guessed: the comment below this entry is damaged, so it is read as if kept by hand\n" in out
    assert [(item["name"], item["source"]) for item in other.json("list")] == [("One", "import")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.md"], "error: cannot read 'none.md': No such file or directory"),
        (["log.md", "--timezone", "Mars/Base"], "error: 'Mars/Base' is no time zone; give one such as Europe/Berlin or UTC"),
        ([], "error: give files, --history, --chats or --discover; see 'git anchor import -h'"),
    ],
)  # fmt: skip
def test_bad_arguments(repo: Repo, arguments: list[str], message: str) -> None:
    repo.write("log.md", HAND_KEPT)
    result = repo.anchor("import", *arguments)
    assert (result.status, result.err) == (2, message + "\n")


def test_a_text_without_anchors_is_reported_and_adds_nothing(repo: Repo) -> None:
    repo.write("log.md", "# Notes\n\n## Gadgets\n\nNothing.\n")
    result = repo.anchor("import", "log.md")
    assert (result.status, repo.files()) == (1, [])
    assert result.out == (
        "log.md:1-5: left out: no anchor in it\nlog.md: 0 anchors found: 0 added, 0 updated, 0 here already\n"
    )
    assert result.err == (
        "hint: the headings of log.md are not those of a note for the next session: Notes, Gadgets\n"
        "hint: 'labels:' in .anchors/config.yaml says what a heading means, as in 'labels: {Plan: next_action}'\n"
    )
    repo.write(".anchors/config.yaml", "labels: {Gadgets: next_action}\n")
    repo.ok("import", "log.md")
    assert repo.json("show")["next_action"] == "Nothing."


def test_entries_that_cannot_be_anchors_are_left_out_by_line(repo: Repo) -> None:
    repo.write("log.md", f"Resume from anchor: [{'x' * 1001}]\nContext: a\nNext action: b\n")
    assert (
        "log.md:1-3: left out: the name has 1001 characters, more than 1000; give a shorter one\n"
    ) in repo.anchor("import", "log.md").out


def test_the_encoding_is_kept_when_asked(repo: Repo) -> None:
    repo.write("log.md", HAND_KEPT.encode().decode("mac_roman"))
    assert "repaired in 2 places\n" in repo.ok("import", "log.md", "--dry-run")
    assert "repaired" not in repo.ok("import", "log.md", "--keep-encoding")
    assert repo.json("show", "Oven_02")["milestone"] == "- ✅ wire".encode().decode("mac_roman")


def test_times_without_neighbours_and_in_any_order(repo: Repo) -> None:
    entry = "{time}\nResume from anchor: [{name}]\nContext: {name}\nNext action: n\n\n"

    def log(*entries: tuple[str, str]) -> str:
        return "".join(entry.format(name=name, time=time) for name, time in entries)

    def created(text: str) -> dict[str, str]:
        repo.write("log.md", text)
        report = repo.json("import", "log.md", "--dry-run", "--timezone", "UTC")[0]
        return {item["anchor"]["name"]: item["anchor"]["created"][:19] for item in report["entries"]}

    assert created(log(("A", ""), ("B", ""))) == {
        "A": "2026-03-01T12:00:00",
        "B": "2026-03-01T12:00:00",
    }
    assert created(log(("A", ""), ("B", "2026-02-01 10:00"), ("C", ""))) == {
        "A": "2026-02-01T10:01:00",
        "B": "2026-02-01T10:00:00",
        "C": "2026-02-01T09:59:00",
    }
    ascending = log(("A", "2026-02-01 10:00"), ("B", ""), ("C", ""), ("D", "2026-02-02 10:00"))
    assert created(ascending) == {
        "A": "2026-02-01T10:00:00",
        "B": "2026-02-01T10:01:00",
        "C": "2026-02-01T10:02:00",
        "D": "2026-02-02T10:00:00",
    }


def test_the_history_of_a_log_is_imported_by_the_command(repo: Repo) -> None:
    repo.commit("Log", {"docs/log.md": HAND_KEPT})
    repo.commit("Trim", {"docs/log.md": "# Oven log\n"})
    first, last = repo.git("rev-parse", "HEAD~1")[:10], repo.git("rev-parse", "HEAD~1")[:10]
    out = repo.ok("import", "--history", "docs/log.md", "--dry-run")
    data = repo.json("import", "--history", "docs/log.md", "--dry-run")
    assert [item["anchor"]["name"] for item in data["entries"]] == ["Oven_03", "Oven_02", "Oven_01"]
    assert {item["action"] for item in data["entries"]} == {"add"}
    oven = data["entries"][0]["anchor"]
    assert f"{last}:docs/log.md:3: to add {oven['id']} {oven['created'][:10]}" in out
    assert f"    first in {first}:docs/log.md; bound to main" in out
    assert out.endswith(
        "docs/log.md: 3 anchors found: 3 to add, 0 to update, 0 here already in 2 versions\n"
    )
    assert repo.files() == []
    repo.ok("import", "--history", "docs/log.md")
    assert len(repo.files()) == 3
    assert "0 added, 0 updated, 3 here already" in repo.ok("import", "--history", "docs/log.md")
    outside = repo.anchor("import", "--history", "../elsewhere.md")
    assert (outside.status, outside.err) == (
        2,
        f"error: '../elsewhere.md' is outside of '{repo.root}'\n",
    )


def test_a_chat_export_is_imported_by_the_command(repo: Repo) -> None:
    answer = "Resume from anchor: [Oven_09]\nContext: hot\nNext action: bake\n"
    export = [
        {
            "uuid": "u1", "name": "Oven", "created_at": "2026-02-01T10:00:00Z",
            "chat_messages": [
                {"uuid": "m1", "sender": "human", "created_at": "2026-02-01T10:00:00Z", "text": "Anchor?", "content": []},
                {"uuid": "m2", "sender": "assistant", "created_at": "2026-02-01T10:01:00Z", "text": answer, "content": []},
            ],
        }
    ]  # fmt: skip
    repo.write("conversations.json", json.dumps(export))
    out = repo.ok("import", "--chats", "conversations.json")
    anchor = repo.json("list")[0]
    assert (anchor["name"], anchor["source"], anchor["conversation"]) == ("Oven_09", "chat", "Oven")
    assert out == (
        f"'Oven', 2026-02-01 10:01:00 +0000: added {anchor['id']} 2026-02-01 10:01:00 +0000 Oven_09\n"
        "conversations.json: 1 anchor found: 1 added, 0 updated, 0 here already\n"
    )
    report = repo.json("import", "--chats", "conversations.json")[0]
    assert [entry["action"] for entry in report["entries"]] == ["keep"]
    assert report["entries"][0]["place"] == "'Oven', 2026-02-01 10:01:00 +0000"


SAID = """\
Resume from anchor: [Oven_09]
Context: hot
Current milestone: wired
Next action: bake
Dependencies:
- Tools: matches
"""


def write_both(repo: Repo) -> None:
    """The same anchor in an export of chats, and in a log below another one."""
    message = {
        "uuid": "m",
        "sender": "assistant",
        "created_at": "2026-02-01T10:01:00Z",
        "text": SAID,
        "content": [],
    }
    chat = {
        "uuid": "u",
        "name": "Oven",
        "created_at": "2026-02-01T10:00:00Z",
        "chat_messages": [message],
    }
    repo.write("chats.json", json.dumps([chat]))
    later = SAID.replace("09", "10").replace("hot", "cold")
    repo.write("log.md", f"**11:30 02/01/2026**\n\n{later}\n---\n\n**11:01 02/01/2026**\n\n{SAID}")


@pytest.mark.parametrize("order", [("chats", "log"), ("log", "chats")])
def test_what_chats_and_a_log_both_hold_is_one_anchor(repo: Repo, order: tuple[str, str]) -> None:
    write_both(repo)
    commands = {"chats": ("--chats", "chats.json"), "log": ("log.md",)}
    for _ in range(2):
        for name in order:
            repo.ok("import", *commands[name])
    later, first = repo.json("list")
    assert (later["name"], later["source"], later["parent"]) == ("Oven_10", "import", first["id"])
    assert (first["name"], first["source"]) == (
        "Oven_09",
        "chat" if order == ("chats", "log") else "import",
    )
    assert len(repo.files()) == 2
    assert repo.ok("import", "log.md").endswith(
        "log.md: 2 anchors found: 0 added, 0 updated, 2 here already\n"
    )
    assert repo.ok("import", "--chats", "chats.json").endswith(
        "chats.json: 1 anchor found: 0 added, 0 updated, 1 here already\n"
    )


def test_what_chats_and_a_history_both_hold_is_one_anchor(repo: Repo) -> None:
    write_both(repo)
    repo.git("add", "log.md")
    repo.git("commit", "-qm", "Log")
    repo.ok("import", "--chats", "chats.json")
    report = repo.ok("import", "--history", "log.md")
    assert report.endswith("log.md: 2 anchors found: 1 added, 0 updated, 1 here already in 1 version\n")
    assert [(item["name"], item["source"]) for item in repo.json("list")] == [
        ("Oven_10", "import"),
        ("Oven_09", "chat"),
    ]


def test_what_a_log_adds_to_an_anchor_from_a_chat_joins_its_notes_or_is_told(repo: Repo) -> None:
    write_both(repo)
    repo.ok("import", "--chats", "chats.json")
    anchor_id = repo.json("show", "Oven_09")["id"]
    entry = f"**19:30 02/02/2026**\n\n{SAID}\nIt burnt.\n\n"
    again = entry.replace("02/02", "02/03").replace("It burnt.", "It burnt again.")
    repo.write("log.md", again + entry)
    anchor = f"{anchor_id} 2026-02-01 10:01:00 +0000 Oven_09"
    told = f"{anchor_id} is from a chat, with its own time"
    assert repo.ok("import", "log.md") == (
        f"log.md:1: updated {anchor}\n"
        f"log.md:1: left out: its time, 19:30 02/03/2026; {told}\n"
        f"log.md:12: updated {anchor}\n"
        f"log.md:12: left out: its time, 19:30 02/02/2026; {told}\n"
        "log.md: 2 anchors found: 0 added, 2 updated, 0 here already\n"
    )
    assert repo.json("show", "Oven_09")["notes"] == "It burnt again.\n\nIt burnt."
    assert repo.ok("import", "log.md").endswith("0 added, 0 updated, 2 here already\n")
    assert len(repo.files()) == 1


def test_an_import_that_is_interrupted_leaves_no_anchor_without_its_parent(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [
        f"**1{number}:00 03/02/2026**\n\nResume from anchor: [Step_{number}]\nContext: x\nNext action: y\n"
        for number in range(5)
    ]
    log = repo.write("old.md", "\n---\n\n".join(reversed(entries)))  # the newest on top
    add = Store.add

    def interrupted(self: Store, anchor: Anchor, text: str | None = None) -> str:
        if len(repo.files()) == 2:
            raise KeyboardInterrupt
        return add(self, anchor, text)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "add", interrupted)
        assert repo.anchor("import", str(log)).status == 130
    present = {stored.anchor.id: stored.anchor for stored in repo.workspace().listing.anchors}
    assert sorted(anchor.name for anchor in present.values()) == ["Step_0", "Step_1"]
    assert all(parent in present for anchor in present.values() for parent in anchor.parents)
    repo.ok("import", str(log))
    assert len(repo.files()) == 5
