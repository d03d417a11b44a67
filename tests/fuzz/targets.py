"""What is fuzzed: the targets, good inputs to begin with, mutations of them, and what came of it."""

import contextlib
import random
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gitanchor.git.names import Head
from gitanchor.model import escaping
from gitanchor.model.anchor import Anchor, Dependency
from gitanchor.model.errors import AnchorError, BadAnchorFile
from gitanchor.operations import selectors
from gitanchor.parsing import encoding, parse
from gitanchor.storage import codec
from gitanchor.storage.secrets import scanner
from gitanchor.storage.store import StoredAnchor
from tests.faults import mutations

LIMIT_SECONDS = 1.0
LONGEST = 4096
ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
KEPT = {"\n", "\t", "\u200d"}

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANCHORS = [
    StoredAnchor(
        Anchor(
            f"{number:x}a3f91c2", name, NOW, "A U Thor <a@example.com>", branch, "5c1e" * 10, dirty=False,
            context="c\n```\nNext action: x\n```", milestone="✅ a\n- b", next_action=" Run `x`: \t",
            dependencies=(Dependency("Tools: gcc", "tool"), Dependency("a\nb", check="env:A")),
            extra={"mood": {"good": ["yes", None]}},
        ),
        f".anchors/2026/03/{number}.yaml",
    )
    for number, (name, branch) in enumerate([("Rain", "main"), ("Rain_Gauge", "main"), ("é😀 @{1}", None)])
]  # fmt: skip


def read_file(data: bytes) -> None:
    """An anchor file is refused, or reads back as the anchor that it is."""
    with contextlib.suppress(BadAnchorFile, UnicodeDecodeError):
        anchor = codec.load(data.decode(), "file")
        assert codec.load(codec.dump(anchor), "again") == anchor


def read_text(data: bytes) -> None:
    """A chat's answer or a log is parsed, whatever it is."""
    with contextlib.suppress(AnchorError):
        parse.parse(encoding.decode(data, "text").text)


def show(data: bytes) -> None:
    """Nothing that a terminal gets acts on it, and what is shown is shown the same again."""
    shown = escaping.escaped(data.decode("utf-8", "surrogateescape"))
    assert all(char in KEPT or unicodedata.category(char) not in ACTING for char in shown), shown
    assert escaping.escaped(shown) == shown


def select(data: bytes) -> None:
    """A selector names an anchor, or it is said why not."""
    with contextlib.suppress(AnchorError):
        selectors.select(ANCHORS, data.decode("utf-8", "surrogateescape"), Head("main", None, None))


def hide(data: bytes) -> None:
    """What is found in a text lies within it, and what is shown of it is on one line and short."""
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    for finding in scanner.scan(text):
        assert finding.column <= len(lines[finding.line - 1]) + 1, finding
        assert "\n" not in finding.masked, finding
        assert len(finding.masked) < 40, finding


TARGETS: dict[str, Callable[[bytes], None]] = {
    "codec": read_file,
    "parse": read_text,
    "terminal": show,
    "selectors": select,
    "secrets": hide,
}


def seeds(target: str) -> list[bytes]:
    """Good inputs to begin with."""
    match target:
        case "codec":
            return [codec.dump(stored.anchor).encode() for stored in ANCHORS]
        case "parse":
            return [text.encode()[:LONGEST] for text in mutations.originals()]
        case "terminal":
            texts = [
                "é 日本 👩‍💻 ✅️ क्‍ष 葛\U000e0100",
                "\x1b]52;c;aGk=\x07\x9b31m",
                "\u202e\u2066\U000e0041\ufeff",
            ]
            return [text.encode() for text in texts]
        case "secrets":
            texts = [
                "DB_PASSWORD='rain7gauge!'",
                "https://ada:rain7gauge@host/x token: ${TOKEN}",
                f"ghp_{'aB3' * 12} AKIA{'Q7' * 8} eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
            ]
            return [text.encode() for text in texts]
    return [b"@", b"@{1}", b"main@{0}", b"0a3f", b"Rain", b"-x", "é😀 @{1}".encode()]


@dataclass
class Counts:
    """What came of the inputs of one target."""

    target: str
    inputs: int = 0
    findings: list[str] = field(default_factory=list)
    slowest: float = 0.0
    slowest_input: bytes = b""

    def take(self, data: bytes) -> None:
        """Give the target one input."""
        self.inputs += 1
        start = time.process_time()
        try:
            TARGETS[self.target](data)
        except Exception as failure:  # whatever it is, it is a finding
            self._found(f"{type(failure).__name__}: {str(failure)[:200]}", data)
        took = time.process_time() - start
        if took > self.slowest:
            self.slowest, self.slowest_input = took, data
        if took > LIMIT_SECONDS:
            self._found(f"took {took:.1f} s", data)

    def _found(self, what: str, data: bytes) -> None:
        if len(self.findings) < 20:
            self.findings.append(f"{what!a}: {data[:400]!r}")

    def report(self, way: str) -> str:
        """What is printed of it."""
        lines = [f"{self.target}: {self.inputs} inputs ({way}), {len(self.findings)} findings"]
        lines += [f"  {finding}" for finding in self.findings]
        lines.append(f"  slowest: {self.slowest * 1000:.1f} ms, {self.slowest_input[:80]!r}")
        return "\n".join(lines)


def mutated(data: bytes, pieces: Sequence[bytes], chance: random.Random) -> bytes:
    """Bytes with a few parts cut, doubled, changed or put in."""
    for _ in range(chance.randrange(1, 6)):
        place, other = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        match chance.randrange(5):
            case 0:
                data = data[:place] + data[other:]
            case 1:
                data = data[:place] + data[place:other] * 2 + data[other:]
            case 2:
                data = data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]
            case 3:
                data = data[:place] + chr(chance.randrange(1, 0xD800)).encode() + data[place:]
            case _:
                piece = chance.choice(pieces)
                begin, end = sorted(chance.randrange(len(piece) + 1) for _ in range(2))
                data = data[:place] + piece[begin:end] + data[place:]
    return data[:LONGEST]


def at_random(target: str, inputs: int, seed: int) -> Counts:
    """Mutations of the seeds, and of some of their mutations."""
    chance = random.Random(seed)
    first = seeds(target)
    pool = list(first)
    counts = Counts(target)
    for number in range(inputs):
        data = mutated(chance.choice(pool), first, chance)
        counts.take(data)
        if number % 10 == 0:
            pool[len(first) :] = [*pool[len(first) :], data][-200:]
    return counts
