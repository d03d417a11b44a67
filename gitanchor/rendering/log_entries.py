"""Render anchors as the generated log, with templates that are the same in every clone.

An entry is a pure function of its anchor, the same in every time zone and locale. Text that `parse`
would not read back exactly is put into a fence, as text or as JSON, so that the log is also a
backup. So is text that a Markdown viewer might run or load, so that the log is inert.
"""

import functools
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from gitanchor import __version__
from gitanchor.model import markdown, safe_markdown, trailing_blanks
from gitanchor.model.anchor import Anchor, timestamp
from gitanchor.model.dependencies import dependency, items
from gitanchor.model.lazy_re import late
from gitanchor.model.texts import section_texts
from gitanchor.parsing import log_format
from gitanchor.rendering import request

FOREWORD: Final = "<!-- foreword, kept in .anchors/foreword.md -->"
FOREWORD_END: Final = "<!-- /foreword -->"
OLDER: Final = "<!-- older anchors -->"
OLDER_END: Final = "<!-- /older anchors -->"
WRITTEN: Final = "<!-- Written by 'git anchor render'"
"""How the last line of the head starts; no log that people keep by hand has it."""

END: Final = "<!-- prettier-ignore-end -->"
"""The last line of the log and its pages; without it, Prettier would not be switched off."""

_PAGE_TITLE: Final = late(r"# GPT Anchors Log, (\d{4}-\d{2})")
_PAGE_LINK: Final = late(r"The anchors of one month\. Newer ones are in \[(.+)\]\((.+)\)\.")
_OLDER_LINK: Final = late(r"- \[(\d{4}-\d{2})\]\(\S*\1\.md\)")
_UNCLEAN: Final = late(r"[\x00-\x08\x0b-\x1f\x7f]")
_WARNED_OF: Final = late(r"^(?:[ \t]* \t|([<=>|])\1{6}(?:\s|$))", re.MULTILINE)
"""What `git diff --check` reports at the start of a line: space before tab, conflict marker."""

_LINK_LINE: Final = 2
"""The index of the line with the link to the log on a page."""

as_json: Final = json.JSONEncoder(ensure_ascii=False).encode
_HIDDEN: Final = ("author", "branch", "commit", "tree", "patch_id", "dirty", "status", "source")


_DECIDING: Final = (
    *("model/anchor", "model/trailing_blanks", "model/dependencies", "model/draft", "model/errors"),
    *("model/safe_markdown", "model/markdown", "model/lazy_re", "model/texts"),
    *("parsing/dates", "parsing/log_format", "parsing/times"),
    *("rendering/request", "rendering/log_entries", "rendering/jinja_templates"),
)
"""The modules of the package on which the bytes of an entry depend."""

_TEMPLATES: Final = ("entry.md.j2", "log.md.j2", "page.md.j2")


@functools.cache
def fingerprint() -> str | None:
    """Return what identifies this renderer, None if that is impossible.

    It is made of the contents of the files that decide the bytes, as a developer changes them
    without a new version.
    """
    here = Path(__file__).parent
    modules = [here.parent / f"{name}.py" for name in _DECIDING]
    jinja = find_spec("jinja2")  # its version is in that file
    digest = blake2b(f"{__version__}\0{sys.version}".encode(), digest_size=16)
    try:
        for file in (*modules, *(here / "templates" / name for name in _TEMPLATES)):
            digest.update(blake2b(file.read_bytes()).digest())
        if jinja is not None and jinja.origin is not None:
            digest.update(Path(jinja.origin).read_bytes())
    except OSError:  # in an archive, or without sources
        return None
    return digest.hexdigest()


def log(anchors: Iterable[Anchor], foreword: str = "", older: Sequence[str] = ()) -> str:
    """Return the whole log: a team's foreword, then the anchors in the given order.

    `older` are the lines that link to the pages of older anchors, as made by `older_link`.
    """
    encoded = (entry(anchor).encode() for anchor in anchors)
    return joined(header(foreword, older), encoded).decode()


def joined(head: str, entries: Iterable[bytes]) -> bytes:
    """Return the bytes of the log, or of a page of older anchors: head, entries, last line."""
    return b"\n\n".join([head.encode(), *entries, f"{END}\n".encode()])


def upper(head: str, entries: Iterable[bytes]) -> bytes:
    """Return the beginning of that: the head, and some of the entries."""
    return b"\n\n".join([head.encode(), *entries])


def header(foreword: str = "", older: Sequence[str] = ()) -> str:
    """Return what is above the first entry of the log, without trailing blank lines."""
    kept = [FOREWORD, trailing_blanks.without(foreword), FOREWORD_END] if foreword else []
    links = [OLDER, "\n".join(older), OLDER_END] if older else []
    return filled(
        "log.md.j2", request=request.request(), foreword="\n\n".join(kept), older="\n\n".join(links)
    )


def page_header(month: str, link: str) -> str:
    """Return the same for a page of older anchors of one month; `link` is a Markdown link to the log."""
    return filled("page.md.j2", month=month, link=link)


def page_of(lines: Sequence[str]) -> tuple[str, str] | None:
    """Return the month of a page of older anchors, and its link to the log; None for other texts."""
    title, link = _PAGE_TITLE.fullmatch(lines[0]), None
    if title is not None and len(lines) > _LINK_LINE:
        link = _PAGE_LINK.fullmatch(lines[_LINK_LINE])
    if title is None or link is None:
        return None
    return title[1], f"[{link[1]}]({link[2]})"


def older_link(month: str, target: str) -> str:
    """Return the line in the head of the log that links to the page of a month."""
    return f"- [{month}]({target})"


def older_links(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of a log that link to pages; none if a person put text between them."""
    if OLDER not in lines or OLDER_END not in lines:
        return ()
    found = tuple(filter(None, lines[lines.index(OLDER) + 1 : lines.index(OLDER_END)]))
    return found if all(map(_OLDER_LINK.fullmatch, found)) else ()


def foreword_in(lines: Sequence[str]) -> range:
    """Return the indices of the lines between the marks of the foreword; none without both marks."""
    if FOREWORD not in lines or FOREWORD_END not in lines:
        return range(0)
    return range(lines.index(FOREWORD) + 1, lines.index(FOREWORD_END))


def is_page(text: str) -> bool:
    """Whether a text starts like a page of older anchors."""
    return _PAGE_TITLE.fullmatch(text.partition("\n")[0]) is not None


def is_of_page_head(line: str) -> bool:
    """Whether a line occurs only in the head of a page of older anchors."""
    return bool(_PAGE_TITLE.fullmatch(line) or _PAGE_LINK.fullmatch(line))


def is_ours(line: str) -> bool:
    """Whether a line can only have been written by a render."""
    return line.startswith(("<!--", "#", "The anchors")) and bool(
        log_format.begins(line) or line == FOREWORD or line.startswith(WRITTEN) or is_of_page_head(line)
    )


def entry(anchor: Anchor) -> str:
    """Return one entry of the log, between its comments, without a final line break."""
    sections = [(log_format.label(name), _laid_out(anchor, name, text)) for name, text in _shown(anchor)]
    content = body(anchor, sections)
    end = log_format.closing(anchor.id, content, _meta(anchor))
    return f"{opening(anchor.id)}\n\n{content}\n\n{end}"


def body(anchor: Anchor, sections: Sequence[tuple[str, str]]) -> str:
    """Return what is between the comments of an entry; `sections` are labels with their text."""
    return filled(
        "entry.md.j2",
        time=f"{anchor.created:%H:%M %m/%d/%Y}",
        guessed=anchor.written_time == "",
        name=log_format.shown_name(anchor.name),
        sections=sections,
        place=log_format.place_line(anchor.branch, anchor.short_commit),
    )


def opening(anchor_id: str) -> str:
    """Return the comment that begins an entry."""
    return f"<!-- anchor {anchor_id} -->"


def filled(template: str, **values: object) -> str:
    """Render a template of the package."""
    return _filler(template)(values)


@functools.cache
def _filler(template: str) -> Callable[[Mapping[str, object]], str]:
    from gitanchor.rendering import (
        jinja_templates,  # not needed, like jinja2, if all entries are cached
    )

    return jinja_templates.built_in(template).render


def digest(anchor: Anchor) -> str:
    """Return the digest in the closing comment of an anchor's entry."""
    return entry(anchor).rsplit(" ", 2)[1]


def _shown(anchor: Anchor) -> Iterable[tuple[str, str]]:
    """Yield the sections of an anchor that have text, without trailing blanks."""
    for name, text in section_texts(anchor).items():
        yield name, trailing_blanks.without(text)


def _laid_out(anchor: Anchor, name: str, text: str) -> str:
    """Return the text of a section as it follows its label."""
    if not _may_be_shown(text):
        return _fenced_json(anchor, name)
    lines = text.split("\n")
    if name == "dependencies":
        stands = _stands(lines, text) and list(items(section_texts(anchor)[name].split("\n"))) == [
            item.text for item in anchor.dependencies
        ]
        return f"\n\n{text}" if stands else _fenced_json(anchor, name)
    if not _stands(lines, text):
        return _fenced(text)
    beside = markdown.beside_label(text)
    if beside.startswith("\n") or log_format.stands_beside(name, text):
        return beside
    return f"\n{text}"


def _stands(lines: Sequence[str], text: str) -> bool:
    """Whether a section needs no fence: it is read back exactly, is inert, and stays in its place.

    A link definition would not stay: it applies to the whole log, and formatters move it to the
    end.
    """
    return (
        log_format.stands_below(lines)
        and safe_markdown.is_inert(text)
        and not markdown.defines_link(text)
    )


def is_clean(text: str) -> bool:
    """Whether a text file keeps all characters; carriage returns and escapes may get lost."""
    return _UNCLEAN.search(text) is None


def _may_be_shown(text: str) -> bool:
    """Whether a text is not empty, is clean, and has no line that `git diff --check` reports."""
    return bool(text.strip()) and is_clean(text) and not _WARNED_OF.search(text)


def _fenced(text: str) -> str:
    fence = markdown.fence_for(text)
    return f"\n\n{log_format.VERBATIM}\n\n{fence}markdown\n{text}\n{fence}"


def _fenced_json(anchor: Anchor, name: str) -> str:
    """Return the items or lines of a section as JSON in a fence, each on its own line."""
    texts = [item.text for item in anchor.dependencies]
    if name != "dependencies":
        texts = str(getattr(anchor, name)).split("\n")
    dumped = ",\n".join(f"  {as_json(text)}" for text in texts)
    fence = markdown.fence_for(dumped)
    return f"\n\n{log_format.VERBATIM}\n\n{fence}json\n[\n{dumped}\n]\n{fence}"


def _meta(anchor: Anchor) -> str:
    """Return the last comment of an entry: its facts, and the blanks that the entry does not show."""
    meta = facts(anchor)
    left_out = {
        name: trailing_blanks.of(text)
        for name, text in section_texts(anchor).items()
        if _may_be_shown(trailing_blanks.without(text))
    }
    if any(left_out.values()):
        meta["blanks"] = {name: found for name, found in left_out.items() if found}
    return as_comment(meta)


def facts(anchor: Anchor) -> dict[str, Any]:
    """Return the fields of an anchor that its entry does not show."""
    meta: dict[str, Any] = {"created": timestamp(anchor.created)}
    meta |= {name: getattr(anchor, name) for name in _HIDDEN}
    meta["parent"] = anchor.parent
    if log_format.shown_name(anchor.name) != anchor.name:
        meta["name"] = anchor.name
    if anchor.done_when:
        meta["done_when"] = list(anchor.done_when)
    for name in ("outcome", "written_time"):
        if getattr(anchor, name) is not None:
            meta[name] = getattr(anchor, name)
    if anchor.dependencies != tuple(dependency(item.text) for item in anchor.dependencies):
        items_but_text = [item.as_dict() for item in anchor.dependencies]
        for item in items_but_text:
            del item["text"]
        meta["items"] = items_but_text
    if anchor.extra:
        meta["extra"] = dict(anchor.extra)
    return meta


def as_comment(meta: Mapping[str, Any]) -> str:
    """Return facts as JSON for an HTML comment, in which "--" would be invalid (CommonMark, 6.6)."""
    return as_json(meta).replace("--", "-\\u002d")
