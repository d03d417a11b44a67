"""The names under which people and coding agents keep notes for the next session.

How many public repositories have a file of a name was counted in an index of public code in 2026; the
other names are those that tools for agents write, as their documentation says.
"""

import fnmatch
from typing import Final

ENDINGS: Final = (".markdown", ".md", ".txt")
"""The ends of the names of notes."""

NAMES: Final = (
    "session_summary*.md",  # 8,726 repositories
    "memory-bank/*.md",  # 2,900; Cline's and Roo Code's memory bank
    "memory_bank/*.md",
    ".memory-bank/*.md",
    "handover*.md",  # 2,648
    "session_notes*.md",  # 1,893
    "handoff*.md",  # 1,862
    "session_handoff*.md",  # 1,614
    "next_session*.md",  # 1,490
    "session_log*.md",  # 1,179
    "devlog*.md",  # 1,023
    "session-*.md",
    "*-handoff.md",
    "*_handoff.md",
    "*-handover.md",
    "handoffs/*.md",
    "handovers/*.md",
    "sessions/*.md",
    "session-logs/*.md",
    "status.md",
    "progress.md",
    "worklog*.md",
    "work_log*.md",
    "continue*.md",
    "continuation*.md",
    "activecontext.md",
    "current_state*.md",
    "project_state*.md",
    "project_status*.md",
    "claude-progress*.txt",  # Anthropic's guide to long-running agents
    ".planning/state.md",  # get-shit-done
    "gpt_anchors_log*.md",
    "*anchors_log*.md",
    "*anchors*log*.txt",
)


def is_known(path: str) -> bool:
    """Return whether a path from the top of a worktree has one of these names, in any folder."""
    lowered = path.lower().replace(" ", "_")
    parts = lowered.split("/")
    ends = ["/".join(parts[-count:]) for count in (1, 2) if count <= len(parts)]
    return any(fnmatch.fnmatchcase(end, name) for end in ends for name in NAMES)
