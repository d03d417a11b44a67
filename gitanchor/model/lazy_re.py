"""Regular expressions that are compiled when they are used for the first time, not when they are loaded.

Compiling those of all modules that a command loads takes longer than what it then does.
"""

import re
from typing import Any, cast


class _Late:
    """Stands for a compiled pattern; what is asked of it is kept, so that it is asked but once."""

    def __init__(self, text: str, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


def late(text: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, but that a fault in the expression is raised at its first use."""
    return cast("re.Pattern[str]", _Late(text, flags))
