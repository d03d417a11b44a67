"""Row 14: every way to rewrite a commit, in the clone where it happened and in a fresh one.

Real git does the rewriting, a minute later with each step. What is asserted is the name of the
binding and the commit that stands for the anchor.
"""

import itertools
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from gitanchor.operations import changes, choose
from gitanchor.tracking.binding import Binding
from tests.repositories import Repo, make_repository

CLONES: Final = ("same clone", "same clone without hooks", "fresh clone")
AFTER_GC: Final = "same clone after gc"
FORMATS: Final = ("sha1", "sha256", "reftable")


class Work:
    """A repository in which each commit is made a minute after the one before."""

    def __init__(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        self.repo = repo
        self.monkeypatch = monkeypatch
        self.minutes = itertools.count(1)
        self.tick()

    def tick(self) -> None:
        """Let a minute pass."""
        start = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1)))
        now = (start + timedelta(minutes=next(self.minutes))).isoformat()
        self.monkeypatch.setenv("GIT_AUTHOR_DATE", now)
        self.monkeypatch.setenv("GIT_COMMITTER_DATE", now)

    def git(self, *arguments: str, **environment: str) -> str:
        """Run git, a minute later, and return what it printed."""
        self.tick()
        return self.repo.git(*arguments, **environment)

    def commit(self, subject: str, **files: str) -> str:
        """Commit files and return the new commit."""
        self.tick()
        self.repo.commit(subject, {f"{name}.txt": text for name, text in files.items()})
        return self.head()

    def head(self, name: str = "HEAD") -> str:
        return self.repo.git("rev-parse", name)

    def anchor(self) -> str:
        """Add an anchor, uncommitted, and return its id."""
        self.tick()
        self.repo.ok("add", "Here", "-c", "in the midst of it")
        return self.repo.workspace().listing.anchors[0].anchor.id

    def rebase(self, todo: str, *arguments: str) -> None:
        """`git rebase -i` with a sed script for the list of what is to be done."""
        editor = {"GIT_SEQUENCE_EDITOR": f"sed -i -e '{todo}'", "GIT_EDITOR": "true"}
        self.git("rebase", "-q", "-i", *arguments, **editor)


LINES: Final = "".join(f"line {number}\n" for number in range(40))


def begin(work: Work) -> str:
    """Two commits on main, two on the branch topic, an anchor on the second; its commit."""
    work.commit("Start", base=LINES)
    work.git("switch", "-q", "-c", "topic")
    work.commit("One", one="one\n", base=LINES.replace("line 3\n", "line three\n"))
    return work.commit("Two", two="two\n", base=LINES.replace("line 3\n", "line three\n") + "end\n")


def advance_main(work: Work) -> None:
    work.git("switch", "-q", "main")
    work.commit("Elsewhere", other="other\n")


# Each of these rewrites what `begin` made, and returns the commit that stands for the anchor now.


def nothing(work: Work) -> str:
    return work.head()


def go_on(work: Work) -> str:
    before = work.head()
    work.commit("Three", three="three\n")
    return before


def merge(work: Work) -> str:
    before = work.head()
    advance_main(work)
    work.git("merge", "-q", "--no-edit", "topic")
    work.git("branch", "-q", "-D", "topic")
    return before


def amend_message(work: Work) -> str:
    work.git("commit", "-q", "--amend", "-m", "Second")
    return work.head()


def amend_content(work: Work) -> str:
    work.repo.write("two.txt", "two, better\n")
    work.git("commit", "-q", "-a", "--amend", "--no-edit")
    return work.head()


def amend_with_anchor(work: Work) -> str:
    work.repo.git("add", ".anchors")
    work.git("commit", "-q", "--amend", "--no-edit")
    return work.head()


def rebase(work: Work) -> str:
    advance_main(work)
    work.git("switch", "-q", "topic")
    work.git("rebase", "-q", "main")
    return work.head()


def rebase_apply(work: Work) -> str:
    advance_main(work)
    work.git("switch", "-q", "topic")
    work.git("rebase", "-q", "--apply", "main")
    return work.head()


def reword_before(work: Work) -> str:
    work.git("rebase", "-q", "-i", "main", GIT_SEQUENCE_EDITOR="sed -i '1s/^pick/reword/'",
             GIT_EDITOR="sed -i 's/^One/First/'")  # fmt: skip
    return work.head()


def reorder(work: Work) -> str:
    work.commit("Three", three="three\n")
    work.rebase("2{h;d};3{G}", "main")
    return work.head()


def squash(work: Work) -> str:
    work.rebase("2s/^pick/squash/", "main")
    return work.head()


def fixup(work: Work) -> str:
    work.rebase("2s/^pick/fixup/", "main")
    return work.head()


def cherry_pick(work: Work) -> str:
    advance_main(work)
    work.git("cherry-pick", "topic")
    work.git("branch", "-q", "-D", "topic")
    return work.head()


def merge_squash(work: Work) -> str:
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--squash", "topic")
    work.git("commit", "-q", "-m", "Topic")
    work.git("branch", "-q", "-D", "topic")
    return work.head()


def merge_squash_later(work: Work) -> str:
    advance_main(work)
    work.git("merge", "-q", "--squash", "topic")
    work.git("commit", "-q", "-m", "Topic")
    work.git("branch", "-q", "-D", "topic")
    made = work.head()
    work.commit("After", after="after\n")
    return made


def filter_authors(work: Work) -> str:
    work.git("filter-branch", "-f", "--env-filter", "GIT_AUTHOR_NAME=Nobody", "--", "topic",
             FILTER_BRANCH_SQUELCH_WARNING="1")  # fmt: skip
    work.git("update-ref", "-d", "refs/original/refs/heads/topic")
    return work.head()


def filter_files(work: Work) -> str:
    work.git("filter-branch", "-f", "--index-filter", "git rm -q --cached --ignore-unmatch one.txt",
             "--", "topic", FILTER_BRANCH_SQUELCH_WARNING="1")  # fmt: skip
    work.git("update-ref", "-d", "refs/original/refs/heads/topic")
    return work.head()


def conflict(work: Work) -> str:
    work.git("switch", "-q", "main")
    work.commit("Elsewhere", base=LINES + "another end\n")
    work.git("switch", "-q", "topic")
    work.tick()
    assert work.repo.run("git", "rebase", "-q", "main").status == 1
    work.repo.write("base.txt", LINES.replace("line 3\n", "line three\n") + "both ends\n")
    work.git("add", "base.txt")
    work.git("rebase", "--continue", GIT_EDITOR="true")
    return work.head()


# In these the anchor was committed, alone, before the history changed below it.


def commit_anchor(work: Work) -> None:
    work.repo.git("add", "-f", ".anchors")
    work.git("commit", "-q", "-m", "Anchor")


def change_below(work: Work) -> str:
    commit_anchor(work)
    work.rebase("2s/^pick/edit/", "main")
    work.repo.write("two.txt", "second\n")
    work.git("commit", "-q", "-a", "--amend", "-m", "Second")
    work.git("rebase", "--continue")
    return work.head("HEAD~1")


def drop_below(work: Work) -> str:
    commit_anchor(work)
    work.rebase("2d", "main")
    return work.head("HEAD~1")


def squash_with_anchor(work: Work) -> str:
    commit_anchor(work)
    work.commit("Three", three="three\n")
    return merge_squash_later(work)


def drop(work: Work) -> None:
    work.rebase("2d", "main")


def reset(work: Work) -> None:
    work.git("reset", "-q", "--hard", "HEAD~1")


class Way(NamedTuple):
    """What is done, and the name of the binding in each kind of clone."""

    do: Callable[[Work], str | None]
    same: str
    without_hooks: str
    fresh: str


WAYS: Final = (
    Way(nothing, "exact", "exact", "exact"),
    Way(go_on, "exact", "exact", "exact"),
    Way(merge, "exact", "exact", "exact"),
    Way(amend_message, "amended", "amended", "amended"),
    Way(amend_content, "amended", "unreachable", "missing"),
    Way(amend_with_anchor, "amended", "amended", "amended"),
    Way(rebase, "rebased", "rebased", "rebased"),
    Way(rebase_apply, "rebased", "rebased", "rebased"),
    Way(reword_before, "rebased", "rebased", "rebased"),
    Way(reorder, "rebased", "rebased", "rebased"),
    Way(squash, "squashed", "squashed", "squashed"),
    Way(fixup, "squashed", "squashed", "squashed"),
    Way(cherry_pick, "cherry-picked", "cherry-picked", "cherry-picked"),
    Way(merge_squash, "squashed", "squashed", "squashed"),
    Way(merge_squash_later, "squashed", "squashed", "missing"),
    Way(filter_authors, "rewritten", "rewritten", "rewritten"),
    Way(filter_files, "rewritten", "rewritten", "rewritten"),
    Way(conflict, "rebased", "unreachable", "missing"),
    Way(change_below, "amended", "amended", "rewritten"),
    Way(drop_below, "unreachable", "unreachable", "missing"),
    Way(squash_with_anchor, "squashed", "squashed", "squashed"),
    Way(drop, "unreachable", "unreachable", "missing"),
    Way(reset, "unreachable", "unreachable", "missing"),
)


@pytest.fixture(params=FORMATS)
def work(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    form = request.param
    option = f"--ref-format={form}" if form == "reftable" else f"--object-format={form}"
    try:
        made = make_repository(tmp_path / "repo", option)
    except subprocess.CalledProcessError as failure:
        pytest.skip(f"git has no {option}: {failure.stderr.decode().splitlines()[0]}")
    return Work(made, monkeypatch)


@pytest.fixture
def short(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """The same in the usual format only."""
    return Work(make_repository(tmp_path / "repo"), monkeypatch)


def cases() -> Iterator[tuple[Way, str]]:
    for way, clone in itertools.product(WAYS, CLONES):
        yield way, clone
    for way in WAYS:
        yield way, AFTER_GC


def _case_name(value: Way | str) -> str:
    return value if isinstance(value, str) else value.do.__name__


def binding_of(repo: Repo, anchor_id: str) -> Binding:
    workspace = repo.workspace()
    return changes.bindings(workspace, [choose.select(workspace, anchor_id)])[anchor_id]


def cloned(repo: Repo, target: Path, file: str) -> Repo:
    """A fresh clone over a transport (no objects that no branch has), with the anchor's file."""
    subprocess.run(["git", "clone", "-q", f"file://{repo.root}", target], check=True)
    fresh = Repo(target)
    for branch in repo.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split():
        fresh.run("git", "branch", branch, f"origin/{branch}")
    fresh.write(file, repo.read(file))
    return fresh


@pytest.mark.diagonal
@pytest.mark.parametrize(("way", "clone"), list(cases()), ids=_case_name)
def test_each_way_to_rewrite(work: Work, way: Way, clone: str, tmp_path: Path) -> None:
    if clone in {"same clone", AFTER_GC}:
        work.repo.ok("init")
    anchored = begin(work)
    anchor_id = work.anchor()
    path = next(path for path in work.repo.files() if anchor_id in path)
    text = work.repo.read(path)
    expected = way.do(work)
    work.repo.write(path, text)
    if clone == AFTER_GC:
        work.repo.git("reflog", "expire", "--expire=now", "--all")
        work.repo.git("gc", "-q", "--prune=now")
    names = {**dict(zip(CLONES, way[1:], strict=True)), AFTER_GC: way.same}
    repo = cloned(work.repo, tmp_path / "fresh", path) if clone == "fresh clone" else work.repo
    found = binding_of(repo, anchor_id)
    standing = {"unreachable": anchored, "missing": None}.get(names[clone], expected)
    assert (found.state, found.commit) == (names[clone], standing), found


def processes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list to which each process that is started from now on is added."""
    asked: list[Any] = []
    started = subprocess.Popen.__init__

    def counted(self: Any, *arguments: Any, **options: Any) -> None:
        asked.append(arguments)
        started(self, *arguments, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    return asked


# Where no rewriting is needed ------------------------------------------------------------------


def test_ahead_and_elsewhere(short: Work) -> None:
    repo = short.repo
    anchored = begin(short)
    anchor_id = short.anchor()
    repo.git("switch", "-q", "main")
    assert binding_of(repo, anchor_id) == Binding("ahead", anchored, "branch", "topic")
    assert f"Commit: topic@{anchored[:10]} (ahead of HEAD, on topic)" in repo.ok("show", anchor_id)
    short.commit("Elsewhere", other="other\n")
    assert binding_of(repo, anchor_id) == Binding("elsewhere", anchored, "branch", "topic")
    assert repo.ok("list").endswith(" Here (on topic only)\n")
    assert f"at commit {anchored[:10]} (on topic only)." in repo.ok("resume", anchor_id)
    repo.git("switch", "-q", "--detach", "topic")
    assert binding_of(repo, anchor_id) == Binding("exact", anchored, "branch")
    assert repo.ok("list").endswith(" Here\n")


def test_a_remote_branch_counts(short: Work, tmp_path: Path) -> None:
    repo = short.repo
    anchored = begin(short)
    anchor_id = short.anchor()
    path = repo.files()[0]
    repo.git("switch", "-q", "main")
    subprocess.run(["git", "clone", "-q", repo.root, tmp_path / "clone"], check=True)
    clone = Repo(tmp_path / "clone")
    clone.write(path, repo.read(path))
    assert binding_of(clone, anchor_id) == Binding("ahead", anchored, "branch", "origin/topic")


@pytest.mark.parametrize(
    ("keep", "ref"),
    [
        (("tag", "v1"), "refs/tags/v1"),
        (("status",), None),
        (("update-ref", "-d", "refs/anchors/{id}"), None),
    ],
)
def test_an_unreachable_commit_and_the_ref_that_holds_it(
    short: Work, keep: tuple[str, ...], ref: str | None
) -> None:
    repo = short.repo
    anchored = begin(short)
    anchor_id = short.anchor()
    repo.run("git", *(word.replace("{id}", anchor_id) for word in keep))
    short.git("reset", "-q", "--hard", "HEAD~1")
    own = None if "-d" in keep else f"refs/anchors/{anchor_id}"
    assert binding_of(repo, anchor_id) == Binding("unreachable", anchored, ref=ref or own)
    held = f"{ref or own} holds it" if ref or own else "no ref holds it"
    assert repo.ok("list").endswith(f" Here (unreachable, {held})\n")


def test_before_the_first_commit_there_is_none(short: Work) -> None:
    anchor_id = short.anchor()
    assert binding_of(short.repo, anchor_id) == Binding("none")
    short.commit("Start", a="a\n")
    assert short.repo.ok("resume", anchor_id).count("\n- ") == 1


def test_a_shallow_clone_knows_what_it_lacks(short: Work, tmp_path: Path) -> None:
    repo = short.repo
    begin(short)
    anchor_id = short.anchor()
    commit_anchor(short)
    for number in range(3):
        short.commit(f"More {number}", more=f"{number}\n")
    url = f"file://{repo.root}"
    subprocess.run(["git", "clone", "-q", "--depth=2", "-b", "topic", url, tmp_path / "c"], check=True)
    clone = Repo(tmp_path / "c")
    advice = "git fetch --unshallow origin"
    assert binding_of(clone, anchor_id) == Binding("missing", advice=advice)
    assert "Commits since then: not known, " in clone.ok("resume", anchor_id)
    assert f'  (use "{advice}" to get it, if it was shared)' in clone.ok("status")
    clone.git("fetch", "-q", "--unshallow", "origin")
    assert binding_of(clone, anchor_id).state == "exact"


def test_a_blobless_clone_asks_nobody(short: Work, tmp_path: Path) -> None:
    repo = short.repo
    repo.git("config", "uploadpack.allowFilter", "true")
    begin(short)
    anchor_id = short.anchor()
    commit_anchor(short)
    short.commit("More", base=LINES, more="x\n")
    short.git("branch", "-f", "main", "topic~3")
    url = f"file://{repo.root}"
    options = ("--filter=blob:none", "-b", "topic")
    subprocess.run(["git", "clone", "-q", *options, url, tmp_path / "c"], check=True)
    repo.root.rename(tmp_path / "offline")
    clone = Repo(tmp_path / "c")
    assert binding_of(clone, anchor_id).state == "exact"
    shown = clone.json("resume", anchor_id)
    assert shown["commits_since"] == 1
    # Their lines would have to be fetched.
    assert [(file["path"], file["added"]) for file in shown["files"]] == [
        ("base.txt", None),
        ("more.txt", None),
    ]
    (path,) = clone.files()
    clone.write(path, clone.read(path).replace(shown["anchor"]["commit"], "12345678" * 5))
    assert binding_of(clone, anchor_id).state == "missing"
    assert clone.anchor("add", "Offline", "-c", "x").status == 0


def test_of_several_candidates_the_one_on_head_counts(short: Work) -> None:
    begin(short)
    anchor_id = short.anchor()
    short.git("switch", "-q", "-c", "other", "main")
    short.git("cherry-pick", "topic")
    other = short.head()
    short.git("switch", "-q", "-c", "third", "main")
    short.commit("Apart", apart="x\n")
    short.git("cherry-pick", "topic")
    third = short.head()
    short.git("branch", "-q", "-D", "topic")
    assert binding_of(short.repo, anchor_id) == Binding("cherry-picked", third, "patch id")
    short.git("switch", "-q", "other")
    assert binding_of(short.repo, anchor_id) == Binding("cherry-picked", other, "patch id")


def test_the_map_is_followed_over_many_steps(short: Work) -> None:
    short.repo.ok("init")
    begin(short)
    anchor_id = short.anchor()
    for number in range(4):
        short.repo.write("two.txt", f"two {number}\n")
        short.git("commit", "-q", "-a", "--amend", "--no-edit")
    assert binding_of(short.repo, anchor_id) == Binding("amended", short.head(), "rewrite map")
    rewrite_map = short.repo.root / ".git/gitanchor/rewritten"
    assert len(rewrite_map.read_text().splitlines()) == 4
    rewrite_map.write_text("amend nonsense\n\0\n" + "x" * 5000)
    assert binding_of(short.repo, anchor_id).state in {"amended", "unreachable"}


def test_patch_ids_are_remembered_and_damage_to_them_is_none(short: Work) -> None:
    begin(short)
    anchor_id = short.anchor()
    made = rebase(short)
    expected = Binding("rebased", made, "patch id")
    remembered = short.repo.root / ".git/gitanchor/patch-ids"
    for damage in (None, "", "x\n" * 3, f"{made} 12\n"):
        if damage is not None:
            remembered.write_text(damage)
            (remembered.parent / "traces").unlink()
        assert binding_of(short.repo, anchor_id) == expected
        assert f"{made} " in remembered.read_text()
    remembered.unlink()
    remembered.mkdir()
    (remembered.parent / "traces").write_text('{"x": [], "y": 3}')
    assert binding_of(short.repo, anchor_id) == expected


def test_many_are_bound_with_few_questions(short: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(short)
    for number in range(12):
        short.commit(f"Commit {number}", file=f"{number}\n")
        short.anchor()
    workspace = short.repo.workspace()
    anchors = workspace.listing.anchors
    asked = processes(monkeypatch)
    assert {binding.state for binding in changes.bindings(workspace, anchors).values()} == {"exact"}
    assert len(asked) <= 6


# What must not be taken for the anchor's commit --------------------------------------------------


def picked_with_the_anchor(work: Work) -> None:
    """The work is dropped, and only the commit of the anchor is taken to a base that moved on."""
    commit_anchor(work)
    anchor_only = work.head()
    advance_main(work)
    work.git("cherry-pick", anchor_only)
    work.git("branch", "-q", "-D", "topic")


def dropped_onto_a_moved_base(work: Work) -> None:
    commit_anchor(work)
    work.commit("Three", three="three\n")
    advance_main(work)
    work.git("switch", "-q", "topic")
    work.git("rebase", "-q", "-i", "main", GIT_SEQUENCE_EDITOR="sed -i '/ Two$/d'", GIT_EDITOR="true")


def committed_later_and_filtered(work: Work) -> None:
    work.commit("Four", four="4\n")
    work.commit("Five", five="5\n")
    commit_anchor(work)
    work.git("filter-branch", "-f", "--index-filter", "git rm -q --cached --ignore-unmatch two.txt",
             "--", "topic", FILTER_BRANCH_SQUELCH_WARNING="1")  # fmt: skip
    work.git("update-ref", "-d", "refs/original/refs/heads/topic")


def module_removed(work: Work) -> None:
    """The only line that the commit took away is gone with its whole file."""
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.repo.git("rm", "-q", "base.txt", "one.txt")
    work.git("commit", "-q", "-m", "Remove all")


def same_words_elsewhere(work: Work) -> None:
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.commit("Other", two="two\n", base="one\nend\nmore\n")


@pytest.mark.diagonal
@pytest.mark.parametrize("clone", CLONES)
@pytest.mark.parametrize(
    "do",
    [picked_with_the_anchor, dropped_onto_a_moved_base, committed_later_and_filtered, module_removed,
     same_words_elsewhere],
)  # fmt: skip
def test_nothing_is_guessed(short: Work, do: Callable[[Work], None], clone: str, tmp_path: Path) -> None:
    if clone == "same clone":
        short.repo.ok("init")
    begin(short)
    anchor_id = short.anchor()
    (path,) = short.repo.files()
    text = short.repo.read(path)
    do(short)
    short.repo.write(path, text)
    repo = cloned(short.repo, tmp_path / "fresh", path) if clone == "fresh clone" else short.repo
    found = binding_of(repo, anchor_id)
    absent = "missing"
    if do is dropped_onto_a_moved_base:  # without the commit, this looks like one that was edited
        absent = "rewritten"
    assert found.state == (absent if clone == "fresh clone" else "unreachable"), found


def test_an_older_commit_with_the_same_change_is_not_it(short: Work, tmp_path: Path) -> None:
    for text in ("off", "on", "off"):
        short.commit(f"Turn {text}", flag=f"{text}\n")
    short.commit("Turn on again", flag="on\n")
    anchor_id = short.anchor()
    (path,) = short.repo.files()
    text = short.repo.read(path)
    short.git("reset", "-q", "--hard", "HEAD~1")
    short.commit("Something else", other="x\n")
    short.repo.write(path, text)
    assert binding_of(short.repo, anchor_id).state == "unreachable"
    fresh = cloned(short.repo, tmp_path / "fresh", path)
    assert binding_of(fresh, anchor_id).state == "missing"


@pytest.mark.parametrize("hooks", [True, False])
def test_what_was_pushed_and_then_rebased_is_rebased(short: Work, tmp_path: Path, hooks: bool) -> None:
    if hooks:
        short.repo.ok("init")
    begin(short)
    anchor_id = short.anchor()
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "server"], check=True)
    short.repo.git("remote", "add", "origin", str(tmp_path / "server"))
    short.repo.git("push", "-q", "-u", "origin", "topic")
    made = rebase(short)
    known = "rewrite map" if hooks else "patch id"
    assert binding_of(short.repo, anchor_id) == Binding("rebased", made, known)


def test_a_squash_with_a_conflict(short: Work) -> None:
    begin(short)
    anchor_id = short.anchor()
    commit_anchor(short)
    short.git("switch", "-q", "main")
    short.commit("Elsewhere", base=LINES + "another end\n")
    assert short.repo.run("git", "merge", "-q", "--squash", "topic").status == 1
    short.repo.write("base.txt", LINES.replace("line 3\n", "line three\n") + "both ends\n")
    short.git("add", "base.txt")
    short.git("commit", "-q", "-m", "Topic")
    short.git("branch", "-q", "-D", "topic")
    assert binding_of(short.repo, anchor_id) == Binding("squashed", short.head(), "anchor file")


def test_what_became_of_many_is_remembered(short: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(short)
    for number in range(8):
        short.commit(f"Commit {number}", file=f"{number}\n")
        short.anchor()
    short.git("branch", "-m", "gone")
    short.git("switch", "-q", "--detach", "main")
    short.git("branch", "-q", "-D", "gone")
    first = short.repo.workspace()
    found = changes.bindings(first, first.listing.anchors)
    assert {binding.state for binding in found.values()} == {"unreachable"}
    asked = processes(monkeypatch)
    again = short.repo.workspace()
    assert changes.bindings(again, again.listing.anchors) == found
    assert len(asked) < 12
