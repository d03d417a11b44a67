"""The small parsers: encodings, times, Markdown, items of dependencies, names."""

from datetime import UTC, datetime

import pytest

from gitanchor.model import dependencies, markdown, milestone_marks, word_lists
from gitanchor.model.anchor import slug
from gitanchor.model.draft import WrittenTime
from gitanchor.parsing import encoding, times
from gitanchor.parsing.documents import dictionary

pytestmark = pytest.mark.unit

CLEAN = "✅ Größe → naïve — “quoted” 日本語 é © ├── └── │ ─┤ ≥ €\ncafé → bar"
ENCODINGS = {"Mac Roman": "macroman", "Windows-1252": "sloppy-windows-1252", "Latin-1": "latin-1",
             "code page 437": "cp437"}  # fmt: skip


def misread(text: str, encoding_name: str) -> str:
    import ftfy

    assert ftfy.bad_codecs
    return "".join(
        char if char.isascii() else char.encode().decode(ENCODINGS[encoding_name]) for char in text
    )


@pytest.mark.parametrize("name", ENCODINGS)
def test_misread_text_is_repaired_alone_mixed_or_twice_over(name: str) -> None:
    garbled = misread(CLEAN, name)
    repaired = encoding.repair(garbled)
    assert repaired.text == CLEAN
    assert repaired.repairs[0].startswith(f"UTF-8 once read as {name}, repaired in ")
    mixed = f"{CLEAN}\n{garbled}\n✅ and {misread('✅', name)}"
    assert encoding.repair(mixed).text == f"{CLEAN}\n{CLEAN}\n✅ and ✅"
    assert encoding.repair(misread(garbled, name)).text == CLEAN
    assert encoding.repair(misread(" ✅ short", name)).text == " ✅ short"


@pytest.mark.parametrize(
    "text",
    [CLEAN, "‚Ähnlich‘", "Ã la carte", "┌─┐\n│x│\n└─┘", "─┤ ├─ ─│", "naïve café", "Ελληνικά", "Привет"],
)
def test_clean_text_is_left_alone(text: str) -> None:
    assert encoding.repair(text) == encoding.Decoded(text)


@pytest.mark.parametrize(
    ("content", "text", "repairs"),
    [
        (b"a\r\nb\rc\n", "a\nb\nc\n", ("line ends CRLF or CR read as LF",)),
        ("\ufeffa".encode(), "a", ("byte order mark left out",)),
        ("é\n".encode("utf-16"), "é\n", ("UTF-16 read as such",)),
        (b"plain\n", "plain\n", ()),
    ],
)
def test_bytes_are_read_as_what_they_are(content: bytes, text: str, repairs: tuple[str, ...]) -> None:
    assert encoding.decode(content, "x") == encoding.Decoded(text, repairs)


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("**23:03 10/28/2025**", "2025-10-28T23:03:00"),
        ("01:02 10/15/25", "2025-10-15T01:02:00"),
        ("### 2025-10-28 23:03:04", "2025-10-28T23:03:04"),
        ("2025-10-28T23:03Z", "2025-10-28T23:03:00+00:00"),
        ("2025-10-28 23:03 +02:00", "2025-10-28T23:03:00+02:00"),
        ("10/28/2025, 11:03 PM", "2025-10-28T23:03:00"),
        ("Oct 28, 2025 at 11:03 p.m.", "2025-10-28T23:03:00"),
        ("28 October 2025 23:03", "2025-10-28T23:03:00"),
        ("28.10.2025 23:03", "2025-10-28T23:03:00"),
        ("Tuesday, October 28th, 2025 23:03", "2025-10-28T23:03:00"),
        ("**18:29 02/02/2026** (guessed)", "2026-02-02T18:29:00"),
        ("2025-10-15 17:00 EST", "2025-10-15T17:00:00-05:00"),
        ("2025-10-15 17:00 CEST", "2025-10-15T17:00:00+02:00"),
        ("2025-10-15 17:00 UTC+2", "2025-10-15T17:00:00+02:00"),
        ("2025-10-15 17:00 (UTC)", "2025-10-15T17:00:00+00:00"),
        ("2025/10/16 17:00", "2025-10-16T17:00:00"),
        ("5 PM 10/16/2025", "2025-10-16T17:00:00"),
        ("16. Oktober 2025, 17:00", "2025-10-16T17:00:00"),
        ("16 de octubre de 2025 17:00", "2025-10-16T17:00:00"),
        ("1er août 2025 à 9h05", "2025-08-01T09:05:00"),
        ("16 de março de 2025, às 17:00", "2025-03-16T17:00:00"),
        ("16.10.2025 17:00 Uhr", "2025-10-16T17:00:00"),
        ("05.10.2025 17 Uhr", "2025-10-05T17:00:00"),
        ("**Date:** 2025-10-16 17:00", "2025-10-16T17:00:00"),
        ("Thu Oct 16 17:00:00 2025", "2025-10-16T17:00:00"),
        ("2025年10月16日（木）午後5時30分", "2025-10-16T17:30:00"),
        ("**10/16/2025 – 17:00**", "2025-10-16T17:00:00"),
        ("**10/16/2025 - 5:00 PM**", "2025-10-16T17:00:00"),
        ("12:30 AM 10/16/2025", "2025-10-16T00:30:00"),
    ],
)
def test_times_are_read_in_many_forms(line: str, moment: str) -> None:
    text = times.time_on(line)
    assert text is not None
    read = times.read_time(text)
    assert read.moment is not None
    assert read.moment.isoformat() == moment
    assert read.remark is None


@pytest.mark.parametrize(
    "line",
    ["at 23:03", "10/28/2025", "see 23:03 10/28/2025 there", "1:2 3/4", "", "2025-10-16: moved the VM",
     "October 16, 2025 was a good day", "2025-10-16 17:00 – 18:00", "March 2025 was hot, 12"],
)  # fmt: skip
def test_other_lines_are_no_times(line: str) -> None:
    assert times.time_on(line) is None


@pytest.mark.parametrize(
    ("line", "moment", "remark"),
    [
        ("**10/02/2025**", "2025-10-02T12:00:00", "'10/02/2025' names no time of day; 12:00 guessed"),
        ("October 16, 2025", "2025-10-16T12:00:00", "'October 16, 2025' names no time of day; 12:00 guessed"),
        ("**99:00 03/09/2025**", "2025-03-09T12:00:00", "'99:00' is no time of day; 12:00 guessed"),
        ("**17:0 10/16/2025**", "2025-10-16T17:00:00", "'17:0' lacks a digit, read as 17:00"),
        ("**17:61 10/16/2025**", "2025-10-16T17:00:00", "'17:61' is no time of day; 17:00 guessed"),
        ("**:00 10/16/2025**", "2025-10-16T12:00:00", "':00' is no time of day; 12:00 guessed"),
        ("17:00 CST 10/16/2025", "2025-10-16T17:00:00", "the time zone 'CST' is not known for sure and is left out of account"),
        ("17:00 +99:99 10/16/2025", "2025-10-16T17:00:00", "there is no time zone '+99:99'; it is left out of account"),
    ],
)  # fmt: skip
def test_of_a_damaged_time_what_is_readable_is_kept(line: str, moment: str, remark: str) -> None:
    found = times.found_on(line)
    assert found is not None
    read = times.read_time(found.text)
    assert (read.moment and read.moment.isoformat(), read.remark) == (moment, remark)


@pytest.mark.parametrize(
    ("near", "moment", "remark"),
    [
        (datetime(2026, 1, 1), "2026-10-16T17:00:00", "the year '202' lacks a digit, read as 2026"),
        (None, None, "the year '202' lacks a digit; nothing tells which it was"),
    ],
)
def test_a_year_that_lost_a_digit_is_that_of_its_neighbour(
    near: datetime | None, moment: str | None, remark: str
) -> None:
    read = times.read_time("17:00 10/16/202")
    times.settle_years([read, WrittenTime("", near) if near else None])
    assert (read.moment and read.moment.isoformat(), read.remark) == (moment, remark)


@pytest.mark.parametrize("text", ["25:61 13/45/2025", "23:03 13/45/2025", "23:03 02/30/2025"])
def test_times_that_never_were(text: str) -> None:
    read = times.read_time(text)
    assert (read.moment, read.remark) == (None, f"'{text}' is no time that there is")


@pytest.mark.parametrize(
    ("text", "near", "year"),
    [
        ("Tues, 10/14/15: 12:25 PM", 2025, 2025),
        ("Tues, 10/14/15: 12:25 PM", 2013, 2014),
        ("Tues, 10/14/15: 12:25 PM", None, 2014),
        ("Wed, 10/14/15: 12:25 PM", 2025, 2015),
        ("Mon, 02/29/15 12:00", None, None),
        ("Mon, 02/29/2016 12:00", 2024, 2016),
        ("Sat, 02/29/16 12:00", 2024, 2020),
        ("Sun, 02/29/16 12:00", 2016, 2004),
    ],
)
def test_the_year_is_one_in_which_the_weekday_fits(
    text: str, near: int | None, year: int | None
) -> None:
    read = times.read_time(text)
    sure = WrittenTime("", datetime(near, 6, 1)) if near else None
    times.settle_years([None, read, sure])
    assert (read.moment and read.moment.year) == year


def test_zones() -> None:
    winter = datetime(2026, 1, 1, tzinfo=UTC)
    assert winter.astimezone(times.zone("America/New_York")).isoformat() == "2025-12-31T19:00:00-05:00"
    assert winter.astimezone(times.zone(None)).isoformat() == "2026-01-01T01:00:00+01:00"


@pytest.mark.parametrize(
    ("text", "inside", "closed"),
    [
        ("```\na\n```\nb", "1110", True),
        ("~~~ x\n```\n~~~", "111", True),
        ("````\n```\n````\nb", "1110", True),
        ("- a\n  ```sh\n  b\n  ```\nc", "01110", True),
        ("```\na", "11", False),
        ("``` a`b\nc", "00", True),
        ("```\na\n``` b\nc", "1111", False),
    ],
)
def test_fences(text: str, inside: str, closed: bool) -> None:
    found = markdown.fences(text.split("\n"))
    assert "".join(str(int(line)) for line in found.inside) == inside
    assert found.closed is closed


@pytest.mark.parametrize(
    ("text", "span"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("``", "` `` `"), ("a`b``c", "```a`b``c```")],
)
def test_code_spans(text: str, span: str) -> None:
    assert markdown.code_span(text) == span


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- a\n- b", ["a", "b"]),
        ("* a\n  more\n* b", ["a\nmore", "b"]),
        ("1. a\n2) b", ["a", "b"]),
        ("a\n\nb", ["a", "b"]),
        (" ✅ a\n ⚙️ b", ["✅ a", "⚙️ b"]),
        ("first\n- a\n  - nested\n- b", ["first", "a\n- nested", "b"]),
        ("- a\n\n  para\n- b", ["a\n\npara", "b"]),
        ("    * **Tools:** git\n    * jq", ["**Tools:** git", "jq"]),
        ("- a\n  ```\n- no\n  ```\n- b", ["a\n  ```\n- no\n  ```", "b"]),
        ("", []),
    ],
)
def test_items(text: str, found: list[str]) -> None:
    assert list(dependencies.items(text.split("\n"))) == found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Tools: `pytest`", "tool"), ("⚙️ Tools: x", "tool"), ("SSH key: ~/.ssh/x", "key"),
        ("Credentials: x", "key"), ("**Keys/Env:** x", "env"), ("Environment variables: X", "env"),
        ("People: Ada", "person"), ("Branch = `x`", "branch"), ("Files: x", "file"),
        ("Python packages: x", "python"), ("Cluster: x", "service"), ("Something else", "other"),
        ("`OPENAI_API_KEY`", "env"), ("OPENAI_API_KEY", "env"), ("`README`", "other"),
    ],
)  # fmt: skip
def test_kinds(text: str, kind: str) -> None:
    assert dependencies.kind_of(text) == kind


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Tools: make, git. Keys/Env: OPENAI_API_KEY. People: Ana. Branch: dev.",
         ["Tools: make, git", "Keys/Env: OPENAI_API_KEY", "People: Ana", "Branch: dev"]),
        ("Keys/Env: X; Tools: make", ["Keys/Env: X", "Tools: make"]),
        ("Tools: a, b; `x`; Branch: c; rope", ["Tools: a, b", "`x`", "Branch: c", "rope"]),
        ("make, git, and docker.", ["make", "git", "docker"]),
        ("make, git and docker", ["make", "git", "docker"]),
        ("rope, a hook, two nails.", ["rope", "a hook", "two nails"]),
        ("Tools: make, git, and docker", ["Tools: make, git, and docker"]),
        ("The tower, which is old, must be tied.", ["The tower, which is old, must be tied."]),
        ("make and git", ["make and git"]),
    ],
)  # fmt: skip
def test_a_list_on_one_line(line: str, found: list[str]) -> None:
    assert dependencies.parts(line) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("(1) a, (2) b", ["a", "b"]), ("1) a 2) b", ["a", "b"]), ("① 鍵 ② 道具", ["鍵", "道具"]),
        ("(1) git, (2) make, and (3) jq", ["git", "make", "jq"]),
        ("Tools: (a) git; (b) make", ["Tools: git", "Tools: make"]),
        ("A | B | C", ["A", "B", "C"]), ("Tools: git | make", ["Tools: git", "Tools: make"]),
        ("git • make • jq", ["git", "make", "jq"]), ("Keys: A · B", ["Keys: A", "Keys: B"]),
        ("(1) only one", ["(1) only one"]), ("see (1) and (2)", ["see (1) and (2)"]),
        ("(1) a, (3) b", ["(1) a", "(3) b"]), ("`a | b | c`", ["`a | b | c`"]), ("| a | b |", ["| a | b |"]),
        ("sort the long list of names | head of it", ["sort the long list of names | head of it"]),
        ("- git | make", ["git | make"]), ("- (1) a, (2) b", ["(1) a, (2) b"]),
    ],
)  # fmt: skip
def test_a_numbered_list_and_bars_on_one_line(line: str, found: list[str]) -> None:
    assert dependencies.taken_apart([line]) == found


@pytest.mark.parametrize(
    ("line", "state", "text"),
    [
        ("    - ✅ nested", "done", "nested"), ("\t* [ ] a", "open", "a"), ("**✅ bold**", "done", "**bold**"),
        ("**✅** bold", "done", "bold"), ("✓ tick", "done", "tick"), ("- no mark", None, "no mark"),
    ],
)  # fmt: skip
def test_marks(line: str, state: str | None, text: str) -> None:
    assert list(milestone_marks.items(line)) == [milestone_marks.Item(state, text)]


@pytest.mark.parametrize(
    ("head", "rows", "found"),
    [
        ("Task | Status", ["a | ✅ Done", "b | fertig", "c | ", "d | 🚧", "e | in progress (Ann)", "f | todo"],
         [("done", "a"), ("done", "b"), ("open", "c"), ("in progress", "d"), ("in progress", "e"), ("open", "f")]),
        ("# | Task | Owner | Done?", ["1 | a \\| b | Ann | x", "2 | c | | "], [("done", "a | b, Ann"), ("open", "c")]),
        ("Aufgabe | Stand", ["Pumpe | erledigt", "Rohr | in Arbeit", "Hahn | offen"],
         [("done", "Pumpe"), ("in progress", "Rohr"), ("open", "Hahn")]),
        ("Tâche | État", ["a | Terminée", "b | en cours", "c | à faire"], [("done", "a"), ("in progress", "b"), ("open", "c")]),
        ("任务 | 状态", ["甲 | 已完成", "乙 | 未开始"], [("done", "甲"), ("open", "乙")]),
        ("作業 | 状態", ["甲 | 完了", "乙 | 作業中"], [("done", "甲"), ("in progress", "乙")]),
        ("Задача | Статус", ["а | Готово", "б | отменено"], [("done", "а"), ("failed", "б")]),
        ("Status | Item", ["[x] | a", "[ ] | b", "**Done** | c", "Not done | d", "80% | e", "100 % | f", "0% | g"],
         [("done", "a"), ("open", "b"), ("done", "c"), ("open", "d"), ("in progress", "e"), ("done", "f"), ("open", "g")]),
        ("Task | ✅", ["a | ✅", "b | ", "c"], [("done", "a"), ("open", "b"), ("open", "c")]),
    ],
)  # fmt: skip
def test_a_table_with_a_column_of_states_has_tasks(
    head: str, rows: list[str], found: list[tuple[str, str]]
) -> None:
    rule = "|".join("---" for _ in head.split("|"))
    table = "\n".join(f"| {row} |" for row in (head, rule, *rows))
    items = [tuple(item) for item in milestone_marks.items(f"before\n\n{table}\n\n- [ ] after")]
    assert items == [(None, "before"), *found, ("open", "after")]


@pytest.mark.parametrize(
    "table", ["| a | b |\n|---|---|\n| c | d |", "| Status |\n| --- |\n| done |", "| a | done |"]
)
def test_any_other_table_has_its_lines(table: str) -> None:
    assert [item.text for item in milestone_marks.items(table)] == table.split("\n")


def test_the_words_of_tables_are_in_the_languages_of_the_labels() -> None:
    words = word_lists.read("gitanchor.model", "task_words.toml")
    assert words.keys() == dictionary._read().keys() - set(dictionary._NO_LANGUAGES)
    for language, table in words.items():
        kinds = [set(table[kind]) for kind in ("done", "in_progress", "failed")]
        assert sum(map(len, kinds)) == len(set.union(*kinds)), language


def test_the_marks_in_a_cell_of_a_table() -> None:
    assert [item.state for item in milestone_marks.items("✅ a<br>⏳ b<br />c")] == [
        "done",
        "in progress",
        None,
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Unguided_Capstone_Step_08_Test_Suite_Debug", "test-suite-debug"),
        ("Über", "uber"),
        ("😀", "anchor"),
        ("CON", "con"),
        ("x" * 40, "x" * 18),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_slugs(name: str, expected: str) -> None:
    assert slug(name) == expected
