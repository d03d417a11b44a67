"""`git anchor absorb`, the foreword, and the pre-commit hook that does it all by itself."""

from pathlib import Path

import pytest

from tests.repositories import Repo, make_repository

LOG = "GPT_Anchors_Log.md"
PASTED = "Resume from anchor: [Pasted]\nContext: p\nNext action: q\nDependencies:\n- Tools: gcc\n"


@pytest.fixture
def team(repo: Repo) -> Repo:
    """A repository with hooks, one anchor and its log, all committed."""
    repo.ok("init")
    repo.ok("add", "One", "-c", "ctx", "-n", "next")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")
    return repo


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
        "\n<!-- foreword, kept in .anchors/foreword.md -->\nRead this first.\n\n- and this\n<!-- /foreword -->\n"
        in log
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
    team.ok("render")
    team.write(LOG, team.read(LOG).replace("**Context:** ctx", "**Context:** by hand"))
    team.anchor("edit", "-n", "new")
    result = team.anchor("absorb")
    assert result.status == 1
    assert "was changed here and, since, in its file" in result.out
    assert "by hand" in team.read(LOG)


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
