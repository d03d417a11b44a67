"""How much a commit of one anchor adds to a repository, as git stores it: loose objects, compressed by zlib.

The anchors are taken as committed one by one. Of those commits a sample is made, evenly spread over all: git gets
the tree with all anchors before it and commits that, then the new anchor, into an empty object folder, and the
files that the second commit added there are summed up. The generated log is left out of these commits; `of_log`
tells what it adds where it is committed too.
"""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.operations import LOG
from tests.bench.timing import Spread


def of_commits(root: Path, sample: int) -> Spread:
    """The kB of the new objects of a commit; `main` of the repository holds the anchors."""
    lines = _git(root, {}, "ls-tree", "-r", "--full-tree", "main").decode().splitlines()
    anchors = sorted(
        (line for line in lines if "\t.anchors/20" in line), key=lambda line: line.split("\t")[1]
    )
    others = [line for line in lines if "\t.anchors/20" not in line and not line.endswith(f"\t{LOG}")]
    places = [(2 * number + 1) * len(anchors) // (2 * sample) for number in range(sample)]
    return Spread.of([_added(root, [*others, *anchors[:place]], anchors[place]) for place in places])


def of_log(root: Path) -> Spread:
    """The kB of one version of the log."""
    with _apart() as (environment, objects):
        _git(root, environment, "hash-object", "-w", "--no-filters", "--", LOG)
        return Spread.of([_size(objects)])


def _added(root: Path, before: Sequence[str], line: str) -> float:
    content = _git(root, {}, "cat-file", "blob", line.split()[2])
    with _apart() as (environment, objects):
        parent = _committed(root, environment, before)
        size = _size(objects)
        _git(root, environment, "hash-object", "-w", "--stdin", content=content)
        _committed(root, environment, [line], "-p", parent)
        return _size(objects) - size


def _committed(root: Path, environment: dict[str, str], lines: Sequence[str], *options: str) -> str:
    """Add lines of `git ls-tree` to the index, and commit it; the id of the commit."""
    _git(
        root,
        environment,
        "update-index",
        "--add",
        "--index-info",
        content="\n".join([*lines, ""]).encode(),
    )
    tree = _git(root, environment, "write-tree", "--missing-ok").decode().strip()
    return _git(root, environment, "commit-tree", tree, "-m", "Add an anchor", *options).decode().strip()


@contextlib.contextmanager
def _apart() -> Iterator[tuple[dict[str, str], Path]]:
    """An empty index and an empty object folder: the variables that make git use them, and the folder."""
    with tempfile.TemporaryDirectory() as name:
        objects = Path(name) / "objects"
        objects.mkdir()
        yield {"GIT_INDEX_FILE": f"{name}/index", "GIT_OBJECT_DIRECTORY": str(objects)}, objects


def _size(objects: Path) -> float:
    return sum(path.stat().st_size for path in objects.rglob("*") if path.is_file()) / 1000


def _git(root: Path, environment: dict[str, str], *arguments: str, content: bytes = b"") -> bytes:
    done = subprocess.run(
        ["git", *arguments],
        cwd=root,
        env={**os.environ, **environment},
        input=content,
        check=True,
        capture_output=True,
    )
    return done.stdout
