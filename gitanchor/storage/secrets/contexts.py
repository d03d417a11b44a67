"""Secrets that are recognized by their context: a service, a table header, an option of a program.

Each search yields places as (start, end, rule), in a time that is linear in the length of the text.
"""

# ruff: noqa: E501 - programs with one option are a line

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from gitanchor.model.lazy_re import late
from gitanchor.storage.secrets import names, values
from gitanchor.storage.secrets.assignments import KEYWORD, Hit

OPTION: Final = "password-option"
_BACK: Final = 80
_SHORTEST: Final = 6

# Beside the name of a service --------------------------------------------------------------------

_LONG_VALUE: Final = late(
    r"[:=|>：][ \t]{0,20}[\"'`]{0,3}(?P<value>[A-Za-z0-9_+][A-Za-z0-9_+/.=|%:-]{11,200})(?![A-Za-z0-9_+/.=-])"
)
_BETWEEN: Final = late(r"[ \t\w.\"'`()*\[\]-]{0,40}")
_KEYLIKE: Final = late(r"key|token|secret|api|auth|pat(?![a-z])|cred|pass|pwd|access|signing|sdk|login")


_HAS_DIGIT: Final = late(r"\d")


@cache
def _services() -> tuple[re.Pattern[str], dict[str, names.Service]]:
    words = {word: service for service in names.SERVICES for word in service.words.split()}
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![a-z])(?:{either})"), words


def by_service(text: str) -> Iterator[Hit]:
    """Yield values after the name of a service that have the form of its secrets."""
    for found in _LONG_VALUE.finditer(text):
        value = found["value"].rstrip(".:")
        if not _HAS_DIGIT.search(value) or values.is_name(value) or not _is_made(value):
            continue
        first = found.start()
        before = text[max(0, first - _BACK) : first].rpartition("\n")[2].lower()
        pattern, words = _services()
        for named in pattern.finditer(before):
            service, between = words[named[0]], before[named.end() :]
            if _is_named(between) and _form(service.form).fullmatch(value):
                place = found.start("value")
                yield place, place + len(value), service.name
                break


def _is_named(between: str) -> bool:
    """Return whether the words between a service's name and a value name a key, or there are none."""
    if not _BETWEEN.fullmatch(between) or names.NO_SERVICE.search(between):
        return False
    if names.NO_SECRET.search(between) or names.NO_KEY.search(between):
        return False
    return _KEYLIKE.search(between) is not None or not between.strip("\"'`* )")


@cache
def _form(form: str) -> re.Pattern[str]:
    return re.compile(form, re.IGNORECASE)


def _is_made(value: str) -> bool:
    return (
        len(set(value)) >= min(8, len(value) // 2)
        and not values.is_placeholder(value)
        and (values.is_mixed(value) or value.isdigit())
    )


# In a table ----------------------------------------------------------------------------------------

_RULER: Final = late(r"\n[ \t]{0,3}\|?[ \t]{0,20}:?-{2,200}:?[ \t]{0,20}\|[-:| \t]{0,500}(?=\r?\n)")
_ROWS: Final = 200


def by_table(text: str) -> Iterator[Hit]:
    """Yield cells of a table column whose header names a secret."""
    end = 0
    for ruler in _RULER.finditer(text):
        head = text[max(0, ruler.start() - 1000) : ruler.start()].rpartition("\n")[2]
        columns = [
            (number, password)
            for number, cell in enumerate(head.strip().strip("|").split("|"))
            for password in _head(cell)
        ]
        if columns and ruler.end() >= end:
            hits, end = _rows(text, ruler.end() + 1, columns)
            yield from hits


def _head(cell: str) -> Iterator[bool]:
    """Yield whether a header cell names a password; yield nothing if it names no secret."""
    name = names.lowered(cell.strip(" \t*`_"))
    if names.NO_SECRET.search(name) or names.NO_KEY.search(name):
        return
    for place in range(min(len(name), 40)):
        for pattern in (names.PASSWORD, names.SECRET):
            if pattern.fullmatch(name, place):
                yield pattern is names.PASSWORD
                return


def _rows(text: str, start: int, columns: Iterable[tuple[int, bool]]) -> tuple[list[Hit], int]:
    hits = []
    for _ in range(_ROWS):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        row = text[start : min(end, start + 1000)]
        if "|" not in row:
            break
        cells = row.split("|")
        skipped = 1 if row.lstrip().startswith("|") else 0
        for number, password in columns:
            if number + skipped < len(cells):
                cell = cells[number + skipped]
                secret = cell.strip(" \t\r`\"'*")
                if secret and _is_cell(secret, password=password):
                    place = (
                        start + len("|".join(cells[: number + skipped])) + (1 if number + skipped else 0)
                    )
                    place += cell.index(secret)
                    hits.append((place, place + len(secret), KEYWORD))
        start = end + 1
        if end == len(text):
            break
    return hits, start


def _is_cell(secret: str, *, password: bool) -> bool:
    if " " in secret or values.is_no_password(secret) or values.is_reference(secret):
        return False
    if password:
        return len(secret) >= _SHORTEST and values.is_mixed(secret) and not values.is_technical(secret)
    return len(secret) >= 12 and (values.is_random(secret) or values.is_identifier(secret))


# As an option of a program ---------------------------------------------------------------------------

_USER: Final = r"[ =]{0,3}[\"']?[^\s:\"'`]{0,64}:(?P<secret>[^\s\"'`]{4,128})"
_GLUED: Final = r"[\"']?(?P<secret>[^\s\"'`]{6,128})"
_APART: Final = r"[ \t]{0,3}[\"']?(?P<secret>[^\s\"'`]{6,128})"
_OPTIONS: Final = (
    (" -u", "curl|wget|https?|xh", _USER),
    (" --user", "curl", _USER),
    (" --proxy-user", "curl", _USER),
    (" -a", "redis-cli|https?|xh", r"[ \t]{0,3}[\"']?(?:[^\s:\"'`]{1,64}:)?(?P<secret>[^\s\"'`:]{6,128})"),
    (" -p", "mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|7z|7za", _GLUED),
    (" -p", "sshpass|docker login|podman login|az login|mongo|mongosh|mongodump|mongorestore|oc login|nmcli", _APART),
    (" -P", "sqlcmd|bcp|zip|unzip", _APART),
    (" -w", "ldapsearch|ldapadd|ldapmodify|ldapwhoami", _APART),
    (" -U", "smbclient|rpcclient|net", r"[ \t]{0,3}[\"']?[^\s%\"'`]{1,64}%(?P<secret>[^\s\"'`]{4,128})"),
    (" -pass", "openssl", r"(?:in|out)?[ \t]pass:(?P<secret>[^\s\"'`]{4,128})"),
)  # fmt: skip


def by_option(text: str) -> Iterator[Hit]:
    """Yield passwords in options of programs."""
    for option, programs, form in _OPTIONS:
        place = text.find(option)
        while place >= 0:
            match = _form_of_option(form).match(text, place + len(option))
            if match and _runs(text, place, programs):
                secret = match["secret"]
                if (
                    not values.is_no_password(secret)
                    and not values.is_reference(secret)
                    and not secret.isdigit()
                ):
                    yield (*match.span("secret"), OPTION)
            place = text.find(option, place + len(option))


@cache
def _form_of_option(form: str) -> re.Pattern[str]:
    return re.compile(form)


def _runs(text: str, place: int, programs: str) -> bool:
    """Return whether one of the programs starts before a place, on its line or one continued by it."""
    before = text[max(0, place - 300) : place].replace("\\\n", " ")
    line = before.rpartition("\n")[2]
    return re.search(rf"(?:^|[\s/;&|`$(\"'])(?:{programs})(?=[\s\"']|$)", line) is not None
