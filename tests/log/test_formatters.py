"""What formatters of Markdown do to the generated log, and telling it from what hands write there.

What the tools did to a log of the form before is kept beside the anchors of that log, in `firstform`.
"""

from collections.abc import Callable

import pytest

from gitanchor.log import formatters, restoring
from gitanchor.model.anchor import Anchor
from tests.log.test_log_form import ANCHORS, FIRST, FOREWORD, OLD_LOG, old, said
from tests.repositories import Repo

__all__ = ["old"]

LOG = "GPT_Anchors_Log.md"
RECORDED = ("prettier", "mdformat", "markdownlint", "remark")
AUTHOR = """\
Resume from anchor: [Zed__Table]

Context:
* loader, snake_case and 2 * 3 * 4
* parser
    * nested, *emphasis* and __strong__

1) one
1) two

| a | b |
|---|:-:|
| long cell here | x |

Next action: run `make test` & look

Dependencies:
* Tools: make
* Files: a_b.csv
"""


def formatted(name: str) -> str:
    """The log of the form before, as a tool left it."""
    return (FIRST / f"{name}.txt").read_text("utf-8")


def their_words(repo: Repo) -> dict[str, Anchor]:
    return {anchor.name: anchor for anchor in said(repo)}


# One text --------------------------------------------------------------------------------------

SAME = [
    ("* a\n* b", "- a\n- b"),
    ("+ a\n    + b", "- a\n  - b"),
    ("1) a\n1) b", "1. a\n2. b"),
    ("*a* and __b__", "_a_ and **b**"),
    ("a  \nb", "a\\\nb"),
    ("[x] a_b [y]", "\\[x] a\\_b \\[y]"),
    ("Title\n=====\n\ntext", "# Title\n\ntext"),
    ("Title\n-----\n\ntext", "## Title\n\ntext"),
    ("a\n\n***\n\nb", f"a\n\n{'_' * 70}\n\nb"),
    ("|a|b|\n|---|:-:|\n|c|d|", "| a   |  b  |\n| --- | :-: |\n| c   |  d  |"),
    ("a &amp; b", "a & b"),
    ("~~~\nx\n~~~", "```\nx\n```"),
    ("one\ntwo three", "one two\nthree"),
    ('he said "no" -- it\'s…', "he said “no” – it’s..."),
    ("2 * 3 * 4", "2 *3* 4"),
]
OTHER = [
    ("a > b", "a < b"),
    ("- [ ] a", "- [x] a"),
    ("word", "**word**"),
    ("- ✅ a", "- ⚙ a"),
    ("a.", "a!"),
    ("snake_case", "snakecase"),
    ("1. a", "2 a"),
]


@pytest.mark.unit
@pytest.mark.parametrize(("one", "other"), SAME)
def test_formatting_does_not_count(one: str, other: str) -> None:
    assert formatters.same(one, other)
    assert formatters.freed(other, one) == one


@pytest.mark.unit
@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_a_hand_changes_counts(one: str, other: str) -> None:
    assert not formatters.same(one, other)
    assert formatters.freed(other, one) == other


@pytest.mark.unit
@pytest.mark.parametrize(
    ("before", "now", "freed"),
    [
        ("* a\n* b_c", "- a\n- new b_c", "* a\n* new b_c"),
        ("* a\n* b", "- a\n- b\n- more words", "* a\n* b\n- more words"),
        ("* a\n* b\n\n1) x", "- a\n\n1. x", "* a\n\n1) x"),
        ("*one* two three", "_one_ 2 three.", "*one* 2 three."),
        ("one  \ntwo", "one\\\n2", "one  \n2"),
    ],
)
def test_changed_words_are_taken_without_the_formatting(before: str, now: str, freed: str) -> None:
    assert formatters.freed(now, before) == freed


@pytest.mark.unit
def test_long_texts_take_little_time() -> None:
    one = " ".join(f"word{number}" for number in range(40_000))
    other = one.replace("word7 ", "other ").replace("word39000 ", "last ")
    assert formatters.freed(other, one) == other


@pytest.mark.unit
@pytest.mark.parametrize("text", ["<!-- anchor", "<!--", "<!-- anchor -", "<!-- /anchor 0a0a0a0a ->"])
def test_a_comment_that_blanks_follow_without_end_takes_little_time(text: str) -> None:
    lines = [text + " " * 500_000 + "foreword"]
    assert restoring.comments(lines) == lines


# A log of the form before that was formatted -------------------------------------------------------


@pytest.mark.parametrize("name", RECORDED)
def test_a_formatted_log_changes_no_anchor(old: Repo, name: str) -> None:
    assert formatted(name) != OLD_LOG
    old.write(LOG, formatted(name))
    result = old.run("git", "commit", "-qam", "Format")
    assert (result.status, "absorbed" in result.err) == (0, False), result
    assert (said(old), old.workspace().store.foreword) == (ANCHORS, FOREWORD)
    old.ok("render", "--check")
    assert old.git("status", "--short") == ""


@pytest.mark.parametrize("name", RECORDED)
def test_a_word_that_a_hand_changes_in_a_formatted_log_is_all_that_is_taken(
    old: Repo, name: str
) -> None:
    old.write(
        LOG, formatted(name).replace("nested deep", "nested deeply").replace("Loader done", "Done")
    )
    old.ok("absorb")
    now, was = their_words(old), {anchor.name: anchor for anchor in ANCHORS}
    expected = was["Ann_Work_2"].milestone.replace("nested deep", "nested deeply")
    assert now.pop("Ann_Work_2").milestone == expected
    assert now.pop("Sprint_Start").milestone == "Done"
    del was["Ann_Work_2"], was["Sprint_Start"]
    if name != "mdformat":  # which takes the definition of a link out of an entry
        assert now == was
    old.ok("render", "--check")


# Comments that were lost ---------------------------------------------------------------------------

MANGLED: list[Callable[[str], str]] = [
    lambda text: text.replace("<!--", "‹!—").replace("-->", "—›"),
    lambda text: text.replace("<!--", "<!–").replace("-->", "–>"),
    lambda text: text.replace("<!--", "&lt;!--").replace("-->", "--&gt;"),
    lambda text: "".join(f"> {line}".rstrip() + "\n" for line in text.splitlines()),
    lambda text: "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines()),
    lambda text: text.replace('"', "”").replace("<!--", "‹!—").replace("-->", "—›"),
    lambda text: "\n".join(line for line in text.split("\n") if not line.startswith("<!--")),
]


@pytest.fixture
def three(repo: Repo) -> Repo:
    return repo.once(made_three)


def made_three(repo: Repo) -> None:
    repo.ok("init")
    for name in ("One", "Two", "Three"):
        repo.ok("add", name, "-c", f"ctx {name}", "-m", "- a\n- b", "-n", "next", "-d", "Tools: make")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "Anchors")


@pytest.mark.diagonal
@pytest.mark.parametrize("mangle", MANGLED)
@pytest.mark.parametrize("how", ["import a copy", "import the log", "absorb"])
def test_a_log_whose_comments_were_changed_is_never_doubled(
    three: Repo, mangle: Callable[[str], str], how: str
) -> None:
    before = said(three)
    copy = mangle(three.read(LOG))
    path = "copy.md" if how == "import a copy" else LOG
    three.write(path, copy)
    result = three.anchor(*(["absorb"] if how == "absorb" else ["import", path]))
    if result.status and how == "absorb":
        assert (
            result.err
            == f"error: '{LOG}' was kept by hand so far; 'git anchor import {LOG}' takes it in\n"
        )
        three.ok("import", LOG)
    assert said(three) == before
    assert sorted(three.files()) == sorted(three.files())
    three.ok("render", "--check")


def test_a_pasted_entry_of_the_log_is_not_written_again(three: Repo) -> None:
    files, log = three.files(), three.read(LOG)
    ids = {stored.anchor.name: stored.anchor.id for stored in three.workspace().listing.anchors}
    mangles: list[Callable[[str], str]] = [str, *MANGLED]
    for mangle in mangles:
        result = three.anchor("add", "-F", "-", "--commit", stdin=mangle(log))
        told = [line for line in result.err.splitlines() if line.startswith("already here:")]
        assert (result.status, result.out) == (0, ""), result
        assert told == [f"already here: {name} ({ids[name]})" for name in ("Three", "Two", "One")]
    assert three.ok("add", "-F", "-", "--json", stdin=log) == "[]\n"
    assert (three.files(), three.git("status", "--short")) == (files, "")
    assert three.ok("recover") == ""


@pytest.mark.parametrize("mangle", [str, MANGLED[0], MANGLED[3], MANGLED[-1]])
def test_what_a_pasted_log_has_besides_is_written(three: Repo, mangle: Callable[[str], str]) -> None:
    log = mangle(three.read(LOG).replace("ctx Two", "another context"))
    result = three.anchor("add", "-y", "-F", "-", stdin=log)
    assert result.out.split("] ")[1].split("\n")[0] == "Two"
    assert result.err.count("already here: ") == 2
    assert [anchor.context for anchor in said(three)] == [
        "another context",
        "ctx Three",
        "ctx Two",
        "ctx One",
    ]


def test_an_entry_of_the_log_under_a_new_name_is_written(three: Repo) -> None:
    log = three.read(LOG)
    entry = log[log.index("<!-- anchor ") :].split("\n\n<!-- anchor ")[0]
    three.ok("add", "Four", "-F", "-", stdin=entry)
    assert [anchor.name for anchor in said(three)] == ["Four", "Three", "Two", "One"]
