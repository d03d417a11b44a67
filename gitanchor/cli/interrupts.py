"""Ctrl-C (SIGINT) at any moment ends the process with one line and status 130.

This module imports almost nothing, because no interrupt is caught while it is loaded.
"""

import _thread
import sys
import time

TYPE_CHECKING = False  # importing `typing` would take longer than all else
if TYPE_CHECKING:
    from collections.abc import Callable
    from sys import UnraisableHookArgs

INTERRUPTED = 130
_MOMENT = 0.01


def reported(work: "Callable[[], int]") -> int:
    """Run the work of this process and return its status, or report that it was interrupted.

    From then on interrupts are ignored: only the interpreter's end is left, where each would print
    a traceback.
    """
    sys.unraisablehook = _raised_anew
    try:
        status = work()
        _ignore()
    except KeyboardInterrupt:
        status = _told()
    except RuntimeError as failure:  # Python before 3.12 makes it of one in __set_name__()
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
    """Repeat an interrupt that came where nothing can be raised, as in a finalizer.

    Python would print a traceback and continue (sys.unraisablehook). The interrupt is sent by
    another thread, because nothing can be raised from here either.
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
        os.kill(os.getpid(), signal.SIGINT)  # this also ends a wait
    else:
        _thread.interrupt_main()
