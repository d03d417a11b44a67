"""Installing hooks beside what is there: `git anchor init`, then real commits."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from gitanchor import hooks
from tests.repositories import Repo, Result, make_repository

SOURCE: Final = (Path(__file__).parents[1] / "hooks" / "post-commit").read_bytes()
START: Final = b"# >>> git anchor post-commit >>>\n"
END: Final = b"# <<< git anchor post-commit <<<\n"
LINE: Final = 'sh "$(git rev-parse --git-common-dir)/gitanchor/hooks/post-commit"'
HINT: Final = (
    "hint: 1 commit made here on main, and no anchor yet.\n"
    'hint: Use "git anchor add" to tell the next chat where you are.\n'
)
SHEBANG, BODY = SOURCE.split(b"\n", 1)
GUEST: Final = START + b"(\n" + BODY + b") || :\n" + END


@pytest.fixture
def chatty(repo: Repo) -> Repo:
    """A repository in which the hook, once installed, reminds at every commit."""
    repo.git("config", "anchor.remind.commits", "1")
    return repo


def hook(repo: Repo) -> Path:
    return repo.root / ".git/hooks/post-commit"


def put(repo: Repo, content: bytes) -> Path:
    """Put somebody else's hook in place."""
    target = hook(repo)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(content)
    target.chmod(0o755)
    return target


def init(repo: Repo) -> str:
    """Run `git anchor init`, which has to succeed; what it says of the hook."""
    said = [line for line in repo.ok("init").splitlines() if "post-commit" in line]
    assert len(said) == 1
    return said[0].strip()


def commit(repo: Repo) -> Result:
    """Make a commit and show what its hooks printed."""
    return repo.run("git", "commit", "-q", "--allow-empty", "-m", "x", check=True)


def test_fresh(chatty: Repo) -> None:
    assert init(chatty) == "post-commit hook installed"
    assert hook(chatty).read_bytes() == SHEBANG + b"\n" + START + BODY + END
    assert os.access(hook(chatty), os.X_OK)
    assert commit(chatty).err == HINT


def test_without_a_hooks_folder(chatty: Repo) -> None:
    for file in hook(chatty).parent.glob("*"):
        file.unlink()
    hook(chatty).parent.rmdir()
    assert init(chatty) == "post-commit hook installed"
    assert commit(chatty).err == HINT


def test_no_hooks_installs_none(chatty: Repo) -> None:
    assert "post-commit" not in chatty.ok("init", "--no-hooks")
    assert not hook(chatty).exists()
    assert not (chatty.root / ".git/gitanchor/hooks").exists()
    assert commit(chatty).err == ""
    assert init(chatty) == "post-commit hook installed"


def test_from_a_linked_worktree(chatty: Repo) -> None:
    chatty.git("worktree", "add", "-q", "../linked", "-b", "linked")
    linked = Repo(chatty.root.parent / "linked")
    assert init(linked) == "post-commit hook installed"
    assert commit(chatty).err == HINT
    assert commit(linked).err == HINT.replace("main", "linked")


THEIRS: Final = {
    "plain": b"#!/bin/sh\necho theirs >&2\n",
    "exit at the end": b"#!/bin/sh\necho theirs >&2\nexit 0\n",
    "exit with an error": b"#!/bin/sh\necho theirs >&2\nexit 7\n",
    "strict": b"#!/bin/sh\nset -eu\necho theirs >&2\n",
    "strict by option": b"#!/bin/sh -eu\necho theirs >&2\n",
    "bash": b"#!/usr/bin/env bash\nset -euo pipefail; shopt -s nullglob\necho theirs >&2\n",
    "not UTF-8": b"#!/bin/sh\n# caf\xe9 \xff\xfe\necho theirs >&2 # \x80\n",
    "no final line break": b"#! /bin/sh\necho theirs >&2",
    "line ends of two kinds": b"#!/bin/sh\n# one\r\necho theirs >&2\n\n\n",
    "a here-document": b"#!/bin/sh\ncat >&2 <<END\ntheirs\nEND\n",
    "names of its own": b"#!/bin/sh\nset -- a; gitanchor_id=x; IFS=,; cd /\necho theirs >&2\n",
}


@pytest.mark.parametrize("theirs", THEIRS.values(), ids=THEIRS)
def test_beside_a_shell_script(chatty: Repo, theirs: bytes) -> None:
    put(chatty, theirs).chmod(0o750)
    assert commit(chatty).err == "theirs\n"
    assert init(chatty) == "post-commit hook installed"
    first, rest = theirs.split(b"\n", 1)
    assert hook(chatty).read_bytes() == first + b"\n" + GUEST + rest
    assert hook(chatty).stat().st_mode & 0o777 == 0o751
    assert commit(chatty).err == HINT + "theirs\n"


@pytest.mark.parametrize("theirs", [None, *THEIRS.values()], ids=["none", *THEIRS])
def test_twice_equals_once(chatty: Repo, theirs: bytes | None) -> None:
    if theirs is not None:
        put(chatty, theirs)
    init(chatty)
    once = hook(chatty).read_bytes()
    assert init(chatty) == "post-commit hook already installed"
    assert hook(chatty).read_bytes() == once


def test_a_script_of_one_line_without_line_break(chatty: Repo) -> None:
    put(chatty, b"#!/bin/sh")
    init(chatty)
    assert hook(chatty).read_bytes() == b"#!/bin/sh\n" + GUEST
    assert commit(chatty).err == HINT


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            SHEBANG + b"\n" + START + b"echo older >&2\n" + END,
            SHEBANG + b"\n" + START + BODY + END,
        ),
        (
            SHEBANG + b"\n" + START + b"echo older >&2\n" + END + b"echo theirs >&2\n",
            SHEBANG + b"\n" + START + BODY + END + b"echo theirs >&2\n",
        ),
        (
            b"#!/bin/sh\n" + START + b"(\necho older >&2\n) || :\n" + END + b"echo theirs >&2\n",
            b"#!/bin/sh\n" + GUEST + b"echo theirs >&2\n",
        ),
        (
            b"#!/bin/sh\n# \xff\n" + START + b"(\nexit 1\n) || :\n" + END + b"\necho theirs >&2",
            b"#!/bin/sh\n# \xff\n" + GUEST + b"\necho theirs >&2",
        ),
    ],
)
def test_an_older_block_is_updated_in_place(chatty: Repo, before: bytes, after: bytes) -> None:
    put(chatty, before)
    assert init(chatty) == "post-commit hook updated"
    assert hook(chatty).read_bytes() == after
    assert commit(chatty).err == HINT + ("theirs\n" if b"theirs" in before else "")
    assert init(chatty) == "post-commit hook already installed"


# What we leave alone -------------------------------------------------------------------------


def refused(repo: Repo, reason: str) -> None:
    """Run `git anchor init`, which has to say why, and to do everything else."""
    result = repo.anchor("init")
    assert result.status == 1
    told = [line for line in result.err.splitlines() if line.startswith("error: post-commit")]
    assert told == [f"error: post-commit hook not installed: {reason}: {LINE}"]
    assert "\n  post-commit hook not installed\n" in result.out
    assert (repo.root / ".anchors/config.yaml").exists()


def python_hook(repo: Repo) -> tuple[Path, str]:
    target = put(repo, b"#!/usr/bin/env python3\nprint('theirs')\n")
    return target, f"'{target}' is no shell script; have it run"


def symbolic_link(repo: Repo) -> tuple[Path, str]:
    elsewhere = repo.root.parent / "elsewhere"
    elsewhere.write_bytes(b"#!/bin/sh\necho theirs >&2\n")
    elsewhere.chmod(0o755)
    hook(repo).parent.mkdir(exist_ok=True)
    hook(repo).symlink_to(elsewhere)
    return elsewhere, f"'{hook(repo)}' is a symbolic link; have it run"


def not_executable(repo: Repo) -> tuple[Path, str]:
    target = put(repo, b"#!/bin/sh\necho theirs >&2\n")
    target.chmod(0o644)
    return target, f"'{target}' is not executable ('chmod +x' makes it so); have it run"


def line_ends(repo: Repo) -> tuple[Path, str]:
    target = put(repo, b"#!/bin/sh\r\necho theirs >&2\r\n")
    return target, f"'{target}' has Windows line ends (CRLF, make them LF); have it run"


def elsewhere(repo: Repo) -> tuple[Path, str]:
    repo.git("config", "core.hooksPath", ".husky")
    target = repo.write(".husky/post-commit", b"#!/bin/sh\necho theirs >&2\n")
    target.chmod(0o755)
    return target, f"core.hooksPath is '{target.parent}'; add to post-commit there"


def linked_folder(repo: Repo) -> tuple[Path, str]:
    hooks_folder = hook(repo).parent
    team = repo.root.parent / "team"
    hooks_folder.rename(team) if hooks_folder.exists() else team.mkdir()
    hooks_folder.symlink_to(team)
    target = team / "post-commit"
    target.write_bytes(b"#!/bin/sh\necho theirs >&2\n")
    target.chmod(0o755)
    return target, f"'{hooks_folder}' is a symbolic link to '{team}'; add to post-commit there"


@pytest.mark.parametrize(
    "foreign",
    [python_hook, symbolic_link, not_executable, line_ends, elsewhere, linked_folder],
)
def test_left_alone_with_a_line_that_works(
    chatty: Repo, foreign: Callable[[Repo], tuple[Path, str]]
) -> None:
    target, reason = foreign(chatty)
    before = target.read_bytes()
    mode = target.stat().st_mode
    refused(chatty, reason)
    assert target.read_bytes() == before
    assert target.stat().st_mode == mode
    assert list(target.parent.glob("*.tmp")) == []

    line = f"import os; os.system({LINE!r})" if foreign is python_hook else LINE
    text = before.decode().replace("\r\n", "\n").removesuffix("\n")
    target.write_text(f"{text}\n{line}\n", newline="")
    target.chmod(0o755)
    result = commit(chatty)
    assert (result.out + result.err).splitlines(keepends=True) == [
        "theirs\n",
        *HINT.splitlines(keepends=True),
    ]
    chatty.git("worktree", "add", "-q", "../linked", "-b", "linked")
    if foreign is not elsewhere:
        linked = commit(Repo(chatty.root.parent / "linked"))
        assert linked.err.endswith(HINT.replace("main", "linked"))


def test_a_dangling_link(chatty: Repo) -> None:
    hook(chatty).parent.mkdir(exist_ok=True)
    hook(chatty).symlink_to("/nowhere")
    refused(chatty, f"'{hook(chatty)}' is a symbolic link; have it run")
    assert str(hook(chatty).readlink()) == "/nowhere"


def test_a_folder_in_its_place(chatty: Repo) -> None:
    hook(chatty).mkdir(parents=True)
    refused(chatty, f"'{hook(chatty)}' cannot be read: Is a directory; have it run")


def test_an_empty_file(chatty: Repo) -> None:
    target = put(chatty, b"")
    refused(chatty, f"'{target}' is no shell script; have it run")


def test_hooks_path_that_is_the_usual_one(chatty: Repo) -> None:
    chatty.git("config", "core.hooksPath", ".git/hooks")
    assert init(chatty) == "post-commit hook installed"
    assert commit(chatty).err == HINT


@pytest.mark.parametrize(
    ("first", "shell"),
    [
        ("#!/bin/sh", True),
        ("#! /bin/bash -e", True),
        ("#!/usr/bin/env -S bash -e", True),
        ("#!/usr/bin/env zsh", True),
        ("#!/bin/ksh", True),
        ("#!C:/Program Files/Git/usr/bin/sh.exe", False),
        ("#!/bin/csh", False),
        ("#!/usr/bin/fish", False),
        ("#!/usr/bin/env python3", False),
        ("#!/usr/bin/perl # sh", False),
        ("echo", False),
    ],
)
def test_which_scripts_are_extended(repo: Repo, first: str, shell: bool) -> None:
    put(repo, f"{first}\n:\n".encode())
    assert repo.anchor("init").status == (0 if shell else 1)
    assert (START in hook(repo).read_bytes()) == shell


# Where the hooks come from -------------------------------------------------------------------


def test_the_copy_in_the_state_follows(chatty: Repo) -> None:
    init(chatty)
    copy = chatty.root / ".git/gitanchor/hooks/post-commit"
    assert copy.read_bytes() == SOURCE
    copy.write_bytes(b"older")
    init(chatty)
    assert copy.read_bytes() == SOURCE
    assert os.access(copy, os.X_OK)


def test_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "gitanchor"
    (package / "hooks_source").mkdir(parents=True)
    for name, said in (("post-commit", "echo packaged >&2"), ("pre-commit", ":"), ("post-rewrite", ":")):
        (package / "hooks_source" / name).write_bytes(f"#!/bin/sh\n{said}\n".encode())
    monkeypatch.setattr(hooks, "__file__", str(package / "hooks.py"))
    repo = make_repository(tmp_path / "repo")
    init(repo)
    assert commit(repo).err == "packaged\n"
