"""Prints docs/api.md: the Python API, made from the docstrings of the operations.

make api
"""

import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

from gitanchor.operations import (
    absorb,
    add,
    changes,
    choose,
    commit,
    edit,
    imports,
    recovery,
    render,
    resume,
    states,
)
from gitanchor.operations.merges import resolve
from gitanchor.operations.workspace import Workspace

INTRODUCTION: Final = """\
# The Python API

Made by `make api` from the docstrings; a test fails when it is stale. What stands here is for other
programs. All else is for gitanchor itself, and may change with any release.

```python
from pathlib import Path

from gitanchor.model.draft import Draft
from gitanchor.operations import add, choose, resume
from gitanchor.operations.workspace import Workspace

workspace = Workspace.open(Path("."))
draft = Draft(line=1, name="Totals_Compared", context="What it is about.", next_action="One step.")
written = add.add(workspace, [draft], source="cli")
print(written.anchors[0].anchor.id)

workspace = workspace.again()
offer = choose.choice(workspace)  # what `git anchor resume` would take
if offer is not None:
    print(resume.resume(workspace, offer.stored).prompt)
```

A `Workspace` is one worktree as it was when it was first looked at. Each verb is a function of the
module that has its name, and takes the workspace first; what it writes shows in `workspace.again()`.
Functions raise the errors of `gitanchor.model.errors`, subclasses of `AnchorError`: each says
on one line what was wrong, and has the exit status of the command line. They print nothing.
"""

VERBS: Final = (
    choose,
    resume,
    changes,
    states,
    add,
    edit,
    render,
    commit,
    absorb,
    imports,
    resolve,
    recovery,
)
"""The modules whose public functions are the API, in the order of the page."""

_MODULES: Final = re.compile(r"\b(?:gitanchor|pathlib|collections|datetime)[\w.]*\.")
_QUOTED: Final = re.compile(r"'([A-Za-z][\w\[\], |]*)'")


def members(owner: type) -> Iterator[tuple[str, str]]:
    """The heading and the docstring of each public member of a class, in the order of the code."""
    for name, member in vars(owner).items():
        if name.startswith("_"):
            continue
        function = getattr(member, "__func__", None) or getattr(member, "fget", None)
        function = function or getattr(member, "func", None) or member
        if not inspect.isfunction(function):
            continue
        if function is not member and not isinstance(member, classmethod):
            annotation = inspect.signature(function).return_annotation
            shown = _plain(f": {inspect.formatannotation(annotation)}")
        else:
            shown = re.sub(r"^\((?:self|cls)(?:, )?", "(", _signature(function))
        yield f"{name}{shown}", inspect.getdoc(function) or ""


def functions(module: ModuleType) -> Iterator[tuple[str, str]]:
    """The heading and the docstring of each public function of a module, in the order of the code."""
    for name, member in vars(module).items():
        if inspect.isfunction(member) and member.__module__ == module.__name__ and name[0] != "_":
            shown = _signature(member)
            if shown.startswith("(workspace: Workspace"):
                yield f"{module.__name__.rpartition('.')[2]}.{name}{shown}", inspect.getdoc(member) or ""


def _signature(function: Callable[..., Any]) -> str:
    return _plain(str(inspect.signature(function)))


def _plain(shown: str) -> str:
    """Leave out where types come from, and quotation marks around them."""
    return _QUOTED.sub(r"\1", _MODULES.sub("", shown)).removesuffix("'").replace(": '", ": ")


def main() -> None:
    """Print the page."""
    print(INTRODUCTION)
    print(f"## `Workspace`\n\n{inspect.getdoc(Workspace)}\n")
    for heading, text in members(Workspace):
        print(f"### `{heading}`\n\n{text}\n")
    for module in VERBS:
        print(f"## `{module.__name__}`\n\n{inspect.getdoc(module)}\n")
        for heading, text in functions(module):
            print(f"### `{heading}`\n\n{text}\n")


if __name__ == "__main__":
    main()
