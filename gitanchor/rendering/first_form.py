"""The log in the form that earlier versions rendered; it is still read, but no longer written.

Its heads had rules and a line with trailing blanks, its comments had no blank lines around them,
and trailing blanks of the author were kept in the text.
"""

import functools
from collections.abc import Sequence
from typing import Any

from gitanchor.model import markdown, safe_markdown
from gitanchor.model.anchor import Anchor
from gitanchor.model.dependencies import items
from gitanchor.model.texts import section_texts
from gitanchor.parsing import log_format
from gitanchor.rendering import log_entries, request


def header_over(lines: Sequence[str], foreword: str = "") -> str:
    """Return what a render would put above the first entry of a log or page, in the form that it has."""
    page = log_entries.page_of(lines)
    older = log_entries.older_links(lines)
    new = log_entries.header(foreword, older) if page is None else log_entries.page_header(*page)
    count = new.count("\n") + 1
    if list(lines[:count]) == new.split("\n"):
        return new
    old = header(foreword, older) if page is None else page_header(*page)
    return old if list(lines[: old.count("\n") + 1]) == old.split("\n") else new


@functools.lru_cache(4)
def header(foreword: str = "", older: tuple[str, ...] = ()) -> str:
    """Return what `log_entries.header` returned in this form."""
    kept = [log_entries.FOREWORD, foreword, log_entries.FOREWORD_END] if foreword else []
    links = [log_entries.OLDER, *older, log_entries.OLDER_END] if older else []
    return log_entries.filled(
        "log.first.md.j2",
        request=request.request(),
        foreword="\n".join(kept),
        older="\n".join(links),
    )


def page_header(month: str, link: str) -> str:
    """Return what `log_entries.page_header` returned in this form."""
    return log_entries.filled("page.first.md.j2", month=month, link=link)


def entry(anchor: Anchor) -> str:
    """Return what `log_entries.entry` returned in this form."""
    texts = section_texts(anchor)
    sections = [(log_format.label(name), _laid_out(anchor, name, text)) for name, text in texts.items()]
    content = log_entries.body(anchor, sections)
    end = log_format.closing(anchor.id, content, log_entries.as_comment(log_entries.facts(anchor)))
    return f"{log_entries.opening(anchor.id)}\n{content}\n{end}"


def has_digest(anchor: Anchor, digest: str) -> bool:
    """Whether a digest is that of an anchor's entry, in either form."""
    return digest == log_entries.digest(anchor) or digest == entry(anchor).rsplit(" ", 2)[1]


def _laid_out(anchor: Anchor, name: str, text: str) -> str:
    lines = text.split("\n")
    if name == "dependencies":
        texts = [item.text for item in anchor.dependencies]
        plain = _stands(lines, text) and list(items(lines)) == texts
        return f"\n\n{text}" if plain and log_entries.is_clean(text) else _fenced("json", _json(texts))
    if not log_entries.is_clean(text):
        return _fenced("json", _json(text))
    if not _stands(lines, text):
        return _fenced("markdown", text)
    beside = markdown.beside_label(text)
    if beside.startswith("\n") or log_format.stands_beside(name, text):
        return beside
    return f"\n{text}"


def _stands(lines: Sequence[str], text: str) -> bool:
    return log_format.stands_below(lines) and safe_markdown.is_inert(text)


def _json(value: Any) -> str:
    return log_entries.as_json(value)


def _fenced(kind: str, text: str) -> str:
    fence = markdown.fence_for(text)
    return f"\n\n{log_format.VERBATIM}\n{fence}{kind}\n{text}\n{fence}"
