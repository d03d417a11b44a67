"""The documentation: nothing in it is stale, missing or misnamed."""

import importlib.util
import itertools
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from gitanchor.cli import main
from gitanchor.model.errors import AnchorError
from tests.repositories import Repo

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md"))]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def manpage() -> ModuleType:
    spec = importlib.util.spec_from_file_location("manpage", DOCS / "manpage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_fences(text: str) -> str:
    """A page without its transcripts."""
    return re.sub(r"^(`{3,})[^`]*\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)


def guide_with_answer(repo: Repo) -> str:
    """The guide, the chat's answer of which is written to answer.md."""
    guide = (DOCS / "guide.md").read_text("utf-8")
    answer = re.search(r"^```markdown\n(Sure! .*?)^```$", guide, re.DOTALL | re.MULTILINE)
    assert answer is not None
    repo.write("answer.md", answer[1])
    return guide


def transcript(page: str, command: str) -> str:
    """What a page says that a command prints, the first time that it is typed there."""
    before, _, after = page.partition(f"$ {command}\n")
    fence = re.findall(r"^`{3,}", before, re.MULTILINE)[-1]
    found = re.split(rf"^{fence}$", after, maxsplit=1, flags=re.MULTILINE)[0]
    return re.split(r"^\$ ", found, maxsplit=1, flags=re.MULTILINE)[0]


def steady(text: str) -> str:
    """A transcript without what is another each time: ids, commits, times and folders."""
    changing = (
        r"(?<![0-9a-f])[0-9a-f]{8,10}\b|\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d [+-]\d{4})?"
        r"|\d{4}/\d\d/\d{8}T\d{4}|\d{8}T\d{6}\.\d{6}Z|^Author: .*$|by [^(\n]*(?= \(\d+\)$)"
        r"|\d+ (?=journal)|(?<=, )\d+ [a-z]+$"
    )
    return re.sub(changing, "", text, flags=re.MULTILINE)


def heading_anchor(heading: str) -> str:
    """The fragment by which GitHub links to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.unit
def test_the_man_page_is_what_the_commands_say() -> None:
    stored = (DOCS / "git-anchor.1").read_bytes().decode("ascii")
    assert stored == manpage().page(), "stale; run 'make man'"


@pytest.mark.unit
def test_the_man_page_describes_each_command_and_option() -> None:
    page = manpage().page()
    for name in main.COMMANDS:
        assert f'.SS "git anchor {name}"\n' in page
        command = main.main.get_command(click.Context(main.main), name)
        assert command is not None
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("-"):
                    assert "\\fB" + option.replace("-", "\\-") + "\\fR" in page, (name, option)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_man_page_has_no_roff_warnings() -> None:
    command = ["groff", "-man", "-Tascii", "-ww", str(DOCS / "git-anchor.1")]
    done = subprocess.run(command, capture_output=True, check=True, encoding="ascii")
    assert done.stderr == ""


@pytest.mark.unit
def test_the_exit_statuses_are_documented() -> None:
    statuses = {0, 130} | {failure.exit_code for failure in AnchorError.__subclasses__()}
    page = manpage().page().partition(".SH EXIT STATUS\n")[2].partition(".SH ")[0]
    assert {int(number) for number in re.findall(r"\.TP\n\\fB(\d+)\\fR", page)} == statuses
    guide = (DOCS / "guide.md").read_text("utf-8").partition("| status | meaning |")[2]
    assert {int(number) for number in re.findall(r"^\| (\d+) \|", guide, re.MULTILINE)} == statuses


@pytest.mark.unit
@pytest.mark.parametrize("command", main.COMMANDS)
def test_the_guide_has_a_section_and_a_transcript_for_each_command(command: str) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    headings = re.findall(r"^## .*$", without_fences(guide), re.MULTILINE)
    assert [heading for heading in headings if f"`{command}`" in heading]
    assert re.search(rf"^\$ .*\bgit anchor {command}\b", guide, re.MULTILINE)


@pytest.mark.unit
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_each_command_and_option_that_is_named_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    for name in re.findall(r"[`$;] ?git anchor ([a-z][\w-]*)", text):
        assert name in main.COMMANDS, name
    for name, arguments in re.findall(r"`git anchor ([a-z]+)([^`\n]*)`", text):
        command = main.main.get_command(click.Context(main.main), name)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        for option in re.findall(r"(?<=\s)--?[a-zA-Z][\w-]*", arguments):
            assert option in known | {"-h", "--help"}, (name, option)


@pytest.mark.unit
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_each_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in LINK.findall(without_fences(page.read_text("utf-8"))):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, fragment = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.*)$", without_fences(linked.read_text("utf-8")), re.MULTILINE)
            assert fragment in map(heading_anchor, headings), target


@pytest.mark.unit
def test_the_first_screen_of_the_readme_has_both_commands() -> None:
    screen = (ROOT / "README.md").read_text("utf-8").split("\n")[:40]
    assert [line.split("#")[0].strip() for line in screen if line.startswith("make ")] == [
        "make demo",
        "make test",
    ]


def test_the_map_is_that_of_the_code() -> None:
    program = [sys.executable, str(DOCS / "map.py")]
    made = subprocess.run(program, capture_output=True, text=True, check=True)
    assert made.stdout == (DOCS / "map.md").read_text("utf-8"), "'make map' makes it anew"


@pytest.mark.unit
def test_no_page_names_a_path_of_the_machine_it_was_written_on() -> None:
    for page in [*PAGES, *DOCS.glob("demo/*"), DOCS / "git-anchor.1"]:
        assert not re.search(r"/(?:work|root|tmp)/", page.read_text("utf-8")), page


def test_the_transcripts_of_request_and_form_are_what_is_printed(repo: Repo) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    asked = repo.ok("request", "Rain_Gauge_Debug")
    for page in (guide, (ROOT / "README.md").read_text("utf-8")):
        assert f"$ git anchor request Rain_Gauge_Debug\n{asked}```" in page
    form = repo.run("git", "anchor", "add", GIT_EDITOR="cat")
    assert form.status == 1
    shown = transcript(guide, "GIT_EDITOR=cat git anchor add")
    day = re.compile(r"main_\d{4}-\d\d-\d\d")
    assert steady(day.sub("", form.out + form.err)) == steady(day.sub("", shown))


def test_the_transcript_of_init_is_what_is_printed(repo: Repo) -> None:
    printed = repo.ok("init").replace(str(repo.root), "/home/ada/station")
    for page in (DOCS / "guide.md", ROOT / "README.md"):
        assert f"$ git anchor init\n{printed}```" in page.read_text("utf-8")


def test_the_transcripts_of_the_answer_are_what_is_printed(repo: Repo) -> None:
    guide = guide_with_answer(repo)
    added = repo.anchor("add", "-F", "answer.md")
    assert added.status == 0
    shown = transcript(guide, "git anchor add -F answer.md")
    assert steady(added.err + added.out) == steady(shown)
    repo.git("add", ".anchors")
    repo.commit("Anchor")
    repo.commit("Log each tip with its time", {"rain.c": "time_t last;\n"})
    repo.commit("Print daily totals", {"totals.c": "1\n2\n3\n"})
    written = re.compile(r"^Written .*$", re.MULTILINE)
    for page in (guide, (ROOT / "README.md").read_text("utf-8")):
        shown = transcript(page, "git anchor resume")
        assert steady(written.sub("", repo.ok("resume"))) == steady(written.sub("", shown))
    assert steady(repo.ok("status")) == steady(transcript(guide, "git anchor status"))


def test_the_transcripts_of_check_are_what_is_printed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    repo.write("rain.c", "int tips;\n")
    texts = ("Files: `rain.c`", "Key: `GAUGE_TOKEN`", "Branch: `wind`", "Tools: PlatformIO")
    people = "People: Noor (reads the old gauge)"
    repo.ok("add", "A", "-n", "n", *(part for text in (*texts, people) for part in ("-d", text)))
    assert repo.anchor("check").out == transcript(guide, "git anchor check")
    monkeypatch.setenv("GAUGE_TOKEN", "drip")
    assert repo.anchor("check", "--save", "garage.json").status == 1
    saved = re.sub('"machine": .*', '"machine": "garage",', repo.read("garage.json"))
    repo.write("garage.json", saved)
    monkeypatch.delenv("GAUGE_TOKEN")
    compared = repo.anchor("check", "--compare", "garage.json").out
    assert compared == transcript(guide, "git anchor check --compare garage.json")


def test_the_transcripts_of_parse_and_recover_are_what_is_printed(repo: Repo) -> None:
    guide = guide_with_answer(repo)
    assert f"$ git anchor parse answer.md\n{repo.ok('parse', 'answer.md')}```" in guide
    repo.write("short.md", "Resume from anchor: [Wind_Sensor_Soldered]\nContext: c\nNext action: n\n")
    for command, printed in (
        ("add -F short.md </dev/null", repo.anchor("add", "-F", "short.md").err),
        ("recover", repo.ok("recover")),
    ):
        assert steady(printed) == steady(transcript(guide, f"git anchor {command}"))


def test_the_transcript_of_own_labels_is_what_is_printed(repo: Repo) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8").partition("## Your own words and dates")[2]
    settings = guide.partition("```yaml\n")[2].partition("```")[0]
    repo.write(".anchors/config.yaml", settings)
    shown = guide.partition("$ cat answer.md\n")[2].partition("```")[0]
    answer, _, shown = shown.partition("$ git anchor parse answer.md\n")
    repo.write("answer.md", answer)
    printed, _, created = shown.partition("$ git anchor parse answer.md --json | grep created\n")
    assert repo.ok("parse", "answer.md") == printed
    assert created in repo.ok("parse", "answer.md", "--json")


def test_the_transcript_of_the_import_is_what_is_printed(repo: Repo) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    repo.write("sample_log.md", (DOCS / "demo" / "sample_log.md").read_bytes())
    command = "import sample_log.md --dry-run --branch main --timezone America/New_York"
    shown = guide.partition(f"$ git anchor {command}\n")[2].partition("```")[0]
    assert repo.ok(*command.split()) == shown


def test_the_transcripts_of_a_stretch_of_work_are_what_is_printed(repo: Repo) -> None:
    guide = guide_with_answer(repo)
    repo.ok("add", "-F", "answer.md")
    repo.git("add", ".anchors")
    repo.commit("Anchor")
    repo.commit("Log each tip with its time", {"rain.c": "time_t last;\n"})
    repo.commit("Print daily totals", {"totals.c": "1\n2\n3\n"})
    measured = "A week beside the old gauge: 11.2 mm against 11.4 mm."
    sections = ("-c", measured, "-n", "Solder the wind sensor.", "-d", "Tools: soldering iron")
    repo.ok("add", "Totals_Compared", *sections, "--commit")
    assert steady(repo.ok("commits")) == steady(transcript(guide, "git anchor commits"))
    diff = repo.run("git", "anchor", "diff", "Rain", "--stat", "--", "*.c")
    assert diff.out == transcript(guide, "git anchor diff Rain --stat -- '*.c'")

    outcome = "Soldered; it answers with its id."
    closing = guide.partition("## Closing an anchor")[2]
    assert steady(repo.ok("done", "-m", outcome)) == steady(
        transcript(closing, f"git anchor done -m '{outcome}'")
    )
    tail = "".join(repo.ok("show").splitlines(keepends=True)[-8:])
    assert tail == transcript(closing, "git anchor show | tail -n 8")
    assert steady(repo.ok("status")) == steady(transcript(closing, "git anchor status"))
    assert steady(repo.anchor("resume").err) in steady(guide)

    repo.git("switch", "-q", "-c", "wind")
    repo.commit("Read the wind sensor", {"wind.c": "int turns;\n"})
    next_action = "Merge it, and print the wind beside the rain."
    added = repo.ok(
        "add", "Wind_Sensor_Reads", "-n", next_action, "--done-when", "merged:main", "--commit"
    )
    command = f"git anchor add Wind_Sensor_Reads -n '{next_action}' --done-when merged:main"
    assert steady(added) == steady(transcript(closing, command))
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "wind")
    lines = "".join(repo.ok("show", "Wind").splitlines(keepends=True)[6:8])
    assert lines == transcript(closing, "git anchor show Wind | sed -n 7,8p")


def test_the_transcripts_of_bindings_are_what_is_printed(repo: Repo, tmp_path: Path) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    found = guide.partition("## What became of an anchor's commit")[2]
    repo.ok("init")
    repo.git("add", ".")
    repo.commit("Keep anchors")
    repo.ok("add", "Rain_Gauge_Debug", "-c", "c", "--commit")
    repo.ok("add", "Totals_Compared", "-c", "c", "--commit")
    repo.commit("Log each tip with its time", {"rain.c": "time_t last;\n"})
    repo.git("switch", "-q", "-c", "wind", "main~1")
    repo.commit("Read the wind sensor", {"wind.c": "int turns;\n"})
    repo.ok("add", "Wind_Sensor_Reads", "-n", "Put the factor into `wind.c`.", "--commit")
    repo.git("rebase", "-q", "main")
    assert steady(repo.ok("list")) == steady(transcript(found, "git anchor list"))
    head = "".join(repo.ok("show").splitlines(keepends=True)[:5])
    assert steady(head) == steady(transcript(found, "git anchor show | head -n 5"))

    repo.git("switch", "-q", "main")
    hint = repo.anchor("resume", "Wind_Sensor_Reads").err
    assert hint == transcript(guide, "git anchor resume Wind_Sensor_Reads >prompt.txt")
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "-q", "--depth=1", f"file://{repo.root.as_posix()}", str(clone.root))
    shown = clone.anchor("show", "Rain")
    line = f"{shown.out.splitlines()[4]}\n"
    assert steady(line + shown.err) == steady(transcript(found, "git anchor show Rain | sed -n 5p"))
    repo.git("switch", "-q", "-c", "trial")
    repo.commit("Trial", {"trial.c": "x"})
    repo.ok("add", "Trial", "-c", "c")
    repo.git("reset", "-q", "--soft", "HEAD~1")
    listed = repo.ok("list", "-n", "1")
    assert steady(listed) == steady(transcript(found, "git anchor list -n 1"))


def test_the_transcripts_of_drift_and_sync_are_what_is_printed(repo: Repo, tmp_path: Path) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    repo.git("switch", "-q", "-c", "wind")
    repo.commit("Read the wind sensor", {"wind.c": "int turns;\n"})
    repo.ok("add", "Wind_Sensor_Reads", "-n", "Put the factor into `wind.c`.", "--commit")
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "wind")
    repo.git("branch", "-q", "-d", "wind")
    repo.git("mv", "wind.c", "anemometer.c")
    repo.commit("Call it an anemometer")
    hub = tmp_path / "hub.git"
    repo.git("clone", "-q", "--bare", ".", str(hub))
    repo.git("remote", "add", "origin", str(hub))
    repo.commit("Turn it by hand", {"turns.md": "10 turns\n"})
    repo.git("push", "-q", "-u", "origin", "main")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    mind = "".join(repo.ok("resume", "Wind_Sensor_Reads").splitlines(keepends=True)[-6:])
    assert mind == transcript(guide, "git anchor resume Wind_Sensor_Reads | tail -n 6")
    repo.ok("add", "Anemometer_Turns", "-c", "c")
    repo.ok("add", "Anemometer_Counts", "-c", "c")
    assert repo.ok("sync") == transcript(guide, "git anchor sync")


def test_the_transcripts_of_web_and_template_are_what_is_printed(repo: Repo) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    repo.ok("add", "Rain_Gauge_Debug", "-c", "c")
    repo.ok("add", "Wind_Trial", "-c", "c", "--parent", "Rain_Gauge_Debug")
    count = str(repo.ok("web", "--branch", "main").count("<article"))
    assert f"{count}\n" == transcript(guide, "git anchor web --branch main | grep -c '<article'")
    text = re.search(r"^\$ echo '(.*)' >(\.anchors/templates/.*)$", guide, re.MULTILINE)
    assert text is not None
    repo.write(text[2], f"{text[1]}\n")
    for command in ("list", "show resume.md.j2", "trust resume.md.j2"):
        shown = transcript(guide, f"git anchor template {command}")
        if command.startswith("trust"):
            refused = guide.partition("## Your own templates")[2]
            assert repo.anchor("resume").err == transcript(refused, "git anchor resume")
        assert repo.ok("template", *command.split()) == shown
    first = repo.ok("resume").partition("\n")[0]
    assert f"{first}\n" == transcript(guide, "git anchor resume | head -n 1")


def test_the_transcripts_of_the_graph_are_what_is_printed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    written = (
        ("main", "Rain_Gauge_Debug"),
        ("trial", "Wind_Trial"),
        ("main", "Totals_Compared"),
        ("main", "Totals_Plotted"),
    )
    repo.git("branch", "trial")
    for minute, (branch, name) in enumerate(written):
        monkeypatch.setenv("GIT_AUTHOR_DATE", f"2026-03-01T12:0{minute}:00+01:00")
        repo.git("switch", "-q", branch)
        if minute in {1, 2}:
            repo.ok("resume", "Rain_Gauge_Debug")
        repo.ok("add", name, "-c", "c")
    for command in ("graph", "graph --dot -n 2", "heads"):
        printed = repo.anchor(*command.split())
        assert steady(printed.out + printed.err) == steady(transcript(guide, f"git anchor {command}"))
    next_action = "Plot the wind below the totals."
    parents = "--parent Totals_Plotted --parent Wind_Trial"
    command = f"git anchor add Wind_In_Totals -n '{next_action}' {parents}"
    added = repo.ok("add", "Wind_In_Totals", "-n", next_action, *parents.split())
    assert steady(added) == steady(transcript(guide, command))
    drawn = repo.ok("graph", "-n", "5")
    assert steady(drawn) == steady(transcript(guide, "git anchor graph -n 5"))


def test_the_transcripts_of_recovery_are_what_is_printed(repo: Repo) -> None:
    guide = steady((DOCS / "guide.md").read_text("utf-8"))
    repo.ok("add", "Totals_Compared", "-c", "c")
    repo.git("add", ".")
    repo.git("commit", "-qm", "Anchor")
    repo.ok("add", "Wind_Trial", "-c", "c")

    def typed(command: str) -> str:
        result = repo.anchor(*command.split())
        return steady(f"$ git anchor {command}\n{result.out}{result.err}")

    assert typed("rm Wind_Trial") in guide
    assert typed("gc") in guide
    assert typed("recover --list") in guide
    repo.ok("undo")
    repo.ok("edit", "Totals", "-c", "d")
    assert typed("undo") + typed("undo") in guide


def test_the_transcripts_of_search_and_all_are_what_is_printed(repo: Repo, tmp_path: Path) -> None:
    guide = guide_with_answer(repo)
    repo.ok("add", "-F", "answer.md")
    repo.git("add", ".anchors")
    repo.commit("Anchor")
    assert steady(repo.ok("search", "gauge")) == steady(transcript(guide, "git anchor search gauge"))
    repo.git("switch", "-q", "-c", "trial")
    heater = "The gauge froze in the first frost. A heater of 5 W keeps it open."
    repo.ok("add", "Gauge_Heater_Draws_2_A", "-c", heater)
    repo.git("add", ".anchors")
    repo.commit("Anchor")
    repo.git("switch", "-q", "main")
    linked = tmp_path / "station-wind"
    repo.git("worktree", "add", "-q", "-b", "wind", str(linked))
    Repo(linked).ok("add", "Wind_Sensor_Reads", "-c", "It answers on the bus.")
    listed = steady(repo.ok("list", "--all").replace(str(linked), "/home/ada/station-wind"))
    expected = steady(transcript(guide, "git anchor list --all"))
    assert sorted(listed.splitlines()) == sorted(expected.splitlines())
    found = repo.ok("search", "--all", "the gauge", "froze")
    assert steady(found) == steady(transcript(guide, "git anchor search --all 'the gauge' froze"))


@pytest.mark.unit
def test_each_test_that_holds_a_threat_exists() -> None:
    page = (DOCS / "security.md").read_text("utf-8")
    lines = page.splitlines()
    tables = itertools.pairwise(lines)
    rows = [line for line, after in tables if line.startswith("| ") and not after.startswith("|---")]
    assert len(rows) >= 16
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)
        assert named or "not built yet" in row, row
        for file, function in named:
            (path,) = (ROOT / "tests").rglob(file)
            text = path.read_text("utf-8")
            assert re.search(rf"^def {function}\(", text, re.MULTILINE), function


def test_the_transcripts_of_secrets_are_what_is_printed(repo: Repo) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    repo.ok("init")
    text = "Deployed with DB_PASSWORD='rain7gauge!'"
    refused = repo.anchor("add", "Deploy_Works", "-c", text)
    assert refused.err == transcript(guide, f'git anchor add Deploy_Works -c "{text}"')
    repo.ok("add", "Deploy_Works", "-c", "Deployed")
    assert repo.ok("scan") == transcript(guide, "git anchor scan")
