"""`git anchor add` in all its ways, and what it leaves behind."""

import re
import stat
from pathlib import Path

import pytest

from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import WriteFailed
from gitanchor.storage import codec
from gitanchor.storage.store import Store
from tests.repositories import Repo

ANSWER = """\
Sure, here it is.

**Resume from anchor:** [Oven_Timer_02]

**Context:** The timer rings.

**Current milestone:**
 ✅ ring
 ⏳ snooze

**Next action:** Write `snooze()`.

**Dependencies:**

- Tools: `gcc`
- Branch: `main`
"""


def only_anchor(repo: Repo) -> tuple[str, dict[str, object]]:
    (path,) = repo.files()
    return path, codec.load(repo.read(path), path).as_dict()


def test_options_give_the_sections(repo: Repo) -> None:
    out = repo.ok(
        "add",
        "Oven 1",
        "-c",
        "It bakes.",
        "-m",
        "✅ heat",
        "-n",
        "Turn it off",
        "-d",
        "Tools: gcc",
        "-d",
        "Ada",
    )
    path, anchor = only_anchor(repo)
    head, tree = repo.git("rev-parse", "HEAD", "HEAD^{tree}").split()
    assert out == f"[main@{head[:10]} {anchor['id']}] Oven 1\n {path}\n"
    assert path == f".anchors/2026/03/20260301T1200-oven-1-{anchor['id']}.yaml"
    patch_id = repo.run("sh", "-c", "git diff-tree --root -p HEAD | git patch-id --stable").out.split()[
        0
    ]
    assert anchor == {
        "schema": 1,
        "id": anchor["id"],
        "name": "Oven 1",
        "created": "2026-03-01T12:00:00+01:00",
        "author": "A U Thor <author@example.com>",
        "branch": "main",
        "commit": head,
        "tree": tree,
        "patch_id": patch_id,
        "dirty": False,
        "parent": None,
        "status": "open",
        "source": "cli",
        "done_when": [],
        "outcome": None,
        "written_time": None,
        "context": "It bakes.",
        "milestone": "✅ heat",
        "next_action": "Turn it off",
        "dependencies": [{"kind": "tool", "text": "Tools: gcc"}, {"kind": "other", "text": "Ada"}],
        "notes": "",
    }
    assert repo.git("rev-parse", f"anchors/{anchor['id']}") == head
    assert repo.git("status", "--porcelain") == "?? .anchors/\n?? GPT_Anchors_Log.md"
    (journal,) = (repo.root / ".git/gitanchor/journal").iterdir()
    assert journal.read_text() == f"# add {path}\n{repo.read(path)}"
    assert list((repo.root / ".git/gitanchor/tmp").iterdir()) == []


def test_an_answer_is_read_from_a_file_or_standard_input(repo: Repo) -> None:
    repo.write("answer.md", ANSWER)
    result = repo.anchor("add", "-F", "answer.md")
    assert result.status == 0
    assert result.err == "answer.md:1: left out: before the first entry\n"
    _, anchor = only_anchor(repo)
    assert anchor["name"] == "Oven_Timer_02"
    assert anchor["milestone"] == " ✅ ring\n ⏳ snooze"
    assert anchor["source"] == "chat"
    repo.ok("add", "Other", "-F", "-", stdin=ANSWER)
    assert [item["name"] for item in repo.json("list")] == ["Other", "Oven_Timer_02"]
    assert repo.json("list")[0]["parent"] == anchor["id"]


def test_several_anchors_in_one_answer_become_several_anchors(repo: Repo) -> None:
    both = ANSWER + "\n" + ANSWER.replace("_02", "_03")
    assert "error: standard input holds 2 anchors; leave out the name; the text is kept: " in (
        repo.anchor("add", "Name", "-F", "-", stdin=both).err
    )
    repo.ok("add", "-F", "-", stdin=both)
    newer, older = repo.json("list")
    assert (newer["name"], newer["parent"]) == ("Oven_Timer_03", older["id"])


@pytest.mark.parametrize("options", [(), ("--commit",)])
@pytest.mark.parametrize("written", [1, 2, 3])
def test_the_rest_of_an_answer_is_written_by_a_second_run(
    repo: Repo, written: int, options: tuple[str, ...]
) -> None:
    """A full disk or a kill between two anchors leaves the first ones, and a log without them."""
    answer = ANSWER + "".join(f"\n{ANSWER}".replace("_02", f"_0{number}") for number in (3, 4))
    repo.ok("add", "Before", "-c", "x", "--commit")
    repo.ok("add", "-F", "-", stdin=answer)
    paths = repo.files()
    ids = {item["name"]: item["id"] for item in repo.json("list")}
    names = ["Oven_Timer_02", "Oven_Timer_03", "Oven_Timer_04"]
    for name in names[written:]:
        (path,) = (path for path in paths if ids[name] in path)
        (repo.root / path).unlink()
    repo.git("checkout", "-q", "GPT_Anchors_Log.md")
    result = repo.anchor("add", *options, "-F", "-", stdin=answer)
    assert result.status == 0
    told = [line for line in result.err.splitlines() if line.startswith("already here: ")]
    assert told == [f"already here: {name} ({ids[name]})" for name in names[:written]]
    found = repo.json("list")
    assert [item["name"] for item in found] == [*names[::-1], "Before"]
    assert [item["parent"] for item in found] == [*(item["id"] for item in found[1:]), None]
    assert {ids[name] for name in names[:written]} < {item["id"] for item in found}
    repo.ok("render", "--check")
    if options:
        assert repo.git("status", "--porcelain") == ""


def test_an_answer_is_known_after_a_clock_was_wrong(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.ok("add", "Before", "-c", "x")
    answer = f"{ANSWER}\n{ANSWER.replace('_02', '_03')}"
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-03-01T11:00:00+01:00")
    repo.ok("add", "-F", "-", stdin=answer)
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-03-01T12:00:00+01:00")
    assert repo.anchor("add", "-F", "-", stdin=answer).err.count("already here: ") == 2
    assert len(repo.files()) == 3


def test_what_fails_between_two_anchors_says_how_many_are_written(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Store.add

    def add(store: Store, anchor: Anchor, text: str | None = None) -> str:
        if anchor.name.endswith("_03"):
            raise WriteFailed("cannot write 'x': No space left on device")
        return write(store, anchor, text)

    monkeypatch.setattr(Store, "add", add)
    result = repo.anchor("add", "-F", "-", stdin=ANSWER + "\n" + ANSWER.replace("_02", "_03"))
    assert result.status == 1
    assert (
        "error: cannot write 'x': No space left on device; 1 of 2 anchors written; the same command writes"
        " the rest; the text is kept: 'git anchor recover " in result.err
    )


def test_an_answer_is_written_again_once_the_thread_went_on(repo: Repo) -> None:
    """A person who goes back to an earlier plan gets it, and so does one who closed it."""
    repo.ok("add", "-F", "-", stdin=ANSWER)
    repo.ok("add", "Other", "-c", "another plan")
    repo.ok("add", "-F", "-", stdin=ANSWER)
    repo.ok("done")
    repo.ok("add", "-F", "-", stdin=ANSWER)
    repo.ok("add", "-F", "-", "--parent", "none", stdin=ANSWER)
    assert len(repo.files()) == 5


def test_a_misread_answer_is_repaired_unless_told_otherwise(repo: Repo) -> None:
    garbled = ANSWER.encode().decode("mac_roman")
    result = repo.anchor("add", "-F", "-", stdin=garbled)
    assert "standard input: UTF-8 once read as Mac Roman, repaired in 2 places\n" in result.err
    assert repo.json("show")["milestone"] == " ✅ ring\n ⏳ snooze"
    repo.ok("add", "Raw", "-F", "-", "--keep-encoding", stdin=garbled)
    assert repo.json("show", "Raw")["milestone"] == " ✅ ring\n ⏳ snooze".encode().decode("mac_roman")


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "message"),
    [
        (["-F", "-"], b"Nothing here.\n", 1, "error: no anchor in standard input; it takes lines such as 'Resume from anchor: NAME' and 'Context:'"),
        (["-F", "-"], b"", 1, "error: no anchor in standard input; it takes lines such as 'Resume from anchor: NAME' and 'Context:'"),
        (["-F", "-"], b"\xff\xfe\xfd", 2, "error: standard input is not UTF-8 at byte 2 (line 1); save it as UTF-8 first"),
        (["-F", "-"], b"Context: a\n\xe9\n", 2, "error: standard input is not UTF-8 at byte 11 (line 2); save it as UTF-8 first"),
        (["-F", "-"], b"Context: a\0\n", 2, "error: standard input holds a NUL character in line 1, so it is no text"),
        (["-F", "-"], b"Context: " + b"a" * (2 << 20), 2, "error: standard input is larger than 2 MiB; no answer of a chat is that long, 'git anchor import' takes logs"),
        (["-F", "/dev/zero"], b"", 2, "error: '/dev/zero' is larger than 2 MiB; no answer of a chat is that long, 'git anchor import' takes logs"),
        (["-F", "none.md"], b"", 2, "error: cannot read 'none.md': No such file or directory"),
        (["-F", "."], b"", 2, "error: cannot read '.': Is a directory"),
        (["-F", "-", "-c", "x"], b"", 2, "error: give the sections by options, with -F or with --paste, but only by one"),
        (["[ANCHOR_NAME]", "-c", "x"], b"", 2, "error: '[ANCHOR_NAME]' is the placeholder of the request, not a name; give a name"),
        (["", "-c", "x"], b"", 2, "error: the name is empty; give one"),
        (["a\nb", "-c", "x"], b"", 2, "error: the name holds a line break or control character; give it on one line"),
        (["x" * 1001, "-c", "x"], b"", 2, "error: the name has 1001 characters, more than 1000; give a shorter one"),
        (["X", "-c", "a" * 1_100_000], b"", 2, "error: this cannot be kept as an anchor: larger than 1024 KiB, which no anchor file is"),
        (["X", "-c", ""], b"", 2, "error: the anchor says nothing; give at least a context or next action"),
        (["-x"], b"", 2, "error: No such option '-x'; see 'git anchor add -h'"),
        (["X", "-c", "\udcff"], b"", 2, "error: '-c' / '--context' is not UTF-8; nothing was written"),
        (["X", "-c", "\ud800"], b"", 2, "error: half of a surrogate pair is no text and cannot be kept"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_line_and_writes_nothing(
    repo: Repo, arguments: list[str], stdin: bytes, status: int, message: str | None
) -> None:
    result = repo.anchor("add", *arguments, stdin=stdin)
    assert result.status == status
    assert result.out == ""
    said, _, kept = result.err.partition("; the text is kept: 'git anchor recover ")
    if message is not None:
        assert said.rstrip("\n") == message
    if kept:
        assert repo.ok("recover", kept.removesuffix("'\n")).encode("utf-8", "surrogateescape") == stdin
    assert repo.files() == []
    assert not (repo.root / "GPT_Anchors_Log.md").exists()


@pytest.mark.parametrize(
    ("arguments", "arrange", "answer", "status", "message"),
    [
        (["[ANCHOR_NAME]"], "true", ANSWER, 2, "error: '[ANCHOR_NAME]' is the placeholder of the request, not a name; give a name"),
        ([], "true", ANSWER.replace("Oven_Timer_02", "x" * 1001), 2, "error: the name has 1001 characters, more than 1000; give a shorter one"),
        (["--yes"], "true", ANSWER.replace("The timer rings.", "a" * 1_200_000), 2, "error: this cannot be kept as an anchor: larger than 1024 KiB, which no anchor file is"),
        (["--yes"], "true", "Resume from anchor: [X]\nContext:\nNext action:\n", 2, "error: the anchor says nothing; give at least a context or next action"),
        (["--yes"], "mkdir .anchors; echo 'a: [' >.anchors/config.yaml", ANSWER, 3, "error: .anchors/config.yaml: line 2: not YAML: did not find expected node content"),
        (["--yes"], "mkdir -p .anchors/2026; touch .anchors/2026/03", ANSWER, 1, "error: cannot write '{root}/.anchors/2026/03/"),
    ],
)  # fmt: skip
def test_whatever_fails_before_an_answer_is_written_its_text_is_kept(
    repo: Repo, arguments: list[str], arrange: str, answer: str, status: int, message: str
) -> None:
    repo.run("sh", "-c", arrange, check=True)
    result = repo.anchor("add", *arguments, "-F", "-", stdin=answer)
    said, _, kept = result.err.partition("; the text is kept: 'git anchor recover ")
    assert (result.status, result.out) == (status, "")
    error = said.splitlines()[-1]
    assert error == message or error.startswith(message.format(root=repo.root))
    (name,) = (path.name for path in (repo.root / ".git/gitanchor/journal").glob("*-paste-*"))
    assert kept == f"{name.split('-')[0]}'\n"
    assert (repo.root / ".git/gitanchor/journal" / name).read_text().split("\n", 1)[1] == answer
    assert repo.files() == []


def test_the_request_sent_back_unfilled_is_refused(repo: Repo) -> None:
    request = repo.ok("request", "Some_Name")
    result = repo.anchor("add", "-F", "-", stdin=request)
    assert result.status == 1
    assert result.err.startswith(
        "error: standard input:1: only a request that nobody filled in; the text is kept: "
    )
    assert repo.files() == []


@pytest.mark.parametrize(
    "name",
    ["../../x", "CON", "a:b", "-x", "n" * 300, "😀😀", "a/b", ".", "..", "*", "x" * 999, "trailing."],
)
def test_any_name_makes_a_safe_file_name_and_ref(repo: Repo, name: str) -> None:
    repo.ok("add", "-c", "x", "--", name)
    (path,) = repo.files()
    assert re.fullmatch(r"\.anchors/2026/03/20260301T1200-[a-z0-9-]{1,18}-[0-9a-f]{8}\.yaml", path)
    assert repo.json("list")[0]["name"] == name
    assert (
        repo.git("for-each-ref", "--format=%(refname)", "refs/anchors") == f"refs/anchors/{path[-13:-5]}"
    )
    assert repo.json("show", "--", name)["name"] == name


def editor(repo: Repo, script: str) -> str:
    path = repo.write(".git/editor", f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_editor_opens_on_a_form(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.ok("add", "First", "-c", "x")
    repo.commit("Preheat", {"oven": "on\n"})
    monkeypatch.setenv(
        "GIT_EDITOR", editor(repo, 'cp "$1" form; sed -i "s/^Context:/Context: It is hot/" "$1"')
    )
    repo.ok("add")
    first = repo.json("list")[1]["id"]
    commit = repo.git("rev-parse", "HEAD")[:10]
    assert (
        repo.read("form")
        == f"""\
Resume from anchor: [main_2026-03-01]

Context:

Current milestone:

Next action:

Dependencies:

# ------------------------ >8 ------------------------
# Fill in the sections above, in Markdown. Do not change the line with the scissors;
# everything from it on is left out. An empty or unchanged form writes nothing.
#
# On branch main at commit {commit}
# Commits since First ({first}):
#   {commit} Preheat
"""
    )
    newest = repo.json("show")
    assert (newest["name"], newest["context"]) == ("main_2026-03-01", "It is hot")
    assert newest["next_action"] == ""
    monkeypatch.setenv("GIT_EDITOR", editor(repo, 'sed -i "s/^Context:/Context: again/" "$1"'))
    repo.ok("add")
    assert repo.json("show")["name"] == "main_2026-03-01_2"


@pytest.mark.parametrize(
    ("script", "status", "message", "kept"),
    [
        ("true", 1, "error: the form was not changed; nothing was written", False),
        ('echo >"$1"', 1, "error: the form was not changed; nothing was written", False),
        ("exit 3", 4, "fatal: the editor '{editor}' failed; nothing was written", False),
        ('rm "$1"', 1, "error: the form was not changed; nothing was written", False),
        ('sed -i s/main_2026/other/ "$1"', 1, "error: the form says nothing in any section; nothing was written", True),
        ('sed -i "1i lost" "$1"', 2, "error: the form cannot be read: line 1 is in no section", True),
        ('printf "Resume from anchor: [B]\nContext: b\nResume from anchor: [C]\nContext: c\n" >"$1"', 2, "error: the form cannot be read: it holds more than one anchor", True),
        ('printf "just text\n" >"$1"', 2, "error: the form cannot be read: line 1 is in no section", True),
        ('printf "Resume from anchor: [ANCHOR_NAME]\nContext: an hour of work\n" >"$1"', 2, "error: 'ANCHOR_NAME' is the placeholder of the request, not a name; give a name", True),
        ('echo "Context: x" >>"$1"; sed -i "s/^Context:/Context: y/" "$1"; exit 3', 4, "fatal: the editor '{editor}' failed; nothing was written", True),
    ],
)  # fmt: skip
def test_an_editor_that_leaves_no_anchor(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, script: str, status: int, message: str, kept: bool
) -> None:
    path = editor(repo, script)
    monkeypatch.setenv("GIT_EDITOR", path)
    result = repo.anchor("add")
    forms = list((repo.root / ".git/gitanchor").glob("ANCHOR_EDITMSG.*.md"))
    where = f"; your text is kept in '{forms[0]}'" if kept else ""
    assert (result.status, result.err) == (status, message.format(editor=path) + where + "\n")
    assert len(forms) == kept
    assert repo.files() == []
    repo.anchor("add")
    assert all(form.exists() for form in forms)


def test_commit_takes_just_the_anchor_and_the_log(repo: Repo) -> None:
    repo.write("staged", "a\n")
    repo.git("add", "staged")
    repo.write("README", "changed\n")
    result = repo.anchor("add", "One", "-c", "x", "--commit")
    assert result.status == 0
    assert result.err == f"committed as {repo.git('rev-parse', 'HEAD')[:10]}\n"
    (path,) = repo.files()
    assert (
        repo.git("show", "--name-only", "--format=%s", "HEAD")
        == f"Anchor One\n\n{path}\nGPT_Anchors_Log.md"
    )
    assert repo.git("status", "--porcelain") == " M README\nA  staged"
    assert repo.json("show")["dirty"] is True
    repo.ok("add", "Two", "-c", "x", "--commit")
    assert repo.git("status", "--porcelain") == " M README\nA  staged"


def test_a_commit_that_a_hook_refuses_leaves_the_index_as_it_was(repo: Repo) -> None:
    hook = repo.write(".git/hooks/pre-commit", "#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    result = repo.anchor("add", "One", "-c", "x", "--commit")
    assert (result.status, result.err) == (4, "fatal: not today\n")
    assert len(repo.files()) == 1
    assert repo.git("status", "--porcelain") == "?? .anchors/\n?? GPT_Anchors_Log.md"


def test_the_parent_is_what_was_resumed_else_what_resume_would_offer(repo: Repo) -> None:
    for name in "ABC":
        repo.ok("add", name, "-c", "x")
    repo.ok("resume", "A")
    repo.ok("add", "D", "-c", "x")
    repo.ok("add", "E", "-c", "x")
    repo.git("switch", "-q", "-c", "side")
    repo.ok("add", "F", "-c", "x")
    repo.ok("add", "G", "-c", "x", "--parent", "none")
    both = repo.anchor("add", "H", "-c", "x", "--parent", "none", "--parent", "A")
    assert (both.status, both.err) == (
        2,
        "error: option '--parent none' cannot be used with other parents\n",
    )
    repo.ok("resume", "B")
    ids = {item["id"]: item["name"] for item in repo.json("list")}
    parents = {item["name"]: ids.get(item["parent"]) for item in repo.json("list")}
    assert parents == {"A": None, "B": "A", "C": "B", "D": "A", "E": "D", "F": "E", "G": None}


def test_anchors_within_one_tick_keep_their_order(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        repo.ok("add", f"N{number}", "-c", "x")
    assert [item["name"] for item in repo.json("list")] == ["N4", "N3", "N2", "N1", "N0"]
    monkeypatch.delenv("GIT_AUTHOR_DATE")
    repo.ok("add", "Now", "-c", "x")
    created = repo.json("show", "Now")["created"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?\+0[12]:00", created)


def test_a_stale_index_lock_is_no_obstacle_and_stays(repo: Repo) -> None:
    lock = repo.write(".git/index.lock", "")
    repo.ok("add", "One", "-c", "x")
    assert lock.exists()
    result = repo.anchor("add", "Two", "-c", "x", "--commit")
    assert result.status == 4
    assert "index.lock': File exists" in result.err
    assert result.err.count("\n") == 1
    assert lock.exists()
    assert len(repo.json("list")) == 2


def test_control_characters_reach_a_pipe_unchanged(repo: Repo) -> None:
    wild = "\x1b]52;c;aGk=\x07 \x1b[31mred\u202e"
    repo.ok("add", "Wild", "-c", wild)
    for command in (["resume"], ["show"]):
        assert wild in repo.run("git", "anchor", *command, check=True).out
    assert repo.json("show")["context"] == wild


def test_json_prints_the_anchor_that_was_written(repo: Repo) -> None:
    anchor = repo.json("add", "One", "-c", "x")
    shown = repo.json("show")
    assert {key: shown[key] for key in anchor} == anchor
    assert shown.keys() - anchor.keys() == {"binding", "entered", "state", "untrusted"}
    assert anchor["path"] == repo.files()[0]


def test_a_log_that_is_kept_by_hand_is_left_alone(repo: Repo) -> None:
    repo.write("GPT_Anchors_Log.md", "# Our anchors\n\n" + ANSWER)
    result = repo.anchor("add", "One", "-c", "x")
    assert result.status == 0
    assert result.err == (
        "warning: the log was not regenerated: GPT_Anchors_Log.md:1: this log is kept by hand;"
        " take it in with 'git anchor import GPT_Anchors_Log.md'\n"
    )
    assert len(repo.files()) == 1
    assert repo.read("GPT_Anchors_Log.md") == "# Our anchors\n\n" + ANSWER


def test_a_read_only_folder_is_an_error_that_leaves_nothing(repo: Repo, tmp_path: Path) -> None:
    repo.write(".anchors/2026/03", "a file where a folder should be")
    result = repo.anchor("add", "One", "-c", "x")
    assert result.status == 1
    assert (
        result.err
        == f"error: cannot write '{repo.root}/.anchors/2026/03/" + result.err.split("/03/", 1)[1]
    )
    assert result.err.endswith("': File exists\n")
    assert repo.read(".anchors/2026/03") == "a file where a folder should be"
