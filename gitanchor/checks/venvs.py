"""Read virtual environments by the names of their folders and files; nothing is imported or run."""

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from gitanchor.checks.grammar import distribution_name
from gitanchor.model.lazy_re import late
from gitanchor.storage import safe_open

_DISTRIBUTION: Final = late(
    r"(?P<name>[A-Za-z0-9][\w.-]*?)-(?P<version>v?\d[^-]*)(?:-py[\d.]+)?\.(?:dist|egg)-info", re.ASCII
)
_LARGEST: Final = 64 * 1024


class Environment(NamedTuple):
    """A virtual environment: its folder, its Python's version, and whether system packages count."""

    folder: Path
    python: str | None
    has_more: bool

    def packages(self) -> dict[str, str]:
        """The versions of the distributions in it, by their normalized names."""
        found = {}
        for place in self._places():
            for name in _names(place):
                if match := _DISTRIBUTION.fullmatch(name):
                    found[distribution_name(match["name"])] = match["version"].replace("_", "+", 1)
        return found

    def version_of(self, command: str) -> str | None:
        """Return the version of a command: its Python's, or that of the package with the same name."""
        return self.python if command in {"python", "python3"} else self.packages().get(command)

    def has_command(self, name: str) -> bool:
        """Whether the environment has a command of that name."""
        places = (self.folder / "bin" / name, self.folder / "Scripts" / f"{name}.exe")
        return any(place.is_file() for place in places)

    def _places(self) -> list[Path]:
        inside = [
            self.folder / library / name / "site-packages"
            for library in ("lib", "lib64")
            for name in _names(self.folder / library)
            if name.startswith(("python", "pypy"))
        ]
        return [*inside, self.folder / "Lib" / "site-packages"]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def active() -> Path | None:
    """Return the folder of the active environment, by $VIRTUAL_ENV or $CONDA_PREFIX."""
    found = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    return Path(found) if found else None


def read(folder: Path) -> Environment | None:
    """Return the environment in a folder, or None."""
    configuration = folder / "pyvenv.cfg"
    try:
        text = safe_open.start(configuration, _LARGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return _of_conda(folder) if (folder / "conda-meta").is_dir() else None
    except OSError:
        return None
    lines = (line.partition("=") for line in text.splitlines())
    values = {key.strip().lower(): value.strip() for key, _, value in lines}
    version = re.match(r"\d+(?:\.\d+)*", values.get("version") or values.get("version_info") or "")
    has_more = values.get("include-system-site-packages", "false").lower() == "true"
    return Environment(folder, version[0] if version else None, has_more)


def _of_conda(folder: Path) -> Environment:
    """Read an environment of conda, which has a file for each package: name, version and build."""
    names = (
        re.fullmatch(r"python-(\d+(?:\.\d+)*)-[^-]+\.json", name)
        for name in _names(folder / "conda-meta")
    )
    return Environment(folder, next((name[1] for name in names if name), None), has_more=False)
