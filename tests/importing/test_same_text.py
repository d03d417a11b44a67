"""The same text, taken in on two branches at different times, is one anchor wherever it can be known."""

import os

import pytest

from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"
UNTIMED = "Resume from anchor: [Pasted]\nContext: p\nNext action: q\n"
TIMED = f"**20:47 10/26/2025**\n{UNTIMED}"
TWO = f"{UNTIMED}\n{UNTIMED.replace('Pasted', 'Below')}"


def at(minute: int) -> None:
    """Let it be another minute, for git and for whoever asks git's variables for the time."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        os.environ[name] = f"2026-03-02T10:{minute:02}:00+01:00"


def save(repo: Repo, subject: str) -> None:
    repo.git("add", "-A")
    repo.git("commit", "-qm", subject)


def take_in(repo: Repo, how: str, text: str) -> None:
    """Take a text in, and commit it."""
    match how:
        case "import":
            repo.ok("import", "-", stdin=text)
        case "import of a tracked file":
            repo.ok("import", "notes.md")
        case "absorb" | "commit":
            log = repo.read(LOG)
            start = log.find("<!-- anchor ")
            start = len(log) if start < 0 else start
            repo.write(LOG, f"{log[:start]}{text}\n{log[start:]}")
            if how == "absorb":
                repo.ok("absorb")
    save(repo, how)


@pytest.fixture
def team(repo: Repo) -> Repo:
    """A repository with hooks, and a text that git tracks."""
    return repo.once(made_team)


def made_team(repo: Repo) -> None:
    repo.ok("init")
    repo.write("notes.md", UNTIMED)
    at(0)
    save(repo, "Init")


HOW = ["import", "import of a tracked file", "absorb", "commit"]


@pytest.mark.diagonal
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("before", ["nothing", "an anchor"])
@pytest.mark.parametrize("driver", [True, False])
def test_from_the_same_commit_it_is_the_same_file(
    team: Repo, how: str, before: str, driver: bool
) -> None:
    if before == "an anchor":
        team.ok("add", "Before", "-c", "b", "-n", "n", "--commit")
    if not driver:
        team.git("config", "--remove-section", "merge.gitanchor")
    files = {}
    for minute, branch in ((10, "one"), (25, "two")):
        team.git("switch", "-qc", branch, "main")
        at(minute)
        take_in(team, how, UNTIMED)
        files[branch] = team.files()
    assert files["one"] == files["two"]
    merged = team.run("git", "merge", "-q", "--no-edit", "one")
    if merged.status:
        assert not driver
        team.ok("resolve")
        save(team, "Merged")
    listed = team.anchor("list")
    names = ["Pasted", "Before"] if before == "an anchor" else ["Pasted"]
    assert (listed.status, listed.err) == (0, "")
    assert [line.split()[-1] for line in listed.out.splitlines()] == names
    assert team.ok("render", "--check") == ""
    assert team.files() == files["one"]


@pytest.mark.diagonal
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("text", [UNTIMED, TIMED])
@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_after_other_anchors_it_is_one_anchor_that_resolve_makes_one_file(
    team: Repo, how: str, text: str, order: tuple[str, str]
) -> None:
    team.commit("Notes", {"notes.md": text})
    for minute, branch in ((10, "one"), (25, "two")):
        team.git("switch", "-qc", branch, "main")
        at(minute)
        team.ok("add", f"Before_{branch}", "-c", "b", "-n", "n", "--commit")
        at(minute + 5)
        take_in(team, how, text)
    team.git("switch", "-q", order[0])
    at(50)
    team.git("merge", "-q", "--no-edit", order[1])
    listed = team.anchor("list")
    assert (listed.status, len(listed.out.splitlines())) == (0, 3)
    copies = len(team.files()) - 3
    assert listed.err.count("warning: ") == copies == (0 if text == TIMED else 1)
    out = team.ok("resolve")
    assert out.count(" holds the same anchor\n") == copies
    team.commit("Resolved")
    assert len(team.files()) == 3
    assert (team.anchor("list").status, team.anchor("list").err) == (0, "")
    assert team.ok("render", "--check") == ""


@pytest.mark.parametrize("how", ["import", "absorb", "commit"])
def test_what_names_no_time_is_newer_than_all_that_is_here(team: Repo, how: str) -> None:
    at(5)
    team.ok("add", "Old", "-c", "o", "-n", "n", "--commit")
    at(40)
    team.commit("Work", {"work": "x"})
    at(45)
    take_in(team, how, TWO)
    listed = team.json("list")
    assert [item["name"] for item in listed] == ["Pasted", "Below", "Old"]
    assert [item["created"] for item in listed[:2]] == [
        "2026-03-02T10:40:00.001+01:00",
        "2026-03-02T10:40:00+01:00",
    ]
    at(46)
    team.ok("add", "Newer", "-c", "o", "-n", "n")
    assert team.json("list")[0]["name"] == "Newer"


def test_a_file_that_is_tracked_has_the_time_of_its_last_commit(team: Repo) -> None:
    at(30)
    team.commit("Work", {"work": "x"})
    team.ok("import", "notes.md")
    assert team.json("list")[0]["created"] == "2026-03-02T10:00:00+01:00"


def test_before_the_first_commit_there_is_only_the_clock(empty_repo: Repo) -> None:
    empty_repo.ok("init")
    at(30)
    empty_repo.ok("import", "-", stdin=UNTIMED)
    assert empty_repo.json("list")[0]["created"] == "2026-03-02T10:30:00+01:00"


@pytest.mark.parametrize("place", ["top", "bottom"])
def test_an_entry_pasted_below_years_of_anchors_is_what_resume_offers(team: Repo, place: str) -> None:
    for year in (2019, 2022):
        os.environ["GIT_AUTHOR_DATE"] = f"{year}-03-02T10:00:00+01:00"
        team.ok("add", f"Of_{year}", "-c", "o", "-n", "n")
    save(team, "Old ones")
    at(20)
    log = team.read(LOG)
    start = log.find("<!-- anchor ") if place == "top" else len(log)
    team.write(LOG, f"{log[:start]}{UNTIMED}\n{log[start:]}")
    team.ok("absorb")
    assert [item["name"] for item in team.json("list")] == ["Pasted", "Of_2022", "Of_2019"]
    assert team.ok("resume").splitlines()[0] == "Resume from anchor: [Pasted]"
