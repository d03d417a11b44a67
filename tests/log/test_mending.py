"""Entries that were copied, unmarked, doubled or put into one another in the log: nothing gets lost."""

import time
from collections.abc import Callable

import pytest

from gitanchor.log import mending
from gitanchor.parsing import log_format, parse
from tests.repositories import Repo, Result

LOG = "GPT_Anchors_Log.md"
TEXTS = ("name", "context", "next_action", "notes")


@pytest.fixture
def two(repo: Repo) -> Repo:
    """A repository with hooks and the anchors One and, on top of it in the log, Two."""
    return repo.once(made_two)


def made_two(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "One", "-c", "ctx One", "-n", "next One")
    repo.ok("add", "Two", "-c", "ctx Two", "-n", "next Two")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")


def ids(repo: Repo) -> dict[str, str]:
    return {item["name"]: item["id"] for item in repo.json("list")}


def said(repo: Repo) -> dict[str, tuple[str, ...]]:
    """What each anchor says, by its id; the newest first."""
    return {item["id"]: tuple(item[text] for text in TEXTS) for item in repo.json("list")}


def entry(repo: Repo, name: str) -> str:
    """The entry of an anchor, with its comments."""
    log, anchor_id = repo.read(LOG), ids(repo)[name]
    start, end = log.index(f"<!-- anchor {anchor_id}"), log.index(f"<!-- /anchor {anchor_id}")
    return log[start : log.index("\n", end) + 1]


def line_of(repo: Repo, text: str) -> int:
    return next(n for n, line in enumerate(repo.read(LOG).split("\n"), 1) if text in line)


def replace(repo: Repo, old: str, new: str) -> None:
    log = repo.read(LOG)
    assert old in log
    repo.write(LOG, log.replace(old, new, 1))


def settled(repo: Repo) -> None:
    """Nothing is left to absorb, and the log is as it is generated."""
    assert repo.anchor("absorb", "--check") == Result(0, "", "")
    assert repo.anchor("render", "--check") == Result(0, "", "")


# Two entries with one id ------------------------------------------------------------------------


@pytest.mark.parametrize("above", [True, False])
def test_a_copy_with_its_comments_is_a_new_anchor(two: Repo, above: bool) -> None:
    original = entry(two, "Two")
    copy = original.replace("[Two]", "[CopyOfTwo]").replace("ctx Two", "ctx copy")
    before = said(two)
    replace(two, original, f"{copy}\n{original}" if above else f"{original}\n{copy}")
    line = line_of(two, "[CopyOfTwo]") - 4
    out = two.ok("absorb")
    new = ids(two)["CopyOfTwo"]
    assert out == f"{LOG}:{line}: new anchor: {new} CopyOfTwo\n"
    assert said(two) == before | {new: ("CopyOfTwo", "ctx copy", "next Two", "")}
    settled(two)


def test_a_copy_that_keeps_its_name_is_a_new_anchor_too(two: Repo) -> None:
    original, before = entry(two, "Two"), said(two)
    replace(two, original, original.replace("ctx Two", "another") + "\n" + original)
    line = line_of(two, "another") - 6
    out = two.ok("absorb")
    (new,) = said(two).keys() - before.keys()
    assert out == f"{LOG}:{line}: new anchor: {new} Two\n"
    assert said(two) == before | {new: ("Two", "another", "next Two", "")}
    settled(two)


def test_of_two_that_were_edited_the_one_that_fits_keeps_the_id(two: Repo) -> None:
    original, before = entry(two, "Two"), said(two)
    anchor_id = ids(two)["Two"]
    copy = original.replace("[Two]", "[Copy]").replace("ctx Two", "of the copy")
    edited = original.replace("next Two", "edited")
    replace(two, original, f"{copy}\n{edited}")
    first, second = line_of(two, "[Copy]") - 4, line_of(two, "[Two]") - 4
    out = two.ok("absorb")
    new = ids(two)["Copy"]
    assert out == (f"{LOG}:{first}: new anchor: {new} Copy\n{LOG}:{second}: changed: {anchor_id} Two\n")
    assert said(two) == before | {
        anchor_id: ("Two", "ctx Two", "edited", ""),
        new: ("Copy", "of the copy", "next Two", ""),
    }
    settled(two)


# Labels, names and places that come twice -------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "texts"),
    [
        ("**Next action:** next Two", "**Next action:** first\n\n**Next action:** second", ("Two", "ctx Two", "first\n\nsecond", "")),
        ("[Two]\n", "[Two]\n\n**Resume from anchor:** [Zwei]\n", ("Two", "ctx Two", "next Two", "**Resume from anchor:** [Zwei]")),
        ("<!-- /anchor {id}", "\nAdded below.\n<!-- /anchor {id}", ("Two", "ctx Two", "next Two", "Added below.")),
        ("<!-- /anchor {id}", "**Context:** more\n<!-- /anchor {id}", ("Two", "ctx Two\n\nmore", "next Two", "")),
    ],
)  # fmt: skip
def test_what_stands_twice_or_outside_of_its_place_is_kept(
    two: Repo, old: str, new: str, texts: tuple[str, ...]
) -> None:
    anchor_id, before = ids(two)["Two"], said(two)
    line = line_of(two, "[Two]") - 4
    replace(two, old.format(id=anchor_id), new.format(id=anchor_id))
    assert two.ok("absorb") == f"{LOG}:{line}: changed: {anchor_id} Two\n"
    assert said(two) == before | {anchor_id: texts}
    settled(two)


def test_a_place_and_a_time_that_were_edited_are_told(two: Repo) -> None:
    anchor_id, before = ids(two)["Two"], said(two)
    line = line_of(two, "[Two]") - 4
    text = entry(two, "Two").replace("ctx Two", "new").replace("*On branch `main`", "*On branch `side`")
    replace(two, entry(two, "Two"), text.replace("**12:00 ", "**13:00 "))
    assert two.ok("absorb") == (
        f"{LOG}:{line}: changed: {anchor_id} Two\n"
        f"{LOG}:{line}: left out: its time was changed to 13:00 03/01/2026: not taken over\n"
        f"{LOG}:{line + 10}: left out: branch and commit of an anchor are not changed in the log:"
        " not taken over\n"
    )
    assert said(two) == before | {anchor_id: ("Two", "new", "next Two", "")}
    settled(two)


@pytest.mark.unit
def test_a_damaged_entry_loses_none_of_its_texts() -> None:
    text = (
        "<!-- anchor aaaaaaaa -->\n**Context:** x1\n**Context:** x2\n"
        '<!-- /anchor aaaaaaaa {"a": 1} aaaaaaaaaaaa -->'
    )
    (draft,) = parse.parse(text).drafts
    assert draft.context == "x1\n\nx2"


# Entries that were put into another one ---------------------------------------------------------

NEW = "**Resume from anchor:** [New]\n\n**Context:** ctx New\n\n**Next action:** next New\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<!-- /anchor {id}", "{new}<!-- /anchor {id}"),
        ("<!-- /anchor {id}", "\n{new}\n<!-- /anchor {id}"),
        ("<!-- anchor {id} -->\n", "<!-- anchor {id} -->\n{new}\n"),
        ("**Next action:** next Two", "{new}\n**Next action:** next Two"),
        ("**Next action:** next Two", "**08:30 02/01/2026**\n\n{new}\n**Next action:** next Two"),
    ],
)
def test_an_answer_that_was_put_into_an_entry_is_a_new_anchor(two: Repo, old: str, new: str) -> None:
    anchor_id, before = ids(two)["Two"], said(two)
    replace(two, old.format(id=anchor_id), new.format(id=anchor_id, new=NEW))
    line = line_of(two, "02/01/2026" if "02/01" in new else "[New]")
    out = two.ok("absorb")
    new_id = ids(two)["New"]
    assert out == f"{LOG}:{line}: new anchor: {new_id} New\n"
    assert said(two) == before | {new_id: ("New", "ctx New", "next New", "")}
    settled(two)


def test_an_edited_entry_and_one_that_was_put_into_it_are_told_apart(two: Repo) -> None:
    anchor_id, before = ids(two)["Two"], said(two)
    first = line_of(two, "[Two]") - 4
    replace(two, "ctx Two", "by hand")
    replace(two, f"<!-- /anchor {anchor_id}", f"{NEW}<!-- /anchor {anchor_id}")
    line = line_of(two, "[New]")
    out = two.ok("absorb")
    new_id = ids(two)["New"]
    assert out == (f"{LOG}:{first}: changed: {anchor_id} Two\n{LOG}:{line}: new anchor: {new_id} New\n")
    assert said(two) == before | {
        anchor_id: ("Two", "by hand", "next Two", ""),
        new_id: ("New", "ctx New", "next New", ""),
    }
    settled(two)


# Entries that lost their comments ---------------------------------------------------------------


@pytest.mark.parametrize("lost", ["both", "opening", "closing"])
@pytest.mark.parametrize("option", [[], ["--delete"]])
def test_an_entry_without_its_comments_is_updated_and_never_deleted(
    two: Repo, lost: str, option: list[str]
) -> None:
    two.ok("edit", "Two", "-m", "<!-- x -->")
    two.git("commit", "-qam", "Edit")
    anchor_id, before = ids(two)["Two"], said(two)
    line = line_of(two, "[Two]") - (4 if lost == "closing" else 3)
    lines = entry(two, "Two").replace("ctx Two", "by hand").splitlines(keepends=True)
    kept = lines[1 if lost != "closing" else 0 : -1 if lost != "opening" else None]
    replace(two, entry(two, "Two"), "".join(kept))
    result = two.anchor("absorb", *option)
    assert result == Result(0, f"{LOG}:{line}: changed: {anchor_id} Two\n", "")
    assert said(two) == before | {anchor_id: ("Two", "by hand", "next Two", "")}
    assert two.json("show", "Two")["milestone"] == "<!-- x -->"
    assert not (two.root / ".anchors/foreword.md").exists()
    settled(two)


def test_an_entry_that_only_lost_its_comments_gets_them_back(two: Repo) -> None:
    log, before = two.read(LOG), said(two)
    lines = [line for line in log.split("\n") if not line.startswith(("<!-- anchor", "<!-- /anchor"))]
    two.write(LOG, "\n".join(lines))
    assert two.anchor("absorb") == Result(0, "", "")
    assert (two.read(LOG), said(two)) == (log, before)


def test_an_entry_that_kept_a_comment_may_change_its_name(two: Repo) -> None:
    anchor_id, before = ids(two)["Two"], said(two)
    line = line_of(two, "[Two]") - 4
    text = entry(two, "Two").replace("[Two]", "[Zwei]")
    replace(two, entry(two, "Two"), text[: text.index("<!-- /anchor")])
    assert two.ok("absorb", "--delete") == f"{LOG}:{line}: changed: {anchor_id} Zwei\n"
    assert said(two) == before | {anchor_id: ("Zwei", "ctx Two", "next Two", "")}
    settled(two)


def test_comments_of_an_unknown_entry_are_no_text(two: Repo) -> None:
    before = said(two)
    stray = '<!-- anchor 00000000 -->\n\nA word.\n\n<!-- /anchor 00000001 {"a": 1} 000000000000 -->\n'
    two.write(LOG, two.read(LOG) + f"\n{stray}")
    assert two.ok("absorb") == f"{LOG}: text around the entries is kept in .anchors/foreword.md\n"
    assert (two.read(".anchors/foreword.md"), said(two)) == ("A word.\n", before)
    settled(two)


# The head ---------------------------------------------------------------------------------------


@pytest.mark.diagonal
@pytest.mark.parametrize("foreword", ["", "Read this first.\n"])
@pytest.mark.parametrize("dependencies", ["", "\n**Dependencies:**\n- Tools: gcc\n"])
def test_an_answer_above_the_title_takes_nothing_of_the_head(
    two: Repo, foreword: str, dependencies: str
) -> None:
    if foreword:
        replace(two, "across chats.\n", f"across chats.\n\n{foreword}")
        two.ok("absorb")
    before = said(two)
    two.write(LOG, f"{NEW}{dependencies}\n{two.read(LOG)}")
    out = two.ok("absorb")
    new_id = ids(two)["New"]
    assert out == f"{LOG}:1: new anchor: {new_id} New\n"
    assert said(two) == before | {new_id: ("New", "ctx New", "next New", "")}
    kept = two.root / ".anchors/foreword.md"
    assert (kept.read_text() if kept.exists() else "") == foreword
    log = two.read(LOG)
    assert (log.count("# GPT Anchors Log\n"), log.count("<!-- Written by")) == (1, 1)
    settled(two)


def test_an_import_names_each_line_of_the_head_and_of_the_foreword(two: Repo) -> None:
    replace(two, "across chats.\n", "across chats.\n\nRead this first.\n")
    two.ok("absorb")
    replace(two, "# GPT Anchors Log\n", "# GPT Anchors Log\n\nAnd this.\n")
    first, second = (f"{item['id']} 2026-03-01 12:00:00 +0100 on main" for item in two.json("list"))
    starts = [line_of(two, "[Two]") - 4, line_of(two, "[One]") - 4]
    report = two.ok("import", LOG, "--dry-run")
    assert (
        report
        == f"""\
{LOG}:1: layout: the head of the log
{LOG}:3: left out: around the entries of the generated log
{LOG}:5-12: layout: the head of the log
{LOG}:14: layout: a mark of the foreword
{LOG}:15-17: left out: the foreword of the log
{LOG}:18: layout: a mark of the foreword
{LOG}:20-31: layout: the head of the log
{LOG}:{starts[0]}: here already {first} Two
{LOG}:{starts[1]}: here already {second} One
{LOG}:{starts[1] + 14}: layout: the last line of the log
{LOG}: 2 anchors found: 0 to add, 0 to update, 2 here already
"""
    )


# Names that are none ----------------------------------------------------------------------------


@pytest.mark.diagonal
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("**Resume from anchor:** []", "the name is empty; give one"),
        ("", "the name is empty; give one"),
        (
            "**Resume from anchor:** [[ANCHOR_NAME]]",
            "'[ANCHOR_NAME]' is the placeholder of the request, not a name; give a name",
        ),
    ],
)
@pytest.mark.parametrize("arguments", [["absorb"], ["absorb", "--check"], ["import", LOG]])
def test_a_name_that_no_anchor_may_have_is_refused(
    two: Repo, name: str, problem: str, arguments: list[str]
) -> None:
    anchor_id, before = ids(two)["Two"], said(two)
    line = line_of(two, "[Two]") - 4
    replace(two, "**Resume from anchor:** [Two]", name)
    log = two.read(LOG)
    assert two.anchor(*arguments) == Result(2, "", f"error: {LOG}:{line}: {anchor_id}: {problem}\n")
    assert (two.read(LOG), said(two)) == (log, before)


# How long it takes ------------------------------------------------------------------------------

CLOSING = '<!-- /anchor aaaaaaaa {"a": 1} aaaaaaaaaaaa -->\n'


@pytest.mark.slow
@pytest.mark.parametrize(
    "hostile",
    [
        lambda size: "<!-- anchor aaaaaaaa -->\n```x\n" * size,
        lambda size: "<!-- anchor aaaaaaaa -->\n```x\n" * size + CLOSING,
        lambda size: "<!-- anchor aaaaaaaa -->\n" * size + CLOSING * size,
        lambda size: "<!-- anchor aaaaaaaa -->\n" + NEW * (size // 4) + CLOSING,
        lambda size: ("<!-- anchor aaaaaaaa -->\n" + NEW * 4 + CLOSING) * (size // 20),
        lambda size: "<!-- anchor aaaaaaaa -->\n" + "# GPT Anchors Log\n" * size,
    ],
    ids=["fences", "one end", "no fences", "names", "entries", "titles"],
)
def test_a_hostile_log_takes_time_by_its_length(hostile: Callable[[int], str]) -> None:
    """Eight times the log takes some eight times as long, and not the square of it, sixty-four."""
    short, long = (processor_time(hostile(size)) for size in (1_000, 8_000))
    assert long < 24 * short


def processor_time(text: str) -> float:
    """The seconds of the processor that it takes to find the blocks of *text* and to mend them."""
    start = time.process_time()
    log_format.blocks(text.split("\n"))
    mending.mend(text)
    return time.process_time() - start
