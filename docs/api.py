"""Prints docs/api.md: the Python API, made from the docstrings of the facade.

make api
"""

import inspect
import re
from collections.abc import Iterator
from typing import Final

from gitanchor.operations.reader import Reader
from gitanchor.operations.tracker import Tracker
from gitanchor.operations.worktree import Worktree

INTRODUCTION: Final = """\
# The Python API

Made by `make api` from the docstrings; a test fails when it is stale. What stands here is for other
programs. All else is for gitanchor itself, and may change with any release.

```python
from pathlib import Path

from gitanchor.model.draft import Draft
from gitanchor.operations.tracker import Tracker

tracker = Tracker.open(Path("."))
draft = Draft(line=1, name="Totals_Compared", context="What it is about.", next_action="One step.")
written = tracker.add([draft], source="cli")
print(written.anchors[0].anchor.id)

offer = tracker.choice()  # what `git anchor resume` would take
if offer is not None:
    print(tracker.resume(offer.stored).prompt)
```

A tracker belongs to one worktree, and does not read again what it has read: open another one to see
what has changed since. Methods raise the errors of `gitanchor.model.errors`, all of them subclasses of
`AnchorError`: each says on one line what was wrong, and has the exit status of the command line. They
print nothing.
"""

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
        is_value = function is not member and not isinstance(member, classmethod)
        if is_value:
            shown = f": {inspect.formatannotation(inspect.signature(function).return_annotation)}"
        else:
            shown = re.sub(r"^\((?:self|cls)(?:, )?", "(", str(inspect.signature(function)))
        shown = _QUOTED.sub(r"\1", _MODULES.sub("", shown)).removesuffix("'").replace(": '", ": ")
        yield f"{name}{shown}", inspect.getdoc(function) or ""


def main() -> None:
    """Print the page."""
    print(INTRODUCTION)
    for owner, title in ((Worktree, "Opening a worktree"), (Reader, "Reading"), (Tracker, "Writing")):
        print(f"## {title}: `{owner.__name__}`\n\n{inspect.getdoc(owner)}\n")
        for heading, text in members(owner):
            print(f"### `{heading}`\n\n{text}\n")


if __name__ == "__main__":
    main()
