"""Commands of a script after parsing: what was written, word by word, with places."""

from __future__ import annotations

from typing import Literal

import msgspec

from specs.script.script_text import Span
from specs.sql.tables import TableDefinition

RecordFormat = Literal["VARTEXT", "TEXT", "FORMATTED", "UNFORMATTED", "BINARY"]


class _Node(msgspec.Struct, frozen=True, kw_only=True):
    span: Span


class Word(msgspec.Struct, frozen=True):
    """A word or text of the script: its value (quotes taken off) and where it stands."""

    value: str
    span: Span


class Number(msgspec.Struct, frozen=True):
    """A whole number of the script."""

    value: int
    span: Span


class TableName(msgspec.Struct, frozen=True):
    """A table's name as written; ``database`` None when it is not qualified."""

    database: str | None
    name: str
    span: Span


class Setting(_Node, frozen=True, kw_only=True):
    """SESSIONS, ERRLIMIT, TENACITY or SLEEP with its numbers; None stands for ``*``."""

    kind: str
    numbers: tuple[Number | None, ...]


class Logon(_Node, frozen=True, kw_only=True):
    """LOGON; only whether it is complete is kept of its argument."""

    complete: bool


class LogonMethod(_Node, frozen=True, kw_only=True):
    """LOGMECH or LOGDATA: LOGON need not hold a password then."""


class Logoff(_Node, frozen=True, kw_only=True):
    """LOGOFF or QUIT: the end of a job's sessions."""


class Database(_Node, frozen=True, kw_only=True):
    """DATABASE: the database of names that are not qualified."""

    name: Word


class DateForm(_Node, frozen=True, kw_only=True):
    """DATEFORM."""

    form: Literal["integer", "ansi"]


class Charset(_Node, frozen=True, kw_only=True):
    """SET SESSION CHARSET."""

    name: Word


class SetRecord(_Node, frozen=True, kw_only=True):
    """SET RECORD; ``delimiter`` None when not given."""

    format: RecordFormat
    delimiter: Word | None
    display_errors: bool
    nostop: bool


class RecordRange(_Node, frozen=True, kw_only=True):
    """RECORD [start] [THRU end]."""

    start: Number | None
    thru: Number | None


class FieldDefinition(msgspec.Struct, frozen=True):
    """A field of DEFINE. ``type`` is the type's text as written."""

    name: Word
    reserved: bool
    type: Word
    nullif: Word | None


class Define(_Node, frozen=True, kw_only=True):
    """DEFINE; ``file`` and ``inmod`` None when not given."""

    fields: tuple[FieldDefinition, ...]
    file: Word | None
    inmod: Word | None


class Clear(_Node, frozen=True, kw_only=True):
    """CLEAR: forget the fields defined so far."""


class Begin(_Node, frozen=True, kw_only=True):
    """BEGIN LOADING."""

    target: TableName
    error_tables: tuple[TableName, TableName]
    checkpoint: Number | None
    indicators: bool


class End(_Node, frozen=True, kw_only=True):
    """END LOADING."""


class Conversion(msgspec.Struct, frozen=True):
    """What stands in parentheses after a field: a type, a format, or both."""

    type: Word | None
    format: Word | None
    span: Span


class FieldValue(msgspec.Struct, frozen=True):
    """``:field`` with the conversions written after it."""

    field: Word
    conversions: tuple[Conversion, ...]
    span: Span


class Expression(msgspec.Struct, frozen=True):
    """Something that is neither a field nor a name: arithmetic, a function, a constant."""

    span: Span


Item = Word | FieldValue | Expression
"""One entry of a list in INSERT: a bare name, a field, or an expression."""


class Insert(_Node, frozen=True, kw_only=True):
    """INSERT. ``columns`` and ``values`` are None when the list is not there; both for t.*."""

    table: TableName
    columns: tuple[Item, ...] | None
    values: tuple[Item, ...] | None


class Drop(_Node, frozen=True, kw_only=True):
    """DROP TABLE."""

    table: TableName


class Delete(_Node, frozen=True, kw_only=True):
    """DELETE; ``column`` None deletes every row, ``value`` None means IS NULL."""

    table: TableName
    column: Word | None
    value: str | None


class Create(_Node, frozen=True, kw_only=True):
    """CREATE TABLE; ``definition`` has the name as written, None when it has mistakes."""

    table: TableName
    definition: TableDefinition | None


class CreateAs(_Node, frozen=True, kw_only=True):
    """CREATE TABLE .. AS source WITH NO DATA; ``kind`` None when neither SET nor MULTISET."""

    table: TableName
    source: TableName
    kind: Literal["SET", "MULTISET"] | None


class Silent(_Node, frozen=True, kw_only=True):
    """A command that changes nothing here: SHOW, HELP, NOTIFY, SET QUERY_BAND, OS."""

    kind: str


class Foreign(_Node, frozen=True, kw_only=True):
    """RUN or AXSMOD: it refers to something that cannot be run here."""

    kind: Literal["run", "axsmod"]


class Broken(_Node, frozen=True, kw_only=True):
    """A command whose text could not be parsed; its mistakes are already reported."""

    kind: str


CommandNode = (
    Setting
    | Logon
    | LogonMethod
    | Logoff
    | Database
    | DateForm
    | Charset
    | SetRecord
    | RecordRange
    | Define
    | Clear
    | Begin
    | End
    | Insert
    | Drop
    | Delete
    | Create
    | CreateAs
    | Silent
    | Foreign
    | Broken
)
