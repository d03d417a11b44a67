"""The anchors that a log held through its git history, with the branch and commit of each."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gitanchor.git.repository import Repository
from gitanchor.importing import log_history
from gitanchor.importing.history_plan import HistoryPlan
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import NotFound
from tests.repositories import Repo, make_repository

WHO = "A U Thor <author@example.com>"


def entry(name: str, time: str = "", context: str = "", next_action: str = "stir", **more: str) -> str:
    """One entry as people keep it."""
    head = f"**{time}**\n\n" if time else ""
    sections = {"Context": context or f"all of {name}", "Next action": next_action}
    if more.get("milestone"):
        sections["Current milestone"] = more["milestone"]
    body = "".join(f"**{label}:** {text}\n" for label, text in sections.items())
    return f"{head}Resume from anchor: [{name}]\n{body}\n"


def commit(repo: Repo, when: str, files: dict[str, str | bytes | None], subject: str = "work") -> str:
    """Commit files, or the lack of them, at a time; return the commit."""
    for path, content in files.items():
        if content is None:
            repo.git("rm", "-q", "--", path)
        else:
            repo.write(path, content)
            repo.git("add", "--", path)
    stamp = f"2026-{when}"
    repo.commit(subject, GIT_AUTHOR_DATE=stamp, GIT_COMMITTER_DATE=stamp)
    return repo.git("rev-parse", "HEAD")


def merge(repo: Repo, when: str, branch: str, files: dict[str, str] | None = None, *more: str) -> str:
    """Merge a branch at a time, with these files as the result."""
    stamp = {"GIT_AUTHOR_DATE": f"2026-{when}", "GIT_COMMITTER_DATE": f"2026-{when}"}
    repo.run("git", "merge", "-q", "--no-ff", "--no-commit", *more, branch)
    for path, content in (files or {}).items():
        repo.write(path, content)
        repo.git("add", "-A", "--", path)
    repo.git("commit", "-q", "--no-edit", **stamp)
    return repo.git("rev-parse", "HEAD")


def plan(
    repo: Repo, path: str = "log.md", known: Sequence[Anchor] = (), **options: object
) -> HistoryPlan:
    return log_history.plan(Repository.find(repo.root), path, known, WHO, **options)  # type: ignore[arg-type]


def places(found: HistoryPlan) -> list[tuple[str, str, str | None, str | None]]:
    """Name, time, branch and commit of each anchor, newest first."""
    return [
        (item.anchor.name, item.anchor.created.isoformat(), item.anchor.branch, item.anchor.commit)
        for item in found.entries
    ]


def remarks(found: HistoryPlan) -> dict[str, tuple[str, ...]]:
    return {item.anchor.name: item.remarks for item in found.entries if item.remarks}


@pytest.fixture
def kitchen(empty_repo: Repo) -> tuple[Repo, dict[str, str]]:
    """Two branches, and a log in eight versions and more that lost nearly everything on the way."""
    repo, made = empty_repo, {}
    old, new = "notes of mine.md", "docs/Protokoll – Küche.md"
    soup = entry("Soup_01", "09:30 03/02/2026", "broth is on", milestone="leeks cut")
    made["start"] = commit(repo, "03-02T09:00:00+01:00", {"README": "kitchen\n"})
    made["soup"] = commit(repo, "03-02T10:00:00+01:00", {old: f"# Log\n\n{soup}"})
    bread = entry("Bread_02", "11:15 03/02/2026", "dough – it “rests”")
    made["bread"] = commit(repo, "03-02T12:00:00+01:00", {old: f"# Log\n\n{bread}{soup}"})
    repo.git("checkout", "-q", "-b", "oven")
    made["oven"] = commit(repo, "03-03T08:00:00+02:00", {"oven.txt": "180\n"})
    cake = entry("Cake_03", "08:30 03/03/2026", "batter is mixed")
    made["cake"] = commit(repo, "03-03T09:00:00+02:00", {old: f"# Log\n\n{cake}{bread}{soup}"})
    repo.git("checkout", "-q", "main")
    (repo.root / "docs").mkdir()
    repo.git("mv", old, new)
    made["rename"] = commit(repo, "03-03T10:00:00+01:00", {})
    short = entry("Soup_01", "09:30 03/02/2026", "broth is on, and salted")
    crlf = f"# Log\n\n{bread}{short}".replace("\n", "\r\n")
    made["crlf"] = commit(repo, "03-03T11:00:00+01:00", {new: crlf.encode()})
    tea = entry("Tea_04", "11:30 03/03/2026", "water – nearly “hot”")
    made["tea"] = commit(repo, "03-03T12:00:00+01:00", {new: f"# Log\n\n{tea}{short}"})
    misread = f"# Log\n\n{tea}{bread}".encode().decode("mac_roman").encode()
    made["misread"] = commit(repo, "03-03T13:00:00+01:00", {new: misread})
    timeless = entry("Tea_04", "", "water – nearly “hot”") + entry("Jam_05")
    made["merge"] = merge(
        repo, "03-03T14:00:00+01:00", "oven", {new: f"# Log\n\n{timeless}{cake}"}, "-s", "ours"
    )
    made["gone"] = commit(repo, "03-03T15:00:00+01:00", {new: None})
    return repo, made


def test_every_anchor_of_two_branches_comes_back(kitchen: tuple[Repo, dict[str, str]]) -> None:
    repo, made = kitchen
    path, old = "docs/Protokoll – Küche.md", "notes of mine.md"
    found = plan(repo, path)
    assert places(found) == [
        ("Tea_04", "2026-03-03T11:30:00+01:00", "main", made["crlf"]),
        ("Jam_05", "2026-03-03T07:31:00+01:00", "main", made["bread"]),
        ("Cake_03", "2026-03-03T08:30:00+02:00", "oven", made["oven"]),
        ("Bread_02", "2026-03-02T11:15:00+01:00", "main", made["soup"]),
        ("Soup_01", "2026-03-02T09:30:00+01:00", "main", made["start"]),
    ]
    short = {key: value[:10] for key, value in made.items()}
    assert remarks(found) == {
        "Tea_04": (f"time as in {short['misread']}:{path}, lost since",),
        "Jam_05": (
            f"no time was written; 2026-03-03 07:31 +0100 fits its neighbours in {short['merge']}:{path}",
        ),
        "Soup_01": (
            f"milestone as in {short['rename']}:{path}, lost since",
            f"context edited since {short['soup']}:{old}",
        ),
    }
    assert found.versions == 8
    assert found.remarks == (
        f"{short['misread']}:{path}: UTF-8 once read as Mac Roman, repaired in 6 places",
    )
    tea, jam, cake, bread, soup = (item.anchor for item in found.entries)
    assert [item.parents for item in (tea, jam, cake, bread, soup)] == [
        (bread.id,), (cake.id,), (bread.id,), (soup.id,), (),
    ]  # fmt: skip
    assert soup == Anchor(
        id=soup.id,
        name="Soup_01",
        created=soup.created,
        author=WHO,
        branch="main",
        commit=made["start"],
        tree=repo.git("rev-parse", f"{made['start']}^{{tree}}"),
        patch_id=Repository.find(repo.root).patch_id(made["start"]),
        source="import",
        written_time="09:30 03/02/2026",
        context="broth is on, and salted",
        milestone="leeks cut",
        next_action="stir",
    )
    assert [(item.action, str(item.first), str(item.last), item.line) for item in found.entries] == [
        ("add", f"{short['tea']}:{path}", f"{short['merge']}:{path}", 3),
        ("add", f"{short['merge']}:{path}", f"{short['merge']}:{path}", 7),
        ("add", f"{short['cake']}:{old}", f"{short['merge']}:{path}", 11),
        ("add", f"{short['bread']}:{old}", f"{short['misread']}:{path}", 9),
        ("add", f"{short['soup']}:{old}", f"{short['tea']}:{path}", 9),
    ]


def test_a_second_plan_adds_nothing(kitchen: tuple[Repo, dict[str, str]]) -> None:
    repo, _ = kitchen
    path = "docs/Protokoll – Küche.md"
    first = plan(repo, path)
    known = [item.anchor for item in first.added]
    assert len(known) == 5
    second = plan(repo, path, known)
    assert second.added == []
    assert [item.anchor for item in second.entries] == known
    assert {item.action for item in second.entries} == {"keep"}
    assert plan(repo, path, known[:3]).added == first.added[3:]


def test_a_name_that_the_log_had_once_leads_to_the_same_anchors(
    kitchen: tuple[Repo, dict[str, str]],
) -> None:
    repo, _ = kitchen
    by_new = plan(repo, "docs/Protokoll – Küche.md")
    assert places(plan(repo, "notes of mine.md")) == places(by_new)


LOG_1 = entry("One", "10:00 04/01/2026")
LOG_2 = entry("Two", "10:00 04/02/2026")
LOG_3 = entry("Three", "10:00 04/03/2026")


def test_only_all_branches_have_the_entries_of_a_side_branch(empty_repo: Repo) -> None:
    """It forked before the file was renamed, so it has it under its old name."""
    repo = empty_repo
    one = commit(repo, "04-01T09:00:00+01:00", {"log.md": LOG_1})
    repo.git("checkout", "-q", "-b", "side")
    commit(repo, "04-02T12:00:00+01:00", {"log.md": LOG_2 + LOG_1})
    repo.git("checkout", "-q", "main")
    repo.git("mv", "log.md", "new.md")
    commit(repo, "04-02T13:00:00+01:00", {})
    kept = ("One", "2026-04-01T10:00:00+01:00", "main", one)
    assert places(plan(repo, "new.md")) == [kept]
    both = [("Two", "2026-04-02T10:00:00+01:00", "side", one), kept]
    assert places(plan(repo, "new.md", all_branches=True)) == both
    clone = Repo(repo.root.parent / "clone")
    repo.git("clone", "-q", str(repo.root), str(clone.root))
    assert places(plan(clone, "new.md", all_branches=True)) == both
    repo.git("checkout", "-q", "side")
    assert places(plan(repo)) == both
    assert places(plan(repo, "new.md", all_branches=True)) == both


def test_a_file_that_no_commit_had(empty_repo: Repo) -> None:
    with pytest.raises(NotFound) as caught:
        plan(empty_repo)
    assert (
        str(caught.value)
        == "no commit here ever held a file 'log.md'; '--all' looks at the other branches, too"
    )
    commit(empty_repo, "04-01T09:00:00Z", {"log.md/inner": "x", "lo?.md": LOG_1, "[x].md": LOG_1})
    with pytest.raises(NotFound) as caught:
        plan(empty_repo, all_branches=True)
    assert str(caught.value) == "no commit here ever held a file 'log.md'"
    assert len(plan(empty_repo, "lo?.md").entries) == 1
    assert len(plan(empty_repo, "[x].md").entries) == 1


@pytest.mark.parametrize(
    ("subject", "option", "branch"),
    [
        ("Merge branch 'feature/x'", None, "feature/x"),
        ("Merge branch 'feature/x' into main", None, "feature/x"),
        ("Merge remote-tracking branch 'origin/feature/x'", None, "feature/x"),
        ("Merge pull request #7 from someone/feature/x", None, "feature/x"),
        ("Bring it in", None, None),
        ("Bring it in", "given", "given"),
    ],
)
def test_a_branch_that_is_gone_is_named_by_its_merge(
    empty_repo: Repo, subject: str, option: str | None, branch: str | None
) -> None:
    repo = empty_repo
    one = commit(repo, "04-01T09:00:00Z", {"log.md": LOG_1})
    repo.git("checkout", "-q", "-b", "gone")
    commit(repo, "04-02T12:00:00Z", {"log.md": LOG_2 + LOG_1})
    repo.git("checkout", "-q", "main")
    commit(repo, "04-02T13:00:00Z", {"other": "x"})
    repo.git("merge", "-q", "--no-ff", "-m", subject, "gone")
    repo.git("branch", "-q", "-D", "gone")
    assert places(plan(repo, branch=option)) == [
        ("Two", "2026-04-02T10:00:00+00:00", branch, one),
        ("One", "2026-04-01T10:00:00+00:00", "main", one),
    ]


def test_an_octopus_names_each_branch(empty_repo: Repo) -> None:
    repo = empty_repo
    commit(repo, "04-01T09:00:00Z", {"log.md": LOG_1})
    for branch, text in (("b", "x"), ("c", LOG_2 + LOG_1), ("d", "y")):
        repo.git("checkout", "-q", "-b", branch, "main")
        commit(repo, "04-02T12:00:00Z", {"log.md" if branch == "c" else branch: text})
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "b", "c", "d")
    repo.git("branch", "-q", "-D", "b", "c", "d")
    assert [place[2] for place in places(plan(repo))] == ["c", "main"]


def test_of_several_branches_the_text_the_trunk_or_head_decides(empty_repo: Repo) -> None:
    repo = empty_repo
    named = entry("Two", "10:00 04/02/2026", "on branch `topic`")
    commit(repo, "04-01T09:00:00Z", {"log.md": LOG_1})
    commit(repo, "04-02T12:00:00Z", {"log.md": named + LOG_1})
    repo.git("branch", "topic")
    repo.git("checkout", "-q", "-b", "another")
    assert [place[2] for place in places(plan(repo))] == ["topic", "main"]
    repo.git("branch", "-q", "-D", "main")
    assert [place[2] for place in places(plan(repo))] == ["topic", "another"]
    repo.git("checkout", "-q", "--detach")
    repo.git("branch", "-q", "-D", "another", "topic")
    assert [place[2] for place in places(plan(repo))] == ["topic", None]


def test_the_commit_is_the_newest_not_later_on_that_branch(empty_repo: Repo) -> None:
    repo = empty_repo
    early = entry("Early", "08:00 04/01/2026")
    exact = entry("Exact", "2026-04-01 12:00 +02:00")
    first = commit(repo, "04-01T10:00:00Z", {"a": "1"})
    repo.git("checkout", "-q", "-b", "side")
    commit(repo, "04-01T10:30:00Z", {"b": "1"})
    repo.git("checkout", "-q", "main")
    merge(repo, "04-01T11:00:00Z", "side")
    late = entry("Late", "10:45 04/01/2026")
    commit(repo, "04-01T12:00:00Z", {"log.md": late + exact + early})
    assert places(plan(repo)) == [
        ("Late", "2026-04-01T10:45:00+00:00", "main", first),
        ("Exact", "2026-04-01T12:00:00+02:00", "main", first),
        ("Early", "2026-04-01T08:00:00+00:00", "main", None),
    ]
    found = plan(repo).entries[2].anchor
    assert (found.tree, found.patch_id, found.dirty) == (None, None, None)


def test_entries_without_a_time(empty_repo: Repo) -> None:
    repo = empty_repo
    texts = LOG_3 + entry("Between") + LOG_1 + entry("Below")
    one = commit(repo, "04-03T10:30:00+05:30", {"log.md": texts})[:10]
    two = commit(repo, "04-03T11:00:00+05:30", {"log.md": entry("Above") + LOG_3, "x": "1"})[:10]
    three = commit(repo, "04-03T10:00:30+05:30", {"log.md": entry("Later") + LOG_3})[:10]
    assert {name: told[0] for name, told in remarks(plan(repo)).items()} == {
        "Above": f"no time was written; 2026-04-03 10:01 +0530 fits its neighbours in {two}:log.md",
        "Later": f"no time was written; 2026-04-03 10:00 +0530 is that of {three}:log.md",
        "Between": f"no time was written; 2026-04-01 10:01 +0530 fits its neighbours in {one}:log.md",
        "Below": f"no time was written; 2026-04-01 09:59 +0530 fits its neighbours in {one}:log.md",
    }
    commit(repo, "04-04T11:00:00Z", {"alone.md": entry("Alone")})
    (alone,) = plan(repo, "alone.md").entries
    assert alone.anchor.created.isoformat() == "2026-04-04T11:00:00+00:00"


def test_a_time_that_cannot_be_read(empty_repo: Repo) -> None:
    when = commit(empty_repo, "04-03T12:00:00Z", {"log.md": entry("Odd", "25:99 13/45/2026") + LOG_1})
    found = plan(empty_repo)
    assert found.entries[0].anchor.written_time == "25:99 13/45/2026"
    assert remarks(found)["Odd"][1] == (
        f"no readable time was written; 2026-04-01 10:01 +0000 fits its neighbours in {when[:10]}:log.md"
    )


def test_a_time_that_came_later_or_went(empty_repo: Repo) -> None:
    repo = empty_repo
    commit(repo, "04-03T12:00:00Z", {"log.md": entry("Two") + LOG_1})
    second = commit(repo, "04-03T13:00:00Z", {"log.md": LOG_2 + entry("One", next_action="rest")})[:10]
    found = plan(repo)
    assert [place[:2] for place in places(found)] == [
        ("Two", "2026-04-02T10:00:00+00:00"),
        ("One", "2026-04-01T10:00:00+00:00"),
    ]
    assert remarks(found)["One"][1:] == (f"next_action edited since {found.entries[1].first}",)
    assert str(found.entries[1].last) == f"{second}:log.md"


def test_one_name_at_two_times_is_two_anchors_and_one_time_in_two_spellings_is_one(
    empty_repo: Repo,
) -> None:
    repo = empty_repo
    again = entry("One", "11:00 04/01/2026")
    commit(repo, "04-03T12:00:00Z", {"log.md": again + LOG_1})
    commit(repo, "04-03T13:00:00Z", {"log.md": entry("One", "2026-04-01 10:00")})
    assert [(item.anchor.name, item.anchor.written_time) for item in plan(repo).entries] == [
        ("One", "11:00 04/01/2026"),
        ("One", "2026-04-01 10:00"),
    ]


def test_the_newest_text_wins_and_a_stale_branch_does_not(empty_repo: Repo) -> None:
    repo = empty_repo
    commit(repo, "04-01T12:00:00Z", {"log.md": LOG_1})
    repo.git("checkout", "-q", "-b", "stale")
    commit(repo, "04-02T12:00:00Z", {"log.md": f"{LOG_2}{LOG_1}"})
    repo.git("checkout", "-q", "main")
    edited = entry("One", "10:00 04/01/2026", "better")
    commit(repo, "04-01T13:00:00Z", {"log.md": edited})
    found = plan(repo, all_branches=True)
    assert [item.anchor.context for item in found.entries] == ["all of Two", "better"]
    merge(repo, "04-03T12:00:00Z", "stale", {"log.md": edited + LOG_1 + LOG_2})
    assert [item.anchor.name for item in plan(repo).entries] == ["Two", "One"]


def test_a_log_that_went_and_came_back(empty_repo: Repo) -> None:
    repo = empty_repo
    one = commit(repo, "04-01T09:00:00Z", {"log.md": LOG_1, "x": "1"})
    commit(repo, "04-01T12:00:00Z", {"log.md": None})
    commit(repo, "04-02T12:00:00Z", {"log.md": LOG_1})
    found = plan(repo)
    assert places(found) == [("One", "2026-04-01T10:00:00+00:00", "main", one)]
    assert (found.versions, str(found.entries[0].last)[:10]) == (2, repo.git("rev-parse", "HEAD")[:10])


def test_versions_that_cannot_be_read_are_named(empty_repo: Repo) -> None:
    repo = empty_repo
    commit(repo, "04-01T12:00:00Z", {"log.md": LOG_1})
    lost = commit(repo, "04-02T12:00:00Z", {"log.md": LOG_2 + LOG_1})
    latin = commit(repo, "04-03T12:00:00Z", {"log.md": b"caf\xe9\n" + LOG_1.encode()})
    commit(repo, "04-04T12:00:00Z", {"log.md": LOG_3 + LOG_1})
    blob = repo.git("rev-parse", f"{lost}:log.md")
    target = repo.root / ".git/objects" / blob[:2] / blob[2:]
    target.unlink()
    found = plan(repo)
    assert [item.anchor.name for item in found.entries] == ["Three", "One"]
    assert found.remarks == (
        f"{lost[:10]}:log.md: skipped, because this clone lacks the file's content",
        f"{latin[:10]}:log.md: skipped: it is not UTF-8 at byte 3 (line 1); save it as UTF-8 first",
    )
    target.write_bytes(b"no object at all")
    assert plan(repo) == found


def test_a_partial_clone_is_not_completed(empty_repo: Repo) -> None:
    repo = empty_repo
    first = commit(repo, "04-01T09:00:00Z", {"log.md": LOG_1, "x": "1"})
    changed = commit(repo, "04-01T12:00:00Z", {"log.md": LOG_2 + LOG_1, "x": "2"})
    repo.git("mv", "log.md", "new.md")
    commit(repo, "04-03T12:00:00Z", {"new.md": LOG_3 + LOG_2 + LOG_1, "x": "3"})
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = Repo(repo.root.parent / "clone")
    repo.git("clone", "-q", "--filter=blob:none", repo.root.as_uri(), str(clone.root))
    renamed = repo.git("rev-parse", "HEAD")[:10]
    before = clone.git("count-objects", "-v")
    found = plan(clone, "new.md")
    assert clone.git("count-objects", "-v") == before
    assert places(found) == [
        ("Three", "2026-04-03T10:00:00+00:00", "main", changed),
        ("Two", "2026-04-02T10:00:00+00:00", "main", changed),
        ("One", "2026-04-01T10:00:00+00:00", "main", first),
    ]
    assert found.remarks == (
        f"{renamed}:new.md: may have been renamed from another file; this clone lacks what would tell",
    )
    assert {item.anchor.patch_id for item in found.entries[:2]} == {None}
    assert [item.anchor.name for item in plan(clone, "log.md").entries] == []
    full = plan(repo, "new.md")
    assert [item.anchor.commit for item in full.entries] == [changed, changed, first]


def test_a_shallow_clone_says_where_it_begins(empty_repo: Repo) -> None:
    repo = empty_repo
    commit(repo, "04-01T12:00:00Z", {"log.md": LOG_1})
    begin = commit(repo, "04-02T12:00:00Z", {"log.md": LOG_2 + LOG_1})
    commit(repo, "04-03T12:00:00Z", {"log.md": LOG_3 + LOG_2})
    clone = Repo(repo.root.parent / "clone")
    repo.git("clone", "-q", "--depth=2", repo.root.as_uri(), str(clone.root))
    found = plan(clone)
    assert places(found) == [
        ("Three", "2026-04-03T10:00:00+00:00", "main", begin),
        ("Two", "2026-04-02T10:00:00+00:00", "main", None),
        ("One", "2026-04-01T10:00:00+00:00", "main", None),
    ]
    assert found.remarks == (
        f"{begin[:10]}:log.md: the history of this clone begins here, so its entries may be older",
    )


def test_a_sha256_repository(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "repo", "--object-format=sha256")
    one = commit(repo, "04-01T09:00:00Z", {"log.md": LOG_1})
    commit(repo, "04-02T12:00:00Z", {"log.md": LOG_2 + LOG_1})
    found = plan(repo)
    assert places(found) == [
        ("Two", "2026-04-02T10:00:00+00:00", "main", one),
        ("One", "2026-04-01T10:00:00+00:00", "main", one),
    ]
    assert len(one) == 64
    assert found.entries[0].anchor.patch_id == Repository.find(repo.root).patch_id(one)


def test_neither_settings_nor_surroundings_have_a_say(
    empty_repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = empty_repo
    one = commit(repo, "04-01T09:00:00Z", {"old.md": LOG_1})
    repo.git("mv", "old.md", "log.md")
    commit(repo, "04-02T12:00:00Z", {"log.md": LOG_1})
    for key, value in (("log.follow", "true"), ("log.showRoot", "false"), ("diff.renames", "false"),
                       ("log.showSignature", "true"), ("diff.noprefix", "true"), ("format.pretty", "%s"),
                       ("log.diffMerges", "off"), ("diff.renameLimit", "1")):  # fmt: skip
        repo.git("config", key, value)
    other = make_repository(repo.root.parent / "other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    found = log_history.plan(
        Repository(repo.root, repo.root / ".git", repo.root / ".git"), "log.md", [], WHO
    )
    assert places(found) == [("One", "2026-04-01T10:00:00+00:00", "main", one)]


def test_a_log_that_became_a_generated_one(repo: Repo) -> None:
    old = "Resume from anchor: [Zero]\nContext: none\nNext action: go\n\n"
    path = "GPT_Anchors_Log.md"
    commit(repo, "04-02T12:00:00+01:00", {path: LOG_2 + LOG_1 + old})
    repo.ok("import", path, "--timezone", "Etc/GMT-1")
    repo.ok("add", "Three", "-c", "made here", "-n", "go on")
    repo.git("add", "-A")
    commit(repo, "04-03T12:00:00+01:00", {})
    known = [stored.anchor for stored in repo.workspace().listing.anchors]
    assert len(known) == 4
    found = plan(repo, path, known)
    assert found.added == []
    assert {item.anchor.id for item in found.entries} == {anchor.id for anchor in known}
    fresh = plan(repo, path)
    assert {item.anchor.id: item.anchor for item in fresh.entries} == {item.id: item for item in known}


def test_a_plain_import_of_any_version_is_known(repo: Repo) -> None:
    commit(repo, "04-02T12:00:00+01:00", {"log.md": LOG_2 + LOG_1})
    commit(
        repo, "04-03T12:00:00+01:00", {"log.md": entry("Two") + entry("One", "10:00 04/01/2026", "new")}
    )
    repo.ok("import", "log.md")
    known = [stored.anchor for stored in repo.workspace().listing.anchors]
    found = plan(repo, "log.md", known)
    assert found.added == []


@pytest.mark.slow
def test_hundreds_of_versions(empty_repo: Repo) -> None:
    """With git's fast-import, because hundreds of commits take long."""
    repo, script, log = empty_repo, [], ""
    for number in range(400):
        log = entry(f"Step_{number}", f"{number % 24}:00 01/{number // 40 + 1:02}/2026") + (
            log if number % 50 else ""
        )
        text = log.encode()
        script.append(
            f"commit refs/heads/main\ncommitter A <a@example.com> {1770000000 + number * 60} +0100\n"
            f"data 1\nx\nM 100644 inline log.md\ndata {len(text)}\n{log}\n"
        )
    repo.run("git", "fast-import", "--quiet", stdin="".join(script), check=True)
    found = plan(repo)
    assert (len(found.entries), found.versions, found.remarks) == (400, 400, ())
