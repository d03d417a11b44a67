"""Handoff notes of every shape, and documents that are none: each sample with what a careful reader finds."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitanchor.parsing import parse
from gitanchor.parsing.documents import dictionary, outline

CORPUS = Path(__file__).parent / "corpus"
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
    return parse.parse(path.read_text("utf-8"), parse.Options(file=path.name))


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


@pytest.mark.unit
def test_the_samples_are_many_and_of_all_kinds() -> None:
    expected = [yaml.safe_load((CORPUS / f"{sample}.yaml").read_text("utf-8")) for sample in SAMPLES]
    assert len(SAMPLES) >= 138
    assert sum(sample.get("entries") == [] for sample in expected) >= 36
    languages = dictionary._read().keys() - {"documents"}
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
    """The date of an entry, the title in front matter, a head row of a table or a mark-up tag."""
    date = re.match(r"[\s*_>-]*[^:：]{1,30}[:：]?[\s*_]*\W*[\d.年월月년일日 /:TZ-]*", text)
    return bool(date or text.startswith(("|", "title:", "date:")) or "<" in text)
