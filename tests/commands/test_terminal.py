"""What a terminal shows, on a real pseudo-terminal, and what a pipe gets."""

import os
import pty
import re
import select
from pathlib import Path

import pytest

from gitanchor.model import escaping
from tests.repositories import BIN, Repo

WILD = "a\x1b]52;c;aGk=\x07b\x1b[31mc\u202ed\u200be\U000e0041f\x9b31mg"
SHOWN = "a\\x1b]52;c;aGk=\\x07b\\x1b[31mc\\u202ed\\u200be\\U000e0041f\\x9b31mg"
ACTING = frozenset("\x07\x1b\x9b\u200b\u202e\u2066\u2069\ufeff\U000e0041")
BRANCH = "a\u202eb\u2066c\u009bd\U000e0041é😀"


def on_terminal(repo: Repo, *command: str, **environment: str) -> str:
    """What a command shows on a terminal, with the terminal's own line ends taken out."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(repo.root)
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        os.execvpe(command[0], command, {**os.environ, "PATH": path, "TERM": "xterm", **environment})
    shown = b""
    while select.select([descriptor], [], [], 20)[0]:
        try:
            block = os.read(descriptor, 65536)
        except OSError:  # the other side is closed
            break
        if not block:
            break
        shown += block
    os.close(descriptor)
    os.waitpid(pid, 0)
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def wild(repo: Repo) -> Repo:
    return repo.once(made_wild)


def made_wild(repo: Repo) -> None:
    repo.ok("add", "X", "-c", WILD, "-n", WILD)


@pytest.mark.parametrize(
    "command",
    [
        "list",
        "show",
        "log",
        "status",
        "resume",
        "graph",
        "heads",
        "search go",
        "commits",
        "show --json",
        "show --yaml",
        "diff",
        "show nothing\x1b[31m\u202e",
        "render \x1b[31m",
        "\x1b]52;c;aGk=\x07",
        "parse file\u202e\x1b[31m",
    ],
)
def test_what_others_wrote_cannot_act_on_a_terminal(repo: Repo, command: str) -> None:
    repo.git("switch", "-q", "-c", BRANCH)
    repo.commit(f"Subject {WILD}", {f"{WILD}.txt".replace("/", ""): "x\n"}, GIT_AUTHOR_NAME=f"N{WILD}")
    repo.ok("add", "X", "-c", WILD, "-n", f"go on with {WILD}")
    (path,) = repo.files()
    name = "\\e[33m7f3a91c2\\e[0m\\u202e\\u2066"
    repo.write(path, repo.read(path).replace("name: X\n", f'name: "{name}"\n'))
    repo.commit(f"Subject {WILD}", {f"{WILD}.txt".replace("/", ""): "y\n"})
    repo.write(
        "file\u202e\x1b[31m", f"Resume from anchor: [Y]\nContext: {WILD}\n{WILD}\nNext action: n\n"
    )
    shown = on_terminal(repo, "git", "anchor", *command.split(" "))
    assert shown
    if command != "diff":  # which is git's, and shows files
        assert not set(shown) & ACTING
    coloured = on_terminal(repo, "git", "anchor", *command.split(" "), NO_COLOR="")
    assert (
        re.sub(r"\x1b\[33m(anchor )?[0-9a-f]{8,10}\x1b\[0m", r"\1", coloured).count("\x1b") == 0
        or command == "diff"
    )
    assert "\x1b[33m7f3a91c2" not in coloured


def test_the_hooks_name_no_branch_that_acts_on_a_terminal(repo: Repo) -> None:
    repo.ok("init")
    repo.git("config", "anchor.remind.commits", "1")
    repo.git("switch", "-q", "-c", BRANCH)
    repo.ok("add", "X", "-c", "x")
    said = repo.commit("Work", {"a": "a\n"}).err
    said += repo.commit("Work", {"a": "b\n"}).err
    repo.git("switch", "-q", "main")
    said += repo.run("git", "switch", "-q", BRANCH).err
    assert "on a?b?c?d?é😀." in said
    assert "on a?b?c?d?é😀 is X (" in said
    assert not set(said) & ACTING


@pytest.mark.parametrize(
    "command", ["show", "resume", "log", "status", "web", "template show resume.md.j2"]
)
def test_nothing_acts_on_a_terminal(wild: Repo, command: str) -> None:
    if command.startswith("template"):
        wild.write(".anchors/templates/resume.md.j2", WILD)
    shown = on_terminal(wild, "git", "anchor", *command.split())
    assert SHOWN in shown
    assert not set(shown) & set("\x1b\x07\u202e\u200b\x9b")


def test_a_pipe_gets_what_was_written(wild: Repo) -> None:
    assert WILD in wild.run("git", "anchor", "resume", check=True).out
    assert WILD in wild.read("GPT_Anchors_Log.md") or "\\u001b" in wild.read("GPT_Anchors_Log.md")


def test_ids_are_yellow_unless_colours_are_unwanted(wild: Repo) -> None:
    anchor_id = wild.json("list")[0]["id"]
    coloured = on_terminal(wild, "git", "anchor", "list", NO_COLOR="")
    assert coloured.startswith(f"\x1b[33m{anchor_id}\x1b[0m 2026-03-01 12:00 main@")
    assert on_terminal(wild, "git", "anchor", "list").startswith(f"{anchor_id} 2026-03-01")


def test_messages_cannot_act_on_a_terminal_either(repo: Repo) -> None:
    shown = on_terminal(repo, "git", "anchor", "show", "\x1b[31mred")
    assert shown == "error: no anchor matches '\\x1b[31mred'; see 'git anchor list'\n"


def test_long_output_goes_through_gits_pager(wild: Repo, sealed: Path) -> None:
    pager = wild.write(".git/pager", '#!/bin/sh\necho "PAGER $LESS"\ncat\n')
    pager.chmod(0o755)
    wild.git("config", "core.pager", str(pager))
    assert on_terminal(wild, "git", "anchor", "log").startswith("PAGER FRX\nanchor ")
    assert "PAGER" not in wild.run("git", "anchor", "log", check=True).out


def test_a_person_is_asked_on_a_terminal(repo: Repo) -> None:
    repo.write("GPT_Anchors_Log.md", "Resume from anchor: [A]\nContext: a\nNext action: b\n")
    shown = on_terminal(repo, "sh", "-c", "printf 'y\\n' >/dev/null; git anchor init </dev/null")
    assert "hint: GPT_Anchors_Log.md was kept by hand and holds 1 anchor" in shown


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("é 日本 👩‍💻 ✅️", "é 日本 👩‍💻 ✅️"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\r", "\\x0d"),
        ("\x7f", "\\x7f"),
        ("\u2028", "\\u2028"),
        ("\udcff", "\\udcff"),
        ("\x1b[33m7f3a91c2\x1b[0m", "\\x1b[33m7f3a91c2\\x1b[0m"),
        (
            "\x1b]8;;https://x.example\x1b\\\\here\x1b]8;;\x07",
            "\\x1b]8;;https://x.example\\x1b\\\\here\\x1b]8;;\\x07",
        ),
        ("\u2066a\u2067b\u2068c\u2069", "\\u2066a\\u2067b\\u2068c\\u2069"),
        ("a\U000e0001\U000e0061\U000e007f", "a\\U000e0001\\U000e0061\\U000e007f"),
        ("😀\ufe0f\ufe01\U000e0100", "😀\ufe0f\\ufe01\\U000e0100"),
        ("a\ufe0fb\U000e0101", "a\\ufe0fb\\U000e0101"),
        ("葛\U000e0100 ≨\ufe00 1\ufe0f⃣", "葛\U000e0100 ≨\ufe00 1\ufe0f⃣"),
        ("pay\u200dpal \u200d", "pay\\u200dpal \\u200d"),
        ("क्\u200dष ❤️\u200d🔥", "क्\u200dष ❤️\u200d🔥"),
        (
            "\u00ad\u034f\u115f\u2060\u3164\ufeff\uffa0\u2800",
            "\\xad\\u034f\\u115f\\u2060\\u3164\\ufeff\\uffa0\\u2800",
        ),
    ],
)
def test_escaping(text: str, shown: str) -> None:
    assert escaping.escaped(text) == shown


@pytest.mark.unit
def test_one_line() -> None:
    assert escaping.one_line("fatal: a\n  b\n\n") == "fatal: a b"
