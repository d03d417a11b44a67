"""The other programs that gitanchor is measured against: fetched by their registries' own clients, for this run only.

All of it lies in the throw-away place, caches of the clients included. What cannot be had is left out, and why is told.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.bench.timing import Command, Unmeasured


@dataclass(frozen=True)
class Peer:
    """A program: the command that is run, the packages that bring it, and how it tells its version."""

    command: str
    registry: str
    packages: tuple[str, ...]
    version: tuple[str, ...] = ("--version",)


PEERS: Final = {
    "towncrier": Peer("towncrier", "PyPI", ("towncrier",)),
    "jrnl": Peer("jrnl", "PyPI", ("jrnl",)),
    "scriv": Peer("scriv", "PyPI", ("scriv",)),
    "session-glue": Peer("session-glue", "PyPI", ("session-glue",)),
    "prek": Peer("prek", "PyPI", ("prek",)),
    "pre-commit": Peer("pre-commit", "PyPI", ("pre-commit",)),
    "lefthook": Peer("lefthook", "npm", ("lefthook",)),
    "husky": Peer("husky", "npm", ("husky",)),
    "backlog.md": Peer("backlog", "npm", ("backlog.md",)),
    "taskwarrior": Peer("task", "Debian", ("taskwarrior",)),
    "git-lfs": Peer("git-lfs", "Debian", ("git-lfs",)),
    "fossil": Peer("fossil", "Debian", ("fossil", "libfuse2"), ("version",)),
}

IN_BARS: Final = ("towncrier", "jrnl")
"""Those that a bar compares with."""

_WAIT: Final = 300
"""Seconds that a client of a registry may take."""


@dataclass
class Peers:
    """Which programs are there and in which version, and why others are not."""

    versions: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def require(self, name: str) -> None:
        """Raise `Unmeasured` if a program is not there."""
        if name not in self.versions:
            raise Unmeasured(f"{name}: {self.reasons.get(name, 'not asked for')}")


def install(names: Iterable[str], folder: Path) -> Peers:
    """Fetch programs into a folder, and put it on PATH."""
    found = Peers()
    programs = folder / "bin"
    programs.mkdir(parents=True)
    os.environ["PATH"] += f"{os.pathsep}{programs}"
    for name in names:
        peer = PEERS[name]
        try:
            _BRINGS[peer.registry](peer, folder, programs)
            found.versions[name] = _version(peer, programs)
        except Unmeasured as reason:
            found.reasons[name] = str(reason)
    return found


def _version(peer: Peer, programs: Path) -> str:
    """The version as the program prints it; of a package of npm, as that says."""
    if peer.registry == "npm":
        manifest = (
            programs.parent / "npm" / peer.command / "node_modules" / peer.packages[0] / "package.json"
        )
        return str(json.loads(manifest.read_bytes())["version"])
    said = Command((str(programs / peer.command), *peer.version), programs).run().strip().splitlines()
    if not said:
        raise Unmeasured("prints no version")
    words = said[0].replace("(", " ").replace("/", " ").split()
    numbers = [word.strip(",") for word in words if any(digit.isdigit() for digit in word)]
    return numbers[0].removeprefix("v") if numbers else said[0]


def _from_pypi(peer: Peer, folder: Path, programs: Path) -> None:
    environment = folder / "pypi" / peer.command
    _client(folder, sys.executable, "-m", "venv", "--without-pip", str(environment))
    pip = (sys.executable, "-m", "pip", "--python", str(environment / "bin/python"), "--quiet")
    _client(folder, *pip, "--disable-pip-version-check", "install", *peer.packages)
    (programs / peer.command).symlink_to(environment / "bin" / peer.command)


def _from_npm(peer: Peer, folder: Path, programs: Path) -> None:
    """Install, and run no script of the package: lefthook's puts hooks into the repository that it is run in."""
    target = folder / "npm" / peer.command
    target.mkdir(parents=True)
    if shutil.which("npm") is None:
        raise Unmeasured("npm is not there")
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(target))
    _client(target, "npm", "install", *options, *peer.packages)
    (programs / peer.command).symlink_to(target / "node_modules/.bin" / peer.command)


def _from_debian(peer: Peer, folder: Path, programs: Path) -> None:
    """Unpack Debian's packages without installing them, by an apt with lists of its own."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise Unmeasured("apt-get needs root")
    for lacking in ("apt-get", "dpkg-deb"):
        if shutil.which(lacking) is None:
            raise Unmeasured(f"{lacking} is not there")
    debian = folder / "debian"
    lists = debian / "lists"
    apt = ("apt-get", "-q", "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={debian / 'cache'}")
    unsandboxed = ("-o", "APT::Sandbox::User=")
    if not lists.exists():
        for part in (lists / "partial", debian / "cache/archives/partial"):
            part.mkdir(parents=True)
        _client(folder, *apt, *unsandboxed, "--error-on=any", "update")
    fetched = debian / peer.command
    fetched.mkdir()
    _client(fetched, *apt, *unsandboxed, "download", *peer.packages)
    for package in sorted(fetched.glob("*.deb")):
        _client(fetched, "dpkg-deb", "-x", str(package), str(fetched / "root"))
    own = fetched / "root/usr/bin" / peer.command
    libraries = {str(found.parent) for found in (fetched / "root").rglob("*.so.*")}
    if not libraries:
        (programs / peer.command).symlink_to(own)
        return
    starter = programs / peer.command
    starter.write_text(
        f"#!/bin/sh\nLD_LIBRARY_PATH='{':'.join(sorted(libraries))}' exec '{own}' \"$@\"\n", "utf-8"
    )
    starter.chmod(0o755)


def _client(at: Path, *command: str) -> None:
    """Run a client of a registry in a folder of the throw-away place. Raises `Unmeasured` with the last that it said."""
    try:
        done = subprocess.run(
            command,
            cwd=at,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unmeasured(f"{Path(command[0]).name} did not answer within {_WAIT} s") from None
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip().splitlines()
        raise Unmeasured(f"{Path(command[0]).name} failed: {said[-1] if said else 'no word'}")


_BRINGS: Final = {"PyPI": _from_pypi, "npm": _from_npm, "Debian": _from_debian}
