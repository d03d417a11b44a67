"""Anchors -> the generated log, through the templates that are the same in every clone.

An entry is a pure function of its anchor, the same in every time zone and locale. What `parse` would
not read back to the byte is set in a fence, as text or as JSON, so that a log is also a backup; and so
is what a viewer of Markdown might run or load, so that a log is inert.
"""

import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from gitanchor import __version__, generated, inert, markdown, prompts
from gitanchor.anchor import Anchor, timestamp
from gitanchor.dependencies import dependency, items
from gitanchor.patterns import late
from gitanchor.texts import section_texts

FOREWORD: Final = "<!-- foreword, kept in .anchors/foreword.md -->"
FOREWORD_END: Final = "<!-- /foreword -->"
OLDER: Final = "<!-- older anchors -->"
OLDER_END: Final = "<!-- /older anchors -->"
_PAGE_TITLE: Final = late(r"# GPT Anchors Log, (\d{4}-\d{2})")
_PAGE_LINK: Final = late(r"The anchors of one month\. Newer ones are in \[(.+)\]\((.+)\)\.")
_OLDER_LINK: Final = late(r"- \[(\d{4}-\d{2})\]\(\S*\1\.md\)")
_UNCLEAN: Final = late(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINK_LINE: Final = 2
"""Where the link to the log stands on a page, counted from 0."""

_as_json: Final = json.JSONEncoder(ensure_ascii=False).encode
_HIDDEN: Final = ("author", "branch", "commit", "tree", "patch_id", "dirty", "status", "source")


_DECIDING: Final = (
    *("anchor", "dates", "dependencies", "drafts", "errors", "generated", "inert", "markdown"),
    *("patterns", "prompts", "render", "templating", "texts", "times"),
)
_TEMPLATES: Final = ("entry.md.j2", "log.md.j2", "page.md.j2")


@functools.cache
def fingerprint() -> str | None:
    """What tells this program from any that may render something else; None if that cannot be said.

    It goes by the content of what decides the bytes, as a developer changes that between two versions.
    """
    package = Path(__file__).parent
    modules = [package / f"{name}.py" for name in _DECIDING]
    jinja = find_spec("jinja2")  # whose version stands in that file
    digest = blake2b(f"{__version__}\0{sys.version}".encode(), digest_size=16)
    try:
        for file in (*modules, *(package / "templates" / name for name in _TEMPLATES)):
            digest.update(blake2b(file.read_bytes()).digest())
        if jinja is not None and jinja.origin is not None:
            digest.update(Path(jinja.origin).read_bytes())
    except OSError:  # from an archive, or without sources
        return None
    return digest.hexdigest()


def log(anchors: Iterable[Anchor], foreword: str = "", older: Sequence[str] = ()) -> str:
    """The whole log, for anchors in the order in which they should stand, below a team's foreword.

    `older` are the lines that lead to the pages of older anchors, as `older_link` makes them.
    """
    encoded = (entry(anchor).encode() for anchor in anchors)
    return joined(header(foreword, older), encoded).decode()


def joined(head: str, entries: Iterable[bytes]) -> bytes:
    """The content of the log, or of a page of older anchors: its head, and its entries below that."""
    pieces = [head.encode(), *entries]
    pieces[-1] += b"\n"  # and not behind the whole, which may be long, and would be copied
    return b"\n\n".join(pieces)


def header(foreword: str = "", older: Sequence[str] = ()) -> str:
    """What stands above the first entry of the log, without blank lines at its end."""
    kept = [FOREWORD, foreword, FOREWORD_END] if foreword else []
    links = [OLDER, *older, OLDER_END] if older else []
    return _filled(
        "log.md.j2", request=prompts.request(), foreword="\n".join(kept), older="\n".join(links)
    )


def page_header(month: str, link: str) -> str:
    """The same for a page of older anchors, those of one month; `link` leads to the log, in Markdown."""
    return _filled("page.md.j2", month=month, link=link)


def header_over(lines: Sequence[str], foreword: str = "") -> str:
    """What a render would have put above the first entry of a log, or of a page of older anchors."""
    title, link = _PAGE_TITLE.fullmatch(lines[0]), None
    if title is not None and len(lines) > _LINK_LINE:
        link = _PAGE_LINK.fullmatch(lines[_LINK_LINE])
    if title is not None and link is not None:
        return page_header(title[1], f"[{link[1]}]({link[2]})")
    return header(foreword, older_links(lines))


def older_link(month: str, target: str) -> str:
    """The line in the head of the log that leads to the page of a month."""
    return f"- [{month}]({target})"


def older_links(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines in a log that lead to pages; none where a hand put something between them."""
    if OLDER not in lines or OLDER_END not in lines:
        return ()
    found = tuple(lines[lines.index(OLDER) + 1 : lines.index(OLDER_END)])
    return found if all(map(_OLDER_LINK.fullmatch, found)) else ()


def is_page(text: str) -> bool:
    """Whether a text starts as a page of older anchors does."""
    return _PAGE_TITLE.fullmatch(text.partition("\n")[0]) is not None


def is_of_page_head(line: str) -> bool:
    """Whether only the head of a page of older anchors has a line."""
    return bool(_PAGE_TITLE.fullmatch(line) or _PAGE_LINK.fullmatch(line))


def entry(anchor: Anchor) -> str:
    """One entry of the log, between the comments that mark it, without a final line break."""
    body = _filled(
        "entry.md.j2",
        time=f"{anchor.created:%H:%M %m/%d/%Y}",
        guessed=anchor.written_time == "",
        name=generated.shown_name(anchor.name),
        sections=list(_sections(anchor)),
        place=generated.place_line(anchor.branch, anchor.short_commit),
    )
    end = generated.closing(anchor.id, body, _meta(anchor))
    return f"{opening(anchor.id)}\n{body}\n{end}"


def opening(anchor_id: str) -> str:
    """The comment over an entry."""
    return f"<!-- anchor {anchor_id} -->"


def _filled(template: str, **values: object) -> str:
    """What a template of the package makes of values."""
    return _filler(template)(values)


@functools.cache
def _filler(template: str) -> Callable[[Mapping[str, object]], str]:
    from gitanchor import templating  # and jinja2, which who has all entries already does not need

    return templating.built_in(template).render


def digest(anchor: Anchor) -> str:
    """The digest in the closing comment of an anchor's entry."""
    return entry(anchor).rsplit(" ", 2)[1]


def _sections(anchor: Anchor) -> Iterable[tuple[str, str]]:
    """The label of each section that says something, and its text as it follows that."""
    for name, text in section_texts(anchor).items():
        yield generated.label(name), _laid_out(anchor, name, text)


def _laid_out(anchor: Anchor, name: str, text: str) -> str:
    lines = text.split("\n")
    if name == "dependencies":
        texts = [item.text for item in anchor.dependencies]
        plain = _stands(lines, text) and list(items(lines)) == texts
        return f"\n\n{text}" if plain and _is_clean(text) else _fenced_json(texts)
    if not _is_clean(text):
        return _fenced_json(text)
    if not _stands(lines, text):
        return _fenced(text)
    beside = prompts.beside_label(text)
    if beside.startswith("\n") or generated.stands_beside(name, text):
        return beside
    return f"\n{text}"


def _stands(lines: Sequence[str], text: str) -> bool:
    """Whether a section may stand as it is: it is read back, and nothing in it is active."""
    return generated.stands_below(lines) and inert.is_inert(text)


def _is_clean(text: str) -> bool:
    """Whether a text file keeps each character as it is; carriage returns and escapes it may not."""
    return _UNCLEAN.search(text) is None


def _fenced(text: str) -> str:
    fence = markdown.fence_for(text)
    return f"\n\n{generated.VERBATIM}\n{fence}markdown\n{text}\n{fence}"


def _fenced_json(value: Any) -> str:
    dumped = _as_json(value)
    fence = markdown.fence_for(dumped)
    return f"\n\n{generated.VERBATIM}\n{fence}json\n{dumped}\n{fence}"


def _meta(anchor: Anchor) -> str:
    """The fields of an anchor that its visible entry does not carry, as JSON for the comment."""
    meta: dict[str, Any] = {"created": timestamp(anchor.created)}
    meta |= {name: getattr(anchor, name) for name in _HIDDEN}
    meta["parent"] = anchor.parent
    if generated.shown_name(anchor.name) != anchor.name:
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
    # "--" ends or breaks an HTML comment (CommonMark, section 6.6).
    return _as_json(meta).replace("--", "-\\u002d")
