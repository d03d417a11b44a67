"""Prints docs/map.md: the packages, what each imports, and how many modules the commands load.

make map
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[1] / "gitanchor"
ENTRY: Final = """\
**Resume from anchor:** [Map]
**Context:** c
**Current milestone:** m
**Next action:** n
"""
COMMANDS: Final = {
    "resume": ["resume"],
    "list": ["list"],
    "absorb": ["absorb"],
    "add -F": ["add", "-y", "-F", "answer.md"],
}
COUNT: Final = (
    "import json, os, sys; end = os._exit\n"
    "def told(status):\n"
    "    names = [name for name in sys.modules if name.split('.')[0] == 'gitanchor']\n"
    "    print(json.dumps(len(names)), file=sys.stderr); sys.stderr.flush(); end(status)\n"
    "os._exit = told\n"
    "from gitanchor.cli.entry import main\n"
    "told(main() or 0)\n"
)


def packages() -> dict[str, Path]:
    """The packages by their names, those of the top first."""
    folders = sorted(path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE)
    return {".".join(folder.relative_to(PACKAGE).parts): folder for folder in folders}


def imported(file: Path) -> Iterator[str]:
    """The packages at the top that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gitanchor."):
            yield (node.module or "").split(".")[1]


def rows() -> Iterator[str]:
    """The table of packages: what each owns, its modules, and the packages that it imports."""
    found = packages()
    uses = {
        name: {other for file in folder.rglob("*.py") for other in imported(file)} - {name}
        for name, folder in found.items()
        if "." not in name
    }
    order: list[str] = []
    while rest := sorted(set(uses) - set(order)):
        order += [name for name in rest if uses[name] <= set(order)] or rest
    for name in order:
        inner = [other for other in found if other.split(".")[0] == name]
        modules = ", ".join(
            f"`{other}`: {len(list(found[other].glob('*.py'))) - 1}" if "." in other else str(count)
            for other in inner
            for count in [len(list(found[other].glob("*.py"))) - 1]
        )
        tour = ast.get_docstring(ast.parse((found[name] / "__init__.py").read_text("utf-8"))) or ""
        used = ", ".join(f"`{other}`" for other in order if other in uses[name]) or "nothing"
        yield f"| `{name}` | {tour.splitlines()[0]} | {modules} | {used} |"


def loaded(arguments: Sequence[str], folder: Path) -> int:
    """How many modules of ours a command has loaded when it ends."""
    command = [sys.executable, "-c", COUNT, *arguments]
    alone = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False)
    return int(json.loads(done.stderr.splitlines()[-1]))


def main() -> None:
    """Print the page."""
    print("# The map of the code\n")
    print("Made by `make map` from the code itself; a test fails when it is stale. Each package imports")
    print("only those above it. The docstring of a package is its tour.\n")
    print("| package | what it is | modules | imports |\n|---|---|---|---|")
    print(*rows(), sep="\n")
    print("\n## What a command loads\n\n| command | modules of gitanchor |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for command in (
            "init -q -b main .",
            "config user.name A",
            "config user.email a@example.com",
            "commit -q --allow-empty -m c",
        ):
            subprocess.run(["git", *command.split()], cwd=place, check=True)
        (place / "answer.md").write_text(ENTRY, "utf-8")
        for arguments in (["init"], ["add", "One", "-c", "c", "-n", "n"]):
            loaded(arguments, place)
        time.sleep(0.5)  # a cache believes no file that has just been written
        loaded(["resume"], place)
        for name, arguments in COMMANDS.items():
            print(f"| `{name}` | {loaded(arguments, place)} |")


if __name__ == "__main__":
    main()
