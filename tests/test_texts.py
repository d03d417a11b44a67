"""The small parsers: encodings, times, Markdown, items of dependencies, names."""

from datetime import UTC, datetime

import pytest

from gitanchor import dependencies, encoding, markdown, times
from gitanchor.anchor import slug

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
    ],
)
def test_times_are_read_in_many_forms(line: str, moment: str) -> None:
    text = times.time_on(line)
    assert text is not None
    read = times.read_time(text)
    assert read.moment is not None
    assert read.moment.isoformat() == moment
    assert read.remark is None


@pytest.mark.parametrize("line", ["at 23:03", "10/28/2025", "see 23:03 10/28/2025 there", "1:2 3/4", ""])
def test_other_lines_are_no_times(line: str) -> None:
    assert times.time_on(line) is None


@pytest.mark.parametrize("text", ["25:61 10/28/2025", "23:03 13/45/2025", "23:03 02/30/2025"])
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
    sure = times.WrittenTime("", datetime(near, 6, 1)) if near else None
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
    ],
)  # fmt: skip
def test_kinds(text: str, kind: str) -> None:
    assert dependencies.kind_of(text) == kind


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
