"""The items of a Dependencies section: how a text is split into them, and the kind of each."""

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final

from gitanchor.model.anchor import Dependency
from gitanchor.model.lazy_re import late
from gitanchor.model.markdown import fences
from gitanchor.model.markdown import item as marker_of

_LABELS: Final = (
    (
        "branch",
        r"(?:git |local |repo )*branch(?:es)?|zweige?|ramas?|ramos?|rami|ветк[аи]"
        r"|ブランチ|分支|브랜치",
    ),
    (
        "person",
        r"people|persons?|mentor|reviewer|team|contact|person(?:en|as|nes|e)|pessoas|люди|人员|人員|人|사람",
    ),
    ("env", r"(?:keys/)?env(?:ironment)?(?: variables?| vars?| file)?"),
    (
        "key",
        r"(?:\w+ )?(?:private )?(?:keys?|tokens?)|credentials?|secrets?(?: scope)?|auth"
        r"|schlüssel|claves?|clés?|clefs?|chiav[ei]|chaves?|claus?|sleutels?|ключ[иі]?|klucze?"
        r"|anahtar(?:lar)?"
        r"|キー|鍵|密钥|密鑰|金鑰|키|مفاتيح|कुंजी|võtmed?",
    ),
    ("python", r"python(?: packages?| modules?)?|packages?|libraries|modules"),
    (
        "tool",
        r"tools?|cli|software|werkzeuge?|herramientas?|outils?|strument[io]|ferramentas?|eines|eina"
        r"|gereedschap|инструменты?|інструменти?|narzędzia|araçlar|ツール|道具|工具|도구|أدوات|उपकरण|tööriistad?",
    ),
    (
        "file",
        r"files?|scripts?|datasets?|data|config|paths?|repo path|outputs?|dateien|datei|archivos?"
        r"|ficheros?|fichiers?|arquivos?|ficheiros?|fitxers?|bestanden|bestand|файлы?|файли|pliki|plik"
        r"|dosyalar|ファイル|文件|檔案|파일|ملفات|फ़ाइलें|failid",
    ),
    ("service", r"services?|databases?|servers?|vms?|cluster|storage"),
)
_LABEL: Final = late(
    r"\W*+(?:" + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _LABELS) + r")\W{0,3}[:：=]",
    re.IGNORECASE,
)
_OWN_LABEL: Final = late(r"\W{0,4}\w[\w/ -]{0,30}(?:\*\*)?[:：=]")
_TOOLS: Final = (
    r"git|gh|docker|podman|kubectl|helm|terraform|azure cli|az|aws(?: cli)?|gcloud|node(?:\.js)?|npm|npx"
    r"|pnpm|yarn|java|maven|gradle|gcc|g\+\+|clang|cmake|make|go|rust|cargo|pytest|ruff|mypy|uv|pipx?"
    r"|poetry|psql|ffmpeg|curl|jq|rsync|ssh|bash|zsh|powershell|vs code|vim|tmux|spark-submit"
)
_BY_TEXT: Final = (
    ("branch", late(r"\b(?:git |local |repo )*branch `[^`]+`|`[^`]+` branch\b", re.IGNORECASE)),
    ("key", late(r"\b(?:tokens?|keys?|secrets?|passwords?)\b.*`[A-Z][A-Z0-9_]{2,}`", re.DOTALL)),
    ("key", late(r"`[A-Z][A-Z0-9_]{2,}`.*\b(?:tokens?|keys?|secrets?|passwords?)\b", re.DOTALL)),
    ("env", late(r"\benv\b.*`[A-Z][A-Z0-9_]{2,}`|`[A-Z][A-Z0-9_]{2,}`.*\benv\b", re.DOTALL)),
    ("python", late(r"\W{0,4}python (?:v?[23]|\d)", re.IGNORECASE)),
    ("tool", late(rf"(?<![\w./-])(?:{_TOOLS})`?(?![\w`./-])", re.IGNORECASE)),
    ("person", late(r"\b(?:mentor|reviewer|maintainer|team lead)\b", re.IGNORECASE)),
    ("file", late(r"`(?:[\w~.-]*/)*[\w.-]*\w\.[a-z][a-z0-9]{0,7}`")),
)
_BARE_VARIABLE: Final = late(r"\W{0,4}`?[A-Z][A-Z0-9]*_[A-Z0-9_]+`?\W{0,4}")
_BY_BARE_TEXT: Final = tuple(pair for pair in _BY_TEXT if pair[0] in {"python", "tool", "person"})
"""The patterns that can match without a code span. Most items have none, so this saves time."""

_FIRST_NUMBER: Final = late(r"\s{0,3}1[.)]\s")
_NUMBER: Final = late(r"(?:^|(?<=\s))(?P<number>\d{1,2})[.)]\s")
_ENUMERATED: Final = late(
    r"(?:^|(?<=[\s,;]))(?:\((?:(?P<digits>\d{1,2})|(?P<letter>[a-h]))\)|(?P<circled>[①-⑩]))\s?(?=\S)"
)
_SEQUENCES: Final = (tuple(map(str, range(1, 100))), tuple("abcdefgh"), tuple("①②③④⑤⑥⑦⑧⑨⑩"))
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = '`"'
_LONGEST_PART: Final = 48
"""Most characters of one part of a list on a single line; a longer part is a sentence."""


_LONGEST_IN_SENTENCE: Final = 32
_WORDS_IN_SENTENCE: Final = 4
"""The limits where the line ends with a full stop: with longer parts it is more likely a sentence."""

_WORDS_OF_TWO: Final = 3
"""Most words of each of two parts: a comma more often stands in a sentence than between two items."""

_CONJUNCTIONS: Final = frozenset({
    "and", "or", "but", "which", "who", "that", "when", "where", "if", "as", "so", "then", "because",
    "while", "until", "is", "are", "was", "must", "should",
})  # fmt: skip
_LABEL_WITHIN: Final = late(
    r"(?:^|[.;,|]\s{1,3})(?P<label>[*_]{0,3}(?:"
    + "|".join(pattern for _, pattern in _LABELS)
    + r")[*_]{0,3}[:：][*_]{0,3}\s)",
    re.IGNORECASE,
)


def kind_of(text: str) -> str:
    """Return the kind of an item, by its label (`Tools: …`), else by what it certainly names."""
    return _kind_by(text[:400])


@functools.lru_cache(2000)  # the anchors of a project mostly share their dependencies
def _kind_by(text: str) -> str:
    match = _LABEL.match(text[:200])
    if match and match.lastgroup:
        return match.lastgroup
    if "_" in text and _BARE_VARIABLE.fullmatch(text):
        return "env"
    patterns = _BY_TEXT if "`" in text else _BY_BARE_TEXT
    return next((kind for kind, pattern in patterns if pattern.search(text)), "other")


def dependency(text: str) -> Dependency:
    """Make a dependency from the text of an item, and find its kind."""
    return Dependency(text, kind_of(text))


def taken_apart(lines: Sequence[str]) -> list[str]:
    """Split a section that a person or a chat wrote into items; see `items` and `parts`."""
    found = list(items(_numbered_apart(lines)))
    if len(found) == 1 and not marker_of(lines[0]):
        numbered = _at_numbers(found[0])
        found = numbered if len(numbered) > 1 else _at_signs(found[0], "|｜•")
        found = found if len(found) > 1 else parts(found[0])
    return [part for item in found for part in _at_signs(item, "·")]


def _numbered_apart(lines: Sequence[str]) -> Sequence[str]:
    """Return a line that has a whole numbered list, `1) a 2) b`, as one line an item."""
    if len(lines) != 1 or not _FIRST_NUMBER.match(lines[0]):
        return lines
    starts = [match.start() for match in _NUMBER.finditer(lines[0])]
    numbers = [int(match["number"]) for match in _NUMBER.finditer(lines[0])]
    if len(starts) < 2 or numbers != list(range(1, len(numbers) + 1)):
        return lines
    found = (lines[0][start:end] for start, end in itertools.pairwise([*starts, len(lines[0])]))
    return [item.strip().rstrip(",;") for item in found]


def _at_numbers(item: str) -> list[str]:
    """Split an item at the numbers or letters of a list within, `Tools: (1) a, (2) b`, and drop them.

    The list has all of the item but for a label, and nothing is left out of it.
    """
    label, said = _label_of(item)
    first = _ENUMERATED.match(said) if "\n" not in item else None
    if first is None:
        return [item]
    marks = list(_ENUMERATED.finditer(said))
    numbers = [mark["digits"] or mark["letter"] or mark["circled"] for mark in marks]
    whole = any(tuple(numbers) == sequence[: len(numbers)] for sequence in _SEQUENCES)
    if len(marks) < 2 or not whole:
        return [item]
    ends = [*(mark.start() for mark in marks[1:]), len(said)]
    found = [said[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
    texts = [text.strip().removesuffix(" and").rstrip(",; ") for text in found]
    return [f"{label} {text}" if label else text for text in texts] if all(texts) else [item]


def _at_signs(item: str, signs: str) -> list[str]:
    """Split an item at one of some signs, `Tools: a · b`, and repeat its label before each part.

    A bar may belong to a table, or to a command, whose parts are longer.
    """
    if "\n" in item:
        return [item]
    label, said = _label_of(item)
    for sign in signs:
        if f" {sign} " not in said:
            continue
        found = [part for part in _split(said, sign) if part]
        most = _WORDS_OF_TWO if len(found) == 2 else _WORDS_IN_SENTENCE
        is_command = sign in "|｜" and any(len(part.split()) > most for part in found)
        if not is_command and not said.startswith(("|", "｜")):
            return [f"{label} {part}" if label else part for part in found]
    return [item]


def _label_of(item: str) -> tuple[str, str]:
    """Return the label before the parts of an item, which may be empty, and what follows."""
    match = _OWN_LABEL.match(item)
    label = match[0] if match else ""
    return label, item[len(label) :].strip()


def parts(line: str) -> list[str]:
    """Split a single line that clearly is a list: of labelled parts, or of three or more short ones.

    It is split at semicolons, else at commas, but never inside brackets, backticks and quotes. A line
    that is no such list is returned whole.
    """
    if "\n" in line:
        return [line]
    labelled = _labelled(line)
    if len(labelled) > 1:
        return labelled
    sentence = line.rstrip().endswith((".", "!", "?"))
    for separator in ";,":
        found = _with_last(_split(line, separator)) if separator == "," else _split(line, separator)
        longest, words = (
            (_LONGEST_PART, 99) if not sentence else (_LONGEST_IN_SENTENCE, _WORDS_IN_SENTENCE)
        )
        short = all(0 < len(part) <= longest and len(part.split()) <= words for part in found)
        own = separator == "," and _OWN_LABEL.match(line)
        pair = (
            len(found) == 2
            and (separator != "," or ", " in line)  # `3,5 kg` and `a,b.txt` are one thing each
            and not sentence
            and all(len(part.split()) <= _WORDS_OF_TWO for part in found)
        )
        if (len(found) >= 3 or pair) and short and not own and not (sentence and _is_clause(found)):
            return [*found[:-1], found[-1].removesuffix(".")] if sentence else found
    return [line]


def _labelled(line: str) -> list[str]:
    """Split a line whose parts each begin with the label of a kind, as in `Tools: git. People: Ana`.

    The full stop, semicolon, bar or comma before a label is a separator, and belongs to no part.
    """
    starts = [match.start("label") for match in _LABEL_WITHIN.finditer(line)]
    if len(starts) < 2 or starts[0] != 0:
        return [line]
    found = [line[start:end].strip() for start, end in itertools.pairwise([*starts, len(line)])]
    found = [
        *(part.rstrip(" ;,|.") for part in found[:-1]),
        found[-1].removesuffix(".").removesuffix(";"),
    ]
    return [part for labelled in found for part in _split(labelled, ";") if part]


def _with_last(found: list[str]) -> list[str]:
    """Split the last part of a list at its `and`, and drop that word."""
    before, word, last = found[-1].rpartition(" and ")
    if len(found) > 1 and found[-1].startswith("and "):
        return [*found[:-1], found[-1].removeprefix("and ").strip()]
    if (
        len(found) > 1
        and word
        and "`" not in before + last
        and " and " not in before
        and _is_short(before, last)
    ):
        return [*found[:-1], before.strip(), last.strip()]
    return found


def _is_short(*texts: str) -> bool:
    return all(0 < len(text.split()) <= 3 for text in texts)


def _is_clause(found: Sequence[str]) -> bool:
    """Return whether one of the parts continues a sentence, and so is no item of a list."""
    return any(part.split(" ", 1)[0].casefold() in _CONJUNCTIONS for part in found)


def _split(line: str, separator: str) -> list[str]:
    """Split at a separator outside of brackets and quotes, and strip the parts."""
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
    """Yield the items of a section: one for each bullet, or for each line if there are no bullets.

    Indented and fenced lines belong to the item above them.
    """
    fenced = fences(lines).inside
    markers = [None if inside else marker_of(line) for line, inside in zip(lines, fenced, strict=True)]
    bulleted = any(markers)
    item: list[str] = []
    margin = 0
    for line, inside, marker in zip(lines, fenced, markers, strict=True):
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
    """Return an item without blank lines at its end and without the indent that its lines share."""
    while len(item) > 1 and not item[-1].strip():
        item.pop()
    rest = [line for line in item[1:] if line.strip()]
    indent = min((len(line) - len(line.lstrip(" ")) for line in rest), default=0)
    return "\n".join([item[0], *(line[indent:] if line.strip() else "" for line in item[1:])])
