"""Commands of a script after parsing: what was written, word by word, with places."""

from __future__ import annotations

from typing import Literal

import msgspec

from specs.script.script_text import Span
from specs.sql.syntax import Create, CreateAs, Database, Delete, Drop, Node
from specs.sql.words import Number, TableName, Word

RecordFormat = Literal["VARTEXT", "TEXT", "FORMATTED", "UNFORMATTED", "BINARY"]


class Setting(Node, frozen=True, kw_only=True):
    """SESSIONS, ERRLIMIT, TENACITY or SLEEP with its numbers; None stands for ``*``."""

    kind: str
    numbers: tuple[Number | None, ...]


class Logon(Node, frozen=True, kw_only=True):
    """LOGON; only whether it is complete is kept of its argument."""

    complete: bool


class LogonMethod(Node, frozen=True, kw_only=True):
    """LOGMECH or LOGDATA: LOGON need not hold a password then."""


class Logoff(Node, frozen=True, kw_only=True):
    """LOGOFF or QUIT: the end of a job's sessions."""


class DateForm(Node, frozen=True, kw_only=True):
    """DATEFORM."""

    form: Literal["integer", "ansi"]


class Charset(Node, frozen=True, kw_only=True):
    """SET SESSION CHARSET."""

    name: Word


class SetRecord(Node, frozen=True, kw_only=True):
    """SET RECORD; ``delimiter`` None when not given."""

    format: RecordFormat
    delimiter: Word | None
    display_errors: bool
    nostop: bool


class RecordRange(Node, frozen=True, kw_only=True):
    """RECORD [start] [THRU end]."""

    start: Number | None
    thru: Number | None


class FieldDefinition(msgspec.Struct, frozen=True):
    """A field of DEFINE. ``type`` is the type's text as written."""

    name: Word
    reserved: bool
    type: Word
    nullif: Word | None


class Define(Node, frozen=True, kw_only=True):
    """DEFINE; ``file`` and ``inmod`` None when not given."""

    fields: tuple[FieldDefinition, ...]
    file: Word | None
    inmod: Word | None


class Clear(Node, frozen=True, kw_only=True):
    """CLEAR: forget the fields defined so far."""


class Begin(Node, frozen=True, kw_only=True):
    """BEGIN LOADING."""

    target: TableName
    error_tables: tuple[TableName, TableName]
    checkpoint: Number | None
    indicators: bool


class End(Node, frozen=True, kw_only=True):
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


class Computed(msgspec.Struct, frozen=True):
    """Something that is neither a field nor a name: arithmetic, a function, a constant."""

    span: Span


Item = Word | FieldValue | Computed
"""One entry of a list in INSERT: a bare name, a field, or what neither of them is."""


class Insert(Node, frozen=True, kw_only=True):
    """INSERT. ``columns`` and ``values`` are None when the list is not there; both for t.*."""

    table: TableName
    columns: tuple[Item, ...] | None
    values: tuple[Item, ...] | None


class Silent(Node, frozen=True, kw_only=True):
    """A command that changes nothing here: SHOW, HELP, NOTIFY, SET QUERY_BAND, OS."""

    kind: str


class Foreign(Node, frozen=True, kw_only=True):
    """RUN or AXSMOD: it refers to something that cannot be run here."""

    kind: Literal["run", "axsmod"]


class Broken(Node, frozen=True, kw_only=True):
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
