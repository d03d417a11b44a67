"""A row of a table: what was measured, what with, and what the bar says to it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from tests.bench.timing import Spread, Times

SECONDS: Final = "s"


@dataclass(frozen=True)
class Row:
    """One comparison.

    The ratio is that of the medians, `measured` to `reference`. Without a `reference` the bar is in the unit of
    `measured`. Without a bar the row is there to be known. Where `reason` says something, nothing was measured;
    `failed` is what was tried.
    """

    operation: str
    anchors: int
    against: str
    bar: float | None = None
    measured: Spread | None = None
    reference: Spread | None = None
    unit: str = SECONDS
    reason: str = ""
    failed: bool = False

    @classmethod
    def timed(
        cls,
        operation: str,
        anchors: int,
        times: Times,
        names: tuple[str, str],
        against: str,
        bar: float | None,
    ) -> "Row":
        """The row of two cases of one run: the one that is measured, and the one that it is compared with."""
        missing = [
            times.reasons.get(name, "not measured") for name in names if name not in times.spreads
        ]
        if missing:
            failed = names[0] in times.failed
            return cls(operation, anchors, against, bar, reason=missing[0], failed=failed)
        own, other = (times.spreads[name] for name in names)
        return cls(operation, anchors, against, bar, own, other)

    @property
    def ratio(self) -> float | None:
        """How many times the reference it was."""
        if self.measured is None or self.reference is None:
            return None
        return self.measured.median / self.reference.median

    @property
    def excess(self) -> float | None:
        """By what part of the bar it was missed: at most 0 where it was met. None if there is nothing to say."""
        if self.bar is None or self.measured is None:
            return None
        ratio = self.ratio
        return (self.measured.median if ratio is None else ratio) / self.bar - 1

    @property
    def verdict(self) -> str:
        """`met`, `missed`, `skipped`, or `known` where there is no bar. A command that fails misses its bar."""
        if self.reason:
            return "missed" if self.failed and self.bar is not None else "skipped"
        if self.excess is None:
            return "known"
        return "met" if self.excess <= 0 else "missed"

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON types."""
        excess = self.excess
        return {
            **asdict(self),
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "verdict": self.verdict,
            "missed_by_percent": round(excess * 100, 1) if excess is not None and excess > 0 else None,
        }


def said(row: Mapping[str, Any]) -> str:
    """The verdict of a row of the JSON in words."""
    match row["verdict"]:
        case "missed" if row["failed"]:
            return f"missed: {row['reason']}"
        case "missed":
            percent = row["missed_by_percent"]
            return f"missed by {percent:.{0 if percent >= 10 else 1}f} %"
        case "skipped":
            return f"skipped: {row['reason']}"
        case "known":
            return ""
    return str(row["verdict"])


def amount(spread: Mapping[str, Any] | None, unit: str) -> str:
    """A median with its quartiles, in the unit that reads best."""
    if spread is None:
        return ""
    low, middle, high = (spread[name] for name in ("low", "median", "high"))
    if unit == SECONDS and middle < 1:
        low, middle, high, unit = low * 1000, middle * 1000, high * 1000, "ms"
    digits = 1 if middle < 100 else 0
    digits = 2 if unit == SECONDS or middle < 10 else digits
    whole = f"{middle:.{digits}f} {unit}"
    return whole if spread["rounds"] == 1 else f"{whole} ({low:.{digits}f}–{high:.{digits}f})"
