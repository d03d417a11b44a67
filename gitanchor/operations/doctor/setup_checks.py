"""The checks of `git anchor doctor` on the surroundings: git, settings, hooks, other tools."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from gitanchor.git import process
from gitanchor.hooks import hook_block, installer, merge_driver
from gitanchor.model.errors import AnchorError, BadAnchorFile, NotFound
from gitanchor.operations.doctor import hook_proofs
from gitanchor.operations.doctor.findings import ERROR, NOTE, Examination, Finding
from gitanchor.operations.initialize import initialize
from gitanchor.storage import permissions, safe_open
from gitanchor.storage.store import ATTRIBUTES, FOLDER, SETTINGS

OLDEST_GIT: Final = (2, 30)

_BARE_PATH: Final = "/usr/bin:/bin:/usr/sbin:/sbin"
"""The PATH of a program that was started from a desktop, not from a shell."""

_NOT_FOUND: Final = 77
"""An exit status that no shell uses by itself, for a program that is not on PATH."""

_LONG: Final = 5_000
"""The number of commits from which a commit-graph pays off."""

_GUI_TRACES: Final = {
    "Sourcetree": ".git/sourcetreeconfig*",
    "Fork": ".git/fork-settings",
    "GitKraken": ".git/gk",
    "JetBrains": ".idea",
}
"""Git clients that are started from a desktop, and the traces that they leave in a repository."""

_WEB_HOSTS: Final = re.compile(
    r"\b(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|dev\.azure\.com|gitea\.com)\b"
)
_WORKFLOWS: Final = (".github/workflows/*.y*ml", ".gitlab-ci.yml", ".gitlab/**/*.y*ml")
_THERE: Final = (installer.Outcome.INSTALLED, installer.Outcome.OUTDATED)
_DRIVER: Final = "merge.gitanchor.driver"
_INIT: Final = "run 'git anchor init' again"


def git_version(look: Examination) -> Iterator[Finding]:
    """Find a git that is older than the oldest tested version."""
    version = look.repository.git("version")
    number = re.search(r"(\d+)\.(\d+)", version)
    if number and (int(number[1]), int(number[2])) < OLDEST_GIT:
        oldest = ".".join(map(str, OLDEST_GIT))
        yield Finding("git-version", f"{version.strip()} is older than {oldest}; install a newer one")


def command(look: Examination) -> Iterator[Finding]:
    """Find a git-anchor that hooks and the merge driver cannot find, or that does not start."""
    status, said = _ask_shell(look, None)
    if status == _NOT_FOUND:
        message = "git's shell does not find git-anchor, so that hooks cannot run it; add it to PATH"
        yield Finding("command-missing", message)
    elif status != 0:
        reason = hook_proofs.said(said).rpartition("git-anchor: ")[2]
        message = f"git's shell finds git-anchor, but it does not start ({reason}); install it anew"
        yield Finding("command-broken", message)


def gui(look: Examination) -> Iterator[Finding]:
    """Find clients that are started from a desktop, without the PATH of a shell."""
    clients = [name for name, trace in _GUI_TRACES.items() if any(look.root.glob(trace))]
    if clients and os.name == "posix" and _ask_shell(look, _BARE_PATH)[0] != 0:
        message = (
            f"{clients[0]} may start git with PATH={_BARE_PATH}, where git-anchor is not; then commits"
            " are made, but the log is not brought up to date"
        )
        yield Finding("gui-path", message, level=NOTE)


def _ask_shell(look: Examination, path: str | None) -> tuple[int | None, str]:
    """Have git's own shell run `git-anchor --version`, with its own PATH or the given one."""
    script = f"command -v git-anchor >/dev/null || exit {_NOT_FOUND}; git-anchor --version"
    alias = ("-c", f"alias.gitanchor-doctor=!{script}")
    variables = {"LC_ALL": "C"} | ({} if path is None else {"PATH": path})
    return process.attempt(
        [*alias, "gitanchor-doctor"], look.root, variables, seconds=hook_proofs.SECONDS
    )


def settings(look: Examination) -> Iterator[Finding]:
    """Find settings that are unreadable or invalid."""
    try:
        unknown = look.workspace.settings.unknown
    except BadAnchorFile as problem:
        yield Finding("settings", problem.reason, problem.path)
    except AnchorError as problem:
        told = str(problem).removeprefix(f"{SETTINGS}: ")
        yield Finding("settings", told, SETTINGS if told != str(problem) else None)
    else:
        for told in unknown:
            yield Finding("setting-unknown", told, level=NOTE)


# Hooks and merging -----------------------------------------------------------------------------


def hook_answers(look: Examination) -> Iterator[Finding]:
    """Find hooks that are installed but do not answer when git runs them."""
    if not look.in_use:
        return
    folder = look.repository.hooks_folder()
    installed = installer.status(look.repository, look.state.shared)
    found: dict[str, hook_proofs.Proof] = {}
    # If none of ours was ever installed, there is no need to run those of others.
    wanted = any((look.state.shared / "hooks" / name).is_file() for name in installer.NAMES)
    if wanted or any(hook.outcome in _THERE for hook in installed):
        found = hook_proofs.hooks(look.repository, installer.NAMES)
    look.proven = [name for name, proof in found.items() if proof.answered]
    if not look.proven and not any(hook.outcome in _THERE for hook in installed):
        yield _none(look, folder, wanted, any(hook.advice for hook in installed))
        return
    for hook in installed:
        if hook.name not in look.proven:
            yield _silent(look, folder, hook, found.get(hook.name, hook_proofs.Proof(False, "")))
        elif hook.outcome is installer.Outcome.OUTDATED:
            yield _hook("hook-outdated", "answered, but is of another version", look, folder, hook)


def _none(look: Examination, folder: Path, wanted: bool, refused: bool) -> Finding:
    """Return the finding that no hook of ours runs; an error if git does not look where they are."""
    if reason := installer.elsewhere(look.repository):
        message = f"git runs no hook of git anchor: {reason}"
        return Finding("hooks-elsewhere", message, level=ERROR if wanted else NOTE)
    install = "'git anchor init' installs them"
    if refused:
        install = "'git anchor hooks install' installs them, and says what to do where it cannot"
    return Finding(
        "hooks-none", f"none of git anchor is installed; {install}", look.shown(folder), level=NOTE
    )


def _silent(
    look: Examination, folder: Path, hook: installer.Installation, proof: hook_proofs.Proof
) -> Finding:
    """Return the finding for a hook that did not answer, with advice."""
    file = folder / hook.name
    there = hook.outcome in _THERE
    said = proof.said if there else hook.advice
    reason = f": {said}" if said else ""
    if there or hook_block.has_block(installer.read(file)):
        return _hook("hook-silent", f"ours is in it, but did not answer{reason}", look, folder, hook)
    return _hook("hook-missing", f"is not installed, though others are{reason}", look, folder, hook)


def _hook(
    code: str, message: str, look: Examination, folder: Path, hook: installer.Installation
) -> Finding:
    """Return the finding for a hook, with a repair if installing it again would help."""
    file = folder / hook.name
    is_ours = folder.resolve() == (look.repository.common_dir / "hooks").resolve()
    if is_ours and hook.outcome is installer.Outcome.INSTALLED:
        return Finding(code, message, look.shown(file))
    if is_ours and (
        hook.outcome is installer.Outcome.OUTDATED or not hook.advice or _is_ours_alone(file)
    ):
        repair = partial(_reinstall, look, file)
        return Finding(code, message, look.shown(file), f"install the {hook.name} hook", repair=repair)
    return Finding(code, f"{message}; 'git anchor hooks install' says what to do", look.shown(file))


def _is_ours_alone(file: Path) -> bool:
    """Whether a hook file contains nothing but our block."""
    is_file = file.is_file() and not file.is_symlink()
    return is_file and hook_block.without_block(installer.read(file)) is None


def _reinstall(look: Examination, file: Path) -> None:
    """Install a hook again; a file that is ours alone is made executable first."""
    if _is_ours_alone(file):
        permissions.make_executable(file)
    done = installer.install(look.repository, look.state.shared, look.state.scratch)
    for hook in done:
        if hook.name == file.name and hook.outcome is installer.Outcome.REFUSED:
            raise NotFound(hook.advice)


def attributes(look: Examination) -> Iterator[Finding]:
    """Find missing attributes for merging and line ends, and problems of the driver that they name."""
    if not look.in_use:
        return
    probe = f"{FOLDER}/2000/01/20000101T0000-probe-00000000.yaml"
    logs = [look.log, *(f"{folder}/2000-01.md" for folder in look.archives)]
    beside = look.outputs
    output = look.repository.git("check-attr", "-z", "merge", "eol", "--", *logs, *beside, probe)
    parts = output.split("\0")
    found = {
        (path, name): value for path, name, value in zip(*(parts[n::3] for n in range(3)), strict=False)
    }
    repair = partial(initialize, look.workspace, None, with_hooks=False)
    for path, name, wanted, file in (
        *((path, "merge", "gitanchor", ".gitattributes") for path in (*logs, *beside)),
        (probe, "merge", "gitanchor", ATTRIBUTES),
        (probe, "eol", "lf", ATTRIBUTES),
    ):
        if found.get((path, name)) != wanted:
            names = {probe: "anchor files", look.log: "the log"} | {path: path for path in beside}
            what = names.get(path, "its pages")
            message = f"gives {what} not {name}={wanted}, but {name} {found.get((path, name))}"
            yield Finding("attributes", message, file, _INIT, repair=repair)
    if "gitanchor" in (found.get((look.log, "merge")), found.get((probe, "merge"))):
        yield from _driver(look, repair)


def _driver(look: Examination, repair: Callable[[], object]) -> Iterator[Finding]:
    """Find a merge driver that the attributes name, but that is not configured or does not merge."""
    command = (look.repository.ask("config", "--get", _DRIVER) or "").removesuffix("\n")
    if not command:
        message = f"the attributes name a merge driver, but '{_DRIVER}' is not set"
        yield Finding("driver-missing", message, None, _INIT, repair=repair)
        return
    proof = hook_proofs.merge(look.repository)
    if not proof.answered:
        message = f"the merge driver '{command[:60]}' ({_DRIVER}) did not merge two logs: {proof.said}"
        mended = merge_driver.is_ours(command) and command != merge_driver.COMMAND
        yield Finding("driver-broken", message, None, _INIT if mended else None, repair=repair)


# What git does not track -------------------------------------------------------------------------


def ignored(look: Examination) -> Iterator[Finding]:
    """Find ignore rules for anchors that nobody has added by force."""
    if not look.in_use or look.files.link:
        return
    new = f"{FOLDER}/{datetime.now(UTC):%Y/%m}/00000000.yaml"
    paths = [SETTINGS, new, *(stored.path for stored in look.files.anchors)]
    hits = look.repository.ignoring(paths)
    if hits:
        source, line, pattern, _ = hits[0]
        count = sum(hit[3] in paths[2:] for hit in hits)
        also = f", and {count} that are here" if count else ""
        message = (
            f"git ignores new anchors{also}: '{pattern}' in {source}:{line};"
            f" '!/{FOLDER}/' in .gitignore says otherwise"
        )
        yield Finding("ignored", message, FOLDER)


def sparse(look: Examination) -> Iterator[Finding]:
    """Find anchors that a sparse checkout leaves out; without them the log cannot be generated."""
    if look.left_out:
        message = (
            f"the sparse checkout leaves out {look.left_out} anchor(s);"
            f" 'git sparse-checkout add {FOLDER}' brings them"
        )
        yield Finding("sparse", message, FOLDER)


def commit_graph(look: Examination) -> Iterator[Finding]:
    """Find a long history without a commit-graph, which makes counting fast (git-commit-graph(1))."""
    kept = look.repository.common_dir / "objects/info"
    if (kept / "commit-graph").exists() or (kept / "commit-graphs").exists():
        return
    limit = f"--max-count={_LONG}"
    count = look.repository.ask("rev-list", "--count", limit, "HEAD", "--")
    if count is not None and int(count) == _LONG and not look.repository.shallow_commits():
        message = (
            f"this history has {_LONG:,} commits or more, and no commit-graph, without which git counts"
            " them slowly; 'git commit-graph write --reachable' makes one"
        )
        yield Finding("commit-graph", message, level=NOTE)


# Tools that run no hooks -------------------------------------------------------------------------


def jujutsu(look: Examination) -> Iterator[Finding]:
    """Find a repository that jj works in, too."""
    if (look.root / ".jj").is_dir():
        message = "jj runs no hooks and no merge drivers; after it, run 'git anchor render'"
        yield Finding("jj", message, ".jj", level=NOTE)


def web(look: Examination) -> Iterator[Finding]:
    """Find a remote with a web interface for edits and merges, and no workflow that checks the log."""
    urls = look.repository.ask("config", "--get-regexp", r"^remote\..*\.url$") or ""
    host = _WEB_HOSTS.search(urls)
    if not look.in_use or host is None:
        return
    for pattern in _WORKFLOWS:
        if any(_names_us(look.root, file) for file in look.root.glob(pattern)):
            return
    message = (
        f"{host[1]} runs no hooks and no merge driver: edits and merges on its pages leave the log as"
        " it is, until 'git anchor render' runs, here or in a workflow there"
    )
    yield Finding("web", message, level=NOTE)


def _names_us(root: Path, file: Path) -> bool:
    """Whether a workflow file mentions git anchor."""
    with contextlib.suppress(OSError):
        content = safe_open.read_below(root, file.relative_to(root).as_posix())
        return re.search(rb"git[ -]?anchor", content) is not None
    return False
