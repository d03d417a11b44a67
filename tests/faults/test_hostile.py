"""Input that is out to hang us, to crash us, or to write where it should not."""

import re
import time
from pathlib import Path

import pytest

from gitanchor.cli import editing
from gitanchor.git import names
from gitanchor.parsing import encoding, parse
from tests.faults import mutations
from tests.repositories import Repo

LONG = 200_000


@pytest.mark.unit
@pytest.mark.parametrize(
    "line",
    [char * LONG + "x" for char in " \t>!😀…=.:~/*#[]`_-|(\"“+<&"]
    + [f"10:00 01/01/2025{' ' * LONG}x", f"Context:{' ' * LONG}x", f"anchor{' ' * LONG}: x",
       "Anchor " + "[" * LONG, "- " * LONG, "**" + " " * LONG + "Context:", "| " * LONG, "!" + " " * LONG,
       "branch" * (LONG // 6), "`" + "A" * LONG + "` token", "1." * LONG, "x" + " " * LONG],
    ids=lambda line: repr(line[:12]),
)  # fmt: skip
def test_no_line_takes_longer_than_its_length(line: str) -> None:
    text = f"Resume from anchor: [X]\nContext: c\n{line}\nNext action:\n{line}\nDependencies:\n{line}\n{line}"
    start = time.process_time()
    parse.parse(text)
    parse.parse(line)
    encoding.repair(line)
    assert time.process_time() - start < 4


@pytest.mark.parametrize(
    "text",
    [
        "23:03 +99:99 10/28/2025\nResume from anchor: [X]\nContext: c\nNext action: n\n",
        "<!-- anchor 7f3a91c2 -->\n**Resume from anchor:** [X]\n\n**Context:**\n\n<!-- anchor:verbatim -->\n```json\nbroken\n```\n<!-- /anchor 7f3a91c2 {} 000000000000 -->\n",
        "<!-- anchor 7f3a91c2 -->\n**Resume from anchor:** [X]\n\n**Context:**\n\n<!-- anchor:verbatim -->\n<!-- /anchor 7f3a91c2 {} 000000000000 -->\n",
        "<!-- anchor 7f3a91c2 -->\n**Resume from anchor:** [X]\n\n**Dependencies:**\n\n<!-- anchor:verbatim -->\n```json\n5\n```\n<!-- /anchor 7f3a91c2 {} 000000000000 -->\n",
        '<!-- anchor 7f3a91c2 -->\n**Resume from anchor:** [X]\n\n**Context:** c\n<!-- /anchor 7f3a91c2 {"created": 5, "name": 7} 000000000000 -->\n',
        "<!-- anchor 7f3a91c2 -->\n**Resume from anchor:** [X]\n\n**Context:** c\n<!-- /anchor 7f3a91c2 {" + '"a":[' * 5000 + "} 000000000000 -->\n",
        "<!-- anchor 7f3a91c2 -->\n<!-- /anchor 7f3a91c2 {} 000000000000 -->\n",
        "```json\n" + "[" * 50_000 + "\n```\n",
        "```yaml\n" + "a: {" * 50_000 + "\n```\n",
        "```yaml\nanchor: [1]\ncontext: {a: b}\nnext_action: [x, [y]]\ndependencies: {a: [b]}\n```\n",
    ],
)  # fmt: skip
def test_odd_texts_are_imported_or_told_but_never_crash(repo: Repo, text: str) -> None:
    repo.write("i.md", text)
    for arguments in (["import", "i.md", "--dry-run"], ["parse", "i.md"], ["import", "i.md"], ["list"]):
        result = repo.anchor(*arguments)
        assert result.status in {0, 1}
        assert "i.md: " in result.out or arguments == ["list"]


@pytest.mark.parametrize("branch", ["../../../../PWNED", "/tmp/gitanchor-abs", "a/../b", ".hidden", "x" * 300, "a b", "-", "a..b", "x.lock"])  # fmt: skip
def test_a_branch_is_never_a_way_out_of_the_repository(repo: Repo, branch: str) -> None:
    repo.write("p.md", "Resume from anchor: P\nContext: c\nNext action: n\n")
    refused = repo.anchor("import", "p.md", "--branch", branch)
    if branch != "-":
        assert (refused.status, refused.err) == (2, f"error: '{branch}' is not the name of a branch\n")
    repo.write("q.md", f"Resume from anchor: Q\nContext: on branch `{branch}`\nNext action: n\n")
    assert repo.anchor("import", "q.md").status == 0
    path = next(path for path in repo.files() if "-q-" in path)
    text = repo.read(path)
    repo.write(path, text.replace("branch: null", f"branch: {branch!r}"))
    before = set(Path(repo.root.parent).iterdir())
    assert repo.anchor("render").status == 0
    assert set(Path(repo.root.parent).iterdir()) == before
    assert not Path("/tmp/gitanchor-abs~").exists()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("branch", r"a\0b", "the field 'branch' holds a control character, which no branch has"),
        ("branch", r"a\nb", "the field 'branch' holds a control character, which no branch has"),
        ("branch", r"\x7f", "the field 'branch' holds a control character, which no branch has"),
        ("branch", r"a\e[2Jb", "the field 'branch' holds a control character, which no branch has"),
        ("name", r"a\0b", "the field 'name' holds a NUL character"),
        ("author", r"\0", "the field 'author' holds a NUL character"),
        ("commit", r"HEAD\0", "the field 'commit' is not a full object id"),
        ("tree", r"\n", "the field 'tree' is not a full object id"),
        ("patch_id", r"\0", "the field 'patch_id' is not a full object id"),
        ("parent", r"7f3a91c2\n", "the parent is not 8 lower-case hex digits"),
        ("id", r"7f3a91c2\0", "the id is not 8 lower-case hex digits"),
        ("source", r"cli\n", "the field 'source' is none of: cli, chat, import, absorb, mcp"),
        ("created", r"2026-03-01T12:00:00Z\n", "the field 'created' is not an ISO 8601 time"),
    ],
)
def test_a_pulled_file_with_characters_that_git_cannot_take_is_named(
    repo: Repo, field: str, value: str, reason: str
) -> None:
    repo.ok("add", "X", "-c", "c", "-n", "n")
    (path,) = repo.files()
    repo.write(path, re.sub(rf"(?m)^{field}: .*", lambda _: f'{field}: "{value}"', repo.read(path)))
    for command in ("status", "resume", "show", "list", "log", "graph", "heads", "commits", "render"):
        result = repo.anchor(command)
        assert (result.status, result.err) == (3, f"error: {path}: {reason}\n"), command


@pytest.mark.parametrize(
    ("field", "value"),
    [("written_time", r"a\0b"), ("outcome", r"\0"), ("context", r"a\0b"), ("next_action", r"branch `a\0b`, `a\0.py`"),
     ("done_when", r"file:a\0b"), ("done_when", r"merged:a\0b"), ("done_when", r"anchor:\0")],
)  # fmt: skip
def test_a_nul_where_nobody_is_asked_about_it_is_text(repo: Repo, field: str, value: str) -> None:
    repo.ok("add", "X", "-c", "c", "-n", "n")
    (path,) = repo.files()
    text = re.sub(rf"(?m)^{field}: .*\n(?:  .*\n)*", "", repo.read(path))
    repo.write(path, text.replace("...\n", f'{field}: "{value}"\n...\n'))
    for command in ("status", "resume", "show", "list", "log", "graph", "heads", "commits", "render"):
        assert repo.anchor(command).status == 0, command


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "is_one"),
    [("main", True), ("feat/é😀", True), ("-x", True), ("a.b", True), ("", False), (None, False), ("@", False),
     ("a//b", False), ("a/", False), ("a.", False), ("a~1", False), ("a\nb", False), ("a@{b", False), ("a/.b", False)],
)  # fmt: skip
def test_branch_names(name: str | None, is_one: bool) -> None:
    assert names.is_branch_name(name) is is_one


@pytest.mark.parametrize(
    ("arrange", "arguments", "message"),
    [
        ("mkdir .gitattributes", ["init"], "cannot write '{root}/.gitattributes': Is a directory"),
        ("mkdir -p .anchors/config.yaml", ["init"], ".anchors/config.yaml: cannot be read: Is a directory"),
        ("ln -s GPT_Anchors_Log.md GPT_Anchors_Log.md", ["render"], "'GPT_Anchors_Log.md' is a symbolic link to 'GPT_Anchors_Log.md'; replace it by a file"),
        ("rm -rf .git/gitanchor; touch .git/gitanchor", ["render"], "cannot use '{root}/.git/gitanchor': "),
        ("mkdir .anchors; echo 'log: x.md' >.anchors/config.yaml", ["render"], ".anchors/config.yaml: 'log' holds settings of its own, one a line below it"),
        ("true", ["import", "README", "--timezone", "/etc/hostname"], "'/etc/hostname' is no time zone; give one such as Europe/Berlin or UTC"),
        ("true", ["import", "README", "--timezone", "UTC+99"], "'UTC+99' is no time zone; give one such as Europe/Berlin or UTC"),
        ("true", ["import", "README", "--timezone", "../../etc/passwd"], "'../../etc/passwd' is no time zone; give one such as Europe/Berlin or UTC"),
        ("true", ["show", ""], "an empty name matches no anchor; see 'git anchor list'"),
    ],
)  # fmt: skip
def test_odd_surroundings_get_one_line(
    repo: Repo, arrange: str, arguments: list[str], message: str
) -> None:
    repo.run("sh", "-c", arrange, check=True)
    result = repo.anchor(*arguments)
    assert result.status in {1, 2, 3}
    assert result.err.startswith("error: " + message.format(root=repo.root))
    assert result.err.count("\n") == 1


def test_the_current_folder_may_be_gone(repo: Repo) -> None:
    result = repo.run("sh", "-c", "mkdir gone; cd gone; rmdir ../gone; git-anchor list")
    assert (result.status, result.err) == (
        4,
        "fatal: the current folder does not exist any more; change to another\n",
    )


def test_the_prompt_is_printed_even_if_it_cannot_be_remembered(repo: Repo) -> None:
    repo.ok("add", "X", "-c", "x")
    repo.run("sh", "-c", "rm -rf .git/gitanchor; touch .git/gitanchor", check=True)
    result = repo.anchor("resume")
    assert result.out.startswith("Resume from anchor: [X]\n")
    assert result.status == 1
    assert result.err.count("\n") == 1


def test_the_commit_is_made_though_nothing_can_be_printed(repo: Repo) -> None:
    result = repo.run("sh", "-c", "git anchor add X -c c --commit >/dev/full")
    assert result.status == 1
    assert repo.git("log", "-1", "--format=%s") == "Anchor X"


def test_all_files_are_read_before_the_first_is_imported(repo: Repo) -> None:
    repo.write("a.md", "Resume from anchor: A\nContext: c\nNext action: n\n")
    result = repo.anchor("import", "a.md", "missing.md")
    assert (result.status, result.err) == (
        2,
        "error: cannot read 'missing.md': No such file or directory\n",
    )
    assert repo.files() == []


@pytest.mark.slow
def test_a_commit_of_many_long_names_is_no_problem(repo: Repo) -> None:
    drafts = "".join(
        f"Resume from anchor: [{'n' * 900}{n}]\nContext: c\nNext action: n\n\n" for n in range(200)
    )
    assert repo.anchor("add", "--yes", "-F", "-", "--commit", stdin=drafts).status == 0
    assert repo.git("log", "-1", "--format=%s") == "200 anchors"


@pytest.mark.parametrize("path", ["#a[b].md", "!x.md", "a*b?.md", "a b\\c.md"])
def test_the_attributes_reach_a_log_of_any_name(repo: Repo, path: str) -> None:
    name = path.replace("\\", "/")
    repo.ok("init", "--log", path)
    assert repo.git("check-attr", "merge", "--", name).endswith(": merge: gitanchor")


def test_attributes_that_are_there_are_completed(repo: Repo) -> None:
    repo.write(".gitattributes", "GPT_Anchors_Log.md text\n")
    repo.ok("init")
    assert repo.git("check-attr", "merge", "--", "GPT_Anchors_Log.md").endswith(": merge: gitanchor")


def test_init_checks_before_it_writes(repo: Repo, tmp_path: Path) -> None:
    (repo.root / "docs").symlink_to(tmp_path)
    result = repo.anchor("init", "--log", "docs/x.md")
    assert result.status == 2
    assert not (repo.root / ".anchors").exists()
    repo.ok("init")


def test_an_anchor_with_notes_can_be_edited_in_the_form(repo: Repo) -> None:
    repo.write(
        "n.md",
        "Resume from anchor: N\nContext: c\nNext action: n\nDependencies:\n- a\n\nplan\n\n## heading\ntext\n",
    )
    repo.ok("import", "n.md", "--branch", "main")
    anchor = repo.workspace().listing.anchors[0].anchor
    assert anchor.notes == "plan\n\n## heading\ntext"
    assert "Notes:\nplan" in editing.form_of(anchor, "x")


@pytest.mark.unit
def test_mutations_of_logs_lose_no_line_and_crash_nothing() -> None:
    counts = mutations.run(1500, seed=7)
    assert counts.problems == []
    assert counts.slowest < mutations.LIMIT_SECONDS


@pytest.mark.diagonal
@pytest.mark.parametrize("field", ["commit", "tree", "patch_id"])
@pytest.mark.parametrize("value", ["--output=out", "HEAD", "-1", "0123456789", "main..HEAD", "A" * 40])
def test_git_is_given_nothing_of_a_file_but_full_object_ids(repo: Repo, field: str, value: str) -> None:
    repo.ok("add", "X", "-c", "x", "-n", "go on with `README`")
    repo.commit("Work", {"README": "more\n"})
    (path,) = repo.files()
    repo.write(
        path, re.sub(rf"^{field}: .*", f'{field}: "{value}"', repo.read(path), flags=re.MULTILINE)
    )
    before = sorted(repo.root.iterdir())
    for command in ("status", "resume", "show", "list", "diff", "commits"):
        result = repo.anchor(command)
        assert (result.status, result.out) == (3, ""), command
        assert f"error: {path}: the field '{field}' is not a full object id" in result.err
    assert sorted(repo.root.iterdir()) == before
