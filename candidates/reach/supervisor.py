"""Starts one program and ends all its descendants: ``supervisor.py CONTROL PROGRAM ARGUMENT...``.

``CONTROL`` is the descriptor of a socket. Its messages there, a line each: ``started``,
``refused ERRNO`` when the program cannot be executed, and later ``ended STATUS`` (an exit code, or
minus the number of a signal). The first byte from the other side, or its end, is the order to end:
the program, its process group and, on Linux, every process that they started, in a session of its
own or not, are killed and waited for. So nothing is left when the harness is killed, either.

Only the standard library; run with ``python -I -S``, because it starts with every candidate.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_ORDERS_TO_LEAVE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """Supervise; 0 when nothing is left of the program."""
    control = socket.socket(fileno=int(arguments[0]))
    control.set_inheritable(False)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    for number in _ORDERS_TO_LEAVE:
        signal.signal(number, signal.SIG_IGN)  # only when nothing is left
    # orphans among the descendants become children of this process, which ends them
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        program = _start(arguments[1:])
    except OSError as error:
        control.sendall(b"refused %d\n" % (error.errno or 0))
        return 0
    _let_go_of_pipes()
    control.sendall(b"started\n")
    ended = False
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if control.fileno() in ready:
            break
        os.read(woken, 4096)
        # left a zombie until the end, so that its process group's number stays its own
        found = os.waitid(os.P_PID, program, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is not None and not ended:
            ended = True
            status = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
            with contextlib.suppress(OSError):
                control.sendall(b"ended %d\n" % status)
    _end(program)
    return 0


def _start(command: Sequence[str]) -> int:
    """The process id of the program. Raises OSError when it cannot be executed."""
    failure, report = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.setsid()
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.set_wakeup_fd(-1)
            for number in (*_ORDERS_TO_LEAVE, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.execvpe(command[0], list(command), os.environ)
        except OSError as error:
            os.write(report, b"%d" % (error.errno or 0))
        finally:
            os._exit(127)
    os.close(report)
    with os.fdopen(failure, "rb") as stream:
        why = stream.read()
    if why:
        os.waitpid(process, 0)
        raise OSError(int(why), os.strerror(int(why)))
    return process


def _let_go_of_pipes() -> None:
    """The pipes are the program's alone: their end is to be its end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _end(program: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program, signal.SIGKILL)
    while True:
        # the children of a killed process become ours, so in the end there is none left
        for process in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    """Ids of the children of this process, where the system tells them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            return [int(word) for word in children.read().split()]
    except OSError:
        return []


def _prctl(option: int, value: int) -> None:
    """Linux has it; elsewhere only the program and its process group are ended."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes  # not part of every Python

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
