"""The corpus: hand-written samples in every shape, each with what a careful reader finds in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from gitanchor import encoding, parse

CORPUS = Path(__file__).parent / "corpus"
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


def test_the_corpus_is_large_and_whole() -> None:
    assert len(SAMPLES) >= 60
    assert {path.stem for path in CORPUS.glob("*.md")} == {*SAMPLES, "README"}
