"""The harness of `make bench`: what it makes of times, and one run that is as small as can be."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.bench import bars, place, report, rows, run, size, stores
from tests.bench.operations import LOG
from tests.bench.peers import PEERS, Peers
from tests.bench.rows import Row
from tests.bench.timing import Case, Command, Spread, Times, Unmeasured, round_robin
from tests.repositories import Repo

SCHEMA = json.loads((Path(report.__file__).parent / "report.schema.json").read_bytes())


SIZES = {"rounds": 15, "hook_rounds": 5, "huge": 900, "huge_rounds": 3}


def spread(median: float, rounds: int = 15) -> Spread:
    return Spread(median, median * 0.9, median * 1.2, rounds)


ROWS = [
    Row("show", 10, "click", 1.5, spread(0.06), spread(0.05)),
    Row("resume", 10, "click", 1.5, spread(0.09), spread(0.05)),
    Row("list", 10_000, "git log", 1.0, spread(1.5), spread(1.5)),
    Row("first index", 10, "seconds", 2.5, spread(3)),
    Row("memory of list", 10, "peak", 200, spread(120, rounds=1), unit="MB"),
    Row("web", 10, "click", 1.5, reason="no such command"),
    Row("the log", 10, "new object", None, spread(80, rounds=1), unit="kB"),
]

TEXT = """\
quick run of 2026-01-01T00:00:00+00:00
CPU, 2 cores, Linux; load at the end 0.1
gitanchor 1, python 3.11, git 2.39, click 8.2
medians with quartiles of 15 rounds, 5 of commits with hooks, 3 with 900 anchors
jrnl 4.6
not available: fossil: apt-get needs root
left out: growth

what            anchors  measured              against                     ratio  bar     verdict
show            10       60.0 ms (54.0–72.0)   click 50.0 ms (45.0–60.0)   1.20   1.5     met
resume          10       90.0 ms (81.0–108.0)  click 50.0 ms (45.0–60.0)   1.80   1.5     missed by 20 %
list            10,000   1.50 s (1.35–1.80)    git log 1.50 s (1.35–1.80)  1.00   1       met
first index     10       3.00 s (2.70–3.60)    seconds                            2.5 s   missed by 20 %
memory of list  10       120 MB                peak                               200 MB  met
web             10                             click                              1.5     skipped: no such command
the log         10       80.0 kB               new object

What people would use instead

what        anchors  theirs            ours                   theirs / ours
task: list  10       400 ms (360–480)  list 200 ms (180–240)  2.00

Bars: 3 met, 2 missed, 1 skipped.
"""
PAGE = f"""\
# Above

{report.BEGIN}

- quick run of 2026-01-01T00:00:00+00:00
- CPU, 2 cores, Linux; load at the end 0.1
- gitanchor 1, python 3.11, git 2.39, click 8.2
- medians with quartiles of 15 rounds, 5 of commits with hooks, 3 with 900 anchors
- jrnl 4.6
- not available: fossil: apt-get needs root
- left out: growth

Bars: 1 met, 0 missed, 0 skipped.

### The bars

| what | anchors | measured | against | ratio | bar | verdict |
| --- | --- | --- | --- | --- | --- | --- |
| show | 10 | 60.0 ms (54.0–72.0) | click 50.0 ms (45.0–60.0) | 1.20 | 1.5 | met |

### What people would use instead

| what | anchors | theirs | ours | theirs / ours |  |
| --- | --- | --- | --- | --- | --- |
| task: list | 10 | 400 ms (360–480) | list 200 ms (180–240) | 2.00 |  |

{report.END}

Below
"""


def reported(*given: Row) -> dict[str, object]:
    compared = [Row("task: list", 10, "list", None, spread(0.4), spread(0.2))]
    peers = Peers({"jrnl": "4.6"}, {"fossil": "apt-get needs root"})
    made = report.document("quick run", SIZES, given, compared, peers, ["growth"])
    fixed = {"system": "Linux", "cpu": "CPU", "cores": 2, "load": 0.1}
    versions = {
        "gitanchor": "1",
        "python": "3.11",
        "git": "2.39",
        "click": "8.2",
        "peers": {"jrnl": "4.6"},
    }
    return {**made, "date": "2026-01-01T00:00:00+00:00", "machine": fixed, "versions": versions}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("row", "verdict", "ratio", "missed_by"),
    [
        (ROWS[0], "met", 1.2, None),
        (ROWS[1], "missed", 1.8, 20.0),
        (ROWS[2], "met", 1.0, None),
        (ROWS[3], "missed", None, 20.0),
        (ROWS[4], "met", None, None),
        (ROWS[5], "skipped", None, None),
        (ROWS[6], "known", None, None),
    ],
)
def test_a_verdict_is_the_ratio_or_the_measured_against_the_bar(
    row: Row, verdict: str, ratio: float | None, missed_by: float | None
) -> None:
    said = row.as_dict()
    assert (said["verdict"], said["ratio"], said["missed_by_percent"]) == (verdict, ratio, missed_by)


def test_the_tables_say_all_that_was_measured() -> None:
    made = reported(*ROWS)
    jsonschema.validate(made, SCHEMA)
    assert report.text(made) == TEXT


def test_the_page_gets_its_figures_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Above\n\n{report.BEGIN}\nold\n{report.END}\n\nBelow\n")
    report.write_page(reported(*ROWS[:1]), page=page)
    assert page.read_text("utf-8") == PAGE
    report.write_page(reported(*ROWS[:1]), reported(*ROWS[:1]), page=page)
    both = page.read_text("utf-8")
    assert (both.count("### The bars\n"), both.count("### The bars, run 2\n")) == (1, 1)
    page.write_text("# No markers\n")
    with pytest.raises(ValueError, match=r"page\.md lacks the lines"):
        report.write_page(reported(), page=page)
    assert page.read_text() == "# No markers\n"


def test_what_fails_is_left_out_of_the_rounds_and_its_reason_kept(tmp_path: Path) -> None:
    turns: list[str] = []
    cases = {
        "good": Case(Command(("git", "version"), tmp_path), lambda: turns.append("good")),
        "bad": Case(Command(("git", "no-such-command"), tmp_path), lambda: turns.append("bad")),
        "missing": Case(Command(("no-such-program", "-x"), tmp_path)),
    }
    times = round_robin(cases, 2)
    assert turns == ["good", "bad", "good", "good"]
    assert {name: found.rounds for name, found in times.spreads.items()} == {"good": 2}
    assert times.reasons["bad"].startswith("'git no-such-command' failed with 1: ")
    assert times.reasons["missing"] == "'no-such-program -x' does not run: No such file or directory"
    row = Row.timed("x", 1, times, ("good", "bad"), "bad", 1.5)
    assert (row.verdict, row.reason) == ("skipped", times.reasons["bad"])
    row = Row.timed("x", 1, times, ("bad", "good"), "good", 1.5)
    assert (row.verdict, rows.said(row.as_dict())) == ("missed", f"missed: {times.reasons['bad']}")


@pytest.mark.unit
def test_a_program_that_was_not_fetched_is_skipped() -> None:
    with pytest.raises(Unmeasured, match=r"^task: apt-get needs root$"):
        Peers({}, {"task": "apt-get needs root"}).require("task")


@pytest.mark.slow
def test_a_tiny_run_measures_real_commands_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(bars, "_BARS", [("show", bars.CLICK, 1.5), ("list", bars.GIT_LOG, 1.6)])
    with place.sealed() as folder:
        store = stores.make(folder / "store", 20)
        repo = Repo(store)
        assert repo.git("status", "--porcelain") == ""
        assert len(repo.files()) == 20
        assert repo.git("rev-list", "--count", "HEAD") == "45"  # 20 + 20, and five of the anchors
        assert repo.ok("render", "--check") == ""
        assert "Since then: 20 commits" in repo.ok("status")
        assert repo.read(LOG).count("anemometer") == 1
        commits = size.of_commits(store, 4)
        assert 1 < commits.low <= commits.high < 5
        listed = Case(Command(("git-anchor", "list"), store))
        cases = {
            "show": Case(Command(("git-anchor", "show"), store)),
            "list": listed,
            bars.CLICK: bars.click(folder),
            bars.GIT_LOG: Case(Command(("git", "log", "--oneline"), store)),
        }
        times = round_robin(cases, 2)
        peak = bars.peak("list", cases, 20, 200)
        made = report.document("quick run", SIZES, rows_of(times), [], Peers(), [])
    assert not folder.exists()
    jsonschema.validate(json.loads(json.dumps(made)), SCHEMA)
    assert times.reasons == {}
    assert [row["verdict"] in {"met", "missed"} for row in made["bars"]] == [True, True]
    assert peak.measured is not None
    assert 10 < peak.measured.median < 200


def rows_of(times: Times) -> list[Row]:
    return [
        Row.timed("show", 20, times, ("show", bars.CLICK), "click", 1.5),
        Row.timed("list", 20, times, ("list", bars.GIT_LOG), "git log", 1.6),
    ]


@pytest.mark.unit
def test_a_run_says_what_it_leaves_out() -> None:
    every = tuple(PEERS)
    assert run._left_out(run.PARTS, bars.Sizes(), every) == []
    assert run._name(quick=False, parts=run.PARTS, sizes=bars.Sizes(), wanted=every) == "full run"
    assert run._left_out(("hooks",), bars.Sizes(rounds=2), every[1:]) == [
        "all commands",
        "the size of the repository",
        "growth to 100,000 anchors",
        "what people would use instead",
        "smaller: 2 for 15 (rounds)",
        "programs: towncrier",
    ]
    assert run._name(quick=False, parts=("hooks",), sizes=bars.Sizes(), wanted=every) == "partial run"
