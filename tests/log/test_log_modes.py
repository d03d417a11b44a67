"""`log.mode`: a log that only the default branch writes, and one with pages of older anchors."""

import os

import pytest

from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"
PASTED = "Resume from anchor: [Pasted]\nContext: p\nNext action: q\nDependencies:\n- Tools: gcc\n"
HEAD_OF_PAGE = """\
# GPT Anchors Log, 2026-01

The anchors of one month. Newer ones are in [GPT_Anchors_Log.md](../../GPT_Anchors_Log.md).

<!-- markdownlint-disable-file -->

<!-- prettier-ignore-start -->

<!-- fmt: off -->

<!-- Written by 'git anchor render' from the files in .anchors/ -->
"""


def configure(repo: Repo, *lines: str) -> None:
    repo.ok("init")
    text = repo.read(".anchors/config.yaml")
    head, rest = text.split("  # mode:", 1)
    repo.write(
        ".anchors/config.yaml", head + "".join(f"  {line}\n" for line in lines) + "  # mode:" + rest
    )
    repo.ok("init")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Keep anchors")


@pytest.fixture
def apart(repo: Repo) -> Repo:
    """A repository whose log only the branch main writes, with one anchor there, on a branch."""
    return repo.once(made_apart)


def made_apart(repo: Repo) -> None:
    configure(repo, "mode: default-branch")
    repo.ok("add", "Main", "-c", "c", "-n", "n", "--commit")
    repo.git("switch", "-qc", "step8-dev")


@pytest.fixture
def archived(repo: Repo) -> Repo:
    """A repository whose log keeps two anchors, with five of three months."""
    return repo.once(made_archived)


def made_archived(repo: Repo) -> None:
    configure(repo, "mode: archive", "keep: 2")
    for number, day in enumerate(("01-05", "01-20", "02-03", "03-01", "03-02")):
        os.environ["GIT_AUTHOR_DATE"] = f"2026-{day}T12:00:00+01:00"
        repo.ok("add", f"A{number}", "-c", f"context {number}", "-n", "n")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")


def test_a_line_break_in_the_path_of_the_log_is_refused(repo: Repo) -> None:
    result = repo.anchor("init", "--log", "a\nb.md")
    assert result.status == 2
    assert "is no place for the log" in result.err
    assert not (repo.root / ".anchors").exists()


# On the default branch only ----------------------------------------------------------------------


def test_other_branches_leave_the_log_alone(apart: Repo) -> None:
    before = apart.read(LOG)
    apart.ok("add", "Branch", "-c", "c", "-n", "n", "--commit")
    apart.ok("edit", "@", "-m", "half of it")
    apart.ok("done", "@")
    result = apart.anchor("render")
    left = f"{LOG}: left alone on step8-dev (log.mode: default-branch)\n"
    assert (result.status, result.out, result.err) == (0, "", left)
    assert apart.ok("render", "--check") == ""
    assert apart.read(LOG) == before
    apart.git("commit", "-qam", "More")
    names = apart.git("diff", "--name-only", "main").splitlines()
    assert all(name.startswith(".anchors/20") for name in names), names
    assert apart.run("git", "anchor", "doctor").status == 0


def test_the_default_branch_takes_them_in_after_a_merge(apart: Repo) -> None:
    apart.ok("add", "Branch", "-c", "c", "-n", "n", "--commit")
    apart.git("switch", "-q", "main")
    assert apart.ok("render", "--check") == ""
    merged = apart.run("git", "merge", "--no-edit", "-q", "step8-dev", check=True)
    assert f"After this merge {LOG} differs from the anchors." in merged.err
    assert apart.anchor("render", "--check").status == 1
    assert apart.anchor("render").err == f"{LOG}: written\n"
    assert "[Branch]" in apart.read(LOG)


def test_what_is_pasted_into_the_log_of_a_branch_becomes_an_anchor_and_the_log_stays(
    apart: Repo,
) -> None:
    before = apart.read(LOG)
    apart.write(LOG, before.replace("\n<!-- anchor ", f"\n{PASTED}\n<!-- anchor ", 1))
    done = apart.run("git", "commit", "-qam", "Paste")
    anchor = apart.json("show")
    assert (done.status, done.err) == (0, f"git anchor: absorbed Pasted ({anchor['id']})\n")
    assert apart.read(LOG) == before
    assert apart.git("status", "--porcelain") == ""
    assert apart.git("diff", "--name-only", "main") == anchor["path"]


def test_the_default_branch_is_the_one_that_the_team_or_the_remote_names(repo: Repo) -> None:
    configure(repo, "mode: default-branch", "branch: trunk")
    assert not repo.workspace().writes_log
    repo.git("switch", "-qc", "trunk")
    assert repo.workspace().writes_log
    text = repo.read(".anchors/config.yaml").replace("  branch: trunk\n", "")
    repo.write(".anchors/config.yaml", text)
    assert not repo.workspace().writes_log
    repo.git("remote", "add", "origin", ".")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert repo.workspace().writes_log
    repo.git("switch", "-q", "--detach")
    assert not repo.workspace().writes_log


def test_a_mode_that_is_none_is_named(repo: Repo) -> None:
    repo.ok("init")
    repo.write(".anchors/config.yaml", "log:\n  mode: archiv\n")
    result = repo.anchor("render")
    message = "error: .anchors/config.yaml: log.mode: 'archiv' is no mode; give one of"
    assert (result.status, result.err) == (2, f"{message} every-branch, default-branch, archive\n")


# With pages of older anchors ---------------------------------------------------------------------


def test_older_anchors_stand_on_a_page_for_each_month(archived: Repo) -> None:
    log = archived.read(LOG)
    links = "- [2026-02](docs/anchors/2026-02.md)\n- [2026-01](docs/anchors/2026-01.md)\n"
    assert f"\n<!-- older anchors -->\n\n{links}\n<!-- /older anchors -->\n" in log
    assert [name for name in ("A4", "A3", "A2", "A1", "A0") if f"[{name}]" in log] == ["A4", "A3"]
    page = archived.read("docs/anchors/2026-01.md")
    assert page.startswith(f"{HEAD_OF_PAGE}\n<!-- anchor ")
    assert page.index("[A1]") < page.index("[A0]")
    assert archived.read("docs/anchors/2026-02.md").count("Resume from anchor") == 1
    assert archived.ok("render", "--check") == ""
    assert archived.git("status", "--porcelain") == ""
    assert archived.run("git", "anchor", "doctor").status == 0


def test_pages_of_another_folder_and_their_links(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.ok("init", "--log", "notes/The Log.md")
    text = repo.read(".anchors/config.yaml").replace(
        "  # mode", "  mode: archive\n  keep: 0\n  # mode", 1
    )
    repo.write(".anchors/config.yaml", text.replace("  keep", "  archive: notes/old ones\n  keep"))
    repo.ok("add", "One", "-c", "c", "-n", "n")
    assert "\n- [2026-03](old%20ones/2026-03.md)\n" in repo.read("notes/The Log.md")
    assert "[The Log.md](../The%20Log.md)" in repo.read("notes/old ones/2026-03.md")
    assert repo.ok("render", "--check") == ""


def test_pages_import_again_to_the_same_anchors(archived: Repo) -> None:
    before = archived.json("list")
    for path in archived.files():
        (archived.root / path).unlink()
    archived.ok("import", LOG, "docs/anchors/2026-01.md", "docs/anchors/2026-02.md")
    assert archived.json("list") == before
    assert archived.git("status", "--porcelain") == ""


def test_edits_and_pastes_on_a_page_are_absorbed(archived: Repo) -> None:
    page = "docs/anchors/2026-01.md"
    text = archived.read(page).replace("context 0", "context zero")
    archived.write(page, text.replace("\n<!-- anchor ", f"\n{PASTED}\n<!-- anchor ", 1))
    lines = archived.read(page).split("\n")
    pasted, edited = (
        next(n for n, line in enumerate(lines, 1) if wanted in line) for wanted in ("[Pasted]", "[A0]")
    )
    refused = archived.anchor("add", "More", "-c", "c", "-n", "n")
    assert f"{page}:{pasted}: text was added by hand; take it in with 'git anchor absorb'" in refused.err
    done = archived.ok("absorb")
    anchors = {anchor["name"]: anchor for anchor in archived.json("list")}
    assert anchors["A0"]["context"] == "context zero"
    assert f"{page}:{pasted}: new anchor: {anchors['Pasted']['id']} Pasted\n" in done
    assert f"{page}:{edited - 4}: changed: {anchors['A0']['id']} A0\n" in done
    assert archived.ok("render", "--check") == ""
    assert "[Pasted]" in archived.read(LOG)


def test_a_commit_absorbs_what_was_edited_on_a_page(archived: Repo) -> None:
    page = "docs/anchors/2026-02.md"
    archived.write(page, archived.read(page).replace("context 2", "context two"))
    done = archived.run("git", "commit", "-qam", "Edit")
    assert (done.status, done.err) == (
        0,
        f"git anchor: absorbed A2 ({archived.json('show', 'A2')['id']})\n",
    )
    assert archived.json("show", "A2")["context"] == "context two"
    assert archived.git("status", "--porcelain") == ""
    assert archived.ok("render", "--check") == ""


def test_a_page_whose_month_has_no_older_anchors_goes(archived: Repo) -> None:
    archived.ok("rm", "A2")
    assert not (archived.root / "docs/anchors/2026-02.md").exists()
    assert "2026-02" not in archived.read(LOG)
    text = archived.read(".anchors/config.yaml").replace("keep: 2", "keep: 50")
    archived.write(".anchors/config.yaml", text)
    assert archived.anchor("render").err == f"docs/anchors/2026-01.md: written\n{LOG}: written\n"
    assert not (archived.root / "docs/anchors/2026-01.md").exists()
    archived.git("add", "-A")
    archived.git("commit", "-qm", "Keep more")
    assert archived.ok("render", "--check") == ""


def test_a_file_in_the_place_of_a_page_is_not_overwritten(archived: Repo) -> None:
    archived.git("rm", "-q", "docs/anchors/2026-01.md")
    archived.write("docs/anchors/2026-01.md", "# January\n\nMine.\n")
    result = archived.anchor("render")
    message = "error: 'docs/anchors/2026-01.md' was not written by git anchor; move it away\n"
    assert (result.status, result.err) == (2, message)
    assert archived.read("docs/anchors/2026-01.md") == "# January\n\nMine.\n"


def test_branches_that_move_anchors_to_pages_merge(
    archived: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    archived.git("switch", "-qc", "other")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-04-01T12:00:00+01:00")
    archived.ok("add", "B", "-c", "c", "-n", "n", "--commit")
    archived.git("switch", "-q", "main")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-04-02T12:00:00+01:00")
    archived.ok("add", "C", "-c", "c", "-n", "n", "--commit")
    merged = archived.run("git", "merge", "-q", "--no-edit", "other", check=True)
    assert archived.anchor("render", "--check").status == (1 if "differs" in merged.err else 0)
    archived.ok("render")
    assert archived.ok("render", "--check") == ""
    page = archived.read("docs/anchors/2026-03.md")
    assert [f"[{name}]" in page for name in ("A3", "A4")] == [True, True]
    assert [f"[{name}]" in archived.read(LOG) for name in ("B", "C")] == [True, True]
