"""The words of the language: commands, their spellings and what belongs to other utilities."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "SESSIONS": "sessions",
    "ERRLIMIT": "errlimit",
    "TENACITY": "tenacity",
    "SLEEP": "sleep",
    "LOGON": "logon",
    "LOG": "logon",
    "LOGMECH": "logmech",
    "LOGDATA": "logdata",
    "DATABASE": "database",
    "DATEFORM": "dateform",
    "SET": "set",
    "RECORD": "record",
    "DEFINE": "define",
    "DEF": "define",
    "AXSMOD": "axsmod",
    "NOTIFY": "notify",
    "OS": "os",
    "RUN": "run",
    "SHOW": "show",
    "CLEAR": "clear",
    "HELP": "help",
    "CREATE": "create",
    "DROP": "drop",
    "DELETE": "delete",
    "DEL": "delete",
    "BEGIN": "begin",
    "INSERT": "insert",
    "INS": "insert",
    "END": "end",
    "LOGOFF": "logoff",
    "QUIT": "logoff",
}
"""First word of a command -> the grammar's rule for it."""

SQL_KINDS = frozenset({"database", "create", "drop", "delete", "insert"})
"""SQL statements: no dot before them, a semicolon after them."""

LONG_KINDS = SQL_KINDS | {"define", "begin"}
"""Commands that may take several lines and always end in a semicolon."""

FREE_TEXT_KINDS = frozenset({"logon", "logdata", "os", "run"})
"""Commands whose tail is free text that the grammar does not read."""

OTHER_SQL = frozenset(
    {
        *("SELECT", "SEL", "UPDATE", "UPD", "MERGE", "ALTER", "GRANT", "REVOKE", "COLLECT"),
        *("RENAME", "REPLACE", "LOCKING", "LOCK", "CALL", "EXEC", "EXECUTE", "COMMENT"),
        *("COMMIT", "BT", "ET", "MODIFY", "EXPLAIN", "WITH"),
    }
)
"""SQL statements that FastLoad does not take (FL-05)."""

OTHER_UTILITIES: dict[str, str] = {
    "LAYOUT": "MultiLoad and TPump",
    "FIELD": "MultiLoad and TPump",
    "FILLER": "MultiLoad and TPump",
    "DML": "MultiLoad and TPump",
    "IMPORT": "MultiLoad, TPump and BTEQ",
    "LOGTABLE": "MultiLoad and TPump",
    "EXPORT": "BTEQ and FastExport",
    "IF": "BTEQ and MultiLoad",
    "GOTO": "BTEQ",
    "LABEL": "BTEQ",
    "EXIT": "BTEQ",
    "REPEAT": "BTEQ",
    "COMPILE": "BTEQ",
}
"""Commands of sibling utilities that turn up in FastLoad scripts by mistake."""

STRONG_STARTS = (
    r"BEGIN\s+LOADING\b|END\s+LOADING\b|SET\s+RECORD\b|SET\s+SESSION\b|INS(?:ERT)?\s+INTO\b"
    r"|CREATE\s+(?:SET\s+|MULTISET\s+)?TABLE\b|DROP\s+TABLE\b|DEL(?:ETE)?\s+FROM\b|DEFINE\s"
    r"|LOGOFF\s*(?:;|$)|QUIT\s*(?:;|$)|LOG(?:ON|DATA|MECH)\s|RECORD\s+(?:\d|THRU\b)|SESSIONS\s+[\d*]"
    r"|ERRLIMIT\s+\d|TENACITY\s+\d|SLEEP\s+\d|SHOW\s*;|DATABASE\s+[\w.]+\s*;|CLEAR\s*;"
)
"""What, at the start of a line, is a new command even where the last one was not ended."""
