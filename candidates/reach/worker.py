"""A user's Python loader as a program of the process protocol: ``worker.py module:factory``.

It runs under any Python from 3.8 on, in the user's own environment: one file, the standard library
alone. The working directory comes first where modules are looked for, so a module of the user's is
found whatever its name. What the loader prints goes to stderr.

Packages of loadproof are not there for a loader: importing one is an ImportError that says so. That
keeps a loader from leaning on the harness without its author's noticing, through an editable
installation too; it is no sandbox against a loader that wants to get around it.

Exit codes: 0 asked to leave, 1 the factory or ``describe`` raised, 2 a wrong call,
`NOT_IMPORTABLE`, `NO_FACTORY`.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import importlib.machinery
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

NOT_IMPORTABLE = 3
NO_FACTORY = 4

OURS = (
    *("asv_benchmarks", "candidates", "loadproof", "properties", "reference", "reports"),
    "specs",
)
"""The packages of loadproof, which stand beside one another."""

LONGEST_TRACEBACK = 20_000
"""Characters of a traceback that are sent, from its end."""

_THIS_FILE = os.path.realpath(__file__)
_HOME = os.path.dirname(os.path.dirname(os.path.dirname(_THIS_FILE)))


# --- finding the loader --------------------------------------------------------------------------


class Guard:
    """An import hook, asked first: packages in ``home`` are not there for a loader."""

    def __init__(self, home: str = _HOME) -> None:
        self._home = os.path.realpath(home)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The module specification of one of `OURS` of another origin. Raises ImportError."""
        if name not in OURS:
            return None
        refused = False
        others = [finder for finder in sys.meta_path if finder is not self]
        for finder in others:
            find = getattr(finder, "find_spec", None)
            found = find(name, path, target) if find else None
            if found is not None and not self._is_ours(name, found):
                return found
            refused = refused or found is not None
        elsewhere = [
            place for place in sys.path if os.path.realpath(place or os.getcwd()) != self._home
        ]
        found = importlib.machinery.PathFinder.find_spec(name, elsewhere, target)
        if found is None and refused:
            raise ImportError(
                f"{name!r} is a package of loadproof, which checks this loader: one that leans on "
                "it would prove nothing. Copy what you need; a package of your own by that name is "
                "found in the working directory",
                name=name,
            )
        return found

    def _is_ours(self, name: str, spec: Any) -> bool:
        ours = os.path.join(self._home, name)
        places = [spec.origin or "", *(spec.submodule_search_locations or [])]
        real = [os.path.realpath(place) for place in places if place]
        return any(place == ours or place.startswith(ours + os.sep) for place in real)


class Unusable(Exception):
    """There is no loader to serve; ``code`` is the exit code."""

    def __init__(self, code: int, message: str, cause: BaseException | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.cause = cause


def load(module: str, factory: str) -> Any:
    """The loader that the factory makes. Raises `Unusable`."""
    try:
        imported = importlib.import_module(module)
    except BaseException as error:
        message = f"module {module} cannot be imported: {_text_of(error)}"
        raise Unusable(NOT_IMPORTABLE, message, error) from error
    try:
        make = attrgetter(factory)(imported)
    except BaseException as error:
        raise Unusable(NO_FACTORY, f"module {module} has no {factory}", error) from error
    if not callable(make):
        raise Unusable(NO_FACTORY, f"{factory} is {_short(make)}; expected a callable")
    try:
        loader = make()
    except BaseException as error:
        raise Unusable(1, f"{factory}() raised {_text_of(error)}", error) from error
    for method in ("describe", "run"):
        if not callable(getattr(loader, method, None)):
            raise Unusable(
                NO_FACTORY,
                f"the factory returned {_short(loader)}, which has no method {method}; "
                "expected a candidate",
            )
    return loader


# --- serving it ----------------------------------------------------------------------------------


class Channel:
    """Lines of JSON from and to the harness."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies

    def receive(self) -> dict[str, Any]:
        """The next request; when there is no more to come, the one to stop."""
        line = self._requests.readline()
        return dict(json.loads(line)) if line else {"type": "stop"}

    def send(self, message: dict[str, Any]) -> None:
        """Send a message. Raises ValueError or TypeError when it is no JSON."""
        line = json.dumps(message, allow_nan=False).encode("ascii")
        self._replies.write(line + b"\n")
        self._replies.flush()

    def fault(self, message: str, error: BaseException | None = None) -> None:
        """Say what is wrong with the loader, and where in its code."""
        where = traceback_of(error) if error is not None else ""
        self.send({"type": "fault", "message": _encodable(message), "traceback": where})


class Emit:
    """What a loader calls after each durable step; returns when the harness says to go on."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._process = os.getpid()
        self._turn = threading.Lock()
        self._over = False
        self.refused = ""

    def __call__(self, name: str, details: dict[str, Any]) -> None:
        if os.getpid() != self._process:
            raise RuntimeError("emit was called in another process than run")
        with self._turn:
            if self._over:
                raise RuntimeError("emit was called after run had ended")
            if not self.refused:
                try:
                    if not isinstance(name, str) or not isinstance(details, dict):
                        raise TypeError("expected a text and a dict")
                    if not all(isinstance(key, str) for key in details):
                        raise TypeError("expected texts as names of the details")
                    self._channel.send({"type": "event", "name": name, "details": details})
                except OSError:
                    os._exit(0)  # the harness is gone
                except BaseException as error:
                    self.refused = f"emit({_short(name)}, {_short(details)}) is no event: "
                    self.refused += _text_of(error)
            if self.refused:
                raise ValueError(self.refused)
            if self._channel.receive().get("type") != "continue":
                self.leave()

    def leave(self) -> None:
        """The run is not to go on, whatever the loader would catch."""
        os._exit(0)

    def close(self) -> None:
        """The run is over: nothing is emitted any more, not by a thread of the loader's either."""
        if os.getpid() != self._process:
            os._exit(1)  # a process that the loader forked came back out of run
        with self._turn:
            self._over = True


def serve(
    loader: Any, channel: Channel, request: dict[str, Any], emit_of: Callable[..., Emit] = Emit
) -> None:
    """Answer a request, and then others, until there is no more to come. Raises `Unusable`.

    ``emit_of`` makes, of the channel, what the loader calls in a run.
    """
    while request["type"] != "stop":
        if request["type"] == "describe":
            _describe(loader, channel)
        elif request["type"] == "run":
            emit = emit_of(channel)
            _run(loader, channel, Path(request["case"]), Path(request["workspace"]), emit)
        else:
            channel.fault(f"{request['type']} was not awaited")
        request = channel.receive()


def _describe(loader: Any, channel: Channel) -> None:
    try:
        described = loader.describe()
    except BaseException as error:
        raise Unusable(1, f"describe() raised {_text_of(error)}", error) from error
    try:
        channel.send({"type": "description", "description": plain(described)})
    except OSError:
        raise
    except BaseException as error:
        message = f"describe() must give texts, numbers and lists of them: {_text_of(error)}"
        raise Unusable(1, message, error) from error


def _run(loader: Any, channel: Channel, case: Path, workspace: Path, emit: Emit) -> None:
    raised: BaseException | None = None
    returned = None
    try:
        returned = loader.run(case, workspace, emit)
    except BaseException as error:
        raised = error
    emit.close()
    if emit.refused:
        channel.fault(emit.refused, raised)
    elif raised is not None:
        channel.fault(f"run() raised {_text_of(raised)}", raised)
    elif returned is not None:
        channel.fault(
            f"run() returned {_short(returned)}; expected None, with the outcome in the workspace"
        )
    else:
        channel.send({"type": "done"})


def plain(value: Any) -> Any:
    """A description as JSON has it: of a dict, or of an object by its fields or attributes."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value))
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [plain(one) for one in value]
    return {name: plain(getattr(value, name)) for name in _names_of_fields(value)}


def _names_of_fields(value: Any) -> list[str]:
    if dataclasses.is_dataclass(value):
        return [field.name for field in dataclasses.fields(value)]
    for fields in ("__struct_fields__", "_fields"):
        names = getattr(value, fields, None)
        if isinstance(names, tuple):
            return list(names)
    public = [name for name in dir(value) if not name.startswith("_")]
    names = [name for name in public if not callable(getattr(value, name))]
    if not names:
        raise TypeError(f"{_short(value)} is neither a dict nor an object with fields")
    return names


# --- what went wrong -----------------------------------------------------------------------------


def traceback_of(error: BaseException) -> str:
    """The traceback of an exception without the frames of this file and of the import system."""
    try:
        trace = traceback.TracebackException(type(error), error, error.__traceback__)
        _drop_frames(trace, set())
        if not (trace.stack or trace.__cause__ or trace.__context__ or hasattr(error, "text")):
            return ""
        text = "".join(trace.format())
    except BaseException:
        return ""
    return _encodable(text[-LONGEST_TRACEBACK:])


def _drop_frames(trace: Any, seen: set[int]) -> None:
    if trace is None or id(trace) in seen:
        return
    seen.add(id(trace))
    trace.stack[:] = [frame for frame in trace.stack if not _is_foreign(frame.filename)]
    for other in (trace.__cause__, trace.__context__, *(getattr(trace, "exceptions", None) or ())):
        _drop_frames(other, seen)


def _is_foreign(filename: str) -> bool:
    own = os.path.realpath(filename) in (_THIS_FILE, os.path.realpath(importlib.__file__))
    return own or filename.startswith("<frozen importlib")


def _text_of(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:
        return type(error).__name__


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except BaseException:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "..."


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


# --- the program ---------------------------------------------------------------------------------


def own_pipes() -> Channel:
    """The channel over this process's stdin and stdout, which nothing else reads or writes then."""
    channel = Channel(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace", line_buffering=True)
    return channel


def look_in_working_directory() -> None:
    """Modules are the user's first; none of those beside this file is in anybody's way."""
    here = os.path.dirname(_THIS_FILE)
    sys.path[:] = [place for place in sys.path if os.path.realpath(place or ".") != here]
    sys.path.insert(0, os.getcwd())
    traceback_of(ValueError())  # what that takes of the standard library is imported by now


def main(arguments: list[str]) -> int:
    """Serve the loader that the one argument names; the exit code."""
    module, _, factory = arguments[0].partition(":") if len(arguments) == 1 else ("", "", "")
    if not module or not factory:
        sys.stderr.write("usage: worker.py package.module:factory\n")
        return 2
    channel = own_pipes()
    look_in_working_directory()
    sys.meta_path.insert(0, Guard())
    sys.argv[1:] = []
    return answer(channel, module, factory)


def answer(channel: Channel, module: str, factory: str, emit_of: Callable[..., Emit] = Emit) -> int:
    """Answer all requests for the loader that ``factory`` in ``module`` makes; the exit code."""
    try:
        request = channel.receive()
        if request["type"] != "stop":
            serve(load(module, factory), channel, request, emit_of)
    except Unusable as unusable:
        channel.fault(str(unusable), unusable.cause)
        os._exit(unusable.code)
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the harness is gone
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
