"""The entries of the generated log: their comments, what else marks them, and reading them back.

What stands between the comments of an entry is read by the layout that `render` gives it, to the
byte, and not by the looser rules for what people and chats write.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gitanchor import markdown, times
from gitanchor.anchor import TITLES
from gitanchor.dependencies import dependency, items
from gitanchor.drafts import Draft

VERBATIM: Final = "<!-- anchor:verbatim -->"
"""Says that the fence below holds a section that could not stand as it is."""

CONFLICT: Final = "<<<<<<< "
"""How git starts a conflict; in a generated log such a line only ever stands in a fence."""

_SECTIONS: Final = {title: name for name, title in TITLES.items()}
_BEGIN: Final = re.compile(r"<!-- anchor ([0-9a-f]{8}) -->[ \t]*")
_END: Final = re.compile(r"<!-- /anchor ([0-9a-f]{8}) (\{.*\}) ([0-9a-f]{12}) -->[ \t]*")
_LABEL: Final = re.compile(rf"\*\*({'|'.join(_SECTIONS)}):\*\*(?: (.*))?")
_NAME: Final = re.compile(r"\*\*Resume from anchor:\*\* \[(.*)\]")
_PLACE: Final = re.compile(r"\*(?:On branch|Detached|No branch)\b.*\*")
_DIGEST_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Block:
    """An entry in the lines of a log: where its comments stand (counted from 0), and their facts.

    `edited` says that a hand changed something between the comments, or in the last one.
    """

    begin: int
    end: int
    id: str
    meta: dict[str, Any]
    digest: str
    edited: bool


def blocks(lines: Sequence[str]) -> list[Block]:
    """Find the whole entries of a generated log. One without its other comment is none."""
    found = []
    line = 0
    while line < len(lines):
        block = _block_at(lines, line)
        if block is not None:
            found.append(block)
            line = block.end
        line += 1
    return found


def begins(line: str) -> bool:
    """Whether a line is the comment over an entry."""
    return _BEGIN.fullmatch(line) is not None


def _block_at(lines: Sequence[str], begin: int) -> Block | None:
    """The entry whose first comment stands at a line, if it has its last one too."""
    first = _BEGIN.fullmatch(lines[begin]) if lines[begin].startswith("<!--") else None
    if first is None:
        return None
    fence = markdown.Fence()
    for number in range(begin + 1, len(lines)):
        if fence.holds(lines[number]):
            continue
        if begins(lines[number]):
            return None
        last = _END.fullmatch(lines[number])
        if last:
            meta = _meta(last[2]) if last[1] == first[1] else None
            if meta is None:
                return None
            edited = digest(lines[begin + 1 : number], last[2]) != last[3]
            return Block(begin, number, first[1], meta, last[3], edited)
    return None


def _meta(text: str) -> dict[str, Any] | None:
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return meta if isinstance(meta, dict) else None


def digest(body: Iterable[str], meta: str) -> str:
    """What tells whether the lines of an entry, or the facts in its last comment, were edited."""
    content = "\n".join([*body, meta])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]


def closing(anchor_id: str, body: str, meta: str) -> str:
    """The comment below an entry: its id, the facts that people do not read, and the digest."""
    return f"<!-- /anchor {anchor_id} {meta} {digest(body.split(chr(10)), meta)} -->"


def read(lines: Sequence[str], block: Block) -> Draft:
    """Read an entry. Numbers of lines in the draft count from 1."""
    body = list(lines[block.begin + 1 : block.end])
    draft = Draft(block.begin + 1, block.end + 1, id=block.id, meta=block.meta)
    draft.edited, draft.digest = block.edited, block.digest
    labels = list(_labels(body))
    end = len(body) - 1 if body and _PLACE.fullmatch(body[-1]) else len(body)
    head = body[: labels[0][0] if labels else end]
    added = []
    for line in head:
        if name := _NAME.fullmatch(line):
            draft.name = name[1]
        elif (written := times.time_on(line)) and draft.time is None:
            draft.time = times.read_time(written)
        elif line.strip():
            added.append(line)
    for (start, section, beside), (stop, _, _) in itertools.pairwise([*labels, (end, "", None)]):
        below = markdown.trim_blank_lines(body[start + 1 : stop])
        texts = [beside, *below] if beside is not None else below
        _put(draft, section, texts)
    draft.notes = "\n\n".join(filter(None, ["\n".join(added), draft.notes]))
    name = block.meta.get("name")
    if isinstance(name, str) and not draft.edited:
        draft.name = name
    return draft


def _labels(body: Sequence[str]) -> Iterator[tuple[int, str, str | None]]:
    """Where each section starts, which it is, and the text beside its label."""
    fence = markdown.Fence()
    for number, line in enumerate(body):
        if not fence.holds(line) and (match := _LABEL.fullmatch(line)):
            yield number, _SECTIONS[match[1]], match[2]


def _put(draft: Draft, section: str, texts: list[str]) -> None:
    value: Any = "\n".join(texts)
    if texts[:1] == [VERBATIM] and len(texts) > 2:
        value = _unfenced(texts[1:])
    elif section == "dependencies":
        value = list(items(texts))
    if section == "dependencies":
        values = value if isinstance(value, list) else [value]
        draft.dependencies = tuple(dependency(str(item)) for item in values)
    else:
        setattr(draft, section, value if isinstance(value, str) else json.dumps(value))


def _unfenced(texts: list[str]) -> Any:
    """What a fence kept apart from structure, with what a hand may have added below it."""
    fence = markdown.Fence()
    end = 0
    while end < len(texts) and (fence.holds(texts[end]) and not fence.closed):
        end += 1
    inner = "\n".join(texts[1:end])
    below = "\n".join(markdown.trim_blank_lines(texts[end + 1 :]))
    value = _from_json(inner) if texts[0].endswith("json") else inner
    if not below:
        return value
    return [*value, below] if isinstance(value, list) else f"{value}\n\n{below}"


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # edited by hand
        return text


# What render asks ------------------------------------------------------------------------------


def label(section: str) -> str:
    """The label of a section as it stands in the log."""
    return f"**{TITLES[section]}:**"


def stands_beside(section: str, text: str) -> bool:
    """Whether a text beside its label would be read back as it is."""
    match = _LABEL.fullmatch(f"{label(section)} {text}")
    return match is not None and match[2] == text


def stands_below(lines: Sequence[str]) -> bool:
    """Whether lines below a label would be read back as they are: no structure, no open fence."""
    if not lines[0].strip() or not lines[-1].strip():
        return False
    fence = markdown.Fence()
    for line in lines:
        if "<!--" in line or line.startswith(CONFLICT):
            return False
        if not fence.holds(line) and _LABEL.fullmatch(line):
            return False
    return fence.closed


def shows_name(name: str) -> bool:
    """Whether the visible line of an entry gives its name back."""
    match = _NAME.fullmatch(f"**Resume from anchor:** [{name}]")
    return match is not None and match[1] == name


def place_line(branch: str | None, commit: str | None) -> str:
    """The line that names branch and short commit for people."""
    where = f"On branch {markdown.code_span(branch)}" if branch else "No branch recorded"
    if commit:
        return f"*{where if branch else 'Detached HEAD'} at commit `{commit}`*"
    return f"*{where}, no commit recorded*"
