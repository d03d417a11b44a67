"""Installing hooks beside what is there, and `git anchor hooks`: then real commits."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from gitanchor.hooks import installer
from tests.repositories import BIN, Repo, Result, git_version, make_repository
from tests.variants import first

pytestmark = pytest.mark.traced

SOURCE: Final = (Path(__file__).parents[2] / "hooks" / "post-commit").read_bytes()
START: Final = b"# >>> git anchor post-commit >>>\n"
END: Final = b"# <<< git anchor post-commit <<<\n"
LINE: Final = 'h=$(git rev-parse --git-common-dir)/gitanchor/hooks/post-commit; [ ! -f "$h" ] || sh "$h"'
HINT: Final = (
    "hint: 1 commit made here on main without an anchor.\n"
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
    told = 'main; "git anchor status" shows the anchor to go on from.'  # nobody looked there yet
    assert commit(chatty).err == HINT.replace("main without an anchor.", told)
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
    assert hook(chatty).stat().st_mode & 0o777 == 0o750
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
    assert hook(chatty).read_bytes() == b"#!/bin/sh\n" + GUEST.removesuffix(b"\n")
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


@pytest.mark.usefixtures("no_configured_hooks")
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
        assert linked.err.splitlines()[-2:] == [
            'hint: 1 commit made here on linked; "git anchor status" shows the anchor to go on from.',
            'hint: Use "git anchor add" to tell the next chat where you are.',
        ]


@pytest.mark.parametrize(
    "text",
    [
        "''':'\nexec python3 \"$0\" \"$@\"\n'''\nprint('theirs')\n",
        '# \\\nexec tclsh "$0" ${1+"$@"}\nputs theirs\n',
        '"exec" "$PYTHON" "$0"\nprint(\'theirs\')\n',
        "eval 'exec perl -S $0'\n  if 0;\nprint 'theirs';",
    ],
)
def test_a_script_that_another_program_reads_too(chatty: Repo, text: str) -> None:
    target = put(chatty, f"#!/bin/sh\n{text}".encode())
    refused(chatty, f"'{target}' hands itself to another program ('exec ... $0'); have it run")
    assert target.read_text() == f"#!/bin/sh\n{text}"


@pytest.mark.parametrize(
    "text",
    [
        'exec "$(dirname "$0")/theirs"\n',
        "exec ${0%/*}/theirs\n",
        "exec 2>&1; echo $0\n",
        '# exec sh "$0"\n',
        '[ "$0" ] && exec true\n',
    ],
)
def test_other_uses_of_exec_are_in_nobody_s_way(chatty: Repo, text: str) -> None:
    put(chatty, f"#!/bin/sh\n{text}".encode())
    assert init(chatty) == "post-commit hook installed"


@pytest.mark.parametrize(
    "text",
    first(
        [
            'tail -n +3 "$0" | sh -s theirs; exit\necho "$1"\n',
            'sed -n \'3,$p\' "$0" | sh -s theirs; exit\necho "$1"\n',
            "awk 'NR>2' $0 | sh -s theirs; exit\necho \"$1\"\n",
            'me=$(readlink -f "$0"); tail \\\n  -n +4 "$me" | sh -s theirs; exit\necho "$1"\n',
            "n=$(awk '/^__ARCHIVE__$/ { print NR + 1 }' \"$0\")\n"
            'dd if="$0" bs=1 skip=99999 2>&-; tail -n "+$n" "${0}" | sh -s theirs; exit\n'
            '__ARCHIVE__\necho "$1"\n',
            'sed \'1,/^exit/d\' <"$0" | sh -s theirs\nexit\necho "$1"\n',
        ],
        keep=2,
    ),
)
def test_a_script_that_reads_itself_by_line_number(chatty: Repo, text: str) -> None:
    target = put(chatty, f"#!/bin/sh\n{text}".encode())
    assert commit(chatty).err == "theirs\n"
    why = f"'{target}' reads itself by line number, so that no line may be added above"
    refused(chatty, f"{why}; have it run")
    assert target.read_text() == f"#!/bin/sh\n{text}"
    assert commit(chatty).err == "theirs\n"
    told = f"post-commit: not installed ({why})\n"
    assert told in chatty.anchor("hooks", "status").out
    missing = f"is not installed, though others are: {why}; 'git anchor hooks install' says what to do"
    assert missing in chatty.anchor("doctor").out

    first, rest = text.split("\n", 1) if "\\\n" not in text else ("", text)
    if first.endswith("exit"):  # what was said to add, in a place that shifts nothing
        target.write_text(f"#!/bin/sh\n{LINE}; {first}\n{rest}")
        assert commit(chatty).err == HINT + "theirs\n"
        by = f"by a line in '{target}'"
        assert f"post-commit: already installed ({by})\n" in chatty.ok("hooks", "install")
        assert f"post-commit: installed ({by})\n" in chatty.ok("hooks", "status")
        assert "post-commit" not in chatty.anchor("doctor").out


@pytest.mark.parametrize(
    "text",
    [
        'echo "$0"\n',
        'cd "$(dirname "$0")" && tail -n 5 log\n',
        'tail -n 5 "$(dirname "$0")/log" "${0%/*}/log" "$0.log"\n',
        'basename "$0" | head -n 1 | sed 1q\n',
        "sed -n 's/^#: //p' \"$0\"\n",
        "sed -n '/^__USAGE__$/,$p' \"$0\"\n",
        "awk '/^#: / { print }' \"$0\"\n",
        "awk 'NR > 5 { print $0 }' log\n",
        "grep -c '^#: ' <\"$0\"\n",
        '# tail -n +5 "$0"\n',
    ],
)
def test_other_uses_of_its_own_name_are_in_nobody_s_way(chatty: Repo, text: str) -> None:
    put(chatty, f"#!/bin/sh\n{text}".encode())
    assert init(chatty) == "post-commit hook installed"


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


def test_a_hook_can_be_run_from_the_moment_it_is_there(
    chatty: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An init that is killed between the two would leave a hook that git passes by for ever."""
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        replaced = replace(self, target)
        if replaced.name == "post-checkout":
            raise KeyboardInterrupt
        return replaced

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        assert chatty.anchor("init").status == 130
    places = [
        chatty.root / ".git/hooks/post-checkout",
        chatty.root / ".git/gitanchor/hooks/post-checkout",
    ]
    there = [place for place in places if place.exists()]
    assert there
    assert all(os.access(place, os.X_OK) for place in there)


def test_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "gitanchor"
    (package / "hooks" / "scripts").mkdir(parents=True)
    for name in installer.NAMES:
        said = "echo packaged >&2" if name == "post-commit" else ":"
        (package / "hooks" / "scripts" / name).write_bytes(f"#!/bin/sh\n{said}\n".encode())
    monkeypatch.setattr(installer, "__file__", str(package / "hooks/installer.py"))
    repo = make_repository(tmp_path / "repo")
    init(repo)
    assert commit(repo).err == "packaged\n"


# git anchor hooks ----------------------------------------------------------------------------

INSTALLED: Final = """\
pre-commit: installed
prepare-commit-msg: installed
post-commit: installed
post-checkout: installed
post-merge: installed
post-rewrite: installed
"""
OFF: Final = INSTALLED.replace(
    "commit-msg: installed", "commit-msg: installed; off unless anchor.trailer is true"
)
HOW: Final = 'hint: Use "git anchor hooks install" to install them, or to see what to do.\n'


def folder(repo: Repo) -> dict[str, tuple[int, bytes]]:
    """The hooks folder: the mode and the bytes of each file."""
    found = (repo.root / ".git/hooks").iterdir()
    return {file.name: (file.stat().st_mode, file.read_bytes()) for file in found if file.is_file()}


def test_a_round_of_all_four(chatty: Repo) -> None:
    before = folder(chatty)
    assert chatty.anchor("hooks", "status") == Result(
        1, INSTALLED.replace("installed", "not installed"), HOW
    )
    assert chatty.ok("hooks", "install") == INSTALLED
    once = folder(chatty)
    assert set(once) - set(before) == set(installer.NAMES)
    assert chatty.anchor("hooks", "status") == Result(0, OFF, "")
    assert chatty.ok("hooks", "install") == INSTALLED.replace("installed", "already installed")
    assert folder(chatty) == once
    chatty.git("config", "anchor.trailer", "true")
    assert chatty.anchor("hooks", "status") == Result(0, INSTALLED, "")
    assert chatty.ok("hooks", "uninstall") == INSTALLED.replace("installed", "removed")
    assert folder(chatty) == before
    assert list((chatty.root / ".git/gitanchor/hooks").iterdir()) == []
    assert commit(chatty).err == ""
    assert chatty.ok("hooks", "uninstall") == INSTALLED.replace("installed", "not installed")
    assert folder(chatty) == before


@pytest.mark.parametrize(
    "theirs", [*THEIRS.values(), b"#!/bin/sh", b"#!/bin/sh\n"], ids=[*THEIRS, "bare", "empty"]
)
def test_theirs_are_as_before(repo: Repo, theirs: bytes) -> None:
    for name in installer.NAMES:
        repo.write(f".git/hooks/{name}", theirs).chmod(0o750)
    before = folder(repo)
    assert repo.ok("hooks", "install") == INSTALLED
    once = folder(repo)
    assert all(b"# >>> git anchor " + name.encode() in once[name][1] for name in installer.NAMES)
    repo.ok("hooks", "install")
    assert folder(repo) == once
    assert repo.ok("hooks", "uninstall") == INSTALLED.replace("installed", "removed")
    assert folder(repo) == before


def test_lines_that_were_added_to_ours_stay(chatty: Repo) -> None:
    chatty.ok("hooks", "install")
    for name in ("post-commit", "post-rewrite"):
        with (chatty.root / ".git/hooks" / name).open("ab") as file:
            file.write(b"echo theirs >&2; cat >&2\n")
    assert "post-rewrite: updated\n" in chatty.ok("hooks", "install")
    assert chatty.run("git", "commit", "--amend", "-qm", "x", stdin="").err.count("theirs\n") == 2
    chatty.ok("hooks", "uninstall")
    for name in ("post-commit", "post-rewrite"):
        rest = (chatty.root / ".git/hooks" / name).read_bytes()
        assert rest == SHEBANG + b"\necho theirs >&2; cat >&2\n"


PAST: Final = (
    SHEBANG + b"\n" + START + b"echo older >&2\n" + END,
    b"#!/bin/bash\n" + START + b"(\nexit 1\n) || :\n" + END + b"echo theirs >&2\n",
    b"#!/bin/bash\n# one\n" + START + b"(\n:\n) || :\n" + END + b"echo 2\n" + START + b"echo\n" + END,
)


@pytest.mark.parametrize("past", PAST)
def test_past_versions(chatty: Repo, past: bytes) -> None:
    put(chatty, past)
    assert "post-commit: another version\n" in chatty.anchor("hooks", "status").out
    assert "post-commit: updated\n" in chatty.ok("hooks", "install")
    assert hook(chatty).read_bytes().count(START) == 1
    assert "post-commit: installed\n" in chatty.anchor("hooks", "status").out
    put(chatty, past)
    assert "post-commit: removed\n" in chatty.ok("hooks", "uninstall")
    theirs = re.sub(rb"# >>>.*?<<<\n", b"", past, flags=re.DOTALL)
    assert hook(chatty).exists() == (theirs != SHEBANG + b"\n")
    assert not hook(chatty).exists() or hook(chatty).read_bytes() == theirs


@pytest.mark.parametrize("past", [b"#!/bin/sh\n" + START + b":\n", b"#!/bin/sh\n:\n" + END])
def test_half_a_block(chatty: Repo, past: bytes) -> None:
    put(chatty, past)
    refused(chatty, f"'{hook(chatty)}' has half a block of ours (remove it); have it run")
    assert hook(chatty).read_bytes() == past
    chatty.ok("hooks", "uninstall")
    assert hook(chatty).read_bytes() == past


@pytest.mark.parametrize("foreign", [python_hook, symbolic_link, not_executable, line_ends])
def test_what_is_refused_is_told_and_left(
    chatty: Repo, foreign: Callable[[Repo], tuple[Path, str]]
) -> None:
    target, reason = foreign(chatty)
    before = target.read_bytes()
    done = chatty.anchor("hooks", "install")
    listed = INSTALLED.replace("post-commit: installed", "post-commit: not installed")
    assert done == Result(1, listed, f"error: post-commit hook not installed: {reason}: {LINE}\n")
    told = chatty.anchor("hooks", "status")
    why = reason.removesuffix("; have it run")
    assert told == Result(
        1, OFF.replace("post-commit: installed", f"post-commit: not installed ({why})"), HOW
    )
    assert "post-commit: not installed\n" in chatty.ok("hooks", "uninstall")
    assert target.read_bytes() == before


@pytest.mark.usefixtures("no_configured_hooks")
def test_a_folder_elsewhere_is_not_touched(chatty: Repo) -> None:
    chatty.ok("hooks", "install")
    target, _ = elsewhere(chatty)
    before = target.read_bytes()
    reason = f"core.hooksPath is '{target.parent}'"
    told = chatty.anchor("hooks", "status")
    assert told == Result(1, INSTALLED.replace("installed", f"not run ({reason})"), HOW)
    done = chatty.anchor("hooks", "install")
    assert (done.status, done.out) == (1, INSTALLED.replace("installed", "not installed"))
    lines = done.err.splitlines()
    assert (
        lines[2] == f"error: post-commit hook not installed: {reason}; add to post-commit there: {LINE}"
    )
    assert [line.split(": ")[1] for line in lines] == [
        f"{name} hook not installed" for name in installer.NAMES
    ]
    for name, line in zip(installer.NAMES, lines, strict=True):
        own = chatty.root / ".husky" / name
        text = own.read_text() if own.exists() else "#!/bin/sh\n"
        own.write_text(text + line.split(" there: ")[1] + "\n")
        own.chmod(0o755)
    assert commit(chatty).err == "theirs\n" + HINT
    for command in ("install", "status"):
        told = chatty.anchor("hooks", command)
        assert (told.status, told.err, told.out.count("by a line in")) == (0, "", 6)
    after = target.read_bytes()
    gone = chatty.ok("hooks", "uninstall")
    assert gone.count("removed (its line in '") == gone.count("' does nothing now)\n") == 6
    assert target.read_bytes() == after != before
    assert commit(chatty).err == "theirs\n"
    assert not hook(chatty).exists()


def test_a_setting_that_switches_hooks_off_has_no_place_to_add_to(
    chatty: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        installer, "_version", lambda repository: (2, 53)
    )  # from 2.54 on, settings have one
    chatty.git("config", "core.hooksPath", "/dev/null")
    why = (
        "core.hooksPath is '/dev/null', which is no folder, so that git runs no hooks; unset it or name a"
        " folder"
    )
    done = chatty.anchor("hooks", "install")
    assert done.err == "".join(f"error: {name} hook not installed: {why}\n" for name in installer.NAMES)
    assert done.status == 1


def test_settings_of_git_that_knows_them(chatty: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    target, _ = elsewhere(chatty)
    before = target.read_bytes()
    config = (chatty.root / ".git/config").read_bytes()
    monkeypatch.setattr(installer, "_version", lambda repository: (2, 54))
    by = "installed (by git's setting hook.gitanchor-post-commit.command)\n"
    assert f"post-commit: {by}" in chatty.ok("hooks", "install")
    assert f"post-commit: already {by}" in chatty.ok("hooks", "install")
    assert f"post-commit: {by}" in chatty.ok("hooks", "status")
    common = "$(git rev-parse --git-common-dir)/gitanchor/hooks"
    written = chatty.git("config", "--get-regexp", "^hook\\.gitanchor-post-commit")
    assert written == (
        f'hook.gitanchor-post-commit.command sh "{common}/post-commit"\n'
        "hook.gitanchor-post-commit.event post-commit"
    )
    assert target.read_bytes() == before
    chatty.ok("hooks", "uninstall")
    assert (chatty.root / ".git/config").read_bytes() == config
    chatty.ok("hooks", "install")
    chatty.git("config", "--unset", "core.hooksPath")
    chatty.ok("hooks", "install")
    assert chatty.run("git", "config", "--get-regexp", "^hook").out == ""
    assert commit(chatty).err == HINT


def test_a_line_takes_the_place_of_a_setting(chatty: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    target, _ = elsewhere(chatty)
    monkeypatch.setattr(installer, "_version", lambda repository: (2, 54))
    chatty.ok("hooks", "install")
    target.write_text(target.read_text() + LINE + "\n")
    assert "post-commit: already installed (by a line in" in chatty.ok("hooks", "install")
    assert "gitanchor-post-commit" not in chatty.git("config", "--get-regexp", "^hook")
    assert commit(chatty).err == "theirs\n" + HINT


@pytest.fixture
def configured(chatty: Repo) -> Repo:
    """A repository whose settings have git run all hooks, with an anchor."""
    if git_version() < (2, 54):
        pytest.skip("git before 2.54 runs no hooks that its settings name")
    elsewhere(chatty)
    assert chatty.ok("init").count("hook installed") == len(installer.NAMES)
    chatty.ok("add", "Start", "-c", "In the midst of it")
    chatty.git("add", ".")
    chatty.git("commit", "-q", "-m", "Keep anchors")
    return chatty


def test_settings_of_git_are_run_by_it(configured: Repo) -> None:
    number = configured.files()[0].removesuffix(".yaml")[-8:]
    said = commit(configured).err
    hint = f"hint: 2 commits since anchor Start ({number}) on main.\n{HINT.splitlines()[1]}\n"
    assert sorted(said.splitlines()) == sorted((hint + "theirs\n").splitlines())

    before = configured.git("rev-parse", "HEAD")
    configured.git("commit", "-q", "--amend", "--allow-empty", "-m", "Better")
    rewritten = f"amend {before} {configured.git('rev-parse', 'HEAD')}\n"
    assert configured.read(".git/gitanchor/rewritten").endswith(rewritten)

    configured.git("switch", "-q", "-c", "side")
    said = configured.run("git", "switch", "-q", "main", check=True).err
    assert said.startswith(f"hint: The open anchor on main is Start ({number}).")

    configured.git("config", "anchor.trailer", "true")
    commit(configured)
    assert configured.git("log", "-1", "--format=%(trailers)").strip() == f"Anchor: {number}"

    configured.ok("add", "Next", "-c", "Further on")
    configured.git("checkout", "GPT_Anchors_Log.md")
    configured.git("add", ".anchors")
    commit(configured)
    assert "Next" in configured.git("show", "HEAD:GPT_Anchors_Log.md")

    configured.ok("hooks", "uninstall")
    assert commit(configured).err == "theirs\n"


def test_settings_of_git_are_proven(configured: Repo) -> None:
    answered = configured.run("git", "anchor", "doctor", check=True).out
    assert answered == f"No problems (1 anchor, {len(installer.NAMES)} hooks answered)\n"


def test_without_the_rights_to_write(chatty: Repo) -> None:
    chatty.ok("hooks", "install")
    hook(chatty).unlink()
    hook(chatty).mkdir()
    assert "post-commit: not installed\n" in chatty.ok("hooks", "uninstall")


# git anchor hooks run ------------------------------------------------------------------------


def test_running_one_of_ours_alone(chatty: Repo) -> None:
    put(chatty, b"#!/bin/sh\necho theirs >&2\n")
    chatty.ok("init")
    run = ("git", "anchor", "hooks", "run")
    chatty.write("sub/file", "")
    assert chatty.run(*run, "post-commit") == Result(0, "", HINT)
    assert chatty.run("git", "-C", "sub", *run[1:], "post-commit").err == HINT.replace(
        "1 commit", "2 commits"
    )
    chatty.ok("add", "Start", "-n", "x")
    number = chatty.json("list")[0]["id"]
    switched = f'hint: The open anchor on main is Start ({number}). "git anchor resume {number}" starts from it.\n'
    head = chatty.git("rev-parse", "HEAD")
    assert chatty.run(*run, "post-checkout").err == ""  # as git did nothing of the kind
    chatty.git("switch", "-qc", "side")
    chatty.git("switch", "-q", "main")
    assert chatty.run(*run, "post-checkout", head, head, "1").err == switched
    assert chatty.run(*run, "post-checkout").err == switched
    assert chatty.run(*run, "post-checkout", head, head, "0").err == ""
    assert chatty.run(*run, "post-merge") == Result(0, "", "")
    assert chatty.run(*run, "post-rewrite", stdin=f"{head} {head}\n") == Result(0, "", "")
    assert chatty.read(".git/gitanchor/rewritten") == f"amend {head} {head}\n"
    chatty.git("config", "anchor.trailer", "true")
    chatty.write("message", "Subject\n")
    assert chatty.run(*run, "prepare-commit-msg", "message") == Result(0, "", "")
    assert chatty.read("message") == f"Subject\n\nAnchor: {number}\n"
    chatty.git("add", ".")
    chatty.ok("rm", number)
    assert chatty.run(*run, "pre-commit").status == 0


def test_running_what_is_no_hook(repo: Repo) -> None:
    done = repo.anchor("hooks", "run", "pre-push")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: Invalid value for 'NAME': 'pre-push' is not one of 'pre-commit'")
    done = repo.anchor("hooks", "run", "prepare-commit-msg")
    assert done == Result(
        2, "", "error: prepare-commit-msg: give the file that holds the message, as git does\n"
    )
    assert repo.anchor("hooks").status == 2


# The hooks as files --------------------------------------------------------------------------

FOLDER: Final = Path(__file__).parents[2] / "hooks"
SHELLS: Final = (("dash",), ("bash", "--posix"), ("busybox", "sh"), ("zsh",))


@pytest.mark.unit
def test_each_file_is_a_hook_of_ours() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(installer.NAMES)
    assert all(os.access(file, os.X_OK) for file in FOLDER.iterdir())


def test_shellcheck() -> None:
    program = shutil.which("shellcheck", path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(
        [program, "--norc", *sorted(FOLDER.iterdir())], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.diagonal
@pytest.mark.parametrize("words", SHELLS, ids=[words[0] for words in SHELLS])
@pytest.mark.parametrize("name", installer.NAMES)
def test_syntax(words: tuple[str, ...], name: str) -> None:
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run([*words, "-n", FOLDER / name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
