"""Markdown of people and chats -> HTML that runs and loads nothing. The only module for markdown-it.

HTML in the text stays text. Links lead to the web and to mail, others stay as they were written, and
an image is its description and address.
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
_TOP: Final = 4
"""The level of the page's headings below which those of a text stand."""


def html(text: str) -> str:
    """The HTML of a text: elements without ids, styles or scripts. Always well-formed by itself."""
    return str(_reader().render(text))


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    reader.enable(["table", "strikethrough"])
    reader.validateLink = lambda url: _ALLOWED.match(url) is not None  # type: ignore[method-assign]
    return reader


class _Renderer(RendererHTML):
    """The HTML of the tokens that need more than their tag."""

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
