"""The documentation: nothing in it is stale, missing or misnamed."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import click
import pytest

from gitanchor import cli
from gitanchor.errors import AnchorError
from tests.repositories import Repo

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
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


def heading_anchor(heading: str) -> str:
    """The fragment by which GitHub links to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_the_man_page_is_what_the_commands_say() -> None:
    stored = (DOCS / "git-anchor.1").read_bytes().decode("ascii")
    assert stored == manpage().page(), "stale; run 'make man'"


def test_the_man_page_describes_each_command_and_option() -> None:
    page = manpage().page()
    for name in cli.COMMANDS:
        assert f'.SS "git anchor {name}"\n' in page
        command = cli.main.get_command(click.Context(cli.main), name)
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


def test_the_exit_statuses_are_documented() -> None:
    statuses = {0, 130} | {failure.exit_code for failure in AnchorError.__subclasses__()}
    page = manpage().page().partition(".SH EXIT STATUS\n")[2].partition(".SH ")[0]
    assert {int(number) for number in re.findall(r"\.TP\n\\fB(\d+)\\fR", page)} == statuses
    guide = (DOCS / "guide.md").read_text("utf-8").partition("| status | meaning |")[2]
    assert {int(number) for number in re.findall(r"^\| (\d+) \|", guide, re.MULTILINE)} == statuses


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_the_guide_has_a_section_and_a_transcript_for_each_command(command: str) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    headings = re.findall(r"^## .*$", without_fences(guide), re.MULTILINE)
    assert [heading for heading in headings if f"`{command}`" in heading]
    assert re.search(rf"^\$ .*\bgit anchor {command}\b", guide, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_each_command_and_option_that_is_named_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    for name in re.findall(r"[`$;] ?git anchor ([a-z][\w-]*)", text):
        assert name in cli.COMMANDS, name
    for name, arguments in re.findall(r"`git anchor ([a-z]+)([^`\n]*)`", text):
        command = cli.main.get_command(click.Context(cli.main), name)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        for option in re.findall(r"(?<=\s)--?[a-zA-Z][\w-]*", arguments):
            assert option in known | {"-h", "--help"}, (name, option)


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


def test_the_first_screen_of_the_readme_has_both_commands() -> None:
    screen = (ROOT / "README.md").read_text("utf-8").split("\n")[:40]
    assert [line.split("#")[0].strip() for line in screen if line.startswith("make ")] == [
        "make demo",
        "make test",
    ]


def test_the_modules_in_the_architecture_are_those_of_the_package() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    table = text.partition("## Modules")[2].partition("## ")[0]
    column = re.findall(r"^\|[^|]*\|([^|]*)\|", table, re.MULTILINE)
    named = set(re.findall(r"`([\w/*]+)`", "\n".join(column)))
    present = {path.stem for path in (ROOT / "gitanchor").glob("*.py")} - {"__init__"}
    assert named == present | {"commands/*"}


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
    steady = re.compile(r"main_\d{4}-\d\d-\d\d|\b[0-9a-f]{10}\b")
    shown = guide.partition("$ GIT_EDITOR=cat git anchor add\n")[2].partition("```")[0]
    assert steady.sub("", form.out + form.err) == steady.sub("", shown)


def test_the_transcript_of_init_is_what_is_printed(repo: Repo) -> None:
    printed = repo.ok("init").replace(str(repo.root), "/home/ada/station")
    for page in (DOCS / "guide.md", ROOT / "README.md"):
        assert f"$ git anchor init\n{printed}```" in page.read_text("utf-8")


def test_the_transcripts_of_the_answer_are_what_is_printed(repo: Repo) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    answer = re.search(r"^```markdown\n(Sure! .*?)^```$", guide, re.DOTALL | re.MULTILINE)
    assert answer is not None
    repo.write("answer.md", answer[1])
    added = repo.anchor("add", "-F", "answer.md")
    assert added.status == 0
    shown = guide.partition("$ git anchor add -F answer.md\n")[2].partition("```")[0]
    steady = re.compile(r"[0-9a-f]{8,10}|\d{4}/\d\d/\d{8}T\d{4}")
    assert steady.sub("", added.err + added.out) == steady.sub("", shown)
    for page in (guide, (ROOT / "README.md").read_text("utf-8")):
        prompt = page.partition("$ git anchor resume\n")[2].partition("```")[0]
        written = re.compile(r"^(?:Written|Commits since|- [0-9a-f]{10}) .*\n+", re.MULTILINE)
        assert written.sub("", repo.ok("resume")) == written.sub("", prompt)


def test_the_transcripts_of_parse_and_recover_are_what_is_printed(repo: Repo) -> None:
    guide = (DOCS / "guide.md").read_text("utf-8")
    answer = re.search(r"^```markdown\n(Sure! .*?)^```$", guide, re.DOTALL | re.MULTILINE)
    assert answer is not None
    repo.write("answer.md", answer[1])
    assert f"$ git anchor parse answer.md\n{repo.ok('parse', 'answer.md')}```" in guide
    repo.write("short.md", "Resume from anchor: [Wind_Sensor_Soldered]\nContext: c\nNext action: n\n")
    steady = re.compile(r"\d{8}T\d{6}\.\d{6}Z")
    for command, printed in (
        ("add -F short.md </dev/null", repo.anchor("add", "-F", "short.md").err),
        ("recover", repo.ok("recover")),
    ):
        shown = guide.partition(f"$ git anchor {command}\n")[2].partition("```")[0]
        assert steady.sub("", printed) == steady.sub("", shown)


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
