"""The failures that gitanchor expects, each with the exit status of the command.

Any module may raise these; only `cli.main` turns them into a message. A message is one line that
says what is wrong, where, and what to do.
"""

from collections.abc import Iterable


class AnchorError(Exception):
    """A failure that a person can act on. `exit_code` is the exit status of the process."""

    exit_code = 1
    label = "error"


class NotFound(AnchorError):
    """The answer is no: nothing matches, or a check failed."""


class WrongUsage(AnchorError):
    """The request makes no sense: a bad option, value, name or input."""

    exit_code = 2


class BadAnchorFile(AnchorError):
    """An anchor file (or settings file) cannot be read, and is therefore never rewritten.

    `path` names the file, relative to the worktree; `reason` says what is wrong with it.
    """

    exit_code = 3

    def __init__(self, path: str, reason: str = "") -> None:
        super().__init__(f"{path}: {reason}" if reason else path)
        self.path = path
        self.reason = reason


class GitFailed(AnchorError):
    """git refused, failed or is missing. The message is that of git, if it gave one."""

    exit_code = 4
    label = "fatal"


class WriteFailed(AnchorError):
    """A file could not be written; its old content is still there."""


class OutputClosed(AnchorError):
    """The reader of our output closed it, as `head` does. The exit status is that of git on SIGPIPE."""

    exit_code = 141


class Busy(AnchorError):
    """Another process held the lock for longer than we wait."""

    exit_code = 5


class Overtaken(Busy):
    """Another process changed a file after it was read, so the file was not replaced.

    If text that a person wrote was lost by that, the journal has it, and `kept` names the entry.
    """

    def __init__(self, message: str, kept: str | None = None) -> None:
        super().__init__(message)
        self.kept = kept


class CommitRefused(AnchorError):
    """The commit that is about to be made would lose something, so the pre-commit hook stops it."""


class SecretFound(AnchorError):
    """The text to be written contains a secret, so nothing was written. `lines` name each, masked."""

    exit_code = 6

    def __init__(self, lines: Iterable[str], message: str) -> None:
        super().__init__(message)
        self.lines = tuple(lines)
