"""What is said of each wrong usage of each command: a transcript, which is read and kept whole.

`python -m tests.commands.test_transcript` writes it anew. Read what changed in it: each message has to say what
is wrong, where, and what to do.
"""

import dataclasses
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from gitanchor.cli.main import COMMANDS
from gitanchor.model.anchor import Anchor
from gitanchor.storage.store import Store
from tests.repositories import BIN

TRANSCRIPT = Path(__file__).parents[1].joinpath("wrong_usages.txt")

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1)))

ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2026-03-01T12:00:00+01:00",
    "GIT_COMMITTER_DATE": "2026-03-01T12:00:00+01:00",
    "GIT_EDITOR": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
    "TZ": "Europe/Berlin",
    "NO_COLOR": "1",
    "COLUMNS": "100",
    "PYTHONDONTWRITEBYTECODE": "1",
}
CONFIG = "[user]\n\tname = A U Thor\n\temail = author@example.com\n[init]\n\tdefaultBranch = main\n"

READY = """\
git init -q . && git anchor init >init.out 2>&1 && rm init.out && git add -A && git commit -qm Start
git branch other
"""
"""What comes before the anchors of a repository that is ready for wrong usages."""

NEEDY = ("edit", "done", "rm", "undo", "diff", "commits", "check", "resume", "show", "status", "sync")
"""Commands that need an anchor, or something else that is not everywhere."""

ANCHORS = "With the anchors Oven_02 and Oven_01 of main and Trial of trial"

SITUATIONS: dict[str, tuple[str, Sequence[str]]] = {
    f"{ANCHORS}: options": (
        READY,
        (
            "git anchor nope",
            "git anchor --nope",
            *(f"git anchor {name} --nope" for name in COMMANDS if name != "diff"),
            "git anchor hooks nope",
            "git anchor template nope",
            "git anchor show one two",
            "git anchor list one",
        ),
    ),
    f"{ANCHORS}: what is named": (
        READY,
        (
            *(f"git anchor {name} nope" for name in ("show", "edit", "done", "rm", "diff", "commits")),
            *(
                f"git anchor {name} nope"
                for name in ("check", "resume", "sync", "recover", "scan", "parse")
            ),
            "git anchor show ''",
            "git anchor show Oven",
            "git anchor show 'nobranch@'",
            "git anchor show 'nobranch@{3}'",
            "git anchor show 'other@'",
            "git anchor show '@{9}'",
            "git anchor show 'trial@{9}'",
            "git anchor show '@{nine}'",
            "git anchor show --json --yaml",
            "git anchor resume 'nobranch@'",
            "git anchor list --branch nope",
            "git anchor list --branch nope --all --json",
            "git anchor list --branch ''",
            "git anchor list -n -1",
            "git anchor list -n many",
            "git anchor list -n",
            "git anchor log -n -1",
            "git anchor graph -n x",
            "git anchor graph --json --dot",
            "git anchor search",
            "git anchor search ''",
            "git anchor search oven ''",
            "git anchor search nosuchword",
            "git anchor request ''",
            "git anchor request '[ANCHOR_NAME]'",
            "git anchor request 'a\nb'",
            "git anchor web -o nodir/x.html",
            "git anchor web -o .anchors",
            "git anchor web --branch nope",
            "git anchor web -n x",
            "git anchor check --save nodir/x.json",
            "git anchor check --compare nope.json",
            "git anchor check --compare README",
            "git anchor check --venv nope",
            "git anchor diff Oven_01 --stat --nope 2>&1 | tail -n 1",
            "git anchor diff Oven_01 -- ':(nope)x'",
            "git anchor diff Oven_01 nope",
            "git anchor template show nope",
            "git anchor template show",
            "git anchor template trust nope",
            "git anchor template trust log.html.j2",
            "git anchor hooks run",
            "git anchor hooks run nope",
            "git anchor hooks run prepare-commit-msg",
        ),
    ),
    f"{ANCHORS}: adding and changing": (
        READY,
        (
            "git anchor add ''",
            "git anchor add '' -n go",
            "git anchor add Name",
            "git anchor add one two -n go",
            "git anchor add Name -n ''",
            "git anchor add Name -n go -F x",
            "git anchor add Name --paste -F x",
            "git anchor add Name -F nope.md",
            "git anchor add Name -F .anchors",
            "git anchor add '[ANCHOR_NAME]' -n go",
            "git anchor add \"$(printf 'a\\nb')\" -n go",
            "git anchor add Name -n go --parent nope",
            "git anchor add Name -n go --parent ''",
            "git anchor add Name -n go --done-when x",
            "git anchor add Name -n go --done-when nope:x",
            "git anchor add Name -n go --done-when file:",
            "git anchor add Name -n go --done-when anchor:nope",
            "git anchor add Name -n go --done-when merged:",
            "printf '' | git anchor add -F -",
            "echo 'Hello there.' | git anchor add -F -",
            "echo 'Context: half' | git anchor add -F -",
            "printf 'Resume from anchor: [A]\\nContext: c\\nNext action: n\\n' | git anchor add -F -",
            "printf 'Resume from anchor: [ANCHOR_NAME]\\nContext:\\nNext action:\\n' | git anchor add -F - -y",
            "printf 'a\\0b' | git anchor add -F -",
            "printf '\\377\\376\\375' | git anchor add -F -",
            "git anchor graph --json | git anchor add -F - -y",
            "git anchor show | git anchor add -F - -y",
            "printf 'Context: a\\nNext action: b\\n' | git anchor add 'a\nb' -F - -y",
            "git anchor edit",
            "git anchor edit nope -n x",
            "git anchor edit Oven_02 -c '' -n '' -m ''",
            "git anchor done trial -m ''",
            "git anchor undo; git anchor undo; git anchor undo",
            "git anchor recover 1999",
            "git anchor recover ''",
            "git anchor recover --all 1999",
            "git anchor import",
            "git anchor import nope.md",
            "git anchor import .anchors",
            "git anchor import README --history x",
            "git anchor import --history nope.md",
            "git anchor import --history ../x.md",
            "git anchor import --chats nope.zip",
            "git anchor import --chats README",
            "git anchor import README --branch 'a b'",
            "git anchor import README --timezone Nowhere/Land",
            "git anchor import README",
            "git anchor absorb --ours --theirs",
            "git anchor init --log ../x.md",
            "git anchor init --log x.txt",
            "git anchor init --log .git/x.md",
            "git anchor init --log other.md",
            "git anchor sync nope",
            "git anchor sync",
            "git anchor resolve",
            "git anchor scan nope",
            "git anchor scan .anchors",
        ),
    ),
    "In a repository without an anchor": (
        "git init -q . && echo x >README && git add -A && git commit -qm Start",
        (*(f"git anchor {name}" for name in (*NEEDY, "absorb", "parse -")), "git anchor resume --all"),
    ),
    "In a repository without a commit": (
        "git init -q .",
        tuple(f"git anchor {name}" for name in ("resume", "show", "status", "diff", "commits", "heads")),
    ),
    "Outside of a repository": (
        "true",
        tuple(f"git anchor {name}" for name in ("add", "list", "init", "import x.md", "request")),
    ),
    "In a bare repository": ("git init -q --bare .", ("git anchor list", "git anchor add A -n go")),
    "In a repository with a bad anchor file": (
        f"{READY}mkdir -p .anchors/2026/03\n"
        "printf 'schema: 1\\nid: 12345678\\n' >.anchors/2026/03/20260301T1200-a-12345678.yaml\n",
        (
            *("git anchor list", "git anchor show", "git anchor resume", "git anchor status"),
            *("git anchor render", "git anchor search x", "git anchor graph"),
            *("git anchor web -o x.html", "git anchor doctor", "git anchor absorb"),
        ),
    ),
    **{
        f"With the settings {text!r}": (
            f"{READY}printf '{text}' >.anchors/config.yaml",
            ("git anchor render",),
        )
        for text in (
            r"log:\n  pth: x.md\n",
            r"lgo: x\n",
            r"other: 1\n",
            r"log: x.md\n",
            r"log:\n  path: ../x.md\n",
            r"log:\n  path: [a]\n",
            r"log:\n  mode: nope\n",
            r"log:\n  archive: .git\n",
            r"remind:\n  hours: many\n",
            r"parse:\n  day_first: yes\n",
            r"labels:\n  Where: nope\n",
            r"log: {\n",
        )
    },
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_message_is_as_it_was_read(name: str) -> None:
    kept = re.split(r"^(?=# )", TRANSCRIPT.read_text("utf-8"), flags=re.MULTILINE)
    assert situation(name) in kept


@pytest.mark.unit
def test_the_transcript_has_these_situations_and_no_other() -> None:
    titles = re.findall(r"^# (.*)$", TRANSCRIPT.read_text("utf-8"), re.MULTILINE)
    assert titles == [*SITUATIONS]


@pytest.mark.unit
def test_each_command_has_a_wrong_usage() -> None:
    text = TRANSCRIPT.read_text("utf-8")
    assert [name for name in COMMANDS if f"$ git anchor {name} --nope\n" not in text] == ["diff"]


@pytest.mark.unit
def test_no_message_is_a_traceback_or_longer_than_it_has_to_be() -> None:
    text = TRANSCRIPT.read_text("utf-8")
    assert "Traceback" not in text
    assert all(line.startswith(("$ ", "#")) or len(line) < 260 for line in text.splitlines())


def transcript() -> str:
    """All wrong usages and what is said of them, each situation in a folder of its own."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return "".join(pool.map(situation, SITUATIONS))


def situation(name: str) -> str:
    """The wrong usages of one situation and what is said of them."""
    before, usages = SITUATIONS[name]
    with tempfile.TemporaryDirectory() as made:
        top = Path(made).resolve()
        folder, home = top / "station", top / "home"
        folder.mkdir()
        home.mkdir()
        (home / ".gitconfig").write_text(CONFIG)
        _run(before, folder, home)
        if name.startswith(ANCHORS):
            _keep_anchors(folder, top)
        return "".join([f"# {name}\n\n", *_said(usages, folder, home)])


def _keep_anchors(folder: Path, top: Path) -> None:
    (folder / "README").write_text("Hello.\n")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, check=True)
    commit = head.stdout.decode().strip()
    store = Store(folder, top)
    for number, (name, branch) in enumerate(
        (("Oven_01", "main"), ("Trial", "trial"), ("Oven_02", "main")), 1
    ):
        created = NOON + timedelta(minutes=number)
        anchor = Anchor(str(number) * 8, name, created, "A U Thor <author@example.com>", branch, commit)
        store.add(dataclasses.replace(anchor, context=f"About {name}.", next_action="Go on."))


def _said(usages: Sequence[str], folder: Path, home: Path) -> Iterator[str]:
    for usage in usages:
        status, said = _run(usage, folder, home)
        for found, shown in (
            (re.escape(str(folder.parent)), ""),
            (r"\d{8}T\d{6}\.\d{6}Z", "MOMENT"),
            (r"ANCHOR_EDITMSG\.\w+\.md", "ANCHOR_EDITMSG.md"),
        ):
            said = re.sub(found, shown, said)
        yield f"$ {usage}\n{said}{'' if said.endswith(chr(10)) or not said else chr(10)}[{status}]\n\n"


def _run(script: str, folder: Path, home: Path) -> tuple[int, str]:
    kept = {key: value for key, value in os.environ.items() if key in {"LANG", "SYSTEMROOT", "TMPDIR"}}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**kept, **ENVIRONMENT, "PATH": path, "HOME": str(home)},
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "backslashreplace")


if __name__ == "__main__":
    TRANSCRIPT.write_text(transcript(), "utf-8")
    sys.exit(0)
