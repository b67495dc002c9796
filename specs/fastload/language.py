"""The FastLoad script language: script text to plan and diagnostics, and a plan back to text.

`parse` never raises for a wrong script: it finds every mistake and says where, what was expected
and what to do. `require_plan` raises `ScriptError` for callers that need the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from specs.fastload.commands import CommandNode
from specs.fastload.grammar import parse_command
from specs.fastload.plan import FastLoadPlan, Load
from specs.fastload.rendering import render, render_create_table
from specs.fastload.resolving import Resolver, respelled
from specs.fastload.vocabulary import FASTLOAD
from specs.script.diagnostics import (
    Diagnostic,
    ScriptError,
    Severity,
    TooManyMistakes,
    format_diagnostics,
)
from specs.script.scanning import Scan, scan
from specs.script.script_text import Span
from specs.sql.catalog import Tables
from specs.sql.rendering import RenderError
from specs.sql.statements import CreateTable
from specs.sql.syntax import Create
from specs.sql.tables import TableDefinition

__all__ = [
    "Diagnostic",
    "ParsedScript",
    "RenderError",
    "ScriptError",
    "Severity",
    "format_diagnostics",
    "parse",
    "parse_create_table",
    "read_script",
    "render",
    "render_create_table",
    "require_plan",
    "with_files",
]


class ParsedScript(msgspec.Struct, frozen=True, kw_only=True):
    """A script after parsing.

    ``plan`` is None when there is an error among the ``diagnostics`` (in script order).
    ``redacted`` is the script with ``***`` wherever a password may stand. ``files`` are the data
    files as written, each once; ``tables`` the given tables that the script names, under the names
    the plan uses.
    """

    plan: FastLoadPlan | None
    diagnostics: tuple[Diagnostic, ...]
    redacted: str
    files: tuple[str, ...]
    tables: dict[str, TableDefinition]


def parse(text: str, tables: Mapping[str, TableDefinition] | None = None) -> ParsedScript:
    """Parse a FastLoad script (FL-16 to FL-24).

    ``tables`` are the tables that exist before the script runs, by name; a target that the script
    does not create must be among them. Letter case of names does not matter.
    """
    scanned = scan(text, FASTLOAD)
    reporter = scanned.reporter
    known = Tables(tables or {})
    resolver = Resolver(known, reporter)
    if not scanned.hopeless:
        with suppress(TooManyMistakes):
            resolver.run(_nodes(scanned))
    plan = None if reporter.failed else FastLoadPlan(steps=respelled(resolver.steps, known))
    return ParsedScript(
        plan=plan,
        diagnostics=reporter.diagnostics(),
        redacted=reporter.script.redacted,
        files=resolver.files,
        tables=known.used,
    )


def require_plan(parsed: ParsedScript, name: str = "script") -> FastLoadPlan:
    """The plan of a parsed script; raises `ScriptError`, listing all diagnostics, without one."""
    if parsed.plan is None:
        raise ScriptError(parsed.diagnostics, name)
    return parsed.plan


def read_script(text: str, tables: Mapping[str, TableDefinition]) -> FastLoadPlan:
    """FL-23: the plan of a script. Raises `ScriptError`, listing all diagnostics."""
    return require_plan(parse(text, tables))


def parse_create_table(text: str, name: str = "table definition") -> TableDefinition:
    """The table that one CREATE TABLE statement defines; raises `ScriptError`.

    The final semicolon may be missing; ``DATABASE db;`` may stand before the statement.
    """
    statement = text if text.rstrip().endswith(";") else text.rstrip() + "\n;"
    scanned = scan(statement, FASTLOAD)
    reporter = scanned.reporter
    resolver = Resolver(Tables({}), reporter)
    with suppress(TooManyMistakes):
        nodes = _nodes(scanned)
        created = [node for node in nodes if isinstance(node, Create)]
        if len(created) != 1 and not reporter.failed:
            reporter.error(
                "no-create-table", Span(0, 1),
                f"the text holds {len(created)} CREATE TABLE statements",
                expected="one CREATE [SET | MULTISET] TABLE name (columns) [index]",
            )  # fmt: skip
        resolver.run(nodes)
    definitions = [step.definition for step in resolver.steps if isinstance(step, CreateTable)]
    if reporter.failed or not definitions:
        raise ScriptError(reporter.diagnostics(), name)
    return definitions[0]


def _nodes(scanned: Scan) -> list[CommandNode]:
    """The scanned commands, parsed. Raises `TooManyMistakes`."""
    return [parse_command(one, scanned.clean, scanned.reporter) for one in scanned.commands]


def with_files(plan: FastLoadPlan, files: Mapping[str, str]) -> FastLoadPlan:
    """The plan with the file names of its inputs replaced; names not in ``files`` stay."""
    steps = tuple(
        msgspec.structs.replace(
            step,
            inputs=tuple(
                msgspec.structs.replace(source, file=files.get(source.file, source.file))
                for source in step.inputs
            ),
        )
        if isinstance(step, Load)
        else step
        for step in plan.steps
    )
    return FastLoadPlan(steps=steps)
