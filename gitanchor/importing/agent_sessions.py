"""Stream the anchors and summaries out of the session files of coding agents.

The formats, as their programs wrote them in 2025 and 2026; none of them is documented by its maker:

- Claude Code: `~/.claude/projects/FOLDER/*.jsonl`, one record a line. The summary that it makes where
  a context is full is a record of the user with `isCompactSummary`, or one that begins with the
  sentence below.
- Codex: `~/.codex/sessions/YEAR/MONTH/DAY/rollout-*.jsonl`, records with a `payload`; a summary is a
  record of the type `compacted`.
- Gemini CLI: `~/.gemini/tmp/PROJECT/chats/session-*.json`, one object with `messages`, or a message a
  line.

Only answers that have an anchor, and summaries, are kept; never the whole talk.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from gitanchor.importing.chat_exports import Trouble
from gitanchor.importing.conversation_tree import Conversation, Message, Reader, Turn, moment_of
from gitanchor.model.errors import WrongUsage
from gitanchor.storage import safe_open

_CONTINUED: Final = "This session is being continued from a previous conversation"
_LINE_LIMIT: Final = 8 * 1024 * 1024
"""The longest record, in bytes, that is read; longer ones hold files or images."""

_FILE_LIMIT: Final = 64 * 1024 * 1024
"""The longest session that is one JSON object, in bytes."""

_PATTERNS: Final = ("*.jsonl", "session-*.json")


class _Said(NamedTuple):
    """One record of a session: who said what, and whether it is a summary of all that was said."""

    role: str
    text: str
    time: Any = None
    is_summary: bool = False


@dataclass(slots=True)
class _Session:
    """What a session says of itself."""

    id: str = ""
    title: str = ""
    folder: str = ""
    branch: str | None = None

    def is_outside(self, root: Path | None) -> bool:
        """Whether the session is known to be of another folder than one, if that is asked for."""
        known = root is not None and bool(self.folder)
        return known and not Path(self.folder).is_relative_to(root or "")


def are_sessions(path: Path) -> bool:
    """Return whether a path is a folder, or a file that is named as those of agents' sessions are."""
    return path.is_dir() or any(path.match(pattern) for pattern in _PATTERNS)


def read(path: Path, root: Path, troubles: list[Trouble], reader: Reader) -> Iterator[Message]:
    """Yield the messages with anchors of a session file, or of all those in a folder and below.

    Of a folder, only the sessions in the worktree `root` count: agents keep those of all projects in
    one place. Parts that cannot be used are added to `troubles`. Raises WrongUsage.
    """
    files = [path]
    if path.is_dir():
        found = sorted(file for pattern in _PATTERNS for file in path.rglob(pattern))
        files = [file for file in found if file.is_file()]
    if not files:
        raise WrongUsage(f"no session of Claude Code, Codex or Gemini CLI in '{path}'")
    others = 0
    for number, file in enumerate(files, 1):
        session = _Session(id=file.stem)
        conversation = Conversation(number, reader)
        only = root if path.is_dir() else None
        answers = list(_answers(file, session, conversation, troubles, only))
        others += session.is_outside(only)
        yield from answers
    if others:
        told = f"{others} of {len(files)} sessions, which were in other folders"
        troubles.append(Trouble(f"'{path}'", told))


def _answers(
    file: Path,
    session: _Session,
    conversation: Conversation,
    troubles: list[Trouble],
    root: Path | None,
) -> Iterator[Message]:
    """Yield the messages of one file: answers with anchors, and summaries under a name of their own.

    A session outside of `root` is read no further than to where it says so.
    """
    summaries = []
    for number, said in enumerate(_records(file, session, troubles)):
        if session.is_outside(root):
            return
        moment = moment_of(said.time)
        if said.is_summary:
            summaries.append((said.text, moment))
        else:
            conversation.take(Turn(number, conversation.last, said.role, moment, said.text))
    title = session.title or f"Session {session.id[:8]}"
    conversation.header = {"title": title, "id": session.id}
    for message in conversation.messages():
        yield dataclasses.replace(message, branch=session.branch)
    for text, moment in summaries:
        parsed = conversation.reader(text)
        if parsed.drafts:
            timed = moment is not None
            place = conversation.number, title, session.id, moment, timed
            yield Message(*place, text, title, branch=session.branch, parsed=parsed)
        else:
            troubles.append(Trouble(conversation.place, "a summary without known sections"))


def _records(file: Path, session: _Session, troubles: list[Trouble]) -> Iterator[_Said]:
    if file.suffix == ".json":
        yield from _one_object(file, session)
        return
    damaged = too_long = 0
    try:
        with file.open("rb") as stream:
            while line := stream.readline(_LINE_LIMIT):
                if not line.endswith(b"\n") and len(line) == _LINE_LIMIT:
                    too_long += 1
                    while (rest := stream.readline(_LINE_LIMIT)) and not rest.endswith(b"\n"):
                        pass
                    continue
                try:
                    record = json.loads(line) if line.strip() else None
                except (ValueError, RecursionError):  # the last line may be incomplete
                    damaged += 1
                    continue
                if isinstance(record, dict):
                    yield from _said(record, session)
    except OSError as error:
        raise WrongUsage(f"cannot read '{file}': {error.strerror or error}") from None
    for count, what in ((damaged, "that are no JSON"), (too_long, f"over {_LINE_LIMIT >> 20} MiB")):
        if count:
            troubles.append(Trouble(f"'{file}'", f"lines {what}: {count}"))


def _one_object(file: Path, session: _Session) -> Iterator[_Said]:
    try:
        whole = json.loads(safe_open.read(file, _FILE_LIMIT))
    except OSError as error:
        raise WrongUsage(f"cannot read '{file}': {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise WrongUsage(f"'{file}' is no JSON") from None
    messages = whole.get("messages") if isinstance(whole, dict) else None
    if not isinstance(messages, list):
        raise WrongUsage(f"'{file}' holds no 'messages', as a session of Gemini CLI does")
    session.id = _text(whole.get("sessionId")) or session.id
    session.title = _text(whole.get("summary"))
    for message in messages:
        if isinstance(message, dict):
            yield from _said(message, session)


def _said(record: Mapping[str, Any], session: _Session) -> Iterator[_Said]:
    """Yield what a record says, and note what it tells of its session."""
    kind = record.get("type")
    payload = record.get("payload")
    if isinstance(payload, dict):
        yield from _of_codex(kind, payload, record.get("timestamp"), session)
    elif kind == "summary":
        session.title = session.title or _text(record.get("summary"))
    elif kind == "gemini" or (kind == "user" and "message" not in record):
        session.id = _text(record.get("sessionId")) or session.id
        role = "assistant" if kind == "gemini" else "user"
        yield _Said(role, _joined(record.get("content")), record.get("timestamp"))
    elif kind in ("user", "assistant") and not record.get("isSidechain"):
        session.id = _text(record.get("sessionId")) or session.id
        session.folder = session.folder or _text(record.get("cwd"))
        session.branch = _text(record.get("gitBranch")) or session.branch
        message = record.get("message")
        text = _joined(message.get("content")) if isinstance(message, dict) else ""
        summary = bool(record.get("isCompactSummary")) or text.startswith(_CONTINUED)
        yield _Said(str(kind), text, record.get("timestamp"), summary)


def _of_codex(kind: Any, payload: Mapping[str, Any], time: Any, session: _Session) -> Iterator[_Said]:
    if kind == "session_meta":
        session.id = _text(payload.get("id")) or session.id
        session.folder = _text(payload.get("cwd"))
        git = payload.get("git")
        session.branch = (_text(git.get("branch")) or None) if isinstance(git, dict) else None
    elif kind == "compacted":
        yield _Said("assistant", _text(payload.get("message")), time, is_summary=True)
    elif kind == "response_item" and payload.get("type") == "message":
        role = payload.get("role")
        if role in ("user", "assistant"):
            yield _Said(str(role), _joined(payload.get("content")), time)


def _joined(content: Any) -> str:
    """Return the text of a message: itself, or its parts that are text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (
        part if isinstance(part, str) else _text(part.get("text")) if isinstance(part, dict) else ""
        for part in parts
    )
    return "\n\n".join(filter(None, texts))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
