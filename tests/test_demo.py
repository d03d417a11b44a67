"""The demonstration that `make demo` runs: every step of it works, and it shows what it should."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gitanchor.rendering import log_entries
from tests.repositories import BIN

DEMO = Path(__file__).resolve().parents[1] / "docs" / "demo" / "demo.sh"


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the demonstration prints, in surroundings that would keep a careless one from working."""
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another.git"))
    done = subprocess.run(["sh", DEMO], cwd=tmp_path, capture_output=True, check=False, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, ""), done
    assert [path.name for path in tmp_path.iterdir()] == ["home"], "it cleans up"
    return done.stdout


def after(shown: str, command: str) -> list[str]:
    """The lines that a command of the demonstration printed."""
    _, _, rest = shown.partition(f"$ {command}\n")
    assert rest, command
    return rest.partition("\n\n$ ")[0].partition("\n\n== ")[0].split("\n")


def test_the_demo_prints_reminder_prompt_and_log(shown: str) -> None:
    lines = shown.split("\n")
    assert len(lines) <= 140
    assert not [line for line in lines if line.startswith(("error:", "fatal:", "warning:"))]

    imported = after(shown, "git anchor import GPT_Anchors_Log.md")
    assert "UTF-8 once read as Mac Roman, repaired" in imported[0]
    assert imported[-2:] == [
        "GPT_Anchors_Log.md: 6 anchors found: 6 added, 0 updated, 0 here already",
        "hint: 4 anchors are on no branch; 'git anchor resume' offers the newest on any branch",
    ]

    reminders = [line for line in lines if line.startswith("hint: ") and "since anchor" in line]
    assert len(reminders) == 1
    assert reminders[0].startswith("hint: 5 commits since anchor Wind_Gauge_First_Turns (")
    assert reminders[0].endswith(") on wind-gauge.")

    prompt = after(shown, "git anchor resume")
    assert prompt[0] == "Resume from anchor: [Wind_Gauge_First_Turns]"
    assert "Next action: Find the factor from turns per second to m/s." in prompt
    assert "Commits since then (5):" in prompt

    log = "\n".join(after(shown, "head -n 40 GPT_Anchors_Log.md"))
    assert log.startswith(log_entries.header())
    assert "\n**Resume from anchor:** [Wind_Gauge_First_Turns]\n" in log


def test_the_demo_fails_if_a_step_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which("git")
    assert found is not None
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\n[ "$1" != anchor ] || exit 4\nexec {found} "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(["sh", DEMO], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 4
