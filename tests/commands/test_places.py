"""Odd places and surroundings: which repository, which branch, and what must not leak in."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from gitanchor.git import config_files
from tests.repositories import Repo, make_repository
from tests.variants import first


def test_an_unborn_branch_has_anchors_without_a_commit(empty_repo: Repo) -> None:
    out = empty_repo.ok("add", "First", "-c", "x")
    (path,) = empty_repo.files()
    assert out == f"[main {path[-13:-5]}] First\n {path}\n"
    anchor = empty_repo.json("show")
    assert (anchor["branch"], anchor["commit"], anchor["tree"], anchor["dirty"]) == (
        "main",
        None,
        None,
        None,
    )
    assert empty_repo.git("for-each-ref", "refs/anchors") == ""
    empty_repo.ok("render", "--check")


def test_a_detached_head_is_offered_what_it_contains(repo: Repo) -> None:
    repo.ok("add", "On main", "-c", "x")
    repo.git("checkout", "-q", "--detach")
    result = repo.anchor("resume")
    assert (result.status, result.err) == (
        0,
        "hint: this detached HEAD has no open anchor of its own; this one is from main, 0 commits ago\n",
    )
    repo.ok("add", "Off", "-c", "x")
    anchor = repo.json("show")
    assert (anchor["name"], anchor["branch"], anchor["commit"], anchor["parent"]) == (
        "Off",
        None,
        repo.git("rev-parse", "HEAD"),
        repo.json("show", "On main")["id"],
    )
    assert repo.ok("status").startswith("HEAD detached\nNewest anchor: Off (")
    assert repo.ok("list").startswith(
        f"{anchor['id']} 2026-03-01 12:00 (detached)@{anchor['short_commit']} Off\n"
    )


def test_places_without_a_worktree(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = make_repository(tmp_path / "bare.git", "--bare")
    result = bare.anchor("list")
    assert (result.status, result.err) == (
        4,
        f"fatal: '{bare.root}' is a bare repository, without a worktree to keep anchors in; use a clone\n",
    )
    result = repo.anchor("list", folder=".git")
    assert (result.status, result.err) == (
        4,
        f"fatal: this folder belongs to '{repo.root}/.git' itself; change to its worktree\n",
    )
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    result = Repo(outside).anchor("list")
    assert (result.status, result.err) == (
        4,
        "fatal: not a git repository (or any of the parent directories): .git\n",
    )


def test_a_folder_of_the_worktree_is_as_good_as_its_top(repo: Repo) -> None:
    repo.write("a/b/c", "")
    repo.anchor("add", "Deep", "-c", "x", folder="a/b")
    assert len(repo.files()) == 1
    assert repo.anchor("list", folder="a/b").out == repo.ok("list")
    repo.write("a/b/log.md", "Resume from anchor: [In]\nContext: x\nNext action: y\n")
    assert repo.anchor("import", "log.md", folder="a/b").status == 0
    assert repo.json("show", "In")["context"] == "x"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_git_says_itself_what_it_thinks_of_a_foreign_owner(repo: Repo) -> None:
    os.chown(repo.root, 12345, 12345)
    os.chown(repo.root / ".git", 12345, 12345)
    result = repo.anchor("list")
    os.chown(repo.root, 0, 0)
    assert result.status == 4
    assert "detected dubious ownership" in result.err
    assert f"git config --global --add safe.directory {repo.root}" in result.err
    assert repo.run("git", "config", "--global", "safe.directory").status == 1


def test_a_linked_worktree_has_files_of_its_own_and_shares_the_refs(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked tree"))
    linked = Repo(tmp_path / "linked tree")
    linked.ok("add", "Linked", "-c", "x")
    anchor = linked.json("show")
    assert (anchor["branch"], anchor["name"]) == ("side", "Linked")
    assert repo.files() == []
    assert repo.git("rev-parse", f"anchors/{anchor['id']}") == anchor["commit"]
    linked.ok("resume")
    assert not (repo.root / ".git/gitanchor/resumed").exists()
    assert (repo.root / ".git/gitanchor/heads").is_dir()


def test_a_submodule_is_a_repository_of_its_own(repo: Repo, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other")
    other.commit("Other", {"file": "x\n"})
    repo.git("submodule", "--quiet", "add", str(other.root), "sub")
    sub = Repo(repo.root / "sub")
    sub.ok("init")
    sub.ok("add", "Inside", "-c", "x")
    assert sub.json("show")["commit"] == other.git("rev-parse", "HEAD")
    assert repo.files() == []


def test_the_environment_of_another_repository_does_not_leak_in(repo: Repo, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other", "-b", "elsewhere")
    other.commit("Other", {"file": "x\n"})
    for name in ("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"):
        assert name in config_files.LOCAL_VARIABLES
    foreign = {
        "GIT_DIR": str(other.root / ".git"),
        "GIT_WORK_TREE": str(other.root),
        "GIT_INDEX_FILE": str(other.root / ".git/index"),
        "GIT_OBJECT_DIRECTORY": str(other.root / ".git/objects"),
        "GIT_LITERAL_PATHSPECS": "1",
    }
    result = repo.run("git-anchor", "add", "Here", "-c", "x", **foreign)  # type: ignore[arg-type]
    assert result.status == 0
    assert result.err == (f"warning: GIT_DIR ('{other.root}/.git') is not used; this is '{repo.root}'\n")
    assert repo.json("show")["branch"] == "main"
    assert repo.json("show")["commit"] == repo.git("rev-parse", "HEAD")
    assert other.git("status", "--porcelain") == ""
    assert not (other.root / ".git/gitanchor").exists()
    same = repo.run("git-anchor", "list", GIT_DIR=str(repo.root / ".git"))
    assert (same.status, same.err) == (0, "")


def dotfiles(tmp_path: Path) -> tuple[Path, Repo]:
    """A bare repository whose worktree is a folder elsewhere, as people keep their dot files."""
    home = Repo(tmp_path / "home" / "files")
    home.root.mkdir()
    store = tmp_path / "dotfiles.git"
    home.run("git", "init", "-q", "--bare", str(store), check=True)
    (home.root / "rc").write_text("x\n")
    for words in (["add", "rc"], ["commit", "-qm", "Start"]):
        home.git(f"--git-dir={store}", f"--work-tree={home.root}", *words)
    return store, home


@pytest.mark.parametrize("where", first(["top", "below", "nowhere", "another", "relative"], keep=2))
def test_a_repository_that_is_named_is_the_one(repo: Repo, tmp_path: Path, where: str) -> None:
    store, home = dotfiles(tmp_path)
    folders = {"top": home.root, "below": home.root / "a", "nowhere": tmp_path / "x", "another": repo.root,
               "relative": home.root / "a"}  # fmt: skip
    folders[where].mkdir(exist_ok=True)
    named = [f"--git-dir={store}", f"--work-tree={home.root}"]
    if where == "relative":
        named = ["--git-dir=../../../dotfiles.git", "--work-tree=.."]
    here = Repo(folders[where])
    before = repo.git("status", "--porcelain", "--ignored")
    added = here.run("git", *named, "anchor", "add", "Named", "-c", "c", "-n", "n")
    assert (added.status, added.err) == (0, "")
    (path,) = home.files()
    shown = json.loads(here.run("git", *named, "anchor", "show", "--json", check=True).out)
    head = here.git(*named, "rev-parse", "HEAD")
    assert (shown["name"], shown["commit"], shown["path"]) == ("Named", head, path)
    assert here.git(*named, "rev-parse", f"refs/anchors/{shown['id']}") == head
    assert (store / "gitanchor/journal").is_dir()
    assert repo.git("status", "--porcelain", "--ignored") == before
    for command in ("list", "status", "resume", "graph"):
        told = here.run("git", *named, "anchor", command)
        assert (told.status, told.err) == (0, ""), command
        assert "Named" in told.out, command
    done = here.run("git", *named, "anchor", "add", "Kept", "-c", "c", "-n", "n", "--commit")
    commit = here.git(*named, "rev-parse", "--short=10", "HEAD")
    assert (done.status, done.err) == (0, f"committed as {commit}\n")
    assert "Kept" in here.git(*named, "log", "-1", "--format=%s")


def test_a_repository_inside_of_a_named_worktree_is_left_alone(tmp_path: Path) -> None:
    store, home = dotfiles(tmp_path)
    inside = make_repository(home.root / "inside")
    inside.commit("Inside", {"a": "a\n"})
    hook = {
        "GIT_DIR": str(store),
        "GIT_WORK_TREE": str(home.root),
        "GIT_INDEX_FILE": str(store / "index"),
    }
    result = inside.run("git-anchor", "add", "In", "-c", "c", **hook)  # type: ignore[arg-type]
    assert result.err == f"warning: GIT_DIR ('{store}') is not used; this is '{inside.root}'\n"
    assert len(inside.files()) == 1
    assert home.files() == []


def test_our_list_of_local_variables_is_gits(repo: Repo) -> None:
    known = set(repo.git("rev-parse", "--local-env-vars").split())
    assert known - set(config_files.LOCAL_VARIABLES) <= {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}


def test_settings_given_to_git_itself_reach_us(repo: Repo) -> None:
    repo.run("git", "-c", "user.name=Ada", "anchor", "add", "X", "-c", "x", check=True)
    assert repo.json("show")["author"] == "Ada <author@example.com>"


def test_a_file_system_monitor_of_the_repository_is_not_run(repo: Repo) -> None:
    spy = repo.write(".git/spy", "#!/bin/sh\ntouch spied\n")
    spy.chmod(0o755)
    repo.ok("add", "X", "-c", "x")
    repo.git("config", "core.fsmonitor", str(spy))
    for command in ("list", "status", "show", "resume", "log", "request"):
        repo.ok(command)
    repo.ok("add", "Y", "-c", "y")
    assert not (repo.root / "spied").exists()


@pytest.mark.parametrize("branch", ["feat/é😀", "/".join(["b" * 49] * 5), "-x", "a`b", "x/HEAD"])
def test_any_branch_name_goes_round(repo: Repo, branch: str) -> None:
    repo.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    repo.ok("init")
    repo.commit("One")
    repo.ok("add", "X", "-c", "x")
    anchor = repo.json("show")
    assert anchor["branch"] == branch
    (listed,) = repo.json("list", "--branch", branch)
    assert {**listed, "untrusted": False, "entered": None} == anchor
    assert repo.json("show", "--", f"{branch}@{{0}}") == anchor
    repo.ok("render", "--check")
    log = repo.read("GPT_Anchors_Log.md")
    fresh = make_repository(repo.root.parent / "fresh")
    fresh.write("log.md", log)
    fresh.ok("import", "log.md")
    assert fresh.json("list")[0]["branch"] == branch


def test_file_names_of_any_bytes_are_no_obstacle(repo: Repo) -> None:
    raw = os.fsencode(repo.root)
    for name in (b"new\nline", b"latin-\xe9", b"\xf0\x9f\x98\x80", b"-x"):
        with open(raw + b"/" + name, "wb") as file:  # noqa: PTH123 - pathlib has no bytes
            file.write(b"x")
    repo.ok("add", "X", "-c", "x")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Odd names")
    assert repo.json("status")["commits_since"] == 1


def test_a_repository_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    odd = make_repository(tmp_path / "a b\nc 'é😀")
    odd.commit("One", {"x": "x\n"})
    odd.ok("init")
    odd.ok("add", "X", "-c", "x")
    assert odd.json("status")["commits_since"] == 0
    assert odd.anchor("list", folder=".").status == 0


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_object_formats(tmp_path: Path, object_format: str) -> None:
    repo = make_repository(tmp_path / "repo", f"--object-format={object_format}")
    repo.commit("One", {"x": "x\n"})
    repo.ok("add", "X", "-c", "x")
    head = repo.git("rev-parse", "HEAD")
    anchor = repo.json("show")
    assert anchor["commit"] == head
    assert repo.git("rev-parse", f"anchors/{anchor['id']}") == head
    repo.ok("add", "Y", "-c", "y")
    other = make_repository(tmp_path / "other", f"--object-format={object_format}")
    other.git("fetch", "-q", str(repo.root), "main")
    other.write("log.md", repo.read("GPT_Anchors_Log.md"))
    other.ok("import", "log.md")
    assert other.git("for-each-ref", "--format=%(objectname)", "refs/anchors").split() == [head, head]


def test_git_is_missing(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = repo.anchor("list")
    assert (result.status, result.err) == (
        4,
        "fatal: git is not installed, or not on PATH; install git 2.30 or newer\n",
    )


def test_git_does_not_know_who_we_are(repo: Repo, sealed: Path) -> None:
    (sealed / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    result = repo.anchor("add", "X", "-c", "x")
    assert result.status == 4
    assert result.err.startswith("fatal: ")
    assert result.err.count("\n") == 1
    assert repo.files() == []


def test_a_damaged_head_is_no_unborn_branch(repo: Repo) -> None:
    repo.git("checkout", "-q", "--detach")
    repo.write(".git/HEAD", "12345678" * 5 + "\n")
    result = repo.anchor("add", "X", "-c", "x")
    assert (result.status, repo.files()) == (4, [])
    assert result.err == "fatal: HEAD names neither a branch nor a commit; 'git fsck' may say more\n"


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "LANG": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    ],
)
def test_any_locale_and_output_encoding(repo: Repo, environment: dict[str, str]) -> None:
    words = "😀 ≥ é – 日本"
    add = ["git", "anchor", "add", words, "-c", words, "-n", words, "-d", words]
    result = repo.run(*add, **environment)  # type: ignore[arg-type]
    assert (result.status, result.err) == (0, "")
    (path,) = repo.files()
    assert repo.read(path).count(words) == 4
    assert words in repo.read("GPT_Anchors_Log.md")
    for command in ("list", "show", "resume", "log", "status"):
        assert repo.run("git", "anchor", command, **environment).status == 0  # type: ignore[arg-type]
    shown = repo.run("git", "anchor", "list", "--json", **environment)  # type: ignore[arg-type]
    assert subprocess.run(
        ["python3", "-c", "import json,sys; json.load(sys.stdin)"], input=shown.out.encode(), check=True
    )
    answer = f"Resume from anchor: {words} 2\nContext: {words}\nNext action: {words}\n"
    piped = repo.run("git", "anchor", "add", "--yes", "-F", "-", stdin=answer, **environment)  # type: ignore[arg-type]
    assert piped.status == 0
    assert repo.json("show")["context"] == words


def test_arguments_that_are_no_utf8_are_refused(repo: Repo) -> None:
    result = repo.run("git", "anchor", "add", "X", "-c", os.fsdecode(b"caf\xe9"))
    assert (result.status, result.out) == (2, "")
    assert result.err == "error: '-c' / '--context' is not UTF-8; nothing was written\n"
    assert repo.files() == []


@pytest.mark.parametrize("where", [".anchors", ".anchors/2026", ".anchors/2026/03"])
def test_a_link_out_of_the_worktree_is_refused(repo: Repo, tmp_path: Path, where: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link = repo.root / where
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside)
    for arguments in (["add", "X", "-c", "x"], ["list"], ["render"]):
        result = repo.anchor(*arguments)
        assert result.status == 2
        assert result.err == (
            f"error: '{where}' is a symbolic link to '{outside}'; replace it by what it leads to\n"
        )
    assert list(outside.iterdir()) == []


def test_an_anchor_file_that_is_a_link_is_refused(repo: Repo, tmp_path: Path) -> None:
    repo.ok("add", "X", "-c", "x")
    (path,) = repo.files()
    secret = tmp_path / "secret.yaml"
    (repo.root / path).rename(secret)
    (repo.root / path).symlink_to(secret)
    for arguments in (["list"], ["show"], ["edit", "-c", "y"]):
        result = repo.anchor(*arguments)
        assert result.status == 2
        assert result.err.startswith(f"error: '{path}' is a symbolic link to '{secret}'")
    assert "context: |-\n  x\n" in secret.read_text()


def test_a_log_that_is_a_link_out_of_the_worktree_is_refused(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "log.md").write_text("mine\n")
    (repo.root / "GPT_Anchors_Log.md").symlink_to(tmp_path / "log.md")
    result = repo.anchor("render")
    assert (result.status, result.err) == (
        2,
        f"error: 'GPT_Anchors_Log.md' is a symbolic link to '{tmp_path}/log.md'; replace it by a file\n",
    )
    assert (tmp_path / "log.md").read_text() == "mine\n"


def test_anchors_is_a_file(repo: Repo) -> None:
    repo.write(".anchors", "hello\n")
    for arguments in (["add", "X", "-c", "x"], ["list"], ["init"]):
        result = repo.anchor(*arguments)
        assert (result.status, result.err) == (2, "error: '.anchors' is not a folder; move it away\n")
    assert repo.read(".anchors") == "hello\n"


def test_a_sparse_checkout_without_anchors_keeps_the_log(repo: Repo) -> None:
    repo.ok("init", "--no-hooks")
    repo.ok("add", "One", "-c", "x")
    repo.commit("Work", {"src/a.py": "x\n"})
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "Anchor")
    repo.git("sparse-checkout", "init", "--cone")  # the default only since git 2.37
    repo.git("sparse-checkout", "set", "src")
    before = repo.read("GPT_Anchors_Log.md")
    why = (
        "a sparse checkout leaves out 1 anchor file, which a log without them would lose;"
        " 'git sparse-checkout add .anchors' brings them\n"
    )
    added = repo.anchor("add", "Two", "-c", "y")
    assert (added.status, added.err) == (0, f"warning: the log was not regenerated: {why}")
    rendered = repo.anchor("render")
    assert (rendered.status, rendered.err) == (1, f"error: {why}")
    assert repo.read("GPT_Anchors_Log.md") == before
    listed = repo.anchor("list")
    assert (listed.status, listed.out.count("\n"), listed.err) == (
        0,
        1,
        "warning: a sparse checkout leaves out 1 anchor file; 'git sparse-checkout add .anchors' brings them\n",
    )
    repo.git("sparse-checkout", "add", ".anchors")
    repo.ok("render")
    assert repo.anchor("list").err == ""
    assert repo.read("GPT_Anchors_Log.md").count("Resume from anchor:** [") == 2


def test_an_anchor_that_git_ignores_is_written_and_it_is_said_why(repo: Repo, sealed: Path) -> None:
    repo.ok("init", "--no-hooks")
    repo.git("config", "--global", "core.excludesFile", "~/ignore")
    (sealed / "ignore").write_text(".*\n")
    added = repo.anchor("add", "One", "-c", "x")
    path = repo.files()[0]
    why = f"'.*' in {sealed}/ignore:1; '!/.anchors/' in .gitignore says otherwise"
    assert (added.status, added.err) == (0, f"warning: git ignores {path}: {why}\n")
    assert repo.ok("list").count("One") == 1
    repo.write(".gitignore", "!/.anchors/\n")
    assert repo.anchor("add", "Two", "-c", "x").err == ""
