"""Streams a large synthetic data export, and prints how long that took and how much memory.

    python -m tests.faults.export --megabytes 2048 [--format claude] [--single] [--zip]

The export goes to a temporary file. A process of its own reads it, so that the memory is that of the
reading alone. Ends with status 1 if an anchor is missing or the peak is 300 MB or more.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MEGABYTE: Final = 1024 * 1024
LIMIT: Final = 300 * MEGABYTE
TURNS: Final = 60
ANCHOR_EVERY: Final = 50
"""One answer in so many holds an anchor."""

_FILLER: Final = "Knead the dough, wait, fold it over and wait again; it will tell you when. " * 40
_ANCHOR: Final = (
    "Here it is.\n\nResume from anchor: [Loaf_{number}]\nContext: batch {number}, on a warm day\n"
    "Current milestone: dough {number} has risen\nNext action: bake it\nDependencies: oven, peel\n"
)
# The peak of this process alone: ru_maxrss starts from what the parent had before exec (getrusage(2)).
_READER: Final = """\
import pathlib, resource, sys
from gitanchor.importing import chat_exports as exports
found = [len(message.text) for message in exports.read(pathlib.Path(sys.argv[1]))]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
status = pathlib.Path("/proc/self/status")
if status.exists():
    lines = status.read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
print(len(found), peak * 1024)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What reading an export took: seconds, bytes at the peak, and the answers that it found."""

    seconds: float
    peak: int
    answers: int


def main() -> int:
    """Write an export, read it, and say what that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--format", choices=("chatgpt", "claude"), default="chatgpt")
    parser.add_argument("--single", action="store_true", help="one conversation that holds it all")
    parser.add_argument("--zip", action="store_true", help="read it out of a .zip")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "conversations.json")
        size = options.megabytes * MEGABYTE
        expected = write(path, size, vendor=options.format, single=options.single)
        if options.zip:
            path = packed(path)
        measured = measure(path)
    mb = measured.peak / MEGABYTE
    print(f"{options.megabytes} MB of {options.format}: {measured.seconds:.1f} s, peak {mb:.0f} MB,")
    print(f"{measured.answers} of {expected} anchors found")
    return int(measured.answers != expected or measured.peak >= LIMIT)


def measure(path: Path) -> Measured:
    """Read an export in a process of its own."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _READER, str(path)], check=True, capture_output=True, text=True
    )
    answers, peak = map(int, done.stdout.split())
    return Measured(time.perf_counter() - begun, peak, answers)


def write(path: Path, size: int, *, vendor: str, single: bool = False) -> int:
    """Write an export of at least `size` bytes; return how many anchors it holds."""
    turn_of, around = {"chatgpt": (_node, "{}"), "claude": (_message, "[]")}[vendor]
    head, tail = _shell(vendor)
    number = anchors = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write("[")
        while stream.tell() < size:
            stream.write(("," if number else "") + head + around[0])
            first = number
            while number - first < TURNS or (single and stream.tell() < size):
                stream.write("," if number > first else "")
                anchors += _holds_anchor(number)
                stream.write(turn_of(number, number == first))
                number += 1
            stream.write(around[1] + tail)
        stream.write("]")
    return anchors


def packed(path: Path) -> Path:
    """The same export in a .zip beside it."""
    target = path.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(path, "export/conversations.json")
    return target


def _shell(vendor: str) -> tuple[str, str]:
    if vendor == "chatgpt":
        return '{"title":"Bread","create_time":1760000000.5,"mapping":', ',"conversation_id":"c-1"}'
    return '{"uuid":"c-1","name":"Bread","created_at":"2025-10-09T08:53:20Z","chat_messages":', "}"


def _holds_anchor(number: int) -> bool:
    return number % (2 * ANCHOR_EVERY) == 1


def _text(number: int) -> str:
    return _ANCHOR.format(number=number) if _holds_anchor(number) else f"{number}: {_FILLER}"


def _node(number: int, first: bool) -> str:
    key = f"0a4e{number:08x}-aaaa-4bbb-8ccc-0123456789ab"
    node: dict[str, Any] = {
        "id": key,
        "message": {
            "id": key,
            "author": {"role": "assistant" if number % 2 else "user", "name": None, "metadata": {}},
            "create_time": 1760000000.25 + number,
            "content": {"content_type": "text", "parts": [_text(number)]},
            "status": "finished_successfully",
            "weight": 1.0,
            "metadata": {"model_slug": "m", "citations": [], "request_id": key},
            "recipient": "all",
        },
        "parent": None if first else f"0a4e{number - 1:08x}-aaaa-4bbb-8ccc-0123456789ab",
        "children": [],
    }
    return f"{json.dumps(key)}:{json.dumps(node)}"


def _message(number: int, first: bool) -> str:
    text = _text(number)
    return json.dumps(
        {
            "uuid": f"0a4e{number:08x}-aaaa-4bbb-8ccc-0123456789ab",
            "text": text,
            "content": [{"type": "text", "text": text, "citations": []}],
            "sender": "assistant" if number % 2 else "human",
            "created_at": "2025-10-09T08:53:20.123456Z",
            "attachments": [{"file_name": "a.txt", "extracted_content": _FILLER}] if first else [],
            "files": [],
        }
    )


if __name__ == "__main__":
    sys.exit(main())
