"""Stream the answers that may have anchors from the data exports of ChatGPT and Claude.

The only module that imports ijson. Only the tree of a conversation, and those answers, are kept in
memory: see `conversation_tree`. `chat_import` decides what becomes of them.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from gitanchor.importing.conversation_tree import (
    HEADER,
    TEXT_LIMIT,
    TURNS,
    Conversation,
    Message,
    Reader,
    Turn,
)
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing import parse

_CHUNK: Final = 64 * 1024
"""The bytes that are read at a time; places in a damaged export have this precision."""

_STRING_LIMIT: Final = 1024 * 1024
"""The length in bytes from which the middle of a string is left out: a file or an image, not a message.

That also bounds the time, because yajl reads an incomplete string again with each chunk.
"""

_EXPORT_FILE: Final = re.compile(r"(?:.*/)?conversations(?:[-_ ]?\d+)?\.json", re.IGNORECASE)
_SAFE_TO_CUT: Final = re.compile(
    rb'[^"\\\x80-\xff]{8}|[^\\](?=\\)|[\x80-\xff](?=[\xc0-\xff])', re.DOTALL
)
"""Bytes in a JSON string that end neither inside an escape nor inside a UTF-8 character."""

_STARTS: Final = frozenset({"start_map", "start_array"})
_ENDS: Final = frozenset({"end_map", "end_array"})
_HELP: Final = "give the .zip or the conversations.json of a ChatGPT or Claude data export"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part of an export that could not be used, and its place."""

    place: str
    message: str


def read(
    path: Path, troubles: list[Trouble] | None = None, reader: Reader = parse.parse
) -> Iterator[Message]:
    """Yield the answers that may have anchors, by time within each conversation.

    Parts that could not be used are added to `troubles`. Raises WrongUsage if the file is not an
    export in a known format.
    """
    troubles = [] if troubles is None else troubles
    number = 0
    for name, stream in _files(path):
        for conversation in _conversations(stream, name, number, reader, troubles):
            number = conversation.number
            yield from conversation.messages()
            if conversation.too_long:
                text = f"messages over {TEXT_LIMIT} characters: {conversation.too_long}"
                troubles.append(Trouble(conversation.place, text))
            if conversation.abandoned:
                text = f"answers that were regenerated or abandoned: {conversation.abandoned}"
                troubles.append(Trouble(conversation.place, text))


# Files and their JSON ------------------------------------------------------------------------


def _files(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the conversations files in a .zip, or the file itself, each with its name for messages."""
    try:
        with path.open("rb") as stream:
            if stream.read(2) == b"PK":
                yield from _members(path, stream)
            else:
                stream.seek(0)
                yield f"'{path}'", stream
    except OSError as error:
        raise WrongUsage(f"cannot read '{path}': {error.strerror or error}") from None


def _members(path: Path, stream: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        archive = zipfile.ZipFile(stream)
        names = sorted(name for name in archive.namelist() if _EXPORT_FILE.fullmatch(name))
    except zipfile.BadZipFile:
        raise WrongUsage(f"'{path}' is damaged or no .zip; download the export again") from None
    if not names:
        raise WrongUsage(f"'{path}' holds no conversations.json; {_HELP}")
    for name in names:
        try:
            member = archive.open(name)
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise WrongUsage(f"cannot read '{name}' in '{path}': {error}; unpack it first") from None
        with member:
            yield f"'{name}' in '{path}'", member


class _BrokenError(Exception):
    """The JSON cannot be read any further; the message says where and why."""


def _events(stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield the JSON of a stream as ijson's events; raise _BrokenError where it breaks."""
    import ijson  # type: ignore[import-untyped]

    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events)
    middles = _Middles()
    position = 0
    while True:
        reason = None
        chunk = b""
        try:
            chunk = stream.read(_CHUNK)
            sent = middles.left_out(chunk if position else chunk.removeprefix(b"\xef\xbb\xbf"))
            if sent or not chunk:
                parser.send(sent)
            if not chunk and sent:
                parser.send(chunk)
        except StopIteration:
            pass
        except ijson.JSONError as error:
            reason = str(error).split("\n", 1)[0].removeprefix("b'")
        except (UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            reason = str(error)
        yield from events
        events.clear()
        if reason is not None:
            where = "near byte" if chunk else "at byte"
            raise _BrokenError(f"{where} {position} ({reason})")
        position += len(chunk)
        if not chunk:
            return


class _Middles:
    """Removes the middle of very long strings from JSON that comes in chunks.

    A long stretch without an unescaped quotation mark can only be in a string.
    """

    def __init__(self) -> None:
        self.quiet = 0
        self.before = b""
        self.tail: bytes | None = None

    def left_out(self, chunk: bytes) -> bytes:
        """Return the part of a chunk to read, after what was held back before; empty at the end."""
        quotation = b'"' in (self.before + chunk).replace(b'\\"', b"")
        self.before = chunk[-1:].strip(b'"')
        if quotation or not chunk:
            held, self.tail, self.quiet = self.tail or b"", None, 0
            return held + chunk
        self.quiet += len(chunk)
        if self.quiet <= _STRING_LIMIT:
            return chunk
        whole = (self.tail or b"") + chunk
        first = None if self.tail is not None else _SAFE_TO_CUT.search(whole)
        lasts = list(_SAFE_TO_CUT.finditer(whole, len(whole) - min(len(whole), 256)))
        if not lasts or (self.tail is None and first is None):
            self.tail = None
            return whole
        self.tail = whole[lasts[-1].end() :]
        return whole[: first.end()] if first else b""


def _conversations(
    stream: IO[bytes], name: str, before: int, reader: Reader, troubles: list[Trouble]
) -> Iterator[Conversation]:
    """Yield the conversations of one file, numbered from `before` + 1, up to where it breaks."""
    events = _events(stream)
    current = None
    try:
        _enter_list(events, name)
    except _BrokenError as broken:
        raise WrongUsage(f"{name} is no JSON {broken}; {_HELP}") from None
    number = before
    try:
        for event, _ in events:
            if event == "end_array":
                break
            number += 1
            current = Conversation(number, reader)
            _fill(current, events, event)
            if not current.known and number == before + 1:
                held = ", ".join(current.keys) or "none"
                raise WrongUsage(
                    f"{name}: the first conversation is in no known format (keys: {held}); {_HELP}"
                )
            if not current.known:
                troubles.append(Trouble(current.place, "the conversation is in no known format"))
            yield current
            current = None
        for _ in events:
            pass
    except _BrokenError as broken:
        where = current.place if current else f"after conversation {number}"
        text = f"{name} breaks off {broken}; what stands before that is used"
        troubles.append(Trouble(where, text))
        if current:
            yield current


def _enter_list(events: Iterator[tuple[str, Any]], name: str) -> None:
    """Read up to the start of the list of conversations: the top level, or its `conversations`."""
    event, _ = next(events)
    if event == "start_map":
        for event, key in events:
            if event == "end_map":
                break
            event, value = next(events)  # noqa: PLW2901
            if key == "conversations" and event == "start_array":
                return
            _build(events, event, value)
    if event != "start_array":
        raise WrongUsage(f"{name} holds no list of conversations; {_HELP}")


def _fill(conversation: Conversation, events: Iterator[tuple[str, Any]], event: str) -> None:
    """Read one conversation to its end."""
    if event != "start_map":
        _skip(events, event)
        return
    for event, key in events:  # noqa: PLR1704
        if event == "end_map":
            return
        event, value = next(events)  # noqa: PLW2901
        conversation.keys = (*conversation.keys, key)[:6]
        if key in TURNS and event in _STARTS:
            conversation.known = True
            for turn in _turns(events, event, TURNS[key]):
                conversation.take(turn)
        elif event in _STARTS:
            _skip(events, event)
        elif key in HEADER and value is not None:
            conversation.header[key] = value


def _skip(events: Iterator[tuple[str, Any]], event: str) -> None:
    """Read to the end of a value whose first event is given."""
    depth = 1 if event in _STARTS else 0
    while depth:
        event, _ = next(events)
        depth += (event in _STARTS) - (event in _ENDS)


def _build(events: Iterator[tuple[str, Any]], event: str, value: Any) -> Any:
    """Return the value whose first event is given."""
    if event not in _STARTS:
        return value
    import ijson

    builder = ijson.ObjectBuilder()
    depth = 0
    while True:
        builder.event(event, value)
        depth += (event in _STARTS) - (event in _ENDS)
        if not depth:
            return builder.value
        event, value = next(events)


def _turns(
    events: Iterator[tuple[str, Any]], opening: str, turn_of: Callable[[str, Mapping[str, Any]], Turn]
) -> Iterator[Turn]:
    """Yield the turns in a mapping or list whose first event is given."""
    for number, (event, value) in enumerate(events):
        if event in _ENDS:
            return
        key = str(number)
        if opening == "start_map":
            key = value
            event, value = next(events)  # noqa: PLW2901
        built = _build(events, event, value)
        if isinstance(built, dict):
            yield turn_of(key, built)
