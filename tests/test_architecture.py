"""The house rules that a machine can hold: owners of libraries, direction of imports, size."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

PACKAGE = Path(__file__).resolve().parents[1] / "gitanchor"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
ORDER = (
    *("model", "git", "storage", "parsing", "tracking", "checks", "rendering", "importing"),
    *("log", "hooks", "operations", "cli"),
)
"""The packages; each imports only itself and those before it."""

OWNERS = {
    "yaml": "gitanchor.storage.codec",
    "jinja2": "gitanchor.rendering.jinja_templates",
    "markdown_it": "gitanchor.rendering.safe_html",
    "git": "gitanchor.git.process",
    "sqlite3": "gitanchor.storage.index.database",
    "filelock": "gitanchor.storage.locks",
    "ftfy": "gitanchor.parsing.encoding",
    "dateutil": "gitanchor.parsing.times",
    "ijson": "gitanchor.importing.chat_exports",
    "pyperclip": "gitanchor.cli.clipboard",
    "packaging": "gitanchor.checks.grammar",
}
"""The only module that imports each library."""

START_PROCESSES = {
    "gitanchor.git.process",
    "gitanchor.storage.secrets.gitleaks",
    "gitanchor.rendering.sandbox",
    "gitanchor.cli.editing",
    "gitanchor.cli.terminal",
    "gitanchor.checks.tool_versions",
}


def imports(name: str) -> Iterator[str]:
    """The modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def test_imports_point_one_way_between_packages() -> None:
    level = {name: number for number, name in enumerate(ORDER)}
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(level)
    wrong = [
        f"{name} imports {imported}"
        for name in MODULES
        for imported in imports(name)
        if imported.count(".") and name.count(".") and imported.startswith("gitanchor.")
        if level[imported.split(".")[1]] > level.get(name.split(".")[1], len(level))
    ]
    assert wrong == []


def test_no_modules_import_each_other() -> None:
    """In a circle, over however many modules."""
    graph = {name: {found for found in imports(name) if found in MODULES} - {name} for name in MODULES}
    while free := {name for name, others in graph.items() if not others}:
        graph = {name: others - free for name, others in graph.items() if name not in free}
    assert graph == {}


def test_a_package_is_small_enough_to_be_read_as_a_list() -> None:
    """Twelve packages, and at most 20 modules in each; only the commands are as many as they are."""
    for folder in {path.parent for path in MODULES.values()}:
        if folder.name != "commands":
            assert len(list(folder.glob("*.py"))) - 1 <= 20, folder


def test_each_library_has_one_owner() -> None:
    for name in MODULES:
        for imported in imports(name):
            top = imported.split(".")[0]
            assert OWNERS.get(top, name) == name, f"{name} imports {imported}"
            assert top in sys.stdlib_module_names | set(OWNERS) | {"click", "gitanchor"}, imported


def test_modules_are_small_and_say_what_they_own() -> None:
    for name, path in MODULES.items():
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= 400, name
        assert ast.get_docstring(ast.parse(text)), name


def test_only_the_terminal_prints_and_only_atomic_writes() -> None:
    for name, path in MODULES.items():
        text = path.read_text("utf-8")
        if name != "gitanchor.cli.terminal":
            assert not re.search(r"(?<![\w.])print\(", text), name
            assert "click.echo" not in text, name
        if name != "gitanchor.storage.atomic":
            assert ".write_text(" not in text, name
            assert ".write_bytes(" not in text, name
        if name not in START_PROCESSES:
            assert "import subprocess" not in text, name
