"""Make drafts from what git anchor itself prints or stores: JSON output, or the YAML of anchor files.

Each field is taken exactly as it is, without a search for labels. Fields that were derived from the
repository and other anchors are left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitanchor.model.anchor import FILE_KEYS, PROSE, SCHEMA, SECTIONS, Anchor, is_id, timestamp
from gitanchor.model.draft import Draft, WrittenTime
from gitanchor.model.errors import AnchorError, BadAnchorFile, WrongUsage
from gitanchor.parsing.times import read_time
from gitanchor.storage import codec

DERIVED: Final = {
    *("path", "short_commit", "milestone_items", "places", "matches"),
    *("binding", "state", "untrusted", "entered"),
}
"""The keys of JSON output that are not in an anchor file (docs/format.md)."""

_FIELDS: Final = ("schema", "id", "name", "created")
_BEGUN: Final = re.compile(r'"schema":\s*\d+,\s*"id":\s*"[0-9a-f]{8}"')
_FILE: Final = re.compile(r"(?:\s|#[^\n]*\n|---[ \t]*\n)*schema:[ \t]*\S+[ \t]*\n(?:[^\n]*\n)*?id:[ \t]")
_FOR_READING: Final = re.compile(r"\s*anchor [0-9a-f]{8}[^\n]*\nName: {3}")
_FENCE: Final = re.compile(
    r"\s*(?P<fence>`{3,}|~{3,})[ \t]*(?:json|ya?ml)?[ \t]*\n(?P<inner>.*)\n(?P=fence)\s*", re.DOTALL
)
_NOT_BLANK: Final = re.compile(r"\S")
_DEEP: Final = 4
"""Depth to search for anchors; deeper than they are in any JSON output."""

_PARSED: Final = ("repairs", "drafts", "remarks")
_DRAFT: Final = ("first", "last", "sections", *PROSE, "dependencies")
_WITHOUT: Final = (
    (("name", "request"), "request"),
    (("branch", "commit", "anchor"), "status"),
    (("id", "name", "parents", "children", "state"), "graph' or 'git anchor heads"),
    (("code", "level", "message"), "doctor"),
)
"""JSON output without the text of an anchor: the keys that identify it, and the command."""


def is_anchor(value: Any) -> bool:
    """Return whether a value is an anchor from JSON output or an anchor file, damaged or not."""
    return (
        isinstance(value, Mapping)
        and all(key in value for key in _FIELDS)
        and is_id(str(value["id"]))
        and any(key in value for key in (*PROSE, "dependencies"))
    )


def read(text: str) -> list[Draft] | None:
    """Return the anchors of a text that is only output or files of git anchor; None for any other.

    Raises WrongUsage or BadAnchorFile if it is such a text, but is damaged or has no text of an anchor.
    """
    if fenced := _FENCE.fullmatch(text):
        text = fenced["inner"]
    last = len(text.rstrip("\n").split("\n"))
    if text.lstrip()[:1] in ("{", "["):
        return _read_json(text, last)
    if _FOR_READING.match(text):
        raise WrongUsage("what 'git anchor show' prints is for reading; take 'git anchor show --json'")
    if _FILE.match(text):
        return [draft_of(anchor, last) for anchor in _files(text)]
    return None


NOTES: Final = "(notes)"
"""The key of notes in `as_said`, which no person is likely to write."""


def as_said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return name, time and texts of an anchor from JSON output, under keys with no other meaning."""
    said: dict[str, Any] = {
        key: values[key] for key in ("name", "created", *SECTIONS) if values.get(key)
    }
    items = said.get("dependencies")
    if isinstance(items, list):
        said["dependencies"] = [
            item["text"] if isinstance(item, Mapping) and isinstance(item.get("text"), str) else item
            for item in items
        ]
    return said | ({NOTES: values["notes"]} if values.get("notes") else {})


def is_ours(text: str) -> bool:
    """Return whether a text is output of git anchor, damaged or not."""
    try:
        return read(text) is not None
    except AnchorError:
        return True


def left_out(draft: Draft) -> list[str]:
    """Return the fields that people wrote, but that a new anchor from the draft will not have."""
    return [key for key in ("done_when", "outcome") if draft.meta.get(key)] + [
        *draft.meta.get("extra", ())
    ]


def draft_of(anchor: Anchor, last: int) -> Draft:
    """Make a draft of an anchor, with the facts from which an import makes the same anchor again."""
    values = anchor.as_dict()
    draft = Draft(1, last, id=anchor.id, name=anchor.name, dependencies=anchor.dependencies)
    draft.time = WrittenTime(timestamp(anchor.created), anchor.created)
    for section in PROSE:
        setattr(draft, section, getattr(anchor, section))
    draft.meta = {
        key: values[key] for key in FILE_KEYS - {"id", "name", "dependencies", *PROSE} if key in values
    }
    draft.meta |= {"items": values["dependencies"], "extra": dict(anchor.extra)}
    draft.digest = codec.dump(anchor)
    return draft


def _read_json(text: str, last: int) -> list[Draft] | None:
    values = _loaded(text)
    if values is None:
        return None
    drafts = [draft for value in values for draft in _drafts_in(value, last)]
    for value in values if not drafts else ():
        _refuse_other_output(value)
    return drafts or None


def _loaded(text: str) -> list[Any] | None:
    """Return the values of consecutive JSON texts; None if they are not ours. Raises WrongUsage."""
    decoder, values, at = json.JSONDecoder(), [], 0
    while rest := _NOT_BLANK.search(text, at):
        try:
            value, at = decoder.raw_decode(text, rest.start())
        except json.JSONDecodeError as error:
            if _BEGUN.search(text) is None:
                return None
            raise WrongUsage(f"line {error.lineno} is not JSON ({error.msg}); was it cut off?") from None
        except (ValueError, RecursionError):  # for instance a number with too many digits
            return None
        values.append(value)
    return values


def _drafts_in(value: Any, last: int) -> Iterator[Draft]:
    if isinstance(value, Mapping) and all(key in value for key in _PARSED):
        yield from (_parsed(item, last) for item in _drafts(value["drafts"]))
        return
    for item in _anchors(value):
        yield draft_of(anchor_of(item), last)


def _refuse_other_output(value: Any) -> None:
    first = value[0] if isinstance(value, list) and value else value
    for keys, command in _WITHOUT:
        if isinstance(first, Mapping) and all(key in first for key in keys):
            raise WrongUsage(
                f"what 'git anchor {command}' prints as JSON has no text of an anchor;"
                " take 'git anchor show --json'"
            )


def _anchors(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the anchors in JSON output, at any place in it."""
    if is_anchor(value):
        yield value
    elif depth < _DEEP and isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _anchors(item, depth + 1)


def anchor_of(values: Mapping[str, Any]) -> Anchor:
    """Make an anchor from JSON output, checked like a file. Raises WrongUsage."""
    name = f"the anchor {values['id']}"
    missing = next((key for key in (*PROSE, "dependencies") if key not in values), None)
    if missing:
        raise WrongUsage(f"{name}: the field '{missing}' is missing")
    if str(values["schema"]) != str(SCHEMA):
        raise WrongUsage(
            f"{name}: schema {values['schema']!s:.20} is not one that this gitanchor reads"
            f" (it reads {SCHEMA})"
        )
    try:
        anchor = Anchor.from_dict({key: values[key] for key in values if key not in DERIVED})
        return codec.load(codec.dump(anchor), name)
    except BadAnchorFile as problem:
        raise WrongUsage(str(problem)) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise WrongUsage(f"{name}: a field is not of the kind that it should be") from None


def _files(text: str) -> Iterator[Anchor]:
    """Yield the anchors of consecutive anchor files. Raises BadAnchorFile."""
    document: list[str] = []
    for line in text.split("\n"):
        document.append(line)
        if line.rstrip() == codec.SENTINEL:
            yield codec.load("\n".join(document), "the anchor file")
            document.clear()
    if any(line.strip() for line in document):
        yield codec.load("\n".join(document), "the anchor file")


def _drafts(values: Any) -> list[Mapping[str, Any]]:
    """Return the drafts of `git anchor parse --json`. Raises WrongUsage."""
    items: list[Any] = values if isinstance(values, list) else [None]
    for item in items:
        whole = isinstance(item, Mapping) and all(key in item for key in _DRAFT)
        if not (whole and all(isinstance(item[section], str) for section in PROSE)):
            raise WrongUsage("a draft of 'git anchor parse --json' lacks some of its fields")
    return items


def _parsed(values: Mapping[str, Any], last: int) -> Draft:
    name, written = values.get("name"), values.get("written_time")
    draft = Draft(1, last, name=name if isinstance(name, str) else None)
    draft.time = read_time(written) if isinstance(written, str) else None
    for section in PROSE:
        setattr(draft, section, values[section])
    facts = {
        "schema": 1,
        "id": "00000000",
        "name": "draft",
        "created": "2000-01-01T00:00:00Z",
        "author": "",
    }
    sections = {section: values[section] for section in (*PROSE, "dependencies")}
    draft.dependencies = anchor_of({**facts, **sections}).dependencies
    return draft
