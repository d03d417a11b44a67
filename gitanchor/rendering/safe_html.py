"""Render Markdown of people and chats as inert HTML. The only module that imports markdown-it.

HTML in the text stays text. Only links to the web and to mail become links, others stay as they
were written, and an image becomes its description and address.
"""

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_ALLOWED: Final = re.compile(r"https?://|mailto:", re.IGNORECASE)
_NO_CHARACTER: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_SPAN: Final = rf"(?<!`)`(?!\s)[^`\\{_NO_CHARACTER}]++(?<!\s)`(?!`)"
_PLAIN: Final = rf"(?=[A-Za-z`]|[^\x00-\x7f\s])(?:[^\\`*_~\[\]<>&|{_NO_CHARACTER}]++|{_SPAN})++(?<!\s)"
"""A line whose only markup is code spans, and that starts no block."""

_LINE: Final = re.compile(_PLAIN)
_LIST: Final = re.compile(rf"- {_PLAIN}(?:\n- {_PLAIN})*+")
_CODE: Final = re.compile(r"`([^`]+)`")
_TOP: Final = 4
"""The level of the page's headings; those in a text are put below it."""


def html(text: str) -> str:
    """Return the HTML of a text: well-formed elements without ids, styles or scripts."""
    plain = _plain(text)
    return str(_reader().render(text)) if plain is None else plain


def _plain(text: str) -> str | None:
    """Return the HTML of a plain line or a list of such lines, which many texts are; else None.

    markdown-it takes half a millisecond for such a line, and more for a list.
    """
    text = text.rstrip(" \n")
    if _LINE.fullmatch(text):
        return f"<p>{_escaped(text)}</p>\n"
    if _LIST.fullmatch(text):
        items = "</li>\n<li>".join(line[2:] for line in _escaped(text).split("\n"))
        return f"<ul>\n<li>{items}</li>\n</ul>\n"
    return None


def _escaped(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text).replace("&#x27;", "'"))


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    reader.enable(["table", "strikethrough"])
    reader.validateLink = lambda url: _ALLOWED.match(url) is not None  # type: ignore[method-assign]
    return reader


class _Renderer(RendererHTML):
    """Renders those tokens that need more than their tag."""

    def heading_open(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return f"<{_heading(tokens[index])}>"

    def heading_close(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return f"</{_heading(tokens[index])}>\n"

    def fence(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return f"<pre><code>{escape(tokens[index].content)}</code></pre>\n"

    def link_open(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return (
            f'<a href="{escape(str(tokens[index].attrs["href"]))}" rel="noopener noreferrer nofollow">'
        )

    def th_open(self, *_: Any) -> str:
        return "<th>"

    def td_open(self, *_: Any) -> str:
        return "<td>"

    def image(
        self, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        token = tokens[index]
        described = self.renderInlineAsText(token.children, options, env)
        return escape(f"{described} ({token.attrs['src']})".strip())


def _heading(token: Token) -> str:
    return f"h{min(6, _TOP + int(token.tag[1:]))}"
