"""Merging three versions of anchors, their files and the log: pure, by field and by entry."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitanchor.hooks import merge_driver
from gitanchor.model.anchor import Anchor, Dependency
from gitanchor.model.errors import BadAnchorFile
from gitanchor.parsing import log_format
from gitanchor.rendering import log_entries
from gitanchor.storage import codec
from gitanchor.storage.field_merge import FieldMerge, Marks, Merged, merge
from tests import strategies

PATH = ".anchors/2026/03/20260301T1200-x-0000000a.yaml"
LOG = "GPT_Anchors_Log.md"
MARKS = Marks()
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)


def anchor(number: int = 10, **changes: object) -> Anchor:
    made = Anchor(f"{number:08x}", f"Step{number}", FIRST + timedelta(hours=number), "A <a@example.com>")
    return dataclasses.replace(made, **{"context": "It works.", "next_action": "Go on.", **changes})  # type: ignore[arg-type]


def log(*anchors: Anchor, foreword: str = "") -> str:
    order = sorted(anchors, key=lambda one: (one.created, one.id), reverse=True)
    return log_entries.log(order, foreword)


def merged(path: str, base: str, ours: str, theirs: str, marks: Marks = MARKS) -> Merged:
    content, result = merge_driver.merge_contents(
        (base.encode(), ours.encode(), theirs.encode()), path, marks
    )
    assert content.decode() == result.text
    return result


def logs(base: str, ours: str, theirs: str, marks: Marks = MARKS) -> Merged:
    return merged(LOG, base, ours, theirs, marks)


def files(base: str, ours: str, theirs: str, marks: Marks = MARKS) -> Merged:
    return merged(PATH, base, ours, theirs, marks)


# Fields ----------------------------------------------------------------------------------------


def fields(base: Anchor | None, ours: Anchor, theirs: Anchor) -> FieldMerge:
    """A merge, checked to be the same the other way round."""
    found, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert (found.ours, found.theirs, set(found.conflicts)) == (
        other.theirs,
        other.ours,
        set(other.conflicts),
    )
    return found


@pytest.mark.unit
def test_a_change_on_one_side_wins_over_an_untouched_other() -> None:
    base = anchor()
    found = fields(base, anchor(context="New."), anchor(notes="Also new.", extra={"ticket": "7"}))
    assert found.conflicts == []
    assert found.ours == anchor(context="New.", notes="Also new.", extra={"ticket": "7"})


@pytest.mark.unit
def test_the_same_field_changed_on_both_sides_is_a_conflict() -> None:
    found = fields(anchor(), anchor(context="A.", notes="n"), anchor(context="B."))
    assert found.conflicts == ["context"]
    assert (found.ours.context, found.theirs.context, found.base and found.base.context) == (
        "A.", "B.", "It works.",
    )  # fmt: skip
    assert found.theirs.notes == "n"
    assert fields(anchor(), anchor(context="A."), anchor(context="A.")).conflicts == []
    assert fields(None, anchor(name="A"), anchor(name="B")).conflicts == ["name"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("open", "open", "done", "done"),
        ("done", "done", "open", "open"),  # as a revert of `git anchor done` has it
        ("superseded", "open", "done", "done"),
        ("open", "superseded", "done", "done"),
        ("done", "superseded", "open", "superseded"),
        (None, "open", "done", "done"),
    ],
)
def test_done_wins_over_open(base: str | None, ours: str, theirs: str, result: str) -> None:
    was = anchor(status=base) if base else None
    found = fields(was, anchor(status=ours), anchor(status=theirs))
    assert (found.conflicts, found.ours.status) == ([], result)


@pytest.mark.unit
def test_lists_are_united() -> None:
    base = anchor(parents=("0000000a",), done_when=("file:x", "file:y"))
    ours = dataclasses.replace(base, parents=("0000000a", "0000000c"), done_when=("file:y", "file:z"))
    theirs = dataclasses.replace(base, parents=("0000000b",), done_when=("file:x", "file:y", "file:a"))
    found = fields(base, ours, theirs)
    assert found.conflicts == []
    assert found.ours.parents == ("0000000b", "0000000c")
    assert found.ours.done_when == ("file:y", "file:a", "file:z")


@pytest.mark.unit
def test_dependencies_are_the_same_by_their_text() -> None:
    def held(*items: Dependency) -> Anchor:
        return anchor(dependencies=items)

    one, two, three = (Dependency(text) for text in ("one", "two", "three"))
    checked = dataclasses.replace(one, kind="tool", check="which one")
    assert fields(held(one), held(checked, two), held(one, three)).ours == held(checked, three, two)
    assert fields(held(one), held(checked), held()).ours == held(checked)
    assert fields(None, held(one, two), held(two, three)).ours.dependencies == (one, two, three)
    other = dataclasses.replace(one, kind="key")
    assert fields(held(one), held(checked), held(other)).conflicts == ["dependencies"]
    assert fields(held(one), held(one, one), held(two)).conflicts == ["dependencies"]


# Anchor files ----------------------------------------------------------------------------------


@pytest.mark.unit
def test_files_merge_by_field_and_keep_every_other_byte() -> None:
    base = codec.dump(anchor(extra={"ticket": "7"}))
    ours = base.replace("status: open\n", "# closed in the review\nstatus: done\noutcome: It holds.\n")
    theirs = base.replace("name: Step10\n", "name: Step10   # as on the board\n").replace(
        'notes: ""\n', "notes: Read it.\n"
    )
    for one, other in ((ours, theirs), (theirs, ours)):
        result = files(base, one, other)
        assert result.clean
        assert result.text == ours.replace("Step10\n", "Step10   # as on the board\n").replace(
            'notes: ""\n', "notes: Read it.\n"
        )
        codec.load(result.text, PATH)


@pytest.mark.unit
def test_a_field_in_conflict_stands_between_markers_and_the_file_is_refused() -> None:
    base, ours, theirs = (codec.dump(anchor(context=text)) for text in ("Was.", "A\nB", "A\nC"))
    ours = ours.replace("status: open", "status: done")
    result = files(base, ours, theirs)
    assert (result.clean, result.conflicts) == (False, ("context",))
    assert result.text == ours.replace(
        "context: |-\n  A\n  B\n",
        "<<<<<<< ours\ncontext: |-\n  A\n  B\n=======\ncontext: |-\n  A\n  C\n>>>>>>> theirs\n",
    )
    with pytest.raises(BadAnchorFile, match="is a conflict marker"):
        codec.load(result.text, PATH)
    shown = files(base, ours, theirs, Marks(9, "HEAD", "1a2b", "side", with_base=True)).text
    assert (
        "<<<<<<<<< HEAD\ncontext: |-\n  A\n  B\n||||||||| 1a2b\ncontext: |-\n  Was.\n=========\n"
        in shown
    )
    assert ">>>>>>>>> side\n" in shown


def test_a_list_with_a_comment_of_theirs_is_in_conflict_rather_than_lost() -> None:
    base = codec.dump(anchor(done_when=("file:a",)))
    ours = base.replace("[file:a]", "[file:a, file:b]").replace("done_when: ['file:a']", "")
    line = next(line for line in base.splitlines() if line.startswith("done_when"))
    ours = base.replace(line, "done_when: [file_a, file_b]")
    theirs = base.replace(line, "done_when: [file_c]  # as agreed")
    result = files(base, ours, theirs)
    assert (result.clean, result.conflicts) == (False, ("done_when",))
    assert "# as agreed" in result.text


@pytest.mark.unit
def test_united_lists_are_written_anew() -> None:
    base = codec.dump(anchor())
    ours = codec.rewrite(base, PATH, {"dependencies": [{"kind": "tool", "text": "make"}]})
    theirs = codec.rewrite(base, PATH, {"dependencies": [{"kind": "key", "text": "deploy key"}]})
    result = files(base, ours, theirs)
    assert result.clean
    assert result == files(base, theirs, ours)
    assert codec.load(result.text, PATH).dependencies == (
        Dependency("deploy key", "key"),
        Dependency("make", "tool"),
    )


@pytest.mark.unit
def test_removed_unknown_keys_stay_removed() -> None:
    base = codec.dump(anchor(extra={"ticket": "7", "due": "soon"}))
    ours, theirs = codec.dump(anchor(extra={"due": "soon"})), base.replace("open", "done")
    assert files(base, ours, theirs) == Merged(ours.replace("open", "done"), clean=True)


@pytest.mark.diagonal
@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("bad", ["torn", "not yaml", "conflict", "utf-8", "id"])
def test_what_cannot_be_read_is_merged_by_git_and_loses_no_byte(which: int, bad: str) -> None:
    texts = [codec.dump(anchor(context=text)).encode() for text in ("Was.", "A", "B")]
    texts[1] = texts[1].replace(b"status: open", b"status: done")
    texts[which] = {
        "torn": texts[which].removesuffix(b"...\n"),
        "not yaml": texts[which] + b"a: [\n",
        "conflict": b"<<<<<<< a\n=======\n>>>>>>> b\n" + texts[which],
        "utf-8": texts[which].replace(b"Step10", b"Step\xff"),
        "id": texts[which].replace(b"0000000a", b"0000000b"),
    }[bad]
    content, result = merge_driver.merge_contents((texts[0], texts[1], texts[2]), PATH, MARKS)
    assert not result.clean or (bad, which) == ("id", 0)
    lines = set(content.split(b"\n"))
    for side in (1, 2):
        new = set(texts[side].split(b"\n")) - set(texts[0].split(b"\n"))
        assert new <= lines


def test_binary_rubbish_is_a_conflict_that_keeps_ours() -> None:
    assert merge_driver.merge_contents((b"a\0", b"b\0", b"c\0"), PATH, MARKS)[0] == b"b\0"
    assert not merge_driver.merge_contents((b"a\0", b"b\0", b"c\0"), LOG, MARKS)[1].clean


# The log ---------------------------------------------------------------------------------------


@pytest.mark.unit
def test_entries_of_both_sides_stand_in_the_order_of_a_render() -> None:
    base = log(anchor(1), anchor(4))
    ours, theirs = (
        log(anchor(1), anchor(4), anchor(3), anchor(6)),
        log(anchor(1), anchor(4), anchor(2), anchor(5)),
    )
    expected = log(*(anchor(number) for number in range(1, 7)))
    assert logs(base, ours, theirs) == Merged(expected, clean=True)
    assert logs(base, theirs, ours) == Merged(expected, clean=True)
    assert logs("", ours, theirs) == Merged(expected, clean=True)


@pytest.mark.unit
def test_edits_and_removals_of_one_side() -> None:
    base = log(anchor(1), anchor(2), anchor(3))
    ours, theirs = (
        log(anchor(1, status="done"), anchor(3)),
        log(anchor(1, notes="n"), anchor(2), anchor(3, name="N")),
    )
    expected = log(anchor(1, status="done", notes="n"), anchor(3, name="N"))
    assert logs(base, ours, theirs) == Merged(expected, clean=True)


CONFLICT = """\
**Resume from anchor:** [Step1]

<<<<<<< ours
**Context:** Ours.

=======
**Context:** Theirs.

>>>>>>> theirs
**Next action:** Go on.

*No branch recorded, no commit recorded*

<<<<<<< ours
<!-- /anchor 00000001 {"""


@pytest.mark.unit
def test_the_same_field_is_a_conflict_inside_its_entry_only() -> None:
    base = log(anchor(1), anchor(2))
    ours, theirs = (
        log(anchor(1, context="Ours."), anchor(2)),
        log(anchor(1, context="Theirs."), anchor(2), anchor(3)),
    )
    result = logs(base, ours, theirs)
    assert (result.clean, result.conflicts) == (False, ("00000001",))
    assert CONFLICT in result.text
    assert result.text.count("<<<<<<< ours\n") == 2
    assert [block.id for block in log_format.blocks(result.text.split("\n"))][:2] == [
        "00000003",
        "00000002",
    ]
    assert taken(result.text, 0) == log(anchor(1, context="Ours."), anchor(2), anchor(3))
    assert taken(result.text, 1) == log(anchor(1, context="Theirs."), anchor(2), anchor(3))
    with_base = logs(base, ours, theirs, Marks(with_base=True)).text
    assert "||||||| base\n**Context:** It works.\n\n=======" in with_base


def taken(text: str, side: int) -> str:
    """A text with all conflicts settled for one side."""
    kept, state = [], -1
    for line in text.splitlines(keepends=True):
        if line in {"<<<<<<< ours\n", "=======\n", ">>>>>>> theirs\n"}:
            state = {"<": 0, "=": 1, ">": -1}[line[0]]
        elif state in {-1, side}:
            kept.append(line)
    return "".join(kept)


def test_markers_never_stand_in_a_fence() -> None:
    wild = "**Next action:** quoted\n\n```\nopen"
    base, ours, theirs = (log(anchor(1, context=f"{wild}\n{word}")) for word in ("was", "a", "b"))
    result = logs(base, ours, theirs)
    assert not result.clean
    assert "<<<<<<< ours\n**Context:**\n\n<!-- anchor:verbatim -->\n\n````markdown\n" in result.text
    # The same, where a hand edited one of them: there is no field to go by.
    edited = logs(base, ours, theirs.replace("\nb\n", "\nc\n"))
    assert "\n<<<<<<< ours\n<!-- anchor 00000001 -->\n" in edited.text


@pytest.mark.unit
def test_an_entry_changed_here_and_removed_there_is_a_conflict() -> None:
    base, ours, theirs = log(anchor(1), anchor(2)), log(anchor(2)), log(anchor(1, notes="n"), anchor(2))
    result = logs(base, ours, theirs)
    assert (result.clean, result.conflicts) == (False, ("00000001",))
    assert (
        f"\n<<<<<<< ours\n=======\n{log_entries.entry(anchor(1, notes='n'))}\n>>>>>>> theirs\n"
        in result.text
    )


def test_what_a_hand_wrote_into_an_entry_stays_as_it_is() -> None:
    base = log(anchor(1))
    ours = base.replace("It works.", "By hand.")
    theirs = log(anchor(1, notes="Noted."), anchor(2))
    for one, other in ((ours, theirs), (theirs, ours)):
        result = logs(base, one, other)
        assert result.clean
        assert result.text == theirs.replace("It works.", "By hand.", 2).replace(
            "By hand.", "It works.", 1
        )
        newest, edited = log_format.blocks(result.text.split("\n"))
        assert (newest.edited, edited.edited, edited.digest) == (
            False,
            True,
            log_entries.digest(anchor(1, notes="Noted.")),
        )


def test_what_a_hand_wrote_between_the_entries_stays_where_it_was() -> None:
    base = log(anchor(1), anchor(3))
    pasted = "Resume from anchor: [Pasted]\nContext: by hand\n"
    head = log_entries.header()
    ours = base.replace(f"{head}\n", f"{head}\n\n{pasted}", 1) + "\nThe end.\n"
    theirs = log(anchor(1), anchor(2), anchor(3), anchor(4))
    for one, other in ((ours, theirs), (theirs, ours)):
        result = logs(base, one, other)
        assert result.clean
        assert f"\n\n{pasted}\n<!-- anchor 00000003 -->\n" in result.text
        assert result.text.replace(f"{pasted}\n", "").replace("The end.\n\n", "") == theirs
        assert result.text.endswith(f"-->\n\nThe end.\n\n{log_entries.END}\n")
    other = base.replace(f"{head}\n", f"{head}\n\nOther text\n", 1)
    result = logs(base, ours, other)
    assert result.conflicts == ("text between entries",)
    removed = logs(base, ours, log(anchor(1)))
    above = log(anchor(1)).removesuffix(f"{log_entries.END}\n")
    assert removed.text == f"{above}{pasted}\nThe end.\n\n{log_entries.END}\n"


def test_the_foreword_is_merged_as_text() -> None:
    base, ours, theirs = (
        log(anchor(1), foreword=text)
        for text in ("one\n\ntwo\n\nthree", "ONE\n\ntwo\n\nthree", "one\n\ntwo\n\nTHREE")
    )
    assert logs(base, ours, theirs) == Merged(log(anchor(1), foreword="ONE\n\ntwo\n\nTHREE"), clean=True)
    assert logs(log(), log(foreword="x"), log(anchor(1))).text == log(anchor(1), foreword="x")
    result = logs(base, ours, log(anchor(2), foreword="Uno\n\ntwo\n\nthree"))
    assert (result.clean, result.conflicts[0]) == (False, "the foreword")
    was, mine, new = (log(foreword=f"```\n{word}\n```") for word in "abc")
    assert (
        "<<<<<<< ours\n```\nb\n```\n=======\n```\nc\n```\n>>>>>>> theirs\n" in logs(was, mine, new).text
    )


def test_a_head_of_another_version_is_text() -> None:
    base = log(anchor(1))
    older = base.replace("A living record", "An old record")
    theirs = log(anchor(1), anchor(2))
    assert logs(older, older, theirs) == Merged(theirs, clean=True)
    assert logs(older, older.replace("Template", "Form"), theirs).text == theirs.replace(
        "Template", "Form"
    )


@pytest.mark.parametrize(
    "bad", ["Our own log\n\nResume from anchor: [X]\n", "twice", "conflict", "time", "crlf"]
)
def test_what_is_no_generated_log_is_merged_by_git(bad: str) -> None:
    base = log(anchor(1))
    block = f"\n{log_entries.entry(anchor(1))}\n"
    ours = {
        "twice": base + block,
        "conflict": base + "\n<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n",
        "time": base.replace('"created": "2026', '"created": "last'),
        "crlf": base.replace("\n", "\r\n"),
    }.get(bad, bad)
    theirs = log(anchor(1), anchor(2))
    result = logs(base, ours, theirs)
    assert set(ours.split("\n")) | set(theirs.split("\n")) - set(base.split("\n")) <= set(
        result.text.split("\n")
    )


# Any anchors at all ----------------------------------------------------------------------------

FIELDS = (
    "name",
    "status",
    "context",
    "milestone",
    "next_action",
    "dependencies",
    "notes",
    "outcome",
    "extra",
)


@st.composite
def disjoint(draw: st.DrawFn) -> tuple[list[Anchor], list[Anchor], list[Anchor], list[Anchor]]:
    """Anchors that both sides start from, and end with; and what they make together.

    Each field of an anchor is changed by one side at most, and so is whether it is there.
    """
    pool = draw(st.lists(strategies.anchors, min_size=1, max_size=6, unique_by=lambda one: one.id))
    others = draw(st.lists(strategies.anchors, min_size=len(pool), max_size=len(pool)))
    sets: tuple[list[Anchor], ...] = ([], [], [], [])
    for one, other in zip(pool, others, strict=True):
        fate = draw(
            st.sampled_from(["edited", "new here", "new there", "gone here", "gone there", "new"])
        )
        both = {name: draw(st.sampled_from([0, 1, 2])) for name in FIELDS} if fate == "edited" else {}
        mine, new, all_ = (
            dataclasses.replace(
                one, **{name: getattr(other, name) for name in FIELDS if both.get(name) in who}
            )
            for who in ({1}, {2}, {1, 2})
        )
        present = {
            "edited": (one, mine, new, all_), "new here": (None, one, None, one), "new there": (None, None, one, one),
            "gone here": (one, None, one, None), "gone there": (one, one, None, None), "new": (None, one, one, one),
        }[fate]  # fmt: skip
        for found, version in zip(sets, present, strict=True):
            if version is not None:
                found.append(version)
    return sets[0], sets[1], sets[2], sets[3]


@pytest.mark.unit
@settings(max_examples=30)
@given(disjoint())
def test_disjoint_changes_merge_to_the_render_of_the_merged_anchors(
    sets: tuple[list[Anchor], list[Anchor], list[Anchor], list[Anchor]],
) -> None:
    base, ours, theirs, expected = sets
    result = logs(log(*base), log(*ours), log(*theirs))
    assert result == Merged(log(*expected), clean=True)
    assert logs(log(*base), log(*theirs), log(*ours)) == result
    was, mine, new, merged_anchors = ({one.id: one for one in found} for found in sets)
    for anchor_id in was.keys() & mine.keys() & new.keys():
        texts = [codec.dump(found[anchor_id]) for found in (was, mine, new)]
        file = files(texts[0], texts[1], texts[2])
        assert file.clean
        assert codec.load(file.text, PATH) == merged_anchors[anchor_id]


@pytest.mark.unit
@settings(max_examples=30)
@given(strategies.anchors, strategies.anchors, strategies.anchors)
def test_any_versions_of_an_anchor_merge_alike_in_file_and_log(
    one: Anchor, two: Anchor, three: Anchor
) -> None:
    base, ours, theirs = (
        dataclasses.replace(found, id=one.id, created=one.created) for found in (one, two, three)
    )
    file = files(codec.dump(base), codec.dump(ours), codec.dump(theirs))
    entry = logs(log(base), log(ours), log(theirs))
    assert file.clean == entry.clean
    if file.clean:
        assert entry.text == log(codec.load(file.text, PATH))
    elif entry.text.count("\n=======\n") == entry.text.count("\n<<<<<<< ours\n"):  # no text has it, too
        assert log_format.blocks(taken(entry.text, 0).split("\n"))[0].edited is False
        assert log_format.blocks(taken(entry.text, 1).split("\n"))[0].edited is False
    mirrored = logs(log(base), log(theirs), log(ours))
    assert mirrored.clean == entry.clean
    assert sorted(mirrored.text.split("\n")) == sorted(entry.text.split("\n"))
