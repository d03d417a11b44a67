"""What is written reads back: anchor files, and the generated log as a backup of them."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gitanchor.importing import import_plan
from gitanchor.log import foreign_text
from gitanchor.model.anchor import PROSE, Anchor
from gitanchor.model.errors import BadAnchorFile
from gitanchor.parsing import encoding, parse
from gitanchor.rendering import log_entries
from gitanchor.storage import codec
from tests import strategies

pytestmark = pytest.mark.unit

ORIGIN = import_plan.Origin("N N <n@example.com>", None, UTC, datetime(2026, 1, 1, tzinfo=UTC))


@settings(max_examples=60, deadline=None)
@given(strategies.anchors)
def test_an_anchor_file_reads_back_as_the_same_anchor(anchor: Anchor) -> None:
    text = codec.dump(anchor)
    assert codec.load(text, "x") == anchor
    assert codec.dump(codec.load(text, "x")) == text


def read_by(text: str, parser: type[Any]) -> object:
    """The fields of a file as nested text, or why they are refused, with one of YAML's parsers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "_Loader", parser)
        try:
            return codec.load_settings(text, "x")
        except BadAnchorFile as problem:
            return "not YAML" if "not YAML" in problem.reason else problem.reason


@settings(max_examples=300, deadline=None)
@given(strategies.damaged_files)
def test_a_file_that_is_not_refused_says_what_yaml_makes_of_it(text: str) -> None:
    found = read_by(text, yaml.CBaseLoader)
    try:
        expected = yaml.load(text, Loader=yaml.CBaseLoader)
    except (yaml.YAMLError, UnicodeEncodeError):
        assert isinstance(found, str)
    else:
        assert found == expected or isinstance(found, str)


@settings(max_examples=100, deadline=None)
@given(strategies.damaged_files)
def test_the_parser_that_is_not_in_c_reads_the_same(text: str) -> None:
    found = [read_by(text, parser) for parser in (yaml.CBaseLoader, yaml.BaseLoader)]
    assert found[0] == found[1] or "not YAML" in found


@settings(max_examples=60, deadline=None)
@given(strategies.anchors, strategies.prose)
def test_setting_one_field_changes_nothing_else(anchor: Anchor, text: str) -> None:
    before = codec.dump(anchor).replace("\nbranch:", "\n# a comment\nbranch:", 1)
    after = codec.rewrite(before, "x", {"milestone": text})
    assert codec.load(after, "x") == dataclasses.replace(anchor, milestone=text)
    assert "\n# a comment\nbranch:" in after
    assert codec.rewrite(after, "x", {"milestone": anchor.milestone}) == before


@settings(max_examples=60, deadline=None)
@given(st.lists(strategies.anchors, max_size=3, unique_by=lambda anchor: anchor.id))
def test_a_generated_log_imports_to_the_same_anchors(anchors: list[Anchor]) -> None:
    log = log_entries.log(anchors)
    assert foreign_text.hand_work(log) == []
    decoded = encoding.decode(log.encode(), "log")
    assert decoded.text == log or decoded.repairs
    plan = import_plan.plan(parse.parse(log), [], ORIGIN)
    assert [entry.anchor for entry in plan.entries] == anchors
    assert {entry.action for entry in plan.entries} <= {"add"}


@settings(max_examples=60, deadline=None)
@given(strategies.prose, strategies.prose)
def test_every_line_of_a_text_is_in_a_draft_or_in_the_report(first: str, second: str) -> None:
    text = f"{first}\nResume from anchor: [A]\nContext: {first}\nNext action:\n{second}\n"
    parsed = parse.parse(text)
    held = "\n".join(
        "\n".join([draft.name or "", *(getattr(draft, section) for section in PROSE)])
        + (f"**{draft.time.text}**" if draft.time else "")
        + "\n".join(item.text for item in draft.dependencies)
        for draft in parsed.drafts
    )
    reported = {number for item in parsed.remarks for number in range(item.first, item.last + 1)}
    structure = ("resume from anchor", "context", "next action", "dependencies", "notes", "milestone")
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if words and number not in reported and words not in held:
            bare = words.lower().strip("#*_-+•1. \t✅<>")
            assert (
                bare.startswith((*structure, "anchor", "!-- anchor ", "!-- /anchor "))
                or words.lstrip("-*+•10.) \t") in held
            ), (
                number,
                line,
                parsed,
            )
