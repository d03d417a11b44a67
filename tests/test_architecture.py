"""The house rules that a machine can hold: owners of libraries, direction of imports, size."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "gitanchor"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
OWNERS = {
    "yaml": "gitanchor.codec",
    "jinja2": "gitanchor.templating",
    "markdown_it": "gitanchor.prose",
    "git": "gitanchor.git",
    "sqlite3": "gitanchor.database",
    "filelock": "gitanchor.turns",
    "ftfy": "gitanchor.encoding",
    "dateutil": "gitanchor.times",
    "ijson": "gitanchor.exports",
    "pyperclip": "gitanchor.clipboard",
    "packaging": "gitanchor.checks",
}
LAYERS = (
    {"gitanchor.errors", "gitanchor", "gitanchor.permissions", "gitanchor.interrupts", "gitanchor.patterns", "gitanchor.escaping", "gitanchor.progress"},
    {"gitanchor.markdown", "gitanchor.files", "gitanchor.inert", "gitanchor.blanks",
     "gitanchor.wording", "gitanchor.conflicts", "gitanchor.digests", "gitanchor.database", "gitanchor.selfreading",
      "gitanchor.tools", "gitanchor.network", "gitanchor.templating", "gitanchor.prose", "gitanchor.secretnames", "gitanchor.secretvalues"},
    {"gitanchor.gitfiles", "gitanchor.anchor", "gitanchor.labels", "gitanchor.formatting",
     "gitanchor.dates", "gitanchor.gitnames", "gitanchor.secretrules", "gitanchor.secretassignments"},
    {"gitanchor.secretcontexts"},
    {"gitanchor.descent", "gitanchor.fields", "gitanchor.checks", "gitanchor.versions", "gitanchor.secrets", "gitanchor.texts", "gitanchor.drafts"},
    {"gitanchor.git", "gitanchor.times", "gitanchor.atomic", "gitanchor.codec", "gitanchor.encoding", "gitanchor.names",
     "gitanchor.terminal", "gitanchor.turns", "gitanchor.dependencies", "gitanchor.inferring", "gitanchor.environments"},
    {"gitanchor.ahead"},
    {"gitanchor.bulk", "gitanchor.hookfile", "gitanchor.store", "gitanchor.repository", "gitanchor.gitleaks", "gitanchor.journal"},
    {"gitanchor.cache", "gitanchor.textcache", "gitanchor.tracked", "gitanchor.copies"},
    {"gitanchor.listing"},
    {"gitanchor.ancestry", "gitanchor.patches", "gitanchor.rewrites", "gitanchor.state", "gitanchor.scan", "gitanchor.marks",
     "gitanchor.clipboard", "gitanchor.sandbox", "gitanchor.trees", "gitanchor.managers"},
    {"gitanchor.probing", "gitanchor.custom", "gitanchor.purges", "gitanchor.printed"},
    {"gitanchor.readiness"},
    {"gitanchor.tables", "gitanchor.data", "gitanchor.entries", "gitanchor.sections", "gitanchor.tracing", "gitanchor.vetting", "gitanchor.graph"},
    {"gitanchor.copied"},
    {"gitanchor.index", "gitanchor.drawing", "gitanchor.settings", "gitanchor.writing", "gitanchor.composing", "gitanchor.comparison", "gitanchor.generated",
     "gitanchor.layouts", "gitanchor.selectors", "gitanchor.binding", "gitanchor.sharing", "gitanchor.mentions", "gitanchor.hooks", "gitanchor.merging"},
    {"gitanchor.drift", "gitanchor.diffing", "gitanchor.conditions", "gitanchor.places", "gitanchor.provenance", "gitanchor.offer"},
    {"gitanchor.prompts"},
    {"gitanchor.render", "gitanchor.reminder", "gitanchor.parse", "gitanchor.insertions", "gitanchor.webpage"},
    {"gitanchor.renderings", "gitanchor.firstform", "gitanchor.restoring"},
    {"gitanchor.knownentries"},
    {"gitanchor.mending", "gitanchor.pages", "gitanchor.logmemory"},
    {"gitanchor.editing", "gitanchor.importer"},
    {"gitanchor.strays", "gitanchor.pagefiles"},
    {"gitanchor.logfile"},
    {"gitanchor.lineage", "gitanchor.conversations", "gitanchor.logmerge"},
    {"gitanchor.threads", "gitanchor.exports", "gitanchor.drivers", "gitanchor.stages"},
    {"gitanchor.recognition"},
    {"gitanchor.chats", "gitanchor.history", "gitanchor.handedits"},
    {"gitanchor.worktree"},
    {"gitanchor.reader"},
    {"gitanchor.companions"},
    {"gitanchor.tracker"},
    {"gitanchor.imports", "gitanchor.duplicates", "gitanchor.everywhere", "gitanchor.recovery"},
    {"gitanchor.initialize", "gitanchor.absorb"},
    {"gitanchor.salvage", "gitanchor.unfinished"},
    {"gitanchor.resolving"},
    {"gitanchor.examination", "gitanchor.proofs"},
    {"gitanchor.checkups", "gitanchor.surroundings"},
    {"gitanchor.doctor"},
    {"gitanchor.commands"},
    {name for name in MODULES if name.startswith("gitanchor.commands.")},
    {"gitanchor.cli", "gitanchor.hookrun"},
    {"gitanchor.entry"},
    {"gitanchor.__main__"},
)  # fmt: skip


def imports(name: str) -> Iterator[str]:
    """The modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def test_every_module_has_a_layer_and_imports_point_down() -> None:
    level = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    assert set(MODULES) == set(level)
    wrong = [
        f"{name} imports {imported}"
        for name in MODULES
        for imported in imports(name)
        if imported in level and imported != name and level[imported] >= level[name]
    ]
    assert wrong == []


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
        if name != "gitanchor.terminal":
            assert not re.search(r"(?<![\w.])print\(", text), name
            assert "click.echo" not in text, name
        if name != "gitanchor.atomic":
            assert ".write_text(" not in text, name
            assert ".write_bytes(" not in text, name
        if name not in {
            "gitanchor.git",
            "gitanchor.gitleaks",
            "gitanchor.sandbox",
            "gitanchor.editing",
            "gitanchor.terminal",
            "gitanchor.versions",
        }:
            assert "import subprocess" not in text, name
