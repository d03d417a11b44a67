"""Find out whether a shell script reads itself by line or byte numbers.

One that unpacks what comes after its last line does, for example: a block would shift that.
"""

import re
from typing import Final

_SELF: Final = rb"\$(?:0(?!\d)|\{0\}|BASH_SOURCE(?!\w)|\{BASH_SOURCE(?:\[0\])?\})"
_RESOLVED: Final = rb"\$\(\s*(?:readlink|realpath)\s[^()\n]*?[\"']?" + _SELF + rb"[\"']?\s*\)"
_NAMED: Final = re.compile(
    rb"^[ \t]*(?:(?:local|readonly|export|declare|typeset)[ \t]+(?:-\w+[ \t]+)*)?(\w+)=[\"']?(?:"
    + _SELF
    + rb"|"
    + _RESOLVED
    + rb")[\"']?[ \t]*(?:$|[;&#])",
    re.MULTILINE,
)
"""An assignment after which a variable stands for the script."""

_START: Final = (
    rb"(?:^|[;|&({`!]|\b(?:then|do|else|elif|if|while|until|exec|command|sudo|env|busybox)\s"
    rb"|^\s*\w+=\S*\s)"
)
_WORDS: Final = (
    rb"(?:'[^']*'|\"(?:[^\"\\`]|\\.)*\"|\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|`[^`\n]*`"
    rb"|\\.|\$(?!\()|[^'\"`;&|()\n\\$]){0,2000}?"
)
"""The words of one command. No two alternatives begin alike, which avoids exponential time."""

_ADDRESS: Final = re.compile(
    rb"(?:^|[\s'\"{;,])(?:\d+|\$\{?\w+\}?|\$\(.*?\))['\"]*\s*"
    rb"(?:[,~]\s*[^\s;]+?)?!?['\"]*\s*[pdqQwn={](?:$|[\s;'\"}\w])",
    re.DOTALL,
)
"""A line that a sed script addresses by number."""

_NUMBER: Final[dict[bytes, re.Pattern[bytes]]] = {
    b"sed": _ADDRESS,
    b"awk": re.compile(rb"\bF?NR\b"),
    b"perl": re.compile(rb"\$\.|\bseek\b|\d\s*\.\.|\$INPUT_LINE_NUMBER"),
}
"""Programs that may also read by pattern, and what shows that they read by number."""


def by_number(script: bytes) -> bool:
    """Whether a shell script reads lines or bytes of itself by their numbers."""
    if b"$0" not in script and b"${0}" not in script and b"BASH_SOURCE" not in script:
        return False
    text = re.sub(rb"\\\n", b" ", re.sub(rb"^[ \t]*#.*$", b"", script, flags=re.MULTILINE))
    names = b"|".join(re.escape(name) for name in {match[1] for match in _NAMED.finditer(text)})
    named = rb"|\$(?:" + names + rb")(?!\w)|\$\{(?:" + names + rb")\}" if names else b""
    itself = rb"[\"']?(?:" + _SELF + rb"|" + _RESOLVED + named + rb")(?=[\"'\s;|&)`}]|\Z)"
    return _reads(text, itself)


def _reads(text: bytes, itself: bytes) -> bool:
    """Whether a command reads by number from the script, which the expression `itself` matches."""
    place = rb"[ \t]*(?:[^\s'\"(]{0,200}/)?"
    tools = rb"(tail|head|dd|split|csplit|mapfile|readarray|sed|[gmn]?awk|perl)\b(" + _WORDS + rb")"
    direct = re.compile(_START + place + tools + rb"(?:[\s=<])" + itself, re.MULTILINE)
    if any(_is_by_number(match[1], match[2]) for match in direct.finditer(text)):
        return True
    piped = re.compile(
        rb"\b(?:cat|nl)\b[^\n;&|]*?\s" + itself + rb"[\"']?[^\n;&|]*\|" + place + tools, re.MULTILINE
    )
    for match in piped.finditer(text):
        end = re.compile(rb"[^\n]*").match(text, match.end())
        if _is_by_number(match[1], end[0] if end else b""):
            return True
    fed = rb"(?:\bdone|\bread\b[^\n;&|<]*|\bexec\s*\d*|\bexec\s+\{\w+\})[ \t]*\d*<[ \t]*" + itself
    return re.search(fed, text) is not None


def _is_by_number(tool: bytes, words: bytes) -> bool:
    kind = tool[-3:] if tool.endswith(b"awk") else tool
    return kind not in _NUMBER or _NUMBER[kind].search(words) is not None
