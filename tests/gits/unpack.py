"""Debian's packages of git, unpacked side by side without being installed.

`python -m tests.gits.unpack` fetches them with apt, from the mirror that this machine uses, and prints where each
version is, or why it cannot be had. Nothing outside of `.gits/` is written, and what is there is used again.

A git that wants newer libraries than this machine has gets those of its own release, the dynamic loader
included: its programs are told by patchelf where they are.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).resolve().parents[2] / ".gits"

# What each is called, and the releases of Debian that may have it, the best first.
VERSIONS: Final = {"2.30": ("bullseye",), "2.39": ("bookworm",), "newest": ("sid", "testing", "stable")}

KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ELF: Final = b"\x7fELF"


class Unavailable(Exception):
    """A version cannot be had here; the text says why."""


@dataclass(frozen=True)
class Unpacked:
    """A version of git that runs here."""

    release: str
    version: str
    path: Path
    """The folder to put first on PATH."""


def unpacked(name: str) -> Unpacked:
    """A version of `VERSIONS`, fetched unless it is there already. Raises `Unavailable`."""
    reasons: list[str] = []
    for release in VERSIONS[name]:
        target = CACHE / release
        try:
            if not _version(target / "bin/git"):
                _unpack(release, target)
            version = _version(target / "bin/git")
        except Unavailable as reason:
            reasons.append(f"{release}: {reason}")
            continue
        if name[0].isdigit() and not version.startswith(f"{name}."):
            reasons.append(f"{release}: has git {version}")
            continue
        return Unpacked(release, version, target / "bin")
    raise Unavailable("; ".join(reasons))


def _unpack(release: str, target: Path) -> None:
    """Fetch and unpack git, and the libraries of its release if it does not run without them."""
    shutil.rmtree(target, ignore_errors=True)
    apt = _Apt.of_release(release, target / "apt")
    root = target / "root"
    apt.fetch(["git"], root)
    if not _version(root / "usr/bin/git"):
        apt.fetch(apt.libraries(), root)
        _bring_own_libraries(root)
    if not _version(root / "usr/bin/git"):
        raise Unavailable("its git does not run on this machine, not even with its own libraries")
    shutil.rmtree(target / "apt")
    _write_starter(target / "bin/git", root)


def _write_starter(starter: Path, root: Path) -> None:
    """What stands on PATH: git looks for its helpers below /usr unless it is told otherwise."""
    starter.parent.mkdir()
    starter.write_text(
        "#!/bin/sh\n"
        f"GIT_EXEC_PATH='{root}/usr/lib/git-core' GITPERLLIB='{root}/usr/share/perl5'\n"
        "export GIT_EXEC_PATH GITPERLLIB\n"
        f"exec '{root}/usr/bin/git' \"$@\"\n"
    )
    starter.chmod(0o755)


def _bring_own_libraries(root: Path) -> None:
    """Make the programs of git use the libraries and the loader below the same root."""
    patchelf = shutil.which("patchelf")
    if patchelf is None:
        tools = CACHE / "tools"
        patchelf = str(tools / "root/usr/bin/patchelf")
        if not Path(patchelf).exists():
            _Apt.of_release(_own_release(), tools / "apt").fetch(["patchelf"], tools / "root")
    folders = {str(found.parent) for found in root.rglob("*.so.*") if "gconv" not in found.parts}
    for folder in (root / "usr/bin", root / "usr/lib/git-core"):
        for program in sorted(folder.iterdir()):
            if program.is_symlink() or not program.is_file() or program.read_bytes()[:4] != ELF:
                continue
            wanted = _said(patchelf, "--print-interpreter", str(program)).strip().lstrip("/")
            loader = next(path for path in (root / wanted, root / "usr" / wanted) if path.exists())
            _said(patchelf, "--set-interpreter", str(loader), str(program))
            # An rpath, not a runpath, so that it holds for the libraries of libraries as well.
            _said(patchelf, "--force-rpath", "--set-rpath", ":".join(sorted(folders)), str(program))


@dataclass(frozen=True)
class _Apt:
    """An apt with lists and sources of its own, for which nothing is installed."""

    options: tuple[str, ...]

    @classmethod
    def of_release(cls, release: str, folder: Path) -> "_Apt":
        """Set it up and read the list of packages. Raises `Unavailable`."""
        for lacking in ("apt-get", "dpkg-deb"):
            if shutil.which(lacking) is None:
                raise Unavailable(f"{lacking} is not there")
        for part in ("state/lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text("")
        signed = f" [signed-by={KEYS}]" if KEYS.exists() else ""
        (folder / "sources.list").write_text(f"deb{signed} {_mirror()} {release} main\n")
        settings = {
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Sandbox::User": "",
            "APT::Update::Post-Invoke": "",
            "Acquire::Languages": "none",
        }
        apt = cls(tuple(word for item in settings.items() for word in ("-o", f"{item[0]}={item[1]}")))
        # Without --error-on=any, a mirror that does not answer would be a warning.
        _said("apt-get", *apt.options, "--error-on=any", "-q", "update")
        return apt

    def libraries(self) -> list[str]:
        """The packages of all libraries that git needs, those of its Perl scripts left out."""
        listed = _said(
            "apt-get", *self.options, "--print-uris", "-qq", "--no-install-recommends", "install", "git"
        )
        packages = [line.split()[1].partition("_")[0] for line in listed.splitlines()]
        return [name for name in packages if name.startswith("lib") and "perl" not in name]

    def fetch(self, packages: Sequence[str], root: Path) -> None:
        """Download packages and unpack them below `root`."""
        folder = root.with_name("packages")
        folder.mkdir(exist_ok=True)
        _said("apt-get", *self.options, "-q", "download", *packages, at=folder)
        for package in sorted(folder.iterdir()):
            _said("dpkg-deb", "-x", str(package), str(root))
        shutil.rmtree(folder)


def _mirror() -> str:
    """The address that this machine has Debian's own packages from. Raises `Unavailable`."""
    form = "$(RELEASE) $(COMPONENT) $(REPO_URI)"
    listed = _said("apt-get", "indextargets", "--format", form, "Identifier: Packages")
    own = _own_release()
    for line in listed.splitlines():
        release, component, address = line.split(" ", 2)
        if (release, component) == (own, "main"):
            return address
    raise Unavailable(f"the sources of apt here have no {own} main")


def _own_release() -> str:
    """The code name of this machine's Debian. Raises `Unavailable`."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        system = {}
    if system.get("ID") != "debian" or "VERSION_CODENAME" not in system:
        raise Unavailable("this machine does not run a release of Debian")
    return system["VERSION_CODENAME"]


def _version(git: Path) -> str:
    """What version a git says it is; empty if it does not run."""
    try:
        done = subprocess.run([git, "version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.split()[2] if done.returncode == 0 else ""


def _said(*command: str, at: Path | None = None) -> str:
    """What a command printed. Raises `Unavailable` with its last line where it fails."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, cwd=at, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as failure:
        raise Unavailable(f"{command[0]}: {failure.strerror}") from failure
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Unavailable(f"{command[0]}: {words[-1]}")
    return done.stdout


def main() -> int:
    """Unpack all versions and print where they are; what cannot be had is no failure."""
    for name in VERSIONS:
        try:
            found = unpacked(name)
        except Unavailable as reason:
            print(f"git {name}: cannot be had: {reason}")
        else:
            print(f"git {name}: {found.version} of {found.release}, {found.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
