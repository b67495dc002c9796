"""The words of FastLoad: its commands and their spellings, and those of its neighbours."""

from __future__ import annotations

from specs.script.job_language import JobLanguage

_SQL = frozenset({"database", "create", "drop", "delete", "insert"})

FASTLOAD = JobLanguage(
    name="FastLoad",
    rule="FL-23",
    rules={
        "bad-format": "FL-20",
        "set-without-index": "FL-03",
        "unsupported-create": "FL-05",
        "unsupported-statement": "FL-05",
    },
    commands={
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
    },
    sql_kinds=_SQL,
    long_kinds=_SQL | {"define", "begin"},
    free_text_kinds=frozenset({"logon", "logdata", "os", "run"}),
    logon_words=("LOGON", "LOG"),
    secret_words=("LOGDATA",),
    # A bare path after FILE=; a comment starts in it only after a blank.
    bare_text=r"""(?<![\w.:"$#])FILE\s*=[^\S\n]*+(?!["'\u2018-\u201e])"""
    r"""(?:(?!\s(?:/\*|--))[^;\n])+""",
    command_starts=(
        r"BEGIN\s+LOADING\b|END\s+LOADING\b|SET\s+RECORD\b|SET\s+SESSION\b|INS(?:ERT)?\s+INTO\b"
        r"|CREATE\s+(?:SET\s+|MULTISET\s+)?TABLE\b|DROP\s+TABLE\b|DEL(?:ETE)?\s+FROM\b|DEFINE\s"
        r"|LOGOFF\s*(?:;|$)|QUIT\s*(?:;|$)|LOG(?:ON|DATA|MECH)\s|RECORD\s+(?:\d|THRU\b)"
        r"|SESSIONS\s+[\d*]|ERRLIMIT\s+\d|TENACITY\s+\d|SLEEP\s+\d|SHOW\s*;"
        r"|DATABASE\s+[\w.]+\s*;|CLEAR\s*;"
    ),
    other_statements=frozenset(
        {
            *("SELECT", "SEL", "UPDATE", "UPD", "MERGE", "ALTER", "GRANT", "REVOKE", "COLLECT"),
            *("RENAME", "REPLACE", "LOCKING", "LOCK", "CALL", "EXEC", "EXECUTE", "COMMENT"),
            *("COMMIT", "BT", "ET", "MODIFY", "EXPLAIN", "WITH"),
        }
    ),
    other_utilities={
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
    },
    statements_shown="CREATE TABLE, DROP TABLE, DELETE, DATABASE or INSERT",
    commands_shown="LOGON, BEGIN LOADING, DEFINE or INSERT",
)
