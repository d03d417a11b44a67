"""Repositories with many anchors: a commit for each, the anchors bound to them, and the log that the tool generates.

All is made in bulk, by `git fast-import` and gitanchor's own code, and is the same each time.
"""

import random
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from gitanchor.model.anchor import Anchor
from gitanchor.storage import codec
from tests.bench import texts

SINCE: Final = 20
"""Commits that follow the newest anchor."""

TOPICS: Final = 4
"""Branches that have anchors of their own, which are not part of main."""

_LINES: Final = 20


def make(root: Path, count: int) -> Path:
    """A repository whose main has so many anchors, checked out, packed, and with all of git's caches warm."""
    _git(root.parent, "init", "-q", str(root))
    _run(root, "git-anchor", "init")
    _git(root, "add", "--all")
    _git(root, "commit", "-q", "--no-verify", "-m", "Keep anchors")
    _import(root, _code("main", range(1 - count, 0), base="refs/heads/main^0"))
    bound = _bound(root)[1:]
    _import(root, _topics(max(1, count // 1000), bound))
    *older, _ = texts.anchors([*bound, bound[-1]])
    _keep(root, older, -1)
    _import(root, _code("main", (0,), base="refs/heads/main^0"))
    *_, newest = texts.anchors([*bound, *_bound(root, "-n1")])
    _keep(root, (newest,), 0)
    _import(root, _code("main", range(1, 1 + SINCE), base="refs/heads/main^0"))
    _git(root, "reset", "-q", "--hard")
    made = [*older, newest]
    references = "".join(f"create refs/anchors/{anchor.id} {anchor.commit}\n" for anchor in made)
    _git(root, "update-ref", "--stdin", content=references.encode())
    _git(root, "gc", "--quiet")
    return settled(root)


def copy(root: Path, target: Path) -> Path:
    """The same repository once more, to write into."""
    shutil.copytree(root, target, symlinks=True)
    return settled(target)


def clone(root: Path, target: Path) -> Path:
    """A fresh clone, which has no cache yet."""
    _git(root.parent, "clone", "-q", str(root), str(target))
    return settled(target)


def settled(root: Path) -> Path:
    """Make git's index older than no file of it, or git would read those files again and again."""
    time.sleep(1.1)
    _git(root, "update-index", "-q", "--refresh")
    return root


def forget(root: Path) -> None:
    """Make a clone a fresh one again: without the caches and states of gitanchor."""
    shutil.rmtree(root / ".git/gitanchor", ignore_errors=True)


def _keep(root: Path, anchors: Sequence[Anchor], hour: int) -> None:
    """Commit anchors, and the log as it is with them."""
    _import(root, _commit("main", "Add anchors", hour, _files(anchors), base="refs/heads/main^0"))
    _git(root, "reset", "-q", "--hard")
    _run(root, "git-anchor", "render")
    _git(root, "commit", "-q", "--no-verify", "--all", "-m", "Write the log")


def _code(branch: str, hours: Sequence[int], base: str) -> Iterator[str]:
    """A commit an hour, seen from the newest anchor, each of one line of one file.

    The first of more than a few makes all files.
    """
    choose = random.Random(hours[0])
    for hour in hours:
        is_first = hour == hours[0] < 0
        changed = texts.FILES if is_first else (choose.choice(texts.FILES),)
        contents = [(path, _source(path, hour)) for path in changed]
        yield from _commit(branch, f"Change of hour {hour}", hour, contents, base)
        base = ""


def _source(path: str, version: int) -> str:
    """A file of C; between two of its versions one line differs."""
    lines = [f"#define LIMIT_{line} {line * len(path)}" for line in range(_LINES)]
    lines[_LINES // 2] = f"#define VERSION {version}"
    return "\n".join(lines) + "\n"


def _topics(own: int, bound: Sequence[texts.Bound]) -> Iterator[str]:
    """A commit with anchors of its own on each branch beside main."""
    for topic in range(TOPICS):
        name = f"topic/{topic}"
        first = 10_000_000 + topic * own
        made = [
            texts.anchor(first + number, texts.NEWEST.replace(minute=1 + topic), name, bound[-1], None)
            for number in range(own)
        ]
        yield from _commit(name, "Add anchors", topic, _files(made), bound[-1].commit)


def _files(anchors: Iterable[Anchor]) -> Iterator[tuple[str, str]]:
    for anchor in anchors:
        yield f".anchors/{anchor.path}", codec.dump(anchor)


def _commit(
    branch: str, subject: str, hour: int, files: Iterable[tuple[str, str]], base: str
) -> Iterator[str]:
    """One commit for `git fast-import`; without a base it follows the one before."""
    moment = int(texts.NEWEST.timestamp()) + hour * 3600
    who = f"A{hour % 7} U Thor <a{hour % 7}@example.com> {moment} +0000"
    yield f"commit refs/heads/{branch}\nauthor {who}\ncommitter {who}\ndata {len(subject)}\n{subject}\n"
    yield f"from {base}\n" if base else ""
    for path, text in files:
        yield f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n"


def _bound(root: Path, *options: str) -> list[texts.Bound]:
    """The commits of main, oldest first, with what an anchor records of them."""
    patches = _git(root, "log", "-p", *options, "--format=commit %H", "main", "--", "src")
    listed = _git(root, "patch-id", "--stable", content=patches.encode()).splitlines()
    patch_ids = {commit: patch for patch, commit in map(str.split, listed)}
    commits = map(
        str.split, _git(root, "log", *options, "--reverse", "--format=%H %T", "main").splitlines()
    )
    return [texts.Bound(commit, tree, patch_ids.get(commit)) for commit, tree in commits]


def _import(root: Path, stream: Iterable[str]) -> None:
    """Feed `git fast-import` piece by piece: the whole stream may be large."""
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=root, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for piece in stream:
            process.stdin.write(piece.encode())
        process.stdin.close()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "git fast-import")


def _git(at: Path, *arguments: str, content: bytes = b"") -> str:
    return _run(at, "git", *arguments, content=content)


def _run(at: Path, *command: str, content: bytes = b"") -> str:
    """Run what has to succeed; what it printed."""
    done = subprocess.run(command, cwd=at, input=content, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout.decode()
