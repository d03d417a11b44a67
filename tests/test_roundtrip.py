"""What is written reads back: anchor files, and the generated log as a backup of them."""

import dataclasses
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from gitanchor import codec, encoding, importer, logfile, parse, render
from gitanchor.anchor import PROSE, Anchor
from tests import strategies

ORIGIN = importer.Origin("N N <n@example.com>", None, UTC, datetime(2026, 1, 1, tzinfo=UTC))


@settings(max_examples=60, deadline=None)
@given(strategies.anchors)
def test_an_anchor_file_reads_back_as_the_same_anchor(anchor: Anchor) -> None:
    text = codec.dump(anchor)
    assert codec.load(text, "x") == anchor
    assert codec.dump(codec.load(text, "x")) == text


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
    log = render.log(anchors)
    assert logfile.hand_work(log) == []
    decoded = encoding.decode(log.encode(), "log")
    assert decoded.text == log or decoded.repairs
    plan = importer.plan(parse.parse(log), [], ORIGIN)
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
