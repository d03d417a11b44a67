"""Convert anchors in YAML or JSON, in a fence or bare, to plain lines with labels.

A value is always text, even if it looks like a label.
"""

import bisect
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from gitanchor.model.anchor import SECTIONS, TITLES
from gitanchor.parsing import printed
from gitanchor.parsing.lines import Source, Verbatim
from gitanchor.parsing.vocabulary import Words

BARE: Final = "bare"
"""The info word of a block without a fence."""

_NAME_KEYS: Final = frozenset({"anchor", "name", "anchor name", "resume from anchor", "anchor id"})
_TIME_KEYS: Final = frozenset({"time", "date", "created"})
_WHOLE: Final = 3
_KEY: Final = re.compile(r"[\s{\[,-]*+[\"']?(?P<key>\w[\w .-]{0,60}?)[\"']?\s{0,3}:")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_YAML_KEY: Final = re.compile(r"[\w-]+:(?:\s|$)")
_TELLING: Final = ("current_milestone:", "next_action:", "current-milestone:", "next-action:")
"""Keys that nobody writes as a label in plain text: a text with one of them is YAML."""

_OPENINGS: Final = ("{", "[", "[{")
_CLOSING: Final = {"{": "}", "[": "]"}


class Unfolded(NamedTuple):
    """The lines of the anchors in a block, and whether each has a name and three sections or more."""

    lines: list[Source]
    whole: bool


def bare_blocks(lines: Sequence[Source], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where JSON or YAML may be outside of fences, as indexes of first and last lines."""
    index = start
    telling = any(lines[at][1].startswith(_TELLING) for at in range(start, end))
    while index < end:
        text = lines[index][1]
        last = None
        if text[:4].lstrip()[:1] in ("{", "["):
            last = _end_of_json(lines, index, end)
            if last is None and text.strip() in _OPENINGS:
                return  # nothing closes it, nor any later one
        elif telling and _YAML_KEY.match(text):
            last = _end_of_yaml(lines, index, end)
        if last is not None:
            yield index, last
        index = index + 1 if last is None else last + 1


def _end_of_json(lines: Sequence[Source], start: int, end: int) -> int | None:
    text = lines[start][1].rstrip()
    if text.endswith(("}", "]")) and '"' in text and ":" in text:
        return start
    if text.strip() not in _OPENINGS:
        return None
    indent = text[: len(text) - len(text.lstrip())]
    closing = indent + _CLOSING[text.strip()[0]]
    return next(
        (
            at
            for at in range(start + 1, end)
            if lines[at][1].startswith(closing[-1:] if not indent else closing)
        ),
        None,
    )


def _end_of_yaml(lines: Sequence[Source], start: int, end: int) -> int:
    """Return the last line of what looks like one mapping: keys, indented lines and lists."""
    last = start
    for at in range(start + 1, end):
        text = lines[at][1]
        if _YAML_KEY.match(text) or (text.startswith((" ", "- ")) and text.strip()):
            last = at
        elif text.strip():
            break
    return last


def unfolded(block: Sequence[Source], info: str, words: Words, *, fenced: bool) -> Unfolded | None:
    """Convert a block of data to labelled lines; return None if it is no anchor.

    `info` is the first word after the fence. If `fenced`, the first and last line are the fences.
    """
    content = block[1:-1] if fenced else block
    loaded = _loaded("\n".join(text for _, text in content), info)
    anchors = [_Fields(values, words) for values in _anchors_in(loaded, words)]
    if not anchors or any(len(each.known) < each.wanted for each in anchors):
        return None
    keys = _Keys(content)
    spans = list(_spans(anchors, keys, block[0][0], block[-1][0]))
    lines = [
        line
        for each, (first, last) in zip(anchors, spans, strict=True)
        for line in each.lines(keys, first, last)
    ]
    return Unfolded(lines, all(each.name and len(each.known) >= _WHOLE for each in anchors))


def _loaded(text: str, info: str) -> Any:
    from gitanchor.model.errors import BadAnchorFile
    from gitanchor.storage import codec

    if info.startswith("json") or text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            if info.startswith("json"):
                return None
    try:
        if text.lstrip().startswith("- "):
            return codec.load_settings(f"anchors:\n{text}", "the block").get("anchors")
        return codec.load_settings(text, "the block")
    except (ValueError, RecursionError, BadAnchorFile):
        return None


def _anchors_in(loaded: Any, words: Words) -> list[Mapping[str, Any]]:
    """Return the mappings that may be anchors: the whole, the items of a list, or values of names."""
    if isinstance(loaded, list):
        return loaded if all(isinstance(item, Mapping) for item in loaded) else []
    if not isinstance(loaded, Mapping) or any(_section(key, words) for key in loaded):
        return [loaded] if isinstance(loaded, Mapping) else []
    inner = [key for key, value in loaded.items() if isinstance(value, Mapping)]
    if len(inner) == 1 and _bare(inner[0]) in _NAME_KEYS:
        others = {key: value for key, value in loaded.items() if key != inner[0]}
        return [{**others, **loaded[inner[0]]}]
    if inner and len(inner) == len(loaded):
        return [{"anchor": key, **loaded[key]} for key in inner]
    only = next(iter(loaded.values()), None)
    return _anchors_in(only, words) if len(loaded) == 1 and isinstance(only, list) else []


def _bare(key: Any) -> str:
    """Return a key in the form of a label: its words in lower case, with spaces."""
    return re.sub(r"[_-]+", " ", _CAMEL.sub(" ", str(key))).strip().casefold()


def _section(key: Any, words: Words) -> str | None:
    meaning = words.meaning(_bare(key)) or words.meaning(str(key))
    return meaning.section if meaning and meaning.section in SECTIONS else None


class _Keys:
    """The line numbers of keys."""

    def __init__(self, content: Sequence[Source]) -> None:
        self.numbers: dict[str, list[int]] = {}
        for number, text in content:
            if match := _KEY.match(text):
                self.numbers.setdefault(match["key"], []).append(number)

    def number(self, key: Any, first: int, last: int) -> int:
        """Return the line number of a key between two lines; `first` if it is not there."""
        places = self.numbers.get(str(key), [])
        at = bisect.bisect_left(places, first)
        return places[at] if at < len(places) and places[at] <= last else first


def _spans(
    anchors: Sequence["_Fields"], keys: _Keys, first: int, last: int
) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each anchor of a block; together they are all its lines."""
    starts = [first]
    for each in anchors[1:]:
        places = keys.numbers.get(str(each.first_key), [])
        at = bisect.bisect(places, starts[-1])
        starts.append(places[at] if at < len(places) else starts[-1])
    for start, following in itertools.pairwise([*starts, last + 1]):
        yield start, max(start, following - 1)


class _Fields:
    """The fields of one anchor in a mapping."""

    def __init__(self, values: Mapping[str, Any], words: Words) -> None:
        if printed.is_anchor(values):
            values = printed.as_said(values)
        self.first_key = next(iter(values), "")
        self.known: dict[str, tuple[str, Any]] = {}
        self.others: list[str] = []
        self.name = self.time = ""
        self.wanted = _WHOLE
        for key, value in values.items():
            section = _section(key, words)
            line = value if isinstance(value, str) and "\n" not in value.strip() else ""
            if section and section not in self.known:
                self.known[section] = (key, value)
            elif _bare(key) in _NAME_KEYS and line and not self.name:
                self.name = line.strip()
                self.wanted = 2 if _bare(key) == "name" else 1  # packages have names and dependencies
            elif _bare(key) in _TIME_KEYS and line and not self.time:
                self.time = line
            elif key == printed.NOTES:
                self.others.append(_as_text(value))
            else:
                self.others.append(f"{key}: {_as_text(value)}")

    def lines(self, keys: _Keys, first: int, last: int) -> list[Source]:
        """Return the anchor as plain lines, with its values as verbatim text."""
        lines: list[Source] = [(first, self.time), (first, "")] if self.time else []
        lines += [(first, f"Resume from anchor: [{self.name}]")] if self.name else []
        for section in SECTIONS:
            if section not in self.known:
                continue
            key, value = self.known[section]
            number = keys.number(key, first, last)
            texts = _as_items(value) if section == "dependencies" else _as_text(value).split("\n")
            lines.append((number, f"{TITLES[section]}:"))
            lines += _verbatim(texts, number, last)
        if self.others:
            others = "\n".join(self.others).split("\n")
            lines += [(last, ""), (last, "---"), (last, ""), *_verbatim(others, last, last)]
        while not lines[-1][1].strip():
            lines.pop()
        return [(first, lines[0][1]), *lines[1:-1], (last, lines[-1][1])]


def _verbatim(texts: Sequence[str], number: int, last: int) -> Iterator[Source]:
    return ((min(number + place, last), Verbatim(text)) for place, text in enumerate(texts))


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(f"- {_as_text(item)}" for item in value)
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_beside(item)}" for key, item in value.items())
    return ("" if value is None else str(value)).strip("\n")


def _beside(value: Any) -> str:
    """Return a value as written beside its key: a list of plain values on the same line."""
    if isinstance(value, list) and not any(isinstance(item, list | Mapping) for item in value):
        return ", ".join(map(_as_text, value))
    return _as_text(value)


def _as_items(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        value = [f"{key}: {_beside(item)}" for key, item in value.items()]
    if not isinstance(value, list):
        return _as_text(value).split("\n")
    indented = (_as_text(item).replace("\n", "\n  ") for item in value)
    return "\n".join(f"- {item}" for item in indented).split("\n")
