"""What is beside the one anchor of an answer: the prompt that was pasted along, and alternatives.

The anchor of a prompt of `git anchor resume` is no new one. Of `Option A` and `Option B` a person has to
choose one.
"""

import re
from collections.abc import Sequence
from typing import Final

from gitanchor.model import markdown
from gitanchor.model.draft import Remark
from gitanchor.model.lazy_re import late
from gitanchor.parsing import name_line
from gitanchor.parsing.lines import Source, fenced_in
from gitanchor.parsing.remark_kinds import ALTERNATIVE

_QUOTED: Final = "The fenced text is quoted from that anchor"
_WRITTEN: Final = late(r"Written \d{4}-\d{2}-\d{2} .* on (?:branch|no branch)\b.*")
_BELOW: Final = late(
    r"(?:Commits|Files changed) since then\b.*|\(\* touches .*|Not committed now: .*|Mind:|- .*|[ \t]*"
)
_NEAR: Final = 6
"""Lines from the name of an anchor to the sentence that only the prompt has."""

_OPTION: Final = late(
    r"(?:[^\w]|_)*(?:option|variante?n?|version|alternative|opción|opção|opzione|opció|optie|вариант"
    r"|варіант|wariant|seçenek|方案|选项|選項|選択肢|案|옵션)[ \t]*(?P<which>[A-E1-5一二三])\b[ \t*_]*"
    r"(?:[:：–—(-].{0,80}|\.?)[ \t]*",
    re.IGNORECASE,
)


def without_prompt(sources: Sequence[Source], remarks: list[Remark]) -> list[Source]:
    """Return the lines without prompts that `git anchor resume` printed, and add a remark on each."""
    kept: list[Source] = []
    index = 0
    while index < len(sources):
        end = _end_of_prompt(sources, index)
        if end > index:
            first = sources[index]
            last = max(number for number, text in sources[index:end] if text.strip())
            remarks.append(
                Remark(first[0], last, "request", f"for what follows: {first[1].strip()[:60]}")
            )
            index = end
        else:
            kept.append(sources[index])
            index += 1
    return kept


def _end_of_prompt(sources: Sequence[Source], start: int) -> int:
    """Return the index after a prompt that begins at a line; `start` itself if none does."""
    quoted = sources[start][1].startswith(">")
    entry = name_line.entry_on(_bare(sources[start][1], quoted=quoted))
    near = [_bare(text, quoted=quoted) for _, text in sources[start + 1 : start + _NEAR]]
    if entry is None or not any(text.startswith(_QUOTED) for text in near):
        return start
    if not any(_WRITTEN.match(text) for text in near):
        return start
    fence = markdown.Fence()
    opened = False
    index = start + 1
    while index < len(sources):
        text = _bare(sources[index][1], quoted=quoted)
        held = fence.holds(text)
        opened = opened or held
        if opened and not held and not _BELOW.fullmatch(text):
            break
        index += 1
    return index


def _bare(text: str, *, quoted: bool) -> str:
    """Return a line without the mark of a quotation, as a chat or a mail program adds it."""
    return text.removeprefix(">").removeprefix(" ") if quoted else text


def apart(sources: Sequence[Source], remarks: list[Remark]) -> list[Source]:
    """Return the lines with a rule in place of each that begins an alternative, if there are two."""
    hidden = fenced_in(sources)
    found = {
        index: match["which"].casefold()
        for index, (_, text) in enumerate(sources)
        if index not in hidden and len(text) <= 120 and (match := _OPTION.fullmatch(text))
    }
    if len(set(found.values())) < 2 or len(set(found.values())) != len(found):
        return list(sources)
    for index in found:
        number, text = sources[index]
        remarks.append(Remark(number, number, ALTERNATIVE, text.strip(" \t#*_:：")))
    return [(number, "---" if index in found else text) for index, (number, text) in enumerate(sources)]
