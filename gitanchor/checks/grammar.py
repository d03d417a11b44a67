"""Parse a dependency's check, such as `tool:az>=2.60`, and compare versions.

The only module that imports packaging, whose rules for versions are those of PEP 440.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from gitanchor.git.names import is_branch_name
from gitanchor.model.errors import WrongUsage
from gitanchor.model.lazy_re import late

NEVER: Final = frozenset({"person", "other", "none"})
"""The kinds that are listed but never checked."""

_SPECIFIER: Final = r"(?:===|~=|==|!=|<=|>=|<|>)\s*v?\d[\w.*+!-]*"
_WANTED: Final = rf"(?P<wanted>\s*{_SPECIFIER}(?:\s*,\s*{_SPECIFIER})*)?"
_TOOL: Final = late(rf"(?P<name>[A-Za-z0-9](?:[\w.+-]*[\w+])?)\s*{_WANTED}", re.ASCII)
_PACKAGE: Final = late(rf"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*{_WANTED}", re.ASCII)
_PYTHON: Final = late(rf"python\s*{_WANTED}", re.ASCII)
_HOST: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
_CONTROL: Final = late(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST: Final = 1000


class Check(NamedTuple):
    """What has to be there: its kind, its name, and the accepted versions of a tool or package.

    `python` without a name is the interpreter itself.
    """

    kind: str
    name: str = ""
    wanted: str = ""

    def __str__(self) -> str:
        if self.kind == "none" or not self.name:
            return f"{self.kind}{self.wanted}"
        return f"{self.kind}:{self.name}{self.wanted}"


def _is_path(value: str) -> bool:
    return not value.startswith("~") or value == "~" or value.startswith("~/")


def _form(text: str, flags: int = 0) -> Callable[[str], object]:
    """Return a test whether a whole value matches a pattern."""

    def is_of_form(value: str) -> object:
        return pattern.fullmatch(value)

    pattern = late(text, flags)
    return is_of_form


_VALUES: Final[dict[str, Callable[[str], object]]] = {
    "env": _form(r"[A-Za-z_][A-Za-z0-9_]*"),
    "file": _is_path,
    "dir": _is_path,
    "branch": is_branch_name,
    "merged": is_branch_name,
    "commit": _form(r"[0-9a-f]{7,64}"),
    "port": _form(rf"{_HOST}:[1-9]\d{{0,4}}", re.ASCII),
    "host": _form(_HOST),
    "service": _form(r"[a-z0-9][a-z0-9-]*"),
    "person": bool,
    "other": bool,
}
_FORMS: Final = (
    "env:NAME, tool:NAME>=VERSION, python:PACKAGE>=VERSION, python>=VERSION, file:PATH, dir:PATH,"
    " branch:NAME, merged:NAME, commit:ID, port:HOST:PORT, host:NAME, service:NAME, person:NAME,"
    " other:TEXT or none"
)


def parse(text: str) -> tuple[Check, ...]:
    """Return the checks of a dependency, which semicolons separate. Raises WrongUsage for bad ones."""
    return tuple(_one(part.strip()) for part in text.split(";"))


def _one(text: str) -> Check:
    if text in {"none", "none:"}:
        return Check("none")
    kind, colon, value = text.partition(":")
    value = value.strip()
    if not colon and (match := _PYTHON.fullmatch(text)):
        return Check("python", "", _plain(match["wanted"]))
    if colon and value and len(value) <= _LONGEST and not _CONTROL.search(value):
        if kind in {"tool", "python"}:
            match = (_TOOL if kind == "tool" else _PACKAGE).fullmatch(value)
            if match:
                return Check(kind, match["name"], _plain(match["wanted"]))
        elif kind in _VALUES and _VALUES[kind](value):
            return Check(kind, value)
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    raise WrongUsage(f"'{shown}' is no check; give {_FORMS}")


def _plain(wanted: str | None) -> str:
    return re.sub(r"\s+", "", wanted or "")


def satisfies(version: str, wanted: str) -> bool | None:
    """Whether a version is among those wanted (PEP 440); None if either is not a valid version."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        return SpecifierSet(wanted).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return None


def distribution_name(name: str) -> str:
    """Return the normalized name of a package (packaging.python.org, names and normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()
