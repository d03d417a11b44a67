"""The anchor file: what is written, what is refused, and how fast."""

import dataclasses
import time
from datetime import datetime

import pytest

from gitanchor.model.anchor import Anchor, Dependency
from gitanchor.model.errors import BadAnchorFile
from gitanchor.storage import codec

pytestmark = pytest.mark.unit

ANCHOR = Anchor(
    id="7f3a91c2",
    name="Unguided_Capstone_Step_08_Test_Suite_Debug",
    created=datetime.fromisoformat("2025-10-26T20:47:00-04:00"),
    author="A U Thor <author@example.com>",
    branch="step8-dev",
    commit="5c1e" * 10,
    dirty=True,
    parents=("51d0c2aa",),
    source="chat",
    context="One line.\n\n    code, and a line with two blanks at its end  \nlast\n",
    milestone=" ✅ first\n ✅ second",
    next_action="Run it.",
    dependencies=(
        Dependency("Azure CLI ≥ 2.60", "tool", "tool:az>=2.60"),
        Dependency("two\n  lines"),
        Dependency("key: no", "key"),
    ),
    extra={"ticket": "ABC-1"},
)
TEXT = """\
schema: 1
id: 7f3a91c2
name: Unguided_Capstone_Step_08_Test_Suite_Debug
created: 2025-10-26T20:47:00-04:00
author: A U Thor <author@example.com>
branch: step8-dev
commit: 5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e5c1e
tree: null
patch_id: null
dirty: true
parent: 51d0c2aa
status: open
source: chat
context: "One line.\\n\\
  \\n\\
  \\    code, and a line with two blanks at its end  \\n\\
  last\\n\\
  "
milestone: |2-
   ✅ first
   ✅ second
next_action: |-
  Run it.
dependencies:
- kind: tool
  text: Azure CLI ≥ 2.60
  check: tool:az>=2.60
- kind: other
  text: |-
    two
      lines
- kind: key
  text: "key: no"
notes: ""
ticket: ABC-1
...
"""
FIRST = (
    TEXT[: TEXT.index("context:")]
    + """\
context: |
  One line.

      code, and a line with two blanks at its end__
  last
""".replace("__", "  ")
    + TEXT[TEXT.index("milestone:") :]
)
SMALL = """\
schema: 1
id: 7f3a91c2
name: {name}
created: 2025-10-26T20:47:00-04:00
author: A
{more}...
"""


def small(name: str = "N", more: str = "") -> str:
    return SMALL.format(name=name, more=more)


def refusal(text: str) -> str:
    start = time.process_time()
    with pytest.raises(BadAnchorFile) as caught:
        codec.load(text, "a.yaml")
    assert time.process_time() - start < 0.1
    assert caught.value.path == "a.yaml"
    assert caught.value.exit_code == 3
    return caught.value.reason


def test_an_anchor_is_written_as_the_format_says() -> None:
    assert codec.dump(ANCHOR) == TEXT
    assert codec.load(TEXT, "x") == ANCHOR
    assert codec.load(FIRST, "x") == ANCHOR  # as versions wrote it that left blanks to be stripped


@pytest.mark.parametrize(
    "word", ["no", "017", "12:30:45", "1e5", "null", "~", "true", "0x1F", "<<", "="]
)
def test_words_that_yaml_would_change_stay_text(word: str) -> None:
    anchor = dataclasses.replace(ANCHOR, name=word, notes=word, branch=word)
    assert codec.load(codec.dump(anchor), "x") == anchor
    if word not in {"null", "~"}:
        assert codec.load(small(name=word), "x").name == word


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("[" * 500_000 + "\n...\n", "line 1: nested deeper than 12 levels", id="brackets"),
        pytest.param("- " * 30_000 + "x\n...\n", "line 1: nested deeper than 12 levels", id="levels"),
        pytest.param("{a: " * 30_000 + "\n...\n", "line 1: nested deeper than 12 levels", id="maps"),
        pytest.param(
            "x: |\n  " + "a" * 10_000_000 + "\n...\n",
            "larger than 1024 KiB, which no anchor file is",
            id="10 MB scalar",
        ),
        pytest.param(
            "x: " + "ä" * 600_000 + "\n...\n",
            "larger than 1024 KiB, which no anchor file is",
            id="more bytes than characters",
        ),
        pytest.param(
            "a: &a [x,x]\n"
            + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in zip("abcd", "bcde", strict=True))
            + "...\n",
            "line 1: YAML anchors and aliases ('&', '*') are not allowed here",
            id="billion laughs",
        ),
        pytest.param(
            "x: {<<: *b}\n...\n",
            "line 1: YAML anchors and aliases ('&', '*') are not allowed here",
            id="merge key",
        ),
        pytest.param(
            "x: !!python/object/apply:os.system [id]\n...\n",
            "line 1: YAML tags ('tag:yaml.org,2002:python/object/apply:os.system') are not allowed here",
            id="tag",
        ),
        pytest.param(small(more="name: M\n"), "line 6: the key 'name' stands twice", id="key twice"),
        pytest.param("? [a]\n: b\n...\n", "line 1: a key that is not text", id="list as key"),
        pytest.param("a: b\n", "torn: the closing '...' is missing, so its end was cut off", id="torn"),
        pytest.param("", "torn: the closing '...' is missing, so its end was cut off", id="empty"),
        pytest.param("- a\n...\n", "not a mapping of fields", id="list"),
        pytest.param("...\n", "line 1: not YAML: did not find expected node content", id="nothing"),
        pytest.param("a: b\n...\n---\nc: d\n...\n", "holds more than one YAML document", id="two"),
        pytest.param(
            "a: 1\n<<<<<<< HEAD\n",
            "line 2 is a conflict marker; finish the merge of this file",
            id="conflict",
        ),
        pytest.param(
            "a: 'b\n...\n", "line 2: not YAML: found unexpected document indicator", id="quote"
        ),
        pytest.param(
            "a: \ud800\n...\n", "holds half of a surrogate pair, which is not text", id="surrogate"
        ),
        pytest.param("schema: 1\n...\n", "the field 'id' is missing", id="no id"),
        pytest.param(
            small().replace("schema: 1", "schema: 2"),
            "schema 2 is not one that this gitanchor reads (it reads 1)",
            id="schema",
        ),
        pytest.param(
            small().replace("7f3a91c2", "7F3A"), "the id is not 8 lower-case hex digits", id="id"
        ),
        pytest.param(small(name="[a]"), "the field 'name' is not text", id="name"),
        pytest.param(
            small().replace("-04:00", ""),
            "the field 'created' has no offset from UTC, such as +00:00",
            id="offset",
        ),
        pytest.param(
            small().replace("2025-10-26T20", "soon"),
            "the field 'created' is not an ISO 8601 time",
            id="time",
        ),
        pytest.param(
            small().replace("2025-10-26T20", "2025-10-26120"),
            "the field 'created' is not an ISO 8601 time",
            id="time that only Python reads",
        ),
        pytest.param(
            small(more="dirty: maybe\n"), "the field 'dirty' is neither true nor false", id="dirty"
        ),
        pytest.param(
            small(more="dirty:\n  - null\n"),
            "the field 'dirty' is neither true nor false",
            id="dirty list",
        ),
        pytest.param(
            small(more="status: new\n"),
            "the field 'status' is none of: open, done, superseded",
            id="status",
        ),
        pytest.param(
            small(more="dependencies: x\n"), "the field 'dependencies' is not a list", id="items"
        ),
        pytest.param(small(more="dependencies: [{kind: key}]\n"), "a dependency has no text", id="item"),
        pytest.param(
            small(more="parent: x\n"), "the parent is not 8 lower-case hex digits", id="parent"
        ),
    ],
)
def test_what_is_no_anchor_is_refused_with_a_reason_and_at_once(text: str, reason: str) -> None:
    assert refusal(text) == reason


def test_of_several_fields_that_are_wrong_the_first_is_named() -> None:
    wrong = small(name="[a]", more="notes: [a]\nsource: x\nstatus: x\ndirty: x\ncommit: x\n")
    assert refusal(wrong) == "the field 'name' is not text"
    assert refusal(wrong.replace("[a]", "a")) == "the field 'commit' is not a full object id"


@pytest.mark.parametrize("text", ["# only a comment\n", "---\n", "--- a\n", "- a\n"])
def test_settings_without_a_mapping_are_refused(text: str) -> None:
    with pytest.raises(BadAnchorFile, match="x: not a mapping of fields"):
        codec.load_settings(text, "x")


@pytest.mark.parametrize("end", ["...", "...\n", "... \n\t\n", "...\r\n", "...\u2028", "...\x85\x0c"])
def test_the_sentinel_ends_a_file_whatever_white_space_follows(end: str) -> None:
    assert "torn" not in refusal(f"a: b\n{end}")
    assert refusal(f"a: b\n {end}").startswith("torn")
    assert refusal(f"a: b{end}").startswith("torn")


def test_a_nul_character_is_refused() -> None:
    assert refusal("a: \0\n...\n").startswith("not YAML: unacceptable character #x0000")


@pytest.mark.parametrize(
    "text",
    [
        "a\rb",
        "a\r\nb",
        "\x1b[31m",
        "\u2028",
        "\x85",
        "\ufeff",
        "  ",
        "\n",
        "\n\na",
        "a\n\n\n",
        "\ta",
        "a\0b",
    ],
)
def test_unusual_characters_survive(text: str) -> None:
    anchor = dataclasses.replace(ANCHOR, context=text, dependencies=(Dependency(text, check=text),))
    assert codec.load(codec.dump(anchor), "x") == anchor


def test_hand_written_files_may_leave_fields_out() -> None:
    anchor = codec.load(small(more="dependencies: [one, {text: two}]\nparent:\nnotes:\n"), "x")
    assert anchor.dependencies == (Dependency("one"), Dependency("two"))
    assert anchor.parents == ()
    assert (anchor.notes, anchor.status, anchor.dirty) == ("", "open", None)
    assert codec.load(small(more="parent: [51d0c2aa, 61d0c2aa]\n"), "x").parents == (
        "51d0c2aa",
        "61d0c2aa",
    )


def test_rewriting_keeps_unknown_keys_comments_and_layout() -> None:
    before = small(
        name="'N'   # a name",
        more="reviewed_by:   {who: [me,  you]}\n# about the notes\nnotes: >\n  folded\n  text\n# end\nticket: 017\n",
    )
    after = codec.rewrite(before, "x", {"notes": "new\n", "context": "added"})
    assert after == before.replace("notes: >\n  folded\n  text\n", "notes: |\n  new\n").replace(
        "ticket: 017\n", "ticket: 017\ncontext: |-\n  added\n"
    )
    assert codec.load(after, "x").extra == {"reviewed_by": {"who": ["me", "you"]}, "ticket": "017"}


def test_what_cannot_be_rewritten_safely_is_refused() -> None:
    flow = "{schema: 1, id: 7f3a91c2, name: N, created: 2025-10-26T20:47:00Z, author: A}\n...\n"
    assert codec.load(flow, "x").name == "N"
    with pytest.raises(BadAnchorFile, match="do not start lines of their own"):
        codec.rewrite(flow, "x", {"name": "M"})


def test_settings_are_nested_text() -> None:
    text = "log:\n  path: docs/L.md\nremind: {commits: 3}\n"
    assert codec.load_settings(text, "x") == {"log": {"path": "docs/L.md"}, "remind": {"commits": "3"}}
    assert codec.load_settings("", "x") == {}
    with pytest.raises(BadAnchorFile, match="x: line 2: not YAML"):
        codec.load_settings("a: [\n", "x")


@pytest.mark.parametrize("word", ["1234e567", "1e5", "0o17", "12345678", "1.5", ".5", "+1"])
def test_what_other_yaml_readers_take_for_a_number_is_quoted(word: str) -> None:
    assert f'\nbranch: "{word}"\n' in codec.dump(dataclasses.replace(ANCHOR, branch=word))


def test_unknown_keys_of_an_item_survive() -> None:
    text = small(more="dependencies:\n- text: a\n  owner: me\n  check: null\n  due: [1, {x: 2}]\n")
    anchor = codec.load(text, "x")
    (item,) = anchor.dependencies
    assert item == Dependency("a", extra={"owner": "me", "due": ["1", {"x": "2"}]})
    assert codec.load(codec.dump(anchor), "x") == anchor
    assert Dependency.from_dict(item.as_dict()) == item


def test_the_fraction_of_a_second_is_kept_as_it_is() -> None:
    for fraction in ("", ".123", ".123456", ".000001"):
        text = small().replace("20:47:00", f"20:47:00{fraction}")
        assert text != small() or not fraction
        anchor = codec.load(text, "file")
        assert codec.load(codec.dump(anchor), "file") == anchor
        assert f"20:47:00{fraction}-04:00" in codec.dump(anchor)
