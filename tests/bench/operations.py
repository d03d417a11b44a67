"""The commands that are measured, in one store: what each is called in the tables, and how it is run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import stores, texts
from tests.bench.timing import Case, Command, Unmeasured

LOG: Final = "GPT_Anchors_Log.md"
_SECTIONS: Final = (
    *("-c", "The gauge of station 3 counts a tip twice in strong wind. " * 8),
    *("-m", "".join(f"- ✅ Compared the gauge of station {number}\n" for number in range(6))),
    *("-n", "Leave the new gauge beside the old one for a week, and compare the totals."),
    *("-d", "PlatformIO 6"),
)

READ: Final = ("resume", "show", "status", "list -n 20", "list", "search", "search --all")
WHOLE: Final = ("list --json", "web")
WRITE: Final = ("add", "render")
FIRST: Final = "first index"


@dataclass(frozen=True)
class Store:
    """One repository three times: to read, to write into, and as a fresh clone."""

    count: int
    reader: Path
    writer: Path
    fresh: Path

    @classmethod
    def make(cls, folder: Path, count: int) -> "Store":
        """Make it in a folder that is not there yet."""
        folder.mkdir()
        reader = stores.make(folder / "reader", count)
        return cls(
            count,
            reader,
            stores.copy(reader, folder / "writer"),
            stores.clone(reader, folder / "fresh"),
        )

    def cases(self) -> dict[str, Case]:
        """All commands by their names in the tables, but `web` where it is not there."""
        words = {
            "resume": ("resume",),
            "show": ("show",),
            "status": ("status",),
            "list -n 20": ("list", "-n", "20"),
            "list": ("list",),
            "search": ("search", texts.WORD),
            "search --all": ("search", "--all", texts.WORD),
            "list --json": ("list", "--json"),
        }
        cases = {name: Case(_anchor(self.reader, *command)) for name, command in words.items()}
        page = web(self.reader)
        if page is not None:
            cases["web"] = Case(page)
        cases["add"] = Case(_anchor(self.writer, "add", "Weather_Station_Gauge_Repair", *_SECTIONS))
        cases["render"] = Case(_anchor(self.writer, "render"), (self.writer / LOG).unlink)
        cases[FIRST] = Case(_anchor(self.fresh, "search", texts.WORD), lambda: stores.forget(self.fresh))
        return cases


def web(root: Path) -> Command | None:
    """The command that prints the page of all anchors; None if this version has none."""
    command = _anchor(root, "web")
    try:
        _anchor(root, "web", "-h").run()
    except Unmeasured:
        return None
    return command


def _anchor(root: Path, *words: str) -> Command:
    return Command(("git-anchor", *words), root)
