"""Short runs of `make fuzz`, and that it notices what is wrong."""

import pytest

from gitanchor.model import escaping
from tests.fuzz import run, targets

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("target", targets.TARGETS)
def test_a_short_run_finds_nothing(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([target, "--random", "--inputs", "1000", "--seed", "7"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{target}: 1000 inputs (at random), 0 findings\n  slowest: ")


def test_a_run_notices_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(escaping, "escaped", lambda text: text)
    assert run.main(["terminal", "--random", "--inputs", "100"]) == 1
    assert "AssertionError: " in capsys.readouterr().out
