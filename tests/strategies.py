"""Hypothesis strategies for anchors as wild as people and chats write them."""

from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st

from gitanchor.model.anchor import KINDS, SOURCES, STATUSES, Anchor, Dependency
from gitanchor.storage import codec

PIECES = [
    "✅ done with it",
    "- a list item",
    "  - nested, with `code`",
    "1. first",
    "| a | b |",
    "| - | - |",
    "```python",
    "```",
    "~~~",
    "````",
    "# A heading",
    "## **Next action:**",
    "**Context:** quoted",
    "Dependencies: none",
    "Next action:",
    "Notes:",
    "Resume from anchor: [Other]",
    "✅ Anchor [Other] loaded successfully.",
    "**23:03 10/28/2025**",
    "Anchor this as chat [X] with next action",
    "---",
    "------",
    "***",
    "<!-- anchor 7f3a91c2 -->",
    '<!-- /anchor 7f3a91c2 {"text": "0"} -->',
    "<!-- anchor:verbatim -->",
    "<!--",
    "-->",
    "<script>alert(1)</script>",
    "`<b>` in code",
    "a ` left open",
    "<https://example.com> <a@example.com>",
    "![remote](https://example.com/a.png)",
    "[link](https://example.com)",
    "[bad](java&#115;cript:alert(1))",
    "[defined]: <data:text/html,x>",
    "   ```",
    "> ```",
    "*On branch `main` at commit `0123456789`*",
    "> quoted",
    "    indented code",
    "\ttab",
    "trailing  ",
    "",
    "   ",
    "...",
    "--- ",
    "<<<<<<< HEAD",
    "a -- b --> c",
    "emoji 👩‍💻 and é",
    "\u202eright to left",
    "\x1b]52;c;aGk=\x07",
    "\x85next line\u2028",
    "carriage\rreturn",
    "\ufeffmark",
]

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
lines = st.sampled_from(PIECES) | st.text(characters, max_size=30)
prose = st.lists(lines, max_size=7).map("\n".join) | st.text(characters, max_size=60)
names = (
    st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,30}", fullmatch=True)
    | st.sampled_from(
        [
            "[x]",
            "`a`b",
            "x]y",
            "**n**",
            "a [b] c",
            "-x",
            "../../x",
            "😀",
            "x -- y",
            "</p>",
            "![x](//e.com)",
        ]
    )
    | st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30)
).map(str.strip)
object_ids = st.none() | st.text("0123456789abcdef", min_size=40, max_size=40)
ids = st.text("0123456789abcdef", min_size=8, max_size=8)
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.builds(
    lambda moment, zone: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=zone),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
    zones,
)
json_values = st.recursive(
    st.none() | st.text(characters, max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(characters, max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
dependencies = st.builds(
    Dependency,
    text=prose.filter(bool),
    kind=st.sampled_from(KINDS),
    check=st.none() | st.text(characters, max_size=20),
    extra=st.just({}) | st.dictionaries(st.sampled_from(["owner", "due"]), json_values),
)
extra_keys = st.sampled_from(["reviewed_by", "ticket", "x-mood", "año"])

anchors = st.builds(
    Anchor,
    id=ids,
    name=names.filter(lambda name: bool(name) and name.strip("[]*` ") != "ANCHOR_NAME"),
    created=moments,
    author=st.sampled_from(["A U Thor <a@example.com>", "É -- X <e@example.com>"]),
    branch=st.none() | st.sampled_from(["main", "step8-dev", "feat/é😀", "-x", "a`b"]),
    commit=object_ids,
    tree=object_ids,
    patch_id=object_ids,
    dirty=st.none() | st.booleans(),
    parents=st.lists(ids, max_size=3).map(tuple),
    status=st.sampled_from(STATUSES),
    done_when=st.lists(st.text(characters, min_size=1, max_size=20), max_size=2).map(tuple),
    outcome=st.none() | prose,
    source=st.sampled_from(SOURCES),
    written_time=st.none() | st.sampled_from(["", "23:03 10/28/2025", "Tues, 10/14/15: 12:25 PM"]),
    context=prose,
    milestone=prose,
    next_action=prose,
    dependencies=st.lists(dependencies, max_size=4).map(tuple),
    notes=prose,
    extra=st.dictionaries(extra_keys, json_values, max_size=2),
)

YAML_PIECES = [
    *"&*!%|>'\"[]{}-?:#\t\n ,@`~",
    "...",
    "\n...\n",
    "\n---\n",
    "<<<<<<< HEAD\n",
    "=======\n",
    "!!str ",
    "&a ",
    "*a",
    "<<: *a",
    "%YAML 1.1\n",
    "? ",
    "- ",
    "  ",
    "[" * 14,
    "{a: " * 14,
    "name: x\n",
    "null",
    ">-",
    "|2",
    "\r",
    "\x85",
    "\u2028",
    "\x0b",
    "\x1c",
    "\ufeff",
    "\0",
    "\ud800",
    '"\\x41"',
]
"""What may change the meaning of a file wherever it stands."""


def _damage(text: str, hits: list[tuple[float, int, str]]) -> str:
    for place, cut, piece in hits:
        start = int(place * len(text))
        text = text[:start] + piece + text[start + cut :]
    return text


damaged_files = st.builds(
    _damage,
    anchors.map(codec.dump),
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.sampled_from([0, 0, 0, 1, 2, 10]),
            st.sampled_from(YAML_PIECES) | st.just(""),
        ),
        max_size=5,
    ),
)
"""Anchor files with pieces cut out and put in; many are whole none the less, or still YAML."""
