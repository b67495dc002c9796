"""The ``loadproof`` command: it starts safely, and however it ends it leaves nothing behind."""

from __future__ import annotations

import os
import sys
import traceback
from typing import NoReturn

from loadproof.shadow import ShadowedError, refuse_shadowed
from loadproof.signals import hold_signals, raise_on_signals

HARNESS_ERROR = 4


def main() -> NoReturn:
    """Entry point. However a call ends that cannot go on, its user gets a message and a code."""
    raise_on_signals()
    _keep_cache()
    try:
        refuse_shadowed()
    except ShadowedError as error:
        sys.exit(_told(str(error), HARNESS_ERROR))
    # only now is it safe to import the rooms
    from loadproof import children
    from loadproof.calling import call
    from loadproof.ending import ending_of
    from properties.engine import scratch

    children.adopt_orphans()
    try:
        code = call(sys.argv[1:])
        sys.stdout.flush()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else HARNESS_ERROR
    except BaseException as error:
        hold_signals()
        if sys.flags.dev_mode:
            traceback.print_exception(error)
        code = _told(*ending_of(error))
    finally:
        hold_signals()
        children.end_all()
        scratch.remove_all()
    sys.exit(code)


def _keep_cache() -> None:
    """Let Hypothesis keep its tables of characters where caches are, not where we are called."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.path.isabs(cache):
        place = os.path.join(cache, "loadproof", "hypothesis")
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", place)


def _told(message: str, code: int) -> int:
    """Tell the user how the call ends; the exit code."""
    try:
        if message:
            print(f"loadproof: {message}", file=sys.stderr, flush=True)
        sys.stdout.flush()
    except OSError:
        # nobody reads it, or it cannot be written; the exit code says what there is to say
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
