"""`git anchor import --chats` of the session files that coding agents keep."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.repositories import Repo

SUMMARY = """\
This session is being continued from a previous conversation that ran out of context. The conversation is \
summarized below:

Summary:
1. Primary Request and Intent:
   Make the tide clock read the feed of the harbour.

2. Key Technical Concepts:
   - interpolation between high and low water

3. Files and Code Sections:
   - `clock.py`: draws the hands

4. Errors and fixes:
   - The hands jumped at midnight; the day is taken along now.

7. Pending Tasks:
   - Draw the spring tides in red

8. Current Work:
   `clock.py` reads the feed and draws both hands.

9. Optional Next Step:
   Test the change of the year.
"""
ANSWER = """\
Resume from anchor: Tide_Clock_2
Context: The clock reads the feed.
Current milestone: Both hands move.
Next action: Draw the spring tides in red.
Dependencies: Files: `clock.py`

Let me know if you need anything else!
"""


def lines(records: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def claude(folder: str, session: str = "5f1c9a2e-0000-4000-8000-000000000001") -> str:
    def record(kind: str, content: Any, second: int, **more: Any) -> dict[str, Any]:
        return {
            "type": kind,
            "uuid": f"u{second}",
            "parentUuid": None,
            "sessionId": session,
            "cwd": folder,
            "gitBranch": "tides",
            "version": "2.1.0",
            "timestamp": f"2026-05-02T10:00:{second:02}.123Z",
            "message": {"role": kind, "content": content},
            **more,
        }

    return lines([
        {"type": "summary", "summary": "Tide clock reads the feed", "leafUuid": "u4"},
        record("user", "Make the clock read the feed, please", 1),
        record("assistant", [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "I will."}], 2),
        record("user", [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}], 3),
        record("user", SUMMARY, 4, isCompactSummary=True),
        record("assistant", [{"type": "text", "text": ANSWER.replace("Tide", "Side")}], 5, isSidechain=True),
        record("assistant", [{"type": "text", "text": ANSWER}], 6),
    ])  # fmt: skip


def codex(folder: str) -> str:
    def record(kind: str, payload: dict[str, Any], second: int) -> dict[str, Any]:
        return {"timestamp": f"2026-05-03T10:00:{second:02}.500Z", "type": kind, "payload": payload}

    def message(role: str, text: str) -> dict[str, Any]:
        part = {"type": "output_text" if role == "assistant" else "input_text", "text": text}
        return {"type": "message", "role": role, "content": [part]}

    meta = {"id": "0199-abcd", "cwd": folder, "git": {"branch": "main", "commit_hash": "x"}}
    return lines([
        record("session_meta", meta, 0),
        record("turn_context", {"model": "m"}, 1),
        record("response_item", message("user", "Anchor this as chat [Pump_1]"), 2),
        record("response_item", {"type": "function_call", "name": "shell", "arguments": "{}"}, 3),
        record("response_item", message("assistant", ANSWER.replace("Tide_Clock_2", "Pump_1")), 4),
        record("compacted", {"message": "## Current state\nThe pump runs.\n\n## Next steps\n- Log it\n"}, 5),
    ])  # fmt: skip


def gemini() -> str:
    return json.dumps(
        {
            "sessionId": "77aa-1",
            "projectHash": "h",
            "startTime": "2026-05-04T09:00:00.000Z",
            "messages": [
                {
                    "id": "1",
                    "timestamp": "2026-05-04T09:00:01.000Z",
                    "type": "user",
                    "content": "Anchor this",
                },
                {
                    "id": "2",
                    "timestamp": "2026-05-04T09:00:02.000Z",
                    "type": "gemini",
                    "content": ANSWER.replace("Tide_Clock_2", "Kite_4"),
                },
            ],
        }
    )


def test_claude_code(repo: Repo, tmp_path: Path) -> None:
    file = tmp_path / "projects/-home-ann-tide/5f1c9a2e-0000-4000-8000-000000000001.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text(claude(str(repo.root)) + '{"type": "user", "mess')  # it is being written
    result = repo.anchor("import", "--chats", str(file))
    assert result.status == 0
    assert "lines that are no JSON: 1" in result.out
    answer, summary = repo.json("list")
    assert (answer["name"], summary["name"]) == ("Tide_Clock_2", "Tide clock reads the feed")
    assert {answer["branch"], summary["branch"]} == {"tides"}
    assert answer["created"] == "2026-05-02T10:00:06+00:00"
    assert answer["notes"] == ""
    assert summary["context"].strip() == "Make the tide clock read the feed of the harbour."
    assert summary["milestone"].strip() == "`clock.py` reads the feed and draws both hands."
    assert "Draw the spring tides in red" in summary["next_action"]
    assert "Errors and fixes" in summary["notes"]
    assert " 0 added" in repo.ok("import", "--chats", str(file))


def test_codex(repo: Repo, tmp_path: Path) -> None:
    file = tmp_path / "rollout-2026-05-03T10-00-00-0199.jsonl"
    file.write_text(codex(str(repo.root)))
    repo.ok("import", "--chats", str(file))
    summary, answer = repo.json("list")
    assert (answer["name"], answer["branch"]) == ("Pump_1", "main")
    assert (summary["name"], summary["milestone"]) == ("Session 0199-abc", "The pump runs.")
    assert summary["parent"] == answer["id"]


def test_gemini_cli(repo: Repo, tmp_path: Path) -> None:
    file = tmp_path / "session-2026-05-04T09-00-77aa.json"
    file.write_text(gemini())
    repo.ok("import", "--chats", str(file))
    (anchor,) = repo.json("list")
    assert (anchor["name"], anchor["created"]) == ("Kite_4", "2026-05-04T09:00:02+00:00")


def test_of_a_folder_only_sessions_of_this_repository_count(repo: Repo, tmp_path: Path) -> None:
    folder = tmp_path / "sessions/2026/05/03"
    folder.mkdir(parents=True)
    (folder / "rollout-1.jsonl").write_text(codex(str(repo.root / "sub")))
    (folder / "rollout-2.jsonl").write_text(codex("/somewhere/else").replace("Pump_1", "Other_1"))
    result = repo.anchor("import", "--chats", str(tmp_path / "sessions"))
    assert "1 of 2 sessions, which were in other folders" in result.out
    assert "Other_1" not in [item["name"] for item in repo.json("list")]
    assert len(repo.json("list")) == 2


@pytest.mark.parametrize(
    ("name", "content", "status", "message"),
    [
        ("rollout-1.jsonl", b"\x00\xff\xfe\n[1]\n{}\n", 1, "lines that are no JSON: 1"),
        ("session-1.json", b"{", 2, "' is no JSON"),
        ("session-1.json", b"[]", 2, "' holds no 'messages', as a session of Gemini CLI does"),
        ("rollout-1.jsonl", b'{"type":"compacted","payload":{"message":"Hello"}}\n', 1, "a summary without known sections"),
        ("rollout-1.jsonl", b'{"type":["x"],"payload":{"message":7}}\n{"type":"user","message":{"content":{"a":1}}}\n', 1, "0 anchors found"),
    ],
)  # fmt: skip
def test_what_is_no_session(
    repo: Repo, tmp_path: Path, name: str, content: bytes, status: int, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = repo.anchor("import", "--chats", str(tmp_path / name))
    assert (result.status, repo.files()) == (status, [])
    assert message in result.out + result.err
    assert "Traceback" not in result.err


def test_an_empty_folder(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    result = repo.anchor("import", "--chats", str(tmp_path / "none"))
    assert result.status == 2
    assert "no session of Claude Code, Codex or Gemini CLI in " in result.err
