"""The modes of all that is made, by umask and `core.sharedRepository`, against those that git gives."""

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from gitanchor.storage.permissions import Permissions
from tests.repositories import Repo
from tests.variants import first

UMASKS: Final = ("022", "027", "077", "002")
VALUES: Final = (None, "umask", "group", "true", "all", "0660", "0640", "0600")

ALL: Final = """
git init -q .
git config user.name A && git config user.email a@example.com
{setting}
mkdir folder && echo x >folder/file && git add . && git commit -q -m x
rm -r folder && git checkout -q -- folder
git branch new/topic && git update-index --refresh
git anchor init
git anchor add First -c context -n next && git anchor add Second -c context -n next
git anchor resume && git anchor list && git anchor search context && git anchor log
git anchor edit "$(git anchor list --json | sed -n 's/.*"id": "\\(.*\\)",/\\1/p' | head -n 1)" -m milestone
git add . && git commit -q -m y && git worktree add -q ../linked
git switch -q -c by-hook && git commit -q --amend -m z && git commit -q --allow-empty -m z
cd ../linked && git anchor add Third -c context -n next && git anchor status
git config anchor.trailer true && git commit -q --allow-empty -m z
"""
"""What makes one of everything, after git made a file and a folder of each kind."""


def modes(paths: Iterable[Path]) -> set[str]:
    """The modes of some files or folders."""
    return {f"{stat.S_IMODE(path.stat().st_mode):o}" for path in paths}


@pytest.mark.diagonal
@pytest.mark.parametrize("umask", first(UMASKS, keep=2))
@pytest.mark.parametrize("value", first(VALUES, keep=3))
def test_all_is_made_as_git_makes_it(repo: Repo, umask: str, value: str | None) -> None:
    there = repo.root.parent / "shared"
    setting = f"git config core.sharedRepository {value}" if value else ":"
    made = Repo(there)
    there.mkdir(mode=0o755)
    made.run("sh", "-e", "-c", f"umask {umask}{ALL.format(setting=setting)}", check=True)
    git = there / ".git"
    file, folder = modes([git / "index"]), modes([git / "refs/heads/new"])

    ours = [git / "gitanchor", *(git / "gitanchor").rglob("*")]
    linked = git / "worktrees/linked/gitanchor"
    ours += [linked, *linked.rglob("*")]
    hooks = [path for path in ours if path.parent.name == "hooks"]
    files = [path for path in ours if path.is_file() and path not in hooks]
    kinds = {path.suffix or path.name for path in files}
    assert {".sqlite3", "lock", "here"} <= kinds, kinds
    assert {"heads/by-hook~", "count/by-hook~", "rewritten", "trailer"} <= {
        path.relative_to(git / "gitanchor").as_posix() for path in files if linked not in path.parents
    }
    assert any(path.parent.name == "journal" or "journal" in path.parts for path in files)
    assert {path: modes([path]) for path in files} == dict.fromkeys(files, file)
    folders = [path for path in ours if path.is_dir()]
    assert {path: modes([path]) for path in folders} == dict.fromkeys(folders, folder)
    installed = [path for path in (git / "hooks").iterdir() if path.suffix != ".sample"]
    executable = {f"{(bits := int(mode, 8)) | (bits & 0o444) >> 2:o}" for mode in file}
    assert modes([*hooks, *installed]) == executable

    anchors = there / ".anchors"
    own = [anchors, *anchors.rglob("*")]
    log = there / "GPT_Anchors_Log.md"
    assert modes(path for path in [*own, log] if path.is_file()) == modes([there / "folder/file"])
    assert modes(path for path in own if path.is_dir()) == modes([there / "folder"])


@pytest.mark.unit
@pytest.mark.parametrize(
    ("setting", "file", "folder"),
    [
        (None, "600", "700"),
        ("", "600", "700"),
        ("umask", "600", "700"),
        ("false", "600", "700"),
        ("0", "600", "700"),
        ("group", "660", "2770"),
        ("GROUP", "660", "2770"),
        ("yes", "660", "2770"),
        ("1", "660", "2770"),
        ("all", "664", "2775"),
        ("world", "664", "2775"),
        ("everybody", "664", "2775"),
        ("2", "664", "2775"),
        ("0640", "640", "2750"),
        ("660", "660", "2770"),
        ("0666", "666", "2777"),
        ("0600", "600", "700"),
        ("0770", "660", "2770"),
        ("0100", "600", "700"),
        ("nonsense", "600", "700"),
    ],
)
def test_what_a_setting_grants(setting: str | None, file: str, folder: str) -> None:
    granted = Permissions.of(setting)
    assert f"{stat.S_IMODE(granted.applied(stat.S_IFREG | 0o600)):o}" == file
    assert f"{stat.S_IMODE(granted.applied(stat.S_IFDIR | 0o700)):o}" == folder
