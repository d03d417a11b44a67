"""What git anchor prints or keeps, given back to it: the same anchor, or a clear refusal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gitanchor.model.anchor import FILE_KEYS
from gitanchor.parsing import printed
from tests.repositories import Repo, make_repository

SECTIONS = ("name", "context", "milestone", "next_action", "dependencies", "notes")

HARD = (
    *("add", "Step: 4 [x]"),
    *(
        "--context",
        "Next action: not this\n\n```json\n{}\n```\n  two  blanks  \nÃ© is no misreading here",
    ),
    *("--milestone", "✅ done\n[ ] todo\n\n"),
    *("--next", "## Notes\n<!-- anchor 0123abcd -->\nGo\u2028on\t!"),
    *("-d", "tool: az >= 2.60", "-d", "Person: Noor,\n  who knows", "-d", "`API_KEY`"),
)


@pytest.fixture
def kept(repo: Repo) -> Repo:
    """An anchor with texts that look like labels, comments, data and misread letters."""
    return repo.once(made_kept)


def made_kept(repo: Repo) -> None:
    repo.ok(*HARD)
    (path,) = repo.files()
    repo.write(path, repo.read(path).replace('notes: ""', "notes: |-\n  Context: of a note\n  ---"))


def said(anchor: dict[str, Any]) -> list[Any]:
    return [anchor[section] for section in SECTIONS]


FORMS: list[tuple[str, Callable[[Repo], str]]] = [
    *(
        (command, lambda repo, command=command: repo.ok(*command.split()))
        for command in (
            "show --json",
            "show --all --json",
            "list --json",
            "list --all --json",
            "log --json",
            "log --all --json",
            "search --json go",
            "search --all --json go",
            "status --json",
            "resume --json",
            "show --yaml",
        )
    ),
    ("parse --json", lambda repo: repo.ok("parse", "--json", repo.files()[0])),
    ("import --json", lambda repo: repo.ok("import", "--dry-run", "--json", repo.files()[0])),
    ("the file", lambda repo: repo.read(repo.files()[0])),
    ("with a comment", lambda repo: f"# Mine\n\n{repo.read(repo.files()[0])}\n\n"),
    ("on one line", lambda repo: json.dumps(repo.json("show"))),
    ("in a fence", lambda repo: f"```json\n{repo.ok('show', '--json')}```\n"),
    ("a file in a fence", lambda repo: f"~~~yaml\n{repo.ok('show', '--yaml')}~~~"),
    ("from Windows", lambda repo: "\ufeff" + repo.ok("show", "--json").replace("\n", "\r\n")),
]


@pytest.mark.parametrize(("_", "text"), FORMS, ids=[name for name, _ in FORMS])
def test_add_makes_the_same_texts_of_it(kept: Repo, _: str, text: Callable[[Repo], str]) -> None:
    before = kept.json("show")
    result = kept.anchor("add", "-F", "-", "-y", stdin=text(kept))
    after = kept.json("show")
    assert (result.status, len(kept.files())) == (0, 2)
    assert said(after) == said(before)
    assert after["parent"] == before["id"] != after["id"]
    assert after["written_time"] == before["created"]


@pytest.mark.parametrize("command", ["show --json", "show --yaml"])
def test_several_behind_one_another_are_added_oldest_first(repo: Repo, command: str) -> None:
    for name in ("One", "Two"):
        repo.ok("add", name, "-n", name.lower())
    text = "".join(repo.ok(*command.split(), name) for name in ("Two", "One"))
    result = repo.anchor("add", "-F", "-", "-y", stdin=text)
    assert result.err == "standard input: newest of 2 anchors on top, so the lowest is written first\n"
    assert [item["next_action"] for item in repo.json("list")] == ["two", "one", "two", "one"]


@pytest.mark.parametrize("command", ["show --json", "show --yaml", "list --json"])
def test_import_brings_the_very_anchor_into_another_clone(
    kept: Repo, tmp_path: Path, command: str
) -> None:
    (path,) = kept.files()
    kept.write(
        path, kept.read(path).replace("context:", "done_when: [file:x.c]\nx-team: [a, b]\ncontext:")
    )
    made = make_repository(tmp_path / "other")
    made.commit("Start", {"README": "start\n"})
    assert kept.ok("list") != ""
    made.write("anchors.txt", kept.ok(*command.split()))
    assert made.anchor("import", "anchors.txt").status == 0
    assert made.files() == [path]
    assert [said(item) for item in made.json("list")] == [said(item) for item in kept.json("list")]
    differing = [key for key, value in kept.json("show").items() if made.json("show")[key] != value]
    assert set(differing) <= {"binding", "untrusted", "entered"}
    assert "here already" in made.ok("import", "anchors.txt")


def test_what_a_new_anchor_does_not_take_over_is_named(repo: Repo) -> None:
    repo.ok("add", "One", "-n", "go", "--done-when", "file:x.c")
    (path,) = repo.files()
    repo.write(path, repo.read(path).replace("context:", "x-team: [a, b]\ncontext:"))
    shown = repo.json("show")
    result = repo.anchor("add", "-F", "-", "-y", stdin=json.dumps(shown))
    assert result.err == f"standard input: left out: done_when, x-team of One ({shown['id']})\n"


NO_TEXT = "has no text of an anchor; take 'git anchor show --json'"
REFUSED: list[tuple[str, Callable[[Repo], str], int, str]] = [
    *(
        (
            f"{command} --json",
            lambda repo, command=command: repo.anchor(command, "--json").out,
            2,
            f"what 'git anchor {told}' prints as JSON {NO_TEXT}",
        )
        for command, told in (
            ("graph", "graph' or 'git anchor heads"),
            ("heads", "graph' or 'git anchor heads"),
            ("request", "request"),
            ("doctor", "doctor"),
        )
    ),
    (
        "status without an anchor",
        lambda repo: (repo.ok("done"), repo.ok("status", "--json"))[1],
        2,
        f"what 'git anchor status' prints as JSON {NO_TEXT}",
    ),
    (
        "show",
        lambda repo: repo.ok("show"),
        2,
        "what 'git anchor show' prints is for reading; take 'git anchor show --json'",
    ),
    (
        "log",
        lambda repo: repo.ok("log"),
        2,
        "what 'git anchor show' prints is for reading; take 'git anchor show --json'",
    ),
    (
        "cut off JSON",
        lambda repo: repo.ok("show", "--json").partition(' "go"')[0],
        2,
        "line 20 is not JSON (Expecting value); was it cut off?",
    ),
    (
        "a torn file",
        lambda repo: repo.ok("show", "--yaml")[:-4],
        3,
        "torn: the closing '...' is missing, so its end was cut off",
    ),
    (
        "a newer schema",
        lambda repo: json.dumps({**repo.json("show"), "schema": 2}),
        2,
        "the anchor ID: schema 2 is not one that this gitanchor reads (it reads 1)",
    ),
    (
        "a file of a newer schema",
        lambda repo: repo.ok("show", "--yaml").replace("schema: 1", "schema: 2"),
        3,
        "schema 2 is not one that this gitanchor reads (it reads 1)",
    ),
    (
        "a section that is no text",
        lambda repo: json.dumps({**repo.json("show"), "context": ["a"]}),
        2,
        "the anchor ID: a field is not of the kind that it should be",
    ),
    (
        "a section that is missing",
        lambda repo: repo.ok("show", "--json").replace('"notes"', '"note"'),
        2,
        "the anchor ID: the field 'notes' is missing",
    ),
    (
        "a draft that is damaged",
        lambda repo: repo.ok("parse", "--json", repo.files()[0]).replace('"notes"', '"note"'),
        2,
        "a draft of 'git anchor parse --json' lacks some of its fields",
    ),
]


@pytest.mark.parametrize(("_", "text", "status", "message"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_what_cannot_become_the_right_anchor_is_refused(
    repo: Repo, _: str, text: Callable[[Repo], str], status: int, message: str
) -> None:
    repo.ok("add", "One", "-n", "go")
    (path,) = repo.files()
    anchor_id = path[-13:-5]
    result = repo.anchor("add", "-F", "-", "-y", stdin=text(repo))
    said, kept, _ = result.err.partition("; the text is kept: 'git anchor recover ")
    assert (result.status, said, bool(kept)) == (
        status,
        f"error: standard input: {message.replace('ID', anchor_id)}",
        True,
    )
    assert repo.files() == [path]


@pytest.mark.parametrize("command", ["check", "commits", "scan"])
def test_other_output_holds_no_anchor(repo: Repo, command: str) -> None:
    repo.ok("add", "One", "-n", "go", "-d", "Context: x", "-d", "tool: az>=2.60")
    text = repo.anchor(command, "--json").out or "[]\n"
    result = repo.anchor("add", "-F", "-", "-y", stdin=text)
    assert (result.status, len(repo.files())) == (1, 1)
    assert result.err.startswith("error: no anchor in standard input; ")


def test_in_other_text_it_is_read_by_its_own_fields_as_well(repo: Repo) -> None:
    repo.ok(
        "add", "One", "-c", "why", "-m", "half", "-n", "go", "-d", "tool: az", "--done-when", "file:x"
    )
    shown = repo.json("show")
    answer = f"Here it is:\n\n```json\n{json.dumps(shown, indent=2)}\n```\n\nGood luck!\n"
    repo.ok("add", "-F", "-", "-y", stdin=answer)
    after = repo.json("show")
    assert said(after)[:5] == said(shown)[:5]
    assert "short_commit" not in json.dumps(after["notes"])


def test_what_is_derived_is_told_from_fields_of_a_file(repo: Repo) -> None:
    repo.ok("add", "One", "-n", "go")
    keys = {
        *repo.json("show", "--all"),
        *repo.json("search", "--all", "go")[0],
        *repo.json("status")["anchor"],
    }
    assert keys - FILE_KEYS == printed.DERIVED
