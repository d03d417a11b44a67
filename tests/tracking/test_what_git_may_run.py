"""Settings of git that name a program, each set in a repository that nobody should trust.

All traps are set at once, and every reading command is run. No program may have left its mark.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gitanchor.git import process
from tests.repositories import Repo, make_repository

SETTINGS: Mapping[str, str] = {
    "core.fsmonitor": "{run}",
    "core.pager": "{run}",
    "core.editor": "{run}",
    "core.sshCommand": "{run}",
    "core.askPass": "{run}",
    "core.gitProxy": "{run}",
    "core.alternateRefsCommand": "{run}",
    "credential.helper": "!{run}",
    "diff.external": "{run}",
    "diff.driver.command": "{run}",
    "diff.converted.textconv": "{run}",
    "filter.cleaned.clean": "{run}; cat",
    "filter.cleaned.smudge": "{run}; cat",
    "filter.served.process": "{run}",
    "gpg.program": "{run}",
    "gpg.x509.program": "{run}",
    "gpg.ssh.program": "{run}",
    "gpg.ssh.defaultKeyCommand": "{run}",
    "merge.driven.driver": "{run}",
    "alias.status": "!{run}",
    "alias.log": "!{run}",
    "alias.rev-parse": "!{run}",
    "uploadpack.packObjectsHook": "{run}",
    "remote.origin.vcs": "{name}",
    "remote.origin.uploadpack": "{run}",
    "remote.origin.receivepack": "{run}",
    "remote.other.url": "ext::{run}",
    "trailer.one.command": "{run}",
    "trailer.two.cmd": "{run}",
    "sequence.editor": "{run}",
    "interactive.diffFilter": "{run}",
    "submodule.sub.update": "!{run}",
    "pager.status": "{run}",
    "pager.log": "{run}",
    "pager.ls-files": "{run}",
    "tar.tgz.command": "{run}",
    "man.viewer.cmd": "{run}",
    "browser.here.cmd": "{run}",
    "difftool.here.cmd": "{run}",
    "mergetool.here.cmd": "{run}",
    "hook.anything.command": "{run}",
}
"""Settings, and what sets each off where git obeys it. What only allows, is in `ALLOWING`."""

ALLOWING: Mapping[str, str] = {
    "log.showSignature": "true",
    "protocol.ext.allow": "always",
    "protocol.allow": "always",
    "hook.anything.event": "post-index-change",
    "commit.gpgSign": "true",
    "diff.submodule": "diff",
    "status.submoduleSummary": "true",
    "submodule.recurse": "true",
    "extensions.partialClone": "other",
    "remote.other.promisor": "true",
    "core.untrackedCache": "true",
}
OTHER = ("hooks", "include.path", "includeIf", "config.worktree", "submodule")
"""Other ways to a program: the folder of hooks, further files of settings, a submodule's own ones."""

READING = (
    ["list"], ["list", "--all"], ["list", "--json"], ["search", "ctx"], ["search", "--all", "ctx"], ["log"], ["show"],
    ["show", "--json"], ["show", "--all"], ["status"], ["status", "--json"], ["resume"], ["resume", "--json"],
    ["resume", "--all"], ["graph"], ["graph", "--all"], ["heads"], ["commits"], ["check"], ["request"], ["web"],
    ["web", "--all"], ["recover"], ["gc", "-n"], ["template", "list"], ["render", "--check"],
)  # fmt: skip


def program(marks: Path, name: str) -> str:
    """A program that leaves a mark; the name of a setting is the name of its mark."""
    file = marks.parent / "bin" / f"git-remote-{name}"  # so that remote.*.vcs finds it, too
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\necho \"$*\" >>'{marks}/{name}'\n")
    file.chmod(0o755)
    return str(file)


def prepared(tmp_path: Path) -> tuple[Repo, Path]:
    """A repository with work and anchors for each trap, and the folder of the marks."""
    marks = tmp_path / "marks"
    marks.mkdir()
    repo = make_repository(tmp_path / "repo")
    repo.ok("init")
    sub = make_repository(tmp_path / "sub")
    sub.commit("Sub", {"file.txt": "x\n"})
    repo.git("submodule", "--quiet", "add", str(sub.root), "sub")
    repo.commit("Start", {"driven.txt": "1\n", "converted.bin": "1\n", "served.dat": "1\n"})
    repo.ok("add", "First", "-c", "ctx `driven.txt`", "-n", "n", "-d", "branch:main")
    repo.git("add", "-A")
    repo.commit("Anchors")
    repo.commit("More", {"driven.txt": "2\n", "converted.bin": "2\n", "served.dat": "2\n"})
    signed = repo.git("cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    made = repo.run(
        "git", "hash-object", "-t", "commit", "-w", "--stdin", stdin=signed + "\n", check=True
    )
    repo.git("update-ref", "HEAD", made.out.strip())
    repo.ok("add", "Second", "-c", "ctx", "-n", "n")
    (path, _) = sorted(repo.files(), key=lambda path: "-first-" not in path)
    elsewhere = re.sub(r"(?m)^commit: .*", f"commit: {'1' * 40}", repo.read(path))
    repo.write(path, elsewhere.replace("First", "Third").replace("id: ", "id: 0badcafe #", 1))
    repo.git("config", "core.repositoryFormatVersion", "1")
    return repo, marks


def disturb(repo: Repo) -> None:
    """Make git doubt all that its index says of the files."""
    for file in repo.root.rglob("*"):
        if file.is_file() and ".git" not in file.relative_to(repo.root).parts:
            os.utime(file, (1, 1))
    (repo.root / "driven.txt").write_text("3\n")


def set_traps(repo: Repo, marks: Path) -> None:
    """Set all of it, in the settings of the repository."""
    lines = [
        "* diff=driver merge=driven filter=cleaned",
        "*.bin diff=converted", "*.dat filter=served", "*.inc filter=included", "*.tree filter=perTree",
    ]  # fmt: skip
    repo.write(".git/info/attributes", "\n".join(lines) + "\n")
    for name, value in SETTINGS.items():
        run = program(marks, name)
        repo.git("config", name, value.format(run=run, name=name))
    for name, value in ALLOWING.items():
        repo.git("config", name, value)
    hooks = marks.parent / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout", "pre-push",
                 "fsmonitor-watchman", "pre-commit", "post-commit", "post-merge"):  # fmt: skip
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >>'{marks}/hooks'\n")
        (hooks / name).chmod(0o755)
    repo.git("config", "core.hooksPath", str(hooks))
    for name, key in (("include.path", "filter.cleaned.clean"), ("includeIf", "filter.served.clean")):
        file = repo.write(f".git/{name}", "")
        repo.git("config", "--file", str(file), key, f"{program(marks, name)}; cat")
        where = "include.path" if name == "include.path" else "includeIf.gitdir:/.path"
        repo.git("config", where, str(file))
    repo.git("config", "extensions.worktreeConfig", "true")
    own = f"{program(marks, 'config.worktree')}; cat"
    repo.git("config", "--worktree", "filter.perTree.clean", own)
    below = str(repo.root / ".git/modules/sub/config")
    repo.git("config", "--file", below, "core.fsmonitor", program(marks, "submodule"))
    repo.write(".git/modules/sub/info/attributes", "* filter=cleaned\n")
    repo.git("config", "--file", below, "filter.cleaned.clean", f"{program(marks, 'submodule')}; cat")
    disturb(repo)


@pytest.fixture(scope="module")
def trapped(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[dict[str, int], set[str], set[str]]]:
    """How the reading commands ended, the marks that they left, and those that git left afterwards."""
    folder = tmp_path_factory.mktemp("trapped")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("GIT_", "XDG_")):
                patch.delenv(name)
        home = folder / "home"
        home.mkdir()
        who = "[user]\n\tname = A\n\temail = a@example.com\n"
        (home / ".gitconfig").write_text(
            f'{who}[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n'
        )
        patch.setenv("HOME", str(home))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        repo, marks = prepared(folder)
        patch.setenv("PATH", f"{folder}/bin{os.pathsep}{os.environ['PATH']}")
        set_traps(repo, marks)
        process._filters_off.cache_clear()
        ended = {}
        for command in READING:
            disturb(repo)
            ended[" ".join(command)] = repo.anchor(*command).status
        ours = {file.name for file in marks.iterdir()}
        disturb(repo)
        for words in ("status", "log -p", "diff", "fetch other", "log --show-signature", "-p log -1"):
            subprocess.run(["git", *words.split()], cwd=repo.root, capture_output=True, check=False)
        yield ended, ours, {file.name for file in marks.iterdir()}


@pytest.mark.parametrize("setting", [*SETTINGS, *OTHER])
def test_no_reading_command_runs_what_a_setting_names(
    trapped: tuple[dict[str, int], set[str], set[str]], setting: str
) -> None:
    _, ours, _ = trapped
    assert setting not in ours


def test_nothing_else_was_run_either(trapped: tuple[dict[str, int], set[str], set[str]]) -> None:
    ended, ours, _ = trapped
    assert ours == set()
    assert set(ended.values()) <= {0, 1}, ended


def test_git_itself_falls_into_the_traps(trapped: tuple[dict[str, int], set[str], set[str]]) -> None:
    _, _, gits = trapped
    sprung = {"core.fsmonitor", "include.path", "filter.served.process", "gpg.program", "submodule",
              "diff.converted.textconv", "remote.other.url"}  # fmt: skip
    assert sprung - gits == set()


# Filters ---------------------------------------------------------------------------------------


def counting(marks: Path) -> str:
    """A filter that changes nothing and leaves a mark."""
    return f"{program(marks, 'filter')}; cat"


@pytest.mark.parametrize(
    ("options", "runs"), [(["--global"], True), (["--local"], False), (["--global", "--local"], True)]
)
def test_filters_of_the_person_alone_are_run(
    repo: Repo, tmp_path: Path, options: list[str], runs: bool
) -> None:
    """What git-lfs sets for the person is needed to tell what was changed."""
    marks = tmp_path / "marks"
    marks.mkdir()
    repo.ok("add", "X", "-c", "c", "-n", "n")
    repo.commit("Filtered", {"a.big": "big\n", ".gitattributes": "*.big filter=big\n"})
    for option in options:
        repo.git("config", option, "filter.big.clean", counting(marks))
    (repo.root / "a.big").write_text("BIG\n")
    for command in ("status", "resume"):
        assert "a.big" in str(repo.json(command)["files"]), command
    assert (marks / "filter").exists() is runs


def test_a_filter_that_cannot_be_switched_off_is_refused(repo: Repo, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    repo.ok("add", "X", "-c", "c", "-n", "n")
    repo.git("config", "filter.a=b.clean", counting(marks))
    repo.write(".git/info/attributes", "* filter=a=b\n")
    disturb(repo)
    for command in ("status", "list", "resume"):
        result = repo.run("git-anchor", command)
        assert (result.status, result.err) == (
            4,
            "fatal: 'filter.a=b', which this repository sets, cannot be switched off; rename it\n",
        )
    assert list(marks.iterdir()) == []


def test_nothing_is_asked_where_no_filter_is_set(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.ok("add", "X", "-c", "c", "-n", "n")
    asked: list[str] = []
    run = process.run

    def counted(words: Sequence[str], *rest: Any, **more: Any) -> bytes | None:
        asked.extend(words)
        return run(words, *rest, **more)

    monkeypatch.setattr(process, "run", counted)
    repo.ok("status")
    assert not any("filter" in word for word in asked)


# Folders that have the form of a repository ----------------------------------------------------


def plain(folder: Path) -> None:
    pass


def with_a_common_folder(folder: Path) -> None:
    (folder.parent / "shared").mkdir()
    for name in ("objects", "refs", "config"):
        (folder / name).rename(folder.parent / "shared" / name)
    (folder / "commondir").write_text("../shared\n")


def detached(folder: Path) -> None:
    (folder / "HEAD").write_text(f"{'1' * 40}\n")


@pytest.mark.diagonal
@pytest.mark.parametrize("form", [plain, with_a_common_folder, detached])
@pytest.mark.parametrize("below", ["", "info", "more/folders"])
def test_a_committed_folder_that_looks_like_a_repository_is_not_asked(
    repo: Repo, tmp_path: Path, form: Callable[[Path], None], below: str
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    fake = repo.root / "docs"
    made = make_repository(tmp_path / "made")
    made.ok("add", "Lure", "-c", "c", "-n", "n")
    made.git("add", "-A")
    made.commit("Lure")
    (made.root / ".git").rename(fake)
    (made.root / ".anchors").rename(fake / ".anchors")
    (fake / "more/folders").mkdir(parents=True)
    lines = f"[core]\n\tbare = false\n\tworktree = {fake}\n\tfsmonitor = {program(marks, 'monitor')}\n"
    (fake / "config").write_text(f'{lines}[filter "x"]\n\tclean = {program(marks, "filter")}\n')
    (fake / "info/attributes").write_text("* filter=x\n")
    form(fake)
    for file in fake.glob(".anchors/*/*/*"):
        os.utime(file, (1, 1))
    there = f"docs/{below}".rstrip("/")
    for command in (
        *READING,
        ["diff"],
        ["add", "X", "-c", "c", "-n", "n"],
        ["init"],
        ["sync"],
        ["doctor"],
    ):
        if command == ["request"]:
            continue  # also for where there is no repository
        result = repo.anchor(*command, folder=there)
        assert (result.status, result.out, result.err) == (
            4,
            "",
            f"fatal: '{fake}' has the form of a repository, inside of another; change to a folder above it\n",
        ), command
    assert list(marks.iterdir()) == []
    assert repo.anchor("list", folder=".").status == 0


@pytest.mark.parametrize("below", ["", "hooks", "refs/heads"])
def test_a_real_bare_repository_has_its_message(tmp_path: Path, below: str) -> None:
    bare = make_repository(tmp_path / "bare.git", "--bare")
    for command in ("list", "add"):
        result = bare.anchor(command, folder=below)
        assert (result.status, result.err) == (
            4,
            f"fatal: '{bare.root}' is a bare repository, without a worktree to keep anchors in; use a clone\n",
        )


@pytest.mark.parametrize("folder", [".git", ".git/hooks", ".git/modules/sub", ".git/worktrees/linked"])
def test_the_inside_of_a_repository_has_its_message(repo: Repo, tmp_path: Path, folder: str) -> None:
    sub = make_repository(tmp_path / "sub")
    sub.commit("Sub", {"file": "x\n"})
    repo.git("submodule", "--quiet", "add", str(sub.root), "sub")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    result = repo.anchor("list", folder=folder)
    where = folder.removesuffix("/hooks")
    assert (result.status, result.err) == (
        4,
        f"fatal: this folder belongs to '{repo.root}/{where}' itself; change to its worktree\n",
    )


@pytest.mark.parametrize("content", ["", "HEAD\n", "ref: heads/main\n", "12345\n"])
def test_a_folder_that_git_takes_for_no_repository_is_a_folder(repo: Repo, content: str) -> None:
    repo.write("docs/HEAD", content)
    repo.write("docs/refs/x", "")
    repo.write("docs/objects/x", "")
    assert repo.git("-C", "docs", "rev-parse", "--show-toplevel") == str(repo.root)
    assert repo.anchor("list", folder="docs").status == 0
