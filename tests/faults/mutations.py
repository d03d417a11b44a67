"""Mutated logs and answers through the parser: no traceback, no hang, no growth, no line lost.

`python -m tests.faults.mutations --count N [--seed S]` mutates the corpus, the sample log and (where
they lie beside the repository) the two seeds, and prints its counts. Exit status 1 if anything is
wrong.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitanchor.model.anchor import PROSE
from gitanchor.parsing import encoding, parse
from tests.repositories import SEEDS

ROOT = Path(__file__).resolve().parents[2]
PIECES = (
    "```", "~~~", "**", "# ", "- ", "> ", "| a | b |", "---", "\r\n", "\x00", "\x1b[31m", "\u202e", "‚úÖ", "✅ ",
    "Context:", "**Next action:**", "Dependencies:", "Resume from anchor: [X]", "**23:03 10/28/2025**",
    "<!-- anchor 7f3a91c2 -->", '<!-- /anchor 7f3a91c2 {"created": "2025"} 000000000000 -->', "\ud800",
    "Anchor this as chat [X] with next action", "[ANCHOR_NAME]", "```yaml\nanchor: x\ncontext: y\n```",
)  # fmt: skip
LIMIT_SECONDS = 1.0


@dataclass
class Counts:
    """What came of the mutations."""

    inputs: int = 0
    drafts: int = 0
    slowest: float = 0.0
    problems: list[str] = field(default_factory=list)


def originals() -> list[str]:
    """The texts that are mutated."""
    paths = [*sorted((ROOT / "tests/corpus").glob("*.md")), ROOT / "docs/demo/sample_log.md"]
    if SEEDS.is_dir():
        paths += sorted(SEEDS.glob("*.txt"))
    return [path.read_bytes().decode() for path in paths]


def mutated(text: str, chance: random.Random) -> str:
    """The text with a few pieces cut, doubled, swapped or put in. Long ones lose most of it first."""
    if len(text) > 6000:
        start = chance.randrange(len(text) - 4000)
        text = text[start : start + chance.randrange(200, 4000)]
    for _ in range(chance.randrange(1, 8)):
        place, other = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        match chance.randrange(6):
            case 0:
                text = text[:place] + text[other:]
            case 1:
                text = text[:place] + chance.choice(PIECES) + text[place:]
            case 2:
                text = text[:place] + text[place:other] * 2 + text[other:]
            case 3:
                text = text[:place] + "\n" + chance.choice(PIECES) + "\n" + text[place:]
            case 4:
                text = text[:place] + chr(chance.randrange(1, 0x2FFF)) + text[place + 1 :]
            case _:
                lines = text.split("\n")
                chance.shuffle(lines)
                text = "\n".join(lines) if chance.random() < 0.2 else text
    return text[:20_000]


def lost_lines(text: str, parsed: parse.Parsed) -> Iterator[int]:
    """The lines, but for blank ones and empty quotations, that are in no draft, no remark, and not within a draft."""
    held = "\n".join(
        "\n".join([draft.name or "", *(getattr(draft, section) for section in PROSE)])
        + "\n".join(item.text for item in draft.dependencies)
        for draft in parsed.drafts
    )
    told = {number for item in parsed.remarks for number in range(item.first, item.last + 1)}
    spans = [(draft.line, draft.last) for draft in parsed.drafts]
    for number, line in enumerate(text.split("\n"), 1):
        inside = any(first <= number <= last for first, last in spans)
        if line.strip("> \t\r") and number not in told and line.strip() not in held and not inside:
            yield number


def run(count: int, seed: int) -> Counts:
    """Parse so many mutations."""
    chance = random.Random(seed)
    texts = originals()
    counts = Counts()
    for _ in range(count):
        text = mutated(chance.choice(texts), chance)
        start = time.perf_counter()
        try:
            repaired = encoding.repair(text).text if counts.inputs % 16 == 0 else text
            parsed = parse.parse(repaired)
        except Exception as error:  # every kind is a finding
            counts.problems.append(f"{error!r} for {text!r}")
            continue
        finally:
            counts.slowest = max(counts.slowest, time.perf_counter() - start)
        counts.inputs += 1
        counts.drafts += len(parsed.drafts)
        lost = list(lost_lines(repaired, parsed))
        if lost:
            counts.problems.append(f"lines {lost} lost of {repaired!r}")
        if len(counts.problems) > 20:
            break
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a script."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    wanted = parser.parse_args(arguments)
    start = time.perf_counter()
    run(min(2000, wanted.count), wanted.seed + 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counts = run(wanted.count, wanted.seed)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for problem in counts.problems[:20]:
        print(problem[:2000])
    print(f"seed: {wanted.seed}")
    print(f"inputs: {counts.inputs}, drafts in them: {counts.drafts}")
    print(f"tracebacks or lost lines: {len(counts.problems)}")
    print(f"slowest input: {counts.slowest * 1000:.0f} ms")
    print(f"memory: {before // 1024} MB after 2,000 inputs, {after // 1024} MB at the end")
    print(f"seconds: {time.perf_counter() - start:.0f}")
    return bool(counts.problems or counts.slowest > LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
