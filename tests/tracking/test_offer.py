"""Which anchor there is to go on from, wherever one stands, and that the hooks never name another one."""

import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.repositories import Repo, make_repository

HINT: Final = re.compile(r"hint: (?:The open anchor on|\d+ commits? since anchor) .*?\(([0-9a-f]{8})\)")


@pytest.fixture(params=["sha1", "sha256"])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Repo:
    """A repository with anchors set up and committed on main, hooks in place."""
    form = {"sha1": made_there, "sha256": made_there_in_sha256}[request.param]
    return Repo(tmp_path / "there").once(form)


def made_there(repo: Repo, form: str = "sha1") -> None:
    make_repository(repo.root, f"--object-format={form}")
    repo.commit("Start", {"README": "start\n"})
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")


def made_there_in_sha256(repo: Repo) -> None:
    made_there(repo, "sha256")


def add(repo: Repo, name: str, *options: str) -> str:
    """Write and commit an anchor; its id."""
    repo.ok("add", name, "-n", f"go on with {name}", "--commit", *options)
    found: str = repo.json("show", name)["id"]
    return found


def topic(repo: Repo) -> None:
    """Work on a branch, with an anchor `Topic` at its end, and one more commit on main."""
    repo.git("switch", "-q", "-c", "topic")
    for number in ("one", "two", "three"):
        repo.commit(number, {number: f"{number}\n{number} again\nand {number} once more\n"})
    add(repo, "Topic")
    repo.git("switch", "-q", "main")


def main_moves(repo: Repo) -> None:
    repo.commit("Meanwhile", {"meanwhile": "x\n"})


# Situations ------------------------------------------------------------------------------------


def on_a_new_branch(repo: Repo) -> None:
    add(repo, "A")
    repo.git("switch", "-q", "-c", "feature")


def some_commits_along_a_new_branch(repo: Repo) -> None:
    on_a_new_branch(repo)
    repo.commit("Work", {"work": "x\n"})


def fast_forward(repo: Repo) -> None:
    topic(repo)
    repo.git("merge", "-q", "topic")


def merged(repo: Repo) -> None:
    topic(repo)
    main_moves(repo)
    repo.git("merge", "-q", "--no-edit", "topic")


def merged_and_deleted(repo: Repo) -> None:
    merged(repo)
    repo.git("branch", "-q", "-D", "topic")


def squashed(repo: Repo) -> None:
    topic(repo)
    repo.git("merge", "-q", "--squash", "topic")
    repo.git("commit", "-qm", "Topic in one")


def squashed_and_deleted(repo: Repo) -> None:
    squashed(repo)
    repo.git("branch", "-q", "-D", "topic")


def rebased(repo: Repo) -> None:
    topic(repo)
    main_moves(repo)
    repo.git("rebase", "-q", "main", "topic")
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--ff-only", "topic")
    repo.git("branch", "-q", "-D", "topic")


def merged_into_a_branch_whose_own_is_done(repo: Repo) -> None:
    add(repo, "Old")
    repo.ok("done", "Old")
    repo.git("commit", "-qam", "Done")
    merged(repo)


def gone_on_with_elsewhere_and_merged(repo: Repo) -> None:
    """Topic goes on from A, which main still has as its own."""
    add(repo, "A")
    merged_and_deleted(repo)


def imported(repo: Repo) -> None:
    repo.write(
        "notes.md",
        "**2026-02-01T10:00:00Z**\n\nResume from anchor: [Older]\nContext: a\nNext action: x\n\n\n"
        "**2026-02-02T10:00:00Z**\n\nResume from anchor: [Newer]\nContext: b\nNext action: y\n",
    )
    repo.ok("import", "notes.md")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Import")


def detached(repo: Repo) -> None:
    add(repo, "A")
    repo.git("checkout", "-q", "--detach")


def bisecting(repo: Repo) -> None:
    """Between two anchors: the newer one lies ahead."""
    add(repo, "A")
    for number in range(4):
        repo.commit(str(number), {"file": str(number)})
    repo.ok("add", "Ahead", "-n", "later", "--commit")
    repo.git("bisect", "start", "HEAD", "HEAD~5")


class Case(NamedTuple):
    """A situation, the anchor that is offered in it, and where that came from."""

    prepare: Callable[[Repo], None]
    name: str
    origin: str


CASES: Final = (
    Case(on_a_new_branch, "A", "from main"),
    Case(some_commits_along_a_new_branch, "A", "from main"),
    Case(fast_forward, "Topic", "from topic"),
    Case(merged, "Topic", "from topic"),
    Case(merged_and_deleted, "Topic", "from topic"),
    Case(squashed, "Topic", "from topic"),
    Case(squashed_and_deleted, "Topic", "from topic"),
    Case(rebased, "Topic", "from topic"),
    Case(merged_into_a_branch_whose_own_is_done, "Topic", "from topic"),
    Case(gone_on_with_elsewhere_and_merged, "Topic", "from topic"),
    Case(imported, "Newer", "imported, no branch"),
    Case(detached, "A", "from main"),
    Case(bisecting, "A", "from main"),
)


@pytest.mark.diagonal
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.prepare.__name__)
@pytest.mark.parametrize("fresh", [False, True], ids=["here", "fresh clone"])
def test_resume_status_show_and_add_take_the_same(
    there: Repo, tmp_path: Path, case: Case, fresh: bool
) -> None:
    case.prepare(there)
    repo = there
    if fresh:
        commit = there.git("rev-parse", "HEAD")
        branch = there.run("git", "symbolic-ref", "-q", "--short", "HEAD").out.strip()
        there.git("clone", "-q", "-n", ".", str(tmp_path / "fresh"))
        repo = Repo(tmp_path / "fresh")
        repo.git("checkout", "-q", *([branch] if branch else ["--detach", commit]))
    resumed = repo.anchor("resume")
    assert resumed.status == 0, resumed
    assert resumed.out.startswith(f"Resume from anchor: [{case.name}]\n")
    head = repo.run("git", "symbolic-ref", "-q", "--short", "HEAD").out.strip()
    here = f"branch {head}" if head else "this detached HEAD"
    told = f"hint: {here} has no open anchor of its own; this one is {case.origin}"
    assert resumed.err.startswith(told), resumed.err
    (repo.root / ".git/gitanchor/resumed").unlink()
    status = repo.json("status")
    assert (status["anchor"]["name"], status["offered"]) == (case.name, "history")
    number = status["anchor"]["id"]
    assert f"Open anchor: {case.name} ({number}), {case.origin}" in repo.ok("status")
    assert repo.json("show")["id"] == number
    for command in ("diff", "commits", "check"):
        result = repo.anchor(command)
        lacks = command != "check" and status["anchor"]["commit"] is None
        told = f"error: {case.name} ({number}) records no commit\n" if lacks else ""
        assert (result.status, result.err) == (int(lacks), told)
    added = repo.ok("add", "Next", "-n", "x")
    assert repo.json("show", "Next")["parent"] == number
    assert added.splitlines()[2] == f" parent: {case.name} ({number}), {case.origin}"
    assert repo.json("show", number)["state"] == "superseded"


def test_what_lies_ahead_of_a_detached_head_is_named_and_not_offered(there: Repo) -> None:
    bisecting(there)
    number = there.json("list", "--all")[0]["id"]
    ahead = f"hint: Ahead ({number}) lies ahead of this HEAD, from main\n"
    for command in ("resume", "status"):
        result = there.anchor(command)
        assert (result.status, result.err.endswith(ahead)) == (0, True), result


def test_an_own_anchor_is_offered_before_a_newer_one_that_was_merged(there: Repo) -> None:
    add(there, "Own")
    there.git("switch", "-q", "-c", "topic")
    add(there, "Topic", "--parent", "none")
    there.git("switch", "-q", "main")
    there.git("merge", "-q", "--ff-only", "topic")
    assert (there.json("resume")["anchor"]["name"], there.json("status")["offered"]) == ("Own", "branch")


def test_what_only_another_branch_has_is_named_and_not_offered(there: Repo) -> None:
    there.git("branch", "apart")
    number = add(there, "A")
    there.git("switch", "-q", "apart")
    there.commit("Apart", {"apart": "x\n"})
    result = there.anchor("resume")
    commit = there.git("rev-parse", "main~1")[:10]
    assert (result.status, result.out, result.err) == (
        1,
        "",
        f"error: no open anchor on branch apart or in its history; the newest elsewhere is A ({number}),"
        f" main@{commit}: 'git anchor resume {number}' resumes from it anyway\n",
    )
    there.ok("add", "B", "-n", "x")
    assert there.json("show", "B")["parent"] is None


# The hooks ---------------------------------------------------------------------------------------


def said(repo: Repo, *arguments: str, **environment: str) -> str:
    """What a git command, which succeeds, printed on standard error by way of the hooks."""
    lines = repo.run("git", *arguments, check=True, **environment).err.splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("hint: "))


@pytest.fixture
def two(repo: Repo, tmp_path: Path) -> tuple[Repo, Repo]:
    """Two clones of one hub, both with hooks, on main, and with the branch `other`."""
    repo.once(made_hub)
    made = []
    for name in ("p", "q"):
        repo.git("clone", "-q", ".", str(tmp_path / name))
        clone = Repo(tmp_path / name)
        clone.git("branch", "-q", "other", "origin/other")
        clone.ok("init")
        made.append(clone)
    repo.git("checkout", "-q", "--detach")
    return made[0], made[1]


def made_hub(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    add(repo, "A1")
    repo.git("branch", "other")


def resumed(repo: Repo) -> Mapping[str, Any]:
    """What `git anchor resume` offers, without its being remembered."""
    found: Mapping[str, Any] = repo.json("status")["anchor"]
    return found


@pytest.mark.parametrize("pull", [("pull", "-q"), ("pull", "-q", "--rebase")], ids=" ".join)
def test_a_pull_outdates_what_the_hooks_know(two: tuple[Repo, Repo], pull: tuple[str, ...]) -> None:
    ann, bob = two
    assert resumed(bob)["name"] == "A1"
    number = add(ann, "A2")
    ann.git("push", "-q")
    bob.git(*pull)
    bob.git("switch", "-q", "other")
    assert said(bob, "switch", "-q", "main") == ""
    assert resumed(bob)["id"] == number
    bob.git("switch", "-q", "other")
    assert said(bob, "switch", "-q", "main") == (
        f'hint: The open anchor on main is A2 ({number}). "git anchor resume {number}" starts from it.\n'
    )


def test_a_pull_that_closes_the_anchor_keeps_the_hooks_from_naming_it(two: tuple[Repo, Repo]) -> None:
    ann, bob = two
    assert resumed(bob)["name"] == "A1"
    ann.ok("done", "A1")
    ann.git("commit", "-qam", "Done")
    ann.git("push", "-q")
    bob.git("pull", "-q")
    bob.git("switch", "-q", "other")
    assert said(bob, "switch", "-q", "main") == ""
    told = [said(bob, "commit", "-q", "--allow-empty", "-m", str(n)) for n in range(5)]
    assert told == [
        *[""] * 4,
        'hint: 5 commits made here on main; "git anchor status" shows the anchor to go on from.\n'
        'hint: Use "git anchor add" to tell the next chat where you are.\n',
    ]


def test_an_anchor_that_was_gone_on_with_and_merged_is_not_named(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    add(repo, "A")
    repo.git("switch", "-q", "-c", "feat")
    repo.commit("Work", {"work": "x\n"})
    number = add(repo, "B")
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "--no-edit", "feat")
    repo.git("switch", "-q", "feat")
    assert said(repo, "switch", "-q", "main") == ""
    assert resumed(repo)["id"] == number
    repo.git("switch", "-q", "feat")
    assert said(repo, "switch", "-q", "main") == (
        f"hint: The open anchor on main is B ({number}), from feat."
        f' "git anchor resume {number}" starts from it.\n'
    )


def test_a_file_with_conflict_markers_does_not_leave_the_hooks_behind(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    add(repo, "A")
    (path,) = repo.files()
    whole = repo.read(path)
    repo.write(
        path, whole.replace("name: A\n", "<<<<<<< ours\nname: A\n=======\nname: B\n>>>>>>> theirs\n")
    )
    later = "2026-03-01T12:05:00+01:00"
    assert repo.run("git", "anchor", "add", "C", "-n", "x", GIT_AUTHOR_DATE=later).status == 0
    repo.write(path, whole)
    repo.git("add", ".")
    repo.git("commit", "-qm", "Merged")
    assert resumed(repo)["name"] == "C"
    told = "".join(said(repo, "commit", "-q", "--allow-empty", "-m", str(n)) for n in range(5))
    assert HINT.findall(told) == [resumed(repo)["id"]]


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param(moved, id=" ".join(moved), marks=marks)
        for moved, marks in (
            (("reset", "-q", "--hard", "HEAD~3"), ()),
            (("merge", "-q", "--no-edit", "topic"), ()),
            (("merge", "-q", "--squash", "topic"), pytest.mark.slow),
            (("rebase", "-q", "topic"), ()),
            (("rebase", "-q", "--apply", "topic"), pytest.mark.slow),
            (("commit", "-q", "--amend", "--allow-empty", "-m", "Again"), ()),
            (("cherry-pick", "topic~1"), pytest.mark.slow),
        )
    ],
)
def test_what_moves_head_keeps_the_hooks_from_naming_what_they_knew(
    repo: Repo, moved: tuple[str, ...]
) -> None:
    """On a branch without an anchor of its own, which goes on from what HEAD contains."""
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    topic(repo)
    add(repo, "A")
    repo.git("switch", "-q", "-c", "feature")
    for number in range(3):
        repo.commit(f"Work {number}", {f"work {number}": "x\n"})
    assert resumed(repo)["name"] == "A"
    repo.git(*moved)
    told = "".join(said(repo, "commit", "-q", "--allow-empty", "-m", str(n)) for n in range(8))
    offered = repo.json("status")["anchor"]
    assert set(HINT.findall(told)) <= {offered and offered["id"]}


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize(
    "taken_back",
    ["restore .", "stash -q", "checkout -q .", "commit -qam Done; git reset -q --hard HEAD~1"],
)
def test_a_closing_that_git_takes_back_keeps_the_hooks_from_naming_another(
    repo: Repo, taken_back: str, older: bool
) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    repo.git("config", "anchor.remind.commits", "1")
    if older:
        add(repo, "Older")
    add(repo, "B", "--parent", "none")
    repo.ok("done")
    repo.run("sh", "-ec", f"git {taken_back}", check=True)
    told = said(repo, "commit", "-q", "--allow-empty", "-m", "x")
    repo.git("branch", "side")
    told += said(repo, "switch", "-q", "side") + said(repo, "switch", "-q", "main")
    assert "without an anchor" not in told
    assert HINT.findall(told) == []
    assert resumed(repo)["name"] == "B"
    told = said(repo, "commit", "-q", "--allow-empty", "-m", "x")
    assert HINT.findall(told) == [resumed(repo)["id"]]


def test_a_new_branch_counts_from_what_it_goes_on_from(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    number = add(repo, "A")
    repo.commit("Work", {"work": "x\n"})
    repo.git("switch", "-q", "-c", "feature")
    told = [said(repo, "commit", "-q", "--allow-empty", "-m", str(n)) for n in range(5)]
    assert told[:3] == ["", "", ""]
    assert told[3] == (
        f"hint: 5 commits since anchor A ({number}), from main.\n"
        'hint: Use "git anchor add" to tell the next chat where you are.\n'
    )


def test_the_last_files_are_told_in_byte_order_in_every_locale(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    for name in ("a_b", "a-b", "a.b", "A b"):
        repo.ok("add", name, "-n", "x", "--commit")
    repo.git("switch", "-q", "-c", "other")
    locales = subprocess.run(
        ["locale", "-a"], capture_output=True, text=True, check=False
    ).stdout.split()
    for locale in ("C", *(name for name in locales if name.startswith("en_"))):
        repo.git("switch", "-q", "other")
        told = said(repo, "switch", "-q", "main", LC_ALL=locale)
        assert HINT.findall(told) == [resumed(repo)["id"]]
