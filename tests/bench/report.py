"""The report of a run: the document that is written as JSON, and the tables that are made of it.

The tables on the terminal and those of docs/performance.md have the same cells.
"""

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from gitanchor import __version__
from tests.bench import rows
from tests.bench.peers import Peers
from tests.bench.rows import Row

SCHEMA: Final = 1
ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs/performance.md"
BEGIN: Final = "<!-- begin: written by 'python -m tests.bench.run --write-docs', not by hand -->"
END: Final = "<!-- end -->"

_BARS: Final = ("what", "anchors", "measured", "against", "ratio", "bar", "verdict")
_INSTEAD: Final = ("what", "anchors", "theirs", "ours", "theirs / ours", "")


def document(
    name: str,
    sizes: Mapping[str, int],
    bars: Iterable[Row],
    instead: Iterable[Row],
    peers: Peers,
    left_out: Sequence[str],
) -> dict[str, Any]:
    """A run as JSON types; tests/bench/report.schema.json says what each key means."""
    return {
        "schema": SCHEMA,
        "run": name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": {**_versions(), "peers": dict(peers.versions)},
        "sizes": dict(sizes),
        "bars": [row.as_dict() for row in bars],
        "instead": [row.as_dict() for row in instead],
        "unavailable": dict(peers.reasons),
        "left_out": list(left_out),
    }


def machine() -> dict[str, Any]:
    """What this machine is, and how busy it was when asked."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {"system": platform.platform(), "cpu": _cpu(), "cores": cores, "load": busy}


def _cpu() -> str:
    """The model of the processor, as Linux names it, or else Python."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _versions() -> dict[str, str]:
    """Of what is measured and what it is made with."""
    commit = _said("git", "-C", str(ROOT), "rev-parse", "--short=10", "HEAD")
    return {
        "gitanchor": f"{__version__} {commit}".strip(),
        "python": platform.python_version(),
        "git": _said("git", "version").removeprefix("git version "),
        "click": metadata.version("click"),
    }


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def text(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    parts = [*_heading(report), ""]
    if report["bars"]:
        parts += [_aligned(_BARS, _bar_cells(report)), ""]
    if report["instead"]:
        parts += ["What people would use instead", "", _aligned(_INSTEAD, _instead_cells(report)), ""]
    parts += [_summary(report)]
    return "\n".join(parts) + "\n"


def markdown(report: Mapping[str, Any], number: int = 1) -> str:
    """The report for docs/performance.md, without the markers; `number` counts several from 1."""
    of_run = "" if number == 1 else f", run {number}"
    parts = [*(f"- {line}" for line in _heading(report)), "", _summary(report), ""]
    parts += [f"### The bars{of_run}", "", _piped(_BARS, _bar_cells(report)), ""]
    if report["instead"]:
        title = f"### What people would use instead{of_run}"
        parts += [title, "", _piped(_INSTEAD, _instead_cells(report)), ""]
    return "\n".join(parts)


def write_page(*reports: Mapping[str, Any], page: Path = PAGE) -> None:
    """Replace what stands between the markers of a page. Raises ValueError if they are not there."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} lacks the lines '{BEGIN}' and '{END}'")
    told = "\n".join(markdown(report, number) for number, report in enumerate(reports, 1))
    page.write_text(f"{before}{BEGIN}\n\n{told}\n{END}{after}", "utf-8")


def _heading(report: Mapping[str, Any]) -> list[str]:
    """Where, when and with what it was measured."""
    place, versions, sizes = report["machine"], report["versions"], report["sizes"]
    lines = [
        f"{report['run']} of {report['date']}",
        f"{place['cpu']}, {place['cores']} cores, {place['system']}; load at the end {place['load']}",
        ", ".join(f"{name} {version}" for name, version in versions.items() if name != "peers"),
        f"medians with quartiles of {sizes['rounds']} rounds, {sizes['hook_rounds']} of commits with hooks",
    ]
    if sizes["huge_rounds"]:
        lines[-1] += f", {sizes['huge_rounds']} with {sizes['huge']:,} anchors"
    if versions["peers"]:
        lines.append(", ".join(f"{name} {version}" for name, version in versions["peers"].items()))
    lines += [f"not available: {name}: {reason}" for name, reason in report["unavailable"].items()]
    return lines + [f"left out: {what}" for what in report["left_out"]]


def _summary(report: Mapping[str, Any]) -> str:
    verdicts = [row["verdict"] for row in report["bars"]]
    counts = ((verdicts.count(verdict), verdict) for verdict in ("met", "missed", "skipped"))
    return "Bars: " + ", ".join(f"{count} {verdict}" for count, verdict in counts) + "."


def _bar_cells(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    cells: list[tuple[str, ...]] = []
    for row in report["bars"]:
        other = rows.amount(row["reference"], row["unit"])
        bar = "" if row["bar"] is None else f"{row['bar']:g}"
        if bar and row["reference"] is None and row["ratio"] is None and row["against"] in _ABSOLUTE:
            bar = f"{bar} {row['unit']}"
        cells.append(
            (
                row["operation"],
                f"{row['anchors']:,}",
                rows.amount(row["measured"], row["unit"]),
                f"{row['against']} {other}".strip(),
                "" if row["ratio"] is None else f"{row['ratio']:.2f}",
                bar,
                rows.said(row),
            )
        )
    return cells


_ABSOLUTE: Final = {"peak", "seconds", "new objects"}
"""What a bar is about that is no ratio."""


def _instead_cells(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            row["operation"],
            f"{row['anchors']:,}",
            rows.amount(row["measured"], row["unit"]),
            f"{row['against']} {rows.amount(row['reference'], row['unit'])}".strip(),
            "" if row["ratio"] is None else f"{row['ratio']:.2f}",
            rows.said(row),
        )
        for row in report["instead"]
    ]


def _aligned(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    lines = [titles, *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def _piped(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    lines = [
        titles,
        ["---"] * len(titles),
        *([cell.replace("|", "\\|") for cell in row] for row in cells),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
