"""How long the parser takes, against how much there is: `python -m tests.bench.parsing`.

Parses logs of 1, 2, 4, 8 and 10 MB, three times each round robin, and prints the medians and the time
per megabyte: a log like the real ones of `../shared/seeds`, where those are present, and one made of
the corpus, whose entries are many, short and each of another shape.
"""

import gc
import itertools
import statistics
import sys
import time
from collections.abc import Mapping, Sequence

from gitanchor.cli.entry import OBJECTS
from gitanchor.parsing import parse
from tests.faults.mutations import originals
from tests.repositories import SEEDS

SIZES = (1, 2, 4, 8, 10)
ROUNDS = 3
LONG = 20
"""Characters of a line that is told apart: labels, names alone and times are shorter."""


def seeds() -> list[str]:
    """The real logs, where they are present."""
    return [parse.decode(path.read_bytes(), path.name).text for path in sorted(SEEDS.glob("*.txt"))]


def corpus() -> list[str]:
    """The samples; those in a YAML fence would make one block of the whole log."""
    return [text for text in originals() if "```yaml" not in text]


def log_of(megabytes: int, texts: Sequence[str]) -> str:
    """A log of a size in MB (1,000,000 characters), made of texts.

    Each time that a sample comes again its longer lines differ, as they would in a real log.
    """
    samples = [text.split("\n") for text in texts]
    size, pieces = 0, list[str]()
    for turn in itertools.count():
        for sample in samples:
            lines = [f"{line} {turn}" if len(line) > LONG else line for line in sample]
            pieces += [*lines, "", "**23:03 10/28/2025**", ""]
            size += sum(map(len, lines)) + len(lines) + 24
        if size >= megabytes * 1_000_000:
            return "\n".join(pieces)[: megabytes * 1_000_000]
    raise AssertionError


def measure(logs: Mapping[int, str]) -> None:
    """Measure and print what some logs take."""
    times: dict[int, list[float]] = {size: [] for size in logs}
    drafts = {}
    for _ in range(ROUNDS):
        for size, text in logs.items():
            start = time.perf_counter()
            drafts[size] = len(parse.parse(text).drafts)
            times[size].append(time.perf_counter() - start)
    for size, measured in times.items():
        median = statistics.median(measured)
        print(f"{size:3} MB {drafts[size]:7} anchors {median:6.2f} s {median / size:6.3f} s/MB")


def main() -> int:
    """Measure and print."""
    gc.set_threshold(OBJECTS)  # as the command does
    for name, texts in (("like the real logs", seeds()), ("like the corpus", corpus())):
        if texts:
            print(name)
            measure({size: log_of(size, texts) for size in SIZES})
    return 0


if __name__ == "__main__":
    sys.exit(main())
