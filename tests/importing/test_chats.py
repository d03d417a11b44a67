"""The data exports of ChatGPT and Claude: which answers hold anchors, and what becomes of them."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitanchor.importing import chat_exports, chat_import, import_plan
from gitanchor.importing.conversation_tree import TEXT_LIMIT, Message
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing import times
from tests.faults.export import MEGABYTE, measure, write
from tests.variants import first

START = 1760000000  # 2025-10-09 08:53:20 UTC
ORIGIN = import_plan.Origin(
    "A U Thor", None, times.zone("Europe/Berlin"), datetime(2026, 3, 1, 12, tzinfo=UTC)
)
ANSWER = """\
Gladly.

Resume from anchor: [Oven_01]
Context: the oven is cold
Current milestone: ✅ wired
Next action: heat it
Dependencies:
- Tools: matches

Good luck with it!"""
SECTIONS = (
    "Context: the kiln is cold\nCurrent milestone: built\nNext action: fire it\nDependencies: wood\n"
)
REQUEST = """\
Anchor this as chat [Kiln_07] with next action + dependencies. Use this template:
Resume from anchor: [ANCHOR_NAME]
Context: [3–4 lines on project/sprint state]
Current milestone: [what’s done]
Next action: [one concrete step]
Dependencies: [keys/env/tools/people]"""

Said = tuple[str, str, float | None]
"""Role, text and seconds after START (None: no time) of a message."""


def chatgpt(title: str, *said: Said, key: str = "c") -> dict[str, Any]:
    """A conversation as ChatGPT exports it."""
    mapping: dict[str, Any] = {f"{key}-root": {"id": f"{key}-root", "message": None, "parent": None}}
    parent = f"{key}-root"
    for number, (role, text, after) in enumerate(said):
        message = {
            "author": {"role": role},
            "create_time": None if after is None else START + after,
            "content": {"content_type": "text", "parts": [text]},
        }
        name = f"{key}-{number}"
        mapping[name] = {"id": name, "message": message, "parent": parent, "children": []}
        parent = name
    header = {"title": title, "create_time": START + 0.5, "mapping": mapping}
    return {**header, "current_node": parent, "conversation_id": f"id-{key}"}


def claude(title: str, *said: Said, key: str = "c") -> dict[str, Any]:
    """A conversation as Claude exports it."""
    messages = [
        {
            "uuid": f"{key}-{number}",
            "text": text,
            "content": [{"type": "text", "text": text}],
            "sender": "human" if role == "user" else role,
            "created_at": None if after is None else _iso(after),
        }
        for number, (role, text, after) in enumerate(said)
    ]
    header = {"uuid": f"id-{key}", "name": title, "created_at": _iso(0)}
    return {**header, "chat_messages": messages}


def _iso(after: float) -> str:
    return datetime.fromtimestamp(START + after, UTC).isoformat().replace("+00:00", "Z")


VENDORS = pytest.mark.parametrize("vendor", [chatgpt, claude])
Vendor = Callable[..., dict[str, Any]]


def export(folder: Path, content: object, *, packed: bool = False) -> Path:
    """Write an export, as .json or in a .zip."""
    text = content if isinstance(content, str) else json.dumps(content)
    path = folder / "conversations.json"
    path.write_text(text, "utf-8")
    if not packed:
        return path
    target = folder / "export.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.write(path, "data-2025/conversations.json")
        archive.writestr("data-2025/shared_conversations.json", '[{"no": 1}]')
        archive.writestr("chat.html", "<html>")
    return target


def planned(path: Path, *known: Anchor) -> chat_import.ChatPlan:
    return chat_import.plan(path, known, ORIGIN)


def told(plan: chat_import.ChatPlan) -> list[str]:
    """The remarks, each with its place."""
    return [f"{plan.places[item.first]}: {item.kind}: {item.message}" for item in plan.remarks]


def names(plan: chat_import.ChatPlan) -> list[tuple[str, str]]:
    return [(entry.action, entry.anchor.name) for entry in plan.entries]


@pytest.mark.unit
@VENDORS
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_answer_becomes_an_anchor(
    tmp_path: Path, vendor: Vendor, packed: bool, wrapped: bool
) -> None:
    conversations: Any = [
        vendor("Small\n talk", ("user", "Hello", 0), ("assistant", "Hello!", 1), key="a"),
        vendor("Oven", ("user", "How is it?", 60), ("assistant", ANSWER, 61.75), key="b"),
    ]
    content = {"account": {"x": [1]}, "conversations": conversations} if wrapped else conversations
    plan = planned(export(tmp_path, content, packed=packed))
    (entry,) = plan.entries
    assert entry.anchor.as_dict() == {
        "schema": 1,
        "id": entry.anchor.id,
        "name": "Oven_01",
        "created": "2025-10-09T08:54:21+00:00",
        "author": "A U Thor",
        "branch": None,
        "commit": None,
        "tree": None,
        "patch_id": None,
        "dirty": None,
        "parent": None,
        "status": "open",
        "done_when": [],
        "outcome": None,
        "source": "chat",
        "written_time": None,
        "context": "the oven is cold",
        "milestone": "✅ wired",
        "next_action": "heat it",
        "dependencies": [{"kind": "tool", "text": "Tools: matches"}],
        "notes": "Good luck with it!",
        "conversation": "Oven",
        "conversation_id": "id-b",
    }
    place = "'Oven', 2025-10-09 08:54:21 +0000"
    assert (entry.line, entry.action, plan.places) == (1, "add", {1: place})
    assert told(plan) == [f"{place}: left out: line 1 of the message: before the first entry"]


@pytest.mark.unit
def test_the_messages_of_an_export(tmp_path: Path) -> None:
    first = chatgpt("Kiln", ("user", REQUEST, 0), ("assistant", SECTIONS, 1))
    second = claude("Oven", ("user", "Resume from anchor: [Oven_00]", 2), ("assistant", ANSWER, None))
    at = datetime.fromtimestamp(START, UTC)
    assert list(chat_exports.read(export(tmp_path, [first, second]))) == [
        Message(1, "Kiln", "id-c", at.replace(second=21), True, SECTIONS, "Kiln_07", None),
        Message(2, "Oven", "id-c", at, False, ANSWER, None, "Oven_00"),
    ]


@pytest.mark.unit
@VENDORS
def test_ids_are_made_from_the_text_as_for_a_log(tmp_path: Path, vendor: Vendor) -> None:
    path = export(tmp_path, [vendor("Oven", ("assistant", ANSWER, 1))])
    (entry,) = planned(path).entries
    assert [again.anchor for again in planned(path).entries] == [entry.anchor]
    (known,) = planned(path, entry.anchor).entries
    assert (known.action, known.anchor) == ("keep", entry.anchor)


@pytest.mark.unit
@VENDORS
def test_a_request_names_the_answer_that_has_no_name(tmp_path: Path, vendor: Vendor) -> None:
    plan = planned(
        export(
            tmp_path,
            [
                vendor("Asked", ("user", REQUEST, 0), ("assistant", SECTIONS, 1)),
                vendor(
                    "Placeholder",
                    ("user", 'Please anchor this as chat "Kiln_08".', 10),
                    (
                        "assistant",
                        "Resume from anchor: [ANCHOR_NAME]\n" + SECTIONS.replace("kiln", "Kiln"),
                        11,
                    ),
                ),
                vendor(
                    "Too late",
                    ("user", REQUEST, 20),
                    ("assistant", "Sorry?", 21),
                    ("user", "Never mind, list it", 22),
                    ("assistant", SECTIONS, 23),
                ),
                vendor("Mentioned", ("user", "Hi", 30), ("assistant", f"No anchor.\n\n{SECTIONS}", 31)),
            ],
        )
    )
    assert names(plan) == [("add", "Kiln_07"), ("add", "Kiln_08")]
    assert told(plan) == [
        "'Mentioned', 2025-10-09 08:53:51 +0000: left out: lines 1-6 of the message: "
        "an anchor without a name, and no request before it that has one"
    ]


@pytest.mark.unit
@VENDORS
def test_what_the_user_pastes_is_no_source_but_the_parent(tmp_path: Path, vendor: Vendor) -> None:
    later = ANSWER.replace("Oven_01", "Oven_02").replace("cold", "hot")
    last = ANSWER.replace("Oven_01", "Oven_03").replace("cold", "warm")
    plan = planned(
        export(
            tmp_path,
            [
                vendor(
                    "Second",
                    ("user", ANSWER, 100),
                    ("assistant", "Go on.", 101),
                    ("user", "Well", 102),
                    ("assistant", later, 103),
                    ("assistant", last, 104),
                    key="b",
                ),
                vendor("First", ("user", "Hi", 0), ("assistant", ANSWER, 1), key="a"),
            ],
        )
    )
    first, second, third = (entry.anchor for entry in plan.entries)
    assert [(item.name, item.parents) for item in (first, second, third)] == [
        ("Oven_01", ()),
        ("Oven_02", (first.id,)),
        ("Oven_03", (second.id,)),
    ]


@pytest.mark.unit
@VENDORS
def test_an_anchor_that_is_said_again_counts_once_and_as_the_earliest(
    tmp_path: Path, vendor: Vendor
) -> None:
    again = ANSWER.removeprefix("Gladly.\n\n").replace("cold\n", "cold  \n").replace("Good luck", "Bye")
    bare = ANSWER.removeprefix("Gladly.\n\n")
    plan = planned(
        export(
            tmp_path,
            [
                vendor("Newer", ("assistant", again, 50), ("assistant", again, 60)),
                vendor("Older", ("assistant", bare, 10)),
            ],
        )
    )
    ((entry),) = plan.entries
    assert (entry.anchor.extra["conversation"], entry.anchor.notes) == ("Older", "Good luck with it!")
    here = "Oven_01 stands already in 'Older', 2025-10-09 08:53:30 +0000"
    assert told(plan) == [
        f"'Newer', 2025-10-09 08:54:10 +0000: repeated: {here}",
        f"'Newer', 2025-10-09 08:54:20 +0000: repeated: {here}",
    ]


@pytest.mark.unit
def test_an_anchor_that_came_by_another_way_is_here_already(tmp_path: Path) -> None:
    (entry,) = planned(export(tmp_path, [claude("Oven", ("assistant", ANSWER, 1))])).entries
    pasted = Anchor.from_dict(
        entry.anchor.as_dict() | {"id": "0badcafe", "source": "cli", "notes": "", "written_time": ""}
    )
    (known,) = planned(tmp_path / "conversations.json", pasted).entries
    assert (known.action, known.anchor) == ("keep", pasted)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("written", "created", "remarks"),
    [
        ("10:50 10/09/2025", "2025-10-09T10:50:00+02:00", []),
        ("2025-10-09 04:53 -04:00", "2025-10-09T04:53:00-04:00", []),
        (
            "18:00 10/16/2025",
            "2025-10-09T08:53:21+00:00",
            [
                "guessed: line 1 of the message: its own time, 18:00 10/16/2025, does not fit the message's"
            ],
        ),
    ],
)
def test_the_time_that_an_entry_wrote_counts_where_it_fits(
    tmp_path: Path, written: str, created: str, remarks: list[str]
) -> None:
    text = f"**{written}**\n\n" + ANSWER.removeprefix("Gladly.\n\n")
    plan = planned(export(tmp_path, [chatgpt("Oven", ("assistant", text, 1))]))
    (anchor,) = (entry.anchor for entry in plan.entries)
    assert (anchor.as_dict()["created"], anchor.written_time) == (created, written)
    assert told(plan) == [f"'Oven', 2025-10-09 08:53:21 +0000: {remark}" for remark in remarks]


@pytest.mark.unit
def test_a_message_without_a_time_has_that_of_its_conversation_or_now(tmp_path: Path) -> None:
    bare = ANSWER.removeprefix("Gladly.\n\n")
    timeless = chatgpt("", ("assistant", bare.replace("01", "02"), None))
    timeless["create_time"] = "soon"
    plan = planned(export(tmp_path, [chatgpt("Oven", ("assistant", bare, None)), timeless]))
    assert [
        (item.anchor.as_dict()["created"], item.anchor.written_time, dict(item.anchor.extra))
        for item in plan.entries
    ] == [
        ("2025-10-09T08:53:20+00:00", "", {"conversation": "Oven", "conversation_id": "id-c"}),
        ("2026-03-01T12:00:00+00:00", "", {"conversation_id": "id-c"}),
    ]
    assert told(plan) == [
        "'Oven', 2025-10-09 08:53:20 +0000: guessed: line 1 of the message: "
        "the message has no time; taken for 2025-10-09 08:53:20 +0000",
        "an untitled conversation, without a time: guessed: line 1 of the message: "
        "the message has no time; taken for 2026-03-01 12:00:00 +0000",
    ]


@pytest.mark.unit
def test_the_branch_is_what_the_text_names_else_what_is_given(tmp_path: Path) -> None:
    named = ANSWER.replace("cold", "cold, on branch `heat`").replace("Oven_01", "Oven_02")
    path = export(tmp_path, [claude("Oven", ("assistant", ANSWER, 1), ("assistant", named, 2))])
    given = import_plan.Origin("A", "main", UTC, ORIGIN.moment)
    assert [entry.anchor.branch for entry in chat_import.plan(path, [], given).entries] == [
        "main",
        "heat",
    ]


@pytest.mark.unit
def test_only_what_the_assistant_says_to_people_counts(tmp_path: Path) -> None:
    conversation = chatgpt(
        "Oven",
        *((role, ANSWER.replace("01", role), 1) for role in ("system", "tool", "user")),
        *(
            ("assistant", ANSWER.replace("01", name), 2)
            for name in ("hidden", "to-a-tool", "code", "odd")
        ),
    )
    messages = [node["message"] for node in conversation["mapping"].values()]
    messages[4]["metadata"] = {"is_visually_hidden_from_conversation": True}
    messages[5]["recipient"] = "browser"
    messages[6]["content"] = {"content_type": "tether_quote", "text": ANSWER}
    messages[7]["content"] = "text"
    conversation["mapping"] |= {"x": None, "y": {"message": {"author": 3, "content": {"parts": "no"}}}}
    thought = claude("Kiln", ("assistant", "", 1), ("assistant", "", 2), ("system", ANSWER, 3))
    thought["chat_messages"][0]["content"] = [{"type": "thinking", "text": ANSWER}]
    thought["chat_messages"][1] = {
        "sender": "assistant",
        "content": [{"type": "tool_use"}],
        "text": None,
    }
    plan = planned(
        export(tmp_path, [conversation, thought, claude("x", key="x") | {"chat_messages": None}])
    )
    assert (plan.entries, told(plan)) == (
        (),
        ["conversation 3, 'x': left out: the conversation is in no known format"],
    )


DATA = '{"name": "Kiln_11", "context": "cold", "next_action": "fire it", "dependencies": ["wood"]}'
PACKAGE = '{"name": "kiln-app", "dependencies": {"express": "^4"}}'


@pytest.mark.unit
def test_an_anchor_that_is_data_or_a_document_is_found(tmp_path: Path) -> None:
    code = chatgpt("Code", ("assistant", "", 1), ("assistant", "", 2), ("assistant", "", 3))
    texts = (DATA, ANSWER, PACKAGE)
    for node, text in zip(list(code["mapping"].values())[1:], texts, strict=True):
        node["message"]["content"] = {"content_type": "code", "language": "unknown", "text": text}
    document = claude("Document", ("assistant", "Here it is.", 10), key="d")
    document["chat_messages"][0]["content"].append(
        {
            "type": "tool_use",
            "name": "artifacts",
            "input": {"type": "text/markdown", "content": ANSWER.replace("01", "02")},
        }
    )
    plain = claude("Plain", ("assistant", f"```json\n{DATA.replace('11', '12')}\n```", 20), key="e")
    (tmp_path / "claude").mkdir()
    gpt = planned(export(tmp_path, [code]))
    assert (names(gpt), told(gpt)) == (
        [("add", "Kiln_11"), ("add", "Oven_01")],
        ["'Code', 2025-10-09 08:53:22 +0000: left out: line 1 of the message: before the first entry"],
    )
    assert gpt.entries[0].anchor.next_action == "fire it"
    other = planned(export(tmp_path / "claude", [document, plain]))
    assert names(other) == [("add", "Oven_02"), ("add", "Kiln_12")]
    assert other.entries[0].anchor.context == "the oven is cold"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("request_text", "name"),
    [
        ("anchor this chat as Weekly Sync 4", "Weekly Sync 4"),
        ("Please anchor this chat as Weekly Sync 4, thanks!", "Weekly Sync 4"),
        ("anchor this as Weekly Sync with next action", "Weekly Sync"),
        ("Anchor this as chat Oven_02 with next action + dependencies.", "Oven_02"),
        ("Anchor this as chat Step_03. Then go on", "Step_03"),
        ("Anchor this as chat v1.2 and stop", "v1.2"),
        ("Anchor this as chat **[Kiln 10]**", "Kiln 10"),
    ],
)
def test_the_name_that_a_request_gives(tmp_path: Path, request_text: str, name: str) -> None:
    said = chatgpt("Named", ("user", request_text, 0), ("assistant", SECTIONS, 1))
    assert names(planned(export(tmp_path, [said]))) == [("add", name)]


@pytest.mark.unit
def test_the_texts_among_the_parts_of_a_message_are_joined(tmp_path: Path) -> None:
    head, tail = ANSWER.removeprefix("Gladly.\n\n").split("\n", 1)
    first = chatgpt("Voice", ("assistant", "", 1))
    first["mapping"]["c-0"]["message"]["content"] = {
        "content_type": "multimodal_text",
        "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"},
            {"content_type": "audio_transcription", "text": head},
            tail.replace("\n", "\r\n"),
        ],
    }
    second = claude("Blocks", ("assistant", "", 2))
    second["chat_messages"][0]["content"] = [
        {"type": "tool_use", "name": "search", "input": {}},
        {"type": "text", "text": head.replace("01", "02")},
        {"type": "text", "text": tail},
    ]
    third = claude("Old", ("assistant", ANSWER.replace("01", "03"), 3))
    del third["chat_messages"][0]["content"]
    plan = planned(export(tmp_path, [first, second, third]))
    assert names(plan) == [("add", "Oven_01"), ("add", "Oven_02"), ("add", "Oven_03")]
    assert {entry.anchor.next_action for entry in plan.entries} == {"heat it"}


@pytest.mark.unit
def test_branches_of_a_conversation_and_nodes_in_any_order(tmp_path: Path) -> None:
    conversation = chatgpt(
        "Tree",
        ("user", REQUEST, 0),
        ("assistant", SECTIONS, 1),
        ("user", "Anchor this as chat [Kiln_09]", 2),
        ("assistant", SECTIONS.replace("cold", "hot"), 3),
    )
    conversation["mapping"]["c-2"]["parent"] = "c-root"  # the user edited the first message
    turned = dict(reversed(conversation["mapping"].items()))
    for mapping in (conversation["mapping"], turned):
        plan = planned(export(tmp_path, [conversation | {"mapping": mapping}]))
        assert names(plan) == [("add", "Kiln_09")]
        told = [remark.message for remark in plan.remarks]
        assert "answers that were regenerated or abandoned: 1" in told
        plan = planned(export(tmp_path, [conversation | {"mapping": mapping, "current_node": None}]))
        assert names(plan) == [("add", "Kiln_07"), ("add", "Kiln_09")]


@pytest.mark.unit
@pytest.mark.parametrize("parent", ["lost", "c-1", "c-0"])
def test_a_tree_that_is_no_tree_loses_no_answer(tmp_path: Path, parent: str) -> None:
    conversation = chatgpt("Tree", ("user", "Hi", 0), ("assistant", ANSWER, 1))
    conversation["mapping"]["c-0"]["parent"] = parent
    assert names(planned(export(tmp_path, [conversation]))) == [("add", "Oven_01")]


@pytest.mark.unit
def test_claude_branches_by_the_parent_of_each_message(tmp_path: Path) -> None:
    conversation = claude(
        "Tree",
        ("user", REQUEST, 0),
        ("user", "Anchor this as chat Kiln_09", 1),
        ("assistant", SECTIONS, 2),
    )
    first, second, answer = conversation["chat_messages"]
    first["parent_message_uuid"] = second["parent_message_uuid"] = "00000000-0000-4000-8000-000000000000"
    answer["parent_message_uuid"] = "c-0"
    assert names(planned(export(tmp_path, [conversation]))) == [("add", "Kiln_07")]


@pytest.mark.unit
@VENDORS
def test_several_files_and_several_anchors_in_one_answer(tmp_path: Path, vendor: Vendor) -> None:
    two = ANSWER + "\n\n" + ANSWER.replace("Oven_01", "Oven_02")
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/conversations-000.json", json.dumps([vendor("A", ("assistant", two, 1))]))
        archive.writestr("a/conversations-001.json", "[]")
        again = vendor("B", ("assistant", ANSWER.replace("Oven_01", "Oven_03"), 2))
        archive.writestr("a/conversations-002.json", json.dumps([again]))
        archive.writestr("__MACOSX/a/._conversations.json", b"\0\5")
    plan = planned(tmp_path / "export.zip")
    assert names(plan) == [("add", "Oven_01"), ("add", "Oven_02"), ("add", "Oven_03")]
    assert [entry.line for entry in plan.entries] == [1, 1, 2]


def broken_at(tmp_path: Path, content: bytes) -> chat_import.ChatPlan:
    path = tmp_path / "conversations.json"
    path.write_bytes(content)
    return planned(path)


@pytest.mark.unit
def test_what_stands_before_the_damage_is_used(tmp_path: Path) -> None:
    second = ANSWER.replace("Oven_01", "Oven_02")
    whole = json.dumps(
        [
            chatgpt("A", ("assistant", ANSWER, 1)),
            chatgpt("B", ("assistant", second, 2), ("user", "x", 3)),
        ]
    ).encode()
    path = f"'{tmp_path / 'conversations.json'}'"
    used = "what stands before that is used"

    plan = broken_at(tmp_path, whole[: whole.index(b'"parts": ["x"')])
    assert names(plan) == [("add", "Oven_01"), ("add", "Oven_02")]
    cut = whole.index(b'"parts": ["x"')
    assert told(plan)[-1] == (
        f"conversation 2, 'B': left out: {path} breaks off at byte {cut} (parse error: premature EOF); {used}"
    )

    start = whole.index(b', {"title": "B"')
    plan = broken_at(tmp_path, whole[:start])
    assert names(plan) == [("add", "Oven_01")]
    assert told(plan)[-1] == (
        f"after conversation 1: left out: {path} breaks off at byte {start} (parse error: premature EOF); {used}"
    )

    plan = broken_at(tmp_path, b"\xef\xbb\xbf" + whole + b"%" + b" " * 40_000)
    assert names(plan) == [("add", "Oven_01"), ("add", "Oven_02")]
    assert told(plan)[-1].startswith(
        f"after conversation 2: left out: {path} breaks off near byte 0 (parse"
    )

    plan = broken_at(tmp_path, whole.replace(b'"x"', b'"\xff"'))
    assert names(plan) == [("add", "Oven_01"), ("add", "Oven_02")]


@pytest.mark.unit
def test_a_damaged_archive_is_used_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    later = claude("B", ("user", "wait " * 30_000, 2), key="b")
    path = export(tmp_path, [claude("A", ("assistant", ANSWER, 1)), later], packed=True)
    path.write_bytes(path.read_bytes().replace(b"wait", b"Wait", 1))
    plan = planned(path)
    assert names(plan) == [("add", "Oven_01")]
    assert told(plan)[-1] == (
        "conversation 2, 'B': left out: 'data-2025/conversations.json' in "
        f"'{path}' breaks off at byte 262144 (Bad CRC-32 for file 'data-2025/conversations.json'); "
        "what stands before that is used"
    )


HELP = "give the .zip or the conversations.json of a ChatGPT or Claude data export"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", f"{{}} is no JSON at byte 0 (parse error: premature EOF); {HELP}"),
        ("# Log", f"{{}} is no JSON near byte 0 (lexical error: invalid char in json text.); {HELP}"),
        ("3", f"{{}} holds no list of conversations; {HELP}"),
        ('{"conversations": {"a": [1]}}', f"{{}} holds no list of conversations; {HELP}"),
        ('[{"messages": [], "b": 1}]', f"{{}}: the first conversation is in no known format (keys: messages, b); {HELP}"),
        ("[[]]", f"{{}}: the first conversation is in no known format (keys: none); {HELP}"),
        ("PK no archive", "{} is damaged or no .zip; download the export again"),
    ],
)  # fmt: skip
def test_what_is_no_export(tmp_path: Path, content: str, message: str) -> None:
    path = export(tmp_path, content)
    with pytest.raises(WrongUsage) as refusal:
        planned(path)
    assert str(refusal.value) == message.format(f"'{path}'")


@pytest.mark.unit
def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"cannot read '.*none': No such file or directory"):
        planned(tmp_path / "none")
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("user.json", "{}")
    with pytest.raises(WrongUsage) as refusal:
        planned(path)
    assert str(refusal.value) == f"'{path}' holds no conversations.json; {HELP}"
    path = export(tmp_path, [], packed=True)
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):  # say that it is encrypted
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    with pytest.raises(WrongUsage, match=r"cannot read 'data-2025/conversations.json' in .*; unpack it"):
        planned(path)


@pytest.mark.unit
def test_an_empty_export_plans_nothing(tmp_path: Path) -> None:
    assert planned(export(tmp_path, [])) == chat_import.ChatPlan((), (), {})


@pytest.mark.unit
def test_what_cannot_be_an_anchor_is_left_out_with_a_reason(tmp_path: Path) -> None:
    bare = ANSWER.removeprefix("Gladly.\n\n")
    long_name = bare.replace("Oven_01", "x" * 1001)
    too_long = bare.replace("cold", "c" * TEXT_LIMIT)
    said = (("assistant", long_name, 1), ("assistant", too_long, 2), ("assistant", bare, 3))
    plan = planned(export(tmp_path, [claude("Oven", *said)]))
    assert names(plan) == [("add", "Oven_01")]
    assert told(plan) == [
        "'Oven', 2025-10-09 08:53:21 +0000: left out: lines 1-8 of the message: "
        "the name has 1001 characters, more than 1000; give a shorter one",
        "conversation 1, 'Oven': left out: messages over 131072 characters: 1",
    ]


@pytest.mark.unit
def test_what_an_anchor_takes_from_an_export_can_be_written(tmp_path: Path) -> None:
    odd = "\x00 \x1b[31m \ud83d half \U0001f600 é"
    conversation = chatgpt(odd, ("assistant", ANSWER.replace("cold", odd), 1), key=odd)
    (entry,) = planned(export(tmp_path, [conversation])).entries
    from gitanchor.storage import codec

    assert codec.load(codec.dump(entry.anchor), "x") == entry.anchor
    assert entry.anchor.extra["conversation"] == odd.replace("\ud83d", "?")


@pytest.mark.parametrize("vendor", first([chatgpt, claude]))
def test_memory_stays_flat(tmp_path: Path, vendor: Vendor) -> None:
    path = tmp_path / "conversations.json"
    expected = write(path, 60 * MEGABYTE, vendor=vendor.__name__)
    measured = measure(path)
    assert measured.answers == expected
    assert measured.peak < 150 * MEGABYTE
    assert measured.seconds < 20


@pytest.mark.parametrize("filler", ["cGxhaW4K", 'say \\"hi\\" to the oven \\u00e9', "\\\\ then \\n"])
def test_one_huge_string_does_not_fill_the_memory(tmp_path: Path, filler: str) -> None:
    path = tmp_path / "conversations.json"
    head, tail = json.dumps([claude("Oven", ("user", "FILLER", 0), ("assistant", ANSWER, 1))]).rsplit(
        "FILLER", 1
    )
    with path.open("w", encoding="utf-8") as stream:
        stream.write(head)
        for _ in range(60):
            stream.write(filler * (MEGABYTE // len(filler)))
        stream.write(tail)
    assert names(planned(path)) == [("add", "Oven_01")]
    assert measure(path).peak < 100 * MEGABYTE
