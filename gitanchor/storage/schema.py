"""Convert the fields of an anchor file, all text from the parser, to a typed Anchor.

The types are ours, not those of YAML: a word is text unless its field needs another type.
"""

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from gitanchor.model.anchor import (
    DEPENDENCY_KEYS,
    FILE_KEYS,
    KINDS,
    SCHEMA,
    SOURCES,
    STATUSES,
    Anchor,
    Dependency,
    is_id,
    is_object_id,
)
from gitanchor.model.lazy_re import late

_NULLABLE: Final = frozenset(
    {"branch", "commit", "tree", "patch_id", "written_time", "outcome", "check"}
)


class Refused(Exception):
    """The file is not valid; the message is the reason."""


_TIME: Final = late(
    r"\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d(?::?\d\d(?:[.,]\d{1,6})?)?"
    r"(?:Z|[+-]\d\d(?::?\d\d(?::?\d\d(?:\.\d{1,6})?)?)?)?"
)
"""A time in ISO 8601, with no more digits than an anchor keeps."""


_CONTROL: Final = late(r"[\x00-\x1f\x7f]")


NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
"""The words that mean null without quotation marks (YAML 1.2, 10.3.2)."""


class Null(str):
    """One of these words without quotation marks: null in a field that may be null, else text."""

    __slots__ = ()


def typed(values: dict[str, Any]) -> Anchor:
    """Check the fields of a file and convert them to an anchor. Raises Refused."""
    known: dict[str, Any] = {}
    for key in ("schema", "id", "name", "created", "author"):
        if key not in values:
            raise Refused(f"the field '{key}' is missing")
    if values["schema"] != str(SCHEMA):
        raise Refused(
            f"schema {values['schema']!s:.20} is not one that this gitanchor reads (it reads {SCHEMA})"
        )
    for key, check in _TYPES.items():
        if key in values:
            known[key] = check(key, values[key])
    known["parents"] = _parents(values.get("parent"))
    known["extra"] = {key: _untyped(values[key]) for key in values if key not in FILE_KEYS}
    return Anchor(**known)


def _text(key: str, value: Any) -> str | None:
    if key in _NULLABLE and _is_null(value):
        return None
    if not isinstance(value, str):
        raise Refused(f"the field '{key}' is not text")
    return str(value)


def _no_nul(key: str, value: Any) -> str | None:
    """Return a text that may be passed to git or the system, and so must have no NUL."""
    text = _text(key, value)
    if text is not None and "\0" in text:
        raise Refused(f"the field '{key}' holds a NUL character")
    return text


def _branch(key: str, value: Any) -> str | None:
    """Return a branch without control characters (git-check-ref-format(1)), unfit for a command line."""
    text = _text(key, value)
    if text is not None and _CONTROL.search(text):
        raise Refused(f"the field '{key}' holds a control character, which no branch has")
    return text


def _prose(key: str, value: Any) -> str:
    return "" if _is_null(value) else (_text(key, value) or "")


def _id(key: str, value: Any) -> str:
    if not isinstance(value, str) or not is_id(value):
        raise Refused(f"the {key} is not 8 lower-case hex digits")
    return str(value)


def _object(key: str, value: Any) -> str | None:
    """Return a full object id. git is given nothing else from a file: never an option or a range."""
    text = _text(key, value)
    if text is not None and not is_object_id(text):
        raise Refused(f"the field '{key}' is not a full object id")
    return text


def _parents(value: Any) -> tuple[str, ...]:
    if value is None or _is_null(value):
        return ()
    return tuple(_id("parent", item) for item in (value if isinstance(value, list) else [value]))


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if _is_null(value):
        return ()
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise Refused(f"the field '{key}' is neither text nor a list of texts")
    return tuple(map(str, texts))


def _created(key: str, value: Any) -> datetime:
    moment = None
    if isinstance(value, str) and _TIME.fullmatch(value):  # Python reads more than that
        with contextlib.suppress(ValueError):
            moment = datetime.fromisoformat(value)
    if moment is None:
        raise Refused(f"the field '{key}' is not an ISO 8601 time")
    if moment.tzinfo is None:
        raise Refused(f"the field '{key}' has no offset from UTC, such as +00:00")
    return moment


def _boolean(key: str, value: Any) -> bool | None:
    if _is_null(value):
        return None
    if not isinstance(value, str) or value not in {"true", "false"}:
        raise Refused(f"the field '{key}' is neither true nor false")
    return bool(value == "true")


def _one_of(choices: tuple[str, ...]) -> Callable[[str, Any], str]:
    def check(key: str, value: Any) -> str:
        if value not in choices:
            raise Refused(f"the field '{key}' is none of: {', '.join(choices)}")
        return str(value)

    return check


def _dependencies(key: str, value: Any) -> tuple[Dependency, ...]:
    if _is_null(value):
        return ()
    if not isinstance(value, list):
        raise Refused(f"the field '{key}' is not a list")
    return tuple(_dependency(item) for item in value)


def _dependency(item: Any) -> Dependency:
    if isinstance(item, str):
        return Dependency(str(item))
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        raise Refused("a dependency has no text")
    kind = _kind("kind", item.get("kind", "other"))
    check = _text("check", item.get("check", Null()))
    extra = {key: _untyped(value) for key, value in item.items() if key not in DEPENDENCY_KEYS}
    return Dependency(str(item["text"]), kind, check, extra)


def _is_null(value: Any) -> bool:
    return isinstance(value, Null)


def _untyped(value: Any) -> Any:
    """Return the value of an unknown key as JSON types: everything but null stays text."""
    if isinstance(value, dict):
        return {key: _untyped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_untyped(item) for item in value]
    return None if _is_null(value) else str(value)


_kind: Final = _one_of(KINDS)

_TYPES: Final[dict[str, Callable[[str, Any], Any]]] = {
    "id": _id,
    "name": _no_nul,
    "created": _created,
    "author": _no_nul,
    "branch": _branch,
    "commit": _object,
    "tree": _object,
    "patch_id": _object,
    "dirty": _boolean,
    "status": _one_of(STATUSES),
    "done_when": _texts,
    "outcome": _text,
    "source": _one_of(SOURCES),
    "written_time": _text,
    "context": _prose,
    "milestone": _prose,
    "next_action": _prose,
    "dependencies": _dependencies,
    "notes": _prose,
}
"""The fields in the order in which they are checked; the first invalid one is reported."""
