r"""A graph as lines of text, as `git log --graph` draws one: `*`, `|`, `/`, `\` and `_`.

Pure text: what the nodes are, and what stands beside them, is the business of who asks. The look is
that of git 2.25 and later, so that who reads one reads the other.

Open lines stand in columns, two characters apart, and each leads to one node that is still to come.
A line moves to the right only to make room for the parents of a merge, and to the left where it joins
another one that leads to the same node, or where a column became free.

In one point older versions of git draw otherwise: they put a node that nothing leads to right below
a root, as if it were the root's parent. Here it stands a column to the right of the root, and its
line comes back; or a row below, if it is a merge of lines that are open, which would be hard to tell
apart on their way back.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

Node = TypeVar("Node", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Drawn(Generic[Node]):
    """A node's part of the drawing.

    `prefix` ends in a blank and stands before the node's own text. The lines above make room for a
    node of three parents or more, and those below lead to the parents.
    """

    node: Node
    above: tuple[str, ...]
    prefix: str
    below: tuple[str, ...]


class _Line(NamedTuple):
    """An open line: the character where it stands now, and the column where it belongs."""

    position: int
    column: int


@dataclass(frozen=True, slots=True)
class _Merge:
    """How the parents leave a node of two or more that stands in the column `at`.

    `leftward` is the column of the first parent where that is open already on the left: the line goes
    there at once. All other parents go down, side by side from the column of the node on, and the
    first `room` of the new columns need lines above the node. `joins` says that the last of the
    parents has the column beside these, so that their lines meet.
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
        """By how many columns the lines on the right of the node move to the right."""
        return self.room if self.joins else self.down - 1


def draw(rows: Iterable[tuple[Node, Sequence[Node]]]) -> Iterator[Drawn[Node]]:
    """Draw nodes with their parents, in an order in which no parent comes before its child.

    Each node takes time in proportion to the lines that are open beside it. A parent that never comes
    leaves its line open.
    """
    columns: list[Node | None] = []  # None: a column that is kept free below a root
    came: dict[int, str] = {}
    root: int | None = None  # the column in which the row right above has one
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
    """The lines after a node, and after the row of its merge, from left to right."""
    left = enumerate(columns[:at])
    lines = [_Line(2 * number, column_of[name]) for number, name in left if name is not None]
    down = list(parents)
    if merge and merge.leftward is not None:
        # The row of the merge has brought this line beside its column, or all but across one.
        lines.append(_Line(min(2 * at - 1, 2 * merge.leftward + 3), merge.leftward))
        down = down[1:]
    lines += [_Line(2 * number, column_of[name]) for number, name in enumerate(down, at)]
    pushed = merge.pushed if merge else 0
    right = enumerate(columns[at + 1 :], at + 1 + pushed)
    lines += [_Line(2 * number, column_of[name]) for number, name in right if name is not None]
    return sorted(set(lines))


def _collapse(lines: list[_Line]) -> list[tuple[str, list[_Line]]]:
    """The rows that bring every line to its column, each with where the lines stand after it."""
    rows = []
    while any(line.position // 2 != line.column for line in lines):
        row, lines = _step(lines)
        rows.append((row, lines))
    return rows


def _step(lines: list[_Line]) -> tuple[str, list[_Line]]:
    """One row in which each line that is not in its column goes left, by one column at most.

    The leftmost of them goes nearly all of its way at once, along the bottom of the row.
    """
    cells: dict[int, str] = {}
    taken: dict[int, int] = {}
    first = True
    for position, column in lines:
        if position == 2 * column:
            cells[position] = "|"
            taken[position] = column
            continue
        if taken.get(position - 1) == column:  # it has joined the line that it went to
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
    """The numbers of the columns that have a line. One that has none is left of a node in the last."""
    return (number for number, name in enumerate(columns) if name is not None)


def _rows_above(count: int, merge: _Merge | None, came: dict[int, str]) -> Iterator[str]:
    """The rows that make room for a merge of three or more, by one character each."""
    if merge is None or merge.at == count - 1:
        return
    for step in range(2 * merge.room):
        cells = {2 * number: "|" for number in range(merge.at + 1)}
        for number in range(merge.at + 1, count):
            straight = step == 0 and came.get(number) != "\\"
            cells[2 * number + step] = "|" if straight else "\\"
        yield _text(cells)


def _slanted(came: dict[int, str], lines: Sequence[_Line], merge: _Merge | None) -> dict[int, str]:
    """The columns whose lines come and go on aslant, and so are aslant beside the node as well."""
    if merge is not None:
        pushes = merge.pushed == 1
        return {n: slant for n, slant in came.items() if slant == "\\" and pushes and n > merge.at}
    going = {line.position // 2 for line in lines if line.position // 2 != line.column}
    return {n: slant for n, slant in came.items() if slant == "/" and n in going}


def _arrivals(lines: Sequence[_Line], count: int, merge: _Merge | None) -> dict[int, str]:
    """The columns that lines reached aslant in the last row."""
    came = {line.column: "/" for line in lines if line.position % 2}
    if merge is not None and merge.pushed > merge.room:
        came.update(dict.fromkeys(range(merge.at + 1, count + merge.pushed), "\\"))
    return came


def _text(cells: dict[int, str]) -> str:
    row = [" "] * (max(cells, default=-1) + 1)
    for position, char in cells.items():
        row[position] = char
    return "".join(row)
