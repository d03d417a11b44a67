"""Secrets that are assigned to a name: after a sign or a word such as "is", in a cell, on the next line.

Names are found first, then the value after each is judged. Only a limited number of characters around a
name is read, so that the time is linear in the length of the text.
"""

# ruff: noqa: E501 - a form is a line

import re
from collections.abc import Callable, Iterator
from typing import Final

from gitanchor.model.lazy_re import late
from gitanchor.storage.secrets import names, values

KEYWORD: Final = "keyword-and-value"
Hit = tuple[int, int, str]

_SHORTEST: Final = 6
_LONGEST: Final = 300
_BACK: Final = 80

_SEPARATOR: Final = late(
    # the owner or purpose: "password for ada:", "token (staging):"
    r"(?:[ \t]?\([^()\n]{1,30}\)|[ \t](?:for|of|on|at|für|von|zu|zum|zur|pour|de|du|para|del|per|для|от|к|в|do|da|dos|dell[oa']|del|della|des|vom|beim|bei|na|van|voor)"
    r"[ \t][\w@.-]{1,30}(?:[ \t][\w@.-]{1,30}){0,2}(?=[\"'`*]{0,2}[ \t]{0,2}(?:[:=：]|is\b|was\b|ist\b|lautet\b|est\b|es\b|è\b|é\b)))?"
    r"(?:\*\*|__|[\"'`\])*]){0,4}(?:"
    r"(?P<pair>[\"']?[ \t]{0,3}[,{]?\s{0,60}(?:\w{1,20}[ \t]{0,3}=[^\n]{0,80}\n\s{0,60}){0,2}(?:<|- )?[\"']?"
    r"(?:[Vv]alue|VALUE|[Vv]al|[Cc]ontent|[Dd]efault|--body|--value)[\"']?>?[ \t]{0,3}(?:[:=]|(?=[ \t][\"'])))"
    r"|(?P<assign>[ \t]{0,3}(?::=|=>|={1,3}|＝))"
    r"|(?P<colon>[ \t\u00a0\u202f]{0,3}[:：](?![:/]{1,2}))"
    r"|(?P<arrow>[ \t]{1,3}(?:->|→|–|—|-(?=[ \t]))|→)"
    r"|(?P<cell>[ \t]{0,60}\|{1,2}|\t{1,4})"
    r"|(?P<element>(?:[ \t][^<>\n]{0,80})?>)"
    r"|(?P<verb>[ \t]{1,2}(?:is|was|to|has been|will be|should be|ist|war|lautet|est|es|è|é|är|er|это|jest|je|on)"
    r"(?:[ \t](?:now|still|jetzt|set|changed|reset|updated|rotated))?(?:[ \t](?:to|as))?:?(?=\s))"
    r"|(?P<space>[ \t](?![:=])|(?=\r?\n)))"
    r"(?:\*\*|__)?(?P<gap>[ \t]{0,60})(?:[|>][+-]?(?=[ \t]{0,9}\r?\n))?"
    r"(?P<next>(?:[ \t]{0,60}\r?\n){1,2}[ \t]{0,60}(?:```[a-z]{0,12}\n[ \t]{0,60})?(?:[-*>] )?)?"
)
_VALUE: Final = late(
    r"\"(?P<double>[^\"\n]{1,300})\"|'(?P<single>[^'\n]{1,300})'|`(?P<back>[^`\n]{1,300})`"
    r"|(?P<bare>[^\s\"'`,;<>()\[\]{}]{1,300})(?P<after>[(\[{]?)"
)
_IDENTIFIER_BACKWARDS: Final = late(r"[\w.-]{0,60}")
_SETTING: Final = late(
    r"(?:^|[\s;&|`])(?:ENV|ARG|env|set|setx|SetEnv|setenv|export|config:set|config set|(?:secrets?|variables?) (?:set|add|put|create))"
    r"(?:[ \t]+-{1,2}[\w-]+)*[ \t]+$"
)
_ACCOUNT: Final = late(
    r"(?:^|[\s,;(])(?:login|user|username|account|benutzer|usuario|utilisateur)[ \t:=]{1,3}[^\s,;:/]{1,64}"
    r"(?:[ \t]{0,3}[,;/][ \t]{0,3}|\s{1,40})$",
    re.IGNORECASE,
)
_LIKE_KEY: Final = late(r"\d|(?=.{0,300}[a-z])(?=.{0,300}[A-Z]).{0,300}[^\w.,:;/-]")
"""A mix of characters that a generated key may have. It is checked first, as most words have none."""

_LINE_END: Final = late(r"[ \t]{0,60}(?:\r?\n|$)")
_HEADING: Final = late(r"[ \t]{0,9}(?:#{1,6} |[-*] |\*\*|__)?[\w \t-]{0,30}")


def by_name(text: str) -> Iterator[Hit]:
    """Yield the values that are assigned to the name of a secret."""
    lowered = names.lowered(text)
    for stem in names.STEMS:
        yield from _with_stem(text, lowered, stem)
    if not text.isascii():
        for letter, stems in names.FOREIGN_STEMS.items():
            if letter in lowered:
                for stem in stems.split():
                    yield from _with_stem(text, lowered, stem.replace("_", " "))


def _with_stem(text: str, lowered: str, stem: str) -> Iterator[Hit]:
    place, run = lowered.find(stem), 0
    while place >= 0:
        if place >= run:
            for pattern, judge in _opened(lowered, place) if stem == "key" else _JUDGES:
                if named := pattern.match(lowered, place):
                    hit, run = _value_after(text, *named.span(), judge, run)
                    if hit:
                        yield (*hit, KEYWORD)
                        break
        place = lowered.find(stem, place + len(stem))


def _value_after(
    text: str, first: int, end: int, judge: "_Judge | None", run: int
) -> tuple[tuple[int, int] | None, int]:
    """Return the place of the secret after a name, or None, and how far not to search again."""
    separator = _SEPARATOR.match(text, end)
    value = _VALUE.match(text, separator.end()) if separator else None
    if separator is None or value is None:
        return None, run
    if value["bare"] is not None and len(value["bare"]) == _LONGEST:  # may be a run of names
        run = value.end()
    if judge is None:
        return _of_login(text, separator, value), run
    return _judged(text, first, separator, value, judge), run


def _judged(
    text: str, first: int, separator: re.Match[str], value: re.Match[str], judge: "_Judge"
) -> tuple[int, int] | None:
    """Return the place of a value if the judge of its name takes it for a secret."""
    kind = "bare" if value["bare"] is not None else str(value.lastgroup)
    secret = value[kind]
    if len(secret) < _SHORTEST or (judge is not _is_password and not _LIKE_KEY.search(secret)):
        return None
    if kind == "bare" and value["after"] and not secret.endswith("="):  # a call or an index
        return None
    form = _Form(text, first, separator, value, kind)
    secret = form.trimmed(secret)
    if len(secret) < _SHORTEST or not form.may_be_given() or form.is_of_no_secret():
        return None
    if values.is_no_password(secret) or values.is_reference(secret) or values.is_sentence(secret):
        return None
    if (kind == "bare" and values.is_member(secret)) or not judge(secret, form):
        return None
    place = value.start(kind)
    return place, place + len(secret)


class _Form:
    """The form in which a value is assigned to a name."""

    def __init__(
        self, text: str, first: int, separator: re.Match[str], value: re.Match[str], kind: str
    ) -> None:
        before = _IDENTIFIER_BACKWARDS.match(text[max(0, first - 60) : first][::-1])
        self.name = (before[0][::-1] if before else "") + text[first : separator.start()]
        self.text, self.value, self.kind, self.end = text, value, kind, separator.start()
        self.start = self.end - len(self.name)
        self.sign = next(key for key, found in separator.groupdict().items() if found is not None)
        self.next = separator["next"] is not None
        self.option = self.name.startswith("--")
        self.quoted = kind in ("double", "single")
        tight = self.sign == "assign" and not separator["gap"] and separator["assign"].strip()[-1] == "="
        tight = tight and separator["assign"][0] not in " \t"
        self.setting = self.sign == "space" and _SETTING.search(self._before()) is not None
        self.account = self.sign == "space" and _ACCOUNT.search(self._before()) is not None
        self.long = len(value[kind]) >= 10
        self.assigned = (
            tight
            or (self.quoted and self.sign != "space")
            or self.option
            or self.sign in ("pair", "element")
            or (self.setting and self.name.isupper())
        )

    def _before(self) -> str:
        return self.text[max(0, self.start - _BACK) : self.start]

    def follows_user(self) -> bool:
        """Return whether the name of a user comes before."""
        return '"user' in self._before()

    def is_of_no_secret(self) -> bool:
        """Return whether the name, with the word before it, means something else than a secret."""
        before = self.text[max(0, self.start - 16) : self.start].rpartition("\n")[2]
        name = self.name.lower()
        return (
            names.NO_SECRET.search(name) is not None
            or names.NO_KEY.search(f"{before.lower()}{name}") is not None
        )

    def trimmed(self, secret: str) -> str:
        """Return a value without what belongs to the sentence, cell or address around it."""
        if self.kind != "bare":
            return secret
        if self.start > 0 and self.text[self.start - 1] in "?&":
            secret = secret.partition("&")[0]
        if self.sign == "cell":
            secret = secret.partition("|")[0]
        if self.sign != "assign":
            secret = secret.rstrip(".:!?*") if not self.account else secret
        return secret

    def may_be_given(self) -> bool:
        """Return whether a value in this form can be assigned to the name at all."""
        if self.next and not self._is_alone():
            return False
        if self.sign == "element":
            return self.text.startswith("</", self.value.end())
        if self.sign != "space":
            return True
        if self.next:
            line = self.text[max(0, self.start - _BACK) : self.end].rpartition("\n")[2]
            return _HEADING.fullmatch(line) is not None
        return (
            self.option
            or self.setting
            or self.account
            or self.kind == "back"
            or self.quoted
            or self.long
        )

    def _is_alone(self) -> bool:
        """Return whether the value is all of the next line, and not the start of a sentence."""
        return self.sign == "pair" or _LINE_END.match(self.text, self.value.end()) is not None

    @property
    def told(self) -> bool:
        """Whether the value is in a sentence or a cell, where words are more likely than secrets."""
        return self.sign in ("verb", "space", "cell", "arrow") and not self.option and not self.setting


def _is_password(secret: str, form: _Form) -> bool:
    if form.assigned or (form.kind == "back" and form.sign != "space"):
        strong = values.classes(secret) >= 2 or (len(secret) >= 8 and form.name.isupper())
        return strong and not (" " in secret and values.classes(secret.replace(" ", "")) < 3)
    if form.name.lower() == "pass" and not _ACCOUNT.search(
        form.text[max(0, form.start - _BACK) : form.start]
    ):
        return False
    if " " in secret or values.is_technical(secret):
        return False
    if form.sign == "space" and form.kind == "bare" and not form.account and not form.setting:
        return len(secret) >= 10 and values.digits(secret) >= 2 and values.is_random(secret)
    return values.is_mixed(secret) or (len(secret) >= 12 and values.is_scrambled(secret))


def _is_secret(secret: str, form: _Form) -> bool:
    if len(secret) < 12 or " " in secret or not values.is_mixed(secret):
        return False
    if values.is_name(secret) and not values.is_identifier(secret):
        return False
    bare_auth = form.name.lower().endswith("auth")
    return not (form.told or bare_auth) or values.is_identifier(secret) or values.is_random(secret)


def _is_key(secret: str, form: _Form) -> bool:
    """Return whether the value of a mere "key" is a secret: it must look random."""
    if form.told or len(secret) < 20 or (values.is_identifier(secret) and not form.name.isupper()):
        return False
    if form.quoted and form.follows_user():  # as in the file from Kaggle
        return values.is_random(secret)
    if _SIGNS_OF_NAME.search(secret):
        return False
    setting = form.assigned and len(form.name) > 4 and form.name.isupper()
    return values.is_random(secret) and (setting or values.classes(secret) >= 3)


_Judge = Callable[[str, _Form], bool]
_JUDGES: Final[tuple[tuple[re.Pattern[str], _Judge | None], ...]] = (
    (names.PASSWORD, _is_password),
    (names.SECRET, _is_secret),
    (names.LOGIN, None),
)
"""The names to find, and the judge for the value of each. None: a login, with user and password."""

_SIGNS_OF_NAME: Final = late("[-./:]")
_SECRET_KEY: Final = ((names.KEY, _is_secret),)
_ANY_KEY: Final = ((names.KEY, _is_key),)


def _opened(lowered: str, place: int) -> tuple[tuple[re.Pattern[str], _Judge], ...]:
    """Return the judge for a key: it is strict unless the word before says what the key opens."""
    before = lowered[max(0, place - 16) : place].rstrip("_- ")
    return _SECRET_KEY if before.endswith(names.OWNERS) else _ANY_KEY


_BOTH: Final = late(r"[\w.@+-]{2,64}[ \t]?[:/|][ \t]?([^\s\"'`,;<>()\[\]{}]{8,128})")


def _of_login(text: str, separator: re.Match[str], value: re.Match[str]) -> tuple[int, int] | None:
    """Return the place of a login's secret: a password after a user, or a key (`wandb login ...`)."""
    if separator["colon"] or separator["assign"]:
        return _second(text, value)
    secret = value["bare"]
    if separator["space"] is None or secret is None or len(secret) < 32:
        return None
    made = values.is_random(secret) or values.is_identifier(secret)
    return value.span("bare") if made else None


def _second(text: str, value: re.Match[str]) -> tuple[int, int] | None:
    """Return the place of the password in `user:password`."""
    start = value.start("bare") if value["bare"] is not None else value.start() + 1
    both = _BOTH.match(text, start)
    if both is None or values.classes(both[1]) < 3 or values.is_harmless(both[1]):
        return None
    if values.is_technical(both[1]) or "/" in both[1] or not values.is_mixed(both[1]):
        return None
    return both.span(1)
