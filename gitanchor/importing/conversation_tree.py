"""One conversation of a data export: who said what in answer to what, and when.

Of its turns, only answers that may have an anchor are kept, and what users requested before them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from gitanchor.model import markdown
from gitanchor.model.anchor import git_date
from gitanchor.model.draft import Draft
from gitanchor.parsing import parse
from gitanchor.parsing.name_line import is_placeholder_name

TEXT_LIMIT: Final = 128 * 1024
"""The longest answer, in characters, that is searched for anchors; a file has at most 1 MiB."""

HEADER: Final = frozenset(
    {
        "title",
        "name",
        "conversation_id",
        "id",
        "uuid",
        "create_time",
        "created_at",
        "current_node",
        "current_leaf_message_uuid",
    }
)
"""The keys of a conversation that identify it, and its last message, which a person sees."""

_NO_PARENT: Final = "00000000-0000-4000-8000-000000000000"
"""The parent of first messages in Claude's exports."""

_PREVIOUS: Final = -1
"""Stands for the previous turn, if an export names no parent; no hash is -1."""

_MENTIONS: Final = ("ncho", "nker", "ncre", "ncla", "ncora", "âncora", "アンカー", "锚", "錨")
"""Parts of words. A text that names an anchor, even damaged, has one of them, in any known language."""

_NAMED_DATA: Final = re.compile(r"(?:^|[{,])\s*[\"']?name[\"']?\s*:", re.IGNORECASE | re.MULTILINE)
"""Matches an anchor as JSON or YAML, which need not mention the word."""

_STOP: Final = r"(?:and|as|before|but|for|from|if|in|now|or|please|so|then|thanks?|to|using|with)"
_NAME: Final = (
    r"\s*[*_`]*(?:\[(?P<bracketed>[^\]\n]+)\]|[\"“'](?P<quoted>[^\"”'\n]+)[\"”']"
    r"|(?P<token>[\w.-]*[_\d](?:[^\s*`.,;:!?]|[.:](?=\S))*(?:[ \t](?-i:[A-Z\d])[\w-]*){0,9})"
    rf"|(?P<bare>(?!{_STOP}\b)[^\s*_`\[\"“'](?:[^\s*`.,;:!?]|[.:](?=\S))*"
    rf"(?:[ \t](?!{_STOP}\b)\w[\w-]*){{0,9}}))"
)
"""A name as people write it: in brackets, in quotation marks, or as words up to one that ends it."""

_ASKED: Final = re.compile(rf"\banchor this(?: as| chat)*+\b[*_]*:?{_NAME}", re.IGNORECASE)
_RESUMED: Final = re.compile(
    rf"^[^\w\n]*resume from anchor[*_]*\s*:?[*_]*{_NAME}", re.IGNORECASE | re.MULTILINE
)

Reader = Callable[[str], parse.Parsed]
"""A parser of texts: `parse.parse`, or that with a repository's settings."""


@dataclass(frozen=True, slots=True)
class Message:
    """An answer of the assistant with an anchor, or with text that may be one.

    `number` counts the conversations of the export, from 1. `time` is the conversation's time if
    `timed` is false, and None if that has none either. `asked` is the name in the request that it
    answers, `resumed` the anchor from which its user had resumed before, `branch` where it was said.
    """

    number: int
    conversation: str
    conversation_id: str
    time: datetime | None
    timed: bool
    text: str
    asked: str | None = None
    resumed: str | None = None
    branch: str | None = None
    parsed: parse.Parsed | None = None
    """What the text says, if it was read already."""

    @property
    def place(self) -> str:
        """The place of the message, for people."""
        when = git_date(self.time) if self.time else "without a time"
        return f"{quoted(self.conversation)}, {when}"


@dataclass(slots=True)
class Turn:
    """One node of a conversation. `role` is user, assistant, or empty for a node that nobody sees.

    `id` and `parent` are hashes of the export's ids; the first turn has None for a parent.
    """

    id: int
    parent: int | None
    role: str = ""
    time: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Above:
    """What users said above a turn: the name in the last request, and the anchor that was resumed."""

    asked: str | None = None
    resumed: str | None = None


_Answer = tuple[Turn, _Above]


@dataclass(slots=True)
class Conversation:
    """A conversation while it is read: its header, what users said, its answers with anchors.

    Turns that come before the turn that they answer wait for it.
    """

    number: int
    reader: Reader
    keys: tuple[str, ...] = ()
    known: bool = False
    header: dict[str, Any] = field(default_factory=dict)
    too_long: int = 0
    abandoned: int = 0
    last: int | None = None
    above: dict[int, _Above] = field(default_factory=dict)
    parents: dict[int, int | None] = field(default_factory=dict)
    waiting: dict[int, list[tuple[Turn, _Above]]] = field(default_factory=dict)
    answers: list[_Answer] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The title on one line."""
        return " ".join(_clean(str(self.header.get("title") or self.header.get("name") or "")).split())

    @property
    def place(self) -> str:
        """The place of the conversation, for people."""
        return f"conversation {self.number}, {quoted(self.title)}"

    def take(self, turn: Turn) -> None:
        """Add a turn, and those that waited for it."""
        said = _heard(turn.text) if turn.role == "user" else _Above()
        parent = self.last if turn.parent == _PREVIOUS else turn.parent
        self.last = turn.id
        self.parents[turn.id] = parent
        above = _Above() if parent is None else self.above.get(parent)
        turn.text = self._kept(turn, above)
        if above is None and parent is not None:
            self.waiting.setdefault(parent, []).append((turn, said))
        else:
            self._settle(turn, said, above or _Above())

    def _settle(self, turn: Turn, said: _Above, above: _Above) -> None:
        """Add a turn below what is above it, with all turns that waited for that."""
        ready = [(turn, said, above)]
        while ready:
            turn, said, above = ready.pop()
            if turn.text:
                self.answers.append((turn, above))
            if turn.role == "user":
                above = _Above(said.asked, said.resumed or above.resumed)
            self.above[turn.id] = above
            ready += [(*waiting, above) for waiting in self.waiting.pop(turn.id, ())]

    def _kept(self, turn: Turn, above: _Above | None) -> str:
        """Return the text of an answer if it may have an anchor with a name, else an empty text."""
        if turn.role != "assistant" or not turn.text:
            return ""
        speaks = _mentions(turn.text) or _NAMED_DATA.search(turn.text)
        if not speaks and above is not None and above.asked is None:
            return ""
        if len(turn.text) > TEXT_LIMIT:
            self.too_long += 1
            return ""
        text = _clean(turn.text)
        return text if self.reader(text).drafts else ""

    def messages(self) -> Iterator[Message]:
        """Yield the answers that may have anchors, by time, after all turns were added."""
        for parent in list(self.waiting):
            for turn, said in self.waiting.pop(parent, ()):
                self._settle(turn, said, _Above())
        header = self.header
        identifier = header.get("conversation_id") or header.get("id") or header.get("uuid") or ""
        begun = moment_of(header.get("create_time") or header.get("created_at"))
        latest = datetime.max.replace(tzinfo=UTC)
        shown = self._shown()
        answers = [pair for pair in self.answers if shown is None or pair[0].id in shown]
        self.abandoned = len(self.answers) - len(answers)
        for turn, above in sorted(answers, key=lambda pair: pair[0].time or begun or latest):
            yield Message(
                self.number,
                self.title,
                _clean(str(identifier)),
                turn.time or begun,
                turn.time is not None,
                turn.text,
                above.asked,
                above.resumed,
            )

    def _shown(self) -> set[int] | None:
        """Return the turns that the conversation shows; None if the export does not tell.

        Others are answers that were regenerated, or that a person left for another question.
        """
        leaf = self.header.get("current_node") or self.header.get("current_leaf_message_uuid")
        turn = hash(leaf) if isinstance(leaf, str) else None
        if turn not in self.parents:
            return None
        shown: set[int] = set()
        while turn is not None and turn not in shown:
            shown.add(turn)
            turn = self.parents.get(turn)
        return shown


def _chatgpt_turn(key: str, node: Mapping[str, Any]) -> Turn:
    """Read a node of ChatGPT's `mapping`."""
    turn = Turn(hash(key), _parent(node.get("parent", _PREVIOUS)))
    message = _mapping(node.get("message"))
    content = _mapping(message.get("content"))
    hidden = _mapping(message.get("metadata")).get("is_visually_hidden_from_conversation")
    spoken = content.get("content_type") in {"text", "multimodal_text", "code"}
    if spoken and not hidden and message.get("recipient", "all") in {"all", None}:
        role = _mapping(message.get("author")).get("role")
        turn.role = role if role in {"user", "assistant"} else ""
        turn.time = moment_of(message.get("create_time"))
        turn.text = _joined(content.get("parts"), {"text", "audio_transcription"}, "content_type")
        if content.get("content_type") == "code":
            turn.text = _fenced_data(_string(content.get("text")), content.get("language"))
    return turn


def _claude_turn(key: str, message: Mapping[str, Any]) -> Turn:
    """Read a message of Claude's `chat_messages`."""
    turn = Turn(
        hash(_string(message.get("uuid")) or key), _parent(message.get("parent_message_uuid", _PREVIOUS))
    )
    turn.role = {"human": "user", "assistant": "assistant"}.get(str(message.get("sender")), "")
    turn.time = moment_of(message.get("created_at"))
    content = message.get("content")
    said = _joined(content, {"text"}, "type") or _string(message.get("text"))
    turn.text = "\n\n".join(filter(None, [said, *_artifacts(content)]))
    return turn


def _artifacts(parts: Any) -> Iterator[str]:
    """Yield the texts that Claude wrote into documents beside the conversation."""
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and part.get("type") == "tool_use":
            document = _mapping(part.get("input"))
            text = _string(document.get("content"))
            if text.strip():
                yield _fenced_data(text, document.get("language"))


def _fenced_data(text: str, language: Any) -> str:
    """Put a text that is only data into a fence, as `parse` expects; return any other unchanged."""
    info = "json" if text.lstrip().startswith("{") else language
    if info not in {"json", "yaml", "yml"} or not text.strip():
        return text
    fence = markdown.fence_for(text)
    return f"{fence}{info}\n{text.strip()}\n{fence}"


def anchors_in(message: Message, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Yield those drafts of a message that are complete, or all if an anchor is mentioned."""
    spoken_of = message.asked is not None or _mentions(message.text)
    for draft in drafts:
        if spoken_of or (draft.next_action and (draft.context or draft.milestone)):
            yield draft


TURNS: Final = {"mapping": _chatgpt_turn, "chat_messages": _claude_turn}
"""The keys of either format for what was said, with the functions that read it."""


def _parent(value: Any) -> int | None:
    """Return the hash of a parent's id; None for a first message."""
    if value is None or value == _NO_PARENT:
        return None
    return _PREVIOUS if value == _PREVIOUS else hash(str(value))


def _joined(parts: Any, kinds: set[str], kind: str) -> str:
    """Join the texts among the parts of a message."""
    texts = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and part.get(kind) in kinds:
            texts.append(_string(part.get("text")))
    return "\n\n".join(text for text in texts if text)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def moment_of(value: Any) -> datetime | None:
    """Read a time in seconds since 1970 or in ISO 8601; return it in UTC, to the second."""
    try:
        if isinstance(value, int | float | Decimal):
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError, OverflowError, OSError, ArithmeticError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0)


def _clean(text: str) -> str:
    """Return a text with only line feeds for line breaks, and without lone surrogates."""
    text = text.encode("utf-8", "replace").decode()
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _mentions(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _MENTIONS)


def _heard(text: str) -> _Above:
    """Return what a user's message requests or resumes from."""
    if not _mentions(text):
        return _Above()
    asked, resumed = _named(_ASKED, text), _named(_RESUMED, text)
    return _Above(asked, resumed if resumed != asked else None)


def _named(pattern: re.Pattern[str], text: str) -> str | None:
    """Return the first name in a text that is not a placeholder."""
    for match in pattern.finditer(_clean(text)):
        name = match[match.lastgroup or 0].strip(" *_`.,;:!?")
        if name and not is_placeholder_name(name):
            return name
    return None


def quoted(title: str) -> str:
    """Return a title for use in a sentence."""
    return f"'{title}'" if title else "an untitled conversation"
