"""What people do to the generated log by hand is taken in, told, or refused: never dropped."""

import pytest

from gitanchor.parsing import log_format
from tests.repositories import Repo, Result, make_repository

LOG = "GPT_Anchors_Log.md"


@pytest.fixture
def one(repo: Repo) -> Repo:
    return repo.once(made_one)


def made_one(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "ctx", "-m", "old", "-n", "next", "-d", "Tools: gcc")


def change(repo: Repo, old: str, new: str) -> str:
    """Edit the log by hand, and return what it says then."""
    text = repo.read(LOG)
    assert old in text
    changed = text.replace(old, new, 1)
    repo.write(LOG, changed)
    return changed


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("**Context:** ctx\n", "**Context:** ctx\nRotate the key FIRST\n", "context", "ctx\nRotate the key FIRST"),
        ("**Context:** ctx\n", "**Context:** other\n", "context", "other"),
        ("[One]\n", "[One]\n\nRemember the milk.\n", "notes", "Remember the milk."),
        ("[One]\n", "[Uno]\n", "name", "Uno"),
        ("- Tools: gcc\n", "- Tools: gcc\n- Ada\n", "milestone", "old"),
        ("**Next action:** next\n", "**Next action:**\n\n- a\n- b\n", "next_action", "- a\n- b"),
    ],
)  # fmt: skip
def test_an_edit_of_an_entry_reaches_its_anchor(
    one: Repo, old: str, new: str, field: str, value: str
) -> None:
    change(one, old, new)
    assert "1 updated" in one.ok("import", LOG)
    assert one.json("show")[field] == value
    one.ok("render", "--check")


def test_text_below_a_fenced_section_is_taken_in(one: Repo) -> None:
    one.ok("edit", "-m", "<!-- x -->\nline")
    change(one, "```\n\n**Next action:**", "```\n\nadded by hand\n\n**Next action:**")
    one.ok("import", LOG)
    assert one.json("show")["milestone"] == "<!-- x -->\nline\n\nadded by hand"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("**12:00 03/01/2026**", "**13:00 03/01/2026**", "its time was changed to 13:00 03/01/2026"),
        ("*On branch", "*No branch", "branch and commit of an anchor are not changed in the log"),
        ('"status": "open"', '"status": "done"', "changed by hand, but in none of its sections"),
    ],
)
def test_an_edit_that_is_in_no_section_is_told_and_kept_in_the_journal(
    one: Repo, old: str, new: str, told: str
) -> None:
    changed = change(one, old, new)
    assert "was changed by hand; take it in with" in one.anchor("render").err
    assert one.read(LOG) == changed
    assert f": left out: {told}: not taken over\n" in one.ok("import", LOG)
    kept = (one.root / ".git/gitanchor/journal").glob("*-replace-*")
    assert [path.read_text() for path in kept] == [f"# replace {LOG}\n{changed}"]


def test_an_entry_that_changed_in_log_and_file_is_merged_or_a_conflict(one: Repo) -> None:
    change(one, "**Context:** ctx", "**Context:** ctx by hand")
    result = one.anchor("edit", "-m", "NEW")
    assert "was changed by hand" in result.err
    assert "1 updated" in one.ok("import", LOG)
    assert (one.json("show")["milestone"], one.json("show")["context"]) == ("NEW", "ctx by hand")
    log = change(one, "**Context:** ctx by hand", "**Context:** by another hand")
    one.anchor("edit", "-c", "edited")
    anchor_id = one.json("list")[0]["id"]
    told = f"conflict: {anchor_id} was changed here and, since, in its file: Context\n"
    result = one.anchor("import", LOG)
    assert told in result.out
    assert result.err.endswith(
        'hint: Use "git anchor absorb --ours" to keep the text of the anchor files,\n'
        'hint: or "git anchor absorb --theirs" to take the text of the log.\n'
    )
    assert (one.json("show")["context"], one.read(LOG)) == ("edited", log)
    one.write("copy.md", log)
    result = one.anchor("import", "copy.md")
    assert told in result.out
    assert result.err.endswith(
        'hint: Use "git anchor edit" to put what you want to keep into the anchor.\n'
    )


@pytest.mark.parametrize(("side", "other"), [("--ours", "Eve"), ("--theirs", "Ada")])
def test_dependencies_keep_their_checks_when_sides_meet(one: Repo, side: str, other: str) -> None:
    (path,) = one.files()
    text = one.read(path).replace("kind: tool\n", "kind: tool\n  check: tool:gcc\n")
    one.write(path, text)
    one.ok("render")
    change(one, "- Tools: gcc\n", "- Tools: gcc\n- Ada\n")
    one.write(
        path,
        text.replace("- kind: tool\n", "- kind: person\n  text: Eve\n- kind: tool\n"),
    )
    one.ok("absorb", side)
    items = {item["text"]: item for item in one.json("show")["dependencies"]}
    assert items.keys() == {"Tools: gcc", other}
    assert items["Tools: gcc"] == {"kind": "tool", "text": "Tools: gcc", "check": "tool:gcc"}


def test_entries_of_ours_are_not_repaired_though_they_speak_of_misread_text(repo: Repo) -> None:
    words = "it prints â€™ instead of ’, and Ã© for é"
    repo.ok("add", "M", "-c", words, "-n", "n")
    assert "1 anchor found: 0 added, 0 updated, 1 here already" in repo.ok("import", LOG)
    other = make_repository(repo.root.parent / "other")
    other.write(
        "log.md", repo.read(LOG) + "\nResume from anchor: [Pasted]\nContext: â€™\nNext action: n\n"
    )
    out = other.ok("import", "log.md")
    assert "repaired in 1 place" in out
    assert other.json("show", "M")["context"] == words
    assert other.json("show", "Pasted")["context"] == "’"


def test_a_log_with_conflict_markers_is_not_imported(one: Repo) -> None:
    changed = change(one, "**Context:** ctx", "<<<<<<< HEAD\n**Context:** ctx\n=======\n>>>>>>> x")
    result = one.anchor("import", LOG)
    assert result.status == 2
    assert ": a conflict marker; finish the merge of this file\n" in result.err
    assert one.read(LOG) == changed


def test_a_copied_entry_that_was_edited_is_a_new_anchor(one: Repo) -> None:
    log = one.read(LOG)
    entry = log[log.index("<!-- anchor ") :]
    one.write(LOG, log + "\n" + entry.replace("ctx", "TWO"))
    assert "1 added, 0 updated, 1 here already" in one.ok("import", LOG)
    assert {item["context"] for item in one.json("list")} == {"ctx", "TWO"}


def test_a_log_without_anchors_is_kept_and_replaced_when_it_is_imported(repo: Repo) -> None:
    repo.write(LOG, "My notes\n\nnothing structured\n")
    assert f"hint: {LOG} was kept by hand and holds 0 anchors" in repo.anchor("init").err
    assert "replaced by the generated log; the text as it was is kept in " in repo.ok("import", LOG)
    (kept,) = (repo.root / ".git/gitanchor/journal").glob("*-replace-*")
    assert kept.read_text().endswith("My notes\n\nnothing structured\n")
    repo.ok("render", "--check")


def test_a_torn_file_stops_an_import_before_anything_is_written(one: Repo) -> None:
    one.ok("add", "Two", "-c", "y")
    torn = next(path for path in one.files() if "-one-" in path)
    one.write(torn, one.read(torn)[:-4])
    changed = change(one, "**Context:** y", "**Context:** y by hand")
    result = one.anchor("import", LOG)
    assert (result.status, result.out) == (3, "")
    assert f"error: {torn}: torn" in result.err
    assert one.read(LOG) == changed
    two = next(path for path in one.files() if "-two-" in path)
    assert "  y\n" in one.read(two)


@pytest.mark.parametrize("time", ["23:03 10/28/2025", "\n**Tuesday, 10/28/2025 23:03**\n"])
def test_a_time_below_the_name_is_the_time(repo: Repo, time: str) -> None:
    repo.write("log.md", f"Resume from anchor: [X]\n{time}\nContext: c\nNext action: n\n")
    draft = repo.json("parse", "log.md")["drafts"][0]
    assert (draft["name"], draft["created"]) == ("X", "2025-10-28T23:03:00")


@pytest.mark.parametrize("wrong", ['"status": "paused"', '"status": 1', '"tree": "none"'])
def test_an_unchanged_entry_whose_facts_only_a_later_version_knows_changes_no_anchor(
    one: Repo, wrong: str
) -> None:
    lines = one.read(LOG).split("\n")
    (block,) = log_format.blocks(lines)
    body = "\n".join(lines[block.begin + 1 : block.end])
    facts = block.facts.replace('"status": "open"', wrong)
    lines[block.end] = log_format.closing(block.id, body, facts)
    assert facts != block.facts
    one.write(LOG, "\n".join(lines))
    (path,) = one.files()
    changed = one.read(path).replace("ctx", "changed in the file")
    one.write(path, changed)
    assert one.anchor("absorb") == Result(0, "", "")
    assert one.read(path) == changed
