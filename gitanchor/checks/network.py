"""Check whether hosts, ports and local services answer. Hosts and ports are only asked on request."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

Reached = tuple[bool | None, str, str | None]
"""Whether something answers (None if unknown), what was found, and how one usually gets it."""

_SOCKETS: Final = {
    "docker": ("/var/run/docker.sock", "$XDG_RUNTIME_DIR/docker.sock", "~/.docker/run/docker.sock"),
    "podman": ("/run/podman/podman.sock", "$XDG_RUNTIME_DIR/podman/podman.sock"),
    "postgres": ("/var/run/postgresql/.s.PGSQL.5432", "/tmp/.s.PGSQL.5432"),  # noqa: S108 # nosec B108
    "mysql": ("/var/run/mysqld/mysqld.sock", "/tmp/mysql.sock"),  # noqa: S108 # nosec B108
    "redis": ("/var/run/redis/redis-server.sock", "/var/run/redis/redis.sock"),
    "mongodb": ("/tmp/mongodb-27017.sock",),  # noqa: S108 # nosec B108
    "ssh-agent": ("$SSH_AUTH_SOCK",),
}
"""The sockets of services on the same machine, in the places of their makers or of Debian."""

_PIDS: Final = {
    "nginx": ("/run/nginx.pid",),
    "redis": ("/run/redis/redis-server.pid",),
    "mysql": ("/run/mysqld/mysqld.pid",),
    "sshd": ("/run/sshd.pid",),
    "cron": ("/run/crond.pid",),
}


def reached(wanted: Sequence[tuple[str, str]], seconds: float) -> dict[tuple[str, str], Reached]:
    """Return whether hosts have an address and ports accept a connection; all are asked at once."""
    found: dict[tuple[str, str], Reached] = {}

    def ask(kind: str, name: str) -> None:
        found[kind, name] = _host(name) if kind == "host" else _port(name, seconds)

    deadline = time.monotonic() + seconds
    askers = [threading.Thread(target=ask, args=pair, daemon=True) for pair in wanted]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(max(0.0, deadline - time.monotonic()))
    late: Reached = (None, "no answer in time", None)
    return {pair: found.get(pair, late) for pair in wanted}


def _host(name: str) -> Reached:
    try:
        socket.getaddrinfo(name.strip("[]"), None)
    except socket.gaierror as error:
        if error.errno == socket.EAI_NONAME:
            return False, "no such host", None
        return None, "its name cannot be looked up now", None
    except (OSError, UnicodeError):
        return None, "its name cannot be looked up now", None
    return True, "has an address", None


def _port(name: str, seconds: float) -> Reached:
    host, _, port = name.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), seconds):
            return True, "answers", None
    except ConnectionRefusedError:
        return False, "nothing listens there", None
    except (OSError, OverflowError, UnicodeError):
        return None, "cannot be reached", None


def service(name: str) -> Reached:
    """Return whether a service of this machine runs, by its socket or by the process in its pid file."""
    if name not in _SOCKETS | _PIDS:
        return None, "how to find this service is not known", None
    if any(_listens(place) for place in map(_expanded, _SOCKETS.get(name, ())) if place):
        return True, "its socket answers", None
    if any(_runs(Path(path)) for path in _PIDS.get(name, ())):
        return True, "its process runs", None
    return None, "not where it usually listens; it may be elsewhere", None


def _expanded(path: str) -> str | None:
    full = os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111 - with variables in it
    return None if "$" in full or not full.startswith("/") else full


def _listens(path: str) -> bool:
    if not hasattr(socket, "AF_UNIX"):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asker:
        asker.settimeout(0.2)
        try:
            asker.connect(path)
        except PermissionError:  # it exists, but not for this user
            return os.path.exists(path)  # noqa: PTH110
        except OSError:
            return False
    return True


def _runs(path: Path) -> bool:
    if os.name != "posix":
        return False
    with contextlib.suppress(OSError, ValueError):
        number = int(path.read_text("ascii")[:20])
        if number <= 1:
            return False
        try:
            os.kill(number, 0)
        except PermissionError:
            return True
        return True
    return False
