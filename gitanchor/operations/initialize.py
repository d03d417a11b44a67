"""Prepare a repository for anchors: folder, settings, attributes, log, hooks. May be repeated."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.hooks import installer, merge_driver
from gitanchor.log.foreign_text import HAND_KEPT, HandWork, hand_work
from gitanchor.log.log_file import LogFile
from gitanchor.log.pages import Layout
from gitanchor.model.errors import WriteFailed, WrongUsage
from gitanchor.operations import choose, render
from gitanchor.operations.workspace import Workspace
from gitanchor.parsing import encoding
from gitanchor.parsing.parse import parse
from gitanchor.storage import atomic, config, safe_open
from gitanchor.storage.store import ATTRIBUTES, SETTINGS

_ANCHOR_ATTRIBUTES: Final = "* text eol=lf"
_MERGE_ATTRIBUTES: Final = "*/*/*.yaml merge=gitanchor"
_LOG_ATTRIBUTES: Final = "merge=gitanchor linguist-generated text eol=lf"
_OUTPUT_ATTRIBUTES: Final = {
    config.SNAPSHOT: _LOG_ATTRIBUTES,
    config.AGENTS: "merge=gitanchor",  # the rest of the file, and its line ends, are people's
}


@dataclass(frozen=True, slots=True)
class Initialized:
    """What was made and what existed before, as paths from the top of the worktree.

    `driver` is the outcome for the merge driver. Existing logs are left as they are: `hand_kept` is
    the number of anchors in a log that people kept by hand, None if there is no such log; `strays`
    is the number of entries of a generated log without an anchor file; `edited` is the first hand
    edit in a generated log that no anchor or foreword has. `refused` says which files beside the log
    were not written, and why.
    """

    created: tuple[str, ...]
    present: tuple[str, ...]
    hooks: tuple[installer.Installation, ...]
    log: str
    driver: str
    hand_kept: int | None = None
    strays: int = 0
    edited: HandWork | None = None
    refused: tuple[str, ...] = ()


def initialize(workspace: Workspace, log: str | None, *, with_hooks: bool) -> Initialized:
    """Make what is missing; `log` is the path of the log from the top of the worktree.

    Raises WrongUsage if another log is already set, or a link leads out of the worktree.
    """
    workspace.store.check_folder()
    root = workspace.repository.root
    is_new = not (root / SETTINGS).exists()
    path = config.checked_log(log or config.DEFAULT_LOG) if is_new else workspace.settings.log
    if log is not None and config.checked_log(log) != path:
        raise WrongUsage(f"{SETTINGS}: log.path is '{path}' already; change it there")
    LogFile(root, Layout(path), workspace.state.scratch).read()
    patterns = [_quoted(path)]
    if not is_new and workspace.settings.log_mode == config.ARCHIVE:
        patterns.append(_quoted(workspace.settings.log_archive, "/????-??.md"))
    lines = [f"{pattern} {_LOG_ATTRIBUTES}\n" for pattern in patterns]
    outputs = {} if is_new else workspace.settings.outputs
    lines += [f"{_quoted(other)} {_OUTPUT_ATTRIBUTES[kind]}\n" for other, kind in outputs.items()]
    created: list[str] = []
    present: list[str] = []
    for name, text in (
        (SETTINGS, config.initial(path)),
        (ATTRIBUTES, f"{_ANCHOR_ATTRIBUTES}\n"),
        (ATTRIBUTES, f"{_MERGE_ATTRIBUTES}\n"),
        *((".gitattributes", line) for line in lines),
    ):
        done = _add_line(root / name, text, workspace.state.scratch)
        (created if done else present).append(name)
    driver = merge_driver.install(workspace.repository)
    refused: tuple[str, ...] = ()
    held = _held(workspace)
    if held == _Held() and not workspace.listing.problems:
        there_before = workspace.log.read() is not None
        written, refused = render.render(workspace)
        if there_before or written:
            (present if there_before else created).append(path)
        created += [other for other in written if other in outputs]
    else:
        choose.remind(workspace)
    installed: list[installer.Installation] = []
    if with_hooks:
        installed = installer.install(
            workspace.repository, workspace.state.shared, workspace.state.scratch
        )
    made, there = dict.fromkeys(created), dict.fromkeys(present)
    return Initialized(tuple(made), tuple(there), tuple(installed), path, driver, *held, refused)


def _add_line(target: Path, text: str, scratch: Path) -> bool:
    """Append a text to a file without a line that starts like it; return whether the file changed."""
    try:
        present = safe_open.read(target)
    except FileNotFoundError:
        present = b""
    except OSError as error:
        raise WriteFailed(f"cannot write '{target}': {error.strerror}") from None
    start = text.encode().rsplit(b" merge=", 1)[0].split(b" text ", 1)[0]
    if target.name == "config.yaml" and present:
        return False
    wanted = b"merge=gitanchor" if b"merge=gitanchor" in text.encode() else b"eol=lf"
    if any(line.startswith(start + b" ") and wanted in line for line in present.splitlines()):
        return False
    separator = b"" if not present or present.endswith(b"\n") else b"\n"
    atomic.write(target, present + separator + text.encode(), scratch)
    return True


def _quoted(path: str, names: str = "") -> str:
    """Return a path as a pattern of gitattributes(5) that matches it literally.

    `names` is a pattern for what lies below the path.
    """
    pattern = re.sub(r"([*?\[\\])", r"\\\1", path) + names
    if pattern[0] in "#!":
        pattern = f"\\{pattern}"
    if not any(char in pattern for char in ' "\\\t'):
        return pattern
    escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Held(NamedTuple):
    """What a log holds that only a person can decide on; see `Initialized`."""

    hand_kept: int | None = None
    strays: int = 0
    edited: HandWork | None = None


def _held(workspace: Workspace) -> _Held:
    """Return what keeps the present log from being rendered anew."""
    text = workspace.log.read()
    if text is None:
        return _Held()
    page = text.pages.get(workspace.log.path, "")
    first = next(iter(hand_work(page, workspace.store.foreword)), None)
    if first is not None and first.what == HAND_KEPT:
        clean = encoding.repair(page).text
        return _Held(sum(draft.id is None for draft in parse(clean, workspace.reading).drafts))
    strays = sum(1 for _ in workspace.log.strays(text, workspace.listing))
    return _Held(None, strays, None if strays else first)
