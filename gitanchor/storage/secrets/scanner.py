"""Find secrets in a text, and mask them for messages. No input or output.

Secrets of vendors are recognized by their prefix (`rules`), others by the name that they are assigned to
(`assignments`), such as "password", or by other context (`contexts`). A path, an address, a variable or
a placeholder is no secret, nor is a hash or a UUID that is not called a key. The time is linear in the
length of the text.
"""

import bisect
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gitanchor.model.lazy_re import late
from gitanchor.storage.secrets import contexts
from gitanchor.storage.secrets.assignments import KEYWORD, by_name
from gitanchor.storage.secrets.rules import ANYWHERE, RULES, Rule
from gitanchor.storage.secrets.values import (
    is_harmless,
    is_mixed,
    is_name,
    is_no_password,
    is_placeholder,
)

_SHOWN: Final = 4
"""Characters of a long secret that are shown at either end."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret in a text. `line` and `column` count from 1; `masked` is all that may be shown of it.

    `id` is made from the secret alone, so that it is the same wherever the secret is found.
    """

    line: int
    column: int
    rule: str
    masked: str
    id: str


def scan(text: str, hits: Iterable[tuple[int, int, str]] = ()) -> list[Finding]:
    """Return the secrets in a text, in order. If places overlap, only the one that starts first counts.

    `hits` are places from other tools, each as (start, end, rule).
    """
    theirs = (hit for hit in hits if not is_harmless(text[hit[0] : hit[1]]))
    return findings(text, sorted([*_hits(text), *theirs], key=lambda hit: hit[:2]))


def _hits(text: str) -> list[tuple[int, int, str]]:
    """Return the places of secrets as (start, end, rule), in order; they may overlap."""
    found = [hit for search in _SEARCHES for hit in search(text)]
    if _ESCAPE.search(text):
        found += _behind_escapes(text)
    return sorted(found, key=lambda hit: hit[:2])


_ESCAPE: Final = late(r"\\[!-/:-@\[-`{-~]")
"""A character with a backslash before it, as in Markdown or in a string of code."""


def _behind_escapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the places of secrets that are found only when the backslashes of escapes are removed."""
    kept, ends, shifts, last = [], [0], [0], 0
    length = 0
    for escape in _ESCAPE.finditer(text):
        kept.append(text[last : escape.start()])
        length += escape.start() - last
        last = escape.start() + 1
        ends.append(length)
        shifts.append(last - length)
    shown = "".join([*kept, text[last:]])
    for search in _SEARCHES:
        for first, end, rule in search(shown):
            start = first + shifts[bisect.bisect_right(ends, first) - 1]
            stop = end - 1 + shifts[bisect.bisect_right(ends, end - 1) - 1] + 1
            yield start, stop, rule


def hidden(text: str) -> str:
    """Return a text with its secrets masked, for instance the name of an anchor that contains one."""
    shown, end = [], 0
    for first, last, rule in _hits(text):
        if first >= end:
            shown += [text[end:first], masked(text[first:last], rule)]
            end = last
    return "".join([*shown, text[end:]])


def findings(text: str, hits: Sequence[tuple[int, int, str]]) -> list[Finding]:
    """Return findings for sorted places (start, end, rule) in a text; of two that overlap, the first."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))] if hits else []
    found, end = [], 0
    for first, last, rule in hits:
        if first >= end:
            line = bisect.bisect_right(starts, first)
            secret = text[first:last]
            column = first - starts[line - 1] + 1
            found.append(Finding(line, column, rule, masked(secret, rule), _identified(secret)))
            end = last
    return found


_LONGEST_HEAD: Final = len("-----BEGIN ENCRYPTED PRIVATE KEY-----")


def masked(secret: str, rule: str = "") -> str:
    """Return what may be shown: nothing of a password, the start of a short secret, else both ends."""
    if rule in ("private-key", "putty-private-key"):
        return f"{secret.split(chr(10), maxsplit=1)[0][:_LONGEST_HEAD]}…"
    by_person = rule in (KEYWORD, contexts.OPTION, "url-with-password", "basic-credentials")
    if len(secret) < 6 * _SHOWN or by_person:
        return f"{'' if by_person else secret[: len(secret) // 6]}…"
    return f"{secret[:_SHOWN]}…{secret[-_SHOWN:]}"


def _identified(secret: str) -> str:
    return hashlib.sha256(b"gitanchor secret\n" + secret.encode("utf-8", "replace")).hexdigest()[:6]


# By vendor -------------------------------------------------------------------------------------


_STARTS: Final = tuple({start for rule in RULES for start in rule.starts})


@functools.cache
def _beginnings() -> tuple[re.Pattern[str], dict[str, list[tuple[str, Rule]]]]:
    """Return one pattern for all prefixes at the start of a word, and the rules to try for each."""
    pairs = sorted(
        ((one, rule) for rule in RULES for one in rule.starts), key=lambda pair: -len(pair[0])
    )
    rules = {start: [pair for pair in pairs if start.startswith(pair[0])] for start in _STARTS}
    tree: dict[str, list[str]] = {}
    for start in sorted(rules, key=len, reverse=True):
        tree.setdefault(start[0], []).append(re.escape(start[1:]))
    either = "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in tree.items())
    firsts = "".join(map(re.escape, tree))
    return re.compile(f"(?=[{firsts}])(?<![A-Za-z0-9])(?:{either})"), rules


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_SHORTEST: Final = 18
"""Least length of a word that can contain a secret with a vendor's prefix."""

_PART: Final = 1 << 20


def _by_vendor(text: str) -> Iterator[tuple[int, int, str]]:
    if not _may_begin(text):
        return
    beginnings, rules = _beginnings()
    for first, last in _words_with(beginnings, text):
        end = first
        for start in beginnings.finditer(text, first, last):
            if start.start() < end:  # inside of a match, where each try might take as long again
                continue
            for beginning, rule in rules[start[0]]:
                match = _compiled(rule.pattern).match(text, start.start())
                if match:
                    end = match.end()
                    if hit := _hit(match, rule, beginning):
                        yield hit
                    break


_FEW: Final = 4_096


def _may_begin(text: str) -> bool:
    """Return whether a long word of a text may contain the prefix of a rule.

    Most anchors have none, and then the pattern of all prefixes, the slowest part of the scan of an
    `add`, need not be compiled. For a text over 4,096 characters the answer is always yes.
    """
    if len(text) > _FEW:
        return True
    words = [word for word in text.split() if len(word) >= _SHORTEST]
    return any(_begins(word, start) for word in words for start in _STARTS)


def _begins(word: str, start: str) -> bool:
    place = word.find(start)
    while place > 0 and word[place - 1].isascii() and word[place - 1].isalnum():
        place = word.find(start, place + 1)
    return place >= 0


def _words_with(beginnings: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each long word that contains a prefix.

    Words mostly occur many times, so each different one is searched only once.
    """
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin + _PART)
        end = len(text) if end < 0 else end
        words = [word for word in text[begin:end].split() if len(word) >= _SHORTEST]
        having = {word for word in set(words) if beginnings.search(word)}
        place = begin
        for word in words if having else ():
            place = text.find(word, place)
            if word in having:
                yield place, place + len(word)
            place += len(word)
        begin = end


def _anywhere(text: str) -> Iterator[tuple[int, int, str]]:
    for rule in ANYWHERE:
        pattern = _compiled(rule.pattern)
        for start in rule.starts:
            place = text.find(start)
            while place >= 0:
                match = pattern.match(text, place)
                if match and (hit := _hit(match, rule, start)):
                    yield hit
                place = text.find(start, place + len(start))


def _hit(match: re.Match[str], rule: Rule, start: str) -> tuple[int, int, str] | None:
    """Return the place of a secret that a rule matched; None for a placeholder of that form."""
    group = "secret" if "secret" in match.re.groupindex else 0
    first, last = match.span(group)
    value = match[group]
    if rule.name in ("private-key", "putty-private-key"):
        return first, last, rule.name
    if rule.name == "url-with-password":
        return None if is_no_password(value) else (first, last, rule.name)
    body = value.removeprefix(start)
    if is_placeholder(body) or is_name(body) or len(set(body)) < min(10, len(body) // 2):
        return None
    if rule.name in ("bearer-token", "basic-credentials") and not is_mixed(body):
        return None
    return first, last, rule.name


_SEARCHES: Final = (
    _by_vendor,
    _anywhere,
    by_name,
    contexts.by_service,
    contexts.by_table,
    contexts.by_option,
)
