"""The corpus: hand-written samples in every shape, each with what a careful reader finds in it."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from gitanchor.parsing import encoding, parse
from tests.variants import first

CORPUS = Path(__file__).parents[1] / "corpus"
SAMPLES = sorted(path.stem for path in CORPUS.glob("*.json"))


def shown(draft: parse.Draft) -> dict[str, Any]:
    moment = draft.time and draft.time.moment
    return {
        "name": draft.name,
        "time": draft.time.text if draft.time else None,
        "moment": moment.isoformat() if moment else None,
        "context": draft.context,
        "milestone": draft.milestone,
        "next_action": draft.next_action,
        "dependencies": [[item.kind, item.text] for item in draft.dependencies],
        "notes": draft.notes,
    }


def spans(parsed: parse.Parsed, kind: str) -> list[list[int]]:
    return [[remark.first, remark.last] for remark in parsed.remarks if remark.kind == kind]


@pytest.mark.unit
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_is_read_as_a_careful_reader_reads_it(sample: str) -> None:
    expected = json.loads((CORPUS / f"{sample}.json").read_text("utf-8"))
    wanted = expected.pop("options", {})
    options = parse.Options(wanted.get("day_first", False), wanted.get("labels", {}))
    text = encoding.decode((CORPUS / f"{sample}.md").read_bytes(), sample).text
    parsed = parse.parse(text, options)
    assert {
        "drafts": [shown(draft) for draft in parsed.drafts],
        "left_out": spans(parsed, "left out"),
        "requests": spans(parsed, "request"),
    } == expected


@pytest.mark.unit
def test_the_corpus_is_large_and_whole() -> None:
    assert len(SAMPLES) >= 60
    assert {path.stem for path in CORPUS.glob("*.md")} == {*SAMPLES, "README"}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("Resume from ancho: F\nontext: a\nNext action: n", [
            (1, "repaired", "'Resume from ancho' read as 'Resume from anchor'"),
            (2, "repaired", "'ontext' read as 'Context'"),
        ]),
        ("Resume from anchor: A\nContext: c\nDependencies:\n- d\n\nThursday 16th, late\n\nResume from anchor: B\nContext: c", [
            (6, "guessed", "not read as a time, so part of the entry above: Thursday 16th, late"),
        ]),
    ],
)  # fmt: skip
def test_what_was_repaired_or_guessed_is_said_by_line(
    text: str, remarks: list[tuple[int, str, str]]
) -> None:
    told = [(item.first, item.kind, item.message) for item in parse.parse(text).remarks]
    assert told == remarks


@pytest.mark.unit
def test_each_section_has_its_lines() -> None:
    (draft,) = parse.parse("Resume from anchor: F\nContext: a\nb\n\nNext action:\n\nc\n").drafts
    assert draft.lines == {"context": (2, 3), "next_action": (5, 7)}


@pytest.mark.parametrize(
    "piece",
    first(["```yaml\na: b\n", "```yaml\nanchor: x\ncontext: y\n```\n", "Resume from anchor:\n", "{\n", "[\n", '{"a":\n',
     "Context\n", "Context\nx\nMilestone\nx\nNext action\nx\n", "Context\tx\n", "2025-10-16\n", "| Context | a |\n",
     "next_action: a\nx\n", "```\nResume from anchor: f\nContext: a\n```\n", "Context: a\nNext action: b\n---\n"], keep=4),
)  # fmt: skip
def test_what_comes_again_and_again_takes_linear_time(piece: str) -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        parse.parse(piece * times)
        return time.process_time() - start

    assert seconds(4000) < 12 * seconds(500) + 0.2


@pytest.mark.unit
def test_a_log_whose_last_fence_is_open_keeps_its_entries() -> None:
    entry = "Resume from anchor: [One{}]\n\nContext: c\n\nNext action: n\n\nDependencies: d\n\n"
    example = "```\nResume from anchor: [Example]\nContext: c\nNext action: n\nMilestone: m\n```\n\n"
    log = example + "".join(entry.format(number) for number in range(9)) + "---\n\n" + example
    log += "```python\nprint()\n```\n\n```\nnever closed\n"
    names = [draft.name for draft in parse.parse(log).drafts]
    assert names == [f"One{number}" for number in range(9)]
