"""The generated log and tools that strip blanks: nothing is there to strip; the form before is read.

`firstform` holds the anchors, the foreword and the log that the version before this form wrote.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from gitanchor.importing import import_plan
from gitanchor.model.anchor import Anchor
from gitanchor.parsing import log_format, parse
from gitanchor.rendering import first_form, log_entries
from gitanchor.storage import codec
from gitanchor.storage.field_merge import Merged
from tests import strategies
from tests.log.test_merging import logs
from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"
FIRST = Path(__file__).parents[1] / "firstform"
OLD_LOG = (FIRST / "log.txt").read_text("utf-8")
FOREWORD = (FIRST / "foreword.md").read_text("utf-8").strip("\n")
ANCHORS = sorted(
    (codec.load(file.read_text("utf-8"), file.name) for file in (FIRST / "anchors").iterdir()),
    key=lambda anchor: anchor.created,
    reverse=True,
)
BLANKS = "two blanks  \nand a tab\t\n\n \tcode\n=======\n   \nlast"


@pytest.fixture
def old(repo: Repo) -> Repo:
    """A repository that the version before has left: its anchors, foreword and log, committed."""
    return repo.once(made_old)


def made_old(repo: Repo) -> None:
    repo.ok("init")
    for file in (FIRST / "anchors").iterdir():
        repo.write(f".anchors/2026/11/{file.name}", file.read_bytes())
    repo.write(".anchors/foreword.md", (FIRST / "foreword.md").read_bytes())
    repo.write(LOG, OLD_LOG)
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Old", "--no-verify")


def said(repo: Repo) -> list[Anchor]:
    """All anchors as their files have them."""
    return [stored.anchor for stored in repo.workspace().listing.anchors]


def stripped(text: str) -> str:
    """What trailing-whitespace and end-of-file-fixer leave of a text."""
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).rstrip("\n") + "\n"


# The form before -------------------------------------------------------------------------------


@pytest.mark.unit
def test_the_first_form_is_rendered_as_it_was() -> None:
    parts = [first_form.header(FOREWORD), *map(first_form.entry, ANCHORS)]
    assert "\n\n".join(parts) + "\n" == OLD_LOG


@pytest.mark.unit
def test_a_log_of_the_first_form_reads_as_its_anchors() -> None:
    drafts = parse.parse(OLD_LOG).drafts
    assert [import_plan.generated(draft, []) for draft in drafts] == ANCHORS


def test_a_log_of_the_first_form_is_rendered_anew_once(old: Repo) -> None:
    assert old.anchor("absorb", "--check").status == 0
    before = said(old)
    old.ok("render")
    assert said(old) == before == ANCHORS
    assert old.read(LOG) == log_entries.log(ANCHORS, FOREWORD)
    old.git("add", "-A")
    assert old.run("git", "diff", "--cached", "--check").out == ""
    old.git("commit", "-qm", "New form")
    assert old.git("status", "--short") == ""


@pytest.mark.parametrize("tool", [stripped, str.rstrip, lambda text: f"{text}\n\n"])
def test_an_old_log_whose_blanks_were_stripped_changes_no_anchor(
    old: Repo, tool: Callable[[str], str]
) -> None:
    for name in ("", "One", "Two"):
        if name:
            old.ok("add", name, "-n", "n")
        old.write(LOG, tool(old.read(LOG)))
        old.git("add", "-A")
        result = old.run("git", "commit", "-qm", "Strip")
        assert (result.status, result.out) == (0, "")
        assert not {"absorbed", "warning:"} & set(result.err.split())
        assert [anchor for anchor in said(old) if anchor.created >= ANCHORS[-1].created] == ANCHORS
        assert old.workspace().store.foreword == FOREWORD
        assert old.git("show", f"HEAD:{LOG}") + "\n" == log_entries.log(said(old), FOREWORD)


def test_an_edit_of_an_old_log_is_absorbed_with_the_blanks_around_it(old: Repo) -> None:
    edited = old.read(LOG).replace("and a second, with", "and more, with").replace("Loader done", "Done")
    old.write(LOG, stripped(edited))
    old.git("commit", "-qam", "Edit")
    by_name = {anchor.name: anchor for anchor in said(old)}
    was = {anchor.name: anchor for anchor in ANCHORS}
    assert by_name.pop("Ann_Work_2").context == was.pop("Ann_Work_2").context.replace(
        "and a second, with", "and more, with"
    )
    assert by_name.pop("Sprint_Start").milestone == "Done"
    del was["Sprint_Start"]
    assert by_name == was
    old.ok("render", "--check")


# Merging the forms -------------------------------------------------------------------------------


def old_log(anchors: list[Anchor]) -> str:
    return "\n\n".join([first_form.header(FOREWORD), *map(first_form.entry, anchors)]) + "\n"


@pytest.mark.diagonal
@pytest.mark.unit
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("base", [old_log, lambda anchors: log_entries.log(anchors, FOREWORD)])
def test_sides_of_both_forms_merge_to_the_new_one(
    base: Callable[[list[Anchor]], str], swapped: bool
) -> None:
    first, second, *rest = ANCHORS
    sides = old_log([first, *rest]), log_entries.log([second, *rest[:-1]], FOREWORD)
    ours, theirs = reversed(sides) if swapped else sides
    expected = log_entries.log([first, second, *rest[:-1]], FOREWORD)
    assert logs(base(rest), ours, theirs) == Merged(expected, clean=True)


# Nothing to strip --------------------------------------------------------------------------------


@pytest.mark.unit
@settings(max_examples=60)
@given(strategies.anchors)
def test_no_line_of_an_entry_ends_in_blanks_and_it_reads_back(anchor: Anchor) -> None:
    entry = log_entries.entry(anchor)
    assert re.search(r"[ \t]$", entry, re.MULTILINE) is None
    assert re.search(r"^(?:[ \t]* \t|([<=>|])\1{6}(?:\s|$))", entry, re.MULTILINE) is None
    lines = entry.split("\n")
    (block,) = log_format.blocks(lines)
    assert not block.edited
    assert import_plan.generated(log_format.read(lines, block), []) == anchor


def test_blanks_in_every_section_stay_in_the_anchor_and_are_nowhere_to_strip(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "Blanks", "-c", BLANKS, "-m", BLANKS + "  ", "-n", "x ", "-d", f"Tools: {BLANKS}")
    (before,) = said(repo)
    assert before.context == BLANKS
    repo.git("add", "-A")
    assert repo.run("git", "diff", "--cached", "--check").out == ""
    for file in (LOG, *repo.files()):
        assert stripped(repo.read(file)) == repo.read(file)
    repo.git("commit", "-qm", "Blanks")
    (repo.root / repo.files()[0]).unlink()
    repo.ok("import", LOG)
    assert said(repo) == [before]


def test_gits_own_sample_hook_lets_each_commit_of_the_log_pass(repo: Repo) -> None:
    sample = repo.root / ".git/hooks/pre-commit.sample"
    if not sample.exists():
        pytest.skip("this git has no pre-commit.sample")
    sample.rename(sample.with_suffix(""))
    repo.ok("init")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Init")
    for name in ("One", "Two"):
        repo.ok("add", name, "-c", BLANKS, "-n", "n")
        repo.write(LOG, repo.read(LOG).replace("## Template", "Ours.\n\n## Template", 1))
        repo.git("add", "-A")
        result = repo.run("git", "commit", "-qm", name)
        assert result.status == 0, result
    assert repo.git("status", "--short") == ""
