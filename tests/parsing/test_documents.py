"""Handoff notes of every shape, and documents that are none: each sample with what a careful reader finds."""

import dataclasses
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitanchor.cli import terminal
from gitanchor.model.dependencies import dependency
from gitanchor.parsing import parse
from gitanchor.parsing.documents import dictionary, outline
from gitanchor.storage import codec
from tests.repositories import Repo

CORPUS = Path(__file__).parents[1] / "corpus"
SAMPLES = sorted(
    path.relative_to(CORPUS).as_posix().removesuffix(".yaml")
    for folder in ("documents", "languages")
    for path in (CORPUS / folder).glob("*.yaml")
)


def document_of(sample: str) -> Path:
    (path,) = (path for ending in (".md", ".txt") if (path := CORPUS / f"{sample}{ending}").exists())
    return path


def read(sample: str) -> parse.Parsed:
    path = document_of(sample)
    return parse.parse(path.read_text("utf-8"), parse.Options(file=path.name, names_by_file=True))


def shown(draft: parse.Draft) -> dict[str, Any]:
    moment = draft.time.moment if draft.time else None
    form = "%Y-%m-%d" if draft.time and "time of day" in (draft.time.remark or "") else "%Y-%m-%dT%H:%M"
    said = {name: getattr(draft, name) for name in ("context", "milestone", "next_action", "notes")}
    said["dependencies"] = [item.text for item in draft.dependencies]
    found = {name: text for name, text in said.items() if text}
    return {"name": draft.name, "time": moment and f"{moment:{form}}", **found}


@pytest.mark.unit
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_document_is_read_as_a_careful_reader_reads_it(sample: str) -> None:
    expected = yaml.safe_load((CORPUS / f"{sample}.yaml").read_text("utf-8"))
    found = [shown(draft) for draft in read(sample).drafts]
    if "entries" in expected:
        assert found == [{"time": None, **entry} for entry in expected["entries"]]
    else:
        assert [draft | {"time": None} for draft in found] == [expected | {"time": None}]


NAMED = sorted(path.stem for path in (CORPUS / "named").glob("*.yaml"))


def read_named(sample: str, *, answer: bool = False) -> parse.Parsed:
    path = document_of(sample)
    options = parse.Options(file=path.name, names_by_file=True, is_named=True, answer=answer)
    return parse.parse(path.read_text("utf-8"), options)


@pytest.mark.unit
@pytest.mark.parametrize("sample", NAMED)
def test_one_known_heading_is_enough_for_a_file_that_a_person_names(sample: str) -> None:
    expected = yaml.safe_load((CORPUS / f"named/{sample}.yaml").read_text("utf-8"))
    wanted = [{"time": None, **entry} for entry in expected["entries"]]
    assert [shown(draft) for draft in read_named(f"named/{sample}").drafts] == wanted
    assert read(f"named/{sample}").drafts == ()


@pytest.mark.unit
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_document_is_of_the_same_kind_if_a_person_names_its_file(sample: str) -> None:
    assert read_named(sample) == read(sample)
    if not read(sample).drafts:
        assert read_named(sample, answer=True).drafts == ()


def test_a_file_is_named_on_the_command_line_but_not_by_its_folder(repo: Repo) -> None:
    note = "# Tide lamp\n\nIt burns.\n\n## Next steps\n\n- Dim it\n"
    repo.write("notes/lamp.md", note)
    assert repo.anchor("import", "notes").status == 1
    assert repo.anchor("import", "--discover", "--yes").status == 1
    repo.ok("import", "notes/lamp.md")
    repo.commit("Note", {"kite.md": note.replace("Tide lamp", "Kite")})
    repo.ok("import", "--history", "kite.md")
    repo.write("door.md", note.replace("Tide lamp", "Door"))
    repo.ok("add", "-F", "door.md", "-y")
    assert {item["name"] for item in repo.json("list")} == {"Tide lamp", "Kite", "Door"}
    result = repo.anchor("add", "-F", "-", "-y", stdin=note)
    assert (result.status, len(repo.files())) == (1, 3)


ANSWERS = sorted(path.stem for path in (CORPUS / "answers").glob("*.yaml"))


@pytest.mark.unit
@pytest.mark.parametrize("sample", ANSWERS)
def test_an_answer_is_read_as_a_careful_reader_reads_it(sample: str) -> None:
    expected = yaml.safe_load((CORPUS / f"answers/{sample}.yaml").read_text("utf-8"))
    path = CORPUS / f"answers/{sample}.md"
    parsed = parse.parse(
        path.read_text("utf-8"), parse.Options(answer=True, file=path.name, names_by_file=True)
    )
    wanted = [{"time": None, **entry} for entry in expected["entries"]]
    assert [shown(draft) for draft in parsed.drafts] == wanted
    kinds = {remark.kind for remark in parsed.remarks}
    assert kinds >= {*expected.get("remarks", ()), *(["alternative"] if "ask" in expected else [])}
    assert ("alternative" in kinds) == ("ask" in expected)


@pytest.mark.unit
def test_the_samples_are_many_and_of_all_kinds() -> None:
    expected = [yaml.safe_load((CORPUS / f"{sample}.yaml").read_text("utf-8")) for sample in SAMPLES]
    assert len(SAMPLES) >= 331
    assert sum(sample.get("entries") == [] for sample in expected) >= 59
    languages = dictionary._read().keys() - set(dictionary._NO_LANGUAGES)
    assert {path.stem for path in (CORPUS / "languages").glob("*.yaml")} == languages


@pytest.mark.unit
@pytest.mark.parametrize("sample", SAMPLES)
def test_no_word_of_a_document_is_lost(sample: str) -> None:
    """Each word stands in an entry, in a heading that named a section, or on a line with a remark."""
    parsed = read(sample)
    told = {
        number
        for remark in parsed.remarks
        if remark.kind in ("left out", "layout")
        for number in range(remark.first, remark.last + 1)
    }
    kept = " ".join(
        " ".join([*shown_texts(draft), draft.name or "", draft.time.text if draft.time else ""])
        for draft in parsed.drafts
    )
    words = set(re.findall(r"\w+", kept))
    sources = list(enumerate(document_of(sample).read_text("utf-8").split("\n"), 1))
    labels = {
        number
        for part in outline.parts_of(sources, dictionary.built_in())
        if part.meaning or part.level == 1
        for number, _ in part.head
    }
    lost = {
        number: missing
        for number, text in sources
        if number not in told | labels
        and (missing := set(re.findall(r"\w+", text)) - words)
        and not is_structure(text)
    }
    assert lost == {}


def shown_texts(draft: parse.Draft) -> list[str]:
    said = shown(draft)
    return [
        " ".join(value) if isinstance(value, list) else str(value)
        for name, value in said.items()
        if value
    ]


def is_structure(text: str) -> bool:
    """The date of an entry, a head row of a table or a mark-up tag."""
    date = re.match(r"[\s*_>-]*[^:：]{1,30}[:：]?[\s*_]*\W*[\d.年월月년일日 /:TZ-]*", text)
    return bool(date or text.startswith(("|", "date:")) or "<" in text)


OPTIONS = """\
Two ways to go on:

## Option A

Resume from anchor: Short
Context: c
Current milestone: m
Next action: n
Dependencies: d

## Option B

Resume from anchor: Long
Context: c c
Current milestone: m m
Next action: n n
Dependencies: d d
"""


def test_of_alternatives_a_person_chooses(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("answer.md", OPTIONS)
    result = repo.anchor("add", "-F", "answer.md", "--yes")
    said, _, kept = result.err.splitlines()[-1].partition("; the text is kept: ")
    assert (result.status, repo.files()) == (1, [])
    assert (
        said
        == "error: answer.md offers 2 alternatives (Option A, Option B); keep the one that you chose"
    )
    assert kept
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    result = repo.anchor("add", "-F", "answer.md", stdin="2\ny\n")
    assert result.status == 0
    assert [item["name"] for item in repo.json("list")] == ["Long"]
    assert "1  Option A: Short\n2  Option B: Long\n" in result.err


def test_the_prompt_that_resume_printed_is_no_anchor(repo: Repo) -> None:
    repo.ok("add", "First", "-c", "c", "-m", "m", "-n", "write `a.py`", "-d", "Tools: git")
    repo.commit("Work", {"a.py": "x\n"})
    repo.write("b.py", "y\n")
    prompt = repo.ok("resume")
    answer = (
        "Resume from anchor: Second\nContext: c\nCurrent milestone: m\nNext action: n\nDependencies: d\n"
    )
    repo.ok("add", "-F", "-", stdin=f"{prompt}\nChatGPT said:\n\n{answer}\nGood luck!\n")
    assert [item["name"] for item in repo.json("list")] == ["Second", "First"]
    assert repo.json("show", "Second")["notes"] == ""
    assert "Good luck!" in (repo.root / ".git/gitanchor/journal" / kept_text(repo)).read_text()
    quoted = "".join(f"> {line}\n" for line in prompt.splitlines())
    for text in (prompt, quoted):
        result = repo.anchor("add", "-F", "-", stdin=text)
        assert result.status == 1
        assert "only a request that nobody filled in" in result.err


def kept_text(repo: Repo) -> str:
    (name,) = (path.name for path in (repo.root / ".git/gitanchor/journal").glob("*-paste-*"))
    return name


def test_a_note_is_imported_once_and_resumed(repo: Repo) -> None:
    repo.write("HANDOFF.md", SESSIONS)
    repo.ok("import", "HANDOFF.md")
    assert [item["name"] for item in repo.json("list")] == ["Session 31", "Session 30"]
    assert "2 here already" in repo.ok("import", "HANDOFF.md")
    assert "Show the last ferry in red" in repo.ok("resume")
    assert repo.json("show")["parent"] == repo.json("list")[1]["id"]


SESSIONS = """\
# Session log

Newest on top.

## Session 31 — 2026-03-04 18:00

### Done
- Holidays use the Sunday timetable

### Next
- Show the last ferry in red

## Session 30 — 2026-03-02

### Done
- The widget fits

### Next
- Holidays are wrong

### Blockers
- The list of holidays is not published
"""


def test_the_transcript_of_the_guide_is_what_is_printed(repo: Repo) -> None:
    repo.write("HANDOFF.md", SESSIONS)
    guide = (CORPUS.parents[1] / "docs/guide.md").read_text("utf-8")
    command = "git anchor import HANDOFF.md --dry-run"
    assert f"$ {command}\n{repo.ok(*command.split()[2:])}```" in guide


def test_a_folder_of_notes_is_one_thread(repo: Repo) -> None:
    for day in (2, 1, 3):
        text = f"# Handoff\n\n## Done\n- step {day}\n\n## Next\n- step {day + 1}\n"
        repo.write(f"notes/2026-02-0{day}-handoff.md", text)
    result = repo.anchor("import", "notes")
    assert result.status == 0
    assert (
        result.err
        == "hint: 3 anchors are on no branch; 'git anchor resume' offers the newest on any branch\n"
    )
    newest, middle, oldest = repo.json("list")
    assert [item["created"][:10] for item in (newest, middle, oldest)] == [
        "2026-02-03",
        "2026-02-02",
        "2026-02-01",
    ]
    assert [item["parent"] for item in (newest, middle, oldest)] == [middle["id"], oldest["id"], None]
    assert repo.anchor("import", "notes", "--branch", "main").err == ""
    assert len(repo.files()) == 3


def test_a_folder_without_notes_and_a_name_for_several(repo: Repo) -> None:
    (repo.root / "empty").mkdir()
    result = repo.anchor("import", "empty")
    assert (result.status, result.err) == (
        1,
        "error: no .markdown, .md, .txt file in the folder 'empty'\n",
    )
    repo.write("HANDOFF.md", SESSIONS)
    result = repo.anchor("import", "HANDOFF.md", "--name", "One")
    assert (result.status, result.err) == (2, "error: HANDOFF.md holds 2 anchors; leave out --name\n")
    repo.write("one.md", "# Status\n\n## Next steps\n\nGo on.\n")
    assert "the name, from" not in repo.ok("import", "one.md", "--name", "One")
    assert repo.json("show")["name"] == "One"


def test_the_same_note_is_the_same_file_in_every_time_zone(repo: Repo) -> None:
    repo.commit("Note", {"HANDOFF.md": SESSIONS})
    texts = set()
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        assert repo.run("git", "anchor", "import", "HANDOFF.md", TZ=zone).status == 0
        texts.add(tuple((path, repo.read(path)) for path in repo.files()))
        for path in repo.files():
            (repo.root / path).unlink()
    assert len(texts) == 1
    assert "created: 2026-03-04T18:00:00+01:00" in str(texts)


def test_a_secret_in_a_note_is_found_by_a_dry_run(repo: Repo) -> None:
    repo.write("HANDOFF.md", SESSIONS + "\nDB_PASSWORD=kX9vQ2mR7tLpZ4wB\n")
    assert repo.anchor("import", "HANDOFF.md", "--dry-run").status == 6


def test_a_log_that_an_earlier_version_divided_in_another_way_is_known(repo: Repo) -> None:
    """Before, `Waiting on` was no label, and two short dependencies on a line were one."""
    log = "Resume from anchor: A\n2026-02-01 10:00\nContext: c\nNext action: n\nWaiting on: Ann, Bob\n"
    repo.write("log.md", log)
    repo.ok("import", "log.md")
    (path,) = repo.files()
    anchor = codec.load(repo.read(path), path)
    assert [item.text for item in anchor.dependencies] == ["Ann", "Bob"]
    older = dataclasses.replace(anchor, dependencies=(dependency("Ann, Bob"),), id="01234567")
    (repo.root / path).unlink()
    repo.write(f".anchors/{older.path}", codec.dump(older))
    assert "1 here already" in repo.ok("import", "log.md")
    assert len(repo.files()) == 1


def test_a_log_whose_numbered_dependencies_were_one_is_known(repo: Repo) -> None:
    repo.write(
        "log.md",
        "Resume from anchor: A\nContext: c\nNext action: n\nDependencies: (1) the key, (2) a rope\n",
    )
    repo.ok("import", "log.md")
    (path,) = repo.files()
    anchor = codec.load(repo.read(path), path)
    assert [item.text for item in anchor.dependencies] == ["the key", "a rope"]
    whole = (dependency("(1) the key"), dependency("(2) a rope"))
    older = dataclasses.replace(anchor, dependencies=whole, id="01234567")
    (repo.root / path).unlink()
    repo.write(f".anchors/{older.path}", codec.dump(older))
    assert "1 here already" in repo.ok("import", "log.md")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Resume from anchor\nTide clock\nContext: c\nNext action: n\n", "Tide clock"),
        ("Resume from anchor\n\nTide_clock\n\nContext: c\nNext action: n\n", "Tide_clock"),
        ("# Resume from anchor\nTide clock\n\n## Context\nc\n\n## Next action\nn\n", "Tide clock"),
        ("**Resume from anchor**\nTide clock\n2026-03-05 10:00\nContext: c\nNext action: n\n", "Tide clock"),
        ("Resume from anchor:\nTide clock\nContext: c\nNext action: n\n", "Tide clock"),
        ("アンカーから再開\n潮時計\nコンテキスト: c\n次のアクション: n\n", "潮時計"),
        ("Resume from anchor\n\nand go on.\n\nContext: c\nMilestone: m\nNext action: n\n", None),
        ("Resume from anchor\n\nTide clock\n\nmore\n\nContext: c\nMilestone: m\nNext action: n\n", None),
    ],
)  # fmt: skip
def test_a_bare_name_on_the_line_below(text: str, name: str | None) -> None:
    for answer in (True, False):
        (draft,) = parse.parse(text, parse.Options(answer=answer)).drafts
        assert (draft.name, draft.context, draft.next_action) == (name, "c", "n")


def test_an_entry_that_was_called_by_its_weekday_is_known(repo: Repo) -> None:
    """Before, the `Thu)` of `2026-04-09 (Thu)` was the name of the entry."""
    repo.write(
        "LOG.md",
        "# Log\n\n"
        + "".join(
            ENTRY.format(f"2026-04-{day} ({name})", day)
            for day, name in (("09", "Thu"), ("08", "Wednesday"))
        ),
    )
    repo.ok("import", "LOG.md")
    for path, name in zip(repo.files(), ("Wednesday)", "Thu)"), strict=True):
        anchor = codec.load(repo.read(path), path)
        assert anchor.name.endswith(f" ({name}")
        (repo.root / path).unlink()
        older = dataclasses.replace(anchor, name=name, id=f"0123456{len(name) % 7}")
        repo.write(f".anchors/{older.path}", codec.dump(older))
    assert "2 here already" in repo.ok("import", "LOG.md", "--dry-run")


def imported(repo: Repo, text: str, name: str = "NOTES.md") -> list[dict[str, Any]]:
    repo.write(name, text)
    assert repo.anchor("import", name).status == 0
    found = repo.json("list")
    assert isinstance(found, list)
    return found


ENTRY = "## {}\n\n### Done\n- {}\n\n### Next\n- go\n\n"


def test_an_entry_that_stands_twice_is_not_its_own_parent(repo: Repo) -> None:
    twice = ENTRY.format("2026-03-04 10:00", "a")
    newest, oldest = imported(repo, f"# Log\n\n{twice}{twice}{ENTRY.format('2026-03-03 10:00', 'z')}")
    assert (newest["parent"], oldest["parent"]) == (oldest["id"], None)


@pytest.mark.parametrize("numbers", [(4, 3, 2, 1), (1, 2, 3, 4)])
def test_sessions_of_one_day_keep_their_order(repo: Repo, numbers: tuple[int, ...]) -> None:
    text = "".join(ENTRY.format(f"Session {number} — 2026-03-05", number) for number in numbers)
    found = imported(repo, f"# Log\n\n{text}")
    assert [item["name"] for item in found] == [f"Session {number}" for number in (4, 3, 2, 1)]
    assert [item["parent"] for item in found] == [*(item["id"] for item in found[1:]), None]
    assert "[Session 4]" in repo.ok("resume")


def test_a_log_that_grows_gives_only_what_is_new(repo: Repo) -> None:
    entries = [ENTRY.format(f"Session {number} — 2026-03-0{number}", number) for number in (2, 1)]
    imported(repo, f"# Log\n\n{''.join(entries)}")
    more = ENTRY.format("2026-02-28", "x") + ENTRY.format("2026-02-27", "y")
    assert len(imported(repo, f"# Log\n\n{''.join(entries)}{more}")) == 4


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("Resume from anchor: A\nContext\nStack: python\n\nCurrent milestone\nDone: a\n", {"context": "Stack: python", "milestone": "Done: a"}),
        ("Resume from anchor: A\nContext: x\nCurrent milestone: y\nNext action: z\nDependencies\nKeys: FOO\nTools: git\n", {"context": "x", "milestone": "y", "next_action": "z", "dependencies": ["Keys: FOO", "Tools: git"]}),
        ("__Resume from anchor: [A]__\nContext: x\nNext action: z\n", {"context": "x", "next_action": "z"}),
        ("Resume from anchor: A\nContext: x\nCurrent milestone: y\nNext action: z\nDependencies: B, C\n\nThe build machine is blue.\n", {"context": "x", "milestone": "y", "next_action": "z", "dependencies": ["B", "C"], "notes": "The build machine is blue."}),
        ("Resume from anchor: A\nContext: x\nCurrent milestone: y\nNext action: z\nDependencies: B\n\nFeel free to delete the old branch; Ann agreed.\n", {"context": "x", "milestone": "y", "next_action": "z", "dependencies": ["B"], "notes": "Feel free to delete the old branch; Ann agreed."}),
        ("# Handoff\n\n## What's done\n- **Status:** foo is ok\n- **Next:** bar was chosen\n- **Blockers:** Ann said no\n\n## Next steps\n- go\n", {"milestone": "- **Status:** foo is ok\n- **Next:** bar was chosen\n- **Blockers:** Ann said no", "next_action": "- go"}),
        ("Resume from anchor: A\nContext: x citeturn0search1.\nNext action: z\n", {"context": "x.", "next_action": "z"}),
        ("# Handoff\n\n## Next\n- go\n\n## Dependencies\n<ul><li>one</li><li>two, 3,5 kg</li></ul>\n", {"next_action": "- go", "dependencies": ["one", "two, 3,5 kg"]}),
    ],
)  # fmt: skip
def test_what_others_found_to_be_read_wrongly(text: str, sections: dict[str, object]) -> None:
    (draft,) = parse.parse(text, parse.Options(answer=True)).drafts
    found = {name: value for name, value in shown(draft).items() if name not in ("name", "time")}
    assert found == sections


@pytest.mark.unit
def test_a_zone_and_a_branch_of_a_note_are_read() -> None:
    text = "# Log\n\n## Session 3 — 2026-03-05 09:00 UTC+2\n\n**Branch:** `feat/x`\n\n### Next\n- go\n"
    (draft,) = parse.parse(text, parse.Options(file="LOG.md")).drafts
    assert draft.time is not None
    assert draft.time.moment is not None
    assert (draft.time.moment.isoformat(), draft.name) == ("2026-03-05T09:00:00+02:00", "Session 3")
    assert draft.branch == "feat/x"


def test_a_folder_with_a_pipe_and_a_link_does_not_wait(repo: Repo) -> None:
    repo.write("notes/HANDOFF.md", SESSIONS)
    os.mkfifo(repo.root / "notes/pipe.md")
    (repo.root / "notes/link.md").symlink_to("/etc/hostname")
    result = repo.anchor("import", "notes")
    assert result.status == 0
    assert result.err.count("is left out, as it is no regular file") == 2
    assert len(repo.files()) == 2


def test_a_document_becomes_a_note_by_the_teams_own_labels(repo: Repo) -> None:
    text = "# Trip\n\n## Fahrplan\n- go\n"
    repo.write("trip.md", text)
    assert repo.anchor("import", "trip.md").status == 1
    repo.write(".anchors/config.yaml", "labels: {Fahrplan: next_action}\n")
    (anchor,) = imported(repo, text, "trip.md")
    assert (anchor["name"], anchor["next_action"]) == ("Trip", "- go")


def test_add_refuses_what_import_refuses_and_names_by_branch(repo: Repo) -> None:
    repo.write("readme.md", "# Foo\n\n## Status\nBeta.\n\n## Next steps\nMore.\n")
    assert repo.anchor("add", "-F", "readme.md", "-y").status == 1
    repo.write("handoff.md", "## Status\nBeta.\n\n## Next steps\nMore.\n")
    result = repo.anchor("add", "-F", "handoff.md", "-y")
    assert (result.status, result.err) == (0, "")
    assert repo.json("show")["name"] == "main_2026-03-01"


@pytest.mark.unit
@pytest.mark.parametrize("top", ["---\n\n---\n", "---\n\n- Files: a\n---\n", "---\n# Done\n---\n"])
def test_rules_at_the_top_are_no_front_matter(top: str) -> None:
    parsed = parse.parse(f"{top}\n# Handoff\n\n## Next\n- go\n", parse.Options(file="HANDOFF.md"))
    (draft,) = parsed.drafts
    held = f"{draft.notes}\n{draft.milestone}"
    assert all(line.strip("#- ") in held for line in top.split("\n") if line.strip("- "))


@pytest.mark.unit
def test_the_front_matter_of_a_log_is_named() -> None:
    entries = "".join(ENTRY.format(f"Session {number} — 2026-03-0{number}", number) for number in (2, 1))
    parsed = parse.parse(f"---\ntitle: X\n---\n{entries}", parse.Options(file="LOG.md"))
    told = [(remark.first, remark.last, remark.kind) for remark in parsed.remarks]
    assert (1, 3, "left out") in told
