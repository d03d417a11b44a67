"""What an import of a file's history would do."""

from dataclasses import dataclass

from gitanchor.git.file_history import Version
from gitanchor.model.anchor import Anchor


@dataclass(frozen=True, slots=True)
class Recovered:
    """An anchor of the history. `action` is `add`, or `keep` if it is already here.

    `first` and `last` are the first and last version that had it, `line` is its line in the last.
    `remarks` say what was guessed, and which text is not that of the last version.
    """

    anchor: Anchor
    action: str
    line: int
    first: Version
    last: Version
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """What an import of a history would do: its anchors, newest first.

    `versions` is the number of versions that were read; `remarks` are about those that were not or
    had to be repaired, and about entries that are no anchors.
    """

    entries: tuple[Recovered, ...]
    versions: int
    remarks: tuple[str, ...]

    @property
    def added(self) -> list[Recovered]:
        """The entries that are new here."""
        return [entry for entry in self.entries if entry.action == "add"]
