"""What is written and printed is what the JSON Schemas in docs/ say."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from gitanchor.cli import main
from tests.repositories import Repo, make_repository

DOCS = Path(__file__).resolve().parents[2] / "docs"
SAMPLE = DOCS / "demo" / "sample_log.md"
FILE: dict[str, Any] = json.loads((DOCS / "anchor.schema.json").read_text("utf-8"))
OUTPUT: dict[str, Any] = json.loads((DOCS / "output.schema.json").read_text("utf-8"))
SCHEMAS: Registry[Any] = Registry().with_resources(
    [
        ("anchor.schema.json", Resource.from_contents(FILE)),
        ("output.schema.json", Resource.from_contents(OUTPUT)),
    ]
)
ANSWER = """\
Resume from anchor: [Two_Parts]
Context: Näive text, 'quoted': yes
Current milestone:
- one
- two
Next action: 017
Dependencies:
- Tools: make
- Environment: `X=1`
"""


NAMES = {
    "log": "list",
    "heads": "graph",
    "commits": "commitList",
    "--history": "history",
    "--chats": "chats",
}
"""The definitions of what is printed that are not called like the command."""


class Loader(yaml.SafeLoader):
    """Plain YAML as other programs read it, but times stay text, as in JSON."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value, empty if nothing is."""
    validator = Draft202012Validator(schema, registry=SCHEMAS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def file_faults(repo: Repo) -> dict[str, list[str]]:
    """What is wrong with each anchor file of a repository."""
    return {path: faults(FILE, yaml.load(repo.read(path), Loader)) for path in repo.files()}


def printed(repo: Repo, command: str, *arguments: str, status: int = 0) -> Any:
    """What a command prints as JSON, checked against its definition."""
    result = repo.anchor(command, "--json", *arguments)
    assert result.status == status, result
    value = json.loads(result.out)
    name = NAMES.get(arguments[0] if command == "import" else command, command)
    assert faults({"$ref": f"output.schema.json#/$defs/{name}"}, value) == []
    assert faults(OUTPUT, value) == []
    return value


@pytest.mark.unit
def test_the_schemas_are_schemas() -> None:
    Draft202012Validator.check_schema(FILE)
    Draft202012Validator.check_schema(OUTPUT)


def test_files_written_by_add_match(repo: Repo) -> None:
    repo.ok(
        "add", "no", "-c", "null", "-m", " leading", "-n", "tab\there", "-d", "Tools: x", "-d", "1:2"
    )
    repo.ok("add", "-F", "-", stdin=ANSWER)
    repo.git("checkout", "-q", "--detach")
    repo.ok("add", "detached", "-c", "é", "-n", "…")
    assert list(file_faults(repo).values()) == [[], [], []]


def test_a_file_written_before_the_first_commit_matches(empty_repo: Repo) -> None:
    empty_repo.ok("add", "first", "-c", "nothing yet")
    assert list(file_faults(empty_repo).values()) == [[]]


def test_a_file_of_a_sha256_repository_matches(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "sha256", "--object-format=sha256")
    repo.commit("Start")
    repo.ok("add", "wide", "-c", "64 digits")
    assert list(file_faults(repo).values()) == [[]]


def test_imported_and_edited_files_match(repo: Repo) -> None:
    repo.ok("import", str(SAMPLE))
    assert len(repo.files()) == 6
    repo.ok("edit", "Radio_Link", "-n", "Something else", "-d", "Key: ~", "-d", "two\nlines")
    repo.ok("add", "later", "-n", "x")
    assert {path: found for path, found in file_faults(repo).items() if found} == {}


def test_files_with_unknown_keys_match(repo: Repo) -> None:
    repo.ok("add", "mine", "-n", "x")
    (path,) = repo.files()
    text = repo.read(path)
    repo.write(path, text.replace("notes:", "mood:\n  good: [yes, 3]\nnotes:"))
    assert file_faults(repo) == {path: []}
    assert printed(repo, "show")["mood"] == {"good": ["yes", "3"]}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": "7F3A91C2"}, "$.id"),
        ({"created": "2026-03-01T12:00:00"}, "$.created"),
        ({"commit": "6c7a0401f8"}, "$.commit"),
        ({"status": "closed"}, "$.status"),
        ({"dependencies": [{"kind": "tool"}]}, "$.dependencies[0]"),
        ({"dirty": "no"}, "$.dirty"),
        ({"schema": "1"}, "$.schema"),
        ({"name": "two\nlines"}, "$.name"),
    ],
)
def test_the_schema_refuses(repo: Repo, change: dict[str, Any], fault: str) -> None:
    repo.ok("add", "mine", "-n", "x")
    value = yaml.load(repo.read(repo.files()[0]), Loader)
    assert [found.split(":")[0] for found in faults(FILE, value | change)] == [fault]


def test_the_outputs_match(repo: Repo) -> None:
    assert printed(repo, "status")["anchor"] is None
    assert printed(repo, "list") == []
    assert printed(repo, "request")["name"] == "main_2026-03-01"
    assert isinstance(printed(repo, "add", "one", "-c", "x", "-d", "Tools: y"), dict)
    repo.write("answer", ANSWER + "\n" + ANSWER.replace("Two_Parts", "Three_Parts"))
    assert len(printed(repo, "add", "-F", "answer")) == 2
    repo.commit("Work", {"a": "a"})
    assert printed(repo, "status")["commits_since"] == 1
    assert printed(repo, "resume")["commits"][0]["subject"] == "Work"
    assert printed(repo, "show", "one")["name"] == "one"
    (report,) = printed(repo, "import", str(SAMPLE), "--dry-run")
    assert {entry["action"] for entry in report["entries"]} == {"add"}
    printed(repo, "import", str(SAMPLE))
    (report,) = printed(repo, "import", str(SAMPLE))
    assert {entry["action"] for entry in report["entries"]} == {"keep"}
    assert len(printed(repo, "list")) == len(printed(repo, "log")) == 9


@pytest.mark.unit
def test_each_command_that_prints_json_has_a_definition() -> None:
    for name in main.COMMANDS:
        command = main.main.get_command(click.Context(main.main), name)
        assert command is not None
        options = {option for parameter in command.params for option in parameter.opts}
        assert ("--json" in options) == (NAMES.get(name, name) in OUTPUT["$defs"]), name


def test_the_outputs_on_anchors_match(repo: Repo) -> None:
    for command in ("show", "resume", "commits"):
        assert repo.anchor(command, "--json").status == 1
    assert printed(repo, "search", "nothing", status=1) == []
    assert printed(repo, "graph") == printed(repo, "heads") == []
    repo.ok("add", "first", "-n", "Mind a.txt")
    repo.commit("Work", {"a.txt": "a"})
    repo.ok("add", "second", "-n", "Mind a.txt")
    repo.git("add", ".")
    repo.commit("Anchors")
    repo.commit("Ten", {"a.txt": "b\n" * 10, "b": "\0"})
    repo.write("a.txt", "c")
    repo.git("mv", "b", "c")
    found = printed(repo, "show")
    assert (found["state"], found["binding"]["state"]) == ("open", "exact")
    assert [item["state"] for item in printed(repo, "list")] == ["open", "superseded"]
    assert printed(repo, "log") == printed(repo, "list")
    assert [item["subject"] for item in printed(repo, "commits")] == ["Work"]
    for command in ("status", "resume"):
        since = printed(repo, command)
        assert since["binding"]["known_by"] == "branch"
        assert [item["touches_named"] for item in since["commits"]] == [True]
        assert [(item["path"], item["added"], item["named"]) for item in since["files"]] == [
            ("a.txt", 10, True),
            ("b", None, False),
        ]
        assert (since["unstaged"], since["staged"]) == (["a.txt"], ["c"])
    graph = printed(repo, "graph")
    assert graph[0]["parents"] == [graph[1]["id"]]
    assert printed(repo, "heads") == graph[:1]
    (match,) = printed(repo, "search", "second")[0]["matches"]
    assert match == {"section": "name", "line": 1, "text": "second"}
    repo.ok("done", "-m", "Done.")
    assert printed(repo, "show")["outcome"] == "Done."
    assert printed(repo, "status")["anchor"] is None


def test_the_outputs_on_all_branches_and_worktrees_match(repo: Repo, tmp_path: Path) -> None:
    repo.ok("add", "here", "-n", "x")
    repo.git("add", ".")
    repo.commit("Anchor")
    repo.git("switch", "-q", "-c", "trial")
    repo.commit("Trial")
    repo.ok("add", "there", "-n", "x", "--commit")
    repo.git("switch", "-q", "main")
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "-q", "-b", "wind", str(linked))
    Repo(linked).ok("add", "beside", "-n", "x")
    places = {"here": [], "there": ["trial"], "beside": [linked.as_posix()]}
    for command in ("list", "log", "graph"):
        found = printed(repo, command, "--all")
        assert {item["name"]: item["places"] for item in found} == places
        assert all("places" not in item for item in printed(repo, command))
    assert {item["name"] for item in printed(repo, "heads", "--all")} == {"there", "beside"}
    assert printed(repo, "search", "there", "--all")[0]["places"] == ["trial"]
    assert printed(repo, "show", "there", "--all")["binding"]["branch"] == "trial"
    assert printed(repo, "resume", "--all")["anchor"]["name"] in {"there", "beside"}
    assert printed(repo, "resume", "there")["anchor"]["name"] == "there"


def test_the_outputs_on_bindings_match(repo: Repo, tmp_path: Path) -> None:
    repo.commit("One", {"a": "a"})
    repo.ok("add", "mine", "-n", "x")
    repo.git("commit", "-q", "--amend", "-m", "Two")
    binding = printed(repo, "show")["binding"]
    assert (binding["state"], binding["commit"]) == ("amended", repo.git("rev-parse", "HEAD"))
    assert printed(repo, "status")["binding"] == printed(repo, "resume")["binding"] == binding
    repo.git("add", ".")
    repo.commit("Anchor")
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "-q", "--depth=1", f"file://{repo.root.as_posix()}", str(clone.root))
    binding = printed(clone, "list")[0]["binding"]
    assert (binding["state"], binding["commit"]) == ("missing", None)
    assert binding["advice"] == "git fetch --unshallow origin"
    upstream = printed(clone, "resume", "mine")["upstream"]
    assert upstream == {"name": "origin/main", "ahead": 0, "behind": 0}
    repo.git("switch", "-q", "--detach")
    repo.commit("Lost", {"b": "b"})
    repo.ok("add", "lost", "-n", "x")
    repo.git("switch", "-q", "main")
    binding = printed(repo, "show", "lost")["binding"]
    assert (binding["state"], binding["ref"] is None) == ("unreachable", False)


def test_the_items_of_a_milestone_match(repo: Repo) -> None:
    marked = "✅ a\n⏳ b\n⚠️ c\n❌ d\n⏸ e\n- [ ] f\n- g"
    items = printed(repo, "add", "marked", "-m", marked)["milestone_items"]
    states = ["done", "in progress", "warning", "failed", "paused", "open", None]
    assert [item["state"] for item in items] == states


def test_the_output_of_parse_matches(repo: Repo) -> None:
    (draft,) = printed(repo, "parse", str(repo.write("answer.md", f"Hello\n\n{ANSWER}")))["drafts"]
    assert (draft["first"], draft["last"], draft["created"]) == (3, 11, None)
    assert {item["kind"] for item in printed(repo, "parse", str(SAMPLE))["remarks"]} == {
        "request", "left out", "guessed", "layout",
    }  # fmt: skip
    repo.ok("add", "mine", "-n", "x")
    (draft,) = printed(repo, "parse", "GPT_Anchors_Log.md")["drafts"]
    assert draft["id"] == printed(repo, "show")["id"]


def test_a_conflict_matches(repo: Repo) -> None:
    repo.ok("add", "mine", "-n", "x")
    repo.write("GPT_Anchors_Log.md", repo.read("GPT_Anchors_Log.md").replace(":** x", ":** y"))
    repo.ok("edit", "-n", "z")
    (report,) = printed(repo, "import", "GPT_Anchors_Log.md")
    assert "conflict" in {remark["kind"] for remark in report["remarks"]}


def test_the_output_on_a_history_matches(repo: Repo) -> None:
    repo.commit("Log", {"log.md": SAMPLE.read_text("utf-8")})
    repo.commit("Shorter log", {"log.md": ANSWER})
    report = printed(repo, "import", "--history", "log.md")
    assert report["versions"] == 2
    assert {entry["action"] for entry in report["entries"]} == {"add"}
    assert report["remarks"]
    assert any(entry["remarks"] for entry in report["entries"])
    report = printed(repo, "import", "--history", "log.md", "--dry-run")
    assert {entry["action"] for entry in report["entries"]} == {"keep"}
    assert {path: found for path, found in file_faults(repo).items() if found} == {}


def test_the_output_on_chats_matches(repo: Repo) -> None:
    said = [("human", "Anchor this as chat [Two_Parts]"), ("assistant", f"Gladly.\n\n{ANSWER}")] * 2
    messages = [
        {
            "uuid": f"m{number}",
            "sender": sender,
            "text": text,
            "created_at": f"2026-02-03T10:0{number}:00Z",
        }
        for number, (sender, text) in enumerate(said)
    ]
    chat = {
        "uuid": "c",
        "name": "Parts",
        "created_at": "2026-02-03T10:00:00Z",
        "chat_messages": messages,
    }
    path = repo.write("conversations.json", json.dumps([chat]))
    (report,) = printed(repo, "import", "--chats", str(path))
    assert [entry["action"] for entry in report["entries"]] == ["add"]
    assert report["entries"][0]["place"] == "'Parts', 2026-02-03 10:01:00 +0000"
    assert {remark["kind"] for remark in report["remarks"]} == {"left out", "repeated"}
    (report,) = printed(repo, "import", "--chats", str(path))
    assert [entry["action"] for entry in report["entries"]] == ["keep"]
    assert printed(repo, "show", "Two_Parts")["conversation"] == "Parts"
    assert list(file_faults(repo).values()) == [[]]


def test_the_output_on_a_commit_that_this_clone_lacks_matches(repo: Repo) -> None:
    repo.ok("add", "gone", "-c", "x")
    (path,) = repo.files()
    commit = repo.git("rev-parse", "HEAD")
    tree = repo.git("rev-parse", "HEAD^{tree}")
    text = re.sub(r"(?m)^patch_id: .*", "patch_id: null", repo.read(path))
    repo.write(path, text.replace(commit, "0" * 39 + "1").replace(tree, "0" * 39 + "2"))
    assert printed(repo, "show")["binding"]["state"] == "missing"
    assert printed(repo, "status")["commits_since"] is None
    assert printed(repo, "resume")["commits"] is None
