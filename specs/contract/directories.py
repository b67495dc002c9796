"""Case and outcome directories: JSON beside input files and Arrow IPC files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal, TypeVar

import msgspec
import pyarrow as pa

from specs.contract import Case, Outcome, other_contract
from specs.contract.documents import DocumentError, decoded
from specs.contract.marker import clear, take_directory
from specs.contract.rowfiles import ROW_FILE_SUFFIX, RowFileError, read_rows_file, rows_file_bytes
from specs.sql.tables import DEFINITION_KEY, TableDefinition

_T = TypeVar("_T")

CASE_FILE = "case.json"
OUTCOME_FILE = "outcome.json"
OUTCOME_DIRECTORY = "outcome"
ARROW_FILE_SUFFIX = ".arrow"


class DirectoryError(ValueError):
    """A case or outcome directory that is missing, incomplete or malformed."""


class StoredTable(msgspec.Struct, frozen=True):
    """A table with its definition and rows (Arrow, columns as in the definition)."""

    definition: TableDefinition
    rows: pa.Table


class CaseBundle(msgspec.Struct, frozen=True):
    """A case in memory: the document, its input files' bytes and its tables' rows by name."""

    case: Case
    files: Mapping[str, bytes] = {}
    tables: Mapping[str, pa.Table] = {}


def encode_document(document: msgspec.Struct) -> bytes:
    """Canonical JSON of a document: two-space indent, newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def write_case(
    bundle: CaseBundle, directory: Path, tables: Literal["arrow", "rows"] = "arrow"
) -> None:
    """Write a case directory; an empty one, or one written by this, is replaced.

    ``tables`` ``rows``: its tables, and the Arrow files that its plan names, become row files.
    Raises `marker.NotOursError` for a directory that holds anything else.
    """
    if tables == "rows":
        bundle = _with_row_files(bundle)
    files = {f"files/{_inside(name)}": data for name, data in bundle.files.items()}
    for name, rows in bundle.tables.items():
        place = _inside(bundle.case.tables[name])
        row_file = place.suffix == ROW_FILE_SUFFIX
        files[str(place)] = rows_file_bytes(rows) if row_file else arrow_bytes(rows)
    clear(directory, "case")
    take_directory(directory, "case", files=(CASE_FILE, *files), folders=["files"])
    (directory / "files").mkdir()
    (directory / CASE_FILE).write_bytes(encode_document(bundle.case))
    for name, data in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _with_row_files(bundle: CaseBundle) -> CaseBundle:
    """The same case whose documents name row files, with the rows of its Arrow inputs in them."""

    def renamed(name: str) -> str:
        return name.removesuffix(ARROW_FILE_SUFFIX) + ROW_FILE_SUFFIX

    case = bundle.case
    files: dict[str, bytes] = {}
    script = case.script
    for name, data in bundle.files.items():
        if not name.endswith(ARROW_FILE_SUFFIX):
            files[name] = data
            continue
        files[renamed(name)] = rows_file_bytes(pa.ipc.open_file(pa.py_buffer(data)).read_all())
        script = script.replace(name, renamed(name))
    steps = tuple(
        msgspec.structs.replace(step, rows=renamed(step.rows))
        if getattr(step, "rows", "").endswith(ARROW_FILE_SUFFIX)
        else step
        for step in (case.plan.steps if case.plan else ())
    )
    case = msgspec.structs.replace(
        case,
        script=script,
        plan=msgspec.structs.replace(case.plan, steps=steps) if case.plan else None,
        tables={name: renamed(file) for name, file in case.tables.items()},
    )
    return CaseBundle(case, files, bundle.tables)


def read_case(directory: Path) -> CaseBundle:
    """Read a whole case directory into memory. Raises `DirectoryError`.

    An input may be a named pipe: it is read to its end, and has nothing more to give after that.
    """
    case = read_case_document(directory)
    root = directory / "files"
    try:
        files = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(_entries(root))
            if path.is_file() or path.is_fifo()
        }
    except OSError as error:
        raise DirectoryError(f"{root}: cannot be read: {error.strerror or error}") from error
    tables = {name: read_outcome_file(directory, file) for name, file in case.tables.items()}
    return CaseBundle(case, files, tables)


def _entries(root: Path) -> Iterator[Path]:
    """All that is in a directory and its folders, which may be too deep for recursion."""
    unseen = [root] if root.is_dir() else []
    while unseen:
        for path in unseen.pop().iterdir():
            yield path
            if path.is_dir() and not path.is_symlink():
                unseen.append(path)


def read_case_document(directory: Path) -> Case:
    """Read only ``case.json``. Raises `DirectoryError`."""
    return _decode(directory / CASE_FILE, Case)


def write_outcome_document(outcome: Outcome, directory: Path) -> None:
    """Write ``outcome.json`` durably, as the last act: a directory without it is incomplete."""
    partial = directory / (OUTCOME_FILE + ".partial")
    with partial.open("wb") as stream:
        stream.write(encode_document(outcome))
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(directory / OUTCOME_FILE)


def read_outcome_document(directory: Path) -> Outcome:
    """Read only ``outcome.json``. Raises `DirectoryError`."""
    return _decode(directory / OUTCOME_FILE, Outcome)


def read_outcome_table(directory: Path, files: tuple[str, ...]) -> pa.Table:
    """Read a table of an outcome, parts in order. Raises `DirectoryError`."""
    parts = [read_outcome_file(directory, name) for name in files]
    if not parts:
        raise DirectoryError(f"{directory}: the table has no files; is it locked?")
    return pa.concat_tables(parts)


def read_outcome_file(directory: Path, name: str) -> pa.Table:
    """Read one file of an outcome, an answer or a table's part: Arrow IPC, or a row file.

    Raises `DirectoryError`.
    """
    path = directory / _inside(name)
    if path.suffix != ROW_FILE_SUFFIX:
        return read_arrow(path)
    try:
        return read_rows_file(path)
    except RowFileError as error:
        raise DirectoryError(str(error)) from error


def definition_of(schema: pa.Schema) -> TableDefinition:
    """The table definition that an Arrow schema carries. Raises `DirectoryError`."""
    raw = (schema.metadata or {}).get(DEFINITION_KEY)
    if raw is None:
        raise DirectoryError(
            f"the Arrow schema carries no table definition ({DEFINITION_KEY.decode()})"
        )
    try:
        return decoded(raw, TableDefinition)
    except DocumentError as error:
        raise DirectoryError(f"the Arrow schema's table definition is none: {error}") from error


def arrow_bytes(table: pa.Table) -> bytes:
    """Arrow IPC file bytes of a table, one record batch; equal tables give equal bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def read_arrow(path: Path) -> pa.Table:
    """Read an Arrow IPC file. Raises `DirectoryError` when missing, cut short or not Arrow."""
    try:
        # Not mapped into memory: a file that is cut short meanwhile would end the process.
        with pa.OSFile(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
        table.validate(full=True)  # offsets that point outside of the data, text that is not UTF-8
        return table
    except FileNotFoundError:
        raise DirectoryError(f"{path}: no such file, but the document names it") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise DirectoryError(f"{path}: not a complete Arrow IPC file ({error})") from error


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise DirectoryError(f"{name!r} must be a relative path inside the directory")
    return path


def _decode(path: Path, kind: type[_T]) -> _T:
    try:
        data = path.read_bytes()
        if (other := other_contract(decoded(data))) is not None:
            raise DirectoryError(f"{path}: {other}")
        return decoded(data, kind)
    except (FileNotFoundError, NotADirectoryError):
        raise DirectoryError(f"{path}: no such file; expected a {kind.__name__} document") from None
    except OSError as error:
        raise DirectoryError(f"{path}: cannot be read: {error.strerror or error}") from error
    except DocumentError as error:
        raise DirectoryError(f"{path}: not a valid {kind.__name__} document: {error}") from error
