"""By whose commits an anchor's file came to be what it is, and whether these were this clone's own.

Names and addresses in commits can be forged by whoever makes them. None of this proves who wrote a
text; it distinguishes what came from elsewhere from what was written here.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.git.names import literal
from gitanchor.git.prefetch import IDENTITIES
from gitanchor.git.process import Questions, decode
from gitanchor.git.repository import Repository
from gitanchor.model.anchor import SHORT_COMMIT, is_object_id
from gitanchor.model.digests import blob
from gitanchor.storage import journal, safe_open
from gitanchor.storage.journal import Journal
from gitanchor.storage.store import FOLDER, StoredAnchor

_VARIABLES: Final = ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "EMAIL")
_SLACK: Final = 2 * 24 * 60 * 60
"""Seconds by which the commit that adds an anchor may be older than the anchor says it is.

Commits before that are examined only if no other commit added the file.
"""

_EPOCH: Final = 10**9
"""Seconds since the epoch below which git does not take a bare number for a time."""

_LOG: Final = (
    "-c", "log.showRoot=true", "log", "--no-show-signature", "--no-color", "--no-follow", "--no-renames",
    "--no-ext-diff", "--encoding=UTF-8", "--name-status", "--format=/%H%x09%ae%x09%an <%ae>",
)  # fmt: skip
"""Without the mailmap, because whoever can commit can change that file."""


class Provenance(NamedTuple):
    """Whether an anchor came from elsewhere, and the newest commit of others that its text came by.

    `commit` and `author` are None for this clone's own text, and where the commit cannot be known.
    """

    untrusted: bool
    commit: str | None = None
    author: str | None = None

    def __str__(self) -> str:
        """Return a sentence on an anchor from elsewhere; empty for this clone's own."""
        if not self.untrusted:
            return ""
        if self.commit is None:
            return "By whose commit it came, this clone cannot know."
        commit = self.commit[:SHORT_COMMIT]
        return f"It came by commit {commit} of {self.author}, from outside of this clone."


OWN: Final = Provenance(untrusted=False)
UNKNOWN: Final = Provenance(untrusted=True)


class _Touch(NamedTuple):
    """A commit that changed an anchor's file, or added it."""

    commit: str
    mail: str
    author: str
    adds: bool


class Inquiry:
    """The questions to git about one anchor, answered while other work goes on."""

    def __init__(
        self, repository: Repository, stored: StoredAnchor, place: str | None, kept: Journal
    ) -> None:
        """Start asking about an anchor.

        `place` is where the anchor lies if not here: a branch, or the folder of a worktree. `kept`
        is this clone's journal; what it recorded was written here.
        """
        is_folder = place is not None and Path(place).is_absolute()
        self._root = Path(place) if place and is_folder else repository.root
        self._repository = repository
        self._stored = stored
        self._kept = kept
        self._on_branch = place is not None and not is_folder
        self._tips = [f"refs/{kind}/{place}" for kind in ("heads", "remotes")]
        if place is None or is_folder:
            self._tips = ["HEAD"]
        self._questions = Questions(
            [
                self._log(stored.anchor.created),
                IDENTITIES,
                *(("rev-parse", "--verify", "--quiet", f"{tip}:{stored.path}") for tip in self._tips),
            ],
            self._root,
        )

    def answer(self) -> Provenance:
        """Wait for git, and return the provenance."""
        log, settings, *found = self._questions.answers()
        recorded = next((decode(blob).strip() for blob in found if blob), None)
        content = self._content()
        if content is None and recorded is None:
            return OWN
        is_recorded = content is None or (recorded is not None and blob(content, recorded) == recorded)
        if is_recorded:
            touches = list(_touches(log))
            if not any(touch.adds for touch in touches):  # it is older than it says
                touches = self._touches(self._log(None))
        elif decode(content or b"") in self._written():
            return OWN
        else:  # no commit of this branch has this content, but another may have brought it
            touches = self._touches(self._log(None, *self._coming()), self._bringing(content or b""))
        own = _own_mails(settings)
        foreign = next((touch for touch in touches if touch.mail.casefold() not in own), None)
        unknown = self._repository.shallow_commits().intersection(touch.commit for touch in touches)
        if foreign is None and not unknown and (touches or not is_recorded):
            return OWN  # or in no commit yet: its author will be whoever commits it
        if is_recorded:
            text = self._repository.ask("cat-file", "blob", recorded or "")
            if text is not None and text in self._written():
                return OWN
        return (
            UNKNOWN if foreign is None or unknown else Provenance(True, foreign.commit, foreign.author)
        )

    def _content(self) -> bytes | None:
        """Return the present content of the file; None if it lies only on a branch."""
        if self._on_branch:
            return None
        with contextlib.suppress(OSError):
            return safe_open.read(self._root / self._stored.path)
        return None

    def _written(self) -> set[str]:
        return _written(self._kept, self._stored.path)

    def _touches(self, *logs: Sequence[str]) -> list["_Touch"]:
        return [touch for log in Questions(logs, self._root).answers() for touch in _touches(log)]

    def _log(self, created: datetime | None, *further: str) -> Sequence[str]:
        """Return the question to git which commits touched the file, from about the anchor's time on."""
        moment = 0 if created is None else int(created.timestamp()) - _SLACK
        since = (f"--since={moment}",) if moment > _EPOCH else ()
        tips = (*self._tips, *further)
        return (*_LOG, *since, "--ignore-missing", *tips, "--", *literal([self._stored.path]))

    def _bringing(self, content: bytes) -> Sequence[str]:
        """Return the question to git which commits brought this exact content to any anchor path."""
        like = self._repository.head.commit or self._repository.git("hash-object", "--stdin")
        found = (f"--find-object={blob(content, like)}", "--full-history", "--ignore-missing")
        return (*_LOG, *found, "--all", *self._coming(), "--", *literal([FOLDER]))

    def _coming(self) -> tuple[str, ...]:
        """Return what is being merged or picked, or was fetched last, even without a branch.

        See gitrevisions(7).
        """
        folder = self._repository.git_dir
        several = [(folder / name) for name in ("MERGE_HEAD", "FETCH_HEAD")]
        ids: list[str] = []
        for file in several if self._root == self._repository.root else ():
            with contextlib.suppress(OSError):
                words = (line.split("\t")[0] for line in file.read_text("ascii", "replace").split("\n"))
                ids += filter(is_object_id, words)
        return ("HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "FETCH_HEAD", *ids)


def _touches(log: bytes | None) -> Iterator[_Touch]:
    """Yield the commits in git's output, newest first."""
    words: list[str] = []
    adds = False
    for line in decode(log or b"").split("\n"):
        if line.startswith("/"):
            if words:
                yield _Touch(words[0], words[1], words[2], adds)
            words, adds = line[1:].split("\t", 2), False
        adds = adds or line.startswith("A\t")
    if words:
        yield _Touch(words[0], words[1], words[2], adds)


def _own_mails(settings: bytes | None) -> set[str]:
    """Return the addresses of this clone's own identities, casefolded."""
    entries = decode(settings or b"").split("\0")
    mails = {entry.partition("\n")[2] for entry in entries} | {os.environ.get(n, "") for n in _VARIABLES}
    return {mail.strip().strip("<>").casefold() for mail in mails} - {""}


def _written(kept: Journal, path: str) -> set[str]:
    """Return the texts of a file that were written in this clone, from its first one on.

    An edit of a text by others remains theirs.
    """
    own: set[str] = set()
    began_own: set[str] = set()
    name = Path(path).name
    for entry in kept.entries(f"-{name}"):
        try:
            found, content = entry.read()
        except OSError:
            continue
        text = decode(content)
        if found != path:
            continue
        if entry.action == journal.EDIT and text in own:
            began_own.add(entry.moment)
        elif entry.action == journal.ADD or (
            entry.action == journal.AFTER and entry.moment in began_own
        ):
            own.add(text)
    return own
