"""The items of a Dependencies section: taking them apart, and what kind each one is."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gitanchor.anchor import Dependency
from gitanchor.markdown import bullet, fences

_LABELS: Final = (
    ("branch", r"(?:git |local |repo )*branch(?:es)?"),
    ("person", r"people|persons?|mentor|reviewer|team|contact"),
    ("env", r"(?:keys/)?env(?:ironment)?(?: variables?| vars?| file)?"),
    ("key", r"(?:\w+ )?(?:private )?(?:keys?|tokens?)|credentials?|secrets?(?: scope)?|auth"),
    ("python", r"python(?: packages?| modules?)?|packages?|libraries|modules"),
    ("tool", r"tools?|cli|software"),
    ("file", r"files?|scripts?|datasets?|data|config|paths?|repo path|outputs?"),
    ("service", r"services?|databases?|servers?|vms?|cluster|storage"),
)
_LABEL: Final = re.compile(
    r"\W*+(?:" + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _LABELS) + r")\W{0,3}[:：=]",
    re.IGNORECASE,
)
_OWN_LABEL: Final = re.compile(r"\W{0,4}\w[\w/ -]{0,30}(?:\*\*)?[:：=]")
_TOOLS: Final = (
    r"git|gh|docker|podman|kubectl|helm|terraform|azure cli|az|aws(?: cli)?|gcloud|node(?:\.js)?|npm|npx"
    r"|pnpm|yarn|java|maven|gradle|gcc|g\+\+|clang|cmake|make|go|rust|cargo|pytest|ruff|mypy|uv|pipx?"
    r"|poetry|psql|ffmpeg|curl|jq|rsync|ssh|bash|zsh|powershell|vs code|vim|tmux|spark-submit"
)
_BY_TEXT: Final = (
    ("branch", re.compile(r"\b(?:git |local |repo )*branch `[^`]+`|`[^`]+` branch\b", re.IGNORECASE)),
    ("key", re.compile(r"\b(?:tokens?|keys?|secrets?|passwords?)\b.*`[A-Z][A-Z0-9_]{2,}`", re.DOTALL)),
    ("key", re.compile(r"`[A-Z][A-Z0-9_]{2,}`.*\b(?:tokens?|keys?|secrets?|passwords?)\b", re.DOTALL)),
    ("env", re.compile(r"\benv\b.*`[A-Z][A-Z0-9_]{2,}`|`[A-Z][A-Z0-9_]{2,}`.*\benv\b", re.DOTALL)),
    ("python", re.compile(r"\W{0,4}python (?:v?[23]|\d)", re.IGNORECASE)),
    ("tool", re.compile(rf"(?<![\w./-])(?:{_TOOLS})`?(?![\w`./-])", re.IGNORECASE)),
    ("person", re.compile(r"\b(?:mentor|reviewer|maintainer|team lead)\b", re.IGNORECASE)),
    ("file", re.compile(r"`(?:[\w~.-]*/)*[\w.-]*\w\.[a-z][a-z0-9]{0,7}`")),
)
_BY_BARE_TEXT: Final = tuple(pair for pair in _BY_TEXT if pair[0] in {"python", "tool", "person"})
"""Those that can match without a code span; few items have one, and there are many items."""

_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = '`"'
_LONGEST_PART: Final = 48
"""Characters of one part of a list on a single line; a longer one is a sentence."""


def kind_of(text: str) -> str:
    """The kind of an item: by the label at its start (`Tools: …`), else by what it certainly names."""
    match = _LABEL.match(text[:200])
    if match and match.lastgroup:
        return match.lastgroup
    text = text[:400]
    patterns = _BY_TEXT if "`" in text else _BY_BARE_TEXT
    return next((kind for kind, pattern in patterns if pattern.search(text)), "other")


def dependency(text: str) -> Dependency:
    """An item as an author wrote it, with its kind."""
    return Dependency(text, kind_of(text))


def taken_apart(lines: Sequence[str]) -> list[str]:
    """The items of a section that a person or a chat laid out; see `items` and `parts`."""
    found = list(items(lines))
    if len(found) == 1 and not bullet(lines[0]):
        return parts(found[0])
    return found


def parts(line: str) -> list[str]:
    """The parts of a single line that clearly is a list: three or more short ones, no sentence.

    Semicolons part before commas do; nothing is parted inside brackets, backticks and quotes.
    """
    if "\n" not in line and not line.rstrip().endswith((".", "!", "?")):
        for separator in ";,":
            found = _split(line, separator)
            short = all(found) and all(len(part) <= _LONGEST_PART for part in found)
            if len(found) >= 3 and short and not (separator == "," and _OWN_LABEL.match(line)):
                return found
    return [line]


def _split(line: str, separator: str) -> list[str]:
    """Split at a separator on the top level, and strip the parts."""
    found, start, closers, quote = [], 0, "", ""
    for index, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in _QUOTES:
            quote = char
        elif char in _PAIRS:
            closers += _PAIRS[char]
        elif closers and char == closers[-1]:
            closers = closers[:-1]
        elif char == separator and not closers:
            found.append(line[start:index].strip())
            start = index + 1
    return [*found, line[start:].strip()]


def items(lines: Sequence[str]) -> Iterator[str]:
    """The items of a section: one a bullet, or one a line where there are no bullets.

    Indented and fenced lines belong to the item above them.
    """
    fenced = fences(lines).inside
    bulleted = any(bullet(line) and not inside for line, inside in zip(lines, fenced, strict=True))
    item: list[str] = []
    margin = 0
    for line, inside in zip(lines, fenced, strict=True):
        marker = None if inside else bullet(line)
        starts = bool(marker and not (item and len(marker["indent"]) >= max(margin, 1)))
        if not bulleted and not inside:
            starts = bool(line.strip())
        if item and starts:
            yield _joined(item)
            item = []
        if marker and starts:
            margin = marker.end()
            item = [line[margin:]]
        elif item:
            item.append(line)
        elif line.strip():
            margin = len(line) - len(line.lstrip())
            item = [line[margin:]]
    if item:
        yield _joined(item)


def _joined(item: list[str]) -> str:
    """An item without blank lines at its end and without the indent that its lines share."""
    while len(item) > 1 and not item[-1].strip():
        item.pop()
    rest = [line for line in item[1:] if line.strip()]
    indent = min((len(line) - len(line.lstrip(" ")) for line in rest), default=0)
    return "\n".join([item[0], *(line[indent:] if line.strip() else "" for line in item[1:])])
