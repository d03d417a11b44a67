"""The anchors of other branches and worktrees: list, log and search with --all. Whole outputs."""

import contextlib
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gitanchor.git.repository import Repository
from gitanchor.operations import everywhere
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.index import trees
from tests.bench import branches
from tests.repositories import Repo, make_repository

TORN = "torn: the closing '...' is missing, so its end was cut off"


def later(number: int) -> dict[str, str]:
    """The environment of a commit that is made so many minutes after the others."""
    moment = f"2026-03-01T12:{number:02}:00+01:00"
    return {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}


def add(repo: Repo, name: str, *arguments: str, minute: int = 0, commit: bool = True) -> str:
    """Write an anchor, a minute after others, and commit it; return its id."""
    done = repo.run("git", "anchor", "add", name, "-c", name, *arguments, **later(minute), check=True)
    if commit:
        repo.git("add", "--force", ".anchors")
        commit_at(repo, f"Anchor {name}", minute)
    return done.out.partition("]")[0][-8:]


def commit_at(repo: Repo, subject: str, minute: int) -> None:
    """Commit what is staged, so many minutes after the others."""
    repo.run("git", "commit", "-q", "-m", subject, check=True, **later(minute))


def edit(repo: Repo, old: str, new: str) -> None:
    """Change the text of each anchor file."""
    for path in repo.files():
        repo.write(path, repo.read(path).replace(old, new))


def names(repo: Repo) -> dict[str, list[str]]:
    """What `list --all` names, newest first, and where it is."""
    return {item["name"]: item["places"] for item in repo.json("list", "--all")}


@pytest.fixture
def forked(repo: Repo) -> Repo:
    """An anchor on main that all have, and one on each of the branches side and trial."""
    return repo.once(made_forked)


def made_forked(repo: Repo) -> None:
    add(repo, "Alpha", minute=1)
    repo.git("switch", "-q", "-c", "side")
    add(repo, "Beta", "--parent", "none", minute=2)
    repo.git("switch", "-q", "-c", "trial", "main")
    add(repo, "Gamma", "--parent", "none", minute=3)
    repo.git("switch", "-q", "main")


@pytest.fixture
def clone(forked: Repo, tmp_path: Path) -> Repo:
    """A clone of it, with main alone checked out."""
    forked.git("clone", "-q", str(forked.root), str(tmp_path / "clone"))
    return Repo(tmp_path / "clone")


def test_list_all_says_where_an_anchor_lies_that_is_not_here(forked: Repo) -> None:
    ids = {item["name"]: item for item in forked.json("list", "--all")}
    at = {name: item["short_commit"] for name, item in ids.items()}
    assert forked.ok("list", "--all") == (
        f"{ids['Gamma']['id']} 2026-03-01 12:03 trial@{at['Gamma']} Gamma (trial)\n"
        f"{ids['Beta']['id']} 2026-03-01 12:02 side@{at['Beta']}  Beta (side)\n"
        f"{ids['Alpha']['id']} 2026-03-01 12:01 main@{at['Alpha']}  Alpha\n"
    )
    assert forked.ok("list") == f"{ids['Alpha']['id']} 2026-03-01 12:01 main@{at['Alpha']} Alpha\n"
    assert forked.ok("list", "--all", "--branch", "side", "-n", "1") == (
        f"{ids['Beta']['id']} 2026-03-01 12:02 side@{at['Beta']} Beta (side)\n"
    )


def test_json_has_the_places_only_with_all(forked: Repo) -> None:
    for command in ("list", "log"):
        assert [item["places"] for item in forked.json(command, "--all")] == [["trial"], ["side"], []]
        assert "places" not in forked.json(command)[0]


def test_log_all_puts_the_place_behind_the_id(forked: Repo) -> None:
    alpha = forked.ok("log")
    gamma = forked.json("list", "--all")[0]
    shown = forked.ok("log", "--all").split("\nanchor ")
    assert shown[2] == alpha.removeprefix("anchor ")
    assert shown[1].splitlines()[:2] == [
        f"{forked.json('list', '--all')[1]['id']} (side)",
        "Name:   Beta",
    ]
    assert forked.ok("log", "--all", "-n", "1") == (
        f"""\
anchor {gamma["id"]} (trial)
Name:   Gamma
Author: A U Thor <author@example.com>
Date:   2026-03-01 12:03:00 +0100
Commit: trial@{gamma["short_commit"]}
Parent: none
Status: open
Path:   {gamma["path"]}

    Context:
        Gamma
"""
    )


def test_remote_branches_count_and_their_head_is_no_place(clone: Repo) -> None:
    assert clone.git("symbolic-ref", "refs/remotes/origin/HEAD") == "refs/remotes/origin/main"
    assert names(clone) == {"Gamma": ["origin/trial"], "Beta": ["origin/side"], "Alpha": []}
    clone.git("branch", "side", "origin/side")
    assert names(clone)["Beta"] == ["side", "origin/side"]
    assert clone.ok("list", "--all").splitlines()[1].endswith(" Beta (side, origin/side)")


def test_a_line_names_three_places_and_json_all(forked: Repo) -> None:
    for number in range(4):
        forked.git("branch", f"copy{number}", "side")
    assert names(forked)["Beta"] == ["copy0", "copy1", "copy2", "copy3", "side"]
    shown = forked.ok("list", "--all").splitlines()[1]
    assert shown.endswith(" Beta (copy0, copy1, copy2 and 2 more)")


def test_of_versions_that_differ_the_newest_commit_wins(forked: Repo) -> None:
    forked.git("switch", "-q", "-c", "newer", "side")
    edit(forked, "  Beta\n", "  Beta, newer\n")
    forked.git("add", ".anchors")
    commit_at(forked, "Edit", 9)
    forked.git("switch", "-q", "main")
    beta = forked.json("list", "--all")[1]
    assert (beta["context"].strip(), beta["places"]) == ("Beta, newer", ["newer", "side"])
    forked.git("switch", "-q", "side")
    beta = next(item for item in forked.json("list", "--all") if item["name"] == "Beta")
    assert (beta["context"].strip(), beta["places"]) == ("Beta", [])


def test_a_local_branch_goes_before_a_remote_one(clone: Repo) -> None:
    clone.git("switch", "-q", "-c", "a", "origin/side")
    edit(clone, "Beta", "Beta2")
    clone.git("add", ".anchors")
    commit_at(clone, "Edit", 2)
    clone.git("switch", "-q", "main")
    assert names(clone)["Beta2"] == ["a", "origin/side"]


def test_uncommitted_files_of_other_worktrees_count(forked: Repo, tmp_path: Path) -> None:
    linked = Repo(tmp_path / "linked tree")
    forked.git("worktree", "add", "-q", str(linked.root), "side")
    assert names(forked)["Beta"] == ["side"]
    delta = add(linked, "Delta", minute=4, commit=False)
    line = forked.ok("list", "--all").splitlines()[0]
    assert (line[:8], line.partition("Delta")[2]) == (delta, f" ({linked.root})")
    assert names(forked) == {
        "Delta": [str(linked.root)],
        "Gamma": ["trial"],
        "Beta": ["side"],
        "Alpha": [],
    }
    assert names(linked) == {"Delta": [], "Gamma": ["trial"], "Beta": [], "Alpha": []}
    edit(linked, "Beta", "Beta2")
    assert names(forked)["Beta2"] == [str(linked.root), "side"]
    add(forked, "Here", minute=5, commit=False)
    assert names(linked)["Here"] == [str(forked.root)]


def test_worktrees_are_found_by_git_before_2_36_too(
    forked: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = Repo(tmp_path / "linked")
    forked.git("worktree", "add", "-q", str(linked.root), "side")
    add(linked, "Delta", minute=4, commit=False)
    listed = forked.ok("list", "--all")
    assert "Delta" in listed
    asked = Repository.ask

    def without_nul(repository: Repository, *arguments: str) -> str | None:
        return None if "-z" in arguments else asked(repository, *arguments)

    monkeypatch.setattr(Repository, "ask", without_nul)
    assert forked.ok("list", "--all") == listed


def test_a_damaged_repository_lists_what_can_be_read(forked: Repo) -> None:
    tree = forked.git("rev-parse", "side^{tree}")
    damaged = forked.root / ".git/objects" / tree[:2] / tree[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(b"garbage")
    forked.write(".git/refs/heads/bad", "12345678" * 5 + "\n")
    result = forked.anchor("list", "--all")
    assert (result.status, result.err) == (0, "warning: this clone lacks side:.anchors\n")
    assert [line.split()[4:] for line in result.out.splitlines()] == [["Gamma", "(trial)"], ["Alpha"]]


def test_a_worktree_without_a_branch_is_a_place(forked: Repo, tmp_path: Path) -> None:
    linked = Repo(tmp_path / "linked")
    forked.git("worktree", "add", "-q", "--detach", str(linked.root), "side")
    add(linked, "Off", minute=6)
    assert names(forked)["Off"] == [str(linked.root)]
    assert names(forked)["Beta"] == [str(linked.root), "side"]


def test_worktrees_that_are_gone_or_broken_are_passed_by_or_named(forked: Repo, tmp_path: Path) -> None:
    for name in ("gone", "broken", "closed"):
        forked.git("worktree", "add", "-q", "--detach", str(tmp_path / name), "side")
    (tmp_path / "gone").rename(tmp_path / "moved")
    (tmp_path / "broken/.anchors").rename(tmp_path / "broken/anchors")
    (tmp_path / "broken/.anchors").symlink_to("anchors")
    closed = Repo(tmp_path / "closed")
    closed.write(closed.files()[0], "x")
    result = forked.anchor("list", "--all")
    assert result.status == 3
    assert result.err == (
        f"error: {tmp_path}/broken/.anchors: '.anchors' is a symbolic link to 'anchors';"
        " replace it by what it leads to\n"
        f"error: {tmp_path}/closed/{closed.files()[0]}: {TORN}\n"
    )
    assert len(result.out.splitlines()) == 3


def test_an_anchor_file_that_cannot_be_read_on_a_branch_is_named_once(forked: Repo) -> None:
    forked.git("switch", "-q", "side")
    (path,) = (path for path in forked.files() if "beta" in path)
    forked.write(path, forked.read(path)[:-4])
    forked.write(".anchors/2026/03/20260301T1200-bytes-00000000.yaml", b"\xff")
    forked.git("add", ".anchors")
    commit_at(forked, "Tear", 9)
    forked.git("branch", "copy")
    message = f"{path}: {TORN}"
    utf8 = ".anchors/2026/03/20260301T1200-bytes-00000000.yaml: not UTF-8 at byte 0"
    here = forked.anchor("list", "--all")
    assert sorted(here.err.splitlines()) == sorted([f"error: {message}", f"error: {utf8}"])
    forked.git("switch", "-q", "main")
    for _ in range(2):
        there = forked.anchor("list", "--all")
        assert (there.status, there.err) == (3, f"error: copy:{utf8}\nerror: copy:{message}\n")
        assert [line.split()[-2:] for line in there.out.splitlines()] == [
            ["Gamma", "(trial)"],
            [forked.json("list")[0]["branch"] + "@" + forked.json("list")[0]["short_commit"], "Alpha"],
        ]
    assert forked.anchor("list").status == 0


def test_two_files_with_one_id_on_a_branch_are_named(forked: Repo) -> None:
    forked.git("switch", "-q", "side")
    (path,) = (path for path in forked.files() if "beta" in path)
    copy = path.replace("beta", "gutta")
    forked.write(copy, forked.read(path).replace("Beta", "Copy"))
    forked.git("add", ".anchors")
    commit_at(forked, "Copy", 9)
    forked.git("switch", "-q", "main")
    result = forked.anchor("list", "--all")
    assert result.err == (
        f"error: side:{copy}: has the id of {path}; give it one of its own, or remove it\n"
    )
    assert [line.split()[-2] for line in result.out.splitlines()[:2]] == ["Gamma", "Beta"]


@pytest.mark.parametrize("options", [("--object-format=sha256",), ()])
def test_both_lengths_of_ids_are_read(tmp_path: Path, options: tuple[str, ...]) -> None:
    repo = make_repository(tmp_path / "made", *options)
    repo.commit(
        "Start", {"README": "x", "-before": "x", ".anchor": "x", ".anchors-not/2026/01/a.yaml": "x"}
    )
    repo.git("switch", "-q", "-c", "side")
    add(repo, "Beta")
    (path,) = repo.files()
    blob = repo.git("rev-parse", f"side:{path}")
    repo.git("switch", "-q", "main")
    assert names(repo) == {"Beta": ["side"]}
    tips = [repo.git("rev-parse", "side"), repo.git("rev-parse", "main")]
    assert trees.anchor_files(repo.workspace().repository, tips) == {path: {blob}}


def test_an_odd_tree_holds_anchors_only_where_they_are_looked_for(forked: Repo) -> None:
    forked.git("switch", "-q", "side")
    (path,) = (path for path in forked.files() if "beta" in path)
    for odd in (".anchors/lost.yaml", ".anchors/2026/lost.yaml", ".anchors/2026/03/lost.txt"):
        forked.write(odd, "x")
    forked.write(".anchors/2026/03/not a file.yaml/x", "x")
    (forked.root / ".anchors/2026/04").symlink_to("../../..")
    (forked.root / ".anchors/2026/03/link.yaml").symlink_to("x")
    forked.git("add", "--force", ".anchors")
    commit_at(forked, "Odd", 9)
    tip = forked.git("rev-parse", "HEAD")
    alpha, beta = sorted(trees.anchor_files(forked.workspace().repository, [tip]))
    assert "alpha" in alpha
    assert beta == path


def test_a_shallow_clone_lists_what_its_tips_hold(forked: Repo, tmp_path: Path) -> None:
    url = f"file://{forked.root}"
    forked.git("clone", "-q", "--depth=1", "--no-single-branch", url, str(tmp_path / "shallow"))
    assert names(Repo(tmp_path / "shallow")) == {
        "Gamma": ["origin/trial"],
        "Beta": ["origin/side"],
        "Alpha": [],
    }


@pytest.mark.parametrize(
    ("filtered", "lacking"), [("blob:none", "origin/side:{beta} and 1 more"), ("tree:0", None)]
)
def test_a_partial_clone_fetches_nothing_and_says_what_it_lacks(
    forked: Repo, tmp_path: Path, filtered: str, lacking: str | None
) -> None:
    forked.git("config", "uploadpack.allowFilter", "true")
    forked.git("config", "uploadpack.allowAnySHA1InWant", "true")
    url = f"file://{forked.root}"
    forked.git("clone", "-q", f"--filter={filtered}", url, str(tmp_path / "partial"))
    partial = Repo(tmp_path / "partial")
    beta = forked.git("ls-tree", "-r", "--name-only", "side").splitlines()
    (path,) = (path for path in beta if "beta" in path)
    said = (lacking or "origin/side:.anchors and 1 more").format(beta=path)
    before = sorted((partial.root / ".git/objects").rglob("*"))
    result = partial.anchor("list", "--all")
    assert (result.status, result.err) == (0, f"warning: this clone lacks {said}\n")
    assert result.out == partial.ok("list")
    assert sorted((partial.root / ".git/objects").rglob("*")) == before
    partial.git("switch", "-q", "side")  # which fetches it
    partial.git("switch", "-q", "main")
    assert partial.anchor("list", "--all").out.splitlines()[0].endswith("Beta (side, origin/side)")


def database(repo: Repo) -> Path:
    return repo.root / ".git/gitanchor/cache.sqlite3"


def blobs(repo: Repo) -> set[str]:
    with sqlite3.connect(database(repo)) as connection:
        found = {str(row[0]) for row in connection.execute("SELECT key FROM anchor")}
    connection.close()
    return found


def test_what_blobs_say_is_kept_and_forgotten_with_them(
    forked: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    forked.run("sleep", "0.15", check=True)  # until files that were copied just now are believed
    listed = forked.ok("list", "--all")
    files = forked.git("ls-tree", "-r", "side", "trial", "--", ".anchors")
    assert len(blobs(forked)) == 3, files
    with monkeypatch.context() as patch:
        patch.setattr("gitanchor.storage.codec.load", None)
        assert forked.ok("list", "--all").splitlines() == listed.splitlines()
    forked.git("branch", "-q", "-D", "trial")
    assert len(forked.ok("list", "--all").splitlines()) == 2
    assert len(blobs(forked)) == 3
    add(forked, "New", minute=8)
    forked.ok("list", "--all")
    assert len(blobs(forked)) == 3


def test_a_cache_that_cannot_be_used_is_passed_by(forked: Repo) -> None:
    listed = forked.ok("list", "--all")
    for _ in range(2):
        database(forked).write_bytes(b"SQLite format 3\0" + b"garbage" * 500)
        assert forked.ok("list", "--all") == listed
    assert forked.ok("list", "--all") == listed
    assert len(blobs(forked)) == 3
    with sqlite3.connect(database(forked)) as connection:
        connection.execute("DELETE FROM anchor")
        connection.commit()
        connection.execute("BEGIN EXCLUSIVE")
        assert forked.ok("list", "--all") == listed
    connection.close()
    database(forked).unlink()
    database(forked).mkdir()
    assert forked.ok("list", "--all") == listed


@pytest.mark.parametrize("all_places", [(), ("--all",)])
def test_without_a_commit_there_is_nothing_elsewhere(
    empty_repo: Repo, all_places: tuple[str, ...]
) -> None:
    empty_repo.ok("add", "First", "-c", "x")
    assert len(empty_repo.ok("list", *all_places).splitlines()) == 1


def test_the_text_of_an_anchor_is_found_wherever_it_lies(clone: Repo, tmp_path: Path) -> None:
    clone.git("worktree", "add", "-q", str(tmp_path / "linked"), "trial")
    delta = add(Repo(tmp_path / "linked"), "Delta", minute=7, commit=False)
    workspace = Workspace.open(clone.root)
    found = everywhere.listing(workspace)
    texts = {item.anchor.name: everywhere.text(workspace, found, item) for item in found.anchors}
    assert re.search(rf'^id: "?{delta}"?$', texts["Delta"], re.MULTILINE)
    assert [re.findall(r"(?m)^name: (.*)$", text) for text in texts.values()] == [
        ["Delta"], ["Gamma"], ["Beta"], ["Alpha"],
    ]  # fmt: skip


# Searching ---------------------------------------------------------------------------------


@pytest.fixture
def gauge(repo: Repo) -> Repo:
    """Two anchors here, and one on another branch."""
    return repo.once(made_gauge)


def made_gauge(repo: Repo) -> None:
    options = ("-m", "✅ Debounced\n✅ Résumé of tips", "-n", "Ask Noor.", "-d", "Tools: PlatformIO")
    add(repo, "Rain_Gauge", *options, minute=1)
    add(repo, "Wind_Sensor", "-n", "Solder it, as the gauge was.", minute=2)
    repo.git("switch", "-q", "-c", "side")
    add(repo, "Gauge_Housing", minute=3)
    repo.git("switch", "-q", "main")


def ids(repo: Repo) -> tuple[str, ...]:
    return tuple(item["id"] for item in repo.json("list", "--all"))


def test_search_prints_the_lines_as_git_grep_does(gauge: Repo) -> None:
    housing, wind, rain = ids(gauge)
    assert gauge.ok("search", "gauge") == (
        f"{wind} Wind_Sensor:next_action: Solder it, as the gauge was.\n"
        f"{rain} Rain_Gauge:name: Rain_Gauge\n"
        f"{rain} Rain_Gauge:context: Rain_Gauge\n"
    )
    assert gauge.ok("search", "--all", "HOUSING") == (
        f"{housing} Gauge_Housing (side):name: Gauge_Housing\n"
        f"{housing} Gauge_Housing (side):context: Gauge_Housing\n"
    )
    assert gauge.ok("search", "platformio") == f"{rain} Rain_Gauge:dependencies: - Tools: PlatformIO\n"


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("noor",), ["next_action: Ask Noor."]),
        (("noor", "debounced"), ["milestone: ✅ Debounced", "next_action: Ask Noor."]),
        (("ask noor",), ["next_action: Ask Noor."]),
        (("--case-sensitive", "Noor"), ["next_action: Ask Noor."]),
        (("--case-sensitive", "-i", "NOOR"), ["next_action: Ask Noor."]),
        (("re\u0301sume\u0301",), ["milestone: ✅ Résumé of tips"]),
        (("--", "- Tools"), ["dependencies: - Tools: PlatformIO"]),
        (("noor", "solder"), []),
        (("--case-sensitive", "noor"), []),
        (("N..r",), []),
    ],
)
def test_search_finds_what_holds_all_words(
    gauge: Repo, arguments: tuple[str, ...], found: list[str]
) -> None:
    result = gauge.anchor("search", *arguments)
    assert result.err == ""
    assert [line.split(":", 1)[1] for line in result.out.splitlines()] == found
    assert result.status == (0 if found else 1)


def test_search_as_json_gives_the_anchors_and_their_lines(gauge: Repo) -> None:
    (rain,) = gauge.json("search", "tips")
    assert rain.pop("matches") == [{"section": "milestone", "line": 2, "text": "✅ Résumé of tips"}]
    shown = gauge.json("show", "Rain_Gauge")
    assert rain == {key: shown[key] for key in rain}
    (housing,) = gauge.json("search", "--all", "housing")
    assert housing["places"] == ["side"]
    nothing = gauge.anchor("search", "--json", "nothing")
    assert (nothing.status, json.loads(nothing.out)) == (1, [])


def test_search_names_what_it_could_not_read(gauge: Repo) -> None:
    (path,) = (path for path in gauge.files() if "wind" in path)
    gauge.write(path, gauge.read(path)[:-4])
    for word in ("Noor", "nothing"):
        result = gauge.anchor("search", word)
        assert (result.status, result.err) == (3, f"error: {path}: {TORN}\n")
    assert gauge.anchor("search").status == 2


# What is remembered of branches -----------------------------------------------------------


def told(repo: Repo) -> list[object]:
    """What is told of all branches."""
    return [
        repo.anchor("list", "--all"),
        *(repo.anchor(name, "--all", "--json") for name in ("list", "heads")),
    ]


def told_anew(repo: Repo) -> list[object]:
    """The same of a clone that remembers nothing."""
    database(repo).unlink(missing_ok=True)
    return told(repo)


@pytest.mark.slow
def test_what_is_remembered_agrees_with_a_look_at_all_branches(forked: Repo) -> None:
    chance = random.Random(5)
    branches_made = 0

    def change() -> None:
        nonlocal branches_made
        tree, *files = forked.git("rev-parse", "side^{tree}"), *forked.files()
        branch = chance.choice(
            forked.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
        )
        match chance.randrange(8):
            case 0:
                branches_made += 1
                forked.git("branch", f"new{branches_made}", branch)
            case 1:
                forked.git("update-ref", f"refs/remotes/origin/{branch}", branch)
            case 2:
                forked.run("git", "branch", "-q", "-D", branch)
            case 3:
                add(forked, f"More{chance.randrange(99)}", minute=chance.randrange(10, 50))
            case 4:
                forked.run("git", "switch", "-q", branch)
            case 5:
                commit = forked.git("commit-tree", "-m", "Gone", "-p", branch, tree)
                forked.git("update-ref", f"refs/heads/{branch}", commit)
                forked.git("reset", "-q", "--hard")
            case 6 if files:
                forked.write(chance.choice(files), "no anchor\n")
            case 7:
                forked.git("reset", "-q", "--hard")

    for _ in range(15):
        change()
        forked.anchor("list", "--all")
        remembered = told(forked)
        assert remembered == told_anew(forked)


def test_a_memory_whose_blobs_are_gone_or_that_is_damaged_is_none(forked: Repo) -> None:
    wanted = forked.ok("list", "--all")
    for table in ("anchor", "everywhere", "maker"):
        for damage in (f"DELETE FROM {table}", f"DROP TABLE {table}"):
            with contextlib.closing(sqlite3.connect(database(forked))) as connection, connection:
                connection.execute(damage)
            assert [forked.ok("list", "--all") for _ in range(2)] == [wanted] * 2
    database(forked).unlink()
    assert forked.ok("list", "--all") == wanted
    database(forked).write_bytes(b"no database")
    assert forked.ok("list", "--all") == wanted


def test_with_another_worktree_nothing_is_believed(forked: Repo, tmp_path: Path) -> None:
    forked.ok("list", "--all")
    forked.git("worktree", "add", "-q", str(tmp_path / "other"), "trial")
    forked.ok("list", "--all")
    other = Repo(tmp_path / "other")
    add(other, "Delta", minute=4, commit=False)
    assert [item["name"] for item in forked.json("list", "--all")] == ["Delta", "Gamma", "Beta", "Alpha"]


# Cost --------------------------------------------------------------------------------------


def test_plain_list_and_search_load_nothing_heavy(gauge: Repo) -> None:
    heavy = {"yaml", "git", "jinja2", "ftfy", "dateutil", "filelock", "ijson", "gitanchor.storage.codec"}
    code = (
        "import sys; from gitanchor.cli import main as cli; cli.run(sys.argv[1:]);"
        f" print(*sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    for path in gauge.files():
        os.utime(gauge.root / path, (1_700_000_000, 1_700_000_000))
    gauge.run("sleep", "0.15", check=True)
    gauge.ok("list", "--all")
    for arguments, loaded in (
        (["list"], "\n"),
        (["search", "x"], "\n"),
        (["log"], "\n"),
        (["list", "--all"], "\n"),
        (["search", "--all", "x"], "\n"),
    ):
        assert gauge.run(sys.executable, "-c", code, *arguments).err == loaded, arguments


def test_the_repository_of_the_benchmark_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branches, "BRANCHES", 12)
    monkeypatch.setattr(branches, "ANCHORS", 5)
    branches.make(tmp_path)
    found = everywhere.listing(Workspace.open(tmp_path))
    assert len(found.anchors) == 4 + 12
    assert found.places["00000010"] == ("topic/011",)
    subprocess.run(["git", "fsck", "--strict"], cwd=tmp_path, check=True, capture_output=True)
