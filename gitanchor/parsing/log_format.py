"""The entries of the generated log: their comments and other marks, and how to read them back.

The text between the comments of an entry is read exactly by the layout of `rendering.log_entries`, not
by the looser rules for what people and chats write.
"""

import bisect
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from gitanchor.model import markdown, safe_markdown, trailing_blanks
from gitanchor.model.anchor import SHORT_COMMIT, TITLES
from gitanchor.model.dependencies import dependency, items
from gitanchor.model.draft import Draft
from gitanchor.model.lazy_re import late
from gitanchor.parsing import times

VERBATIM: Final = "<!-- anchor:verbatim -->"
"""Marks a section that cannot be shown as it is, and so is in the fence below."""

CONFLICT: Final = "<<<<<<< "
"""The start of git's conflict markers; in a generated log such a line is only found in a fence."""

_SECTIONS: Final = {title: name for name, title in TITLES.items()}
_BEGIN: Final = late(r"<!-- anchor ([0-9a-f]{8}) -->[ \t]*")
_END: Final = late(r"<!-- /anchor ([0-9a-f]{8}) (\{.*\}) ([0-9a-f]{12}) -->[ \t]*")
_LABEL: Final = late(rf"\*\*({'|'.join(_SECTIONS)}):\*\*(?: (.*))?")
_NAME: Final = late(r"\*\*Resume from anchor:\*\* \[(.*)\]")
_PLACE: Final = late(r"\*(?:On branch|Detached|No branch)\b.*\*")
_PLACE_AS_GENERATED: Final = late(
    r"\*(?:On branch (`+)[^`].*\1|Detached HEAD|No branch recorded)"
    r"(?: at commit `[0-9a-f]{7,64}`|, no commit recorded)\*"
)
_ACTIVE: Final = late(r"[\\`<&!\[\]]")
"""Characters that start tags, entities, links, images, code and escapes; a backslash escapes them."""

_OPENING: Final = late(r"`{3,}(?:markdown|json)")
"""The first line of a fence with such a section."""

_SHORTEST_FENCE: Final = 3
_DIGEST_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Block:
    """An entry in the lines of a log: the indexes of its comments, and the facts in them.

    `facts` is their text, which the digest covers. `edited` says that the lines between the
    comments, or the last comment, were changed by hand.
    """

    begin: int
    end: int
    id: str
    meta: dict[str, Any]
    facts: str
    digest: str
    edited: bool

    def has_digest_of(self, body: Iterable[str]) -> bool:
        """Whether some lines, in place of those between the comments, would be unchanged."""
        return digest(body, self.facts) == self.digest


class Part(NamedTuple):
    """The indexes of lines between entries, and the entry below them; after the last one, None."""

    above: range
    entry: Block | None


def parts(lines: Sequence[str], entries: Sequence[Block] | None = None) -> Iterator[Part]:
    """Divide the lines of a log into entries with both comments, and what is between them."""
    start = 0
    for entry in blocks(lines) if entries is None else entries:
        yield Part(range(start, entry.begin), entry)
        start = entry.end + 1
    yield Part(range(start, len(lines)), None)


def unchanged(lines: Sequence[str]) -> set[int]:
    """Return the indexes of the lines in entries that nobody changed by hand."""
    intact = (block for block in blocks(lines) if not block.edited)
    return {number for block in intact for number in range(block.begin, block.end + 1)}


def ids(text: str) -> set[str]:
    """Return the ids of the entries in a log."""
    return {block.id for block in blocks(text.split("\n"))}


def blocks(lines: Sequence[str]) -> list[Block]:
    """Find the entries of a generated log that have both of their comments."""
    begun = [number for number, line in enumerate(lines) if line.startswith("<!--") and begins(line)]
    if not begun:
        return []
    comments = _next_comments(lines)
    metas: dict[int, dict[str, Any] | None] = {}
    found: list[Block] = []
    for begin in begun:
        end = comments[begin + 1]
        if (found and begin <= found[-1].end) or end == len(lines):
            continue
        opening, last = opened(lines[begin]), _END.fullmatch(lines[end])
        if last is None or last[1] != opening:
            continue
        if end not in metas:  # if fences are not closed, many may end here
            metas[end] = _meta(last[2])
        meta = metas[end]
        if meta is not None:
            edited = digest(lines[begin + 1 : end], last[2]) != last[3]
            found.append(Block(begin, end, last[1], meta, last[2], last[3], edited))
    return found


def begins(line: str) -> bool:
    """Return whether a line is the comment above an entry."""
    return _BEGIN.fullmatch(line) is not None


def opened(line: str) -> str | None:
    """Return the id in the comment above an entry; None for any other line."""
    match = _BEGIN.fullmatch(line)
    return match and match[1]


def closed(line: str) -> str | None:
    """Return the id in the comment below an entry; None for any other line."""
    match = _END.fullmatch(line)
    return match[1] if match and _meta(match[2]) is not None else None


def mended_closing(text: str) -> str | None:
    """Return the comment below an entry that has this text; None if no entry could have it."""
    line = f"<!-- {text.strip()} -->"
    return line if closed(line) is not None else None


def is_comment(line: str) -> bool:
    """Return whether a line is the comment above or below an entry."""
    return begins(line) or closed(line) is not None


def _next_comments(lines: Sequence[str]) -> list[int]:
    """Return for each line the index of the next comment of an entry, as if no fence were open before.

    Comments in a fence that opens after the line do not count; without one, it is the number of lines.
    Lines are read from the end, so that the time is linear even if many fences are never closed.
    """
    after = [len(lines)] * (len(lines) + 1)
    closings: dict[str, list[tuple[int, int]]] = {"`": [], "~": []}
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        if line.startswith("<!--") and (begins(line) or _END.fullmatch(line)):
            after[number] = number
        elif "```" in line or "~~~" in line:
            after[number] = _behind_fence(line, number, closings, after)
        else:
            after[number] = after[number + 1]
    return after


def _behind_fence(
    line: str, number: int, closings: dict[str, list[tuple[int, int]]], after: Sequence[int]
) -> int:
    """Return the index of the next comment from a line that may open a fence, or close an earlier one.

    `closings` has, for each character, length (negative) and line of the fences below that may close
    one, longest first: the last of them that is long enough is the nearest.
    """
    fence = markdown.Fence()
    following = after[number + 1]
    if fence.holds(line):
        near = closings[fence.opened[0]]
        place = bisect.bisect_right(near, -len(fence.opened), key=lambda closing: closing[0])
        following = after[near[place - 1][1] + 1] if place else len(after) - 1
    bare = line.strip()
    if len(bare) >= _SHORTEST_FENCE and bare == bare[0] * len(bare) and bare[0] in closings:
        near = closings[bare[0]]
        while near and -near[-1][0] <= len(bare):
            near.pop()
        near.append((-len(bare), number))
    return following


def _meta(text: str) -> dict[str, Any] | None:
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return meta if isinstance(meta, dict) else None


def digest(body: Iterable[str], meta: str) -> str:
    """Return the digest that shows whether an entry, or the facts in its last comment, were edited.

    Blank lines directly after the first and before the last comment do not count.
    """
    content = "\n".join([*markdown.trim_blank_lines(list(body)), meta])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]


def closing(anchor_id: str, body: str, meta: str) -> str:
    """Return the comment below an entry: its id, the facts for the program (`meta`), and the digest."""
    return f"<!-- /anchor {anchor_id} {meta} {digest(body.split(chr(10)), meta)} -->"


def read(lines: Sequence[str], block: Block) -> Draft:
    """Read an entry. The line numbers in the draft count from 1.

    If a section has its label twice, both texts are joined. Text below the line with the place, and
    lines of the head that do not belong there, are added to the notes.
    """
    body = list(lines[block.begin + 1 : block.end])
    draft = Draft(block.begin + 1, block.end + 1, id=block.id, meta=block.meta)
    draft.edited, draft.digest = block.edited, block.digest
    starts = [*_labels(body)]
    place = place_in(body, block.meta)
    if place is not None:
        starts = sorted([*starts, (place, "notes", None)], key=lambda start: start[0])
    end = len(body)
    head = body[: starts[0][0] if starts else end]
    added = _read_head(draft, head)
    for (start, section, beside), (stop, _, _) in itertools.pairwise([*starts, (end, "", None)]):
        below = markdown.trim_blank_lines(body[start + 1 : stop])
        _put(draft, section, [beside, *below] if beside is not None else below)
    draft.notes = "\n\n".join(filter(None, ["\n".join(added), draft.notes]))
    name = block.meta.get("name")
    if isinstance(name, str) and (not draft.edited or draft.name == shown_name(name)):
        draft.name = name
    return draft


def _read_head(draft: Draft, head: Sequence[str]) -> list[str]:
    """Take name and time from the lines above the sections; return the other lines."""
    added = []
    for line in head:
        if draft.name is None and (name := _NAME.fullmatch(line)):
            draft.name = name[1]
        elif draft.time is None and (written := times.time_on(line)):
            draft.time = times.read_time(written)
        elif line.strip():
            added.append(line)
    return added


def place_in(body: Sequence[str], meta: Mapping[str, Any]) -> int | None:
    """Return the index of the line with the place: as generated, else a last line in that form."""
    expected = expected_place(meta)
    fence = markdown.Fence()
    outside = [number for number, line in enumerate(body) if not fence.holds(line)]
    same = next((number for number in reversed(outside) if body[number] == expected), None)
    if same is not None:
        return same
    last = next((number for number in reversed(outside) if body[number].strip()), None)
    return last if last is not None and _PLACE.fullmatch(body[last]) else None


def expected_place(meta: Mapping[str, Any]) -> str | None:
    """Return the line with the place, from the facts in the last comment; None if they are damaged."""
    branch, commit = meta.get("branch"), meta.get("commit")
    if not isinstance(branch, str | None) or not isinstance(commit, str | None):
        return None
    return place_line(branch, commit and commit[:SHORT_COMMIT])


def name_on(line: str) -> str | None:
    """Return the name in the line that names an entry; None for any other line."""
    match = _NAME.fullmatch(line)
    return match and match[1]


def is_label(line: str) -> bool:
    """Return whether a line starts a section of an entry."""
    return _LABEL.fullmatch(line) is not None


def is_place(line: str) -> bool:
    """Return whether a line can only be the line with the place of an entry."""
    return _PLACE_AS_GENERATED.fullmatch(line) is not None


def _labels(body: Sequence[str]) -> Iterator[tuple[int, str, str | None]]:
    """Yield the index of each label, its section, and the text beside it."""
    fence = markdown.Fence()
    for number, line in enumerate(body):
        if not fence.holds(line) and (match := _LABEL.fullmatch(line)):
            yield number, _SECTIONS[match[1]], match[2]


def _put(draft: Draft, section: str, texts: list[str]) -> None:
    """Add the text beside and below a label to its section."""
    fenced = texts[:1] == [VERBATIM]
    texts = markdown.trim_blank_lines(texts[1:]) if fenced else texts
    value: Any = "\n".join(texts)
    as_json = fenced and len(texts) > 1 and _OPENING.fullmatch(texts[0])
    if as_json:
        value = _unfenced(texts)
    if value and isinstance(value, str) and not draft.edited:
        value = trailing_blanks.put_back(value, _blanks(draft.meta, section))
    if section == "dependencies":
        if isinstance(value, str):
            value = [value] if as_json else items(value.split("\n"))
        draft.dependencies += tuple(dependency(str(item)) for item in value)
        return
    text = value if isinstance(value, str) else "\n".join(map(str, value))
    present = getattr(draft, section)
    setattr(draft, section, f"{present}\n\n{text}" if present and text else present or text)


def _blanks(meta: Mapping[str, Any], section: str) -> object:
    """Return the blanks of a section by the last comment of an entry; see `trailing_blanks`."""
    found = meta.get("blanks")
    return found.get(section) if isinstance(found, Mapping) else None


def _unfenced(texts: list[str]) -> Any:
    """Return the content of a fence, with the text that a person may have added below it."""
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
        value = json.loads(text)
    except (ValueError, RecursionError):  # edited by hand
        return text
    return value if isinstance(value, str | list) else text


# For rendering ---------------------------------------------------------------------------------


def label(section: str) -> str:
    """Return the label of a section in the log."""
    return f"**{TITLES[section]}:**"


def stands_beside(section: str, text: str) -> bool:
    """Return whether a text beside its label would be read back unchanged."""
    match = _LABEL.fullmatch(f"{label(section)} {text}")
    return match is not None and match[2] == text


def stands_below(lines: Sequence[str]) -> bool:
    """Return whether lines below a label would be read back unchanged: no structure, no open fence."""
    if not lines[0].strip() or not lines[-1].strip():
        return False
    fence = markdown.Fence()
    for line in lines:
        if "<!--" in line or line.startswith(CONFLICT):
            return False
        if not fence.holds(line) and (_LABEL.fullmatch(line) or _NAME.fullmatch(line)):
            return False
    return fence.closed


def shown_name(name: str) -> str:
    """Return a name for the visible line of its entry: escaped only if it would be active Markdown."""
    match = _NAME.fullmatch(f"**Resume from anchor:** [{name}]")
    if match is not None and match[1] == name and safe_markdown.is_inert(f"[{name}]"):
        return name
    return _ACTIVE.sub(r"\\\g<0>", _on_one_line(name))


def _on_one_line(text: str) -> str:
    """Return a text that should be one line, with line breaks and invisible characters as codes."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def place_line(branch: str | None, commit: str | None) -> str:
    """Return the line with the place: branch and abbreviated commit, for people."""
    where = f"On branch {markdown.code_span(_on_one_line(branch))}" if branch else "No branch recorded"
    if commit:
        return f"*{where if branch else 'Detached HEAD'} at commit `{commit}`*"
    return f"*{where}, no commit recorded*"
