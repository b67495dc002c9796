"""``python -m candidates.reach.serve SPEC``: a Python candidate over the process protocol.

It answers the harness's lines on stdin with lines on stdout until ``stop`` or the end of stdin.
What the candidate itself prints goes to stderr. Exit codes: 0 asked to leave, 2 not a candidate
that can be served, or a line that is no request.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from candidates.reach import InProcessCandidate, ReachedCandidate, reach
from candidates.reach.agreement import CandidateError
from specs.contract import (
    CandidateMessage,
    ContinueMessage,
    DescribeRequest,
    DescriptionReply,
    DoneMessage,
    EventMessage,
    FaultMessage,
    HarnessMessage,
    RunRequest,
    Stopped,
    StopRequest,
)

_decoder: msgspec.json.Decoder[HarnessMessage] = msgspec.json.Decoder(HarnessMessage)


def serve(candidate: ReachedCandidate, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until ``stop`` or the end of ``requests``.

    Raises msgspec's `ValidationError` or `DecodeError` for a line that is no message.
    """

    def hear() -> HarnessMessage:
        line = requests.readline()
        return _decoder.decode(line) if line else StopRequest()

    def tell(message: CandidateMessage) -> None:
        replies.write(msgspec.json.encode(message) + b"\n")
        replies.flush()

    def emit(name: str, details: dict[str, Any]) -> None:
        tell(msgspec.convert({"type": "event", "name": name, "details": details}, EventMessage))
        if not isinstance(hear(), ContinueMessage):
            raise Stopped("the harness does not go on")

    while True:
        match hear():
            case DescribeRequest():
                try:
                    tell(DescriptionReply(description=candidate.describe()))
                except CandidateError as error:
                    tell(FaultMessage(message=str(error)))
            case RunRequest(case=case, workspace=workspace):
                try:
                    candidate.run(Path(case), Path(workspace), emit)
                    tell(DoneMessage())
                except CandidateError as error:
                    tell(FaultMessage(message=str(error)))
                except Stopped:
                    return
            case ContinueMessage():
                tell(FaultMessage(message="continue, but no event was waiting for it"))
            case StopRequest():
                return


def main(arguments: list[str]) -> int:
    """Serve the candidate that the one argument names; the exit code."""
    if len(arguments) != 1:
        print("usage: python -m candidates.reach.serve py:package.module:factory", file=sys.stderr)
        return 2
    # stdout belongs to the protocol; whatever else is printed must not get between its lines
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        candidate = reach(arguments[0])
        if not isinstance(candidate, InProcessCandidate):
            print(f"{arguments[0]}: speaks the process protocol itself", file=sys.stderr)
            return 2
        serve(candidate, sys.stdin.buffer, replies)
    except CandidateError as error:
        print(error, file=sys.stderr)
        return 2
    except msgspec.MsgspecError as error:
        print(f"not a message of the process protocol: {error}", file=sys.stderr)
        return 2
    except (BrokenPipeError, KeyboardInterrupt):
        return 0  # the harness is gone
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
