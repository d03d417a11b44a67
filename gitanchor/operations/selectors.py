"""Find the anchor that a person names.

`@` and `@{n}` count back on this branch, `branch@{n}` on another. Other selectors are an exact name, an
id prefix of 4 digits or more, or a part of a name that only one name has.
"""

from collections.abc import Sequence
from typing import Final

from gitanchor.git.names import Head
from gitanchor.model.errors import NotFound
from gitanchor.model.lazy_re import late
from gitanchor.model.wording import counted
from gitanchor.storage.index.listing import is_on
from gitanchor.storage.store import StoredAnchor

_COUNTED: Final = late(r"(?P<branch>.*)@(?:\{(?P<count>\d{1,9})\})?")
_ID_PREFIX: Final = late(r"[0-9a-f]{4,8}")
_SHOWN: Final = 10


def select(anchors: Sequence[StoredAnchor], selector: str, head: Head) -> StoredAnchor:
    """Return the anchor that a selector names, among anchors sorted newest first. Raises NotFound."""
    if match := _COUNTED.fullmatch(selector):
        count = int(match["count"] or 0)
        if match["branch"]:
            named = of_branch(anchors, match["branch"])
            if not named:
                raise NotFound(f"no anchor on branch {match['branch']}; see 'git anchor list'")
            return _counted(named, count, f"branch {match['branch']}")
        return _counted(on_head(anchors, head), count, _where(head), anchors)
    named = [stored for stored in anchors if stored.facts.name == selector]
    if named:
        return named[0]
    if _ID_PREFIX.fullmatch(selector):
        found = [stored for stored in anchors if stored.facts.id.startswith(selector)]
        if found:
            return _only(found, selector)
    if not selector:
        raise NotFound("an empty name matches no anchor; see 'git anchor list'")
    part = selector.casefold()
    found = [stored for stored in anchors if part in stored.facts.name.casefold()]
    names = {stored.facts.name for stored in found}
    if not found:
        raise NotFound(f"no anchor matches '{selector}'; see 'git anchor list'")
    return found[0] if len(names) == 1 else _only(found, selector)


def of_branch(anchors: Sequence[StoredAnchor], branch: str) -> list[StoredAnchor]:
    """Return the anchors of a branch, in the order given."""
    return [stored for stored in anchors if stored.facts.branch == branch]


def on_head(anchors: Sequence[StoredAnchor], head: Head) -> list[StoredAnchor]:
    """Return the anchors of HEAD's branch, or for a detached HEAD those made on one."""
    return [stored for stored in anchors if is_on(stored, head)]


def same_name(anchors: Sequence[StoredAnchor], name: str) -> int:
    """Return how many anchors have that name."""
    return sum(stored.facts.name == name for stored in anchors)


def _where(head: Head) -> str:
    return f"branch {head.branch}" if head.branch else "a detached HEAD"


def _counted(
    found: Sequence[StoredAnchor], count: int, where: str, others: Sequence[StoredAnchor] = ()
) -> StoredAnchor:
    if count < len(found):
        return found[count]
    if found:
        raise NotFound(f"{where} has only {counted(len(found), 'anchor')}; see 'git anchor list'")
    elsewhere = ""
    if others:
        newest = others[0].anchor
        elsewhere = f"; the newest is {newest.name}, {newest.place}: 'git anchor resume {newest.id}', or"
    raise NotFound(f"no anchor on {where}{elsewhere or ';'} write one with 'git anchor add'")


def _only(found: Sequence[StoredAnchor], selector: str) -> StoredAnchor:
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{item.anchor.id} {item.anchor.name}" for item in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise NotFound(f"'{selector}' is ambiguous; it could be: {listed}{more}")
