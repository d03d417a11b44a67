"""The two real logs: what is in them, and that nothing of them is lost."""

import re
from pathlib import Path

import pytest

from gitanchor.model.anchor import PROSE, SECTIONS, git_date
from gitanchor.parsing import encoding, parse
from tests.repositories import SEEDS, Repo

SHORT = SEEDS / "000_818b6e08d510abdd.txt"
LONG = SEEDS / "001_fc40cf738a28e144.txt"

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds lie beside the repository only")

SHARED = [
    ("2025-10-16 17:00", "UnguidedCapstone_TMDB_Refactor02_Step_06_It_Stopped_Raining", None),
    ("2025-10-16 12:57", "UnguidedCapstone_TMDB_Refactor02_Step_06_Ubuntu_Unending", None),
    ("2025-10-15 19:36", "UnguidedCapstone_TMDB_Refactor02_Step_06_Ubuntu", None),
    ("2025-10-15 17:36", "UnguidedCapstone_TMDB_Refactor02_Step_06", None),
    ("2025-10-15 03:29", "UnguidedCapstone_TMDB_Refactor01_Step_05", "step6-dev"),
    ("2025-10-14 21:53", "UnguidedCapstone_TMDB_Refactor01", None),
    ("2025-10-15 01:02", "Pipeline_TMBD_to_Discogs_Refactor_Pre_Step04", "step6-dev"),
    ("2025-10-14 12:25", "PACKAGE_IMPORT_FIX_V1", None),
]
STEP8 = "Unguided_Capstone_Step_08"
TMDB2 = "UnguidedCapstone_TMDB_Refactor02"
IN_LONG = [
    ("2025-10-28 23:03", f"{STEP8}_Test_Suite_A_New_Day", "step08-stable-orchestration"),
    ("2025-10-27 02:02", f"{STEP8}_Test_Suite_Can_See_Daylight", None),  # guessed: it has no time
    ("2025-10-27 02:01", f"{STEP8}_Test_Suite_Debug_Sisyphus_Was_a_Weenie", None),
    ("2025-10-26 23:01", f"{STEP8}_Test_Suite_Debug_Finale", "step8-dev"),  # guessed as well
    ("2025-10-26 23:00", f"{STEP8}_Test_Suite_Debug_II", None),
    ("2025-10-26 20:47", f"{STEP8}_Test_Suite_Debug", "step8-dev"),
    ("2025-10-26 14:40", f"{STEP8}_Test_Suite_Init", "step8-dev"),
    ("2025-10-26 01:58", f"{STEP8}_Azure_Eternal_Damnation", None),
    ("2025-10-25 18:02", f"{STEP8}_Azure_Eternal_Debug", None),
    ("2025-10-25 01:25", f"{STEP8}_Azure_Bound", None),
    ("2025-10-24 23:28", "Unguided_Capstone_TMDB_Refactor02_Step_08_Ubuntu_Build-out", "step8-dev"),
    ("2025-10-24 14:44", "Unguided_Capstone_TMDB_Refactor02_Step_08_Ubuntu_Relo", "step8-dev"),
    ("2025-10-23 16:00", f"{TMDB2}_Step_08_Recalibrated", "step8-dev"),
    ("2025-10-23 02:59", f"{TMDB2}_Step_08_Set-up_IaC", None),
    ("2025-10-22 22:18", f"{TMDB2}_Step_08_Transition", None),
    ("2025-10-22 11:48", f"{TMDB2}_Step_07_In_Flight", None),
    ("2025-10-20 19:45", f"ANCHOR_NA{TMDB2}_Step_06_Submission_De-debug", None),
    ("2025-10-20 12:04", f"ANCHOR_NA{TMDB2}_Step_06_Submission_Debug", None),
    ("2025-10-19 00:20", f"{TMDB2}_Step_06_Submission_Prep", None),
    ("2025-10-18 16:21", f"{TMDB2}_Step_06_Databricks_Working", None),
    ("2025-10-18 13:29", f"{TMDB2}_Step_06_Databricks_More_Almost", None),
    ("2025-10-18 00:47", f"{TMDB2}_Step_06_Databricks_Almost", None),
    ("2025-10-16 23:33", f"{TMDB2}_Step_06_Databricks", None),
    *SHARED,
]


def decoded(seed: Path) -> str:
    return encoding.decode(seed.read_bytes(), seed.name).text


@pytest.mark.unit
def test_the_misread_encoding_is_repaired_over_the_whole_text() -> None:
    text = decoded(LONG)
    assert len(text) == 41132
    assert not re.search("‚[ÄÜ]", text)
    assert text == LONG.read_text("utf-8").encode("mac_roman").decode("utf-8")
    assert decoded(SHORT) == SHORT.read_text("utf-8").encode("mac_roman").decode("utf-8")


@pytest.mark.parametrize(("seed", "expected"), [(SHORT, SHARED), (LONG, IN_LONG)])
def test_names_times_and_branches(
    repo: Repo, seed: Path, expected: list[tuple[str, str, str | None]]
) -> None:
    repo.ok("init")
    report = repo.json("import", str(seed), "--timezone", "America/New_York")[0]
    assert [entry["action"] for entry in report["entries"]] == ["add"] * len(expected)
    found = [entry["anchor"] for entry in report["entries"]]
    assert [
        (anchor["created"][:16].replace("T", " "), anchor["name"], anchor["branch"]) for anchor in found
    ] == expected
    assert {anchor["created"][-6:] for anchor in found} == {"-04:00"}
    assert all(anchor[section] for anchor in found for section in SECTIONS)
    assert repo.anchor("render", "--check").status == 0
    assert len(repo.json("list")) == len(expected)
    again = repo.json("import", str(seed), "--timezone", "America/New_York")[0]
    assert [entry["action"] for entry in again["entries"]] == ["keep"] * len(expected)
    assert len(repo.files()) == len(expected)


def test_both_logs_share_their_anchors(repo: Repo) -> None:
    repo.ok("import", str(LONG))
    report = repo.json("import", str(SHORT))[0]
    assert {entry["action"] for entry in report["entries"]} == {"keep"}


def test_the_unfilled_request_is_reported_with_its_line(repo: Repo) -> None:
    report = repo.json("import", str(LONG), "--dry-run")[0]
    requests = [item for item in report["remarks"] if item["kind"] == "request"]
    assert [(item["first"], item["last"]) for item in requests] == [(79, 85)]
    assert repo.files() == []


def test_what_is_guessed_is_said(repo: Repo) -> None:
    report = repo.json("import", str(LONG), "--dry-run")[0]
    assert [
        (item["first"], item["message"]) for item in report["remarks"] if item["kind"] == "guessed"
    ] == [
        (56, "no time was written; 2025-10-27 02:02 fits its neighbours"),
        (116, "no time was written; 2025-10-26 23:01 fits its neighbours"),
        (925, "2015-10-14 was not a Tuesday, read as 2025-10-14"),
    ]
    last = report["entries"][-1]["anchor"]
    assert last["written_time"] == "Tues, 10/14/15: 12:25 PM"
    assert [entry["anchor"]["written_time"] for entry in report["entries"]].count("") == 2


@pytest.mark.unit
def test_text_around_an_entry_is_kept_as_its_notes() -> None:
    drafts = {draft.line: draft for draft in parse.parse(decoded(LONG)).drafts}
    assert drafts[23].notes.startswith("We've now entered the “functional validation” phase")
    assert drafts[196].notes.startswith("## 🧭 **Anchor Update**\n\n## 🧩 **Test Suite Objectives")
    assert drafts[196].notes.endswith("begin iterating tomorrow?")
    assert "| **8.6** |" in drafts[297].notes
    assert drafts[297].notes.endswith("5. 🧩 Prep test scaffolding directory: `tests/unit/`")
    assert sum(bool(draft.notes) for draft in drafts.values()) == 3


@pytest.mark.unit
@pytest.mark.parametrize("seed", [SHORT, LONG])
def test_every_line_is_in_an_anchor_or_in_the_report(seed: Path) -> None:
    text = decoded(seed)
    parsed = parse.parse(text)
    reported = {number for item in parsed.remarks for number in range(item.first, item.last + 1)}
    held = "\n".join(
        "\n".join([getattr(draft, section) for section in PROSE])
        + "\n".join(item.text for item in draft.dependencies)
        for draft in parsed.drafts
    )
    names = [draft.name or "" for draft in parsed.drafts]
    times = [draft.time.text for draft in parsed.drafts if draft.time]
    label = re.compile(
        r"[#* ]*(context|current milestone|next action|dependencies):?\**:? ?", re.IGNORECASE
    )
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if not words or number in reported or words in held:
            continue
        if any(name in line for name in names) or any(time in line for time in times):
            continue
        rest = label.sub("", words, count=1) if label.match(words) else words.lstrip("- ")
        assert rest in held or "Resume from anchor:" in line, (number, line)


def test_the_dates_are_shown_in_the_zone_that_was_given(repo: Repo) -> None:
    repo.ok("import", str(SHORT), "--timezone", "America/New_York")
    newest = repo.workspace().listing.anchors[0].anchor
    assert git_date(newest.created) == "2025-10-16 17:00:00 -0400"
