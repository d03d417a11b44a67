"""Ctrl-C (SIGINT) at any moment: one line and status 130, whatever was being loaded or done.

Loads next to nothing itself, because that is the time in which nothing is caught yet.
"""

import _thread
import sys
import time

TYPE_CHECKING = False  # `typing` itself would take the longest of all to load
if TYPE_CHECKING:
    from collections.abc import Callable
    from sys import UnraisableHookArgs

INTERRUPTED = 130
_MOMENT = 0.01


def reported(work: "Callable[[], int]") -> int:
    """Run what this process is there for and return its status, or say that it was interrupted.

    From then on interrupts are ignored: all is done but for the end of the interpreter, where each
    would be a traceback.
    """
    sys.unraisablehook = _raised_anew
    try:
        status = work()
        _ignore()
    except KeyboardInterrupt:
        status = _told()
    except RuntimeError as failure:  # what Python before 3.12 makes of one in __set_name__()
        if not isinstance(failure.__cause__, KeyboardInterrupt):
            raise
        status = _told()
    return status


def _told() -> int:
    _ignore()
    if sys.stderr is not None:
        sys.stderr.write("interrupted\n")
    return INTERRUPTED


def _ignore() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _raised_anew(unraisable: "UnraisableHookArgs") -> None:
    """Have an interrupt come again that came where nothing can be raised, as in a finalizer.

    Python would print a traceback there, and go on as if nothing had been (sys.unraisablehook). It may
    not come from in here, which is such a place, too.
    """
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        _thread.start_new_thread(_interrupt_soon, ())
    else:
        sys.__unraisablehook__(unraisable)


def _interrupt_soon() -> None:
    import os
    import signal

    time.sleep(_MOMENT)
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGINT)  # which ends a wait, too
    else:
        _thread.interrupt_main()
