"""The graph of anchors: what it says, how it is drawn, and the commands graph and heads."""

import itertools
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitanchor.model.anchor import Anchor
from gitanchor.model.graph import Fork, Graph
from gitanchor.rendering.drawing import draw
from tests.repositories import Repo
from tests.variants import first

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1)))

# Parents by name, newest first.
LINEAR = {"C": "B", "B": "A", "A": ""}
FORK = {"D": "B", "C": "A", "B": "A", "A": ""}
MERGE = {"D": "BC", "C": "A", "B": "A", "A": ""}
ROOTS = {"D": "C", "C": "", "B": "A", "A": ""}
JOINED_ROOTS = {"C": "AB", "B": "", "A": ""}
OCTOPUS = {"F": "BCD", "E": "A", "D": "A", "C": "A", "B": "A", "A": ""}
CROSSING = {"G": "EB", "F": "DC", "E": "A", "D": "B", "C": "B", "B": "A", "A": ""}


def anchor_id(name: str) -> str:
    return f"{ord(name):02x}" * 4


def anchor(name: str, parents: str = "", minutes: int = 0, **fields: Any) -> Anchor:
    created = NOON + timedelta(minutes=minutes)
    ids = tuple(map(anchor_id, parents))
    return Anchor(anchor_id(name), name, created, "A U Thor <a@example.com>", parents=ids, **fields)


def anchors_of(shape: Mapping[str, str], **fields: Mapping[str, Any]) -> list[Anchor]:
    """Anchors of a shape, newest first, a minute apart; `fields` are what some of them have besides."""
    minutes = range(len(shape), 0, -1)
    return [
        anchor(name, parents, minute, **fields.get(name, {}))
        for (name, parents), minute in zip(shape.items(), minutes, strict=True)
    ]


def graph_of(shape: Mapping[str, str], closed: str = "", **fields: Mapping[str, Any]) -> Graph:
    return Graph(anchors_of(shape, **fields), set(map(anchor_id, closed)))


def names(anchors: Sequence[Anchor]) -> str:
    return "".join(item.name for item in anchors)


def forks(found: Sequence[Fork]) -> list[str]:
    return [f"{fork.parent.name}:{names(fork.heads)}" for fork in found]


# What the graph says ---------------------------------------------------------------------------


@pytest.mark.unit
def test_parents_are_those_that_are_there_and_children_come_newest_first() -> None:
    graph = graph_of({"D": "ABAZD", "C": "A", "B": "A", "A": "Z"})
    by_name = {item.name: item for item in graph.order()}
    assert names(graph.parents(by_name["D"])) == "AB"
    assert names(graph.parents(by_name["A"])) == ""
    assert names(graph.children(by_name["A"])) == "DCB"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("status", "closed", "has_child", "state"),
    [
        ("open", "", False, "open"),
        ("open", "", True, "superseded"),
        ("open", "A", False, "done"),
        ("open", "A", True, "done"),
        ("done", "", False, "done"),
        ("done", "", True, "done"),
        ("superseded", "", False, "superseded"),
        ("superseded", "A", False, "done"),
    ],
)
def test_the_state_of_an_anchor(status: str, closed: str, has_child: bool, state: str) -> None:
    shape = {"B": "A", "A": ""} if has_child else {"A": ""}
    graph = graph_of(shape, closed, A={"status": status})
    assert graph.state(graph.order()[-1]) == state


@pytest.mark.unit
def test_heads_are_open_ones_first_then_newest_first() -> None:
    graph = graph_of(
        {"F": "", "E": "A", "D": "A", "C": "A", "B": "A", "A": ""},
        "E",
        F={"status": "superseded"},
        C={"status": "done"},
    )
    assert names(graph.heads()) == "DBFEC"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("shape", "expected", "now"),
    [
        (LINEAR, [], []),
        (FORK, ["A:DC"], ["A:DC"]),
        (MERGE, [], []),
        (ROOTS, [], []),
        (OCTOPUS, ["A:FE"], ["A:FE"]),
        ({"D": "A", "C": "A", "B": "A", "A": ""}, ["A:DCB"], ["A:DCB"]),
        # Two of three lines came together.
        ({"E": "BC", "D": "A", "C": "A", "B": "A", "A": ""}, ["A:ED"], ["A:ED"]),
        # They came together, and then somebody went on from one of them.
        ({"E": "B", "D": "BC", "C": "A", "B": "A", "A": ""}, ["B:ED"], ["B:ED"]),
        # One child descends from the other.
        ({"C": "AB", "B": "A", "A": ""}, [], []),
        # A fork on a line of a fork: the inner one first, the outer one after that.
        ({"E": "B", "D": "B", "C": "A", "B": "A", "A": ""}, ["B:ED", "A:EC"], ["B:ED"]),
        ({"F": "ED", "E": "B", "D": "B", "C": "A", "B": "A", "A": ""}, ["A:FC"], ["A:FC"]),
        # Two forks beside each other, below a third.
        (
            {"G": "C", "F": "C", "E": "B", "D": "B", "C": "A", "B": "A", "A": ""},
            ["C:GF", "B:ED", "A:GE"],
            ["C:GF", "B:ED"],
        ),
    ],
)
def test_forks(shape: dict[str, str], expected: list[str], now: list[str]) -> None:
    graph = graph_of(shape)
    assert forks(graph.forks()) == expected
    assert forks(graph.to_reconcile()) == now
    marked = {item.name for item in graph.order() if graph.fork_of(item)}
    assert marked == set("".join(fork.partition(":")[2] for fork in expected))


@pytest.mark.unit
def test_a_line_that_came_to_its_end_makes_no_fork() -> None:
    assert forks(graph_of(FORK, "C").forks()) == []
    assert forks(graph_of(FORK, D={"status": "superseded"}).forks()) == []
    assert forks(graph_of({"E": "A", **FORK}, E={"status": "done"}).forks()) == ["A:DC"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("shape", "order", "heads"),
    [
        ({"A": "A"}, "A", "A"),
        ({"B": "A", "A": "B"}, "BA", "B"),
        ({"C": "B", "B": "A", "A": "C"}, "CBA", "C"),
        # A circle with what goes on from it, and what it went on from.
        ({"E": "C", "D": "B", "C": "BA", "B": "C", "A": ""}, "ECADB", "ED"),
        # Clocks that differ are no circle: the parent is newer than its child.
        ({"B": "", "A": "B"}, "AB", "A"),
        ({}, "", ""),
    ],
)
def test_damaged_parents_are_survived(shape: dict[str, str], order: str, heads: str) -> None:
    graph = graph_of(shape)
    assert (names(graph.order()), names(graph.heads())) == (order, heads)
    assert graph.forks() is not None
    seen: set[str] = set()
    for item in graph.order():
        assert seen.isdisjoint(parent.id for parent in graph.parents(item))
        seen.add(item.id)


@pytest.mark.unit
@given(st.lists(st.lists(st.integers(0, 8), max_size=3), max_size=9))
def test_forks_are_those_that_a_search_finds(shape: list[list[int]]) -> None:
    """Parents in any direction, circles included; the search takes each pair of children apart."""
    letters = "ABCDEFGHI"
    graph = graph_of({letters[i]: "".join(letters[p] for p in ps) for i, ps in enumerate(shape)})
    below: dict[str, set[str]] = {}
    for item in graph.order():
        children = [child.name for child in graph.children(item)]
        below[item.name] = {item.name}.union(*(below[child] for child in children))
        lines: list[set[str]] = []
        for child in children:
            joined = [line for line in lines if line & below[child]]
            lines = [line for line in lines if line not in joined]
            lines.append(below[child].union(*joined))
        found = [fork for fork in graph.forks() if fork.parent is item]
        assert len(found) == (len(lines) > 1)
        heads = [letter for letter in letters if letter in names(graph.heads())]
        expected = sorted(next(head for head in heads if head in line) for line in lines)
        assert names([head for fork in found for head in fork.heads]) == "".join(
            expected if len(lines) > 1 else []
        )


@pytest.mark.parametrize(
    ("kind", "count"),
    first(
        [("comb", 30_000), ("chain", 20_000), ("circle", 20_000), ("star", 20_000), ("ladder", 20_000)]
    ),
)
def test_30000_anchors_take_neither_recursion_nor_long(kind: str, count: int) -> None:
    kinds: dict[str, Callable[[int], list[int]]] = {
        "chain": lambda i: [i + 1],
        "circle": lambda i: [(i + 1) % count],
        "star": lambda i: [count - 1],
        "comb": lambda i: [i + 1 + i % 2],
        "ladder": lambda i: [i + 1, i + 2],
    }
    parents = kinds[kind]
    anchors = [
        Anchor(f"{i:08x}", "n", NOON, "", parents=tuple(f"{parent:08x}" for parent in parents(i)))
        for i in range(count)
    ]
    before = time.process_time()
    graph = Graph(anchors)
    graph.to_reconcile()
    rows = ((item.id, [parent.id for parent in graph.parents(item)]) for item in graph.order())
    assert sum(1 for _ in draw(rows)) == count
    assert time.process_time() - before < 30


# The drawing -----------------------------------------------------------------------------------


def drawing(graph: Graph) -> list[str]:
    rows = ((item.name, [parent.name for parent in graph.parents(item)]) for item in graph.order())
    return [
        line.rstrip()
        for drawn in draw(rows)
        for line in (*drawn.above, drawn.prefix + drawn.node, *drawn.below)
    ]


@pytest.mark.parametrize("shape", [LINEAR, FORK, MERGE, JOINED_ROOTS, OCTOPUS, CROSSING, {"A": ""}])
def test_it_is_drawn_as_git_log_draws_commits(empty_repo: Repo, shape: dict[str, str]) -> None:
    assert drawing(graph_of(shape)) == drawn_by_git(empty_repo, shape)


def drawn_by_git(repo: Repo, shape: Mapping[str, str]) -> list[str]:
    """What `git log --graph` draws of commits of that shape."""
    commits: dict[str, str] = {}
    tree = repo.git("mktree")
    for minute, (name, parents) in enumerate(reversed([*shape.items()])):
        options = [word for parent in parents for word in ("-p", commits[parent])]
        date = f"2026-03-01T12:{minute:02}:00Z"
        commits[name] = repo.git("commit-tree", tree, *options, "-m", name, GIT_COMMITTER_DATE=date)
        repo.git("update-ref", f"refs/heads/{name}", commits[name])
    shown = repo.git("log", "--graph", "--topo-order", "--format=%s", "--branches")
    return [line.rstrip() for line in shown.splitlines()]


# What is not related to a root, and stands below it.
APART = [
    (ROOTS, ["* D", "* C", "  * B", " /", "* A"]),
    ({"C": "", "B": "", "A": ""}, ["* C", "  * B", "* A"]),
    ({"D": "", "C": "", "B": "", "A": ""}, ["* D", "  * C", "* B", "  * A"]),
    ({"E": "", "D": "", "C": "B", "B": "A", "A": ""}, ["* E", "  * D", "* C", "* B", "* A"]),
    (
        {"E": "", "D": "BC", "C": "A", "B": "A", "A": ""},
        ["* E", "  *   D", "  |\\", " / /", "| * C", "* | B", "|/", "* A"],
    ),
    (
        {"D": "A", "C": "", "B": "A", "A": ""},
        ["* D", "| * C", "|   * B", "|  /", "| /", "|/", "* A"],
    ),
    (
        {"E": "A", "D": "", "C": "AB", "B": "", "A": ""},
        ["* E", "| * D", "|", "| * C", "|/|", "| * B", "* A"],
    ),
    ({"D": "AB", "C": "", "B": "", "A": ""}, ["*   D", "|\\", "| * B", "* A", "  * C"]),
]


@pytest.mark.parametrize(("shape", "expected"), APART)
def test_what_a_root_is_not_related_to_is_drawn_apart_from_it(
    empty_repo: Repo, shape: dict[str, str], expected: list[str]
) -> None:
    assert drawing(graph_of(shape)) == expected
    # Older versions of git have the same nodes in the same order, but all in one column.
    assert nodes_in(expected) == nodes_in(drawn_by_git(empty_repo, shape))
    assert traced(expected) == {name: sorted(parents) for name, parents in shape.items()}


def nodes_in(lines: Sequence[str]) -> list[str]:
    return [line[-1] for line in lines if "*" in line]


@pytest.mark.unit
def test_an_octopus_pushes_aside_what_is_on_its_right() -> None:
    shape = {"F": "EA", "E": "BCD", "D": "A", "C": "A", "B": "A", "A": ""}
    assert drawing(graph_of(shape)) == [
        "*   F",
        "|\\",
        "| \\",
        "|  \\",
        "*-. \\   E",
        "|\\ \\ \\",
        "| | * | D",
        "| | |/",
        "| * / C",
        "| |/",
        "* / B",
        "|/",
        "* A",
    ]


@pytest.mark.unit
def test_lines_to_parents_that_never_come_stay_open() -> None:
    drawn = list(draw([("D", "BC"), ("C", "A")]))
    assert [(item.above, item.prefix, item.below) for item in drawn] == [
        ((), "*   ", ("|\\",)),
        ((), "| * ", ()),
    ]


def traced(lines: Sequence[str]) -> dict[str, list[str]]:
    """The parents of each node, read off a drawing as an eye does; a node is a `*` and its name."""
    grid = {(y, x): char for y, line in enumerate(lines) for x, char in enumerate(line)}
    nodes = {
        (y, line.index("*")): line.rpartition(" ")[2] for y, line in enumerate(lines) if "*" in line
    }
    for (y, _), name in nodes.items():  # the names are no part of the drawing
        for x in range(lines[y].rindex(name), len(lines[y])):
            del grid[y, x]
    return {name: sorted(nodes[end] for end in _ends(grid, *at)) for at, name in nodes.items()}


def _ends(grid: Mapping[tuple[int, int], str], y: int, x: int) -> Iterator[tuple[int, int]]:
    """The nodes in which the lines end that start at a node."""

    def at(y: int, x: int) -> str:
        return grid.get((y, x), " ")

    starts = [(y + 1, x)] if at(y + 1, x) in {"|", "*"} else []
    starts += [(y + 1, x - 1)] if at(y + 1, x - 1) == "/" else []
    starts += [(y + 1, x + 1)] if at(y + 1, x + 1) == "\\" else []
    dashes = itertools.takewhile(lambda dash: at(y, dash) in {"-", "."}, itertools.count(x + 1))
    starts += [(y + 1, dash + 1) for dash in dashes if at(y + 1, dash + 1) == "\\"]
    for start in starts:
        yield _end(at, *start)


def _end(at: Any, y: int, x: int) -> tuple[int, int]:
    """The node that a line leads to, from one of its characters on."""
    while at(y, x) != "*":
        char = at(y, x)
        if char in {"/", "_"}:
            while at(y, x - 2) == "_":  # along the bottom of the row
                x -= 2
            crosses = at(y + 1, x - 2) == "/" and at(y + 1, x - 1) == "|"
            to = [x - 2] if crosses else [x - 1, x]
        else:
            to = [x + 1, x] if char == "\\" else [x, x - 1, x + 1]
        wanted = {-2: "/", -1: "|*/", 0: "|*/\\", 1: "|*\\"}
        if char == "|":
            wanted = {0: "|*/\\", -1: "/", 1: "\\"}
        y, x = y + 1, next(step for step in to if at(y + 1, step) in wanted[step - x])
    return y, x


@st.composite
def shapes(draw_value: st.DrawFn) -> dict[str, str]:
    count = draw_value(st.integers(1, 14))
    letters = "ABCDEFGHIJKLMNOPQ"[:count]
    shape = {}
    for number, name in enumerate(letters):
        older = letters[number + 1 : number + 7]
        parents = st.lists(st.sampled_from(older), unique=True, max_size=4) if older else st.just([])
        shape[name] = "".join(draw_value(parents))
    return shape


@pytest.mark.unit
@given(shapes())
def test_each_edge_can_be_traced_in_the_drawing_and_no_other(shape: dict[str, str]) -> None:
    graph = graph_of(shape)
    lines = drawing(graph)
    assert nodes_in(lines) == [item.name for item in graph.order()]
    assert sum(line.count("*") for line in lines) == len(shape)
    assert traced(lines) == {name: sorted(parents) for name, parents in shape.items()}


# The commands ----------------------------------------------------------------------------------


def keep(repo: Repo, anchors: Sequence[Anchor]) -> None:
    store = repo.workspace().store
    for item in anchors:
        store.add(item)


@pytest.fixture
def forked(repo: Repo) -> Repo:
    """A fork on A, whose line on main went on twice, and an anchor that was done."""
    return repo.once(made_forked)


def made_forked(repo: Repo) -> None:
    here = {"branch": "main", "commit": "5" * 40}
    keep(
        repo,
        anchors_of(
            {"E": "C", "D": "B", "C": "A", "B": "", "A": ""},
            E=here,
            D={"branch": "trial", "status": "done"},
            C=here,
            A=here,
        ),
    )
    keep(repo, [anchor("F", "AZ", minutes=9, branch="side")])


def test_graph_draws_a_line_an_anchor(forked: Repo) -> None:
    assert forked.anchor("graph").err == ""
    drawn = """\
* 46464646 (open, fork, side) F
| * 45454545 (open, fork, main) E
| * 43434343 C
|/
* 41414141 A
  * 44444444 (done, trial) D
 /
* 42424242 B
"""
    assert forked.ok("graph") == drawn
    assert forked.ok("graph", "-n", "3") == "".join(drawn.splitlines(keepends=True)[:4])
    assert forked.ok("graph", "--limit", "0") == ""


def test_heads_come_open_ones_first_with_a_hint_how_to_reconcile_a_fork(forked: Repo) -> None:
    result = forked.anchor("heads")
    assert (result.status, result.out, result.err) == (
        0,
        """\
46464646 2026-03-01 12:09 side            (open, fork) F
45454545 2026-03-01 12:05 main@5555555555 (open, fork) E
44444444 2026-03-01 12:04 trial           (done) D
""",
        "hint: two anchors advanced from A (41414141);"
        ' "git anchor add --parent 46464646 --parent 45454545" reconciles them\n',
    )
    keep(forked, [anchor("G", "EF", minutes=10, branch="main")])
    result = forked.anchor("heads")
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        "47474747 2026-03-01 12:10 main  (open) G\n44444444 2026-03-01 12:04 trial (done) D\n"
    )


def test_more_than_two_lines_are_counted(repo: Repo) -> None:
    keep(repo, anchors_of({"D": "A", "C": "A", "B": "A", "A": ""}))
    assert repo.anchor("heads").err == (
        "hint: 3 anchors advanced from A (41414141); "
        '"git anchor add --parent 44444444 --parent 43434343 --parent 42424242" reconciles them\n'
    )


def test_both_print_json(forked: Repo) -> None:
    graph = forked.json("graph")
    assert [item["name"] for item in graph] == list("FECADB")
    assert graph[0] == {
        "id": "46464646",
        "name": "F",
        "parents": ["41414141"],
        "children": [],
        "state": "open",
        "fork": "41414141",
        "branch": "side",
        "created": "2026-03-01T12:09:00+01:00",
    }
    assert (graph[3]["children"], graph[3]["state"], graph[3]["fork"]) == (
        ["46464646", "43434343"],
        "superseded",
        None,
    )
    assert forked.json("graph", "-n", "2") == graph[:2]
    heads = [item for item in graph if not item["children"]]
    assert json.loads(forked.anchor("heads", "--json").out) == heads


def test_json_and_dot_exclude_each_other(repo: Repo) -> None:
    result = repo.anchor("graph", "--json", "--dot")
    assert (result.status, result.out, result.err) == (
        2,
        "",
        "error: options '--json' and '--dot' cannot be used together\n",
    )


def test_graph_prints_the_language_of_graphviz(forked: Repo) -> None:
    assert (
        forked.ok("graph", "--dot", "-n", "3")
        == """\
digraph anchors {
    node [shape=box]
    "46464646" [label="F\\n46464646 (open, fork, side)"]
    "45454545" [label="E\\n45454545 (open, fork, main)"]
    "45454545" -> "43434343"
    "43434343" [label="C\\n43434343"]
}
"""
    )


HOSTILE = 'a "b" \\N \\ &lt; <b> {x|y} é 😀'


def test_names_are_escaped_in_labels(repo: Repo) -> None:
    keep(repo, [Anchor("0123abcd", HOSTILE, NOON, "A <a@b.c>")])
    assert repo.ok("graph", "--dot").splitlines()[2] == (
        r"""    "0123abcd" [label="a \"b\" \\N \\ &amp;lt; <b> {x|y} é 😀\n0123abcd (open)"]"""
    )
    assert repo.ok("graph") == f"* 0123abcd (open) {HOSTILE}\n"


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it(repo: Repo) -> None:
    keep(repo, [Anchor("0123abcd", HOSTILE, NOON, "A <a@b.c>")])
    source = repo.ok("graph", "--dot").encode()
    done = subprocess.run(["dot", "-Tplain-ext"], input=source, capture_output=True, check=True)
    assert b"0123abcd" in done.stdout


def test_without_anchors_there_is_nothing(empty_repo: Repo) -> None:
    assert (empty_repo.ok("graph"), empty_repo.ok("heads")) == ("", "")
    assert (empty_repo.json("graph"), empty_repo.json("heads")) == ([], [])
    assert empty_repo.ok("graph", "--dot") == "digraph anchors {\n    node [shape=box]\n}\n"


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_drawn(forked: Repo) -> None:
    (path,) = (path for path in forked.files() if "-c-" in path)
    forked.write(path, forked.read(path)[:-4])
    message = f"error: {path}: torn: the closing '...' is missing, so its end was cut off\n"
    for command, last in (
        ("graph", "* 41414141 A"),
        ("heads", "44444444 2026-03-01 12:04 trial (done) D"),
    ):
        result = forked.anchor(command)
        assert (result.status, result.err) == (3, message)
        assert re.sub(" +", " ", result.out).splitlines()[2 if command == "heads" else 1] == last


def test_all_draws_the_anchors_of_other_branches_too(forked: Repo) -> None:
    forked.git("switch", "-q", "-c", "side")
    (path,) = (path for path in forked.files() if "-f-" in path)
    forked.git("add", path)
    forked.git("commit", "-qm", "Anchor F")
    forked.git("switch", "-q", "main")
    assert forked.ok("graph", "-n", "1") == "* 45454545 (open, main) E\n"
    assert forked.anchor("heads").err == ""
    assert forked.ok("graph", "--all", "-n", "2") == (
        "* 46464646 (open, fork, side) F\n| * 45454545 (open, fork, main) E\n"
    )
    forked.git("branch", "trial", "side")
    assert forked.ok("graph", "--all", "-n", "1") == "* 46464646 (open, fork, side) F (trial)\n"
    forked.git("branch", "-D", "trial")
    result = forked.anchor("heads", "--all")
    assert result.out.splitlines()[0].endswith("side            (open, fork) F (side)")
    assert result.err.startswith("hint: two anchors advanced from A (41414141); ")
    assert [item["places"] for item in forked.json("graph", "--all", "-n", "2")] == [["side"], []]
    assert [item["places"] for item in json.loads(forked.anchor("heads", "--all", "--json").out)] == [
        ["side"], [], [],
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["graph", "heads"])
def test_they_load_nothing_that_is_heavy(forked: Repo, command: str) -> None:
    forked.run("sh", "-c", "touch -d 2026-01-01 $(find .anchors -name '*.yaml')", check=True)
    forked.run("sleep", "0.15", check=True)
    forked.ok("list")
    program = (
        "import sys; from gitanchor.cli import main as cli;"
        f"cli.run([{command!r}]);"
        "print('MODULES', *sorted(sys.modules), file=sys.stderr)"
    )
    done = forked.run(sys.executable, "-c", program, check=True)
    loaded = {name.split(".")[0] for name in done.err.split("MODULES", 1)[1].split()}
    assert not loaded & {"yaml", "jinja2", "git", "ftfy", "dateutil", "filelock", "ijson", "pyperclip"}
