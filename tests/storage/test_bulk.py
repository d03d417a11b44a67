"""Many files read by several processes: the same as one after the other, whatever happens to these."""

import contextlib
import dataclasses
import multiprocessing
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import WrongUsage
from gitanchor.storage import codec
from gitanchor.storage.index import bulk, index
from gitanchor.storage.store import Store
from tests.repositories import Repo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")

MANY = 1_230
HERE = os.getpid()


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two other processes, though the one that runs the tests has threads."""
    monkeypatch.setattr(bulk, "_processes", lambda: 2)


@pytest.fixture
def full(empty_repo: Repo) -> Repo:
    """A store with many anchors, none of which is known."""
    return empty_repo.once(made_full)


def made_full(repo: Repo) -> None:
    for number in range(MANY):
        created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        anchor = Anchor(f"{number:08x}", f"Number_{number}", created, "A U Thor <a@example.com>")
        repo.write(f".anchors/{anchor.path}", codec.dump(anchor))


def where(number: int) -> tuple[int, bool]:
    """The number, and whether another process was asked."""
    return number, os.getpid() != HERE


def no_child_is_left() -> bool:
    return not multiprocessing.active_children()


@pytest.mark.usefixtures("two")
def test_the_answers_come_in_order_from_other_processes() -> None:
    assert list(bulk.answers(where, range(MANY), "Counting")) == [
        (number, True) for number in range(MANY)
    ]
    assert no_child_is_left()


@pytest.mark.unit
@pytest.mark.usefixtures("two")
def test_a_few_items_are_not_worth_a_process() -> None:
    assert list(bulk.answers(where, range(999), "Counting")) == [
        (number, False) for number in range(999)
    ]
    assert list(bulk.answers(where, (), "Counting")) == []


@pytest.mark.usefixtures("two")
def test_the_items_of_a_killed_process_are_asked_here(capfd: pytest.CaptureFixture[str]) -> None:
    def question(number: int) -> tuple[int, bool]:
        if number in {120, 700} and os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        return where(number)

    found = list(bulk.answers(question, range(MANY), "Counting"))
    assert [number for number, _ in found] == list(range(MANY))
    assert {number for number, elsewhere in found if not elsewhere} >= {
        *range(100, 150),
        *range(700, 750),
    }
    assert capfd.readouterr() == ("", "")
    assert no_child_is_left()


@pytest.mark.usefixtures("two")
def test_what_is_raised_is_raised_here_for_the_first_item(capfd: pytest.CaptureFixture[str]) -> None:
    asked = []

    def question(number: int) -> int:
        asked.append(number)
        if number in {333, 1_111}:
            raise WrongUsage(str(number))
        return number

    with pytest.raises(WrongUsage, match=r"^333$"):
        list(bulk.answers(question, range(MANY), "Counting"))
    assert asked[-1] == 333
    assert capfd.readouterr() == ("", "")
    assert no_child_is_left()


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("forks", [0, 1])
def test_without_room_for_processes_all_is_asked_here(
    monkeypatch: pytest.MonkeyPatch, forks: int
) -> None:
    fork, left = os.fork, iter(range(forks))

    def refused() -> int:
        if next(left, None) is None:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return fork()

    monkeypatch.setattr(os, "fork", refused)
    assert list(bulk.answers(where, range(MANY), "Counting")) == [
        (number, False) for number in range(MANY)
    ]
    assert no_child_is_left()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_there_are_as_many_processes_as_processors_may_be_used() -> None:
    program = (
        "import os, threading; from gitanchor.storage.index import bulk; print(bulk._processes());"
        "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); print(bulk._processes())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(min(len(os.sched_getaffinity(0)), 4)), "1"]


@pytest.mark.unit
def test_a_process_with_threads_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    assert bulk._processes() == 1
    over.set()
    thread.join()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert bulk._processes() == 1


def test_several_processes_find_the_same_anchors_and_problems(
    full: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paths = full.files()
    full.write(paths[3], full.read(paths[3]).replace("...\n", ""))
    full.write(paths[400], b"\xff")
    full.write(paths[401], full.read(paths[1_100]).replace("name: N", "name: Other n"))
    full.write(paths[-1], full.read(paths[-1]).replace("status: open", "status: new"))
    store = Store(full.root, tmp_path)
    found = []
    for count in (1, 2):
        monkeypatch.setattr(bulk, "_processes", lambda count=count: count)
        listing = index.load(store, tmp_path / f"{count}.sqlite3")
        again = index.load(store, tmp_path / f"{count}.sqlite3")
        told = [(problem.path, problem.reason, str(problem)) for problem in listing.problems]
        assert again.anchors == listing.anchors
        assert [(problem.path, problem.reason, str(problem)) for problem in again.problems] == told
        found.append(([dataclasses.asdict(stored.anchor) for stored in listing.anchors], told))
    assert found[0] == found[1]
    assert len(found[0][0]) == MANY - 4
    assert [path for path, _, _ in found[0][1]] == [paths[-1], paths[400], paths[3], paths[1_100]]


# On a terminal ---------------------------------------------------------------------------------

SLOW = """
import sys, time
from gitanchor.cli import terminal
from gitanchor.storage import store
from gitanchor.storage.index import bulk
terminal._PATIENCE = {patience}
bulk._processes = lambda: 2
read = store.Store.read
store.Store.read = lambda *rest: time.sleep({seconds}) or read(*rest)
sys.argv = ["git-anchor", "list", "-n", "1"]
from gitanchor.cli.entry import main
sys.exit(main())
"""


class Terminal:
    """A slow `git anchor list` on a terminal of its own."""

    def __init__(self, repo: Repo, seconds: float = 0.0, patience: float = 0.0) -> None:
        program = SLOW.format(seconds=seconds, patience=patience)
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(repo.root)
            os.execv(sys.executable, [sys.executable, "-c", program])
        self.shown = ""

    def read_until(self, word: str) -> None:
        """Read what is shown up to a word, or to the end."""
        while word not in self.shown and select.select([self._descriptor], [], [], 20)[0]:
            try:
                block = os.read(self._descriptor, 65_536)
            except OSError:  # the other side is closed
                break
            self.shown += block.decode()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._descriptor, b"\x03")

    def status(self) -> int:
        """The exit status, after the rest was read."""
        self.read_until("\0")
        os.close(self._descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def forks_of(parent: int) -> list[int]:
    """The processes that one forked: copies of itself, which git's are not."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    words = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (str(parent), *listed)]
    return [int(pid) for pid, command in zip(listed, words[1:], strict=True) if command == words[0]]


def have_ended(pids: list[int]) -> bool:
    """Whether none of the processes runs any more, a moment from now at the latest."""
    for _ in range(200):
        states = []
        for pid in pids:
            with contextlib.suppress(OSError):
                states.append(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
        if set(states) <= {"Z"}:
            return True
        time.sleep(0.05)
    return False


def test_the_progress_is_shown_as_git_shows_it(full: Repo) -> None:
    terminal = Terminal(full)
    assert terminal.status() == 0
    *states, end, listed, rest = terminal.shown.replace("\r\n", "\n").replace("\n", "\r").split("\r")
    assert end == f"Reading anchors: 100% ({MANY}/{MANY}), done."
    assert states[0].startswith("Reading anchors:   4% (50/1230)")
    assert all(state.startswith("Reading anchors: ") and state.endswith(f"/{MANY})") for state in states)
    assert (listed.split()[-1], rest) == (f"Number_{MANY - 1}", "")


def test_nothing_is_shown_of_what_takes_a_moment_or_is_known(full: Repo) -> None:
    for patience in (60.0, 0.0):
        terminal = Terminal(full, patience=patience)
        assert terminal.status() == 0
        assert terminal.shown.count("\n") == 1
        full.run("sleep", "0.2", check=True)
        full.ok("list")


def test_nothing_is_shown_elsewhere_than_on_a_terminal(full: Repo) -> None:
    done = full.run(sys.executable, "-c", SLOW.format(seconds=0, patience=0), check=True)
    assert (done.out.count("\n"), done.err) == (1, "")


def test_an_interrupt_ends_all_processes_with_one_line(full: Repo) -> None:
    terminal = Terminal(full, seconds=0.01)
    terminal.read_until("Reading anchors")
    forks = forks_of(terminal.pid)
    assert len(forks) == 2
    terminal.interrupt()
    assert terminal.status() == 130
    assert "Traceback" not in terminal.shown
    lines = [line.rpartition("\r")[2] for line in terminal.shown.replace("\r\n", "\n").split("\n")]
    assert [line for line in lines if line] == ["interrupted"]
    assert have_ended(forks)


def test_no_process_outlives_the_one_that_started_it(full: Repo) -> None:
    program = [sys.executable, "-c", SLOW.format(seconds=0.01, patience=0)]
    # Without a terminal, whose end would be that of all its processes.
    with subprocess.Popen(
        program, cwd=full.root, stderr=subprocess.PIPE, start_new_session=True
    ) as parent:
        for _ in range(200):
            forks = forks_of(parent.pid)
            if len(forks) == 2:
                break
            time.sleep(0.05)
        time.sleep(0.2)
        parent.kill()
        assert parent.stderr
        assert parent.stderr.read() == b""
    assert len(forks) == 2
    assert have_ended(forks)
