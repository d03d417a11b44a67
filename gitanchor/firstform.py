"""The log as versions before this form of it rendered it: read as it was, and never written any more.

Its heads held rules and a line that ends in blanks, its comments stood close to the text, and blanks at
the ends of lines stood where the author had them.
"""

import functools
from collections.abc import Sequence
from typing import Any

from gitanchor import generated, inert, markdown, prompts, render
from gitanchor.anchor import Anchor
from gitanchor.dependencies import items
from gitanchor.texts import section_texts


def header_over(lines: Sequence[str], foreword: str = "") -> str:
    """What a render would have put above the first entry of a log or page, in whichever form it has."""
    page = render.page_of(lines)
    older = render.older_links(lines)
    new = render.header(foreword, older) if page is None else render.page_header(*page)
    count = new.count("\n") + 1
    if list(lines[:count]) == new.split("\n"):
        return new
    old = header(foreword, older) if page is None else page_header(*page)
    return old if list(lines[: old.count("\n") + 1]) == old.split("\n") else new


@functools.lru_cache(4)
def header(foreword: str = "", older: tuple[str, ...] = ()) -> str:
    """As `render.header` had it."""
    kept = [render.FOREWORD, foreword, render.FOREWORD_END] if foreword else []
    links = [render.OLDER, *older, render.OLDER_END] if older else []
    return render.filled(
        "log.first.md.j2",
        request=prompts.request(),
        foreword="\n".join(kept),
        older="\n".join(links),
    )


def page_header(month: str, link: str) -> str:
    """As `render.page_header` had it."""
    return render.filled("page.first.md.j2", month=month, link=link)


def entry(anchor: Anchor) -> str:
    """As `render.entry` had it."""
    texts = section_texts(anchor)
    sections = [(generated.label(name), _laid_out(anchor, name, text)) for name, text in texts.items()]
    content = render.body(anchor, sections)
    end = generated.closing(anchor.id, content, render.as_comment(render.facts(anchor)))
    return f"{render.opening(anchor.id)}\n{content}\n{end}"


def has_digest(anchor: Anchor, digest: str) -> bool:
    """Whether a digest is that of an anchor's entry, in whichever form."""
    return digest == render.digest(anchor) or digest == entry(anchor).rsplit(" ", 2)[1]


def _laid_out(anchor: Anchor, name: str, text: str) -> str:
    lines = text.split("\n")
    if name == "dependencies":
        texts = [item.text for item in anchor.dependencies]
        plain = _stands(lines, text) and list(items(lines)) == texts
        return f"\n\n{text}" if plain and render.is_clean(text) else _fenced("json", _json(texts))
    if not render.is_clean(text):
        return _fenced("json", _json(text))
    if not _stands(lines, text):
        return _fenced("markdown", text)
    beside = prompts.beside_label(text)
    if beside.startswith("\n") or generated.stands_beside(name, text):
        return beside
    return f"\n{text}"


def _stands(lines: Sequence[str], text: str) -> bool:
    return generated.stands_below(lines) and inert.is_inert(text)


def _json(value: Any) -> str:
    return render.as_json(value)


def _fenced(kind: str, text: str) -> str:
    fence = markdown.fence_for(text)
    return f"\n\n{generated.VERBATIM}\n{fence}{kind}\n{text}\n{fence}"
