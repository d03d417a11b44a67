"""The texts that people paste into chats or edit: request, resume prompt and the editor's form.

Plain formatting without templates, because `resume` and `request` should start as fast as they can.
"""

from collections.abc import Sequence
from typing import Final

from gitanchor import markdown
from gitanchor.anchor import PLACEHOLDER, TITLES, Anchor, git_date
from gitanchor.gitnames import Commit

SCISSORS: Final = "# ------------------------ >8 ------------------------"
"""git's scissors line (git-commit(1), --cleanup): what is below it is left out."""

COMMITS_SHOWN: Final = 20

_REQUEST: Final = """\
Anchor this as chat [{name}] with next action + dependencies. Use this template:
Resume from anchor: [{name}]
Context: [3–4 lines on project/sprint state]
Current milestone: [what’s done]
Next action: [one concrete step]
Dependencies: [keys/env/tools/people]"""


def request(name: str = PLACEHOLDER) -> str:
    """The text that asks a chat for an anchor of that name, without a final line break."""
    return _REQUEST.format(name=name)


def bullets(texts: Sequence[str]) -> list[str]:
    """Texts as the lines of a Markdown list; further lines of a text are indented."""
    lines = []
    for text in texts:
        first, *rest = text.split("\n")
        lines += [f"- {first}", *(f"  {line}" if line else "" for line in rest)]
    return lines


def beside_label(text: str) -> str:
    """The text of a section as it follows its label: on the same line, or below it."""
    first = text.split("\n", 1)[0]
    if markdown.starts_block(first):
        return f"\n\n{text}"
    return f"\n{text}" if "\n" in text or text[:1].isspace() else f" {text}"


def section_texts(anchor: Anchor) -> dict[str, str]:
    """The sections of an anchor that say something, as Markdown under their field names."""
    dependencies = "\n".join(bullets([item.text for item in anchor.dependencies]))
    texts = {name: getattr(anchor, name) for name in TITLES} | {"dependencies": dependencies}
    return {name: text for name, text in texts.items() if text}


def resume(anchor: Anchor, commits: Sequence[Commit] | None) -> str:
    """The prompt that starts the next chat, with the commits since the anchor, newest first.

    `commits` is None where this clone does not have the anchored commit.
    """
    lines = [f"Resume from anchor: [{anchor.name}]", ""]
    where = f"on branch {anchor.branch}" if anchor.branch else "on no branch"
    at = f" at commit {anchor.short_commit}" if anchor.commit else ""
    lines += [f"Written {git_date(anchor.created)} by {anchor.author}, {where}{at}.", ""]
    for name, text in section_texts(anchor).items():
        lines += [f"{TITLES[name]}:{beside_label(text)}", ""]
    return "\n".join([*lines, *_commits_since(anchor, commits)]) + "\n"


def _commits_since(anchor: Anchor, commits: Sequence[Commit] | None) -> list[str]:
    if anchor.commit is None and commits is None:
        return ["Commits since then: not known, the anchor records no commit."]
    if commits is None:
        return [f"Commits since then: not known, {anchor.short_commit} is not in this clone."]
    if not commits:
        return ["Commits since then: none."]
    lines = [f"Commits since then ({len(commits)}):", ""]
    lines += [f"- {commit.id[:10]} {commit.subject}" for commit in commits[:COMMITS_SHOWN]]
    if len(commits) > COMMITS_SHOWN:
        lines.append(f"- and {len(commits) - COMMITS_SHOWN} more")
    return lines


def form(
    name: str,
    place: str,
    since: Sequence[Commit] | None,
    last: str | None,
    sections: dict[str, str] | None = None,
) -> str:
    """The Markdown form that the editor opens, with what is known below the scissors line."""
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
        lines += [f"#   {commit.id[:10]} {commit.subject}" for commit in since[:COMMITS_SHOWN]]
    return "\n".join(lines) + "\n"


def above_scissors(text: str) -> str:
    """What a person wrote in the form: all above the scissors line."""
    lines = text.split("\n")
    end = lines.index(SCISSORS) if SCISSORS in lines else len(lines)
    return "\n".join(lines[:end])
