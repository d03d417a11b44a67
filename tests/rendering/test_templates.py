"""The team's own templates: run only once they are trusted in this clone, and then within limits."""

import contextlib
import io
import json
import os
import re
import resource
import sys
import time
from pathlib import Path

import jinja2
import pytest

from gitanchor.model.errors import WrongUsage
from gitanchor.rendering import jinja_templates, sandbox, trust
from tests.repositories import Repo

FOLDER = ".anchors/templates"
RESUME = f"{FOLDER}/resume.md.j2"
ADVICE = (
    ": 'git anchor template show resume.md.j2' shows it, 'git anchor template trust resume.md.j2'"
    " trusts it, and --no-template does without\n"
)


@pytest.fixture
def kept(repo: Repo) -> Repo:
    """A repository with one anchor."""
    return repo.once(made_kept)


def made_kept(repo: Repo) -> None:
    repo.ok("add", "One", "-c", "the <b>*first*</b>", "-d", "Tools: make")


def test_a_template_is_used_once_it_is_trusted_and_until_it_changes(kept: Repo) -> None:
    plain = kept.ok("resume")
    assert kept.ok("template", "list") == (
        "log.html.j2   built in\nrequest.md.j2 built in\nresume.md.j2  built in\n"
    )
    kept.write(RESUME, "Go on from {{ anchor.name }}.\n")
    refused = kept.anchor("resume")
    assert (refused.status, refused.out) == (2, "")
    assert refused.err == f"error: {RESUME} is not trusted in this clone{ADVICE}"
    assert kept.ok("resume", "--no-template") == plain
    assert kept.ok("template", "show", "resume.md.j2") == "Go on from {{ anchor.name }}.\n"
    line = kept.ok("template", "trust", "resume.md.j2")
    assert re.fullmatch(rf"trusted {re.escape(RESUME)} \([0-9a-f]{{10}}\)\n", line)
    assert kept.ok("resume") == "Go on from One.\n"
    assert kept.json("resume")["prompt"] == "Go on from One.\n"
    digest = line.split()[-1]
    assert kept.ok("template", "list").splitlines()[2] == f"resume.md.j2  trusted {digest}"

    kept.write(RESUME, "Delete {{ anchor.name }}.\n")
    refused = kept.anchor("resume")
    assert (refused.status, refused.out) == (2, "")
    assert refused.err == f"error: {RESUME} is changed since it was trusted in this clone{ADVICE}"
    assert "changed since it was trusted (" in kept.ok("template", "list")
    kept.write(RESUME, "Go on from {{ anchor.name }}.\n")  # back on the branch that it was trusted on
    assert kept.ok("resume") == "Go on from One.\n"
    kept.ok("template", "trust", "resume.md.j2")
    assert kept.read(".git/gitanchor/trusted-templates").count("\n") == 1


def test_trust_stays_in_the_clone_that_gave_it(kept: Repo, tmp_path: Path) -> None:
    kept.write(RESUME, "x\n")
    kept.ok("template", "trust", "resume.md.j2")
    kept.git("add", ".anchors")
    kept.commit("Anchors")
    kept.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert Repo(tmp_path / "linked").ok("resume", "One") == "x\n"
    kept.git("clone", "-q", ".", str(tmp_path / "clone"))
    refused = Repo(tmp_path / "clone").anchor("resume")
    assert (refused.status, refused.err) == (2, f"error: {RESUME} is not trusted in this clone{ADVICE}")
    kept.write(".git/gitanchor/trusted-templates", "damaged\n\xff\n")
    assert kept.anchor("resume").status == 2


def test_copies_of_the_built_in_templates_print_the_same(kept: Repo) -> None:
    commands = {
        "resume.md.j2": ("resume",),
        "request.md.j2": ("request", "Next"),
        "log.html.j2": ("web", "--all"),
    }
    assert set(commands) == set(trust.USES)
    for name, command in commands.items():
        built_in = kept.ok(*command)
        kept.write(f"{FOLDER}/{name}", kept.ok("template", "show", name))
        assert kept.anchor(*command).status == 2
        kept.ok("template", "trust", name)
        assert kept.ok(*command) == built_in
    kept.write(
        f"{FOLDER}/log.html.j2", "{{ anchors[0].context }} {{ anchors[0].sections[0].html | safe }}"
    )
    kept.ok("template", "trust", "log.html.j2")
    kept.ok("web", "-o", "page.html")
    assert kept.read("page.html") == (
        "the &lt;b&gt;*first*&lt;/b&gt; <p>the &lt;b&gt;<em>first</em>&lt;/b&gt;</p>\n"
    )


def test_a_request_needs_no_repository(tmp_path: Path, repo: Repo) -> None:
    outside = Repo(tmp_path)
    assert "[Next]" in outside.ok("request", "Next")
    assert outside.anchor("request").status == 4
    repo.write(f"{FOLDER}/request.md.j2", "Please, an anchor called {{ name }}!")
    repo.ok("template", "trust", "request.md.j2")
    assert repo.ok("request", "Next") == "Please, an anchor called Next!\n"


def test_what_is_no_template_is_refused(kept: Repo, tmp_path: Path) -> None:
    def refusal(*arguments: str) -> str:
        done = kept.anchor(*arguments)
        assert (done.status, done.out) == (2, "")
        return done.err

    (tmp_path / "secret").write_bytes(b"secret")
    folder = kept.root / FOLDER
    folder.mkdir(parents=True)
    (folder / "resume.md.j2").symlink_to(tmp_path / "secret")
    link = f"error: '{RESUME}' is a symbolic link; replace it by what it leads to\n"
    for command in (
        ("resume",),
        ("template", "show", "resume.md.j2"),
        ("template", "trust", "resume.md.j2"),
    ):
        assert refusal(*command) == link
    listed = kept.ok("template", "list").splitlines()
    assert listed[2] == f"resume.md.j2  refused: {link.removeprefix('error: ').rstrip()}"
    (folder / "resume.md.j2").unlink()
    os.mkfifo(folder / "resume.md.j2")  # which would be waited for
    assert refusal("resume") == f"error: {RESUME}: no file of text of up to 1 MiB\n"
    (folder / "resume.md.j2").unlink()
    kept.write(RESUME, b"\xff")
    assert refusal("resume") == f"error: {RESUME}: not UTF-8 at byte 0\n"
    kept.write(f"{FOLDER}/log.md.j2", "x")
    only = "'log.md.j2' cannot be replaced; these can: log.html.j2, request.md.j2, resume.md.j2"
    assert refusal("template", "trust", "log.md.j2") == f"error: {only}\n"
    assert kept.ok("template", "list").splitlines()[-1] == f"log.md.j2     refused: {only}"
    assert kept.anchor("template", "trust", "web.j2").status == 2
    missing = kept.anchor("template", "trust", "request.md.j2")
    assert missing.err == f"error: there is no {FOLDER}/request.md.j2; the built-in one needs no trust\n"
    (folder / "log.md.j2").unlink()
    (folder / "resume.md.j2").unlink()
    folder.rmdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "resume.md.j2").write_bytes(b"x")
    folder.symlink_to(tmp_path / "other")
    assert refusal("resume") == f"error: '{FOLDER}' is a symbolic link; replace it by what it leads to\n"


HOSTILE = {
    "{{ anchor.__class__ }}": "1: access to attribute '__class__' of 'dict' object is unsafe.",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}": "1: access to attribute '__class__' of 'str' object is unsafe.",
    "\n{{ ''|attr('__class__') }}": "2: access to attribute '__class__' of 'str' object is unsafe.",
    "{{ '{0.__class__}'.format(1) }}": "1: access to attribute '__class__' of 'int' object is unsafe.",
    "{{ anchor.update({'name': 'x'}) }}": "1: access to attribute 'update' of 'dict' object is unsafe.",
    "a\n{% include '/etc/passwd' %}": "2: /etc/passwd",
    "a\n\n{% import 'log.html.j2' as page %}": "3: log.html.j2",
    "{% extends 'resume.md.j2' %}": "1: resume.md.j2",
    "a\n{{ b }}": "2: 'b' is undefined",
    "a\nb\n{% if %}": "3: Expected an expression, got 'end of statement block'",
    "{{ range(1000000) }}": "1: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).",
    "{% macro f() %}{{ f() }}{% endmacro %}\n{{ f() }}": "1: maximum recursion depth exceeded",
    "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}": " maximum recursion depth exceeded",
    "{{ 'a'.encode('idna') }}": "1: what it asks for would open a file, which no template may",
    "{{ 'x' * 10000000000 }}": " needs more than 256 MB of memory, so it was ended",
    "{{ '%9999999999d' % 1 }}": " needs more than 256 MB of memory, so it was ended",
    "{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}": " prints more than 5 MB, so it was ended",
    "{{ 'x' * 6000000 }}": " prints more than 5 MB, so it was ended",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}": (
        " takes more than 2 seconds of processor time, so it was ended"
    ),
}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_trusted_template_may_not_do_is_one_line(kept: Repo, text: str) -> None:
    kept.write(RESUME, text)
    kept.ok("template", "trust", "resume.md.j2")
    began = time.monotonic()
    done = kept.anchor("resume")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"error: {RESUME}")
    assert re.sub(
        r"(?<=depth exceeded).*", "", done.err.removeprefix(f"error: {RESUME}").strip()
    ).lstrip(":") in {
        HOSTILE[text],
        HOSTILE[text].strip(),
    }
    assert time.monotonic() - began < 30


FILTERS = {
    "-1|abs": "1", "x|attr('real')": "", "[1,2]|batch(1)|list": "[[1], [2]]", "'a'|capitalize": "A", "'a'|center(3)": " a ",
    "'ab'|count": "2", "''|d('a', true)": "a", "''|default('a', true)": "a", "{'b':1}|dictsort": "[('b', 1)]", "'<'|e": "&lt;",
    "'<'|escape": "&lt;", "2000|filesizeformat": "2.0 kB", "[1]|first": "1", "'1.5'|float": "1.5", "'<'|forceescape": "&lt;",
    "'%s!'|format(1)": "1!", "[{'a':1}]|groupby('a')|list|length": "1", "'a\\nb'|indent(1)": "a\n b", "'7'|int": "7",
    "{'a':1}|items|list": "[('a', 1)]", "[1,2]|join(',')": "1,2", "[1]|last": "1", "[1]|length": "1", "'a'|list": "['a']",
    "'A'|lower": "a", "['a']|map('upper')|list": "['A']", "[1,2]|max": "2", "[1,2]|min": "1", "{'a':1}|pprint": "{'a': 1}",
    "[1]|random": "1", "[1,2]|reject('odd')|list": "[2]", "[{'a':1}]|rejectattr('a')|list": "[]", "'a'|replace('a','b')": "b",
    "'ab'|reverse": "ba", "1.4|round": "1.0", "'<'|safe": "<", "[1,2]|select('odd')|list": "[1]",
    "[{'a':1}]|selectattr('a')|list": "[{'a': 1}]", "[1,2]|slice(2)|list": "[[1], [2]]", "[2,1]|sort": "[1, 2]", "1|string": "1",
    "'<b>a &amp; &eacute;</b>'|striptags": "a & é", "[1,2]|sum": "3", "'a b'|title": "A B", "{'a':'<'}|tojson": '{"a": "\\u003c"}',
    "' a '|trim": "a", "'a b c d e f'|truncate(7, false, '...', 0)": "a b...", "[1,1]|unique|list": "[1]", "'a'|upper": "A", "'a b'|urlencode": "a%20b",
    "'http://x.org'|urlize": '<a href="http://x.org" rel="noopener">http://x.org</a>', "'a b'|wordcount": "2",
    "'a b'|wordwrap(1)": "a\nb", "{'a':1}|xmlattr": ' a="1"',
}  # fmt: skip


def test_each_filter_of_jinja_works_where_no_file_can_be_opened() -> None:
    assert {re.findall(r"\|(\w+)", text)[0] for text in FILTERS} == set(jinja2.Environment().filters)
    text = "\0".join(f"{{{{ {text} }}}}" for text in FILTERS if "|attr(" not in text)
    made = sandbox.render(text, RESUME, {}).split("\0")
    assert made == [made for text, made in FILTERS.items() if "|attr(" not in text]


def test_the_process_of_a_template_has_neither_environment_nor_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAUGE_TOKEN", "drip")
    program = """
def look(asked, pieces):
    import os, resource
    names = ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_CORE")
    limits = [resource.getrlimit(getattr(resource, name)) for name in names]
    print("GAUGE_TOKEN" in os.environ, os.getcwd(), limits, flush=True)
    if asked["values"]:
        open("/etc/passwd")
"""
    start = sandbox._START.replace("sandbox.main()", "sandbox._render = look; sandbox.main()")
    monkeypatch.setattr(sandbox, "_START", f"{program}{start}")
    printed = sandbox.render("x", "t.md.j2", {})
    limits = [2, 256 * 1024 * 1024, 5_000_000, 0]
    assert printed == f"False / {[(limit, limit) for limit in limits]}\n"
    with pytest.raises(
        WrongUsage, match=r"^t\.md\.j2: what it asks for would open a file, which no template may$"
    ):
        sandbox.render("x", "t.md.j2", {"open": True})


@pytest.mark.unit
def test_what_the_process_of_a_template_does(monkeypatch: pytest.MonkeyPatch) -> None:
    limited: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(
        resource, "setrlimit", limited.__setitem__
    )  # which would hold for the tests, too

    def answer(text: str, path: str = "t.md.j2") -> tuple[str, str]:
        asked = json.dumps({"text": text, "path": path, "values": {"x": "<é>"}}).encode()
        streams = [io.TextIOWrapper(io.BytesIO(content), "utf-8") for content in (asked, b"", b"")]
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            monkeypatch.setattr(sys, name, stream)
        with contextlib.suppress(SystemExit):
            sandbox.main()
        out, err = (stream.buffer.getvalue().decode() for stream in streams[1:])
        return out, err

    assert answer("{{ x }}\n") == ("<é>\n", "")
    assert answer("{{ x }}", "t.html.j2") == ("&lt;é&gt;", "")
    assert answer("{{ 'a'|csp_hash }}") == ("sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=", "")
    assert answer("\n{% if %}") == (
        "",
        "t.md.j2:2: Expected an expression, got 'end of statement block'\n",
    )
    assert answer("{{ x }}\n\n{{ y }}")[1] == "t.md.j2:3: 'y' is undefined\n"
    assert answer("{% include 'other' %}") == ("", "t.md.j2:1: other\n")
    assert answer("{{ x.encode().decode(1) }}")[1].startswith("t.md.j2:1: ")
    assert set(limited) == {
        getattr(resource, f"RLIMIT_{name}") for name in ("CPU", "AS", "CORE", "FSIZE", "NOFILE")
    }
    monkeypatch.setattr(sandbox, "OUTPUT", 3)
    assert answer("{{ x }}") == ("", "t.md.j2 prints more than 5 MB, so it was ended\n")

    def refuse(*arguments: object) -> None:
        raise ValueError

    monkeypatch.setattr(resource, "setrlimit", refuse)
    told = "the template: this system cannot limit what a template takes, so it is not run\n"
    assert answer("x") == ("", told)
    monkeypatch.setattr(resource, "setrlimit", limited.__setitem__)

    def full(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(sandbox, "_render", full)
    assert answer("x") == ("", "t.md.j2 needs more than 256 MB of memory, so it was ended\n")


def test_a_process_that_does_not_end_or_dies_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(program: str) -> str:
        monkeypatch.setattr(sandbox, "_START", program)
        with pytest.raises(WrongUsage) as refused:
            sandbox.render("x", "t.md.j2", {})
        return str(refused.value)

    assert ended("import os; os.abort()") == "t.md.j2 needs more than 256 MB of memory, so it was ended"
    assert ended("raise SystemExit(7)") == "t.md.j2 fails with status 7, so it was ended"
    monkeypatch.setattr(sandbox, "_WAIT_SECONDS", 0.2)
    slow = "t.md.j2 takes more than 2 seconds of processor time, so it was ended"
    assert ended("import time; time.sleep(30)") == slow
    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert ended("") == "t.md.j2: this system cannot limit what a template takes, so it is not run"


def test_filters_that_load_what_they_need_work_in_the_sandbox() -> None:
    text = "{{ ['a']|pprint }} {{ 'a b'|wordwrap(1) }} {{ x|tojson }} {{ lipsum(1)|length > 9 }} {{ 'e.com'|urlize }}"
    printed = sandbox.render(text, "t.md.j2", {"x": {"a": 1}})
    assert printed == "['a'] a\nb {\"a\": 1} True e.com"
    assert json.loads(sandbox.render("{{ x|tojson }}", "t.md.j2", {"x": "é<"})) == "é<"


@pytest.mark.unit
def test_the_line_of_an_error_is_known_only_where_the_template_is_at_fault() -> None:
    assert jinja_templates.where(ValueError("x"), "t.md.j2") is None
