"""`git anchor absorb`, the foreword, and the pre-commit hook that does it all by itself."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitanchor.operations import render
from gitanchor.storage import atomic
from gitanchor.storage.writer import Written
from tests.repositories import Repo, Result, make_repository

LOG = "GPT_Anchors_Log.md"
PASTED = "Resume from anchor: [Pasted]\nContext: p\nNext action: q\nDependencies:\n- Tools: gcc\n"


@pytest.fixture
def team(repo: Repo) -> Repo:
    """A repository with hooks, one anchor and its log, all committed."""
    return repo.once(made_team)


def made_team(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "One", "-c", "ctx", "-n", "next")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")


def paste(repo: Repo, text: str = PASTED) -> str:
    """Paste an answer on top of the entries, as people do."""
    changed = repo.read(LOG).replace("\n<!-- anchor ", f"\n{text}\n<!-- anchor ", 1)
    repo.write(LOG, changed)
    return changed


def test_a_pasted_entry_becomes_an_anchor_of_this_branch_and_commit(team: Repo) -> None:
    paste(team)
    assert team.anchor("absorb", "--check").status == 1
    assert len(team.files()) == 1
    out = team.ok("absorb")
    anchor = team.json("show")
    line = out.split(":")[1]
    assert out.startswith(f"{LOG}:{line}: new anchor: {anchor['id']} Pasted\n")
    assert (anchor["name"], anchor["branch"], anchor["source"]) == ("Pasted", "main", "absorb")
    assert anchor["commit"] == team.git("rev-parse", "HEAD")
    assert anchor["parent"] == team.json("list")[1]["id"]
    assert anchor["created"] == "2026-03-01T12:00:00.001+01:00"
    team.ok("render", "--check")
    assert team.ok("absorb") == ""
    assert team.anchor("absorb", "--check").status == 0


def test_an_entry_that_lost_its_comments_is_known_by_name_and_time(team: Repo) -> None:
    lines = [
        line
        for line in team.read(LOG).split("\n")
        if not line.startswith(("<!-- anchor", "<!-- /anchor"))
    ]
    team.write(LOG, "\n".join(lines).replace("ctx", "changed") + "\n<!-- anchor 00000000 -->\n")
    team.ok("absorb")
    (anchor,) = team.json("list")
    assert (anchor["name"], anchor["context"]) == ("One", "changed")


def test_a_deleted_entry_comes_back_unless_delete_says_otherwise(team: Repo) -> None:
    log = team.read(LOG)
    anchor_id = team.json("list")[0]["id"]
    team.write(LOG, log[: log.index("<!-- anchor ")])
    out = team.ok("absorb")
    assert out == f"{LOG}: entry of {anchor_id} One is gone: comes back, unless --delete is given\n"
    assert team.read(LOG) == log
    team.write(LOG, log[: log.index("<!-- anchor ")])
    assert team.ok("absorb", "--delete") == f"{LOG}: entry of {anchor_id} One is gone: deleted\n"
    assert team.files() == []
    (kept,) = (team.root / ".git/gitanchor/journal").glob("*-delete-*")
    assert "name: One\n" in kept.read_text()


def test_a_foreword_is_kept_in_its_place(team: Repo) -> None:
    head = "seamless continuity across chats.\n"
    team.write(LOG, team.read(LOG).replace(head, f"{head}\nRead this first.\n\n- and this\n", 1))
    assert "text around the entries is kept in .anchors/foreword.md\n" in team.ok("absorb")
    assert team.read(".anchors/foreword.md") == "Read this first.\n\n- and this\n"
    log = team.read(LOG)
    assert (
        "\n<!-- foreword, kept in .anchors/foreword.md -->\n\n"
        "Read this first.\n\n- and this\n\n<!-- /foreword -->\n" in log
    )
    team.ok("render", "--check")
    team.ok("add", "Two", "-c", "y")
    team.write(LOG, team.read(LOG).replace("Read this first.", "Read this at once."))
    team.ok("absorb")
    assert team.read(".anchors/foreword.md") == "Read this at once.\n\n- and this\n"
    team.write(LOG, team.read(LOG) + "\nSome closing words.\n")
    team.ok("absorb")
    assert team.read(".anchors/foreword.md").endswith("- and this\n\nSome closing words.\n")
    team.ok("render", "--check")
    assert len(team.files()) == 2


def test_what_cannot_be_absorbed(team: Repo) -> None:
    (team.root / LOG).unlink()
    result = team.anchor("absorb")
    assert (result.status, result.err) == (
        1,
        f"error: there is no '{LOG}'; 'git anchor render' writes it\n",
    )
    result = team.anchor("absorb", "--ours", "--theirs")
    assert (result.status, result.err) == (
        2,
        "error: options '--ours' and '--theirs' cannot be used together\n",
    )


# Entries that were changed in the log and in their file -----------------------------------------

HINT = """\
hint: Use "git anchor absorb --ours" to keep the text of the anchor files,
hint: or "git anchor absorb --theirs" to take the text of the log.
"""


def change(repo: Repo, path: str, old: str, new: str) -> str:
    """Change a file by hand, and return its new text."""
    text = repo.read(path)
    assert old in text
    changed = text.replace(old, new, 1)
    repo.write(path, changed)
    return changed


def forget(repo: Repo) -> None:
    """Lose the journal, as another clone has none."""
    for path in (repo.root / ".git/gitanchor/journal").iterdir():
        path.unlink()


def line_of_entry(repo: Repo) -> int:
    lines = repo.read(LOG).split("\n")
    return next(n for n, line in enumerate(lines, 1) if line.startswith("<!-- anchor "))


@pytest.mark.parametrize("known_from", ["journal", "history", "older history"])
def test_sections_that_only_one_side_changed_are_merged(team: Repo, known_from: str) -> None:
    (path,) = team.files()
    line, anchor_id = line_of_entry(team), team.json("show")["id"]
    change(team, LOG, "**Context:** ctx", "**Context:** by hand")
    if known_from == "journal":
        team.git("update-ref", "-d", "HEAD")
    else:
        forget(team)
    change(team, path, "next_action: |-\n  next\n", "next_action: |-\n  new # of the file\n")
    if known_from == "older history":
        team.run("git", "commit", "-q", "-m", "Edit", "--", path, check=True)
    result = team.anchor("absorb")
    assert result == Result(0, f"{LOG}:{line}: changed: {anchor_id} One\n", "")
    anchor = team.json("show")
    assert (anchor["context"], anchor["next_action"]) == ("by hand", "new # of the file")
    team.ok("render", "--check")
    assert team.ok("absorb") == ""


def test_a_fact_that_the_file_changed_is_no_conflict(team: Repo) -> None:
    (path,) = team.files()
    change(team, LOG, "**Context:** ctx", "**Context:** by hand")
    change(team, path, "status: open", "status: done")
    team.ok("absorb")
    anchor = team.json("show")
    assert (anchor["context"], anchor["status"]) == ("by hand", "done")


def test_the_same_change_on_both_sides_is_no_conflict(team: Repo) -> None:
    (path,) = team.files()
    forget(team)
    change(team, LOG, "**Context:** ctx", "**Context:** same")
    content = change(team, path, "ctx", "same")
    told = "left out: changed here and in its file to the same text: nothing to take over"
    assert team.anchor("absorb") == Result(0, f"{LOG}:{line_of_entry(team)}: {told}\n", "")
    assert team.read(path) == content
    team.ok("render", "--check")


def test_an_edit_in_no_section_is_told(team: Repo) -> None:
    log = team.read(LOG)
    change(team, LOG, "*On branch", "*No branch")
    told = "left out: branch and commit of an anchor are not changed in the log: not taken over"
    assert team.anchor("absorb") == Result(0, f"{LOG}:{line_of_entry(team) + 10}: {told}\n", "")
    assert team.read(LOG) == log
    change(team, LOG, '"status": "open"', '"status": "done"')
    told = "left out: changed by hand, but in none of its sections: not taken over"
    assert team.anchor("absorb") == Result(0, f"{LOG}:{line_of_entry(team)}: {told}\n", "")
    assert team.read(LOG) == log


def disputed(repo: Repo) -> tuple[str, str, str]:
    """Change a section on both sides, another in the log only; id, log and file as they are then."""
    (path,) = repo.files()
    change(repo, LOG, "**Context:** ctx", "**Context:** of the log")
    log = change(repo, LOG, "**Next action:** next", "**Next action:** only in the log")
    file = change(repo, path, "ctx", "of the file")
    return repo.json("show")["id"], log, file


@pytest.mark.parametrize("known", [True, False])
def test_a_section_that_both_sides_changed_is_a_conflict(team: Repo, known: bool) -> None:
    line = line_of_entry(team)
    anchor_id, log, file = disputed(team)
    sections = "Context"
    if not known:
        forget(team)
        team.git("update-ref", "-d", "HEAD")
        sections = "Context, Next action; what it was before is not known"
    conflict = f"{LOG}:{line}: conflict: {anchor_id} was changed here and, since, in its file"
    for arguments in (["absorb"], ["absorb", "--check"]):
        assert team.anchor(*arguments) == Result(1, f"{conflict}: {sections}\n", HINT)
        assert (team.read(LOG), team.read(team.files()[0])) == (log, file)


@pytest.mark.parametrize(
    ("side", "known", "texts", "lost"),
    [
        ("ours", True, ("of the file", "only in the log"), ("of the log", "only in the log")),
        ("theirs", True, ("of the log", "only in the log"), ("of the file", "next")),
        ("ours", False, ("of the file", "next"), ("of the log", "only in the log")),
        ("theirs", False, ("of the log", "only in the log"), ("of the file", "next")),
    ],
)
def test_a_side_settles_a_conflict_and_the_other_is_kept(
    team: Repo, side: str, known: bool, texts: tuple[str, str], lost: tuple[str, str]
) -> None:
    line = line_of_entry(team)
    anchor_id, log, _ = disputed(team)
    if not known:
        forget(team)
        team.git("update-ref", "-d", "HEAD")
    checked = team.anchor("absorb", "--check", f"--{side}")
    assert (checked.status, checked.err, team.read(LOG)) == (1, "", log)
    out = team.ok("absorb", f"--{side}")
    (kept,) = team.ok("recover").splitlines()
    name = kept.split(" ")[0]
    assert kept == f"{name} <!-- anchor {anchor_id} -->"
    sections = "Context" if known else "Context, Next action"
    taken = "took the log's text" if side == "theirs" else "kept the anchor file's text"
    changed = "" if (side, known) == ("ours", False) else f"{LOG}:{line}: changed: {anchor_id} One\n"
    assert out == (
        f"{changed}{LOG}:{line}: {taken}: {anchor_id} One ({sections});"
        f" the other is kept: 'git anchor recover {name}'\n"
    )
    anchor = team.json("show")
    assert (anchor["context"], anchor["next_action"]) == texts
    team.ok("render", "--check")
    assert team.ok("absorb") == ""
    if side == "ours":
        lines = log.split("\n")
        assert team.ok("recover", name) == "\n".join([*lines[line - 1 : -3], ""])
    team.ok("add", "--yes", "-F", "-", stdin=team.ok("recover", name))
    again = team.json("show")
    assert (again["name"], again["context"], again["next_action"]) == ("One", *lost)


def test_a_commit_with_a_conflict_is_made_and_told_of(team: Repo) -> None:
    _, log, file = disputed(team)
    result = team.run("git", "commit", "-q", "-a", "-m", "Both", check=True)
    assert result.err == (
        f"git anchor: {LOG} and an anchor file were both changed;"
        " 'git anchor absorb' says where, and what to do\n"
    )
    assert (team.read(LOG), team.read(team.files()[0])) == (log, file)


def test_a_commit_merges_what_only_one_side_changed(team: Repo) -> None:
    (path,) = team.files()
    anchor_id = team.json("show")["id"]
    change(team, LOG, "**Context:** ctx", "**Context:** by hand")
    content = change(team, path, "next\n", "new\n")
    team.git("add", LOG)
    result = team.run("git", "commit", "-q", "-m", "Log", check=True)
    assert result.err == (
        f"git anchor: {LOG} holds edits of an anchor whose file has edits that are not staged;"
        " 'git anchor absorb' takes them in\n"
    )
    assert (team.read(path), team.git("status", "--porcelain")) == (content, f" M {path}")
    change(team, LOG, "by hand", "by hand!")
    result = team.run("git", "commit", "-q", "-a", "-m", "Both", check=True)
    assert result.err == f"git anchor: absorbed One ({anchor_id})\n"
    assert team.git("status", "--porcelain") == ""
    anchor = team.json("show")
    assert (anchor["context"], anchor["next_action"]) == ("by hand!", "new")


# Logs without entries ---------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1])
def test_a_foreword_of_any_text_is_kept_in_a_log_with_or_without_entries(repo: Repo, count: int) -> None:
    repo.ok("init")
    for _ in range(count):
        repo.ok("add", "One", "-c", "ctx")
    head = "seamless continuity across chats.\n"
    foreword = "Read this.\n\nNext action: always one.\n"
    change(repo, LOG, head, f"{head}\n{foreword}")
    told = f"{LOG}: text around the entries is kept in .anchors/foreword.md\n"
    assert repo.anchor("absorb", "--check") == Result(1, told, "")
    assert repo.anchor("absorb") == Result(0, told, "")
    assert repo.read(".anchors/foreword.md") == foreword
    repo.ok("render", "--check")
    assert repo.anchor("absorb") == Result(0, "", "")
    change(repo, LOG, "Read this.", "Read that.")
    repo.write(LOG, f"{repo.read(LOG)}\nContext: nobody's.\n")
    assert repo.anchor("absorb") == Result(0, told, "")
    expected = foreword.replace("this", "that") + "\nContext: nobody's.\n"
    assert repo.read(".anchors/foreword.md") == expected
    repo.write(LOG, f"{repo.read(LOG)}\n{PASTED}")
    assert "new anchor" in repo.ok("absorb")
    assert repo.read(".anchors/foreword.md") == expected
    assert len(repo.files()) == count + 1
    repo.ok("render", "--check")


# Before a commit --------------------------------------------------------------------------------


def test_a_paste_and_commit_a_make_one_commit_of_anchor_and_log(team: Repo) -> None:
    paste(team)
    result = team.run("git", "commit", "-q", "-a", "-m", "Paste", check=True)
    anchor = team.json("show")
    assert result.err.startswith(f"git anchor: absorbed Pasted ({anchor['id']})\n")
    assert team.git("show", "--name-only", "--format=", "HEAD").split("\n") == [anchor["path"], LOG]
    assert team.git("status", "--porcelain") == ""
    assert team.git("show", f"HEAD:{LOG}") + "\n" == team.read(LOG)
    team.ok("render", "--check")


def test_a_partial_commit_is_left_as_it_is(team: Repo) -> None:
    pasted = paste(team)
    team.write("other", "x\n")
    team.git("add", "other")
    result = team.run("git", "commit", "-q", "-m", "Other", "--", "other", check=True)
    assert result.err == ""
    assert team.git("show", "--name-only", "--format=", "HEAD") == "other"
    assert team.read(LOG) == pasted
    assert team.git("status", "--porcelain") == f" M {LOG}"
    result = team.run("git", "commit", "-q", "-m", "Log", "--", LOG, check=True)
    assert (
        result.err
        == f"git anchor: {LOG} holds edits that are in no anchor; 'git anchor absorb' takes them in\n"
    )
    assert team.git("show", f"HEAD:{LOG}") + "\n" == pasted


def test_a_deleted_entry_comes_back_and_no_empty_commit_is_made(team: Repo) -> None:
    log = team.read(LOG)
    before = team.git("rev-parse", "HEAD")
    gone = f"git anchor: entry of {team.json('show')['id']} One is gone: comes back ('git anchor absorb --delete' deletes it)\n"
    team.write(LOG, log[: log.index("<!-- anchor ")])
    result = team.run("git", "commit", "-q", "-a", "-m", "Delete")
    left = "error: git anchor: nothing is left to commit, as all of it came back\n"
    assert result == Result(1, "", gone + left)
    assert (team.git("rev-parse", "HEAD"), team.read(LOG)) == (before, log)
    assert team.git("status", "--porcelain") == ""
    team.commit("Nothing, as I say")
    team.write("code", "x\n")
    team.git("add", "code")
    team.write(LOG, log[: log.index("<!-- anchor ")])
    result = team.run("git", "commit", "-q", "-a", "-m", "Code", check=True)
    assert result == Result(0, "", gone)
    assert team.git("show", "--name-only", "--format=", "HEAD") == "code"
    assert (team.read(LOG), team.git("status", "--porcelain")) == (log, "")


def test_what_is_not_taken_over_is_told_before_a_commit(team: Repo) -> None:
    anchor_id, line = team.json("show")["id"], line_of_entry(team)
    change(team, LOG, "**12:00 ", "**13:00 ")
    change(team, LOG, "ctx", "by hand")
    result = team.run("git", "commit", "-q", "-a", "-m", "Edit", check=True)
    assert result.err == (
        f"git anchor: {LOG}:{line}: left out: its time was changed to 13:00 03/01/2026: not taken over\n"
        f"git anchor: absorbed One ({anchor_id})\n"
    )


def test_a_name_that_was_emptied_stops_the_hook_and_not_the_commit(team: Repo) -> None:
    anchor_id, line = team.json("show")["id"], line_of_entry(team)
    log = change(team, LOG, "[One]", "[]")
    result = team.run("git", "commit", "-q", "-a", "-m", "Edit", check=True)
    assert result.err == (
        f"warning: git anchor: {LOG}:{line}: {anchor_id}: the name is empty; give one\n"
    )
    assert (team.read(LOG), team.json("show")["name"]) == (log, "One")


def test_edits_that_are_not_staged_are_not_touched(team: Repo) -> None:
    team.ok("add", "Two", "-c", "x")
    team.git("add", ".anchors")
    pasted = paste(team)
    result = team.run("git", "commit", "-q", "-m", "Two", check=True)
    assert "holds edits that are in no anchor" in result.err
    assert team.read(LOG) == pasted
    assert len(team.files()) == 2


def test_the_log_joins_a_commit_of_anchors(team: Repo) -> None:
    team.ok("add", "Two", "-c", "x")
    team.git("add", ".anchors")
    assert team.run("git", "commit", "-q", "-m", "Two", check=True).err == ""
    assert team.git("status", "--porcelain") == ""
    assert LOG in team.git("show", "--name-only", "--format=", "HEAD")


def test_other_commits_are_as_without_the_hook(team: Repo) -> None:
    team.write("code", "x\n")
    team.git("add", "code")
    assert team.run("git", "commit", "-q", "-m", "Code", check=True).err == ""
    assert team.git("show", "--name-only", "--format=", "HEAD") == "code"


@pytest.mark.parametrize("path", ["/usr/bin:/bin", ""])
def test_without_gitanchor_there_is_one_warning_and_the_commit(team: Repo, path: str) -> None:
    pasted = paste(team)
    bare = path or "/usr/bin:/bin:/nowhere"
    result = team.run("env", f"PATH={bare}", "git", "commit", "-q", "-a", "-m", "Paste", check=True)
    assert (
        result.err
        == "warning: git-anchor is not on PATH, so the log of anchors was not brought up to date\n"
    )
    assert team.read(LOG) == pasted


def test_a_torn_file_does_not_stop_a_commit(team: Repo) -> None:
    path = team.files()[0]
    team.write(path, team.read(path)[:-4])
    result = team.run("git", "commit", "-q", "-a", "-m", "Torn", check=True)
    assert (
        result.err
        == f"warning: git anchor: {path}: torn: the closing '...' is missing, so its end was cut off\n"
    )


MARKED = "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> side\n"


@pytest.mark.diagonal
@pytest.mark.parametrize("options", [[], ["-a"], ["--", "{path}"], ["--amend"]])
@pytest.mark.parametrize("kind", ["log", "page", "anchor", "settings", "foreword"])
def test_a_commit_with_conflict_markers_is_refused(team: Repo, kind: str, options: list[str]) -> None:
    if kind == "page":
        team.write(".anchors/config.yaml", "log:\n  mode: archive\n  keep: 1\n")
        team.ok("render")
        team.git("add", "-A")
        team.git("commit", "-qm", "Pages")
    path = {
        "log": LOG,
        "page": "docs/anchors/2026-03.md",
        "anchor": team.files()[0],
        "settings": ".anchors/config.yaml",
        "foreword": ".anchors/foreword.md",
    }[kind]
    present = team.read(path) if (team.root / path).exists() else ""
    team.write(path, f"{present}{MARKED}")
    team.git("add", path)
    line = present.count("\n") + 1
    advice = "'git anchor resolve' finishes the merge"
    if kind in {"settings", "foreword"}:
        advice = "take it out by hand, then 'git add' the file"
    command = ("git", "commit", "-qm", "x", *(option.format(path=path) for option in options))
    before = team.git("rev-parse", "HEAD")
    refused = team.run(*command)
    assert (refused.status, refused.out, refused.err, team.git("rev-parse", "HEAD")) == (
        1,
        "",
        f"error: git anchor: {path}:{line}: a conflict marker, so no commit is made; {advice}\n",
        before,
    )
    assert team.run("git", "commit", "-qm", "x", "--no-verify").status == 0


def test_a_commit_with_markers_that_are_an_anchors_text_is_made(team: Repo) -> None:
    text = f"It said:\n\n{MARKED}\nand stopped."
    team.ok("add", "Stuck", "-c", text, "-n", ">>>>>>> side\n\n=======\n\n||||||| base")
    team.git("add", "-A")
    assert team.run("git", "commit", "-qm", "Stuck") == Result(0, "", "")
    team.write("other", MARKED)  # is not ours to judge
    team.git("add", "-A")
    assert team.run("git", "commit", "-qm", "Other") == Result(0, "", "")


def test_the_hook_works_in_a_linked_worktree(team: Repo, tmp_path: Path) -> None:
    team.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    paste(linked)
    linked.run("git", "commit", "-q", "-a", "-m", "Paste", check=True)
    assert linked.git("status", "--porcelain") == ""
    assert len(linked.files()) == 2
    assert len(team.files()) == 1


def test_the_first_commit_of_a_repository(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "new")
    repo.ok("init")
    repo.ok("add", "One", "-c", "x")
    repo.git("add", "-A")
    assert repo.run("git", "commit", "-q", "-m", "First", check=True).err == ""
    assert repo.git("status", "--porcelain") == ""


def test_a_log_that_is_kept_by_hand_waits_for_its_import(repo: Repo) -> None:
    by_hand = "# Ours\n\nResume from anchor: [A]\nContext: c\nNext action: n\n"
    repo.write(LOG, by_hand)
    repo.ok("init")
    repo.git("add", "-A")
    assert repo.run("git", "commit", "-q", "-m", "Keep anchors", check=True).err == ""
    assert (repo.read(LOG), repo.files()) == (by_hand, [])
    result = repo.anchor("absorb")
    assert (result.status, result.err) == (
        2,
        f"error: '{LOG}' was kept by hand so far; 'git anchor import {LOG}' takes it in\n",
    )


def test_what_a_hand_writes_while_the_log_is_taken_in_is_not_overwritten(team: Repo) -> None:
    read = paste(team)
    late = paste(team, PASTED.replace("Pasted", "Late"))
    written = render.follow_up(team.workspace(), Written(()), over={LOG: read})
    assert written.warnings[0].startswith("the log was not regenerated: ")
    assert written.warnings[0].endswith("text was added by hand; take it in with 'git anchor absorb'")
    assert team.read(LOG) == late
    assert render.follow_up(team.workspace(), Written(()), over={LOG: late}).warnings == ()
    assert team.read(LOG) != late


def test_a_log_is_taken_in_by_one_at_a_time(team: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitanchor.storage.locks.LOCK_SECONDS", 0.1)
    paste(team)
    with team.workspace().state.absorbing(LOG):
        result = team.anchor("absorb")
    assert (result.status, result.err) == (
        5,
        f"error: {LOG} is being written by another process for more than 0 s; try again\n",
    )
    assert len(team.files()) == 1
    team.ok("absorb")


# Absorbing again what could not be finished ------------------------------------------------------


@pytest.fixture
def full_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """No log is put in place any more, as if the disk were full, until this is undone."""

    def failing(one: Path, other: Path) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "_exchange", failing)
        yield patch


TIMED = f"**12:00 03/01/2026**\n\n{PASTED}"


@pytest.mark.parametrize("text", [PASTED, TIMED, f"{PASTED}\n{PASTED}"], ids=["plain", "timed", "twice"])
def test_what_was_absorbed_before_the_log_failed_is_not_absorbed_again(
    team: Repo, full_log: pytest.MonkeyPatch, text: str
) -> None:
    pasted = paste(team, text)
    result = team.anchor("absorb")
    told = (
        f"error: cannot write '{team.root / LOG}': No space left on device; only the log is not written"
    )
    assert (result.status, result.err) == (1, f"{told}: try 'git anchor render'\n")
    assert team.read(LOG) == pasted
    full_log.undo()
    files = {path: team.read(path) for path in team.files()}
    team.ok("edit", "Pasted", "-c", "changed since")
    changed = {path: team.read(path) for path in files}
    team.ok("absorb")
    assert {path: team.read(path) for path in team.files()} == changed
    assert sum(before != changed[path] for path, before in files.items()) == 1
    team.ok("render", "--check")
    assert team.ok("absorb") == ""


def test_the_same_answer_pasted_again_is_an_anchor_of_its_own(team: Repo) -> None:
    for count in (2, 3):
        paste(team)
        team.ok("absorb")
        assert len(team.files()) == count
