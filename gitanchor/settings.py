"""What can be set: by the team in `.anchors/config.yaml`, by each person in git's configuration.

git's configuration wins. What a setting means is the business of the module that uses it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from gitanchor.anchor import SECTIONS
from gitanchor.errors import BadAnchorFile, WrongUsage
from gitanchor.repository import Repository
from gitanchor.store import SETTINGS

DEFAULT_LOG: Final = "GPT_Anchors_Log.md"
DEFAULT_COMMITS: Final = 5
DEFAULT_HOURS: Final = 24

INITIAL: Final = """\
# Settings of git anchor that the team shares. 'git config anchor.remind.commits N' and the like
# win over them in one clone.
log:
  path: {log}
remind:
  # The post-commit reminder speaks when the branch is so many commits or hours past its newest
  # anchor; 0 switches either off.
  commits: {commits}
  hours: {hours}
# How you write: the day before the month, and your own names for the four sections.
# parse:
#   day_first: true
# labels:
#   Where it hurts: dependencies
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `log` is a path from the top of the worktree; 0 switches off.

    `labels` are the team's own names of sections, each with the field that it fills.
    """

    log: str = DEFAULT_LOG
    remind_commits: int = DEFAULT_COMMITS
    remind_hours: int = DEFAULT_HOURS
    day_first: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


def load(repository: Repository) -> Settings:
    """Read both places. Raises WrongUsage or BadAnchorFile for a value that makes no sense."""
    shared = _shared(repository.root / SETTINGS)
    own = repository.config("anchor")
    return Settings(
        log=checked_log(shared.get("log.path", DEFAULT_LOG)),
        remind_commits=_number("remind.commits", own, shared, DEFAULT_COMMITS),
        remind_hours=_number("remind.hours", own, shared, DEFAULT_HOURS),
        day_first=_flag("parse.day_first", shared),
        labels=_labels(shared),
    )


def initial(log: str) -> str:
    """The text of a new settings file."""
    from gitanchor import codec

    quoted = codec.scalar(log)
    return INITIAL.format(log=quoted, commits=DEFAULT_COMMITS, hours=DEFAULT_HOURS)


def checked_log(path: str) -> str:
    """The path of the log with forward slashes, or WrongUsage if it cannot be one."""
    pure = PurePosixPath(path.replace("\\", "/"))
    inside = not pure.is_absolute() and ".." not in pure.parts and pure.parts
    if not inside or pure.parts[0] in {".git", ".anchors"} or not pure.name.endswith(".md"):
        raise WrongUsage(
            f"log.path: '{path}' is no place for the log;"
            " give a path to a .md file inside the worktree, outside .git and .anchors"
        )
    return str(pure)


def _shared(path: Path) -> dict[str, str]:
    """The settings file as dotted names. A missing file has none."""
    from gitanchor import codec

    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadAnchorFile(SETTINGS, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadAnchorFile(SETTINGS, f"not UTF-8 at byte {error.start}") from None
    values = codec.load_settings(text, SETTINGS)
    for group in ("log", "remind", "parse", "labels"):
        if not isinstance(values.get(group, {}), dict):
            raise BadAnchorFile(SETTINGS, f"'{group}' holds settings of its own, one a line below it")
    return _dotted(values)


def _dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= _dotted(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            found[f"{prefix}{key}"] = value
    return found


def _flag(name: str, shared: Mapping[str, str]) -> bool:
    value = shared.get(name, "false")
    if value not in {"true", "false"}:
        raise WrongUsage(f"{SETTINGS}: {name}: '{value}' is neither true nor false")
    return value == "true"


def _labels(shared: Mapping[str, str]) -> dict[str, str]:
    """The settings below `labels`: a label, and the section that it names."""
    found = {
        key.removeprefix("labels."): section
        for key, section in shared.items()
        if key.startswith("labels.")
    }
    for label, section in found.items():
        if section not in SECTIONS:
            raise WrongUsage(
                f"{SETTINGS}: labels.{label}: '{section}' is no section; give one of"
                f" {', '.join(SECTIONS)}"
            )
    return found


def _number(name: str, own: Mapping[str, str], shared: Mapping[str, str], default: int) -> int:
    where, value = f"anchor.{name}", own.get(f"anchor.{name}")
    if value is None:
        where, value = f"{SETTINGS}: {name}", shared.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise WrongUsage(f"{where}: '{value}' is not a number; give 0 or more")
    return int(value)
