"""Entries whose dates name no year: which year each is of, and that an import finds them again."""

import re
from datetime import date

import pytest

from gitanchor.parsing import parse, times, years
from gitanchor.parsing.documents import found_dates
from tests.repositories import Repo

ENTRY = "## {}\n\n### Done\n- part {}\n\n### Next\n- part {} and on\n\n"


def log(*heads: str, title: str = "# Devlog") -> str:
    return f"{title}\n\n" + "".join(ENTRY.format(head, n, n) for n, head in enumerate(heads))


def days(text: str, file: str = "DEVLOG.md") -> list[str | None]:
    drafts = parse.parse(text, parse.Options(file=file)).drafts
    moments = [draft.time.moment if draft.time else None for draft in drafts]
    return [f"{moment:%Y-%m-%d}" if moment else None for moment in moments]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("heads", "title", "found"),
    [
        (["Jan 2", "Dec 30"], "# Devlog\n\nLast updated: 2026-01-04", ["2026-01-02", "2025-12-30"]),
        (["Dec 30", "Jan 2"], "# Devlog\n\nLast updated: 2026-01-04", ["2025-12-30", "2026-01-02"]),
        (["Dec 30", "Jan 2"], "# Devlog 2025", ["2025-12-30", "2026-01-02"]),
        (["Jan 2", "Dec 30"], "# Devlog 2025", ["2026-01-02", "2025-12-30"]),
        (["Mar 5", "2026-03-04", "Mar 3"], "# Devlog", ["2026-03-05", "2026-03-04", "2026-03-03"]),
        (["Jan 3", "Jan 2, 2027", "Nov 30"], "# Devlog", ["2027-01-03", "2027-01-02", "2026-11-30"]),
        (["Mar 1", "Mar 4", "Mar 2", "Mar 6"], "# Devlog 2026", ["2026-03-01", "2026-03-04", "2026-03-02", "2026-03-06"]),
        (["Mar 5", "Jul 1", "Jun 4"], "---\ndate: 2026-03-09\n---\n# Devlog", ["2026-03-05", "2025-07-01", "2025-06-04"]),
        (["Feb 28", "Feb 29"], "---\ndate: 2026-06-01\n---\n# Devlog", ["2024-02-28", "2024-02-29"]),
        (["Fri, Mar 6", "Thu, Mar 5"], "---\ndate: 2027-06-01\n---\n# Devlog", ["2026-03-06", "2026-03-05"]),
        (["5/3", "13/3"], "# Devlog 2026", ["2026-03-05", "2026-03-13"]),
        (["5.3.", "6.3."], "# Devlog 2026", ["2026-03-05", "2026-03-06"]),
        (["Mar 5", "Mar 3"], "# Devlog\n\nLast updated: 2026-03-01", ["2026-03-05", "2026-03-03"]),
        (["Mar 5", "Mar 3"], "# Devlog", [None, None]),
        (["Jan 5", "Jul 9", "Nov 20"], "# Devlog 2026", ["2026-01-05", "2026-07-09", "2026-11-20"]),
        (["Nov 20", "Jul 9", "Jan 5"], "# Devlog 2026", ["2026-11-20", "2026-07-09", "2026-01-05"]),
        (["Jan 5", "Nov 28", "Dec 20"], "# Devlog 2026", ["2026-01-05", "2026-11-28", "2026-12-20"]),
        (["Dec 20", "Nov 28", "Jan 5"], "# Devlog 2026", ["2026-12-20", "2026-11-28", "2026-01-05"]),
        (["Mar 1", "Nov 2"], "# Devlog 2026", ["2026-03-01", "2026-11-02"]),
        (["Jan 5", "Jul 9", "2026-11-20"], "# Devlog", ["2026-01-05", "2026-07-09", "2026-11-20"]),
        (["Nov 20", "Dec 28", "Jan 5"], "# Devlog 2025", ["2025-11-20", "2025-12-28", "2026-01-05"]),
        (["Jan 5", "Dec 28", "Nov 20"], "# Devlog 2025", ["2026-01-05", "2025-12-28", "2025-11-20"]),
        (["Jul 1", "Nov 2", "Feb 3", "Aug 4", "Jan 5"], "# Devlog 2024", ["2024-07-01", "2024-11-02", "2025-02-03", "2025-08-04", "2026-01-05"]),
        (["Nov 20", "Jan 5", "Dec 30", "Jan 6", "Jan 9"], "# Devlog 2025", ["2025-11-20", "2026-01-05", "2025-12-30", "2026-01-06", "2026-01-09"]),
        (["Fri, Jan 2", "Wed, Dec 30"], "# Devlog 2026", ["2026-01-02", "2026-12-30"]),
    ],
)  # fmt: skip
def test_the_document_tells_the_year(heads: list[str], title: str, found: list[str | None]) -> None:
    assert days(log(*heads, title=title)) == found


@pytest.mark.unit
@pytest.mark.parametrize(
    "head",
    ["Mar 5", "March 5th", "5 March", "Thu 3/5", "03-05", "5. März", "le 5 mars", "5 de marzo", "5 marzo",
     "5 марта", "5 березня", "5 marca", "5 mart", "3月5日", "3월 5일", "📅 Mar 5 —", "giovedì 5 marzo"],
)  # fmt: skip
def test_the_forms_of_a_date_without_a_year(head: str) -> None:
    other = head.replace("5", "6")
    assert days(log(head, other), "devlog-2026.md") == ["2026-03-05", "2026-03-06"]


@pytest.mark.unit
@pytest.mark.parametrize("heads", [["Set 3", "Set 4"], ["3.5. Foo", "3.6. Bar"], ["1/2", "2/2"], ["v1.2", "v1.3"],
                                   ["9/5 done", "2/5 done"], ["May", "June"], ["Section 3.5.", "Section 3.6."]])  # fmt: skip
def test_what_is_no_date_starts_no_entry(heads: list[str]) -> None:
    assert len(days(log(*heads, title="# Devlog 2026"))) < 2


@pytest.mark.unit
def test_a_year_that_no_calendar_has_leaves_the_time_open() -> None:
    (time,) = [times.read_yearless("Feb 29")]
    assert years.settle([time], years.Limit(first_year=2026)) == []
    assert time.moment is None
    assert times.read_yearless("Nov 31").remark == "'Nov 31' is no time that there is"
    assert times.read_yearless("soon").remark == "'soon' cannot be read as a time"


@pytest.mark.unit
def test_a_weekday_of_no_year_is_told() -> None:
    monday, other = (times.read_yearless(f"Mon, Mar {day}") for day in (5, 6))
    years.settle([monday, other], years.Limit.of_document(date(2026, 3, 6)))
    assert "2026-03-05 is not on the weekday that is written" in (monday.remark or "")


def test_the_commit_tells_the_year_if_nothing_else_does(repo: Repo) -> None:
    text = log("Feb 27", "Dec 30", "Dec 20")
    repo.commit("Log", {"DEVLOG.md": text})  # on 2026-03-01
    told = repo.ok("import", "DEVLOG.md")
    assert "DEVLOG.md:3: guessed: 'Feb 27' names no year; 2026 guessed; " in told
    assert [(item["name"], item["created"][:10]) for item in repo.json("list")] == [
        ("Feb 27", "2026-02-27"),
        ("Dec 30", "2025-12-30"),
        ("Dec 20", "2025-12-20"),
    ]
    repo.write("DEVLOG.md", text.replace("# Devlog\n", f"# Devlog\n\n{ENTRY.format('Mar 1', 9, 9)}"))
    assert "4 anchors found: 1 to add, 0 to update, 3 here already" in repo.ok(
        "import", "DEVLOG.md", "--dry-run"
    )


@pytest.mark.parametrize("heads", [["Mar 5", "Jun 1", "Dec 28"], ["Dec 28", "Jun 1", "Mar 5"]])
def test_the_newest_entry_is_not_after_the_commit(repo: Repo, heads: list[str]) -> None:
    repo.commit("Log", {"DEVLOG.md": log(*heads)}, GIT_COMMITTER_DATE="2026-11-30T12:00:00Z")
    repo.ok("import", "DEVLOG.md")
    created = [item["created"][:10] for item in repo.json("list")]
    assert created == ["2025-12-28", "2025-06-01", "2025-03-05"]


def test_the_history_of_such_a_log_dates_each_entry_by_its_first_commit(repo: Repo) -> None:
    repo.commit("One", {"DEVLOG.md": log("Mar 1", "Feb 28")})
    repo.commit(
        "Two", {"DEVLOG.md": log("Mar 1", "Feb 28") + "\n"}, GIT_COMMITTER_DATE="2028-06-01T12:00:00Z"
    )
    repo.ok("import", "--history", "DEVLOG.md")
    assert [item["created"][:10] for item in repo.json("list")] == ["2026-03-01", "2026-02-28"]


def test_the_oldest_of_such_an_answer_is_written_first(repo: Repo) -> None:
    repo.ok("add", "-F", "-", "--yes", stdin=log("Jan 2", "Dec 30"))
    assert [item["name"] for item in repo.json("list")] == ["Jan 2", "Dec 30"]


def test_entries_that_were_imported_before_their_dates_were_read_are_known(repo: Repo) -> None:
    """Before, `(Mar 5)` was no time, and the entry was that of the number alone."""
    text = log("Session 2 (Mar 6)", "Session 1 (Mar 5)", title="# Sessions 2026")
    timeless = text.replace("(Mar ", "(Mxr ")
    repo.write("SESSIONS.md", timeless)
    repo.ok("import", "SESSIONS.md")
    for path in repo.files():
        repo.write(path, repo.read(path).replace("Mxr", "Mar"))
    assert repo.json("list")[0]["name"] == "Session 2 (Mar 6)"
    repo.write("SESSIONS.md", text)
    assert "2 here already" in repo.ok("import", "SESSIONS.md", "--dry-run")


@pytest.mark.parametrize(
    "names",
    [
        ["Session 1", "Session 2", "Session 3"],
        ["Session 10: fan", "Session 9: belt", "Session 8: case"],
        ["Sitzung 2", "Sitzung 4", "Sitzung 3"],
        ["Day 1, session 1", "Day 1, session 2", "Day 2, session 1"],
        ["第1回", "第2回", "第10回"],
    ],
)
@pytest.mark.parametrize("command", ["import", "history", "add"])
def test_the_highest_number_is_the_newest(repo: Repo, names: list[str], command: str) -> None:
    repo.commit("Log", {"SESSIONS.md": log(*names, title="# Sessions")})
    arguments = {"import": ["import"], "history": ["import", "--history"], "add": ["add", "-y", "-F"]}
    repo.ok(*arguments[command], "SESSIONS.md")
    newest_first = sorted(names, key=lambda name: [*map(int, re.findall(r"\d+", name))])[::-1]
    assert [item["name"] for item in repo.json("list")] == newest_first
    assert "0 to add" in repo.ok("import", "SESSIONS.md", "--dry-run")


@pytest.mark.parametrize(
    ("names", "newest_first"),
    [
        (["Session 1 (2026-02-03)", "Session 2", "Session 3"], [3, 2, 1]),
        (["Session 3", "Session 2", "Session 1 (2026-02-03)"], [3, 2, 1]),
        (["Session 1", "Session 2", "Session 3 (2026-02-03)"], [3, 2, 1]),
        (["2026-02-03 Session 2", "2026-02-03 Session 1", "2026-02-02 Session 1"], [2, 1, 1]),
        (["2026-02-02 Session 2", "2026-02-03 Session 1", "2026-02-03 Session 2"], [2, 1, 2]),
    ],
)
def test_numbers_order_what_dates_do_not(repo: Repo, names: list[str], newest_first: list[int]) -> None:
    repo.commit("Log", {"SESSIONS.md": log(*names, title="# Sessions")})
    repo.ok("import", "SESSIONS.md")
    found = [re.search(r"Session (\d)", item["name"]) for item in repo.json("list")]
    assert [int(match[1]) for match in found if match] == newest_first


@pytest.mark.unit
@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["Pump 1", "Pump 2", "Pump 10"], [0, 1, 2]),
        (["Session 4", "The belt", "Session 3"], [2, 1, 0]),
        (["Session 3", "The belt", "Session 4"], [0, 1, 2]),
        (["Checkpoint 9", "Session 1", "Session 2"], [0, 1, 2]),
        (["Session 2", "Session 2"], None),
        (["Fix 404", "Serve 200"], None),
        (["Belt", "Fan"], None),
    ],
)
def test_numbers_tell_the_order_of_sessions(names: list[str], order: list[int] | None) -> None:
    assert found_dates.oldest_first(names) == order


def test_sections_of_a_heading_that_is_not_read_as_a_date_do_not_mix_with_the_entry_before() -> None:
    text = "\n".join(
        [
            "# Devlog",
            *("## Nov 28th", "Context: one", "Next action: a"),
            *("## Somewhen later", "Context: two", "Next action: b"),
            *("## Files changed", "- x.py"),
            *("## May the 4th", "Context: three", "Next action: c"),
            *("## Thoughts", "None."),
        ]
    ).replace("\n", "\n\n")
    drafts = parse.parse(text).drafts
    assert [(draft.name, draft.context, draft.next_action) for draft in drafts] == [
        ("Nov 28th", "one", "a"),
        ("Somewhen later", "two", "b"),
        ("May the 4th", "three", "c"),
    ]
    assert "x.py" in drafts[1].notes
    assert "None." in drafts[2].notes
