"""Server: a process of its own that reads the outcomes of foreign candidates, and may die of it.

It is started by `candidates.reach.outcome_client`, writes `READY`, and answers each `Request` on
its stdin, one JSON document a line, with a byte (``+`` or ``-``), eight bytes with a length, and
that many bytes: the requested document or Arrow stream, or the text of an error. What it returns it
has checked in full, on a copy of its own: a file that changes meanwhile changes nothing.
"""

from __future__ import annotations

import json
import math
import os
import re
import resource
import signal
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from specs.contract import CONTRACT_VERSION, Outcome
from specs.contract.directories import OUTCOME_DIRECTORY, OUTCOME_FILE, DirectoryError
from specs.contract.rowfiles import ROW_FILE_SUFFIX, RowFileError, rows_table
from specs.visible import visible_document

READY = b"ready\n"


class OutcomeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Most that reading an outcome may cost.

    ``document_bytes`` and ``document_depth``: size and nesting of ``outcome.json``; ``files``:
    files and directories in the outcome directory, and files named in the document; ``path_depth``:
    directories in one another; ``total_bytes``: of all files, and of one table when it is unpacked,
    where each value counts as 8 bytes at least; ``memory_bytes`` and ``seconds`` of one reading.
    """

    document_bytes: int = 4 << 20
    document_depth: int = 32
    files: int = 10_000
    path_depth: int = 8
    total_bytes: int = 4 << 30
    memory_bytes: int = 16 << 30
    seconds: float = 60.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Read the document, or one file of an outcome directory; ``name`` is relative to it."""

    what: Literal["document", "file"]
    directory: str
    name: str
    limits: OutcomeLimits


class OutcomeFileError(ValueError):
    """Something in an outcome directory that must not be read; the message names it."""


# --- the document --------------------------------------------------------------------------------


def checked_document(directory: Path, limits: OutcomeLimits) -> Outcome:
    """``outcome.json`` of a directory that holds nothing but files, each one that it names there.

    No control character of its texts is left, except line ends. Raises `OutcomeFileError`.
    """
    sizes = _sizes(directory, limits)
    if OUTCOME_FILE not in sizes:
        raise OutcomeFileError(NO_OUTCOME)
    if sizes[OUTCOME_FILE] > limits.document_bytes:
        raise OutcomeFileError(
            f"{OUTCOME_FILE} has {sizes[OUTCOME_FILE]:,} bytes; "
            f"expected at most {limits.document_bytes:,}"
        )
    data = _bytes_of(directory / OUTCOME_FILE, limits.document_bytes)
    _refuse_odd_json(data, limits.document_depth)
    try:
        _refuse_other_contract(msgspec.json.decode(data, type=_Versioned).contract)
        outcome = msgspec.json.decode(data, type=Outcome)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise OutcomeFileError(f"{OUTCOME_FILE} is not a valid Outcome document: {error}") from None
    check_document(outcome, sizes.keys().__contains__)
    named = list(files_named(outcome))
    if len(named) > limits.files:
        raise OutcomeFileError(
            f"{OUTCOME_FILE} names {len(named):,} files; expected at most {limits.files:,}"
        )
    _limit_total(sum(sizes[str(PurePosixPath(name))] for name in named), limits)
    return msgspec.convert(visible_document(msgspec.to_builtins(outcome), keep="\n"), Outcome)


NO_OUTCOME = (
    f"said it was done but left no {OUTCOME_DIRECTORY}/{OUTCOME_FILE} in its workspace; "
    "write it as the last act of run"
)


def check_document(outcome: Outcome, is_there: Callable[[str], bool]) -> None:
    """Raises `OutcomeFileError` for another version of the contract, or a file that is not there.

    ``is_there`` is asked with normal relative paths.
    """
    _refuse_other_contract(outcome.contract)
    for name in files_named(outcome):
        if not _is_within(name) or not is_there(str(PurePosixPath(name))):
            raise OutcomeFileError(
                f"{OUTCOME_FILE} names {name!r}, which is no file in {OUTCOME_DIRECTORY}/"
            )


class _Versioned(msgspec.Struct):
    """What every version of the document has."""

    contract: int = CONTRACT_VERSION


def _refuse_other_contract(version: int) -> None:
    if version != CONTRACT_VERSION:
        raise OutcomeFileError(
            f"the outcome follows contract version {version}, expected {CONTRACT_VERSION}"
        )


def _is_within(name: str) -> bool:
    """Whether a file's name leads nowhere else, and can be shown as it is."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and name.isprintable()


def files_named(outcome: Outcome) -> Iterator[str]:
    """The files that the document names, as often as it names them."""
    for files in outcome.tables.values():
        yield from files
    yield from outcome.answers.values()


def _sizes(directory: Path, limits: OutcomeLimits) -> dict[str, int]:
    """Bytes of each file below a directory that holds nothing else, by normal relative path."""
    if directory.is_symlink():
        raise OutcomeFileError(f"{directory.name} is a link; expected a directory")
    sizes: dict[str, int] = {}
    entries = total = 0
    unseen = [PurePosixPath()]
    while unseen:
        place = unseen.pop()
        try:
            found = os.scandir(directory / place)
        except FileNotFoundError:
            raise OutcomeFileError(NO_OUTCOME) from None
        with found:
            for entry in found:
                path = place / entry.name
                entries += 1
                if entries > limits.files:
                    raise OutcomeFileError(
                        f"{OUTCOME_DIRECTORY}/ holds more than {limits.files:,} "
                        "files and directories"
                    )
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    if len(path.parts) > limits.path_depth:
                        raise OutcomeFileError(
                            f"{_within(path)}: directories in one another deeper than "
                            f"{limits.path_depth}"
                        )
                    unseen.append(path)
                    continue
                if not stat.S_ISREG(status.st_mode):
                    raise OutcomeFileError(
                        f"{_within(path)} is {_kind(status.st_mode)}; "
                        "an outcome holds plain files and directories alone"
                    )
                sizes[str(path)] = status.st_size
                total += status.st_size
    _limit_total(total, limits)
    return sizes


def _limit_total(total: int, limits: OutcomeLimits) -> None:
    if total > limits.total_bytes:
        raise OutcomeFileError(
            f"the outcome's files have {total:,} bytes; expected at most {limits.total_bytes:,}"
        )


def _kind(mode: int) -> str:
    for name, test in (
        ("a link", stat.S_ISLNK),
        ("a named pipe", stat.S_ISFIFO),
        ("a socket", stat.S_ISSOCK),
    ):
        if test(mode):
            return name
    return "a device"


def _within(path: PurePosixPath) -> str:
    shown = str(OUTCOME_DIRECTORY / path)
    return repr(shown if len(shown) <= 100 else shown[:97] + "...")


def _bytes_of(path: Path, most: int) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise OutcomeFileError(f"{path.name} grew while it was read")
    return data


_LONGEST_INTEGER = len(str(-(1 << 63)))
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])', re.DOTALL)


def _refuse_odd_json(data: bytes, most: int) -> None:
    """Refuse what parsers read each in its own way: nesting, a key given twice, long numbers."""
    depth = 0
    for found in _BRACKETS.finditer(data):
        depth += bool(found[1]) - bool(found[2])
        if depth > most:
            raise OutcomeFileError(f"{OUTCOME_FILE} is nested deeper than {most} levels")

    def refuse_twice(pairs: list[tuple[str, Any]]) -> None:
        counted = Counter(key for key, _ in pairs)
        for key, count in counted.most_common(1):
            if count > 1:
                raise OutcomeFileError(f"{OUTCOME_FILE} gives the name {key[:80]!r} {count} times")

    def refuse_long(digits: str) -> None:
        if len(digits) > _LONGEST_INTEGER:
            raise OutcomeFileError(f"{OUTCOME_FILE} has a number of {len(digits):,} digits")

    try:
        json.loads(data, object_pairs_hook=refuse_twice, parse_int=refuse_long)
    except OutcomeFileError:
        raise
    except ValueError as error:
        raise OutcomeFileError(f"{OUTCOME_FILE} is not JSON: {error}") from None


# --- files ---------------------------------------------------------------------------------------


def checked_file(directory: Path, name: str, limits: OutcomeLimits) -> pa.Table:
    """One file of an outcome as a table, every value of it checked. Raises `OutcomeFileError`."""
    path = directory / name
    plain = _is_within(name) and path.resolve() == directory.resolve() / name
    if not plain or not path.is_file():
        raise OutcomeFileError(f"{name!r} is no plain file in {OUTCOME_DIRECTORY}/")
    data = _bytes_of(path, limits.total_bytes)
    if path.suffix == ROW_FILE_SUFFIX:
        try:
            table = rows_table(data, name)
        except RowFileError as error:
            raise OutcomeFileError(str(error)) from None
    else:
        try:
            table = pa.ipc.open_file(pa.py_buffer(data)).read_all()
        except (pa.ArrowInvalid, OSError) as error:
            raise OutcomeFileError(f"{name}: not a complete Arrow IPC file ({error})") from None
    try:
        _check_table(table, limits)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise OutcomeFileError(f"{name}: {error}") from None
    return table


def _check_table(table: pa.Table, limits: OutcomeLimits) -> None:
    names = table.column_names
    for at, name in enumerate(names):
        if not name.isprintable():
            raise ValueError(f"the column name {name!r} holds a character that cannot be seen")
        if name in names[:at]:
            raise ValueError(f"two columns are named {name!r}")
    unpacked = 8 * table.num_rows * max(1, len(names))
    _limit_table(unpacked, limits)
    table.validate(full=True)
    for field, column in zip(table.schema, table.columns, strict=True):
        plain = _plain(column)
        if not any(test(plain.type) for test in _COLUMN_TYPES):
            raise ValueError(
                f"column {field.name} has the Arrow type {field.type}, which no column of a "
                "table has"
            )
        _limit_table(plain.nbytes, limits)
        _check_moments(field.name, plain)
    _limit_table(table.nbytes, limits)


_COLUMN_TYPES: tuple[Callable[[pa.DataType], bool], ...] = (
    *(pa.types.is_null, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating),
    *(pa.types.is_decimal, pa.types.is_date, pa.types.is_time, pa.types.is_timestamp),
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary),
    pa.types.is_fixed_size_binary,
)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values of a column one after another: no dictionary, no views, which repeat for free."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string_view(column.type):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(column.type):
        return column.cast(pa.large_binary())
    return column


def _limit_table(size: int, limits: OutcomeLimits) -> None:
    if size > limits.total_bytes:
        raise ValueError(f"unpacked it has {size:,} bytes; expected at most {limits.total_bytes:,}")


def _check_moments(name: str, column: pa.ChunkedArray) -> None:
    """Dates and times have a Python value: within Python's years, to the microsecond."""
    if not pa.types.is_temporal(column.type):
        return
    if getattr(column.type, "unit", "") == "ns":
        whole = pa.time64("us") if pa.types.is_time(column.type) else pa.timestamp("us")
        column.cast(whole)
    try:
        ends = pc.min_max(column)
        ends["min"].as_py(), ends["max"].as_py()
    except (ValueError, OverflowError) as error:
        raise ValueError(f"column {name}: {error}") from None


# --- the process ---------------------------------------------------------------------------------


def main() -> int:
    """Answer requests until stdin ends."""
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(1), "wb") as replies:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        _be_the_first_to_go()
        replies.write(READY)
        replies.flush()
        for line in requests:
            _answer(msgspec.json.decode(line, type=Request), replies)
    return 0


def _answer(request: Request, replies: BinaryIO) -> None:
    limits = request.limits
    _limit_memory(limits.memory_bytes)
    # when the harness is gone, nothing else ends a reading that takes for ever
    signal.alarm(math.ceil(limits.seconds) + 1)
    try:
        sign, payload = b"+", _payload(request)
    except (OutcomeFileError, DirectoryError) as error:
        sign, payload = b"-", str(error).encode("utf-8", "backslashreplace")
    except MemoryError:
        message = f"{request.name}: reading it takes more memory than {limits.memory_bytes:,} bytes"
        sign, payload = b"-", message.encode("utf-8", "backslashreplace")
    except Exception as error:
        message = f"{request.name}: cannot be read: {type(error).__name__}: {error}"
        sign, payload = b"-", message.encode("utf-8", "backslashreplace")
    signal.alarm(0)
    replies.write(sign + len(payload).to_bytes(8, "big"))
    replies.write(payload)
    replies.flush()


def _payload(request: Request) -> bytes | pa.Buffer:
    directory = Path(request.directory)
    if request.what == "document":
        return msgspec.json.encode(checked_document(directory, request.limits))
    return _stream_of(checked_file(directory, request.name, request.limits))


def _stream_of(table: pa.Table) -> pa.Buffer:
    """A table as an Arrow IPC stream; measured first, since a buffer that grows is copied often."""
    measured = pa.MockOutputStream()
    with pa.ipc.new_stream(measured, table.schema) as writer:
        writer.write_table(table)
    stream = pa.allocate_buffer(measured.size())
    with (
        pa.FixedSizeBufferWriter(stream) as sink,
        pa.ipc.new_stream(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    return stream


def _limit_memory(most: int) -> None:
    """At most so many bytes beyond what this process holds anyway, where the system tells."""
    try:
        with open("/proc/self/statm") as status:
            held = int(status.read().split()[0]) * resource.getpagesize()
    except OSError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = held + most
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _be_the_first_to_go() -> None:
    """No core dump; and if memory runs out, this process is to be ended, not the harness."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main())
