"""YAML text <-> Anchor, and the settings file. The only module that imports yaml.

YAML's own rules for types are not used. A gate over the parser's events refuses what an anchor file
never needs (aliases, tags, deep nesting, duplicate keys), and types are given by `schema`, so that
`no`, `017` and `12:30:45` stay text. Files are read and written by `store`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, NoReturn

import yaml

from gitanchor.git import conflict_markers
from gitanchor.model.anchor import DEPENDENCY_KEYS, FILE_KEYS, PROSE, Anchor
from gitanchor.model.errors import BadAnchorFile
from gitanchor.model.lazy_re import late
from gitanchor.storage.schema import NULLS, Null, Refused, typed

SIZE_LIMIT: Final = 1024 * 1024
"""Largest size of a file in bytes. An anchor is a page of text; a larger file is something else."""

_REMEMBERED: Final = 8
"""Texts whose anchors are remembered: those before and after a change, and those that it is made of."""

DEPTH_LIMIT: Final = 12
_TOO_DEEP: Final = f"nested deeper than {DEPTH_LIMIT} levels"
SENTINEL: Final = "..."
"""YAML's document end marker, which ends each file: without it, the file was cut off."""

_SAFE_PLAIN: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@<>=+-: "
)
_NUMBER: Final = late(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+")
"""What YAML 1.2 readers take for a number (core schema, 10.3.2); ours takes it for text."""
_STRIPPED: Final = late(r"[ \t]$|^[ \t]*\t", re.MULTILINE)
"""Blanks at the end of a line, and a tab after the blanks at its start."""
_OPTIONAL: Final = ("done_when", "outcome", "written_time")
"""Keys that are left out of a file if they are empty."""

_Loader: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_resolver: Final = yaml.resolver.Resolver()


class Layout(NamedTuple):
    """The text of a file in parts: the lines above the fields, each field with its comments, the end."""

    head: str
    fields: dict[str, str]
    tail: str

    @property
    def text(self) -> str:
        """All parts together."""
        return "".join([self.head, *self.fields.values(), self.tail])


def load(text: str, path: str) -> Anchor:
    """Read the text of one anchor file. `path` is for messages. Raises BadAnchorFile."""
    try:
        return _loaded(text)
    except Refused as refusal:
        raise BadAnchorFile(path, str(refusal)) from None


@lru_cache(maxsize=_REMEMBERED)
def _loaded(text: str) -> Anchor:
    """Return the anchor in a text. Raises Refused.

    The last texts are remembered, as a text that is proven before it is written is then read from disk.
    """
    return typed(_read_mapping(text))


def dump(anchor: Anchor) -> str:
    """Write an anchor as the text of its file, byte for byte the same for the same anchor."""
    values = anchor.as_dict()
    for key in _OPTIONAL:
        if not values[key] and values[key] != "":
            del values[key]
    return "".join(_block(key, value) for key, value in values.items()) + SENTINEL + "\n"


def rewrite(text: str, path: str, changes: Mapping[str, Any]) -> str:
    """Return the text of a file with the fields in `changes` set (values as in `Anchor.as_dict`).

    Unknown keys, comments and the layout of other fields keep their bytes. Raises BadAnchorFile if the
    text cannot be read, or if a field does not start a line of its own.
    """
    parts = layout(text, path)
    for key, value in changes.items():
        kept = _closing_comments(parts.fields.get(key, "").splitlines(keepends=True))
        parts.fields[key] = "".join([_block(key, value), *kept])
    return parts.text


def layout(text: str, path: str) -> Layout:
    """Split the text of a file into its fields. Raises BadAnchorFile, as `rewrite` does."""
    load(text, path)
    lines = text.splitlines(keepends=True)
    starts = _key_lines(text)
    end = next(n for n in range(len(lines) - 1, -1, -1) if lines[n].rstrip() == SENTINEL)
    order = sorted(starts.items(), key=lambda item: item[1])
    if [lines[line].startswith((key, '"', "'")) for key, line in order] != [True] * len(order):
        raise BadAnchorFile(path, "its fields do not start lines of their own; edit it by hand")
    stops = [*(start for _, start in order[1:]), end]
    fields = {key: "".join(lines[start:stop]) for (key, start), stop in zip(order, stops, strict=True)}
    return Layout("".join(lines[: order[0][1]]), fields, "".join(lines[end:]))


def load_settings(text: str, path: str) -> dict[str, Any]:
    """Read a settings file into nested dicts of text. Raises BadAnchorFile."""
    try:
        return _read_mapping(text, sentinel=False) if text.strip() else {}
    except Refused as refusal:
        raise BadAnchorFile(path, str(refusal)) from None


# The gate: text -> nested dicts, lists and text ------------------------------------------------


def _read_mapping(text: str, *, sentinel: bool = True) -> dict[str, Any]:
    """Compose the single document of a file. Raises Refused for everything that is not plain data."""
    if len(text) > SIZE_LIMIT or len(text.encode("utf-8", "surrogatepass")) > SIZE_LIMIT:
        raise Refused(f"larger than {SIZE_LIMIT // 1024} KiB, which no anchor file is")
    _refuse_unfinished(text, sentinel=sentinel)
    try:
        document = _compose_document(_Loader(text).get_event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        if "nesting depth" in str(error.problem):  # the parser reads ahead, and has a limit of its own
            raise Refused(f"{line}{_TOO_DEEP}") from None
        raise Refused(f"{line}not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise Refused(f"not YAML: {' '.join(str(error).split())}") from None
    except UnicodeEncodeError:
        raise Refused("holds half of a surrogate pair, which is not text") from None
    if not isinstance(document, dict):
        raise Refused("not a mapping of fields")
    return document


def _refuse_unfinished(text: str, *, sentinel: bool) -> None:
    """Raise Refused for a file that a merge left with conflict markers, or that was cut off."""
    marker = conflict_markers.first_marker(text)
    if marker is not None:
        raise Refused(f"line {marker} is a conflict marker; finish the merge of this file")
    end = text.rstrip()[-len(SENTINEL) - 1 :]  # with the line break before it, of any kind
    if sentinel and end.splitlines()[-1:] != [SENTINEL]:
        raise Refused("torn: the closing '...' is missing, so its end was cut off")


def _compose_document(take: Callable[[], Any]) -> Any:
    """Build the first document of a stream of events and check that it is the only one.

    `take` gives the next event. Reading many anchors spends half of its time here, so types are
    compared without isinstance(); that is safe, because the parser makes no subtypes.
    """
    take()  # the start of the stream
    if type(take()) is yaml.StreamEndEvent:
        return None
    document = _compose(take(), take, depth=0)
    while (kind := type(take())) is not yaml.StreamEndEvent:
        if kind is yaml.DocumentStartEvent:
            raise Refused("holds more than one YAML document")
    return document


def _compose(event: Any, take: Callable[[], Any], depth: int) -> Any:
    """Build one node from its first event; `take` gives the next events."""
    if event.anchor is not None:  # the name of an anchor, or the target of an alias
        _refuse_at(event, "YAML anchors and aliases ('&', '*') are not allowed here")
    if event.tag is not None:
        _refuse_at(event, f"YAML tags ('{event.tag}') are not allowed here")
    if depth > DEPTH_LIMIT:
        _refuse_at(event, _TOO_DEEP)
    kind = type(event)
    if kind is yaml.ScalarEvent:
        value: str = event.value
        return Null(value) if value in NULLS and not event.style else value
    if kind is yaml.SequenceStartEvent:
        items = []
        while type(item := take()) is not yaml.SequenceEndEvent:
            items.append(_compose(item, take, depth + 1))
        return items
    nodes: dict[str, Any] = {}
    while type(key_event := take()) is not yaml.MappingEndEvent:
        key = _compose(key_event, take, depth + 1)
        if not isinstance(key, str):
            _refuse_at(key_event, "a key that is not text")
        if key in nodes:
            _refuse_at(key_event, f"the key '{key}' stands twice")
        nodes[str(key)] = _compose(take(), take, depth + 1)
    return nodes


def _refuse_at(event: Any, reason: str) -> NoReturn:
    raise Refused(f"line {_line_of(event)}: {reason}")


def _line_of(event: Any) -> int:
    """Return the line, from 1, on which an event starts."""
    return int(event.start_mark.line) + 1


def _key_lines(text: str) -> dict[str, int]:
    """Return the line, from 0, of each key of the top mapping, in a text that `load` accepts."""
    depth, keys, expect_key = 0, {}, True
    for event in yaml.parse(text, Loader=_Loader):
        if depth == 1 and isinstance(event, yaml.ScalarEvent) and expect_key:
            keys[str(event.value)] = _line_of(event) - 1
            expect_key = False
            continue
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth == 1:
            expect_key = True
    return keys


def _closing_comments(lines: list[str]) -> Iterator[str]:
    """Yield the comment lines at the end of a field, which belong to the next field."""
    count = 0
    for line in reversed(lines[1:]):
        if not line.startswith("#"):
            break
        count += 1
    yield from lines[len(lines) - count :]


# Writing ---------------------------------------------------------------------------------------


class _Literal(NamedTuple):
    """A literal block scalar: its header, and the text indented under the key."""

    header: str
    body: str


def _block(key: str, value: Any) -> str:
    """Return one field of the file, with its final line break."""
    if key == "dependencies":
        return _dependency_block(value)
    if key not in FILE_KEYS:
        return _yaml_dump({key: value})
    if key in PROSE and (literal := _literal(value)):
        return f"{key}: {literal.header}\n{literal.body}"
    if key in PROSE and _is_stripped(value):
        return f"{key}: {_quoted_lines(value)}\n"
    return f"{key}: {scalar(value, quoted=key in PROSE)}\n"


def _dependency_block(items: list[dict[str, Any]]) -> str:
    if not items:
        return "dependencies: []\n"
    lines = ["dependencies:\n"]
    for item in items:
        lines.append(f"- kind: {item['kind']}\n")
        literal = _literal(item["text"], indent=4) if "\n" in item["text"] else None
        text = f"{literal.header}\n{literal.body}" if literal else scalar(item["text"]) + "\n"
        if "\n" in item["text"] and _is_stripped(item["text"]):
            text = f"{_quoted_lines(item['text'], indent=4)}\n"
        lines.append(f"  text: {text}")
        if "check" in item:
            lines.append(f"  check: {scalar(item['check'])}\n")
        extra = {key: value for key, value in item.items() if key not in DEPENDENCY_KEYS}
        lines += [f"  {line}" for line in _lines(_yaml_dump(extra) if extra else "")]
    return "".join(lines)


def _literal(text: str, indent: int = 2) -> _Literal | None:
    """Return a text as a literal block scalar (YAML 1.1, 9.3.1), or None if that would change it."""
    if not text.strip() or _is_stripped(text) or not _survives_literal(text):
        return None
    explicit = "2" if text[0] in " \t\n" else ""  # relative to the key, so 2 at either depth
    chomping = "-" if text[-1] != "\n" else "+" if text.endswith("\n\n") else ""
    margin = " " * indent
    closed = text if text.endswith("\n") else text + "\n"
    body = "".join(f"{margin}{line}" if line != "\n" else line for line in _lines(closed))
    return _Literal(f"|{explicit}{chomping}", body)


def _is_stripped(text: str) -> bool:
    """Return whether tools would strip blanks of a text in a literal block, or git warn of them."""
    return _STRIPPED.search(text) is not None


def _quoted_lines(text: str, indent: int = 2) -> str:
    """Return a text in double quotes, with each of its lines on a line of the file (YAML 1.1, 9.1.2)."""
    pieces = [scalar(line, quoted=True)[1:-1] for line in text.split("\n")]
    pieces = [f"\\{piece}" if piece.startswith(" ") else piece for piece in pieces]
    return '"' + f"\\n\\\n{' ' * indent}".join(pieces) + '"'


def _lines(text: str) -> list[str]:
    """Split at line feeds only; `str.splitlines` knows more line ends than YAML 1.1."""
    return [f"{line}\n" for line in text.split("\n")[:-1]]


def _survives_literal(text: str) -> bool:
    """Return whether YAML reads each character of a text as itself, and none as a line break but LF."""
    return all(
        char in "\n\t" or " " <= char <= "~" or char == "\xa0" or _is_wide_printable(char)
        for char in text
    )


def _is_wide_printable(char: str) -> bool:
    """Return whether YAML 1.1's c-printable has a non-ASCII character, NEL, LS, PS and BOM excepted."""
    if char in "\u2028\u2029\ufeff":
        return False
    return "\xa1" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000"


def scalar(value: Any, *, quoted: bool = False) -> str:
    """Return a value on one line: plain if every YAML reader takes it for text, else in quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(scalar(item) for item in value)}]"
    if not quoted and _is_plain(value):
        return str(value)
    dumped: str = yaml.dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return dumped.removesuffix("\n")


def _is_plain(text: str) -> bool:
    if not text or text != text.strip() or text[0] in "-<>@.=:" or not _survives_literal(text):
        return False
    if ": " in text or text.endswith(":") or _NUMBER.fullmatch(text):
        return False
    if not all(char in _SAFE_PLAIN or char > "~" for char in text):
        return False
    tag = _resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return bool(tag in {"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"})


def _yaml_dump(value: Any) -> str:
    dumped: str = yaml.dump(value, allow_unicode=False, sort_keys=False, width=float("inf"))
    return dumped
