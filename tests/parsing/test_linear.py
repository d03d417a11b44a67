"""Work whose time grows with its input and no faster: twice the input takes about twice the time."""

import time
from collections.abc import Callable

import pytest

from gitanchor.importing import import_plan
from gitanchor.parsing import encoding, parse
from tests.model.test_inert import ORIGIN
from tests.variants import first

CLEAN = "Überprüft – „schön“ — naïve café ✅\n"


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def is_linear(work: Callable[[int], Callable[[], object]], size: int) -> None:
    """Fail if twice the size takes more than 2.6 times as long, in each of some tries."""
    told = []
    for _ in range(4):
        once, twice = (min(seconds(work(many)) for _ in range(2)) for many in (size, 2 * size))
        told.append(f"{once:.3f} s, then {twice:.3f} s")
        if twice <= 2.6 * once + 0.01:
            return
    pytest.fail("; ".join(told))


@pytest.mark.parametrize("name", first(["cp1252", "macroman", "latin-1", "cp437"]))
def test_undoing_misread_encodings(name: str) -> None:
    garbled = CLEAN.encode().decode(name if name != "cp1252" else "latin-1")

    def work(lines: int) -> Callable[[], object]:
        return lambda: encoding.repair(garbled * lines)

    if name != "cp437":  # whose umlauts look like drawings
        assert encoding.repair(garbled * 20_000).text == CLEAN * 20_000
    is_linear(work, 2_000)


def test_undoing_what_stands_in_one_line_or_is_never_the_same() -> None:
    one = "".join(f"{chr(number)}a" for number in range(0x900, 0x3000)).encode().decode("latin-1")
    assert encoding.repair(one).text.encode().decode() == "".join(
        f"{chr(number)}a" for number in range(0x900, 0x3000)
    )
    is_linear(lambda times: lambda: encoding.repair(one * times), 2)


@pytest.mark.slow
@pytest.mark.parametrize("timed", first([7, 0, 1]))
def test_planning_an_import(timed: int) -> None:
    """Of the entries none, all or some have a time."""
    text = [
        f"Resume from anchor: [Step_{number}]\n"
        + (
            f"2025-10-{1 + number % 28:02d} {number % 24:02d}:{number % 60:02d}\n"
            if timed and not number % timed
            else ""
        )
        + f"Context: it rains {number}\nNext action: go on\n\n"
        for number in range(4_000)
    ]

    def work(many: int) -> Callable[[], object]:
        parsed = parse.parse("".join(text[:many]))
        assert len(parsed.drafts) == many
        return lambda: import_plan.plan(parsed, [], ORIGIN)

    is_linear(work, 2_000)


@pytest.mark.parametrize(
    "piece", ["## Heading {}\n", "## Done\n## Other {}\n", "- a\n## Next {}\n- b\n"]
)
def test_reading_a_document_of_headings(piece: str) -> None:
    top = "# Handoff\n\n## Done\n- x\n\n"

    def work(many: int) -> Callable[[], object]:
        text = top + "".join(piece.format(number) for number in range(many))
        return lambda: parse.parse(text, parse.Options(file="HANDOFF.md"))

    is_linear(work, 2_000)
