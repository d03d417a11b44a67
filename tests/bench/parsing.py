"""How long the parser takes, against how much there is: `python -m tests.bench.parsing`.

Parses a log made of the corpus and the sample log, repeated to 1, 2, 4, 8 and 10 MB, three times
each round robin, and prints the medians and the time per megabyte.
"""

import itertools
import statistics
import sys
import time

from gitanchor import parse
from tests.faults.mutations import originals

SIZES = (1, 2, 4, 8, 10)
ROUNDS = 3
LONG = 20
"""Characters of a line that is told apart: labels, names alone and times are shorter."""


def log_of(megabytes: int) -> str:
    """A log of a size in MB (1,000,000 characters), made of samples.

    Each time that a sample comes again its longer lines differ, as they would in a real log.
    """
    samples = [text.split("\n") for text in originals() if "```yaml" not in text]
    size, pieces = 0, list[str]()
    for turn in itertools.count():
        for sample in samples:
            lines = [f"{line} {turn}" if len(line) > LONG else line for line in sample]
            pieces += [*lines, "", "**23:03 10/28/2025**", ""]
            size += sum(map(len, lines)) + len(lines) + 24
        if size >= megabytes * 1_000_000:
            return "\n".join(pieces)[: megabytes * 1_000_000]
    raise AssertionError


def main() -> int:
    """Measure and print."""
    logs = {size: log_of(size) for size in SIZES}
    times: dict[int, list[float]] = {size: [] for size in SIZES}
    drafts = {}
    for _ in range(ROUNDS):
        for size, text in logs.items():
            start = time.perf_counter()
            drafts[size] = len(parse.parse(text).drafts)
            times[size].append(time.perf_counter() - start)
    for size, measured in times.items():
        median = statistics.median(measured)
        print(f"{size:3} MB {drafts[size]:7} anchors {median:6.2f} s {median / size:6.3f} s/MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
