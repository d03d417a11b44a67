"""The text of the files that are generated beside the log: a snapshot, and a block in a file of people.

Both show one anchor, as its entry in the log does. `log.output_parts` finds them again in a file.
"""

from typing import Final

from gitanchor.rendering import log_entries

BEGIN: Final = "<!-- git anchor: begin, written by 'git anchor render' -->"
"""The first line of a block."""

CLOSE: Final = "<!-- git anchor: end -->"
"""The last line of a block."""

_WRITTEN: Final = "<!-- Written by 'git anchor render' from the files in .anchors/ -->"
_QUIET: Final = (
    "<!-- markdownlint-disable-file -->",
    "<!-- prettier-ignore-start -->",
    "<!-- fmt: off -->",
)
_TITLE: Final = "# Handoff"
_ABOUT: Final = (
    "Where the last session stopped, for the next one: the newest open anchor of this project."
)
_NO_ANCHOR: Final = "No anchor is open."
_HEADING: Final = "## Where the work stands"
_HOW: Final = (
    "Run `git anchor resume` before you start: it says where the last session stopped, and what has"
    " happened since. Run `git anchor add` before you stop: it tells the next session where you are."
)


def snapshot(entry: str | None) -> str:
    """Return the text of a whole file with one entry; None stands for no open anchor."""
    shown = [entry] if entry is not None else [_NO_ANCHOR]
    return "\n\n".join([_TITLE, *_QUIET, _ABOUT, _WRITTEN, *shown, log_entries.END]) + "\n"


def block(entry: str | None) -> str:
    """Return the block with one entry, without a final line break."""
    shown = [entry] if entry is not None else [_NO_ANCHOR]
    return "\n\n".join([BEGIN, _QUIET[1], _HEADING, _HOW, *shown, log_entries.END, CLOSE])


HEAD: Final = (_TITLE, *_QUIET, _ABOUT, _WRITTEN, _NO_ANCHOR)
"""The lines above the entry of a snapshot."""

BLOCK_HEAD: Final = (BEGIN, _QUIET[1], _HEADING, _HOW, _NO_ANCHOR)
"""The lines above the entry of a block."""

FOOT: Final = (log_entries.END, CLOSE)
"""The lines below the entry of either."""
