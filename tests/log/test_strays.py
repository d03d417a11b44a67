"""Entries of the log without an anchor file: no writer drops one that is all that is left of its anchor."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gitanchor.parsing import log_format
from tests.repositories import Repo, Result, make_repository

LOG = "GPT_Anchors_Log.md"


def begun(root: Path) -> Repo:
    """A repository made ready, without hooks, whose first commit has the log and no anchor."""
    return Repo(root).once(made_begun)


def made_begun(repo: Repo) -> None:
    make_repository(repo.root)
    repo.ok("init", "--no-hooks")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Start")


@pytest.fixture
def lone(tmp_path: Path) -> Repo:
    """A clone whose log has an entry that nobody ever committed a file for."""
    origin = begun(tmp_path / "origin")
    origin.ok("add", "H", "-c", "the only copy", "-n", "n", "-d", "Tools: gcc")
    origin.git("commit", "-qam", "Work")
    origin.git("clone", "-q", ".", "../clone")
    clone = Repo(tmp_path / "clone")
    assert clone.files() == []
    return clone


def original(repo: Repo) -> dict[str, str]:
    """The anchor files of the repository that a clone is of."""
    origin = Repo(repo.root.parent / "origin")
    return {path: origin.read(path) for path in origin.files()}


def stray(repo: Repo) -> tuple[str, str]:
    """The id of the entry that no file stands behind, and what is said of it."""
    lines = repo.read(LOG).split("\n")
    line = next(n for n, text in enumerate(lines, 1) if text.startswith("<!-- anchor "))
    anchor_id = lines[line - 1].split()[2]
    said = f"{LOG}:{line}: entry {anchor_id} has no anchor file; take it in with 'git anchor absorb'"
    return anchor_id, said


def entry_in(log: str) -> str:
    """The one entry of a log."""
    lines = log.split("\n")
    (block,) = log_format.blocks(lines)
    return "\n".join(lines[block.begin : block.end + 1])


def warned(said: str) -> str:
    return f"warning: the log was not regenerated: {said}\n"


def add(repo: Repo) -> Result:
    return repo.anchor("add", "Other", "-c", "c")


def closed(repo: Repo) -> Result:
    return repo.anchor("done", "Other")


def edited(repo: Repo) -> Result:
    return repo.anchor("edit", "Other", "-c", "changed")


def removed(repo: Repo) -> Result:
    return repo.anchor("rm", "Other")


def undone(repo: Repo) -> Result:
    return repo.anchor("undo")


def imported(repo: Repo) -> Result:
    repo.write("old.md", "Resume from anchor: [Old]\nContext: of old\nNext action: n\n")
    return repo.anchor("import", "old.md")


WRITERS: dict[str, Callable[[Repo], Result]] = {
    "add": add,
    "done": closed,
    "edit": edited,
    "rm": removed,
    "undo": undone,
    "import": imported,
    "gc": lambda repo: repo.anchor("gc"),
    "init": lambda repo: repo.anchor("init", "--no-hooks"),
    "doctor": lambda repo: repo.anchor("doctor", "--fix"),
    "render": lambda repo: repo.anchor("render"),
}


def test_no_writer_drops_the_entry_and_absorb_restores_its_anchor(lone: Repo) -> None:
    before, (anchor_id, said) = lone.read(LOG), stray(lone)
    results = {name: write(lone) for name, write in WRITERS.items()}
    assert lone.read(LOG) == before
    for name in ("add", "done", "edit", "rm", "undo", "import"):
        assert results[name].status == 0, name
        assert warned(said) in results[name].err, name
    assert results["render"] == Result(2, "", f"error: {said}\n")
    hint = f"hint: {LOG} holds 1 anchor without a file; it stays as it is until 'git anchor absorb'\n"
    assert hint in results["init"].err
    line = said.split(":")[1]
    found = f"error: log-edited: {LOG}: line {line}: entry {anchor_id} has no anchor file;"
    assert found in results["doctor"].out
    (kept,) = (lone.root / ".git/gitanchor/journal").glob(f"*-paste-{LOG}")
    assert kept.read_text() == f"# paste {LOG}\n{entry_in(before)}\n"
    assert f"{LOG}:{line}: restored: {anchor_id} H\n" in lone.ok("absorb")
    restored = original(lone)
    assert {path: lone.read(path) for path in restored} == restored
    lone.ok("render", "--check")
    assert lone.ok("absorb") == ""


def test_an_imported_anchor_is_restored_with_its_own_branch_and_no_commit(tmp_path: Path) -> None:
    origin = begun(tmp_path / "origin")
    entry = (
        "**12:00 03/01/2025**\n\nResume from anchor: [Old]\nContext: on branch `side`\nNext action: n\n"
    )
    timeless = "Resume from anchor: [Older]\nContext: of old\nNext action: n\n"
    origin.write("old.md", f"{entry}\n{timeless}")
    origin.ok("import", "old.md")
    clone = begun(tmp_path / "clone")
    clone.write(LOG, origin.read(LOG))
    assert clone.ok("absorb").count(": restored: ") == 2
    restored = original(clone)
    assert {path: clone.read(path) for path in clone.files()} == restored
    assert clone.read(LOG) == origin.read(LOG)


@pytest.mark.parametrize("mail", [True, False], ids=["mail or backup", "checkout of a commit"])
def test_a_log_that_comes_without_its_files_is_taken_in_by_a_commit(lone: Repo, mail: bool) -> None:
    lone.ok("init")
    log = lone.read(LOG)
    lone.git("rm", "-q", "--cached", LOG)
    (lone.root / LOG).unlink()
    lone.ok("render")
    lone.git("add", "-A")
    lone.git("commit", "-qm", "Without the log's entry")
    if mail:
        lone.write(LOG, log)
    else:
        lone.git("checkout", "-q", "HEAD~", "--", LOG)
    lone.git("add", LOG)
    anchor_id, _ = stray(lone)
    result = lone.run("git", "commit", "-qm", "Log", check=True)
    assert result.err == f"git anchor: restored H ({anchor_id})\n"
    restored = original(lone)
    assert {path: lone.read(path) for path in lone.files()} == restored
    assert lone.git("status", "--short") == ""
    assert lone.git("show", "--format=", "--name-only").split("\n") == [*restored, LOG]


def removed_by_rm(repo: Repo) -> None:
    repo.ok("rm", "Gone")


def removed_by_a_commit(repo: Repo) -> None:
    repo.git("rm", "-q", *repo.files())
    repo.git("commit", "-qm", "Remove")
    for kept in (repo.root / ".git/gitanchor/journal").iterdir():
        kept.unlink()  # as in another clone


def removed_on_this_branch(repo: Repo) -> None:
    repo.git("branch", "other")
    repo.git("reset", "-q", "--hard", "HEAD~")
    for kept in (repo.root / ".git/gitanchor/journal").iterdir():
        kept.unlink()


def deleted_by_hand_and_committed_before(repo: Repo) -> None:
    for path in repo.files():
        (repo.root / path).unlink()


@pytest.mark.parametrize(
    "remove",
    [
        removed_by_rm,
        removed_by_a_commit,
        removed_on_this_branch,
        deleted_by_hand_and_committed_before,
    ],
)
def test_the_entry_of_an_anchor_that_was_removed_goes(
    tmp_path: Path, remove: Callable[[Repo], None]
) -> None:
    repo = begun(tmp_path / "repo")
    empty = repo.read(LOG)
    repo.ok("add", "Gone", "-c", "c", "--commit")
    full = repo.read(LOG)
    remove(repo)
    repo.write(LOG, full)
    assert repo.anchor("render") == Result(0, "", f"{LOG}: written\n")
    assert (repo.read(LOG), repo.files()) == (empty, [])
    repo.write(LOG, full)
    assert repo.ok("absorb") == ""
    assert repo.files() == []
    assert not list((repo.root / ".git/gitanchor/journal").glob("*-paste-*"))


def test_a_text_that_is_kept_nowhere_else_stays_though_its_anchor_was_removed(tmp_path: Path) -> None:
    repo = begun(tmp_path / "repo")
    repo.ok("add", "Gone", "-c", "first", "--commit")
    other = Repo(tmp_path / "other")
    repo.git("clone", "-q", ".", "../other")
    other.ok("edit", "Gone", "-c", "second")
    repo.ok("rm", "Gone")
    repo.write(LOG, other.read(LOG))
    anchor_id, said = stray(repo)
    assert repo.anchor("render") == Result(2, "", f"error: {said}\n")
    line = said.split(":")[1]
    assert repo.ok("absorb") == f"{LOG}:{line}: restored: {anchor_id} Gone\n"
    assert {path: repo.read(path) for path in repo.files()} == {
        path: other.read(path) for path in other.files()
    }


def test_a_file_that_git_clean_took_is_restored(tmp_path: Path) -> None:
    repo = begun(tmp_path / "repo")
    repo.ok("add", "H", "-c", "c")
    texts = {path: repo.read(path) for path in repo.files()}
    repo.git("commit", "-qam", "Work")
    repo.git("clean", "-fdq")
    assert repo.files() == []
    assert repo.anchor("add", "B", "-c", "b").err == warned(stray(repo)[1])
    repo.ok("absorb")
    assert {path: repo.read(path) for path in texts} == texts


def test_what_cannot_be_restored_is_said(lone: Repo) -> None:
    anchor_id, said = stray(lone)
    lone.write(LOG, "".join(line for line in lone.read(LOG).splitlines(True) if "<!-- /a" not in line))
    lines = lone.read(LOG).split("\n")
    named = lines.index("**Resume from anchor:** [H]") - 1  # its time
    while not lines[named].strip():
        named -= 1
    facts = f"the facts of {anchor_id}, whose last comment is damaged: id, author, branch, commit"
    out = lone.ok("absorb")
    (new,) = lone.json("list")
    line = said.split(":")[1]
    told = f"{LOG}:{line}: left out: {facts}\n"
    assert out == f"{LOG}:{named + 1}: new anchor: {new['id']} H\n{told}"
    assert (new["name"], new["context"], new["next_action"]) == ("H", "the only copy", "n")


def test_a_merge_keeps_the_entry_that_one_side_dropped_unless_a_commit_has_its_file(lone: Repo) -> None:
    lone.ok("init", "--no-hooks")
    before = lone.read(LOG)
    lone.git("switch", "-qc", "side")
    lone.write(LOG, before.replace(f"\n{entry_in(before)}\n", ""))
    lone.git("commit", "-qam", "Drop the entry")
    lone.git("switch", "-q", "main")
    lone.ok("add", "Known", "-c", "c")
    lone.ok("absorb")
    (known,) = (path for path in lone.files() if "known" in path)
    lone.git("add", known, LOG)
    lone.git("commit", "-qm", "Known")
    lone.git("clean", "-fdq")
    for kept in (lone.root / ".git/gitanchor/journal").iterdir():
        kept.unlink()
    log = lone.read(LOG)
    lone.git("merge", "-q", "--no-edit", "side")
    assert lone.read(LOG) == log
    lone.git("rm", "-q", known)
    lone.write(LOG, before)
    lone.git("commit", "-qam", "Remove")
    lone.git("switch", "-q", "side")
    lone.git("commit", "-q", "--allow-empty", "-m", "Side")
    lone.git("merge", "-q", "--no-edit", "main")
    assert lone.read(LOG) == before


def test_resolve_drops_no_entry_without_a_file(tmp_path: Path) -> None:
    origin = begun(tmp_path / "origin")
    origin.ok("add", "Base", "-c", "base")
    origin.git("commit", "-qam", "Base")
    for branch, name in (("side", "Side"), ("main", "Main")):
        origin.git("switch", "-q", *(["-c"] if branch == "side" else []), branch)
        origin.ok("add", name, "-c", name.lower())
        origin.git("commit", "-qam", name)
        (path,) = (path for path in origin.files() if name.lower() in path)
        (origin.root / path).rename(tmp_path / name)
    origin.git("clone", "-q", ".", "../clone")
    clone = Repo(tmp_path / "clone")
    assert clone.run("git", "merge", "-q", "origin/side").status == 1
    assert clone.ok("resolve") == f"{LOG}: merged\n"
    clone.git("commit", "-qm", "Merge")
    clone.ok("absorb")
    assert sorted(anchor["name"] for anchor in clone.json("list")) == ["Base", "Main", "Side"]
