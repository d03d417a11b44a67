"""`git anchor import --discover`: the notes and logs that a repository already has."""

from pathlib import Path

import pytest

from gitanchor.cli import terminal
from gitanchor.importing import known_files
from tests.parsing.test_documents import SESSIONS
from tests.repositories import Repo

ROOT = Path(__file__).parents[2]
NOTE = "# {}\n\n## Done\n- step {}\n\n## Next\n- step {}\n"
README = "# Ferry\n\n## Status\nWorks.\n\n## Next steps\nMore.\n"


def furnish(repo: Repo) -> None:
    for step in (1, 2, 3):
        repo.commit(f"Step {step}", {"docs/HANDOFF.md": NOTE.format("Handoff", step, step + 1)})
    repo.commit("Others", {"README.md": README, "docs/diary.md": SESSIONS.replace("log", "diary")})
    repo.write("memory-bank/activeContext.md", NOTE.format("Active Context", "a", "b"))
    repo.write("build/session_notes.md", NOTE.format("Session", "x", "y"))
    repo.write(".gitignore", "build/\n")


def test_notes_are_found_by_name_and_by_title(repo: Repo) -> None:
    furnish(repo)
    shown = repo.ok("import", "--discover", "--dry-run")
    assert shown == (
        "docs/HANDOFF.md: 3 anchors in 3 versions, 3 new\n"
        "docs/diary.md: 2 anchors in 1 version, 2 new\n"
        "memory-bank/activeContext.md: 1 anchor, 1 new\n"
    )
    guide = (ROOT / "docs/guide.md").read_text("utf-8")
    assert f"$ git anchor import --discover --dry-run\n{shown}```" in guide
    assert repo.files() == []
    found = repo.json("import", "--discover", "--dry-run")
    assert [(note["file"], note["new"], note["versions"]) for note in found] == [
        ("docs/HANDOFF.md", 3, 3),
        ("docs/diary.md", 2, 1),
        ("memory-bank/activeContext.md", 1, 0),
    ]


def test_nothing_is_imported_unless_that_is_agreed_to(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(repo)
    result = repo.anchor("import", "--discover")
    assert (result.status, repo.files()) == (1, [])
    assert result.err == "hint: 'git anchor import --discover --yes' imports them\n"
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    result = repo.anchor("import", "--discover", stdin="n\n")
    assert (result.status, repo.files()) == (1, [])
    result = repo.anchor("import", "--discover", stdin="\n")
    assert result.status == 0
    assert "Import the new anchors of 3 files? [Y/n]: docs/HANDOFF.md: 3 anchors added\n" in result.err
    assert len(repo.files()) == 6
    result = repo.anchor("import", "--discover")
    assert (result.status, len(repo.files())) == (0, 6)
    assert result.err == "no new anchor in any note or log of this repository\n"


def test_a_repository_without_notes(repo: Repo) -> None:
    repo.commit("Readme", {"README.md": README})
    result = repo.anchor("import", "--discover", "--yes")
    assert (result.status, result.out) == (1, "")
    assert repo.anchor("import", "HANDOFF.md", "--yes").err == "error: --yes goes with --discover\n"


def test_init_mentions_notes(repo: Repo) -> None:
    furnish(repo)
    hint = (
        "hint: docs/HANDOFF.md, memory-bank/activeContext.md may hold notes of earlier sessions;"
        " 'git anchor import --discover' takes them in\n"
    )
    assert hint in repo.anchor("init").err
    repo.ok("import", "--discover", "--yes")
    assert "may hold notes" not in repo.anchor("init").err


@pytest.mark.unit
def test_names() -> None:
    for path in (
        "HANDOFF.md",
        "docs/Session Notes.md",
        "a/b/memory-bank/progress.md",
        "claude-progress.txt",
    ):
        assert known_files.is_known(path), path
    for path in ("README.md", "docs/status/index.md", "CHANGELOG.md", "notes.md", "handoff.py"):
        assert not known_files.is_known(path), path
