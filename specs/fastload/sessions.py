"""Sessions: the settings that hold from one LOGON to the next LOGOFF."""

from __future__ import annotations

from typing import Literal

from specs.fastload import commands as c
from specs.fastload import defining
from specs.fastload.plan import DEFAULT_ERROR_LIMIT
from specs.script.diagnostics import Reporter
from specs.script.script_text import Span


class Sessions:
    """The settings of the job that is read, and the checks of the commands that make them."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._logon_warned = False
        self.end()

    def end(self) -> None:
        """LOGOFF: back to the defaults, for another job may follow in the same file."""
        self.most: int | None = None
        self.least: int | None = None
        self.error_limit = DEFAULT_ERROR_LIMIT
        self.date_form: Literal["integer", "ansi"] = "integer"
        self.layout: c.SetRecord | None = None
        self._logged_on: Span | None = None
        self._method: Span | None = None

    def setting(self, node: c.Setting) -> None:
        """SESSIONS, ERRLIMIT, TENACITY or SLEEP (FL-12, FL-16)."""
        if node.kind != "errlimit" and self._logged_on is not None:
            self._reporter.error(
                "wrong-order", node.span,
                f"{node.kind.upper()} comes too late: the sessions are there since LOGON in line "
                f"{self._reporter.line_of(self._logged_on.start)}",
                expected=f"{node.kind.upper()} before LOGON", hint="move it above LOGON",
                rule="FL-16" if node.kind == "sessions" else "FL-23",
            )  # fmt: skip
        if node.kind == "sessions":
            self.most, self.least = defining.check_sessions(node, self._reporter)
            return
        number = defining.check_positive(node, self._reporter)
        if node.kind == "errlimit" and number is not None:
            self.error_limit = number

    def logon(self, node: c.Logon) -> None:
        """LOGON: from here on the number of sessions is settled."""
        if not node.complete and self._method is None:
            self._reporter.error(
                "logon-incomplete", node.span, "LOGON names no user or no password",
                expected="LOGON tdpid/user,password;",
                hint="LOGMECH or LOGDATA before it say where else the password comes from",
            )  # fmt: skip
        self._logged_on = node.span

    def check_logged_on(self, span: Span) -> None:
        """Warn, once, of a command that no LOGON precedes."""
        if self._logged_on is None and not self._logon_warned:
            self._logon_warned = True
            self._reporter.warning(
                "logon-missing", span, "no LOGON stands before the first command that needs one",
                expected="LOGON tdpid/user,password;",
                hint="the utility itself refuses this script",
            )  # fmt: skip

    def method(self, node: c.LogonMethod) -> None:
        """LOGMECH or LOGDATA: LOGON need not be complete."""
        self._method = node.span

    def charset(self, node: c.Charset) -> None:
        """SET SESSION CHARSET: records are UTF-8 here whatever it says."""
        if node.name.value.upper() not in ("UTF8", "UTF-8", "ASCII"):
            self._reporter.warning(
                "charset-ignored", node.name.span,
                f"the session character set {node.name.value} is not honoured here",
                expected="UTF8 or ASCII", hint="records are read as UTF-8: convert the file first",
            )  # fmt: skip

    def foreign(self, node: c.Foreign) -> None:
        """RUN and AXSMOD, which cannot be executed here."""
        if node.kind == "run":
            self._reporter.warning(
                "run-not-followed", node.span,
                "RUN cannot be executed here: the commands of that file are not seen",
                hint="paste that file's commands in its place",
            )  # fmt: skip
            # The usual reason for RUN is a file that holds the LOGON.
            self._logged_on = self._logged_on or node.span
        else:
            self._reporter.warning(
                "axsmod-not-used", node.span,
                "AXSMOD cannot be executed here: the file is read without the access module",
                hint="put what the module would deliver into a plain file",
            )  # fmt: skip
