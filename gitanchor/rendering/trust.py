"""A team's own templates in `.anchors/templates/`: which ones exist, and which this clone trusts.

Whoever can push can change such a file. So it is used only after a person in this clone has trusted
its content. The trusted contents are recorded in the git directory, which a push cannot change.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gitanchor.model.errors import NotFound, WrongUsage
from gitanchor.storage import atomic, safe_open
from gitanchor.storage.store import TEMPLATES

USES: Final = {
    "log.html.j2": "git anchor web",
    "request.md.j2": "git anchor request",
    "resume.md.j2": "git anchor resume",
}
"""The templates that a team may replace, each with the command that uses it."""

_TRUSTED: Final = re.compile(r"([0-9a-f]{64})  (\S+)")
"""A line in the format of `sha256sum`."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it now is in the worktree. `status` says whether this clone trusts it."""

    name: str
    text: str
    digest: str
    status: str

    @property
    def path(self) -> str:
        """The path from the top of the worktree."""
        return f"{TEMPLATES}/{self.name}"

    def render(self, values: Mapping[str, Any]) -> str:
        """Render the template with values that are JSON types.

        Raises WrongUsage with the error of the template.
        """
        from gitanchor.rendering import sandbox

        return sandbox.render(self.text, self.path, values)


class Templates:
    """The templates of one worktree; `shared` is the folder of its clone's state."""

    def __init__(self, root: Path, shared: Path, scratch: Path) -> None:
        self._root = root
        self._known = shared / "trusted-templates"
        self._scratch = scratch

    def names(self) -> list[str]:
        """Return the names that may be replaced, then those of other files in the folder."""
        folder = self._root / TEMPLATES
        there = os.listdir(folder) if folder.is_dir() and not folder.is_symlink() else []  # noqa: PTH208
        return [*USES, *sorted(name for name in there if name.endswith(".j2") and name not in USES)]

    def find(self, name: str) -> Template | None:
        """Return a template, trusted or not; None if it does not exist.

        Raises WrongUsage if no template has that name, for a link, or for a file that is not text.
        """
        if name not in USES:
            raise WrongUsage(f"'{name}' cannot be replaced; these can: {', '.join(USES)}")
        content = self._content(name)
        if content is None:
            return None
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise WrongUsage(f"{TEMPLATES}/{name}: not UTF-8 at byte {error.start}") from None
        digest = hashlib.sha256(content).hexdigest()
        trusted = [known for known, of in self._trusted() if of == name]
        changed = "changed since it was trusted" if trusted else "not trusted"
        return Template(name, text, digest, "trusted" if digest in trusted else changed)

    def usable(self, name: str) -> Template | None:
        """Return a trusted template, None if it does not exist.

        Raises WrongUsage if it is not trusted.
        """
        found = self.find(name)
        if found is None or found.status == "trusted":
            return found
        raise WrongUsage(
            f"{found.path} is {found.status} in this clone: 'git anchor template show {name}' shows it,"
            f" 'git anchor template trust {name}' trusts it, and --no-template does without"
        )

    def trust(self, name: str) -> Template:
        """Trust the present content of a template. Raises NotFound if it does not exist."""
        found = self.find(name)
        if found is None:
            raise NotFound(f"there is no {TEMPLATES}/{name}; the built-in one needs no trust")
        known = [*self._trusted(), (found.digest, name)]
        lines = dict.fromkeys(f"{digest}  {of}\n" for digest, of in known)
        atomic.write(self._known, "".join(lines).encode(), self._scratch)
        return found

    def _trusted(self) -> list[tuple[str, str]]:
        try:
            text = self._known.read_text("utf-8", "replace")
        except OSError:
            return []
        matches = map(_TRUSTED.fullmatch, text.splitlines())
        return [(match[1], match[2]) for match in matches if match]

    def _content(self, name: str) -> bytes | None:
        """Return the bytes of a template, None if it does not exist; never blocks or follows a link."""
        path = f"{TEMPLATES}/{name}"
        for place in (Path(TEMPLATES).parent.as_posix(), TEMPLATES, path):
            if (self._root / place).is_symlink():
                raise WrongUsage(f"'{place}' is a symbolic link; replace it by what it leads to")
        try:
            return safe_open.read(self._root / path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (safe_open.Refused, IsADirectoryError):
            raise WrongUsage(f"{path}: no file of text of up to {safe_open.MOST >> 20} MiB") from None
        except OSError as error:
            raise WrongUsage(f"{path}: cannot be read: {error.strerror}") from None
