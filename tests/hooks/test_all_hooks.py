"""All hooks at once, with real git: commits of every kind, a long rebase, and nothing to run them with."""

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.repositories import BIN, Repo, make_repository
from tests.variants import first

LOG: Final = "GPT_Anchors_Log.md"
ENTRY: Final = (
    "\n**10:00 02/01/2026**\n\nResume from anchor: [Dough]\nContext: It rests.\nNext action: Fold.\n"
)


def team(folder: Path, *, with_hooks: bool) -> Repo:
    """A repository with an anchor, its log and two files, all committed."""
    make = functools.partial(made_team, with_hooks=with_hooks)
    return Repo(folder).once(functools.update_wrapper(make, made_team), with_hooks)


def made_team(repo: Repo, *, with_hooks: bool) -> None:
    make_repository(repo.root)
    repo.ok("init", *([] if with_hooks else ["--no-hooks"]))
    repo.write("one", "1\n2\n3\n")
    repo.write("two", "1\n2\n3\n")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Start")


@pytest.fixture
def ready(tmp_path: Path) -> Repo:
    """A repository with all hooks, and everything switched on."""
    return Repo(tmp_path / "repo").once(made_ready)


def made_ready(repo: Repo) -> None:
    made_team(repo, with_hooks=True)
    repo.ok("add", "Start", "-n", "go on", "--commit")
    repo.git("config", "anchor.remind.commits", "1")
    repo.git("config", "anchor.trailer", "true")


# Row 15 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", first([(("-i",),), (("--apply",),)], ids=["-i", "--apply"]))
def test_a_rebase_of_twenty_commits_reminds_at_most_once(ready: Repo, backend: tuple[str, ...]) -> None:
    for number in range(20):
        ready.commit(f"Number {number}", {f"file {number}": "x\n"})
        if number % 5 == 4:
            ready.ok("add", f"At {number}", "-n", "go on", "--commit")
    ready.git("switch", "-qc", "top", "HEAD~24")
    ready.commit("Top", {"top": "top\n"})
    todo = "1s/pick/reword/; 3s/pick/squash/; 4s/pick/fixup/; 7s/pick/drop/"
    ready.git("switch", "-q", "main")
    result = ready.run(
        *("git", "rebase", "-q", *backend, "top"), GIT_SEQUENCE_EDITOR=f"sed -i '{todo}'", GIT_EDITOR=":"
    )
    assert result.status == 0, result
    said = (result.out + result.err).splitlines()
    assert [line for line in said if line.startswith(("hint", "warning", "git anchor"))] == []
    assert ready.git("status", "--porcelain") == ""
    assert ready.git("log", "-1", "--format=%s", "top", "--") == "Top"
    assert len(ready.git("rev-list", "top..main", "--").split()) == (
        24 if backend == ("--apply",) else 21
    )
    assert ready.anchor("render", "--check").status == 0


# Row 16 ----------------------------------------------------------------------------------------

COMMITS: Final = {
    "all": ("commit", "-qam", "x"),
    "path": ("commit", "-qm", "x", "--", "one"),
    "two paths": ("commit", "-qm", "x", "--", "one", "two"),
    "include": ("commit", "-qm", "x", "-i", "two"),
    "patch": ("commit", "-qpm", "x"),
    "staged": ("commit", "-qm", "x"),
}


def tree(repo: Repo) -> dict[str, str]:
    """The files of HEAD with their blobs."""
    lines = repo.git("ls-tree", "-r", "HEAD").splitlines()
    return {path: fact.split()[2] for fact, path in (line.split("\t") for line in lines)}


@pytest.mark.diagonal
@pytest.mark.parametrize(
    ("work", "kind"),
    [
        *(("none", kind) for kind in ("all", "path", "patch")),
        *(("pasted", kind) for kind in COMMITS),
        *(("anchor", kind) for kind in ("all", "path", "include", "patch")),
    ],
)
def test_the_tree_is_the_same_as_without_hooks(tmp_path: Path, kind: str, work: str) -> None:
    """Plus what is due where log or anchors are part of the commit."""
    with_hooks = team(tmp_path / "with", with_hooks=True)
    without = team(tmp_path / "without", with_hooks=False)
    for repo in (with_hooks, without):
        repo.write("one", "1\n2\nthree\n")
        repo.write("two", "one\n2\nthree\n")
        repo.git("add", "one")
        if work == "pasted":
            repo.write(LOG, repo.read(LOG) + ENTRY)
        if work == "anchor":
            text = "schema: 1\nid: 0a0b0c0d\nname: Dough\ncreated: 2026-02-01T10:00:00+01:00\n"
            text += "author: A U Thor <author@example.com>\nbranch: main\nsource: cli\n"
            text += "next_action: |-\n  Fold.\n...\n"
            repo.write(".anchors/2026/02/20260201T1000-dough-0a0b0c0d.yaml", text)
            repo.git("add", ".anchors")
        answers = "y\n" * 9 if kind == "patch" else ""
        done = repo.run("git", *COMMITS[kind], stdin=answers)
        assert done.status == 0, done
    plain, own = tree(without), tree(with_hooks)
    due = {path for path in {*plain, *own} if plain.get(path) != own.get(path)}
    partial = kind in {"path", "two paths"}
    taken = (work == "pasted" and kind in {"all", "patch"}) or (work == "anchor" and not partial)
    if not taken:
        assert due == set()
    elif work == "anchor":
        assert due == {LOG}
    else:
        assert due == {LOG, *with_hooks.files()}
    # What is not clean by now is so without the hooks as well.
    left = set(with_hooks.git("status", "--porcelain").splitlines())
    assert left <= set(without.git("status", "--porcelain").splitlines())
    if taken:
        assert with_hooks.anchor("render", "--check").status == 0
        assert with_hooks.git("status", "--porcelain", "--", LOG, ".anchors") == ""
    assert with_hooks.git("fsck", "--no-progress", "--no-dangling") == ""


# Row 21 ----------------------------------------------------------------------------------------

BARE: Final = "/usr/bin:/bin"
NOT_THERE: Final = (
    "warning: git-anchor is not on PATH, so the log of anchors was not brought up to date\n"
)


def stale(repo: Repo) -> None:
    """Stage what has the pre-commit hook start Python."""
    repo.git("config", "anchor.remind.commits", "0")
    repo.git("config", "anchor.remind.hours", "0")
    repo.write(LOG, repo.read(LOG) + ENTRY)
    repo.git("add", LOG)


def test_a_path_without_gitanchor(ready: Repo) -> None:
    stale(ready)
    done = ready.run("git", "commit", "-qm", "x", PATH=BARE)
    assert (done.status, done.out, done.err) == (0, "", NOT_THERE)
    assert ready.git("log", "-1", "--format=%s") == "x"
    done = ready.run("git", "commit", "-qm", "y", "--allow-empty", PATH=BARE)
    assert (done.status, done.out, done.err) == (0, "", "")


@pytest.mark.diagonal
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!{folder}/gone/python\nimport gitanchor\n", "git-anchor"),
        (
            "#!/bin/sh\n'''exec' \"{folder}/gone/a long/python\" \"$0\" \"$@\"\n' '''\n",
            "gone/a long/python",
        ),
        ("#!/usr/bin/env python3\nimport gitanchor_gone\n", "No module named 'gitanchor_gone'"),
    ],
    ids=["interpreter", "long path", "package"],
)
@pytest.mark.parametrize("words", [("dash",), ("bash",), ("busybox", "sh"), ("zsh",)], ids=" ".join)
def test_the_interpreter_deleted(
    ready: Repo, tmp_path: Path, script: str, reason: str, words: tuple[str, ...]
) -> None:
    program = shutil.which(words[0])
    if program is None:
        pytest.skip(f"{words[0]} is not installed")
    hook = ready.root / ".git/hooks/pre-commit"
    first = " ".join(["#!" + program, *words[1:]])
    hook.write_bytes(first.encode() + b"\n" + hook.read_bytes().split(b"\n", 1)[1])
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git-anchor").write_text(script.format(folder=tmp_path))
    (programs / "git-anchor").chmod(0o755)
    stale(ready)
    done = ready.run("git", "commit", "-qm", "x", PATH=f"{programs}:{BARE}")
    assert (done.status, done.out) == (0, "")
    assert done.err.startswith("warning: git-anchor does not run (")
    assert done.err.endswith("), so the log of anchors was not brought up to date\n")
    assert reason in done.err
    assert done.err.count("\n") == 1


@pytest.mark.diagonal
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/null"])
@pytest.mark.parametrize("path", [BARE, f"{BIN}:{BARE}"], ids=["bare", "full"])
def test_closed_streams(ready: Repo, closed: str, path: str) -> None:
    """And no terminal: setsid takes that away too, so that nobody could be asked."""
    stale(ready)
    script = f"exec setsid -w git commit -q -m x {closed}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=ready.root,
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done
    assert ready.git("log", "-1", "--format=%s") == "x"
    assert done.stdout == b""
    spoken = done.stderr.decode()
    if "2>&-" in closed:
        assert spoken == ""
    elif path == BARE:
        assert spoken == NOT_THERE
    else:
        assert spoken.startswith("git anchor: absorbed Dough (")
        assert ready.git("status", "--porcelain") == ""


def test_all_hooks_without_gitanchor(ready: Repo) -> None:
    """Every kind of hook fires, none of them fails, and one line is said of each merge and commit."""
    ready.git("config", "advice.detachedHead", "false")
    ready.git("config", "anchor.remind.commits", "0")
    steps = (
        ("switch", "-qc", "side"),
        ("commit", "-q", "--allow-empty", "-m", "x"),
        ("commit", "-q", "--amend", "--allow-empty", "-m", "y"),
        ("switch", "-q", "--detach", "main"),
        ("merge", "-q", "--no-ff", "--no-edit", "side"),
        ("rebase", "-q", "--force-rebase", "main"),
    )
    for step in steps:
        done = ready.run("git", *step, PATH=BARE)
        assert (done.status, done.out, done.err) == (0, "", ""), step
    done = ready.run("git", "switch", "-q", "main", PATH=BARE)
    assert done.status == 0
    assert done.err.startswith("hint: The open anchor on main is Start (")
    assert done.err.count("\n") == 1


def test_an_unborn_branch_and_a_repository_that_lost_its_state(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "repo")
    repo.ok("init")
    shutil.rmtree(repo.root / ".git/gitanchor")
    done = repo.run("git", "commit", "-q", "--allow-empty", "-m", "x")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert not (repo.root / ".git/gitanchor").exists()
