"""The failures that gitanchor expects, each with the exit code that the command line reports.

Anything may raise these; only `cli.main` turns them into a message. A message is one line that says
what is wrong, where, and what to do.
"""

from collections.abc import Iterable


class AnchorError(Exception):
    """Something a person can act on. `exit_code` is the exit status of the process."""

    exit_code = 1
    label = "error"


class NotFound(AnchorError):
    """The answer is no: nothing matches, or a check failed."""


class WrongUsage(AnchorError):
    """What was asked for makes no sense: a bad option, value, name or input."""

    exit_code = 2


class BadAnchorFile(AnchorError):
    """An anchor file (or settings file) cannot be read, and so is never rewritten.

    `path` names the file, relative to the worktree; `reason` says what is wrong with it.
    """

    exit_code = 3

    def __init__(self, path: str, reason: str = "") -> None:
        super().__init__(f"{path}: {reason}" if reason else path)
        self.path = path
        self.reason = reason


class GitFailed(AnchorError):
    """git refused, failed or is missing. The message is git's own where git gave one."""

    exit_code = 4
    label = "fatal"


class WriteFailed(AnchorError):
    """A file could not be written; what was there before is still there."""


class OutputClosed(AnchorError):
    """Whoever read our output has enough of it, as `head` does. Ends as SIGPIPE ends git."""

    exit_code = 141


class Busy(AnchorError):
    """Another process holds the lock for longer than we wait."""

    exit_code = 5


class Overtaken(Busy):
    """A file was changed by another process after it was read, and so was not replaced.

    Where a person's text was lost by that, it is in the journal, and the message says so.
    """


class CommitRefused(AnchorError):
    """A commit that is about to be made would lose something; the pre-commit hook stops it."""


class SecretFound(AnchorError):
    """A text that was to be kept holds a secret. `lines` name each, masked; nothing was written."""

    exit_code = 6

    def __init__(self, lines: Iterable[str], message: str) -> None:
        super().__init__(message)
        self.lines = tuple(lines)
