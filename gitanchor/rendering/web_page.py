"""Prepare anchors for the template of the web page: JSON types, with Markdown as inert HTML."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitanchor.model.anchor import TITLES, Anchor, git_date, timestamp
from gitanchor.model.descent import States
from gitanchor.model.texts import section_texts
from gitanchor.rendering import jinja_templates, safe_html
from gitanchor.rendering.trust import Template


def page(
    anchors: Sequence[Anchor],
    states: States,
    places: Mapping[str, Sequence[str]],
    template: Template | None = None,
) -> Iterator[bytes]:
    """Yield the page piece by piece as it is rendered, by the team's own template if there is one."""
    found = values(anchors, states, places)
    if template is not None:
        found["anchors"] = list(found["anchors"])
        return iter([template.render(found).encode()])
    return (piece.encode() for piece in jinja_templates.pieces("log.html.j2", found))


def values(
    anchors: Sequence[Anchor], states: States, places: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return `branches` for the table of contents, and `anchors`, an iterator over them in full.

    `places` are the places, by id, of anchors that are not in this worktree.
    """
    here = {anchor.id for anchor in anchors}
    return {
        "branches": _branches(anchors),
        "anchors": (_in_full(anchor, states, here, places.get(anchor.id, ())) for anchor in anchors),
    }


def _branches(anchors: Sequence[Anchor]) -> list[dict[str, Any]]:
    """Return the branches in the order of their newest anchors, each with its anchors in brief."""
    found: dict[str, list[dict[str, str]]] = {}
    for anchor in anchors:
        branch = anchor.branch or ("(detached)" if anchor.commit else "(no branch)")
        brief = {"id": anchor.id, "name": anchor.name, "created": timestamp(anchor.created)}
        found.setdefault(branch, []).append({**brief, "day": f"{anchor.created:%Y-%m-%d}"})
    return [{"name": name, "anchors": listed} for name, listed in found.items()]


def _in_full(anchor: Anchor, states: States, here: set[str], places: Sequence[str]) -> dict[str, Any]:
    return {
        **anchor.as_dict(),
        "date": git_date(anchor.created),
        "guessed": anchor.written_time == "",
        "place": anchor.place,
        "places": list(places),
        "parents": [{"id": parent, "here": parent in here} for parent in anchor.parents],
        "state": states.of(anchor),
        "sections": list(_sections(anchor)),
    }


def _sections(anchor: Anchor) -> Iterator[dict[str, str]]:
    """Yield each section with text: its field, its title, its Markdown, and that as HTML."""
    texts = {**section_texts(anchor), **({"outcome": anchor.outcome} if anchor.outcome else {})}
    for field, text in texts.items():
        title = TITLES.get(field, field.capitalize())
        yield {"field": field, "title": title, "text": text, "html": safe_html.html(text)}
