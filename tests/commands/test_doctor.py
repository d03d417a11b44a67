"""`git anchor doctor`: one case for each thing that it finds, and that it leaves no trace."""

import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from gitanchor.git.repository import Repository
from gitanchor.hooks import installer
from gitanchor.model.errors import WriteFailed
from gitanchor.operations import render
from gitanchor.operations.doctor import doctor, findings, hook_proofs, setup_checks
from tests.repositories import BIN, Repo, Result

LOG: Final = "GPT_Anchors_Log.md"
NO_HOOKS: Final = (
    "note: hooks-none: .git/hooks: none of git anchor is installed; 'git anchor init' installs them\n"
)
SECRET_ID: Final = "00c0ffee"
ALL: Final = f"{len(installer.NAMES)} hooks answered"
UNMERGED: Final = (
    "did not merge two logs: Auto-merging GPT_Anchors_Log.md CONFLICT (content): Merge conflict in"
    " GPT_Anchors_Log.md Automatic merge failed; fix conflicts and then commit the result."
)
MERGES: Final = "cp %A %A.ours && cat %A.ours %B >%A"
"""A driver that keeps all that both sides have."""


@pytest.fixture
def ready(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with one committed anchor, without hooks, and nothing wrong."""
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2024-03-01T12:00:00+01:00")
    return repo.once(made_ready)


def made_ready(repo: Repo) -> None:
    repo.ok("init", "--no-hooks")
    repo.git("config", "merge.gitanchor.driver", MERGES)
    repo.ok("add", "Dough", "-c", "It rests.")
    repo.git("add", "-A")
    repo.commit("Keep anchors")


@pytest.fixture
def hooked(ready: Repo) -> Repo:
    """The same with all hooks installed."""
    return ready.once(made_hooked)


def made_hooked(ready: Repo) -> None:
    ready.ok("init")
    ready.git("config", "merge.gitanchor.driver", MERGES)


def names(repo: Repo) -> dict[str, str]:
    """What messages name of the one anchor of `ready`."""
    path = repo.git("ls-files", ".anchors/2*")
    anchor_id = path.removesuffix(".yaml")[-8:]
    commit = repo.git("rev-parse", "HEAD~1")
    return {
        "path": path,
        "id": anchor_id,
        "commit": commit,
        "short": commit[:10],
        "root": str(repo.root),
    }


def snapshot(repo: Repo) -> dict[str, bytes]:
    """Every file of the worktree and of the git directory, but for what any reading brings up to date."""
    files = (file for file in repo.root.rglob("*") if file.is_file() and not file.is_symlink())
    return {
        file.relative_to(repo.root).as_posix(): file.read_bytes()
        for file in files
        if file.suffix != ".sqlite3" and file.name != "lock"
    }


# One case for each code ------------------------------------------------------------------------


class Case(NamedTuple):
    """What is damaged, what is said of it, and what `--fix` makes of it.

    `said` has the lines of errors and notes; `fix` is what --fix would do, None where it does nothing.
    """

    code: str
    damage: Callable[[Repo, dict[str, str]], object]
    said: str
    fix: str | None = None


def anchor_file(change: Callable[[str], str]) -> Callable[[Repo, dict[str, str]], object]:
    """Change the text of the anchor's file."""
    return lambda repo, named: repo.write(named["path"], change(repo.read(named["path"])))


def changed_log(change: Callable[[str], str]) -> Callable[[Repo, dict[str, str]], object]:
    return lambda repo, named: repo.write(LOG, change(repo.read(LOG)))


def copy_anchor(target: str) -> Callable[[Repo, dict[str, str]], object]:
    """Copy the anchor's file to another place."""
    return lambda repo, named: repo.write(target.format_map(named), repo.read(named["path"]))


def copy_anchor_changed(target: str) -> Callable[[Repo, dict[str, str]], object]:
    """The same with another text."""
    return lambda repo, named: repo.write(
        target.format_map(named), repo.read(named["path"]).replace("context: ", "context: Not ")
    )


def rename(repo: Repo, named: dict[str, str]) -> None:
    path = repo.root / named["path"]
    path.rename(path.with_name(path.name.replace(named["id"], SECRET_ID)))


def retime(repo: Repo, named: dict[str, str]) -> None:
    path = repo.root / named["path"]
    path.rename(path.with_name(path.name.replace("T1200", "T1300")))


def orphan(repo: Repo, named: dict[str, str]) -> None:
    anchor_file(lambda text: text.replace("parent: null", f"parent: {SECRET_ID}"))(repo, named)
    repo.ok("render")


def from_the_future(repo: Repo, named: dict[str, str]) -> None:
    text = repo.read(named["path"]).replace(
        "created: 2024-03-01T12:00:00+01:00", "created: 2124-03-01T12:00:00Z"
    )
    (repo.root / named["path"]).unlink()
    repo.write(f".anchors/2124/03/21240301T1200-dough-{named['id']}.yaml", text)
    repo.ok("render")


def link(repo: Repo, named: dict[str, str]) -> None:
    (repo.root / ".anchors").rename(repo.root / "elsewhere")
    (repo.root / ".anchors").symlink_to("elsewhere")


def lose_commit(repo: Repo, named: dict[str, str]) -> None:
    """Take the anchor's ref and branch away, so that nothing keeps its commit."""
    repo.git("update-ref", "-d", f"refs/anchors/{named['id']}")
    repo.git("checkout", "-q", "--orphan", "new")
    repo.git("commit", "-qm", "New")
    repo.git("branch", "-D", "main")


def journal_entry(repo: Repo, named: dict[str, str]) -> None:
    repo.write(".git/gitanchor/journal/20240301T110000.000000Z-add-x.yaml", "torn")


def damaged_cache(repo: Repo, named: dict[str, str]) -> None:
    repo.write(".git/gitanchor/index.sqlite3", "no database\n" * 100)


def wrong_cache(repo: Repo, named: dict[str, str]) -> None:
    past = time.time() - 100
    os.utime(repo.root / named["path"], (past, past))
    time.sleep(0.15)  # the cache believes no file that has just changed
    repo.ok("list")
    database = sqlite3.connect(repo.root / ".git/gitanchor/index.sqlite3")
    with database:
        database.execute("UPDATE anchor SET name = 'Bread'")
    database.close()
    assert "Bread" in repo.ok("list")


def leave(path: str, days: float) -> Callable[[Repo, dict[str, str]], object]:
    """Leave a file behind that is some days old."""

    def damage(repo: Repo, named: dict[str, str]) -> None:
        moment = time.time() - days * 86400
        os.utime(repo.write(path, "half"), (moment, moment))

    return damage


def driver(value: str) -> Callable[[Repo, dict[str, str]], object]:
    return lambda repo, named: repo.git("config", "merge.gitanchor.driver", value)


def no_driver(repo: Repo, named: dict[str, str]) -> None:
    repo.git("config", "--remove-section", "merge.gitanchor")


def forget_hook_state(repo: Repo, named: dict[str, str]) -> None:
    repo.write(".git/gitanchor/hooks/post-commit", "")
    (repo.root / ".git/gitanchor/remind").unlink()


def sparse(repo: Repo, named: dict[str, str]) -> None:
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/.anchors/2*")


def program(text: str) -> Callable[[Repo, dict[str, str]], object]:
    """Have another git-anchor on PATH, or none."""

    def damage(repo: Repo, named: dict[str, str]) -> None:
        folder = repo.root.parent / "programs"
        folder.mkdir()
        for name in ("git", "sh", "cp", "cat", "sed", "uname", "basename"):
            for place in ("/usr/bin", "/bin"):
                if Path(place, name).exists() and not (folder / name).exists():
                    (folder / name).symlink_to(f"{place}/{name}")
        if text:
            (folder / "git-anchor").write_text(text)
            (folder / "git-anchor").chmod(0o755)
        os.environ["PATH"] = str(folder)  # pytest's monkeypatch puts it back

    return damage


def remote(repo: Repo, named: dict[str, str]) -> None:
    repo.git("remote", "add", "origin", "https://github.com/ada/station")


def long_history(repo: Repo, named: dict[str, str]) -> None:
    """As many commits as make a history a long one."""
    del named
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@b> {n + 1} +0000\ndata 1\nx\n"
        f"{'from refs/heads/main^0' if n == 0 else ''}\n"
        for n in range(5_000)
    )
    repo.run("git", "fast-import", "--quiet", stdin=stream, check=True)


CASES: Final = [
    Case(
        "torn",
        anchor_file(lambda text: text.removesuffix("...\n")),
        "error: torn: {path}: the closing '...' is missing, so its end was cut off\n",
    ),
    Case(
        "conflict",
        anchor_file(lambda text: f"<<<<<<< HEAD\n{text}"),
        "error: conflict: {path}: line 1 is a conflict marker; finish the merge of this file\n",
    ),
    Case(
        "bad-file",
        anchor_file(lambda text: text.replace("status: open", "status: asleep")),
        "error: bad-file: {path}: the field 'status' is none of: open, done, superseded\n",
    ),
    Case("link", link, "error: link: .anchors: '.anchors' is a symbolic link to 'elsewhere'; replace it by what it leads to\n"),
    Case(
        "duplicate-id",
        copy_anchor(".anchors/2024/03/20240301T1200-a-copy-{id}.yaml"),
        "error: duplicate-id: .anchors/2024/03/20240301T1200-a-copy-{id}.yaml: holds the same anchor as"
        " {path}\n",
        "remove .anchors/2024/03/20240301T1200-a-copy-{id}.yaml",
    ),
    Case(
        "duplicate-id",
        copy_anchor_changed(".anchors/2024/03/20240301T1200-copy-{id}.yaml"),
        "error: duplicate-id: {path}: has the id of .anchors/2024/03/20240301T1200-copy-{id}.yaml;"
        " give it one of its own, or remove it\n",
    ),
    Case(
        "file-name",
        rename,
        f"error: file-name: .anchors/2024/03/20240301T1200-dough-{SECRET_ID}.yaml: its name has the id"
        f" {SECRET_ID}, but it holds anchor {{id}}\n",
    ),
    Case(
        "file-time",
        retime,
        "note: file-time: .anchors/2024/03/20240301T1300-dough-{id}.yaml: its name has another time than"
        " it was created at (2024-03-01 12:00:00+01:00)\n",
    ),
    Case(
        "misplaced",
        copy_anchor(".anchors/drafts/later/x.yaml"),
        "error: misplaced: .anchors/drafts/later/x.yaml: lies outside of the folders YEAR/MONTH, where"
        " anchors are looked for\n",
    ),
    Case(
        "parent-missing",
        orphan,
        f"error: parent-missing: {{path}}: goes on from {SECRET_ID}, which is in no branch and no"
        " history of this clone\n",
    ),
    Case(
        "future",
        from_the_future,
        "error: future: .anchors/2124/03/21240301T1200-dough-{id}.yaml: was created in the future, at"
        " 2124-03-01 12:00:00+00:00; one of the clocks, here or where it was written, is wrong\n",
    ),
    Case(
        "ref-missing",
        lambda repo, named: repo.git("update-ref", "-d", f"refs/anchors/{named['id']}"),
        "note: ref-missing: refs/anchors/{id}: is not there, though other refs still keep commit {short}\n",
        "make refs/anchors/{id}",
    ),
    Case(
        "ref-missing",
        lose_commit,
        "error: ref-missing: refs/anchors/{id}: is not there, and nothing else keeps commit {short}\n",
        "make refs/anchors/{id}",
    ),
    Case(
        "ref-wrong",
        lambda repo, named: repo.git("update-ref", f"refs/anchors/{named['id']}", "HEAD"),
        "error: ref-wrong: refs/anchors/{id}: is {head}, but the anchor records {commit}\n",
        "set refs/anchors/{id} as recorded",
    ),
    Case(
        "journal",
        journal_entry,
        "error: journal: .git/gitanchor/journal/20240301T110000.000000Z-add-x.yaml: is no entry: its"
        " first line is not '# add PATH'\n",
    ),
    Case(
        "cache",
        damaged_cache,
        "error: cache: .git/gitanchor/index.sqlite3: this cache is of no use: file is not a database\n",
        "drop .git/gitanchor/index.sqlite3",
    ),
    Case(
        "cache",
        wrong_cache,
        "error: cache: .git/gitanchor/index.sqlite3: this cache is of no use: it says something else"
        " than the anchor files\n",
        "drop .git/gitanchor/index.sqlite3",
    ),
    Case(
        "left-over",
        leave(".git/gitanchor/tmp/.x.tmp", 1.1),
        "note: left-over: .git/gitanchor/tmp/.x.tmp: was left by a process that was killed\n",
        "remove .git/gitanchor/tmp/.x.tmp",
    ),
    Case(
        "left-over",
        leave(".anchors/2024/03/.x.tmp", 1.1),
        "note: left-over: .anchors/2024/03/.x.tmp: was left by a process that was killed\n",
        "remove .anchors/2024/03/.x.tmp",
    ),
    Case(
        "form",
        leave(".git/gitanchor/ANCHOR_EDITMSG.00c0ffee.md", 30),
        "note: form: .git/gitanchor/ANCHOR_EDITMSG.00c0ffee.md: a form that became no anchor:"
        " 'git anchor add -F .git/gitanchor/ANCHOR_EDITMSG.00c0ffee.md' takes it, or remove it\n",
    ),
    Case(
        "settings",
        lambda repo, named: repo.write(".anchors/config.yaml", "remind: 5\n"),
        "error: settings: .anchors/config.yaml: 'remind' holds settings of its own, one a line below it\n",
    ),
    Case(
        "settings",
        lambda repo, named: repo.git("config", "anchor.remind.hours", "many"),
        "error: settings: anchor.remind.hours: 'many' is not a number; give 0 or more\n",
    ),
    Case(
        "settings",
        lambda repo, named: repo.write(".anchors/config.yaml", "remind:\n  hours: many\n"),
        "error: settings: .anchors/config.yaml: remind.hours: 'many' is not a number; give 0 or more\n",
    ),
    Case(
        "settings",
        lambda repo, named: repo.write(".anchors/config.yaml", "log:\n  path: ../x.md\n"),
        "error: settings: .anchors/config.yaml: log.path: '../x.md' is no place for the log;"
        " give a path to a .md file inside the worktree, outside .git and .anchors\n",
    ),
    Case(
        "setting-unknown",
        lambda repo, named: repo.write(".anchors/config.yaml", "# Ours\nremind:\n  comits: 3\n"),
        "note: setting-unknown: .anchors/config.yaml:3: 'remind.comits' is no setting, and is left aside;"
        " did you mean 'remind.commits'?\n",
    ),
    Case(
        "attributes",
        lambda repo, named: repo.write(".gitattributes", ""),
        "error: attributes: .gitattributes: gives the log not merge=gitanchor, but merge unspecified\n",
        "run 'git anchor init' again",
    ),
    Case(
        "attributes",
        lambda repo, named: repo.write(".anchors/.gitattributes", "*/*/*.yaml merge=gitanchor\n"),
        "error: attributes: .anchors/.gitattributes: gives anchor files not eol=lf, but eol unspecified\n",
        "run 'git anchor init' again",
    ),
    Case(
        "attributes",
        lambda repo, named: repo.write(".anchors/.gitattributes", "* text eol=lf\n"),
        "error: attributes: .anchors/.gitattributes: gives anchor files not merge=gitanchor, but merge"
        " unspecified\n",
        "run 'git anchor init' again",
    ),
    Case(
        "driver-missing",
        no_driver,
        "error: driver-missing: the attributes name a merge driver, but 'merge.gitanchor.driver' is"
        " not set\n",
        "run 'git anchor init' again",
    ),
    Case(
        "driver-broken",
        driver("false"),
        f"error: driver-broken: the merge driver 'false' (merge.gitanchor.driver) {UNMERGED}\n",
    ),
    Case(
        "driver-broken",
        driver("git-anchor merge-driver %A; exit 1"),
        "error: driver-broken: the merge driver 'git-anchor merge-driver %A; exit 1'"
        f" (merge.gitanchor.driver) {UNMERGED}\n",
        "run 'git anchor init' again",
    ),
    Case(
        "hook-state",
        forget_hook_state,
        "error: hook-state: .git/gitanchor/remind: is not there, so that the hooks keep silent\n",
        "write what the hooks read",
    ),
    Case(
        "ignored",
        lambda repo, named: repo.write(".git/info/exclude", ".*\n"),
        "error: ignored: .anchors: git ignores new anchors: '.*' in .git/info/exclude:1; '!/.anchors/' in"
        " .gitignore says otherwise\n",
    ),
    Case(
        "sparse",
        sparse,
        "error: sparse: .anchors: the sparse checkout leaves out 1 anchor(s); 'git sparse-checkout add"
        " .anchors' brings them\n",
    ),
    Case(
        "log-behind",
        lambda repo, named: os.remove(repo.root / LOG),  # noqa: PTH107
        f"note: log-behind: {LOG}: lacks 1 anchor, until the next one is written\n",
        f"regenerate {LOG}",
    ),
    Case(
        "log-differs",
        anchor_file(lambda text: text.replace("It rests.", "It rises.")),
        f"error: log-differs: {LOG}: is not what the anchors generate\n",
        f"regenerate {LOG}",
    ),
    Case(
        "log-edited",
        changed_log(lambda text: text.replace("It rests.", "It sleeps.")),
        f"error: log-edited: {LOG}: line {{line}}: entry {{id}} was changed by hand; 'git anchor absorb'"
        " takes it in\n",
    ),
    Case(
        "log-conflict",
        changed_log(lambda text: f"{text}<<<<<<< HEAD\n"),
        f"error: log-conflict: {LOG}: line {{end}} is a conflict marker; 'git anchor"
        " resolve' finishes the merge\n",
    ),
    Case(
        "log-unreadable",
        lambda repo, named: repo.write(LOG, b"\xff"),
        f"error: log-unreadable: {LOG}: '{LOG}' is not UTF-8 at byte 0, so it was not written by git"
        " anchor; move it away, or import it once it is UTF-8\n",
    ),
    Case(
        "log-kept-by-hand",
        lambda repo, named: repo.write(LOG, "# Our log\n"),
        f"note: log-kept-by-hand: {LOG}: it is kept by hand; 'git anchor import {LOG}' takes its anchors"
        " in\n",
    ),
    Case(
        "commit-graph",
        long_history,
        "note: commit-graph: this history has 5,000 commits or more, and no commit-graph, without which git"
        " counts them slowly; 'git commit-graph write --reachable' makes one\n",
    ),
    Case("jj", lambda repo, named: repo.write(".jj/repo", ""), "note: jj: .jj: jj runs no hooks and no merge drivers; after it, run 'git anchor render'\n"),
    Case(
        "web",
        remote,
        "note: web: github.com runs no hooks and no merge driver: edits and merges on its pages leave the"
        " log as it is, until 'git anchor render' runs, here or in a workflow there\n",
    ),
    Case(
        "gui-path",
        lambda repo, named: repo.write(".idea/x", ""),
        "note: gui-path: JetBrains may start git with PATH=/usr/bin:/bin:/usr/sbin:/sbin, where"
        " git-anchor is not; then commits are made, but the log is not brought up to date\n",
    ),
    Case(
        "command-missing",
        program(""),
        "error: command-missing: git's shell does not find git-anchor, so that hooks cannot run it; add it"
        " to PATH\n",
    ),
    Case(
        "command-broken",
        program("#!/no/such/python\n"),
        "error: command-broken: git's shell finds git-anchor, but it does not start (not found); install it"
        " anew\n",
    ),
]  # fmt: skip


def facts(repo: Repo, named: dict[str, str]) -> dict[str, str]:
    """What the messages of the cases may name."""
    lines = (
        (repo.root / LOG).read_bytes().decode("utf-8", "replace").split("\n")
        if (repo.root / LOG).exists()
        else []
    )
    entry = next((n for n, line in enumerate(lines, 1) if line.startswith("<!-- anchor ")), 0)
    head = repo.git("rev-parse", "--verify", "HEAD")
    return {**named, "line": str(entry), "end": str(len(lines) - 1), "head": head}


def told(result: Result) -> str:
    """What was printed, less the note on hooks, which `ready` has none of."""
    assert result.err == ""
    assert result.out.count(NO_HOOKS) <= 1
    return result.out.replace(NO_HOOKS, "")


PROVEN: dict[Hashable, hook_proofs.Proof] = {}


@pytest.fixture
def proven_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of the merge driver, the half of what `doctor` costs, once for all that is the same to it."""
    prove = hook_proofs.merge

    def merge(repository: Repository) -> hook_proofs.Proof:
        copies = sorted((repository.common_dir / "gitanchor/hooks").glob("*"))
        read = [repository.common_dir / "config", Path.home() / ".gitconfig", *copies]
        known = (os.environ["PATH"], *(file.read_bytes() for file in read))
        if known not in PROVEN:
            PROVEN[known] = prove(repository)
        return PROVEN[known]

    monkeypatch.setattr(hook_proofs, "merge", merge)


@pytest.mark.usefixtures("proven_once")
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=f"{case.code}-{number}",
            marks=pytest.mark.slow if case.code in {before.code for before in CASES[:number]} else (),
        )
        for number, case in enumerate(CASES)
    ],
)
def test_each_finding(ready: Repo, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    named = names(ready)
    case.damage(ready, named)
    said = case.said.format_map(facts(ready, named))
    before = snapshot(ready)

    found = ready.anchor("doctor")
    is_error = said.startswith("error: ")
    count = len(ready.files())
    verdict = "1 problem\n" if is_error else f"No problems ({count} anchor)\n"
    hint = f'  (use "git anchor doctor --fix" to {case.fix})\n'.format_map(named) if case.fix else ""
    assert told(found) == said + hint + verdict
    assert found.status == (1 if is_error else 0)
    listed = json.loads(ready.anchor("doctor", "--json").out)
    (finding,) = [one for one in listed if one["code"] != "hooks-none"]
    assert (finding["code"], finding["fixed"]) == (case.code, False)
    assert finding["fix"] == (case.fix and case.fix.format_map(named))
    assert finding["level"] == said.split(":")[0]
    assert snapshot(ready) == before

    fixed = ready.anchor("doctor", "--fix")
    if case.fix is None:
        assert (told(fixed), fixed.status) == (told(found), found.status)
        assert snapshot(ready) == before
        return
    sentence = said.partition(": ")[2]
    assert told(fixed) == f"fixed: {sentence}No problems, 1 fixed (1 anchor)\n"
    assert fixed.status == 0
    assert told(ready.anchor("doctor")) == "No problems (1 anchor)\n"
    assert ready.anchor("doctor").status == 0


def test_a_sound_repository_is_one_line_and_one_note(ready: Repo) -> None:
    assert ready.anchor("doctor") == Result(0, f"{NO_HOOKS}No problems (1 anchor)\n", "")


def test_fixed_findings_stay_in_the_json(ready: Repo) -> None:
    named = names(ready)
    ready.git("update-ref", "-d", f"refs/anchors/{named['id']}")
    (finding, _) = json.loads(ready.anchor("doctor", "--fix", "--json").out)
    assert finding == {
        "code": "ref-missing",
        "level": "note",
        "message": f"is not there, though other refs still keep commit {named['short']}",
        "path": f"refs/anchors/{named['id']}",
        "fix": f"make refs/anchors/{named['id']}",
        "fixed": True,
    }
    assert ready.git("rev-parse", f"refs/anchors/{named['id']}") == named["commit"]


def test_many_findings_of_one_kind_are_counted(ready: Repo) -> None:
    for number in range(12):
        ready.write(f".anchors/{number}.yaml", "x")
    message = "lies outside of the folders YEAR/MONTH, where anchors are looked for"
    lines = [
        f"error: misplaced: .anchors/{number}.yaml: {message}"
        for number in sorted(range(12), key=str)[:10]
    ]
    assert told(ready.anchor("doctor")) == "\n".join(
        [*lines, "… and 2 more: misplaced", "12 problems", ""]
    )


def test_without_anchors_there_is_nothing_to_say(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    before = snapshot(repo)
    assert repo.anchor("doctor") == Result(0, "No problems (0 anchors)\n", "")
    assert repo.anchor("doctor", "--fix") == Result(0, "No problems (0 anchors)\n", "")
    assert repo.anchor("doctor", "--json") == Result(0, "[]\n", "")
    assert snapshot(repo) == before


def test_what_is_young_is_somebody_s(ready: Repo) -> None:
    leave(".git/gitanchor/tmp/.x.tmp", 0.9)(ready, {})
    assert told(ready.anchor("doctor")) == "No problems (1 anchor)\n"


# Parents ---------------------------------------------------------------------------------------


def test_parents_that_were_removed_or_lie_elsewhere_are_known(ready: Repo, tmp_path: Path) -> None:
    ready.git("switch", "-q", "-c", "other")
    ready.ok("add", "Bread", "-c", "It bakes.", "--commit")
    (bread, dough) = ready.json("list")
    ready.git("switch", "-q", "main")
    ready.ok("add", "Rolls", "-c", "They cool.", "--parent", bread["id"])
    assert told(ready.anchor("doctor")) == "No problems (2 anchors)\n"
    ready.ok("rm", dough["id"])
    ready.git("add", "-A")
    ready.commit("Remove one")
    clone = Repo(tmp_path / "clone")
    ready.git("clone", "-q", ".", str(clone.root))
    clone.git("config", "merge.gitanchor.driver", MERGES)
    errors = [line for line in told(clone.anchor("doctor")).splitlines() if line.startswith("error")]
    assert errors == []


def test_a_bad_file_makes_no_bad_cache(ready: Repo) -> None:
    time.sleep(0.15)  # the cache believes no file that has just changed
    ready.ok("list")
    assert (ready.root / ".git/gitanchor/index.sqlite3").exists()
    ready.write(".anchors/2024/03/20240302T1200-x-00c0ffee.yaml", "x")
    listed = json.loads(ready.anchor("doctor", "--json").out)
    assert [finding["code"] for finding in listed] == ["torn", "hooks-none"]


def test_the_advice_on_ignored_anchors_helps(ready: Repo) -> None:
    ready.write(".git/info/exclude", ".*\n")
    assert ready.anchor("doctor").status == 1
    ready.write(".gitignore", "!/.anchors/\n")
    assert told(ready.anchor("doctor")) == "No problems (1 anchor)\n"
    ready.ok("add", "Rolls", "-c", "They cool.")
    assert ready.git("status", "--porcelain", "-uall", "--", ".anchors").startswith(
        "?? .anchors/2024/03/"
    )


def test_a_sparse_checkout_keeps_the_log(ready: Repo) -> None:
    before = ready.read(LOG)
    sparse(ready, {})
    assert ready.anchor("doctor", "--fix").status == 1
    assert ready.read(LOG) == before


# git and its versions --------------------------------------------------------------------------


def test_an_old_git(ready: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    version = ready.git("version")
    monkeypatch.setattr(setup_checks, "OLDEST_GIT", (99, 1))
    assert told(ready.anchor("doctor")) == (
        f"error: git-version: {version} is older than 99.1; install a newer one\n1 problem\n"
    )


def test_a_check_that_fails_is_a_finding(ready: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_luck(look: findings.Examination) -> Iterator[findings.Finding]:
        raise WriteFailed("no space")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (no_luck,))
    assert told(ready.anchor("doctor")) == (
        "error: check-failed: the check of no luck could not be made: no space\n1 problem\n"
    )


def test_a_repair_that_fails_is_said(ready: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    (ready.root / LOG).unlink()

    def fail(self: object) -> bool:
        raise WriteFailed("no space")

    monkeypatch.setattr(render, "render", fail)
    done = ready.anchor("doctor", "--fix")
    assert done.err == f"warning: could not regenerate {LOG}: no space\n"
    assert "note: log-behind: " in done.out


# Hooks -----------------------------------------------------------------------------------------


def hook(repo: Repo, name: str) -> Path:
    return repo.root / ".git/hooks" / name


def test_all_hooks_answer_and_nothing_moves(hooked: Repo) -> None:
    before = snapshot(hooked)
    assert hooked.anchor("doctor") == Result(0, f"No problems (1 anchor, {ALL})\n", "")
    assert snapshot(hooked) == before
    assert hooked.git("worktree", "list").count("\n") == 0


def install_hint(name: str) -> str:
    return f'  (use "git anchor doctor --fix" to install the {name} hook)\n'


def test_hooks_that_are_gone(hooked: Repo) -> None:
    gone = ("post-commit", "post-merge")
    for name in gone:
        hook(hooked, name).unlink()
    said = [f"hook-missing: .git/hooks/{name}: is not installed, though others are\n" for name in gone]
    lines = [f"error: {line}{install_hint(name)}" for line, name in zip(said, gone, strict=True)]
    assert hooked.anchor("doctor").out == "".join(lines) + "2 problems\n"
    fixed = "".join(f"fixed: {line}" for line in said)
    assert hooked.ok("doctor", "--fix") == f"{fixed}No problems, 2 fixed (1 anchor, {ALL})\n"


def test_a_hook_that_lost_its_mode(hooked: Repo) -> None:
    file = hook(hooked, "post-rewrite")
    file.chmod(0o644)
    said = hooked.anchor("doctor").out
    start = "error: hook-silent: .git/hooks/post-rewrite: ours is in it, but did not answer: "
    assert said.startswith(f"{start}'{file}' is not executable")
    assert said.endswith(f"{install_hint('post-rewrite')}1 problem\n")
    assert "No problems, 1 fixed" in hooked.ok("doctor", "--fix")
    assert file.stat().st_mode & 0o111


def test_hooks_that_end_before_ours(hooked: Repo) -> None:
    for name in installer.NAMES:
        first, rest = hook(hooked, name).read_text().split("\n", 1)
        hook(hooked, name).write_text(f"{first}\necho {name} ends >&2\nexit 0\n{rest}")
    result = hooked.anchor("doctor")
    pattern = r"^error: hook-silent: .git/hooks/(\S+): ours .* answer: (.*)$"
    told = re.findall(pattern, result.out, re.MULTILINE)
    assert [name for name, _ in told] == list(installer.NAMES)
    assert all(f"{name} ends" in heard for name, heard in told)
    assert result.out.endswith("\n6 problems\n")
    assert result.out.count("\n") == 13
    left = hooked.anchor("doctor", "--fix").out  # what others wrote stays
    assert left == re.sub(r"^  \(use .*\n", "", result.out, flags=re.MULTILINE)  # no more to install


@pytest.mark.parametrize("content", ["#!/usr/bin/env python3\n", "echo theirs\n", None])
def test_no_repair_is_offered_that_would_be_refused(hooked: Repo, content: str | None) -> None:
    file = hook(hooked, "post-commit")
    file.unlink()
    if content is None:
        file.symlink_to("/nowhere")
    else:
        file.write_text(content)
        file.chmod(0o755)
    why = "is no shell script" if content else "is a symbolic link"
    result = hooked.anchor("doctor", "--fix")
    assert result == Result(
        1,
        f"error: hook-missing: .git/hooks/post-commit: is not installed, though others are: '{file}' {why};"
        " 'git anchor hooks install' says what to do\n1 problem\n",
        "",
    )


def test_a_hook_of_another_version(hooked: Repo) -> None:
    old = hook(hooked, "post-commit").read_text().replace("without an anchor", "with no anchor so far")
    hook(hooked, "post-commit").write_text(old)
    said = "hook-outdated: .git/hooks/post-commit: answered, but is of another version\n"
    hint = '  (use "git anchor doctor --fix" to install the post-commit hook)\n'
    assert hooked.anchor("doctor").out == f"error: {said}{hint}1 problem\n"
    assert hooked.ok("doctor", "--fix").startswith(f"fixed: {said}No problems, 1 fixed")
    assert "no anchor so far" not in hook(hooked, "post-commit").read_text()


def test_hooks_of_others_alone_are_not_run(ready: Repo) -> None:
    ready.write(".git/hooks/pre-commit", f"#!/bin/sh\necho x >>{ready.root}/ran\n").chmod(0o755)
    assert ready.anchor("doctor") == Result(0, f"{NO_HOOKS}No problems (1 anchor)\n", "")
    assert not (ready.root / "ran").exists()


def test_hooks_of_others_run_and_may_refuse(hooked: Repo) -> None:
    with hook(hooked, "pre-commit").open("a") as file:
        file.write("echo refused >&2\nexit 1\n")
    assert hooked.ok("doctor") == f"No problems (1 anchor, {ALL})\n"


def test_a_hook_that_hangs(hooked: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_proofs, "SECONDS", 2.0)
    first, rest = hook(hooked, "post-merge").read_text().split("\n", 1)
    hook(hooked, "post-merge").write_text(f"{first}\nsleep 600\n{rest}")
    started = time.monotonic()
    said = hooked.anchor("doctor").out
    assert time.monotonic() - started < 20
    assert said.startswith(
        "error: hook-silent: .git/hooks/post-merge: ours is in it, but did not answer: no answer in 2 seconds\n"
    )


def test_another_hooks_folder(hooked: Repo) -> None:
    """As husky has it: ours run by a line in each script, or they do not run."""
    folder = hooked.root / "scripts"
    for name in installer.NAMES:
        target = hooked.write(f"scripts/{name}", f"#!/bin/sh\n{installer.by_hand(name)}\n")
        target.chmod(0o755)
    hooked.git("config", "core.hooksPath", "scripts")
    assert hooked.ok("doctor") == f"No problems (1 anchor, {ALL})\n"
    (folder / "post-merge").unlink()
    result = hooked.anchor("doctor", "--fix")
    assert result.status == 1
    assert result.out == (
        "error: hook-missing: scripts/post-merge: is not installed, though others are: core.hooksPath is"
        f" '{folder}'; 'git anchor hooks install' says what to do\n1 problem\n"
    )


@pytest.mark.parametrize(
    ("path", "version", "said"),
    [
        (
            "/dev/null",
            (2, 53),
            "which is no folder, so that git runs no hooks; unset it or name a folder",
        ),
        (
            "FOLDER",
            (2, 53),
            "where nothing runs ours; 'git anchor hooks install' prints the lines to add there",
        ),
        ("FOLDER", (2, 54), "'git anchor hooks install' has git run ours by its settings"),
    ],
)
def test_where_no_hook_of_ours_runs_and_init_would_not_change_that(
    hooked: Repo, monkeypatch: pytest.MonkeyPatch, path: str, version: tuple[int, int], said: str
) -> None:
    monkeypatch.setattr(installer, "_version", lambda repository: version)
    path = path.replace("FOLDER", str(hooked.root.parent))
    hooked.git("config", "core.hooksPath", path)
    link = "; " if version == (2, 54) else ", "
    finding = (
        f"hooks-elsewhere: git runs no hook of git anchor: core.hooksPath is '{path}'{link}{said}\n"
    )
    result = hooked.anchor("doctor")
    assert (result.status, result.out) == (1, f"error: {finding}1 problem\n")
    hooked.ok("hooks", "uninstall")  # who did so knows that none runs
    assert hooked.ok("doctor") == f"note: {finding}No problems (1 anchor)\n"


def test_a_hook_that_cannot_be_installed_is_not_said_to_be(repo: Repo) -> None:
    repo.ok("add", "One", "-n", "go")
    repo.write(".git/hooks/pre-commit", "#!/usr/bin/perl\n")
    (line,) = (line for line in repo.anchor("doctor").out.splitlines() if "hooks-none" in line)
    assert line == (
        "note: hooks-none: .git/hooks: none of git anchor is installed; 'git anchor hooks install' installs"
        " them, and says what to do where it cannot"
    )


def test_the_interpreter_is_gone(hooked: Repo) -> None:
    program("#!/no/such/python\n")(hooked, {})
    said = hooked.anchor("doctor").out
    codes = re.findall(r"^error: ([a-z-]+): (?:.git/hooks/([a-z-]+): )?", said, re.MULTILINE)
    assert codes == [
        ("command-broken", ""),
        ("hook-silent", "pre-commit"),
        ("hook-silent", "post-merge"),
    ]


OF_OUTPUTS = {f"output-{what}" for what in ("conflict", "differs", "edited", "missing", "refused")}
"""Codes that tests/commands/test_outputs_doctor.py has the cases of."""


# The table -------------------------------------------------------------------------------------


@pytest.mark.unit
def test_each_code_has_a_test() -> None:
    sources = (
        Path(doctor.__file__).parent / f"{name}.py"
        for name in ("data_checks", "doctor", "output_checks", "setup_checks")
    )
    text = "\n".join(source.read_text("utf-8") for source in sources)
    codes = set(re.findall(r'(?:Finding|_hook)\(\s*"([a-z-]+)"', text))
    codes |= set(re.findall(r'code = "([a-z-]+)"', text))
    elsewhere = {
        "git-version",
        "check-failed",
        "hooks-none",
        "hooks-elsewhere",
        "ref-purged",
        "hook-missing",
        "hook-silent",
        "hook-outdated",
    }
    assert codes == {case.code for case in CASES} | elsewhere | OF_OUTPUTS


@pytest.mark.unit
def test_the_guide_has_a_line_for_each_code() -> None:
    guide = (Path(__file__).parents[2] / "docs/guide.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([a-z-]+)` \| (?:error|note)", guide, re.MULTILINE))
    own = {"git-version", "check-failed", "hooks-none", "hooks-elsewhere", "ref-purged"}
    own |= {"hook-missing", "hook-silent", "hook-outdated"}
    assert told == {case.code for case in CASES} | own | OF_OUTPUTS
