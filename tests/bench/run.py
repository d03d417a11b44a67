"""All bars, and what people would use instead: `python -m tests.bench.run [--quick]`.

Prints the tables and writes them as JSON. Everything happens in a folder that is removed at the end; the machine
keeps nothing but the JSON. Exit status 1 if a bar was missed.
"""

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.bench import bars, instead, peers, place, report
from tests.bench.bars import Sizes
from tests.bench.operations import Store

if TYPE_CHECKING:
    from tests.bench.rows import Row

PARTS: Final = ("hooks", "commands", "size", "growth", "instead")
QUICK: Final = Sizes(
    few=100, tenth=200, many=2_000, huge=0, rounds=5, hook_rounds=15, huge_rounds=0, sample=20
)
QUICK_PARTS: Final = ("hooks", "commands", "size")

_PARTS_SAID: Final = {
    "hooks": "commits with hooks",
    "commands": "all commands",
    "size": "the size of the repository",
    "growth": "growth to {huge:,} anchors",
    "instead": "what people would use instead",
}


def measure(name: str, parts: Sequence[str], sizes: Sizes, wanted: Sequence[str]) -> dict[str, Any]:
    """Measure some parts in a place of their own; the report."""
    measured: list[Row] = []
    compared: list[Row] = []
    with place.sealed() as folder:
        say(f"fetching {', '.join(wanted) or 'no other programs'}")
        found = peers.install(wanted, folder / "peers")
        if "hooks" in parts:
            say("commits with hooks")
            measured += bars.of_hooks(folder / "hooks", sizes)
        if set(parts) - {"hooks"}:
            say(f"making {sizes.many:,} anchors")
            many = Store.make(folder / "many", sizes.many)
            steps: dict[str, Callable[[], list[Row]]] = {
                "commands": lambda: bars.of_commands(folder, sizes, many, found),
                "size": lambda: bars.of_size(many, sizes),
                "growth": lambda: bars.of_growth(folder, sizes, many),
            }
            for part, step in steps.items():
                if part in parts:
                    say(_PARTS_SAID[part].format(**dataclasses.asdict(sizes)))
                    measured += step()
        if "instead" in parts:
            say("what people would use instead")
            compared += instead.of_hooks(folder / "others/hooks", found, sizes.rounds)
            compared += instead.of_records(folder / "others", many, found, sizes.rounds)
        return report.document(
            name, dataclasses.asdict(sizes), measured, compared, found, _left_out(parts, sizes, wanted)
        )


def _left_out(parts: Sequence[str], sizes: Sizes, wanted: Sequence[str]) -> list[str]:
    """What a full run does beyond this one."""
    full = dataclasses.asdict(Sizes())
    own = dataclasses.asdict(sizes)
    left = [_PARTS_SAID[part].format(**full) for part in PARTS if part not in parts]
    fewer = [f"{own[name]:,} for {full[name]:,} ({name})" for name in full if 0 < own[name] < full[name]]
    missing = [name for name in peers.PEERS if name not in wanted]
    left += [f"smaller: {', '.join(fewer)}"] if fewer else []
    return left + ([f"programs: {', '.join(missing)}"] if missing else [])


def _name(quick: bool, parts: Sequence[str], sizes: Sizes, wanted: Sequence[str]) -> str:
    """What kind of run it is; a full one leaves nothing out."""
    if quick:
        return "quick run"
    return "partial run" if _left_out(parts, sizes, wanted) else "full run"


def say(what: str) -> None:
    """Tell who waits what is done now."""
    print(f"bench: {what}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    options = _parser().parse_args(arguments)
    if options.write_docs:
        report.write_page(*(json.loads(file.read_bytes()) for file in options.write_docs))
        return 0
    sizes = QUICK if options.quick else Sizes()
    given = {name: getattr(options, name) for name in dataclasses.asdict(sizes)}
    sizes = dataclasses.replace(
        sizes, **{name: value for name, value in given.items() if value is not None}
    )
    parts = options.only or (QUICK_PARTS if options.quick else PARTS)
    wanted: Sequence[str] = tuple(peers.PEERS) if "instead" in parts else ()
    if "commands" in parts and not wanted:
        wanted = peers.IN_BARS
    try:
        measured = measure(_name(options.quick, parts, sizes, wanted), parts, sizes, wanted)
    except KeyboardInterrupt:
        say("interrupted; nothing is left behind")
        return 130
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", "utf-8")
    with contextlib.suppress(AttributeError):
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(report.text(measured), end="")
    say(f"written to {options.json}")
    return 1 if any(row["verdict"] == "missed" for row in measured["bars"]) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.run", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="a smaller run of at most 3 minutes")
    parser.add_argument("--json", type=Path, default=report.ROOT / "build/bench.json", metavar="FILE")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--write-docs",
        type=Path,
        nargs="+",
        metavar="JSON",
        help="fill docs/performance.md from a run, or from the runs of several parts",
    )
    for name in dataclasses.asdict(Sizes()):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N")
    return parser


if __name__ == "__main__":
    sys.exit(main())
