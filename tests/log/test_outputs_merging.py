"""Merging files that are generated beside the log: the driver, git without it, `resolve`, and the hooks."""

import os
from pathlib import Path

import pytest

from gitanchor.hooks import merge_driver
from gitanchor.model.anchor import Anchor
from gitanchor.rendering import handoff_files, log_entries
from gitanchor.storage.field_merge import Marks, Merged
from tests.log.test_merging import anchor
from tests.log.test_outputs import BANK, LOG, NOTE, RULES, edit, made_team
from tests.repositories import Repo

CARRIED = ["merge", "rebase", "squash", "cherry-pick"]


# The driver --------------------------------------------------------------------------------------


def snapshot(one: Anchor | None, *more: str) -> str:
    return handoff_files.snapshot("\n\n".join([log_entries.entry(one), *more]) if one else None)


def block(one: Anchor | None) -> str:
    return handoff_files.block(log_entries.entry(one) if one else None)


def merged(base: str, ours: str, theirs: str) -> Merged:
    texts = (base.encode(), ours.encode(), theirs.encode())
    content, result = merge_driver.merge_contents(texts, NOTE, Marks())
    assert content.decode() == result.text
    return result


B, X, Y = anchor(10), anchor(11), anchor(12)


@pytest.mark.parametrize("make", [snapshot, block])
@pytest.mark.parametrize(
    ("base", "ours", "theirs", "wanted"),
    [
        (B, X, Y, Y),
        (B, Y, X, Y),
        (B, B, X, X),
        (B, X, B, X),
        (B, B, None, None),
        (B, None, Y, Y),
        (None, X, Y, Y),
        (None, None, X, X),
        (Y, B, Y, B),  # the newer one was removed, or is done
        (Y, B, X, X),
        (X, X, X, X),
        (B, anchor(10, context="Edited."), X, X),  # by an edit, not by a hand
        (B, X, anchor(10, context="Edited."), X),
        (B, anchor(10, context="Edited."), None, anchor(10, context="Edited.")),
    ],
)
def test_the_newer_of_both_sides_stays(
    make: object, base: Anchor | None, ours: Anchor | None, theirs: Anchor | None, wanted: Anchor | None
) -> None:
    assert callable(make)
    around = "# Rules\n\n{}\n" if make is block else "{}"
    texts = [around.format(make(each)) for each in (base, ours, theirs, wanted)]
    found = merged(texts[0], texts[1], texts[2])
    assert (found.text, found.clean) == (texts[3], True)
    if base is None:
        found = merged("", texts[1], texts[2])
        assert (found.text, found.clean) == (texts[3], True)


def test_fields_of_one_anchor_are_merged() -> None:
    ours, theirs = anchor(10, context="New."), anchor(10, notes="Also new.")
    found = merged(snapshot(B), snapshot(ours), snapshot(theirs))
    assert found.text == snapshot(anchor(10, context="New.", notes="Also new."))
    found = merged(snapshot(B), snapshot(ours), snapshot(anchor(10, context="Other.")))
    assert not found.clean
    assert found.text.count("<<<<<<< ") == 2  # around the section, and around the last comment
    assert "New." in found.text
    assert "Other." in found.text


@pytest.mark.parametrize("swapped", [False, True])
def test_an_entry_that_a_person_changed_is_kept_besides_the_newer_one(swapped: bool) -> None:
    edited = snapshot(B).replace("It works.", "A hand wrote this.")
    sides = [edited, snapshot(Y)]
    ours, theirs = reversed(sides) if swapped else sides
    found = merged(snapshot(B), ours, theirs)
    assert found.clean
    first, rest = found.text.split(f"<!-- /anchor {Y.id}")
    assert f"<!-- anchor {Y.id} -->" in first
    assert "A hand wrote this." in rest


def test_text_around_an_entry_survives() -> None:
    ours = snapshot(X).replace("<!-- prettier-ignore-end -->", "Mine.\n\n<!-- prettier-ignore-end -->")
    theirs = snapshot(Y).replace("<!-- anchor", "Theirs.\n\n<!-- anchor", 1)
    found = merged(snapshot(B), ours, theirs)
    assert found.clean
    assert "\nMine.\n" in found.text
    assert "\nTheirs.\n" in found.text


def test_the_text_around_a_block_is_merged_by_lines() -> None:
    def rules(top: str, one: Anchor, end: str) -> str:
        return f"{top}\n\n{block(one)}\n\n{end}\n"

    found = merged(rules("Top", B, "End"), rules("My top", X, "End"), rules("Top", Y, "Their end"))
    assert (found.text, found.clean) == (rules("My top", Y, "Their end"), True)
    found = merged(rules("Top", B, "End"), rules("Mine", X, "End"), rules("Theirs", Y, "End"))
    assert not found.clean
    assert found.text.startswith("<<<<<<< ours\nMine\n=======\nTheirs\n>>>>>>> theirs\n\n")
    assert found.text.endswith(f"{block(Y)}\n\nEnd\n")


def test_a_block_that_one_side_took_out_or_moved_follows_that_side() -> None:
    base = f"Top\n\n{block(B)}\n\nEnd\n"
    assert merged(base, "Top\n\nEnd\n", base).text == "Top\n\nEnd\n"
    moved = f"{block(X)}\n\nTop\n\nEnd\n"
    found = merged(base, moved, f"Top\n\n{block(Y)}\n\nEnd\n")
    assert found.clean
    assert found.text == f"{block(Y)}\n\nTop\n\nEnd\n"


def test_line_breaks_of_the_file_are_kept() -> None:
    texts = [f"Top\n\n{block(each)}\n\nEnd\n".replace("\n", "\r\n") for each in (B, X, Y)]
    found = merged(texts[0], texts[1], texts[2])
    assert (found.text, found.clean) == (texts[2], True)


def test_a_log_that_speaks_of_blocks_stays_a_log() -> None:
    quoting = anchor(11, context=f"{handoff_files.BEGIN}\n{handoff_files.CLOSE}\n")
    found = merged(log_entries.log([B]), log_entries.log([quoting, B]), log_entries.log([Y, B]))
    assert found.text == log_entries.log([Y, quoting, B])


# Branches ----------------------------------------------------------------------------------------


@pytest.fixture
def team(repo: Repo) -> Repo:
    """A repository with hooks, three outputs and one anchor, all committed."""
    return repo.once(made_team)


@pytest.fixture
def two(repo: Repo) -> Repo:
    """The same with an anchor more on each of two branches, main and topic."""
    return repo.once(made_two)


def made_two(repo: Repo) -> None:
    made_team(repo)
    repo.git("switch", "-qc", "topic")
    at("2026-03-02T12:00:00+01:00")
    repo.ok("add", "Theirs", "-c", "on topic", "-n", "n", "--commit")
    repo.git("switch", "-q", "main")
    at("2026-03-03T12:00:00+01:00")
    repo.ok("add", "Ours", "-c", "on main", "-n", "n", "--commit")
    at("2026-03-04T12:00:00+01:00")


def at(moment: str) -> None:
    os.environ["GIT_AUTHOR_DATE"] = os.environ["GIT_COMMITTER_DATE"] = moment


def carry(repo: Repo, how: str) -> int:
    """Bring topic to main, or what main has to topic, in one of four ways; return git's status."""
    match how:
        case "merge":
            return repo.run("git", "merge", "--no-edit", "topic").status
        case "rebase":
            repo.git("switch", "-q", "topic")
            return repo.run("git", "rebase", "main").status
        case "squash":
            done = repo.run("git", "merge", "--squash", "topic")
            return done.status or repo.run("git", "commit", "-qm", "Squash").status
        case _:
            return repo.run("git", "cherry-pick", "topic").status


def go_on(repo: Repo, how: str) -> None:
    match how:
        case "rebase" | "cherry-pick":
            repo.git(how, "--continue", GIT_EDITOR="true")
        case _:
            repo.git("commit", "-qm", "Merge")


def check(repo: Repo) -> None:
    """All is as the anchors say, in the worktree and in the commit, for git of a fresh clone as well."""
    assert repo.ok("render", "--check") == ""
    assert repo.git("status", "--short") == ""
    for path in (NOTE, BANK, RULES):
        text = repo.git("show", f"HEAD:{path}")
        assert "[Ours]" in text
        assert "[Theirs]" not in text
        assert "<<<<<<<" not in text


@pytest.mark.parametrize("how", CARRIED)
def test_anchors_of_two_branches_merge_without_a_conflict(two: Repo, how: str) -> None:
    assert carry(two, how) == 0
    check(two)


@pytest.mark.parametrize("how", CARRIED)
def test_an_edit_of_the_anchor_that_one_side_shows_is_no_conflict(team: Repo, how: str) -> None:
    team.git("switch", "-qc", "topic")
    at("2026-03-02T12:00:00+01:00")
    team.ok("add", "Newer", "-c", "c", "-n", "n", "--commit")
    team.git("switch", "-q", "main")
    team.ok("edit", "One", "-n", "Edited")
    team.git("commit", "-qam", "Edit")
    assert carry(team, how) == 0
    assert team.ok("render", "--check") == ""
    assert team.git("status", "--short") == ""
    for path in (NOTE, BANK, RULES):
        assert "[Newer]" in team.git("show", f"HEAD:{path}")
        assert "Edited" not in team.git("show", f"HEAD:{path}")
    assert "Edited" in team.read(LOG)


@pytest.mark.parametrize("how", CARRIED)
def test_an_edit_here_and_the_end_of_the_anchor_there_is_no_conflict(team: Repo, how: str) -> None:
    team.git("switch", "-qc", "topic")
    team.ok("done", "One")
    team.git("commit", "-qam", "Done")
    team.git("switch", "-q", "main")
    team.ok("edit", "One", "-n", "Edited")
    team.git("commit", "-qam", "Edit")
    assert carry(team, how) == 0
    team.ok("render")
    assert "No anchor is open." in team.read(NOTE)
    assert "Edited" in team.read(LOG)


@pytest.mark.parametrize("how", CARRIED)
def test_what_people_wrote_around_the_block_merges(two: Repo, how: str) -> None:
    two.git("switch", "-q", "topic")
    two.write(RULES, f"# From topic\n\n{two.read(RULES)}")
    two.git("commit", "-qam", "Rules")
    if how == "cherry-pick":
        assert two.run("git", "switch", "-q", "main").status == 0
        assert two.run("git", "cherry-pick", "topic~", "topic").status == 0
    else:
        two.git("switch", "-q", "main")
        two.write(RULES, f"{two.read(RULES)}\nFrom main.\n")
        two.git("commit", "-qam", "Rules of main")
        assert carry(two, how) == 0
        assert two.read(RULES).endswith("\n\nFrom main.\n")
    assert two.read(RULES).startswith("# From topic\n\n# Rules\n")
    check(two)


@pytest.mark.parametrize("how", CARRIED)
def test_git_without_the_driver_leaves_a_conflict_that_resolve_finishes(two: Repo, how: str) -> None:
    two.git("config", "--remove-section", "merge.gitanchor")
    assert carry(two, how) != 0
    assert "<<<<<<<" in two.read(NOTE)
    done = two.anchor("resolve")
    assert (done.status, done.err) == (0, "")
    for path in (NOTE, BANK, RULES):
        assert f"{path}: rendered anew" in done.out
    assert two.git("diff", "--name-only", "--diff-filter=U") == ""
    go_on(two, how)
    check(two)


def test_an_octopus_merge_which_asks_no_driver_is_finished_by_resolve(two: Repo) -> None:
    two.git("switch", "-qc", "third", "topic~")
    two.ok("add", "Third", "-c", "c", "-n", "n", "--commit")
    two.git("switch", "-qc", "all", "topic~")
    assert two.run("git", "merge", "--no-edit", "topic", "third").status != 0
    done = two.anchor("resolve")
    assert (done.status, done.err) == (0, "")
    two.git("commit", "-qm", "Merge")
    assert two.ok("render", "--check") == ""
    assert "[Third]" in two.git("show", f"HEAD:{NOTE}")


def test_a_fresh_clone_without_hooks_merges_and_resolves(two: Repo, tmp_path: Path) -> None:
    two.git("clone", "-q", str(two.root), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    assert clone.run("git", "merge", "--no-edit", "origin/topic").status != 0
    assert clone.anchor("resolve").status == 0
    clone.git("commit", "-qm", "Merge")
    check(clone)


@pytest.mark.parametrize("with_driver", [True, False])
@pytest.mark.parametrize("path", [NOTE, RULES])
def test_hand_edits_on_both_sides_go_into_their_anchors(two: Repo, path: str, with_driver: bool) -> None:
    edit(two, path, "on main", "on main, by hand")
    two.git("commit", "-qm", "Edit", "--no-verify", path)
    two.git("switch", "-q", "topic")
    edit(two, path, "on topic", "on topic, by hand")
    two.git("commit", "-qm", "Edit", "--no-verify", path)
    two.git("switch", "-q", "main")
    if not with_driver:
        two.git("config", "--remove-section", "merge.gitanchor")
    if carry(two, "merge"):
        assert not with_driver
        assert two.anchor("resolve").status == 0
        two.git("commit", "-qm", "Merge")
    two.ok("absorb")
    contexts = {one["name"]: one["context"] for one in two.json("list")}
    assert (contexts["Ours"], contexts["Theirs"]) == ("on main, by hand", "on topic, by hand")
    assert two.ok("render", "--check") == ""
    assert "[Theirs]" not in two.read(path)


def test_a_conflict_around_the_block_is_left_to_people(two: Repo) -> None:
    for branch in ("topic", "main"):
        two.git("switch", "-q", branch)
        edit(two, RULES, "Be kind.", f"Be {branch}.")
        two.git("commit", "-qam", "Rules")
    assert carry(two, "merge") != 0
    assert "Be main." in two.read(RULES)
    assert "Be topic." in two.read(RULES)
    done = two.anchor("resolve")
    told = f"{RULES}: left: both sides changed the text around the block; settle it, then 'git add' it"
    assert done.status == 1
    assert told in done.out + done.err
    assert "Be main." in two.read(RULES)
    assert two.run("git", "commit", "-qam", "With markers").status != 0
    text = two.read(RULES)
    start, end = text.index("<<<<<<<"), text.index(">>>>>>>")
    two.write(RULES, text[:start] + "Be both." + text[text.index("\n", end) :])
    two.git("add", RULES)
    two.ok("resolve")
    two.git("commit", "-qm", "Merge")
    check(two)
    assert "Be both." in two.read(RULES)


def test_a_commit_with_conflict_markers_is_refused(team: Repo) -> None:
    line = team.read(NOTE).count("\n") + 1
    team.write(NOTE, team.read(NOTE) + "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n")
    team.git("add", NOTE)
    done = team.run("git", "commit", "-qm", "Marked")
    assert done.status == 1
    assert f"{NOTE}:{line}: a conflict marker, so no commit is made" in done.err
    assert team.anchor("resolve").status == 0
    assert team.read(".anchors/foreword.md") == "a\n\nb\n"


def test_a_merge_that_leaves_another_state_is_told_and_rendered(two: Repo) -> None:
    two.git("merge", "--no-edit", "topic")
    for branch, name in (("one", "Ours"), ("other", "Theirs")):
        two.git("switch", "-qc", branch, "main")
        two.ok("done", name)
        two.git("commit", "-qam", "Done")
    done = two.run("git", "merge", "--no-edit", "one")
    assert done.status == 0
    assert f"hint: After this merge {NOTE} differs from the anchors.\n" in done.err
    assert two.git("status", "--short") == ""
    two.ok("render")
    assert "No anchor is open." in two.read(NOTE)


# Hooks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [NOTE, BANK, RULES])
def test_a_commit_of_an_edit_absorbs_it(team: Repo, path: str) -> None:
    edit(team, path, "ctx", "by hand")
    done = team.run("git", "commit", "-qam", "Edit", check=True)
    assert done.err.startswith("git anchor: absorbed One (")
    assert team.json("list")[0]["context"] == "by hand"
    assert team.git("status", "--short") == ""
    assert "by hand" in team.git("show", f"HEAD:{LOG}")
    assert team.git("show", f"HEAD:{NOTE}") + "\n" == team.read(NOTE)


def test_unstaged_edits_are_not_committed(team: Repo) -> None:
    edit(team, NOTE, "ctx", "staged")
    team.git("add", NOTE)
    edit(team, NOTE, "staged", "not staged")
    done = team.run("git", "commit", "-qm", "Edit", check=True)
    assert f"{NOTE} holds edits that are in no anchor; 'git anchor absorb' takes them in" in done.err
    assert "not staged" in team.read(NOTE)
    assert team.json("list")[0]["context"] == "ctx"


def test_a_partial_commit_is_only_checked(team: Repo) -> None:
    edit(team, NOTE, "ctx", "by hand")
    done = team.run("git", "commit", "-qm", "Edit", "--", NOTE, check=True)
    assert f"{NOTE} holds edits that are in no anchor" in done.err
    assert team.json("list")[0]["context"] == "ctx"


def test_a_partial_commit_without_the_anchor_file_is_refused(team: Repo) -> None:
    team.ok("add", "Two", "-c", "c", "-n", "n")
    done = team.run("git", "commit", "-qm", "Note", "--", NOTE)
    assert done.status == 1
    assert f"error: git anchor: {NOTE} has an entry whose file has to be in the same commit" in done.err


def test_work_of_people_around_the_block_is_not_staged(team: Repo) -> None:
    edit(team, RULES, "Be kind.", "Be strict.")
    team.ok("add", "Two", "-c", "c", "-n", "n")
    team.git("add", ".anchors")
    team.git("commit", "-qm", "Anchor")
    assert team.git("status", "--short") == f" M {RULES}"
    assert "Be kind." in team.git("show", f"HEAD:{RULES}")
    team.git("commit", "-qam", "Rules")
    assert team.git("status", "--short") == ""


def test_a_secret_is_refused(team: Repo) -> None:
    secret = "AKIA" + "Q3JX7PLM2ZT5WVKD"
    edit(team, NOTE, "ctx", f"the key is {secret}")
    done = team.anchor("absorb")
    assert done.status == 6
    assert done.err.startswith(f"error: {NOTE}:")
    team.git("add", NOTE)
    assert team.run("git", "commit", "-qm", "Secret").status != 0
    assert secret not in team.read(LOG)


def test_commits_of_these_files_alone_are_no_work(team: Repo) -> None:
    team.ok("add", "Two", "-c", "c", "-n", "n", "--commit")
    for number in range(6):
        team.write(RULES, team.read(RULES).replace("# Rules", f"# Rules {number}"))
        done = team.run("git", "commit", "-qam", "Rules", check=True)
        assert done.err == ""
    for number in range(5):
        done = team.commit("Work", {"README": f"{number}\n"})
        assert ("hint: 5 commits since anchor Two" in done.err) == (number == 4)


def test_a_checkout_with_crlf_is_not_rewritten(team: Repo, tmp_path: Path) -> None:
    team.git("-c", "core.autocrlf=true", "clone", "-q", str(team.root), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    clone.git("config", "core.autocrlf", "true")
    assert "\r\n" in clone.read(RULES)
    assert "\r\n" not in clone.read(NOTE)  # .gitattributes says so
    assert clone.ok("render", "--check") == ""
    clone.ok("add", "Two", "-c", "c", "-n", "n")
    rules = clone.read(RULES)
    assert rules.count("\r\n") == rules.count("\n")
    edit(clone, RULES, "**Context:** c\r\n", "**Context:** by hand\r\n")
    clone.ok("absorb")
    assert clone.json("list")[0]["context"] == "by hand"
    assert clone.ok("render", "--check") == ""
    assert clone.git("diff", "--stat", "--", NOTE, RULES).count("|") == 2
