"""Nothing in the generated log runs or loads anything, whoever shows it and as permissively as can be."""

import dataclasses
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gitanchor.importing import import_plan
from gitanchor.model import safe_markdown
from gitanchor.model.anchor import Anchor, Dependency
from gitanchor.parsing import log_format, parse
from gitanchor.rendering import log_entries
from tests import strategies
from tests.repositories import Repo

ORIGIN = import_plan.Origin("N N <n@example.com>", None, UTC, datetime(2026, 1, 1, tzinfo=UTC))
PERMISSIVE = [MarkdownIt(preset, {"html": True}) for preset in ("commonmark", "gfm-like")]
for reader in PERMISSIVE:
    reader.validateLink = lambda url: True  # type: ignore[method-assign]

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><STYLE>* { display: none }</style>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<base href='https://example.com/'>",
    '<meta http-equiv="refresh" content="0;url=https://example.com">',
    "<!DOCTYPE html>",
    "<?php x ?>",
    "![remote](https://example.com/a.png)",
    "![x][y]\n\n[y]: https://example.com/a.png",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](\n  &#x6A;avascript:alert(1))",
    "[x](<javascript:alert(1) x>)",
    "[x](vbscript\\:x)",
    "[x](data:text/html;base64,eA==)",
    "[x]\n\n[x]: <data:text/html,x>",
    "<javascript:alert(1)>",
    "\\`<b>`",
    "` a\n` <b> `",
    '[a](/u "`") <b> `',
    "[a](/u '\n` ') <b> `",
    "| a | b |\n| - | - |\n| ` | <b> | ` |",
    "  ```\n```\n<b>\n```",
    "- ```\n<b>\n```",
    "- a\n  ```\n<b>\n  ```",
    "1. a\n   ```\n   b\n<b>\n   ```",
    "    ```\n```\n```\n<b>",
    "> ```\n<b>",
    "[x](\n```\njavascript:x\n```\n[x](\n javascript:a)",
]
HARMLESS = [
    "`<b>` and ``a ` <i>``",
    "```html\n<script>alert(1)</script>\n```",
    "1. a\n   ```html\n   <b>\n   ```\n2. b\n\n   ~~~\n   <i>\n   ~~~",
    "<https://example.com/?a=b> and <a.b+c@example.com>",
    "[x](https://example.com) [y](docs/a.md#b) [z](mailto:a@example.com)",
    "a < b, b<1, c> d, x &lt;b&gt;",
]


def walk(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from walk(token.children or ())


def active(log: str) -> list[str]:
    """What a reader of Markdown might run or load of a log: HTML but our comments, images, odd links."""
    found = []
    for reader in PERMISSIVE:
        for token in walk(reader.parse(log)):
            target = str(token.attrs.get("href", "")).lower()
            lines = token.content.strip().split("\n")
            if token.type == "html_block":
                ours = all(line.startswith("<!-- ") and line.endswith(" -->") for line in lines)
                found += [] if ours else lines
            elif token.type in {"html_inline", "image"}:
                found.append(token.content)
            elif re.match(r"(?!https?:|mailto:)[a-z][a-z0-9+.-]*:", target):
                found.append(target)
    return found


def read_back(log: str) -> list[Anchor]:
    return [entry.anchor for entry in import_plan.plan(parse.parse(log), [], ORIGIN).entries]


@pytest.mark.unit
@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_active_is_fenced_in_each_field(text: str) -> None:
    assert active(text)
    anchor = Anchor(
        "7f3a91c2",
        text.replace("\n", " ")[:900],
        datetime(2026, 1, 1, tzinfo=UTC),
        author=text.replace("\n", " "),
        branch=text.replace("\n", " "),
        commit="0" * 40,
        outcome=f"--> {text}",
        context=text,
        milestone=text,
        next_action=f"`a`\n{text}",
        dependencies=(Dependency(text, check=text),),
        notes=f"- a\n\n{text}",
        extra={"x-html": text},
    )
    anchors = [anchor, dataclasses.replace(anchor, id="51d0c2aa")]  # as one may open what another closes
    log = log_entries.log(anchors)
    assert active(log) == []
    assert read_back(log) == anchors


@pytest.mark.unit
@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert safe_markdown.is_inert(text)
    log = log_entries.log([Anchor("7f3a91c2", "A", datetime(2026, 1, 1, tzinfo=UTC), "a", context=text)])
    assert log_format.VERBATIM not in log
    assert active(log) == []


@pytest.mark.unit
def test_a_text_with_too_many_readings_is_not_believed() -> None:
    openers = [f"{' ' * number}{'`' * number}" for number in range(4, 16)]
    assert not safe_markdown.is_inert("\n".join(["- a", *openers]))


@pytest.mark.unit
@settings(max_examples=50, deadline=None)
@given(st.lists(strategies.anchors, max_size=2, unique_by=lambda anchor: anchor.id))
def test_no_generated_log_is_active(anchors: list[Anchor]) -> None:
    assert active(log_entries.log(anchors)) == []


@pytest.mark.unit
@pytest.mark.parametrize("unit", ["](", "`", "<", "- ```\n", "  ```\n- a\n", "` `` ", "](&", "[x]: "])
def test_it_takes_time_by_the_length_of_a_text(unit: str) -> None:
    safe_markdown.is_inert(unit * (500_000 // len(unit)))


def test_a_name_that_would_be_active_survives_an_edit_of_its_entry(repo: Repo) -> None:
    repo.ok("init")
    repo.ok("add", "<img src=x>", "-c", "before")
    log = repo.read("GPT_Anchors_Log.md")
    assert "**Resume from anchor:** [\\<img src=x>]" in log
    repo.write("GPT_Anchors_Log.md", log.replace("**Context:** before", "**Context:** after"))
    repo.ok("absorb")
    (stored,) = repo.workspace().listing.anchors
    assert (stored.anchor.name, stored.anchor.context) == ("<img src=x>", "after")
    # Also where the comments of the entry are lost.
    lines = repo.read("GPT_Anchors_Log.md").replace("after", "later").split("\n")
    kept = [line for line in lines if not line.startswith(("<!-- anchor ", "<!-- /anchor "))]
    repo.write("GPT_Anchors_Log.md", "\n".join(kept))
    repo.ok("absorb")
    (stored,) = repo.workspace().listing.anchors
    assert (stored.anchor.name, stored.anchor.context) == ("<img src=x>", "later")
