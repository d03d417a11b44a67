r"""A graph as lines of text, as `git log --graph` draws one: `*`, `|`, `/`, `\` and `_`.

This is only drawing: the caller decides what the nodes are, and what is printed beside them. The
look is that of git 2.25 and later, so that whoever can read one can read the other.

Open lines are in columns, two characters apart, and each leads to one node that is still to come. A
line moves to the right only to make room for the parents of a merge, and to the left if it joins
another one that leads to the same node, or if a column became free.

In one case older versions of git draw differently: they put a node without children right below a
root, as if it were the root's parent. Here it is a column to the right of the root, and its line
moves back; or a row below, if it is a merge of open lines, which would be hard to distinguish on
their way back.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

Node = TypeVar("Node", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Drawn(Generic[Node]):
    """A node's part of the drawing.

    `prefix` ends in a blank and goes before the node's own text. The lines above make room for a
    node of three parents or more, and those below lead to the parents.
    """

    node: Node
    above: tuple[str, ...]
    prefix: str
    below: tuple[str, ...]


class _Line(NamedTuple):
    """An open line: the character where it is now, and the column where it belongs."""

    position: int
    column: int


@dataclass(frozen=True, slots=True)
class _Merge:
    """How lines lead from a node in the column `at` to its parents, of which there are two or more.

    `leftward` is the column of the first parent if that has an open line on the left: the new line
    goes there at once. All other parents go down, side by side from the node's column on, and the
    first `room` of the new columns need lines above the node. `joins` says that the last parent
    already has the column beside these, so that their lines meet.
    """

    at: int
    down: int
    leftward: int | None
    joins: bool

    @property
    def room(self) -> int:
        return max(0, self.down - 2)

    @property
    def pushed(self) -> int:
        """By how many columns the lines to the right of the node move to the right."""
        return self.room if self.joins else self.down - 1


def draw(rows: Iterable[tuple[Node, Sequence[Node]]]) -> Iterator[Drawn[Node]]:
    """Draw nodes with their parents, in an order in which no parent comes before its child.

    The time for each node is proportional to the number of open lines. The line of a parent that
    never comes stays open.
    """
    columns: list[Node | None] = []  # None: a column that is kept free below a root
    came: dict[int, str] = {}
    root: int | None = None  # the column of a root in the row above
    for node, parents in rows:
        room: tuple[str, ...] = ()
        if node not in columns:
            if root == len(columns) and len(parents) > 1 and not set(columns).isdisjoint(parents):
                room = (_text({2 * number: "|" for number in range(len(columns))}),)
            elif root == len(columns):
                columns.append(None)
            columns.append(node)
        at = columns.index(node)
        merge = _merge(columns, at, parents) if len(parents) > 1 else None
        following = list(dict.fromkeys((*columns[:at], *parents, *columns[at + 1 :])))
        following = [name for name in following if name is not None]
        lines = _leaving(columns, at, parents, {name: i for i, name in enumerate(following)}, merge)
        moved = _collapse(lines)
        width = 2 * (len(columns) + (merge.pushed if merge else 0))
        first = _node_row(columns, at, merge, _slanted(came, lines, merge))
        below = [_merge_row(columns, merge)] if merge else []
        below += [row for row, _ in moved]
        above = (*room, *_rows_above(len(columns), merge, came))
        yield Drawn(node, above, first.ljust(width), tuple(below))
        came = _arrivals(moved[-1][1] if moved else lines, len(columns), merge if not moved else None)
        root = at if not parents and not moved else None
        columns = [*following]


def _merge(columns: Sequence[Node | None], at: int, parents: Sequence[Node]) -> _Merge:
    left = columns.index(parents[0]) if parents[0] in columns[:at] else None
    down = len(parents) - (left is not None)
    beside = columns[at + 1] if at + 1 < len(columns) else None
    return _Merge(at, down, left, down > 1 and beside is not None and beside == parents[-1])


def _leaving(
    columns: Sequence[Node | None],
    at: int,
    parents: Sequence[Node],
    column_of: dict[Node, int],
    merge: _Merge | None,
) -> list[_Line]:
    """Return the lines after a node, and after the row of its merge, from left to right."""
    left = enumerate(columns[:at])
    lines = [_Line(2 * number, column_of[name]) for number, name in left if name is not None]
    down = list(parents)
    if merge and merge.leftward is not None:
        # The merge's row moved this line next to its column, or as far as one column from it.
        lines.append(_Line(min(2 * at - 1, 2 * merge.leftward + 3), merge.leftward))
        down = down[1:]
    lines += [_Line(2 * number, column_of[name]) for number, name in enumerate(down, at)]
    pushed = merge.pushed if merge else 0
    right = enumerate(columns[at + 1 :], at + 1 + pushed)
    lines += [_Line(2 * number, column_of[name]) for number, name in right if name is not None]
    return sorted(set(lines))


def _collapse(lines: list[_Line]) -> list[tuple[str, list[_Line]]]:
    """Return the rows that move every line to its column, each with the lines after it."""
    rows = []
    while any(line.position // 2 != line.column for line in lines):
        row, lines = _step(lines)
        rows.append((row, lines))
    return rows


def _step(lines: list[_Line]) -> tuple[str, list[_Line]]:
    """Return one row that moves each line that is not in its column left, by at most one column.

    The leftmost of these moves nearly all of its way at once, along the bottom of the row.
    """
    cells: dict[int, str] = {}
    taken: dict[int, int] = {}
    first = True
    for position, column in lines:
        if position == 2 * column:
            cells[position] = "|"
            taken[position] = column
            continue
        if taken.get(position - 1) == column:  # it has joined the other line
            continue
        to = position - 2 if position - 1 in taken else position - 1
        cells[to] = "|" if to == 2 * column else "/"
        if first and to % 2:
            along = range(2 * column + 3, to, 2)
            cells.update(dict.fromkeys(along, "_"))
            to = along[0] if along else to
        taken[to] = column
        first = False
    return _text(cells), sorted(_Line(position, column) for position, column in taken.items())


def _node_row(
    columns: Sequence[Node | None], at: int, merge: _Merge | None, slanted: dict[int, str]
) -> str:
    room = merge.room if merge else 0
    cells = {2 * number: slanted.get(number, "|") for number in _open(columns[:at])}
    cells[2 * at] = "*"
    cells.update({2 * at + step: "-" for step in range(1, 2 * room)})
    if room:
        cells[2 * (at + room)] = "."
    for number in range(at + 1, len(columns)):
        cells[2 * (number + room)] = "\\" if room else slanted.get(number, "|")
    return _text(cells)


def _merge_row(columns: Sequence[Node | None], merge: _Merge) -> str:
    cells = {2 * number: "|" for number in _open(columns[: merge.at + 1])}
    if merge.leftward is not None:
        cells.update(dict.fromkeys(range(2 * merge.leftward + 3, 2 * merge.at - 1, 2), "_"))
        cells[2 * merge.at - 1] = "/"
    cells.update({2 * (merge.at + number) + 1: "\\" for number in range(merge.down - 1)})
    for number in range(merge.at + 1, len(columns)):
        position = 2 * (number + merge.room)
        cells[position if merge.pushed == merge.room else position + 1] = (
            "|" if merge.pushed == merge.room else "\\"
        )
    return _text(cells)


def _open(columns: Sequence[Node | None]) -> Iterator[int]:
    """Yield the numbers of the columns that have a line; a column left of a last node may have none."""
    return (number for number, name in enumerate(columns) if name is not None)


def _rows_above(count: int, merge: _Merge | None, came: dict[int, str]) -> Iterator[str]:
    """Yield the rows that make room for a merge of three or more, each by one character."""
    if merge is None or merge.at == count - 1:
        return
    for step in range(2 * merge.room):
        cells = {2 * number: "|" for number in range(merge.at + 1)}
        for number in range(merge.at + 1, count):
            straight = step == 0 and came.get(number) != "\\"
            cells[2 * number + step] = "|" if straight else "\\"
        yield _text(cells)


def _slanted(came: dict[int, str], lines: Sequence[_Line], merge: _Merge | None) -> dict[int, str]:
    """Return the columns whose lines are slanted above and below the node, and so beside it, too."""
    if merge is not None:
        pushes = merge.pushed == 1
        return {n: slant for n, slant in came.items() if slant == "\\" and pushes and n > merge.at}
    going = {line.position // 2 for line in lines if line.position // 2 != line.column}
    return {n: slant for n, slant in came.items() if slant == "/" and n in going}


def _arrivals(lines: Sequence[_Line], count: int, merge: _Merge | None) -> dict[int, str]:
    """Return the columns that slanted lines reached in the last row."""
    came = {line.column: "/" for line in lines if line.position % 2}
    if merge is not None and merge.pushed > merge.room:
        came.update(dict.fromkeys(range(merge.at + 1, count + merge.pushed), "\\"))
    return came


def _text(cells: dict[int, str]) -> str:
    row = [" "] * (max(cells, default=-1) + 1)
    for position, char in cells.items():
        row[position] = char
    return "".join(row)
