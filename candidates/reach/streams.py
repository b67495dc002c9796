"""What has come from a program so far: lines of its stdout, the end of its stderr, its state.

Nothing here reads a pipe; each class is given the bytes as `candidates.reach.program` reads them.
"""

from __future__ import annotations

from specs.visible import visible

STDERR_LINES = 20
_STDERR_BYTES = 65_536
_LONGEST_STDERR_LINE = 500


class Lines:
    """The program's stdout, cut into lines; ``received`` counts the bytes of those taken."""

    def __init__(self) -> None:
        self.received = 0
        self._unread = bytearray()
        self._searched = 0

    def __len__(self) -> int:
        """Bytes that are not taken yet."""
        return len(self._unread)

    def add(self, chunk: bytes) -> None:
        self._unread += chunk

    def take(self) -> bytes | None:
        """The next line, without its end; None when none is complete."""
        end = self._unread.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._unread)
            return None
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        self._searched = 0
        self.received += end + 1
        return line

    def peek(self, most: int) -> bytes:
        """The first bytes that are not taken yet."""
        return bytes(self._unread[:most])

    def drop(self) -> None:
        """Forget what is not taken yet."""
        self._unread.clear()
        self._searched = 0


class StderrEnd:
    """The end of the program's stderr."""

    def __init__(self) -> None:
        self._end = bytearray()

    def add(self, chunk: bytes) -> None:
        self._end += chunk
        del self._end[:-_STDERR_BYTES]

    def __str__(self) -> str:
        """Its last lines, ready to be appended to a message."""
        lines = self._end.decode("utf-8", "replace").splitlines()[-STDERR_LINES:]
        return "".join(f"\n  stderr: {visible(line[:_LONGEST_STDERR_LINE])}" for line in lines)


class SupervisorMessages:
    """The supervisor's messages (`candidates.reach.supervisor`), and what they say of the program.

    ``status``: how the program ended, an exit code or minus the number of a signal; None as long as
    it runs. ``abandoned``: the supervisor is gone.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.abandoned = False
        self._unread = bytearray()

    @property
    def program_has_ended(self) -> bool:
        return self.status is not None or self.abandoned

    def add(self, chunk: bytes) -> None:
        """Bytes from the supervisor; none at all is its end."""
        self._unread += chunk
        self.abandoned = not chunk
        self._note_end()

    def take(self) -> str:
        """The next message but ``ended``; empty when there is none yet."""
        line, end, rest = bytes(self._unread).partition(b"\n")
        if not end:
            return "abandoned" if self.abandoned else ""
        self._unread[:] = rest
        self._note_end()
        return line.decode("ascii")

    def _note_end(self) -> None:
        line, end, rest = bytes(self._unread).partition(b"\n")
        if end and line.startswith(b"ended "):
            self._unread[:] = rest
            self.status = int(line.rpartition(b" ")[2])
