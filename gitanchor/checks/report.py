"""Check whether what an anchor depends on is here, now: its items with the results of their checks."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gitanchor.checks import grammar
from gitanchor.checks.grammar import NEVER, Check
from gitanchor.checks.infer import inferred
from gitanchor.checks.probe import MISSING, OK, UNKNOWN, Answer, Prober, placed
from gitanchor.git.repository import Repository
from gitanchor.model import markdown
from gitanchor.model.anchor import Anchor, Dependency
from gitanchor.model.errors import WrongUsage
from gitanchor.model.lazy_re import late

MARKS: Final = {OK: "✓", MISSING: "✗", UNKNOWN: "?"}
AT_ONCE: Final = 0.8
"""The seconds that checks may take while a person waits for another result."""

PATIENTLY: Final = 10.0

_OPTIONAL: Final = late(r"\b(?:optional(?:ly)?|nice to have)\b", re.IGNORECASE)
_DOTENV: Final = late(r"(?:.*/)?(?:\.env(?:\.\w+)?|[\w-]+\.env)")
_NOTHING: Final = "names nothing that can be checked"
_FORMAT: Final = 1


class Row(NamedTuple):
    """A check of an item and its answer; `check` is None if there is nothing to check."""

    text: str
    kind: str
    check: str | None
    is_inferred: bool
    is_required: bool
    answer: Answer

    @property
    def wanted(self) -> str:
        """What is wanted, on one line: the check, or else the item."""
        return self.check if self.check and self.is_looked_at else self.text.split("\n", 1)[0]

    @property
    def is_looked_at(self) -> bool:
        """Whether there is something to check, instead of a person or a remark."""
        return self.check is not None and self.check.partition(":")[0] not in NEVER

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON."""
        return {
            "text": self.text,
            "kind": self.kind,
            "check": self.check,
            "inferred": self.is_inferred,
            "required": self.is_required,
            "state": self.answer.state,
            "found": self.answer.found,
            "advice": self.answer.advice,
        }


def checks_of(item: Dependency) -> tuple[Check, ...]:
    """Return the checks of an item: those in its file, else those that its text certainly means.

    Raises WrongUsage if the check in the file is invalid.
    """
    return inferred(item.text, item.kind) if item.check is None else grammar.parse(item.check)


def look(
    anchor: Anchor,
    repository: Repository,
    seconds: float,
    *,
    environment: Path | None = None,
    network: bool = False,
) -> list[Row]:
    """Run the checks of an anchor, and return their results in the order of its items.

    `seconds` limits the time of all checks together; what takes longer is unknown. `environment` is
    the folder of a virtual environment. Hosts and ports are asked only with `network`.
    """
    wanted = [pair for item in anchor.dependencies for pair in _wanted(item)]
    found = [one for _, one in wanted if isinstance(one, Check)]
    dotenv = [
        path
        for check in found
        if check.kind == "file" and _DOTENV.fullmatch(check.name)
        if (path := placed(check.name, repository.root))
    ]
    answers = (
        Prober(repository, seconds, environment, dotenv, network=network).answers(found) if found else {}
    )
    return [
        _row(item, str(one), answers[one]) if isinstance(one, Check) else _row(item, None, one)
        for item, one in wanted
    ]


def _wanted(item: Dependency) -> list[tuple[Dependency, Check | Answer]]:
    """Return the checks of an item, or the reason why it has none."""
    try:
        found = checks_of(item)
    except WrongUsage as problem:
        return [(item, Answer(UNKNOWN, str(problem).partition(";")[0]))]
    if found:
        return [(item, check) for check in found]
    person = item.kind == "person"
    return [(item, Answer(UNKNOWN, "a person; not checked" if person else _NOTHING))]


def _row(item: Dependency, check: str | None, answer: Answer) -> Row:
    is_required = not _OPTIONAL.search(item.text)
    return Row(item.text, item.kind, check, item.check is None, is_required, answer)


def lacks_something(rows: Sequence[Row]) -> bool:
    """Whether a required item is missing."""
    return any(row.is_required and row.answer.state == MISSING for row in rows)


def in_prompt(rows: Sequence[Row]) -> list[str]:
    """Return the lines of the prompt on the dependencies; none if nothing can be checked."""
    shown = [row for row in rows if row.is_looked_at]
    if not shown:
        return []
    answers = ((MARKS[row.answer.state], _span(row.wanted), _plain(row.answer.found)) for row in shown)
    return [
        "Of these, here and now:",
        "",
        *(f"- {mark} {wanted}: {found}" for mark, wanted, found in answers),
    ]


def _span(text: str) -> str:
    return markdown.code_span(_plain(text))


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


# Two machines ------------------------------------------------------------------------------


def saved(anchor: Anchor, rows: Sequence[Row]) -> bytes:
    """Return what this machine has, as a file for another one."""
    import platform

    value = {
        "format": _FORMAT,
        "machine": platform.node(),
        "anchor": anchor.id,
        "name": anchor.name,
        "checks": [
            {"check": row.check, "state": row.answer.state, "found": row.answer.found}
            for row in rows
            if row.is_looked_at
        ],
    }
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


class Difference(NamedTuple):
    """A check with different answers on two machines: each a state and what was found, or None."""

    check: str
    here: tuple[str, str] | None
    there: tuple[str, str] | None


def differences(rows: Sequence[Row], content: bytes, path: str) -> tuple[str, list[Difference]]:
    """Return the name of the machine that saved a file, and what differs there. Raises WrongUsage."""
    try:
        value = json.loads(content)
        known = value["format"] == _FORMAT and all(one["state"] in MARKS for one in value["checks"])
        machine = str(value["machine"])
        there = {str(one["check"]): (str(one["state"]), str(one["found"])) for one in value["checks"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        known = False
    if not known:
        raise WrongUsage(f"'{path}' is not what 'git anchor check --save' writes")
    here = {
        row.check: (row.answer.state, row.answer.found) for row in rows if row.is_looked_at and row.check
    }
    order = dict.fromkeys([*here, *there])
    return machine, [
        Difference(check, here.get(check), there.get(check))
        for check in order
        if here.get(check) != there.get(check)
    ]
