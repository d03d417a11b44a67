"""The web page: all of it, and that nothing in it runs or loads anything."""

import base64
import dataclasses
import hashlib
import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitanchor.model.anchor import Anchor, Dependency
from gitanchor.model.descent import Descent, States
from gitanchor.rendering import jinja_templates, safe_html, web_page
from gitanchor.storage import codec
from tests import strategies
from tests.model.test_inert import HOSTILE
from tests.repositories import Repo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=2000",
    "--dump-dom",
]
TAGS = [
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "nav",
    "article",
    "dl",
    "dt",
    "dd",
    "time",
    "p",
    "h1",
    "h2",
    "h3",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "a",
    "em",
    "strong",
    "s",
    "code",
    "pre",
    "blockquote",
    "hr",
    "br",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
]
ATTRIBUTES = {"a": {"class", "href", "rel"}, "ol": {"start"}, "article": {"id"}, "nav": {"aria-label"}}
MORE = [
    "[x](<java\tscript:alert(1)>)",
    "[x](JAVASCRIPT:alert(1)) [y](java&Tab;script:alert(1)) [z](&#0106avascript:x)",
    "[x](//example.com) [x](file:///etc/passwd) [x](\\\\example.com\\x)",
    "[![badge](http://example.com/a.svg)](javascript:alert(1))",
    "<a href='http://example.com' onclick=alert(1)>x</a>",
    "```</code></pre><script>alert(1)</script>\nx\n```",
    "| a |\n|:-:|\n| <b onmouseover=alert(1)> |",
    '[x](http://example.com/"onmouseover="alert(1) "t\'><script>")',
]


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and what is not allowed among them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.odd: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = ATTRIBUTES.get(tag, set()) | {"class", "datetime", "lang"}
        if tag == "meta":
            allowed = {"charset", "http-equiv", "content", "name"}
            equivalent = dict(attrs).get("http-equiv")
            self.odd += [] if equivalent in {None, "Content-Security-Policy"} else [str(attrs)]
        self.odd += [tag] if tag not in TAGS else []
        self.odd += [f"{tag} {name}={value}" for name, value in attrs if name not in allowed]
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            elif name == "href":
                self.targets.append(str(value))
                self.odd += (
                    []
                    if re.match(r"#a-[0-9a-f]{8}$|https?://|mailto:", str(value), re.IGNORECASE)
                    else [tag]
                )

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)


def anchor(text: str, number: int = 0, **fields: str) -> Anchor:
    return Anchor(
        f"{number:08x}",
        text.replace("\n", " ")[:900],
        datetime(2026, 1, 1, 12, number % 60, tzinfo=UTC),
        author=text,
        branch=text,
        commit="0" * 40,
        status="done",
        outcome=text,
        done_when=(text,),
        written_time=text,
        context=text,
        milestone=text,
        next_action=text,
        dependencies=(Dependency(text, check=text),),
        notes=text,
        extra={text: text},
    )


def page_of(anchors: list[Anchor], places: dict[str, tuple[str, ...]] | None = None) -> str:
    states = States(Descent({anchor.id: anchor.parents for anchor in anchors}))
    values = web_page.values(anchors, states, places or {})
    return "".join(jinja_templates.pieces("log.html.j2", values))


@pytest.mark.unit
@pytest.mark.parametrize("text", [*HOSTILE, *MORE])
def test_a_hostile_anchor_adds_nothing_but_text_and_simple_markdown(text: str) -> None:
    page = Page(page_of([anchor(text)], {"00000000": (text,)}))
    assert page.odd == []
    assert page.ids == ["a-00000000"]


@pytest.mark.unit
@settings(max_examples=40, deadline=None)
@given(strategies.anchors)
def test_no_anchor_adds_anything_else(wild: Anchor) -> None:
    assert Page(page_of([wild])).odd == []


@pytest.mark.unit
def test_the_policy_lets_through_the_style_of_the_page_and_nothing_else() -> None:
    page = page_of([anchor("A")])
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert re.findall(r'Content-Security-Policy" content="([^"]*)"', page) == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert len(style) == 1
    assert "url(" not in style[0]


@pytest.mark.unit
def test_markdown_becomes_html() -> None:
    for text, html in {
        "# H\n\n*a* **b** ~~c~~ `d`": "<h5>H</h5>\n<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>\n",
        "###### H": "<h6>H</h6>\n",
        "3. a\n\n```c\nb<c\n```": '<ol start="3">\n<li>a</li>\n</ol>\n<pre><code>b&lt;c\n</code></pre>\n',
        "| a |\n|-:|\n| b |": "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n"
        "</tr>\n</tbody>\n</table>\n",
        '[a](https://e.com/?a=b&c "t") <b@e.com>': '<p><a href="https://e.com/?a=b&amp;c" rel="noopener noreferrer'
        ' nofollow">a</a> <a href="mailto:b@e.com" rel="noopener noreferrer nofollow">b@e.com</a></p>\n',
        "![*a* `b`](https://e.com/c.png) [d](docs/d.md)": "<p>a b (https://e.com/c.png) [d](docs/d.md)</p>\n",
        "![](https://e.com/c.png)": "<p>(https://e.com/c.png)</p>\n",
    }.items():
        assert safe_html.html(text) == html


plain_words = st.text(
    st.sampled_from(
        "aZ 0.,:;()'\"!?#=+-$%^@{}/|~`*_[]<>&\\\t\n\r\x0b\x85\xa0\u2003\u2028\ufeff\u00e9\u2705\U0001f469\u200d"
    )
    | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)
plain_lines = st.builds(
    "{}{}".format, st.sampled_from(["", "- ", "-", "-  ", "* ", "1. ", "# "]), plain_words
)
almost_plain = st.lists(plain_lines, max_size=4).map("\n".join)
spans = [" `a<b>`", " `&amp; *`", " `|[_` ", "` x `", " `x``y`", "`", " ``"]
nearly = st.sampled_from(
    ["word", "\u2705", " ", ".", '"', "'", " #", " 1. -", *spans[:3]]
) | st.sampled_from(spans)
listed = st.builds(
    "- {}{}".format, st.sampled_from(["A", "\u2705", "`c`"]), st.lists(nearly, max_size=4).map("".join)
)
all_plain = st.lists(listed, min_size=1, max_size=3).map("\n".join)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(almost_plain | all_plain | all_plain.map(lambda text: text[2:]))
def test_what_needs_no_parser_is_what_the_parser_makes(text: str) -> None:
    assert safe_html.html(text) == safe_html._reader().render(text)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ('All "plain", at 5 m (or so)!', "<p>All &quot;plain&quot;, at 5 m (or so)!</p>\n"),
        (
            "Read `a<b>` and `c & d`. \n",
            "<p>Read <code>a&lt;b&gt;</code> and <code>c &amp; d</code>.</p>\n",
        ),
        (
            "- Ana: gauge 3\n- \u2705 read #2",
            "<ul>\n<li>Ana: gauge 3</li>\n<li>\u2705 read #2</li>\n</ul>\n",
        ),
    ],
)
def test_plain_texts_need_no_parser(text: str, markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_html, "_reader", lambda: pytest.fail("it was parsed"))
    assert safe_html.html(text) == markup


def test_web_prints_the_anchors_newest_first_with_contents_by_branch(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.ok("init")
    repo.ok("add", "One", "-c", "the *first*", "-d", "Tools: make")
    repo.git("switch", "-q", "-c", "wind")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-03-01T12:01:00+01:00")
    repo.ok("resume", "One")
    repo.ok("add", "Two", "-n", "n")
    repo.ok("done", "Two", "-m", "came to `this`")
    page = repo.ok("web")
    two, one = (stored.anchor for stored in repo.workspace().listing.anchors)
    text = re.sub(r"<style>.*?</style>|<[^>]*>", "", page, flags=re.DOTALL)
    assert re.sub(r"\n+", "\n", text).strip().split("\n") == [
        "Anchors", "Anchors", "wind", f"{two.created:%Y-%m-%d} Two", "main", f"{one.created:%Y-%m-%d} One",
        "Two", f"Anchor{two.id}", f"Time{two.created:%Y-%m-%d %H:%M:%S %z}", "AuthorA U Thor &lt;author@example.com&gt;",
        f"Commit{two.place}", f"Parent{one.id}", "Statusdone",
        "Next action", "n", "Outcome", "came to this",
        "One", f"Anchor{one.id}", f"Time{one.created:%Y-%m-%d %H:%M:%S %z}", "AuthorA U Thor &lt;author@example.com&gt;",
        f"Commit{one.place}", "Statussuperseded",
        "Context", "the first", "Dependencies", "Tools: make",
    ]  # fmt: skip
    assert Page(page).targets == [f"#a-{item}" for item in (two.id, one.id, two.id, one.id, one.id)]
    assert repo.ok("web", "-o", "page.html") == ""
    assert repo.read("page.html") == page == repo.ok("web", "-o", "-")
    assert Page(repo.ok("web", "--branch", "main")).ids == [f"a-{one.id}"]
    assert Page(repo.ok("web", "-n", "1")).ids == [f"a-{two.id}"]
    assert "There are no anchors here." in repo.ok("web", "-n", "0")
    repo.git("add", ".anchors")
    repo.commit("Anchors")
    repo.git("switch", "-q", "main")
    assert '<dt>Lies in</dt><dd class="branch">wind</dd>' in repo.ok("web", "--all")
    assert repo.ok("web").count("<article") == 0


def test_a_page_that_cannot_be_written_leaves_the_old_one(repo: Repo) -> None:
    repo.write("page.html", "old")
    repo.write("folder/x", "")
    assert repo.anchor("web", "-o", "folder").err.startswith("error: cannot write ")
    repo.write(".anchors/2026/01/20260101T0000-x-00000000.yaml", "schema: 1\n")
    done = repo.anchor("web", "-o", "page.html")
    assert done.status == 3
    assert "20260101T0000-x-00000000.yaml" in done.err
    assert repo.read("page.html").startswith("<!DOCTYPE html>")


class Requests(http.server.SimpleHTTPRequestHandler):
    """Serves pages from memory, and keeps what was asked for."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.asked.append(self.path)
        body = self.server.pages.get(self.path, "").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    """A server of pages on this machine."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.asked: list[str] = []
        self.pages: dict[str, str] = {}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_runs_nothing_of_the_page_and_asks_for_nothing(server: Server, tmp_path: Path) -> None:
    origin = f"http://127.0.0.1:{server.server_port}"
    run = "document.documentElement.setAttribute('data-ran', '1')"
    attacks = [
        f"<script>{run}</script>",
        f"</title></style><script>{run}</script>",
        f'"><img src={origin}/image onerror="{run}">',
        f"<svg onload=\"{run}\"><image href='{origin}/svg'/></svg>",
        f"<iframe src='{origin}/frame'></iframe><object data='{origin}/object'></object>",
        f"<link rel=stylesheet href='{origin}/css'><style>@import '{origin}/import'</style>",
        f"<meta http-equiv=refresh content='0;url={origin}/refresh'><base href='{origin}/base/'>",
        f"![x]({origin}/markdown.png)",
    ]
    server.pages["/page.html"] = page_of([anchor(text, number) for number, text in enumerate(attacks)])
    server.pages["/control.html"] = "<!DOCTYPE html>" + "\n".join(attacks[:3])

    def shown(path: str) -> tuple[str, list[str]]:
        server.asked.clear()
        assert CHROMIUM is not None
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / path[1:]}", origin + path]
        done = subprocess.run(command, capture_output=True, timeout=60, check=True, text=True)
        return done.stdout, list(server.asked)

    document, asked = shown("/page.html")
    assert asked == ["/page.html"]
    assert "<article" in document
    assert (
        "data-ran=" not in document.partition(">")[0] + document.partition("<html")[2].partition(">")[0]
    )
    document, asked = shown("/control.html")  # which shows that it would be noticed
    assert "/image" in {urlsplit(path).path for path in asked}
    assert 'data-ran="1"' in document.partition("<html")[2].partition(">")[0]


def test_a_page_is_made_of_any_file_that_can_be_read(repo: Repo) -> None:
    for number, text in enumerate(HOSTILE):
        plain = "".join(
            char if char.isprintable() else " " for char in text
        )  # as names of git have to be
        made = dataclasses.replace(anchor(text, number), branch=plain, author=plain)
        repo.write(f".anchors/{made.path}", codec.dump(made))
    assert Page(repo.ok("web")).odd == []
