"""Two files with one id: the same anchor is one anchor, different ones are told apart."""

from pathlib import Path

import pytest

from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"


@pytest.fixture
def copied(repo: Repo) -> tuple[Repo, str, str]:
    """Two anchors, of which one is in another file, too: the repository, the file, and its copy."""
    repo.once(made_two)
    path = next(path for path in repo.files() if "-one-" in path)
    copy = path.replace("-one-", "-a-")
    repo.write(copy, repo.read(path))
    return repo, path, copy


def made_two(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "One", "-c", "one", "-n", "next", "--commit")
    repo.ok("add", "Two", "-c", "two", "-n", "next", "--commit")


def said(path: str, copy: str) -> str:
    return f"warning: {copy}: a copy of {path}; 'git anchor doctor --fix' removes one of them\n"


@pytest.mark.diagonal
@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(
    ("command", "warns"),
    [
        (["list"], True),
        (["list", "--all"], True),
        (["log"], True),
        (["search", "one"], True),
        (["graph"], True),
        (["heads"], True),
        (["web"], True),
        (["show", "One"], True),
        (["resume"], True),
        (["status"], True),
        (["render"], False),
        (["render", "--check"], False),
        (["resolve"], False),
        (["commits", "One"], False),
    ],
)
def test_a_copy_is_said_once_and_everything_works(
    copied: tuple[Repo, str, str], command: list[str], warns: bool, committed: bool
) -> None:
    repo, path, copy = copied
    (repo.root / copy).unlink()
    expected = repo.anchor(*command)
    repo.write(copy, repo.read(path))
    if committed:
        repo.git("add", "-A")
        done = repo.run("git", "commit", "-qm", "Copied")
        assert (done.status, done.err) == (0, "")
    for _ in range(3):  # through what caches remember
        result = repo.anchor(*command)
        if command == ["resolve"]:
            assert result.out == f"{copy}: removed, as {path} holds the same anchor\n"
            return
        assert result.status == expected.status
        assert result.err == expected.err + (said(path, copy) if warns else "")
        if not committed:
            assert result.out == expected.out


@pytest.mark.diagonal
@pytest.mark.parametrize("tracked", ["path", "copy", "both", "neither"])
@pytest.mark.parametrize("repair", ["doctor", "resolve"])
def test_the_copy_is_removed_and_kept_in_the_journal(repo: Repo, tracked: str, repair: str) -> None:
    repo.ok("init")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Init")
    repo.ok("add", "One", "-c", "one", "-n", "next")
    (path,) = repo.files()
    copy = path.replace("-one-", "-a-")
    text = repo.read(path)
    repo.write(copy, text)
    wanted = {"path": [path], "copy": [copy], "both": [path, copy], "neither": []}[tracked]
    repo.git("add", LOG, *wanted)
    gone, stays = (path, copy) if tracked == "copy" else (copy, path)
    if repair == "doctor":
        assert repo.anchor("doctor", "--fix").out.splitlines()[0] == (
            f"fixed: duplicate-id: {gone}: holds the same anchor as {stays}"
        )
    else:
        assert repo.ok("resolve") == f"{gone}: removed, as {stays} holds the same anchor\n"
    assert repo.files() == [stays]
    journal = (repo.root / ".git/gitanchor/journal").glob("*-delete-*")
    assert [file.read_text() for file in journal] == [f"# delete {gone}\n{text}"]
    assert repo.ok("render", "--check") == ""


@pytest.mark.parametrize("command", [["done", "One", "-m", "o"], ["rm", "One"]])
def test_changing_an_anchor_leaves_no_copy_that_says_otherwise(
    copied: tuple[Repo, str, str], command: list[str]
) -> None:
    repo, path, copy = copied
    repo.ok(*command)
    assert copy not in repo.files()
    assert (path in repo.files()) == (command[0] == "done")
    result = repo.anchor("list")
    assert (result.status, result.err, "One" in result.out) == (0, "", command[0] == "done")


def test_different_anchors_with_one_id_are_a_bad_file_and_no_more(copied: tuple[Repo, str, str]) -> None:
    repo, path, copy = copied
    repo.write(copy, repo.read(copy).replace("  one\n", "  other\n"))
    reason = f"has the id of {copy}; give it one of its own, or remove it"
    listed = repo.anchor("list")
    assert (listed.status, listed.err) == (3, f"error: {path}: {reason}\n")
    assert [line.split()[-1] for line in listed.out.splitlines()] == ["Two", "One"]
    shown = repo.anchor("show", "Two")
    assert (shown.status, shown.err) == (0, f"warning: {path}: {reason}\n")
    for command in (["render"], ["absorb"]):
        assert (repo.anchor(*command).status, repo.anchor(*command).err) == (
            3,
            f"error: {path}: {reason}\n",
        )
    resolved = repo.anchor("resolve")
    assert (resolved.status, resolved.out) == (1, f"{path}: left: {reason}\n")
    doctor = repo.anchor("doctor", "--fix")
    assert doctor.status == 1
    assert f"error: duplicate-id: {path}: {reason}" in doctor.out.splitlines()
    assert sorted(repo.files()) == sorted([path, copy, *(f for f in repo.files() if "-two-" in f)])


def test_a_copy_on_another_branch_is_one_anchor_there(
    copied: tuple[Repo, str, str], tmp_path: Path
) -> None:
    repo, _, _ = copied
    repo.git("switch", "-qc", "side")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Copied")
    repo.git("switch", "-qc", "empty", "main~2")
    result = repo.anchor("list", "--all")
    assert (result.status, result.err, len(result.out.splitlines())) == (0, "", 2)


@pytest.mark.parametrize("field", ["created: 2026", "commit: ", "author: "])
def test_the_same_text_taken_in_twice_is_one_anchor_whose_oldest_file_counts(
    repo: Repo, field: str
) -> None:
    repo.ok("init")
    repo.ok("import", "-", stdin="Resume from anchor: [Old]\nContext: c\nNext action: n\n")
    (path,) = repo.files()
    copy = path.replace("-old-", "-a-")
    text = repo.read(path)
    new = {"created: 2026": "created: 2027", "commit: ": "commit: 1", "author: ": "author: Another "}
    changed = "".join(
        line.replace(field, new[field], 1) if line.startswith(field) else line
        for line in text.splitlines(keepends=True)
    ).replace("commit: 1null", f"commit: {'1' * 40}")
    assert changed != text
    repo.write(copy, changed)
    result = repo.anchor("list")
    assert (result.status, len(result.out.splitlines())) == (0, 1)
    assert result.err == (said(path, copy))
    repo.anchor("doctor", "--fix")
    assert repo.files() == [path]
