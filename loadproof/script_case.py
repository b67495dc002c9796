"""A user's script and files as a case directory."""

from __future__ import annotations

import codecs
import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from loadproof.inputs import lay_out
from specs.contract import Case, Edition, TeradataSystem
from specs.contract.directories import (
    CASE_FILE,
    arrow_bytes,
    definition_of,
    encode_document,
    read_arrow,
)
from specs.contract.marker import clear, take_directory
from specs.fastload.language import (
    ParsedScript,
    parse,
    parse_create_table,
    require_plan,
    with_files,
)
from specs.fastload.plan import FastLoadPlan, Load
from specs.shortening import shortened
from specs.sql.tables import TableDefinition

LONGEST_SCRIPT = 16 << 20
"""Bytes of a script file; only a data file named by mistake has more."""

_NOT_UTF_8 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)

_LONGEST_NAME = 60
"""Characters of a data file's name that are taken over into the case."""


class InputError(ValueError):
    """A script, data file or table file that cannot be used; the message says what to do."""


class ExistingTable(msgspec.Struct, frozen=True):
    """A table that is there before the job."""

    definition: TableDefinition
    rows: pa.Table


def read_script(path: Path, tables: Mapping[str, ExistingTable]) -> ParsedScript:
    """Parse a script file. Raises `InputError` (not readable) or `ScriptError` (mistakes)."""
    text = script_text(path)
    known = {name: table.definition for name, table in tables.items()}
    parsed = parse(text, known)
    require_plan(parsed, str(path))
    return parsed


def script_text(path: Path) -> str:
    """The text of a script file, UTF-8. Raises `InputError`."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_SCRIPT + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path}: cannot be read as a script: {reason}") from error
    if len(data) > LONGEST_SCRIPT:
        raise InputError(
            f"{path}: has more than {LONGEST_SCRIPT >> 20} MB, as no script has; "
            "is it a data file? name the script"
        )
    if data.startswith(_NOT_UTF_8):
        raise InputError(f"{path}: is UTF-16 text; save the script as UTF-8")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise InputError(
            f"{path}: line {line} holds a NUL byte, which no text does; "
            "name the script, saved as UTF-8 and not as UTF-16"
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}: line {line} holds the byte {data[error.start]:#04x}, which is not UTF-8; "
            "give a text file, saved as UTF-8"
        ) from error


def read_tables(options: list[str]) -> dict[str, ExistingTable]:
    """``NAME=FILE`` options: a CREATE TABLE (.sql), or rows (.arrow, or .parquet beside a .sql)."""
    tables: dict[str, ExistingTable] = {}
    for option in options:
        name, separator, file = option.partition("=")
        if not separator:
            raise InputError(f"--table {option}: expected NAME=FILE, e.g. --table sales.t=t.sql")
        if name.lower() in {known.lower() for known in tables}:
            raise InputError(f"--table {option}: {name} is named twice; name each table once")
        table = _read_table(Path(file))
        definition = msgspec.structs.replace(table.definition, name=name)
        rows = table.rows.cast(definition.arrow_schema())
        tables[name] = ExistingTable(definition, rows)
    return tables


def table_files(options: list[str]) -> list[Path]:
    """The files that ``NAME=FILE`` options read."""
    named = [Path(option.partition("=")[2]) for option in options]
    return [*named, *(path.with_suffix(".sql") for path in named if path.suffix == ".parquet")]


def _read_table(path: Path) -> ExistingTable:
    if path.suffix not in (".sql", ".arrow", ".parquet"):
        raise InputError(
            f"--table: {path} must be .sql (CREATE TABLE), .arrow with a table definition, "
            "or .parquet beside a .sql of the same name"
        )
    try:
        if path.suffix == ".arrow":
            rows = read_arrow(path)
            return ExistingTable(definition_of(rows.schema), rows)
        definition = parse_create_table(_sql(path), str(path))
        if path.suffix == ".sql":
            return ExistingTable(definition, definition.arrow_schema().empty_table())
        rows = pq.read_table(path).select(list(definition.column_names))
        return ExistingTable(definition, rows)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise InputError(f"--table: {path} cannot be used: {error}") from error


def _sql(path: Path) -> str:
    return script_text(path.with_suffix(".sql"))


@dataclass(frozen=True)
class ScriptJob:
    """A script with all that it works on: the case's document, and the user's own files.

    ``sources``: name in the case's ``files/`` -> the user's data file. ``tables``: those that
    exist before the job, by name.
    """

    case: Case
    sources: Mapping[str, Path]
    tables: Mapping[str, ExistingTable]


def script_job(
    parsed: ParsedScript,
    *,
    data: Path,
    system: TeradataSystem,
    edition: Edition,
    tables: Mapping[str, ExistingTable],
) -> ScriptJob:
    """Find the data files of a script, beside it or in ``data``.

    Raises `InputError` for one that is missing or not readable.
    """
    assert parsed.plan is not None
    found = _data_files(parsed.plan, data)
    # the end of a name says how the file is packed; a whole one could be too long with a number
    names = {
        written: f"{n}-{path.name[-_LONGEST_NAME:]}"
        for n, (written, path) in enumerate(found.items())
    }
    case = Case(
        script=parsed.redacted,
        plan=with_files(parsed.plan, names),
        system=system,
        edition=edition,
        tables={name: f"tables/{n}.arrow" for n, name in enumerate(sorted(tables))},
    )
    return ScriptJob(case, {names[written]: path for written, path in found.items()}, tables)


def write_script_case(job: ScriptJob, directory: Path, *, copied: bool) -> None:
    """Lay the case out in ``directory``; its data files are links, or copies.

    Raises `specs.contract.marker.NotOursError` for a directory that holds anything else than an
    earlier case of ours, and OSError.
    """
    files = (f"files/{name}" for name in job.sources)
    clear(directory, "case")
    listed = (CASE_FILE, *files, *job.case.tables.values())
    folders = ("files", "tables")
    take_directory(directory, "case", files=listed, folders=folders)
    for folder in folders:
        (directory / folder).mkdir()
    for name, path in job.sources.items():
        lay_out(path, directory / "files" / name, copied=copied)
    for name, file in job.case.tables.items():
        (directory / file).write_bytes(arrow_bytes(job.tables[name].rows))
    (directory / CASE_FILE).write_bytes(encode_document(job.case))


def _data_files(plan: FastLoadPlan, data: Path) -> dict[str, Path]:
    """The file that each FILE= of a plan means, once each, in the plan's order."""
    found: dict[str, Path] = {}
    for step in plan.steps:
        for source in step.inputs if isinstance(step, Load) else ():
            if source.file not in found:
                found[source.file] = _locate(source.file, data)
    return found


def _locate(written: str, data: Path) -> Path:
    """The file a script names: as written, else by its bare name in the data directory."""
    bare = written.replace("\\", "/").rsplit("/", 1)[-1]
    tried = [data / written, data / bare]
    for path in tried:
        if _is_no_name(path):
            raise InputError(f"FILE={shortened(written)}: no file can have so long a name")
        if path.is_file() or path.is_fifo():
            if not os.access(path, os.R_OK):
                raise InputError(f"{path}: no permission to read the data file FILE={written}")
            return path
        if path.is_dir():
            raise InputError(f"FILE={written}: {path} is a directory; name a data file")
    places = " nor ".join(str(path) for path in dict.fromkeys(tried))
    raise InputError(
        f"FILE={written}: no such data file (looked for {places}); "
        "name the directory that holds it with --data DIR"
    )


def _is_no_name(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False
