"""The form that the editor opens for an anchor, which is the text above the scissors line."""

from collections.abc import Sequence
from typing import Final

from gitanchor.git.names import Commit
from gitanchor.model.anchor import TITLES
from gitanchor.model.markdown import beside_label

SCISSORS: Final = "# ------------------------ >8 ------------------------"
"""git's scissors line (git-commit(1), --cleanup); everything below it is ignored."""

COMMITS_IN_FORM: Final = 20


def form(
    name: str,
    place: str,
    since: Sequence[Commit] | None,
    last: str | None,
    sections: dict[str, str] | None = None,
) -> str:
    """Return the Markdown form that the editor opens, with known facts below the scissors line."""
    texts = sections or {}
    lines = [f"Resume from anchor: [{name}]", ""]
    shown = [title for title in TITLES if title != "notes" or texts.get("notes")]
    for section in shown:
        text = texts.get(section, "")
        lines += [f"{TITLES[section]}:{beside_label(text) if text else ''}", ""]
    lines += [
        SCISSORS,
        "# Fill in the sections above, in Markdown. Do not change the line with the scissors;",
        "# everything from it on is left out. An empty or unchanged form writes nothing.",
        "#",
        f"# {place}",
    ]
    if since:
        lines += [f"# Commits since {last or 'the beginning'}:"]
        lines += [f"#   {commit.id[:10]} {commit.subject}" for commit in since[:COMMITS_IN_FORM]]
    return "\n".join(lines) + "\n"


def above_scissors(text: str) -> str:
    """Return what a person wrote in the form: everything above the scissors line."""
    lines = text.split("\n")
    end = lines.index(SCISSORS) if SCISSORS in lines else len(lines)
    return "\n".join(lines[:end])
