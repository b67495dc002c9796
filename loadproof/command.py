"""The ``loadproof`` command: one function a subcommand, each handing on to the module it names."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from loadproof.shadow import ShadowedError, refuse_shadowed

USAGE = 2
HARNESS_ERROR = 4


def main() -> NoReturn:
    """Entry point. A user's mistake ends with a message on stderr and its exit code."""
    try:
        refuse_shadowed()
    except ShadowedError as error:
        sys.exit(_told(error, HARNESS_ERROR))
    # a loader of the user's own is found beside the working directory, after everything else
    sys.path.append(os.getcwd())
    # only now is it safe to import the rooms
    from candidates.reach.agreement import CandidateError, NotThereError
    from loadproof.refusal import Refusal
    from loadproof.subcommands import app
    from reports.integrity import UntrustworthyRunError
    from specs.contract.directories import DirectoryError
    from specs.contract.marker import NotOursError

    try:
        app()
    except Refusal as refusal:
        sys.exit(_told(refusal, refusal.code))
    except NotThereError as error:
        sys.exit(_told(error, USAGE))
    except CandidateError as error:
        sys.exit(_told(error, HARNESS_ERROR))
    except UntrustworthyRunError as error:
        sys.exit(_told(error, HARNESS_ERROR))
    except (DirectoryError, NotOursError) as error:
        sys.exit(_told(error, USAGE))
    except KeyboardInterrupt:
        sys.exit(_told("stopped; what is on disk stays", 130))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        sys.exit(_told(f"{error}; name a place that can be written", HARNESS_ERROR))
    sys.exit(0)


def _told(message: object, code: int) -> int:
    print(f"loadproof: {message}", file=sys.stderr)
    return code
