"""`git anchor init`: what it makes, what it leaves alone, and that twice is once."""

from pathlib import Path

import pytest

from gitanchor.cli import terminal
from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"
HAND_KEPT = "# Our log\n\n**10:00 02/01/2026**\n\nResume from anchor: [Dough]\nContext: It rests.\nNext action: Fold.\n"


def snapshot(repo: Repo) -> dict[str, bytes]:
    """Every file of the worktree and of the hooks, with its bytes."""
    roots = [repo.root / ".anchors", repo.root / ".git/hooks", repo.root / ".git/gitanchor"]
    files = [path for root in roots for path in root.rglob("*") if path.is_file()]
    files += [repo.root / ".gitattributes", repo.root / LOG]
    return {str(path): path.read_bytes() for path in files if path.exists() and path.name != "lock"}


def test_a_repository_is_made_ready_once(repo: Repo) -> None:
    assert (
        repo.ok("init")
        == f"""\
Initialized anchors in {repo.root}/.anchors/
  created .anchors/config.yaml
  created .anchors/.gitattributes
  created .gitattributes
  created {LOG}
  pre-commit hook installed
  prepare-commit-msg hook installed
  post-commit hook installed
  post-checkout hook installed
  post-merge hook installed
  post-rewrite hook installed
  merge driver installed
To commit them:
  git add -- .anchors .gitattributes {LOG}
  git commit -m 'Keep anchors'
"""
    )
    assert repo.read(".anchors/.gitattributes") == "* text eol=lf\n*/*/*.yaml merge=gitanchor\n"
    assert repo.read(".gitattributes") == f"{LOG} merge=gitanchor linguist-generated text eol=lf\n"
    assert repo.git("check-attr", "merge", "eol", "--", LOG) == (
        f"{LOG}: merge: gitanchor\n{LOG}: eol: lf"
    )
    before = snapshot(repo)
    assert repo.ok("init").startswith(f"Reinitialized existing anchors in {repo.root}/.anchors/\n")
    assert snapshot(repo) == before
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Keep anchors")
    assert repo.ok("init") == (
        f"Reinitialized existing anchors in {repo.root}/.anchors/\n  pre-commit hook already installed\n  prepare-commit-msg hook already installed\n  post-commit hook already installed\n  post-checkout hook already installed\n  post-merge hook already installed\n  post-rewrite hook already installed\n  merge driver already installed\n"
    )


def test_what_is_there_stays(repo: Repo) -> None:
    repo.write(".gitattributes", "*.png binary")
    repo.write(".anchors/config.yaml", "remind:\n  commits: 2\n")
    repo.ok("init", "--no-hooks")
    assert repo.read(".gitattributes") == (
        f"*.png binary\n{LOG} merge=gitanchor linguist-generated text eol=lf\n"
    )
    assert repo.read(".anchors/config.yaml") == "remind:\n  commits: 2\n"
    assert not (repo.root / ".git/hooks/post-commit").exists()


def test_the_log_may_lie_elsewhere(repo: Repo) -> None:
    repo.ok("init", "--log", "docs/our anchors.md")
    repo.ok("add", "X", "-c", "x")
    assert "[X]" in repo.read("docs/our anchors.md")
    assert not (repo.root / LOG).exists()
    assert repo.read(".gitattributes").startswith('"docs/our anchors.md" merge=gitanchor')
    assert repo.git("check-attr", "merge", "--", "docs/our anchors.md").endswith(": merge: gitanchor")
    assert repo.ok("init", "--log", "docs/our anchors.md")
    result = repo.anchor("init", "--log", "other.md")
    assert (result.status, result.err) == (
        2,
        "error: .anchors/config.yaml: log.path is 'docs/our anchors.md' already; change it there\n",
    )
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Only anchors")
    assert repo.json("status")["commits_since"] == 1  # .gitattributes is no anchor


def shown(path: str) -> str:
    """A path as messages have it: characters that nobody sees as codes."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in path)


@pytest.mark.parametrize(
    "path",
    ["/tmp/x.md", "../x.md", ".git/x.md", ".anchors/x.md", "x.txt", "", ".GIT/x.md", "sub/.git/x.md",
     "sub/.gIt/hooks/x.md", ".git /x.md", ".git./x.md", "git~1/x.md", "a/GIT~1/x.md", ".git::$INDEX_ALLOCATION/x.md",
     ".g\u200cit/x.md", "\ufeff.gi\u206ft./x.md", ".Anchors/x.md", ".anchors./x.md", "a\\.git\\x.md"],
)  # fmt: skip
def test_places_that_are_no_place_for_the_log(repo: Repo, path: str) -> None:
    result = repo.anchor("init", "--log", path)
    assert (result.status, result.err) == (
        2,
        f"error: '{shown(path)}' is no place for the log; give a path to a .md file inside the"
        " worktree, outside .git and .anchors\n",
    )
    assert not (repo.root / ".anchors").exists()


@pytest.mark.parametrize(
    "folder", [".GIT", "docs/.git", ".git", "git~1", "docs/.Git. ", ".ANCHORS", "../away", "/tmp/x"]
)
def test_folders_that_are_no_place_for_older_anchors(repo: Repo, folder: str) -> None:
    repo.write(".anchors/config.yaml", f"log:\n  mode: archive\n  archive: '{folder}'\n")
    before = sorted((repo.root / ".git").rglob("*"))
    result = repo.anchor("render")
    assert (result.status, result.err) == (
        2,
        f"error: .anchors/config.yaml: log.archive: '{folder}' is no place for older anchors;"
        " give a folder inside the worktree, outside .git and .anchors\n",
    )
    assert sorted((repo.root / ".git").rglob("*")) == before


@pytest.mark.parametrize(
    "path", [".github/x.md", "a/.gitty.md", "digit~1/x.md", "a/.anchors/x.md", "x.git/y.md"]
)
def test_places_that_only_look_like_gits_own(repo: Repo, path: str) -> None:
    repo.ok("init", "--log", path)
    assert repo.workspace().settings.log == path


def test_a_hand_kept_log_is_not_touched_before_it_is_imported(repo: Repo) -> None:
    repo.write(LOG, HAND_KEPT)
    result = repo.anchor("init")
    assert result.status == 0
    assert result.err == (
        f"hint: {LOG} was kept by hand and holds 1 anchor;"
        f" it stays as it is until 'git anchor import {LOG}'\n"
    )
    assert repo.read(LOG) == HAND_KEPT
    assert repo.files() == []
    report = repo.ok("import", LOG)
    (kept,) = (repo.root / ".git/gitanchor/journal").glob("*-replace-*")
    assert f"{LOG}: replaced by the generated log; the text as it was is kept in {kept}\n" in report
    assert kept.read_text() == f"# replace {LOG}\n{HAND_KEPT}"
    assert "<!-- anchor " in repo.read(LOG)
    assert repo.anchor("render", "--check").status == 0
    assert repo.anchor("init").err == ""


def test_a_person_is_asked_whether_to_import(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    repo.write(LOG, HAND_KEPT)
    result = repo.anchor("init", stdin="n\n")
    assert repo.files() == []
    assert f"{LOG} was kept by hand and holds 1 anchor. Import now? [y/N]: " in result.err
    result = repo.anchor("init", stdin="y\n")
    assert f"  imported 1 anchor from {LOG}\n  the text as it was is kept in " in result.out
    assert len(repo.files()) == 1
    assert repo.json("list")[0]["name"] == "Dough"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("remind:\n  commits: many\n", ".anchors/config.yaml: remind.commits: 'many' is not a number; give 0 or more"),
        ("log:\n  path: ../x.md\n", ".anchors/config.yaml: log.path: '../x.md' is no place for the log; give a path to a .md file inside the worktree, outside .git and .anchors"),
        ("a: [\n", ".anchors/config.yaml: line 2: not YAML: did not find expected node content"),
        ("a: &x b\n", ".anchors/config.yaml: line 1: YAML anchors and aliases ('&', '*') are not allowed here"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_named(repo: Repo, text: str, message: str) -> None:
    repo.write(".anchors/config.yaml", text)
    result = repo.anchor("render")
    assert result.status in {2, 3}
    assert result.err == f"error: {message}\n"


def test_settings_of_git_win_over_those_of_the_team(repo: Repo) -> None:
    repo.ok("init")
    assert repo.workspace().settings.remind_commits == 5
    repo.write(".anchors/config.yaml", "remind: {commits: 7, hours: 1}\nother: [x]\n")
    repo.git("config", "anchor.remind.commits", "3")
    settings = repo.workspace().settings
    assert (settings.remind_commits, settings.remind_hours, settings.log) == (3, 1, LOG)
    repo.git("config", "anchor.remind.hours", "-1")
    result = repo.anchor("render")
    assert (result.status, result.err) == (
        2,
        "error: anchor.remind.hours: '-1' is not a number; give 0 or more\n",
    )


def test_settings_that_are_no_utf8_are_named(repo: Repo) -> None:
    repo.write(".anchors/config.yaml", b"log:\n  path: \xff.md\n")
    result = repo.anchor("render")
    assert (result.status, result.err) == (3, "error: .anchors/config.yaml: not UTF-8 at byte 13\n")


def test_init_works_in_a_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    assert "  post-commit hook installed\n" in linked.ok("init")
    assert (repo.root / ".git/hooks/post-commit").exists()
    assert not (repo.root / ".anchors").exists()


def test_a_generated_log_with_a_foreword_was_not_kept_by_hand(repo: Repo) -> None:
    repo.ok("init")
    log = repo.read(LOG)
    repo.write(LOG, log.replace("across chats.\n", "across chats.\n\nRead this first.\n"))
    repo.ok("absorb")
    assert repo.read(".anchors/foreword.md") == "Read this first.\n"
    assert repo.anchor("init").err == ""


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        (
            "# GPT Anchors Log",
            "My words\n\n# GPT Anchors Log",
            ":1: the head of the log was changed by hand",
        ),
        ("**Context:** c", "**Context:** changed", ": entry {id} was changed by hand"),
        ("**Context:** c", "<<<<<<< HEAD\n**Context:** c\n=======\n>>>>>>> x", ": a conflict marker"),
    ],
)
def test_a_generated_log_that_a_hand_changed_is_no_log_kept_by_hand(
    repo: Repo, tmp_path: Path, old: str, new: str, hint: str
) -> None:
    repo.ok("init")
    repo.ok("add", "One", "-c", "c", "-n", "n")
    repo.git("add", ".")
    repo.git("commit", "-qm", "One", "--no-verify")
    repo.write(LOG, repo.read(LOG).replace(old, new, 1))
    repo.git("commit", "-qam", "Changed", "--no-verify")
    repo.git("clone", "-q", ".", str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    before = clone.read(LOG)
    result = clone.anchor("init")
    wanted = hint.format(id=clone.json("list")[0]["id"])
    way = "resolve" if "conflict" in hint else "absorb"
    assert f"{wanted}; the log stays as it is until 'git anchor {way}'\n" in result.err
    assert "kept by hand" not in result.err
    assert clone.read(LOG) == before
    clone.ok(way)
    assert clone.anchor("render", "--check").status == 0
