"""How long the parser takes, against how much there is: `python -m tests.bench.parsing`.

Parses a log made of the corpus and the sample log, repeated to 1, 2, 4, 8 and 10 MB, three times
each round robin, and prints the medians and the time per megabyte.
"""

import statistics
import sys
import time

from gitanchor import parse
from tests.faults.mutations import originals

SIZES = (1, 2, 4, 8, 10)
ROUNDS = 3


def log_of(megabytes: int) -> str:
    """A log of a size in MB (1,000,000 characters), made of samples."""
    texts = "\n\n**23:03 10/28/2025**\n\n".join(text for text in originals() if "```yaml" not in text)
    return (texts * (megabytes * 1_000_000 // len(texts) + 1))[: megabytes * 1_000_000]


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
