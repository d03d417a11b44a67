"""Recognize values that are no secrets: a hash, a path, an address, a variable, a placeholder.

Also judge values: the kinds of characters in them, and whether they look random.
"""

import re
from typing import Final

from gitanchor.model.lazy_re import late

_UUID: Final = late(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_HASH: Final = late(
    r"(?:sha(?:1|224|256|384|512)|md5)[-:=][A-Za-z0-9+/=]+|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE
)
_SHORT: Final = late(r"[0-9a-f]{7,12}", re.IGNORECASE)
_LABELLED_HASH: Final = late(r"(?:sha(?:1|224|256|384|512)|md5)[-:=].*", re.IGNORECASE)
_ADDRESS: Final = late(r"\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}")
_PATH: Final = late(r"(?:~|\.{1,2})?/[\w.@+~/-]*|[A-Za-z]:[\\/].*|[\w.-]+(?:/[\w.-]+)*\.[a-z]{1,5}\d?")
_REFERENCE: Final = late(
    r"\$.*|%\w+%|\{\{.*|<.*|\[.*|@\w+[(/].*|(?:os|process|env|config|settings|secrets|vault|var|data|self|args|"
    r"vars|local|module|github|Deno|import)\.[\w.\[\]\"']+|"
    r"(?:https?|file|git|ssh|keyvault|op|vault|env|arn|aws|ref|s3|gs|projects|secret|doppler|bw|sm):.*|"
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+",
)
_WORDS: Final = late(
    r"example|sample|placeholder|change[-_]?(?:me|it)|replace[-_]?(?:me|with|this)|your[-_ ]?"
    r"|my[-_](?:secret|token|key|password|api)|goes[-_]?here|(?:enter|put|paste)[-_](?:here|it|the)"
    r"|redacted|dummy|insert|(?<![a-z])fake|not[-_]?(?:a[-_])?(?:real|set|secret)|todo|fixme|hunter2$"
    r"|x{4,}|\*{3,}|\.{3,}|…|_{4,}|0{8,}|(?:1234){2}|12345678|abcdefgh|deadbeef|[<>]",
    re.IGNORECASE,
)
_TECHNICAL: Final = late(
    r"(?:sha|md|base|utf|o?auth|argon|pbkdf|aes|rsa|ed|ecdsa|es|rs|hs|hmac|tls|ssl|http|ipv|ec|kv|py"
    r"|python|node|web|step|phase|part|version|issue|pr|bug|day|week|rev|pkcs|scrypt|bcrypt|keepass|bitwarden"
    r"|level|tier|stage|sprint|option|section|chapter|page|line|row|slot|team|room|post|rfc|iso|fips|win|windows"
    r"|ubuntu|debian|server|host|vm|db|gpt|no|nr|min|max|top)[-_.]?\d{1,4}[a-z]{0,5}(?:[-_.][\w.-]*)?"
    r"|[a-z]\d{1,4}[a-z]?(?:[-_.][\w.-]*)?"
    r"|\d{1,4}(?:st|nd|rd|th|px|em|ms|s|min|h|d|days?|hours?|weeks?|months?|years?|chars?|bits?|bytes?|[kmg]i?b?|x)?"
    r"(?:-(?:bit|byte|char|day|hour|minute|digit|character|word)s?(?:[-\w]*)?)?"
    r"|\d+(?:[.:/-]\d+)+[a-z]{0,3}|\d{4}-\d\d-\d\d[T0-9:Z+-]*|\d?password|#\d+|[A-Z]{2,10}-\d{1,6}"
    r"|[a-z]+(?:-[a-z]+)*-v?\d{1,3}",
    re.IGNORECASE,
)
"""Words with digits that are common in sentences about passwords: SHA256, 2-factor, 90days, OPS-12."""

_NO_PASSWORDS: Final = frozenset(
    """
    password passwd pass pwd secret token value key string str text none null nil true false
    required optional empty undefined user username admin changeme change_me test testing
    hidden masked unset missing expired invalid default prompt input stdin file environment
    keyring keychain vault bearer basic required_field password123 postgres secretref
    production development same-as-above mypassword unchanged rotated somewhere disabled
    enabled unknown available number integer boolean 1password 1pass passwort kennwort
    """.split()  # noqa: SIM905 - a list of so many words is for reading
)


def is_harmless(value: str) -> bool:
    """Return whether a value is a hash, a UUID, a path, an address, a variable or a placeholder."""
    return is_no_password(value) or is_reference(value) or is_identifier(value)


def is_placeholder(value: str) -> bool:
    """Return whether a value itself says that it is not a real one."""
    return _WORDS.search(value) is not None


def is_no_password(value: str) -> bool:
    """Return whether a word only stands for a password, or says where one is or that there is one."""
    word = value.strip("*_ ").lower()
    return (
        word in _NO_PASSWORDS
        or is_placeholder(value)
        or len(set(word)) < 4
        or value[0] in "$<{[%"
        or (value.startswith("(") and value.endswith(")"))
    )


def is_reference(value: str) -> bool:
    """Return whether a value is a path, an address, a variable or a labelled hash."""
    forms = (_SHORT, _LABELLED_HASH, _ADDRESS, _PATH, _REFERENCE)
    return any(form.fullmatch(value) for form in forms)


def is_sentence(value: str) -> bool:
    """Return whether a value reads as a sentence: ordinary words, some of which only join others.

    A passphrase has none of these.
    """
    words = _WORD.findall(value)
    if len(words) < 3 or " " not in value:
        return False
    ordinary = all(
        word.replace("'", "").replace("’", "").replace("-", "").isalpha()
        or word.isdigit()
        or is_technical(word)
        for word in words
    )
    return ordinary and any(word.casefold() in _FUNCTION_WORDS for word in words)


def is_member(value: str) -> bool:
    """Return whether a value is code that names a variable: `req.body.password2`, `params[:key]`."""
    return _MEMBER.fullmatch(value) is not None and _NAMES_WITHIN.search(value.lower()) is not None


def is_identifier(value: str) -> bool:
    """Return whether a value is a UUID or a hash, which is a secret only if a name says so."""
    return _UUID.fullmatch(value) is not None or _HASH.fullmatch(value) is not None


def is_technical(value: str) -> bool:
    """Return whether a word has digits but is an ordinary term: SHA256, OAuth2, 90-day."""
    return _TECHNICAL.fullmatch(value) is not None


_MEMBER: Final = late(
    r"@?[a-z_][A-Za-z_]{0,40}\d{0,3}"
    r"(?:(?:\.|->|::|\?\.)[A-Za-z_]{2,40}\d{0,3}|\[[A-Za-z_\"':.-]{1,40}\d{0,3}[\"']?\])+[;,)]{0,2}"
)
_NAMES_WITHIN: Final = late(
    r"pass|pwd|pw|token|secret|key|auth|cred|login|user|form|config|cfg|data|value"
)
_WORD: Final = late(r"[\w'’-]+")
_FUNCTION_WORDS: Final = frozenset(
    """
    a an the is are was be been must should can may will has have had do does not no at in on of for
    to from with by and or if as than your you it its this that all see ask use more less least only
    here there when der die das ein eine ist sind muss müssen soll darf kann wird hat haben nicht
    kein mit von für zu im am und oder wenn mindestens ihr dein le la les un une est sont doit
    doivent peut être avoir pas de du des et ou dans pour avec au moins votre el los las una es son
    debe deben puede tener del y o en para con al menos tu su os uma é são deve devem pode ter não
    da e em com ao sua precisa il lo gli è sono devono può avere non di per almeno tua het een zijn
    moet mag kan niet van met minstens je
    """.split()  # noqa: SIM905 - a list of so many words is for reading
)

_KINDS: Final = tuple(
    late(kind) for kind in ("[a-zß-öø-ÿ]", "[A-ZÀ-ÖØ-Þ]", "[0-9]", r"[^A-Za-z0-9\sÀ-ÖØ-öø-ÿ]")
)
_SIGNS: Final = late("[-_./]")
_RUNS: Final = late("[a-z]+|[A-Z]+|[0-9]+")


def classes(value: str) -> int:
    """Return how many kinds of characters a value has: lower case, upper case, digits, others."""
    return sum(kind.search(value) is not None for kind in _KINDS)


def is_mixed(value: str) -> bool:
    """Return whether letters are mixed with digits, or with signs, as they are in no word or name."""
    small, large, digit, _ = _KINDS
    if not (small.search(value) or large.search(value)) or len(set(value)) < 5:
        return False
    return digit.search(value) is not None or classes(_SIGNS.sub("", value)) >= 3


def digits(value: str) -> int:
    """Return how many digits a value has."""
    return sum(char.isdigit() for char in value)


def is_scrambled(value: str) -> bool:
    """Return whether upper and lower case alternate more than in any name."""
    runs = _RUNS.findall(value)
    return 5 * len(runs) >= 2 * len(value) and classes(value) >= 2


def is_random(value: str) -> bool:
    """Return whether letters and digits alternate as in generated values, and not as in names."""
    runs = _RUNS.findall(value)
    letters = sum(map(len, runs))
    return (
        letters >= 0.85 * len(value)
        and 4 * len(runs) >= letters
        and len(set(value)) >= min(10, len(value) // 2)
        and _KINDS[2].search(value) is not None
    )


_PARTS: Final = late(
    r"(?:[a-z]{2,}\d{0,3}|\d{1,4})(?:[-_./:]{1,2}(?:[a-z]{2,}\d{0,3}|v?\d{1,4}|[a-z]))+", re.IGNORECASE
)


def is_name(value: str) -> bool:
    """Return whether a value is words with signs between them, as in names of things."""
    return _PARTS.fullmatch(value) is not None
