"""Find secrets with gitleaks, if it is on PATH.

The text goes to its standard input and the report comes from its standard output, never through a file.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, Final

_REPORT: Final = ("--no-banner", "--log-level=error", "--exit-code=0", "--report-format=json")
_WAYS: Final = (("stdin",), ("detect", "--pipe", "--no-git"))
"""The arguments for reading standard input: since gitleaks 8.19, and before."""

_SECONDS: Final = 30


def found_in(texts: Mapping[str, str]) -> dict[str, list[tuple[int, int, str]]]:
    """Return the places of what gitleaks finds as (start, end, rule), by the names of the texts.

    Empty if gitleaks is not installed or cannot be run.
    """
    program = shutil.which("gitleaks")
    if not texts or program is None or os.name != "posix":  # the report is read from /dev/stdout
        return {}
    whole = "\n".join(texts.values())
    for way in _WAYS:
        report = _report([program, *way, *_REPORT, "--report-path=/dev/stdout"], whole)
        if report is not None:
            return {
                name: sorted({hit for each in report for hit in _places(each, text)})
                for name, text in texts.items()
            }
    return {}


def _report(command: list[str], text: str) -> list[Any] | None:
    """Return the report of a command; None if it failed."""
    try:
        done = subprocess.run(
            command,
            input=text.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        report = json.loads(done.stdout or b"null")
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return report if done.returncode == 0 and isinstance(report, list) else None


def _places(each: Any, text: str) -> list[tuple[int, int, str]]:
    """Return all places of a reported secret. Its line numbers are not used: the texts were joined."""
    secret, rule = (each.get(key) if isinstance(each, dict) else None for key in ("Secret", "RuleID"))
    if not isinstance(secret, str) or not isinstance(rule, str) or not secret:
        return []
    places = []
    place = text.find(secret)
    while place >= 0:
        places.append((place, place + len(secret), f"gitleaks:{rule}"))
        place = text.find(secret, place + len(secret))
    return places
