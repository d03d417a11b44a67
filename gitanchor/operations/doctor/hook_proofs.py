"""Prove that git runs the hooks and the merge driver of a clone, by making each of them answer.

This happens in a temporary repository, which is configured with the hooks folder, the configured
hooks and the merge driver of the clone. So nothing in the clone changes: no ref, reflog, counter or
object.
"""

import contextlib
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from gitanchor.git import process
from gitanchor.git.repository import Repository
from gitanchor.hooks import managers
from gitanchor.model import escaping
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import GitFailed
from gitanchor.rendering import log_entries
from gitanchor.storage import atomic, codec, safe_open
from gitanchor.storage.config import DEFAULT_LOG
from gitanchor.storage.store import FOLDER

SECONDS: Final = 60.0
"""How many seconds one command may take, with all hooks of everybody."""

_CONFIGURATIONS: Final = (".pre-commit-config.yaml", "package.json")
"""The configuration files of hook managers, besides lefthook's; without them they run nothing."""

_SETTINGS: Final = """\
[user]
	name = git anchor doctor
	email = doctor@invalid
[commit]
	gpgSign = false
[core]
	fsmonitor = false
	logAllRefUpdates = true
	autocrlf = false
[gc]
	auto = 0
[maintenance]
	auto = false
[anchor]
	trailer = true
[anchor "remind"]
	commits = 1
	hours = 0
"""


class Proof(NamedTuple):
    """Whether something of ours answered, and if not, what was printed instead."""

    answered: bool
    said: str


@dataclass(slots=True)
class Scratch:
    """A temporary repository. The name of all its anchors is `marker`, which identifies answers."""

    root: Path
    marker: str
    said: str = ""
    first: Anchor | None = None
    silent: tuple[str, ...] = ("-c", f"core.hooksPath={os.devnull}")
    """The options that keep git from running hooks."""

    def git(self, *arguments: str, hooks: bool = True) -> bool:
        """Run git, keep its output and that of its hooks, and return whether it succeeded."""
        silent = () if hooks else self.silent
        variables = _environment()
        done = process.attempt([*silent, *arguments], self.root, variables, seconds=SECONDS)
        self.said = done.said if done.status is not None else f"no answer in {SECONDS:.0f} seconds"
        return done.status == 0

    def shown(self, *arguments: str) -> str:
        """Return the output of a git command; empty if it fails."""
        return self.said if self.git(*arguments, hooks=False) else ""

    def write(self, path: str, text: str | bytes) -> None:
        """Write a file below the top of the repository."""
        content = text.encode() if isinstance(text, str) else text
        atomic.write(self.root / path, content, self.root / ".git")

    def commit(self, message: str) -> None:
        """Commit everything, without any hook."""
        self.git("add", "--all", "--force", hooks=False)
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}", hooks=False)

    def anchor(self) -> Anchor:
        """Write the file of a new anchor."""
        now = datetime.now(UTC).replace(microsecond=0)
        author = "git anchor doctor <doctor@invalid>"
        made = Anchor(secrets.token_hex(4), self.marker, now, author, "main")
        self.write(f"{FOLDER}/{made.path}", codec.dump(made))
        return made

    def tell_hooks(self, branch: str) -> str:
        """Make the only anchor known to the hooks as the branch's own; return its id. See `reminder`."""
        self.first = self.first or self.anchor()
        facts = f"{self.first.id}\n-\n{int(time.time())}\n{self.marker}\n\n\n"
        self.write(f".git/gitanchor/heads/{branch}~", f"{facts}1 {FOLDER}/{self.first.path}\n\n")
        return self.first.id


def _environment() -> dict[str, str]:
    """Return a fixed environment: without CI, in which hooks are silent, and without an editor."""
    now = f"@{int(time.time())} +0000"
    fixed = {"GIT_AUTHOR_DATE": now, "GIT_COMMITTER_DATE": now, "GIT_TERMINAL_PROMPT": "0"}
    return {**fixed, "CI": "", "GIT_EDITOR": ":", "GIT_MERGE_AUTOEDIT": "no"}


@contextlib.contextmanager
def scratch(repository: Repository) -> Iterator[Scratch]:
    """Make a repository with one commit, in which git runs the hooks and the driver of another one."""
    with tempfile.TemporaryDirectory(prefix="gitanchor-", ignore_cleanup_errors=True) as folder:
        made = Scratch(Path(folder).resolve() / "scratch", f"Doctor_{secrets.token_hex(4)}")
        made.root.mkdir()
        if not made.git("init", "--quiet", "--template=", "--initial-branch=main"):
            raise GitFailed(f"no repository can be made in '{folder}': {said(made.said)}")
        config = (made.root / ".git/config").read_bytes()
        made.write(".git/config", config + _SETTINGS.encode())
        _share(repository, made)
        made.tell_hooks("main")
        made.write(DEFAULT_LOG, log_entries.log([made.first] if made.first else []))
        made.commit("Start")
        yield made


def _share(repository: Repository, made: Scratch) -> None:
    """Give a scratch repository the hooks of another one, and the files that they look for."""
    made.git("config", "core.hooksPath", str(repository.hooks_folder().resolve()))
    for scope in ("--local", "--worktree"):
        named = ("--null", "--get-regexp", r"^(hook|merge\.gitanchor.*)\.")
        for entry in filter(None, (repository.ask("config", scope, *named) or "").split("\0")):
            key, _, value = entry.partition("\n")
            if value not in made.shown("config", "--local", "--get-all", key).split("\n"):
                made.git("config", "--add", key, value)
    for key in made.shown("config", "--name-only", "--get-regexp", r"^hook\..*\.event$").split("\n"):
        if key:  # git runs these whatever core.hooksPath is
            made.silent += ("-c", f"{key.removesuffix('event')}enabled=false")
    made.write(".git/gitanchor/remind", f"1 0\n{DEFAULT_LOG}\n")
    for copy in (repository.common_dir / "gitanchor/hooks").glob("*"):
        made.write(f".git/gitanchor/hooks/{copy.name}", copy.read_bytes())
    given = [repository.root / name for name in _CONFIGURATIONS]
    for file in (*given, *managers.lefthook_files(repository.root)):
        with contextlib.suppress(OSError):
            made.write(file.relative_to(repository.root).as_posix(), safe_open.read_hook(file))
    made.write(".git/info/exclude", "/node_modules\n")
    if (repository.root / "node_modules").is_dir():
        with contextlib.suppress(OSError):  # Windows may not allow links
            (made.root / "node_modules").symlink_to(repository.root / "node_modules")


# Hooks -----------------------------------------------------------------------------------------


def _prepare_commit_msg(made: Scratch) -> bool:
    """Whether a commit message gets the trailer, which is switched on for this."""
    anchor_id = made.tell_hooks("main")
    made.git("commit", "--no-verify", "--quiet", "--allow-empty", "--message=Work")
    heard = made.said
    answered = f"Anchor: {anchor_id}" in made.shown("log", "-1", "--format=%B")
    made.said = heard
    return answered


def _post_commit(made: Scratch) -> bool:
    """Whether the reminder names the branch's anchor at a commit."""
    made.git("commit", "--no-verify", "--quiet", "--allow-empty", "--message=Work")
    return made.marker in made.said


def _post_rewrite(made: Scratch) -> bool:
    """Whether the rewrite map records the commit that was amended."""
    old = made.shown("rev-parse", "HEAD").strip()
    made.git("commit", "--no-verify", "--quiet", "--amend", "--allow-empty", "--message=Work again")
    rewritten = made.root / ".git/gitanchor/rewritten"
    return rewritten.is_file() and old.encode() in rewritten.read_bytes()


def _post_checkout(made: Scratch) -> bool:
    """Whether switching to a branch with an anchor names that anchor."""
    made.git("branch", "other", hooks=False)
    made.tell_hooks("other")
    made.git("checkout", "--quiet", "other")
    heard = made.said
    made.git("checkout", "--quiet", "main", hooks=False)
    made.said = heard
    return made.marker in heard


def _pre_commit(made: Scratch) -> bool:
    """Whether a log that lacks the commit's anchor is regenerated and staged."""
    new = made.anchor()
    made.git("add", "--force", FOLDER, hooks=False)
    made.git("commit", "--quiet", "--message=Anchor")
    heard = made.said
    answered = new.id in made.shown("show", f":{DEFAULT_LOG}")
    made.git("reset", "--quiet", "--hard", "HEAD", hooks=False)
    made.said = heard
    return answered


def _post_merge(made: Scratch) -> bool:
    """Whether a merge that brings an anchor which the log lacks is reported."""
    made.git("checkout", "--quiet", "-b", "side", hooks=False)
    made.anchor()
    made.commit("Anchor without its entry")
    made.git("checkout", "--quiet", "main", hooks=False)
    made.git("merge", "--no-verify", "--no-ff", "--quiet", "--message=Merge", "side")
    return DEFAULT_LOG in made.said


_PROOFS: Final[Mapping[str, Callable[[Scratch], bool]]] = MappingProxyType(
    {
        "prepare-commit-msg": _prepare_commit_msg,
        "post-commit": _post_commit,
        "post-rewrite": _post_rewrite,
        "post-checkout": _post_checkout,
        "pre-commit": _pre_commit,
        "post-merge": _post_merge,
    }
)
"""Each hook that can be made to answer, ordered so that none disturbs the next."""


def hooks(repository: Repository, names: tuple[str, ...]) -> dict[str, Proof]:
    """Have git run each of the hooks, and return for each whether ours answered."""
    proofs = {}
    with scratch(repository) as made:
        for name, prove in _PROOFS.items():
            if name in names:
                answered = prove(made)
                proofs[name] = Proof(answered, said(made.said))
    return proofs


def said(text: str) -> str:
    """Return the end of what git and its hooks printed, on one line."""
    line = escaping.one_line("\n".join(text.splitlines()[-3:]))
    return line if len(line) <= 200 else f"…{line[-200:]}"


# Merging ---------------------------------------------------------------------------------------


def merge(repository: Repository) -> Proof:
    """Have git merge two logs with a new entry each, by the merge driver of a clone."""
    with scratch(repository) as made:
        made.write(".gitattributes", f"{DEFAULT_LOG} merge=gitanchor\n")
        made.commit("Attributes")
        new: list[str] = []
        for branch in ("theirs", "ours"):
            made.git("checkout", "--quiet", "-b", branch, "main", hooks=False)
            anchors = [made.anchor(), *([made.first] if made.first else [])]
            made.write(DEFAULT_LOG, log_entries.log(anchors))
            new.append(anchors[0].id)
            made.commit(branch)
        merged = made.git("merge", "--quiet", "--message=Merge", "theirs", hooks=False)
        reason = said(made.said)
        log = (made.root / DEFAULT_LOG).read_text("utf-8", "replace")
        return Proof(merged and all(anchor_id in log for anchor_id in new), reason)
