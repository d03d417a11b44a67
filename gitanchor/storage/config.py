"""The settings: those of the team in `.anchors/config.yaml`, those of a person in git's configuration.

git's configuration takes precedence. A setting is explained in the module that uses it.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from gitanchor.git.names import is_git_folder
from gitanchor.git.repository import Repository
from gitanchor.model.anchor import SECTIONS
from gitanchor.model.errors import BadAnchorFile, WrongUsage
from gitanchor.storage import safe_open
from gitanchor.storage.store import FOLDER, SETTINGS

DEFAULT_LOG: Final = "GPT_Anchors_Log.md"
DEFAULT_ARCHIVE: Final = "docs/anchors"
DEFAULT_KEEP: Final = 20
DEFAULT_COMMITS: Final = 5
DEFAULT_HOURS: Final = 24

EVERY_BRANCH: Final = "every-branch"
DEFAULT_BRANCH: Final = "default-branch"
ARCHIVE: Final = "archive"
MODES: Final = (EVERY_BRANCH, DEFAULT_BRANCH, ARCHIVE)
"""Which branches write the log: every one, only the default one, or every one the newest entries."""

SNAPSHOT: Final = "snapshot"
AGENTS: Final = "agents"
OUTPUTS: Final = (SNAPSHOT, AGENTS)
"""What a file beside the log may be: the newest open anchor as a whole file, or as a block in one."""

INITIAL: Final = """\
# Settings of git anchor that the team shares. 'git config anchor.remind.commits N' and the like
# win over them in one clone.
log:
  path: {log}
  # mode: default-branch leaves the log alone on other branches; mode: archive keeps the newest
  # anchors in it, and the others by month in {archive}/.
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
# Files for other tools, generated beside the log.
# outputs:
#   HANDOFF.md: snapshot
#   AGENTS.md: agents
"""


_KNOWN: Final = {
    "log": ("path", "mode", "branch", "keep", "archive"),
    "remind": ("commits", "hours"),
    "parse": ("day_first",),
}
"""The settings of the team's file, by group; below `labels` and `outputs` any key is allowed."""

_OUTPUT: Final = "outputs."

_FREE: Final = ("labels", "outputs")
"""The groups whose keys a team chooses."""


class Settings(NamedTuple):
    """The settings in force. `log` is a path from the top of the worktree.

    `log_branch` is the default branch if the team named it. In the mode `archive` the log keeps
    `log_keep` entries, and the folder `log_archive` has the others. `remind_commits` and
    `remind_hours` are limits; 0 switches one off. `labels` maps the team's own names of sections to
    fields. `outputs` maps the paths of further generated files to what they are, one of `OUTPUTS`.
    `unknown` has a sentence for each unknown key of the team's file: it may belong to a newer
    version, or be mistyped.
    """

    log: str = DEFAULT_LOG
    log_mode: str = EVERY_BRANCH
    log_branch: str | None = None
    log_keep: int = DEFAULT_KEEP
    log_archive: str = DEFAULT_ARCHIVE
    remind_commits: int = DEFAULT_COMMITS
    remind_hours: int = DEFAULT_HOURS
    day_first: bool = False
    labels: Mapping[str, str] = MappingProxyType({})
    outputs: Mapping[str, str] = MappingProxyType({})
    unknown: tuple[str, ...] = ()

    @property
    def generated(self) -> tuple[str, ...]:
        """The paths at and below which a render writes, the log first."""
        return (*self.of_log, *self.outputs)

    @property
    def of_log(self) -> tuple[str, ...]:
        """The path of the log, and the folder of its older entries if there is one."""
        return (self.log, self.log_archive) if self.log_mode == ARCHIVE else (self.log,)


def load(repository: Repository) -> Settings:
    """Read the settings of team and person. Raises WrongUsage or BadAnchorFile for an invalid value."""
    shared, unknown = _shared(repository.root)
    own = repository.own_settings
    found = Settings(
        log=_log(shared.get("log.path", DEFAULT_LOG)),
        log_mode=_mode(shared.get("log.mode", EVERY_BRANCH)),
        log_branch=shared.get("log.branch"),
        log_keep=_number("log.keep", {}, shared, DEFAULT_KEEP),
        log_archive=_archive(shared.get("log.archive", DEFAULT_ARCHIVE)),
        remind_commits=_number("remind.commits", own, shared, DEFAULT_COMMITS),
        remind_hours=_number("remind.hours", own, shared, DEFAULT_HOURS),
        day_first=_flag("parse.day_first", shared),
        labels=_labels(shared),
        unknown=unknown,
    )
    return found._replace(outputs=_outputs(shared, found)) if _has_outputs(shared) else found


def initial(log: str) -> str:
    """Return the text of a new settings file. `log` is the path of the log."""
    from gitanchor.storage import codec

    quoted = codec.scalar(log)
    return INITIAL.format(
        log=quoted, archive=DEFAULT_ARCHIVE, commits=DEFAULT_COMMITS, hours=DEFAULT_HOURS
    )


def checked_log(path: str) -> str:
    """Return the path of the log with forward slashes. Raises WrongUsage if the log cannot be there."""
    inside = _inside(path)
    if inside is None or not inside.endswith(".md"):
        raise WrongUsage(
            f"'{path}' is no place for the log;"
            " give a path to a .md file inside the worktree, outside .git and .anchors"
        )
    return inside


def _log(path: str) -> str:
    try:
        return checked_log(path)
    except WrongUsage as problem:
        raise WrongUsage(f"{SETTINGS}: log.path: {problem}") from None


def _archive(path: str) -> str:
    inside = _inside(path)
    if inside is None:
        raise WrongUsage(
            f"{SETTINGS}: log.archive: '{path}' is no place for older anchors;"
            " give a folder inside the worktree, outside .git and .anchors"
        )
    return inside


def _inside(path: str) -> str | None:
    """Return a path with forward slashes; None if it is outside the worktree, or in .git or .anchors.

    Other names that some file system takes for these count as well, as the team may work on any.
    """
    pure = PurePosixPath(path.replace("\\", "/"))
    inside = not pure.is_absolute() and ".." not in pure.parts and pure.parts and path.isprintable()
    if not inside or any(map(is_git_folder, pure.parts)):
        return None
    return str(pure) if pure.parts[0].casefold().rstrip(". ") != FOLDER else None


def _mode(value: str) -> str:
    if value not in MODES:
        raise WrongUsage(f"{SETTINGS}: log.mode: '{value}' is no mode; give one of {', '.join(MODES)}")
    return value


def _shared(root: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the settings file by dotted names, and a sentence for each unknown key."""
    from gitanchor.storage import codec

    try:
        text = safe_open.read(root / SETTINGS).decode()
    except FileNotFoundError:
        return {}, ()
    except OSError as error:
        raise BadAnchorFile(SETTINGS, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadAnchorFile(SETTINGS, f"not UTF-8 at byte {error.start}") from None
    values = codec.load_settings(text, SETTINGS)
    for group in (*_KNOWN, *_FREE):
        if not isinstance(values.get(group, {}), dict):
            raise BadAnchorFile(SETTINGS, f"'{group}' holds settings of its own, one a line below it")
    for path, kind in values.get("outputs", {}).items():
        if isinstance(kind, dict):
            raise BadAnchorFile(SETTINGS, f"'outputs.{path}' holds settings of its own; give one value")
    return _dotted(values), tuple(_unknown(values, text))


def _unknown(values: Mapping[str, Any], text: str) -> Iterator[str]:
    """Yield a sentence for each unknown key, with its line and the key that may have been meant."""
    known = [*_KNOWN, *_FREE, *(f"{group}.{key}" for group, keys in _KNOWN.items() for key in keys)]
    for group, value in values.items():
        if group not in known:
            yield _not_known(group, group, known, text)
        for key in value if group in _KNOWN else ():
            if key not in _KNOWN[group]:
                yield _not_known(f"{group}.{key}", key, known, text)


def _not_known(name: str, key: str, known: Sequence[str], text: str) -> str:
    import difflib  # rarely needed

    near = difflib.get_close_matches(name, known, 1) or [
        item for item in known if item.endswith(f".{key}")
    ]
    meant = f"; did you mean '{near[0]}'?" if near else "; a newer git anchor may know it"
    keys = [word.strip("'\"") for word in (line.partition(":")[0].strip() for line in text.split("\n"))]
    line = f":{keys.index(key) + 1}" if key in keys else ""
    return f"{SETTINGS}{line}: '{name}' is no setting, and is left aside{meant}"


def _dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= _dotted(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            found[f"{prefix}{key}"] = value
        elif prefix.removesuffix(".") in (*_KNOWN, *_FREE):
            raise BadAnchorFile(SETTINGS, f"'{prefix}{key}' is a list; give one value")
    return found


def _flag(name: str, shared: Mapping[str, str]) -> bool:
    value = shared.get(name, "false")
    if value not in {"true", "false"}:
        raise WrongUsage(f"{SETTINGS}: {name}: '{value}' is neither true nor false")
    return value == "true"


def _labels(shared: Mapping[str, str]) -> dict[str, str]:
    """Return the settings below `labels`: labels, and the sections that they name."""
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


def _has_outputs(shared: Mapping[str, str]) -> bool:
    return any(key.startswith(_OUTPUT) for key in shared)


def _outputs(shared: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the settings below `outputs`: paths, and what is generated there. Raises BadAnchorFile."""
    found: dict[str, str] = {}
    taken = {_folded(path): path for path in settings.of_log}
    for key, kind in shared.items():
        if not key.startswith(_OUTPUT):
            continue
        path = _inside(key.removeprefix(_OUTPUT))
        if kind not in OUTPUTS:
            raise BadAnchorFile(
                SETTINGS, f"{key}: '{kind}' is no kind of file; give one of {', '.join(OUTPUTS)}"
            )
        if path is None or not path.endswith(".md"):
            raise BadAnchorFile(
                SETTINGS,
                f"{key}: no place for a generated file;"
                " give a path to a .md file inside the worktree, outside .git and .anchors",
            )
        for other, shown in taken.items():
            if _overlap(_folded(path), other):
                told = f"{key}: '{shown}' is generated already; give another path"
                raise BadAnchorFile(SETTINGS, told)
        taken[_folded(path)] = path
        found[path] = kind
    return found


def _folded(path: str) -> str:
    """Return a path as a file system may see it that knows neither case nor composed letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _overlap(one: str, other: str) -> bool:
    """Whether two paths are the same, or one would have to be a folder for the other."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _number(name: str, own: Mapping[str, str], shared: Mapping[str, str], default: int) -> int:
    where, value = f"anchor.{name}", own.get(f"anchor.{name}")
    if value is None:
        where, value = f"{SETTINGS}: {name}", shared.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise WrongUsage(f"{where}: '{value}' is not a number; give 0 or more")
    return int(value)
