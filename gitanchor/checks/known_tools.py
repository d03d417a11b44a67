"""The known tools: what people call them, and how each prints its version. Starts nothing."""

import re
from typing import Final, NamedTuple


class Tool(NamedTuple):
    """A command: the arguments that make it print its version, and a pattern that finds it.

    `pattern` is a text, because most patterns are never compiled.
    """

    arguments: tuple[str, ...]
    pattern: str

    def version_in(self, output: str) -> str | None:
        """Return the version in the output of the command, or None."""
        match = re.search(self.pattern, output, re.IGNORECASE | re.MULTILINE)
        return match[1] if match else None


def _after(words: str, *arguments: str) -> Tool:
    return Tool(arguments or ("--version",), rf"{words}(\d+(?:\.\d+)*)")


_FIRST: Final = r"\A[^\d\n]*"
"""Matches up to the first number of the first line."""

TOOLS: Final = {
    "git": _after("git version "),
    "gh": _after("gh version "),
    "az": _after(r'"azure-cli": "', "version"),
    "aws": _after("aws-cli/"),
    "gcloud": _after("Google Cloud SDK ", "version"),
    "docker": _after("Docker version "),
    "podman": _after("podman version "),
    "kubectl": _after(r"Client Version: v", "version", "--client"),
    "helm": _after(r"\Av", "version", "--short"),
    "terraform": _after("Terraform v", "version"),
    "node": _after(r"\Av"),
    "npm": _after(r"\A"),
    "pnpm": _after(r"\A"),
    "yarn": _after(r"\A"),
    "java": _after(r'version "(?:1\.(?=\d))?', "-version"),
    "mvn": _after("Apache Maven "),
    "gradle": _after("^Gradle "),
    "gcc": _after(r"\A.*\) "),
    "g++": _after(r"\A.*\) "),
    "clang": _after("clang version "),
    "cmake": _after("cmake version "),
    "make": _after("Make "),
    "go": _after("go version go", "version"),
    "rustc": _after("rustc "),
    "cargo": _after("cargo "),
    "pytest": _after("pytest "),
    "ruff": _after("ruff "),
    "mypy": _after("mypy "),
    "black": _after("black, "),
    "coverage": _after("version "),
    "uv": _after("uv "),
    "pip": _after("pip "),
    "pipx": _after(r"\A"),
    "poetry": _after(r"Poetry \(version "),
    "psql": _after(r"psql \(PostgreSQL\) "),
    "sqlite3": _after(r"\A"),
    "ffmpeg": _after("ffmpeg version n?", "-version"),
    "curl": _after("curl "),
    "jq": _after("jq-"),
    "rsync": _after(r"rsync\s+version v?"),
    "ssh": _after("OpenSSH_(?:for_Windows_)?", "-V"),
    "scp": _after("(?!)"),
    "tar": _after(_FIRST),
    "bash": _after("version "),
    "zsh": _after("zsh "),
    "pwsh": _after("PowerShell "),
    "tmux": _after("tmux ", "-V"),
    "vim": _after("Vi IMproved "),
    "spark-submit": _after(r"version "),
    "python": _after("Python "),
    "python3": _after("Python "),
}
"""The only commands that are ever started to ask for their version."""

QUIET: Final = {
    "AZURE_CORE_COLLECT_TELEMETRY": "0",
    "CHECKPOINT_DISABLE": "1",
    "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
    "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
    "COREPACK_ENABLE_NETWORK": "0",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "LC_ALL": "C",
    "NO_UPDATE_NOTIFIER": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "npm_config_update_notifier": "false",
}
"""Variables that prevent checks for updates, telemetry, and output in other languages."""

SPOKEN: Final = {
    "azure cli": "az",
    "aws cli": "aws",
    "github cli": "gh",
    "google cloud cli": "gcloud",
    "google cloud sdk": "gcloud",
    "node.js": "node",
    "nodejs": "node",
    "maven": "mvn",
    "openjdk": "java",
    "jdk": "java",
    "rust": "rustc",
    "powershell 7": "pwsh",
    **{name: name for name in TOOLS if name not in {"python", "python3"}},
}
"""The names of tools in texts, in lower case, with their commands."""
