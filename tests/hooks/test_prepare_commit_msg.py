"""The prepare-commit-msg hook: off by default; once on, real commits carry the anchor's id."""

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.hooks.test_post_commit import SHELLS, run_with
from tests.repositories import Repo, git_version
from tests.variants import shells

pytestmark = pytest.mark.traced

HOOK: Final = ".git/hooks/prepare-commit-msg"
COMMIT: Final = ("commit", "-q", "--allow-empty")


def message(repo: Repo, *arguments: str, **environment: str) -> str:
    """Run a git command, which has to succeed; the message of HEAD then."""
    repo.run("git", *arguments, check=True, **environment)
    return repo.git("log", "-1", "--format=%B").removesuffix("\n")


def add(repo: Repo, name: str) -> str:
    repo.ok("add", name, "-n", "go on", "--commit")
    found: str = repo.json("list")[0]["id"]
    return found


@pytest.fixture
def off(repo: Repo) -> Repo:
    """A repository with the hooks, and all committed."""
    return repo.once(made_off)


def made_off(repo: Repo) -> None:
    repo.ok("init")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")


@pytest.fixture
def ready(off: Repo) -> Repo:
    """The same with an anchor, and the trailer switched on."""
    return off.once(made_ready)


def made_ready(off: Repo) -> None:
    add(off, "Start")
    off.git("config", "anchor.trailer", "true")


def trailer(repo: Repo) -> str:
    """The trailer of the newest anchor here."""
    return f"Anchor: {repo.json('list')[0]['id']}"


@pytest.mark.parametrize("words", shells({**SHELLS, "zsh": ("zsh",)}))
def test_on_and_off_in_every_shell(off: Repo, words: tuple[str, ...]) -> None:
    run_with(words, off.root / HOOK)
    line = f"Anchor: {add(off, 'Start')}"
    assert message(off, *COMMIT, "-m", "One") == "One"
    off.git("config", "anchor.trailer", "true")
    assert message(off, *COMMIT, "-m", "Two") == f"Two\n\n{line}"
    assert message(off, *COMMIT, "-m", "Three", "-m", "Text.") == f"Three\n\nText.\n\n{line}"
    off.git("config", "anchor.trailer", "no")
    assert message(off, *COMMIT, "-m", "Four") == "Four"
    off.git("config", "--global", "anchor.trailer", "true")
    off.git("config", "--unset", "anchor.trailer")
    assert message(off, *COMMIT, "-m", "Five") == f"Five\n\n{line}"


def test_for_one_command(off: Repo) -> None:
    line = f"Anchor: {add(off, 'Start')}"
    assert message(off, "-c", "anchor.trailer=true", *COMMIT, "-m", "x") == f"x\n\n{line}"
    assert message(off, *COMMIT, "-m", "x") == "x"


def test_for_one_command_by_variables(off: Repo) -> None:
    if git_version() < (2, 31):
        pytest.skip("git before 2.31 takes no settings from GIT_CONFIG_COUNT")
    line = f"Anchor: {add(off, 'Start')}"
    keys = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "anchor.trailer", "GIT_CONFIG_VALUE_0": "1"}
    assert message(off, *COMMIT, "-m", "x", **keys) == f"x\n\n{line}"
    assert message(off, *COMMIT, "-m", "x") == "x"


def test_a_setting_in_an_included_file_is_seen_by_git_anchor(off: Repo, sealed: Path) -> None:
    off.git("config", "--global", "include.path", str(sealed / "more"))
    line = f"Anchor: {add(off, 'Start')}"
    assert message(off, *COMMIT, "-m", "x") == "x"
    (sealed / "more").write_text("[anchor]\ntrailer\n")
    off.ok("render")
    assert message(off, *COMMIT, "-m", "x") == f"x\n\n{line}"


def test_among_other_trailers(ready: Repo) -> None:
    signed = "Signed-off-by: A U Thor <author@example.com>"
    assert message(ready, *COMMIT, "-s", "-m", "x") == f"x\n\n{signed}\n{trailer(ready)}"


def test_in_the_editor(ready: Repo) -> None:
    ready.write("seen.sh", 'cp "$1" seen; printf "Subject\\n" >new; cat "$1" >>new; mv new "$1"')
    assert message(ready, *COMMIT, GIT_EDITOR="sh seen.sh") == f"Subject\n\n{trailer(ready)}"
    assert trailer(ready) in ready.read("seen")
    ready.write("template", "Template\n\n# a comment\n")
    written = message(ready, *COMMIT, "-v", "-t", "template", GIT_EDITOR="sh seen.sh")
    assert written == f"Subject\nTemplate\n\n{trailer(ready)}"


def test_the_anchor_that_was_resumed_wins(ready: Repo) -> None:
    first = trailer(ready)
    ready.git("switch", "-qc", "side")
    ready.ok("add", "Side", "-n", "x", "--commit")
    assert message(ready, *COMMIT, "-m", "x") == f"x\n\n{trailer(ready)}"
    ready.ok("resume", "Start")
    assert message(ready, *COMMIT, "-m", "x") == f"x\n\n{first}"


def test_without_an_anchor(off: Repo) -> None:
    off.git("config", "anchor.trailer", "true")
    assert message(off, *COMMIT, "-m", "x") == "x"
    off.git("checkout", "-q", "--detach")
    assert message(off, *COMMIT, "-m", "x") == "x"


def test_amending_keeps_the_one_it_has(ready: Repo) -> None:
    old = "Old\n\nAnchor: 0a0b0c0d"
    assert message(ready, *COMMIT, "-m", old) == old
    assert message(ready, *COMMIT, "--amend", "--no-edit") == old
    assert message(ready, *COMMIT, "--amend", "-m", "Old") == f"Old\n\n{trailer(ready)}"
    assert message(ready, *COMMIT, "--amend", "--no-edit") == f"Old\n\n{trailer(ready)}"
    assert message(ready, *COMMIT, "-C", "HEAD") == f"Old\n\n{trailer(ready)}"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("merge", "-q", "--no-ff", "--no-edit", "side"), "Merge branch 'side'"),
        (("cherry-pick", "side"), "Side"),
        (("revert", "--no-edit", "HEAD"), "Revert"),
        (("rebase", "-q", "side"), "Main"),
        (("rebase", "-q", "--apply", "side"), "Main"),
    ],
)
def test_silent_in(ready: Repo, command: tuple[str, ...], expected: str) -> None:
    ready.git("config", "anchor.trailer", "false")
    ready.git("switch", "-qc", "side")
    ready.commit("Side", {"side": "side\n"})
    ready.git("switch", "-q", "main")
    ready.commit("Main", {"main": "main\n"})
    ready.git("config", "anchor.trailer", "true")
    written = message(ready, *command)
    assert written.startswith(expected)
    if command[0] != "revert":
        assert "Anchor:" not in written


def test_not_for_squashes_and_fixups(ready: Repo) -> None:
    ready.git("switch", "-qc", "side")
    ready.commit("Side", {"side": "side\n"})
    ready.git("switch", "-q", "main")
    ready.git("merge", "-q", "--squash", "side")
    written = message(ready, "commit", "-q", "--no-edit")
    assert written.startswith("Squashed commit of the following:")
    assert not written.endswith(trailer(ready)) or written.count(trailer(ready)) == 1
    ready.write("main", "x")
    ready.git("add", "main")
    assert (
        message(ready, "commit", "-q", "--fixup", "HEAD") == "fixup! Squashed commit of the following:"
    )


def test_an_interactive_rebase_leaves_messages_alone(ready: Repo) -> None:
    ready.git("config", "anchor.trailer", "false")
    for number in range(4):
        ready.commit(f"Main {number}", {f"{number}": "x"})
    ready.git("config", "anchor.trailer", "true")
    editors = {"GIT_SEQUENCE_EDITOR": "sed -i '1s/pick/reword/; 3s/pick/squash/'", "GIT_EDITOR": ":"}
    ready.run("git", "rebase", "-q", "-i", "HEAD~4", check=True, **editors)
    assert "Anchor:" not in ready.git("log", "-3", "--format=%B")


def test_linked_worktree(ready: Repo, tmp_path: Path) -> None:
    ready.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    assert message(linked, *COMMIT, "-m", "x") == "x"
    linked.ok("resume", "Start")
    assert message(linked, *COMMIT, "-m", "x") == f"x\n\n{trailer(ready)}"


@pytest.mark.parametrize("file", ["trailer", "heads/main~", "."])
def test_garbage_and_missing_state(ready: Repo, file: str) -> None:
    line = trailer(ready)
    target = ready.root / ".git/gitanchor" / file
    if file == ".":
        shutil.rmtree(target)
        assert message(ready, *COMMIT, "-m", "x") == "x"
        return
    for garbage in (b"", b"\xff\x00\n", b"--in-place $(touch hacked)\n"):
        target.write_bytes(garbage)
        assert message(ready, *COMMIT, "-m", "x") in {"x", f"x\n\n{line}"}
    target.unlink()
    target.mkdir()
    assert message(ready, *COMMIT, "-m", "x") in {"x", f"x\n\n{line}"}
    assert not list(ready.root.rglob("hacked"))


def test_off_it_starts_no_process(off: Repo, tmp_path: Path) -> None:
    add(off, "Start")
    programs = tmp_path / "programs"
    programs.mkdir()
    calls = tmp_path / "calls"
    for name in ("git", "cat", "sed", "python3"):
        (programs / name).write_text(
            f'#!/bin/sh\necho "{name} $1" >>"{calls}"\nexec {shutil.which(name)} "$@"\n'
        )
        (programs / name).chmod(0o755)
    for file in (off.root / ".git/config", Path(os.environ["HOME"]) / ".gitconfig"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    shell = shutil.which("sh")
    assert shell is not None
    off.write("message", "x\n")
    (off.root / ".git/gitanchor/trailer").unlink()
    for expected in ("git config\n", "", ""):
        calls.write_text("")
        done = off.run(shell, HOOK, "message", "message", PATH=str(programs))
        assert (done.status, done.out, done.err) == (0, "", "")
        assert calls.read_text() == expected
    assert off.read("message") == "x\n"
