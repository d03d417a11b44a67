"""Which variants of a test `make test` runs: the others are slow, for `make test-all`."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

Params = list[Any]
"""What pytest.param makes, whose type is none that one may import."""


def first(values: Iterable[object], keep: int = 1, ids: Iterable[str] | None = None) -> Params:
    """The values of a parameter (or tuples of several ones'), of which all but the first are slow."""
    listed = list(values)
    names: Iterable[str | None] = [None] * len(listed) if ids is None else ids
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            id=name,
            marks=() if number < keep else pytest.mark.slow,
        )
        for number, (value, name) in enumerate(zip(listed, names, strict=True))
    ]


def shells(commands: Mapping[str, Sequence[str]]) -> Params:
    """Shells by name, of which all but the first one that is here are slow."""
    here = next((name for name, words in commands.items() if shutil.which(words[0])), None)
    return [
        pytest.param(words, id=name, marks=() if name == here else pytest.mark.slow)
        for name, words in commands.items()
    ]
