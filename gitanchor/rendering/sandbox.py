"""Render a template by others in a separate process, with little time and memory, and no files.

`render` starts that process, and `main` runs in it.
"""

import contextlib
import errno
import importlib.util
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gitanchor.model.errors import WrongUsage

CPU_SECONDS: Final = 2
MEMORY: Final = 256 * 1024 * 1024
OUTPUT: Final = 5_000_000
_WAIT_SECONDS: Final = 60
"""Seconds after which a process that neither works nor ends is killed, however busy the machine is."""

_TOO_SLOW: Final = f"takes more than {CPU_SECONDS} seconds of processor time"
_TOO_BIG: Final = f"needs more than {MEMORY // 1024 // 1024} MB of memory"
_TOO_LONG: Final = f"prints more than {OUTPUT // 1_000_000} MB"
_NO_LIMITS: Final = "this system cannot limit what a template takes, so it is not run"

_START: Final = (
    "import sys; sys.path += sys.argv[1:]; sys.dont_write_bytecode = True;"
    " from gitanchor.rendering import sandbox; sandbox.main()"
)


def render(text: str, path: str, values: Mapping[str, Any]) -> str:
    """Render a template; `values` are JSON types, and `path` is its name in messages.

    Raises WrongUsage with the error of the template, also if it takes too much time, memory or
    space.
    """
    if importlib.util.find_spec("resource") is None:
        raise WrongUsage(f"{path}: {_NO_LIMITS}")
    request = json.dumps({"text": text, "path": path, "values": values}).encode()
    with tempfile.TemporaryFile() as output:  # the kernel limits a file's size, but not a pipe's
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", _START, *_import_path()],
                input=request,
                stdout=output,
                stderr=subprocess.PIPE,
                cwd="/",
                env={},
                timeout=_WAIT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise WrongUsage(f"{path} {_TOO_SLOW}, so it was ended") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise WrongUsage(said or f"{path} {_reason(done.returncode)}, so it was ended")
        output.seek(0)
        return output.read().decode()


def _reason(status: int) -> str:
    """Return why a process ended without an error message."""
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return _TOO_SLOW
    return _TOO_BIG if status in {-signal.SIGSEGV, -signal.SIGABRT} else f"fails with status {status}"


def _import_path() -> list[str]:
    """Return the folders of this package and of the packages with which it renders."""
    names = ("gitanchor", "jinja2", "markupsafe")
    specs = (importlib.util.find_spec(name) for name in names)
    places = (str(Path(spec.origin).parents[1]) for spec in specs if spec and spec.origin)
    return list(dict.fromkeys(places))


# In the separate process -------------------------------------------------------------------------


def main() -> None:
    """Render the request on standard input to standard output; an error becomes one line."""
    import html  # noqa: F401 - which filters load when they are wanted, and cannot then
    import pprint  # noqa: F401
    import resource
    import textwrap  # noqa: F401

    path = "the template"
    try:
        for limit, most in (
            (resource.RLIMIT_CPU, CPU_SECONDS),
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, OUTPUT),
        ):
            resource.setrlimit(limit, (most, most))
    except (OSError, ValueError):
        _fail(f"{path}: {_NO_LIMITS}")
    try:
        asked = json.load(sys.stdin.buffer)
        path = asked["path"]
        from gitanchor.rendering import jinja_templates

        list(
            jinja_templates.sandboxed("{{ 'a' }}", path, {})
        )  # loads now what would otherwise be loaded with no file left
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        _render(asked, jinja_templates.sandboxed(asked["text"], path, asked["values"]))
    except MemoryError:
        _fail(f"{path} {_TOO_BIG}, so it was ended")
    except Exception as error:  # any error of a template
        line = jinja_templates.where(error, path)
        place = f"{path}:{line}" if line else path
        said = " ".join(str(error).split())[:500] or type(error).__name__
        if isinstance(error, OSError) and error.errno == errno.EMFILE:
            said = "what it asks for would open a file, which no template may"
        _fail(f"{place}: {said}")


def _render(asked: Mapping[str, Any], pieces: Any) -> None:
    left = OUTPUT
    for piece in pieces:
        content = piece.encode()
        left -= len(content)
        if left < 0:
            _fail(f"{asked['path']} {_TOO_LONG}, so it was ended")
        sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _fail(message: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.buffer.write(f"{message}\n".encode("utf-8", "backslashreplace"))
        sys.stderr.buffer.flush()
    raise SystemExit(1)
