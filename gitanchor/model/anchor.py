"""Anchor and Dependency: the fields of one handoff record, and the names derived from them.

Plain data without input or output. `codec` defines its YAML form, `store` where its file is.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final

from gitanchor.model.errors import WrongUsage
from gitanchor.model.lazy_re import late

SCHEMA: Final = 1

PROSE: Final = ("context", "milestone", "next_action", "notes")
"""The fields that hold Markdown, in the order of the file, without `dependencies`."""

SECTIONS: Final = ("context", "milestone", "next_action", "dependencies")
"""The sections that a request asks a chat for, in the order of the request."""

TITLES: Final = {
    "context": "Context",
    "milestone": "Current milestone",
    "next_action": "Next action",
    "dependencies": "Dependencies",
    "notes": "Notes",
}
"""The titles of the sections in everything that people read."""

KINDS: Final = ("key", "env", "tool", "python", "file", "branch", "service", "person", "other")
STATUSES: Final = ("open", "done", "superseded")
SOURCES: Final = ("cli", "chat", "import", "absorb", "mcp")

FROM_TEXT: Final = frozenset({"import", "absorb", "chat"})
"""The sources of anchors whose id is made from their text, so that the same text gives the same id."""

TAKEN_IN: Final = (
    "created",
    "author",
    "branch",
    "commit",
    "tree",
    "patch_id",
    "dirty",
    "parent",
    "source",
    "written_time",
)
"""The fields that say where and when such a text was imported, absorbed or added."""

PLACEHOLDER: Final = "ANCHOR_NAME"
"""The placeholder for the name in a request; never the name of an anchor."""

NAME_LIMIT: Final = 1000
"""Longest name, in characters. It only has to keep a name on one line."""

SHORT_COMMIT: Final = 10
"""Digits of an abbreviated commit id. Fixed, because git's own length depends on the clone."""

_SLUG_LIMIT: Final = 18
_ID: Final = late(r"[0-9a-f]{8}")
_OBJECT: Final = late(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Dependency:
    """One thing that the next action needs. `text` is what the author wrote.

    `check` is the check of the item, or None. `extra` holds the keys of the item that this version
    does not know.
    """

    text: str
    kind: str = "other"
    check: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the item as JSON types, without the key `check` if it has none."""
        check = {"check": self.check} if self.check is not None else {}
        return {"kind": self.kind, "text": self.text, **check, **self.extra}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Dependency":
        """Make an item from the result of `as_dict`."""
        extra = {key: value for key, value in values.items() if key not in DEPENDENCY_KEYS}
        return cls(values["text"], values.get("kind", "other"), values.get("check"), extra)


@dataclass(frozen=True, slots=True)
class Anchor:
    """One handoff record, as in schema 1 (docs/format.md says what each field means).

    `created` always has an offset. `parents` is the file's `parent`, which may be null, one id or
    a list. `written_time` is the time as written in an imported text; it is empty if the text had
    none, and then `created` is a guess. `done_when` are conditions that close the anchor when all
    are true, `outcome` is what was said when it was closed. `extra` holds the keys of the file that
    this version does not know.
    """

    id: str
    name: str
    created: datetime
    author: str
    branch: str | None = None
    commit: str | None = None
    tree: str | None = None
    patch_id: str | None = None
    dirty: bool | None = None
    parents: tuple[str, ...] = ()
    status: str = "open"
    done_when: tuple[str, ...] = ()
    outcome: str | None = None
    source: str = "cli"
    written_time: str | None = None
    context: str = ""
    milestone: str = ""
    next_action: str = ""
    dependencies: tuple[Dependency, ...] = ()
    notes: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def short_commit(self) -> str | None:
        """The abbreviated commit id, or None if the branch had no commit yet."""
        return self.commit and self.commit[:SHORT_COMMIT]

    @property
    def place(self) -> str:
        """`branch@commit`, as far as both are known."""
        return place(self.branch, self.commit)

    @property
    def path(self) -> PurePosixPath:
        """The path of the file below `.anchors/`: year, month, then a name that sorts by time."""
        name = f"{self.created:%Y%m%dT%H%M}-{slug(self.name)}-{self.id}.yaml"
        return PurePosixPath(f"{self.created:%Y}", f"{self.created:%m}", name)

    @property
    def parent(self) -> str | list[str] | None:
        """The parents in the form of the file: null, one id or a list."""
        return list(self.parents) if len(self.parents) > 1 else next(iter(self.parents), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the anchor as JSON types, with the keys of the YAML file, including unknown keys."""
        return {
            "schema": SCHEMA,
            "id": self.id,
            "name": self.name,
            "created": timestamp(self.created),
            "author": self.author,
            "branch": self.branch,
            "commit": self.commit,
            "tree": self.tree,
            "patch_id": self.patch_id,
            "dirty": self.dirty,
            "parent": self.parent,
            "status": self.status,
            "done_when": list(self.done_when),
            "outcome": self.outcome,
            "source": self.source,
            "written_time": self.written_time,
            "context": self.context,
            "milestone": self.milestone,
            "next_action": self.next_action,
            "dependencies": [item.as_dict() for item in self.dependencies],
            "notes": self.notes,
            **self.extra,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Anchor":
        """Make an anchor from the result of `as_dict`. The values are not checked: `codec` does that."""
        known = {name: values[name] for name in FIELD_NAMES & values.keys()}
        known["created"] = datetime.fromisoformat(values["created"])
        known["dependencies"] = tuple(map(Dependency.from_dict, values["dependencies"]))
        known["parents"] = _listed(values.get("parent"))
        known["done_when"] = _listed(values.get("done_when"))
        known["extra"] = {name: values[name] for name in values if name not in FILE_KEYS}
        return cls(**known)


def _listed(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return a field that may be null, one string or a list of strings as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def place(branch: str | None, commit: str | None) -> str:
    """Return `branch@commit`, as far as both are known."""
    named = branch or ("(detached)" if commit else "(no branch)")
    return f"{named}@{commit[:SHORT_COMMIT]}" if commit else named


DEPENDENCY_KEYS: Final = frozenset({"kind", "text", "check"})
FIELD_NAMES: Final = frozenset(item.name for item in fields(Anchor)) - {"parents", "extra"}
FILE_KEYS: Final = FIELD_NAMES | {"schema", "parent"}
"""The keys of an anchor file that this version knows."""


def timestamp(moment: datetime) -> str:
    """Return a time in ISO 8601 with offset, and with a fraction only if it has one (RFC 3339, 5.6)."""
    fraction = "milliseconds" if moment.microsecond % 1000 == 0 else "microseconds"
    return moment.isoformat(timespec=fraction if moment.microsecond else "seconds")


def git_date(moment: datetime) -> str:
    """Return a time as `git log --date=iso` prints it, in its own time zone."""
    return f"{moment:%Y-%m-%d %H:%M:%S %z}"


def slug(name: str) -> str:
    """Return the last words of a name in lower-case ASCII, at most 18 characters, or `anchor`.

    The last words, because names often share their first ones: project, then step, then subject.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_name.lower())
    kept = ""
    for word in reversed(words):
        longer = f"{word}-{kept}" if kept else word[-_SLUG_LIMIT:]
        if len(longer) > _SLUG_LIMIT:
            break
        kept = longer
    return kept or "anchor"


def is_id(text: str) -> bool:
    """Return whether a text is a full anchor id: 8 lower-case hex digits."""
    return _ID.fullmatch(text) is not None


def is_object_id(text: str) -> bool:
    """Return whether a text is a full object id: 40 lower-case hex digits, or 64 (SHA-256)."""
    return _OBJECT.fullmatch(text) is not None


def checked_name(name: str) -> str:
    """Return a name without white space at its ends. Raises WrongUsage if it cannot be a name."""
    name = name.strip()
    if not name:
        raise WrongUsage("the name is empty; give one")
    if name.strip("[]*` ") == PLACEHOLDER:
        raise WrongUsage(f"'{name}' is the placeholder of the request, not a name; give a name")
    if len(name) > NAME_LIMIT:
        raise WrongUsage(
            f"the name has {len(name)} characters, more than {NAME_LIMIT}; give a shorter one"
        )
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name):
        raise WrongUsage("the name holds a line break or control character; give it on one line")
    return name
