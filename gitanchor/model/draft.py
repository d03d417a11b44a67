"""The result of parsing a text: drafts of anchors, and remarks on lines of the text."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from gitanchor.model.anchor import SECTIONS, Dependency
from gitanchor.model.lazy_re import late

_BRANCH: Final = late(
    r"\bbranch(?:es)?\W{0,4}(?:[=:]\s*)?`(?P<after>[^`\s]+)`"
    r"|`(?P<before>[^`\s]+)`\)?\s+branch\b"
    r"|\bbranch\s*[=:]\s*(?P<bare>[\w./-]*\w)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class WrittenTime:
    """A time as written in a text, and the moment that it means.

    `moment` has no offset if the text names none, and is None if the text cannot be read. `weekday`
    (0 is Monday) is set only if it is not the weekday of the date. `years` are those that a damaged
    year may stand for; then `moment` is None, and `partly` the time in any of these years. Of a time
    without a year, `partly` is the time in a leap year. `remark` says what was guessed.
    """

    text: str
    moment: datetime | None
    remark: str | None = None
    weekday: int | None = None
    years: tuple[int, ...] = ()
    partly: datetime | None = None

    @property
    def lacks_year(self) -> bool:
        """Whether no year is written, and none is known yet."""
        return self.moment is None and self.partly is not None and not self.years


@dataclass(slots=True)
class Draft:
    """What a text says about one anchor. `name` and `time` are None if the text has none.

    `line` and `last` are the numbers of its first and last line, `lines` those of each section. `id`
    and `meta` are set only for entries of a generated log; `edited` says that such an entry was
    changed by hand, and `digest` is the digest of the entry as it was generated. `is_snapshot` says
    that the whole document is this one note. `is_day_only` says that its time is a day without a time
    of day, `named_branch` is the branch that a line of its own names.
    """

    line: int
    last: int = 0
    name: str | None = None
    time: WrittenTime | None = None
    context: str = ""
    milestone: str = ""
    next_action: str = ""
    dependencies: tuple[Dependency, ...] = ()
    notes: str = ""
    id: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    edited: bool = False
    digest: str = ""
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    is_snapshot: bool = False
    is_day_only: bool = False
    named_branch: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all sections are empty."""
        return not any(getattr(self, section) for section in SECTIONS)

    @property
    def missing(self) -> list[str]:
        """The sections that are empty."""
        return [section for section in SECTIONS if not getattr(self, section)]

    @property
    def branch(self) -> str | None:
        """The branch that the sections name, if they name exactly one."""
        if self.named_branch is not None:
            return self.named_branch
        texts = [self.context, self.milestone, self.next_action]
        texts += [item.text for item in self.dependencies]
        found = {
            match[match.lastgroup or 0]
            for text in texts
            for match in _BRANCH.finditer(text.replace("**", ""))
        }
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Remark:
    """A message to the person about the lines `first` to `last` of the input.

    `kind` is request, left out, guessed, repaired or layout.
    """

    first: int
    last: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The drafts of a text in the order of the text, and remarks on every line that is in no draft."""

    drafts: tuple[Draft, ...]
    remarks: tuple[Remark, ...]
