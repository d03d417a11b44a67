"""Finding secrets in a text, and showing them masked. No input or output.

Vendors' secrets are known by how they begin (`secretrules`), others by a word such as "password"
before a value that looks like one. A hash, a UUID, a path, an address, a variable or a placeholder is
no secret. The time is in proportion to the text's length.
"""

import bisect
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gitanchor.patterns import late
from gitanchor.secretrules import ANYWHERE, RULES, Rule

_KEYWORD: Final = "keyword-and-value"
_SHOWN: Final = 4
"""How many characters of a long secret are shown at its beginning and its end."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret in a text. `line` and `column` count from 1; `masked` is all that is to be shown of it.

    `id` is made from the secret, so that it stays the same wherever that stands.
    """

    line: int
    column: int
    rule: str
    masked: str
    id: str


def scan(text: str, hits: Iterable[tuple[int, int, str]] = ()) -> list[Finding]:
    """The secrets in a text, in its order. Each place is told once, by the rule that begins first.

    `hits` are places that were found by others, each from, to and rule.
    """
    theirs = (hit for hit in hits if not is_harmless(text[hit[0] : hit[1]]))
    return findings(text, sorted([*_hits(text), *theirs], key=lambda hit: hit[:2]))


def _hits(text: str) -> list[tuple[int, int, str]]:
    """From, to and rule of each, in their order; some may meet."""
    return sorted([*_by_vendor(text), *_anywhere(text), *_by_keyword(text)], key=lambda hit: hit[:2])


def hidden(text: str) -> str:
    """A text with its secrets masked, such as the name of an anchor that is one."""
    shown, end = [], 0
    for first, last, rule in _hits(text):
        if first >= end:
            shown += [text[end:first], masked(text[first:last], rule)]
            end = last
    return "".join([*shown, text[end:]])


def findings(text: str, hits: Sequence[tuple[int, int, str]]) -> list[Finding]:
    """Findings for places in a text, each from, to and rule, in order; of two that meet the first."""
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
    """What is shown of a secret: nothing of a short one or a password, both ends of a long one."""
    if rule in ("private-key", "putty-private-key"):
        return f"{secret.split(chr(10), maxsplit=1)[0][:_LONGEST_HEAD]}…"
    by_person = rule in (_KEYWORD, "url-with-password", "basic-credentials")
    if len(secret) < 6 * _SHOWN or by_person:
        return f"{'' if by_person else secret[: len(secret) // 6]}…"
    return f"{secret[:_SHOWN]}…{secret[-_SHOWN:]}"


def _identified(secret: str) -> str:
    return hashlib.sha256(b"gitanchor secret\n" + secret.encode("utf-8", "replace")).hexdigest()[:6]


# By vendor -------------------------------------------------------------------------------------


@functools.cache
def _beginnings() -> tuple[re.Pattern[str], dict[str, Rule]]:
    """One pattern for all beginnings at the start of a word, and the rule of each."""
    rules = {start: rule for rule in RULES for start in rule.starts}
    tree: dict[str, list[str]] = {}
    for start in sorted(rules, key=len, reverse=True):
        tree.setdefault(start[0], []).append(re.escape(start[1:]))
    either = "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in tree.items())
    firsts = "".join(map(re.escape, tree))
    return re.compile(f"(?=[{firsts}])(?<![A-Za-z0-9])(?:{either})"), rules


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _by_vendor(text: str) -> Iterator[tuple[int, int, str]]:
    beginnings, rules = _beginnings()
    end = 0
    for start in beginnings.finditer(text):
        if start.start() < end:  # inside of what was found, where each try might be as long
            continue
        rule = rules[start[0]]
        match = _compiled(rule.pattern).match(text, start.start())
        if match:
            end = match.end()
            if hit := _hit(match, rule, start[0]):
                yield hit


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
    """The place of a secret that a rule found; None for a placeholder of that form."""
    group = "secret" if "secret" in match.re.groupindex else 0
    first, last = match.span(group)
    value = match[group]
    if rule.name in ("private-key", "putty-private-key"):
        return first, last, rule.name
    if rule.name == "url-with-password":
        return None if _is_no_password(value) else (first, last, rule.name)
    body = value.removeprefix(start)
    if _is_placeholder(body) or len(set(body)) < min(10, len(body) // 2):
        return None
    if rule.name in ("bearer-token", "basic-credentials") and not _is_mixed(body):
        return None
    return first, last, rule.name


# By keyword and value --------------------------------------------------------------------------

_SHORTEST: Final = 6
_NO_NAME: Final = late("hash|sha|digest|checksum|fingerprint|public", re.IGNORECASE)
_STEMS: Final = ("pass", "pwd", "secret", "token", "key", "credential")
_NAME: Final = late(
    r"(?:password|passwd|passphrase|passcode|(?<=[_-])pass|(?<![a-z])pass(?==)|pwd|secret|token|credentials?"
    r"|(?:(?<=api)|(?<=api[ _-])|(?<=access)|(?<=access[ _-])|(?<=secret)|(?<=secret[ _-])"
    r"|(?<=private)|(?<=private[ _-])|(?<=auth)|(?<=auth[ _-])|(?<=account)|(?<=account[ _-])"
    r"|(?<=storage)|(?<=storage[ _-])|(?<=signing)|(?<=signing[ _-])|(?<=encryption[_-])|(?<=master[_-])"
    r"|(?<=subscription[_-])|(?<=license[_-])|(?<=shared[_-])|(?<=session[_-])|(?<=admin[_-])"
    r"|(?<=service[_-])|(?<=app[_-])|(?<=application[_-])|(?<=deploy[_-])|(?<=webhook[_-])|(?<=jwt[_-]))key)"
    r"(?:[_-]?(?:prod|production|dev|development|staging|test|live|local|old|new|value|default|\d{1,3}))?"
    r"(?![a-z0-9_])"
)
_SEPARATOR: Final = late(
    r"(?:\*\*|__|[\"'`\])]){0,2}(?P<sign>\s{0,3}(?::=|=>|==?|:)(?:\*\*)?\s{0,3}|\s{1,2}is:?\s{1,2}|\s)"
)
_VALUE: Final = late(
    r"\"(?P<double>[^\"\n]{1,300})\"|'(?P<single>[^'\n]{1,300})'|`(?P<back>[^`\n]{1,300})`"
    r"|(?P<bare>[^\s\"'`,;<>()\[\]{}]{1,300})(?P<after>[(\[{]?)"
)
_IDENTIFIER_BACKWARDS: Final = late(r"[\w.-]{0,60}")


def _by_keyword(text: str) -> Iterator[tuple[int, int, str]]:
    lowered = text.lower()
    if len(lowered) != len(text):  # of some letters lower() makes two
        lowered = "".join(char.lower() if char.isascii() else char for char in text)
    for stem in _STEMS:
        place = lowered.find(stem)
        while place >= 0:
            match = _NAME.match(lowered, place)
            if match and (hit := _value_after(text, place, match.end())):
                yield (*hit, _KEYWORD)
            place = lowered.find(stem, place + len(stem))


def _value_after(text: str, first: int, end: int) -> tuple[int, int] | None:
    """The place of the secret that is given to a name, if one is."""
    separator = _SEPARATOR.match(text, end)
    value = _VALUE.match(text, separator.end()) if separator else None
    if separator is None or value is None:
        return None
    kind = "bare" if value["bare"] is not None else str(value.lastgroup)
    secret = value[kind]
    if len(secret) < _SHORTEST:
        return None
    before = _IDENTIFIER_BACKWARDS.match(text[max(0, first - 60) : first][::-1])
    name = (before[0][::-1] if before else "") + text[first:end]
    sign = separator["sign"]
    option = name.startswith("--")
    if not sign.strip() and not option:
        return None
    if kind == "bare":
        if value["after"] and not secret.endswith("="):  # a call, or an item of something
            return None
        secret = secret.rstrip(".:!?*" if not sign.endswith("=") else "")
    human = re.search("pass|pwd", name.lower()) is not None
    assigned = ("=" in sign and sign.strip() == sign) or kind in ("double", "single") or option
    if human and (assigned or kind == "back"):
        strong = len(secret) >= 6 and (_classes(secret) >= 2 or (len(secret) >= 8 and name.isupper()))
        strong = strong and not (" " in secret and _classes(secret.replace(" ", "")) < 3)
    elif human:
        strong = len(secret) >= 6 and _is_mixed(secret)
    else:
        strong = len(secret) >= 12 and _is_mixed(secret) and " " not in secret
    if not strong or _NO_NAME.search(name) or is_harmless(secret):
        return None
    place = value.start(kind)
    return place, place + len(secret)


# What is no secret -----------------------------------------------------------------------------

_UUID: Final = late(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_HASH: Final = late(
    r"(?:(?:sha(?:1|224|256|384|512)|md5)[-:=][A-Za-z0-9+/=]+|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{7,12})",
    re.IGNORECASE,
)
_ADDRESS: Final = late(r"\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}")
_PATH: Final = late(r"(?:~|\.{1,2})?/[\w.@+~/-]*|[A-Za-z]:[\\/].*|[\w.-]+(?:/[\w.-]+)*\.[a-z]{1,5}\d?")
_REFERENCE: Final = late(
    r"\$.*|%\w+%|\{\{.*|<.*|\[.*|@\w+[(/].*|(?:os|process|env|config|settings|secrets|vault|var|data|self|args|"
    r"vars|local|module|github|Deno|import)\.[\w.\[\]\"']+|(?:https?|file|git|ssh|keyvault|op|vault|env|arn|aws):.*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+",
)
_WORDS: Final = late(
    r"example|sample|placeholder|change[-_]?me|replace[-_]?me|your[-_ ]?"
    r"|my[-_](?:secret|token|key|password|api)"
    r"|redacted|dummy|insert|(?<![a-z])fake|not[-_]?(?:a[-_])?(?:real|set|secret)|todo|fixme|hunter2$"
    r"|x{4,}|\*{3,}|\.{3,}|…|_{4,}|0{8,}|(?:1234){2}|12345678|abcdefgh|deadbeef",
    re.IGNORECASE,
)
_NO_PASSWORDS: Final = frozenset(
    """
    password passwd pass pwd secret token value key string str text none null nil true false
    required optional empty undefined user username admin changeme change_me test testing
    hidden masked unset missing expired invalid default prompt input stdin file environment
    keyring keychain vault bearer basic required_field password123 postgres secretref
    production development same-as-above mypassword unchanged rotated somewhere disabled
    enabled unknown available number integer boolean
    """.split()  # noqa: SIM905 - a list of so many words is for reading
)


def is_harmless(value: str) -> bool:
    """Whether a value is a hash, a UUID, a path, an address, a variable or a placeholder."""
    return _is_no_password(value) or _is_reference(value)


def _is_placeholder(value: str) -> bool:
    return _WORDS.search(value) is not None


def _is_no_password(value: str) -> bool:
    word = value.strip("*_ ").lower()
    return (
        word in _NO_PASSWORDS
        or _is_placeholder(value)
        or len(set(word)) < 4
        or value[0] in "$<{[%"
        or (value.startswith("(") and value.endswith(")"))
    )


def _is_reference(value: str) -> bool:
    return any(form.fullmatch(value) for form in (_UUID, _HASH, _ADDRESS, _PATH, _REFERENCE))


def _classes(value: str) -> int:
    """How many kinds of characters there are: small and large letters, digits, others."""
    kinds = ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9\s]")
    return sum(re.search(kind, value) is not None for kind in kinds)


def _is_mixed(value: str) -> bool:
    """Whether letters and digits are mixed as in no word, or with signs as in no name."""
    letters = re.search("[A-Za-z]", value) is not None
    digits = re.search("[0-9]", value) is not None
    return letters and (digits or _classes(re.sub("[-_./]", "", value)) >= 3) and len(set(value)) >= 5
