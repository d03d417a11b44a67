"""`outputs:`: files for other tools that are generated beside the log, and what a hand writes into them."""

import textwrap
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitanchor.log.output_parts import Parts
from gitanchor.rendering import handoff_files
from gitanchor.storage.config import AGENTS
from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"
NOTE = "HANDOFF.md"
BANK = "memory-bank/activeContext.md"
RULES = "AGENTS.md"
SETTINGS = f"outputs:\n  {NOTE}: snapshot\n  {BANK}: snapshot\n  {RULES}: agents\n"
BEGIN, CLOSE = handoff_files.BEGIN, handoff_files.CLOSE
FOREIGN = "# Rules\n\nBe kind.\n"


def configure(repo: Repo, text: str = SETTINGS) -> None:
    repo.ok("init")
    repo.write(".anchors/config.yaml", repo.read(".anchors/config.yaml") + text)
    repo.ok("init")


@pytest.fixture
def team(repo: Repo) -> Repo:
    """A repository with hooks, three outputs and one anchor, all committed."""
    return repo.once(made_team)


def made_team(repo: Repo) -> None:
    repo.write(RULES, FOREIGN)
    configure(repo)
    repo.ok("add", "One", "-c", "ctx", "-n", "next")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")


def entry_in(text: str) -> str:
    start = text.index("<!-- anchor ")
    return text[start : text.index(" -->", text.index("<!-- /anchor ", start)) + 4]


def edit(repo: Repo, path: str, old: str, new: str) -> None:
    text = repo.read(path)
    assert text.count(old) == 1, text
    repo.write(path, text.replace(old, new))


# What is written ---------------------------------------------------------------------------------


def test_a_snapshot_is_the_newest_open_anchor_in_the_form_of_the_log(team: Repo) -> None:
    entry = entry_in(team.read(LOG))
    assert team.read(NOTE) == (
        "# Handoff\n\n<!-- markdownlint-disable-file -->\n\n<!-- prettier-ignore-start -->\n\n"
        "<!-- fmt: off -->\n\n"
        "Where the last session stopped, for the next one: the newest open anchor of this project.\n\n"
        "<!-- Written by 'git anchor render' from the files in .anchors/ -->\n\n"
        f"{entry}\n\n<!-- prettier-ignore-end -->\n"
    )
    assert team.read(BANK) == team.read(NOTE)


def test_a_block_stands_at_the_end_of_what_people_wrote(team: Repo) -> None:
    entry = entry_in(team.read(LOG))
    assert team.read(RULES) == (
        f"{FOREIGN}\n<!-- git anchor: begin, written by 'git anchor render' -->\n\n"
        "<!-- prettier-ignore-start -->\n\n## Where the work stands\n\n"
        "Run `git anchor resume` before you start: it says where the last session stopped, and what has"
        " happened since. Run `git anchor add` before you stop: it tells the next session where you"
        f" are.\n\n{entry}\n\n<!-- prettier-ignore-end -->\n\n<!-- git anchor: end -->\n"
    )


def test_a_missing_file_is_made_with_the_block_alone(repo: Repo) -> None:
    configure(repo)
    text = repo.read(RULES)
    assert text == handoff_files.block(None) + "\n"
    assert "\nNo anchor is open.\n" in text
    assert "\nNo anchor is open.\n" in repo.read(NOTE)
    repo.ok("render", "--check")


@pytest.mark.parametrize("verb", ["add", "edit", "done", "rm", "undo", "import", "absorb"])
def test_every_command_that_writes_the_log_writes_them(team: Repo, verb: str) -> None:
    anchor_id = team.json("list")[0]["id"]
    before = team.read(NOTE)
    match verb:
        case "add":
            team.ok("add", "Two", "-c", "c", "-n", "n")
        case "edit":
            team.ok("edit", anchor_id, "-c", "new")
        case "done":
            team.ok("done", anchor_id)
        case "rm":
            team.ok("rm", anchor_id)
        case "undo":
            team.ok("done", anchor_id)
            before = team.read(NOTE)
            team.ok("undo")
        case "import":
            team.write("old.md", "Resume from anchor: [Old]\nContext: x\n12:00 05/05/2026\n")
            team.ok("import", "old.md")
        case "absorb":
            edit(team, LOG, "**Context:** ctx", "**Context:** changed")
            team.ok("absorb")
    assert team.read(NOTE) != before
    assert team.read(BANK) == team.read(NOTE)
    assert team.ok("render", "--check") == ""


def test_superseded_and_closed_anchors_are_passed_over(team: Repo) -> None:
    first = entry_in(team.read(NOTE))
    team.ok("add", "Two", "-c", "c", "-n", "n")
    second = team.json("list")[0]["id"]
    assert f"<!-- anchor {second} -->" in team.read(NOTE)
    team.ok("done", second)
    text = team.read(NOTE)
    assert "<!-- anchor" not in text  # the first is superseded by the second
    assert "No anchor is open." in text
    team.ok("rm", second)
    assert entry_in(team.read(NOTE)) == first


def test_a_condition_does_not_count_as_it_depends_on_the_clone(team: Repo) -> None:
    team.git("branch", "topic")
    team.ok("add", "Until", "-c", "c", "-n", "n", "--done-when", "merged:main")
    assert "[Until]" in team.read(NOTE)
    assert team.ok("render", "--check") == ""


def test_another_branch_and_another_day_change_nothing(team: Repo) -> None:
    team.git("switch", "-qc", "topic")
    assert team.ok("render", "--check") == ""
    team.git("switch", "-q", "--detach")
    assert team.ok("render", "--check") == ""


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
@pytest.mark.parametrize("locale", ["C", "tr_TR.UTF-8"])
def test_the_bytes_are_the_same_in_every_zone_and_locale(team: Repo, zone: str, locale: str) -> None:
    done = team.run("git", "anchor", "render", "--check", TZ=zone, LC_ALL=locale)
    assert (done.status, done.out) == (0, "")
    before = {path: team.read(path) for path in (NOTE, BANK, RULES)}
    for path in before:
        (team.root / path).unlink()
    team.write(RULES, FOREIGN)
    assert team.run("git", "anchor", "render", TZ=zone, LC_ALL=locale).status == 0
    assert {path: team.read(path) for path in before} == before


def test_render_says_what_it_wrote_and_check_shows_what_it_would(team: Repo) -> None:
    (team.root / BANK).unlink()
    edit(team, RULES, "Be kind.", "Be strict.")
    shown = team.anchor("render", "--check")
    assert shown.status == 1
    assert shown.out.startswith(f"--- a/{BANK}\n+++ b/{BANK}\n@@ -0,0 +1,")
    assert RULES not in shown.out
    assert team.anchor("render").err == f"{BANK}: written\n"
    assert team.anchor("render").err == f"{LOG}: up to date\n"
    assert "Be strict." in team.read(RULES)


def test_without_outputs_nothing_is_left_for_the_hooks(team: Repo) -> None:
    told = team.root / ".git/gitanchor/outputs"
    assert told.read_text() == f"{NOTE}\n{BANK}\n{RULES}\n"
    edit(team, ".anchors/config.yaml", SETTINGS, "")
    team.ok("render")
    assert not told.exists()
    assert "[One]" in team.read(NOTE)  # it is the team's now


def test_a_branch_that_does_not_write_the_log_does_not_write_them(team: Repo) -> None:
    edit(team, ".anchors/config.yaml", f"  path: {LOG}\n", f"  path: {LOG}\n  mode: default-branch\n")
    team.git("commit", "-qam", "Mode")
    team.git("switch", "-qc", "topic")
    before = team.read(NOTE)
    team.ok("add", "Two", "-c", "c", "-n", "n")
    assert team.read(NOTE) == before
    assert team.ok("render", "--check") == ""
    edit(team, NOTE, "ctx", "by hand")
    edit(team, RULES, "ctx", "by hand")
    edit(team, RULES, "Be kind.", "Be strict.")
    team.ok("absorb")
    assert team.json("show", "One")["context"] == "by hand"
    assert team.read(NOTE) == before
    assert team.git("diff", "--stat", "--", BANK, NOTE) == ""
    assert "Be strict." in team.read(RULES)
    assert "by hand" not in team.read(RULES)


def test_add_with_commit_takes_along_what_is_generated_but_no_work_of_people(team: Repo) -> None:
    team.ok("add", "Two", "-c", "c", "-n", "n", "--commit")
    assert team.git("status", "--short") == ""
    edit(team, RULES, "Be kind.", "Be strict.")
    team.ok("add", "Three", "-c", "c", "-n", "n", "--commit")
    assert team.git("status", "--short") == f" M {RULES}"


def test_what_git_ignores_is_written_but_not_committed(team: Repo) -> None:
    team.git("rm", "-q", "--cached", NOTE)
    team.write(".gitignore", f"{NOTE}\n")
    team.git("add", ".gitignore")
    team.git("commit", "-qm", "Ignore")
    team.ok("add", "Two", "-c", "c", "-n", "n", "--commit")
    team.ok("edit", "Two", "-c", "changed")
    team.git("commit", "-qam", "Edit")
    assert "changed" in team.read(NOTE)
    assert team.git("ls-files", NOTE) == ""
    assert "changed" in team.git("show", f"HEAD:{BANK}")


def test_a_file_that_cannot_be_written_is_told_and_the_others_are(team: Repo) -> None:
    (team.root / BANK).unlink()
    (team.root / BANK).parent.rmdir()
    team.write("memory-bank", "a file\n")
    done = team.anchor("add", "Two", "-c", "c", "-n", "n")
    assert (done.status, done.err.count("\n")) == (0, 1)
    assert done.err.startswith("warning: ")
    assert BANK in done.err or "memory-bank" in done.err
    assert "[Two]" in team.read(RULES)
    (team.root / "memory-bank").unlink()
    team.ok("render")
    assert "[Two]" in team.read(BANK)


@pytest.mark.parametrize("change", ["\ufeff{}", "{}\n\n\n", "\n{}"])
def test_what_editors_do_to_a_snapshot_is_no_edit(team: Repo, change: str) -> None:
    team.write(NOTE, change.format(team.read(NOTE)))
    assert team.ok("absorb") == ""
    team.ok("render")
    assert team.git("status", "--short") == ""
    assert not (team.root / ".anchors/foreword.md").exists()


@pytest.mark.parametrize("width", [30, 60])
def test_a_formatter_that_wraps_lines_adds_no_text(team: Repo, width: int) -> None:
    for path in (NOTE, RULES):
        text = team.read(path)
        (long,) = (line for line in text.split("\n") if line.startswith(("Where the last", "Run `git")))
        team.write(path, text.replace(long, textwrap.fill(long, width)))
    assert team.ok("absorb") == ""
    team.ok("render")
    assert team.git("status", "--short") == ""


# Settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("HANDOFF.md", "Snapshot", "'Snapshot' is no kind of file; give one of snapshot, agents"),
        ("HANDOFF.md", "", "'' is no kind of file; give one of snapshot, agents"),
        (".git/x.md", "snapshot", None),
        ("a/GIT~1/x.md", "snapshot", None),
        ("../x.md", "snapshot", None),
        ("/x.md", "snapshot", None),
        (".Anchors/x.md", "agents", None),
        ("HANDOFF.txt", "snapshot", None),
        (LOG, "snapshot", f"'{LOG}' is generated already; give another path"),
        (LOG.upper().replace(".MD", ".md"), "agents", f"'{LOG}' is generated already; give another path"),
        (f"{LOG}/x.md", "snapshot", f"'{LOG}' is generated already; give another path"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_refused_by_its_key(repo: Repo, path: str, kind: str, told: str | None) -> None:
    repo.ok("init")
    repo.write(
        ".anchors/config.yaml", repo.read(".anchors/config.yaml") + f'outputs:\n  "{path}": "{kind}"\n'
    )
    told = told or (
        "no place for a generated file; give a path to a .md file inside the worktree, outside .git and"
        " .anchors"
    )
    done = repo.anchor("render")
    assert (done.status, done.err) == (3, f"error: .anchors/config.yaml: outputs.{path}: {told}\n")


@pytest.mark.parametrize("other", ["handoff.MD", "HANDOFF.md/x.md"])
def test_no_two_are_the_same_file(repo: Repo, other: str) -> None:
    other = other.replace(".MD", ".md")
    repo.ok("init")
    text = f"outputs:\n  HANDOFF.md: snapshot\n  {other}: snapshot\n"
    repo.write(".anchors/config.yaml", repo.read(".anchors/config.yaml") + text)
    done = repo.anchor("render")
    assert done.status == 3
    assert f"outputs.{other}: 'HANDOFF.md' is generated already" in done.err


def test_composed_letters_are_the_same_file(repo: Repo) -> None:
    repo.ok("init")
    one, other = (unicodedata.normalize(form, "ÜBERGABE.md") for form in ("NFC", "NFD"))
    text = f"outputs:\n  {one}: snapshot\n  {other}: snapshot\n"
    repo.write(".anchors/config.yaml", repo.read(".anchors/config.yaml") + text)
    assert repo.anchor("render").status == 3


@pytest.mark.parametrize(
    "text", ["outputs: HANDOFF.md\n", "outputs:\n- HANDOFF.md\n", "outputs:\n  docs:\n    x.md: snapshot\n"]
)  # fmt: skip
def test_outputs_of_another_shape_are_refused(repo: Repo, text: str) -> None:
    repo.ok("init")
    repo.write(".anchors/config.yaml", repo.read(".anchors/config.yaml") + text)
    done = repo.anchor("render")
    assert done.status == 3
    assert done.err.startswith("error: .anchors/config.yaml: 'outputs")


def test_a_link_or_a_folder_is_refused(team: Repo) -> None:
    (team.root / NOTE).unlink()
    (team.root / NOTE).symlink_to(RULES)
    done = team.anchor("render")
    assert (done.status, done.err.splitlines()[-1]) == (
        2, f"error: '{NOTE}' is a symbolic link to '{RULES}'; name what it leads to below 'outputs'"
    )  # fmt: skip
    (team.root / NOTE).unlink()
    (team.root / NOTE).mkdir()
    done = team.anchor("render")
    assert done.status == 2
    assert f"'{NOTE}' is a folder; set another path below 'outputs'" in done.err


# Edits by hand -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [NOTE, BANK, RULES])
def test_an_edit_of_the_entry_is_absorbed_into_the_anchor(team: Repo, path: str) -> None:
    edit(team, path, "ctx", "what a hand wrote")
    assert team.anchor("absorb", "--check").status == 1
    out = team.ok("absorb")
    (anchor,) = team.json("list")
    line = team.read(path).split("\n").index(f"<!-- anchor {anchor['id']} -->") + 1
    assert out == f"{path}:{line}: changed: {anchor['id']} One\n"
    assert anchor["context"] == "what a hand wrote"
    assert team.ok("render", "--check") == ""
    assert team.anchor("absorb", "--check").status == 0


@pytest.mark.parametrize("path", [NOTE, BANK, RULES])
def test_an_edit_is_never_rendered_over(team: Repo, path: str) -> None:
    edit(team, path, "ctx", "what a hand wrote")
    before = team.read(path)
    done = team.anchor("render")
    assert done.status == 2
    assert "was changed by hand; take it in with 'git anchor absorb'" in done.err
    done = team.anchor("add", "Two", "-c", "c", "-n", "n")
    assert (done.status, team.read(path)) == (0, before)
    assert done.err.count("\n") == 1
    assert done.err.startswith(f"warning: {path}:")
    assert "[Two]" in team.read(LOG)
    team.ok("absorb")
    assert team.json("show", "One")["context"] == "what a hand wrote"
    assert team.ok("render", "--check") == ""


@pytest.mark.parametrize("path", [NOTE, RULES])
@pytest.mark.parametrize("where", ["above", "below"])
def test_text_outside_of_the_entry_becomes_the_foreword(team: Repo, path: str, where: str) -> None:
    mark = "<!-- anchor " if where == "above" else "<!-- prettier-ignore-end -->"
    edit(team, path, mark, f"My own words.\n\n{mark}")
    line = team.read(path).split("\n").index("My own words.") + 1
    done = team.anchor("render")
    told = f"error: {path}:{line}: text was added by hand; take it in with 'git anchor absorb'"
    assert (done.status, done.err.splitlines()[-1]) == (2, told)
    assert team.ok("absorb") == f"{path}: text around the entries is kept in .anchors/foreword.md\n"
    assert team.read(".anchors/foreword.md") == "My own words.\n"
    assert "My own words." in team.read(LOG)
    assert "My own words." not in team.read(path)
    assert team.ok("render", "--check") == ""


def test_what_looks_like_the_head_is_kept_where_it_is_not_the_head(team: Repo) -> None:
    edit(team, NOTE, "<!-- prettier-ignore-end -->", "# Handoff\n\nNo anchor is open.\n")
    team.ok("absorb")
    assert team.read(".anchors/foreword.md") == "# Handoff\n\nNo anchor is open.\n"


@pytest.mark.parametrize("path", [NOTE, RULES])
def test_a_pasted_entry_becomes_an_anchor(team: Repo, path: str) -> None:
    pasted = "Resume from anchor: [Pasted]\nContext: p\nNext action: q\nDependencies:\n- Tools: gcc\n"
    edit(team, path, "<!-- anchor ", f"{pasted}\n<!-- anchor ")
    team.ok("absorb")
    newest = team.json("list")[0]
    assert (newest["name"], newest["context"], newest["source"]) == ("Pasted", "p", "absorb")
    assert "[Pasted]" in team.read(path)
    assert team.ok("render", "--check") == ""


def test_edits_of_one_anchor_in_log_and_files_are_merged(team: Repo) -> None:
    edit(team, LOG, "**Next action:** next", "**Next action:** from the log")
    edit(team, NOTE, "**Context:** ctx", "**Context:** from the note")
    edit(team, RULES, "**Next action:** next", "**Next action:** next\n\n**Current milestone:** there")
    team.ok("absorb")
    (anchor,) = team.json("list")
    assert (anchor["context"], anchor["next_action"], anchor["milestone"]) == (
        "from the note", "from the log", "there",
    )  # fmt: skip
    assert team.ok("render", "--check") == ""


def test_a_dispute_is_settled_by_a_side_and_the_other_is_kept(team: Repo) -> None:
    edit(team, LOG, "ctx", "from the log")
    edit(team, NOTE, "ctx", "from the note")
    done = team.anchor("absorb")
    assert done.status == 1
    assert f'hint: or "git anchor absorb --theirs" to take the text of {NOTE}.' in done.err
    assert team.json("list")[0]["context"] == "from the log"
    assert "from the note" in team.read(NOTE)
    team.ok("absorb", "--theirs")
    assert team.json("list")[0]["context"] == "from the note"
    kept = [file.read_text() for file in (team.root / ".git/gitanchor/journal").glob("*-paste-*")]
    assert any("from the log" in text for text in kept)
    assert team.ok("render", "--check") == ""


def test_an_entry_that_is_gone_comes_back_and_deletes_nothing(team: Repo) -> None:
    for path in (NOTE, RULES):
        text = team.read(path)
        team.write(path, text.replace(entry_in(text), ""))
    assert team.ok("absorb", "--delete") == ""
    assert len(team.json("list")) == 1
    team.ok("render")
    assert team.git("status", "--short") == ""


def test_a_file_that_is_kept_by_hand_is_never_overwritten(repo: Repo) -> None:
    mine = "# Handoff\n\nContext: what I wrote\n\nNext action: go on\n"
    repo.write(NOTE, mine)
    repo.ok("init")
    repo.write(".anchors/config.yaml", repo.read(".anchors/config.yaml") + SETTINGS)
    done = repo.anchor("init")
    assert f"\n  created {BANK}\n  created {RULES}\n" in done.out
    assert done.err.startswith(f"warning: {NOTE}:1: this file is kept by hand; ")
    assert repo.read(NOTE) == mine
    done = repo.anchor("render")
    told = (
        f"error: {NOTE}:1: this file is kept by hand; take it in with 'git anchor import {NOTE}', move it"
        " away, then 'git anchor render' writes it"
    )
    assert (done.status, done.err.splitlines()[-1]) == (2, told)
    assert repo.anchor("render", "--check").status == 2
    assert repo.anchor("absorb").status == 2
    assert repo.read(NOTE) == mine
    repo.ok("import", NOTE)
    assert repo.read(NOTE) == mine
    (repo.root / NOTE).rename(repo.root / "old.md")
    repo.ok("render")
    assert "what I wrote" in repo.read(NOTE)


@pytest.mark.parametrize("path", [NOTE, BANK, RULES])
def test_importing_a_file_of_ours_adds_nothing(team: Repo, path: str) -> None:
    out = team.anchor("import", path)
    assert len(team.json("list")) == 1, out
    assert "new" not in out.out
    assert team.ok("render", "--check") == ""
    assert team.anchor("import", "--discover").status == 1


def test_files_that_are_not_utf8_or_hold_a_conflict_are_left_alone(team: Repo) -> None:
    team.write(RULES, b"# R\xe8gles\n")
    done = team.anchor("render")
    assert (done.status, done.err.splitlines()[-1]) == (
        2, f"error: '{RULES}' is not UTF-8 at byte 3; move it away"
    )  # fmt: skip
    team.write(RULES, "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n")
    done = team.anchor("render")
    told = f"error: {RULES}:1: a conflict marker; 'git anchor resolve' finishes the merge"
    assert (done.status, done.err.splitlines()[-1]) == (2, told)


def test_twenty_rounds_of_editing_lose_nothing(team: Repo) -> None:
    said = ["ctx"]
    for number in range(20):
        path = (NOTE, RULES, BANK, LOG)[number % 4]
        edit(team, path, f"**Context:** {said[-1]}\n", f"**Context:** {said[-1]} and {number}\n")
        edit(team, RULES, "Be kind.", f"Be kind.\n{number}.")
        said.append(f"{said[-1]} and {number}")
        team.ok("absorb")
        assert team.json("show", "One")["context"] == said[-1]
        assert team.ok("render", "--check") == ""
    rules = team.read(RULES).split("\n")
    assert [line for line in rules if line.removesuffix(".").isdigit()] == [
        f"{number}." for number in reversed(range(20))
    ]
    assert not (team.root / ".anchors/foreword.md").exists()


# The text around a block -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        "# Rules\r\n\r\nBe kind.\r\n",
        "\ufeff# Rules\n",
        "\ufeff# Rules\r\nlast line",
        "no line break",
        "",
        "\n\n\n",
        "blank lines at the end\n\n\n",
        "trailing blanks  \t\n",
        "a lone\rcarriage return\n",
        "mixed\r\nline\nends\r\n",
        "```\nan open fence\n",
        "form\x0cfeed\x85 and \u2028 separators\n",
    ],
)
def test_all_that_people_wrote_is_kept_byte_for_byte(repo: Repo, before: str) -> None:
    repo.write(RULES, before.encode())
    configure(repo)
    for number in range(3):
        repo.ok("add", f"Step{number}", "-c", "c", "-n", "n")
    content = (repo.root / RULES).read_bytes()
    assert content.startswith(before.encode())
    assert content.count(b"git anchor: begin") == 1
    assert "Step2" in content.decode()
    assert repo.ok("render", "--check") == ""
    has_crlf = before.find("\n") > 0 and before[before.find("\n") - 1] == "\r"
    block = content[len(before.encode()) :]
    assert block.count(b"\r\n") == (block.count(b"\n") if has_crlf else 0)


def test_a_block_stays_where_people_moved_it(team: Repo) -> None:
    text = team.read(RULES)
    block = text[text.index(BEGIN) : text.index(CLOSE) + len(CLOSE)]
    around = f"# Top\n\n{block}\n\n- below\n- no line break at the end"
    team.write(RULES, around)
    team.ok("add", "Two", "-c", "c", "-n", "n")
    new = team.read(RULES)
    assert new.startswith("# Top\n\n<!-- git anchor: begin")
    assert new.endswith("<!-- git anchor: end -->\n\n- below\n- no line break at the end")
    assert "[Two]" in new


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"a\n{BEGIN}\nx\n", "2: the block that begins here has no end"),
        (f"a\n{CLOSE}\nx\n", "2: the end of a block that never begins"),
        (f"{CLOSE}\n{BEGIN}\n", "1: the end of a block that never begins"),
        (f"{BEGIN}\n{CLOSE}\n\n{BEGIN}\n{CLOSE}\n", "4: a second block of git anchor"),
        (f"{BEGIN}\n{BEGIN}\n{CLOSE}\n", "2: a second block of git anchor"),
        (f"{BEGIN}\n{CLOSE}\n{CLOSE}\n", "3: a second end of the block"),
    ],
)
def test_comments_out_of_order_are_refused_and_the_file_left_alone(
    team: Repo, text: str, told: str
) -> None:
    team.write(RULES, text)
    done = team.anchor("render")
    last = f"error: {RULES}:{told}; put these comments right by hand, or take them out"
    assert (done.status, done.err.splitlines()[-1]) == (2, last)
    assert team.anchor("add", "Two", "-c", "c", "-n", "n").err.startswith(f"warning: {RULES}:")
    assert team.read(RULES) == text
    assert "[Two]" in team.read(NOTE)


def test_the_comments_may_be_text_of_an_anchor(team: Repo) -> None:
    text = f"What stands there:\n\n{BEGIN}\n{CLOSE}\n"
    team.ok(
        "add", "Quoting", "-F", "-", "--yes", stdin=f"Resume from anchor: [Quoting]\nContext: {text}"
    )
    assert team.ok("render", "--check") == ""
    team.ok("add", "Two", "-c", "c", "-n", "n")
    assert team.read(RULES).startswith(FOREIGN)
    assert team.read(RULES).count(BEGIN) == 1
    assert team.ok("render", "--check") == ""


foreign = st.text(
    st.one_of(st.sampled_from("\n\r \t#`-<!>*[]\ufeff\x0c"), st.characters(exclude_categories=["Cs"])),
    max_size=60,
)


@pytest.mark.unit
@given(
    before=foreign,
    after=foreign,
    entries=st.lists(st.one_of(st.none(), st.just("x"), st.just("y\n\nz"))),
)
def test_no_sequence_of_renders_changes_the_text_around_a_block(
    before: str, after: str, entries: list[str | None]
) -> None:
    text = before
    for number, entry in enumerate([None, *entries, None]):
        text = Parts.of(text, AGENTS, RULES).with_block(handoff_files.block(entry))
        if number == 0:
            text += after if after.startswith(("\n", "\r\n")) else f"\n{after}"
            around = Parts.of(text, AGENTS, RULES)
    parts = Parts.of(text, AGENTS, RULES)
    assert (parts.before, parts.after) == (around.before, around.after)
    assert parts.before.startswith(before)
    assert parts.after.endswith(after)
    assert parts.shows(handoff_files.block(None))


@pytest.mark.parametrize("change", ["  {}", "\t{}", "{}  "])
def test_a_block_whose_comments_a_formatter_moved_is_no_second_one(team: Repo, change: str) -> None:
    text = team.read(RULES)
    marks = [line for line in text.split("\n") if line.startswith("<!-- git anchor:")]
    assert len(marks) == 2
    for mark in marks:
        text = text.replace(mark, change.format(mark))
    team.write(RULES, text)
    team.ok("render")
    assert team.read(RULES).count("<!-- git anchor: begin") == 1
    assert FOREIGN.strip() in team.read(RULES)
    assert team.ok("render", "--check") == ""


def test_an_entry_whose_block_lost_its_comments_is_not_doubled(team: Repo) -> None:
    lines = team.read(RULES).split("\n")
    team.write(RULES, "\n".join(line for line in lines if not line.startswith("<!-- git anchor:")))
    before = team.read(RULES)
    done = team.anchor("render")
    assert done.status == 2
    assert "an entry outside of a block of git anchor" in done.err
    assert team.read(RULES) == before


def test_an_entry_that_is_quoted_in_a_fence_is_an_example(team: Repo) -> None:
    entry = team.read(NOTE).partition("<!-- anchor ")
    quoted = f"# Rules\n\n````markdown\n{entry[1]}{entry[2]}````\n"
    team.write(RULES, quoted)
    team.ok("render")
    assert team.read(RULES).startswith(quoted)
    assert team.ok("render", "--check") == ""
