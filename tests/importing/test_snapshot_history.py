"""`git anchor import --history` of a note that was rewritten and committed for each session."""

from gitanchor.storage import codec
from tests.repositories import Repo

NOTE = """\
# Handoff: ferry timetable

**Last updated:** {day}

## Where we are
{done}

## Next steps
{todo}
"""


def note(number: int, done: str = "Step {} works.", day: str = "2026-02-01") -> str:
    return NOTE.format(day=day, done=done.format(number), todo=f"- Do step {number + 1}")


def commit(repo: Repo, number: int, text: str, path: str = "HANDOFF.md") -> str:
    moment = f"2026-03-{1 + number // 20:02}T{number % 20:02}:00:00+01:00"
    repo.write(path, text)
    repo.git("add", path)
    repo.commit(f"Version {number}", GIT_AUTHOR_DATE=moment, GIT_COMMITTER_DATE=moment)
    return repo.git("rev-parse", "HEAD")


def test_each_state_is_an_anchor_of_its_commit(repo: Repo) -> None:
    """Thirty versions: a typo put right, a rename, a revert, and a branch that is merged."""
    commits = {number: commit(repo, number, note(number)) for number in range(1, 11)}
    commit(repo, 11, note(10, done="Step {} worsk."))  # says nothing new
    repo.git("mv", "HANDOFF.md", "NOTES.md")
    repo.git("commit", "-qm", "Rename")
    commits |= {number: commit(repo, number, note(number), "NOTES.md") for number in range(12, 17)}
    commit(repo, 17, note(3), "NOTES.md")  # back to an earlier state
    repo.git("switch", "-qc", "side")
    commits |= {number: commit(repo, number, note(number), "NOTES.md") for number in range(18, 24)}
    repo.git("switch", "-q", "main")
    commits |= {number: commit(repo, number, note(number), "NOTES.md") for number in range(24, 30)}
    repo.git("merge", "-q", "-s", "ours", "-m", "Merge branch 'side'", "side")
    commits[30] = commit(repo, 30, note(30), "NOTES.md")

    assert repo.anchor("import", "--history", "NOTES.md").status == 0
    anchors = {item["milestone"]: item for item in repo.json("list")}
    assert len(anchors) == len(repo.json("list")) == len(commits)
    assert {f"Step {number} works.": commits[number] for number in commits} == {
        milestone: item["commit"] for milestone, item in anchors.items()
    }

    def parents(number: int) -> set[str]:
        ids = codec.load(repo.read(anchors[f"Step {number} works."]["path"]), "it").parents
        return {item["milestone"] for item in anchors.values() if item["id"] in ids}

    assert parents(1) == set()
    assert parents(12) == {"Step 10 works."}
    assert parents(18) == parents(24) == {"Step 3 works."}
    assert parents(30) == {"Step 23 works.", "Step 29 works."}
    assert {item["branch"] for item in anchors.values()} == {"main", "side"}
    assert anchors["Step 20 works."]["branch"] == "side"
    assert "Do step 31" in repo.ok("resume")
    assert " 0 added" in repo.ok("import", "--history", "NOTES.md")
    assert len(repo.files()) == len(commits)


def test_a_written_date_counts_where_it_is_new(repo: Repo) -> None:
    commit(repo, 1, note(1, day="2026-02-27 17:30"))
    commit(repo, 2, note(2, day="2026-02-27 17:30"))  # nobody changed it
    commit(repo, 3, note(3, day="2026-03-01"))  # the day of the commit
    commit(repo, 4, note(4, day="2027-01-01 10:00"))  # later than the commit
    repo.ok("import", "--history", "HANDOFF.md")
    created = [item["created"] for item in repo.json("list")]
    assert created == [
        "2026-03-01T04:00:00+01:00",
        "2026-03-01T03:00:00+01:00",
        "2026-03-01T02:00:00+01:00",
        "2026-02-27T17:30:00+01:00",
    ]


def test_a_version_that_is_no_note_is_passed_by(repo: Repo) -> None:
    commit(repo, 1, "# Handoff\n\nNothing yet.\n")
    commit(repo, 2, note(2))
    repo.git("rm", "-q", "HANDOFF.md")
    repo.git("commit", "-qm", "Remove")
    commit(repo, 3, note(3))
    repo.ok("import", "--history", "HANDOFF.md")
    newest, oldest = repo.json("list")
    assert (newest["milestone"], newest["parent"]) == ("Step 3 works.", oldest["id"])


def test_a_number_is_no_typo(repo: Repo) -> None:
    commit(repo, 1, note(1, done="Build 1041 fails."))
    commit(repo, 2, note(1, done="Build 1042 fails."))
    commit(repo, 3, note(1, done="Build 1042 passes."))
    repo.ok("import", "--history", "HANDOFF.md")
    assert len(repo.json("list")) == 3
