"""Regular expressions that are compiled at their first use, not when their module is loaded.

Compiling those of all modules that a command loads would take longer than the command itself.
"""

import re
from typing import Any, cast


class _Late:
    """A stand-in for a compiled pattern. It keeps each attribute after its first use."""

    def __init__(self, text: str, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


def late(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern as `re.compile` does, but compile it, and raise its errors, at its first use."""
    return cast("re.Pattern[str]", _Late(text, flags))
