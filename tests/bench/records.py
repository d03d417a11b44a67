"""Where people keep such texts otherwise: stores of other programs, filled with as many entries as there are anchors.

Each is filled by writing its files as the program itself writes them, or by its own import. A text has the size
of an anchor's.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.model.anchor import Anchor
from tests.bench import texts
from tests.bench.timing import Command

_TASK: Final = (
    "---\nid: TASK-{number}\ntitle: {name}\nstatus: To Do\nassignee: []\ncreated_date: '2025-12-31 12:00'\n"
    "labels: []\ndependencies: []\nordinal: {number}000\n---\n\n## Description\n\n"
    "<!-- SECTION:DESCRIPTION:BEGIN -->\n{text}\n<!-- SECTION:DESCRIPTION:END -->\n"
)
_JRNL: Final = (
    "version: v4.6\ncolors: {{body: none, date: none, tags: none, title: none}}\ndefault_hour: 9\n"
    "default_minute: 0\neditor: ''\nencrypt: false\nhighlight: false\nindent_character: '|'\n"
    "journals: {{default: {journal}}}\nlinewrap: 79\ntagsymbols: '#@'\ntemplate: false\ntimeformat: '%F %r'\n"
)


class Entry(NamedTuple):
    """What each store holds of an anchor."""

    number: int
    anchor: Anchor

    @property
    def name(self) -> str:
        """The title."""
        return self.anchor.name

    @property
    def text(self) -> str:
        """All sections."""
        return f"{self.anchor.context}\n\n{self.anchor.milestone}\n{self.anchor.next_action}"


def entries(count: int) -> list[Entry]:
    """So many of them, oldest first."""
    nowhere = texts.Bound("0" * 40, "0" * 40, None)
    return [Entry(number, anchor) for number, anchor in enumerate(texts.anchors([nowhere] * count), 1)]


def towncrier(root: Path, given: Sequence[Entry]) -> dict[str, Command]:
    """News fragments."""
    _git(root, "init", "-q")
    (root / "newsfragments").mkdir()
    (root / "pyproject.toml").write_text(
        '[tool.towncrier]\ndirectory = "newsfragments"\nfilename = "NEWS.md"\nname = "x"\nversion = "1"\n'
    )
    for entry in given:
        (root / f"newsfragments/{entry.number}.feature.md").write_text(entry.text)
    content = ("--content", given[-1].text, "+.feature.md")
    return {
        "add": Command(("towncrier", "create", *content), root),
        "render": Command(("towncrier", "build", "--draft"), root),
    }


def scriv(root: Path, given: Sequence[Entry]) -> dict[str, Command]:
    """Fragments of a changelog."""
    _git(root, "init", "-q")
    (root / "changelog.d").mkdir()
    (root / "setup.cfg").write_text("[scriv]\nformat = md\n")
    for entry in given:
        path = root / f"changelog.d/{entry.anchor.created:%Y%m%d_%H%M%S}_author.md"
        path.write_text(f"### Added\n\n- {entry.text}\n")
    return {
        "add": Command(("scriv", "create", "--no-edit", "--no-add"), root),
        "render": Command(("scriv", "print"), root),
    }


def jrnl(root: Path, given: Sequence[Entry]) -> dict[str, Command]:
    """One text file."""
    journal, settings = root / "journal.txt", root / "jrnl.yaml"
    settings.write_text(_JRNL.format(journal=journal))
    journal.write_text(
        "".join(
            f"[{entry.anchor.created:%Y-%m-%d %I:%M:%S %p}] {entry.name}\n{entry.text}\n\n"
            for entry in given
        )
    )
    start = ("jrnl", "--config-file", str(settings))
    return {
        "resume": Command((*start, "-n", "1"), root),
        "list": Command((*start, "--short"), root),
        "search": Command((*start, "-contains", texts.WORD), root),
        "add": Command((*start, f"{given[-1].name}. {given[-1].text}"), root),
    }


def task(root: Path, given: Sequence[Entry]) -> dict[str, Command]:
    """taskwarrior's files."""
    settings = root / "taskrc"
    settings.write_text(f"data.location={root / 'data'}\nconfirmation=off\nverbose=nothing\nhooks=off\n")
    environment = {"TASKRC": str(settings), "TASKDATA": str(root / "data")}
    (root / "data").mkdir()
    imported = [
        {
            "description": entry.name,
            "entry": f"{entry.anchor.created:%Y%m%dT%H%M%SZ}",
            "annotations": [
                {"entry": f"{entry.anchor.created:%Y%m%dT%H%M%SZ}", "description": entry.text}
            ],
        }
        for entry in given
    ]
    (root / "import.json").write_text(json.dumps(imported))
    Command(("task", "import", "import.json"), root, environment).run()
    return {
        "resume": Command(("task", "newest", "limit:1"), root, environment),
        "list": Command(("task", "list"), root, environment),
        "search": Command(("task", texts.WORD, "list"), root, environment),
        "add": Command(("task", "add", given[-1].name), root, environment),
    }


def backlog(root: Path, given: Sequence[Entry]) -> dict[str, Command]:
    """A file a task."""
    _git(root, "init", "-q")
    _git(root, "commit", "-q", "--allow-empty", "-m", "Start")
    Command(("backlog", "init", "Station", "--defaults", "--agent-instructions", "none"), root).run()
    Command(("backlog", "config", "set", "remoteOperations", "false"), root).run()
    for entry in given:
        path = root / f"backlog/tasks/task-{entry.number} - {entry.name}.md"
        path.write_text(_TASK.format(number=entry.number, name=entry.name, text=entry.text))
    _git(root, "add", "--all")
    _git(root, "commit", "-q", "-m", "Add tasks")
    return {
        "resume": Command(("backlog", "task", str(len(given)), "--plain"), root),
        "list": Command(("backlog", "task", "list", "--plain"), root),
        "search": Command(("backlog", "search", texts.WORD, "--plain"), root),
        "add": Command(("backlog", "task", "create", given[-1].name, "-d", given[-1].text), root),
    }


def session_glue(root: Path, given: Sequence[Entry]) -> dict[str, Command]:
    """One prompt, however many sessions there were."""
    _git(root, "init", "-q")
    (root / ".agent-history").mkdir()
    (root / ".agent-history/RESUME_PROMPT.txt").write_text(given[-1].text)
    return {"resume": Command(("session-glue", "resume-prompt"), root)}


def notes(root: Path, given: Sequence[Entry]) -> dict[str, Command]:
    """`git notes`, each at a commit of its own; there is no list of them in order and no search."""
    _git(root, "init", "-q")
    _git(root, "fast-import", "--quiet", content="".join(_noted(given)))
    return {
        "resume": Command(("git", "notes", "show", "main"), root),
        "add": Command(("git", "notes", "add", "-f", "-m", given[-1].text, "main"), root),
    }


def _noted(given: Sequence[Entry]) -> Iterator[str]:
    """A commit for each entry, then one that notes them all."""
    for entry in given:
        yield f"commit refs/heads/main\nmark :{entry.number}\n{_committer(entry)}data 1\nx\n"
    yield f"commit refs/notes/commits\n{_committer(given[-1])}data 1\nx\n"
    for entry in given:
        yield f"N inline :{entry.number}\ndata {len(entry.text.encode())}\n{entry.text}\n"


def _committer(entry: Entry) -> str:
    moment = int((entry.anchor.created + timedelta(seconds=entry.number)).timestamp())
    return f"committer A U Thor <author@example.com> {moment} +0000\n"


def fossil(root: Path, given: Sequence[Entry]) -> dict[str, Command]:
    """Tickets in one SQLite file; they are not filled in bulk, as only adding is measured."""
    Command(("fossil", "init", "station.fossil"), root).run()
    (root / "checkout").mkdir()
    Command(("fossil", "open", "../station.fossil"), root / "checkout").run()
    ticket = ("title", given[-1].name, "comment", given[-1].text, "status", "Open")
    return {"add": Command(("fossil", "ticket", "add", *ticket), root / "checkout")}


STORES: Final[Mapping[str, Callable[[Path, Sequence[Entry]], dict[str, Command]]]] = {
    "towncrier": towncrier,
    "jrnl": jrnl,
    "scriv": scriv,
    "session-glue": session_glue,
    "backlog.md": backlog,
    "taskwarrior": task,
    "fossil": fossil,
    "git notes": notes,
}
"""The stores by the peers that they need; git is there already."""


def _git(root: Path, *arguments: str, content: str = "") -> None:
    subprocess.run(
        ["git", *arguments], cwd=root, input=content.encode(), capture_output=True, check=True
    )
