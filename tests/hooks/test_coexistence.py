"""Our hooks beside those of the pre-commit framework, lefthook, husky and git-lfs, the real ones.

They come from their registries once, into a cache of the person who runs the tests; where that cannot be
reached, tests are skipped and say so.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import filelock
import pytest

from gitanchor.hooks import installer
from tests.repositories import Repo, git_version, make_repository
from tests.variants import first

ROOT: Final = Path(__file__).parents[2]
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gitanchor-tests"
HOME: Final = os.environ.get("HOME", "")
SECONDS: Final = 100

HINT: Final = (
    "hint: 1 commit made here on main without an anchor.\n"
    'hint: Use "git anchor add" to tell the next chat where you are.\n'
)
THEIRS: Final = "theirs\n"
LOG: Final = "GPT_Anchors_Log.md"

PRE_COMMIT: Final = "pre-commit==4.7.0"
NPM: Final = {"husky": "9.1.7", "lefthook": "2.2.2"}


def installed(name: str, program: str, *commands: Sequence[str | Path]) -> Path:
    """A program that commands install into a folder of the cache, once; skips where they fail."""
    folder = CACHE / name
    CACHE.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(CACHE / f"{name}.lock"):
        if not (folder / program).exists():
            for command in commands:
                try:
                    done = subprocess.run(
                        command,
                        env={**os.environ, "HOME": HOME},
                        capture_output=True,
                        text=True,
                        timeout=SECONDS,
                        check=False,
                    )
                except (OSError, subprocess.TimeoutExpired) as problem:
                    pytest.skip(f"{name} cannot be installed: {problem}")
                if done.returncode:
                    last = (done.stderr or done.stdout).strip().splitlines()[-1:]
                    pytest.skip(f"{name} cannot be installed: {' '.join(last)}")
    return folder / program


@pytest.fixture(scope="session")
def framework() -> str:
    """The pre-commit framework's program."""
    folder = CACHE / PRE_COMMIT
    venv = (sys.executable, "-m", "venv", folder)
    pip = (folder / "bin/python", "-m", "pip", "install", "--quiet", PRE_COMMIT)
    return str(installed(PRE_COMMIT, "bin/pre-commit", venv, pip))


def from_npm(name: str) -> str:
    """A program that npm installs."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    full = f"{name}@{NPM[name]}"
    command = ("npm", "install", "--silent", "--ignore-scripts", "--prefix", CACHE / full, full)
    return str(installed(full, f"node_modules/.bin/{name}", command))


@pytest.fixture(scope="session")
def lefthook() -> str:
    if git_version() < (2, 31):
        pytest.skip("lefthook asks for git 2.31 or newer")
    return from_npm("lefthook")


@pytest.fixture(scope="session")
def husky() -> str:
    return from_npm("husky")


@pytest.fixture
def lfs() -> str:
    found = shutil.which("git-lfs")
    if found is None:
        pytest.skip("git-lfs is not installed")
    return found


@pytest.fixture
def plain(tmp_path: Path) -> Callable[[str], Repo]:
    """Makes repositories in which our hook, once installed, reminds at the first commit."""

    def made(name: str) -> Repo:
        repo = make_repository(tmp_path / name)
        repo.git("config", "anchor.remind.commits", "1")
        return repo

    return made


def contents(repo: Repo) -> dict[str, tuple[int, bytes]]:
    """The hooks folder: the mode and the bytes of each file."""
    found = (repo.root / ".git/hooks").iterdir()
    return {file.name: (file.stat().st_mode, file.read_bytes()) for file in found if file.is_file()}


def spoken(repo: Repo) -> set[str]:
    """Who spoke at a commit: ours, theirs or both."""
    told = repo.root.parent / f"{repo.root.name}.told"
    told.unlink(missing_ok=True)
    result = repo.run("git", "commit", "--allow-empty", "-m", "x", check=True, TOLD=str(told))
    theirs = told.exists() and THEIRS in told.read_text()
    found = {"theirs"} if theirs else set()
    return found | ({"ours"} if " without an anchor." in result.err + result.out else set())


def in_order(order: str, repo: Repo, theirs: Callable[[Repo], None]) -> int:
    """Install ours (o) and theirs (t) in some order; the last exit status of ours."""
    status = 0
    for letter in order:
        if letter == "o":
            status = repo.anchor("hooks", "install").status
        else:
            theirs(repo)
    return status


ORDERS: Final = ("ot", "to", "oto", "tot")
BOTH: Final = {"ours", "theirs"}


# The pre-commit framework ----------------------------------------------------------------------

FRAMEWORK: Final = f"""\
default_install_hook_types: [{", ".join(installer.NAMES)}]
repos:
- repo: local
  hooks:
  - id: theirs
    name: theirs
    entry: sh -c 'echo theirs >>"$TOLD"'
    language: system
    always_run: true
    pass_filenames: false
    stages: [post-commit]
"""


@pytest.fixture
def with_framework(
    framework: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[Repo], None]:
    """Installs the framework for all hooks of ours."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "framework"))

    def install(repo: Repo) -> None:
        repo.write(".pre-commit-config.yaml", FRAMEWORK)
        repo.git("add", ".pre-commit-config.yaml")
        repo.run(framework, "install", check=True)

    return install


@pytest.mark.parametrize("order", first(ORDERS))
def test_framework(
    plain: Callable[[str], Repo], with_framework: Callable[[Repo], None], order: str
) -> None:
    twin, repo = plain("twin"), plain("repo")
    with_framework(twin)
    assert in_order(order, repo, with_framework) == 0
    # Ours lie where the framework leaves them alone, but for the one that needs its input.
    ours = {name for name, (_, text) in contents(repo).items() if b">>> git anchor" in text}
    assert ours - {"post-rewrite"} == {f"{name}.legacy" for name in installer.NAMES} - {
        "post-rewrite.legacy"
    } | ({"post-rewrite.legacy"} if order[0] == "o" else set())
    assert spoken(repo) == BOTH
    assert repo.anchor("hooks", "install").status == 0
    assert spoken(repo) == BOTH
    assert repo.anchor("hooks", "status").status == 0
    repo.ok("hooks", "uninstall")
    assert contents(repo) == contents(twin)


def test_the_framework_goes_and_ours_stay(
    plain: Callable[[str], Repo], with_framework: Callable[[Repo], None], framework: str
) -> None:
    repo = plain("repo")
    before = contents(repo)
    with_framework(repo)
    repo.ok("hooks", "install")
    repo.run(framework, "uninstall", check=True)
    assert spoken(repo) == {"ours"}
    repo.ok("hooks", "install")
    repo.ok("hooks", "uninstall")
    assert contents(repo) == before


def test_the_framework_keeps_a_script_that_is_extended(
    plain: Callable[[str], Repo], with_framework: Callable[[Repo], None]
) -> None:
    repo = plain("repo")
    old = b"#!/bin/sh\n# caf\xe9\nexit 0\n"
    repo.write(".git/hooks/post-commit", old).chmod(0o755)
    with_framework(repo)
    repo.ok("hooks", "install")
    assert spoken(repo) == BOTH
    assert "post-commit: removed\n" in repo.ok("hooks", "uninstall")
    assert (repo.root / ".git/hooks/post-commit.legacy").read_bytes() == old


@pytest.fixture
def own_hooks(tmp_path: Path) -> tuple[str, str]:
    """This project as a repository that the framework can install from: its folder and revision."""
    source = make_repository(tmp_path / "source")
    for name in ("gitanchor", "hooks"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source.root / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, source.root / name)
    source.git("add", ".")
    source.git("commit", "-qm", "x")
    return str(source.root), source.git("rev-parse", "HEAD")


@pytest.mark.parametrize("language", first(["system", "python"]))
def test_our_hooks_from_the_framework(
    repo: Repo,
    framework: str,
    own_hooks: tuple[str, str],
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With `system`, the framework takes git-anchor from PATH; `python` has it build an environment."""
    if language == "python":
        if not os.environ.get("GITANCHOR_LONG"):
            pytest.skip("builds an environment from the registry; set GITANCHOR_LONG=1")
        monkeypatch.setenv("HOME", HOME)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(repo.root.parent / "home/.gitconfig"))
    monkeypatch.setenv("PRE_COMMIT_HOME", str(repo.root.parent / "framework"))
    folder, revision = own_hooks
    assert repo.run(framework, "validate-manifest", f"{folder}/.pre-commit-hooks.yaml").status == 0
    override = "" if language == "python" else "\n    language: system"
    repo.write(
        ".pre-commit-config.yaml",
        f"repos:\n- repo: {folder}\n  rev: {revision}\n  hooks:\n"
        f"  - id: gitanchor-absorb{override}\n  - id: gitanchor-check{override}\n",
    )
    repo.ok("init", "--no-hooks")
    repo.run(framework, "install", check=True)
    repo.git("add", ".")
    repo.git("commit", "-qm", "Keep anchors")
    text = repo.read(LOG)
    entry = (
        "\n**10:00 02/01/2026**\n\nResume from anchor: [Dough]\nContext: It rests.\nNext action: Fold.\n"
    )
    repo.write(LOG, text + entry)
    repo.git("add", LOG)
    said = repo.run("git", "commit", "-qm", "Pasted", check=True)
    assert "git anchor: absorbed Dough" in said.err + said.out
    assert repo.git("status", "--porcelain") == ""
    changed = repo.git("show", "--format=", "--name-only", "HEAD").splitlines()
    assert changed == [*repo.files(), LOG]

    repo.write(
        ".pre-commit-config.yaml",
        re.sub(r"  - id: gitanchor-absorb(\n    .*)?\n", "", repo.read(".pre-commit-config.yaml")),
    )
    repo.write(repo.files()[0], repo.read(repo.files()[0]).replace("It rests.", "It rose."))
    repo.git("add", ".")
    refused = repo.run("git", "commit", "-qm", "Behind")
    assert refused.status == 1
    assert "+- It rose." in refused.err or "It rose." in refused.err
    repo.ok("render")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Both")


# lefthook --------------------------------------------------------------------------------------

JOB: Final = 'post-commit:\n  jobs:\n    - run: echo theirs >>"$TOLD"\n'
LEFTHOOK_LINE: Final = "add to post-commit in lefthook.yml a job that runs: "


@pytest.fixture
def with_lefthook(lefthook: str) -> Callable[[Repo], None]:
    def install(repo: Repo) -> None:
        if not (repo.root / "lefthook.yml").exists():
            repo.write("lefthook.yml", JOB)
        repo.run(lefthook, "install", check=True)

    return install


@pytest.mark.parametrize("order", first(ORDERS))
def test_lefthook(
    plain: Callable[[str], Repo], with_lefthook: Callable[[Repo], None], order: str
) -> None:
    twin, repo = plain("twin"), plain("repo")
    with_lefthook(twin)
    in_order(order, repo, with_lefthook)
    refused = repo.anchor("hooks", "install")
    assert refused.status == 1
    assert refused.err.startswith("error: post-commit hook not installed: lefthook writes '")
    assert refused.out.count("already installed") == len(installer.NAMES) - 1
    told = repo.anchor("hooks", "status")
    state = "not run" if order[0] == "o" else "not installed"
    assert f"post-commit: {state} (lefthook writes '" in told.out
    assert spoken(repo) == {"theirs"}

    repo.write("lefthook.yml", JOB + f"    - run: {refused.err.strip().split(LEFTHOOK_LINE)[1]}\n")
    with_lefthook(repo)
    assert spoken(repo) == BOTH
    assert "post-commit: already installed (by a line in '" in repo.ok("hooks", "install")
    assert "post-commit: installed (by a line in '" in repo.ok("hooks", "status")
    settings = repo.read("lefthook.yml")
    assert "' does nothing now)\n" in repo.ok("hooks", "uninstall")
    assert repo.read("lefthook.yml") == settings
    assert contents(repo) == contents(twin)
    assert spoken(repo) == {"theirs"}


def test_lefthook_goes_and_ours_stay(
    plain: Callable[[str], Repo], with_lefthook: Callable[[Repo], None], lefthook: str
) -> None:
    repo = plain("repo")
    repo.ok("hooks", "install")
    before = contents(repo)
    with_lefthook(repo)
    repo.run(lefthook, "uninstall", check=True)
    assert contents(repo) == before
    assert spoken(repo) == {"ours"}


def test_arguments_and_input_by_lefthook(
    plain: Callable[[str], Repo], with_lefthook: Callable[[Repo], None]
) -> None:
    repo = plain("repo")
    repo.write("lefthook.yml", "post-rewrite:\n  jobs:\n    - run: ':'\n")
    with_lefthook(repo)
    error = repo.anchor("hooks", "install").err
    found = re.search(r"a job with 'use_stdin: true' that runs: (.*)", error)
    assert found is not None
    repo.write("lefthook.yml", f"post-rewrite:\n  jobs:\n    - run: {found[1]}\n      use_stdin: true\n")
    with_lefthook(repo)
    repo.commit("One", {"a": "1\n"})
    before = repo.git("rev-parse", "HEAD")
    repo.git("commit", "-q", "--amend", "-m", "Better")
    after = repo.git("rev-parse", "HEAD")
    assert repo.read(".git/gitanchor/rewritten") == f"amend {before} {after}\n"


# husky -----------------------------------------------------------------------------------------


@pytest.fixture
def with_husky(husky: str) -> Callable[[Repo], None]:
    def install(repo: Repo) -> None:
        repo.run(husky, check=True)
        if not (repo.root / ".husky/post-commit").exists():
            repo.write(".husky/post-commit", 'echo theirs >>"$TOLD"\n')

    return install


@pytest.mark.usefixtures("no_configured_hooks")
@pytest.mark.parametrize("order", first(ORDERS))
def test_husky(plain: Callable[[str], Repo], with_husky: Callable[[Repo], None], order: str) -> None:
    repo = plain("repo")
    before = contents(repo)
    in_order(order, repo, with_husky)
    theirs = repo.read(".husky/post-commit")
    refused = repo.anchor("hooks", "install")
    assert refused.status == 1
    assert len(refused.err.splitlines()) == len(installer.NAMES)
    for name, line in zip(installer.NAMES, refused.err.splitlines(), strict=True):
        reason, _, rest = line.partition("; add to ")
        assert reason == f"error: {name} hook not installed: core.hooksPath is '{repo.root}/.husky/_'"
        file, _, text = rest.partition(": ")
        assert file == f"'{repo.root}/.husky/{name}'"
        target = repo.root / ".husky" / name
        target.write_text((target.read_text() if target.exists() else "") + f"{text}\n")
    assert spoken(repo) == BOTH
    with_husky(repo)
    assert repo.ok("hooks", "install").count("already installed (by a line in '") == len(installer.NAMES)
    assert repo.ok("hooks", "status").count("installed (by a line in '") == len(installer.NAMES)
    before_amend = repo.git("rev-parse", "HEAD")
    repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "Better", TOLD=os.devnull)
    after = repo.git("rev-parse", "HEAD")
    assert repo.read(".git/gitanchor/rewritten") == f"amend {before_amend} {after}\n"
    edited = repo.read(".husky/post-commit")
    repo.ok("hooks", "uninstall")
    assert repo.read(".husky/post-commit") == edited != theirs
    assert contents(repo) == before
    assert spoken(repo) == {"theirs"}


def test_lines_that_a_team_shares_do_no_harm_where_gitanchor_is_not(
    plain: Callable[[str], Repo], with_husky: Callable[[Repo], None]
) -> None:
    repo = plain("repo")
    with_husky(repo)
    for name in installer.NAMES:
        repo.write(f".husky/{name}", f"set -eu\n{installer.by_hand(name)}\n")
    done = repo.run("git", "commit", "--allow-empty", "-qm", "x", PATH="/usr/bin:/bin")
    assert (done.status, done.out, done.err) == (0, "", "")


# git-lfs ---------------------------------------------------------------------------------------


@pytest.fixture
def with_lfs(lfs: str) -> Callable[[Repo], None]:
    """Installs git-lfs, which has to be told what to do where a hook is there that it does not know."""

    def install(repo: Repo) -> None:
        done = repo.run("git", "lfs", "install", "--local")
        assert done.status in {0, 2}
        if done.status == 2:
            assert "Hook already exists: post-" in done.out + done.err

    return install


LFS: Final = ("post-checkout", "post-commit", "post-merge", "pre-push")


@pytest.mark.parametrize("order", first(["to", "tot"]))
def test_lfs_first(plain: Callable[[str], Repo], with_lfs: Callable[[Repo], None], order: str) -> None:
    twin, repo = plain("twin"), plain("repo")
    with_lfs(twin)
    assert in_order(order, repo, with_lfs) == 0
    assert spoken(repo) == {"ours"}
    trace = repo.run("git", "commit", "-q", "--allow-empty", "-m", "x", GIT_TRACE="1").err
    assert "git-lfs post-commit" in trace.replace("'", "").replace("git lfs", "git-lfs")
    repo.ok("hooks", "uninstall")
    assert contents(repo) == contents(twin)


@pytest.mark.parametrize("order", first(["ot", "oto"]))
def test_lfs_second_is_merged_by_hand(
    plain: Callable[[str], Repo], with_lfs: Callable[[Repo], None], order: str
) -> None:
    repo, twin = plain("repo"), plain("twin")
    with_lfs(twin)
    in_order(order, repo, with_lfs)
    assert spoken(repo) == {"ours"}
    theirs = {name: contents(twin)[name][1].partition(b"\n")[2] for name in LFS}
    for name in LFS:
        with (repo.root / ".git/hooks" / name).open("ab") as file:
            file.write(theirs[name])
    repo.ok("hooks", "install")
    trace = repo.run("git", "commit", "-q", "--allow-empty", "-m", "x", GIT_TRACE="1").err
    assert "git-lfs post-commit" in trace.replace("'", "").replace("git lfs", "git-lfs")
    assert " without an anchor." in trace
    repo.ok("hooks", "uninstall")
    for name in ("post-checkout", "post-commit", "post-merge"):
        assert contents(repo)[name] == contents(twin)[name]


def test_the_framework_and_lfs(
    plain: Callable[[str], Repo],
    with_lfs: Callable[[Repo], None],
    with_framework: Callable[[Repo], None],
) -> None:
    repo, twin = plain("repo"), plain("twin")
    for install in (with_lfs, with_framework):
        install(twin)
    for install in (with_lfs, with_framework, lambda repo: repo.ok("hooks", "install"), with_framework):
        install(repo)
    assert spoken(repo) == BOTH
    repo.ok("hooks", "uninstall")
    assert contents(repo) == contents(twin)


# What a person wrote ---------------------------------------------------------------------------


@pytest.mark.parametrize("order", first(ORDERS))
def test_a_script_that_is_not_utf_8(plain: Callable[[str], Repo], order: str) -> None:
    script = b'#!/bin/bash\n# caf\xe9 \xff\xfe\necho theirs >>"$TOLD" # \x80\n'
    repo = plain("repo")

    def theirs(repo: Repo) -> None:
        target = repo.root / ".git/hooks/post-commit"
        if not target.exists():
            target.write_bytes(script)
            target.chmod(0o755)
        elif script not in target.read_bytes() and b"caf" not in target.read_bytes():
            target.write_bytes(target.read_bytes() + script)

    assert in_order(order, repo, theirs) == 0
    assert spoken(repo) == BOTH
    repo.ok("hooks", "uninstall")
    left = contents(repo)["post-commit"][1]
    assert left == (script if order[0] == "t" else b"#!/bin/sh\n" + script)
    assert spoken(repo) == {"theirs"}


@pytest.mark.parametrize("name", installer.NAMES)
def test_a_dangling_link(plain: Callable[[str], Repo], name: str) -> None:
    repo = plain("repo")
    target = repo.root / ".git/hooks" / name
    target.symlink_to("/nowhere/at all")
    done = repo.anchor("hooks", "install")
    assert done.status == 1
    line = installer.by_hand(name)
    assert (
        done.err
        == f"error: {name} hook not installed: '{target}' is a symbolic link; have it run: {line}\n"
    )
    repo.git("commit", "-q", "--allow-empty", "-m", "x")
    repo.ok("hooks", "uninstall")
    assert str(target.readlink()) == "/nowhere/at all"
