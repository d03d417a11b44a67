"""Merging with real git: by the driver, and by `git anchor resolve` where a clone has none."""

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from gitanchor.git import conflict_markers
from gitanchor.hooks import merge_driver
from gitanchor.model.anchor import Anchor
from tests.repositories import BIN, Repo, git_version

LOG = "GPT_Anchors_Log.md"


def save(repo: Repo, subject: str) -> None:
    repo.git("add", "-A")
    repo.git("commit", "-qm", subject)


def ready(repo: Repo, *options: str) -> Repo:
    """A repository with one anchor, and without hooks: they might do what the driver should do."""
    repo.ok("init", "--no-hooks", *options)
    add(repo, "Base")
    return repo


def add(repo: Repo, name: str) -> str:
    """Add an anchor that is newer than all commits, commit it, and return its id."""
    hour = 8 + int(repo.git("rev-list", "--all", "--count"))
    os.environ["GIT_AUTHOR_DATE"] = f"2026-03-01T{hour:02}:00:00+01:00"
    repo.ok("add", name, "-c", f"{name} works.", "-n", f"Go on with {name}.")
    save(repo, name)
    return by_name(repo)[name].id


def by_name(repo: Repo) -> dict[str, Anchor]:
    return {stored.anchor.name: stored.anchor for stored in repo.workspace().listing.anchors}


def path_of(repo: Repo, name: str) -> str:
    return next(stored.path for stored in repo.workspace().listing.anchors if stored.anchor.name == name)


def assert_rendered(repo: Repo, *names: str) -> None:
    """The log is a fresh render of just these anchors, and git has nothing left to do."""
    assert set(by_name(repo)) == set(names)
    result = repo.anchor("render", "--check")
    assert (result.status, result.out, result.err) == (0, "", "")
    assert repo.git("ls-files", "-u") == ""
    repo.git("fsck", "--strict")


def unmerged(repo: Repo) -> set[str]:
    return {line.partition("\t")[2] for line in repo.git("ls-files", "-u").splitlines()}


def without_driver(repo: Repo) -> None:
    """Make the clone one in which nobody ran `git anchor init`."""
    repo.git("config", "--remove-section", "merge.gitanchor")


def diverged(repo: Repo, *branches: str) -> None:
    """Each branch adds an anchor of its own, and so does main."""
    ready(repo)
    for branch in branches:
        repo.git("checkout", "-qb", branch, "main")
        add(repo, branch.capitalize())
    repo.git("checkout", "-q", "main")
    add(repo, "Main")


def in_conflict(repo: Repo) -> None:
    """Both branches change the context of one anchor, and each something else in it."""
    ready(repo)
    repo.git("checkout", "-qb", "side")
    change(repo, "Base", {"Base works.": "Theirs.", 'notes: ""': "notes: Noted there."})
    repo.git("checkout", "-q", "main")
    change(repo, "Base", {"Base works.": "Ours.", "status: open": "status: done"})


def change(repo: Repo, name: str, words: dict[str, str]) -> None:
    path = path_of(repo, name)
    text = repo.read(path)
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new)
    repo.write(path, text)
    repo.ok("render")
    save(repo, f"Change {name}")


def say(repo: Repo, foreword: str) -> None:
    """Write something into the head of the log, and commit it."""
    text = repo.read(LOG)
    repo.write(LOG, text.replace("across chats.\n", f"across chats.\n\n{foreword}\n", 1))
    repo.ok("absorb")
    save(repo, "Foreword")


# Made known to git -----------------------------------------------------------------------------


def test_init_makes_the_driver_known_to_git(repo: Repo) -> None:
    assert "  merge driver installed\n" in repo.ok("init", "--no-hooks")
    assert repo.git("config", "merge.gitanchor.driver") == merge_driver.COMMAND
    assert repo.git("config", "merge.gitanchor.name") == "anchors by field, their log by entry"
    paths = (".anchors/2026/03/x.yaml", ".anchors/config.yaml", LOG, "other.yaml")
    assert repo.git("check-attr", "merge", "--", *paths) == (
        f"{paths[0]}: merge: gitanchor\n{paths[1]}: merge: unspecified\n"
        f"{paths[2]}: merge: gitanchor\n{paths[3]}: merge: unspecified"
    )
    assert "  merge driver already installed\n" in repo.ok("init", "--no-hooks")
    repo.git("config", "merge.gitanchor.driver", "git-anchor merge-driver %O %A %B")
    assert "  merge driver updated\n" in repo.ok("init", "--no-hooks")
    assert repo.git("config", "merge.gitanchor.driver") == merge_driver.COMMAND
    repo.git("config", "merge.gitanchor.driver", "/opt/bin/git-anchor merge-driver %O %A %B")
    assert "  merge driver not installed: merge.gitanchor.driver is '/opt/bin/" in repo.ok(
        "init", "--no-hooks"
    )
    repo.git("config", "merge.gitanchor.driver", "ours-own %A")
    assert "  merge driver not installed: merge.gitanchor.driver is 'ours-own %A'\n" in repo.ok(
        "init", "--no-hooks"
    )
    assert repo.git("config", "merge.gitanchor.driver") == "ours-own %A"


def test_a_repository_from_before_gets_the_attributes(repo: Repo) -> None:
    repo.write(".anchors/.gitattributes", "* text eol=lf\n")
    repo.write(".anchors/config.yaml", "remind: {commits: 3}\n")
    repo.ok("init", "--no-hooks")
    assert repo.read(".anchors/.gitattributes") == "* text eol=lf\n*/*/*.yaml merge=gitanchor\n"


# By the driver ---------------------------------------------------------------------------------


def test_a_merge_of_two_branches(repo: Repo) -> None:
    diverged(repo, "side")
    result = repo.run("git", "merge", "side")
    assert (result.status, result.err) == (0, "")
    assert_rendered(repo, "Base", "Main", "Side")
    assert repo.git("status", "--porcelain") == ""


def test_a_merge_of_three_branches_one_after_the_other(repo: Repo) -> None:
    diverged(repo, "one", "two")
    for branch in ("one", "two"):
        repo.git("merge", "-q", "--no-edit", branch)
    assert_rendered(repo, "Base", "Main", "One", "Two")


def test_an_octopus_is_refused_by_git_and_nothing_is_lost(repo: Repo) -> None:
    diverged(repo, "one", "two")
    head = repo.git("rev-parse", "HEAD")
    result = repo.run("git", "merge", "one", "two")  # which knows no drivers
    assert result.status == 2
    repo.git("reset", "-q", "--hard")
    assert repo.git("rev-parse", "HEAD") == head
    assert_rendered(repo, "Base", "Main")


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_a_rebase(repo: Repo, backend: str) -> None:
    diverged(repo, "side")
    repo.git("checkout", "-q", "side")
    add(repo, "Later")
    repo.git("rebase", "-q", backend, "main")
    assert_rendered(repo, "Base", "Main", "Side", "Later")
    repo.git("checkout", "-q", "HEAD^")
    assert_rendered(repo, "Base", "Main", "Side")


def test_a_cherry_pick_and_its_revert(repo: Repo) -> None:
    diverged(repo, "side")
    repo.git("cherry-pick", "side")
    assert_rendered(repo, "Base", "Main", "Side")
    add(repo, "After")
    repo.git("revert", "--no-edit", "HEAD^")
    assert_rendered(repo, "Base", "Main", "After")


def test_a_revert_of_closing_an_anchor_opens_it_again(repo: Repo) -> None:
    ready(repo)
    repo.ok("done", "-m", "It holds.")
    save(repo, "Done")
    add(repo, "After")
    repo.git("revert", "--no-edit", "HEAD^")
    assert_rendered(repo, "Base", "After")
    assert (by_name(repo)["Base"].status, by_name(repo)["Base"].outcome) == ("open", None)


def test_a_stash_pop(repo: Repo) -> None:
    ready(repo)
    repo.ok("add", "Stashed", "-c", "x")
    repo.git("stash", "-qu")
    add(repo, "Main")
    repo.git("stash", "pop", "-q")
    assert_rendered(repo, "Base", "Main", "Stashed")


def test_changes_of_one_anchor_on_both_sides(repo: Repo) -> None:
    ready(repo)
    repo.git("checkout", "-qb", "side")
    change(repo, "Base", {"Base works.": "Theirs."})
    repo.git("checkout", "-q", "main")
    repo.ok("done", "-m", "It holds.")
    save(repo, "Done")
    repo.git("merge", "-q", "--no-edit", "side")
    assert_rendered(repo, "Base")
    found = by_name(repo)["Base"]
    assert (found.context, found.status, found.outcome) == ("Theirs.", "done", "It holds.")


def test_a_criss_cross(repo: Repo) -> None:
    diverged(repo, "side")
    repo.git("tag", "here")
    repo.git("merge", "-q", "--no-edit", "side")
    repo.git("checkout", "-q", "side")
    repo.git("merge", "-q", "--no-edit", "here")
    for branch in ("side", "main"):
        repo.git("checkout", "-q", branch)
        add(repo, f"On-{branch}")
        change(
            repo,
            "Base",
            {
                f"{'status: open' if branch == 'side' else 'Base works.'}": "status: done"
                if branch == "side"
                else "New."
            },
        )
    assert len(repo.git("merge-base", "--all", "main", "side").split()) == 2
    repo.git("merge", "-q", "--no-edit", "side")
    assert_rendered(repo, "Base", "Main", "Side", "On-side", "On-main")
    assert (by_name(repo)["Base"].status, by_name(repo)["Base"].context) == ("done", "New.")


def test_a_criss_cross_whose_bases_are_in_conflict(repo: Repo) -> None:
    in_conflict(repo)
    repo.git("tag", "here")
    repo.run("git", "merge", "-q", "side")
    settle(repo, 0)
    repo.git("checkout", "-q", "side")
    repo.run("git", "merge", "-q", "here")
    settle(repo, 1)
    add(repo, "On-side")
    repo.git("checkout", "-q", "main")
    add(repo, "On-main")
    result = repo.run("git", "merge", "side")
    if result.status:
        done = repo.anchor("resolve")
        assert "Traceback" not in result.err + done.err
    for name in ("On-side", "On-main"):
        assert name in by_name(repo)


def settle(repo: Repo, side: int) -> None:
    """Settle the conflict of an anchor file as a person would, then the log by `resolve`."""
    path = next(path for path in unmerged(repo) if path.endswith(".yaml"))
    kept, state = [], -1
    for line in repo.read(path).splitlines(keepends=True):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            state = {"<": 0, "=": 1, ">": -1}[line[0]]
        elif state in {-1, side}:
            kept.append(line)
    repo.write(path, "".join(kept))
    repo.ok("resolve")
    repo.git("commit", "-qm", "Merged")


POINTS = "\n".join(f"- [x] a point that both anchors have, number {number}" for number in range(20))


def taken_for_a_rename(repo: Repo, *removing: str) -> None:
    """Some branches remove Base and add an anchor much like it; the others change Base."""
    ready(repo)
    add(repo, "Other")
    repo.ok("edit", "Base", "-m", POINTS)
    save(repo, "Points")
    repo.git("branch", "side")
    for branch in ("main", "side"):
        repo.git("checkout", "-q", branch)
        if branch in removing:
            repo.ok("rm", "Base")
            repo.ok("add", f"New-{branch}", "-m", POINTS, "-c", "New.")
        else:
            repo.ok("edit", "Base", "-n", f"On {branch}.")
        save(repo, branch)
    repo.git("checkout", "-q", "main")


@pytest.mark.parametrize("removing", ["main", "side"])
@pytest.mark.parametrize("driver", [True, False])
def test_an_anchor_that_git_takes_for_another_one_is_not_mixed_with_it(
    repo: Repo, removing: str, driver: bool
) -> None:
    taken_for_a_rename(repo, removing)
    (base,) = (
        name for name in repo.git("ls-tree", "-r", "--name-only", "HEAD~1").split() if "-base-" in name
    )
    if not driver:
        without_driver(repo)
    assert repo.run("git", "merge", "side").status == 1
    new = next(path for path in unmerged(repo) if "-new-" in path)
    kept = f"kept, as one side changed what the other removed; 'git anchor rm {base[-13:-5]}' removes it"
    assert repo.ok("resolve") == f"{new}: merged\n{base}: {kept}\n{LOG}: rendered anew\n"
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Base", "Other", f"New-{removing}")
    changing = "side" if removing == "main" else "main"
    assert (by_name(repo)["Base"].next_action, by_name(repo)["Base"].context) == (
        f"On {changing}.",
        "Base works.",
    )
    assert (by_name(repo)[f"New-{removing}"].next_action, by_name(repo)[f"New-{removing}"].context) == (
        "",
        "New.",
    )


def test_anchors_that_both_sides_added_in_the_place_of_one(repo: Repo) -> None:
    taken_for_a_rename(repo, "main", "side")
    assert repo.run("git", "merge", "side").status == 1
    assert len(unmerged(repo)) >= 3
    repo.ok("resolve")
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Other", "New-main", "New-side")
    assert {anchor.context for anchor in by_name(repo).values()} == {"Other works.", "New."}


def test_an_anchor_that_one_side_removed_and_the_other_put_another_in_its_place(repo: Repo) -> None:
    taken_for_a_rename(repo, "main")
    repo.git("checkout", "-q", "side")
    repo.ok("rm", "Base")
    save(repo, "Removed")
    repo.git("checkout", "-q", "main")
    assert repo.run("git", "merge", "side").status == 1
    repo.ok("resolve")
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Other", "New-main")


@pytest.mark.parametrize("renaming", ["main", "side"])
def test_a_log_that_one_side_renamed(repo: Repo, renaming: str) -> None:
    diverged(repo, "side")
    repo.git("checkout", "-q", renaming)
    (repo.root / "docs").mkdir()
    repo.git("mv", LOG, "docs/our log.md")
    repo.write(".anchors/config.yaml", "log:\n  path: docs/our log.md\n")
    repo.ok("init", "--no-hooks")
    save(repo, "Move the log")
    assert repo.anchor("render", "--check").status == 0
    repo.git("checkout", "-q", "main")
    result = repo.run("git", "merge", "side")
    if renaming == "side" and result.status:  # git takes main's attributes, which lack the new place
        repo.ok("resolve")
        repo.git("commit", "-qm", "Merged")
    elif renaming == "side":
        assert git_version() < (2, 34)
    else:
        assert result.status == 0
    assert_rendered(repo, "Base", "Main", "Side")


def test_in_a_linked_worktree_with_spaces_and_from_a_folder_below(repo: Repo, tmp_path: Path) -> None:
    ready(repo, "--log", "our notes/the log.md")
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked tree"))
    linked = Repo(tmp_path / "linked tree")
    add(linked, "Side")
    add(repo, "Main")
    change(repo, "Base", {"Base works.": "New."})
    change(linked, "Base", {"status: open": "status: done"})
    linked.write("deep/er/file", "x")
    below = Repo(linked.root / "deep/er")
    below.git("merge", "-q", "--no-edit", "main")
    assert_rendered(linked, "Base", "Main", "Side")
    assert not list(linked.root.glob(".*tmp"))


def test_with_all_hooks_and_through_a_pull(repo: Repo, tmp_path: Path) -> None:
    ready(repo)
    repo.git("clone", "-q", str(repo.root), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    for one in (repo, clone):
        one.ok("init")
    add(repo, "There")
    add(clone, "Here")
    clone.git("pull", "-q", "--no-rebase", "--no-edit")
    assert_rendered(clone, "Base", "There", "Here")
    repo.git("pull", "-q", str(clone.root), "main")
    assert repo.read(LOG) == clone.read(LOG)


def test_the_order_of_merges_does_not_matter(repo: Repo) -> None:
    diverged(repo, "one", "two")
    logs = set()
    for order in itertools.permutations(("main", "one", "two")):
        repo.git("checkout", "-q", "--detach", order[0])
        for branch in order[1:]:
            repo.git("merge", "-q", "--no-edit", branch)
        logs.add(repo.git("rev-parse", "HEAD^{tree}"))
    assert len(logs) == 1


def test_the_same_field_on_both_sides_is_a_conflict_in_that_field_only(repo: Repo) -> None:
    in_conflict(repo)
    result = repo.run("git", "merge", "side")
    path = next(path for path in unmerged(repo) if path.endswith(".yaml"))
    assert (result.status, unmerged(repo)) == (1, {path, LOG})
    assert (
        f"git anchor: {path}: both sides changed one section; choose between the conflict markers\n"
        in result.err
    )
    text = repo.read(path)
    assert "<<<<<<< " in text
    assert text.count("<<<<<<<") == 1
    assert "status: done\n" in text
    assert "notes: Noted there.\n" in text
    listed = repo.anchor("list")
    assert listed.status == 3
    assert f"{path}: line " in listed.err
    assert "is a conflict marker; finish the merge of this file" in listed.err
    left = repo.anchor("resolve")
    assert (left.status, left.out) == (
        1,
        f"{path}: left: both sides changed context; settle it, then 'git add' it\n"
        f"{LOG}: left: waits for the files above; settle them and run this again\n",
    )
    repo.write(
        path,
        "".join(line for line in text.splitlines(keepends=True) if line[0] not in "<=>")
        .replace("  Ours.\n", "")
        .replace("context: |-\n", "", 1),
    )
    assert repo.ok("resolve") == f"{path}: taken as it is in the worktree\n{LOG}: rendered anew\n"
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Base")
    assert (by_name(repo)["Base"].context, by_name(repo)["Base"].status) == ("Theirs.", "done")


def test_an_entry_that_was_edited_by_hand_and_not_absorbed_survives(repo: Repo) -> None:
    diverged(repo, "side")
    repo.git("checkout", "-q", "side")
    repo.write(LOG, repo.read(LOG).replace("Base works.", "Base works by hand."))
    save(repo, "By hand")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-edit", "side")
    repo.ok("absorb")
    assert by_name(repo)["Base"].context == "Base works by hand."
    assert_rendered(repo, "Base", "Main", "Side")


# Where the program is missing or fails ---------------------------------------------------------


def bare(tmp_path: Path) -> str:
    """A folder for PATH that holds git, but not git-anchor."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in ("git", "sh"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    return str(folder)


@pytest.mark.parametrize("broken", ["missing", "no interpreter", "killed"])
def test_without_the_program_git_conflicts_as_ever(repo: Repo, tmp_path: Path, broken: str) -> None:
    diverged(repo, "side")
    path = bare(tmp_path)
    if broken != "missing":
        program = Path(path) / "git-anchor"
        program.write_text(
            "#!/no/such/python\n" if broken == "no interpreter" else "#!/bin/sh\nkill -9 $$\n"
        )
        program.chmod(0o755)
    result = repo.run("/usr/bin/env", f"PATH={path}", "git", "merge", "side")
    assert result.status == 1
    assert f"CONFLICT (content): Merge conflict in {LOG}\n" in result.out
    text = repo.read(LOG)
    assert text.count("<<<<<<< ours\n") == text.count(">>>>>>> theirs\n") == 1
    assert "[Main]" in text
    assert "[Side]" in text
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Base", "Main", "Side")


def test_the_driver_by_itself(repo: Repo) -> None:
    for name in "OAB":
        repo.write(name, "no log\n" if name == "O" else f"{name}\n")
    result = repo.anchor("merge-driver", "O", "A", "B", "7", LOG, "%S", "%X", "%Y")
    assert (result.status, result.out) == (1, "")
    assert repo.read("A") == "<<<<<<< ours\nA\n=======\nB\n>>>>>>> theirs\n"
    repo.write("A", "A\n")
    repo.git("config", "merge.conflictStyle", "diff3")
    repo.run(
        str(BIN / "git-anchor"), "merge-driver", "O", "A", "B", "9", "a b.md", "1a2b", "HEAD", "side"
    )
    assert repo.read("A") == "<<<<<<<<< HEAD\nA\n||||||||| 1a2b\nno log\n=========\nB\n>>>>>>>>> side\n"
    assert "merge-driver" not in repo.ok("-h")
    missing = repo.anchor("merge-driver", "O", "none", "B")
    assert (missing.status, missing.out, missing.err.count("\n")) == (1, "", 1)


def test_a_log_whose_name_begins_with_a_dash(repo: Repo) -> None:
    ready(repo, "--log=-x.md")
    repo.git("checkout", "-qb", "side")
    add(repo, "Side")
    repo.git("checkout", "-q", "main")
    add(repo, "Main")
    repo.git("merge", "-q", "--no-edit", "side")
    assert_rendered(repo, "Base", "Main", "Side")


# Without the driver: resolve -------------------------------------------------------------------


def test_a_merge_without_the_driver_is_finished_by_resolve(repo: Repo) -> None:
    diverged(repo, "one", "two")
    without_driver(repo)
    for branch in ("one", "two"):
        result = repo.run("git", "merge", branch)
        assert (result.status, unmerged(repo)) == (1, {LOG})
        assert "<<<<<<< HEAD\n" in repo.read(LOG)
        assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
        repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Base", "Main", "One", "Two")
    nothing = repo.anchor("resolve")
    assert (nothing.status, nothing.out, nothing.err) == (
        0, "", "nothing to resolve: git has no conflict in the anchors or their log\n",
    )  # fmt: skip


def marked(repo: Repo, how: str) -> None:
    """Merge without the driver, and stage or commit the conflict markers."""
    without_driver(repo)
    assert repo.run("git", "merge", "side").status == 1
    if how == "unmerged":
        return
    repo.git("add", "-A")
    if how != "staged":
        repo.git("commit", "-qm", "Merged")
    if how == "cloned":
        repo.git("read-tree", "HEAD")
        assert repo.git("ls-files", "--resolve-undo") == ""


@pytest.mark.parametrize("how", ["staged", "committed", "cloned"])
def test_markers_in_the_log_that_were_added_are_resolved(repo: Repo, how: str) -> None:
    diverged(repo, "side")
    marked(repo, how)
    line = repo.read(LOG).split("\n").index("<<<<<<< HEAD") + 1
    for command in (["render"], ["absorb"]):
        assert repo.anchor(*command).err == (
            f"error: {LOG}:{line}: a conflict marker; 'git anchor resolve' finishes the merge\n"
        )
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    repo.git("commit", "-qm", "Resolved")
    assert_rendered(repo, "Base", "Main", "Side")


@pytest.mark.parametrize("how", ["staged", "committed"])
def test_markers_in_an_anchor_file_that_were_added_are_resolved(repo: Repo, how: str) -> None:
    ready(repo)
    path = path_of(repo, "Base")
    repo.git("checkout", "-qb", "side")
    change(repo, "Base", {'notes: ""': "notes: Noted there."})
    repo.git("checkout", "-q", "main")
    change(repo, "Base", {"dependencies: []": "dependencies:\n- kind: tool\n  text: oven"})
    marked(repo, how)
    assert "<<<<<<< HEAD\n" in repo.read(path)
    assert repo.ok("resolve") == f"{path}: merged\n{LOG}: rendered anew\n"
    repo.git("commit", "-qm", "Resolved")
    assert_rendered(repo, "Base")
    assert by_name(repo)["Base"].notes == "Noted there."


def test_markers_that_were_added_and_worked_on_are_left(repo: Repo) -> None:
    ready(repo)
    path = path_of(repo, "Base")
    repo.git("checkout", "-qb", "side")
    change(repo, "Base", {'notes: ""': "notes: Noted there."})
    repo.git("checkout", "-q", "main")
    change(repo, "Base", {"dependencies: []": "dependencies:\n- kind: tool\n  text: oven"})
    marked(repo, "staged")
    repo.write(path, repo.read(path).replace("text: oven", "text: big oven"))
    worked_on = repo.read(path)
    result = repo.anchor("resolve")
    assert (result.status, result.out) == (
        1,
        f"{LOG}: merged\n{path}: left: staged with its conflict markers; take them out, then 'git add'"
        " it\n",
    )
    assert repo.read(path) == worked_on


@pytest.mark.diagonal
@pytest.mark.parametrize("how", ["unmerged", "staged", "committed", "cloned"])
@pytest.mark.parametrize("place", ["<<<<<<< HEAD\n", "=======\n"])
def test_a_hands_lines_between_markers_go_into_the_foreword(repo: Repo, how: str, place: str) -> None:
    diverged(repo, "side")
    marked(repo, how)
    repo.write(LOG, repo.read(LOG).replace(place, f"{place}By hand.\n\n", 1))
    assert repo.ok("resolve") == (
        f"{LOG}: rendered anew\n.anchors/foreword.md: has what was written between the entries\n"
    )
    assert repo.read(".anchors/foreword.md") == "By hand.\n"
    assert "A  .anchors/foreword.md" in repo.git("status", "--short").split("\n")
    repo.git("commit", "-qm", "Resolved")
    assert_rendered(repo, "Base", "Main", "Side")


def test_what_hands_wrote_into_both_sides_goes_into_anchors(repo: Repo) -> None:
    diverged(repo, "side")
    marked(repo, "cloned")
    pasted = "**Resume from anchor:** [Pasted_In]\n\n**Next action:** Go on.\n\n"
    text = repo.read(LOG).replace("Main works.", "Main works by hand.", 1)
    text = text.replace("Side works.", "Side works by hand.", 1)
    text = text.replace("Base works.", "Base works by hand.", 1)
    repo.write(LOG, text.replace("=======\n", f"=======\n{pasted}", 1))
    out = repo.ok("resolve")
    paths = {name: path_of(repo, name) for name in ("Main", "Side", "Base", "Pasted_In")}
    assert sorted(out.splitlines()) == sorted(
        [f"{LOG}: rendered anew", f"{paths['Pasted_In']}: absorbed"]
        + [f"{paths[name]}: has what was written into its entry" for name in ("Main", "Side", "Base")]
    )
    repo.git("commit", "-qm", "Resolved")
    assert_rendered(repo, "Base", "Main", "Pasted_In", "Side")
    found = by_name(repo)
    contexts = {name: found[name].context for name in ("Base", "Main", "Side")}
    assert contexts == {name: f"{name} works by hand." for name in contexts}
    assert repo.git("status", "--short") == ""


def test_an_entry_that_its_file_contradicts_is_kept_for_recover(repo: Repo) -> None:
    diverged(repo, "side")
    marked(repo, "cloned")
    path = path_of(repo, "Base")
    repo.write(path, repo.read(path).replace("Base works.", "Base works in its file."))
    repo.write(LOG, repo.read(LOG).replace("Base works.", "Base works by hand."))
    anchor_id = by_name(repo)["Base"].id
    first, told = repo.ok("resolve").splitlines()
    said = f"{anchor_id} Base: the anchor's file counts; the other text is kept: 'git anchor recover "
    assert (first, told.startswith(said)) == (f"{LOG}: rendered anew", True)
    moment = told.removeprefix(said).removesuffix("'")
    assert "Base works by hand." in repo.ok("recover", moment)
    assert by_name(repo)["Base"].context == "Base works in its file."
    assert_rendered(repo, "Base", "Main", "Side")


def test_an_anchor_that_was_removed_does_not_come_back_with_an_old_side_of_the_log(repo: Repo) -> None:
    diverged(repo, "side")
    marked(repo, "cloned")
    path = path_of(repo, "Side")
    repo.git("rm", "-qf", path)
    repo.git("commit", "-qm", "Remove", "--no-verify")
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    assert_rendered(repo, "Base", "Main")


@pytest.mark.parametrize("left", [("<<<<<<< HEAD\n",), (">>>>>>> side\n", "=======\n"), ("=======\n",)])
def test_markers_of_which_a_hand_took_some_out(repo: Repo, left: tuple[str, ...]) -> None:
    diverged(repo, "side")
    marked(repo, "cloned")
    text = repo.read(LOG)
    for marker in {"<<<<<<< HEAD\n", "=======\n", ">>>>>>> side\n"}.difference(left):
        text = text.replace(marker, "")
    repo.write(LOG, text)
    if left == ("=======\n",):  # a line that people write
        assert repo.ok("resolve") == ""
        return
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    assert_rendered(repo, "Base", "Main", "Side")


def test_a_marker_that_an_anchor_tells_of_is_its_text(repo: Repo) -> None:
    ready(repo)
    text = "It said:\n\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> side\n\nand stopped."
    repo.ok("add", "Conflicted", "-c", text, "-n", "Go on.\n\n>>>>>>> quoted\n\n=======\n")
    save(repo, "Conflicted")
    assert repo.ok("resolve") == ""
    repo.git("checkout", "-qb", "side", "HEAD^")
    add(repo, "Side")
    repo.git("checkout", "-q", "main")
    add(repo, "Main")
    marked(repo, "cloned")
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    assert by_name(repo)["Conflicted"].context == text
    assert_rendered(repo, "Base", "Conflicted", "Main", "Side")


@pytest.mark.diagonal
@pytest.mark.parametrize("side", ["ours", "theirs"])
@pytest.mark.parametrize("adding", ["nothing", "the file", "all", "all, the log of ours too"])
@pytest.mark.parametrize("driver", [True, False])
def test_one_side_of_an_anchor_kept_whole_leaves_no_question(
    repo: Repo, side: str, adding: str, driver: bool
) -> None:
    in_conflict(repo)
    if not driver:
        without_driver(repo)
    path = path_of(repo, "Base")
    assert repo.run("git", "merge", "side").status == 1
    repo.git("checkout", f"--{side}", "--", path)
    if "log" in adding:
        repo.git("checkout", "--ours", "--", LOG)
    if adding != "nothing":
        repo.git("add", path if adding == "the file" else "-A")
    expected = f"{path}: {side}, taken whole\n" if adding == "nothing" else ""
    if not ("log" in adding and side == "ours"):
        expected += f"{LOG}: rendered anew\n"
    assert repo.ok("resolve") == expected
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Base")
    assert by_name(repo)["Base"].context == {"ours": "Ours.", "theirs": "Theirs."}[side]


@pytest.mark.parametrize(
    ("name", "old", "ours", "theirs", "settled"),
    [
        ("status", "status: open", "status: done", "status: superseded", True),
        ("context", "Base works.", "Ours.", "Theirs.", False),
    ],
)
def test_markers_in_an_anchor_file_of_which_git_knows_no_more(
    repo: Repo, name: str, old: str, ours: str, theirs: str, settled: bool
) -> None:
    ready(repo)
    path = path_of(repo, "Base")
    repo.git("checkout", "-qb", "side")
    change(repo, "Base", {old: theirs})
    repo.git("checkout", "-q", "main")
    change(repo, "Base", {old: ours})
    marked(repo, "cloned")
    result = repo.anchor("resolve")
    if settled:
        assert (result.status, result.out) == (0, f"{path}: merged\n{LOG}: rendered anew\n")
        assert_rendered(repo, "Base")
        return
    assert (result.status, result.out) == (
        1,
        f"{path}: left: git no longer knows what it was merged from, and both sides have their own {name};"
        " take the conflict markers out and run this again\n"
        f"{LOG}: left: waits for the files above; settle them and run this again\n",
    )
    repo.write(path, "\n".join(taken(repo.read(path))))
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    assert_rendered(repo, "Base")


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_the_hooks_know_what_was_added_during_a_merge_once_it_is_resolved(repo: Repo, side: str) -> None:
    in_conflict(repo)
    path = path_of(repo, "Base")
    assert repo.run("git", "merge", "side").status == 1
    os.environ["GIT_AUTHOR_DATE"] = "2026-03-01T20:00:00+01:00"
    repo.anchor("add", "Meanwhile", "-c", "x", "-n", "y")
    repo.git("checkout", f"--{side}", "--", path)
    assert repo.ok("resolve") == f"{path}: {side}, taken whole\n{LOG}: rendered anew\n"
    assert_rendered(repo, "Base", "Meanwhile")
    state = repo.read(".git/gitanchor/heads/main~").split("\n")
    assert (state[0], state[3]) == (by_name(repo)["Meanwhile"].id, "Meanwhile")


def in_diff3(repo: Repo) -> None:
    repo.git("config", "merge.conflictStyle", "diff3")


def with_carriage_returns(repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "true")


def in_archive(repo: Repo) -> None:
    repo.write(".anchors/config.yaml", "log:\n  mode: archive\n  keep: 1\n")
    repo.ok("render")


def on_the_default_branch_only(repo: Repo) -> None:
    repo.write(".anchors/config.yaml", "log:\n  mode: default-branch\n  branch: trunk\n")


@pytest.mark.parametrize(
    "setting", [in_diff3, with_carriage_returns, in_archive, on_the_default_branch_only]
)
def test_markers_are_resolved_whatever_git_and_the_log_are_set_to(
    repo: Repo, setting: Callable[[Repo], None]
) -> None:
    ready(repo)
    if setting is not on_the_default_branch_only:
        setting(repo)
        repo.git("add", "-A")
        repo.git("commit", "-qm", "Settings", "--allow-empty")
    repo.git("checkout", "-qb", "side")
    add(repo, "Side")
    repo.git("checkout", "-q", "main")
    add(repo, "Main")
    if setting is on_the_default_branch_only:
        setting(repo)
        save(repo, "Settings")
    marked(repo, "cloned")
    repo.write(LOG, repo.read(LOG).replace("Main works.", "Main works by hand.", 1))
    path = path_of(repo, "Main")
    out = repo.ok("resolve")
    assert out.splitlines()[0] == f"{LOG}: rendered anew"
    assert out.splitlines()[-1] == f"{path}: has what was written into its entry"
    assert "<<<<<<<" not in repo.read(LOG)
    assert by_name(repo)["Main"].context == "Main works by hand."
    assert (repo.anchor("render", "--check").status, repo.ok("resolve")) == (0, "")
    repo.git("commit", "-qm", "Resolved")
    assert repo.git("status", "--short") == ""


def test_a_foreword_with_markers_is_named(repo: Repo) -> None:
    diverged(repo, "side")
    marked(repo, "cloned")
    repo.write(".anchors/foreword.md", "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> side\n")
    left = repo.anchor("resolve")
    assert (left.status, left.out) == (
        1,
        ".anchors/foreword.md: left: line 1 is a conflict marker; take the conflict markers out and run"
        f" this again\n{LOG}: left: waits for the files above; settle them and run this again\n",
    )


def taken(text: str) -> list[str]:
    """Our side of a file with one conflict."""
    return conflict_markers.sides(text.split("\n"))[0]


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_a_rebase_without_the_driver(repo: Repo, backend: str) -> None:
    diverged(repo, "side")
    without_driver(repo)
    repo.git("checkout", "-q", "side")
    add(repo, "Later")
    result = repo.run("git", "rebase", backend, "main")
    steps = 0
    while result.status and steps < 3:
        steps += 1
        repo.ok("resolve")
        result = repo.run("git", "rebase", "--continue", GIT_EDITOR="true")
    assert steps
    assert_rendered(repo, "Base", "Main", "Side", "Later")


def test_a_cherry_pick_without_the_driver(repo: Repo) -> None:
    diverged(repo, "side")
    without_driver(repo)
    assert repo.run("git", "cherry-pick", "side").status == 1
    assert unmerged(repo) == {LOG}
    repo.ok("resolve")
    repo.git("cherry-pick", "--continue", GIT_EDITOR="true")
    assert_rendered(repo, "Base", "Main", "Side")


def test_a_revert_without_the_driver(repo: Repo) -> None:
    ready(repo)
    without_driver(repo)
    change(repo, "Base", {"status: open": "status: done"})
    change(repo, "Base", {"source: cli": "source: mcp"})  # the very next line
    path = path_of(repo, "Base")
    assert repo.run("git", "revert", "--no-edit", "HEAD^").status == 1
    assert repo.ok("resolve") == f"{path}: merged\n{LOG}: rendered anew\n"
    repo.git("revert", "--continue", GIT_EDITOR="true")
    assert_rendered(repo, "Base")
    assert (by_name(repo)["Base"].status, by_name(repo)["Base"].source) == ("open", "mcp")


def test_a_stash_pop_without_the_driver(repo: Repo) -> None:
    ready(repo)
    without_driver(repo)
    repo.ok("add", "Stashed", "-c", "x")
    repo.git("stash", "-qu")
    add(repo, "Main")
    assert repo.run("git", "stash", "pop").status == 1
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    assert_rendered(repo, "Base", "Main", "Stashed")


def test_anchor_files_that_git_could_not_merge(repo: Repo) -> None:
    ready(repo)
    repo.git("checkout", "-qb", "side")
    change(repo, "Base", {"status: open": "status: done", "source: cli": "source: cli"})
    repo.git("checkout", "-q", "main")
    change(repo, "Base", {"source: cli": "source: mcp"})  # the very next line
    without_driver(repo)
    path = path_of(repo, "Base")
    assert repo.run("git", "merge", "side").status == 1
    assert unmerged(repo) == {path, LOG}
    before = repo.read(path)
    assert repo.ok("resolve") == f"{path}: merged\n{LOG}: rendered anew\n"
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Base")
    assert (by_name(repo)["Base"].status, by_name(repo)["Base"].source) == ("done", "mcp")
    kept = [file.read_text() for file in (repo.root / ".git/gitanchor/journal").glob("*-merge-*.yaml")]
    assert kept == [f"# merge {path}\n{before}"]


def test_a_conflict_in_one_field_gets_finer_markers_but_never_over_a_persons_work(repo: Repo) -> None:
    in_conflict(repo)
    change(repo, "Base", {"source: cli": "source: mcp"})
    without_driver(repo)
    path = path_of(repo, "Base")
    assert repo.run("git", "merge", "side").status == 1
    pristine = repo.read(path)
    assert repo.anchor("resolve").status == 1
    finer = repo.read(path)
    assert finer.count("<<<<<<< ours\n") == 1
    begun = pristine.replace("Ours.", "Ours and theirs.")
    repo.write(path, begun)
    assert repo.anchor("resolve").status == 1
    assert repo.read(path) == begun
    repo.git("checkout", "--theirs", "--", path)
    assert repo.ok("resolve") == f"{path}: theirs, taken whole\n{LOG}: rendered anew\n"
    assert "Theirs." in repo.read(path)
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Base")


def test_an_anchor_that_one_side_removed(repo: Repo) -> None:
    ready(repo)
    add(repo, "Other")
    repo.git("checkout", "-qb", "side")
    repo.ok("rm", "Base")
    save(repo, "Remove")
    repo.git("checkout", "-q", "main")
    change(repo, "Base", {"Base works.": "New."})
    path = path_of(repo, "Base")
    assert repo.run("git", "merge", "side").status == 1
    left = repo.anchor("resolve")
    assert (left.status, left.out) == (
        1,
        f"{path}: left: removed on one side; 'git add {path}' keeps it, 'git rm {path}' removes it\n"
        f"{LOG}: left: waits for the files above; settle them and run this again\n",
    )
    repo.git("rm", "-q", path)
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    repo.git("commit", "-qm", "Merged")
    assert_rendered(repo, "Other")


def test_what_a_hand_wrote_into_the_log_is_not_rendered_away(repo: Repo) -> None:
    diverged(repo, "side")
    repo.write(LOG, repo.read(LOG).replace("Base works.", "Base works by hand."))
    save(repo, "By hand")
    without_driver(repo)
    assert repo.run("git", "merge", "side").status == 1
    assert repo.ok("resolve") == f"{LOG}: merged\n"
    assert "Base works by hand." in repo.read(LOG)
    repo.ok("absorb")
    assert_rendered(repo, "Base", "Main", "Side")


def test_a_foreword_comes_through(repo: Repo) -> None:
    diverged(repo, "side")
    repo.git("checkout", "-q", "side")
    say(repo, "Read this first.")
    repo.git("checkout", "-q", "main")
    repo.git("tag", "before")
    repo.git("merge", "-q", "--no-edit", "side")
    assert_rendered(repo, "Base", "Main", "Side")
    repo.git("reset", "-q", "--hard", "before")
    without_driver(repo)
    assert repo.run("git", "merge", "side").status == 1
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    assert "\nRead this first.\n" in repo.read(LOG)


def test_settings_and_foreword_in_conflict_are_named(repo: Repo) -> None:
    diverged(repo, "side")
    for branch in ("side", "main"):
        repo.git("checkout", "-q", branch)
        say(repo, branch)
    assert repo.run("git", "merge", "side").status == 1
    left = repo.anchor("resolve")
    assert (left.status, left.out) == (
        1,
        ".anchors/foreword.md: left: no anchor; settle it, then 'git add' it\n"
        f"{LOG}: left: waits for the files above; settle them and run this again\n",
    )
    repo.write(".anchors/foreword.md", "both\n")
    repo.git("add", ".anchors/foreword.md")
    assert repo.ok("resolve") == f"{LOG}: rendered anew\n"
    assert "\nboth\n" in repo.read(LOG)


def test_a_link_in_the_place_of_an_anchor_is_left(repo: Repo) -> None:
    ready(repo)
    path = path_of(repo, "Base")
    repo.git("checkout", "-qb", "side")
    change(repo, "Base", {"Base works.": "New."})
    repo.git("checkout", "-q", "main")
    (repo.root / path).unlink()
    (repo.root / path).symlink_to("/etc/passwd")
    save(repo, "Link")
    repo.run("git", "merge", "side")
    result = repo.anchor("resolve")
    assert result.status != 0
    assert (repo.root / "/etc/passwd").read_text() not in result.out


# On servers, where no driver runs ----------------------------------------------------------------

CI = Path(__file__).resolve().parents[2] / "docs/ci"


def scripts(name: str) -> dict[str, list[str]]:
    """The shell scripts of the jobs in a file of docs/ci, each as its commands."""
    loaded = yaml.safe_load((CI / name).read_text("utf-8"))
    jobs = loaded.get("jobs", loaded)
    return {
        job: [step["run"] for step in facts["steps"] if "run" in step]
        if "steps" in facts
        else facts["script"]
        for job, facts in jobs.items()
        if isinstance(facts, dict) and ("steps" in facts or "script" in facts)
    }


@pytest.mark.parametrize(
    ("name", "check", "log"),
    [("github-actions.yml", "check", "log"), ("gitlab-ci.yml", "anchors:check", "anchors:log")],
)
def test_the_jobs_for_servers_do_what_they_say(
    repo: Repo, tmp_path: Path, name: str, check: str, log: str
) -> None:
    jobs = scripts(name)

    def run(job: str) -> int:
        script = "\n".join(line for line in jobs[job] if "pip install" not in line)
        return (
            Repo(clone.root)
            .run("sh", "-e", "-c", script, CI_COMMIT_BRANCH="main", CI_SERVER_HOST="h")
            .status
        )

    ready(repo)
    repo.git("config", "receive.denyCurrentBranch", "updateInstead")
    repo.git("clone", "-q", str(repo.root), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    assert (run(check), run(log)) == (0, 0)
    add(clone, "More")
    clone.git("checkout", "-q", "HEAD^", "--", LOG)
    clone.git("commit", "-qm", "As merged on a web page")
    assert run(check) == 1
    assert run(log) == (1 if name.startswith("gitlab") else 0)  # it has no token here
    assert_rendered(clone, "Base", "More")
    assert clone.git("log", "-1", "--format=%s").startswith("Regenerate the log of anchors")
    path = path_of(clone, "Base")
    clone.write(path, clone.read(path).removesuffix("...\n"))
    assert run(check) == 3
