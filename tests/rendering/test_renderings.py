"""Entries of the log that are kept: the bytes are those of a render, whatever became of the cache."""

import ast
import contextlib
import dataclasses
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitanchor.model.anchor import Anchor
from gitanchor.operations import compose
from gitanchor.rendering import log_entries
from gitanchor.rendering.render_cache import Renderings
from gitanchor.storage.index import database, text_cache
from gitanchor.storage.index.text_cache import Texts
from gitanchor.storage.store import Facts, StoredAnchor
from tests import strategies
from tests.repositories import Repo

LOG = "GPT_Anchors_Log.md"
CACHE = ".git/gitanchor/cache.sqlite3"
ARCHIVE = "log:\n  mode: archive\n  keep: 1\n"


@pytest.fixture
def made(repo: Repo) -> Repo:
    """A repository with three anchors, and a log of them that was rendered."""
    return repo.once(made_made)


def made_made(repo: Repo) -> None:
    for name in ("One", "Two", "Three"):
        repo.ok("add", name, "-c", f"high at {name}")
    again(repo)


def again(repo: Repo) -> str:
    """The log as a render makes it where there is none."""
    (repo.root / LOG).unlink()
    repo.ok("render")
    return repo.read(LOG)


def expected(repo: Repo) -> str:
    """The same without any cache of entries."""
    return log_entries.log(stored.anchor for stored in repo.workspace().listing.anchors)


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a test fail that renders an entry or the head."""

    def fail(*_: object, **__: object) -> None:
        pytest.fail("something was rendered")

    for name in ("entry", "header", "page_header"):
        monkeypatch.setattr(log_entries, name, fail)


@contextlib.contextmanager
def opened(repo: Repo) -> Iterator[sqlite3.Connection]:
    """The cache, as who damages it has it."""
    with contextlib.closing(sqlite3.connect(repo.root / CACHE)) as connection, connection:
        yield connection


def test_what_was_rendered_once_is_not_rendered_again(
    made: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = made.read(LOG)
    assert before == expected(made)
    made.git("add", "-A")
    made.commit("Anchors")
    made.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    refuse(monkeypatch)
    assert again(made) == before
    assert again(linked) == before


def test_pages_of_older_anchors_are_kept_too(made: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    made.write(".anchors/config.yaml", ARCHIVE)
    made.ok("render")
    pages = sorted(made.root.glob("**/????-??.md"))
    texts = [page.read_bytes() for page in pages]
    assert b"high at One" in b"".join(texts)
    for page in pages:
        page.unlink()
    refuse(monkeypatch)
    again(made)
    assert [page.read_bytes() for page in pages] == texts


def test_a_changed_anchor_is_rendered_anew(made: Repo) -> None:
    path = next(path for path in made.files() if "-two-" in path)
    made.write(path, made.read(path).replace("high at Two", "low at Two"))
    assert "low at Two" in again(made)
    assert again(made) == expected(made)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE rendered SET text = CAST(replace(text, 'high', 'deep') AS BLOB)",
        "UPDATE rendered SET text = (SELECT text FROM rendered AS other WHERE other.key > rendered.key LIMIT 1)",
        "UPDATE rendered SET text = NULL",
        "UPDATE rendered SET text = 5, proof = 'x'",
        "UPDATE rendered SET text = x'ff'",
        "DELETE FROM rendered",
        "DROP TABLE rendered",
        "ALTER TABLE rendered RENAME COLUMN proof TO other",
        "PRAGMA user_version = 1",
        "DELETE FROM maker",
        "DROP TABLE maker",
    ],
)
def test_a_cache_that_was_tampered_with_is_not_believed(made: Repo, damage: str) -> None:
    before = made.read(LOG)
    with opened(made) as connection:
        connection.execute(damage)
    assert again(made) == before
    assert again(made) == before


def test_a_cache_that_is_none_is_made_anew(made: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made.read(LOG)
    made.write(CACHE, b"no database\n" * 1000)
    assert again(made) == before
    content = (made.root / CACHE).read_bytes()
    made.write(CACHE, content[:5000] + b"\xff" * 3000)
    assert again(made) == before
    assert again(made) == before
    refuse(monkeypatch)
    assert again(made) == before


def test_without_a_cache_the_log_is_rendered(made: Repo) -> None:
    before = made.read(LOG)
    (made.root / CACHE).unlink()
    (made.root / CACHE).mkdir()
    assert again(made) == before


def test_a_cache_in_use_is_passed_by(made: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made.read(LOG)
    monkeypatch.setattr(database, "_READ_SECONDS", 0.01)
    with opened(made) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert again(made) == before


def test_check_renders_all_itself_and_mends_what_is_kept(made: Repo) -> None:
    before = made.read(LOG)
    maker = log_entries.fingerprint()
    assert maker is not None
    kept = Texts(made.root / CACHE, "rendered", maker)
    newest = made.workspace().listing.anchors[0].facts
    entry = kept.known([newest.digest])[newest.digest]
    kept.keep({newest.digest: entry.replace(b"high", b"deep")})
    assert "deep at Three" in again(made)
    result = made.anchor("render", "--check")
    assert (result.status, "-**Context:** deep at Three" in result.out) == (1, True)
    assert again(made) == before
    made.ok("render", "--check")


def test_an_entry_of_another_anchor_is_not_believed(made: Repo) -> None:
    maker = log_entries.fingerprint()
    assert maker is not None
    kept = Texts(made.root / CACHE, "rendered", maker)
    first, second, _ = (stored.facts.digest for stored in made.workspace().listing.anchors)
    kept.keep({first: kept.known([second])[second]})
    assert again(made) == expected(made)


def test_another_program_does_not_use_it(made: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(log_entries, "fingerprint", lambda: "f" * 32)
        patch.setattr(log_entries, "opening", lambda anchor_id: f"<!-- Anchor {anchor_id} -->")
        assert again(made).count("<!-- Anchor ") == 3
    assert again(made) == expected(made)
    monkeypatch.setattr(log_entries, "fingerprint", lambda: None)
    refuse_cache = dict.fromkeys(("known", "keep"), None)
    for name, value in refuse_cache.items():
        monkeypatch.setattr(Texts, name, value)
    assert again(made) == expected(made)


def test_entries_of_anchors_that_are_gone_are_dropped(
    made: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_cache, "_MOST_UNUSED", 0)
    path = next(path for path in made.files() if "-two-" in path)
    for number in range(20):
        made.write(path, made.read(path).replace("high at Two", f"high at {number} Two"))
        again(made)
    with opened(made) as connection:
        assert connection.execute("SELECT count(*) FROM rendered").fetchone()[0] <= 2 * 3 + 1
    assert again(made) == expected(made)


def test_what_an_anchor_no_longer_says_is_not_kept_as_what_it_says(repo: Repo) -> None:
    anchor = Anchor("7f3a91c2", "A", compose.now(repo.workspace().repository), "a", context="new")
    old = StoredAnchor(dataclasses.replace(anchor, context="old"), "a.yaml").facts
    data = StoredAnchor(anchor, "a.yaml").data

    class Moved:
        """A listing whose file was changed after it was looked at."""

        anchors = (StoredAnchor.cached("a.yaml", old, lambda _: data),)

        def facts(self) -> list[Facts]:
            return [old]

        def newest(self) -> tuple[StoredAnchor, ...]:
            return self.anchors

    maker = log_entries.fingerprint()
    assert maker is not None
    database = repo.root / "cache.sqlite3"
    assert b"new" in Renderings(database).of(Moved())[0].text  # type: ignore[arg-type]
    assert Texts(database, "rendered", maker).known([old.digest]) == {}


# What decides the bytes ------------------------------------------------------------------------


def imported(module: str) -> Iterator[str]:
    """The modules of ours that one imports, wherever in it."""
    package = Path(log_entries.__file__).parents[1]
    for node in ast.walk(ast.parse((package / f"{module}.py").read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gitanchor."):
            place = (node.module or "").removeprefix("gitanchor.").replace(".", "/")
            if (package / f"{place}.py").exists():
                yield place
            else:
                yield from (f"{place}/{alias.name}" for alias in node.names)


@pytest.mark.unit
def test_the_fingerprint_goes_by_all_that_decides_what_an_entry_is() -> None:
    found: set[str] = set()
    left = ["rendering/log_entries"]
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += imported(module)
    assert sorted(found) == sorted(log_entries._DECIDING)
    templates = Path(log_entries.__file__).parent / "templates"
    written = Path(log_entries.__file__).read_text("utf-8")
    named = {path.name for path in templates.iterdir() if f'"{path.name}"' in written}
    assert named == set(log_entries._TEMPLATES)


@pytest.mark.unit
@pytest.mark.parametrize("file", ["rendering/templates/entry.md.j2", "model/safe_markdown.py"])
def test_who_changes_a_template_or_its_code_gets_other_entries(
    file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = shutil.copytree(Path(log_entries.__file__).parents[1], tmp_path / "gitanchor")
    monkeypatch.setattr(log_entries, "__file__", str(package / "rendering/log_entries.py"))
    fingerprint = log_entries.fingerprint.__wrapped__
    before = fingerprint()
    assert before == log_entries.fingerprint()
    (package / file).write_bytes((package / file).read_bytes() + b"\n")
    assert fingerprint() not in {None, before}
    (package / file).unlink()
    assert fingerprint() is None


# The bytes -------------------------------------------------------------------------------------


@pytest.mark.unit
@settings(max_examples=200, deadline=None)
@given(st.text(st.characters() | st.sampled_from("\0\t\n\x0b\r\x1b\x1f \x7f\x80")))
def test_a_text_is_clean_as_its_characters_are(text: str) -> None:
    clean = all(char >= " " or char in "\n\t" for char in text) and "\x7f" not in text
    assert log_entries.is_clean(text) == clean


@pytest.mark.unit
@settings(max_examples=100, deadline=None)
@given(st.lists(strategies.anchors, max_size=3), st.sampled_from(["", "Ours.\n\n- a", "---"]))
def test_a_log_is_its_head_and_its_entries(anchors: list[Anchor], foreword: str) -> None:
    log = log_entries.log(anchors, foreword)
    whole = [log_entries.header(foreword), *map(log_entries.entry, anchors), log_entries.END]
    assert log == "".join(f"{part}\n\n" for part in whole).removesuffix("\n")
    assert log.startswith("# GPT Anchors Log\n")
