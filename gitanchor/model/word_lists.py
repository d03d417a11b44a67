"""The words of many languages in TOML files beside the modules that use them, which translators edit."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import cast

Lists = Mapping[str, Mapping[str, Sequence[str]]]
"""The lists of words by language, and then by what the words mean."""


@cache
def read(package: str, name: str) -> Lists:
    """Return the lists of a file in a package."""
    text = (resources.files(package) / name).read_text("utf-8")
    return cast("Lists", tomllib.loads(text))
