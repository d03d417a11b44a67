"""What happened since an anchor: commits and files, ranked; branches; what is not committed."""

import itertools
import re
import subprocess
from pathlib import Path

import pytest

from gitanchor.model.anchor import Anchor
from gitanchor.tracking.mentions import files as names_of_files
from tests.repositories import Repo

SINCE = re.compile(r"(?<=, )\d+ \w+$", re.MULTILINE)


def status(repo: Repo) -> list[str]:
    """The lines of `git anchor status`, with every duration and id as one."""
    printed = SINCE.sub("LONG AGO", repo.ok("status"))
    return re.sub(r"\b[0-9a-f]{8}\b", "ID", printed).splitlines()


def tail(repo: Repo, *arguments: str) -> str:
    """The resume prompt from the commits on, with every commit as one."""
    prompt = repo.ok("resume", *arguments).partition("Commits since then")[2]
    return re.sub(r"\b[0-9a-f]{10}\b", "COMMIT", prompt)


def add(repo: Repo, name: str, *sections: str) -> str:
    repo.ok("add", name, "-c", "in the midst of it", *sections)
    return repo.workspace().listing.anchors[0].anchor.id


def test_what_touches_named_files_comes_first(repo: Repo) -> None:
    repo.commit("Gauge", {"gauge/wind.py": "one\ntwo\n", "gauge/rain.py": "one\n", "notes.md": "a\n"})
    add(repo, "Gauge", "-n", "Calibrate `wind.py`", "-m", "✅ gauge/rain.py reads")
    repo.commit("Wind", {"gauge/wind.py": "one\n2\n3\n"})
    repo.commit("Notes", {"notes.md": "a\nb\nc\nd\ne\n"})
    repo.commit("More notes", {"other.md": "a\n"}, GIT_AUTHOR_NAME="Bo")
    repo.write("notes.md", "changed\n")
    repo.write("staged.txt", "new\n")
    repo.git("add", "staged.txt")
    assert status(repo) == [
        "On branch main",
        "Newest anchor: Gauge (ID)",
        "Since then: 3 commits, 1 touches files that the anchor names, LONG AGO",
        "  by A U Thor (2), Bo (1)",
        "  3 files changed, 7 insertions(+), 1 deletion(-)",
        "    gauge/wind.py +2 -1",
        "Changed now: 1 file staged, 1 file not staged",
        "",
        "Next action:",
        "    Calibrate `wind.py`",
    ]
    assert tail(repo) == (
        " (3, 1 touches files of the next action or milestone):\n"
        "\n"
        "- COMMIT Wind *\n"
        "- COMMIT More notes\n"
        "- COMMIT Notes\n"
        "\n"
        "Files changed since then (3):\n"
        "\n"
        "- `gauge/wind.py` +2 -1 *\n"
        "- `notes.md` +4 -0\n"
        "- `other.md` +1 -0\n"
        "\n"
        "(* touches what the next action or milestone names)\n"
        "\n"
        "Not committed now: `staged.txt`, `notes.md`\n"
    )


def test_commits_of_anchors_and_log_do_not_count(repo: Repo) -> None:
    repo.ok("init", "--no-hooks")
    add(repo, "One", "-n", "go on")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "Keep anchors")
    (line,) = (line for line in status(repo) if line.startswith("Since"))
    assert line == "Since then: 1 commit, LONG AGO"  # .gitattributes is not one of them
    add(repo, "Two", "-n", "go on")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "Another anchor")
    assert status(repo)[1:3] == ["Newest anchor: Two (ID)", "Since then: 0 commits, LONG AGO"]


def test_named_files_and_branches_that_are_gone_are_flagged(repo: Repo) -> None:
    repo.commit("Files", {"src/old.py": "x\n", "src/kept.py": "x\n", "lib/deep/thing.txt": "x\n"})
    add(repo, "Names", "-n", "Split src/old.py and `kept.py` as branch `gauge-2` has it; see lib/deep/")
    repo.git("rm", "-q", "-r", "src/old.py", "lib")
    repo.git("commit", "-q", "-m", "Clean up")
    warned = [line for line in status(repo) if line.startswith("warning")]
    assert warned == [
        "warning: src/old.py, which the anchor names, is not there any more",
        "warning: lib/deep, which the anchor names, is not there any more",
        "warning: there is no branch gauge-2, which the next action names",
    ]
    assert tail(repo).endswith(
        "Mind:\n\n"
        "- src/old.py, which the anchor names, is not there any more\n"
        "- lib/deep, which the anchor names, is not there any more\n"
        "- there is no branch gauge-2, which the next action names\n"
    )
    assert repo.json("status")["gone"] == [line.removeprefix("warning: ") for line in warned]


def test_what_became_of_the_branch(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("One", {"one": "1\n"})
    anchor_id = add(repo, "Topic", "-n", "go on")
    repo.git("switch", "-q", "-c", "from-topic")
    assert repo.json("resume", anchor_id)["branch_now"] is None
    repo.git("switch", "-q", "main")
    assert repo.json("resume", anchor_id)["branch_now"] is None
    repo.git("switch", "-q", "topic")
    repo.commit("Two", {"two": "2\n"})
    repo.git("switch", "-q", "main")
    assert repo.json("resume", anchor_id)["branch_now"] == "topic has moved on by 1 commit"
    assert "The branch topic has moved on by 1 commit" not in status(repo)
    repo.git("merge", "-q", "--no-ff", "--no-edit", "topic")
    assert repo.json("resume", anchor_id)["branch_now"] == "topic was merged into main"
    repo.git("branch", "-q", "-d", "topic")
    assert repo.json("resume", anchor_id)["branch_now"] == "topic was merged into main and deleted"


def test_a_branch_that_was_deleted_unmerged(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("One", {"one": "1\n"})
    anchor_id = add(repo, "Topic", "-n", "go on")
    repo.git("switch", "-q", "main")
    repo.git("branch", "-q", "-D", "topic")
    shown = repo.json("resume", anchor_id)
    assert shown["branch_now"] == "topic was deleted or renamed"
    assert shown["binding"] == {
        "state": "unreachable",
        "commit": shown["anchor"]["commit"],
        "known_by": None,
        "branch": None,
        "ref": f"refs/anchors/{anchor_id}",
        "advice": None,
    }


def test_what_a_merged_branch_left_open_is_offered(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "topic")
    add(repo, "Start", "-n", "begin")
    repo.commit("One", {"one": "1\n"})
    repo.commit("Two", {"two": "2\n"})
    anchor_id = add(repo, "Topic", "-n", "go on")
    repo.git("add", ".anchors")
    repo.git("commit", "-q", "-m", "Anchor")
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--squash", "topic")
    repo.git("commit", "-q", "-m", "Topic")
    assert repo.anchor("resume").err == (
        "hint: branch main has no open anchor of its own; this one is from topic, 1 commit ago\n"
    )
    repo.git("branch", "-q", "-D", "topic")
    assert repo.json("status")["anchor"]["id"] == anchor_id
    assert status(repo)[1:4] == [
        "Open anchor: Topic (ID), from topic, 0 commits ago",
        f"Its commit {repo.json('show', anchor_id)['short_commit']} is squashed, now"
        f" {repo.git('rev-parse', 'HEAD')[:10]}",
        "Since then: 0 commits, LONG AGO",
    ]
    add(repo, "Own", "-n", "go on here")
    assert status(repo)[1] == "Newest anchor: Own (ID)"


def test_an_anchor_ahead_of_head_names_nothing_that_is_gone(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("One", {"one.py": "1\n"})
    anchor_id = add(repo, "Topic", "-n", "Go on with one.py")
    repo.git("switch", "-q", "main")
    shown = repo.json("resume", anchor_id)
    assert (shown["binding"]["state"], shown["gone"], shown["files"]) == ("ahead", [], [])
    repo.commit("Elsewhere", {"other.py": "1\n"})
    shown = repo.json("resume", anchor_id)
    assert (shown["binding"]["state"], shown["gone"]) == ("elsewhere", [])
    assert [file["path"] for file in shown["files"]] == ["other.py"]


def test_behind_its_upstream(repo: Repo, tmp_path: Path) -> None:
    add(repo, "Here", "-n", "go on")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", repo.root, clone], check=True)
    repo.commit("Theirs", {"theirs": "x\n"})
    here = Repo(clone)
    here.git("fetch", "-q")
    here.ok("add", "There", "-c", "x")
    assert "Behind origin/main by 1 commit" in status(here)
    assert here.json("status")["upstream"] == {"name": "origin/main", "ahead": 0, "behind": 1}


def test_what_is_staged_shows_whatever_its_name(repo: Repo) -> None:
    add(repo, "Odd", "-n", "go on")
    for name in ("a b.txt", "new\nline", "é😀.txt"):
        repo.write(name, "x\n")
    repo.git("add", "-A", "--", "a b.txt", "new\nline", "é😀.txt")
    repo.git("mv", "README", "READ ME")
    assert repo.json("status")["staged"] == ["READ ME", "a b.txt", "new\nline", "é😀.txt"]
    assert "\n" not in repo.ok("resume").partition("Not committed now")[2].removesuffix("\n")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fix `src/a.py` and b.txt", ["src/a.py", "b.txt"]),
        ("In docs/guide/ and ./x/y.md.", ["x/y.md", "docs/guide"]),
        ("see `Makefile.am`, `foo bar.py`, `--flag`, `a.b.c`", ["Makefile.am", "foo bar.py", "a.b.c"]),
        ("nothing here: 3.5 or e.g. this", ["e.g"]),
        ("~/.ssh/config and /etc/hosts.txt", []),
    ],
)
def test_names_of_files(text: str, expected: list[str]) -> None:
    anchor = Anchor("0" * 8, "x", None, "a", next_action=text)  # type: ignore[arg-type]
    assert names_of_files(anchor) == expected


def test_commits_of_a_stretch_of_work(repo: Repo) -> None:
    repo.commit("Before", {"a": "1\n"})
    add(repo, "First")
    repo.commit("One", {"a": "2\n"})
    repo.commit("Two", {"a": "3\n"})
    add(repo, "Second")
    repo.commit("After", {"a": "4\n"})
    subjects = [line.split(" ", 1)[1] for line in repo.ok("commits").splitlines()]
    assert subjects == ["Two", "One"]
    assert [line.split(" ", 1)[1] for line in repo.ok("commits", "First").splitlines()] == [
        "Before",
        "Start",
    ]
    assert [commit["subject"] for commit in repo.json("commits")] == subjects


def test_diff_is_gits_own(repo: Repo) -> None:
    add(repo, "Here", "-n", "go on")
    commit = repo.git("rev-parse", "HEAD")
    repo.commit("Change", {"README": "start\nmore\n", "other": "x\n"})
    repo.write("other", "y\n")
    for arguments in ([], ["--stat"], ["--", "README"], ["--name-only", "--", "other"]):
        own = repo.run("git", "anchor", "diff", *arguments)
        assert (own.status, own.err) == (0, "")
        assert own.out == repo.git("diff", commit, *arguments) + "\n"
    assert repo.run("git", "anchor", "diff", "Here", "--exit-code").status == 1
    assert repo.run("git", "anchor", "diff", "Nowhere").status == 1


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([], False),
        (["--"], False),
        (["--stat"], False),
        (["-U2"], False),
        (["-S", "README"], False),
        (["main"], False),
        (["--", "."], True),
        (["."], True),
        (["--stat", ".anchors"], True),
        (["GPT_Anchors_Log.md"], True),
        (["*.md"], True),
        ([":(top)"], True),
        (["main", "--", ":/"], True),
    ],
)
def test_diff_leaves_out_what_is_ours_unless_paths_are_given(
    repo: Repo, arguments: list[str], shown: bool
) -> None:
    add(repo, "Here", "-n", "go on")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Keep the anchor")
    add(repo, "More", "-n", "go on")
    result = repo.run("git", "anchor", "diff", "Here", *arguments)
    assert (result.status, bool(result.out), result.err) == (0, shown, "")


def test_diff_below_the_top_leaves_out_what_is_ours_and_nothing_else(repo: Repo) -> None:
    repo.write("sub/file", "x\n")
    repo.git("add", "sub/file")
    add(repo, "Here", "-n", "go on")
    repo.git("add", "-A")
    repo.write("README", "start\nmore\n")
    result = repo.run("sh", "-c", "cd sub && git anchor diff --name-only")
    assert (result.status, result.out) == (0, "README\nsub/file\n")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 0),
        (["--exit-code"], 1),
        (["--quiet"], 1),
        (["--exit-code", "--", "other"], 0),
        (["--check"], 1),
        (["--check", "--exit-code"], 1),
        (["--no-such-option"], 2),
        (["-Ux"], 2),
        (["Here", "no-such-path"], 4),
        (["--", ":(nosuchmagic)x"], 4),
        (["Here", "main..nowhere"], 4),
    ],
)
def test_diff_ends_with_our_exit_statuses(repo: Repo, arguments: list[str], status: int) -> None:
    add(repo, "Here", "-n", "go on")
    repo.write("README", "start \n")
    result = repo.run("git", "anchor", "diff", *arguments)
    assert (result.status, bool(result.err)) == (status, status in (2, 4))


def test_diff_says_what_it_lacks(repo: Repo) -> None:
    anchor_id = add(repo, "Here", "-n", "go on")
    (path,) = repo.files()
    text = re.sub(r"^(tree|patch_id): \w+", r"\1: null", repo.read(path), flags=re.MULTILINE)
    repo.write(path, re.sub(r"commit: \w+", f"commit: {'12345678' * 5}", text))
    result = repo.anchor("diff", anchor_id)
    assert (result.status, result.err) == (
        1,
        "error: 1234567812, the commit of Here, is not in this clone\n",
    )


def test_offered_is_never_done_or_superseded(repo: Repo) -> None:
    first, second, third = (add(repo, name, "-n", f"go {name}") for name in ("A", "B", "C"))
    assert repo.ok("done", third, "-m", "It works.") == f"closed: C ({third})\n"
    result = repo.anchor("resume")
    assert (result.status, result.err) == (
        1,
        f"error: no open anchor on branch main; the newest, C ({third}), is done:"
        f" 'git anchor resume {third}' resumes from it anyway\n",
    )
    assert status(repo) == [
        "On branch main",
        "Newest anchor: C (ID), done",
        'No open anchor here (use "git anchor add" to write one)',
    ]
    assert [repo.json("show", name)["state"] for name in (first, second, third)] == [
        "superseded",
        "superseded",
        "done",
    ]
    repo.ok("undo")
    assert repo.json("status")["anchor"]["id"] == third
    assert repo.ok("done") == f"closed: C ({third})\n"
    assert repo.ok("done", third) == f"already done: C ({third})\n"
    assert "    Outcome:" not in repo.ok("show", third)


def test_an_anchor_that_went_on_elsewhere_leads_there(repo: Repo) -> None:
    add(repo, "Base", "-n", "go on")
    repo.git("add", ".anchors")
    repo.git("commit", "-q", "-m", "Anchor")
    repo.ok("resume", "Base")
    repo.git("switch", "-q", "-c", "topic")
    following = add(repo, "Following", "-n", "go on")
    repo.git("switch", "-q", "main")
    shown = repo.json("status")
    assert shown["anchor"]["id"] == following
    assert status(repo)[1] == "Open anchor: Following (ID), from topic, 0 commits ago"


def test_conditions_close_an_anchor(repo: Repo) -> None:
    conditions = itertools.chain.from_iterable(
        ("--done-when", text) for text in ("file:docs/x.md", "merged:release")
    )
    closing = add(repo, "Closing", "-n", "write docs", *conditions)

    def state(name: str) -> str:
        shown: str = repo.json("show", name)["state"]
        return shown

    assert state(closing) == "open"
    repo.commit("Docs", {"docs/x.md": "x\n"})
    assert state(closing) == "open"
    repo.git("branch", "release")
    assert state(closing) == "done"
    assert repo.read(repo.files()[0]).count("status: open") == 1
    after = add(repo, "After", "-n", "x", "--done-when", f"anchor:{closing}")
    assert state(after) == "done"
    (repo.root / "docs/x.md").unlink()
    assert (state(closing), state(after)) == ("superseded", "open")
    for bad in ("file:/etc/passwd", "file:../x", "merged:a b", "anchor:xyz", "nothing"):
        result = repo.anchor("add", "Bad", "-c", "x", "--done-when", bad)
        assert (result.status, result.err) == (
            2,
            f"error: '{bad}' is no condition; give file:PATH (from the top of the worktree),"
            " merged:BRANCH or anchor:ID (8 digits)\n",
        )


def test_two_parents_reconcile_a_fork(repo: Repo) -> None:
    base = add(repo, "Base", "-n", "go on")
    repo.ok("resume", base)
    one = add(repo, "One", "-n", "go on")
    repo.ok("resume", base)
    two = add(repo, "Two", "-n", "go on")
    assert {item["fork"] for item in repo.json("heads")} == {base}
    result = repo.anchor("heads")
    assert result.err == (
        f"hint: two anchors advanced from Base ({base});"
        f' "git anchor add --parent {two} --parent {one}" reconciles them\n'
    )
    both = add(repo, "Both", "-n", "go on", "--parent", one, "--parent", two)
    assert repo.json("show", both)["parent"] == [one, two]
    assert [(item["id"], item["fork"]) for item in repo.json("heads")] == [(both, None)]


def test_a_branch_condition_is_not_true_from_the_start(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "release/1.0")
    below = add(repo, "Below", "-n", "x", "--done-when", "merged:release")
    repo.git("switch", "-q", "-c", "topic", "main")
    anchor_id = add(repo, "New", "-n", "begin", "--parent", "none", "--done-when", "merged:main")

    def states() -> list[str]:
        return [repo.json("show", one)["state"] for one in (anchor_id, below)]

    assert states() == ["open", "open"]
    repo.commit("Work", {"work": "x\n"})
    assert states() == ["open", "open"]
    repo.git("switch", "-q", "main")
    repo.commit("Meanwhile", {"meanwhile": "x\n"})
    assert states() == ["open", "open"]
    repo.git("merge", "-q", "--no-edit", "topic")
    assert states() == ["done", "open"]


def test_a_branch_that_was_renamed_is_not_called_merged(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("One", {"one": "1\n"})
    add(repo, "Topic", "-n", "go on")
    repo.git("branch", "-m", "feature")
    shown = repo.json("resume", "Topic")
    assert shown["branch_now"] == "topic was deleted or renamed; feature has the commit"


def test_merged_elsewhere_is_said_on_the_branch_itself(repo: Repo) -> None:
    repo.git("switch", "-q", "-c", "topic")
    repo.commit("One", {"one": "1\n"})
    add(repo, "Topic", "-n", "go on")
    repo.git("switch", "-q", "main")
    repo.commit("Meanwhile", {"meanwhile": "x\n"})
    repo.git("merge", "-q", "--no-edit", "topic")
    repo.git("switch", "-q", "topic")
    assert "The branch topic was merged into main" in status(repo)


def test_commits_of_a_side_branch_of_anchors_do_not_count(repo: Repo) -> None:
    repo.ok("init", "--no-hooks")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "Keep anchors")
    first = add(repo, "Main", "-n", "go on")
    repo.git("switch", "-q", "-c", "side")
    side = add(repo, "Side", "-n", "x")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "Anchors")
    repo.ok("rm", side)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Without")
    repo.git("switch", "-q", "main")
    repo.commit("Work", {"work": "x\n"})
    repo.git("merge", "-q", "--no-ff", "--no-edit", "side")
    subjects = [commit["subject"] for commit in repo.json("resume", first)["commits"]]
    assert subjects == ["Work"]  # the merge, too, brought nothing but anchors


def test_subjects_are_utf_8_whatever_the_settings_say(repo: Repo) -> None:
    add(repo, "Here", "-n", "go on")
    repo.git("config", "i18n.logOutputEncoding", "ISO-8859-1")
    repo.commit("größe", {"a": "x\n"})
    assert [commit["subject"] for commit in repo.json("status")["commits"]] == ["größe"]
